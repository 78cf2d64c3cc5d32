"""renames.csv: which column of an older form is which question now, as a person confirmed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pipeline.ask.choices import nearest
from pipeline.ask.csv_rows import read_csv_rows
from pipeline.ask.questionnaire import Questionnaire
from pipeline.errors import Finding, Problem

FILE = "renames.csv"
NEEDED = ("old", "new")
Forms = Mapping[str, Questionnaire]  # by wave


@dataclass(frozen=True)
class Rename:
    """The header `old` is the question `new`; its answers `values` are other codes now.

    Of one wave, or of all ('').
    """

    wave: str
    old: str
    new: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def is_of(self, wave: str) -> bool:
        """Whether it counts in the files of a wave."""
        return self.wave in {"", wave}


def read_renames(folder: Path, forms: Forms) -> tuple[tuple[Rename, ...], tuple[Finding, ...]]:
    """The renames of a survey folder, and everything wrong with them. No file renames nothing.

    Args:
        folder: of the survey.
        forms: the questionnaire of each wave.
    """
    rows, unreadable = read_csv_rows(folder / FILE, NEEDED)
    if unreadable:
        return (), unreadable
    findings = [finding for n, row in enumerate(rows, 2) for finding in _wrong(n, row, forms)]
    return _renames(rows), (*findings, *_twice(rows))


def _renames(rows: list[dict[str, str]]) -> tuple[Rename, ...]:
    """The rows of one rename together: each may add a changed code."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        codes = found.setdefault((row.get("wave", ""), row["old"], row["new"]), {})
        if row.get("old_value"):
            codes[row["old_value"]] = row.get("new_value", "")
    return tuple(Rename(*key, MappingProxyType(codes)) for key, codes in found.items())


def _wrong(number: int, row: Mapping[str, str], forms: Forms) -> Iterator[Finding]:
    """What one row names that is not there."""
    wave, new, code = row.get("wave", ""), row["new"], row.get("new_value", "")
    if wave and wave not in forms:
        values: dict[str, object] = {"found": wave, "nearest": nearest(wave, dict(forms))}
        yield Finding(Problem.unknown_wave, FILE, row=number, values=values)
        return
    asked = [form for name, form in forms.items() if wave in {"", name}]
    questions = [form.by_column[new] for form in asked if new in form.by_column]
    if not questions or not row["old"]:
        known = [column for form in asked for column in form.by_column]
        values = {"place": "new", "found": new, "nearest": nearest(new, known)}
        yield Finding(Problem.unknown_question, FILE, row=number, values=values)
        return
    codes = [
        choice.name
        for form in asked
        for choice in form.choices_of(form.by_column.get(new, questions[0]))
    ]
    if code and codes and code not in codes:
        values = {"place": "new_value", "found": code, "question": new}
        values["nearest"] = nearest(code, codes)
        yield Finding(Problem.declared_code_unknown, FILE, row=number, values=values)


def _twice(rows: list[dict[str, str]]) -> Iterator[Finding]:
    """One old column is one question now, and one old code one code."""
    first: dict[tuple[str, str], str] = {}
    codes: dict[tuple[str, str, str], str] = {}
    for number, row in enumerate(rows, 2):
        key = (row.get("wave", ""), row["old"])
        code = (*key, row.get("old_value", ""))
        new_value = row.get("new_value", "")
        if first.setdefault(key, row["new"]) != row["new"]:
            yield Finding(Problem.rename_twice, FILE, row=number, values={"found": row["old"]})
        elif codes.setdefault(code, new_value) != new_value:
            yield Finding(Problem.rename_twice, FILE, row=number, values={"found": code[2]})
