"""Quantiles with Woodruff's intervals, by three rules.

    hf7     continuous: the k-th of the sorted values stands at C_(k-1)/C_(n-1), C the cumulated
            weights; straight lines between (the usual rule, with weights)
    math    the smallest value with F(value) >= p
    school  that, or the middle of two values where F hits p exactly

Woodruff 1952: the interval of the share at or below the quantile, carried back by the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.estimate.design import Design
from pipeline.estimate.interval import METHODS, quantile_of_t
from pipeline.estimate.linear import Floats, Mask

TIE = 1e-12  # F and p nearer than this are the same


@dataclass(frozen=True)
class Quantile:
    """A quantile; an end is missing where the interval of its share leaves [0, 1]."""

    value: float
    se: float
    low: float
    high: float
    n: int
    df: int


def quantile(  # noqa: PLR0913 - the options are named
    design: Design,
    y: Floats,
    p: float = 0.5,
    where: Mask | None = None,
    *,
    rule: str = "hf7",
    level: float = 0.95,
    method: str = "mean",
) -> Quantile:
    """The p-quantile of `y` in a domain, by rule hf7, math or school.

    Rows of equal value keep the order they come in, which hf7 depends on: give them a fixed one.
    `method` names the interval of the share: mean or beta.
    """
    base = ~np.isnan(y) if where is None else where & ~np.isnan(y)
    n = int(base.sum())
    if n == 0:
        return Quantile(np.nan, np.nan, np.nan, np.nan, 0, 1)
    order = np.argsort(y[base], kind="stable")
    values, weight = y[base][order], design.weight[base][order]
    value = _at(values, weight, p, rule)
    share = design.mean((y <= value).astype(float), base)
    low, high = (float(end[0]) for end in METHODS[method](share, level))
    ends = [_at(values, weight, end, rule) if 0 <= end <= 1 else np.nan for end in (low, high)]
    df = int(share.df[0])
    se = (ends[1] - ends[0]) / (2 * quantile_of_t(level, df))
    return Quantile(value, se, ends[0], ends[1], n, df)


def _at(values: Floats, weight: Floats, p: float, rule: str) -> float:
    reached = np.cumsum(weight)
    if rule == "hf7":
        if len(values) == 1:
            return float(values[0])
        place = np.concatenate([[0.0], reached[:-1]]) / reached[-2]
        return float(np.interp(p, place, values))
    share = reached / reached[-1]
    k = min(int(np.searchsorted(share, p - TIE)), len(values) - 1)
    is_tie = abs(share[k] - p) <= TIE and k + 1 < len(values)
    if rule == "school" and is_tie:
        return float(values[k] + values[k + 1]) / 2
    return float(values[k])
