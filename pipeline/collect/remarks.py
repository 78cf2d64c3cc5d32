"""What is remarked on single records that stand: a cell under no header, a text that was cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.collect.outcome import extra_cells
from pipeline.collect.submission import SUBMISSION, Collected, RepeatRow, Submission, Warned
from pipeline.errors import Problem

# What KoboToolbox writes before a text that a workbook's cell cannot hold.
CUT = "<WARNING: Truncated to Excel limit"


def remark(collected: Collected) -> Collected:
    """The same with a warning for every filled cell under no header and every text cut short."""
    extra = {
        (sheet.name, record.number)
        for sheet in collected.export.sheets
        for record in extra_cells(sheet)
    }
    is_workbook = not collected.export.encoding
    if not extra and not is_workbook:
        return collected

    def added(item: Submission | RepeatRow) -> tuple[Warned, ...]:
        found: tuple[Warned, ...] = ()
        if item.outcome == SUBMISSION and (item.sheet, item.record.number) in extra:
            found = (("", Problem.extra_cell),)
        return (*found, *_cut(item)) if is_workbook else found

    with_warnings = collected.with_submissions(
        [one._replace(warnings=one.warnings + added(one)) for one in collected.submissions]
    )
    rows = tuple(
        replace(row, warnings=row.warnings + added(row)) for row in with_warnings.repeat_rows
    )
    return replace(with_warnings, repeat_rows=rows)


def _cut(item: Submission | RepeatRow) -> Iterator[Warned]:
    for name, text in item.answers.items():
        if text.startswith(CUT):
            yield name, Problem.text_cut
