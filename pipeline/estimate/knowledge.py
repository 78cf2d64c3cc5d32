"""What single governments give to others: coded passages, quotations, policies, experience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.ask import Survey
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.coding import PASSAGE, agreement, passages
from pipeline.estimate.joined import Joined
from pipeline.estimate.matches import matches
from pipeline.estimate.new_rights import new_rights
from pipeline.estimate.policies import all_policies, policies, policy_links
from pipeline.estimate.quotes import quotes, released_answers
from pipeline.estimate.results import Row
from pipeline.store import Work, write_table

SOURCE = ["survey", "language", "title"]


def write_knowledge(
    survey: Survey,
    work: Work,
    waves: Sequence[WaveAnswers],
    others: Mapping[str, Joined],
    scores: pd.DataFrame,
) -> tuple[list[Row], pd.DataFrame]:
    """Write estimate.passage, estimate.quote, estimate.policy, .new_right, .policy_link, .match.

    Into members all of them; into survey what may be public: quotations, and the policies whose
    government said so of the policy. Policies and matches are those of the newest wave.

    Returns:
        The rows of estimate.result and of estimate.named_answer that come of them.

    Raises:
        RelevoError: released_text_changed, unknown_question.
    """
    newest = waves[-1]
    coded = [passages(survey, wave) for wave in waves] if survey.coding.code else []
    table = pd.concat(coded, ignore_index=True) if coded else pd.DataFrame(columns=PASSAGE)
    write_table(work.members, "estimate.passage", table)
    said = quotes(survey, waves, table)
    write_table(work.survey, "estimate.quote", said)
    inventory = all_policies(
        policies(survey, newest), [other.policies() for other in others.values()]
    )
    write_table(work.members, "estimate.policy", inventory)
    write_table(work.members, "estimate.policy_link", policy_links(inventory))
    shared = inventory[inventory["is_shared"].astype(bool)]
    write_table(work.survey, "estimate.policy", shared)
    write_table(work.survey, "estimate.source", _sources(survey, others))
    write_table(work.survey, "estimate.new_right", new_rights(survey, others))
    write_table(work.members, "estimate.match", matches(survey, newest, scores))
    rows = [
        row
        for wave, part in zip(waves, coded, strict=False)
        for row in agreement(survey, wave, part)
    ]
    return rows, released_answers(said)


def _sources(survey: Survey, others: Mapping[str, Joined]) -> pd.DataFrame:
    """estimate.source: the title of this survey and of those that it joins, by language."""
    own = [(survey.name, language, title) for language, title in survey.title.items()]
    parts = [pd.DataFrame(own, columns=SOURCE)]
    for other in others.values():
        labels = other.labels()
        titles = labels[labels["kind"] == "title"]
        parts.append(titles.rename(columns={"text": "title"})[SOURCE])
    return pd.concat(parts, ignore_index=True)
