"""Workbooks: cells as text, repeats with their parents, and files that are refused unread."""

import datetime as dt
import zipfile
from io import BytesIO

import pytest

from pipeline.errors import RelevoError
from tests.collect.conftest import Collect, rows, workbook

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
        ("NA", "1", "0.1", "2025-03-01", "2025-03-01T10:30:00", "id:20759478")
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


def test_repeats_have_a_table_even_where_no_file_has_rows(collected: Collect) -> None:
    work = collected({"a.csv": "city,_uuid\nLima,a\n"})
    assert rows(work, "SELECT count(*) FROM collect.repeat_pol") == [(0,)]


def _zip(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_zip({"word/document.xml": b"<a/>"}), "workbook_unreadable"),
        (_zip({"../xl/workbook.xml": b"<a/>"}), "workbook_unreadable"),
        (b"PK\x03\x04 cut", "workbook_unreadable"),
        (b"\xd0\xcf\x11\xe0 old", "workbook_protected"),
        (_zip({"a": bytes(3_000_000)}), "workbook_limits"),
        (_zip({str(n): b"" for n in range(201)}), "workbook_limits"),
        (workbook({"Survey": [HEADER, ["Lima", "=1+1"]]}), "formula_without_value"),
        (workbook({"Survey": [["animal", "legs"], ["cat", 4]]}), "no_question_in_header"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused(
    collected: Collect, content: bytes, code: str
) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.xlsx": content})
    assert [finding.problem.name for finding in error.value.findings] == [code]


def _with_row(xml: bytes) -> bytes:
    """A workbook with one submission and a row written by hand."""
    members = {}
    book = BytesIO(workbook({"Survey": [HEADER, ["Lima", "yes", 1, 0, 1, "a", 1]]}))
    with zipfile.ZipFile(book) as archive:
        for name in archive.namelist():
            members[name] = archive.read(name)
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b"</sheetData>", xml + b"</sheetData>")
    return _zip(members)


def test_a_stray_cell_in_the_last_corner_ends_the_child_and_not_the_run(
    collected: Collect,
) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(RelevoError) as error:
        collected({"a.xlsx": _with_row(far)})
    assert error.value.findings[0].problem.name == "workbook_limits"


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
