"""What shown rows say about the unknowns of their question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.estimate.attack.blocks import Block, is_uniform
from pipeline.estimate.attack.known import NEVER_ASKED, STATES, Asked, Row, Stage
from pipeline.estimate.attack.programme import CLOSE, Cell, Ints, Programme, Terms


@dataclass(frozen=True)
class Said:
    """Which number: `what` of a group and a choice (or state); digits of a rounded share."""

    what: str
    group: int
    choice: int = -1
    digits: int = 0


class Facts:
    """What the rows of one question say about its unknowns."""

    def __init__(self, programme: Programme, stage: Stage, asked: Asked, block: Block) -> None:
        self.programme, self.stage, self.asked, self.block = programme, stage, asked, block
        self.known = asked.known.merged(stage.inside.astype(float))  # by group
        self.inside = [np.flatnonzero(inside) for inside in stage.inside]
        self.place = {group: g for g, group in enumerate(stage.groups)}
        self.states = programme.unknowns(np.full(len(STATES), asked.people.sum()))
        empty = Terms.of(self.states[:-1]) + Terms.of(block.empty, -1.0)
        programme.equal(empty, 0.0)
        programme.equal(Terms.of(self.states[-1]) + Terms.of(block.skipped, -1.0), 0.0)
        self.units: Ints | None = None
        if asked.units is not None:
            self.units = programme.unknowns(np.tile(asked.units, (len(asked.choices), 1)))
            pairs = np.column_stack([self.units.ravel(), block.taken.ravel()])
            programme.each(pairs, (1.0, -1.0), -np.inf, 0.0)

    def read(self, rows: Sequence[Row]) -> None:
        """Turn shown rows into facts."""
        for said, (value, names) in numbers_said(rows, self.place, self.asked).items():
            self._fact(said, value, names)

    def _fact(self, said: Said, value: float, names: list[str]) -> None:
        what, g, k = said.what, said.group, said.choice
        if what == "count":
            rest = value - self.known.taken[g, k]
            self.programme.equal(Terms.of(self.block.taken[k, self.inside[g]]), rest, names)
        elif what == "base" and self.asked.base is None:
            rest = value - self.known.answered[g]
            self.programme.equal(Terms.of(self.block.answered[self.inside[g]]), rest, names)
        elif what == "units" and self.units is not None:
            rest = value - self.known.units[g, k]
            self.programme.equal(Terms.of(self.units[k, self.inside[g]]), rest, names)
        elif what == "state" and g == 0:
            known = float(self.known.states.get(STATES[k], 0))
            self.programme.equal(Terms.of(self.states[k]), value - known, names)
        elif what == "asked" and g == 0:
            kinds = [i for i, state in enumerate(STATES) if state not in NEVER_ASKED]
            known = self.known.answered[0]
            known += sum(self.known.states.get(STATES[i], 0) for i in kinds)
            terms = Terms.of(self.states[kinds]) + Terms.of(self.block.answered)
            self.programme.equal(terms, value - known, names)
        elif what == "band" and self.stage.weight is not None:
            self._band(said, value, names)

    def _band(self, said: Said, share: float, names: list[str]) -> None:
        """A rounded weighted share: a band around a sum of taken less share times answered."""
        k, slack = said.choice, 0.5 * 10.0**-said.digits
        inside = self.inside[said.group]
        assert self.stage.weight is not None
        weight = self.stage.weight[inside]
        taken = Terms.of(self.block.taken[k, inside], weight)
        known = float(weight @ self.asked.known.taken[inside, k])
        base = float(weight @ self.asked.known.answered[inside])
        low, high = share - slack, share + slack
        if self.asked.base is not None and not is_uniform(self.asked):
            base += float(weight @ self.asked.base[inside, k])
            self.programme.fact(
                taken, low * base - known - CLOSE, high * base - known + CLOSE, names
            )
            return
        answered = self.block.answered[inside]
        least_ = taken + Terms.of(answered, -low * weight)
        self.programme.fact(least_, low * base - known - CLOSE, np.inf, names)
        most = taken + Terms.of(answered, -high * weight)
        self.programme.fact(most, -np.inf, high * base - known + CLOSE, names)

    def protect(self, cell: Cell) -> None:
        """Ask for the range of a cell."""
        inside = self.inside[cell.group]
        unknowns = self.block.answered[inside]  # of statistic asked
        if cell.statistic == "share":
            unknowns = self.block.taken[cell.choice, inside]
        elif cell.statistic == "units" and self.units is not None:
            unknowns = self.units[cell.choice, inside]
        elif cell.statistic == "state":
            unknowns = self.states[[cell.choice]]
        self.programme.protect(cell, Terms.of(unknowns))


def numbers_said(
    rows: Sequence[Row], place: Mapping[tuple[str, str], int], asked: Asked
) -> dict[Said, tuple[float, list[str]]]:
    """Every number that shown rows give, once, with all the rows that give it."""
    said: dict[Said, tuple[float, list[str]]] = {}
    for row in rows:
        g = place.get((row["group_kind"], row["group_code"]))
        if g is not None and row["row_scope"] == asked.scope:
            for key, value in _numbers(row, g, asked):
                said.setdefault(key, (value, []))[1].append(row["result_id"])
    return said


def _numbers(row: Row, g: int, asked: Asked) -> Iterator[tuple[Said, float]]:
    """What one row says, and the value."""
    n, statistic, choice = float(row["n"]), row["statistic"], row["choice"]
    if statistic == "count":
        k = STATES.index(choice) if choice in STATES else -1
        if k >= 0:
            yield Said("state", g, k), float(row["count"])
        if row["base"] == "asked":
            yield Said("asked", g), n
        return
    if statistic in {"mean", "median"}:
        yield Said("base", g), n
    if statistic not in {"share", "share_of_units"} or choice not in asked.choices:
        return
    k = asked.choices.index(choice)
    share = row["estimate"]
    count = round(share * n) if row["count"] is None else float(row["count"])
    if statistic == "share_of_units":
        yield Said("units", g, k), count
        return
    yield Said("count", g, k), count
    yield Said("base", g), n
    if row["is_weighted"] and n:
        yield Said("band", g, k, _digits(share)), share


def _digits(share: float) -> int:
    """Digits that a share was rounded to, as far as they can be seen."""
    return next((digits for digits in (2, 3) if abs(share - round(share, digits)) < 1e-12), 9)
