"""Reads one workbook in a process of its own, so that an abort of the reader ends only itself.

Run as a script by path: imports nothing of ours, gives itself little memory and time, and writes
JSON lines: facts about the workbook, then for each sheet its facts and its rows that are not empty.
The exit code says why a workbook is refused; what was found is then the last line. What nobody
foresaw ends with a code too, and counts as a damaged workbook.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import resource
import signal
import struct
import sys
import zipfile
from collections.abc import Iterator
from functools import reduce
from xml.etree import ElementTree

import python_calamine

MEMORY = 1 << 30  # bytes of address space
SECONDS = 20  # of CPU
UNREADABLE, PROTECTED, TOO_LARGE, BEYOND = 3, 4, 5, 6  # exit codes

MEMBERS = 200
UNPACKED = 200_000_000  # bytes
RATIO = 100
SMALL = 1_000_000  # bytes: what unpacks to less is harmless at any ratio
CELLS = 20_000_000  # of the rectangle around all that is filled: the reader reserves all of it
TEXT = 400_000_000  # characters handed over: one long text may be repeated in a million cells
HEAD = 4096  # bytes of a part in which a DOCTYPE would stand
TOP = 60  # rows among which a header is looked for

ZIP = b"PK\x03\x04"
MAIN, RELATIONS, SHEETS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/"
# Sheets are searched, not parsed; `@` stands for the prefix of the namespace, mostly none.
PATTERNS = {
    "root": rb"<(\w+:)?worksheet\b",
    "cell": rb'<@c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>',
    "far": rb'\br="(?:[A-Z]{3}[0-9]|[A-Z]{0,2}[0-9]{5})',  # beyond column ZZ or row 9,999
    "no_value": rb"<@f\b(?:[^>]*/>|[^>]*>[^<]*</@f>)\s*(?:<@v\s*/>|<@v>\s*</@v>)?\s*</@c>",
    "error": rb'<@c\b([^>]*\bt="e"[^>]*)>(?:(?!</@c>).)*?<@v>([^<]*)<',
    "place": rb'\br="([A-Z]+)([0-9]+)"',
    "is_1904": rb'\bdate1904="(?:1|true)"',
}
# Records of an .xls, and the codes of its error cells.
FORMULA, ERROR, SHEET, BEGIN, PASSWORD, DATES = 0x06, 0x205, 0x85, 0x809, 0x2F, 0x22
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!"}
NOT_AVAILABLE = "#N/A"

Facts = dict[str, object]
Errors = dict[int, dict[int, dict[int, str]]]  # sheet (from 0), row (from 1), column (from 0)


class RefusedError(Exception):
    """Why nothing more is read: an exit code; for BEYOND what was found and what is allowed."""


def limit() -> None:
    """Little memory and time, no file to write, and no core file, which would hold answers."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of address space
            resource.setrlimit(what, (most, most))
    signal.alarm(3 * SECONDS)


def pattern(name: str, prefix: bytes = b"") -> re.Pattern[bytes]:
    """What to search for in a part."""
    return re.compile(PATTERNS[name].replace(b"@", prefix), re.DOTALL)


def scan_zip(path: str) -> tuple[Facts, Errors]:
    """What the reader would not tell of an .xlsx; refuses it before anything is unpacked."""
    formulas: list[str] = []
    errors: Errors = {}
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:  # noqa: PTH123 (few imports)
        judge_directory(archive, file.seek(0, 2))
        parts = sheet_parts(archive)
        for part in (name for name in archive.namelist() if name.startswith(SHEETS)):
            content = archive.read(part)
            root = pattern("root").search(content, 0, HEAD)
            prefix = root[1] or b"" if root else b""
            judge_extent(content, prefix)
            formulas += formulas_without_value(content, prefix)
            if part in parts and b't="e"' in content:
                errors[parts.index(part)] = errors_of(content, prefix)
        is_1904 = pattern("is_1904").search(archive.read(MAIN)) is not None
    return {"is_1904": is_1904, "formulas": len(formulas), "formula": [*formulas, ""][0]}, errors


