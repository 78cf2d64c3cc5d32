"""From the answers of a wave to points: the column `score` of the questionnaire, item by item.

| cell                                                    | in the score                          |
|---------------------------------------------------------|---------------------------------------|
| answered                                                | its points                            |
| not asked, not applicable, absent                       | leaves the denominator                |
| not asked, and the gate of `skip_excludes` not answered | missing: the bounds widen             |
| does not know, no answer, refused, set aside            | missing: the bounds widen, never 0    |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.ask import Question, ScoreRule, Survey, official_languages, score_rules
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.design import Floats, Mask
from pipeline.estimate.index.rules import DECLARED, RuleSet
from pipeline.estimate.index.scores import Items

LEAVES = ("not_asked", "not_applicable", "absent")
MISSING = ("dont_know", "unanswered", "refused", "set_aside")


def score_items(survey: Survey, wave: WaveAnswers, rules: RuleSet = DECLARED) -> Items:
    """The points of every response of a wave on every item that belongs to a domain."""
    reader = _Reader(wave, score_rules(wave.questionnaire)[0], _official(survey, wave))
    fed = [
        (question, domain)
        for question in wave.questionnaire.answers()
        if question.column in reader.rules
        for domain in getattr(question, rules.column).split()
    ]
    domains = tuple(sorted({domain for _, domain in fed}))
    cells = [reader.cells(question) for question, _ in fed]
    nothing = np.zeros((len(wave.responses), 0))
    return Items(
        names=tuple(question.column for question, _ in fed),
        domains=domains,
        domain=np.array([domains.index(domain) for _, domain in fed], np.int64),
        weight=np.array([question.weight for question, _ in fed], float),
        points=np.column_stack([nothing, *(cell.points for cell in cells)]),
        applies=np.column_stack([nothing, *(cell.applies for cell in cells)]).astype(bool),
        unsure=np.column_stack([nothing, *(cell.unsure for cell in cells)]).astype(bool),
    )


def ingredients(wave: WaveAnswers, names: Iterable[str]) -> Mapping[str, tuple[Question, ...]]:
    """What the points of items are made from: the question, what is held, the gate."""
    rules, by_column = score_rules(wave.questionnaire)[0], wave.questionnaire.by_column
    made_from = {name: (name, rules[name].of, by_column[name].skip_excludes) for name in names}
    return {
        name: tuple(by_column[one] for one in columns if one in by_column)
        for name, columns in made_from.items()
    }


def _official(survey: Survey, wave: WaveAnswers) -> NDArray[np.object_]:
    """By response, the choice that is the official language of its country, or ''."""
    members, languages = wave.members, official_languages(survey)
    if members is None or "unit_id" not in members or "country" not in members:
        return np.full(len(wave.responses), "", dtype=object)
    country = wave.responses["unit_id"].map(members.set_index("unit_id")["country"])
    return np.array([languages.get(code, "") for code in country], dtype=object)


@dataclass(frozen=True)
class _Cells:
    """One item, by response."""

    points: Floats
    applies: Mask
    unsure: Mask


@dataclass(frozen=True)
class _Reader:
    """Reads the points of one question after the other."""

    wave: WaveAnswers
    rules: Mapping[str, ScoreRule]
    official: NDArray[np.object_]

    def cells(self, question: Question) -> _Cells:
        rule, state = self.rules[question.column], self.wave.main.state(question)
        applies = ~np.isin(state, LEAVES)
        if gate := self.wave.questionnaire.by_column.get(question.skip_excludes):
            is_open = np.isin(self.wave.main.state(gate), MISSING)
            applies = applies | ((state == "not_asked") & is_open)
        points = np.full(len(state), np.nan)
        if question.column in self.wave.main.cells:
            points = self._points(question, rule)
        if rule.kind == "share":
            applies = applies & self._may_hold(question, rule)
        points = np.where(applies & (state == "answered"), points, np.nan)
        return _Cells(points, applies, applies & (state == "dont_know"))

    def _scores(self, question: Question) -> dict[str, float]:
        choices = self.wave.questionnaire.choices_of(question)
        return {c.name: c.score for c in choices if c.score is not None and not c.missing_kind}

    def _points(self, question: Question, rule: ScoreRule) -> Floats:
        if rule.kind == "count":
            return self._count(question, rule)
        if rule.kind == "share":
            return self._share(question, rule)
        value = self._number(question)
        if rule.kind == "map":
            return value
        inside = (value >= 1) & (value <= rule.most)
        return np.where(inside, 100 * (value - 1) / (rule.most - 1), np.nan)

    def _number(self, question: Question) -> Floats:
        """The number answered, or the score of the choice."""
        cells = self.wave.main.cells[question.column]
        if question.type == "select_one":
            cells = cells.astype(object).map(self._scores(question))
        return pd.to_numeric(cells).to_numpy(float, na_value=np.nan)

    def _ticks(self, question: Question, choices: list[str]) -> Floats:
        """0/1 by choice; missing where the form or export of a response had no such choice."""
        cells = self.wave.main.cells
        nothing = np.full(len(cells), np.nan)
        names = [f"{question.column}/{choice}" for choice in choices]
        ticks = [
            cells[n].to_numpy(float, na_value=np.nan) if n in cells else nothing for n in names
        ]
        return np.column_stack([np.zeros((len(cells), 0)), *ticks])

    def _count(self, question: Question, rule: ScoreRule) -> Floats:
        """The cap is no more than the choices can give that this response was offered."""
        scores = self._scores(question)
        ticks = self._ticks(question, list(scores))
        counts = ~np.isnan(ticks)
        if rule.leaves_out:
            counts &= self.official[:, None] != np.array(list(scores), dtype=object)
        value = np.array(list(scores.values()))
        cap = np.minimum(rule.most, counts @ value)
        found = np.where(counts, ticks, 0.0) @ value
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(100 * np.minimum(found, cap) / cap)

    def _held(self, question: Question, rule: ScoreRule) -> tuple[list[str], Floats]:
        """The scored choices that can be held, and whether each response holds them."""
        of = self.wave.questionnaire.by_column[rule.of]
        known = {choice.name for choice in self.wave.questionnaire.choices_of(of)}
        shared = [name for name, score in self._scores(question).items() if score and name in known]
        is_known = self.wave.main.state(of) == "answered"
        return shared, np.where(is_known[:, None], self._ticks(of, shared), np.nan)

    def _may_hold(self, question: Question, rule: ScoreRule) -> Mask:
        """Whether a response holds any, or does not say."""
        of = self.wave.main.state(self.wave.questionnaire.by_column[rule.of])
        held = np.nan_to_num(self._held(question, rule)[1]).any(axis=1)
        may: Mask = held | np.isin(of, MISSING)
        return may

    def _share(self, question: Question, rule: ScoreRule) -> Floats:
        shared, held = self._held(question, rule)
        chosen = np.nan_to_num(self._ticks(question, shared))
        held = np.nan_to_num(held)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(100 * (chosen * held).sum(axis=1) / held.sum(axis=1))
