"""What every cell is: answered, set aside, or which kind of empty; and the values that stand.

Both are SQL over a sheet with its rules beside it and, where cells are broken, their marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import MULTIPLES
from pipeline.edit.layers import Layers
from pipeline.errors import Effect, Problem
from pipeline.store import literal, quote

# The kinds a respondent says with a choice of the list; the code stays as the value, so that
# counts by choice show them, and the state says what it means.
SAID = ("dont_know", "refused", "not_applicable")
STATES = (
    "answered", "set_aside", "unanswered", "dont_know", "refused", "not_asked", "not_applicable",
    "absent",
)  # fmt: skip
STATE = "edit.cell_state"  # the type: a text of 60 columns costs three times as much to write
ERRORS = frozenset(problem.name for problem in Problem if problem.effect is Effect.ERROR)
SET_ASIDE, NOT_ASKED = 1, 2
BITS = 2  # of a cell's mark
TOGETHER = 30  # cells in one column of marks: of 64 bits the sign's stays free


def mark_of(code: str) -> int:
    """How a cell is marked for a broken rule; 0 where the answer stands."""
    if code == Problem.answered_not_asked.name:
        return NOT_ASKED
    return SET_ASIDE if code in ERRORS else 0


@dataclass(frozen=True)
class Marks:
    """Where the marks of a sheet's broken cells are found: columns of bits beside the rows."""

    place: Mapping[str, int]  # of the questions with broken cells, from 0

    @property
    def columns(self) -> list[str]:
        """The columns of bits."""
        return [f"marks:{n}" for n in range(-(-len(self.place) // TOGETHER))]

    def bits(self, column: str, mark: int) -> tuple[int, int]:
        """Number of the column of bits, and the bits in it, that mark a question's cell."""
        word, place = divmod(self.place[column], TOGETHER)
        return word, mark << BITS * place

    def has(self, column: str, mark: int) -> str:
        """The SQL that is true where a question's cell has a mark; '' where none has."""
        if column not in self.place:
            return ""
        word, bits = self.bits(column, mark)
        return f"{quote(self.columns[word])} & {bits} <> 0"


UNMARKED = Marks({})


def state_sql(
    questionnaire: Questionnaire, question: Question, marks: Marks, asked: str = ""
) -> str:
    """The state of a question's cell; earlier lines outrank later ones.

    `asked`: the SQL that says whether it was asked, where it is not a column beside the sheet.
    """
    cell, asked = quote(question.column), asked or quote(f"asked:{question.column}")
    listed = {
        kind: [c.name for c in questionnaire.choices_of(question) if c.missing_kind == kind]
        for kind in SAID
    }
    filled = [
        (marks.has(question.column, NOT_ASKED), "not_asked"),
        (marks.has(question.column, SET_ASIDE), "set_aside"),
        *(
            (f"{cell} IN ({', '.join(map(literal, of))})", kind)
            for kind, of in listed.items()
            if of
        ),
    ]
    whens = " ".join(f"WHEN {sql} THEN {_state(state)}" for sql, state in filled if sql)
    of_answer = f"CASE {whens} ELSE {_state('answered')} END" if whens else _state("answered")
    # Blank, and whether it was asked hangs on a question that this export lacks: absent.
    # An answer that only a set-aside one speaks against stands.
    return f"""CASE WHEN {cell} <> '' THEN {of_answer}
        WHEN {cell} IS NULL OR {asked} IS NULL THEN {_state("absent")}
        WHEN {asked} THEN {_state("unanswered")} ELSE {_state("not_asked")} END"""


def _state(state: str) -> str:
    return f"{literal(state)}::{STATE}"


def standing_sql(
    questionnaire: Questionnaire, question: Question, sheet: Layers, marks: Marks
) -> Iterator[tuple[str, str]]:
    """What `value_sql` of a multiple reads beside the sheet: column and SQL."""
    columns = choice_columns(questionnaire, question)
    if columns:
        yield f"stands:{question.column}", _stands(question.column, marks)
    if beside := [f"{quote(column)} <> ''" for column in columns if column in sheet.columns]:
        yield f"split:{question.column}", f"coalesce({' OR '.join(beside)}, false)"


def _stands(column: str, marks: Marks) -> str:
    marked = marks.has(column, SET_ASIDE | NOT_ASKED)
    return f"{quote(column)} <> ''" + (f" AND NOT ({marked})" if marked else "")


def value_sql(
    questionnaire: Questionnaire, question: Question, sheet: Layers, marks: Marks
) -> Iterator[tuple[str, str]]:
    """Column and SQL: the answer that stands, and 0 or 1 for every choice of a multiple.

    A choice column is missing where the file has one, leaves it blank and filled others of the same
    question: that version of the form had no such choice.
    """
    columns = choice_columns(questionnaire, question)
    cell = quote(question.column)
    if not columns:
        yield question.column, f"CASE WHEN {_stands(question.column, marks)} THEN {cell} END"
        return
    stands, split = (quote(f"{kind}:{question.column}") for kind in ("stands", "split"))
    yield question.column, f"CASE WHEN {stands} THEN {cell} END"
    for column, code in columns.items():
        # of a stored column the database asks a function like this once for each different text
        ticked = f"contains(' ' || {cell} || ' ', {literal(f' {code} ')})"
        holds = f"{stands} AND ({ticked} OR NOT ({split} AND coalesce({quote(column)}, '') = ''))"
        holds = holds if column in sheet.columns else stands
        yield column, f"CASE WHEN {holds} THEN CAST({ticked} AS TINYINT) END"


def choice_columns(questionnaire: Questionnaire, question: Question) -> dict[str, str]:
    """The 0/1 columns of a multiple, in the order of its list: column -> code."""
    if question.type not in MULTIPLES - {"rank"}:
        return {}
    return {
        f"{question.column}/{choice.name}": choice.name
        for choice in questionnaire.choices_of(question)
    }
