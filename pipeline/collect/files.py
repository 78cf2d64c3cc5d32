"""Which files of the raw folder belong to a wave, and how each is read: by its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from pipeline.ask import Survey, Wave
from pipeline.ask.workbook import BOOKS, WEB_PAGE
from pipeline.collect.archive import is_archive, read_archive
from pipeline.collect.delimited import SLICE, read_slices
from pipeline.collect.dialect import Known
from pipeline.collect.export import Export, Sheet
from pipeline.collect.typed import ENDINGS, kind_of, read_typed
from pipeline.collect.workbook import read_sheets
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import file_sha256

READABLE = frozenset({".xlsx", ".xls", ".csv", ".txt", ".tsv", ".zip"}) | ENDINGS
NOT_EXPORTS = frozenset({"erased.csv", "contacts.csv"})  # relevo's own, beside the exports
PUBLISHED = "published"
START = 4096  # bytes that tell what a file is


def files_of(wave: Wave, survey: Survey, raw: Path) -> tuple[str, ...]:
    """Paths below `raw` of all files of a wave, sorted; another wave's folder inside is not its."""
    folder = raw / wave.raw
    others = [raw / other.raw for other in survey.waves if other.raw != wave.raw]
    inner = [other for other in others if other.is_relative_to(folder)]
    found = (path for path in folder.rglob("*") if path.is_file())
    return tuple(
        sorted(
            path.relative_to(raw).as_posix()
            for path in found
            if _is_export(path.relative_to(folder).parts)
            and not any(path.is_relative_to(other) for other in inner)
        )
    )


def _is_export(parts: Sequence[str]) -> bool:
    """Neither hidden, nor a spreadsheet program's lock, nor one of relevo's own files."""
    is_hidden = any(part.startswith((".", "~$")) for part in parts)
    return not is_hidden and parts[-1] not in NOT_EXPORTS and PUBLISHED not in parts[:-1]


def read_file(path: str, raw: Path, wave: Wave, known: Known) -> Iterator[Export]:
    """One file as text, by what its bytes are; its name only says that it is an export.

    A long text file comes in slices: the same export again and again, each with its own records.

    Args:
        path: below `raw`, with `/`.
        raw: the survey's raw folder.
        wave: to which the file belongs.
        known: how many of some headers name a question.

    Raises:
        RelevoError: file_kind, file_is_web_page and what the readers raise, naming the file.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in READABLE:
        values: dict[str, object] = {"found": suffix or "without an ending"}
        raise RelevoError(Finding(Problem.file_kind, file=path, values=values))
    file = raw / path
    digest, length = file_sha256(file), file.stat().st_size
    try:
        encoding, dialect, slices, attachments = _read(file, known)
        for sheets in slices:
            yield Export(wave.id, path, digest, length, encoding, dialect, sheets, attachments)
    except RelevoError as error:
        raise RelevoError(
            Finding(found.problem, path, found.sheet, found.row, found.question, found.values)
            for found in error.findings
        ) from None


def _read(path: Path, known: Known) -> tuple[str, str, Iterable[tuple[Sheet, ...]], int]:
    """Encoding, dialect, sheets in slices, number of attachments; by the first of the bytes."""
    with path.open("rb") as file:
        start = file.read(START)
    if start.startswith(BOOKS[0]) and is_archive(path):
        encoding, dialect, sheets, attachments = read_archive(path, known)
        return encoding, dialect, [sheets], attachments
    if start.startswith(BOOKS):
        return "", "", [read_sheets(path, known)], 0
    if WEB_PAGE.match(start):
        raise RelevoError(Finding(Problem.file_is_web_page))
    if kind := kind_of(path):
        encoding, sheet = read_typed(path, kind)
        return encoding, kind, [(sheet,)], 0
    encoding, dialect, slices = read_slices(lambda: path.open("rb"), known, SLICE)
    return encoding, dialect, ((sheet,) for sheet in slices), 0
