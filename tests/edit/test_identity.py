"""Which submission stands: copies, edits, the frame, one answer per government, consent."""

from pathlib import Path

import pytest

from pipeline.errors import Problem, RelevoError
from pipeline.store import Work
from tests.edit.batch import edited, ledger, rows, verdicts

CITY = (
    """
    | type          | name       | label      | relevant           | required |
    |---------------|------------|------------|--------------------|----------|
    | text          | city       | City       |                    | yes      |
    | text          | country    | Country    |                    |          |
    | select_one yn | consent    | Consent    |                    | yes      |
    | select_one yn | has_office | An office? | ${consent} = 'yes' | yes      |
    | integer       | population | People     | ${consent} = 'yes' | yes      |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """,
)
KEY = """
unit_kind = "institution"
[key]
unit = "city"
consent = { question = "consent" }
"""
FRAME = {
    "survey.toml": f"""
{KEY}
[frame]
file = "frame.csv"
membership = "membership.csv"
network = "net"
scope = "closed"
[[wave]]
id = "1"
closes = 2025-05-09
""",
    "frame.csv": (
        "unit_id,name_official,iso2,population\nAR-a,A,AR,1000\nAR-b,B,AR,1000\nUY-c,C,UY,1000\n"
    ),
    "membership.csv": (
        "unit_id,network,valid_from,valid_to\nAR-a,net,2020-01-01,\nAR-b,net,2020-01-01,2024-12-31\n"
        "UY-c,net,2020-01-01,\n"
    ),
}


def test_an_edit_replaces_what_it_edits(tmp_path: Path, work: Work) -> None:
    edited(
        tmp_path,
        work,
        CITY,
        """
        | submission_id | root_id | deprecated_id | submitted_at         | city |
        |---------------|---------|---------------|----------------------|------|
        | first         | first   |               | 2025-03-04T10:00:00Z | A    |
        | second        | first   | first         | 2025-03-04T10:00:00Z | B    |
        | old           | root    |               | 2025-03-04T23:00:00Z | C    |
        | new           | root    |               | 2025-03-04T21:30:00-03:00 | D |
        | alone         | alone   |               |                      | E    |
        """,
    )
    assert ledger(work) == verdicts(
        """
        | submission_id | verdict    | reason              |
        |---------------|------------|---------------------|
        | first         | superseded | edited_resubmission |
        | second        | loaded     | stands              |
        | old           | superseded | edited_resubmission |
        | new           | loaded     | stands              |
        | alone         | loaded     | stands              |
        """
    )


def test_an_equal_copy_counts_once_and_a_contradiction_not_at_all(
    tmp_path: Path, work: Work
) -> None:
    edited(
        tmp_path,
        work,
        CITY,
        """
        | submission_id | city |
        |---------------|------|
        | s1            | A    |
        | s1            | A    |
        | s2            | B    |
        | s2            | C    |
        """,
    )
    assert ledger(work) == verdicts(
        """
        | submission_id | verdict     | reason                |
        |---------------|-------------|-----------------------|
        | s1            | loaded      | stands                |
        | s1            | duplicate   | equal_copy            |
        | s2            | quarantined | same_id_other_content |
        | s2            | quarantined | same_id_other_content |
        """
    )


TWICE = """
    | submission_id | submitted_at     | city | consent | has_office | population |
    |---------------|------------------|------|---------|------------|------------|
    | older         | 2025-03-01 10:00 | A    | yes     | yes        | 10         |
    | newest        | 2025-03-03 10:00 | A    | yes     |            |            |
    | newer         | 2025-03-02 10:00 | A    | yes     | no         | 10         |
    | same moment   | 2025-03-02 10:00 | B    | yes     | yes        | 10         |
    | same moment 2 | 2025-03-02 10:00 | B    | yes     | no         | 10         |
    | double click  | 2025-03-02 10:00 | C    | yes     | yes        | 30         |
    | double click 2 | 2025-03-02 10:01 | C    | yes     | yes        | 30         |
    """


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "newest_complete",
            """
            | submission_id  | verdict     | reason         |
            |----------------|-------------|----------------|
            | older          | superseded  | older_answer   |
            | newest         | superseded  | older_answer   |
            | newer          | loaded      | stands         |
            | same moment    | quarantined | tie_of_answers |
            | same moment 2  | quarantined | tie_of_answers |
            | double click   | duplicate   | equal_copy     |
            | double click 2 | loaded      | stands         |
            """,
        ),
        (
            "first",
            """
            | submission_id  | verdict     | reason         |
            |----------------|-------------|----------------|
            | older          | loaded      | stands         |
            | newest         | superseded  | later_answer   |
            | newer          | superseded  | later_answer   |
            | same moment    | quarantined | tie_of_answers |
            | same moment 2  | quarantined | tie_of_answers |
            | double click   | duplicate   | equal_copy     |
            | double click 2 | loaded      | stands         |
            """,
        ),
        (
            "by_hand",
            """
            | submission_id  | verdict     | reason         |
            |----------------|-------------|----------------|
            | older          | quarantined | tie_of_answers |
            | newest         | quarantined | tie_of_answers |
            | newer          | quarantined | tie_of_answers |
            | same moment    | quarantined | tie_of_answers |
            | same moment 2  | quarantined | tie_of_answers |
            | double click   | duplicate   | equal_copy     |
            | double click 2 | loaded      | stands         |
            """,
        ),
        (
            "none",
            """
            | submission_id  | verdict     | reason         |
            |----------------|-------------|----------------|
            | older          | loaded      | stands         |
            | newest         | loaded      | stands         |
            | newer          | loaded      | stands         |
            | same moment    | loaded      | stands         |
            | same moment 2  | loaded      | stands         |
            | double click   | duplicate   | equal_copy     |
            | double click 2 | loaded      | stands         |
            """,
        ),
    ],
)
def test_one_answer_per_unit_by_the_declared_rule(
    tmp_path: Path, work: Work, rule: str, expected: str
) -> None:
    files = {"survey.toml": f'{KEY}one_per_unit = "{rule}"\n'}
    edited(tmp_path, work, CITY, TWICE, files)
    assert ledger(work) == verdicts(expected)
    warned = rows(work, "SELECT submission_id FROM edit.violation WHERE code = 'two_answers'")
    assert [name for (name,) in warned] == [
        "older",
        "newest",
        "newer",
        "same moment",
        "same moment 2",
    ]


