"""Which counts to hide so that none of the protected ones can be found from those that are shown.

The attacker knows every shown count, the base of every group and how the unknown answers spread
over the finest cells (atoms). Another table with the same shown counts proves that he cannot tell
the two apart. Such tables are found by moves: an atom gives answers from one choice to another and
an atom outside the group gives them back (or nobody, where all counts of the first are hidden).
Only counts of groups that hold one of the two atoms change: these must be hidden. Where the moves
at hand do not take a protected count far enough, the cheapest one is bought by hiding what it
changes. A linear programme is asked beforehand, in small tables, whether anything must be hidden
at all, and for weighted sums, which moves between two atoms cannot keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from pipeline.estimate.design import Floats, Mask

Cell = tuple[int, int]  # group, choice
MANY = 1e6  # answers; nobody has fewer to give
MANY_ATOMS = 12  # above it moves alone: a programme for each cell takes longer than all of them


@dataclass(frozen=True)
class Table:
    """Unknown answers by atom and choice, and the groups whose sums are published.

    `unknown` (H, K) counts; `size` (H,) their base; `groups` (G, H) membership, row 0 is the
    network; `kind` (G,) numbers the kinds of group, 0 the network: groups of one kind add up to
    it. `protected` (G, K) must not be found more closely than `width` (G,). `is_exclusive`: the
    choices of an atom add up to its size.
    """

    unknown: Floats
    size: Floats
    groups: Mask
    kind: NDArray[np.int64]
    protected: Mask
    width: Floats
    is_exclusive: bool

    @property
    def counts(self) -> Floats:
        """Unknown answers by group and choice."""
        return self.groups @ self.unknown

    @property
    def is_open(self) -> Mask:
        """Groups in which there is anything unknown."""
        return self.groups @ self.size > 0

    def merged(self, weight: Floats | None = None) -> tuple[Table, Floats]:
        """The same table over fewer atoms: those of the same groups (and weight) are one.

        Nothing published tells them apart, so the attacker's bounds stay what they are.
        """
        weight = np.zeros(len(self.size)) if weight is None else weight
        keys = np.vstack([self.groups, weight])[:, self.size > 0]
        kept, place = np.unique(keys, axis=1, return_inverse=True)
        sums = np.zeros((kept.shape[1], self.unknown.shape[1] + 1))
        np.add.at(sums, place, np.column_stack([self.unknown, self.size])[self.size > 0])
        groups = kept[:-1].astype(bool)
        return replace(self, unknown=sums[:, :-1], size=sums[:, -1], groups=groups), kept[-1]

    @property
    def closed(self) -> Table:
        """With the answers that did not choose it as a second choice, where there is one choice."""
        if self.is_exclusive:
            return self
        both = np.column_stack([self.unknown, self.size - self.unknown.sum(axis=1)])
        protected = np.column_stack([self.protected, np.zeros(len(self.groups), bool)])
        return replace(self, unknown=both, protected=protected, is_exclusive=True)


@dataclass(frozen=True)
class WeightedSum:
    """A published weighted sum of one choice in one group, known to within `slack`."""

    choice: int
    weight: Floats  # by atom, 0 outside the group
    slack: float


def suppress(table: Table, hidden: Mask, cost: Floats) -> Mask:
    """The cells to hide.

    Args:
        table: what is to be protected; one choice where the choices do not exclude each other.
        hidden: (G, K) cells hidden whatever happens; the protected ones are added.
        cost: (G, K) what hiding each cell costs, above 0.
    """
    table, _ = table.merged()
    choices = table.unknown.shape[1]
    hidden = hidden | table.protected
    table = table.closed
    if table.unknown.shape[1] > choices:  # the rest is said of no group
        hidden = np.column_stack([hidden, np.ones(len(hidden), bool)])
        cost = np.column_stack([cost, np.zeros(len(cost))])
    price = np.where(hidden | ~table.is_open[:, None], 0.0, cost)
    for cell in exposed(table, hidden):
        _buy(table, price, cell)
    bought = (price == 0) & table.is_open[:, None]
    found: Mask = (hidden | bought)[:, :choices]
    return found


def exposed(table: Table, hidden: Mask, sums: tuple[WeightedSum, ...] = ()) -> list[Cell]:
    """Protected cells that the shown counts and weighted sums bound too closely.

    Every solution widens what is proven possible of all cells at once; the true table is the first.
    """
    table = table.closed
    if hidden.shape[1] < table.unknown.shape[1]:
        hidden = np.column_stack([hidden, np.ones(len(hidden), bool)])
    price = (~hidden & table.is_open[:, None]).astype(float)
    low, high = table.counts, table.counts
    need = np.where(table.protected & table.is_open[:, None], table.width[:, None], 0.0)

    def narrow() -> list[Cell]:
        return [(int(g), int(k)) for g, k in np.argwhere(high - low < need - 1e-6)]

    for cell in narrow() if not sums else ():
        moves = _Moves(table, price, cell)
        low[cell], high[cell] = low[cell] - moves.down, high[cell] + moves.up
    left = narrow()
    if not left or not (sums or len(table.size) <= MANY_ATOMS):
        return left
    constraints = _published(table, hidden, sums)
    for cells in (left, *([cell] for cell in left)):
        for sign in (1.0, -1.0):
            if any(low[cell] + need[cell] > high[cell] + 1e-6 for cell in cells):
                found = table.groups @ _extreme(table, constraints, cells, sign)
                np.minimum(low, found, out=low)
                np.maximum(high, found, out=high)
    return narrow()


@dataclass(frozen=True)
class _Moves:
    """Ways to another table in which the count of one cell differs.

    Of every atom inside (A) with every one outside (B), and for every other choice (K): `price`
    (A, B, K) of the shown counts that would change; the last one outside is nobody.
    """

    table: Table
    shown: Floats  # (G, K) what each shown count costs, 0 where it is hidden
    cell: Cell

    @cached_property
    def inside(self) -> Floats:
        """Answers (A, K) of the atoms inside."""
        inside: Floats = self.table.unknown[self.table.groups[self.cell[0]]]
        return inside

    @cached_property
    def outside(self) -> Floats:
        """Answers (B, K) of those outside, and of nobody."""
        others = self.table.unknown[~self.table.groups[self.cell[0]]]
        return np.vstack([others, np.full((1, others.shape[1]), MANY)])

    @cached_property
    def changed(self) -> Mask:
        """Groups (A, B, G) that hold one of the two."""
        groups, here = self.table.groups, self.table.groups[self.cell[0]]
        others = np.column_stack([groups[:, ~here], np.zeros(len(groups), bool)])
        return np.asarray(groups[:, here].T[:, None, :] ^ others.T[None, :, :])

    @cached_property
    def price(self) -> Floats:
        """What hiding all that a move changes costs; inf where nothing would move."""
        k = self.cell[1]
        each = self.changed.astype(float) @ self.shown
        price = each + each[:, :, [k]]
        price[:, :, k] = np.inf
        return np.asarray(price)

    @property
    def up(self) -> float:
        """How far the count can rise by moves that change nothing shown."""
        k = self.cell[1]
        return _flow(np.delete(self.inside, k, 1), self.outside[:, k], self._free, self._enough)

    @property
    def down(self) -> float:
        """How far it can fall."""
        k = self.cell[1]
        swapped = self._free.transpose(1, 0, 2)
        given = np.delete(self.outside, k, 1)
        return _flow(given, self.inside[:, k], swapped, self._enough)

    @property
    def _enough(self) -> float:
        return float(self.table.width[self.cell[0]])

    @cached_property
    def _free(self) -> Mask:
        return np.delete(self.price == 0, self.cell[1], 2)

    def best(self, need: float) -> tuple[int, int, int] | None:
        """The move that takes the count further at the least price, by what is still needed."""
        k = self.cell[1]
        up = np.minimum(self.inside[:, None, :], self.outside[None, :, [k]])
        down = np.minimum(self.inside[:, None, [k]], self.outside[None, :, :])
        gain = np.minimum(up + down, need)
        gain[:, :, k] = 0.0
        gain[self.price == 0] = 0.0
        if not gain.any():
            return None
        worth = np.where(gain > 0, self.price / np.where(gain > 0, gain, 1.0), np.inf)
        a, b, j = np.unravel_index(int(worth.argmin()), worth.shape)
        return int(a), int(b), int(j)


def _flow(supply: Floats, demand: Floats, free: Mask, enough: float) -> float:
    """Answers that (A, K) can be given by each atom and choice, and (B,) given back by another.

    First come, first served: never more than the maximum flow, and no more than is enough.
    """
    left, total = demand.copy(), 0.0
    for a, j in np.argwhere((supply > 0) & free.any(axis=1)):
        partners = np.flatnonzero(free[a, :, j] & (left > 0))
        back = np.cumsum(left[partners])
        if len(back):
            given = min(supply[a, j], back[-1], enough - total)
            left[partners] = np.clip(back - given, 0.0, left[partners])
            total += given
        if total >= enough:
            break
    return float(total)


def _buy(table: Table, price: Floats, cell: Cell) -> None:
    """Hide, cheapest first, until moves take a cell far enough; `price` is 0 where it is hidden."""
    while True:
        moves = _Moves(table, price, cell)
        need = float(table.width[cell[0]]) - moves.up - moves.down
        if need <= 0:
            return
        found = moves.best(need)
        if found is None:
            return
        a, b, j = found
        changed = moves.changed[a, b]
        price[np.ix_(changed, [j, cell[1]])] = 0.0


def _extreme(
    table: Table,
    constraints: LinearConstraint | tuple[()],
    cells: Sequence[Cell],
    sign: float,
) -> Floats:
    """The table with the lowest (sign 1) or highest (-1) sum of cells; the true one if none."""
    objective = np.zeros(table.unknown.shape)
    for g, k in cells:
        objective[table.groups[g], k] += sign
    bounds = Bounds(0, np.repeat(table.size, table.unknown.shape[1]))
    found = milp(objective.ravel(), constraints=constraints, bounds=bounds)
    return table.unknown if found.x is None else found.x.reshape(table.unknown.shape)


def _published(
    table: Table, hidden: Mask, sums: tuple[WeightedSum, ...]
) -> LinearConstraint | tuple[()]:
    atoms, choices = table.unknown.shape
    rows: list[Floats] = []
    centre: list[float] = []
    slack: list[float] = []

    def add(row: Floats, margin: float) -> None:
        rows.append(row.ravel())
        centre.append(float((row * table.unknown).sum()))
        slack.append(margin)

    for g, k in np.argwhere(~hidden & table.is_open[:, None]):
        row = np.zeros((atoms, choices))
        row[table.groups[g], k] = 1
        add(row, 0.0)
    if table.is_exclusive:
        for h in np.flatnonzero(table.size):
            row = np.zeros((atoms, choices))
            row[h] = 1
            add(row, 0.0)
    for known in sums:
        row = np.zeros((atoms, choices))
        row[:, known.choice] = known.weight
        add(row, known.slack)
    if not rows:
        return ()
    middle, margin = np.array(centre), np.array(slack)
    return LinearConstraint(csc_array(np.array(rows)), middle - margin, middle + margin)


def suppress_sums(table: Table, hidden: Mask) -> Mask:
    """Groups whose sum of a number must be hidden (G,).

    A sum is found exactly when its group is a linear combination of groups whose sums are shown.
    `table.protected` has one column; atoms with fewer answers than may be shown count as well.
    """
    hidden = hidden | table.protected[:, 0]
    size = table.groups @ table.size
    while sums_are_exposed(table, hidden):
        least = min(np.flatnonzero(~hidden & table.is_open), key=lambda g: (size[g], g))
        hidden = hidden.copy()
        hidden[least] = True
    return hidden


def sums_are_exposed(table: Table, hidden: Mask, weight: Floats | None = None) -> bool:
    """Whether shown sums, and sums weighted by atom, give a protected one away."""
    used = table.size > 0
    groups = table.groups[:, used].astype(float)
    shown = groups[~hidden & table.is_open]
    if weight is not None:
        shown = np.vstack([shown, shown * weight[used]])
    targets = [*groups[table.protected[:, 0] & table.is_open]]
    targets += _unit_vectors(table.size[used], table.width.max(initial=0) + 1)
    return any(_spanned(shown, target) for target in targets)


def _unit_vectors(size: Floats, threshold: float) -> Iterator[Floats]:
    for h in np.flatnonzero(size < threshold):
        vector = np.zeros(len(size))
        vector[h] = 1
        yield vector


def _spanned(rows: Floats, target: Floats) -> bool:
    if not len(rows) or not target.any():
        return False
    found = np.linalg.lstsq(rows.T, target, rcond=None)[0]
    return bool(np.abs(rows.T @ found - target).max() < 1e-9)
