"""The sheets of a workbook as sheets of an export: where the header is, and what to know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline.ask.workbook import Sheet as Grid
from pipeline.ask.workbook import read_workbook
from pipeline.collect.dialect import Known, header_at
from pipeline.collect.export import Record, Sheet
from pipeline.errors import Finding, Problem, RelevoError

LONGEST_CELL = 32_767  # characters that a cell of a workbook can hold
CUT = "<WARNING: Truncated to Excel limit"  # what KoboToolbox writes before a text it had to cut


def read_sheets(path: Path, known: Known) -> tuple[Sheet, ...]:
    """The sheets of an .xlsx or .xls export, cells as text, rows numbered as in the workbook.

    Args:
        path: the workbook.
        known: how many of some headers name a question.

    Raises:
        RelevoError: what read_workbook raises, and formula_without_value: read as blank, a cell
            would look unanswered. The finding names no file.
    """
    book = read_workbook(path)
    if book.formulas:
        values: dict[str, object] = {"count": book.formulas, "cell": book.formula}
        raise RelevoError(Finding(Problem.formula_without_value, values=values))
    first, *others = [_sheet(grid, known) for grid in book.sheets] or [Sheet("", (), ())]
    if book.is_1904:
        first = replace(first, notes=(Problem.days_from_1904.name, *first.notes))
    return (first, *others)


def _sheet(grid: Grid, known: Known) -> Sheet:
    """The rows under the header; titles may stand above it."""
    at = header_at([row.cells for row in grid.rows], known) if grid.rows else 0
    rows = (*grid.rows[:at], *grid.rows[at + 1 :])
    records = tuple(Record(number, row.number, row.cells) for number, row in enumerate(rows, 1))
    headers = grid.rows[at].cells if grid.rows else ()
    notes = tuple(_notes(grid, at))
    return Sheet(grid.name, headers, records[at:], preamble=records[:at], notes=notes)


def _notes(grid: Grid, header: int) -> Iterator[str]:
    """Codes of problems, each with its sheet and what can be counted."""
    if grid.is_hidden:
        yield f"{Problem.hidden_sheet.name} {grid.name}"
    if grid.rows and grid.rows[header].number in grid.merged:
        yield f"{Problem.merged_header.name} {grid.name}"
    if grid.errors:
        yield f"{Problem.error_cell.name} {grid.name} cells {grid.errors}"
    cut = [row.number for row in grid.rows for cell in row.cells if _is_cut(cell)]
    if cut:
        yield f"{Problem.cut_cell.name} {grid.name} cells {len(cut)} first_line {cut[0]}"


def _is_cut(cell: str) -> bool:
    return len(cell) >= LONGEST_CELL or cell.startswith(CUT)
