"""The fillable workbook of a return sheet: `report` writes it, `edit` reads it back.

A row that can be filled in carries its key in a hidden column, and what the key stands for is in a
sheet that no menu shows: rows may be sorted, columns moved, the file saved by any program.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from pipeline.store.workbook import wrapped_height

FACTS = "relevo"  # the sheet with survey, wave, unit_id, answer (a header) and the matters
LISTS = "lists"  # the sheet with the texts of the drop-downs
KEY = "relevo"  # the first cell of the header row; below it stand the keys
WHO, DATE = "who", "date"  # the keys of the two cells in which the sheet is signed
# How rows of FACTS begin: then key, submission_id, row_id, question, code, received; and key, what
# the drop-down says, what that means (one of the meanings below, or a code of the question).
MATTER, OPTION = "matter", "option"
WIDTH = 7  # cells of the longest row there; blank ones at its end are not kept
CONFIRM, BLANK, REMOVE, YES, NO = "=confirm", "=blank", "=remove", "=yes", "=no"
PART = "/"  # between the key of a matter and a choice of its question
ANSWER = 5  # the column to be filled in, counted from the hidden one
WIDTHS = (4, 44, 24, 38, 34, 28, 28)
_MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - any fixed moment: nothing reads the clock


@dataclass(frozen=True)
class Entry:
    """A row to be filled in.

    `cells`: question, what was received, why we ask, what to answer. `options`: the drop-down and
    what each text of it means; where `is_strict` nothing else may stand in the cell. Without
    `is_open` it is locked. `is_day`: a date, read by the habits of who types it; any other answer
    stays the text that was typed.
    """

    key: str
    cells: tuple[str, str, str, str]
    options: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = False
    is_open: bool = True
    is_day: bool = False


@dataclass(frozen=True)
class Matter:
    """What a key stands for; `received` is blank where it is not to be repeated."""

    key: str
    submission_id: str
    row_id: str
    question: str
    code: str
    received: str


@dataclass(frozen=True)
class ReturnSheet:
    """A return sheet in one language. `columns`: the headers, the last two for who fills it in."""

    title: str
    tab: str
    lead: str
    columns: tuple[str, str, str, str, str, str]
    who: str
    date: str
    entries: Sequence[Entry]
    matters: Sequence[Matter]
    facts: Mapping[str, str] = field(default_factory=dict)  # survey, wave, unit_id


def return_workbook(sheet: ReturnSheet) -> bytes:
    """The .xlsx file; the same sheet gives the same bytes, and no text becomes a formula."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.set_properties({"title": sheet.title, "created": _MADE})
    _Writer(book, sheet).write()
    book.close()
    return file.getvalue()


