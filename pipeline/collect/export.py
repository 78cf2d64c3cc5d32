"""An export as read, before anyone asks what it means: sheets of records of text."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """One record below the header. Blank lines are no records; numbers and lines start at 1."""

    number: int
    line: int  # first physical line of a text file, row of a workbook
    cells: tuple[str, ...]
    is_quoted: bool = False  # every cell stood in quotes: no stray delimiter can have split one
    is_decodable: bool = True

    @property
    def sha256(self) -> str:
        """Fingerprint of the cells as read."""
        text = json.dumps(self.cells, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

    def at(self, position: int | None) -> str:
        """The cell at a position from 0; '' where the record or the file has none."""
        return self.cells[position] if position is not None and position < len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """A header line and its records; a text file is one sheet without a name."""

    name: str
    headers: tuple[str, ...]
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Export:
    """One raw file: where it is (below the raw folder), what was found out, what it holds."""

    wave: str
    path: str
    sha256: str
    bytes: int
    encoding: str
    dialect: str
    sheets: tuple[Sheet, ...]
