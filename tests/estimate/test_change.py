"""Differences: between groups and items of one wave, and between two waves of the same members."""

from itertools import combinations

import numpy as np
import pytest

from pipeline.estimate import Design, Round, change, contrast, difference, holm, linear

THEN = np.array([1, 0, 1, 1, 0, 0, 1.0])
NOW = np.array([1, 1, 1, 0, 0, 1, 1.0])
N = len(THEN)


def wave(members: tuple[int, ...], answers: np.ndarray) -> Round:
    design = Design.of(np.zeros(len(members), np.int64), np.array([float(N)]))
    chosen = np.array(members)
    return Round(design, linear.total(design.weight, answers[chosen] / N), chosen)


@pytest.mark.parametrize("overlap", [2, 3])
def test_the_variance_of_change_is_that_of_all_samples(overlap: int) -> None:
    """Every pair of waves of 4 and 3 of the 7 members that shares so many: no simulation."""
    pairs = [
        (first, second)
        for first in combinations(range(N), 4)
        for second in combinations(range(N), 3)
        if len({*first} & {*second}) == overlap
    ]
    found = [change(wave(first, THEN), wave(second, NOW)) for first, second in pairs]
    values = np.array([one.value[0] for one, _ in found])
    assert values.mean() == pytest.approx(NOW.mean() - THEN.mean())
    assert np.mean([one.se[0] ** 2 for one, _ in found]) >= values.var() * (1 - 1e-9)
    unbiased = [_unclipped(first, second) for first, second in pairs]
    assert np.mean(unbiased) == pytest.approx(values.var())
    assert not any(is_conservative for _, is_conservative in found)


def _unclipped(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """The formula by hand, which a single pair may take below zero."""
    both = [member for member in first if member in second]
    s1, s2 = THEN[list(first)].var(ddof=1), NOW[list(second)].var(ddof=1)
    s12 = np.cov(THEN[both], NOW[both])[0, 1]
    parts = (1 / 4 - 1 / N) * s1 + (1 / 3 - 1 / N) * s2
    return float(parts - 2 * (len(both) / 12 - 1 / N) * s12)


def test_the_change_of_a_census_is_known() -> None:
    everyone = tuple(range(N))
    found, _ = change(wave(everyone, THEN), wave(everyone, NOW))
    assert found.value[0] == pytest.approx(1 / 7)
    assert found.se[0] == pytest.approx(0)


def test_without_two_members_in_both_waves_the_error_is_conservative() -> None:
    found, is_conservative = change(wave((0, 1, 2), THEN), wave((3, 4, 5), NOW))
    assert is_conservative
    apart = [1 - 3 / 7, 1 - 3 / 7]
    spread = [THEN[:3].var(ddof=1) / 3, NOW[3:6].var(ddof=1) / 3]
    assert found.se[0] ** 2 == pytest.approx(sum(f * s for f, s in zip(apart, spread, strict=True)))


SAMPLE = Design.of(np.repeat([0, 1], [5, 4]).astype(np.int64), np.array([20.0, 12.0]))
YES = np.array([1, 0, 1, 1, 0, 0, 1, 0, 0.0])
ALSO = np.array([1, 0, 1, 0, 0, 0, 1, 1, 0.0])


def test_two_items_of_the_same_answers_are_not_independent() -> None:
    """The difference of two shares has the variance of the mean of the differences."""
    first, second = (linear.mean(SAMPLE.weight, y) for y in (YES, ALSO))
    found = difference(SAMPLE, first, second)
    direct = SAMPLE.mean(YES - ALSO)
    assert found.value == pytest.approx(direct.value)
    assert found.se == pytest.approx(direct.se)
    assert found.p[0] > 0.05


def test_a_contrast_has_the_covariance_of_its_parts() -> None:
    both = linear.mean(SAMPLE.weight, YES).beside(linear.mean(SAMPLE.weight, ALSO))
    weights = np.array([[1.0, -1.0], [0.5, 0.5]])
    found = contrast(SAMPLE, both, weights)
    covariance = weights @ SAMPLE.covariance(both) @ weights.T
    assert found.se == pytest.approx(np.sqrt(np.diag(covariance)))


def test_two_groups_that_share_a_stratum_are_compared_with_their_covariance() -> None:
    here = np.array([1, 0, 1, 0, 0, 0, 1, 1, 0], bool)
    first, second = (linear.mean(SAMPLE.weight, YES, where) for where in (here, ~here))
    found = difference(SAMPLE, first, second)
    apart = SAMPLE.mean(YES, here).variance + SAMPLE.mean(YES, ~here).variance
    assert found.se[0] ** 2 != pytest.approx(apart[0])
    assert found.df[0] == 9 - 2


def test_holm_holds_a_family_of_tests_together() -> None:
    assert holm(np.array([0.04, 0.01, 0.03])).tolist() == pytest.approx([0.06, 0.03, 0.06])
