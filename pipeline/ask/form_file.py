"""A form as a file: a workbook, Markdown tables, or CSV with the sheet's name in the first column.

All become the same sheets of rows. In text files the number of a row is its line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.ask.workbook import BOOKS, WEB_PAGE, Row, Sheet, pad, read_workbook, tidy
from pipeline.errors import Finding, Problem, RelevoError

STEM, ENDINGS = "questionnaire", (".xlsx", ".xls", ".md", ".csv")
HEADING = re.compile(r"(?P<level>#+)\s*(?P<name>.*?)\s*#*")
BAR = re.compile(r"(?<!\\)\|")
RULE = re.compile(r":?-+:?")  # under the header of a Markdown table
DELIMITERS = ",;\t"
SHEETS = frozenset({"survey", "choices", "settings", "external_choices"})

Lines = Iterator[tuple[int, Sequence[str]]]  # number and cells; the first cell names a sheet


def find_form(folder: Path, declared: str = "") -> Path:
    """The questionnaire of a survey folder: the one declared, else the one that is called so.

    Raises:
        RelevoError: questionnaire_twice (exit 10). A file that is not there is told on reading.
    """
    names = [declared] if declared else [STEM + ending for ending in ENDINGS]
    found = [name for name in names if (folder / name).is_file()]
    if len(found) > 1:
        values: dict[str, object] = {"found": ", ".join(found)}
        raise RelevoError(Finding(Problem.questionnaire_twice, str(folder), values=values))
    return folder / (found or names)[0]


def read_form(path: Path) -> tuple[Mapping[str, Sheet], tuple[Finding, ...]]:
    """The sheets of a form by name, in lower case with underscores, and what is odd in the file.

    Raises:
        RelevoError: questionnaire_missing or questionnaire_unreadable (exit 10).
    """
    if not path.is_file():
        values: dict[str, object] = {"expected": path.name}
        raise RelevoError(Finding(Problem.questionnaire_missing, str(path), values=values))
    try:
        content = path.read_bytes()
    except OSError:
        raise _unreadable(path, "it may not be read: permission is missing") from None
    if content.startswith(BOOKS):
        return _read_book(path)
    if WEB_PAGE.match(content):
        raise _unreadable(path, "it is a web page or another text with tags, not a workbook")
    if path.suffix.lower() not in {".md", ".csv"}:
        raise _unreadable(path, Problem.workbook_unreadable.what)
    try:
        text = content.decode("utf-8-sig")
        lines = csv_rows(text) if path.suffix.lower() == ".csv" else _markdown(text)
        sheets = _named(_tables(lines))
    except (UnicodeDecodeError, csv.Error):
        raise _unreadable(path, "it is no text in UTF-8, or its quotes are wrong") from None
    return sheets, tuple(one for sheet in sheets.values() for one in _too_long(sheet, path.name))


def _unreadable(path: Path, reason: str) -> RelevoError:
    values: dict[str, object] = {"reason": reason}
    return RelevoError(Finding(Problem.questionnaire_unreadable, path.name, values=values))


def _read_book(path: Path) -> tuple[Mapping[str, Sheet], tuple[Finding, ...]]:
    try:
        book = read_workbook(path)
    except RelevoError as error:
        (found,) = error.findings
        raise _unreadable(path, found.problem.what.format(**found.values)) from None
    values: dict[str, object] = {"count": book.formulas, "cell": book.formula}
    formulas = [Finding(Problem.form_formula, path.name, values=values)] if book.formulas else []
    return _named(book.sheets), tuple(formulas)


def _named(sheets: Iterable[Sheet]) -> dict[str, Sheet]:
    """By name; of two that differ only in case or blanks the first."""
    found: dict[str, Sheet] = {}
    for sheet in sheets:
        rows = tuple(row for row in sheet.rows if any(map(tidy, row.cells)))
        found.setdefault(_key(sheet.name), Sheet(sheet.name, rows))
    return found


def _key(name: str) -> str:
    return tidy(name).casefold().replace(" ", "_")


def csv_rows(text: str) -> Lines:
    """The rows of a CSV file by the delimiter that cuts the first rows, and the header, best.

    Raises:
        csv.Error: the quotes are wrong.
    """
    read = [list(_split(text, delimiter)) for delimiter in DELIMITERS]
    yield from max(read, key=_cut)


def _cut(rows: list[tuple[int, Sequence[str]]]) -> tuple[float, int]:
    """How early a row has several cells (the earlier, the larger), and how many."""
    several = ((-number, len(row)) for number, row in rows if len(row) > 1)
    return next(several, (float("-inf"), 0))


def _split(text: str, delimiter: str) -> Lines:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    last = 0
    for row in reader:
        yield last + 1, row
        last = reader.line_num


def _markdown(text: str) -> Lines:
    """Tables under headings that name sheets; without such headings tables as in CSV."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    headings = {number: HEADING.fullmatch(line) for number, line in enumerate(lines, 1)}
    is_headed = any(_names_sheet(heading) for heading in headings.values())
    level = 0  # of the heading above; a deeper one stands inside the sheet
    for number, line in enumerate(lines, 1):
        heading = headings[number]
        if heading and (_names_sheet(heading) or len(heading["level"]) <= level):
            level = len(heading["level"])
            yield number, [heading["name"]]
        elif line.startswith("|"):
            cells = _cells(line)
            if not all(RULE.fullmatch(cell) for cell in cells if cell):
                yield number, ["", *cells] if is_headed else cells


def _names_sheet(heading: re.Match[str] | None) -> bool:
    return heading is not None and _key(heading["name"]) in SHEETS


def _cells(line: str) -> list[str]:
    """The cells of a line of a table; a bar after a backslash stands inside one."""
    inner = line[1:]
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip().replace("\\|", "|") for cell in BAR.split(inner)]


def _tables(lines: Lines) -> Iterator[Sheet]:
    """A name in the first cell begins a sheet; a header that comes again is dropped."""
    name = ""
    tables: dict[str, list[Row]] = {}
    for number, cells in lines:
        if cells:
            name = tidy(cells[0]) or name
            rows = tables.setdefault(name, [])
            if any(map(tidy, cells[1:])) and not (rows and rows[0].cells == tuple(cells[1:])):
                rows.append(Row(number, tuple(cells[1:])))
    for name, rows in tables.items():
        width = max((len(row.cells) for row in rows), default=0)
        yield Sheet(name, tuple(Row(row.number, pad(row.cells, width)) for row in rows))


def _too_long(sheet: Sheet, file: str) -> Iterator[Finding]:
    """In a text file a cell beyond the header is most often a bar or a comma in the wrong place."""
    width = max((n for n, cell in enumerate(sheet.header.cells, 1) if tidy(cell)), default=0)
    for row in sheet.rows[1:]:
        if any(map(tidy, row.cells[width:])):
            yield Finding(Problem.form_row_too_long, file, sheet.name, row.number)
