"""A workbook as sheets of text: cells cleaned of what Excel adds, true row numbers kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from pipeline.errors import Finding, Problem, RelevoError

INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Row:
    """One row under the header: cells in column order as text, exactly as written."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Whether nothing but blanks is in it."""
        return not any(tidy(cell) for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """The header row and the rows below it that are not blank."""

    name: str
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def tidy(text: str) -> str:
    """A name or keyword without invisible characters, outer blanks and double blanks."""
    return BLANKS.sub(" ", INVISIBLE.sub("", text)).strip()


def cell_text(value: object) -> str:
    """A cell as text: `1.0` is `1`, a date is ISO, TRUE is `TRUE`."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | timedelta) else ""


def read_workbook(path: Path) -> Mapping[str, Sheet]:
    """The sheets of a workbook by their name in lower case.

    Raises:
        RelevoError: questionnaire_missing or questionnaire_unreadable (exit 10).
    """
    if not path.is_file():
        values: dict[str, object] = {"expected": path.name}
        raise RelevoError(Finding(Problem.questionnaire_missing, str(path), values=values))
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        tables = [(name, sheet.to_python(skip_empty_area=False)) for name, sheet in sheets]
    except (CalamineError, OSError, ValueError):
        raise RelevoError(Finding(Problem.questionnaire_unreadable, path.name)) from None
    return {tidy(name).casefold(): _sheet(name, table) for name, table in tables}


def _sheet(name: str, table: Sequence[Sequence[object]]) -> Sheet:
    rows = [
        Row(number, tuple(cell_text(cell) for cell in cells))
        for number, cells in enumerate(table, start=1)
    ]
    filled = [row for row in rows if not row.is_blank]
    if not filled:
        return Sheet(name)
    return Sheet(name, filled[0].cells, tuple(filled[1:]))
