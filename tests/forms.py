"""Forms as Markdown tables, made into XLSForms of every kind: the input of spec tests."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from textwrap import dedent

from tests.markdown import table
from tests.workbooks import xlsx

SHEETS = ("survey", "choices", "settings")


def form(survey_table: str, choices_table: str = "", settings_table: str = "") -> bytes:
    """The bytes of a workbook with one sheet per table that is not empty.

    Example:
        form('''
            | type          | name     | label     | relevant             |
            |---------------|----------|-----------|----------------------|
            | select_one yn | has_plan | A plan?   |                      |
            | integer       | budget   | Its money | ${has_plan} = 'yes'  |
            ''', '''
            | list_name | name | label |
            |-----------|------|-------|
            | yn        | yes  | Yes   |
            | yn        | no   | No    |
            ''')
    """
    texts = dict(zip(SHEETS, (survey_table, choices_table, settings_table), strict=True))
    return xlsx({name: _rows(text) for name, text in texts.items() if text.strip()})


def _rows(text: str) -> list[list[str | None]]:
    rows = table(text)
    return [list(rows[0]), *([cell or None for cell in row.values()] for row in rows)]


def markdown(survey_table: str, choices_table: str = "", settings_table: str = "") -> str:
    """The same form as Markdown: the tables as they are, each under a heading."""
    texts = zip(SHEETS, (survey_table, choices_table, settings_table), strict=True)
    return "\n".join(f"# {name}\n{dedent(text).strip()}\n" for name, text in texts if text.strip())


def as_csv(survey_table: str, choices_table: str = "", settings_table: str = "") -> str:
    """The same form as CSV: the name of the sheet stands in the first column."""
    out = StringIO()
    writer = csv.writer(out)
    for name, text in zip(SHEETS, (survey_table, choices_table, settings_table), strict=True):
        if text.strip():
            writer.writerow([name])
            writer.writerows(["", *row] for row in _rows(text))
    return out.getvalue()


def write_form(
    path: Path, survey_table: str, choices_table: str = "", settings_table: str = ""
) -> Path:
    """Write a form to a file, as its ending says, its folder made where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tables = (survey_table, choices_table, settings_table)
    if path.suffix == ".md":
        path.write_text(markdown(*tables), encoding="utf-8")
    elif path.suffix == ".csv":
        path.write_text(as_csv(*tables), encoding="utf-8")
    else:
        path.write_bytes(form(*tables))
    return path
