"""Intervals: exact where the base is one stratum of known size, beta (Korn-Graubard) elsewhere.

Wilson, xlogit and mean on request. Every interval carries the name of its method.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, logit, stdtrit

from pipeline.estimate import beta_limits
from pipeline.estimate.design import Estimate
from pipeline.estimate.linear import Floats, Ints

MANY = 200_000  # probabilities that are worked out at once
FEW = 1_000  # degrees of freedom
TIE = 1e-9  # a probability this near half of what may be missed is not above it


@dataclass(frozen=True)
class Intervals:
    """Ends and the name of the method, by element; missing and `none` where there is none."""

    low: Floats
    high: Floats
    method: NDArray[np.object_]


def hypergeometric(count: int, n: int, population: int, level: float = 0.95) -> tuple[int, int]:
    """Members that hold the answer when `count` of `n` answers do: exact, without replacement.

    L = min{M : P(X >= x) > a/2}, U = max{M : P(X <= x) > a/2} with x <= M <= N - n + x.
    """
    tail = (1 - level) / 2 * (1 + TIE)
    if (n + 1) * (population + 1) <= MANY:
        low, high = _all_counts(n, population, tail)
        return int(low[count]), int(high[count])
    return _one_count(count, n, population, tail)


@lru_cache(maxsize=10_000)
def _all_counts(n: int, population: int, tail: float) -> tuple[Ints, Ints]:
    """Both ends for every count from 0 to n, from all probabilities at once."""
    members, drawn = np.arange(population + 1)[:, None], np.arange(n + 1)
    possible = (drawn <= members) & (n - drawn <= population - members)
    factorial = gammaln(np.arange(population + 1) + 1.0)
    rest, left = np.where(possible, members - drawn, 0), population - members
    log = factorial[members] - factorial[drawn] - factorial[rest]
    log += factorial[left] - factorial[n - drawn]
    log -= factorial[np.where(possible, left - (n - drawn), 0)]
    log -= factorial[population] - factorial[n] - factorial[population - n]
    chance = np.where(possible, np.exp(np.where(possible, log, 0.0)), 0.0)
    at_least = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1]
    low = (at_least <= tail).sum(axis=0)
    high = population - (np.cumsum(chance, axis=1) <= tail).sum(axis=0)
    return low.astype(np.int64), high.astype(np.int64)


@lru_cache(maxsize=100_000)
def _one_count(count: int, n: int, population: int, tail: float) -> tuple[int, int]:
    """Both ends for one count, by halving."""

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


def _probability(drawn: Ints, n: int, members: int, population: int) -> float:
    """P(X in drawn) when n of `population` are drawn and `members` of them hold the answer."""
    possible = drawn[(drawn <= members) & (n - drawn <= population - members)]
    log = (
        _log_choose(members, possible)
        + _log_choose(population - members, n - possible)
        - _log_choose(population, np.array([n]))
    )
    return float(np.exp(log).sum())


def _log_choose(total: int, part: Ints) -> Floats:
    result: Floats = gammaln(total + 1) - gammaln(part + 1) - gammaln(total - part + 1)
    return result


@lru_cache(maxsize=10_000)
def quantile_of_t(level: float, df: int) -> float:
    """The two-sided quantile of Student's t."""
    return float(stdtrit(df, 1 - (1 - level) / 2))


@lru_cache
def _first_quantiles(level: float) -> Floats:
    return np.array([np.nan, *(quantile_of_t(level, df) for df in range(1, FEW))])


def _t(level: float, df: Ints) -> Floats:
    """The same, by element, of whole numbers from 1; the small ones are at hand."""
    if df.max(initial=0) < FEW:
        return _first_quantiles(level)[df]
    found, place = np.unique(df, return_inverse=True)
    return np.array([quantile_of_t(level, int(one)) for one in found])[place].reshape(df.shape)


