"""The cleaning log: corrections a person decided, applied to the text received, with guards.

Permitted: change an answer, blank it, remove a submission, or note that nothing is to be done.
Everything that does not fit the data is told at once and stops the run; nothing is half applied.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.ask.questionnaire import RESERVED
from pipeline.ask.survey import Survey
from pipeline.edit.coded import Answers
from pipeline.errors import Finding, Problem, RelevoError

FILE = "cleaning_log.csv"
COLUMNS = (
    "submission_id",
    "question",
    "action",
    "old_value",
    "new_value",
    "reason",
    "who",
    "date",
)
NEEDED = ("submission_id", "question", "action", "new_value")
ACTIONS = {
    "change": "change",
    "change_response": "change",
    "blank": "blank",
    "blank_response": "blank",
    "remove": "remove",
    "remove_survey": "remove",
    "none": "none",
    "no_action": "none",
}
_CELL_OF_REPEAT = re.compile(r"(?P<row_id>.+\[[0-9]+\])/(?P<question>[^\[\]]+)")


@dataclass(frozen=True)
class Line:
    """One line of the log; `row` is its row as a spreadsheet shows it, the header being row 1."""

    row: int
    submission_id: str
    question: str
    action: str
    old_value: str
    new_value: str
    reason: str
    who: str
    date: str

    @property
    def says(self) -> tuple[str, ...]:
        """What makes two lines equal; who wrote them, when and why does not."""
        if self.action == "remove":
            return self.submission_id, self.action
        return self.submission_id, self.question, self.action, self.old_value, self.new_value


@dataclass(frozen=True)
class Corrected:
    """The text received, corrected, and what the log did to it.

    `sheets`: by repeat ('' = submissions) the rows of collect.submission or collect.repeat_<name>,
    indexed by record_id. `corrections`: edit.correction. `removed`: submission ids.
    """

    sheets: Mapping[str, pd.DataFrame]
    corrections: pd.DataFrame
    removed: frozenset[str]


def apply_cleaning_log(survey: Survey, sheets: Mapping[str, pd.DataFrame]) -> Corrected:
    """Apply the survey's cleaning log, if it has one.

    Raises:
        RelevoError: exit 12 with every line that does not fit; nothing is applied then.
    """
    log = _Log(survey, sheets)
    lines = list(_distinct(read_cleaning_log(survey)))
    findings = [finding for line in lines for finding in log.check(line)]
    findings += _disagreements(lines, log)
    if findings:
        raise RelevoError(sorted(findings, key=lambda finding: finding.row or 0))
    return log.apply(lines)


def read_cleaning_log(survey: Survey) -> list[Line]:
    """The lines of cleaning_log.csv under our own headers; empty where there is no log.

    Raises:
        RelevoError: exit 12, a needed column is missing or the file is no UTF-8 text.
    """
    path = survey.folder / FILE
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RelevoError(Finding(Problem.log_not_utf8, file=FILE)) from None
    theirs = _headers(survey)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    header, *rows = list(reader) or [[]]
    missing = [theirs[name] for name in NEEDED if theirs[name] not in header]
    if missing:
        values: dict[str, object] = {"expected": ", ".join(missing)}
        raise RelevoError(Finding(Problem.log_column_missing, file=FILE, values=values))
    lines = ((row, dict(zip(header, cells, strict=False))) for row, cells in enumerate(rows, 2))
    return [
        _line(row, {name: cells.get(theirs[name], "").strip() for name in COLUMNS})
        for row, cells in lines
        if any(cells.values())
    ]


def _headers(survey: Survey) -> dict[str, str]:
    """Our column -> theirs, whichever way round `[cleaning_log] columns` was written."""
    headers = {name: name for name in COLUMNS}
    for left, right in survey.cleaning_log.columns.items():
        ours, theirs = (left, right) if left in COLUMNS else (right, left)
        headers[ours] = theirs
    return headers


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _line(row: int, cells: Mapping[str, str]) -> Line:
    key = cells["submission_id"].casefold().removeprefix("uuid:")
    action = ACTIONS.get(cells["action"].casefold(), "")
    return Line(row=row, **{**cells, "submission_id": key, "action": action})


def _distinct(lines: list[Line]) -> Iterator[Line]:
    """Equal lines count once, by the first of them."""
    seen = set()
    for line in lines:
        if line.action in {"", "none"} or line.says not in seen:
            seen.add(line.says)
            yield line


def _disagreements(lines: list[Line], log: _Log) -> Iterator[Finding]:
    first: dict[tuple[str, str, str, str], Line] = {}
    for line in lines:
        if line.action not in {"change", "blank"}:
            continue
        earlier = first.setdefault((line.submission_id, *log.place(line.question)), line)
        if earlier is not line:
            values = {"other": earlier.row}
            yield _finding(Problem.log_lines_disagree, line, values)


def _finding(problem: Problem, line: Line, values: Mapping[str, object] | None = None) -> Finding:
    return Finding(problem, FILE, row=line.row, question=line.question, values=dict(values or {}))


class _Log:
    """The text received, and where in it a line of the log points."""

    def __init__(self, survey: Survey, sheets: Mapping[str, pd.DataFrame]) -> None:
        self.optional = survey.cleaning_log.old_value == "optional"
        self.sheets = {repeat: rows.copy() for repeat, rows in sheets.items()}
        self.records = {
            repeat: rows.groupby(_key(repeat), sort=False).groups for repeat, rows in sheets.items()
        }
        questions = [q for form in survey.questionnaires.values() for q in form.questions]
        self.repeat_of = {q.column: q.repeat for q in questions}
        self.column_of = {q.name: q.column for q in questions} | {
            q.path: q.column for q in questions
        }
        self.answers = Answers(survey)

    def place(self, question: str) -> tuple[str, str, str]:
        """Repeat, row_id and column that the log's word for a question points to."""
        cell = _CELL_OF_REPEAT.fullmatch(question)
        row_id, name = (cell["row_id"], cell["question"]) if cell else ("", question)
        column = self._column(name)
        return self.repeat_of.get(column.partition("/")[0], ""), row_id, column

    def _column(self, name: str) -> str:
        """The column of a question, or of one choice written `q/choice` or `q.choice`."""
        if name in self.column_of:
            return self.column_of[name]
        for column in (name, name.replace(".", "/", 1), name.replace(":", "/", 1)):
            if any(column in rows for rows in self.sheets.values()):
                return column
        return name

    def found(self, line: Line) -> pd.Index[int]:
        """The records a line points to; a line without a question points to the submission."""
        repeat, row_id, _ = self.place(line.question)
        if line.action in {"remove", "none"}:
            repeat, row_id = "", ""
        groups = self.records.get(repeat, {})
        key = (line.submission_id, row_id) if repeat else line.submission_id
        found: pd.Index[int] = groups.get(key, pd.Index([]))
        return found

    def _with_column(self, line: Line) -> pd.Index[int]:
        """The records a line points to, without copies from an export that lacks the column."""
        repeat, _, column = self.place(line.question)
        found = self.found(line)
        held = self.sheets[repeat].loc[found, column].dropna()
        return found if held.empty else held.index

    def check(self, line: Line) -> Iterator[Finding]:
        """What is wrong with a line."""
        if not line.action:
            yield _finding(Problem.log_unknown_action, line, {"expected": ", ".join(ACTIONS)})
            return
        changes = line.action in {"change", "blank"}
        repeat, _, column = self.place(line.question)
        if changes and (column in RESERVED or column not in self.sheets.get(repeat, ())):
            yield _finding(Problem.log_unknown_question, line)
        elif self.found(line).empty:
            yield _finding(Problem.log_matches_nothing, line)
        elif changes and not (self.optional and not line.old_value):
            held = self.sheets[repeat].loc[self._with_column(line), column].fillna("")
            if not all(self.answers.are_same(column, text, line.old_value) for text in held):
                yield _finding(Problem.log_old_value_differs, line)

    def apply(self, lines: list[Line]) -> Corrected:
        """Write the corrections into the text."""
        for line in lines:
            if line.action in {"change", "blank"}:
                repeat, _, column = self.place(line.question)
                value = line.new_value if line.action == "change" else ""
                value = self.answers.coded(column, value)
                self.sheets[repeat].loc[self._with_column(line), column] = value
        corrections = pd.DataFrame(
            [
                {**vars(line), "line": line.row, "records": len(self.found(line))}
                for line in lines
                if line.action != "none"
            ],
            columns=[*COLUMNS, "line", "records"],
        )
        removed = frozenset(line.submission_id for line in lines if line.action == "remove")
        return Corrected(self.sheets, corrections, removed)


def _key(repeat: str) -> list[str] | str:
    return ["submission_id", "row_id"] if repeat else "submission_id"
