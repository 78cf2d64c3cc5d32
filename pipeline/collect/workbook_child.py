"""Reads one workbook in a process of its own, so that an abort of the reader ends only itself.

Run as a script by path: imports nothing of ours, gives itself little memory and time, and writes
JSON lines: a fact about formulas, then for each sheet its name and its rows that are not empty.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import resource
import sys
import zipfile

import python_calamine

MEMORY = 1 << 30  # bytes of address space
SECONDS = 20  # of CPU
UNREADABLE, PROTECTED, TOO_LARGE = 3, 4, 5  # exit codes

# A formula's cell without a value; a text formula (t="str") may well have the value ''.
FORMULA = re.compile(
    rb'<c\b((?:(?!t="str")[^>])*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*'
    rb"(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
CELL = re.compile(rb'\br="([A-Z]+[0-9]+)"')


def limit() -> None:
    """Little memory and time, and no core file, which would hold answers."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of address space
            resource.setrlimit(what, (most, most))


def text_of(cell: object) -> str:
    """A cell as text: `1.0` is `1`, dates are ISO, TRUE is `1` as in KoboToolbox's 0/1 columns."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime | dt.time):
        return cell.isoformat(timespec="milliseconds" if cell.microsecond else "seconds")
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(cell)  # int, date


def formulas_without_value(path: str) -> tuple[int, str]:
    """How many, and the first one's cell: read as blank they would look unanswered."""
    count, first = 0, ""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if not name.startswith("xl/worksheets/"):
                continue
            content = archive.read(name)
            for found in FORMULA.finditer(content) if b"<f" in content else ():
                count += 1
                cell = CELL.search(found[1])
                first = first or (cell[1].decode() if cell else name)
    return count, first


def write(line: object) -> None:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps(line) + "\n")


def main(path: str) -> int:
    """Write the workbook to standard output; the exit code says why not."""
    limit()
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (kept as small as a child can be)
            workbook = python_calamine.load_workbook(file)
            write(formulas_without_value(path))
            for name in workbook.sheet_names:
                write(name)
                rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for number, row in enumerate(rows, 1):
                    cells = [text_of(cell) for cell in row]
                    if any(cells):
                        write([number, cells])
    except MemoryError:
        return TOO_LARGE
    except python_calamine.PasswordError:
        return PROTECTED
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError):
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
