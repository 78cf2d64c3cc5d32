"""Workbooks: cells as text, repeats with their parents, and files that are refused unread."""

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.datetime import MAC_EPOCH

from pipeline.errors import RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, rows, workbook
from tests.workbooks import changed, xls, zipped

HEADER = ["city", "has_plan", "needs/money", "needs/other", "_id", "_uuid", "_index"]


def test_cells_become_the_text_a_person_sees(collected: Collect) -> None:
    day, moment = dt.date(2025, 3, 1), dt.datetime(2025, 3, 1, 10, 30)  # noqa: DTZ001
    book = workbook(
        {
            "Survey": [
                ["city", "has_plan", "needs_other", "place", "end", "needs/money", "_id"],
                ["NA", 1.0, 0.1, day, moment, True, 20759478.0],
            ]
        }
    )
    work = collected({"a.xlsx": book})
    sql = (
        "SELECT city, has_plan, needs_other, place, ended_at, submission_id FROM collect.submission"
    )
    assert rows(work, sql) == [
        ("NA", "yes", "0.1", "2025-03-01", "2025-03-01T10:30:00", "id:20759478")
    ]


def test_empty_rows_are_no_records_and_lines_are_the_workbooks_rows(collected: Collect) -> None:
    body = [["Lima", "yes", 1, 0, 1, "a", 1], [], ["Cusco", "no", 0, 0, 2, "b", 2], ["Total", 2]]
    work = collected({"a.xlsx": workbook({"Survey": [HEADER, *body]})})
    assert rows(work, "SELECT sheet, record_number, first_line, reason FROM collect.record") == [
        ("Survey", 1, 2, ""),
        ("Survey", 2, 4, ""),
        ("Survey", 3, 5, "footer_line"),
    ]


def test_a_file_is_what_its_bytes_say(collected: Collect) -> None:
    book = workbook({"Survey": [HEADER, ["Lima", "yes", 1, 0, 1, "a", 1]]})
    work = collected({"a.csv": book, "b.xlsx": "city,_uuid\nCusco,b\n"})
    assert rows(work, "SELECT city FROM collect.submission") == [("Lima",), ("Cusco",)]


def test_rows_of_repeats_find_their_parents(collected: Collect) -> None:
    """By _parent_index of the same file; by the submission's id where files were put together."""
    book = workbook(
        {
            "Small survey": [
                HEADER,
                ["Lima", "yes", 1, 0, 1, "a", 1],
                ["Cusco", "no", 0, 0, 2, "b", 2],
                ["Quito", "no", 0, 0, 3, "c", 2],
            ],
            "pol": [
                ["work.title", "title", "_index", "_parent_index", "_submission__uuid"],
                ["x", "First", 1, 1, "a"],
                ["x", "Second", 2, 1, "a"],
                ["x", "Third", 3, 2, "c"],
                ["x", "Of the id", 6, 1, "uuid:B"],
                ["x", "Only an id", 7, None, "b"],
                ["x", "Stray", 4, 9, "z"],
                ["x", "No parent", 5, None, None],
            ],
            "act": [
                ["what", "_index", "_parent_index", "_parent_table_name"],
                ["write", 1, 2, "pol"],
                ["vote", 2, 2, "pol"],
                ["read", 3, 3, "pol"],
            ],
            "Notes": [["has_plan", "count", "share"], ["yes", 1, 0.3]],
        }
    )
    work = collected({"a.xlsx": book})
    sql = "SELECT submission_id, row_id, parent_row_id, position, title FROM collect.repeat_pol"
    assert rows(work, sql) == [
        ("a", "pol[1]", "", 1, "First"),
        ("a", "pol[2]", "", 2, "Second"),
        ("c", "pol[1]", "", 1, "Third"),
        ("b", "pol[1]", "", 1, "Of the id"),
        ("b", "pol[2]", "", 2, "Only an id"),
    ]
    sql = """SELECT submission_id, parent_record_id, row_id, parent_row_id, what
             FROM collect.repeat_act"""
    assert rows(work, sql) == [
        ("a", 1, "pol[2]/act[1]", "pol[2]", "write"),
        ("a", 1, "pol[2]/act[2]", "pol[2]", "vote"),
        ("c", 3, "pol[1]/act[1]", "pol[1]", "read"),
    ]
    assert rows(
        work, "SELECT repeat, reason, count(*) FROM collect.record GROUP BY ALL ORDER BY ALL"
    ) == [("", "", 3), ("act", "", 3), ("pol", "", 5), ("pol", "orphan_repeat_row", 2)]
    facts = "SELECT records, repeat_rows, unknown_headers, notes FROM collect.file"
    assert rows(work, facts) == [(3, 10, ["work.title"], ["sheet_not_read Notes"])]


def test_a_text_that_the_export_cut_is_told_of_its_record(collected: Collect) -> None:
    cut = "<WARNING: Truncated to Excel limit of 32767 characters!>Long"
    book = workbook(
        {"Survey": [HEADER, ["Lima", "yes", 1, 0, 1, "a", 1], [cut, "", "", "", 2, "b", 2]]}
    )
    work = collected({"a.xlsx": book})
    assert rows(work, "FROM collect.warning") == [(2, "city", "text_cut")]


