"""Intervals: exact where the base is one stratum of known size, beta (Korn-Graubard) elsewhere."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import betaincinv, gammaln, stdtrit

from pipeline.estimate.design import Estimate, Floats

Interval = tuple[float, float, str]  # low, high, method; NaN where there is none


@lru_cache(maxsize=100_000)
def hypergeometric(count: int, n: int, population: int, level: float = 0.95) -> tuple[int, int]:
    """Members that hold the answer when `count` of `n` answers do: exact, without replacement.

    L = min{M : P(X >= x) > a/2}, U = max{M : P(X <= x) > a/2} with x <= M <= N - n + x.
    """
    tail = (1 - level) / 2

    def lower_is_possible(members: int) -> bool:
        return _probability(np.arange(count, n + 1), n, members, population) > tail

    def upper_is_possible(members: int) -> bool:
        return _probability(np.arange(0, count + 1), n, members, population) > tail

    low, high = count, population - n + count
    below, above = low, high
    while below < above:  # P(X >= x) grows with M
        middle = (below + above) // 2
        below, above = (below, middle) if lower_is_possible(middle) else (middle + 1, above)
    first, below, above = below, low, high
    while below < above:  # P(X <= x) falls with M
        middle = (below + above + 1) // 2
        below, above = (middle, above) if upper_is_possible(middle) else (below, middle - 1)
    return first, below


def _probability(drawn: np.ndarray, n: int, members: int, population: int) -> float:
    """P(X in drawn) when n of `population` are drawn and `members` of them hold the answer."""
    possible = drawn[(drawn <= members) & (n - drawn <= population - members)]
    log = (
        _log_choose(members, possible)
        + _log_choose(population - members, n - possible)
        - _log_choose(population, np.array([n]))
    )
    return float(np.exp(log).sum())


def _log_choose(total: int, part: np.ndarray) -> Floats:
    result: Floats = gammaln(total + 1) - gammaln(part + 1) - gammaln(total - part + 1)
    return result


@lru_cache(maxsize=10_000)
def quantile_of_t(level: float, df: int) -> float:
    """The two-sided quantile of Student's t."""
    return float(stdtrit(df, 1 - (1 - level) / 2))


def share_intervals(
    result: Estimate, counts: Floats, level: float, population: int | None
) -> list[Interval]:
    """Intervals of shares.

    Args:
        result: from `Design.mean` of 0/1 columns.
        counts: answers that gave each choice.
        level: of confidence.
        population: N of the base where it is one whole stratum and everyone in it was asked.
    """
    if result.n == 0:
        return [(np.nan, np.nan, "none")] * len(counts)
    if result.is_complete:
        return [(p, p, "complete") for p in result.value.tolist()]
    if result.is_one_stratum and population is not None:
        ends = [hypergeometric(int(x), result.n, population, level) for x in counts]
        return [(low / population, high / population, "hypergeometric") for low, high in ends]
    low, high = beta(result, level)
    return [(a, b, "beta") for a, b in zip(low.tolist(), high.tolist(), strict=True)]


def effective_size(result: Estimate, level: float) -> Floats:
    """n_eff of shares: p(1-p)/V, t-adjusted and not capped; n_kish/(1-f) where V says nothing."""
    p, v, n = result.value, result.variance, result.n
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = quantile_of_t(level, max(1, n - 1)) / quantile_of_t(level, result.df)
        size = p * (1 - p) / v * ratio**2
    silent = (p < 1e-12) | (p > 1 - 1e-12) | ~(v > 0)
    plain = result.n_kish / (1 - result.fraction) if result.fraction < 1 else float(n)
    return np.where(silent, plain, size)


def beta(result: Estimate, level: float) -> tuple[Floats, Floats]:
    """Korn-Graubard: Clopper-Pearson with the effective sample size."""
    p, size, tail = result.value, effective_size(result, level), (1 - level) / 2
    yes, no = np.clip(size * p, 0, None), np.clip(size * (1 - p), 0, None)
    with np.errstate(invalid="ignore"):
        low = np.where(p < 1e-12, 0.0, betaincinv(yes, no + 1, tail))
        high = np.where(p > 1 - 1e-12, 1.0, betaincinv(yes + 1, no, 1 - tail))
    return low, high


def mean_intervals(result: Estimate, level: float) -> list[Interval]:
    """Estimate +- t(df) se; the value itself where the base is complete."""
    if result.n == 0:
        return [(np.nan, np.nan, "none")] * len(result.value)
    if result.is_complete:
        return [(m, m, "complete") for m in result.value.tolist()]
    half = quantile_of_t(level, result.df) * result.se
    return [(m - h, m + h, "t") for m, h in zip(result.value.tolist(), half.tolist(), strict=True)]