def judge_directory(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse what would unpack too far, other names, passwords, and parts that are no plain XML."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBERS:
        raise RefusedError(BEYOND, f"{len(members)} parts", str(MEMBERS))
    if unpacked > UNPACKED:
        found, most = (f"{number // 1_000_000} MB" for number in (unpacked, UNPACKED))
        raise RefusedError(BEYOND, f"{found} unpacked", most)
    if unpacked > max(SMALL, RATIO * size):
        found = f"it unpacks to {unpacked // size} times its size"
        raise RefusedError(BEYOND, found, f"{RATIO} times")
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/"):
            raise RefusedError(UNREADABLE)
        if member.flag_bits & 1:
            raise RefusedError(PROTECTED)
        with archive.open(member) as part:
            if b"<!DOCTYPE" in part.read(HEAD).replace(b"\0", b"").upper():
                raise RefusedError(UNREADABLE)


def sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """The parts of the archive that hold the sheets, in the order of the workbook."""
    relations, sheets = (
        ElementTree.fromstring(archive.read(part))  # noqa: S314 (a DOCTYPE does not get here)
        for part in (RELATIONS, MAIN)
    )
    targets = {relation.get("Id", ""): relation.get("Target", "") for relation in relations}
    parts = []
    for element in sheets.iter():
        if element.tag.endswith("}sheet"):
            ids = [value for key, value in element.items() if key.endswith("}id")]
            target = targets.get("".join(ids), "")
            parts.append(target[1:] if target.startswith("/") else f"xl/{target}")
    return parts


def judge_extent(content: bytes, prefix: bytes) -> None:
    """Refuse a sheet whose filled cells span more than can be reserved; its <dimension> may lie."""
    if not pattern("far").search(content):
        return
    columns, last = set(), 0
    for found in pattern("cell", prefix).finditer(content):
        columns.add(found[1])
        last = max(last, int(found[2]))
    widest = max(columns, key=column_number, default=b"")
    if last * (column_number(widest) + 1) > CELLS:
        found_there = f"a filled cell as far away as column {widest.decode()}, row {last}"
        raise RefusedError(BEYOND, found_there, f"{CELLS:,} cells between the first and the last")


def column_number(letters: bytes) -> int:
    """A is 0, Z is 25, AA is 26."""
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0) - 1


def formulas_without_value(content: bytes, prefix: bytes) -> list[str]:
    """Cells whose formula has no value; that of a text formula (t="str") may well be ''."""
    cells = []
    for found in pattern("no_value", prefix).finditer(content):
        tag = content[content.rfind(b"<" + prefix + b"c", 0, found.start()) : found.start()]
        if b't="str"' not in tag:
            place = pattern("place").search(tag)
            cells.append(b"".join(place.groups()).decode() if place else "")
    return cells


def errors_of(content: bytes, prefix: bytes) -> dict[int, dict[int, str]]:
    """The cells of a sheet that hold an error, which the reader hands out as blank."""
    rows: dict[int, dict[int, str]] = {}
    for found in pattern("error", prefix).finditer(content):
        if place := pattern("place").search(found[1]):
            text = found[2].decode("utf-8", "replace").strip()
            rows.setdefault(int(place[2]), {})[column_number(place[1])] = text or NOT_AVAILABLE
    return rows


