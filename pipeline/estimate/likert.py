"""Batteries of items on one scale: an index of each response, and how far the items agree."""

from __future__ import annotations

import numpy as np

from pipeline.estimate.linear import Floats


def item_index(items: Floats, least: int | None = None) -> Floats:
    """The mean of the items of each response; missing where fewer than `least` were answered.

    Args:
        items: (n, k) codes, all in one direction, missing where not answered.
        least: answered items that are needed; all of them by default.
    """
    given = ~np.isnan(items)
    count = given.sum(axis=1)
    enough = count >= max(1, items.shape[1] if least is None else least)
    total = np.where(given, items, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(enough, total / count, np.nan)


def alpha(items: Floats, weight: Floats) -> float:
    """Cronbach's alpha, k/(k-1) (1 - sum of the item variances / variance of the sum), weighted.

    Over the responses with all items; missing with fewer than two of them or two items, or where
    the sum does not vary.
    """
    whole = ~np.isnan(items).any(axis=1)
    size, w = items.shape[1], weight[whole]
    if size < 2 or whole.sum() < 2:
        return np.nan
    table = np.column_stack([items[whole], items[whole].sum(axis=1)])
    centred = table - (w @ table) / w.sum()
    spread = w @ centred**2
    if spread[-1] <= 0:
        return np.nan
    return float(size / (size - 1) * (1 - spread[:-1].sum() / spread[-1]))
