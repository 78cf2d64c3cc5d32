"""Counts the records of an export without relevo's reader: one small state machine for text, the
workbook's own XML for the rest. What both agree on is conserved."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def count(path: Path) -> dict[str, int]:
    """Records of each sheet ('' for a text file), header line and blank lines not counted."""
    content = path.read_bytes()
    return count_workbook(path) if content[:2] == b"PK" else {"": count_text(content)}


def count_text(content: bytes) -> int:
    """Records that are not blank, minus the header."""
    is_utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode("utf-16" if is_utf16 else "utf-8", "replace").lstrip("\ufeff")
    records, here, in_quotes = [], "", False
    for mark in text.replace("\r\n", "\n").replace("\r", "\n") + "\n":
        if mark == '"':
            in_quotes = not in_quotes
        if mark == "\n" and not in_quotes:
            records.append(here)
            here = ""
        else:
            here += mark
    return sum(bool(record.strip('"').strip(" \t\n\xa0")) for record in records) - 1


def count_workbook(path: Path) -> dict[str, int]:
    """Rows with at least one cell that holds anything, minus the header row."""
    counts = {}
    with zipfile.ZipFile(path) as archive:
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
