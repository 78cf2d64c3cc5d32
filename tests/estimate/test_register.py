"""A register in numbers: who counts, the funnel, its outcome, the pace, what is hidden."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.ask import Survey, read_survey
from pipeline.collect import collect
from pipeline.edit import edit
from pipeline.estimate import estimate
from pipeline.estimate.register import projection, recent
from pipeline.store import Work
from tests.edit.batch import collected, survey
from tests.markdown import table

FORM = (
    """
    | type           | name    | label     | disclosure |
    |----------------|---------|-----------|------------|
    | text           | city    | City      | public     |
    | select_one st  | state   | State     | network    |
    | date           | since   | Since     | network    |
    | select_one yn  | plan    | Plan?     | public     |
    | date           | adopted | Adopted   | public     |
    | text           | link    | Link      | public     |
    | select_one yn  | named   | Named?    | public     |
    """,
    """
    | list_name | name      | label     |
    |-----------|-----------|-----------|
    | st        | pledged   | Pledged   |
    | st        | form      | Form      |
    | st        | validated | Validated |
    | st        | published | Published |
    | st        | withdrawn | Withdrawn |
    | yn        | yes       | Yes       |
    | yn        | no        | No        |
    """,
)
DECLARED = """
unit_kind = "institution"
record = "event"
[key]
unit = "city"
publish = { question = "named", named = ["yes"] }
[frame]
file = "frame.csv"
scope = "open"
[[wave]]
closes = 2025-01-01
[register]
state = "state"
date = "since"
moves = ["pledged>form", "form>validated", "validated>published", "*>withdrawn"]
counted = ["validated", "published"]
goals = [10, 100]
until = 2026-01-01
[register.outcome]
question = "plan"
date = "adopted"
evidence = "link"
[groups]
by = ["area"]
[disclosure]
threshold = {threshold}
"""
# unit: the days of its steps, whether it has a plan, since when, with a link or not
UNITS = """
    | unit | area | people | pledged    | form       | validated  | published  | withdrawn  | plan | adopted    | link |
    |------|------|--------|------------|------------|------------|------------|------------|------|------------|------|
    | A    | n    | 60000  | 2023-01-01 | 2023-01-11 | 2023-03-01 | 2023-04-01 |            | yes  | 2020-05-05 | x    |
    | B    | n    | 30000  | 2023-02-01 | 2023-02-21 | 2024-05-01 |            |            | yes  | 2024-01-01 | x    |
    | C    | n    | 12000  | 2024-01-01 | 2024-01-31 | 2024-08-01 |            |            | no   |            |      |
    | D    | s    | 1000   | 2024-02-01 | 2024-03-12 |            |            |            | yes  | 2024-02-01 |      |
    | E    | s    | 1000   | 2024-02-01 |            |            |            |            | no   |            |      |
    | F    | s    | 9000   | 2024-01-01 | 2024-02-01 | 2024-03-01 |            | 2024-04-01 | yes  | 2020-01-01 | x    |
    """  # noqa: E501
STEPS = ("pledged", "form", "validated", "published", "withdrawn")
Results = dict[tuple[str, str], Mapping[str, Any]]


def events(units: Sequence[Mapping[str, str]], unnamed: str = "") -> str:
    lines = [["submission_id", "city", "state", "since", "plan", "adopted", "link", "named"]]
    for unit in units:
        for step in STEPS:
            if unit[step]:
                about = [unit[name] for name in ("plan", "adopted", "link")]
                about.append("no" if unit["unit"] in unnamed.split() else "yes")
                lines.append([unit["unit"] + step, unit["unit"], step, unit[step], *about])
    lines.insert(1, ["---"] * 8)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def estimated(folder: Path, work: Work, threshold: int = 1, unnamed: str = "") -> Results:
    """The rows of the register that leave, by subject and choice (of the network)."""
    units = table(UNITS)
    frame = "\n".join(f"{u['unit']},{u['unit']},AR,{u['area']},{u['people']}" for u in units)
    files = {
        "survey.toml": DECLARED.replace("{threshold}", str(threshold)),
        "frame.csv": f"unit_id,name_official,iso2,area,population\n{frame}\n",
    }
    found = survey(folder, FORM, files)
    collected(found, work, events(units, unnamed))
    edit(found, work)
    estimate(found, work)
    rows = work.survey.execute(
        """SELECT * FROM estimate.result
           WHERE subject_kind = 'register' AND group_kind = 'network'"""
    ).df()
    return {(row["subject"], row["choice"]): row for row in rows.to_dict("records")}


def test_counted_is_what_reached_a_state_that_counts_and_was_not_withdrawn(
    tmp_path: Path, work: Work
) -> None:
    found = estimated(tmp_path, work)
    assert (found["counted", ""]["count"], found["counted", ""]["n"]) == (3, 5)
    assert found["ended", ""]["count"] == 1
    entries = work.members.execute(
        "SELECT unit_id, state, is_counted, has_ended, outcome, has_evidence FROM estimate.entry"
    ).fetchall()
    assert entries == [
        ("A", "published", True, False, "before", True),
        ("B", "validated", True, False, "after", True),
        ("C", "validated", True, False, "", False),
        ("D", "form", False, False, "after", False),
        ("E", "pledged", False, False, "", False),
        ("F", "withdrawn", False, True, "before", True),
    ]


def test_the_funnel_counts_who_came_to_each_step_and_the_median_days_between(
    tmp_path: Path, work: Work
) -> None:
    found = estimated(tmp_path, work)
    reached = {choice: row["count"] for (subject, choice), row in found.items()
               if subject == "reached"}  # fmt: skip
    assert reached == {"pledged": 5, "form": 4, "validated": 3, "published": 1}
    assert found["days", "pledged>form"]["estimate"] == 25  # 10, 20, 30, 40
    assert found["days", "form>validated"]["n"] == 3


def test_the_outcome_is_told_before_and_after_joining_and_with_evidence(
    tmp_path: Path, work: Work
) -> None:
    found = estimated(tmp_path, work)
    counts = {choice: row["count"] for (subject, choice), row in found.items()
              if subject == "outcome"}  # fmt: skip
    assert counts == {"before": 1, "after": 2, "undated": 0, "never": 2}
    assert (found["evidence", "with"]["count"], found["evidence", "without"]["count"]) == (2, 1)


def test_where_few_are_unnamed_the_outcome_counts_the_named_alone(
    tmp_path: Path, work: Work
) -> None:
    """The answers of the named are public: a count of all less theirs would be A's answer."""
    found = estimated(tmp_path, work, threshold=2, unnamed="A")
    outcome = [row for (subject, _), row in found.items() if subject == "outcome"]
    assert {row["row_scope"] for row in outcome} == {"named"}
    assert {row["choice"]: row["count"] for row in outcome} == {
        "before": 0,
        "after": 2,
        "undated": 0,
        "never": 2,
    }
    everybody = estimated(tmp_path / "again", work, threshold=2)
    assert {row["row_scope"] for (s, _), row in everybody.items() if s == "outcome"} == {""}


