"""What other choices of method would make of a score, and which of them matters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimate.index import (
    CHOICES,
    Items,
    domain_scores,
    method_draws,
    method_interval,
    overall_scores,
    overall_under,
    rank_interval,
    rank_sensitivity,
    ranks,
    score_sensitivity,
    sensitivity,
)


def nine(*rows: list[float]) -> Items:
    """Nine domains of one item each; -1 is a government that does not know."""
    points = np.array(rows, float)
    items = Items.of(np.where(points < 0, np.nan, points), np.arange(points.shape[1]))
    return replace(items, unsure=points < 0)


def under(items: Items, **choices: float) -> float:
    """The first government's overall score with some of the choices made otherwise."""
    row = [choices.get(name, 0.0) for name in CHOICES]
    return float(overall_under(items, np.array([row]))[0, 0])


def test_equal_domains_leave_nothing_to_choose() -> None:
    low, high = method_interval(method_draws(nine([60] * 9, [0] * 9)))
    assert low[0] == pytest.approx(60) and high[0] == pytest.approx(60)
    # The floor of a geometric mean is 1 point.
    assert (low[1], high[1]) == (0, 1)


def test_each_choice_does_what_it_says() -> None:
    unequal = nine([100, 100, 100, 100, 100, 100, 100, 100, 0])
    assert under(unequal) > under(unequal, aggregation=0.9) > 0
    assert under(unequal, left_out=0.999) == pytest.approx(100)  # the ninth, the only 0
    unsure = nine([80, 80, 80, 80, 80, 80, 80, 80, -1])
    assert under(unsure) == pytest.approx(80)
    assert under(unsure, does_not_know=0.9) < 80
    heavy = replace(
        Items.of(np.array([[100.0, 0.0]]), np.array([0, 0])), weight=np.array([3.0, 1.0])
    )
    assert under(heavy) == pytest.approx(75)
    assert under(heavy, item_weights=0.9) == pytest.approx(50)


def test_the_interval_is_the_same_in_every_run_and_missing_with_the_score() -> None:
    items = nine([90, 80, 70, 60, 50, 40, 30, 20, 10], [90, -1, -1, -1, 50, 50, 50, 50, 50])
    first, second = (method_interval(method_draws(items)) for _ in range(2))
    assert np.array_equal(first, second, equal_nan=True)
    declared = overall_scores(domain_scores(items)).score[:, 0]
    assert first[0][0] < declared[0] < first[1][0]
    assert np.isnan(declared[1])  # six of nine domains have a score


def test_a_rank_has_an_interval_too() -> None:
    draws = method_draws(nine([90] * 9, [50, 50, 50, 50, 50, 40, 60, 50, 50], [49] * 9, [10] * 9))
    low, high = rank_interval(draws)
    assert (low[0], high[0], low[3], high[3]) == (1, 1, 4, 4)
    assert (low[1], high[1]) == (2, 3)


# --- which choice matters -------------------------------------------------------------------------


def test_the_indices_of_the_ishigami_function_are_found() -> None:
    """f = sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 over -pi to pi: the indices are known exactly.

    Ishigami and Homma (1990).
    """

    def ishigami(u: np.ndarray) -> np.ndarray:
        x = np.pi * (2 * u - 1)
        return np.asarray(
            np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
        )

    found = sensitivity(ishigami, 3, draws=8192)
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=4))
@settings(deadline=None, max_examples=10)
def test_in_a_sum_each_input_has_the_share_of_its_own_variance(factors: list[int]) -> None:
    weights = np.array(factors, float)
    found = sensitivity(lambda u: u @ weights, len(factors), draws=1024)
    share = weights**2 / (weights**2).sum()
    assert found.first == pytest.approx(share, abs=0.02)
    assert found.total == pytest.approx(share, abs=0.02)


def test_what_does_not_vary_has_no_indices() -> None:
    assert np.isnan(sensitivity(lambda u: np.ones(len(u)), 2, draws=8).first).all()


def test_a_government_with_a_zero_hangs_on_the_aggregation() -> None:
    items = nine([90, 90, 90, 90, 90, 90, 90, 90, 0], [50, 60, 50, 60, 50, 60, 50, 60, 50])
    found = score_sensitivity(items, 0, draws=256)
    assert CHOICES[int(found.total.argmax())] in {"aggregation", "left_out"}
    assert found.total[CHOICES.index("does_not_know")] == 0
    assert found.total[CHOICES.index("item_weights")] == 0


def test_ranks_move_with_the_choices() -> None:
    rows = [[(7 * i + 13 * d) % 100 for d in range(9)] for i in range(12)]
    found = rank_sensitivity(nine(*rows), draws=64)
    assert found.total[CHOICES.index("weights")] > 0
    assert found.total[CHOICES.index("does_not_know")] == 0
    assert ranks(np.array([1.0, 2.0, 2.0])).tolist() == [3, 1, 1]
