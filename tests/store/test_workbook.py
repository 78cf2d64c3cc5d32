"""Rows and columns of a workbook fit what they hold, in every spreadsheet program."""

from io import BytesIO

import openpyxl
import pytest

from pipeline.store.workbook import Cell, Sheet, workbook


def height(text: str) -> float | None:
    """Of a row with this text in a column of 20 characters; None where nothing is said."""
    content = workbook("t", [Sheet("s", [[Cell(text)]], (20.0,))])
    page = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    found: float | None = page.row_dimensions[1].height
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one line", None),
        ("two lines, for it is too long", 30),
        ("two\nlines", 30),
        (" " * 40, None),
        ("word " * 5000, 408.75),
    ],
)
def test_a_row_is_as_high_as_its_text_and_never_higher_than_a_row_can_be(
    text: str, expected: float | None
) -> None:
    assert height(text) == expected


def test_a_column_is_as_wide_as_its_numbers() -> None:
    content = workbook("t", [Sheet("s", [[Cell(1_324_761_234.5)]], (5.0,))])
    page = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    assert page.column_dimensions["A"].width >= len("1,324,761,234.5")
