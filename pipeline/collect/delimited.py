"""A text export: encoding, dialect, then records with their physical lines, slice by slice.

Python's csv module splits the cells, in its strict mode; beside it a count of its own says how many
records there must be. Nothing is held of a file but the slice at hand.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.collect.block import Block, are_whole
from pipeline.collect.dialect import Dialect, Known, find_dialect, is_blank
from pipeline.collect.encoding import UNDECODABLE, Encoding, Open, find_encoding
from pipeline.collect.export import Record, Sheet
from pipeline.collect.lines import Lines
from pipeline.errors import Finding, Problem, RelevoError

LONGEST_CELL = 10_000_000
HEAD = 200  # lines in which delimiter and header are found
SLICE = 20_000  # records; with 60 columns some 100 MB
FIRST = 1_000  # records of the first slice, by which is decided what holds for all


def read_delimited(content: bytes, known: Known) -> tuple[str, str, Sheet]:
    """Encoding, name of the delimiter, and the one sheet of a text file.

    Args:
        content: the bytes of the file.
        known: how many of some headers name a question.

    Raises:
        RelevoError: as read_slices.
    """
    encoding, dialect, sheets = read_slices(lambda: io.BytesIO(content), known, None)
    return encoding, dialect, next(sheets)


def read_slices(
    open_file: Open, known: Known, size: int | None
) -> tuple[str, str, Iterator[Sheet]]:
    """Encoding, name of the delimiter, and the sheet of a text file in slices.

    Args:
        open_file: opens the file for reading its bytes.
        known: how many of some headers name a question.
        size: records in a slice; None for all in one.

    Raises:
        RelevoError: empty_file, file_binary, file_encoding, file_quotes, the last two also while
            slices are read. The finding names no file.
    """
    encoding = find_encoding(open_file)
    with _text(open_file, encoding) as file:
        dialect = find_dialect(list(islice(file, HEAD)), known)
    return encoding.name, dialect.name, _sheets(open_file, encoding, dialect, size)


def _text(open_file: Open, encoding: Encoding) -> io.TextIOWrapper:
    """Line ends as they are; a stray byte becomes a surrogate and costs only its record."""
    errors = "surrogateescape" if encoding.name.startswith("utf-8") else "strict"
    return io.TextIOWrapper(open_file(), encoding.name, errors, newline="")


def _sheets(
    open_file: Open, encoding: Encoding, dialect: Dialect, size: int | None
) -> Iterator[Sheet]:
    """At least one slice, with the header and the titles above it; others while records come."""
    with _text(open_file, encoding) as file:
        above = dialect.lines_above
        lines = Lines(islice(file, above, None), dialect.delimiter, above)
        reading = _Reading(lines, dialect, encoding)
        records = reading.records()
        preamble = tuple(islice(records, dialect.titles))
        headers = _headers(next(records, None))
        first: Sequence[Record] | None = None
        before = 1  # the header is counted, and no record
        part: Sequence[Record]
        part = tuple(islice(records, size and min(size, FIRST)))
        while part or first is None:
            counted, before = lines.records - before, lines.records
            yield Sheet("", headers, part, preamble, first, counted, _damage(lines))
            first, preamble = part if first is None else first, ()
            part = (size and reading.block(size)) or tuple(islice(records, size))


def _headers(header: Record | None) -> tuple[str, ...]:
    if header is None:
        raise RelevoError(Finding(Problem.empty_file))
    if not header.is_decodable:
        is_binary = "\0" in "".join(header.cells)
        raise RelevoError(Finding(Problem.file_binary if is_binary else Problem.file_encoding))
    return header.cells


def _damage(lines: Lines) -> tuple[str, ...]:
    """A note on text that was damaged before it came here, since the slice before."""
    found, lines.damaged = lines.damaged, []
    code = Problem.text_damaged.name
    return (f"{code} lines {len(found)} first_line {found[0]}",) if found else ()


@dataclass
class _Reading:
    """How far the records of a file are read."""

    lines: Lines
    dialect: Dialect
    encoding: Encoding
    number: int = 0  # of the last record
    width: int = 0  # of the header, once it is read

    def records(self) -> Iterator[Record]:
        """All records that are not blank: the titles, the header with number 0, then the others."""
        csv.field_size_limit(LONGEST_CELL)
        lines = self.lines
        mark = re.escape(self.dialect.delimiter)
        quoted = re.compile(rf'"(?:[^"]|"")*"(?:{mark}"(?:[^"]|"")*")*')
        for row in _rows(lines, self.dialect.delimiter):
            is_cut = not lines.has_end and (len(row) < self.width or lines.is_cut)
            raw, lines.here = lines.here, []
            if len(row) < 2 and is_blank(row):
                continue
            is_header = self.number == self.dialect.titles and not self.width
            self.number += not is_header
            self.width = self.width or (len(row) if is_header else 0)
            yield Record(
                0 if is_header else self.number,
                lines.number - len(raw) + 1,
                tuple(row),
                # asked only where cells are too many
                len(row) > self.width and quoted.fullmatch("".join(raw).rstrip("\r\n")) is not None,
                self.encoding.is_clean or UNDECODABLE.search("".join(row)) is None,
                is_cut,
            )

    def block(self, size: int) -> Block | None:
        """The next records as columns, where their lines have nothing odd."""
        lines = self.lines.take(size)
        if not lines:
            return None
        try:
            if not (
                self.encoding.is_clean and self.width > 1 and are_whole(lines, self.lines.whole)
            ):
                raise ValueError
            places = self.number + 1, self.lines.number + 1
            block = Block.of(lines, self.dialect.delimiter, self.width, places)
        except ValueError:
            self.lines.put_back(lines)
            return None
        self.lines.pass_over(lines)
        self.number += len(lines)
        return block


def _rows(lines: Lines, delimiter: str) -> Iterator[list[str]]:
    """The rows that csv makes of them; the last one as far as it goes where the file was cut."""
    try:
        yield from csv.reader(lines, delimiter=delimiter, strict=True)
    except csv.Error:
        if not lines.is_cut:
            row = lines.number - len(lines.here) + 1
            raise RelevoError(Finding(Problem.file_quotes, row=row)) from None
        yield from csv.reader(lines.here, delimiter=delimiter)
