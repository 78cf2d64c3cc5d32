"""What changed since the wave before: rows with `versus_wave`, for choices both waves offered.

A change is the difference of two shares or means as each wave gives them. Its weighted row has an
error that knows who answered twice; where the strata of two waves differ, those of the country (the
first stratum column) are taken together. Scores are compared on the questions that both waves had,
each scored by the same rule, so that a longer form is no progress.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.ask import Survey
from pipeline.estimate import linear
from pipeline.estimate.answers import Group, WaveAnswers
from pipeline.estimate.change import Round, change
from pipeline.estimate.contrast import Difference
from pipeline.estimate.design import Design
from pipeline.estimate.linear import Floats, Ints, Mask
from pipeline.estimate.made_from import IN_STEPS
from pipeline.estimate.results import MADE_FROM, Item, Row, result_id, result_row


def changes(
    survey: Survey, before: WaveAnswers, then: Sequence[Item], now: Sequence[Item]
) -> Iterator[Row]:
    """Rows of every question of the main form, and every score, that both waves had alike.

    Of scores only means: those of `then` and `now` are made from the same questions.
    """
    old = {_name(item): item for item in then if not item.scope}
    panel = _Panel.of(before, now[0].wave) if now else None
    for item in now:
        first = old.get(_name(item))
        if first is None or item.scope or not _is_same(first, item):
            continue
        if item.is_score and not item.is_number:
            continue
        pair = _Pair(survey, first, item, _common(first, item), panel)
        groups = {(group.kind, group.code): group for group in before.groups}
        for group in item.wave.groups:
            counterpart = groups.get((group.kind, group.code))
            if counterpart is not None and pair.choices:
                yield from pair.rows(counterpart, group)


def _name(item: Item) -> tuple[str, str, str]:
    """A score has two items: its mean, and its classes."""
    return item.subject_kind, item.question.column, item.question.type


def _is_same(first: Item, second: Item) -> bool:
    return first.question.type == second.question.type and first.base == second.base


def _common(first: Item, second: Item) -> tuple[str, ...]:
    """Choices that everyone who answered was offered, in both waves."""
    offered = [
        {
            choice
            for choice, column in zip(item.choices, item.y.T, strict=True)
            if not np.isnan(column[item.states == "answered"]).any()
        }
        for item in (first, second)
    ]
    return tuple(choice for choice in second.choices if choice in offered[0] & offered[1])


@dataclass(frozen=True)
class _Panel:
    """Two waves with the same strata and the same numbers for the same units."""

    designs: tuple[Design, Design]
    units: tuple[Ints, Ints]

    @classmethod
    def of(cls, before: WaveAnswers, after: WaveAnswers) -> _Panel | None:
        """None where one of the waves is not weighted."""
        if before.design is None or after.design is None:
            return None
        numbered = _numbered(before.responses, after.responses)
        return cls(_aligned(before.design, after.design), numbered)


@dataclass(frozen=True)
class _Pair:
    """One question in two waves, with the choices they share."""

    survey: Survey
    then: Item
    now: Item
    choices: tuple[str, ...]
    panel: _Panel | None

    def rows(self, before: Group, after: Group) -> Iterator[Row]:
        """The changes in one group: of the counts, and weighted."""
        old, new = self._answered(self.then, before), self._answered(self.now, after)
        n = int(new.sum())
        shown = {} if n and old.any() else {"shown": "x", "reason": "no_answer"}
        if not shown and self.survey.design.selection == "open_call":
            shown = {"reason": "self_selected"}
        if not self.choices:
            return
        values = [_mean(y[base]) for y, base in zip(self._columns(), (old, new), strict=True)]
        for k, choice in enumerate(self.choices):
            about = {"choice": choice, "n": n, "estimate": values[1][k] - values[0][k]}
            yield self._row(after, about | shown, (old, new))
        if self.panel is not None and not shown:
            yield from self._weighted(self.panel, after, old, new)

    def _answered(self, item: Item, group: Group) -> Mask:
        answered: Mask = item.inside(group) & (item.states == "answered")
        return answered

    def _columns(self) -> tuple[Floats, Floats]:
        old, new = (
            item.y[:, [item.choices.index(choice) for choice in self.choices]]
            for item in (self.then, self.now)
        )
        return old, new

    def _weighted(self, panel: _Panel, group: Group, old: Mask, new: Mask) -> Iterator[Row]:
        level = self.survey.design.level
        first, second = self._rounds(panel, old, new)
        found, is_conservative = change(first, second, level)
        for k, choice in enumerate(self.choices):
            about = {
                "choice": choice,
                "n": int(new.sum()),
                "is_weighted": True,
                "population": group.covered,
                "ci_level": level,
                "ci_method": "t",
                "reason": self._remark(group, is_conservative=is_conservative),
            }
            yield self._row(group, about | _numbers(found, k), (old, new))

    def _rounds(self, panel: _Panel, old: Mask, new: Mask) -> tuple[Round, Round]:
        first, second = (
            Round(design, linear.mean(design.weight, y, base), unit)
            for design, y, base, unit in zip(
                panel.designs, self._columns(), (old, new), panel.units, strict=True
            )
        )
        return first, second

    def _remark(self, group: Group, *, is_conservative: bool) -> str:
        if group.covered != group.population:
            return "population_not_covered"
        return "few_in_both_waves" if is_conservative else ""

    def _row(self, group: Group, values: Row, bases: tuple[Mask, Mask]) -> Row:
        about: Row = {
            "versus_wave": self.then.wave.wave.id,
            "subject_kind": self.now.subject_kind,
            "subject": self.now.question.column,
            "statistic": "change",
            "base": self.now.base,
            "unit_of_measure": self.now.unit_of_measure if self.now.is_number else "share",
        }
        row = result_row(self.now.wave, group, about | values)
        number = row | {
            "versus_wave": "",
            "statistic": "mean" if self.now.is_number else "share",
        }
        waves = (self.now.wave.wave.id, self.then.wave.wave.id)
        row[MADE_FROM] = tuple(result_id(number | {"wave": wave}) for wave in waves)
        if self.now.is_score:
            row[IN_STEPS] = self._in_steps(bases, is_weighted=row["is_weighted"])
        return row

    def _in_steps(self, bases: tuple[Mask, Mask], *, is_weighted: bool) -> float | None:
        """The change of a mean score, each in the step in which it may leave; None if in none."""
        means = []
        for item, base in zip((self.then, self.now), bases, strict=True):
            design = item.wave.design if is_weighted else None
            weight = np.ones(len(base)) if design is None else design.weight
            step = item.step(weight[base]) if base.any() else 0
            if not step:
                return None
            mean = float(weight[base] @ item.y[base, 0] / weight[base].sum())
            means.append(step * np.round(mean / step))
        return float(means[1] - means[0])


def _mean(y: Floats) -> Floats:
    return y.mean(axis=0) if len(y) else np.full(y.shape[1], np.nan)


def _numbers(found: Difference, k: int) -> Row:
    return {
        "estimate": found.value[k],
        "se": found.se[k],
        "ci_low": found.low[k],
        "ci_high": found.high[k],
        "df": int(found.df[k]),
    }


def _numbered(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Ints, Ints]:
    """Units numbered alike in both waves; a response without one is a unit of its own."""
    names = [
        pd.Series(rows.get("unit_id"), index=rows.index, dtype=object).fillna("").to_numpy(object)
        for rows in (old, new)
    ]
    alone = [
        np.array([f"\0{wave}{k}" for k in range(len(part))]) for wave, part in enumerate(names)
    ]
    joined = np.concatenate(
        [np.where(part == "", own, part) for part, own in zip(names, alone, strict=True)]
    )
    code: Ints = pd.factorize(joined)[0].astype(np.int64)
    return code[: len(old)], code[len(old) :]


def _aligned(before: Design, after: Design) -> tuple[Design, Design]:
    """Both designs with the same strata: countries whose strata differ become one each."""
    old, new = (_by_country(design.names) for design in (before, after))
    whole = {c for c in old.keys() & new.keys() if old[c] != new[c]}

    def joined(names: Sequence[str]) -> list[str]:
        return [country if (country := _country(name)) in whole else name for name in names]

    labels = sorted({*joined(before.names), *joined(after.names)})
    sizes = np.zeros((2, len(labels)))
    for row, design in zip(sizes, (before, after), strict=True):
        for name, size in zip(joined(design.names), design.population, strict=True):
            row[labels.index(name)] += size
    sizes = np.where(sizes > 0, sizes, sizes[::-1])  # a stratum of one wave has its size in both
    first, second = (
        replace(
            design,
            stratum=np.array([labels.index(name) for name in joined(design.names)])[design.stratum],
            population=size,
            names=tuple(labels),
        )
        for design, size in zip((before, after), sizes, strict=True)
    )
    return first, second


def _country(stratum: str) -> str:
    return stratum.partition("/")[0]


def _by_country(names: Sequence[str]) -> dict[str, set[str]]:
    return {_country(name): {n for n in names if _country(n) == _country(name)} for name in names}
