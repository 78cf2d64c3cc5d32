"""Two-way tables: weighted cells, and whether rows and columns have to do with each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import fdtrc

from pipeline.estimate import linear
from pipeline.estimate.design import Design, Estimate
from pipeline.estimate.linear import Floats, Ints, Mask

THIN = 1e12  # condition number above which contrasts cannot be told apart


@dataclass(frozen=True)
class Independence:
    """Rao and Scott's second-order test: F on ndf and ddf degrees of freedom, its p value."""

    statistic: float
    ndf: float
    ddf: float
    p: float


def cells(
    design: Design, row: Ints, column: Ints, shape: tuple[int, int], where: Mask | None = None
) -> Estimate:
    """Shares of the cells of a table, row by row; codes below 0 are missing."""
    return design.estimate(
        linear.cells(design.weight, row, column, shape, _base(row, column, where))
    )


def _base(row: Ints, column: Ints, where: Mask | None) -> Mask:
    given = (row >= 0) & (column >= 0)
    return given if where is None else given & where


def independence(
    design: Design, row: Ints, column: Ints, shape: tuple[int, int], where: Mask | None = None
) -> Independence | None:
    """Whether rows and columns are independent; None where the table is too thin to say.

    It is where a margin has an empty category, where so many cells are empty that contrasts of
    interaction cannot be told apart, and where nothing is left to chance.

    X2 over pi is compared with what its variance under the design makes of it: Delta =
    (C'D^-1 C / n)^-1 C'D^-1 V D^-1 C, C the contrasts of interaction, D = diag(pi), V the
    covariance of pi (Rao and Scott 1984; Thomas and Rao 1987).
    """
    base = _base(row, column, where)
    found = linear.cells(design.weight, row, column, shape, base)
    n, pi = int(base.sum()), found.value
    table = pi.reshape(shape)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)).ravel()
    if n == 0 or not (expected > 0).all() or min(shape) < 2:
        return None
    squared = n * float(((pi - expected) ** 2 / expected).sum())
    inverse = np.divide(1.0, pi, out=np.zeros(len(pi)), where=pi > 0)
    contrasts = _interaction(shape)
    weighted = contrasts * inverse[:, None]
    simple = contrasts.T @ weighted / n
    if np.linalg.cond(simple) > THIN:
        return None
    delta = np.linalg.solve(simple, weighted.T @ design.covariance(found) @ weighted)
    trace = float(np.trace(delta))
    if not trace > 0:
        return None
    ndf = trace**2 / float(np.trace(delta @ delta))
    statistic, ddf = squared / trace, ndf * design.df
    return Independence(statistic, ndf, ddf, float(fdtrc(ndf, ddf, statistic)))


@lru_cache(maxsize=1_000)
def _interaction(shape: tuple[int, int]) -> Floats:
    """Columns of interaction, orthogonal to the intercept and both main effects."""
    rows, columns = (np.eye(size)[:, 1:] for size in shape)
    row = np.kron(rows, np.ones((shape[1], 1)))
    column = np.kron(np.ones((shape[0], 1)), columns)
    main = np.column_stack([np.ones(shape[0] * shape[1]), row, column])
    both = np.einsum("ij,ik->ijk", row, column).reshape(len(main), -1)
    left: Floats = both - main @ np.linalg.lstsq(main, both, rcond=None)[0]
    return left


def holm(p: Floats) -> Floats:
    """The p values of a family, adjusted: a false claim in it is as rare as in a single test."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
