"""The cleaning log: corrections a person decided, applied to the text received, with guards.

Permitted: change an answer, blank it, remove a submission, or note that nothing is to be done.
Everything that does not fit the data is told at once and stops the run; nothing is half applied.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.ask.questionnaire import RESERVED
from pipeline.ask.survey import Survey
from pipeline.edit.coded import Answers
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import quote

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
    """What the log does to the text received.

    `cells`: by repeat ('' = submissions) and column the texts that it writes, by record_id.
    `corrections`: edit.correction. `removed`: submission ids. `confirmed`: submission id and
    question, as the log writes them, of which nothing more is to be asked.
    """

    cells: Mapping[str, Mapping[str, Mapping[int, str]]]
    corrections: pd.DataFrame
    removed: frozenset[str]
    confirmed: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class _LogFile:
    """The file as it is written: what to keep when lines are added."""

    text: str = ""
    delimiter: str = ","
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def apply_cleaning_log(
    survey: Survey, con: duckdb.DuckDBPyConnection, more: Sequence[Line] = ()
) -> Corrected:
    """Read the survey's cleaning log, if it has one, and hold it against what was received.

    Args:
        survey: in whose folder the log is.
        con: where collect.* is.
        more: lines that are to be added to the log.

    Raises:
        RelevoError: exit 12 with every line that does not fit; nothing is applied then.
    """
    lines = list(_distinct([*read_cleaning_log(survey), *more]))
    log = read_log(survey, con, {line.submission_id for line in lines})
    findings = [finding for line in lines for finding in log.check(line)]
    findings += _disagreements(lines, log)
    if findings:
        raise RelevoError(sorted(findings, key=lambda finding: finding.row or 0))
    return log.apply(lines)


def repeat_tables(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The tables of collect.* that hold answers, by repeat; '' holds the submissions."""
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() "
        "WHERE schema_name = 'collect' AND starts_with(table_name, 'repeat_') ORDER BY ALL"
    ).fetchall()
    tables = {"": "submission"} | {name.removeprefix("repeat_"): name for (name,) in found}
    return {repeat: f"collect.{quote(name)}" for repeat, name in tables.items()}


def read_log(survey: Survey, con: duckdb.DuckDBPyConnection, identifiers: Iterable[str]) -> Log:
    """The rows of these submissions, as text; missing stays missing."""
    named = sorted(identifiers)
    sheets = {}
    for repeat, table in repeat_tables(con).items() if named else ():
        sql = f"FROM {table} WHERE list_contains(?, submission_id) ORDER BY record_id"
        sheets[repeat] = con.execute(sql, [named]).df().set_index("record_id")
    return Log(survey, sheets)


def read_cleaning_log(survey: Survey) -> list[Line]:
    """The lines of cleaning_log.csv under our own headers; empty where there is no log.

    Raises:
        RelevoError: exit 12, a needed column is missing or the file is no UTF-8 text.
    """
    file = _read(survey)
    if file is None:
        return []
    theirs = headers(survey)
    missing = [theirs[name] for name in NEEDED if theirs[name] not in file.header]
    if missing:
        values: dict[str, object] = {"expected": ", ".join(missing)}
        raise RelevoError(Finding(Problem.log_column_missing, file=FILE, values=values))
    lines = (
        (row, dict(zip(file.header, cells, strict=False))) for row, cells in enumerate(file.rows, 2)
    )
    return [
        _line(row, {name: cells.get(theirs[name], "").strip() for name in COLUMNS})
        for row, cells in lines
        if any(cells.values())
    ]


def _read(survey: Survey) -> _LogFile | None:
    """The file, if there is one.

    Raises:
        RelevoError: log_not_utf8.
    """
    path = survey.folder / FILE
    if not path.exists():
        return None
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise RelevoError(Finding(Problem.log_not_utf8, file=FILE)) from None
    plain = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter_of(plain))
    header, *rows = [tuple(cells) for cells in reader] or [()]
    return _LogFile(text, delimiter_of(plain), header, tuple(rows))


