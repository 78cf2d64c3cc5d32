"""Weights made to agree with what is known of the population, and the variance they leave.

    post-stratify  w = d N_c / sum_c d                     x: one indicator for each cell
    rake           that, margin by margin, until all hold  x: one for each category of all margins
    calibrate      w = d F(x'l) with sum w x = T           linear F = 1 + z, raking F = exp(z),
                                                           logit F in [low, high]

(Deville and Sarndal 1992.) The variance is that of the residuals u - x'B, B being the regression
with the weights d before calibration; margins are collinear, hence the rank of x decides. What was
calibrated on has no residual: it is known, not estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate.design import Calibration, Design
from pipeline.estimate.linear import Floats, Ints

CLOSE = 1e-12  # relative, of every margin
SWEEPS = 2_000
STEPS = 60
RANK = 1e-10  # singular values below it, beside the largest, are collinear margins


@dataclass(frozen=True)
class Margin:
    """A known distribution: category of each response (n,), members of each category (c,)."""

    name: str
    code: Ints
    population: Floats
    labels: tuple[str, ...] = ()

    @property
    def indicators(self) -> Floats:
        """0/1 by category (n, c)."""
        found: Floats = (self.code[:, None] == np.arange(len(self.population))).astype(float)
        return found


@dataclass(frozen=True)
class WeightReport:
    """What weights are like: `deff` = 1 + cv^2 (Kish), `n_eff` = n / deff, `negative` ones."""

    smallest: float
    median: float
    largest: float
    deff: float
    n_eff: float
    negative: int


def weight_report(weight: Floats) -> WeightReport:
    """Smallest, middle and largest weight, and what they cost: to show before and after."""
    n_eff = float(weight.sum() ** 2 / (weight**2).sum())
    return WeightReport(
        float(weight.min()),
        float(np.median(weight)),
        float(weight.max()),
        len(weight) / n_eff,
        n_eff,
        int((weight < 0).sum()),
    )


def post_stratify(design: Design, margin: Margin) -> Design:
    """Weights that hold one known distribution.

    Raises:
        RelevoError: a category with members has no answer.
    """
    return rake(design, (margin,))


def rake(design: Design, margins: Sequence[Margin]) -> Design:
    """Weights that hold several known distributions at once.

    Raises:
        RelevoError: a category with members has no answer; the margins speak of different
            numbers of members, or no weights hold them all.
    """
    _refuse_impossible(margins)
    weight = design.weight.copy()
    for _ in range(SWEEPS):
        for margin in margins:
            weight *= _factor(margin, weight)[margin.code]
        if all(np.abs(_factor(margin, weight) - 1).max() <= CLOSE for margin in margins):
            return _calibrated(design, weight, np.column_stack([m.indicators for m in margins]))
    raise _no_weights([margin.name for margin in margins])


def _factor(margin: Margin, weight: Floats) -> Floats:
    """Members for each weighted answer by category; 1 where there is neither."""
    size = np.bincount(margin.code, weight, minlength=len(margin.population))
    return np.divide(margin.population, size, out=np.ones(len(size)), where=size > 0)


def _refuse_impossible(margins: Sequence[Margin]) -> None:
    empty = [
        f"{margin.name}={label} ({size:g})"
        for margin in margins
        for label, size, answers in zip(
            margin.labels or map(str, range(len(margin.population))),
            margin.population,
            np.bincount(margin.code, minlength=len(margin.population)),
            strict=True,
        )
        if (size > 0) != (answers > 0)
    ]
    if empty:
        values: dict[str, object] = {"categories": ", ".join(empty)}
        raise RelevoError(Finding(Problem.margin_without_answers, values=values))
    sizes = [float(margin.population.sum()) for margin in margins]
    if max(sizes) - min(sizes) > CLOSE * max(sizes):
        raise _no_weights([f"{m.name} ({size:g})" for m, size in zip(margins, sizes, strict=True)])


def _no_weights(names: Sequence[str]) -> RelevoError:
    values: dict[str, object] = {"margins": ", ".join(names)}
    return RelevoError(Finding(Problem.margins_not_reached, values=values))


def calibrate(
    design: Design,
    x: Floats,
    totals: Floats,
    *,
    method: str = "linear",
    bounds: tuple[float, float] = (0.0, np.inf),
) -> Design:
    """Weights with sum(w x) = totals, as near the old ones as the method measures it.

    Args:
        design: with the weights before.
        x: auxiliary values (n, p), an intercept among them where N is known.
        totals: of the population (p,).
        method: linear (weights may turn negative: `weight_report` counts them), raking (all stay
            positive) or logit (w/d stays within `bounds`).
        bounds: of w/d, for logit.

    Raises:
        RelevoError: no such weights were found.
    """
    factor, slope = _distance(method, bounds)
    scale = np.maximum(np.abs(x).max(axis=0), 1e-300)
    scaled, goal = x / scale, totals / scale
    base = design.weight
    solution = np.zeros(x.shape[1])
    for _ in range(STEPS):
        z = scaled @ solution
        short = goal - scaled.T @ (base * factor(z))
        hessian = scaled.T @ (scaled * (base * slope(z))[:, None])
        step = np.linalg.lstsq(hessian, short, rcond=RANK**1.5)[0]
        solution = solution + step
        if np.abs(scaled @ step).max() <= CLOSE / 100:
            break
    weight = base * factor(scaled @ solution)
    reached = np.abs(scaled.T @ weight - goal) <= CLOSE * 100 * np.abs(goal).max()
    if not reached.all():  # also where something is not a number
        raise _no_weights([f"column {k + 1}" for k in np.flatnonzero(~reached)])
    return _calibrated(design, weight, scaled)


Curve = Callable[[Floats], Floats]


def _distance(method: str, bounds: tuple[float, float]) -> tuple[Curve, Curve]:
    """F and its derivative; both are 1 at 0."""
    if method == "linear":
        return (lambda z: 1 + z), np.ones_like
    if method == "raking":
        return np.exp, np.exp
    low, high = bounds
    steep = (high - low) / ((1 - low) * (high - 1))

    def factor(z: Floats) -> Floats:
        grown = np.exp(np.clip(steep * z, -700, 700))
        value: Floats = (low * (high - 1) + high * (1 - low) * grown) / (
            high - 1 + (1 - low) * grown
        )
        return value

    def slope(z: Floats) -> Floats:
        value = factor(z)
        inside: Floats = steep * (value - low) * (high - value) / (high - low)
        return inside

    return factor, slope


def _calibrated(design: Design, weight: Floats, x: Floats) -> Design:
    """The design with its new weights and the space in which nothing is left to chance."""
    left, size, _ = np.linalg.svd(np.sqrt(design.weight)[:, None] * x, full_matrices=False)
    basis = left[:, size > RANK * size[0]]
    return replace(design, weight=weight, calibration=Calibration(design.weight, basis))
