"""How a number, a date, a time and a code are written: the one grammar, and the declared repairs.

Every cell stays text until a pattern here has accepted all of it; values are cast only after that.
Patterns are ASCII and matched in full, so that Python and DuckDB agree on every string.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from pipeline.ask.questionnaire import Question, Questionnaire

INTEGER = r"[+-]?[0-9]{1,18}"
DECIMAL = r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?"
DATE = r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"

# What is cut off both ends of an answer: blanks of all kinds, line ends, and the invisible
# characters that spreadsheets and messengers leave behind.
TRIM = " \t\r\n\v\f\u00a0\u1680\u2007\u202f\u2009\u200a\u200b\u200c\u200d\u2060\u3000\ufeff"

# In a required question these words are no answer; anywhere else they are one, right or wrong.
WORDS_FOR_EMPTY = frozenset({"n/a", "n.a.", "n/d", "s/d", "-", "--", "–", "—", ".", "...", "…"})

# The repairs, each unambiguous. One group ("1.234") stays an error: thousands or a fraction?
_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?:(\.|,|'|’|[ \u00a0\u202f\u2009])[0-9]{3})(?:\1[0-9]{3})+")
_COMMA = re.compile(r"[+-]?(?:0,[0-9]{1,9}|[0-9]{1,15},(?:[0-9]{1,2}|[0-9]{4,9}))")
GROUPS_AND_COMMA = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,9}")
_GROUPS_AND_POINT = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,9}")

NUMBERS = frozenset({"integer", "decimal", "range"})
MULTIPLES = frozenset({"select_multiple", "rank"})


def clean(
    questionnaire: Questionnaire, question: Question, answers: pd.Series, unit: str = ""
) -> pd.Series:
    """Answers to a question as the checks read them: trimmed, spelled one way, blank where blank.

    Texts keep their exact characters. What stands in the question that names the `unit` is a name,
    whatever word it is.
    """
    if question.required and question.column != unit:
        answers = _without_words_for_empty(questionnaire, question, answers)
    return _clean(question, answers).astype("str")


def _without_words_for_empty(
    questionnaire: Questionnaire, question: Question, answers: pd.Series
) -> pd.Series:
    codes = {choice.name.casefold() for choice in questionnaire.choices_of(question)}
    words = answers.str.strip(TRIM).str.casefold()
    return answers.mask(words.isin(WORDS_FOR_EMPTY - codes), "")


def _clean(question: Question, answers: pd.Series) -> pd.Series:
    trimmed = answers.str.strip(TRIM)
    if question.type in NUMBERS:
        return trimmed.map(_number(question), na_action="ignore")
    if question.type == "date":
        return trimmed.str.replace(r"^([0-9-]{10})[T ]00:00:00(\.0+)?$", r"\1", regex=True)
    if question.type in {"text", "string"}:
        return answers.mask(trimmed == "", "")
    return trimmed


def _number(question: Question) -> Callable[[str], str]:
    whole = question.type == "integer"
    return lambda text: repaired_number(text, whole=whole) or text


def repaired_number(text: str, *, whole: bool) -> str:
    """A number spelled by the grammar, or '' where `text` cannot be read in only one way.

    "1.234.567" is 1234567; in a question for decimals "1,5" is 1.5 and "1.234,5" is 1234.5.
    "5.0" (a number cell of a workbook) is 5. "12 %", "≈300" and "1.234" are not repaired.
    """
    if text.endswith(".0") and re.fullmatch(INTEGER, text[:-2]):
        return text[:-2]
    if _GROUPS.fullmatch(text):
        return re.sub(r"[^0-9+-]", "", text)
    if whole:
        return ""
    if _COMMA.fullmatch(text) or GROUPS_AND_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "") if _GROUPS_AND_POINT.fullmatch(text) else ""


def is_repaired(question: Question, written: pd.Series, cleaned: pd.Series) -> pd.Series:
    """Where a number was spelled otherwise by one of the repairs."""
    before = written.str.strip(TRIM)
    is_other = (before != cleaned) & (before != cleaned + ".0") & (cleaned != "")
    return is_other & (question.type in NUMBERS)
