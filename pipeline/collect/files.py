"""Which files of the raw folder belong to a wave, and how each is read: by its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from pipeline.ask import Survey, Wave
from pipeline.collect.delimited import read_delimited
from pipeline.collect.export import Export
from pipeline.collect.workbook import read_workbook
from pipeline.errors import Finding, Problem, RelevoError

READABLE = frozenset({".xlsx", ".csv"})
NOT_EXPORTS = frozenset({"erased.csv", "contacts.csv"})  # relevo's own, beside the exports
PUBLISHED = "published"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


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


def read_file(path: str, raw: Path, wave: Wave, known: Callable[[Sequence[str]], int]) -> Export:
    """One file as text, by what its bytes are; its name only says that it is an export.

    Args:
        path: below `raw`, with `/`.
        raw: the survey's raw folder.
        wave: to which the file belongs.
        known: how many of some headers name a question.

    Raises:
        RelevoError: file_kind and what the readers raise, naming the file.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in READABLE:
        values: dict[str, object] = {"found": suffix or "without an ending"}
        raise RelevoError(Finding(Problem.file_kind, file=path, values=values))
    content = (raw / path).read_bytes()
    try:
        if content.startswith(OLE):
            raise RelevoError(Finding(Problem.workbook_protected))
        if content.startswith(ZIP):
            encoding, dialect, sheets = "", "", read_workbook(raw / path)
        else:
            encoding, dialect, sheet = read_delimited(content, known)
            sheets = (sheet,)
    except RelevoError as error:
        raise RelevoError(
            Finding(found.problem, path, found.sheet, found.row, found.question, found.values)
            for found in error.findings
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    return Export(wave.id, path, digest, len(content), encoding, dialect, sheets)
