"""Method uncertainty: what a score would be had its makers chosen otherwise.

Five choices of the makers are drawn at random: the weights of the domains, how domains become one
score, whether "does not know" counts as 0, the weights of the items, and a domain left out. Source:
Saisana, Saltelli and Tarantola, "Uncertainty and sensitivity analysis techniques as tools for the
quality assessment of composite indicators", JRSS A 168 (2005) 307-323. How much each choice matters
is said by the variance-based indices of Saltelli et al., "Variance based sensitivity analysis of
model output", Computer Physics Communications 181 (2010) 259-270.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.stats import qmc

from pipeline.estimate.design import Floats
from pipeline.estimate.index.rules import DECLARED, RuleSet
from pipeline.estimate.index.scores import (
    Items,
    domain_scores,
    fewest,
    mean_of_domains,
    overall_scores,
    ranks,
)

CHOICES = ("weights", "aggregation", "does_not_know", "item_weights", "left_out")
SEED = 375
DRAWS = 1000
SPREAD = 9.0  # of each domain in Dirichlet(9, ..., 9): with nine domains a weight is .11 +- .035
INTERVAL = (0.05, 0.95)


def method_draws(items: Items, rules: RuleSet = DECLARED, draws: int = DRAWS) -> Floats:
    """The overall scores (draws, n) under random choices; the same in every run."""
    return overall_under(items, np.random.default_rng(SEED).random((draws, len(CHOICES))), rules)


def method_interval(draws: Floats) -> tuple[Floats, Floats]:
    """The 5th and 95th percentile over the draws (n,); missing where no draw gives a score."""
    found = np.full((2, draws.shape[1]), np.nan)
    given = ~np.isnan(draws).all(axis=0)
    if given.any():
        found[:, given] = np.nanquantile(draws[:, given], INTERVAL, axis=0)
    return found[0], found[1]


def rank_interval(draws: Floats) -> tuple[Floats, Floats]:
    """The 5th and 95th percentile of each rank over the draws (n,)."""
    return method_interval(np.array([ranks(scores) for scores in draws]))


def overall_under(items: Items, choices: Floats, rules: RuleSet = DECLARED) -> Floats:
    """Overall scores (k, n) under k sets of choices.

    Args:
        items: points of n governments.
        choices: (k, 5) numbers from 0 to 1, in the order of CHOICES: which of DRAWS Dirichlet
            weights; arithmetic below .5, else geometric; missing below .5, else 0; declared below
            .5, else equal; none or one of the domains.
        rules: what is declared.
    """
    count = len(items.domains)
    weights = np.random.default_rng(SEED).dirichlet(np.full(max(count, 1), SPREAD), DRAWS)
    picked = (np.asarray(choices) * [DRAWS, 2, 2, 2, count + 1 if count > 1 else 1]).astype(int)
    scores = {
        (zero, equal): domain_scores(
            _zeroed(items) if zero else items,
            replace(rules, is_weighted=rules.is_weighted and not equal),
        )
        for zero, equal in product((0, 1), repeat=2)
    }
    found = np.full((len(picked), len(items.points)), np.nan)
    for row, (which, geometric, zero, equal, left_out) in enumerate(picked):
        domains = scores[zero, equal]
        weight = weights[which] * (np.arange(1, count + 1) != left_out)
        used = np.where(domains.is_given, weight, 0.0)
        mean = mean_of_domains(domains.score, used, is_geometric=bool(geometric))
        found[row] = np.where(domains.is_given.sum(axis=1) >= fewest(rules, count), mean, np.nan)
    return found


def _zeroed(items: Items) -> Items:
    """The same with 0 points wherever a government does not know."""
    return replace(items, points=np.where(items.unsure, 0.0, items.points))


@dataclass(frozen=True)
class Sensitivity:
    """Shares of a variance by input: `first` by each alone (S), `total` with interactions (ST)."""

    first: Floats
    total: Floats


def sensitivity(
    model: Callable[[Floats], Floats], inputs: int, draws: int = 1024, seed: int = SEED
) -> Sensitivity:
    """Sobol indices of a model whose inputs are independent and uniform between 0 and 1.

    S_i = mean(y_B (y_ABi - y_A)) / V and ST_i = mean((y_A - y_ABi)^2) / 2V, where ABi is A with
    column i of B (Saltelli et al. 2010, table 2, b and f). Small negative S are noise.

    Args:
        model: (k, inputs) to (k,).
        inputs: how many.
        draws: of the base sample, a power of 2; the model is evaluated draws x (inputs + 2) times.
        seed: of the scrambled quasi-random sample.
    """
    sample = qmc.Sobol(2 * inputs, rng=seed).random(draws)
    a, b = sample[:, :inputs], sample[:, inputs:]
    mixed = []
    for i in range(inputs):
        one = a.copy()
        one[:, i] = b[:, i]
        mixed.append(one)
    y = model(np.vstack([a, b, *mixed])).reshape(inputs + 2, draws)
    y_a, y_b, y_ab = y[0], y[1], y[2:]
    variance = y[:2].var()
    if not variance > 0:
        return Sensitivity(np.full(inputs, np.nan), np.full(inputs, np.nan))
    centre = y[:2].mean()
    first = ((y_b - centre) * (y_ab - y_a)).mean(axis=1) / variance
    total = ((y_a - y_ab) ** 2).mean(axis=1) / (2 * variance)
    return Sensitivity(first, total)


def score_sensitivity(
    items: Items, unit: int, rules: RuleSet = DECLARED, draws: int = 1024
) -> Sensitivity:
    """Which of the CHOICES moves one government's overall score."""
    alone = replace(
        items,
        points=items.points[[unit]],
        applies=items.applies[[unit]],
        unsure=items.unsure[[unit]],
    )
    return sensitivity(lambda x: overall_under(alone, x, rules)[:, 0], len(CHOICES), draws)


def rank_sensitivity(items: Items, rules: RuleSet = DECLARED, draws: int = 256) -> Sensitivity:
    """Which of the CHOICES moves the ranks: the mean distance from the ranks as declared."""
    declared = ranks(overall_scores(domain_scores(items, rules), rules).score[:, 0])

    def shift(choices: Floats) -> Floats:
        drawn = np.array([ranks(scores) for scores in overall_under(items, choices, rules)])
        moved: Floats = np.nanmean(np.abs(drawn - declared), axis=1)
        return moved

    return sensitivity(shift, len(CHOICES), draws)
