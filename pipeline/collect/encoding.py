"""In which encoding a text file is: certain, or refused. One encoding a file, found by its bytes.

UTF-8 and UTF-16 prove themselves. What is neither may be Windows-1252 (Latin-1 is a part of it):
only where its accented letters are what a Western text has. MacRoman, DOS and Cyrillic bytes are
not, and are never guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipeline.errors import Finding, Problem, RelevoError

Open = Callable[[], BinaryIO]

CHUNK = 1 << 20  # bytes
MOST_NULS = 10  # one in so many bytes: more, and the file is no text
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UNDECODABLE = re.compile("[\udc80-\udcff\0]")
STRAY = re.compile("[\udc80-\udcff]")

# Bytes of a file that may be Windows-1252.
IMPOSSIBLE = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x19\x1b-\x1f\x81\x8d\x8f\x90\x9d]")
HIGH = re.compile(rb"[\x80-\xff]")
LETTER = re.compile(rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff]")
SIGN = re.compile(
    rb"[\x80\x85\x91-\x95\x99\xa0\xa9\xaa\xad\xae\xb0\xb2-\xb4\xb7\xba\xbb]"
    rb"|(?<![A-Za-z])[\x96\x97\xa1\xab\xbf]"  # dashes and opening marks stand before a word
    rb"|[\x8c\x9c](?=[uUiI])"  # as in French: coeur, oeil
)
FOREIGN = re.compile(rb"[\xc0-\xff]{3,}")  # no Western word has three accents in a row
ODD_SHARE = 0.25  # of the letters: other high bytes than letters and the usual signs


@dataclass(frozen=True)
class Encoding:
    """Python's name of it (`utf-8-sig`, `utf-16`: with a byte order mark)."""

    name: str
    is_clean: bool  # no byte that is no text in it, and no NUL


def find_encoding(open_file: Open) -> Encoding:
    """Judge all bytes of a file, in pieces.

    Raises:
        RelevoError: file_binary, file_encoding.
    """
    with open_file() as file:
        head = file.read(CHUNK)
    if wide := _utf16(head):
        if not _decodes(open_file, wide):
            raise RelevoError(Finding(Problem.file_encoding))
        return Encoding(wide, is_clean=True)
    if head.count(0) * MOST_NULS > len(head):
        raise RelevoError(Finding(Problem.file_binary))
    has_nul = any(b"\0" in piece for piece in _pieces(open_file))
    name = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    if _decodes(open_file, name):
        return Encoding(name, is_clean=not has_nul)
    if name == "utf-8-sig" or _is_mostly_utf8(open_file):
        return Encoding(name, is_clean=False)
    _judge_windows_1252(open_file)
    return Encoding("windows-1252", is_clean=not has_nul)


def _utf16(head: bytes) -> str:
    """Its name where there is a mark, or where every other byte of the beginning is NUL; else ''.

    Latin letters, digits and delimiters have a NUL in UTF-16, always on the same side.
    """
    if head.startswith(UTF16_MARKS):
        return "utf-16"
    first, second = head[0::2].count(0), head[1::2].count(0)
    if 4 * (first + second) <= len(head) or (first and second):
        return ""
    return "utf-16-be" if first else "utf-16-le"


def _decodes(open_file: Open, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for piece in _pieces(open_file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(open_file: Open) -> bool:
    """Whether fewer bytes are astray than belong to characters of several bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    stray = further = 0  # the second and further bytes of a character
    for piece in _pieces(open_file):
        text = decoder.decode(piece)
        stray += len(STRAY.findall(text))
        further += len(piece) - len(text)
    return stray < further


def _judge_windows_1252(open_file: Open) -> None:
    """Refuse where bytes have no meaning in it, or more than a few an unlikely one."""
    letters = odd = 0
    for piece in _pieces(open_file):
        if IMPOSSIBLE.search(piece):
            raise RelevoError(Finding(Problem.file_encoding))
        here = len(LETTER.findall(piece))
        foreign = sum(map(len, FOREIGN.findall(piece)))
        letters += here
        odd += len(HIGH.findall(piece)) - here - len(SIGN.findall(piece)) + foreign
    if odd > letters * ODD_SHARE:
        raise RelevoError(Finding(Problem.file_encoding))


def _pieces(open_file: Open) -> Iterator[bytes]:
    with open_file() as file:
        while piece := file.read(CHUNK):
            yield piece