def scan_ole(path: str) -> tuple[Facts, Errors]:
    """The same of an .xls, whose formulas have their values."""
    sheets: list[int] = []
    errors: Errors = {}
    is_1904, sheet = False, -1
    for at, kind, body in records(stream_of(path)):
        if kind == PASSWORD:
            raise RefusedError(PROTECTED)
        if kind == DATES:
            is_1904 = body[:1] == b"\1"
        elif kind == SHEET:
            sheets.append(struct.unpack_from("<I", body)[0])
        elif kind == BEGIN and at in sheets:
            sheet = sheets.index(at)
        elif code := error_code(kind, body):
            row, column = struct.unpack_from("<HH", body)
            text = ERRORS.get(code[0], NOT_AVAILABLE)
            errors.setdefault(sheet, {}).setdefault(row + 1, {})[column] = text
    return {"is_1904": is_1904, "formulas": 0, "formula": ""}, errors


def stream_of(path: str) -> bytes:
    """The workbook inside an .xls; what holds an encrypted .xlsx is refused."""
    import olefile  # noqa: PLC0415 (an .xlsx does without)

    with olefile.OleFileIO(path) as ole:
        if ole.exists("EncryptedPackage"):
            raise RefusedError(PROTECTED)
        for name in ("Workbook", "Book"):
            if ole.exists(name):
                return bytes(ole.openstream(name).read())
    raise RefusedError(UNREADABLE)


def records(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Place, kind and body of the records of an .xls."""
    at = 0
    while at + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, at)
        yield at, kind, content[at + 4 : at + 4 + length]
        at += 4 + length


def error_code(kind: int, body: bytes) -> bytes:
    """One byte, the code of an error cell or of a formula whose value is an error; else none."""
    if kind == ERROR and body[7:8] == b"\1":
        return body[6:7]
    is_error = kind == FORMULA and body[6:7] == b"\2" and body[12:14] == b"\xff\xff"
    return body[8:9] if is_error else b""


def text_of(cell: object) -> str:
    """A cell as text: `1.0` is `1`, dates are ISO, a truth value is TRUE or FALSE."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, dt.datetime | dt.time):
        return cell.isoformat(timespec="milliseconds" if cell.microsecond else "seconds")
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(cell)  # int, date


def rows_of(
    sheet: python_calamine.CalamineSheet, errors: dict[int, dict[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of the rows that are not empty, without the blank cells at their end."""
    left = sheet.start[1] if sheet.start else 0  # the reader leaves out columns, but no rows
    for number, row in enumerate(sheet.iter_rows() if sheet.start else (), 1):
        cells = [""] * left + [cell if isinstance(cell, str) else text_of(cell) for cell in row]
        for column, text in errors.get(number, {}).items():
            cells += [""] * (column + 1 - len(cells))
            cells[column] = text
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def hand_over(path: str, facts: Facts, errors: Errors) -> Iterator[str]:
    """The lines for the parent."""
    with open(path, "rb") as file:  # noqa: PTH123 (few imports)
        workbook = python_calamine.load_workbook(file)
    yield json.dumps(facts)
    for index, about in enumerate(workbook.sheets_metadata):
        if about.typ == python_calamine.SheetTypeEnum.WorkSheet:
            sheet, wrong = workbook.get_sheet_by_index(index), errors.get(index, {})
            is_hidden = about.visible != python_calamine.SheetVisibleEnum.Visible
            ranges = sheet.merged_cell_ranges or []
            merged = [top + 1 for (top, left), (_, right) in ranges if right > left and top < TOP]
            yield json.dumps([about.name, is_hidden, merged, sum(map(len, wrong.values()))])
            yield from map(json.dumps, rows_of(sheet, wrong))


def main(path: str) -> int:
    """Write the workbook to standard output; the exit code says why not."""
    limit()
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (few imports)
            scan = scan_zip if file.read(4) == ZIP else scan_ole
        left = TEXT
        for line in hand_over(path, *scan(path)):
            left -= len(line)
            if left < 0:
                raise RefusedError(TOO_LARGE)
            sys.stdout.write(line + "\n")
    except RefusedError as refused:
        code, *found = refused.args
        sys.stdout.write(json.dumps(found) + "\n")
        return int(code)
    except MemoryError:
        return TOO_LARGE
    except python_calamine.PasswordError:
        return PROTECTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
