"""Groups beside all members, tests of tables, totals, rankings, batteries: what leaves of them."""

# ruff: noqa: E501 - tables are read by column

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.ask.survey import Design as Declared
from pipeline.ask.survey import Groups
from pipeline.estimate import Design, alpha, difference, estimate, holm, independence, linear
from pipeline.store import Work
from tests.estimate.inputs import questionnaire, survey, write_answers
from tests.markdown import table

FORM = questionnaire(
    """
    | name   | type                | disclosure | score        | domain |
    |--------|---------------------|------------|--------------|--------|
    | plan   | select_one plan     | public     |              |        |
    | goods  | select_multiple svc | public     |              |        |
    | staff  | decimal             | public     |              |        |
    | begun_year | integer         | public     |              |        |
    | first  | rank svc            | public     |              |        |
    | trust  | select_one scale    | public     | likert max=3 | views  |
    | hope   | select_one scale    | public     | likert max=3 | views  |
    """,
    """
    | list_name | name    | score |
    |-----------|---------|-------|
    | plan      | yes     |       |
    | plan      | no      |       |
    | svc       | health  |       |
    | svc       | housing |       |
    | svc       | school  |       |
    | scale     | bad     | 1     |
    | scale     | fair    | 2     |
    | scale     | good    | 3     |
    """,
)
COUNTRIES = ("AR", "BR", "UY")
FRAME = pd.DataFrame(
    [(f"{c}-{i}", c) for c in COUNTRIES for i in range(1, 11)], columns=["unit_id", "country"]
)
CENSUS = replace(
    survey(FORM, FRAME, groups=Groups(("country",))),
    design=Declared("census_attempt", strata=("country",)),
)
ANSWERS = table(
    """
    | unit_id | named | plan | goods          | staff | begun_year | first                 | trust | hope |
    |---------|-------|------|----------------|-------|------------|-----------------------|-------|------|
    | AR-1    | yes   | yes  | health         | 1     | 2001       | health school housing | good  | good |
    | AR-2    | yes   | yes  | health housing | 3     | 2002       | health housing school | good  | fair |
    | AR-3    | yes   | yes  | health         | 2     | 2003       | school health housing | fair  | fair |
    | AR-4    | yes   | no   | housing        | 6     | 2004       | health school         | bad   | bad  |
    | BR-1    | yes   | no   | housing        | 4     | 2005       | housing school health | bad   | bad  |
    | BR-2    | yes   | no   | health         | 5     | 2006       | school housing health | fair  | bad  |
    | BR-3    | yes   | no   | school         | 9     | 2007       |                       | bad   | fair |
    | UY-1    | yes   | yes  | school         |       | 2008       | health housing school | good  | good |
    | UY-2    | yes   | no   | school health  | 2     | 2009       | health school housing | fair  | good |
    | UY-3    | yes   | yes  | housing        | 7     | 2010       | housing health school | good  | fair |
    | UY-4    | yes   | yes  | health         | 3     | 2011       | health housing school | fair  | fair |
    """
)
STRATUM = np.repeat(np.arange(3), [4, 3, 4])
DESIGN = Design.of(STRATUM, np.full(3, 10.0))
YES = np.array([a["plan"] == "yes" for a in ANSWERS], float)


def rows(work: Work, columns: str, where: str) -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM estimate.result WHERE {where} ORDER BY ALL"
    return work.survey.execute(sql).fetchall()


def run(work: Work, answers: list[dict[str, str]] = ANSWERS, **parts: Any) -> None:
    write_answers(work, FORM, answers)
    estimate(replace(CENSUS, **parts), work)


def test_a_group_is_compared_with_all_members(work: Work) -> None:
    """Three of four in AR, six of eleven weighted to thirty members: they share AR's answers."""
    run(work)
    ((name, value, error, low, high),) = rows(
        work,
        "result_id, estimate, se, ci_low, ci_high",
        "statistic = 'difference' AND group_code = 'AR' AND subject = 'plan' AND choice = 'yes'",
    )
    assert name == "2025.country.AR.all.plan.yes.difference.answered.weighted"
    part = linear.mean(DESIGN.weight, YES, STRATUM == 0)
    expected = difference(DESIGN, part, linear.mean(DESIGN.weight, YES))
    assert (
        value == pytest.approx(expected.value[0]) == pytest.approx(3 / 4 - (3 / 4 + 0 + 3 / 4) / 3)
    )
    assert (error, low, high) == pytest.approx((expected.se[0], expected.low[0], expected.high[0]))


