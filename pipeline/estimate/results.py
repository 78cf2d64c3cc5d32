"""Results in the long form: one row is one number with its base, uncertainty and method.

Choices come from the questionnaire, never from the data: one that nobody took is a row with 0.
`count` of `n` is what briefs say of answering governments; the weighted share of all members is a
row of its own (`is_weighted`), only where the selection allows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.ask import SELECTS, Question, Survey
from pipeline.estimate import linear
from pipeline.estimate.answers import Group, Rows, WaveAnswers
from pipeline.estimate.design import Design, Estimate, Floats, Mask
from pipeline.estimate.interval import Intervals, effective_size, mean_intervals, share_intervals
from pipeline.estimate.linear import Linear
from pipeline.estimate.quantile import quantile
from pipeline.estimate.ranking import among_first, borda

Row = dict[str, Any]
NUMBERS = frozenset({"integer", "decimal"})
ASKED = ("answered", "set_aside", "unanswered", "dont_know", "refused")
NOT_ASKED = ("not_asked", "not_applicable", "absent")
STATES = (*ASKED, *NOT_ASKED)
RANK = "rank"
QUESTION = "question"
RESPONSE = "response"  # subject of the rows that say how many answered
NAMED = "named"  # row_scope of the rows that count the governments that agreed to be named
KEY = (
    "wave", "versus_wave", "group_kind", "group_code", "versus_group", "subject", "row_scope",
    "choice", "statistic", "base",
)  # fmt: skip
MADE_FROM = "made_from"  # ids of the numbers behind a row that has no disclosure rule of its own
NOT_ADDED = (
    "_year",
    "_date",
    "_share",
    "_rate",
    "_pct",
)  # how numbers are named that do not add up
STEPS = (1, 2, 5)  # points, in which a mean score leaves
NEVER_SHOWN = "never_shown"  # among them: a number that is not in the table


@dataclass(frozen=True)
class Item:
    """One question, with the columns its numbers are made of.

    `y` (rows, k): 0/1 by choice, or the number; missing where the row gave no answer to it.
    `choices` has k names, ('',) for a number, () for a text. `base` is `applicable` where answers
    of the kind "does not apply here" were left out, else `answered`. Of a ranking `y` says what
    came first, and `points` (rows, k) how far each choice is from the last place.
    """

    wave: WaveAnswers
    question: Question
    rows: Rows
    states: NDArray[np.object_]
    y: Floats
    choices: tuple[str, ...]
    base: str
    subject_kind: str = QUESTION
    reach: float = 0.0
    points: Floats | None = None

    @property
    def is_score(self) -> bool:
        """Whether this is made from answers to several questions."""
        return self.subject_kind != QUESTION

    @property
    def unit_of_measure(self) -> str:
        """Of its mean."""
        return "points" if self.is_score else "number"

    @property
    def is_number(self) -> bool:
        """Whether the answer is a number."""
        return self.question.type in NUMBERS

    @property
    def is_exclusive(self) -> bool:
        """Whether an answer is one choice, so that the choices add up to the base."""
        return self.question.type in {"select_one", RANK}

    @property
    def scope(self) -> str:
        """The repeat whose rows are counted, or ''."""
        return self.rows.repeat

    @property
    def is_public(self) -> bool:
        """Whether its answers may stand beside a name, and are asked once of a government."""
        return self.question.disclosure == "public" and not self.scope

    def step(self, weight: Floats) -> int:
        """Points to which a mean score of answers of these weights is rounded; 0 is hidden.

        As many answers as must not be told apart could each be another, and it would be the same.
        """
        moved = self.reach * weight.max() / weight.sum()
        return next((step for step in STEPS if step >= moved), 0)

    def inside(self, group: Group) -> Mask:
        """Rows of a group."""
        inside: Mask = group.inside[self.rows.response]
        return inside

    @property
    def design(self) -> Design | None:
        """What its estimates for all members are made with; None where nothing is weighted."""
        return None if self.scope or not self.choices else self.wave.design

    def means(self, y: Floats) -> Estimate | None:
        """Weighted means of columns in every group; None where nothing is weighted."""
        domains = self.wave.domains
        return None if self.design is None or domains is None else domains.means(y)


def items(survey: Survey, wave: WaveAnswers) -> Iterator[Item]:
    """The questions that are tabulated: neither who answered nor a consent, nor direct data."""
    hidden = {survey.key.unit, survey.key.consent.question, survey.key.publish.question}
    hidden |= {survey.register.state}
    for rows in (wave.main, *wave.repeats):
        for question in wave.questionnaire.answers(rows.repeat):
            names_units = bool(question.choices_file)  # a list of places, not of answers
            if question.name not in hidden and not question.pii and not names_units:
                yield _item(wave, rows, question)


def _item(wave: WaveAnswers, rows: Rows, question: Question) -> Item:
    states = rows.state(question)
    answered = states == "answered"
    listed = wave.questionnaire.choices_of(question)
    choices: tuple[str, ...] = ()
    y, points = np.zeros((len(states), 0)), None
    if question.type in SELECTS:
        choices = tuple(choice.name for choice in listed if not choice.missing_kind)
        y = _indicators(rows.cells, question, choices)
    if question.type == RANK:
        rank = np.where(answered[:, None], _ranks(rows.cells, question, choices), np.nan)
        y, points = among_first(rank), borda(rank)
    elif question.type in NUMBERS and question.column in rows.cells:
        choices = ("",)
        y = pd.to_numeric(rows.cells[question.column]).to_numpy(float, na_value=np.nan)[:, None]
    y = np.where(answered[:, None], y, np.nan)
    applies = all(choice.missing_kind != "not_applicable" for choice in listed)
    base = "answered" if applies else "applicable"
    return Item(wave, question, rows, states, y, choices, base, points=points)


def _ranks(values: pd.DataFrame, question: Question, choices: Sequence[str]) -> Floats:
    """Place of each choice, counted from 1; missing where it was not ranked."""
    found = np.full((len(values), len(choices)), np.nan)
    if question.column in values:
        for row, answer in enumerate(values[question.column].fillna("").astype(str)):
            for place, choice in enumerate(answer.split(), start=1):
                if choice in choices:
                    found[row, choices.index(choice)] = place
    return found


def _indicators(values: pd.DataFrame, question: Question, choices: Sequence[str]) -> Floats:
    """0/1 by choice; missing where an older form or export had no such choice."""
    columns = []
    for choice in choices:
        name = f"{question.column}/{choice}"
        if question.type == "select_multiple" and name in values:
            columns.append(values[name].to_numpy(float, na_value=np.nan))
        elif question.type == "select_one" and question.column in values:
            columns.append((values[question.column] == choice).to_numpy(float))
        else:
            columns.append(np.full(len(values), np.nan))
    return np.column_stack(columns) if columns else np.zeros((len(values), 0))


def tabulate(survey: Survey, wave: WaveAnswers, tabulated: Sequence[Item]) -> list[Row]:
    """All numbers of a wave: who answered, then every question in every group."""
    strata = wave.strata if survey.design.strata else ()
    rows = [_response(wave, group) for group in (*wave.groups, *strata)]
    for item in tabulated:
        means = item.means(item.y)
        points = None if item.points is None else item.means(item.points)
        for g, group in enumerate(wave.groups):
            inside = item.inside(group)
            of_group, ranked = (None if one is None else one.at(g) for one in (means, points))
            rows += _Table(survey, item, group, inside, item.scope, of_group, ranked).rows()
            known = inside & wave.known[item.rows.response]
            if item.is_public and known.any() and not known[inside].all():
                rows += _Table(survey, item, group, known, NAMED).answered()
    return rows


def result_row(wave: WaveAnswers, group: Group, values: Row) -> Row:
    """A row of estimate.result, with its defaults and its id."""
    row: Row = {
        "wave": wave.wave.id,
        "versus_wave": "",
        "group_kind": group.kind,
        "group_code": group.code,
        "versus_group": "",
        "row_scope": "",
        "choice": "",
        "is_weighted": False,
        "population": group.population,
        "unit_of_measure": "share",
        "ci_method": "none",
        "shown": "yes",
        "reason": "",
        **values,
    }
    return row | {"result_id": result_id(row)}


def result_id(row: Row) -> str:
    """For citing a row of estimate.result, and for naming what another is made from."""
    key = [str(row[part]) for part in KEY if row[part]]
    return ".".join([*key, "weighted"] if row["is_weighted"] else key)


def _response(wave: WaveAnswers, group: Group) -> Row:
    """Response rate: answering units among members."""
    count, population = int(group.inside.sum()), group.population
    values = {
        "subject_kind": "frame",
        "subject": RESPONSE,
        "statistic": "response_rate",
        "base": "all",
        "count": count,
        "n": population,
        "estimate": _ratio(count, population or 0),
        "shown": "yes" if population else "x",
        "reason": "" if population else "no_population",
    }
    return result_row(wave, group, values)


def _ratio(count: int, n: int) -> float:
    return count / n if n else np.nan


def table_of(item: Item, kind: str, choices: Sequence[str] = ()) -> tuple[tuple[str, ...], ...]:
    """The ids of all shares of a question in the groups of a kind: of counts, and of all cells."""
    rows = [
        {
            **dict.fromkeys(KEY, ""),
            "wave": item.wave.wave.id,
            "group_kind": group.kind,
            "group_code": group.code,
            "subject": item.question.column,
            "row_scope": item.scope,
            "choice": choice,
            "statistic": "share",
            "base": item.base,
        }
        for group in item.wave.groups
        if group.kind == kind
        for choice in choices or item.choices
    ]
    counts, estimates = (
        tuple(result_id(row | {"is_weighted": weighted}) for row in rows)
        for weighted in (False, True)
    )
    return counts, counts + estimates


@dataclass(frozen=True)
class _Table:
    """The numbers of one question in one group."""

    survey: Survey
    item: Item
    group: Group
    inside: Mask
    scope: str
    means: Estimate | None = None  # of the columns, weighted
    ranked: Estimate | None = None  # of the points of a ranking

    def rows(self) -> Iterator[Row]:
        """All numbers, weighted ones included."""
        if not self.item.is_score:
            yield from self._states()
        yield from self.answered()
        if self.item.points is not None:
            yield from self._points(self.item.points)
        design = self.item.design
        if design is not None and self.means is not None:
            weighted = self._weighted_numbers if self.item.is_number else self._weighted_shares
            yield from weighted(design, self.means)

    def answered(self) -> Iterator[Row]:
        """Unweighted numbers about those who answered."""
        return self._numbers() if self.item.is_number else self._shares()

    def _row(self, statistic: str, base: str, n: int, **values: object) -> Row:
        about = {
            "subject_kind": self.item.subject_kind,
            "subject": self.item.question.column,
            "row_scope": self.scope,
            "statistic": statistic,
            "base": base,
            "n": n,
        }
        return result_row(self.item.wave, self.group, about | values)

    def _states(self) -> Iterator[Row]:
        """Item nonresponse: every state with its base; what was not asked is not missing."""
        states = self.item.states[self.inside]
        counts = {state: int((states == state).sum()) for state in STATES}
        for base, members in (("asked", ASKED), ("all", NOT_ASKED)):
            n = sum(counts[state] for state in ASKED) if base == "asked" else len(states)
            for state in members:
                share = _ratio(counts[state], n)
                yield self._row("count", base, n, choice=state, count=counts[state], estimate=share)

    def _plain(self, statistic: str, n: int, **values: object) -> Row:
        """A number about those who answered: no margin of error."""
        if not n:
            values |= {"estimate": np.nan, "shown": "x", "reason": "no_answer"}
        elif self.survey.design.selection == "open_call":
            values["reason"] = "self_selected"
        return self._row(statistic, self.item.base, n, **values)

    def _shares(self) -> Iterator[Row]:
        """Unweighted share, "11 of 23"; in a repeat also the governments behind its rows."""
        for k, choice in enumerate(self.item.choices):
            y = self.item.y[self.inside, k]
            count, n = int(np.nansum(y)), int((~np.isnan(y)).sum())
            share = _ratio(count, n)
            yield self._plain("share", n, choice=choice, count=count, estimate=share)
            if self.item.scope:
                units = self.item.rows.response[self.inside]
                count, n = len(np.unique(units[y == 1])), len(np.unique(units[~np.isnan(y)]))
                share = _ratio(count, n)
                yield self._plain("share_of_units", n, choice=choice, count=count, estimate=share)

    def _numbers(self) -> Iterator[Row]:
        y = self.item.y[self.inside].ravel()
        y, unit = y[~np.isnan(y)], self.item.unit_of_measure
        for statistic, value in (("mean", np.mean), ("median", np.median)):
            found = float(value(y)) if len(y) else np.nan
            yield self._plain(statistic, len(y), estimate=found, unit_of_measure=unit)

    def _points(self, points: Floats) -> Iterator[Row]:
        """Mean points of each choice of a ranking: how many others it stands before."""
        level = self.survey.design.level
        plain, weighted = table_of(self.item, self.group.kind)
        for k, choice in enumerate(self.item.choices):
            y = points[self.inside, k]
            y = y[~np.isnan(y)]
            about = {"choice": choice, "unit_of_measure": "points"}
            found = float(np.mean(y)) if len(y) else np.nan
            row = self._plain("points", len(y), estimate=found)
            yield result_row(self.item.wave, self.group, row | about | {MADE_FROM: plain})
            if self.ranked is not None:
                row = self._weighted("points", self.ranked, mean_intervals(self.ranked, level), k)
                yield result_row(self.item.wave, self.group, row | about | {MADE_FROM: weighted})

    def _weighted_shares(self, design: Design, means: Estimate) -> Iterator[Row]:
        level = self.survey.design.level
        counts = np.nansum(self.item.y[self.inside], axis=0)
        population = np.full(len(counts), self._whole_stratum(design))
        ends = share_intervals(means, counts, level, population)
        sizes = effective_size(means, level)
        for k, choice in enumerate(self.item.choices):
            row = self._weighted("share", means, ends, k)
            about = {"choice": choice, "count": int(counts[k]), "n_eff": float(sizes[k])}
            yield result_row(self.item.wave, self.group, row | about)

    def _weighted_numbers(self, design: Design, means: Estimate) -> Iterator[Row]:
        """The mean, the median with Woodruff's interval, the total."""
        level, measure = self.survey.design.level, {"unit_of_measure": self.item.unit_of_measure}
        ends = mean_intervals(means, level)
        yield self._weighted("mean", means, ends, 0) | measure
        if self.item.is_score:
            return
        found = quantile(design, self.item.y[:, 0], where=self.inside, level=level)
        low, high, method = found.low, found.high, "woodruff"
        if means.is_complete[0]:
            low, high, method = found.value, found.value, "complete"
        yield (
            self._weighted("median", means, ends, 0)
            | measure
            | {
                "estimate": found.value,
                "se": found.se,
                "ci_low": low,
                "ci_high": high,
                "ci_method": method if found.n else "none",
                "deff": np.nan,
            }
        )
        if means.n[0] and not self.item.question.name.endswith(NOT_ADDED):
            yield self._total(design, means) | measure

    def _total(self, design: Design, means: Estimate) -> Row:
        """The mean times the members that were asked: who did not answer is taken as the others.

        Where everyone was asked that number is the group's, and a total tells what its mean does.
        Where skip logic decides, it is an answer itself, and the total leaves with no unknown one.
        """
        item, inside = self.item, self.inside
        answered = inside & ~np.isnan(item.y[:, 0])
        asked = inside & np.isin(item.states, ASKED)
        size, mean = float(design.weight @ asked), linear.mean(design.weight, item.y, answered)
        u = mean.u * size + mean.value * asked[:, None]
        total = Linear(mean.value * size, u, asked, mean.simple * np.nan)
        found = design.estimate(total)
        row = self._weighted("total", found, mean_intervals(found, self.survey.design.level), 0)
        row |= {"n": int(means.n[0]), "reason": self._remark(means, 0)}
        is_told = asked[inside].all() or (item.is_public and item.wave.known[inside].all())
        beside = result_id(row | {"statistic": "mean"})
        made_from = (beside,) if is_told else (beside, NEVER_SHOWN)
        return result_row(item.wave, self.group, row | {MADE_FROM: made_from})

    def _weighted(self, statistic: str, means: Estimate, ends: Intervals, k: int) -> Row:
        return self._row(
            statistic,
            self.item.base,
            int(means.n[k]),
            is_weighted=True,
            population=self.group.covered,
            estimate=means.value[k],
            se=means.se[k],
            ci_low=ends.low[k],
            ci_high=ends.high[k],
            ci_level=self.survey.design.level,
            ci_method=ends.method[k],
            df=int(means.df[k]),
            deff=means.deff[k],
            shown="yes" if means.n[k] else "x",
            reason=self._remark(means, k),
        )

    def _remark(self, means: Estimate, k: int) -> str:
        if not means.n[k]:
            return "no_answer"
        if means.is_known[k]:
            return "known_total"
        if self.group.covered != self.group.population:
            return "population_not_covered"
        return "lonely_strata" if means.is_lonely[k] else ""

    def _whole_stratum(self, design: Design) -> float:
        """N of the base: the group is one whole stratum of known size, and everyone was asked."""
        strata = np.unique(design.stratum[self.inside])
        asked = np.isin(self.item.states[self.inside], ASKED).all()
        if len(strata) != 1 or not asked or self.inside.sum() != design.answers[strata[0]]:
            return np.nan
        # after calibration answers of one stratum weigh unequally
        if design.calibration is not None:
            return np.nan
        return float(design.population[strata[0]])
