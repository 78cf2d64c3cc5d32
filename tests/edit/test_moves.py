"""The events of a register: kept one by one, moves checked, the present state as a view."""

from pathlib import Path

from pipeline.store import Work
from tests.edit.batch import cells, edited, ledger, rows
from tests.markdown import table

FORM = (
    """
    | type           | name   | label  | constraint        |
    |----------------|--------|--------|-------------------|
    | text           | city   | City   |                   |
    | select_one st  | state  | State  |                   |
    | date           | since  | Since  | . <= today()      |
    | integer        | people | People |                   |
    """,
    """
    | list_name | name      | label     |
    |-----------|-----------|-----------|
    | st        | pledged   | Pledged   |
    | st        | form      | Form      |
    | st        | validated | Validated |
    | st        | withdrawn | Withdrawn |
    """,
)
DECLARED = """
unit_kind = "institution"
record = "event"
[key]
unit = "city"
[register]
state = "state"
date = "since"
moves = ["pledged>form", "form>validated", "*>withdrawn"]
"""


def register(folder: Path, work: Work, answers: str) -> None:
    edited(folder, work, FORM, answers, {"survey.toml": DECLARED})


def present(work: Work) -> list[dict[str, str]]:
    found = rows(
        work,
        """SELECT unit_id, state, state_date, entered_on, response_id, events
           FROM edit.unit_state ORDER BY unit_id""",
    )
    names = ("city", "state", "since", "entered", "newest", "events")
    return [dict(zip(names, map(str, row), strict=True)) for row in found]


def test_every_event_stands_and_the_last_one_is_the_present_state(
    tmp_path: Path, work: Work
) -> None:
    register(
        tmp_path,
        work,
        """
        | submission_id | city | state     | since      | people |
        |---------------|------|-----------|------------|--------|
        | a3            | A    | validated | 2024-03-01 | 12     |
        | a1            | A    | pledged   | 2024-01-01 | 10     |
        | a2            | A    | form      | 2024-02-01 | 11     |
        | b1            | B    | pledged   | 2024-01-05 | 5      |
        | b2            | B    | pledged   | 2024-01-05 | 6      |
        | c1            | C    | pledged   | 2024-01-05 | 5      |
        | c2            | C    | withdrawn | 2024-04-05 | 5      |
        """,
    )
    assert {verdict for _, verdict, _ in ledger(work)} == {"loaded"}
    assert present(work) == table("""
        | city | state     | since      | entered    | newest | events |
        |------|-----------|------------|------------|--------|--------|
        | A    | validated | 2024-03-01 | 2024-01-01 | a3     | 3      |
        | B    | pledged   | 2024-01-05 | 2024-01-05 | b2     | 2      |
        | C    | withdrawn | 2024-04-05 | 2024-01-05 | c2     | 2      |
        """)


def test_a_move_that_is_not_declared_is_set_aside_and_the_state_before_it_stays(
    tmp_path: Path, work: Work
) -> None:
    register(
        tmp_path,
        work,
        """
        | submission_id | city | state     | since      | people |
        |---------------|------|-----------|------------|--------|
        | a1            | A    | pledged   | 2024-01-01 | 10     |
        | a2            | A    | validated | 2024-02-01 | 11     |
        | a3            | A    | form      | 2024-03-01 | 12     |
        | b1            | B    | form      | 2024-01-01 | 5      |
        | c1            | C    | pledged   | 2024-01-01 | 7      |
        | c2            | C    | withdrawn | 2024-02-01 | 7      |
        | c3            | C    | pledged   | 2024-03-01 | 7      |
        """,
    )
    assert cells(work, "state", "people") == table("""
        | submission_id | state                        | people |
        |---------------|------------------------------|--------|
        | a1            | pledged                      | 10     |
        | a2            | *set_aside* move_not_allowed | 11     |
        | a3            | form                         | 12     |
        | b1            | *set_aside* move_not_allowed | 5      |
        | c1            | pledged                      | 7      |
        | c2            | withdrawn                    | 7      |
        | c3            | *set_aside* move_not_allowed | 7      |
        """)
    assert [(row["city"], row["state"], row["newest"]) for row in present(work)] == [
        ("A", "form", "a3"),
        ("C", "withdrawn", "c2"),
    ]
    asked = work.members.execute(
        "SELECT unit_id, question, received FROM edit.open_matter WHERE code = 'move_not_allowed'"
    ).fetchall()
    assert asked == [("A", "state", "validated"), ("B", "state", "form"), ("C", "state", "pledged")]


def test_an_event_without_a_day_that_stands_moves_nothing(tmp_path: Path, work: Work) -> None:
    register(
        tmp_path,
        work,
        """
        | submission_id | submitted_at         | city | state   | since      | people |
        |---------------|----------------------|------|---------|------------|--------|
        | a1            | 2024-01-02T00:00:00Z | A    | pledged | 2024-01-01 | 1      |
        | a2            | 2024-02-02T00:00:00Z | A    | form    | 2025-02-01 | 2      |
        """,
    )
    assert cells(work, "state", "since")[1] == {
        "submission_id": "a2",
        "state": "form",
        "since": "*set_aside* constraint_broken",
    }
    assert [(row["state"], row["newest"]) for row in present(work)] == [("pledged", "a1")]