def numbered(survey: Survey, lines: Sequence[Line]) -> list[Line]:
    """The lines that the log does not hold yet, with the rows that they would get in it."""
    held = {line.says for line in read_cleaning_log(survey)}
    fresh = dict.fromkeys(line.says for line in lines if line.says not in held)
    first = {line.says: line for line in reversed(lines)}
    file = _read(survey) or _LogFile()
    return [replace(first[says], row=row) for row, says in enumerate(fresh, 2 + len(file.rows))]


def append_lines(survey: Survey, lines: Sequence[Line]) -> None:
    """Add lines at the end of the log, in its own columns and signs; never half of them."""
    if not lines:
        return
    theirs = headers(survey)
    file = _read(survey) or _LogFile(header=tuple(theirs[name] for name in COLUMNS))
    ending = "\r\n" if "\r\n" in file.text else "\n"
    added = io.StringIO(newline="")
    writer = csv.writer(added, delimiter=file.delimiter, lineterminator=ending)
    if not file.text:
        writer.writerow(file.header)
    elif not file.text.endswith("\n"):
        added.write(ending)
    ours = {theirs[name]: name for name in COLUMNS}
    for line in lines:
        cells = {header: getattr(line, ours[header]) for header in file.header if header in ours}
        writer.writerow([cells.get(header, "") for header in file.header])
    _put(survey.folder / FILE, (file.text + added.getvalue()).encode())


def _put(path: Path, data: bytes) -> None:
    """Write beside, then rename."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def headers(survey: Survey) -> dict[str, str]:
    """Our column -> theirs, whichever way round `[cleaning_log] columns` was written."""
    headers = {name: name for name in COLUMNS}
    for left, right in survey.cleaning_log.columns.items():
        ours, theirs = (left, right) if left in COLUMNS else (right, left)
        headers[ours] = theirs
    return headers


def delimiter_of(text: str) -> str:
    """What stands between the cells of a file, by its header."""
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


def _disagreements(lines: list[Line], log: Log) -> Iterator[Finding]:
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


class Log:
    """The text received, and where in it a line of the log points."""

    def __init__(self, survey: Survey, sheets: Mapping[str, pd.DataFrame]) -> None:
        self.optional = survey.cleaning_log.old_value == "optional"
        self.sheets = sheets
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

    def held(self, line: Line) -> list[str]:
        """The texts received where a line points to, with one for each record."""
        repeat, _, column = self.place(line.question)
        if column not in self.sheets.get(repeat, ()):
            return []
        return list(self.sheets[repeat].loc[self._with_column(line), column].fillna(""))

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
            same = (self.answers.are_same(column, t, line.old_value) for t in self.held(line))
            if not all(same):
                yield _finding(Problem.log_old_value_differs, line)

    def apply(self, lines: list[Line]) -> Corrected:
        """What the corrections write into the text."""
        cells: dict[str, dict[str, dict[int, str]]] = {}
        for line in lines:
            if line.action in {"change", "blank"}:
                repeat, _, column = self.place(line.question)
                value = line.new_value if line.action == "change" else ""
                value = self.answers.coded(column, value)
                written = cells.setdefault(repeat, {}).setdefault(column, {})
                written |= dict.fromkeys(map(int, self._with_column(line)), value)
        corrections = pd.DataFrame(
            [
                {**vars(line), "line": line.row, "records": len(self.found(line))}
                for line in lines
                if line.action != "none"
            ],
            columns=[*COLUMNS, "line", "records"],
        )
        removed = frozenset(line.submission_id for line in lines if line.action == "remove")
        said = ((line.submission_id, line.question) for line in lines if line.action == "none")
        return Corrected(cells, corrections, removed, frozenset(said))


def _key(repeat: str) -> list[str] | str:
    return ["submission_id", "row_id"] if repeat else "submission_id"
