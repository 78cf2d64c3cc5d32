"""Programmes solved: the range of every cell, piece by piece. HiGHS takes many in one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag

from pipeline.estimate.attack.programme import (
    CLOSE,
    EARLIER,
    Bound,
    Floats,
    InfeasibleError,
    Ints,
    Mask,
    Programme,
    Terms,
)
from pipeline.estimate.attack.ranges import Piece, Ranges, pieces_of, whole

AT_ONCE = 3_000  # unknowns that are solved together
SLOW = 0.9  # turns go on while they decide a tenth of what is open


def bounds(programmes: Sequence[Programme], *, in_full: bool = False) -> dict[str, list[Bound]]:
    """What is proven of every cell, by name of the programme.

    What single facts fix is taken out; what is left falls into pieces independent of each other,
    so one run of the solver serves many: each brings an objective of its own. Every solution is a
    table that could be true and widens all cells of its piece; so all that are open are pushed
    together, up and down, in turns of other directions, as long as that decides many; then each
    alone. `in_full` gives both ends of every range, not only as far as they prove it wide enough.
    """
    found: dict[str, dict[int, Bound]] = {}
    searches: list[_Search] = []
    for programme in programmes:
        ranges = Ranges(programme)
        found[programme.name] = dict(_fixed_cells(ranges))
        searches += [_Search(ranges, piece, in_full=in_full) for piece in pieces_of(ranges)]
    while open_ := [search for search in searches if search.sign is not None]:
        for batch in _batches(open_):
            _solve(batch)
    for search in searches:
        found[search.piece.name] |= search.bounds()
    return {name: [cells[i] for i in range(len(cells))] for name, cells in found.items()}


def _fixed_cells(ranges: Ranges) -> Iterator[tuple[int, Bound]]:
    """Cells without any free unknown."""
    is_open = ranges.targets @ ranges.is_free.astype(float) > 0
    values = ranges.targets @ ranges.fixed
    for i in np.flatnonzero(~is_open):
        yield int(i), _bound(ranges, int(i), (values[i], values[i]), ())


def _bound(ranges: Ranges, i: int, ends: tuple[float, float], facts: Iterable[int]) -> Bound:
    """Of one cell; with its proof where it is bounded too closely."""
    bound = Bound(ranges.programme.cells[i], float(ends[0]), float(ends[1]))
    if not bound.is_determined:
        return bound
    targets = ranges.targets
    here = targets.indices[slice(*targets.indptr[i : i + 2])]
    facts = sorted(ranges.proof(facts, here.tolist()))
    said = [ranges.programme.said_by[fact] for fact in facts]
    proof = tuple(dict.fromkeys(rows - {EARLIER} for rows in said if rows - {EARLIER}))
    return replace(bound, proof=proof, uses_earlier=any(EARLIER in rows for rows in said))


def _batches(searches: Sequence[_Search]) -> Iterable[list[_Search]]:
    batch: list[_Search] = []
    size = 0
    for search in searches:
        batch.append(search)
        size += len(search.piece.upper)
        if size > AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Search:
    """The state of one piece: proven ranges of its cells and what to solve next."""

    def __init__(self, ranges: Ranges, piece: Piece, *, in_full: bool) -> None:
        self.ranges, self.piece = ranges, piece
        self.cells = [ranges.programme.cells[i] for i in piece.asked]
        self.low = np.full(len(self.cells), np.inf)
        self.high = np.full(len(self.cells), -np.inf)
        self.proofs: list[set[int]] = [set() for _ in self.cells]
        self.plan = self._plan(in_full=in_full)
        self.sign = next(self.plan, None)

    def _plan(self, *, in_full: bool) -> Iterator[Floats]:
        """Cells to push, and which way: 1 is down."""
        chance = np.random.default_rng(0)
        turn = np.ones(len(self.cells))
        open_, before = self._open, float("inf")
        while 1 < open_.sum() < SLOW * before:
            before = float(open_.sum())
            for way in (turn, -turn):
                yield np.where(self._open, way, 0.0)
            turn, open_ = chance.choice([-1.0, 1.0], len(self.cells)), self._open
        for i in range(len(self.cells)):
            for down in (1.0, -1.0):
                if in_full or self._is_open(i):
                    alone = np.zeros(len(self.cells))
                    alone[i] = down
                    yield alone

    @property
    def _open(self) -> Mask:
        return np.array([self._is_open(i) for i in range(len(self.cells))], bool)

    def _is_open(self, i: int) -> bool:
        low, high = float(self.low[i]), float(self.high[i])
        return not np.isfinite(low) or Bound(self.cells[i], low, high).is_determined

    @property
    def objective(self) -> Floats:
        """What to minimise in the next run."""
        assert self.sign is not None
        return np.asarray(self.piece.targets.T @ self.sign)

    def take(self, found: Floats, multipliers: Floats) -> None:
        """Learn from a solution, and go on."""
        assert self.sign is not None
        values = self.piece.targets @ found + self.piece.fixed
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
        alone = np.flatnonzero(self.sign)
        if len(alone) == 1:
            used = self.piece.rows[np.abs(multipliers) > CLOSE]
            self.proofs[alone[0]].update(used.tolist())
        self.sign = next(self.plan, None)

    def bounds(self) -> dict[int, Bound]:
        """Of each cell, by its place in the programme."""
        ends = zip(self.low, self.high, strict=True)
        found = zip(self.piece.asked.tolist(), ends, self.proofs, strict=True)
        return {i: _bound(self.ranges, i, pair, facts) for i, pair, facts in found}


def _solve(batch: Sequence[_Search]) -> None:
    """One run for all of a batch; where it finds nothing, each alone; there it must find one."""
    objective = np.concatenate([search.objective for search in batch])
    found = _run(objective, [search.piece for search in batch])
    if found is None and len(batch) > 1:
        for search in batch:
            _solve([search])
        return
    if found is None:
        raise InfeasibleError(batch[0].piece.name)
    values, multipliers = found
    column = row = 0
    for search in batch:
        width, height = len(search.piece.upper), len(search.piece.low)
        search.take(values[column : column + width], multipliers[row : row + height])
        column, row = column + width, row + height


def least(programme: Programme, terms: Terms) -> tuple[Floats, float]:
    """A solution with the least sum of terms, and that sum.

    Raises:
        InfeasibleError: the facts contradict each other.
    """
    columns, weights = terms.flat
    objective = np.zeros(len(programme.upper))
    np.add.at(objective, columns, weights)
    found = _run(objective, [whole(programme)])
    if found is None:
        raise InfeasibleError(programme.name)
    return found[0], float(objective @ found[0])


def _run(objective: Floats, pieces: Sequence[Piece]) -> tuple[Floats, Floats] | None:
    """The solution with the least objective, and the multiplier of each fact."""
    upper = np.concatenate([piece.upper for piece in pieces])
    low = np.concatenate([piece.low for piece in pieces])
    high = np.concatenate([piece.high for piece in pieces])
    matrix = block_diag([piece.matrix for piece in pieces], format="csr")
    equal = np.flatnonzero(low == high)
    banded = np.flatnonzero(low != high)
    fact, sign, most = _sides(low[banded], high[banded])
    found = linprog(  # type: ignore[call-overload]  # its stubs know no sparse matrices
        objective,
        A_eq=matrix[equal],
        b_eq=low[equal],
        A_ub=matrix[banded[fact]].multiply(sign[:, None]).tocsr(),
        b_ub=most,
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs",
    )
    if found.status != 0:
        return None
    multipliers = np.zeros(len(low))
    multipliers[equal] = found.eqlin.marginals
    np.add.at(multipliers, banded[fact], np.abs(found.ineqlin.marginals))
    return found.x, multipliers


def _sides(low: Floats, high: Floats) -> tuple[Ints, Floats, Floats]:
    """The finite sides of facts: which fact, sign, and what sign times the fact may not exceed."""
    above, below = np.flatnonzero(np.isfinite(high)), np.flatnonzero(np.isfinite(low))
    fact = np.concatenate([above, below])
    sign = np.concatenate([np.ones(len(above)), -np.ones(len(below))])
    return fact, sign, np.concatenate([high[above], -low[below]])
