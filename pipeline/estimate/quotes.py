"""Sentences that may be quoted: let go by a person, and allowed by who said them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pandas as pd

from pipeline.ask import Survey
from pipeline.ask.released import FILE, Released
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.coding import rows_of
from pipeline.estimate.given import given, may_name_a_person
from pipeline.estimate.units import ANSWER

# unit_id and office are '' where the consent is to be quoted without them
QUOTE = ["wave", "unit_id", "office", "question", "row_id", "text", "language", "codes"]
NAMED, UNNAMED = "named", "unnamed"


def quotes(
    survey: Survey, waves: Sequence[WaveAnswers], coded: pd.DataFrame | None = None
) -> pd.DataFrame:
    """estimate.quote: the released texts whose consent allows them, in no order of governments.

    Args:
        survey: with the lines of released_texts.csv.
        waves: all waves.
        coded: estimate.passage; its codes join those that the line itself names.

    Raises:
        RelevoError: released_text_changed: one finding per line.
    """
    found, wrong = [], []
    for line in survey.released:
        wave = next(
            (w for w in waves if line.submission_id in set(w.responses["response_id"])), None
        )
        text = released_text(wave, line) if wave is not None else None
        if wave is None or text is None:
            values: dict[str, object] = {"found": line.question, "submission": line.submission_id}
            wrong.append(Finding(Problem.released_text_changed, FILE, row=line.row, values=values))
        elif not may_name_a_person(text):
            found += _quote(survey, wave, line, text, coded)
    if wrong:
        raise RelevoError(wrong)
    rows = pd.DataFrame(found, columns=QUOTE)
    order = rows["text"].map(lambda text: sha256(text.encode()).hexdigest())
    return rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def released_text(wave: WaveAnswers, line: Released) -> str | None:
    """The text that a line lets go, if it is still the one that was read."""
    question = wave.questionnaire.by_column[line.question]
    rows = rows_of(wave, question.repeat)
    cells = given(rows, question)
    of_response = (
        wave.responses["response_id"].to_numpy(object)[rows.response] == line.submission_id
    )
    if line.row_id:
        of_response &= (rows.cells["row_id"] == line.row_id).to_numpy()
    texts = [str(cell) for cell in cells[of_response] if cell is not None]
    if len(texts) != 1:
        return None
    text = texts[0][line.start : line.end]
    return text if sha256(text.encode()).hexdigest() == line.sha256 else None


def _quote(
    survey: Survey, wave: WaveAnswers, line: Released, text: str, coded: pd.DataFrame | None
) -> list[tuple[str, ...]]:
    """The row of a text, or none without consent."""
    place = wave.responses["response_id"].tolist().index(line.submission_id)
    consent = _consent(survey, wave, place)
    if not consent:
        return []
    unit = str(wave.responses["unit_id"].iloc[place])
    office = _said(wave, survey.quote.office, place)
    language = _said(wave, survey.quote.language, place) or _language(survey, unit)
    codes = set(line.codes)
    if coded is not None and line.start is not None:
        inside = coded[
            (coded["unit_id"] == unit)
            & (coded["question"] == line.question)
            & (coded["row_id"] == line.row_id)
            & (coded["first_character"] >= line.start)
            & (coded["last_character"] <= (line.end or len(text)))
        ]
        codes |= set(inside["code"])
    known = (unit, office) if consent == NAMED else ("", "")
    listed = " ".join(sorted(codes))
    return [(wave.wave.id, *known, line.question, line.row_id, text, language, listed)]


def _consent(survey: Survey, wave: WaveAnswers, place: int) -> str:
    """`named`, `unnamed` or ''; without a question who may be named may be quoted."""
    declared = survey.quote
    if not declared.question:
        return NAMED if wave.known[place] else ""
    said = _said(wave, declared.question, place)
    return NAMED if said in declared.named else UNNAMED if said in declared.unnamed else ""


def _said(wave: WaveAnswers, column: str, place: int) -> str:
    return str(given(wave.main, wave.questionnaire.by_column.get(column)).iloc[place] or "")


def _language(survey: Survey, unit: str) -> str:
    units = survey.frame.units if survey.frame is not None else pd.DataFrame()
    if "unit_id" not in units or "language" not in units:
        return ""
    found = units.loc[units["unit_id"] == unit, "language"]
    return str(found.iloc[0]) if len(found) else ""


def released_answers(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of estimate.named_answer that released texts of named governments make."""
    named = table[(table["unit_id"] != "") & (table["row_id"] == "")]
    return named.assign(choice="", value=named["text"], state="answered")[ANSWER]