def test_every_question_is_tested_by_every_group(work: Work) -> None:
    run(work)
    found = dict(rows(work, "statistic, estimate", "versus_group = 'each' AND subject = 'plan'"))
    expected = independence(DESIGN, STRATUM, YES.astype(np.int64), (3, 2))
    assert expected is not None
    assert found["rao_scott_f"] == pytest.approx(expected.statistic)
    assert found["p"] == pytest.approx(expected.p)
    family = rows(work, "estimate, result_id", "statistic = 'p' AND group_kind = 'country'")
    adjusted = rows(work, "result_id, estimate", "statistic = 'p_holm'")
    by_hand = holm(np.array([p for p, _ in family]))
    assert dict(adjusted) == pytest.approx(
        {name.replace(".p.", ".p_holm."): p for (_, name), p in zip(family, by_hand, strict=True)}
    )
    assert len(family) > 5


def test_a_total_speaks_of_all_members(work: Work) -> None:
    """One of UY's four did not answer: it is taken as the other three."""
    run(work)
    of_country = 10 * np.array([12 / 4, 18 / 3, 12 / 3])
    ((total, n),) = rows(
        work, "estimate, n", "statistic = 'total' AND group_code = 'UY' AND subject = 'staff'"
    )
    assert (total, n) == (pytest.approx(of_country[2]), 3)
    ((total, error),) = rows(
        work, "estimate, se", "statistic = 'total' AND group_kind = 'network' AND subject = 'staff'"
    )
    weight = np.array([a["staff"] != "" for a in ANSWERS]) * DESIGN.weight
    y = np.array([float(a["staff"] or 0) for a in ANSWERS])
    assert total == pytest.approx((weight @ y) / weight.sum() * 30)
    assert error > 0
    assert rows(work, "1", "statistic = 'total' AND subject = 'begun_year'") == []


def test_a_ranking_has_first_places_and_points(work: Work) -> None:
    """Ten ranked; health stands first six times. AR-4 named two: housing has no place there."""
    run(work)
    where = "subject = 'first' AND group_kind = 'network' AND NOT is_weighted"
    assert rows(work, "choice, count, n", f"{where} AND statistic = 'share'") == [
        ("health", 6, 10),
        ("housing", 2, 10),
        ("school", 2, 10),
    ]
    points = rows(work, "choice, n, estimate", f"{where} AND statistic = 'points'")
    assert points == [
        ("health", 10, pytest.approx((6 * 2 + 2 * 1) / 10)),
        ("housing", 9, pytest.approx((2 * 2 + 4 * 1) / 9)),
        ("school", 10, pytest.approx((2 * 2 + 4 * 1) / 10)),
    ]


def test_a_battery_says_how_far_its_questions_agree(work: Work) -> None:
    run(work)
    points = {"bad": 1.0, "fair": 2.0, "good": 3.0}
    items = np.array([[points[a["trust"]], points[a["hope"]]] for a in ANSWERS])
    found = rows(work, "is_weighted, estimate, n", "statistic = 'alpha' AND subject = 'views'")
    assert found == [
        (False, pytest.approx(alpha(items, np.ones(11))), 11),
        (True, pytest.approx(alpha(items, DESIGN.weight)), 11),
    ]


def test_an_open_call_is_not_compared(work: Work) -> None:
    run(work, design=Declared("open_call"))
    assert rows(work, "1", "versus_group <> '' OR statistic = 'total'") == []


def test_nothing_leaves_that_is_made_from_a_hidden_number(work: Work) -> None:
    """One of UY is not named: its country's table is hidden, and with it whatever needs it."""
    run(work, [a | {"named": "no" if a["unit_id"] == "UY-1" else "yes"} for a in ANSWERS])
    shown = rows(
        work,
        "DISTINCT group_code, shown",
        "statistic = 'difference' AND subject = 'plan' AND group_kind = 'country'",
    )
    assert ("UY", "c") in shown
    assert ("UY", "yes") not in shown
    hidden = rows(work, "DISTINCT shown, estimate, n", "versus_group = 'each'")
    assert hidden == [("c", None, None)]
    inside = work.confidential.execute(
        "SELECT count(*) FROM estimate.result WHERE versus_group = 'each' AND shown = 'yes'"
    ).fetchone()
    assert inside is not None
    assert inside[0] > 0
