"""A question as an outsider sees it, and which of its cells are protected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.estimate.attack import Asked, Cell, Gate, Known
from pipeline.estimate.attack.known import (
    EMPTY,
    MOVES,
    NOT_ASKED,
    NUMBER,
    ONE,
    OTHER,
    SEVERAL,
    STATES,
)
from pipeline.estimate.audit.gates import gate_of
from pipeline.estimate.design import Floats, Mask
from pipeline.estimate.results import NOT_ASKED as NEVER
from pipeline.estimate.results import Item

if TYPE_CHECKING:
    from pipeline.estimate.audit.scene import Scene


@dataclass(frozen=True)
class QuestionView:
    """One question: what an outsider knows of it, and what he must not."""

    scene: Scene
    item: Item

    @property
    def is_public(self) -> bool:
        """Whether answers stand beside the names of those that agreed."""
        institution = self.scene.survey.unit_kind == "institution"
        return self.item.question.disclosure == "public" and institution

    @property
    def is_confidential(self) -> bool:
        """Whether the higher threshold holds, and all or none is a small cell too."""
        return self.item.question.disclosure == "confidential"

    @property
    def threshold(self) -> int:
        """The smallest count that may be told."""
        limits = self.scene.survey.disclosure
        return limits.threshold_confidential if self.is_confidential else limits.threshold

    @cached_property
    def unknown(self) -> Mask:
        """Rows whose answers stand beside no name."""
        wave = self.scene.wave
        known = wave.known if self.is_public else np.zeros(len(wave.known), bool)
        return ~known[self.item.rows.response]

    @property
    def kind(self) -> str:
        """Whether one choice is taken, several may be, or none is offered."""
        if self.item.is_number:
            return NUMBER
        if not self.item.choices:
            return OTHER
        answered = self.item.states == "answered"
        adds_up = (np.nansum(self.item.y, axis=1) == answered).all()
        return ONE if self.item.is_exclusive and adds_up else SEVERAL

    def count(self, rows: Mask) -> Floats:
        """Rows by atom."""
        return self.scene.atoms(self.item.rows.response[rows])

    @cached_property
    def base(self) -> Floats:
        """Unknown answers by atom and choice."""
        given = ~np.isnan(self.item.y)
        if not given.shape[1]:
            given = (self.item.states == "answered")[:, None]
        return np.column_stack([self.count(self.unknown & column) for column in given.T])

    @property
    def skips(self) -> bool:
        """Whether skip logic decides who is asked."""
        return bool((self.item.states == NOT_ASKED)[self.unknown].any())

    @property
    def asked(self) -> Asked:
        """The question as the attacker has it."""
        item = self.item
        choices = () if item.is_number else item.choices
        many = self.scene.stage.inside.shape[1]
        known = Known.nothing(many, len(choices))
        if self.is_public:
            known = self.scene.known_now.get(item.question.column, known)
            if not choices:  # texts stand beside no name, but whether there is one is known
                answered = self.count(~self.unknown & (item.states == "answered"))
                known = replace(Known.nothing(many, 0), answered=answered)
            states = pd.Series(item.states[~self.unknown]).value_counts()
            known = replace(known, states={str(s): int(n) for s, n in states.items()})
        skips = self.skips and bool((self.base == self.base[:, :1]).all())
        return Asked(
            item.question.column,
            item.scope,
            self.kind,
            choices,
            self.count(self.unknown),
            None if skips else self.base,
            known,
            self.threshold,
            units=self._units() if item.scope else None,
            gate=self._gate() if skips else None,
        )

    def _units(self) -> Floats:
        given = self.unknown & (self.item.states == "answered")
        return self.scene.atoms(np.unique(self.item.rows.response[given]))

    # --- skip logic ------------------------------------------------------------------------------

    def _gate(self) -> Gate | None:
        """The one question with choices that decides; None where it is less simple."""
        found = gate_of(self.scene.survey, self.scene.rules, self.item.question)
        above = self.scene.by_column.get(found.column) if found else None
        if found is None or above is None or above.scope != self.item.scope:
            return None
        view = QuestionView(self.scene, above)
        if view.kind not in {ONE, SEVERAL} or (self.is_public and not view.is_public):
            return None
        chosen = np.isin(above.choices, found.after)
        let_in = np.nansum(above.y[:, chosen], axis=1) > 0
        skipped, odd = self.item.states == NOT_ASKED, above.states != "answered"
        if (skipped & let_in).any() or (~skipped & ~let_in & ~odd).any():
            return None
        return replace(found, is_open=bool((~skipped & odd).any()))

    # --- what is protected -----------------------------------------------------------------------

    def cells(self) -> Iterator[Cell]:
        """Counts and complements below the threshold, by the definition of the contract."""
        column = self.item.question.column
        inside = np.array([self.item.inside(group) for group in self.item.wave.groups], float)
        inside = inside[:1] if self.is_public else inside
        if self.skips:
            whole = inside @ self.unknown
            for g, n, out in self._small(inside, self.item.states == "answered"):
                yield Cell(column, "asked", g, -1, min(self.threshold - 1, whole[g]), n)
                assert out >= 0
        yield from self._states(column)
        if self.item.is_number:
            yield from self._sums(column, inside)
            return
        for k, y in enumerate(self.item.y.T):
            yield from self._shares(column, inside, k, y)

    def _few(self, count: Floats, base: Floats) -> Mask:
        rest = base - count
        few = (count > 0) & (count < self.threshold) | (rest > 0) & (rest < self.threshold)
        return np.asarray(few, bool)

    def _small(self, inside: Floats, answered: Mask) -> Iterator[tuple[int, float, float]]:
        taken = inside @ (self.unknown & answered)
        out = inside @ (self.unknown & (self.item.states == NOT_ASKED))
        limit = self.threshold
        few = (taken > 0) & (taken < limit) | (out > 0) & (out < limit)
        for g in np.flatnonzero(few):
            yield int(g), float(taken[g]), float(out[g])

    def _shares(self, column: str, inside: Floats, k: int, y: Floats) -> Iterator[Cell]:
        given, taken = ~np.isnan(y), y == 1
        count, base = inside @ (taken & self.unknown), inside @ (given & self.unknown)
        few = self._few(count, base) | self._few(inside @ taken, inside @ given)
        if self.is_confidential:
            few |= (count == 0) | (count == base)
        for g in np.flatnonzero(few & (base > 0)):
            need = min(self.threshold - 1, base[g])
            yield Cell(column, "share", int(g), k, float(need), float(count[g]))
        if self.item.scope:
            units, all_units = (
                self._behind(taken & self.unknown),
                self._behind(given & self.unknown),
            )
            units, all_units = units[: len(inside)], all_units[: len(inside)]
            for g in np.flatnonzero(self._few(units, all_units)):
                need = min(self.threshold - 1, all_units[g])
                yield Cell(column, "units", int(g), k, float(need), float(units[g]))

    def _behind(self, rows: Mask) -> Floats:
        units = np.unique(self.item.rows.response[rows])
        return np.array([group.inside[units].sum() for group in self.item.wave.groups], float)

    def _states(self, column: str) -> Iterator[Cell]:
        states = self.item.states[self.unknown]
        for block in (tuple(s for s in EMPTY if s not in NEVER), NEVER):
            whole = float(np.isin(states, block).sum())
            for state in block:
                count = float((states == state).sum())
                if 0 < count < self.threshold:
                    need = min(self.threshold - 1.0, whole)
                    yield Cell(column, "state", 0, STATES.index(state), need, count)

    def _sums(self, column: str, inside: Floats) -> Iterator[Cell]:
        given = ~np.isnan(self.item.y[:, 0])
        count, everyone = inside @ (given & self.unknown), inside @ given
        few = (count > 0) & ((count < self.threshold) | (everyone < self.threshold))
        for g in np.flatnonzero(few):
            yield Cell(column, "sum", int(g), -1, MOVES)
        size = self.count(given & self.unknown)
        for h in np.flatnonzero((size > 0) & (size < self.threshold)):
            yield Cell(column, "sum", 0, int(h), MOVES)
