"""The physical lines of a text file, and a count of its records that the parser has no part in.

The count is a state machine of two states, between records and inside quotes, with one regular
expression for each. What it counts must come out of the parser.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

CTRL_Z = "\x1a"  # how DOS ended a file
# What UTF-8 looks like when it was read as Windows-1252 and saved again, and what is left where
# a byte could not be read.
DAMAGED = re.compile("[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|\ufffd")
SUSPECT = ("Ã", "Â", "â€", "\ufffd")


def is_damaged(text: str) -> bool:
    """Whether a text was damaged before it came here."""
    is_suspect = not text.isascii() and any(mark in text for mark in SUSPECT)
    return is_suspect and DAMAGED.search(text) is not None


class Lines:
    """Hands out lines; counts records that are not blank, and lines of damaged text."""

    def __init__(self, lines: Iterable[str], delimiter: str, above: int = 0) -> None:
        self._lines = iter(lines)
        self._back = deque[str]()  # taken and put back
        self._delimiter = delimiter
        mark = re.escape(delimiter)
        cell = rf'(?:"(?:[^"]++|"")*+"|[^"{mark}\r\n][^{mark}\r\n]*+|)'
        self.whole = re.compile(rf"(?:{cell}{mark})*+{cell}[\r\n]*")
        self._begun = re.compile(rf'(?:{cell}{mark})*+"(?:[^"]++|"")*+')
        self._ended = re.compile(rf'(?:[^"]++|"")*+"(?:{mark}{cell})*+[\r\n]*')
        self._is_open = False
        self._is_counted = False
        self.number = above  # of the line handed out last
        self.here: list[str] = []  # the lines of the record being read
        self.records = 0
        self.damaged: list[int] = []  # line numbers
        self.has_end = True  # a line end stands behind the last line

    def __iter__(self) -> Iterator[str]:
        """The lines with their ends; the file may be read on afterwards."""
        while (line := self._next()) is not None:
            self.number += 1
            if line[-1] not in "\r\n":
                line = line.rstrip(CTRL_Z)
                self.has_end = not line
            self.here.append(line)
            self._count(line)
            self.damaged += [self.number] if is_damaged(line) else []
            yield line

    def _next(self) -> str | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def take(self, size: int) -> list[str]:
        """The next lines, not yet handed out; to be passed or put back."""
        taken = [*self._back, *islice(self._lines, size - len(self._back))]
        self._back.clear()
        return taken

    def put_back(self, lines: Sequence[str]) -> None:
        """Hand these lines out after all."""
        self._back.extend(lines)

    def pass_over(self, lines: Sequence[str]) -> None:
        """Count lines that were taken, and are whole records, as handed out."""
        self.number += len(lines)
        self.records += len(lines)

    def _count(self, line: str) -> None:
        if not self._is_open:
            self._is_counted = False
            self._is_open = '"' in line and not self.whole.fullmatch(line)
        elif '"' in line:
            self._is_open = not self._ended.fullmatch(line)
        if not self._is_counted and (self._delimiter in line or line.replace('"', "").strip()):
            self._is_counted = True
            self.records += 1

    @property
    def is_cut(self) -> bool:
        """Whether the file ends inside quotes, and the record being read began in its last line."""
        return (
            not self.has_end and len(self.here) == 1 and bool(self._begun.fullmatch(self.here[0]))
        )
