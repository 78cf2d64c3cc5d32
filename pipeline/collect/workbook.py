"""A workbook: its zip directory is judged first, then a child process reads it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from pipeline.collect import workbook_child
from pipeline.collect.export import Record, Sheet
from pipeline.errors import Finding, Problem, RelevoError

MEMBERS = 200
UNPACKED = 200_000_000  # bytes
RATIO = 100
SMALL = 1_000_000  # bytes: what unpacks to less is harmless at any ratio
CHILD = Path(workbook_child.__file__)
WAIT = 3 * workbook_child.SECONDS  # seconds


def read_workbook(path: Path) -> tuple[Sheet, ...]:
    """The sheets of an .xlsx file, cells as text, rows numbered as in the workbook.

    Raises:
        RelevoError: workbook_unreadable, workbook_protected, workbook_limits,
            formula_without_value. The finding names no file.
    """
    _judge_directory(path)
    try:
        child = subprocess.run(  # noqa: S603 (our own script, no shell)
            [sys.executable, "-P", str(CHILD), str(path.resolve())],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _beyond(f"more than {WAIT} seconds", f"{WAIT} seconds") from None
    if child.returncode:
        raise _refusal(child.returncode)
    count, *lines = [json.loads(line) for line in child.stdout.splitlines()]
    if count[0]:
        values = {"count": count[0], "cell": count[1]}
        raise RelevoError(Finding(Problem.formula_without_value, values=values))
    return _sheets(lines)


def _beyond(found: str, expected: str) -> RelevoError:
    values: dict[str, object] = {"found": found, "expected": expected}
    return RelevoError(Finding(Problem.workbook_limits, values=values))


def _judge_directory(path: Path) -> None:
    """Refuse what would unpack too far, before unpacking it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        raise RelevoError(Finding(Problem.workbook_unreadable)) from None
    unpacked = sum(member.file_size for member in members)
    ratio = unpacked / max(1, path.stat().st_size)
    if len(members) > MEMBERS:
        raise _beyond(f"{len(members)} parts", str(MEMBERS))
    if unpacked > UNPACKED:
        raise _beyond(f"{unpacked // 1_000_000} MB unpacked", f"{UNPACKED // 1_000_000} MB")
    if unpacked > SMALL and ratio > RATIO:
        raise _beyond(f"it unpacks to {ratio:.0f} times its size", f"{RATIO} times")
    if any(".." in Path(member.filename).parts for member in members):
        raise RelevoError(Finding(Problem.workbook_unreadable))


def _refusal(code: int) -> RelevoError:
    """Why the child gave up; a negative code is the signal that ended it (memory or time)."""
    if code == workbook_child.PROTECTED:
        return RelevoError(Finding(Problem.workbook_protected))
    if code < 0 or code == workbook_child.TOO_LARGE:
        memory = f"{workbook_child.MEMORY >> 20} MB and {workbook_child.SECONDS} seconds"
        return _beyond("more memory or time", memory)
    return RelevoError(Finding(Problem.workbook_unreadable))


def _sheets(lines: list[str | list[object]]) -> tuple[Sheet, ...]:
    """Group the child's lines: a name begins a sheet, its first row is the header."""
    sheets: list[Sheet] = []
    rows: list[tuple[int, tuple[str, ...]]] = []
    for line in [*lines, ""]:
        if isinstance(line, list):
            rows.append((line[0], tuple(line[1])))  # type: ignore[arg-type]
            continue
        if sheets:
            sheets[-1] = _sheet(sheets[-1].name, rows)
        rows = []
        sheets.append(Sheet(line, (), ()))
    return tuple(sheets[:-1])


def _sheet(name: str, rows: list[tuple[int, tuple[str, ...]]]) -> Sheet:
    headers = rows[0][1] if rows else ()
    records = (Record(number, line, cells) for number, (line, cells) in enumerate(rows[1:], 1))
    return Sheet(name, headers, tuple(records))
