"""Batteries: questions on one scale that make a domain together, and how far they agree.

Declared by the columns that make scores: a domain all of whose questions have the rule `likert`
with the same `max` is a battery. Its index is the domain's score, the mean of its items from 0 to
100; this adds Cronbach's alpha, over the responses with all items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.ask import score_rules
from pipeline.estimate.index.tables import WaveScores
from pipeline.estimate.likert import alpha
from pipeline.estimate.results import MADE_FROM, NEVER_SHOWN, Item, Row, result_row, table_of


def agreement(scores: WaveScores, tabulated: Sequence[Item]) -> Iterator[Row]:
    """Alpha of every battery over all answers; where weights are had also for all members.

    It is worked out from the answers of each government, so it leaves only where the network's
    counts of all its questions do.
    """
    wave, items = scores.wave, scores.items
    rules = score_rules(wave.questionnaire)[0]
    counted = {item.question.column: item for item in tabulated if not item.scope}
    weights = {False: np.ones(len(wave.responses))}
    if wave.design is not None:
        weights[True] = wave.design.weight
    for d, domain in enumerate(items.domains):
        inside = items.domain == d
        names = [name for name, is_in in zip(items.names, inside, strict=True) if is_in]
        scales = {(rules[name].kind, rules[name].most) for name in names}
        if len(names) < 2 or len(scales) != 1 or next(iter(scales))[0] != "likert":
            continue
        points = items.points[:, inside]
        n = int((~np.isnan(points)).all(axis=1).sum())
        for is_weighted, weight in weights.items():
            tables = [
                table_of(counted[name], wave.groups[0].kind)[is_weighted]
                if name in counted and counted[name].choices and not counted[name].is_number
                else (NEVER_SHOWN,)
                for name in names
            ]
            found = alpha(points, weight)
            has_alpha = bool(np.isfinite(found))
            values: Row = {
                "subject_kind": "domain",
                "subject": domain,
                "statistic": "alpha",
                "base": "applicable",
                "is_weighted": is_weighted,
                "n": n,
                "estimate": found,
                "unit_of_measure": "alpha",
                "shown": "yes" if has_alpha else "x",
                "reason": "" if has_alpha else "no_answer",
                MADE_FROM: tuple(name for table in tables for name in table),
            }
            yield result_row(wave, wave.groups[0], values)
