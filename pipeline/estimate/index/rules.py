"""Rule sets: which column of the form makes the domains, and when a score is given.

Sources: OECD and JRC, *Handbook on Constructing Composite Indicators* (2008), for normalised items,
weights and both aggregations; the metadata of SDG indicator 10.7.2 for its six domains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class RuleSet:
    """How items become domains and domains one score.

    `column` of the form names each item's domain (several, separated by blanks, where an item
    feeds several). `items` is the least share of a domain's weight that has to be answered,
    `domains` the least share of all domains that has to have a score. Domains weigh the same.
    """

    column: Literal["domain", "sdg"] = "domain"
    is_weighted: bool = True
    items: float = 0.5
    domains: float = 7 / 9
    is_geometric: bool = False


DECLARED = RuleSet()
# Items of 0, 50 or 100 points; an area is the mean of its items, the total the mean of the areas.
NESTED_MEANS = RuleSet(is_weighted=False)
# A domain is 100 x the mean of its sub-categories (each 0 to 1), the total the mean of six domains.
SDG_1072 = RuleSet(column="sdg", is_weighted=False)
