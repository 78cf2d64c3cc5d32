"""Groups made by an answer: their size is a count of that answer, and protected like one.

A frame says who is in a group and its size gives nothing away. Where a question makes the groups
(a country without a list of members, the gender of a household's head), "2 answered" is its choice.
"""

from __future__ import annotations

import numpy as np

from pipeline.ask import Survey
from pipeline.errors import Problem
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.design import Mask
from pipeline.estimate.results import RESPONSE
from pipeline.estimate.suppression import Table, suppress

SMALL_GROUP = Problem.small_group.name


def hidden_groups(survey: Survey, wave: WaveAnswers) -> Mask:
    """Groups (G,) about which nothing may be said: too small, or telling of one that is.

    No sum over the others, the network and other kinds of group bounds a small size more closely
    than its threshold. One reason serves all of them: it must not tell the small from the others.
    """
    thresholds = np.array([_threshold(survey, wave, group.kind) for group in wave.groups])
    sizes = np.array([group.inside.sum() for group in wave.groups])
    protected = (sizes > 0) & (sizes < thresholds)
    if not protected.any():
        return protected
    kinds = list(dict.fromkeys(group.kind for group in wave.groups))
    members = np.zeros((len(wave.groups), int(wave.atom.max(initial=-1)) + 1), bool)
    for g, group in enumerate(wave.groups):
        members[g, wave.atom[group.inside]] = True
    table = Table(
        unknown=np.bincount(wave.atom).astype(float)[:, None],
        size=np.full(members.shape[1], float(sizes[0])),  # nobody knows how many are in an atom
        groups=members,
        kind=np.array([kinds.index(group.kind) for group in wave.groups]),
        protected=protected[:, None],
        width=np.maximum(thresholds - 1.0, 0.0),
        is_exclusive=False,
    )
    hidden = suppress(table, np.zeros((len(sizes), 1), bool), sizes[:, None] + 0.5)[:, 0]
    is_answer: Mask = thresholds > 0
    return hidden & is_answer


def response_reasons(survey: Survey, wave: WaveAnswers, hidden: Mask) -> dict[tuple[str, ...], str]:
    """Why it is not said how many answered, by the key of a row of `clear`.

    Strata made by answers are counted all or not at all: finer than groups, they tell of them.
    """
    limits = [_threshold(survey, wave, column) for column in survey.design.strata]
    sizes = [int(stratum.inside.sum()) for stratum in wave.strata]
    silent = [wave.groups[g] for g in np.flatnonzero(hidden)]
    if any(0 < size < max(limits, default=0) for size in sizes):
        silent += wave.strata
    return {
        (
            "frame",
            wave.wave.id,
            RESPONSE,
            "",
            group.kind,
            group.code,
            "response_rate",
            "",
            "",
        ): SMALL_GROUP
        for group in silent
    }


def _threshold(survey: Survey, wave: WaveAnswers, kind: str) -> int:
    """Of the question that makes a kind of group; 0 for the network and columns of the frame."""
    question = wave.questionnaire.by_column.get(kind)
    is_listed = wave.members is not None and kind in wave.members
    if question is None or is_listed:
        return 0
    if question.disclosure == "public" and survey.unit_kind == "institution":
        return 0
    limits = survey.disclosure
    is_confidential = question.disclosure == "confidential"
    return limits.threshold_confidential if is_confidential else limits.threshold
