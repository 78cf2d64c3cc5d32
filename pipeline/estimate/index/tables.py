"""Scores as rows: of each government for itself, beside a name, and as items to tabulate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.ask import Question, ScoreClass, Survey, score_classes
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.design import Floats
from pipeline.estimate.index.items import ingredients, score_items
from pipeline.estimate.index.method import method_draws, method_interval
from pipeline.estimate.index.rules import DECLARED, RuleSet
from pipeline.estimate.index.scores import Items, Scores, domain_scores, overall_scores
from pipeline.estimate.results import Item

OVERALL = "overall"
SCORE = [
    "wave", "unit_id", "subject_kind", "subject", "score", "low", "high", "coverage", "class",
    "method_low", "method_high", "is_class_stable", "state", "reason",
]  # fmt: skip
STRICTNESS = ("public", "network", "confidential")


@dataclass(frozen=True)
class Subject:
    """A domain or the index: its scores (n,) and the items they are made from."""

    kind: str
    name: str
    score: Floats
    made_from: tuple[str, ...]


@dataclass(frozen=True)
class WaveScores:
    """All scores of a wave: by response (n) and item, domain, and overall."""

    wave: WaveAnswers
    items: Items
    domains: Scores
    overall: Scores
    method_low: Floats
    method_high: Floats
    classes: tuple[ScoreClass, ...]
    rules: RuleSet = DECLARED

    def class_of(self, scores: Floats) -> NDArray[np.object_]:
        """The class of each score; '' without a score, or without classes."""
        found = np.full(scores.shape, "", dtype=object)
        for one in self.classes:
            found[(scores >= one.low) & (scores < one.below)] = one.code
        return found

    @cached_property
    def strictness(self) -> Mapping[str, int]:
        """By item, the place in STRICTNESS of the strictest question that it is made from."""
        made_from = ingredients(self.wave, self.items.names)
        return {name: max(map(_strictness, questions)) for name, questions in made_from.items()}

    def disclosure(self, names: Iterable[str]) -> str:
        """The strictest class of all questions that some items are made from."""
        return STRICTNESS[max(self.strictness[name] for name in names)]

    def only(self, names: Collection[str]) -> WaveScores:
        """The scores that some of the items make; without what other methods would give."""
        items = self.items.only(names)
        domains = domain_scores(items, self.rules)
        nothing = np.full((len(self.wave.responses), 1), np.nan)
        overall = overall_scores(domains, self.rules) if items.domains else Scores(*[nothing] * 4)
        return replace(self, items=items, domains=domains, overall=overall)

    def subjects(self) -> Iterator[Subject]:
        """Each domain, then the index."""
        items = self.items
        for d, domain in enumerate(items.domains):
            names = (name for name, of in zip(items.names, items.domain, strict=True) if of == d)
            yield Subject("domain", domain, self.domains.score[:, d], tuple(names))
        if items.domains:
            yield Subject("index", OVERALL, self.overall.score[:, 0], items.names)


def _strictness(question: Question) -> int:
    """What tells of a person is never public, whatever else the form says."""
    declared = STRICTNESS.index(question.disclosure or "network")
    return max(declared, STRICTNESS.index("network")) if question.pii else declared


def wave_scores(survey: Survey, wave: WaveAnswers, rules: RuleSet = DECLARED) -> WaveScores:
    """Score every response of a wave by the questionnaire's column `score`."""
    items = score_items(survey, wave, rules)
    domains = domain_scores(items, rules)
    nothing = np.full((len(wave.responses), 1), np.nan)
    overall, low, high = Scores(*[nothing] * 4), nothing[:, 0], nothing[:, 0]
    if items.domains:
        overall = overall_scores(domains, rules)
        low, high = method_interval(method_draws(items, rules))
    return WaveScores(wave, items, domains, overall, low, high, score_classes(survey), rules)


def alike(first: WaveScores, second: WaveScores) -> tuple[WaveScores, WaveScores]:
    """Both waves scored on the questions that both have, where they are scored by the same rule."""
    kept = [
        name
        for name in dict.fromkeys(second.items.names)
        if _rule(first, name) is not None and _rule(first, name) == _rule(second, name)
    ]
    return first.only(kept), second.only(kept)


def _rule(scores: WaveScores, name: str) -> object:
    """What decides the points of an item; None where the wave has no such item."""
    if name not in scores.items.names:
        return None
    form = scores.wave.questionnaire
    question = form.by_column[name]
    points = {c.name: c.score for c in form.choices_of(question) if not c.missing_kind}
    places = [i for i, one in enumerate(scores.items.names) if one == name]
    fed = [
        (scores.items.domains[scores.items.domain[i]], float(scores.items.weight[i]))
        for i in places
    ]
    return question.type, question.score, points, question.skip_excludes, sorted(fed)


