"""A zip of CSV files, as ODK Central writes it: its directory is judged before it is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pipeline.collect.delimited import read_delimited
from pipeline.collect.export import Sheet
from pipeline.errors import Finding, Problem, RelevoError

WORKBOOK = "[Content_Types].xml"  # what every .xlsx holds and no zip of tables
ATTACHMENTS = frozenset({"media", "__macosx"})  # folders whose files are no tables
# What is unpacked at most; attachments are not.
TABLES = 200
UNPACKED = 200_000_000  # bytes
RATIO = 100
SMALL = 1_000_000  # bytes: what unpacks to less is harmless at any ratio


def is_archive(path: Path) -> bool:
    """Whether a zip is no workbook but holds tables as text."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False  # the workbook's reader says that it is damaged
    return WORKBOOK not in names and any(map(_is_table, names))


def read_archive(
    path: Path, known: Callable[[Sequence[str]], int]
) -> tuple[str, str, tuple[Sheet, ...], int]:
    """Encoding, delimiter and sheets of the CSV files of a zip, and how many other files it holds.

    A sheet is named like its file, without folder and ending; sheets stand in the zip's order.

    Args:
        path: of the zip.
        known: how many of some headers name a question.

    Raises:
        RelevoError: archive_unreadable, archive_limits, and what the text reader raises, naming
            the file in the zip.
    """
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        tables = [member for member in members if _is_table(member.filename)]
        if any(".." in PurePosixPath(member.filename).parts for member in members):
            raise RelevoError(Finding(Problem.archive_unreadable))
        _judge(tables, path.stat().st_size)
        read = [_read(archive, member, known) for member in tables]
    encodings, dialects, sheets = zip(*read, strict=True)
    return _each(encodings), _each(dialects), sheets, len(members) - len(tables)


def _is_table(name: str) -> bool:
    """A CSV file that is neither hidden nor somebody's attachment."""
    *folders, last = PurePosixPath(name.casefold()).parts or ("",)
    return last.endswith(".csv") and last[0] != "." and not ATTACHMENTS.intersection(folders)


def _judge(tables: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Refuse what would unpack too far, before it is unpacked; the size is that of the zip."""
    unpacked = sum(member.file_size for member in tables)
    if len(tables) > TABLES:
        _refuse(f"{len(tables)} tables", str(TABLES))
    if unpacked > UNPACKED:
        _refuse(f"{unpacked // 1_000_000} MB unpacked", f"{UNPACKED // 1_000_000} MB")
    if unpacked > max(SMALL, RATIO * size):
        _refuse(f"it unpacks to {unpacked // size} times its size", f"{RATIO} times")


def _refuse(found: str, expected: str) -> None:
    values: dict[str, object] = {"found": found, "expected": expected}
    raise RelevoError(Finding(Problem.archive_limits, values=values))


def _read(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, known: Callable[[Sequence[str]], int]
) -> tuple[str, str, Sheet]:
    name = PurePosixPath(member.filename).stem
    try:
        encoding, dialect, sheet = read_delimited(archive.read(member), known)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        # damaged; packed in a way that Python does not know; or protected by a password
        raise RelevoError(Finding(Problem.archive_unreadable)) from None
    except RelevoError as error:
        raise RelevoError(replace(found, sheet=name) for found in error.findings) from None
    return encoding, dialect, replace(sheet, name=name)


def _each(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))
