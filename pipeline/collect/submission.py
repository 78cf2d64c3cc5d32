"""What an adapter hands over: every record of an export with its outcome, and the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.ask import Questionnaire
from pipeline.collect.export import Export, Record, Sheet
from pipeline.collect.headers import Columns

SUBMISSION, NO_SUBMISSION, UNREADABLE = "submission", "not_a_submission", "unreadable"
# 1 and 0 as R, pandas and spreadsheet programs write them.
TICKED = dict.fromkeys(("TRUE", "True", "true", "1.0"), "1") | dict.fromkeys(
    ("FALSE", "False", "false", "0.0"), "0"
)


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
            ticks = {choice: TICKED.get(cells[at], cells[at]) for choice, at in positions.items()}
            values |= {f"{name}/{choice}": tick for choice, tick in ticks.items()}
            if name not in columns.questions:
                choices = questionnaire.choices_of(questionnaire.by_column[name])
                chosen = (choice.name for choice in choices if ticks.get(choice.name) == "1")
                values[name] = " ".join(dict.fromkeys(chosen))
        return values

    def metadata_of(self, record: Record) -> dict[str, str]:
        """What the tool wrote about the record, by the tool's names."""
        return {name: record.at(position) for name, position in self.columns.metadata.items()}


@dataclass(frozen=True)
class Submission:
    """One record of the main form; without id and answers where nothing could be read."""

    sheet: str
    record: Record
    outcome: str
    reason: str
    submission_id: str = ""
    content_sha256: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Collected:
    """An export, understood. `notes` are codes of problems with their place."""

    export: Export
    tool: str
    submissions: tuple[Submission, ...]
    repeat_rows: tuple[RepeatRow, ...]
    unknown_headers: tuple[str, ...]
    missing_questions: tuple[str, ...]
    notes: tuple[str, ...]
