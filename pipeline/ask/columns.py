"""columns.csv: what the headers and values of a table that no survey tool wrote mean."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.ask.choices import nearest
from pipeline.ask.codes import tidy
from pipeline.ask.questionnaire import Questionnaire
from pipeline.errors import Finding, Problem

FILE = "columns.csv"
NEEDED = ("source", "question")
OPTIONAL = ("source_value", "code", "wave", "file")
# What may be named in place of a question: what survey tools write about a record.
METADATA = (
    *("_uuid", "_id", "_submission_time", "start", "end", "today", "__version__"),
    *("meta/instanceID", "meta/rootUuid", "meta/deprecatedID"),
)


@dataclass(frozen=True)
class ColumnLine:
    """A line of columns.csv: a header and its question, perhaps one value of it and its code.

    `question` is Question.column, `column/choice`, one of METADATA, or '' for a column that is
    known and not read. A blank `code` means that the value is no answer. `wave` and `file` (a
    pattern of paths below the raw folder) say where the line counts; '' is everywhere.
    """

    source: str
    question: str
    source_value: str = ""
    code: str = ""
    wave: str = ""
    file: str = ""
    row: int = 0

    def counts(self, wave: str, path: str) -> bool:
        """Whether the line is about this file."""
        return self.wave in {"", wave} and (not self.file or fnmatchcase(path, self.file))


def read_columns(
    folder: Path, forms: Mapping[str, Questionnaire]
) -> tuple[tuple[ColumnLine, ...], tuple[Finding, ...]]:
    """The lines of columns.csv, () without such a file, and everything wrong with them.

    Args:
        folder: the survey folder.
        forms: the questionnaire of each wave.
    """
    path = folder / FILE
    if not path.is_file():
        return (), ()
    reader = _Reader(forms)
    return tuple(reader.read(path)), tuple(reader.findings)


@dataclass
class _Reader:
    """Collects what is wrong. Row 1 is the header, as in a spreadsheet."""

    forms: Mapping[str, Questionnaire]
    findings: list[Finding] = field(default_factory=list)
    said: dict[tuple[str, ...], str] = field(default_factory=dict)

    def find(self, problem: Problem, row: int | None, **values: object) -> None:
        self.findings.append(Finding(problem, FILE, row=row, values=values))

    def read(self, path: Path) -> Iterator[ColumnLine]:
        """The lines that can be read."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file, restkey="", restval=""))
        except (UnicodeDecodeError, csv.Error):
            self.find(Problem.unreadable_declaration, None, found="no CSV in UTF-8")
            return
        header = list(rows[0]) if rows else list(NEEDED)
        for name in NEEDED:
            if name not in header:
                self.find(Problem.column_missing, 1, expected=name)
        for name in (name for name in header if name not in (*NEEDED, *OPTIONAL)):
            close = nearest(name, [*NEEDED, *OPTIONAL])
            self.find(Problem.unknown_key, 1, found=name, nearest=close)
        for row, cells in enumerate([] if self.findings else rows, start=2):
            line = ColumnLine(**{name: text.strip() for name, text in cells.items()}, row=row)
            if line.source and self.is_right(line):
                yield line

    def is_right(self, line: ColumnLine) -> bool:
        """Whether question, code and wave exist and nothing else is said of the same column."""
        before = len(self.findings)
        if line.wave and line.wave not in self.forms:
            expected = " or ".join(self.forms)
            self.find(Problem.wrong_kind, line.row, found=f"wave {line.wave}", expected=expected)
        else:
            self.check_target(line)
        place = (tidy(line.source), line.wave, line.file)
        self.say_once(line, place, line.question)
        if line.source_value:
            self.say_once(line, (*place, tidy(line.source_value)), line.code)
        return len(self.findings) == before

    def check_target(self, line: ColumnLine) -> None:
        """Find a question or a code that the forms do not have."""
        codes: dict[str, list[str]] = {}
        for form in [self.forms[line.wave]] if line.wave else self.forms.values():
            for question in form.questions:
                names = [choice.name for choice in form.choices_of(question)]
                if not question.repeat:
                    codes.setdefault(question.column, []).extend(names)
        column, _, choice = line.question.rpartition("/")
        if choice in codes.get(column, []):
            allowed = ["1", "0"]
        elif line.question in {"", *METADATA, *codes}:
            column, allowed = line.question, codes.get(line.question, [])
        else:
            values = {"place": "question", "found": line.question}
            close = nearest(line.question, [*codes, *METADATA])
            self.find(Problem.unknown_question, line.row, **values, nearest=close)
            return
        for code in [line.code] if line.code in allowed else line.code.split():
            if allowed and code not in allowed:
                values = {"place": "code", "found": code, "question": column}
                close = nearest(code, allowed)
                self.find(Problem.declared_code_unknown, line.row, **values, nearest=close)

    def say_once(self, line: ColumnLine, key: tuple[str, ...], meaning: str) -> None:
        """Find what contradicts an earlier line."""
        first = self.said.setdefault(key, meaning)
        if first != meaning:
            values = {"found": line.source, "first": first, "second": meaning}
            self.find(Problem.column_mapped_twice, line.row, **values)
