"""Change between two waves of one list of members, some of whom answered twice.

With z = w u of each wave, s its standard deviations in a stratum, m_h members in both waves:

    V = sum_h [ (1 - n1/N) n1 s1^2 + (1 - n2/N) n2 s2^2 - 2 (m - n1 n2/N) s12 ]

s12 is the covariance within the overlap, (1 - n/N) the correction of each wave. Stacking the waves
with the members as clusters and one correction for the union gives errors about a tenth too small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.estimate.contrast import Difference, tested
from pipeline.estimate.design import Design
from pipeline.estimate.linear import Floats, Ints, Linear, Mask


@dataclass(frozen=True)
class Round:
    """One wave: its design, a statistic of it, and the unit (n,) behind each response.

    Two rounds have the same strata in the same order and number their units alike; a unit has one
    response in each.
    """

    design: Design
    statistic: Linear
    unit: Ints


def change(before: Round, after: Round, level: float = 0.95) -> tuple[Difference, bool]:
    """The newer less the older value, and whether its error is conservative.

    It is where a stratum of both bases has fewer than two units in both waves: nothing shows then
    how their answers hang together, and nothing is subtracted. After calibration z is the residual.
    """
    _, first, second = np.intersect1d(before.unit, after.unit, return_indices=True)
    stratum, population = after.design.stratum[second], after.design.population
    z1 = before.design.scores(before.statistic.u)[first]
    z2 = after.design.scores(after.statistic.u)[second]
    n1, n2 = before.design.answers, after.design.answers
    both = np.bincount(stratum, minlength=len(population))
    then = before.design.estimate(before.statistic)
    now = after.design.estimate(after.statistic)
    factor = (both - n1 * n2 / population)[:, None]
    shared = (factor * _covariance(z1, z2, stratum, both)).sum(axis=0)
    variance = np.maximum(then.variance + now.variance - 2 * shared, 0.0)
    present = _strata(before, len(both)) & _strata(after, len(both))
    is_conservative = bool((present & (both < 2)).any())
    df = np.minimum(then.df, now.df)
    return tested(now.value - then.value, variance, df, level), is_conservative


def _strata(one: Round, strata: int) -> Mask:
    """Strata in which the base of a round has a response."""
    return np.bincount(one.design.stratum[one.statistic.where], minlength=strata) > 0


def _covariance(first: Floats, second: Floats, stratum: Ints, size: Ints) -> Floats:
    """Covariances (H, k) of two columns within strata, 0 where fewer than two rows."""

    def sums(values: Floats) -> Floats:
        found = np.zeros((len(size), values.shape[1]))
        np.add.at(found, stratum, values)
        return found

    n = np.maximum(size, 1)[:, None]
    centred = first - (sums(first) / n)[stratum]
    return np.where(n > 1, sums(centred * second) / np.maximum(n - 1, 1), 0.0)