def share_intervals(
    result: Estimate,
    counts: Floats,
    level: float,
    population: Floats | None = None,
    method: str = "",
) -> Intervals:
    """Intervals of shares.

    Args:
        result: from `Design.mean` of 0/1 columns, or `Domains.means`.
        counts: answers that gave each choice.
        level: of confidence.
        population: N of each base that is one whole stratum of which everyone was asked, else
            missing.
        method: wilson, xlogit or mean; '' = hypergeometric where it can be had, else beta.
    """
    low, high = METHODS[method or "beta"](result, level)
    name = np.full(low.shape, method or "beta", dtype=object)
    if population is not None and not method:
        exact = result.is_one_stratum & np.isfinite(population) & (result.n > 0)
        for place in zip(*np.nonzero(exact), strict=True):
            size = int(population[place])
            ends = hypergeometric(int(counts[place]), int(result.n[place]), size, level)
            low[place], high[place] = ends[0] / size, ends[1] / size
        name[exact] = "hypergeometric"
    return _certain(result, Intervals(low, high, name))


def _certain(result: Estimate, found: Intervals) -> Intervals:
    """The value itself where nothing is left to chance; nothing where nobody answered."""
    for name, where in (("complete", result.is_complete), ("known", result.is_known)):
        found.low[where] = found.high[where] = result.value[where]
        found.method[where] = name
    found.low[result.n == 0] = found.high[result.n == 0] = np.nan
    found.method[result.n == 0] = "none"
    return found


def effective_size(result: Estimate, level: float) -> Floats:
    """n_eff of shares: p(1-p)/V, t-adjusted and not capped; n_kish/(1-f) where V says nothing."""
    p, v, n = result.value, result.variance, result.n
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _t(level, np.maximum(1, n - 1)) / _t(level, result.df)
        size = p * (1 - p) / v * ratio**2
        bare = np.where(result.fraction < 1, result.n_kish / (1 - result.fraction), n)
    silent = (p < 1e-12) | (p > 1 - 1e-12) | ~(v > 0)
    return np.where(silent, bare, size)


def beta(result: Estimate, level: float) -> tuple[Floats, Floats]:
    """Korn-Graubard: Clopper-Pearson with the effective sample size."""
    p, size, tail = result.value, effective_size(result, level), (1 - level) / 2
    yes, no = np.clip(size * p, 0, None), np.clip(size * (1 - p), 0, None)
    low, high = beta_limits.limits(yes, no, tail)
    return np.where(p < 1e-12, 0.0, low), np.where(p > 1 - 1e-12, 1.0, high)


def wilson(result: Estimate, level: float) -> tuple[Floats, Floats]:
    """Wilson's interval with n_eff = p(1-p)/V and t in place of z, as R 4.5 has it."""
    p, t2 = result.value, _t(level, result.df) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        size = p * (1 - p) / result.variance
        centre = (p + t2 / (2 * size)) / (1 + t2 / size)
        half = np.sqrt(t2 * (p * (1 - p) / size + t2 / (4 * size**2))) / (1 + t2 / size)
    return centre - half, centre + half


def xlogit(result: Estimate, level: float) -> tuple[Floats, Floats]:
    """The t interval of log(p / (1 - p)), on the scale of p."""
    p = result.value
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = logit(p)
        half = _t(level, result.df) * result.se / (p * (1 - p))
        return expit(middle - half), expit(middle + half)


def plain(result: Estimate, level: float) -> tuple[Floats, Floats]:
    """Estimate +- t(df) se."""
    half = _t(level, result.df) * result.se
    return result.value - half, result.value + half


METHODS = MappingProxyType({"beta": beta, "wilson": wilson, "xlogit": xlogit, "mean": plain})


def mean_intervals(result: Estimate, level: float) -> Intervals:
    """Estimate +- t(df) se; the value itself where the base is complete or the value known."""
    low, high = plain(result, level)
    return _certain(result, Intervals(low, high, np.full(low.shape, "t", dtype=object)))
