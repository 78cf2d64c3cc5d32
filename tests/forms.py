"""Forms as Markdown tables, made into XLSForm workbooks: the input of spec tests."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from openpyxl import Workbook

from tests.markdown import table


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
    book = Workbook()
    book.remove(book.active)
    texts = {"survey": survey_table, "choices": choices_table, "settings": settings_table}
    for name, text in texts.items():
        if text.strip():
            rows = table(text)
            sheet = book.create_sheet(name)
            sheet.append(list(rows[0]))
            for row in rows:
                sheet.append([cell or None for cell in row.values()])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def write_form(
    path: Path, survey_table: str, choices_table: str = "", settings_table: str = ""
) -> Path:
    """Write `form` to a file, its folder made where missing; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(form(survey_table, choices_table, settings_table))
    return path
