"""What changed since an earlier publication: who came, who went, and what they answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.estimate.attack.blocks import Block, View, hold_together, is_uniform
from pipeline.estimate.attack.facts import Facts, Said, numbers_said
from pipeline.estimate.attack.known import Asked, Earlier, Known, Row, Rows
from pipeline.estimate.attack.programme import CLOSE, EARLIER, Cell, Floats, Ints, Programme, Terms


@dataclass(frozen=True)
class _Side:
    """Those that came, or went: how many by atom, and their answers."""

    people: Ints
    block: Block

    @classmethod
    def of(cls, programme: Programme, asked: Asked, most: Floats) -> _Side:
        people = programme.unknowns(most)
        taken = programme.unknowns(np.tile(most, (len(asked.choices), 1)))
        block = Block(taken, *(programme.unknowns(most) for _ in range(3)))
        hold_together(programme, asked.kind, block)
        for h, many in enumerate(people):
            parts = Terms.of(np.array([block.answered[h], block.empty[h], block.skipped[h]]))
            programme.equal(parts + Terms.of(many, -1.0), 0.0)
        return cls(people, block)


class Change:
    """One question in an earlier publication: the same unknowns but for those that changed."""

    def __init__(self, facts: Facts, one: Earlier, place: Ints) -> None:
        programme, stage, asked, block = facts.programme, facts.stage, facts.asked, facts.block
        self.programme, self.stage, self.asked = programme, stage, asked
        total = float(max(one.responses.values(), default=0)) + asked.people.sum()
        if asked.scope:
            total += sum(float(row["n"]) for row in one.rows[asked.column])
        self.came = _Side.of(programme, asked, asked.people)
        self.went = _Side.of(programme, asked, np.full(len(asked.people), total))
        self._came_from(block)
        into = np.zeros((len(asked.people), len(place)))
        into[place, np.arange(len(place))] = 1.0
        known = one.known.get(asked.column, Known.nothing(len(place), len(asked.choices)))
        known = known.merged(into)
        before = replace(asked, base=None, known=known, units=None)
        view = View(((block, 1.0), (self.came.block, -1.0), (self.went.block, 1.0)))
        groups = {group: g for g, group in enumerate(stage.groups)}
        told = numbers_said(one.rows[asked.column], groups, before)
        for said, (value, _) in told.items():
            inside = np.flatnonzero(stage.inside[said.group])
            if said.what == "count":
                rest = value - known.taken[inside, said.choice].sum()
                programme.equal(view.taken(said.choice, inside), rest, (EARLIER,))
            elif said.what == "base" and (asked.base is None or is_uniform(asked)):
                rest = value - known.answered[inside].sum()
                programme.equal(view.answered(inside), rest, (EARLIER,))
            elif said.what == "band" and one.weight is not None:
                weight = np.zeros(len(asked.people))
                weight[place] = one.weight
                self._band(view, said, value, (weight[inside], known, inside))
        if not asked.scope:
            self._count(one, into @ one.named)

    def _band(
        self, view: View, said: Said, share: float, among: tuple[Floats, Known, Ints]
    ) -> None:
        """A weighted share then, with the weights of then."""
        weight, known, inside = among
        if self.asked.base is not None and not is_uniform(self.asked):
            return
        taken, base = weight @ known.taken[inside, said.choice], weight @ known.answered[inside]
        slack = 0.5 * 10.0**-said.digits
        for side, low, high in ((share - slack, 0.0, np.inf), (share + slack, -np.inf, 0.0)):
            terms = view.taken(said.choice, inside, weight) + view.answered(inside, -side * weight)
            rest = side * base - taken
            self.programme.fact(terms, low + rest - CLOSE, high + rest + CLOSE, (EARLIER,))

    def _came_from(self, block: Block) -> None:
        """Who came is among today's."""
        for now, came in zip(block.all, self.came.block.all, strict=True):
            for h in range(len(now)):
                self.programme.fact(Terms.of(came[h]) + Terms.of(now[h], -1.0), -np.inf, 0.0)
        for now, came in zip(block.taken, self.came.block.taken, strict=True):
            for h in range(len(now)):  # and so are those of them that did not choose it
                rest = Terms.of(self.came.block.answered[h]) + Terms.of(came[h], -1.0)
                rest = rest + Terms.of(block.answered[h], -1.0) + Terms.of(now[h])
                self.programme.fact(rest, -np.inf, 0.0)

    def _count(self, one: Earlier, named: Floats) -> None:
        """How many answered was published."""
        for g, group in enumerate(self.stage.groups):
            if group in one.responses:
                inside = np.flatnonzero(self.stage.inside[g])
                change = Terms.of(self.went.people[inside])
                change = change + Terms.of(self.came.people[inside], -1.0)
                rest = one.responses[group] - named[inside].sum() - self.asked.people[inside].sum()
                self.programme.equal(change, float(rest), (EARLIER,))

    def protect(self, found: Floats) -> None:
        """The answers of those that changed are a small table of their own."""
        limit = self.asked.threshold
        for g in range(len(self.stage.groups)):
            inside = np.flatnonzero(self.stage.inside[g])
            for name, side in (("came", self.came), ("went", self.went)):
                many = round(float(found[side.people[inside]].sum()))
                for k in range(len(self.asked.choices) if many else 0):
                    need = float(min(limit - 1, many))
                    cell = Cell(self.asked.column, name, g, k, need, among=many, limit=limit)
                    self.programme.protect(cell, Terms.of(side.block.taken[k, inside]))


def differs(rows: Rows, before: Rows) -> bool:
    """Whether two publications say different things of the same questions."""

    def told(found: Sequence[Row]) -> dict[str, tuple[Any, ...]]:
        return {
            row["result_id"]: tuple(
                None if row.get(name) is None else round(float(row[name]), 9)
                for name in ("count", "n", "estimate")
            )
            for row in found
        }

    return any(
        column in before and told(found) != told(before[column]) for column, found in rows.items()
    )
