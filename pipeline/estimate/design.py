"""Design-based estimates: linearised values, sums by stratum, finite population correction.

One variance for everything (knowledge: survey sampling, Taylor linearisation). For response i of
stratum h with weight w_i and linearised value u_i:

    z_i = w_i u_i        V = sum_h (1 - n_h/N_h) n_h/(n_h - 1) sum_i (z_i - mean_h z)^2

Responses outside `where` get u = 0 and stay: n_h is the stratum's, never the domain's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.errors import Finding, Problem, RelevoError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """Estimates of k columns over one base; arrays have length k.

    `n` rows of the base, `n_kish` = n / (1 + cv^2 of the weights), `fraction` = n / N of the base
    (0 without N), `is_complete`: every stratum of the base was answered in full, and so was the
    item; `is_one_stratum`: the base lies in one stratum.
    """

    value: Floats
    variance: Floats
    deff: Floats
    n: int
    df: int
    n_kish: float
    fraction: float
    is_complete: bool
    is_one_stratum: bool
    is_lonely: bool

    @property
    def se(self) -> Floats:
        """Standard errors."""
        return np.sqrt(self.variance)


@dataclass(frozen=True)
class Design:
    """Strata, their sizes and the weights of the responses; no way to get rows out.

    `stratum` (n,) indexes `population` (H,): N_h, infinite where unknown (no correction).
    `lonely` says what a stratum with one answer of several adds: fail, remove, certainty, adjust
    (deviation from the mean of all), average (mean of the other strata).
    """

    stratum: Ints
    population: Floats
    weight: Floats
    lonely: str = "average"
    names: tuple[str, ...] = ()

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
            _refuse(Problem.lonely_stratum, (answers == 1) & (population > 1), labels)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(np.isfinite(population), population / answers, 1.0)
        return cls(stratum, population, weight[stratum], lonely, labels)

    @cached_property
    def answers(self) -> Floats:
        """n_h: answers of each stratum."""
        return np.bincount(self.stratum, minlength=len(self.population)).astype(float)

    def total(self, y: Floats, where: Mask | None = None) -> Estimate:
        """Weighted totals of the columns of `y` (n, k) over the rows in `where`."""
        y, where = self._columns(y, where)
        inside = np.where(where[:, None], y, 0.0)
        value = self.weight @ inside
        return self._estimate(value, inside, np.full(value.shape, np.nan), where)

    def mean(self, y: Floats, where: Mask | None = None) -> Estimate:
        """Weighted means of the columns of `y` (n, k); shares where they are 0/1.

        Values outside `where` may be missing. The design effect compares with simple random
        sampling without replacement (R's convention: S^2 weighted, with n/(n-1)).
        """
        y, where = self._columns(y, where)
        inside = np.where(where[:, None], y, 0.0)
        weight = np.where(where, self.weight, 0.0)
        size, n = float(weight.sum()), int(where.sum())
        if n == 0:
            nothing = np.full(inside.shape[1], np.nan)
            return self._estimate(nothing, np.full(inside.shape, np.nan), nothing, where)
        value = (weight @ inside) / size
        residual = np.where(where[:, None], inside - value, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = weight @ residual**2 / size * n / (n - 1) if n > 1 else np.full(value.shape, 0)
            simple = spread * (1 - n / size) / n
        return self._estimate(value, residual / size, simple, where)

    def _columns(self, y: Floats, where: Mask | None) -> tuple[Floats, Mask]:
        columns = np.asarray(y, dtype=float)
        columns = columns[:, None] if columns.ndim == 1 else columns
        return columns, np.ones(len(self.stratum), bool) if where is None else where

    def _estimate(self, value: Floats, u: Floats, simple: Floats, where: Mask) -> Estimate:
        inside = np.bincount(self.stratum[where], minlength=len(self.population))
        present = inside > 0
        n, weight = int(where.sum()), self.weight[where]
        variance, lonely = self._variance(u, present)
        # A census has no sampling error; what floating point leaves of it is no number.
        variance = np.where(variance < 1e-30, 0.0, variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            deff = np.where(simple > 1e-30, variance / simple, np.nan)
        known = np.isfinite(self.population[present]).all()
        return Estimate(
            value,
            variance,
            deff,
            n,
            max(1, n - int(present.sum())),
            float(weight.sum() ** 2 / (weight**2).sum()) if n else 0.0,
            float(n / weight.sum()) if n and known else 0.0,
            bool(n and (inside == self.population)[present].all()),
            int(present.sum()) == 1,
            lonely,
        )

    def _variance(self, u: Floats, present: Mask) -> tuple[Floats, bool]:
        z = self.weight[:, None] * u
        rows = np.arange(len(self.stratum))
        shape = (len(self.population), len(self.stratum))
        indicator = csr_array((np.ones(len(rows)), (self.stratum, rows)), shape=shape)
        n = np.maximum(self.answers, 1.0)[:, None]
        centred = z - ((indicator @ z) / n)[self.stratum]
        correction = (1 - self.answers / self.population)[:, None]
        factor = correction * n / np.maximum(n - 1, 1.0)
        variance: Floats = (factor * (indicator @ centred**2)).sum(axis=0)
        lonely = present & (self.answers == 1) & (self.population > 1)
        if not lonely.any():
            return variance, False
        return variance + self._lonely_part(z, variance, lonely, present), True

    def _lonely_part(self, z: Floats, variance: Floats, lonely: Mask, present: Mask) -> Floats:
        if self.lonely == "average":
            others = int((present & ~lonely).sum())
            alone = int(lonely.sum())
            return variance * alone / others if others else np.full(variance.shape, np.nan)
        if self.lonely == "adjust":
            rows = lonely[self.stratum]
            correction = (1 - 1 / self.population[self.stratum[rows]])[:, None]
            part: Floats = (correction * (z[rows] - z.mean(axis=0)) ** 2).sum(axis=0)
            return part
        return np.zeros(variance.shape)


def _refuse(problem: Problem, strata: Mask, names: tuple[str, ...]) -> None:
    found = ", ".join(name for name, bad in zip(names, strata, strict=True) if bad)
    if found:
        raise RelevoError(Finding(problem, values={"strata": found}))
