"""Sums of a number: shown means fix them; the question is which others cannot move either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.estimate.attack.changes import differs
from pipeline.estimate.attack.known import MOVES, Asked, Earlier, Row, Shown, Stage
from pipeline.estimate.attack.programme import CLOSE, EARLIER, Cell, Programme, Terms


def sums_of(shown: Shown, asked: Asked, earlier: Sequence[Earlier]) -> Programme | None:
    """Sums of a number: shown means fix them; the question is which others cannot move either.

    The unknowns are how far the sum of an atom moves, from 0 to 2 around 1; for an earlier
    publication also how far its difference to today does.
    """
    stage, rows, cells = shown
    programme = Programme(f"{asked.column} sum")
    used = asked.people > 0 if asked.base is None else asked.base[:, 0] > 0
    moves = programme.unknowns(np.where(used, 2.0, 0.0))
    means = dict(_means(stage, asked, rows.get(asked.column, ())))
    for (g, is_weighted), row in means.items():
        inside = np.flatnonzero(stage.inside[g] & used)
        weight = stage.weight if is_weighted and stage.weight is not None else np.ones(len(used))
        if len(inside):
            terms = Terms.of(moves[inside], weight[inside])
            programme.equal(terms, float(weight[inside].sum()), (row["result_id"],))
    for cell in cells.get(asked.column, ()):
        if cell.statistic == "sum":
            atom = np.arange(len(used)) == cell.choice
            inside = stage.inside[cell.group] if cell.choice < 0 else atom
            programme.protect(cell, Terms.of(moves[np.flatnonzero(inside & used)]))
    for one in earlier:
        if differs({asked.column: rows.get(asked.column, ())}, one.rows):
            before = dict(_means(stage, asked, one.rows[asked.column]))
            _sums_before(programme, stage, asked, (means, before, one))
    return programme if programme.cells else None


_Means = Mapping[tuple[int, bool], Row]


def _means(stage: Stage, asked: Asked, rows: Sequence[Row]) -> Iterator[tuple[Any, Row]]:
    """Shown means by group, and whether they are weighted."""
    place = {group: g for g, group in enumerate(stage.groups)}
    for row in rows:
        g = place.get((row["group_kind"], row["group_code"]))
        is_mean = row["statistic"] == "mean" and row["shown"] == "yes"
        if g is not None and is_mean and row["row_scope"] == asked.scope:
            yield (g, bool(row["is_weighted"])), row


def _moved(now: Row, then: Row) -> bool:
    return any(abs(now[name] - then[name]) > CLOSE for name in ("n", "estimate"))


def _sums_before(
    programme: Programme, stage: Stage, asked: Asked, said: tuple[_Means, _Means, Earlier]
) -> None:
    """What changed in a sum is protected where few changed, or nobody can tell how many."""
    means, before, one = said
    used = np.array(programme.upper[: len(asked.people)]) > 0
    shift = programme.unknowns(np.full(len(used), 2.0))
    for g, inside in enumerate(stage.inside):
        if (g, False) in before:
            today, every = np.flatnonzero(inside & used), np.flatnonzero(inside)
            terms = Terms.of(today) + Terms.of(shift[every], -1.0)
            programme.equal(terms, float(len(today) - len(every)), (EARLIER,))
    for g, inside in enumerate(stage.inside):
        came = asked.people[inside].sum() + one.named[inside].sum()
        came -= one.responses.get(stage.groups[g], came)
        now, then = means.get((g, False)), before.get((g, False))
        moved = now is not None and then is not None and _moved(now, then)
        if 0 < abs(came) < asked.threshold or (moved and abs(came) < asked.threshold):
            cell = Cell(asked.column, "sum", g, -1, MOVES)
            programme.protect(cell, Terms.of(shift[np.flatnonzero(inside)]))
