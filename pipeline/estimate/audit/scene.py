"""A wave as an outsider sees it, made from the answers, and what is protected in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pipeline.ask import Rules, Survey, rules
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.attack import Asked, Cell, Earlier, Known, Stage
from pipeline.estimate.audit.earlier import Release
from pipeline.estimate.audit.question import QuestionView
from pipeline.estimate.design import Floats, Mask
from pipeline.estimate.results import Item


@dataclass(frozen=True)
class Scene:
    """One wave: what everybody knows of it, and which cells are protected."""

    survey: Survey
    wave: WaveAnswers
    items: tuple[Item, ...]
    named: pd.DataFrame

    @cached_property
    def _patterns(self) -> tuple[Floats, np.ndarray[Any, np.dtype[np.int64]], dict[str, int]]:
        """Memberships, stratum, weight by atom; the atom of each response; of each other member."""
        wave = self.wave
        weight = np.zeros(len(wave.known)) if wave.design is None else wave.design.weight
        stratum = np.zeros(len(weight))
        for number, one in enumerate(wave.strata):
            stratum[one.inside] = number
        here = np.vstack([*(group.inside for group in wave.groups), stratum, weight]).astype(float)
        members = wave.members
        others = np.zeros((len(here), 0))
        units: list[str] = []
        if members is not None and "unit_id" in members:
            units = members["unit_id"].astype(str).tolist()
            others = np.vstack([*(_inside(members, g.kind, g.code) for g in wave.groups),
                                self._stratum_of(members), np.zeros(len(members))])  # fmt: skip
        keys, atom = np.unique(np.hstack([here, others]), axis=1, return_inverse=True)
        many = here.shape[1]
        place = dict(zip(units, atom[many:].tolist(), strict=True))
        if "unit_id" in wave.responses:
            place |= dict(zip(wave.responses["unit_id"], atom[:many].tolist(), strict=True))
        return keys, atom[:many].astype(np.int64), place

    @cached_property
    def stage(self) -> Stage:
        """Groups and atoms."""
        keys, _, _ = self._patterns
        groups = tuple((group.kind, group.code) for group in self.wave.groups)
        weight = None if self.wave.design is None else keys[-1]
        return Stage(groups, keys[:-2].astype(bool), weight)

    def _stratum_of(self, members: pd.DataFrame) -> Floats:
        """Number of the stratum of each member."""
        columns = list(self.survey.design.strata)
        if not columns or any(column not in members for column in columns):
            return np.zeros(len(members))
        codes = members[columns].fillna("").astype(str).agg("/".join, axis=1)
        place = {stratum.code: float(number) for number, stratum in enumerate(self.wave.strata)}
        return np.array([place.get(code, 0.0) for code in codes])

    def _weight_then(self, responses: Mapping[tuple[str, str], int]) -> Floats | None:
        """The weight of each atom's answers in an earlier publication, as anybody can count it.

        Members by answers of its stratum; strata without answers are joined with their country's.
        """
        keys, _, _ = self._patterns
        strata = self.wave.strata
        columns = self.survey.design.strata
        if self.wave.design is None or self.survey.design.rake:
            return None
        group = ("network", "all") if not columns else None
        then = [responses.get(group or ("stratum", one.code)) for one in strata]
        if any(n is None for n in then) or any(one.population is None for one in strata):
            return None
        first = [one.code.split("/")[0] for one in strata]
        empty = {name for name, n in zip(first, then, strict=True) if not n}
        name = [f if f in empty else one.code for f, one in zip(first, strata, strict=True)]
        sums = pd.DataFrame({"name": name, "n": then, "N": [one.population for one in strata]})
        total = sums.groupby("name")[["N", "n"]].transform("sum").astype(float)
        weight = np.where(total["n"] > 0, total["N"] / total["n"].clip(lower=1.0), 0.0)
        of_atom: Floats = weight[keys[-2].astype(int)]
        return of_atom

    @cached_property
    def families(self) -> list[list[Asked]]:
        """Questions tied by skip logic: a gate with all that it opens."""
        asked = {item.question.column: QuestionView(self, item).asked for item in self.items}
        head = {column: column for column in asked}
        for column, one in asked.items():
            if one.gate is not None:
                old, new = head[column], head[one.gate.column]
                head = {c: new if h == old else h for c, h in head.items()}
        found: dict[str, list[Asked]] = defaultdict(list)
        for column, one in asked.items():
            found[head[column]].append(one)
        return list(found.values())

    @cached_property
    def tied(self) -> dict[str, frozenset[str]]:
        """By question: all of its family."""
        return {
            asked.column: frozenset(one.column for one in family)
            for family in self.families
            for asked in family
        }

    @cached_property
    def gates(self) -> dict[str, frozenset[str]]:
        """By question: its gate, and what it opens."""
        pairs = [
            (asked.column, asked.gate.column)
            for family in self.families
            for asked in family
            if asked.gate is not None
        ]
        pairs += [(gate, column) for column, gate in pairs]
        return {
            column: frozenset(other for one, other in pairs if one == column)
            for column in self.tied
        }

    @cached_property
    def cells(self) -> dict[str, list[Cell]]:
        """Protected cells by question."""
        return {item.question.column: list(QuestionView(self, item).cells()) for item in self.items}

    @cached_property
    def rules(self) -> Rules:
        """The form's skip logic."""
        return rules(self.wave.questionnaire)

    @cached_property
    def by_column(self) -> dict[str, Item]:
        """The tabulated questions."""
        return {item.question.column: item for item in self.items}

    def atoms(self, response: np.ndarray[Any, Any]) -> Floats:
        """How many of these responses are in each atom."""
        _, atom, _ = self._patterns
        return np.bincount(atom[response], minlength=self.stage.inside.shape[1]).astype(float)

    def known(self, named: pd.DataFrame) -> dict[str, Known]:
        """Answers beside a name, by question."""
        _, _, place = self._patterns
        named = named.assign(atom=named["unit_id"].map(place)).dropna(subset=["atom"])
        named = named.astype({"atom": int})
        ranked = [c for c, item in self.by_column.items() if item.points is not None]
        later = named.duplicated(["question", "unit_id", "row_id"])
        named = named[~(later & named["question"].isin(ranked))]  # counted by what came first
        many = self.stage.inside.shape[1]
        found = {
            str(column): Known.nothing(many, len(self.by_column[str(column)].choices))
            for column in named["question"].unique()
            if column in self.by_column
        }
        who = named.drop_duplicates(["question", "unit_id", "row_id"])
        for (column, h), count in _tally(who, ["question", "atom"]):
            if column in found:
                found[column].answered[h] = count
        units = named.drop_duplicates(["question", "value", "unit_id"])
        for name, rows in (("taken", named), ("units", units)):
            for (column, choice, h), count in _tally(rows, ["question", "value", "atom"]):
                if column in found and choice in self.by_column[column].choices:
                    k = self.by_column[column].choices.index(choice)
                    getattr(found[column], name)[h, k] = count
        return found

    @cached_property
    def known_now(self) -> dict[str, Known]:
        """Answers that this release puts beside a name."""
        return self.known(self.named)

    def earlier(self, release: Release) -> Earlier:
        """This wave in an earlier publication."""
        wave = self.wave.wave.id
        named = release.named[release.named["wave"] == wave]
        _, _, place = self._patterns
        units = [place[unit] for unit in named["unit_id"].unique() if unit in place]
        many = self.stage.inside.shape[1]
        return Earlier(
            release.rows[wave],
            release.responses[wave],
            np.bincount(np.array(units, np.int64), minlength=many).astype(float),
            self.known(named),
            self._weight_then(release.responses[wave]),
        )


def _tally(named: pd.DataFrame, by: list[str]) -> Iterator[tuple[tuple[Any, ...], int]]:
    for key, rows in named.groupby(by).indices.items():
        assert isinstance(key, tuple)
        yield key, len(rows)


def _inside(members: pd.DataFrame, kind: str, code: str) -> Mask:
    if kind == "network":
        return np.ones(len(members), bool)
    if kind not in members:
        return np.zeros(len(members), bool)
    return (members[kind] == code).to_numpy(bool)
