"""Designs: strata, clusters, weights, and one variance for every statistic.

For PSU j of stratum h (the response itself unless responses come in clusters), w the weights and
u the linearised values of `linear`:

    z_i = w_i (u_i - x_i'B)       T_hj = sum of z_i in PSU j       (x_i'B only after calibration)
    V = sum_h (1 - n_h/N_h) n_h/(n_h - 1) sum_j (T_hj - mean_h T)^2
    two stages:  + sum_h n_h/N_h sum_j (1 - m_hj/M_hj) m_hj/(m_hj - 1) sum_k (z_hjk - mean_hj z)^2

(Cochran 1977; R `survey`.) A design has no way to get rows out: responses outside `where` get
u = 0 and stay, and n_h is the stratum's, never the domain's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate import linear
from pipeline.estimate.linear import Floats, Ints, Linear, Mask

__all__ = ["Calibration", "Design", "Estimate", "Floats", "Ints", "Mask"]

# What floating point leaves of a variance that is 0 in theory, beside the squares it is made of.
NOTHING = 1e-22


@dataclass(frozen=True)
class Estimate:
    """Estimates: arrays of one shape, (k,) of k columns or (D, k) of D domains.

    `n` rows of the base, `n_kish` = n / (1 + cv^2 of the weights), `fraction` = n / N of the base
    (0 without N). `df` is the base's own: its PSUs less the strata they lie in, at least 1; R's
    tables by domain use the whole design's, which is `Design.df`. `is_complete`: every stratum of
    the base was answered in full, and so was the item; `is_one_stratum`: the base lies in one
    stratum; `is_lonely`: the rule for lonely strata was used; `is_known`: calibration fixed the
    value, so it has no sampling error.
    """

    value: Floats
    variance: Floats
    deff: Floats
    n: Ints
    df: Ints
    n_kish: Floats
    fraction: Floats
    is_complete: Mask
    is_one_stratum: Mask
    is_lonely: Mask
    is_known: Mask

    @property
    def se(self) -> Floats:
        """Standard errors."""
        return np.sqrt(self.variance)

    def at(self, place: int | slice | tuple[int | slice, ...]) -> Estimate:
        """Some of the estimates, such as those of one domain."""
        return Estimate(*(getattr(self, one.name)[place] for one in fields(self)))


@dataclass(frozen=True)
class Calibration:
    """What calibration leaves for the variance.

    `base` (n,): the weights before it; `basis` (n, r): orthonormal columns that span sqrt(base) x.
    """

    base: Floats
    basis: Floats

    def residual(self, u: Floats) -> Floats:
        """What is left of u: u - x'B, where B is the regression with base weights."""
        root = np.sqrt(self.base)[:, None]
        scaled = root * u
        left: Floats = (scaled - self.basis @ (self.basis.T @ scaled)) / root
        return left