def test_repeats_have_a_table_even_where_no_file_has_rows(collected: Collect) -> None:
    work = collected({"a.csv": "city,_uuid\nLima,a\n"})
    assert rows(work, "SELECT count(*) FROM collect.repeat_pol") == [(0,)]


ROW = ["Lima", "yes", 1, 0, 1, "a", 1]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 cut", "workbook_unreadable"),
        (b"\xd0\xcf\x11\xe0 cut", "workbook_unreadable"),
        (zipped({"a": bytes(3_000_000)}), "workbook_limits"),
        (workbook({"Survey": [HEADER, ["Lima", "=1+1"]]}), "formula_without_value"),
        (workbook({"Survey": [["animal", "legs"], ["cat", 4]]}), "no_question_in_header"),
        (b"<html><body><table><tr><td>city</td></tr></table></body></html>", "file_is_web_page"),
    ],
)
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_a_workbook_that_cannot_be_read_is_refused(
    collected: Collect, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(RelevoError) as error:
        collected({name: content})
    found = [(finding.file, finding.problem.name) for finding in error.value.findings]
    assert found == [(name, code)]


def test_an_xls_is_an_export_like_any_other(collected: Collect) -> None:
    work = collected({"a.xls": xls({"Survey": [HEADER, ROW]}), "b.xls": "city,_uuid\nCusco,b\n"})
    sql = "SELECT city, has_plan, submission_id FROM collect.submission"
    assert rows(work, sql) == [("Lima", "yes", "a"), ("Cusco", None, "b")]


def _notes(work: Work) -> list[str]:
    return list(rows(work, "SELECT notes FROM collect.file")[0][0])


def test_titles_may_stand_above_the_header(collected: Collect) -> None:
    """Of the main form and of a repeat; the lines are those of the workbook."""
    above: list[list[Any]] = [["Survey of cities"], [], ["Exported on", "2025-03-01", "by", "me"]]
    child = [["title", "_index", "_parent_index"], ["First", 1, 1]]
    book = workbook({"Survey": [*above, HEADER, ROW], "pol": [["Policies"], *child]})
    work = collected({"a.xlsx": book})
    sql = "SELECT sheet, record_number, first_line, reason FROM collect.record ORDER BY ALL"
    assert rows(work, sql) == [
        ("Survey", 1, 1, "preamble_line"),
        ("Survey", 2, 3, "preamble_line"),
        ("Survey", 3, 5, ""),
        ("pol", 1, 1, "preamble_line"),
        ("pol", 2, 3, ""),
    ]
    assert rows(work, "SELECT title FROM collect.repeat_pol") == [("First",)]


def test_what_is_odd_in_a_workbook_is_noted(collected: Collect) -> None:
    long = "x" * 32_767
    cut = "<WARNING: Truncated to Excel limit of 32767 characters!>" + "x" * 32_711
    content = workbook(
        {"Survey": [[*HEADER, "needs_other"], [*ROW, long], [*ROW, cut], [*ROW, "y"]]}
    )
    book = load_workbook(BytesIO(content))
    sheet = book["Survey"]
    sheet["B3"] = "#N/A"
    sheet["B3"].data_type = "e"
    sheet["I1"] = sheet["I2"] = None
    sheet.merge_cells("H1:I1")
    sheet.sheet_state = "hidden"
    book.create_sheet("Notes")
    book.epoch = MAC_EPOCH
    file = BytesIO()
    book.save(file)
    work = collected({"a.xlsx": file.getvalue()})
    assert _notes(work) == [
        "days_from_1904",
        "hidden_sheet Survey",
        "merged_header Survey",
        "error_cell Survey cells 1",
        "cut_cell Survey cells 2 first_line 2",
    ]
    assert rows(work, "SELECT has_plan FROM collect.submission") == [("yes",), ("#N/A",), ("yes",)]


def _with_row(xml: bytes) -> bytes:
    """A workbook with one submission and a row written by hand."""
    book = workbook({"Survey": [HEADER, ROW]})
    return changed(book, b"</sheetData>", xml + b"</sheetData>")


def test_a_stray_cell_in_the_last_corner_is_named(collected: Collect) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(RelevoError, match="as far away as column XFD, row 1048576"):
        collected({"a.xlsx": _with_row(far)})


def test_a_stray_cell_beside_the_data_stays_alone(collected: Collect) -> None:
    work = collected({"a.xlsx": _with_row(b'<row r="3"><c r="XFD3"><v>1</v></c></row>')})
    assert rows(work, "SELECT first_line, outcome, reason FROM collect.record") == [
        (2, "submission", ""),
        (3, "not_a_submission", "footer_line"),
    ]


def test_a_formula_may_have_a_value_even_an_empty_one(collected: Collect) -> None:
    xml = (
        b'<row r="3"><c r="A3" t="str"><f>B3</f><v></v></c><c r="B3" t="str"><f>"y"</f><v>yes</v>'
        b'</c><c r="F3" t="str"><f>"b"</f><v>b</v></c></row>'
    )
    work = collected({"a.xlsx": _with_row(xml)})
    assert rows(work, "SELECT city, has_plan FROM collect.submission") == [
        ("Lima", "yes"),
        ("", "yes"),
    ]