class _Writer:
    """Writes the sheet that is seen and the two that are not."""

    def __init__(self, book: Workbook, sheet: ReturnSheet) -> None:
        self.sheet = sheet
        self.page: Worksheet = book.add_worksheet(sheet.tab)
        self.facts: Worksheet = book.add_worksheet(FACTS)
        self.lists: Worksheet = book.add_worksheet(LISTS)
        self.ranges: dict[tuple[str, ...], str] = {}
        plain = {"text_wrap": True, "valign": "top", "font_size": 10}
        line = plain | {"bottom": 1, "bottom_color": "#D9DDE2"}
        fill = {"bg_color": "#FFF8DC", "border": 1, "border_color": "#8A8F96", "locked": False}
        fill |= {"num_format": "@"}
        self.looks: dict[str, Format] = {
            name: book.add_format(look)
            for name, look in {
                "title": {"bold": True, "font_size": 14, "valign": "vcenter"},
                "plain": plain,
                "right": plain | {"align": "right"},
                "head": plain | {"bold": True, "bg_color": "#E4E8EC", "bottom": 1},
                "cell": line,
                "question": line | {"bold": True},
                "part": line | {"indent": 2},
                "fill": plain | fill,
                "day": plain | fill | {"num_format": "yyyy-mm-dd", "align": "left"},
            }.items()
        }

    def write(self) -> None:
        """The facts, then the page, then what keeps it in order."""
        for row, cells in enumerate(self._facts()):
            self._texts(self.facts, row, cells)
        first = self._head()
        for row, entry in enumerate(self.sheet.entries, first):
            self._entry(row, entry)
        for hidden in (self.facts, self.lists):
            hidden.very_hidden()
        self._settle(first)

    def _facts(self) -> list[Sequence[str]]:
        facts = {**self.sheet.facts, "answer": self.sheet.columns[ANSWER - 1]}
        matters = [
            (MATTER, m.key, m.submission_id, m.row_id, m.question, m.code, m.received)
            for m in self.sheet.matters
        ]
        options = [
            (OPTION, entry.key, text, meaning)
            for entry in self.sheet.entries
            for text, meaning in entry.options.items()
        ]
        return [*facts.items(), *matters, *options]

    def _head(self) -> int:
        """Title, what to do, who fills it in and when, headers; the number of the row below."""
        self.page.merge_range(0, 1, 0, len(WIDTHS) - 1, "")
        self.page.write_string(0, 1, self.sheet.title, self.looks["title"])
        self.page.set_row(0, 26)
        self.page.merge_range(1, 1, 1, len(WIDTHS) - 1, "")
        self.page.write_string(1, 1, self.sheet.lead, self.looks["plain"])
        self.page.set_row(1, 44)
        for row, (key, label) in enumerate(((WHO, self.sheet.who), (DATE, self.sheet.date)), 2):
            self.page.write_string(row, 0, key)
            self.page.write_string(row, ANSWER - 1, label, self.looks["right"])
            look = self.looks["day" if key == DATE else "fill"]
            self.page.write_blank(row, ANSWER, None, look)
        after = {"validate": "date", "criteria": ">=", "value": datetime.date(2000, 1, 1)}
        self.page.data_validation(3, ANSWER, 3, ANSWER, after)
        self._texts(self.page, 4, (KEY, *self.sheet.columns), self.looks["head"])
        return 5

    def _texts(
        self, page: Worksheet, row: int, cells: Sequence[str], look: Format | None = None
    ) -> None:
        for column, text in enumerate(cells):
            page.write_string(row, column, text, look)

    def _entry(self, row: int, entry: Entry) -> None:
        is_part = PART in entry.key
        looks = [*["question", "cell", "cell"], "part" if is_part else "cell"]
        self.page.write_string(row, 0, entry.key)
        if height := wrapped_height(entry.cells, WIDTHS[1:]):
            self.page.set_row(row, height)
        for column, (text, look) in enumerate(zip(entry.cells, looks, strict=True), 1):
            self.page.write_string(row, column, text, self.looks[look])
        look = "day" if entry.is_day else "fill" if entry.is_open else "cell"
        self.page.write_blank(row, ANSWER, None, self.looks[look])
        self.page.write_blank(row, ANSWER + 1, None, self.looks["cell" if is_part else "fill"])
        if entry.options:
            rule: dict[str, Any] = {
                "validate": "list",
                "source": self._range(tuple(entry.options)),
                "show_error": entry.is_strict,
            }
            self.page.data_validation(row, ANSWER, row, ANSWER, rule)

    def _range(self, options: tuple[str, ...]) -> str:
        """Where the options stand: a list written into the rule itself ends at 255 characters."""
        if options not in self.ranges:
            column = len(self.ranges)
            for row, option in enumerate(options):
                self.lists.write_string(row, column, option)
            ends = ((0, column), (len(options) - 1, column))
            first, last = (xl_rowcol_to_cell(*end, row_abs=True, col_abs=True) for end in ends)
            self.ranges[options] = f"={LISTS}!{first}:{last}"
        return self.ranges[options]

    def _settle(self, first: int) -> None:
        """Widths, what stays in sight and on paper, and what is locked."""
        for column, width in enumerate(WIDTHS):
            self.page.set_column(column, column, width, None, {"hidden": column == 0})
        self.page.freeze_panes(first, 2)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(first - 1)
        self.page.set_margins(0.4, 0.4, 0.5, 0.5)
        self.page.set_footer("&R&P / &N")
        self.page.set_selection(2, ANSWER, 2, ANSWER)
        self.page.protect("", {"format_columns": True, "format_rows": True, "sort": True})