@dataclass(frozen=True)
class Design:
    """Strata, their sizes, clusters and the weights of the responses; no way to get rows out.

    `stratum` (n,) indexes `population` (H,): N_h in PSUs, infinite where unknown (no correction).
    `cluster` (n,) numbers the PSUs 0, 1, ...; without it every response is one. `within` (n,)
    is M_hj, the size of the PSU of each response, where only some of it was drawn.
    `lonely` says what a stratum with one PSU of several adds: fail, remove, certainty (nothing),
    adjust (deviation from the mean of all), average (mean of the other strata).
    """

    stratum: Ints
    population: Floats
    weight: Floats
    lonely: str = "average"
    names: tuple[str, ...] = ()
    cluster: Ints | None = None
    within: Floats | None = None
    calibration: Calibration | None = None

    @classmethod
    def of(
        cls,
        stratum: Ints,
        population: Floats,
        *,
        lonely: str = "average",
        names: tuple[str, ...] = (),
    ) -> Design:
        """A design whose weights are N_h / n_h (1 where N_h is unknown).

        Raises:
            RelevoError: more answers than members in a stratum, or a lonely one with `fail`.
        """
        answers = np.bincount(stratum, minlength=len(population)).astype(float)
        labels = names or tuple(str(h) for h in range(len(population)))
        _refuse(Problem.more_answers_than_members, answers > population, labels)
        if lonely == "fail":
            alone = (answers == 1) & (population > 1)
            sizes = [f"1/{size:g}" for size in population]
            told = tuple(f"{name} ({size})" for name, size in zip(labels, sizes, strict=True))
            _refuse(Problem.lonely_stratum, alone, told)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(np.isfinite(population), population / answers, 1.0)
        return cls(stratum, population, weight[stratum], lonely, labels)

    @cached_property
    def answers(self) -> Floats:
        """n_h: PSUs of each stratum."""
        return np.bincount(self._psu_stratum, minlength=len(self.population)).astype(float)

    @property
    def df(self) -> int:
        """Degrees of freedom of the whole design: PSUs less strata."""
        return int(self.answers.sum() - (self.answers > 0).sum())

    def total(self, y: Floats, where: Mask | None = None) -> Estimate:
        """Weighted totals of the columns of `y` (n, k) over the rows in `where`."""
        return self.estimate(linear.total(self.weight, y, where))

    def mean(self, y: Floats, where: Mask | None = None) -> Estimate:
        """Weighted means of the columns of `y` (n, k), shares where they are 0/1.

        Values outside `where` may be missing.
        """
        return self.estimate(linear.mean(self.weight, y, where))

    def estimate(self, statistic: Linear) -> Estimate:
        """Variance and design effect of a statistic, and what its base is like."""
        where, weight = statistic.where, self.weight[statistic.where]
        present = self._present(where)
        n = int(where.sum())
        rows, is_lonely = self._deviations(statistic.u, where)
        squares = self.weight**2 @ statistic.u**2
        variance: Floats = (rows**2).sum(axis=0)
        nothing = variance <= NOTHING * squares
        variance = np.where(nothing, 0.0, variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            deff = np.where(statistic.simple > 1e-30, variance / statistic.simple, np.nan)
        known = np.isfinite(self.population[present]).all()
        complete = self._is_complete(present, where)
        calibrated = self.calibration is not None and not complete

        def each(fact: float) -> Any:
            return np.full(variance.shape, fact)

        return Estimate(
            statistic.value,
            variance,
            deff,
            each(n),
            each(max(1, self._psus(where) - int(present.sum()))),
            each(float(weight.sum() ** 2 / (weight**2).sum()) if n else 0.0),
            each(float(n / weight.sum()) if n and known else 0.0),
            each(complete),
            each(int(present.sum()) == 1),
            each(is_lonely),
            nothing & (squares > 0) & calibrated,
        )

    def scores(self, u: Floats) -> Floats:
        """The z = w (u - x'B), of which V is the variance of the total."""
        residual = u if self.calibration is None else self.calibration.residual(u)
        return self.weight[:, None] * residual

    def covariance(self, statistic: Linear) -> Floats:
        """Covariances (k, k) of the columns of a statistic."""
        rows, _ = self._deviations(statistic.u, statistic.where)
        return rows.T @ rows

    # --- who is where ----------------------------------------------------------------------------

    @cached_property
    def _psu_stratum(self) -> Ints:
        """The stratum of each PSU."""
        if self.cluster is None:
            return self.stratum
        first = np.unique(self.cluster, return_index=True)[1]
        return self.stratum[first]

    def _present(self, where: Mask) -> Mask:
        """Strata in which the base has a row."""
        return np.bincount(self.stratum[where], minlength=len(self.population)) > 0

    def _psus(self, where: Mask) -> int:
        return int(where.sum()) if self.cluster is None else len(np.unique(self.cluster[where]))

    def _is_complete(self, present: Mask, where: Mask) -> bool:
        """All of every stratum of the base was drawn and answered: nothing is left to chance."""
        if not present.any() or not (self.answers == self.population)[present].all():
            return False
        if self.cluster is not None and self.within is not None:
            drawn = np.bincount(self.cluster)[self.cluster]
            if (drawn < self.within)[present[self.stratum]].any():
                return False
        return bool(where[present[self.stratum]].all())

    # --- variance --------------------------------------------------------------------------------

    def _deviations(self, u: Floats, where: Mask) -> tuple[Floats, bool]:
        """Rows whose squares add up to the variance, whose products to the covariance.

        Also says whether the rule for lonely strata was used.
        """
        z = self.scores(u)
        sums = z if self.cluster is None else _sums(z, self.cluster, len(self._psu_stratum))
        parts = [_stage(sums, self._psu_stratum, self.population)]
        if self.cluster is not None and self.within is not None:
            sizes = self.within[np.unique(self.cluster, return_index=True)[1]]
            drawn = (self.answers / self.population)[self.stratum]
            parts.append(np.sqrt(drawn)[:, None] * _stage(z, self.cluster, sizes))
        # After calibration every response bears on every estimate, so every stratum counts.
        present = self._present(where) if self.calibration is None else self.answers > 0
        lonely = present & (self.answers == 1) & (self.population > 1)
        if not lonely.any():
            return np.concatenate(parts), False
        if self.lonely == "adjust":
            rows = lonely[self._psu_stratum]
            correction = np.sqrt(1 - 1 / self.population[self._psu_stratum[rows]])
            parts.append(correction[:, None] * (sums[rows] - sums.mean(axis=0)))
        every = np.concatenate(parts)
        if self.lonely == "average":
            others = int((present & ~lonely).sum())
            return every * (np.sqrt(present.sum() / others) if others else np.nan), True
        return every, True


def _sums(z: Floats, group: Ints, groups: int) -> Floats:
    """Column sums by group."""
    rows = np.arange(len(group))
    indicator = csr_array((np.ones(len(group)), (group, rows)), shape=(groups, len(group)))
    summed: Floats = np.asarray(indicator @ z)
    return summed


def _stage(z: Floats, group: Ints, population: Floats) -> Floats:
    """Deviations from the group's mean, scaled so that their squares add up to the variance."""
    n = np.bincount(group, minlength=len(population)).astype(float)
    centred = z - (_sums(z, group, len(population)) / np.maximum(n, 1.0)[:, None])[group]
    factor = (1 - n / population) * n / np.maximum(n - 1, 1.0)
    scaled: Floats = np.sqrt(factor)[group][:, None] * centred
    return scaled


def _refuse(problem: Problem, strata: Mask, names: tuple[str, ...]) -> None:
    found = ", ".join(name for name, bad in zip(names, strata, strict=True) if bad)
    if found:
        raise RelevoError(Finding(problem, values={"strata": found}))
