"""One fact asked in two surveys: who is asked which is right, who is invited; and actions."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.ask import tables
from pipeline.edit import edit
from pipeline.errors import Problem, RelevoError
from pipeline.estimate import estimate
from pipeline.store import Work, open_work, write_table
from tests.edit.batch import collected, survey
from tests.estimate import test_register

CAMPAIGN = test_register.FORM
SURVEY = (
    """
    | type           | name     | label      |
    |----------------|----------|------------|
    | text           | city     | City       |
    | select_one yn  | has_plan | A plan?    |
    | select_one yn  | named    | Named?     |
    """,
    """
    | list_name | name  | label          | missing_kind |
    |-----------|-------|----------------|--------------|
    | yn        | yes   | Yes            |              |
    | yn        | no    | No             |              |
    | yn        | dk    | Does not know  | dont_know    |
    """,
)
DECLARED = """
unit_kind = "institution"
joins = ["campaign"]
[same_fact]
has_plan = "campaign.plan"
[key]
unit = "city"
publish = { question = "named", named = ["yes"] }
"""
ANSWERS = """
    | submission_id | city | has_plan | named |
    |---------------|------|----------|-------|
    | a             | A    | yes      | yes   |
    | b             | B    | no       | yes   |
    | c             | C    | dk       | yes   |
    | d             | D    | no       | yes   |
    | e             | E    | yes      | yes   |
    | f             | F    | yes      | yes   |
    | g             | G    | yes      | yes   |
    | h             | H    | no       | yes   |
    | i             | I    | yes      | no    |
    """


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """The release of a register: A published, B C validated, D form, E pledged, F withdrawn."""
    return released(tmp_path)


def released(folder: Path, threshold: int = 1) -> Path:
    with open_work(folder / "release") as work:
        test_register.estimated(folder / "campaign", work, threshold)
        found = survey(folder / "campaign", CAMPAIGN)
        for name, frame in tables(found).items():
            write_table(work.survey, name, frame)
    return folder / "release"


def joined(folder: Path, campaign: Path, answers: str, log: str = "", declared: str = "") -> Work:
    """The survey, estimated beside the release of the campaign."""
    files = {"survey.toml": declared or DECLARED}
    files |= {"cleaning_log.csv": log} if log else {}
    found = survey(folder / "survey", SURVEY, files)
    with open_work(folder / "work", joined={"campaign": campaign}) as work:
        collected(found, work, answers)
        edit(found, work)
        estimate(found, work)
    return work


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with open_work(folder / "work") as work:
        return work.members.execute(sql).fetchall()


MATTERS = "SELECT unit_id, question, code, severity, received FROM estimate.open_matter"
INVITED = "SELECT unit_id, register, state FROM estimate.invitation ORDER BY unit_id"


def test_answers_that_differ_are_open_matters_and_both_stand(
    tmp_path: Path, campaign: Path
) -> None:
    joined(tmp_path, campaign, ANSWERS)
    assert rows(tmp_path, MATTERS) == [
        (unit, "has_plan", Problem.facts_disagree.name, "warning", received)
        for unit, received in (("B", "no"), ("D", "no"), ("E", "yes"))
    ]


def test_what_the_log_confirmed_is_not_asked_again(tmp_path: Path, campaign: Path) -> None:
    log = (
        "submission_id,question,action,old_value,new_value,reason,who,date\n"
        "b,has_plan,none,no,,confirmed by telephone,desk,2025-05-01\n"
    )
    joined(tmp_path, campaign, ANSWERS, log)
    assert [unit for unit, *_ in rows(tmp_path, MATTERS)] == ["D", "E"]


def test_invited_is_who_has_it_and_never_joined(tmp_path: Path, campaign: Path) -> None:
    """E has only begun; F left; G is not in the register at all; I did not agree to be named."""
    joined(tmp_path, campaign, ANSWERS)
    assert rows(tmp_path, INVITED) == [
        ("", "campaign", ""),
        ("E", "campaign", "pledged"),
        ("G", "campaign", ""),
    ]


@pytest.mark.parametrize("fact", ["campaign.plann", "campain.plan"])
def test_a_fact_that_the_other_survey_does_not_ask_is_told(
    tmp_path: Path, campaign: Path, fact: str
) -> None:
    declared = DECLARED.replace("campaign.plan", fact)
    with pytest.raises(RelevoError) as error:
        joined(tmp_path, campaign, ANSWERS, declared=declared)
    (finding,) = error.value.findings
    assert finding.problem is Problem.unknown_question
    assert "nearest" in str(finding)


@pytest.mark.parametrize(
    ("threshold", "numbers"), [(1, (3, 5, "yes", 1)), (4, (None, None, "c", 4))]
)
def test_of_a_register_with_goals_the_survey_keeps_what_was_cleared_there(
    tmp_path: Path, threshold: int, numbers: tuple[object, ...]
) -> None:
    work = joined(tmp_path, released(tmp_path, threshold), ANSWERS)
    with open_work(work.folder) as again:
        (row,) = again.survey.execute("FROM estimate.joined_register").fetchall()
        said = again.survey.execute(
            "SELECT code, text FROM estimate.joined_label WHERE kind = 'state' ORDER BY code"
        ).fetchall()
    assert row[:5] == ("campaign", "1", date(2025, 1, 1), "10 100", "validated published")
    assert row[5:] == numbers
    assert said[-2:] == [("validated", "Validated"), ("withdrawn", "Withdrawn")]


def test_a_joined_survey_that_is_no_register_has_no_goals(tmp_path: Path) -> None:
    other = tmp_path / "other"
    found = survey(other / "survey", SURVEY, {"survey.toml": 'unit_kind = "institution"\n'})
    with open_work(other / "work") as work:
        for name, frame in tables(found).items():
            write_table(work.survey, name, frame)
        collected(found, work, ANSWERS)
        edit(found, work)
        estimate(found, work)
    declared = DECLARED.replace("campaign.plan", "campaign.has_plan")
    work = joined(tmp_path, other / "work", ANSWERS, declared=declared)
    with open_work(work.folder) as again:
        assert not again.survey.execute("FROM estimate.joined_register").fetchall()


ACTIONS = (
    """
    | type                                 | name   | label  | relevant            | disclosure |
    |--------------------------------------|--------|--------|---------------------|------------|
    | text                                 | title  | Title  |                     | public     |
    | select_one line                      | line   | Line   |                     | public     |
    | date                                 | day    | Day    |                     | public     |
    | select_one status                    | status | Status |                     | public     |
    | select_multiple_from_file registry.csv | who  | Who    | ${status} = 'held'  | public     |
    | text                                 | link   | Link   |                     | public     |
    """,
    """
    | list_name | name    | label   |
    |-----------|---------|---------|
    | line      | R1      | Voice   |
    | line      | R2      | Meeting |
    | status    | held    | Held    |
    | status    | planned | Planned |
    """,
)
LOG = {
    "survey.toml": """
