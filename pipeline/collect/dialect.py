"""The delimiter of a text export and the line of its header: what makes sense of the most headers.

Nothing is sniffed from the data. Titles above the header are records like footers below: counted,
and no submissions. Excel's first line `sep=;` says the delimiter and is no record.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

Known = Callable[[Sequence[str]], int]

DELIMITERS: Mapping[str, str] = MappingProxyType(
    {";": "semicolon", ",": "comma", "\t": "tab", "|": "pipe"}
)
SAID = re.compile(r'"?sep=([;,\t|])"?[\r\n]*')
FIRST = 20  # records among which the header is looked for


@dataclass(frozen=True)
class Dialect:
    """How records are cut, and how many lines and records stand above the header."""

    delimiter: str
    lines_above: int = 0  # of the file, that are no records
    titles: int = 0

    @property
    def name(self) -> str:
        """Of the delimiter."""
        return DELIMITERS[self.delimiter]


def find_dialect(lines: Sequence[str], known: Known) -> Dialect:
    """The delimiter under which a header names most questions, else falls into most cells.

    Args:
        lines: the first of a file, with their line ends.
        known: how many of some headers name a question.
    """
    said = SAID.fullmatch(lines[0]) if lines else None
    below = lines[1:] if said else lines
    cut = {mark: list(_first_records(below, mark)) for mark in (said[1] if said else DELIMITERS)}
    found: dict[str, tuple[int, int, int]] = {}
    most = 0
    for mark in sorted(cut, key=lambda mark: -_most_named(cut[mark])):
        rows = cut[mark]
        if rows and _most_named(rows) >= most:  # else it names fewer than another one
            at = header_at(rows, known)
            found[mark] = known(rows[at]), len(rows[at]), at
            most = max(most, found[mark][0])
    if not found:
        return Dialect(",")
    mark = max((mark for mark in cut if mark in found), key=lambda mark: found[mark][:2])
    return Dialect(mark, len(lines) - len(below), found[mark][2])


def _most_named(rows: Sequence[Sequence[str]]) -> int:
    """No line of these names more questions: a header is read, and declared, at most once."""
    return 2 * max(map(len, rows), default=0)


def header_at(rows: Sequence[Sequence[str]], known: Known) -> int:
    """Position of the first of some rows that names most questions."""
    first, *others = rows[:FIRST]
    named = known(first)
    if _most_named(others) <= named:
        return 0
    if known([cell for row in others for cell in row]) <= named:  # then no single one names more
        return 0
    counts = [named, *map(known, others)]
    return counts.index(max(counts))


def is_blank(row: Sequence[str]) -> bool:
    """Whether a line is no record: nothing, or blanks and quotes, and no delimiter."""
    return not row or (len(row) == 1 and not row[0].replace('"', "").strip())


def _first_records(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """As far as their quotes fit this delimiter."""
    try:
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        yield from islice((row for row in rows if not is_blank(row)), FIRST)
    except csv.Error:
        return
