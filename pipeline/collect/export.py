"""An export as read, before anyone asks what it means: sheets of records of text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Record(NamedTuple):
    """One record of a file. Blank lines and the header are none; numbers and lines start at 1."""

    number: int
    line: int  # first physical line of a text file, row of a workbook
    cells: tuple[str, ...]
    is_quoted: bool = False  # every cell stood in quotes: no stray delimiter can have split one
    is_decodable: bool = True
    is_cut: bool = False  # the file ends inside it
    received: tuple[str, ...] | None = None  # the cells as read, where they were repaired

    def with_cells(self, cells: tuple[str, ...]) -> Record:
        """The record with repaired cells; what was received is kept."""
        return self._replace(cells=cells, received=self.received or self.cells)

    @property
    def sha256(self) -> str:
        """Fingerprint of the cells as read; no cell that is text holds a NUL."""
        text = "\0".join(self.received or self.cells)
        return sha256_of(text.encode("utf-8", "surrogateescape"))

    def at(self, position: int | None) -> str:
        """The cell at a position from 0; '' where the record or the file has none."""
        return self.cells[position] if position is not None and position < len(self.cells) else ""


def sha256_of(said: bytes) -> str:
    """Fingerprint of what a record says."""
    return hashlib.sha256(said).hexdigest()


@dataclass(frozen=True)
class Variable:
    """What a statistics file itself says of one column. Values are texts, as in the cells."""

    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)  # value to what it means
    missing: frozenset[str] = frozenset()  # values that came and are declared missing


@dataclass(frozen=True)
class ResponseSet:
    """Several columns that hold one multiple answer, as a statistics file declares them.

    `counted` is the value that means chosen; '' where each column holds one chosen value.
    """

    name: str
    label: str
    counted: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Dictionary:
    """What a statistics file says of its columns, by header."""

    variables: Mapping[str, Variable] = field(default_factory=dict)
    sets: tuple[ResponseSet, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A header line and its records; a text file is one sheet without a name.

    A long text file comes in slices: sheets with the same headers, one after the other. Titles
    stand in the first one.
    """

    name: str
    headers: tuple[str, ...]
    records: Sequence[Record]
    preamble: tuple[Record, ...] = ()  # title lines above the header
    first: Sequence[Record] | None = None  # the records of the first slice, in those that follow
    counted: int | None = None  # records and title lines, by a count of its own
    notes: tuple[str, ...] = ()  # codes of problems with their place
    dictionary: Dictionary = Dictionary()  # of a statistics file

    @property
    def evidence(self) -> Sequence[Record]:
        """Records by which to decide what holds for all: the same ones in every slice."""
        return self.records if self.first is None else self.first


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
    attachments: int = 0  # files of a zip that are no tables
