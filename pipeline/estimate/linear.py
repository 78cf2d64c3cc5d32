"""Statistics as sums: a value, and what each response adds to it.

Every statistic here is, near its value, a weighted total of one number per response, its
linearised value u (Woodruff 1971; Deville 1999). Whoever knows the variance of a total
(`design`) therefore knows that of a mean, a ratio, a table cell and of any difference of them.
Rows outside the base have u = 0 and stay: leaving them out first would change the design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Linear:
    """k statistics over one base.

    `value` (k,); `u` (n, k), 0 outside the base; `where` (n,): the base. `simple` (k,): the
    variance a simple random sample of the same size would have, missing where nobody asks.
    """

    value: Floats
    u: Floats
    where: Mask
    simple: Floats

    def __sub__(self, other: Linear) -> Linear:
        """The difference, column by column: its covariance comes for free."""
        return Linear(
            self.value - other.value,
            self.u - other.u,
            self.where | other.where,
            np.full(np.broadcast(self.value, other.value).shape, np.nan),
        )

    def beside(self, other: Linear) -> Linear:
        """The columns of both, to compare or combine."""
        return Linear(
            np.concatenate([self.value, other.value]),
            np.column_stack([self.u, other.u]),
            self.where | other.where,
            np.concatenate([self.simple, other.simple]),
        )

    def combined(self, coefficients: Floats) -> Linear:
        """L'theta: one statistic for each row of `coefficients` (m, k), or one for (k,)."""
        rows = np.atleast_2d(np.asarray(coefficients, float))
        nothing = np.full(len(rows), np.nan)
        return Linear(rows @ self.value, self.u @ rows.T, self.where, nothing)


def columns(y: Floats, where: Mask | None) -> tuple[Floats, Mask]:
    """`y` as (n, k) with 0 outside the base, whose values may be missing; and the base."""
    table = np.asarray(y, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    base = np.ones(len(table), bool) if where is None else np.asarray(where, bool)
    return np.where(base[:, None], table, 0.0), base


def total(weight: Floats, y: Floats, where: Mask | None = None) -> Linear:
    """sum(w y): u = y."""
    inside, base = columns(y, where)
    return Linear(weight @ inside, inside, base, np.full(inside.shape[1], np.nan))


def mean(weight: Floats, y: Floats, where: Mask | None = None) -> Linear:
    """Means of columns, shares where they are 0/1: u = (y - p) / W.

    The variance of a simple random sample without replacement is R's: S^2 weighted, with n/(n-1).
    """
    inside, base = columns(y, where)
    kept = np.where(base, weight, 0.0)
    size, n = float(kept.sum()), int(base.sum())
    if n == 0:
        nothing = np.full(inside.shape[1], np.nan)
        return Linear(nothing, np.full(inside.shape, np.nan), base, nothing)
    value = (kept @ inside) / size
    residual = np.where(base[:, None], inside - value, 0.0)
    spread = kept @ residual**2 / size * n / (n - 1) if n > 1 else np.zeros(value.shape)
    return Linear(value, residual / size, base, spread * (1 - n / size) / n)


def ratio(weight: Floats, y: Floats, x: Floats, where: Mask | None = None) -> Linear:
    """Y/X of two totals, such as the share of mentions: u = (y - R x) / X."""
    above, base = columns(y, where)
    below, _ = columns(x, where)
    size = weight @ below
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (weight @ above) / size
        u = (above - value * below) / size
    return Linear(value, u, base, np.full(value.shape, np.nan))


def variance(weight: Floats, y: Floats, where: Mask | None = None) -> Linear:
    """S^2 of columns: the mean of (y - m)^2 n/(n-1), with m held fixed as R does."""
    centre = mean(weight, y, where)
    inside, base = columns(y, where)
    n = int(base.sum())
    scale = n / (n - 1) if n > 1 else np.nan
    return mean(weight, scale * (inside - centre.value) ** 2, base)


def cells(weight: Floats, row: Ints, column: Ints, shape: tuple[int, int], where: Mask) -> Linear:
    """Shares of the cells of a two-way table, row by row: u = (1[cell] - pi) / W.

    Codes below 0 are missing and must be outside the base.
    """
    place = np.where(where, row * shape[1] + column, -1)
    return mean(weight, place[:, None] == np.arange(shape[0] * shape[1]), where)