def test_a_person_decides_between_two_answers(tmp_path: Path, work: Work) -> None:
    files = {"survey.toml": KEY, "decisions.csv": "submission_id\nsame moment\nuuid:OLDER\n"}
    edited(tmp_path, work, CITY, TWICE, files)
    assert ledger(work)[:5] == verdicts(
        """
        | submission_id | verdict    | reason          |
        |---------------|------------|-----------------|
        | older         | loaded     | stands          |
        | newest        | superseded | decided_by_hand |
        | newer         | superseded | decided_by_hand |
        | same moment   | loaded     | stands          |
        | same moment 2 | superseded | decided_by_hand |
        """
    )


@pytest.mark.parametrize(
    ("decisions", "problem"),
    [
        ("submission_id\nnobody\n", Problem.decision_matches_nothing),
        ("keep\nolder\n", Problem.decision_column_missing),
    ],
)
def test_a_decision_about_nothing_stops_the_run(
    tmp_path: Path, work: Work, decisions: str, problem: Problem
) -> None:
    with pytest.raises(RelevoError) as error:
        edited(tmp_path, work, CITY, TWICE, {"survey.toml": KEY, "decisions.csv": decisions})
    assert [finding.problem for finding in error.value.findings] == [problem]


def test_a_submission_outside_the_frame_is_quarantined_and_displaces_nobody(
    tmp_path: Path, work: Work
) -> None:
    edited(
        tmp_path,
        work,
        CITY,
        """
        | submission_id | submitted_at | city | country | consent | has_office | population |
        |---------------|--------------|------|---------|---------|------------|------------|
        | member        | 2025-03-01   | AR-a | AR      | yes     | yes        | 1900       |
        | misplaced     | 2025-03-02   | AR-a | UY      | yes     | yes        | 1000       |
        | stranger      | 2025-03-03   | XX-x | AR      | yes     | yes        | 1000       |
        | left before   | 2025-03-03   | AR-b | AR      | yes     | yes        | 1000       |
        | nameless      | 2025-03-03   |      |         | yes     | yes        | 1000       |
        | other member  | 2025-03-03   | UY-c |         | yes     | yes        | 3100       |
        """,
        FRAME,
    )
    assert ledger(work) == verdicts(
        """
        | submission_id | verdict     | reason           |
        |---------------|-------------|------------------|
        | member        | loaded      | stands           |
        | misplaced     | quarantined | country_mismatch |
        | stranger      | quarantined | unknown_unit     |
        | left before   | quarantined | not_a_member     |
        | nameless      | quarantined | unknown_unit     |
        | other member  | loaded      | stands           |
        """
    )
    assert rows(work, "SELECT submission_id, code FROM edit.violation") == [
        ("other member", "population_ratio")
    ]
    matters = work.members.execute(
        "SELECT unit_id, question, code, received FROM edit.open_matter ORDER BY ALL"
    ).fetchall()
    assert matters == [
        ("AR-a", "city", "country_mismatch", "2025-03-02"),
        ("AR-b", "city", "not_a_member", "2025-03-03"),
        ("UY-c", "population", "population_ratio", "3100"),
        ("XX-x", "city", "unknown_unit", "2025-03-03"),
    ]


def test_an_open_frame_takes_unknown_units(tmp_path: Path, work: Work) -> None:
    files = FRAME | {"survey.toml": FRAME["survey.toml"].replace("closed", "open")}
    answers = """
        | submission_id | city | country |
        |---------------|------|---------|
        | stranger      | XX-x | AR      |
        | misplaced     | AR-a | UY      |
        """
    edited(tmp_path, work, CITY, answers, files)
    assert [reason for *_, reason in ledger(work)] == ["stands", "country_mismatch"]


