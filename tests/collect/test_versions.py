"""Several versions of a form: confirmed renames, suggested ones, and what a version did not ask."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.ask import Rename, Wave, read_questionnaire
from pipeline.errors import RelevoError
from tests.collect.conftest import Collect, questionnaire, rows

FORM = questionnaire(
    """
    | type                  | name      | label           |
    |-----------------------|-----------|-----------------|
    | text                  | city      | City            |
    | select_one yn         | hr_office | Is there one?   |
    | select_multiple needs | needs     | What is needed? |
    | integer               | staff     | How many?       |
    """,
    """
    | list_name | name     | label    |
    |-----------|----------|----------|
    | yn        | yes      | Yes      |
    | yn        | no       | No       |
    | needs     | money    | Money    |
    | needs     | training | Training |
    """,
)
OLD = """city,office,hr_office,staff,__version__,_uuid
A,1,,3,v1,a
B,0,,,v1,b
C,,yes,4,v2,c
"""
RENAMES = (
    Rename("", "office", "hr_office", {"1": "yes", "0": "no"}),
    Rename("1", "wants", "needs", {"cash": "money"}),
)
ANSWERS = "SELECT hr_office FROM collect.submission ORDER BY record_id"


def test_a_confirmed_rename_reads_the_old_column_as_the_question(collected: Collect) -> None:
    work = collected({"a.csv": OLD}, FORM, renames=RENAMES)
    assert rows(work, ANSWERS) == [("yes",), ("no",), ("yes",)]
    assert rows(work, "SELECT unknown_headers, notes FROM collect.file") == [
        ([], ["renamed office hr_office"])
    ]
    assert rows(work, "FROM collect.warning") == []


def test_the_fingerprint_is_of_the_record_as_received(collected: Collect) -> None:
    sql = "SELECT record_id, sha256 FROM collect.record"
    plain = rows(collected({"a.csv": OLD}, FORM), sql)
    assert rows(collected({"a.csv": OLD}, FORM, renames=RENAMES), sql) == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("city,wants,_uuid\nA,cash training,a\n", ("money training", None)),
        ("city,grp/wants/cash,grp/wants/training,_uuid\nA,1,0,a\n", ("money", "1")),
        (
            "city,wants/cash,wants/training,needs/money,needs/training,_uuid\nA,1,0,,,a\n",
            ("money", "1"),
        ),
    ],
    ids=["joined", "split, with a path", "split, beside the new one"],
)
def test_a_multiple_is_renamed_with_its_codes(
    collected: Collect, text: str, expected: tuple[str, str | None]
) -> None:
    work = collected({"a.csv": text, "b.csv": "city,needs/money,needs/training,_uuid\nB,,,b\n"},
                     FORM, renames=RENAMES)  # fmt: skip
    sql = 'SELECT needs, "needs/money" FROM collect.submission WHERE record_id = 1'
    assert rows(work, sql) == [expected]


def test_a_rename_of_codes_alone_and_of_another_wave(collected: Collect) -> None:
    codes = (Rename("1", "hr_office", "hr_office", {"has": "yes"}), Rename("2", "city", "staff"))
    work = collected({"a.csv": "city,hr_office,_uuid\nA,has,a\nB,no,b\n"}, FORM, renames=codes)
    assert rows(work, "SELECT city, hr_office, staff FROM collect.submission") == [
        ("A", "yes", None),
        ("B", "no", None),
    ]


def test_two_answers_under_the_old_and_the_new_name_refuse_the_file(collected: Collect) -> None:
    with pytest.raises(RelevoError, match="columns 2 and 3 both mean this question and differ"):
        collected({"a.csv": OLD.replace("B,0,", "B,0,yes")}, FORM, renames=RENAMES)


def test_an_unconfirmed_rename_is_suggested_and_the_question_is_absent(collected: Collect) -> None:
    """Never "no": until a person confirms, the two older records do not have the question."""
    work = collected({"a.csv": OLD}, FORM)
    assert rows(work, ANSWERS) == [(None,), (None,), ("yes",)]
    assert rows(work, "SELECT unknown_headers, notes FROM collect.file") == [
        (["office"], ["rename_suggested office hr_office name values"])
    ]
    assert rows(work, "FROM collect.warning") == [
        (1, "hr_office", "rename_suggested"),
        (2, "hr_office", "rename_suggested"),
    ]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("city,number,_uuid\nA,3,a\n", []),  # nothing alike
        ("city,stafff,_uuid\nA,3,a\n", ["rename_suggested stafff staff name"]),
        ("city,stafff,_uuid\nA,many,a\n", []),  # its values are no numbers
        ("city,stafff,_uuid\nA,,a\n", []),  # it holds nothing
        ("city,stafff,staff,_uuid\nA,3,3,a\n", []),  # both are answered at once
        ("city,staff_1,staff,_uuid\nA,3,,a\n", []),  # another number is another question
        ("city,How many are?,_uuid\nA,3,a\n", ["rename_suggested How many are? staff name"]),
    ],
)
def test_a_rename_needs_evidence(collected: Collect, text: str, note: list[str]) -> None:
    work = collected({"a.csv": text}, FORM)
    assert rows(work, "SELECT notes FROM collect.file") == [(note,)]


def test_an_older_form_with_the_same_label_is_evidence(collected: Collect) -> None:
    older = questionnaire("""
        | type    | name | label     |
        |---------|------|-----------|
        | integer | n    | How many? |
        """)
    waves = (Wave("1", "1"), Wave("2", "2"))
    work = collected(
        {"1/a.csv": "n,_uuid\n3,a\n", "2/b.csv": "city,n,_uuid\nB,4,b\n"},
        waves=waves,
        questionnaires={"1": older, "2": FORM},
    )
    assert rows(work, "SELECT notes FROM collect.file ORDER BY file_id") == [
        ([],),
        (["rename_suggested n staff label"],),
    ]


def test_what_a_known_older_version_did_not_ask_is_absent(collected: Collect) -> None:
    """A blank is: the record names that version. An answer stays, whatever the version says."""
    first = replace(
        questionnaire("""
            | type    | name  | label     |
            |---------|-------|-----------|
            | text    | city  | City      |
            | integer | staff | How many? |
            """),
        version="v1",
    )
    text = """city,hr_office,needs/money,needs/training,staff,_version__001,_uuid
        A,,,,,v1,a
        B,no,,,3,v1,b
        C,,,,,v2,c
        D,,,,,,d""".replace("        ", "")
    work = collected(
        {"2/b.csv": text, "1/a.csv": "city,staff,_uuid\nZ,1,z\n"},
        waves=(Wave("1", "1"), Wave("2", "2")),
        questionnaires={"1": first, "2": replace(FORM, version="v2")},
    )
    sql = "SELECT hr_office, needs, \"needs/money\", staff FROM collect.submission WHERE wave = '2'"
    assert rows(work, sql) == [
        (None, None, None, ""),
        ("no", None, None, "3"),
        ("", "", "", ""),
        ("", "", "", ""),
    ]


def test_a_column_renamed_between_two_versions(shared: Path, collected: Collect) -> None:
    """50_two_form_versions.csv: eight rows of v2025-10 ask has_office with 1 and 0."""
    folder = shared / "nasty"
    form = read_questionnaire(folder / "form.xlsx")
    files = {"a.csv": (folder / "50_two_form_versions.csv").read_bytes()}
    sql = "SELECT list(has_hr_office ORDER BY record_id) FROM collect.submission"
    work = collected(files, form)
    assert rows(work, sql)[0][0][:8] == [None] * 8
    assert rows(work, "SELECT question, code, count(*) FROM collect.warning GROUP BY ALL") == [
        ("has_hr_office", "rename_suggested", 8)
    ]
    work = collected(files, form, renames=(Rename("", "has_office", "has_hr_office"),))
    assert rows(work, sql)[0][0][:8] == ["yes", "yes", "no", "yes", "yes", "no", "yes", "yes"]
    assert rows(work, "SELECT notes FROM collect.file") == [
        (["value_mapped has_hr_office 8", "renamed has_office has_hr_office"],)
    ]
