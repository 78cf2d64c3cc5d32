"""Files that a person wrote, written again without some records: all of them, or none.

Only `relevo erase` does so. Nothing but the records goes: every other byte of a text stays.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from pathlib import Path

Rewritten = dict[Path, bytes]  # what each file is to hold


def without_records(text: str, delimiter: str, first_lines: Collection[int]) -> str:
    """A text without the records that begin in these lines (from 1), their further lines included.

    Args:
        text: with its line ends as they are.
        delimiter: between cells.
        first_lines: of the records to leave out.
    """
    lines = list(io.StringIO(text, newline=""))
    gone: set[int] = set()
    for first in first_lines:
        reader = csv.reader(islice(lines, first - 1, None), delimiter=delimiter)
        next(reader, None)
        gone.update(range(first, first + reader.line_num))
    return "".join(line for number, line in enumerate(lines, 1) if number not in gone)


def without_rows(
    text: str, delimiter: str, is_gone: Callable[[dict[str, str]], bool]
) -> tuple[str, int]:
    """A table with a header line, without some of its rows; how many of them there were.

    Args:
        text: of the file, in UTF-8 with or without its mark.
        delimiter: between cells.
        is_gone: whether a row, by its headers, is to be left out.
    """
    plain = text.removeprefix("\ufeff")
    mark = text[: len(text) - len(plain)]
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter)
    header = next(reader, [])
    found: list[int] = []
    first = reader.line_num + 1
    for cells in reader:
        if is_gone(dict(zip(header, cells, strict=False))):
            found.append(first)
        first = reader.line_num + 1
    return mark + without_records(plain, delimiter, found), len(found)


def replace_files(files: Mapping[Path, bytes]) -> None:
    """Write all beside their places first, then put each into its place, in the order given."""
    for path, content in files.items():
        with _beside(path).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for path in files:
        _beside(path).replace(path)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
