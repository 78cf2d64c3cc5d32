"""A workbook as sheets of text, read by a child process: for questionnaires and for exports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.ask import workbook_child
from pipeline.errors import Finding, Problem, RelevoError

BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx and .xls begin
WEB_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*<(\?xml|!doctype|html|head|body|meta|table)\b", re.IGNORECASE
)
CHILD = Path(workbook_child.__file__)
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Row:
    """One row that is not blank: its number in the sheet, cells in column order as text."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet that are not blank, all with the same number of cells."""

    name: str
    rows: tuple[Row, ...] = ()
    is_hidden: bool = False
    merged: frozenset[int] = frozenset()  # rows near the top in which columns are merged
    errors: int = 0  # cells that hold an error; their text is the error's: #N/A

    @property
    def header(self) -> Row:
        """The first row."""
        return self.rows[0] if self.rows else Row(1, ())


@dataclass(frozen=True)
class Workbook:
    """What a file of sheets holds."""

    sheets: tuple[Sheet, ...]
    is_1904: bool = False  # days are counted from 1904: cells in a date format are already dates
    formulas: int = 0  # saved without their values, which read as blank
    formula: str = ""  # the cell of the first one


def tidy(text: str) -> str:
    """A name or keyword without invisible characters, outer blanks and double blanks."""
    return BLANKS.sub(" ", INVISIBLE.sub("", text)).strip()


def pad(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """The cells, and blank ones up to a width."""
    return (*cells, *[""] * (width - len(cells)))


def read_workbook(path: Path) -> Workbook:
    """The sheets of an .xlsx or .xls file, rows numbered as in the workbook.

    Numbers are written without a needless `.0`, dates and times in ISO 8601, truth values as TRUE
    and FALSE. A merged cell's text belongs to its first cell.

    Raises:
        RelevoError: workbook_unreadable, workbook_protected, workbook_limits; the finding names no
            file.
    """
    with subprocess.Popen(  # noqa: S603 (our own script, no shell)
        [sys.executable, "-P", str(CHILD), str(path.resolve())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a reader's last words may quote answers
    ) as child:
        assert child.stdout
        whole = (line for line in child.stdout if line.endswith(b"\n"))  # an abort may cut the last
        lines = [json.loads(line) for line in whole]
    if child.returncode:
        raise RelevoError(_refusal(child.returncode, lines))
    return Workbook(tuple(_sheets(lines[1:])), **lines[0])


def _refusal(code: int, lines: list[Any]) -> Finding:
    """Why the child gave up; a negative code is the signal that ended it (memory or time)."""
    if code == workbook_child.PROTECTED:
        return Finding(Problem.workbook_protected)
    if code == workbook_child.BEYOND:
        found, expected = lines[-1]
        return Finding(Problem.workbook_limits, values={"found": found, "expected": expected})
    if code < 0 or code == workbook_child.TOO_LARGE:
        most = f"{workbook_child.MEMORY >> 20} MB and {workbook_child.SECONDS} seconds"
        values: dict[str, object] = {"found": "more memory or time", "expected": most}
        return Finding(Problem.workbook_limits, values=values)
    return Finding(Problem.workbook_unreadable)


def _sheets(lines: list[Any]) -> Iterator[Sheet]:
    """Facts about a sheet, which begin with its name, then its rows, which begin with a number."""
    starts = [place for place, line in enumerate(lines) if isinstance(line[0], str)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        name, is_hidden, merged, errors = lines[start]
        rows = lines[start + 1 : end]
        width = max((len(cells) for _, cells in rows), default=0)
        padded = tuple(Row(number, pad(cells, width)) for number, cells in rows)
        yield Sheet(name, padded, is_hidden, frozenset(merged), errors)
