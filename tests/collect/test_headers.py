"""What a header means: names, paths with any separator, choices, the tool's own columns."""

import pytest

from pipeline.errors import RelevoError
from tests.collect.conftest import Collect, questionnaire, rows


@pytest.mark.parametrize("separator", ["/", ".", "-", "_", "%", ":", " / "])
def test_groups_and_choices_are_joined_by_any_separator(collected: Collect, separator: str) -> None:
    header = "city;work/has_plan;work/needs;work/needs/money;work/needs/training;_uuid"
    header = header.replace("/", separator)
    work = collected({"a.csv": f"{header}\nLima;yes;money;1;0;u1\n"})
    sql = 'SELECT has_plan, needs, "needs/money", "needs/training" FROM collect.submission'
    assert rows(work, sql) == [("yes", "money", "1", "0")]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]


def test_groups_and_choices_may_have_different_separators(collected: Collect) -> None:
    work = collected({"a.csv": "work.has_plan;needs/money;needs/other;_uuid\nyes;0;1;u1\n"})
    sql = 'SELECT has_plan, needs, "needs/other" FROM collect.submission'
    assert rows(work, sql) == [("yes", "other", "1")]


def test_a_split_multiple_is_joined_and_blank_is_not_zero(collected: Collect) -> None:
    """Blank in all columns: not asked. 0 in all: asked, none chosen. R writes TRUE and FALSE."""
    text = """city;needs/training;needs/money;needs/other;_uuid
        A;1;1;0;1
        B;;;;2
        C;0;0;0;3
        D;TRUE;FALSE;False;4"""
    work = collected({"a.csv": "\n".join(line.strip() for line in text.splitlines())})
    sql = 'SELECT needs, "needs/money", "needs/training" FROM collect.submission'
    assert rows(work, sql) == [
        ("money training", "1", "1"),
        ("", "", ""),
        ("", "0", "0"),
        ("training", "0", "1"),
    ]


def test_one_header_that_looks_like_a_choice_may_be_a_question(collected: Collect) -> None:
    """`needs_other` is a question of the form; `needs_money` alone is nobody's."""
    work = collected({"a.csv": "city;needs;needs_other;needs_money;_uuid\nA;other;care;1;u\n"})
    assert rows(work, "SELECT needs, needs_other FROM collect.submission") == [("other", "care")]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(["needs_money"],)]


def test_case_blanks_and_width_do_not_matter_and_are_noted(collected: Collect) -> None:
    work = collected({"a.csv": "\ufeff City ,HAS_PLAN,\u00a0needs,_UUID\nLima,yes,money,u\n"})
    assert rows(work, "SELECT city, has_plan, needs FROM collect.submission") == [
        ("Lima", "yes", "money")
    ]
    notes = rows(work, "SELECT len(notes), notes[2] FROM collect.file")
    assert notes == [(4, "header_repaired HAS_PLAN")]


def test_unknown_columns_are_listed_and_their_values_enter_no_table(collected: Collect) -> None:
    work = collected({"a.csv": "city,ip_address,has_plan,_uuid\nLima,10.0.0.1,yes,u\n"})
    assert rows(work, "SELECT unknown_headers, missing_questions FROM collect.file") == [
        (["ip_address"], ["needs", "needs_other", "place", "title", "what"])
    ]
    tables = [rows(work, f"FROM collect.{name}") for name in ("file", "record", "submission")]
    assert "10.0.0.1" not in str(tables)


def test_parts_of_a_point_and_the_tools_columns_are_known(collected: Collect) -> None:
    header = "city,place,_place_latitude,_place_longitude,_id,_uuid,_tags,meta/instanceID,deviceid"
    work = collected({"a.csv": f"{header}\nLima,-12 -77 0 0,-12,-77,1,u,,uuid:u,x\n"})
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]
    assert rows(work, "SELECT place FROM collect.submission") == [("-12 -77 0 0",)]


def test_names_as_r_rewrites_them(collected: Collect) -> None:
    work = collected(
        {"a.csv": "city,needs.money,needs.other,X_uuid,X_index\nLima,TRUE,FALSE,u,1\n"}
    )
    assert rows(work, "SELECT submission_id, needs FROM collect.submission") == [("u", "money")]


def test_the_same_column_twice_is_one_where_it_agrees(collected: Collect) -> None:
    work = collected({"a.csv": "city,has_plan,has_plan,_uuid\nLima,yes,yes,u\n"})
    assert rows(work, "SELECT has_plan FROM collect.submission") == [("yes",)]


def test_the_same_column_twice_is_refused_where_it_differs(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.csv": "city,has_plan,Has_Plan,_uuid\nA,yes,yes,u\nB,yes,no,v\n"})
    assert str(error.value).startswith(
        "a.csv, has_plan: columns 2 and 3 both mean this question and differ, first in line 3."
    )


def test_equal_names_in_two_groups_are_told_apart_by_their_path(collected: Collect) -> None:
    form = questionnaire("""
        | type        | name | label |
        |-------------|------|-------|
        | begin_group | a    | A     |
        | text        | size | Size  |
        | end_group   |      |       |
        | begin_group | b    | B     |
        | text        | size | Size  |
        | end_group   |      |       |
        """)
    work = collected({"x.csv": "a.size,b.size,_uuid\nbig,small,u\n"}, form)
    assert rows(work, 'SELECT "a/size", "b/size" FROM collect.submission') == [("big", "small")]


def test_a_column_that_only_one_file_has_is_null_for_the_other(collected: Collect) -> None:
    work = collected(
        {
            "1.csv": "city,needs,_uuid\nLima,money,a\n",
            "2.csv": "city,has_plan,needs/money,needs/other,_uuid\nCusco,,1,0,b\n",
        }
    )
    sql = 'SELECT has_plan, needs, "needs/money" FROM collect.submission ORDER BY record_id'
    assert rows(work, sql) == [(None, "money", None), ("", "money", "1")]


def test_choices_that_differ_only_by_case_share_no_column(collected: Collect) -> None:
    form = questionnaire(
        """
        | type              | name | label |
        |-------------------|------|-------|
        | select_multiple l | q    | Q     |
        """,
        """
        | list_name | name | label |
        |-----------|------|-------|
        | l         | a    | small |
        | l         | A    | large |
        """,
    )
    work = collected({"x.csv": "q/a,q/A,_uuid\n0,1,u\n1,1,v\n"}, form)
    assert rows(work, 'SELECT q, "q/a" FROM collect.submission') == [("A", "0"), ("a A", "1")]
