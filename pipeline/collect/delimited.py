"""A text export: bytes, then encoding, then delimiter, then records with their physical lines.

Nothing is sniffed from the data: the delimiter is the one under which the header names most
questions. Python's csv module splits the cells, in its strict mode.
"""

from __future__ import annotations

import _csv  # names the type of csv.reader for the type checker
import codecs
import csv
import io
import re
from collections.abc import Callable, Sequence

from pipeline.collect.export import Record, Sheet
from pipeline.errors import Finding, Problem, RelevoError

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab"}
LONGEST_CELL = 10_000_000
WINDOWS_1252_GAPS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
UNDECODABLE = re.compile("[\udc80-\udcff]")


def read_delimited(content: bytes, known: Callable[[Sequence[str]], int]) -> tuple[str, str, Sheet]:
    """Encoding, name of the delimiter, and the one sheet of a text file.

    Args:
        content: the bytes of the file.
        known: how many of some headers name a question.

    Raises:
        RelevoError: empty_file, file_binary, file_encoding, file_quotes. The finding names no file.
    """
    text, encoding = decode(content)
    lines = list(io.StringIO(text, newline=""))
    counts = {mark: known(_header(lines, mark)) for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: counts[mark])  # the first of equals
    return encoding, DELIMITERS[delimiter], _sheet(lines, delimiter)


def decode(content: bytes) -> tuple[str, str]:
    """Text and encoding. A stray byte in UTF-8 becomes a surrogate and costs only its record."""
    if not content.strip():
        raise RelevoError(Finding(Problem.empty_file))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise RelevoError(Finding(Problem.file_encoding)) from None
    if b"\0" in content:
        raise RelevoError(Finding(Problem.file_binary))
    try:
        name = "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8"
        return content.decode(name), name
    except UnicodeDecodeError:
        return _decode_broken(content)


def _decode_broken(content: bytes) -> tuple[str, str]:
    """UTF-8 with stray bytes where most high bytes are UTF-8, else Windows-1252 where it can be."""
    text = content.decode("utf-8", "surrogateescape")
    if len(MULTIBYTE.findall(content)) > len(UNDECODABLE.findall(text)):
        return text.removeprefix("\ufeff"), "utf-8"
    if WINDOWS_1252_GAPS.search(content) or CONTROL.search(content):
        raise RelevoError(Finding(Problem.file_encoding))
    return content.decode("windows-1252"), "windows-1252"


def _rows(lines: list[str], delimiter: str) -> _csv.Reader:
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _is_blank(row: Sequence[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _header(lines: list[str], delimiter: str) -> list[str]:
    """The first record that is not blank; [] where its quotes do not fit this delimiter."""
    try:
        return next((row for row in _rows(lines, delimiter) if not _is_blank(row)), [])
    except csv.Error:
        return []


def _sheet(lines: list[str], delimiter: str) -> Sheet:
    """The header and all records, each with its first line."""
    rows = _rows(lines, delimiter)
    found: list[tuple[int, int, list[str]]] = []
    last = 0
    try:
        for row in rows:
            if not _is_blank(row):
                found.append((last, rows.line_num, row))
            last = rows.line_num
    except csv.Error:
        raise RelevoError(Finding(Problem.file_quotes, row=last + 1)) from None
    headers = tuple(found[0][2]) if found else ()
    if UNDECODABLE.search("".join(headers)):
        raise RelevoError(Finding(Problem.file_encoding))
    mark = re.escape(delimiter)
    quoted = re.compile(rf'"(?:[^"]|"")*"(?:{mark}"(?:[^"]|"")*")*')
    records = tuple(
        Record(
            number,
            before + 1,
            tuple(row),
            is_quoted=len(row) > len(headers)  # asked only where cells are too many
            and quoted.fullmatch("".join(lines[before:end]).rstrip("\r\n")) is not None,
            is_decodable=UNDECODABLE.search("".join(row)) is None,
        )
        for number, (before, end, row) in enumerate(found[1:], 1)
    )
    return Sheet("", headers, records)
