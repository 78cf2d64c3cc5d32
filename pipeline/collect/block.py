"""A slice of a long text file as columns: each line one record, each record a cell for each header.

Most slices of a long file are so. One is taken for a block only where that is certain, by tests
that cost little; then Arrow splits its cells, and nothing is done for each cell in Python. Any
other slice goes the way of the short files (delimited.py), which knows every oddity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.collect.export import Record
from pipeline.collect.lines import is_damaged

LONGEST_LINE = 10_000_000
ENDS = ("\r", "\n")


@dataclass(frozen=True)
class Column:
    """The different texts of a column, and for each record the place of its own among them."""

    texts: list[str]
    places: np.ndarray
    cells: pa.Array  # a text for each record

    @classmethod
    def of(cls, cells: pa.Array) -> Column:
        """A column of cells."""
        found = cells.dictionary_encode()
        return cls(_list(found.dictionary), found.indices.to_numpy(), cells)

    def __len__(self) -> int:
        """Number of records."""
        return len(self.places)

    @property
    def rows(self) -> list[str]:
        """The text of each record."""
        return _list(self.cells)

    @property
    def counts(self) -> list[int]:
        """How often each of the texts stands there."""
        found: list[int] = np.bincount(self.places, minlength=len(self.texts)).tolist()
        return found

    def map(self, read: Callable[[str], str]) -> Column:
        """The same column with what each text means; itself where they mean what they say."""
        texts = list(map(read, self.texts))
        if texts == self.texts:
            return self
        return Column(texts, self.places, pa.array(texts, pa.string()).take(pa.array(self.places)))

    def where(self, holds: Callable[[str], bool]) -> np.ndarray:
        """For each record whether something holds for its text."""
        found: np.ndarray = np.fromiter(map(holds, self.texts), bool, len(self.texts))[self.places]
        return found


@dataclass(frozen=True)
class Block(Sequence[Record]):
    """Records as columns, all with the same number of cells; as records only if one asks."""

    cells: tuple[pa.Array, ...]
    number: int  # of the first record
    line: int  # of the first record

    @classmethod
    def of(cls, lines: Sequence[str], delimiter: str, width: int, places: tuple[int, int]) -> Block:
        """Columns of lines that are whole records.

        Args:
            lines: with their ends.
            delimiter: between cells.
            width: number of cells.
            places: number and line of the first record.

        Raises:
            ValueError: a line has more or fewer cells, or is blank.
        """
        content = "".join(lines).encode()
        names = [str(at) for at in range(width)]
        table = csv.read_csv(
            pa.BufferReader(content),
            csv.ReadOptions(use_threads=False, block_size=len(content), column_names=names),
            csv.ParseOptions(delimiter=delimiter),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        if len(table) != len(lines):
            raise ValueError
        return cls(tuple(column.combine_chunks() for column in table.columns), *places)

    def column(self, at: int) -> Column:
        """The cells at a position from 0."""
        return self.columns[at]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All of them."""
        return tuple(map(Column.of, self.cells))

    @property
    def sha256(self) -> list[str]:
        """Fingerprints of the records, as they have them."""
        return hashes(self.cells)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """One by one."""
        rows = zip(*map(_list, self.cells), strict=True)
        return tuple(Record(self.number + at, self.line + at, row) for at, row in enumerate(rows))

    def __len__(self) -> int:
        """Number of records."""
        return len(self.cells[0])

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | Sequence[Record]:
        """A record, or some."""
        return self.records[at]

    def __iter__(self) -> Iterator[Record]:
        """The records."""
        return iter(self.records)


def are_whole(lines: Sequence[str], whole: re.Pattern[str]) -> bool:
    """Whether each of some lines is surely one record, undamaged, and the file goes on or ends.

    Args:
        lines: with their ends.
        whole: a line that holds quotes and is one record.
    """
    return (
        lines[-1].endswith(ENDS)
        and not lines[0].startswith("\ufeff")  # which Arrow would skip
        and max(map(len, lines)) < LONGEST_LINE
        and all(whole.fullmatch(line) for line in lines if '"' in line)
        and not is_damaged("".join(lines))
    )


def hashes(columns: Sequence[pa.Array]) -> list[str]:
    """For each record the fingerprint of its texts in these columns."""
    said = pc.binary_join_element_wise(*columns, "\0").cast(pa.binary())
    return [sha256(one).hexdigest() for one in said.to_numpy(zero_copy_only=False)]


def _list(texts: pa.Array) -> list[str]:
    found: list[str] = texts.to_numpy(zero_copy_only=False).tolist()
    return found
