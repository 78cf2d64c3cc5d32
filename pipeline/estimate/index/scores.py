"""From points of items to scores of domains and one overall score, each with its bounds.

A score of a government has no sampling error: it is that government's own answer. What it has are
answers that are missing, and these are what the bounds say: the lowest score takes every missing
answer as 0 points, the highest as 100. What does not apply to a government is not missing: it
leaves numerator and denominator. Source of the two aggregations: OECD and JRC, *Handbook on
Constructing Composite Indicators* (2008), section 1.6.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipeline.estimate.design import Floats, Ints, Mask
from pipeline.estimate.index.rules import DECLARED, RuleSet

FLOOR = 1.0  # of a domain in a geometric mean: one 0 would make the whole score 0
EVEN = 1e-9  # a share that equals the least one but for binary fractions is enough


@dataclass(frozen=True)
class Items:
    """The points of n governments on m items.

    `points` (n, m) from 0 to 100, missing where there is no answer that counts; `applies` (n, m)
    whether the item is in the government's denominator; `unsure` (n, m) whether it is missing
    because the government does not know. `domain` (m,) indexes `domains`.
    """

    names: tuple[str, ...]
    domains: tuple[str, ...]
    domain: Ints
    weight: Floats
    points: Floats
    applies: Mask
    unsure: Mask

    @classmethod
    def of(
        cls,
        points: Floats,
        domain: Ints,
        *,
        weight: Floats | None = None,
        applies: Mask | None = None,
    ) -> Items:
        """Items from a matrix of points alone; those that apply and have none are missing."""
        points = np.asarray(points, dtype=float)
        numbers = range(points.shape[1])
        return cls(
            tuple(f"item{i}" for i in numbers),
            tuple(f"domain{d}" for d in range(int(np.max(domain, initial=-1)) + 1)),
            np.asarray(domain, np.int64),
            np.ones(len(numbers)) if weight is None else np.asarray(weight, float),
            points,
            np.ones(points.shape, bool) if applies is None else applies,
            np.zeros(points.shape, bool),
        )

    def only(self, names: Collection[str]) -> Items:
        """Some of the items, with the domains that these belong to."""
        kept = np.flatnonzero([name in names for name in self.names])
        used, domain = np.unique(self.domain[kept], return_inverse=True)
        return Items(
            tuple(self.names[i] for i in kept),
            tuple(self.domains[d] for d in used),
            domain.astype(np.int64),
            self.weight[kept],
            self.points[:, kept],
            self.applies[:, kept],
            self.unsure[:, kept],
        )

    @property
    def scores(self) -> Scores:
        """Each item as a score of its own: missing is 0 to 100, what does not apply has none."""
        answered = self.applies & ~np.isnan(self.points)
        return Scores(
            np.where(answered, self.points, np.nan),
            np.where(self.applies, np.where(answered, self.points, 0.0), np.nan),
            np.where(self.applies, np.where(answered, self.points, 100.0), np.nan),
            np.where(self.applies, answered.astype(float), np.nan),
        )


@dataclass(frozen=True)
class Scores:
    """Scores (n, k) with lowest and highest possible value and the share that is answered.

    `score` is missing where too little is answered. All four are where nothing applies.
    """

    score: Floats
    low: Floats
    high: Floats
    coverage: Floats

    @property
    def applies(self) -> Mask:
        """Whether anything counts at all."""
        return ~np.isnan(self.low)

    @property
    def is_given(self) -> Mask:
        """Whether enough is answered for a score."""
        return ~np.isnan(self.score)


def domain_scores(items: Items, rules: RuleSet = DECLARED) -> Scores:
    """Weighted mean of the answered items of each domain (n, d)."""
    weight = items.weight if rules.is_weighted else np.ones(len(items.weight))
    belongs = (items.domain[:, None] == np.arange(len(items.domains))) * weight[:, None]
    answered = items.applies & ~np.isnan(items.points)
    total = np.where(items.applies, 1.0, 0.0) @ belongs
    known = np.where(answered, 1.0, 0.0) @ belongs
    points = np.where(answered, items.points, 0.0) @ belongs
    with np.errstate(divide="ignore", invalid="ignore"):
        score, coverage = points / known, known / total
        low, high = points / total, (points + 100 * (total - known)) / total
    score[coverage < rules.items - EVEN] = np.nan
    return _scores(score, low, high, coverage)


def overall_scores(domains: Scores, rules: RuleSet = DECLARED) -> Scores:
    """Mean of the domains that have a score (n, 1), where enough of them have.

    A domain without a score counts as not known at all in the bounds, from 0 to 100: so they hold
    the score, and narrow with every answer.
    """
    low = np.where(domains.is_given, domains.low, 0.0)
    high = np.where(domains.is_given, domains.high, 100.0)
    coverage = domains.is_given.mean(axis=1, keepdims=True)
    score = _mean(domains.score, domains.is_given, rules)
    score[domains.is_given.sum(axis=1) < fewest(rules, domains.score.shape[1])] = np.nan
    low, high = (_mean(bound, domains.applies, rules) for bound in (low, high))
    coverage[np.isnan(low)] = np.nan
    return _scores(score, low, high, coverage)


def fewest(rules: RuleSet, domains: int) -> int:
    """How many domains need a score: 7 of 9."""
    return max(1, math.ceil(rules.domains * domains - EVEN))


def mean_of_domains(values: Floats, weight: Floats, *, is_geometric: bool) -> Floats:
    """Weighted means along the last axis; domains of weight 0 may be missing.

    The geometric one lets no domain make up for another; below FLOOR a domain counts as FLOOR.
    """
    values = np.where(weight > 0, values, FLOOR)
    values = np.log(np.maximum(values, FLOOR)) if is_geometric else values
    total = weight.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = (values * weight).sum(axis=-1) / total
    return np.exp(mean) if is_geometric else mean


def _mean(values: Floats, used: Mask, rules: RuleSet) -> Floats:
    mean = mean_of_domains(values, used.astype(float), is_geometric=rules.is_geometric)
    return mean[:, None]


def _scores(score: Floats, low: Floats, high: Floats, coverage: Floats) -> Scores:
    """Binary fractions may put a bound, or a sum of tenths, a hair on the wrong side."""
    score, low, high = (np.clip(part, 0.0, 100.0) for part in (score, low, high))
    return Scores(
        score,
        np.fmin(low, np.where(np.isnan(low), np.nan, score)),
        np.fmax(high, np.where(np.isnan(high), np.nan, score)),
        coverage,
    )


def ranks(scores: Floats, places: int = 4) -> NDArray[np.float64]:
    """Ranks of scores, 1 the highest; equals share the best place ("min").

    Rounded first, for binary fractions order equals. A missing score has no rank. Never printed
    beside names unless a network asks for it: with random answers the interval of a rank is about
    a quarter of all places wide.
    """
    given = ~np.isnan(scores)
    found = np.full(len(scores), np.nan)
    found[given] = rankdata(-np.round(scores[given], places), method="min")
    return found
