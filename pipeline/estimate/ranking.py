"""Rankings as columns whose ordinary means are the result. Unranked is missing, never last."""

from __future__ import annotations

import numpy as np

from pipeline.estimate.linear import Floats


def borda(rank: Floats) -> Floats:
    """Points of each item: items shown - rank, so that the last of k gets 0.

    `rank` (n, k) counts from 1; missing where the response did not rank the item. An item counts
    as shown where anybody ranked it or not: k is the number of columns.
    """
    points: Floats = rank.shape[1] - rank
    return points


def among_first(rank: Floats, places: int = 1) -> Floats:
    """1 where an item is within the first `places`, 0 where the response ranked others there.

    A response that ranked nothing is missing; one that stopped after `places` has said enough.
    """
    ranked = np.isfinite(rank).any(axis=1, keepdims=True)
    within = np.where(np.nan_to_num(rank, nan=np.inf) <= places, 1.0, 0.0)
    return np.where(ranked, within, np.nan)
