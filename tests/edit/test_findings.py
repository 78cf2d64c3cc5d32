"""What is told of the answers: counted for the house, and asked of a government."""

from pathlib import Path

from pipeline.store import Work
from tests.edit.batch import edited

FORM = (
    """
    | type          | name  | label  | required | pii      | constraint           |
    |---------------|-------|--------|----------|----------|----------------------|
    | text          | city  | City   |          |          |                      |
    | integer       | money | Money  | yes      |          |                      |
    | integer       | phone | Phone  |          | direct   |                      |
    | text          | words | Words  |          |          | string-length(.) < 9 |
    | select_one yn | plan  | A plan |          |          |                      |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    """,
)
INSTITUTIONS = {"survey.toml": 'unit_kind = "institution"\n[key]\nunit = "city"\n'}
ANSWERS = """
    | submission_id | city | money     | phone    | words              | plan          |
    |---------------|------|-----------|----------|--------------------|---------------|
    | s1            | A    | 1.234.567 | 099-1234 | Ana Pérez, Quilmes | ana@x.example |
    | s2            | B    |           | 12       | short              | Sí            |
    | s3            | C    |           | 12       | short              | yes           |
    """


def test_a_government_is_asked_and_no_person_is_named(tmp_path: Path, work: Work) -> None:
    edited(tmp_path, work, FORM, ANSWERS, INSTITUTIONS)
    asked = work.members.execute(
        "SELECT unit_id, question, code, severity, received FROM edit.open_matter"
    ).fetchall()
    assert sorted(asked) == [
        ("A", "money", "repaired_number", "warning", "1.234.567"),
        ("A", "phone", "not_an_integer", "error", ""),
        ("A", "plan", "unknown_choice", "error", ""),
        ("A", "words", "constraint_broken", "error", ""),
        ("B", "money", "required_unanswered", "warning", ""),
        ("B", "plan", "unknown_choice", "error", "Sí"),
        ("C", "money", "required_unanswered", "warning", ""),
    ]


def test_persons_are_counted_and_never_asked_one_by_one(tmp_path: Path, work: Work) -> None:
    strata = '[key]\nunit = "city"\none_per_unit = "none"\n'
    edited(tmp_path, work, FORM, ANSWERS, {"survey.toml": strata})
    assert work.members.execute("SELECT * FROM edit.open_matter").fetchall() == []
    told = work.members.execute(
        "SELECT question, code, severity, count, submissions, records FROM edit.summary "
        "WHERE kind = 'rule' AND question IN ('money', 'plan')"
    ).fetchall()
    assert told == [
        ("money", "repaired_number", "warning", 1, 1, [1]),
        ("money", "required_unanswered", "warning", 2, 2, [2, 3]),
        ("plan", "unknown_choice", "error", 2, 2, [1, 2]),
    ]


def test_what_reading_saw_is_told_to_the_house_and_asked_of_nobody(
    tmp_path: Path, work: Work
) -> None:
    """Of records that stand only: record 1 is removed by the log."""
    removed = {"cleaning_log.csv": "submission_id,question,action,new_value\ns1,,remove,\n"}
    warnings = [(1, "", "extra_cell"), (2, "", "extra_cell"), (3, "plan", "rename_suggested")]
    files = INSTITUTIONS | removed
    edited(tmp_path, work, FORM, ANSWERS, files, warnings=warnings)
    sql = """SELECT submission_id, question, code, severity FROM edit.violation
             WHERE code IN ('extra_cell', 'rename_suggested')"""
    assert work.confidential.execute(sql).fetchall() == [
        ("s2", "", "extra_cell", "warning"),
        ("s3", "plan", "rename_suggested", "warning"),
    ]
    asked = work.members.execute("SELECT code FROM edit.open_matter").fetchall()
    assert {code for (code,) in asked} == {"required_unanswered", "unknown_choice"}


def test_the_summary_counts_verdicts_states_and_units(tmp_path: Path, work: Work) -> None:
    edited(tmp_path, work, FORM, ANSWERS, INSTITUTIONS)
    counted = work.members.execute(
        "SELECT kind, question, code, count FROM edit.summary "
        "WHERE kind IN ('verdict', 'reason', 'unit') OR question = 'money' AND kind = 'state'"
    ).fetchall()
    assert counted == [
        ("verdict", "", "loaded", 3),
        ("reason", "", "stands", 3),
        ("unit", "", "answered", 3),
        ("state", "money", "asked", 3),
        ("state", "money", "answered", 1),
        ("state", "money", "unanswered", 2),
    ]


def test_a_quarantined_record_is_listed_with_its_place_and_without_what_was_typed(
    tmp_path: Path, work: Work
) -> None:
    """Only a government that the frame knows is named: anything may stand in that cell."""
    frame = {
        "survey.toml": INSTITUTIONS["survey.toml"] + '[frame]\nfile = "f.csv"\nscope = "closed"\n',
        "f.csv": "unit_id,name_official,iso2\nA,A,AR\n",
        "cleaning_log.csv": "submission_id,question,action,new_value\ns1,,remove,\n",
    }
    edited(tmp_path, work, FORM, ANSWERS, frame, others=[("unreadable", "cut_record")])
    assert work.members.execute("FROM edit.quarantine").fetchall() == [
        ("1", 1, "a.csv", "", 1, 2, "", "removed_by_log", "A"),
        ("1", 2, "a.csv", "", 2, 3, "", "unknown_unit", ""),
        ("1", 3, "a.csv", "", 3, 4, "", "unknown_unit", ""),
        ("1", 4, "a.csv", "", 4, 5, "", "cut_record", ""),
    ]
