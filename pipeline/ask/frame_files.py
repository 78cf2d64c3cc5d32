"""frame.csv and membership.csv, read as text: nothing is guessed, NA is Namibia."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.ask.choices import nearest
from pipeline.ask.frame import INVENTED, Frame
from pipeline.ask.survey import FrameFiles
from pipeline.errors import Finding, Problem

MEMBERSHIP = ("unit_id", "network", "valid_from", "valid_to")
NUMBERS = ("population", "N")


def read_frame(
    folder: Path, files: FrameFiles, columns: Iterable[str]
) -> tuple[Frame | None, tuple[Finding, ...]]:
    """Read what [frame] names, and everything wrong with it.

    Args:
        folder: the survey folder; the paths of [frame] start there.
        files: [frame].
        columns: columns that survey.toml expects in the frame beside the fixed ones.
    """
    if not files.file:
        return None, ()
    reader = _Reader()
    fixed = ("N",) if files.scope == "strata" else ("unit_id", "name_official", "iso2")
    units = reader.read(folder, files.file, (*fixed, *columns))
    if "iso2" in units and "country" not in units:
        units["country"] = units["iso2"]
    for name in NUMBERS:
        if name in units:
            units[name] = reader.numbers(files.file, units[name])
    reader.check_units(files.file, units)
    if files.entities and files.scope == "open":
        units = _with_entities(reader, folder, files.entities, units)
    membership = pd.DataFrame(columns=list(MEMBERSHIP))
    if files.membership:
        membership = _membership(reader, folder, files.membership, units)
    return Frame(units, membership, files.network), tuple(reader.findings)


def _membership(reader: _Reader, folder: Path, file: str, units: pd.DataFrame) -> pd.DataFrame:
    """Who belongs to which network, from when to when."""
    membership = reader.read(folder, file, MEMBERSHIP)
    reader.check_members(file, membership, units)
    for name in ("valid_from", "valid_to"):
        if name in membership:
            membership[name] = reader.dates(file, membership[name])
    return membership


def _with_entities(reader: _Reader, folder: Path, file: str, units: pd.DataFrame) -> pd.DataFrame:
    """The units with those of an open frame that stand outside the list."""
    others = reader.read(folder, file, ("unit_id", "name_official", "iso2"))
    if "iso2" in others and "country" not in others:
        others["country"] = others["iso2"]
    for name in NUMBERS:
        if name in others:
            others[name] = reader.numbers(file, others[name])
    listed = set(units.get("unit_id", ()))
    for row, unit in others.get("unit_id", pd.Series(dtype=str)).items():
        if unit in listed:
            reader.find(Problem.unit_twice, file, int(str(row)) + 2, found=unit)
    reader.check_units(file, others)
    return pd.concat([units, others], ignore_index=True).reindex(
        columns=list(dict.fromkeys((*units, *others)))
    )


class _Reader:
    """Collects what is wrong with the files. Row 1 is the header, as in a spreadsheet."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def find(self, problem: Problem, file: str, row: int | None = None, **values: object) -> None:
        self.findings.append(Finding(problem, file, row=row, values=values))

    def read(self, folder: Path, file: str, expected: Iterable[str]) -> pd.DataFrame:
        """The file as text; a row of another length is left out and told."""
        path = folder / file
        if not path.is_file():
            self.find(Problem.frame_file_missing, file)
            return pd.DataFrame()
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                rows = [row for row in csv.reader(lines) if row]
        except (UnicodeDecodeError, csv.Error, PermissionError):
            self.find(Problem.unreadable_declaration, file, found="no CSV in UTF-8")
            return pd.DataFrame()
        header = [name.strip() for name in rows[0]] if rows else []
        for name in dict.fromkeys(expected):
            if name not in header and not (name == "country" and "iso2" in header):
                close = nearest(name, header)
                self.find(Problem.frame_column_missing, file, 1, expected=name, nearest=close)
        body = []
        for number, row in enumerate(rows[1:], start=2):
            if len(row) != len(header):
                expected_cells = f"{len(header)} cells"
                self.find(
                    Problem.frame_value, file, number, column="(all)", expected=expected_cells
                )
                continue
            body.append([cell.strip() for cell in row])
        return pd.DataFrame(body, columns=header, dtype="str")

    def numbers(self, file: str, texts: pd.Series) -> pd.Series:
        for row, text in enumerate(texts, start=2):
            if text and not text.isdecimal():
                self.find(
                    Problem.frame_value,
                    file,
                    row,
                    column=str(texts.name),
                    expected="a whole number",
                )
        return pd.Series(
            [int(text) if text.isdecimal() else None for text in texts], texts.index, dtype="Int64"
        )

    def dates(self, file: str, texts: pd.Series) -> pd.Series:
        days: list[date | None] = []
        for row, text in enumerate(texts, start=2):
            try:
                days.append(date.fromisoformat(text) if text else None)
            except ValueError:
                days.append(None)
                expected = "a date such as 2025-03-03"
                self.find(Problem.frame_value, file, row, column=str(texts.name), expected=expected)
        return pd.Series(days, texts.index, dtype="object")

    def check_units(self, file: str, units: pd.DataFrame) -> None:
        if "unit_id" not in units:
            return
        ids = units["unit_id"]
        for row in ids.index[ids.duplicated()]:
            self.find(Problem.unit_twice, file, row + 2, found=ids[row])
        invented = ids[ids.str.contains(INVENTED)]
        if 0 < len(invented) < len(ids):
            real = ids[~ids.isin(invented)]
            self.find(Problem.frame_mixed, file, invented=invented.iloc[0], real=real.iloc[0])

    def check_members(self, file: str, membership: pd.DataFrame, units: pd.DataFrame) -> None:
        if "unit_id" not in membership or "unit_id" not in units:
            return
        strangers = membership.loc[~membership["unit_id"].isin(units["unit_id"]), "unit_id"]
        for row, unit in strangers.items():
            self.find(Problem.member_not_in_frame, file, int(str(row)) + 2, found=unit)
