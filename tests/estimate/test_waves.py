"""What changed since the wave before, and when nothing may be said of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.ask import Survey, Wave
from pipeline.ask.survey import Design, Groups
from pipeline.estimate import estimate
from pipeline.store import Work
from tests.estimate.inputs import DAY, questionnaire, survey, write_answers
from tests.markdown import table

CHOICES = """
    | list_name | name      |
    |-----------|-----------|
    | plan      | yes       |
    | plan      | no        |
"""
FORM = questionnaire(
    """
    | name  | type            | disclosure |
    |-------|-----------------|------------|
    | plan  | select_one plan | public     |
    | staff | decimal         | public     |
    """,
    CHOICES,
)
NEWER = questionnaire(
    """
    | name  | type            | disclosure |
    |-------|-----------------|------------|
    | plan  | select_one plan | public     |
    | staff | decimal         | public     |
    """,
    CHOICES + "    | plan      | preparing |\n",
)
FRAME = pd.DataFrame(
    [(f"{c}-{i}", c) for c in ("AR", "UY") for i in range(1, 9)], columns=["unit_id", "country"]
)
ANSWERS = table(
    """
    | wave | unit_id | named | plan      | staff |
    |------|---------|-------|-----------|-------|
    | 2023 | AR-1    | yes   | no        | 2     |
    | 2023 | AR-2    | yes   | no        | 4     |
    | 2023 | AR-3    | yes   | yes       |       |
    | 2023 | AR-5    | yes   | yes       |       |
    | 2023 | UY-1    | yes   | no        | 1     |
    | 2023 | UY-2    | yes   | yes       | 3     |
    | 2023 | UY-6    | yes   | no        | 4     |
    | 2025 | AR-1    | yes   | yes       | 3     |
    | 2025 | AR-2    | yes   | no        | 5     |
    | 2025 | AR-4    | yes   | preparing | 6     |
    | 2025 | UY-1    | yes   | no        | 2     |
    | 2025 | UY-2    | yes   | yes       | 3     |
    | 2025 | UY-3    | yes   | yes       | 8     |
    """
)


def two_waves(selection: str = "census_attempt", strata: tuple[str, ...] = ("country",)) -> Survey:
    made = survey(NEWER, FRAME, groups=Groups(("country",)))
    return replace(
        made,
        design=Design(selection, strata=strata),
        waves=(Wave("2023", closes=DAY), Wave("2025", closes=DAY)),
        questionnaires={"2023": FORM, "2025": NEWER},
    )


def run(work: Work, declared: Survey, answers: list[dict[str, str]]) -> None:
    write_answers(work, NEWER, answers)
    estimate(declared, work)


def changes(work: Work, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM estimate.result WHERE statistic = 'change' AND {where}"
    return work.survey.execute(f"{sql} ORDER BY ALL").fetchall()


def test_a_change_is_the_difference_of_two_shares(work: Work) -> None:
    """Yes went from 3 of 7 to 3 of 6; nobody could be preparing in 2023, so that has no change."""
    run(work, two_waves(), ANSWERS)
    assert changes(
        work,
        "result_id, n, round(estimate, 3), unit_of_measure",
        "group_code = 'all' AND NOT is_weighted",
    ) == [
        ("2025.2023.network.all.plan.no.change.answered", 6, round(2 / 6 - 4 / 7, 3), "share"),
        ("2025.2023.network.all.plan.yes.change.answered", 6, round(3 / 6 - 3 / 7, 3), "share"),
        ("2025.2023.network.all.staff.change.answered", 6, round(27 / 6 - 14 / 5, 3), "number"),
    ]


def test_whoever_answered_twice_makes_the_error_smaller(work: Work) -> None:
    """By hand for UY: three of eight answered each time, two of them both times."""
    run(work, two_waves(), ANSWERS)
    ((estimated, error, population, method),) = changes(
        work,
        "estimate, se, population, ci_method",
        "group_code = 'UY' AND is_weighted AND subject = 'plan' AND choice = 'yes'",
    )
    then, now = np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0])
    shared = np.cov(then[:2], now[:2])[0, 1]
    variance = (1 / 3 - 1 / 8) * then.var(ddof=1) + (1 / 3 - 1 / 8) * now.var(ddof=1)
    variance -= 2 * (2 / 9 - 1 / 8) * shared
    assert (estimated, population, method) == (pytest.approx(2 / 3 - 1 / 3), 8, "t")
    assert error == pytest.approx(np.sqrt(variance))


def test_too_few_in_both_waves_is_said(work: Work) -> None:
    fresh = [
        answer | {"unit_id": answer["unit_id"].replace("AR-1", "AR-6")}
        if answer["wave"] == "2025"
        else answer
        for answer in ANSWERS
    ]
    run(work, two_waves(), fresh)
    assert set(changes(work, "DISTINCT reason", "is_weighted AND group_code = 'AR'")) == {
        ("few_in_both_waves",)
    }
    assert changes(work, "DISTINCT reason", "is_weighted AND group_code = 'UY'") == [("",)]


def test_an_open_call_has_changes_without_a_margin_of_error(work: Work) -> None:
    run(work, two_waves("open_call"), ANSWERS)
    assert changes(work, "DISTINCT is_weighted, se, reason") == [(False, None, "self_selected")]


@pytest.mark.parametrize("hidden_in", ["2023", "2025"])
def test_a_change_is_hidden_with_either_of_its_numbers(work: Work, hidden_in: str) -> None:
    """In one wave nobody of UY agreed to be named: that wave's share goes, and the change."""
    answers = [
        answer | {"named": "no"}
        if answer["wave"] == hidden_in and answer["unit_id"].startswith("UY")
        else answer
        for answer in ANSWERS
    ]
    run(work, two_waves(), answers)
    found = changes(work, "DISTINCT shown, estimate, se, n", "group_code = 'UY'")
    assert found == [("c", None, None, None)]
    shown = changes(work, "count(*)", "group_code = 'AR' AND shown = 'yes'")
    assert shown == [(6,)]