def unit_scores(scores: WaveScores) -> pd.DataFrame:
    """estimate.unit_score: every score of every government, with its bounds.

    Items have the state of their cell; a domain or the index without a score says why. The method
    interval stands at the index: 90 % of the scores that other choices of method would give.
    """
    wave, items = scores.wave, scores.items
    parts = [
        _rows(scores, "item", items.names, items.scores, _states(wave, items.names)),
        _rows(scores, "domain", items.domains, scores.domains),
        _rows(scores, "index", (OVERALL,) if items.domains else (), scores.overall),
    ]
    table = pd.concat(parts, ignore_index=True)
    is_index = table["subject_kind"] == "index"
    given = is_index & table["score"].notna()
    low, high = (table["unit_id"].map(dict(zip(wave.responses["unit_id"], ends, strict=True)))
                 for ends in (scores.method_low, scores.method_high))  # fmt: skip
    table["method_low"], table["method_high"] = low.where(given), high.where(given)
    ends = [scores.class_of(table[name].to_numpy(float)) for name in ("method_low", "method_high")]
    stable = (ends[0] == table["class"]) & (ends[1] == table["class"]) & (table["class"] != "")
    table["is_class_stable"] = stable.astype("boolean").where(given & (table["class"] != ""))
    return table[SCORE]


def _states(wave: WaveAnswers, names: Sequence[str]) -> NDArray[np.object_]:
    by_column = wave.questionnaire.by_column
    states = [wave.main.state(by_column[name]) for name in names]
    return np.column_stack([np.full((len(wave.responses), 0), "", dtype=object), *states])


def _rows(
    scores: WaveScores,
    kind: str,
    names: Sequence[str],
    found: Scores,
    states: NDArray[np.object_] | None = None,
) -> pd.DataFrame:
    """One row per government and subject, in the order of both."""
    wave, (n, k) = scores.wave, (len(scores.wave.responses), len(names))
    classes = scores.class_of(found.score) if kind != "item" else np.full((n, k), "", dtype=object)
    reasons = np.full((n, k), "", dtype=object)
    if kind != "item":
        reasons[~found.is_given[:, :k]] = "score_not_covered"
        reasons[~found.applies[:, :k]] = "score_not_applicable"
    return pd.DataFrame(
        {
            "wave": wave.wave.id,
            "unit_id": np.repeat(wave.responses["unit_id"].to_numpy(object), k),
            "subject_kind": kind,
            "subject": np.tile(np.array(names, dtype=object), n),
            "score": found.score[:, :k].ravel(),
            "low": found.low[:, :k].ravel(),
            "high": found.high[:, :k].ravel(),
            "coverage": found.coverage[:, :k].ravel(),
            "class": classes[:, :k].ravel(),
            "state": "" if states is None else states.ravel(),
            "reason": reasons.ravel(),
        }
    )


def named_scores(scores: WaveScores, units: pd.DataFrame) -> pd.DataFrame:
    """estimate.named_score: scores of governments that agreed to be named, from `public` questions.

    A score with a single item of another class stands beside no name: what is known of the other
    items would leave that one.
    """
    public = [
        (subject.kind, subject.name)
        for subject in scores.subjects()
        if scores.disclosure(subject.made_from) == "public"
    ]
    named = set(scores.wave.responses["unit_id"][scores.wave.known])
    subject = pd.Series(
        list(zip(units["subject_kind"], units["subject"], strict=True)), units.index
    )
    return units[units["unit_id"].isin(named) & subject.isin(public) & units["score"].notna()]


def score_questions(survey: Survey, scores: WaveScores) -> Iterator[Item]:
    """Each domain and the index as an item that is tabulated and cleared like a question.

    A score is a number, its class a choice; both have the strictest class of what they are made
    from.
    """
    codes = tuple(one.code for one in scores.classes)
    for subject in scores.subjects():
        disclosure = scores.disclosure(subject.made_from)
        given = ~np.isnan(subject.score)
        states = np.where(given, "answered", "unanswered").astype(object)
        classes = scores.class_of(subject.score)
        ticks = (
            np.array([classes == code for code in codes], float).reshape(len(codes), len(given)).T
        )
        for type_, y, choices in (
            ("decimal", subject.score[:, None], ("",)),
            ("select_one", np.where(given[:, None], ticks, np.nan), codes),
        ):
            if not choices:
                continue
            yield Item(
                wave=scores.wave,
                question=Question(subject.name, "", subject.name, type_, disclosure=disclosure),
                rows=scores.wave.main,
                states=states,
                y=y,
                choices=choices,
                base="applicable",
                subject_kind=subject.kind,
                reach=_reach(survey, scores, subject),
            )


def _reach(survey: Survey, scores: WaveScores, subject: Subject) -> float:
    """Points by which threshold - 1 answers to the question that weighs most can move the sum."""
    items, limits = scores.items, survey.disclosure
    total = np.bincount(items.domain, items.weight)[items.domain]
    share = np.divide(items.weight, total, out=np.zeros(len(total)), where=total > 0)
    is_part = np.array([name in subject.made_from for name in items.names])
    if subject.kind == "domain":
        is_part &= np.array([items.domains[d] == subject.name for d in items.domain])
    else:
        share = share / len(items.domains)
    thresholds = np.array(
        [
            limits.threshold_confidential
            if scores.disclosure((name,)) == "confidential"
            else limits.threshold
            for name in items.names
        ]
    )
    return float((100 * share * (thresholds - 1))[is_part].max(initial=0.0))