unit_kind = "institution"
record = "event"
[frame]
file = "frame.csv"
membership = "membership.csv"
scope = "closed"
[[wave]]
closes = 2025-05-09
[disclosure]
threshold = 1
[action]
title = "title"
line = "line"
date = "day"
status = "status"
held = ["held"]
attending = "who"
evidence = "link"
""",
    "frame.csv": "unit_id,name_official,iso2\nA,A,AR\nB,B,AR\nC,C,AR\nD,D,AR\n",
    "membership.csv": "unit_id,network,valid_from,valid_to\nA,n,2020-01-01,\nB,n,2020-01-01,\n"
    "C,n,2020-01-01,\nD,n,2020-01-01,2021-01-01\n",
}


def test_a_log_of_actions_tells_who_took_part_and_who_never_did(tmp_path: Path, work: Work) -> None:
    found = survey(tmp_path, ACTIONS, LOG)
    collected(
        found,
        work,
        """
        | submission_id | title                    | line | day        | status  | who   | link |
        |---------------|--------------------------|------|------------|---------|-------|------|
        | 1             | Forum                    | R1   | 2024-03-01 | held    | A B   | x    |
        | 2             | Call Ana 099 123 456     | R1   | 2024-02-01 | held    | A D   |      |
        | 3             | Workshop                 | R2   | 2025-09-01 | planned |       |      |
        | 4             | Meeting                  | R2   | 2024-04-01 | held    | A Z   |      |
        """,
    )
    edit(found, work)
    estimate(found, work)
    listed = work.survey.execute(
        "SELECT action_id, line, title, is_held, link, attending FROM estimate.action"
    ).fetchall()
    assert listed == [
        ("2", "R1", None, True, None, 2),  # a title that may hold a number stays in
        ("1", "R1", "Forum", True, "x", 2),
        ("4", "R2", "Meeting", True, None, 0),  # one of the units is unknown: set aside
        ("3", "R2", "Workshop", False, None, 0),
    ]
    took_part = work.members.execute(
        "SELECT unit_id, action_id, is_member FROM estimate.attendance ORDER BY ALL"
    ).fetchall()
    assert took_part == [
        ("A", "1", True),
        ("A", "2", True),
        ("B", "1", True),
        ("C", "", True),
        ("D", "2", False),
    ]
