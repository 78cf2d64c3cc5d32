"""The choices sheet: lists by name, in the order of the sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from pipeline.ask.headers import Columns, find_columns
from pipeline.ask.questionnaire import Choice
from pipeline.ask.workbook import Row, Sheet
from pipeline.errors import Finding, Problem

KNOWN = frozenset(
    {"list_name", "name", "label", "score", "missing_kind", "label_status", "short", "hint"}
)
MISSING_KINDS = ("dont_know", "refused", "not_applicable")


@dataclass
class Lists:
    """The lists being read; `find` answers for the survey sheet."""

    file: str
    columns: Columns
    by_name: dict[str, list[Choice]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def choices(self) -> Mapping[str, tuple[Choice, ...]]:
        """The finished lists."""
        return MappingProxyType({name: tuple(rows) for name, rows in self.by_name.items()})

    def find(self, name: str, findings: list[Finding], row: int, question: str) -> str:
        """The list as the sheet spells it; one that is not there becomes a finding."""
        if not name or name in self.by_name:
            return name
        found = next((one for one in self.by_name if one.casefold() == name.casefold()), "")
        if not found:
            values: dict[str, object] = {"found": name, "nearest": nearest(name, self.by_name)}
            findings.append(
                Finding(Problem.unknown_list, self.file, "survey", row, question, values)
            )
        return found or name

    def add_other(self, name: str, label: str, language: str) -> None:
        """The choice `other` that or_other adds to a list without one."""
        rows = self.by_name.setdefault(name, [])
        if not any(choice.name == "other" for choice in rows):
            rows.append(Choice(name, "other", MappingProxyType({language: label})))


def nearest(word: str, known: Mapping[str, object] | list[str]) -> str:
    """`; the nearest is 'x'` where something similar is known, else ''."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; the nearest is '{close[0]}'" if close else ""


def read_lists(sheet: Sheet, default_language: str, file: str) -> Lists:
    """Read every choice that has a list and a name."""
    columns = find_columns(sheet, default_language, file)
    lists = Lists(file, columns, findings=list(columns.findings))
    for row in sheet.rows:
        list_name, name = columns.text(row, "list_name"), columns.text(row, "name")
        if list_name and name:
            _add(lists, row, list_name, name)
    return lists


def _add(lists: Lists, row: Row, list_name: str, name: str) -> None:
    rows = lists.by_name.setdefault(list_name, [])
    if any(choice.name == name for choice in rows):
        _find(lists, Problem.duplicate_choice, row, found=name, list=list_name)
    if " " in name:
        _find(lists, Problem.blank_in_choice, row, found=name)
    rows.append(
        Choice(
            list_name=list_name,
            name=name,
            labels=lists.columns.texts(row, "label"),
            score=_score(lists, row),
            missing_kind=_missing_kind(lists, row),
            extra=lists.columns.others(row, KNOWN),
            label_status=lists.columns.text(row, "label_status"),
            row=row.number,
        )
    )


def _find(lists: Lists, problem: Problem, row: Row, **values: object) -> None:
    sheet = lists.columns.sheet.name
    lists.findings.append(Finding(problem, lists.file, sheet, row.number, values=values))


def _score(lists: Lists, row: Row) -> float | None:
    written = lists.columns.text(row, "score")
    try:
        return float(written) if written else None
    except ValueError:
        _find(lists, Problem.unknown_mark, row, found=written, column="score", expected="a number")
        return None


def _missing_kind(lists: Lists, row: Row) -> str:
    written = lists.columns.text(row, "missing_kind")
    if written and written not in MISSING_KINDS:
        expected = ", ".join(MISSING_KINDS)
        _find(
            lists,
            Problem.unknown_mark,
            row,
            found=written,
            column="missing_kind",
            expected=expected,
        )
        return ""
    return written
