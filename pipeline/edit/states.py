"""What every cell is: answered, set aside, or which kind of empty; and the values that stand.

Both are SQL over a sheet with its rules beside it and, for the columns with broken cells, a column
`mark:<column>`: SET_ASIDE, NOT_ASKED or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import MULTIPLES
from pipeline.edit.layers import Layers
from pipeline.errors import Effect, Problem
from pipeline.store import literal, quote

# The kinds a respondent says with a choice of the list; the code stays as the value, so that
# counts by choice show them, and the state says what it means.
SAID = ("dont_know", "refused", "not_applicable")
ERRORS = frozenset(problem.name for problem in Problem if problem.effect is Effect.ERROR)
SET_ASIDE, NOT_ASKED = 1, 2


def mark_of(code: str) -> int:
    """How a cell is marked for a broken rule; 0 where the answer stands."""
    if code == Problem.answered_not_asked.name:
        return NOT_ASKED
    return SET_ASIDE if code in ERRORS else 0


def mark_column(column: str) -> str:
    """The column that holds a question's marks."""
    return f"mark:{column}"


def state_sql(questionnaire: Questionnaire, question: Question, sheet: Layers) -> str:
    """The state of a question's cell; earlier lines outrank later ones."""
    cell, asked = quote(question.column), quote(f"asked:{question.column}")
    mark = _mark(question.column, sheet)
    listed = {
        kind: [c.name for c in questionnaire.choices_of(question) if c.missing_kind == kind]
        for kind in SAID
    }
    said = " ".join(
        f"WHEN {cell} IN ({', '.join(map(literal, codes))}) THEN '{kind}'"
        for kind, codes in listed.items()
        if codes
    )
    # Blank, and whether it was asked hangs on a question that this export lacks: absent.
    # An answer that only a set-aside one speaks against stands.
    return f"""CASE
        WHEN {cell} IS NULL THEN 'absent'
        WHEN {mark} = {NOT_ASKED} THEN 'not_asked'
        WHEN {cell} = '' THEN CASE
            WHEN {asked} IS NULL THEN 'absent' WHEN {asked} THEN 'unanswered' ELSE 'not_asked' END
        WHEN {mark} = {SET_ASIDE} THEN 'set_aside'
        {said} ELSE 'answered' END"""


def standing_sql(
    questionnaire: Questionnaire, question: Question, sheet: Layers
) -> Iterator[tuple[str, str]]:
    """What `value_sql` reads beside the sheet: column and SQL."""
    cell = quote(question.column)
    holds = f"{cell} <> ''"
    if mark_column(question.column) in sheet.columns:
        holds += f" AND {_mark(question.column, sheet)} IS NULL"
    columns = choice_columns(questionnaire, question)
    between = f"' ' || {cell} || ' '" if columns else cell
    yield f"stands:{question.column}", f"CASE WHEN {holds} THEN {between} END"
    if beside := [f"{quote(column)} <> ''" for column in columns if column in sheet.columns]:
        yield f"split:{question.column}", f"({' OR '.join(beside)})"


def value_sql(
    questionnaire: Questionnaire, question: Question, sheet: Layers
) -> Iterator[tuple[str, str]]:
    """Column and SQL: the answer that stands, and 0 or 1 for every choice of a multiple.

    A choice column is missing where the file has one, leaves it blank and filled others of the same
    question: that version of the form had no such choice.
    """
    stands, split = (quote(f"{kind}:{question.column}") for kind in ("stands", "split"))
    columns = choice_columns(questionnaire, question)
    cell = quote(question.column)
    yield question.column, f"CASE WHEN {stands} IS NOT NULL THEN {cell} END" if columns else stands
    for column, code in columns.items():
        ticked = f"WHEN contains({stands}, {literal(f' {code} ')}) THEN 1"
        unknown = f"WHEN {split} AND coalesce({quote(column)}, '') = '' THEN NULL"
        unknown = unknown if column in sheet.columns else ""
        yield column, f"CASE WHEN {stands} IS NULL THEN NULL {ticked} {unknown} ELSE 0 END"


def _mark(column: str, sheet: Layers) -> str:
    mark = mark_column(column)
    return quote(mark) if mark in sheet.columns else "NULL"


def choice_columns(questionnaire: Questionnaire, question: Question) -> dict[str, str]:
    """The 0/1 columns of a multiple, in the order of its list: column -> code."""
    if question.type not in MULTIPLES - {"rank"}:
        return {}
    return {
        f"{question.column}/{choice.name}": choice.name
        for choice in questionnaire.choices_of(question)
    }
