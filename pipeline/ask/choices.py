"""The choices: lists by name, in the order of their sheet, or of a file beside the form."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from pipeline.ask.form_file import csv_rows
from pipeline.ask.headers import CHOICES, Columns, find_columns
from pipeline.ask.questionnaire import Choice
from pipeline.ask.types import PARAMETER
from pipeline.ask.workbook import Row, Sheet, pad, tidy
from pipeline.errors import Finding, Problem

MISSING_KINDS = ("dont_know", "refused", "not_applicable")
PARAMETERS = MappingProxyType({"value": "name", "label": "label"})
NOTHING = frozenset({"na", "nan"})  # an empty cell of forms saved by R


@dataclass
class Lists:
    """The lists being read; `find` answers for the survey sheet."""

    file: str
    default_language: str
    may_repeat: bool = False  # allow_choice_duplicates
    by_name: dict[str, list[Choice]] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    odd: dict[tuple[Problem, str], list[tuple[Row, str]]] = field(default_factory=dict)
    sheets: list[Columns] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def choices(self) -> Mapping[str, tuple[Choice, ...]]:
        """The finished lists."""
        return MappingProxyType({name: tuple(rows) for name, rows in self.by_name.items()})

    def read_sheet(self, sheet: Sheet) -> None:
        """Read every choice that has a list and a name."""
        columns = self._columns(sheet, self.file)
        for row in sheet.rows[1:]:
            self._add(columns, row, columns.text(row, "list_name"), self.file)
        self._tell(columns, self.file)

    def read_file(self, path: Path, parameters: str) -> bool:
        """Read a CSV file beside the form as the list of that name; False where it cannot be.

        Args:
            path: columns `name` and `label`, or what the parameters value and label say.
            parameters: of the question: `value=code, label=title`.
        """
        if path.name in self.by_name:
            return True
        said = dict(PARAMETER.findall(parameters))
        renamed = {said[key]: name for key, name in PARAMETERS.items() if key in said}
        try:
            rows = list(csv_rows(path.read_bytes().decode("utf-8-sig")))
        except (OSError, UnicodeDecodeError, csv.Error):
            return False
        width = max((len(cells) for _, cells in rows), default=0)
        table = [Row(number, pad(cells, width)) for number, cells in rows if any(map(tidy, cells))]
        if table:
            header = tuple(renamed.get(tidy(cell), cell) for cell in table[0].cells)
            table[0] = replace(table[0], cells=header)
        columns = self._columns(Sheet("", tuple(table)), path.name)
        for row in table[1:] if "name" in columns else ():
            self._add(columns, row, path.name, path.name)
        self._tell(columns, path.name)
        return path.name in self.by_name

    def _columns(self, sheet: Sheet, file: str) -> Columns:
        columns = find_columns(sheet, CHOICES, self.default_language, file)
        self.sheets.append(columns)
        self.findings += columns.findings
        return columns

    def _add(self, columns: Columns, row: Row, list_name: str, file: str) -> None:
        name = columns.text(row, "name")
        if not list_name or not name or list_name.casefold() in NOTHING:
            return  # a heading or a remark between the lists
        reader = _ChoiceRow(columns, row, file, self.findings)
        if (list_name, name) in self.names and not self.may_repeat:
            self.odd.setdefault((Problem.duplicate_choice, list_name), []).append((row, name))
        if " " in name:
            self.odd.setdefault((Problem.blank_in_choice, list_name), []).append((row, name))
        self.names.add((list_name, name))
        self.by_name.setdefault(list_name, []).append(reader.choice(list_name, name))

    def _tell(self, columns: Columns, file: str) -> None:
        """What is odd, once for each list: cascading lists have it in thousands of rows."""
        for (problem, list_name), found in self.odd.items():
            row, name = found[0]
            values: dict[str, object] = {"count": len(found), "found": name, "list": list_name}
            sheet = columns.sheet.name
            self.findings.append(Finding(problem, file, sheet, row.number, values=values))
        self.odd.clear()

    def find(self, name: str, row: int, question: str) -> str:
        """The list as the sheet spells it; one that is not there becomes a finding."""
        if not name or name in self.by_name:
            return name
        found = next((one for one in self.by_name if one.casefold() == name.casefold()), "")
        if not found:
            values: dict[str, object] = {"found": name, "nearest": nearest(name, self.by_name)}
            self.findings.append(
                Finding(Problem.unknown_list, self.file, "survey", row, question, values)
            )
        return found or name

    def add_other(self, name: str, label: str) -> None:
        """The choice `other` that or_other adds to a list without one."""
        rows = self.by_name.setdefault(name, [])
        if not any(choice.name == "other" for choice in rows):
            labels = MappingProxyType({self.default_language: label})
            rows.append(Choice(name, "other", labels))


@dataclass(frozen=True)
class _ChoiceRow:
    """One row, becoming a choice."""

    columns: Columns
    row: Row
    file: str
    findings: list[Finding]

    def find(self, **values: object) -> None:
        place = (self.file, self.columns.sheet.name, self.row.number)
        self.findings.append(Finding(Problem.unknown_mark, *place, values=values))

    def choice(self, list_name: str, name: str) -> Choice:
        return Choice(
            list_name=list_name,
            name=name,
            labels=self.columns.texts(self.row, "label"),
            score=self.score(),
            missing_kind=self.missing_kind(),
            extra=self.columns.notes(self.row),
            label_status=self.columns.text(self.row, "label_status"),
            row=self.row.number,
        )

    def score(self) -> float | None:
        written = self.columns.text(self.row, "score")
        try:
            return float(written) if written and written.casefold() not in NOTHING else None
        except ValueError:
            self.find(found=written, column="score", expected="a number")
            return None

    def missing_kind(self) -> str:
        written = self.columns.text(self.row, "missing_kind")
        if not written or written in MISSING_KINDS or written.casefold() in NOTHING:
            return written if written in MISSING_KINDS else ""
        self.find(found=written, column="missing_kind", expected=", ".join(MISSING_KINDS))
        return ""


def nearest(word: str, known: Mapping[str, object] | list[str]) -> str:
    """`; the nearest is 'x'` where something similar is known, else ''."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; the nearest is '{close[0]}'" if close else ""