def test_the_people_covered_are_rounded_so_that_the_sum_names_nobody(
    tmp_path: Path, work: Work
) -> None:
    covered = estimated(tmp_path, work)["population_covered", ""]
    assert (covered["estimate"], covered["count"], covered["n"]) == (100_000, 3, 3)  # of 102,000


def test_withdrawn_entries_answer_no_question(tmp_path: Path, work: Work) -> None:
    estimated(tmp_path, work)
    (row,) = work.confidential.execute(
        """SELECT count, n FROM estimate.result WHERE subject = 'plan' AND choice = 'yes'
           AND statistic = 'share' AND group_kind = 'network' AND row_scope = ''"""
    ).fetchall()
    assert row == (3, 5)


def test_the_pace_needed_runs_to_the_last_day(tmp_path: Path, work: Work) -> None:
    found = estimated(tmp_path, work)
    assert found["pace_needed", ""]["estimate"] == 8.1  # 97 in 12 months
    assert found["projection", ""]["ci_level"] == 0.8


def test_a_small_part_hides_the_whole_it_belongs_to(tmp_path: Path, work: Work) -> None:
    found = estimated(tmp_path, work, threshold=3)
    shown = {subject for (subject, _), row in found.items() if row["shown"] == "yes"}
    hidden = {subject for (subject, _), row in found.items() if row["shown"] == "c"}
    assert {"ended", "reached", "outcome", "evidence", "days", "standing"} == hidden
    assert {"counted", "population_covered", "pace_needed"} <= shown
    assert all(pd.isna(row["count"]) for row in found.values() if row["shown"] == "c")


def test_what_tells_how_many_count_is_hidden_with_it(tmp_path: Path, work: Work) -> None:
    found = estimated(tmp_path, work, threshold=4)
    told = {"counted", "counted_in", "population_covered", "pace_needed", "pace", "projection"}
    assert {row["shown"] for (subject, _), row in found.items() if subject in told} == {"c"}
    numbers = ("count", "n", "estimate", "ci_low", "ci_high")
    assert all(
        pd.isna(row[name]) for (subject, _), row in found.items() for name in numbers
        if subject in told
    )  # fmt: skip


def test_years_with_too_few_entries_are_joined(tmp_path: Path, work: Work) -> None:
    found = estimated(tmp_path, work, threshold=2)
    years = {choice: row["count"] for (subject, choice), row in found.items()
             if subject == "counted_in"}  # fmt: skip
    assert years == {"2023-2024": 3}


def test_recent_quarters_are_whole_and_not_before_the_first_entry() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-15", "2024-11-20", "2024-12-01"]))
    assert recent(days, date(2025, 1, 1)) == (9, [0, 0, 2])
    assert recent(days[:0], date(2025, 1, 1)) == (0, [])


@pytest.mark.parametrize(
    ("quarters", "months", "band"),
    [
        ([6] * 8, 30, (46, 60, 75)),
        ([0, 0, 24, 0, 0, 0, 24, 0], 30, (9, 60, 130)),  # in bursts: the same mean, far wider
        ([0] * 8, 12, (0, 0.25, 1)),
    ],
)
def test_the_band_is_wide_where_entries_came_in_bursts(
    quarters: list[int], months: float, band: tuple[int, float, int]
) -> None:
    assert projection(quarters, months) == pytest.approx(band)


def test_the_demonstration_counts_48(project: Path, work: Work) -> None:
    found: Survey = read_survey(project / "schemas/human_rights_cities_2030")
    collect(found, project / "data/raw/human_rights_cities_2030", work, "")
    edit(found, work)
    estimate(found, work)
    ((count, n),) = work.survey.execute(
        """SELECT count, n FROM estimate.result WHERE subject = 'counted'
           AND subject_kind = 'register'"""
    ).fetchall()
    assert (count, n) == (48, 96)
