"""Weights that agree with what is known: what they reach, what they cost, what they refuse."""

import numpy as np
import pytest

from pipeline.errors import RelevoError
from pipeline.estimate import (
    Design,
    Margin,
    calibrate,
    post_stratify,
    rake,
    share_intervals,
    weight_report,
)

# Ten answers of 100 members. By the list 30 of them are coastal and 40 are large.
COAST = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
LARGE = np.array([1, 1, 0, 0, 1, 0, 0, 1, 0, 0])
PLAN = np.array([1, 1, 0, 1, 1, 0, 0, 1, 0, 1.0])
MEMBERS = Design.of(np.zeros(10, np.int64), np.array([100.0]))
BY_COAST = Margin("coast", COAST, np.array([70.0, 30.0]), ("inland", "coastal"))
BY_SIZE = Margin("size", LARGE, np.array([60.0, 40.0]), ("small", "large"))


def test_post_stratified_weights_hold_the_distribution() -> None:
    weighted = post_stratify(MEMBERS, BY_COAST)
    assert weighted.weight[COAST == 1].sum() == pytest.approx(30)
    assert weighted.mean(PLAN).value[0] == pytest.approx(0.3 * 4 / 5 + 0.7 * 2 / 5)


def test_raked_weights_hold_every_margin() -> None:
    weighted = rake(MEMBERS, [BY_COAST, BY_SIZE])
    assert weighted.weight[COAST == 1].sum() == pytest.approx(30, rel=1e-12)
    assert weighted.weight[LARGE == 1].sum() == pytest.approx(40, rel=1e-12)


def test_what_the_list_knows_is_known_and_not_estimated() -> None:
    """The share of coastal members is 30 of 100: no error, and no plus-minus 0 either."""
    weighted = rake(MEMBERS, [BY_COAST, BY_SIZE])
    found = weighted.mean(np.column_stack([COAST, PLAN]))
    ends = share_intervals(found, np.array([5.0, 6.0]), 0.95)
    assert found.is_known.tolist() == [True, False]
    assert (ends.low[0], ends.high[0]) == (pytest.approx(0.3), pytest.approx(0.3))
    assert ends.method.tolist() == ["known", "beta"]
    assert ends.low[1] < found.value[1] < ends.high[1]


def test_weights_have_a_price() -> None:
    before, after = (weight_report(d.weight) for d in (MEMBERS, rake(MEMBERS, [BY_COAST])))
    assert (before.smallest, before.median, before.largest, before.deff) == (10, 10, 10, 1)
    assert (after.smallest, after.largest) == (pytest.approx(6), pytest.approx(14))
    assert after.deff == pytest.approx(1 + (4 / 10) ** 2)
    assert after.n_eff == pytest.approx(10 / 1.16)


def test_linear_calibration_can_turn_weights_negative_and_says_so() -> None:
    x = np.column_stack([np.ones(10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 40]])
    totals = np.array([100.0, 300.0])
    assert weight_report(calibrate(MEMBERS, x, totals).weight).negative == 1
    assert weight_report(calibrate(MEMBERS, x, totals, method="raking").weight).negative == 0


def test_logit_weights_stay_within_their_bounds() -> None:
    x = np.column_stack([np.ones(10), COAST])
    totals = np.array([100.0, 30.0])
    weighted = calibrate(MEMBERS, x, totals, method="logit", bounds=(0.5, 2))
    assert x.T @ weighted.weight == pytest.approx(totals, rel=1e-12)
    assert ((weighted.weight > 5) & (weighted.weight < 20)).all()


def test_raking_is_calibration_on_indicators() -> None:
    x = np.column_stack([BY_COAST.indicators, BY_SIZE.indicators])  # collinear: both add to 1
    totals = np.concatenate([BY_COAST.population, BY_SIZE.population])
    by_margins, by_totals = rake(MEMBERS, [BY_COAST, BY_SIZE]), calibrate(
        MEMBERS, x, totals, method="raking"
    )  # fmt: skip
    assert by_margins.weight == pytest.approx(by_totals.weight, rel=1e-11)
    assert by_margins.mean(PLAN).se == pytest.approx(by_totals.mean(PLAN).se, rel=1e-9)


def impossible(name: str) -> Design:
    """Weights nobody can make."""
    if name == "nobody answered on the islands":
        islands = Margin("coast", COAST, np.array([60.0, 30, 10]), ("inland", "coastal", "islands"))
        return rake(MEMBERS, [islands])
    if name == "the margins count different members":
        return rake(MEMBERS, [BY_COAST, Margin("size", LARGE, np.array([60.0, 45.0]))])
    if name == "the margins contradict each other":
        same = Margin("shore", COAST, np.array([60.0, 40.0]))
        return rake(MEMBERS, [BY_COAST, same])
    x, totals = np.column_stack([np.ones(10), COAST]), np.array([100.0, 120.0])
    return calibrate(MEMBERS, x, totals, method="logit", bounds=(0.5, 2))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nobody answered on the islands", "margin_without_answers coast=islands (10)"),
        ("the margins count different members", "margins_not_reached coast (100), size (105)"),
        ("the margins contradict each other", "margins_not_reached coast, shore"),
        ("the bounds are too narrow", "margins_not_reached column 2"),
    ],
)
def test_impossible_margins_are_refused_and_named(name: str, told: str) -> None:
    with pytest.raises(RelevoError) as caught:
        impossible(name)
    assert caught.value.exit == 13
    code, _, named = told.partition(" ")
    assert caught.value.findings[0].problem.name == code
    assert named in str(caught.value)