def test_a_change_of_rounded_shares_is_the_difference_of_what_is_shown(work: Work) -> None:
    """12 of 40 members answered each time and stay unnamed: their weighted shares are rounded."""
    members = [f"{c}-{i}" for c in ("AR", "BR", "UY") for i in range(1, 15)]
    frame = pd.DataFrame({"unit_id": members, "country": [name[:2] for name in members]})
    answers = [
        {"wave": wave, "unit_id": name, "plan": "yes" if (k * 7 + shift) % 5 < 3 else "no"}
        for wave, shift in (("2023", 0), ("2025", 1))
        for k, name in enumerate(n for n in members if int(n[3:]) < 9 + (n[0] == "B") * shift)
    ]
    declared = two_waves()
    assert declared.frame is not None
    run(work, replace(declared, frame=replace(declared.frame, units=frame)), answers)
    shares = work.survey.execute(
        """SELECT estimate FROM estimate.result WHERE subject = 'plan' AND choice = 'yes'
        AND statistic = 'share' AND group_code = 'all' AND is_weighted ORDER BY wave"""
    ).fetchall()
    ((estimated, error),) = changes(
        work, "estimate, se", "group_code = 'all' AND is_weighted AND choice = 'yes'"
    )
    (then,), (now,) = shares
    assert then == round(then, 3)
    assert estimated == pytest.approx(now - then)
    assert error == round(error, 3)


def test_strata_that_differ_are_joined_by_country(work: Work) -> None:
    """In 2023 no large government of AR answered: AR is one stratum, then and now."""
    frame = FRAME.assign(size=["small", "large"] * 8)
    declared = two_waves(strata=("country", "size"))
    assert declared.frame is not None
    one_sided = [a for a in ANSWERS if not (a["wave"] == "2023" and a["unit_id"] == "AR-2")]
    run(work, replace(declared, frame=replace(declared.frame, units=frame)), one_sided)
    found = changes(work, "count(*), count(se)", "is_weighted AND subject = 'plan'")
    assert found == [(6, 6)]
