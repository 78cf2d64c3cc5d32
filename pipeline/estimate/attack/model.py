"""One family of questions, which skip logic ties together, as a programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

import numpy as np

from pipeline.estimate.attack.blocks import Block, hold_together, is_uniform
from pipeline.estimate.attack.changes import Change, differs
from pipeline.estimate.attack.facts import Facts
from pipeline.estimate.attack.known import NAMED, ONE, Asked, Earlier, Gate, Rows, Shown, Stage
from pipeline.estimate.attack.programme import CLOSE, EARLIER, Cell, Ints, Programme, Terms
from pipeline.estimate.attack.search import least


class Model:
    """One family of questions as a programme."""

    def __init__(
        self,
        stage: Stage,
        rows: Rows,
        cells: Mapping[str, Sequence[Cell]],
        family: tuple[Asked, ...],
        earlier: Sequence[Earlier],
    ) -> None:
        self.programme = Programme(family[0].column)
        self.changes: list[Change] = []
        mine = {asked.column: rows.get(asked.column, ()) for asked in family}
        before = [one for one in earlier if differs(mine, one.rows)]
        self.stage, self.family, place = merged_atoms(stage, family, mine, cells, before)
        self.blocks = {asked.column: self._block(asked) for asked in self.family}
        told: dict[str, Facts] = {}
        for asked in self.family:
            facts = Facts(self.programme, self.stage, asked, self.blocks[asked.column])
            facts.read(mine[asked.column])
            for cell in cells.get(asked.column, ()):
                if cell.statistic != "sum":
                    facts.protect(cell)
            if asked.gate is not None:
                self._tie(asked, asked.gate)
            told[asked.column] = facts
        for one in before:
            self.changes += [
                Change(facts, one, place) for column, facts in told.items() if column in one.rows
            ]

    def _block(self, asked: Asked) -> Block:
        many = len(self.stage.inside[0])
        most = asked.people
        block = Block(
            self.programme.unknowns(np.tile(most, (len(asked.choices), 1))),
            self.programme.unknowns(most),
            self.programme.unknowns(most),
            self.programme.unknowns(most if asked.base is None else np.zeros(many)),
        )
        hold_together(self.programme, asked.kind, block)
        parts = np.column_stack([block.answered, block.empty, block.skipped])
        self.programme.each(parts, (1.0, 1.0, 1.0), most, most)
        if asked.base is not None:
            if is_uniform(asked):
                base = asked.base[:, 0]
                self.programme.each(block.answered[:, None], (1.0,), base, base)
            for k, h in np.ndindex(block.taken.shape):
                self.programme.upper[block.taken[k, h]] = float(asked.base[h, k])
        return block

    def _tie(self, asked: Asked, gate: Gate) -> None:
        """Whoever chose something of `after` was asked, the others were not."""
        above = next(one for one in self.family if one.column == gate.column)
        block, over = self.blocks[asked.column], self.blocks[gate.column]
        after = [k for k, choice in enumerate(above.choices) if choice in gate.after]
        for h, people in enumerate(asked.people):
            skipped = Terms.of(block.skipped[h])
            is_wider = people > above.people[h]  # those that are known at the gate are among them
            known_at = above.known.taken[h] if is_wider else np.zeros(len(above.choices))
            doors = [(Terms.of(over.taken[k, h]), known_at[k]) for k in after]
            let_in = Terms(tuple(part for door, _ in doors for part in door.parts))
            known = float(sum(count for _, count in doors))
            if above.kind == ONE:
                self.programme.fact(skipped + let_in, -np.inf, people - known)
            for door, count in doors if above.kind != ONE else ():
                self.programme.fact(skipped + door, -np.inf, people - count)
            closed = skipped + let_in
            if gate.is_open:
                closed = closed + Terms.of(over.empty[h]) + Terms.of(over.skipped[h])
            self.programme.fact(closed, people - known, np.inf)

    def explain(self) -> None:
        """Take the fewest changes that explain the differences; ask what those few answered.

        Raises:
            InfeasibleError: none do.
        """
        if not self.changes:
            return
        self.unexplained = len(self.programme.low), len(self.programme.cells)
        every = Terms(
            tuple(
                (side.people, 1.0) for change in self.changes for side in (change.came, change.went)
            )
        )
        found, fewest = least(self.programme, every)
        self.programme.fact(every, -np.inf, fewest + CLOSE, (EARLIER,))
        for change in self.changes:
            change.protect(found)

    def forget(self, hidden: Set[str]) -> bool:
        """Rows that are hidden now; whether they were needed."""
        if not self.changes:
            return self.programme.forget(hidden)
        self.programme.cut(*self.unexplained)
        is_changed = self.programme.forget(hidden)
        self.explain()
        return is_changed


def model_of(shown: Shown, family: tuple[Asked, ...], earlier: Sequence[Earlier]) -> Model:
    """The programme of a family, changes since earlier publications explained."""
    model = Model(*shown, family, earlier)
    model.explain()
    return model


def merged_atoms(
    stage: Stage,
    family: tuple[Asked, ...],
    rows: Rows,
    cells: Mapping[str, Sequence[Cell]],
    before: Sequence[Earlier],
) -> tuple[Stage, tuple[Asked, ...], Ints]:
    """Fewer atoms: those that nothing published, and nothing protected, tells apart are one."""
    place = {group: g for g, group in enumerate(stage.groups)}
    told = [row for found in rows.values() for row in found if row["row_scope"] != NAMED]
    told += [
        row
        for one in before
        for asked in family
        for row in one.rows.get(asked.column, ())
        if row["row_scope"] != NAMED
    ]
    used = {place.get((row["group_kind"], row["group_code"]), 0) for row in told}
    used |= {cell.group for asked in family for cell in cells.get(asked.column, ())} | {0}
    keys = [stage.inside[sorted(used)].astype(float)]
    if stage.weight is not None and any(row["is_weighted"] for row in told):
        keys.append(stage.weight[None, :])
    keys += [one.weight[None, :] for one in before if one.weight is not None]
    _, first, where = np.unique(np.vstack(keys), axis=1, return_index=True, return_inverse=True)
    into = np.zeros((len(first), len(where)))
    into[where, np.arange(len(where))] = 1.0

    def merge(asked: Asked) -> Asked:
        known = asked.known.merged(into)
        base = None if asked.base is None else into @ asked.base
        units = None if asked.units is None else into @ asked.units
        return replace(asked, people=into @ asked.people, base=base, known=known, units=units)

    weight = None if stage.weight is None else stage.weight[first]
    smaller = Stage(stage.groups, stage.inside[:, first], weight)
    return smaller, tuple(merge(asked) for asked in family), where.astype(np.int64)
