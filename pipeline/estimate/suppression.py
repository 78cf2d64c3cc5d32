"""Which counts to hide so that none of the protected ones can be found from those that are shown.

The attacker knows every shown count, the base of every group and how the unknown answers spread
over the finest cells (atoms); what is left is a linear programme, whose minimum and maximum bound
each hidden count. Counts are hidden, cheapest first, until every protected one has a wide enough
range: greedy, checked by the attacker's own programme, so the end is safe by construction.
In a table of many atoms exchanges between two atoms take the programme's place: each is another
table with the same shown counts, so what they prove is true, and a little more is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from pipeline.estimate.design import Floats, Mask

Cell = tuple[int, int]  # group, choice
MANY_ATOMS = 40  # above it programmes take minutes, exchanges seconds


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


@dataclass(frozen=True)
class WeightedSum:
    """A published weighted sum of one choice in one group, known to within `slack`."""

    choice: int
    weight: Floats  # by atom, 0 outside the group
    slack: float


def suppress(table: Table, hidden: Mask, cost: Floats) -> Mask:
    """The cells to hide.

    Args:
        table: what is to be protected.
        hidden: (G, K) cells hidden whatever happens; the protected ones are added.
        cost: (G, K) what hiding each cell costs.
    """
    table, _ = table.merged()
    hidden = hidden | table.protected
    proven = np.array([table.counts, table.counts])
    while failing := exposed(table, hidden, proven=proven):
        more = {cell for found in failing if (cell := _cheapest(table, hidden, cost, found))}
        if not more:
            break
        hidden = hidden.copy()
        for cell in more:
            hidden[cell] = True
    return hidden


def exposed(
    table: Table,
    hidden: Mask,
    sums: tuple[WeightedSum, ...] = (),
    proven: Floats | None = None,
) -> list[Cell]:
    """Protected cells that the shown counts and weighted sums bound too closely.

    Every solution widens what is proven possible of all cells at once; the true table is the first.
    `proven` (2, G, K), lowest and highest, is widened in place: hiding more keeps it true.
    """
    targets = [(int(g), int(k)) for g, k in np.argwhere(table.protected & table.is_open[:, None])]
    low, high = np.array([table.counts, table.counts]) if proven is None else proven
    if len(table.size) == 1 and not sums:
        _bound_one_atom(table, hidden, low, high)
    uses_programme = 1 < len(table.size) <= MANY_ATOMS or bool(sums)
    constraints = _published(table, hidden, sums) if uses_programme and targets else ()

    def is_narrow(g: int, k: int) -> bool:
        return bool(high[g, k] - low[g, k] < table.width[g] - 1e-6)

    failing = []
    for g, k in targets:
        if not sums:
            _exchange(table, hidden, (g, k), low, high)
        for sign in (1.0, -1.0) if uses_programme else ():
            if is_narrow(g, k):
                found = table.groups @ _extreme(table, constraints, (g, k), sign)
                np.minimum(low, found, out=low)
                np.maximum(high, found, out=high)
        if is_narrow(g, k):
            failing.append((g, k))
    return failing


def _bound_one_atom(table: Table, hidden: Mask, low: Floats, high: Floats) -> None:
    """One total: hidden choices share what the shown ones leave, one alone is all of it."""
    for g, k in np.argwhere(hidden & table.is_open[:, None]):
        if not table.is_exclusive:
            low[g, k], high[g, k] = 0, table.size[0]
        elif hidden[g].sum() > 1:
            low[g, k], high[g, k] = 0, table.counts[g][hidden[g]].sum()


def _exchange(table: Table, hidden: Mask, cell: Cell, low: Floats, high: Floats) -> None:
    """Widen the range of one cell by moving answers between an atom of its group and others.

    What atom h gives from choice j to choice k, others outside the group give back from k to j.
    Only counts of groups that hold one of the two atoms change: they must be hidden at j and k.
    """
    g, k = cell
    shown = (~hidden & table.is_open[:, None]).astype(float)
    count = table.counts[g, k]
    if not table.is_exclusive:
        unknown = np.column_stack([table.unknown[:, k], table.size - table.unknown[:, k]])
        shown, k = np.column_stack([shown[:, k], np.zeros(len(shown))]), 0
    else:
        unknown = table.unknown
    for h in np.flatnonzero(table.groups[g]):
        differs = (table.groups ^ table.groups[:, [h]]).astype(float)
        is_free = (differs.T @ shown == 0) & ~table.groups[g][:, None]  # (H, K)
        partner = is_free & is_free[:, [k]]
        up = np.minimum(unknown[h], (partner * unknown[:, [k]]).sum(axis=0))
        down = np.minimum(unknown[h, k], (partner * unknown).sum(axis=0))
        up[k] = down[k] = 0
        high[cell] = max(high[cell], count + up.max())
        low[cell] = min(low[cell], count - down.max())


def _extreme(
    table: Table, constraints: LinearConstraint | tuple[()], cell: Cell, sign: float
) -> Floats:
    """The table with the lowest (sign 1) or highest (-1) count of a cell; the true one if none."""
    objective = np.zeros(table.unknown.shape)
    objective[table.groups[cell[0]], cell[1]] = sign
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
    return LinearConstraint(np.array(rows), middle - margin, middle + margin)


def _cheapest(table: Table, hidden: Mask, cost: Floats, cell: Cell) -> Cell | None:
    """The cheapest shown cell in a line of the exposed one; failing that, anywhere."""
    free = ~hidden & table.is_open[:, None]
    for candidates in (_line_mates(table, cell), np.ones(hidden.shape, bool)):
        possible = np.argwhere(free & candidates)
        if len(possible):
            g, k = min(possible, key=lambda found: (cost[found[0], found[1]], *found))
            return int(g), int(k)
    return None


def _line_mates(table: Table, cell: Cell) -> Mask:
    g, k = cell
    mates = np.zeros(table.protected.shape, bool)
    if table.is_exclusive:
        mates[g] = True
    same = (table.kind == table.kind[g]) if g else np.ones(len(table.kind), bool)
    mates[same | (table.kind == 0), k] = True
    return mates


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
