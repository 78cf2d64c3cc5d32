"""What a number says about the members that did not answer."""

import numpy as np
import pytest

from pipeline.errors import RelevoError
from pipeline.estimate import Design, Estimate, hypergeometric, share_intervals
from pipeline.estimate.beta_limits import limits


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0, 1), (4, 4, 6), (6, 6, 8), (8, 9, 10)])
def test_eight_of_ten_members_answered(count: int, low: int, high: int) -> None:
    """The exact interval in members: 6 of 8 answers is between 6 and 8 of the 10 members."""
    assert hypergeometric(count, 8, 10) == (low, high)


def test_the_exact_interval_covers_at_least_what_it_promises() -> None:
    """Every possible truth of a country of 12 with 4 answers, all samples counted."""
    from scipy.stats import hypergeom

    for members in range(13):
        covered = sum(
            hypergeom.pmf(x, 12, members, 4)
            for x in range(5)
            if hypergeometric(x, 4, 12)[0] <= members <= hypergeometric(x, 4, 12)[1]
        )
        assert covered >= 0.95 - 1e-9


def design(sizes: list[int], answers: list[int], **options: str) -> Design:
    stratum = np.repeat(np.arange(len(sizes)), answers)
    return Design.of(stratum.astype(np.int64), np.array(sizes, float), **options)


def intervals(found: Estimate, count: int) -> tuple[float, float, str]:
    ends = share_intervals(found, np.array([float(count)]), 0.95)
    return ends.low[0], ends.high[0], ends.method[0]


def test_a_census_has_zero_standard_error() -> None:
    everyone = design([3, 2], [3, 2])
    found = everyone.mean(np.array([1, 0, 1, 1, 0.0]))
    assert found.value[0] == pytest.approx(0.6)
    assert found.se[0] == 0
    assert intervals(found, 3) == (0.6, 0.6, "complete")


def test_a_census_of_one_is_not_lonely() -> None:
    found = design([10, 1], [4, 1], lonely="fail").mean(np.array([1, 0, 1, 0, 1.0]))
    assert found.se[0] > 0
    assert not found.is_lonely


def test_a_choice_that_nobody_took_still_has_an_upper_bound() -> None:
    found = design([30, 20], [6, 4]).mean(np.zeros(10))
    low, high, method = intervals(found, 0)
    assert (low, method) == (0, "beta")
    assert 0.1 < high < 0.4


def test_a_domain_keeps_the_size_of_its_strata() -> None:
    """Rows outside the domain stay in n_h: leaving them out first gives another, wrong error."""
    whole = design([40, 40], [4, 4])
    y = np.array([1, 0, 1, 1, 0, 0, 1, 0.0])
    domain = np.array([True, True, False, False, True, True, True, False])
    filtered = Design(np.array([0, 0, 1, 1, 1]), np.array([40.0, 40.0]), np.full(5, 10.0))
    right, wrong = whole.mean(y, domain), filtered.mean(y[domain])
    assert right.value == pytest.approx(wrong.value)
    by_hand = sum(
        (1 - 4 / 40) * 4 / 3 * float(((z - z.mean()) ** 2).sum())
        for z in np.split(np.where(domain, (y - right.value[0]) / 5, 0), 2)
    )
    assert right.variance[0] == pytest.approx(by_hand)
    assert abs(right.se[0] - wrong.se[0]) > 0.001


@pytest.mark.parametrize(
    ("answers", "code"),
    [([4, 3], "more_answers_than_members"), ([4, 1], "lonely_stratum")],
)
def test_what_cannot_be_estimated_is_said(answers: list[int], code: str) -> None:
    with pytest.raises(RelevoError, match="UY") as caught:
        design([10, 2], answers, lonely="fail", names=("AR", "UY"))
    assert [finding.problem.name for finding in caught.value.findings] == [code]
    assert caught.value.exit == 13


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_limits_of_many_cells_at_once_are_those_of_each(level: float) -> None:
    """Effective sizes of one answer to a few hundred, shares of nearly none to nearly all."""
    from scipy.special import betaincinv

    size = np.geomspace(1.0, 400.0, 60)[:, None]
    share = np.array([1e-4, 0.01, 0.05, 0.2, 0.5, 0.77, 0.99, 1 - 1e-4])
    yes, no, tail = size * share, size * (1 - share), (1 - level) / 2
    low, high = limits(yes, no, tail)
    np.testing.assert_allclose(low, betaincinv(yes, no + 1, tail), rtol=1e-11)
    np.testing.assert_allclose(high, betaincinv(yes + 1, no, 1 - tail), rtol=1e-11)


@pytest.mark.parametrize(("n", "population"), [(4, 12), (90, 376), (300, 2_000)])
def test_the_exact_ends_of_every_count_keep_their_promise(n: int, population: int) -> None:
    """By their definition, whether all counts are worked out at once or one alone."""
    from scipy.stats import hypergeom

    for count in (0, 1, n // 3, n - 1, n):
        low, high = hypergeometric(count, n, population)
        assert hypergeom.sf(count - 1, population, low, n) > 0.025 or low == 0
        assert low == count or hypergeom.sf(count - 1, population, low - 1, n) <= 0.025
        assert hypergeom.cdf(count, population, high, n) > 0.025 or high == population
        assert high == population - n + count or (
            hypergeom.cdf(count, population, high + 1, n) <= 0.025
        )
