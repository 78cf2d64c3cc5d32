"""Counts the records of an export without relevo's reader: one small state machine for text, the
workbook's own XML for the rest. What both agree on is conserved."""

import re
import zipfile
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def count(path: Path, delimiter: str = "") -> dict[str, int]:
    """Records of each sheet ('' for a text file), header line and blank lines not counted."""
    content = path.read_bytes()
    if content[:2] != b"PK":
        return {"": count_text(content, delimiter)}
    with zipfile.ZipFile(path) as archive:
        if "[Content_Types].xml" in archive.namelist():
            return count_workbook(archive)
        tables = [name for name in archive.namelist() if re.fullmatch(r"[^.].*\.csv", name)]
        tables = [name for name in tables if "media" not in PurePosixPath(name).parts]
        return {PurePosixPath(t).stem: count_text(archive.read(t), delimiter) for t in tables}


def count_text(content: bytes, delimiter: str = "") -> int:
    """Records that are not blank, minus the header. A quote opens only where a cell begins."""
    text = re.sub(r'\A"?sep=.("?)\s+', "", decode(content)).rstrip("\x1a")
    delimiter = delimiter or max(";,\t|", key=text.count)
    records, is_filled, state = 0, False, "begin"
    for mark in text.replace("\r\n", "\n").replace("\r", "\n") + "\n":
        if mark == '"' and state != "plain":
            state = "end" if state == "quoted" else "quoted"
        elif state == "quoted":
            is_filled |= not mark.isspace()
        elif mark == "\n":
            records, is_filled, state = records + is_filled, False, "begin"
        else:
            state = "begin" if mark == delimiter else "plain"
            is_filled |= mark == delimiter or not mark.isspace()
    return records + is_filled - 1  # a file cut inside quotes has a record more


def decode(content: bytes) -> str:
    """Its text; letters may come out wrong, delimiters, quotes and line ends do not."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16")
    for side, name in ((content[1::2], "utf-16-le"), (content[::2], "utf-16-be")):
        if side.count(0) > len(side) / 2:
            return content.decode(name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def count_workbook(archive: zipfile.ZipFile) -> dict[str, int]:
    """Rows with at least one cell that holds anything, minus the header row."""
    counts = {}
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    texts = _shared(archive)
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{MAIN}sheet"):
        target = re.sub(r"^/?(xl/)?", "", targets[sheet.get(LINK)])
        tree = ElementTree.fromstring(archive.read(f"xl/{target}"))
        filled = sum(
            any(_holds(cell, texts) for cell in row.iter(f"{MAIN}c"))
            for row in tree.iter(f"{MAIN}row")
        )
        counts[sheet.get("name", "")] = max(0, filled - 1)
    return counts


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    tree = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return ["".join(item.itertext()) for item in tree.iter(f"{MAIN}si")]


def _holds(cell: ElementTree.Element, texts: list[str]) -> bool:
    value = "".join(text for part in cell if part.tag != f"{MAIN}f" for text in part.itertext())
    return bool(texts[int(value)] if cell.get("t") == "s" and value else value)
