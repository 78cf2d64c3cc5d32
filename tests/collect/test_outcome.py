"""Every record has an outcome, and the sums add up."""

import pytest

from tests.collect.conftest import Collect, rows

HEADER = "start,city,has_plan,needs,place,needs_other,_id,_uuid"


def outcomes(collected: Collect, *lines: str, header: str = HEADER) -> list[tuple[str, str]]:
    """Outcome and reason of each record, in file order."""
    work = collected({"a.csv": "\n".join([header, *lines]) + "\n"}, key=_key())
    sums = rows(
        work,
        """SELECT records = submissions + not_submissions + unreadable
             AND records = (SELECT count(*) FROM collect.record WHERE repeat = '')
             AND submissions = (SELECT count(*) FROM collect.submission) FROM collect.file""",
    )
    assert sums == [(True,)]
    return rows(work, "SELECT outcome, reason FROM collect.record ORDER BY record_id")


def _key() -> object:
    from pipeline.ask.survey import Key

    return Key(unit="city")


ANSWER = "2025-03-01T10:00:00,Lima,yes,money,,,7,u7"
FULL = ("submission", "")


def test_a_row_of_tags_or_the_header_again_is_a_second_header(collected: Collect) -> None:
    header_row = ("not_a_submission", "second_header_row")
    found = outcomes(collected, ",#loc+name,#plan,,,,,", ANSWER, HEADER, ANSWER)
    assert found == [header_row, FULL, header_row, FULL]


@pytest.mark.parametrize("line", [",,,,,,,", ",,,", "Total,20,,,", "Exportado el 2026-05-01"])
def test_a_footer_is_no_submission(collected: Collect, line: str) -> None:
    assert outcomes(collected, ANSWER, "", line) == [FULL, ("not_a_submission", "footer_line")]


def test_a_file_cut_in_the_middle_of_a_record_has_no_footer(collected: Collect) -> None:
    found = outcomes(collected, ANSWER, "2025-03-01T10:00:00,Cus")
    assert found == [FULL, ("unreadable", "ragged_record")]


def test_a_nearly_empty_submission_is_one_if_the_tool_gave_it_an_id(collected: Collect) -> None:
    assert outcomes(collected, ",,,,,,8,u8") == [FULL]


def test_without_any_id_only_a_total_is_a_footer(collected: Collect) -> None:
    found = outcomes(collected, "Lima,yes", "Cusco,", "TOTAL:,2", header="city,has_plan")
    assert found == [FULL, FULL, ("not_a_submission", "footer_line")]


@pytest.mark.parametrize("word", ["test", "Prueba", "TESTE ", "essai"])
def test_a_test_entry_is_no_submission(collected: Collect, word: str) -> None:
    found = outcomes(collected, f"2025-03-01,{word},yes,,,,8,u8", ANSWER)
    assert found == [("not_a_submission", "test_row"), FULL]


def test_a_full_answer_is_no_test_whatever_it_says(collected: Collect) -> None:
    assert outcomes(collected, "2025-03-01,Test,yes,money,1 2,care,8,u8") == [FULL]


def test_too_few_or_too_many_cells_are_unreadable(collected: Collect) -> None:
    ragged = ("unreadable", "ragged_record")
    found = outcomes(collected, ANSWER, ANSWER[:-3], ANSWER + ",more", ANSWER + ",,")
    assert found == [FULL, ragged, ragged, FULL]


def test_a_cell_beyond_the_header_of_a_kobotoolbox_file_is_set_aside_alone(
    collected: Collect,
) -> None:
    """An answer to a removed choice leaks there; quotes and _index prove the others right."""
    text = '"city";"has_plan";"_uuid";"_index"\n"Lima";"yes";"u";"1"\n"Cusco";"no";"v";"2";"x"\n'
    work = collected({"a.csv": text, "b.csv": text.replace(";", ",").replace('"2"', '"two"')})
    assert rows(work, "SELECT city FROM collect.submission WHERE record_id < 3") == [
        ("Lima",),
        ("Cusco",),
    ]
    assert rows(work, "SELECT notes, unreadable FROM collect.file ORDER BY file_id") == [
        (["extra_cell records 1 first_line 3"], 0),
        (["extra_cell records 1 first_line 3"], 1),
    ]


def test_a_file_without_records_is_told_with_a_zero(collected: Collect) -> None:
    work = collected({"a.csv": HEADER})
    found = work.members.execute("SELECT outcome, count FROM collect.summary").fetchall()
    assert found == [("submission", 0)]


def test_the_summary_counts_by_outcome_and_reason(collected: Collect) -> None:
    work = collected({"a.csv": "\n".join([HEADER, ANSWER, ANSWER[:-3], "Total,1"])})
    sql = "SELECT path, tool, outcome, reason, repeat, count FROM collect.summary"
    assert work.members.execute(sql).fetchall() == [
        ("a.csv", "kobo", "not_a_submission", "footer_line", "", 1),
        ("a.csv", "kobo", "submission", "", "", 1),
        ("a.csv", "kobo", "unreadable", "ragged_record", "", 1),
    ]


def test_the_secretariat_sees_which_columns_and_versions_came(collected: Collect) -> None:
    """A header that looks like an address is the first record of a file without headers."""
    work = collected({"a.csv": "city,ana@x.example,ip,__version__,_uuid\nLima,1,2,v1,u1\n"})
    told = work.members.execute("SELECT header, kind FROM collect.header").fetchall()
    assert [header for header, kind in told if kind == "unknown"] == ["ip", "…"]
    assert ("has_plan", "missing") in told
    versions = work.members.execute("SELECT form_version, submissions FROM collect.version")
    assert versions.fetchall() == [("v1", 1)]
