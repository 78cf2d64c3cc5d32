"""The composite index: points of items, scores of domains, one overall score, and their ranges."""

from pipeline.estimate.index.batteries import agreement
from pipeline.estimate.index.items import score_items
from pipeline.estimate.index.method import (
    CHOICES,
    Sensitivity,
    method_draws,
    method_interval,
    overall_under,
    rank_interval,
    rank_sensitivity,
    score_sensitivity,
    sensitivity,
)
from pipeline.estimate.index.rules import DECLARED, NESTED_MEANS, SDG_1072, RuleSet
from pipeline.estimate.index.scores import Items, Scores, domain_scores, overall_scores, ranks
from pipeline.estimate.index.tables import (
    SCORE,
    WaveScores,
    alike,
    named_scores,
    score_questions,
    unit_scores,
    wave_scores,
)

__all__ = [
    "CHOICES",
    "DECLARED",
    "NESTED_MEANS",
    "SCORE",
    "SDG_1072",
    "Items",
    "RuleSet",
    "Scores",
    "Sensitivity",
    "WaveScores",
    "agreement",
    "alike",
    "domain_scores",
    "method_draws",
    "method_interval",
    "named_scores",
    "overall_scores",
    "overall_under",
    "rank_interval",
    "rank_sensitivity",
    "ranks",
    "score_items",
    "score_questions",
    "score_sensitivity",
    "sensitivity",
    "unit_scores",
    "wave_scores",
]
