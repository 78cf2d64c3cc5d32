"""How a file writes fractions and days: told by the file, never by one cell."""

from pathlib import Path

import pytest

from pipeline.errors import Problem
from pipeline.store import Work
from tests.edit.batch import cells, edited
from tests.markdown import table

NUMBERS = """
    | type    | name  | label |
    |---------|-------|-------|
    | decimal | share | Share |
    | decimal | money | Money |
    | integer | heads | Heads |
    """
DAYS = """
    | type     | name | label |
    |----------|------|-------|
    | date     | day  | Day   |
    | datetime | at   | At    |
    | integer  | n    | N     |
    """


def notes(work: Work) -> dict[tuple[str, str], int]:
    """What the desk is told, by question and code."""
    rows = work.members.execute(
        "SELECT question, code, count FROM edit.summary WHERE severity = 'note' ORDER BY ALL"
    ).fetchall()
    return {(question, code): count for question, code, count in rows}


def test_a_file_that_writes_the_comma_writes_it_everywhere(tmp_path: Path, work: Work) -> None:
    """Several fractions with a comma and none with a point: a point then stands in groups."""
    edited(
        tmp_path,
        work,
        (NUMBERS,),
        """
        | submission_id | share | money   | heads  |
        |---------------|-------|---------|--------|
        | a             | 1,5   | 53.591  | 12     |
        | b             | 0,234 | 1.234,5 | 53.591 |
        | c             | 1,234 | 7       | 1,5    |
        """,
    )
    assert cells(work, "share", "money", "heads") == table(
        """
        | submission_id | share       | money                          | heads                      |
        |---------------|-------------|--------------------------------|----------------------------|
        | a             | 1.500000000 | 53591                          | 12                         |
        | b             | 0.234000000 | 1234.500000000 repaired_number | *set_aside* not_an_integer |
        | c             | 1.234000000 | 7                              | *set_aside* not_an_integer |
        """  # noqa: E501
    )
    comma = Problem.decimal_comma.name
    assert notes(work) == {("share", comma): 3, ("money", comma): 1}


def test_one_fraction_with_a_point_and_the_comma_proves_nothing(tmp_path: Path, work: Work) -> None:
    edited(
        tmp_path,
        work,
        (NUMBERS,),
        """
        | submission_id | share | money | heads |
        |---------------|-------|-------|-------|
        | a             | 1,5   | 7     |       |
        | b             | 2,5   | 1.5   |       |
        | c             | 1,234 | 7     |       |
        """,
    )
    assert cells(work, "share", "money") == table(
        """
        | submission_id | share                       | money       |
        |---------------|-----------------------------|-------------|
        | a             | 1.500000000 repaired_number | 7           |
        | b             | 2.500000000 repaired_number | 1.500000000 |
        | c             | *set_aside* not_a_decimal   | 7           |
        """
    )
    assert notes(work) == {}


@pytest.mark.parametrize(
    ("file", "first", "moment"),
    [
        ({"path": "a.xlsx", "encoding": ""}, "2026-02-01", "2026-02-01T12:00:00"),
        ({"path": "A.XLS", "encoding": ""}, "2026-02-01", "2026-02-01T12:00:00"),
        (
            {"path": "a.xlsx", "encoding": "", "notes": ["days_from_1904"]},
            "2030-02-02",
            "2030-02-02T12:00:00",
        ),
    ],
)
def test_a_workbook_gives_days_as_numbers(
    tmp_path: Path, work: Work, file: dict[str, object], first: str, moment: str
) -> None:
    edited(
        tmp_path,
        work,
        (DAYS,),
        """
        | submission_id | day        | at      | n     |
        |---------------|------------|---------|-------|
        | a             | 46054      | 46054.5 | 46054 |
        | a year alone  | 2025       | 2025    | 1     |
        | a half day    | 46054.5    |         | 1     |
        | a code        | 20260201   |         | 1     |
        | a date        | 2026-02-01 |         | 1     |
        """,
        file=file,
    )
    assert cells(work, "day", "at", "n") == table(
        f"""
        | submission_id | day                    | at                     | n     |
        |---------------|------------------------|------------------------|-------|
        | a             | {first}                | {moment}               | 46054 |
        | a year alone  | *set_aside* not_a_date | *set_aside* not_a_time | 1     |
        | a half day    | *set_aside* not_a_date | *unanswered*           | 1     |
        | a code        | *set_aside* not_a_date | *unanswered*           | 1     |
        | a date        | 2026-02-01             | *unanswered*           | 1     |
        """
    )
    day = Problem.serial_date.name
    assert notes(work) == {("day", day): 1, ("at", day): 1}


def test_a_number_is_no_day_in_a_text_file(tmp_path: Path, work: Work) -> None:
    answers = "| submission_id | day | at | n |\n|---|---|---|---|\n| a | 46054 | 46054.5 | 1 |"
    edited(tmp_path, work, (DAYS,), answers)
    assert cells(work, "day", "at")[0]["day"] == "*set_aside* not_a_date"
    assert notes(work) == {}
