"""Differences of estimates of one design: between groups, questions or choices.

Overlapping intervals are no test, and estimates of one sample are seldom independent; the
difference of the linearised values has the right variance, whatever the two share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from pipeline.estimate.design import Design
from pipeline.estimate.linear import Floats, Ints, Linear


@dataclass(frozen=True)
class Difference:
    """Differences of k pairs with intervals and two-sided p values; arrays have length k."""

    value: Floats
    se: Floats
    low: Floats
    high: Floats
    p: Floats
    df: Ints


def difference(design: Design, first: Linear, second: Linear, level: float = 0.95) -> Difference:
    """First - second, column by column: `linear.mean` of two groups, two items, two choices."""
    return _tested(design, first - second, level)


def contrast(
    design: Design, statistic: Linear, coefficients: Floats, level: float = 0.95
) -> Difference:
    """Weighted sums of the columns of a statistic, one for each row of `coefficients`."""
    return _tested(design, statistic.combined(coefficients), level)


def _tested(design: Design, statistic: Linear, level: float) -> Difference:
    found = design.estimate(statistic)
    return tested(found.value, found.variance, found.df, level)


def tested(value: Floats, variance: Floats, df: Ints, level: float) -> Difference:
    """T intervals and tests of differences whose variance is known."""
    se = np.sqrt(variance)
    half = stdtrit(df, 1 - (1 - level) / 2) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(df, -np.abs(value / se))
    return Difference(value, se, value - half, value + half, p, df)
