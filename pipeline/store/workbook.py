"""Workbooks for people, as data: sheets of rows of cells, written the same way every time.

A text is written as a text, whatever it begins with: nothing becomes a formula or a link. The same
sheets give the same bytes.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from textwrap import wrap

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_767  # characters that a cell holds
LONGEST_NAME = 31  # of a sheet
MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - any fixed moment: nothing reads the clock
LINE, TITLE = 14, 24  # points: of a line of text, of the row of a title
HIGHEST = 408.75  # points of a row: a file with more counts as damaged
SPARE = 2  # characters of a column
PLAIN_WIDTH = 8.43  # of a column, in characters, where nothing is said
INK, GREY, RULE, BAND, ALERT = "#1F2A36", "#5B6672", "#C9D0D7", "#EDF1F5", "#B3261E"
LOOKS: Mapping[str, Mapping[str, object]] = {
    "text": {"text_wrap": True},
    "label": {"text_wrap": True, "indent": 1},
    "term": {"bold": True, "text_wrap": True},
    "title": {"bold": True, "font_size": 15},
    "stamp": {"bold": True, "font_color": ALERT},
    "heading": {"bold": True, "font_size": 11, "bg_color": BAND, "top": 1, "top_color": RULE},
    "head": {"bold": True, "text_wrap": True, "align": "center", "bottom": 1, "bottom_color": INK},
    "kind": {"bold": True, "font_color": GREY},
    "measure": {"font_color": GREY, "text_wrap": True},
    "note": {"italic": True, "font_color": GREY, "font_size": 9},
    "link": {"font_color": "#0B57D0", "underline": 1},
    "sign": {"align": "right", "font_color": GREY},
    "number": {"align": "right"},
    "quiet": {"align": "right", "font_color": GREY},
}


@dataclass(frozen=True)
class Cell:
    """A text or a number. `form` is the number's format; `link` a place: sheet, row from 0."""

    value: str | int | float | None = None
    look: str = "text"
    form: str = ""
    link: tuple[str, int] | None = None


NOTHING = Cell()


@dataclass(frozen=True)
class Sheet:
    """A sheet: rows of cells, column widths, what stays in sight and heads every printed page."""

    name: str
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[float]
    frozen: tuple[int, int] = (0, 0)  # rows and columns
    landscape: bool = False
    header: str = ""  # of printed pages


def sheet_name(text: str, taken: Sequence[str] = ()) -> str:
    """A name that every program takes: no signs that are forbidden, short, not twice."""
    plain = (
        re.sub(r"[\[\]:*?/\\\x00-\x1f]+", " ", text).strip(" '")[:LONGEST_NAME].strip(" '") or "1"
    )
    name, number = plain, 2
    while name.casefold() in {one.casefold() for one in taken} | {"history"}:
        tail = f" {number}"
        name, number = plain[: LONGEST_NAME - len(tail)] + tail, number + 1
    return name


def workbook(title: str, sheets: Sequence[Sheet]) -> bytes:
    """The .xlsx file."""
    file = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = Workbook(file, options)
    book.set_properties({"title": title, "created": MADE})
    looks: dict[tuple[str, str], Format] = {}
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        _fit(page, sheet)
        _lay_out(page, sheet)
        for number, row in enumerate(sheet.rows):
            for column, cell in enumerate(row):
                if cell.look == "text" and cell.value in {None, ""}:
                    continue
                key = (cell.look, cell.form)
                if key not in looks:
                    looks[key] = book.add_format(_format(*key))
                _write(page, number, column, cell, looks[key])
    book.close()
    return file.getvalue()


def wrapped_height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Points for the wrapped texts of a row, at most what a row can have; 0 where a line will do.

    Not every spreadsheet program fits rows by itself.
    """
    pairs = zip(texts, widths, strict=False)
    lines = max((_lines(text, int(width) - SPARE) for text, width in pairs if text), default=1)
    return min(LINE * lines + 2.0, HIGHEST) if lines > 1 else 0.0


def _lines(text: str, width: int) -> int:
    return sum(max(1, len(wrap(line, max(1, width)))) for line in text.split("\n"))


def _wraps(cell: Cell) -> bool:
    return bool(LOOKS[cell.look].get("text_wrap"))


def _format(look: str, form: str) -> dict[str, object]:
    plain = {"font_name": "Calibri", "font_size": 10, "valign": "top", "font_color": INK}
    return {**plain, **LOOKS[look], **({"num_format": form} if form else {})}


def _write(page: Worksheet, row: int, column: int, cell: Cell, look: Format) -> None:
    if cell.value is None or cell.value == "":
        page.write_blank(row, column, None, look)
    elif not isinstance(cell.value, str):
        page.write_number(row, column, cell.value, look)
    elif cell.link is not None:
        name = cell.link[0].replace("'", "''")
        place = f"internal:'{name}'!A{cell.link[1] + 1}"
        page.write_url(row, column, place, look, cell.value[:LONGEST_TEXT])
    else:
        page.write_string(row, column, cell.value[:LONGEST_TEXT], look)


def _fit(page: Worksheet, sheet: Sheet) -> None:
    """Columns as wide as their numbers, rows as high as their texts."""
    for column, cells in enumerate(zip_longest(*sheet.rows, fillvalue=NOTHING)):
        numbers = (len(f"{c.value:,.1f}") for c in cells if isinstance(c.value, int | float))
        width = sheet.widths[column] if column < len(sheet.widths) else PLAIN_WIDTH
        page.set_column(column, column, max(width, *numbers, 0))
    for number, row in enumerate(sheet.rows):
        texts = [str(cell.value or "") if _wraps(cell) else "" for cell in row]
        is_title = any(cell.look == "title" for cell in row)
        if height := wrapped_height(texts, sheet.widths) or TITLE * is_title:
            page.set_row(number, height)


def _lay_out(page: Worksheet, sheet: Sheet) -> None:
    """What stays in sight and on paper."""
    page.hide_gridlines(2)
    page.set_paper(9)
    page.set_margins(0.4, 0.4, 0.7, 0.6)
    page.fit_to_pages(1, 0)
    if sheet.landscape:
        page.set_landscape()
    rows, columns = sheet.frozen
    if rows or columns:
        page.freeze_panes(rows, columns)
    if rows:
        page.repeat_rows(0, rows - 1)
    if columns:
        page.repeat_columns(0, columns - 1)
    printed = sheet.header.replace("&", "&&")
    page.set_header(f"&L&8{printed[:200]}")
    page.set_footer("&L&8&A&R&8&P / &N")