def test_a_refusal_keeps_unit_wave_and_date_and_brings_no_older_version_back(
    tmp_path: Path, work: Work
) -> None:
    edited(
        tmp_path,
        work,
        CITY,
        """
        | submission_id | root_id | submitted_at | city | consent | population |
        |---------------|---------|--------------|------|---------|------------|
        | said yes      | r       | 2025-03-01   | A    | yes     | twelve     |
        | said no       | r       | 2025-03-02   | A    | no      | thirteen   |
        """,
        {"survey.toml": KEY},
    )
    assert ledger(work) == verdicts(
        """
        | submission_id | verdict    | reason              |
        |---------------|------------|---------------------|
        | said yes      | superseded | edited_resubmission |
        | said no       | loaded     | consent_refused     |
        """
    )
    kept = rows(work, "SELECT unit_id, wave, CAST(submitted_on AS VARCHAR) FROM edit.ledger")
    assert kept == [("A", "1", "2025-03-01"), ("A", "1", "2025-03-02")]
    for table in ("response", "state", "answer", "violation"):
        assert rows(work, f"SELECT * FROM edit.{table}") == []
    assert work.members.execute("SELECT * FROM edit.open_matter").fetchall() == []


def test_the_last_revision_of_a_submission_counts_where_the_tool_numbers_them(
    tmp_path: Path, work: Work
) -> None:
    """An export before the edit and one after it, in any order; c was edited back."""
    edited(
        tmp_path,
        work,
        CITY,
        """
        | submission_id | revision | city |
        |---------------|----------|------|
        | a             | 000000   | A    |
        | a             | 000002   | B    |
        | b             | 000010   | C    |
        | b             | 000002   | D    |
        | c             | 000000   | E    |
        | c             | 000001   | F    |
        | c             | 000002   | E    |
        | d             | 000001   | G    |
        | d             | 000001   | H    |
        | e             |          | I    |
        | e             | 000001   | J    |
        """,
    )
    conflict = ("quarantined", "same_id_other_content")
    earlier = ("superseded", "edited_resubmission")
    assert [line[1:] for line in ledger(work)] == [
        earlier,
        ("loaded", "stands"),
        ("loaded", "stands"),
        earlier,
        ("duplicate", "equal_copy"),
        earlier,
        ("loaded", "stands"),
        *([conflict] * 4),
    ]


def test_what_the_network_rejected_does_not_stand_and_its_doubts_are_shown(
    tmp_path: Path, work: Work
) -> None:
    edited(
        tmp_path,
        work,
        CITY,
        """
        | submission_id | revision | review_state | city |
        |---------------|----------|--------------|------|
        | a             |          | rejected     | A    |
        | b             |          | hasIssues    | B    |
        | c             |          | approved     | C    |
        | d             | 000000   |              | D    |
        | d             | 000001   | rejected     | E    |
        """,
    )
    assert ledger(work) == verdicts(
        """
        | submission_id | verdict     | reason              |
        |---------------|-------------|---------------------|
        | a             | quarantined | review_rejected     |
        | b             | loaded      | stands              |
        | c             | loaded      | stands              |
        | d             | superseded  | edited_resubmission |
        | d             | quarantined | review_rejected     |
        """
    )
    assert rows(work, "SELECT submission_id, code, severity FROM edit.violation") == [
        ("b", "review_has_issues", "warning")
    ]


def test_a_copy_from_an_export_with_fewer_columns_says_nothing_new(
    tmp_path: Path, work: Work
) -> None:
    """Blank is not "no such column": of equal copies the one with the column stands."""
    edited(
        tmp_path,
        work,
        CITY,
        """
        | submission_id | city | consent | has_office | population |
        |---------------|------|---------|------------|------------|
        | a             | A    | yes     | ∅          | ∅          |
        | a             | A    | yes     | no         | 7          |
        | a             | A    | yes     | no         | ∅          |
        | b             | B    | yes     | ∅          | 8          |
        | b             | B    | yes     | yes        | 9          |
        | c             | C    | yes     | ∅          | 5          |
        | c             | C    | yes     | yes        | ∅          |
        | d             | D    | yes     | ∅          | 5          |
        | d             | D    | yes     |            | 5          |
        """,
        {
            "cleaning_log.csv": "submission_id,question,action,old_value,new_value\n"
            "a,has_office,change,no,yes\n"
        },
    )
    assert ledger(work) == verdicts(
        """
        | submission_id | verdict     | reason                |
        |---------------|-------------|-----------------------|
        | a             | duplicate   | partial_copy          |
        | a             | loaded      | stands                |
        | a             | duplicate   | partial_copy          |
        | b             | quarantined | same_id_other_content |
        | b             | quarantined | same_id_other_content |
        | c             | quarantined | same_id_other_content |
        | c             | quarantined | same_id_other_content |
        | d             | duplicate   | equal_copy            |
        | d             | loaded      | stands                |
        """
    )
    sql = "SELECT response_id, has_office FROM edit.response ORDER BY ALL"
    assert rows(work, sql) == [("a", "yes"), ("d", None)]
    states = rows(work, "SELECT has_office FROM edit.state WHERE response_id = 'd'")
    assert states == [("unanswered",)]
