"""What an adapter hands over: every record of an export with its outcome, and the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from pipeline.ask import Questionnaire
from pipeline.collect.export import Export, Record, Sheet
from pipeline.collect.headers import Columns
from pipeline.errors import Problem

SUBMISSION, NO_SUBMISSION, UNREADABLE = "submission", "not_a_submission", "unreadable"
NOTHING: Mapping[str, str] = MappingProxyType({})
# 1 and 0 as R, pandas and spreadsheet programs write them.
TICKED = dict.fromkeys(("TRUE", "True", "true", "1.0"), "1") | dict.fromkeys(
    ("FALSE", "False", "false", "0.0"), "0"
)


def ticked(text: str) -> str:
    """The cell of one choice of a multiple."""
    return TICKED.get(text, text)


@dataclass(frozen=True)
class Part:
    """A sheet and its columns; `repeat` is '' for submissions."""

    sheet: Sheet
    repeat: str
    columns: Columns

    def answers_of(self, record: Record, questionnaire: Questionnaire) -> dict[str, str]:
        """Values by Question.column, and by `column/choice` where a multiple is split.

        The record must have a cell for every header.

        A multiple that is only split gets its joined text, in the order of the form's choices.
        Columns all blank (not asked) and all 0 (asked, none chosen) both join to ''; the split
        columns keep the difference.
        """
        columns, cells = self.columns, record.cells
        values = {name: cells[position] for name, position in columns.questions.items()}
        for name, positions in columns.splits.items():
            ticks = {choice: ticked(cells[at]) for choice, at in positions.items()}
            values |= {f"{name}/{choice}": tick for choice, tick in ticks.items()}
            if name not in columns.questions:
                choices = questionnaire.choices_of(questionnaire.by_column[name])
                chosen = (choice.name for choice in choices if ticks.get(choice.name) == "1")
                values[name] = " ".join(dict.fromkeys(chosen))
        return values

    def metadata_of(self, record: Record) -> dict[str, str]:
        """What the tool wrote about the record, by the tool's names."""
        return {name: record.at(position) for name, position in self.columns.metadata.items()}


Warned = tuple[str, Problem]  # Question.column, or '' for the record; what is told of it


class Submission(NamedTuple):
    """One record of the main form; without id and answers where nothing could be read."""

    sheet: str
    record: Record
    outcome: str
    reason: str
    submission_id: str = ""
    content_sha256: str = ""
    answers: Mapping[str, str] = NOTHING
    metadata: Mapping[str, str] = NOTHING
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class RepeatRow:
    """One record of a repeat's sheet; `parent` is None for an orphan and for what is no row."""

    sheet: str
    record: Record
    outcome: str
    reason: str
    repeat: str
    parent: Submission | None = None
    row_id: str = ""
    parent_row_id: str = ""
    position: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Collected:
    """An export, understood. `notes` are codes of problems with their place."""

    export: Export
    tool: str
    submissions: Sequence[Submission]
    repeat_rows: tuple[RepeatRow, ...]
    unknown_headers: tuple[str, ...]
    missing_questions: tuple[str, ...]
    notes: tuple[str, ...]

    def with_submissions(self, submissions: Sequence[Submission]) -> Collected:
        """The same with other submissions in the places of its own; rows of repeats follow."""
        pairs = zip(self.submissions, submissions, strict=True)
        new = {id(old): one for old, one in pairs if old is not one}
        rows = tuple(
            replace(row, parent=new[id(row.parent)]) if id(row.parent) in new else row
            for row in self.repeat_rows
        )
        return replace(self, submissions=tuple(submissions), repeat_rows=rows)
