"""The jackknife: for a statistic without a linearised value, and to check those that have one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.estimate.design import Design
from pipeline.estimate.linear import Floats


def jackknife(design: Design, statistic: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """A statistic of the weights, and its variance: one PSU out at a time, stratum by stratum.

    The others of its stratum get n_h/(n_h - 1); V = sum (n_h - 1)/n_h (1 - f_h) (theta_r - mean)^2
    over the replicates (JK1 in one stratum, JKn in several). A stratum with one PSU adds nothing.
    Calibrated weights would have to be calibrated again in every replicate, so they are refused.
    """
    assert design.calibration is None, "calibrate inside the statistic instead"
    cluster = np.arange(len(design.stratum)) if design.cluster is None else design.cluster
    stratum = design.stratum[np.unique(cluster, return_index=True)[1]]
    n = design.answers
    used = np.flatnonzero(n[stratum] > 1)
    found = []
    for psu in used:
        h = stratum[psu]
        weight = np.where(design.stratum == h, design.weight * n[h] / (n[h] - 1), design.weight)
        found.append(statistic(np.where(cluster == psu, 0.0, weight)))
    replicates = np.array(found)
    scale = ((n - 1) / n * (1 - n / design.population))[stratum[used]]
    squares = (replicates - replicates.mean(axis=0)) ** 2
    return statistic(design.weight), scale @ squares
