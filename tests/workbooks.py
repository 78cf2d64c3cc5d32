"""Workbooks as bytes for tests: written whole, or with a part changed by hand."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import xlwt
from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"


def xlsx(sheets: Mapping[str, list[list[Any]]]) -> bytes:
    """An .xlsx workbook with these rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def xls(sheets: Mapping[str, list[list[Any]]], *, is_1904: bool = False) -> bytes:
    """An .xls workbook with these rows; dates get a format of dates."""
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = is_1904
    dated = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                style = [dated] if hasattr(value, "year") else []
                sheet.write(place, column, value, *style)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip archive."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed(book: bytes, old: bytes, new: bytes, part: str = SHEET) -> bytes:
    """The workbook with one text of a part replaced, which must be there."""
    with zipfile.ZipFile(BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert old in members[part]
    members[part] = members[part].replace(old, new)
    return zipped(members)
