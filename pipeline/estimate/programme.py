"""Linear programmes of an attacker: unknowns, facts about their sums, and the range of a cell.

Whole numbers are relaxed to reals, so a range is never narrower than the truth allows by more than
that. HiGHS solves many programmes in one run: they share nothing but the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

CLOSE = 1e-6
EARLIER = ""  # said by an earlier publication
AT_ONCE = 40_000  # unknowns of the programmes that are solved together


@dataclass(frozen=True)
class Cell:
    """A protected number: `need` is the narrowest range that may be proven of it.

    `statistic`: share, units, asked (how many were asked, which is an answer), state or sum;
    `came` and `went` are answers of those that changed since an earlier publication, `among` so
    many: which of them are small is not known, so what is proven must not be below `limit`.
    """

    question: str
    statistic: str
    group: int
    choice: int
    need: float
    truth: float = np.nan
    among: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Bound:
    """What is proven of a cell, and the rows (by result_id) that the proof uses.

    Only proofs of cells that are bounded too closely are kept.
    """

    cell: Cell
    low: float
    high: float
    proof: tuple[frozenset[str], ...] = ()
    uses_earlier: bool = False

    @property
    def width(self) -> float:
        """Of the range; of a count between whole numbers."""
        if self.cell.statistic == "sum":
            return self.high - self.low
        return float(np.floor(self.high + CLOSE) - np.ceil(self.low - CLOSE))

    @property
    def is_determined(self) -> bool:
        """Whether the range is narrower than it may be."""
        narrow = self.width < self.cell.need - CLOSE
        if not self.cell.among:
            return narrow
        possible = range(round(np.ceil(self.low - CLOSE)), round(np.floor(self.high + CLOSE)) + 1)
        rest = [(count, self.cell.among - count) for count in possible]
        return narrow and any(0 < part < self.cell.limit for pair in rest for part in pair)

    @property
    def is_exact(self) -> bool:
        """Whether one value is left."""
        return self.width < CLOSE


class Programme:
    """Unknowns from 0 to their upper bound, facts about sums of them, and cells to bound."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.upper: list[float] = []
        self.facts: list[tuple[Ints, Floats, float, float]] = []
        self.said_by: list[frozenset[str]] = []  # rows; '' alone is an earlier publication
        self.cells: list[tuple[Cell, Ints, Floats]] = []

    def unknowns(self, upper: Floats) -> Ints:
        """New unknowns, one for each upper bound, in its shape."""
        first = len(self.upper)
        self.upper += [float(value) for value in np.ravel(upper)]
        return np.arange(first, len(self.upper)).reshape(np.shape(upper))

    def fact(self, terms: Terms, low: float, high: float, said_by: Iterable[str] = ()) -> None:
        """Low <= terms <= high."""
        columns, weights = terms.flat
        self.facts.append((columns, weights, low, high))
        self.said_by.append(frozenset(said_by))

    def equal(self, terms: Terms, value: float, said_by: Iterable[str] = ()) -> None:
        """Terms = value."""
        self.fact(terms, value, value, said_by)

    def protect(self, cell: Cell, terms: Terms) -> None:
        """Ask for the range of terms."""
        self.cells.append((cell, *terms.flat))

    @property
    def matrix(self) -> csr_array:
        """Weights of the unknowns, by fact."""
        return _stack([(c, w) for c, w, _, _ in self.facts], len(self.upper))


@dataclass(frozen=True)
class Terms:
    """A sum of unknowns with weights."""

    parts: tuple[tuple[Ints, float | Floats], ...]

    @classmethod
    def of(cls, columns: Ints, weight: float | Floats = 1.0) -> Terms:
        """Unknowns with one weight, or one each."""
        return cls(((columns, weight),))

    def __add__(self, other: Terms) -> Terms:
        return Terms(self.parts + other.parts)

    def times(self, factor: float) -> Terms:
        """All weights times a factor."""
        return Terms(tuple((columns, weight * factor) for columns, weight in self.parts))

    @property
    def flat(self) -> tuple[Ints, Floats]:
        """Columns and weights."""
        columns = [np.ravel(part) for part, _ in self.parts]
        weights = [np.broadcast_to(w, np.shape(c)).ravel() for c, w in self.parts]
        if not columns:
            return np.zeros(0, np.int64), np.zeros(0)
        return np.concatenate(columns).astype(np.int64), np.concatenate(weights).astype(float)


# --- bounds --------------------------------------------------------------------------------------


def bounds(programmes: Sequence[Programme], *, in_full: bool = False) -> dict[str, list[Bound]]:
    """What is proven of every cell, by name of the programme.

    Programmes are independent of each other, so one run of the solver serves many: each brings the
    objective of its next undecided cell. Every solution is a table that could be true and widens
    all cells of its programme; most are decided without a run of their own. `in_full` gives both
    ends of every range, not only as far as they prove it wide enough.
    """
    searches = [_Search(programme, in_full=in_full) for programme in programmes]
    while open_ := [search for search in searches if search.next is not None]:
        for batch in _batches(open_):
            _solve(batch)
    return {search.programme.name: search.bounds() for search in searches}


def _batches(searches: Sequence[_Search]) -> Iterable[list[_Search]]:
    batch: list[_Search] = []
    size = 0
    for search in searches:
        batch.append(search)
        size += len(search.programme.upper)
        if size > AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Search:
    """The state of one programme: proven ranges of its cells and what to solve next."""

    def __init__(self, programme: Programme, *, in_full: bool) -> None:
        self.programme, self.in_full = programme, in_full
        self.low = np.full(len(programme.cells), np.inf)
        self.high = np.full(len(programme.cells), -np.inf)
        self.proofs: dict[int, set[int]] = {}
        self.todo = self._plan()
        self.next = self._advance()
        self.runs = 0
        width = len(programme.upper)
        self.matrix = programme.matrix
        self.targets = _stack([(c, w) for _, c, w in programme.cells], width)

    def _plan(self) -> list[tuple[int, float]]:
        """Cell and sense; -1 is all cells together: first what widens most."""
        if not self.programme.cells:
            return []
        each = [(i, sign) for i in range(len(self.programme.cells)) for sign in (-1.0, 1.0)]
        return [(-1, -1.0), (-1, 1.0), *each][::-1]

    def _is_wide(self, i: int) -> bool:
        cell = self.programme.cells[i][0]
        if not np.isfinite(self.low[i]):
            return False
        return not Bound(cell, self.low[i], self.high[i]).is_determined

    def _advance(self) -> tuple[int, float] | None:
        while self.todo:
            i, sign = self.todo.pop()
            if i < 0 or self.in_full or not self._is_wide(i):
                return i, sign
        return None

    def objective(self) -> Floats:
        """What to minimise in the next run."""
        assert self.next is not None
        i, sign = self.next
        rows = self.targets if i < 0 else self.targets[[i]]
        return np.asarray(sign * rows.sum(axis=0), np.float64).ravel()

    def take(self, found: Floats, multipliers: Floats) -> None:
        """Learn from a solution, and go on."""
        assert self.next is not None
        values = self.targets @ found
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
        i, _ = self.next
        self.runs += 1
        if i >= 0:
            self.proofs.setdefault(i, set()).update(np.flatnonzero(np.abs(multipliers) > CLOSE))
        self.next = self._advance()

    def bounds(self) -> list[Bound]:
        """Of each cell; with its proof where it is bounded too closely."""
        found = []
        for i, (cell, _, _) in enumerate(self.programme.cells):
            bound = Bound(cell, float(self.low[i]), float(self.high[i]))
            if bound.is_determined:
                said = [self.programme.said_by[f] for f in sorted(self.proofs.get(i, ()))]
                proof = tuple(dict.fromkeys(rows - {""} for rows in said if rows - {""}))
                bound = Bound(cell, bound.low, bound.high, proof, any("" in rows for rows in said))
            found.append(bound)
        return found


def _stack(rows: Sequence[tuple[Ints, Floats]], width: int) -> csr_array:
    data = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0)
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.zeros(0, int)
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    return csr_array((data, columns, ends), shape=(len(rows), width))


def _solve(batch: Sequence[_Search]) -> None:
    """One run for all of a batch; where it finds nothing, each alone; there it must find one."""
    found = _run(
        np.concatenate([search.objective() for search in batch]),
        [search.programme for search in batch],
        [search.matrix for search in batch],
    )
    if found is None and len(batch) > 1:
        for search in batch:
            _solve([search])
        return
    if found is None:
        raise InfeasibleError(batch[0].programme.name)
    values, multipliers = found
    column = row = 0
    for search in batch:
        width, height = len(search.programme.upper), len(search.programme.facts)
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
    found = _run(objective, [programme], [programme.matrix])
    if found is None:
        raise InfeasibleError(programme.name)
    return found[0], float(objective @ found[0])


class InfeasibleError(Exception):
    """Facts that contradict each other: the attacker's premises are wrong."""


def _run(
    objective: Floats, programmes: Sequence[Programme], matrices: Sequence[csr_array]
) -> tuple[Floats, Floats] | None:
    """The solution with the least objective, and the multiplier of each fact."""
    upper = np.concatenate([np.array(programme.upper) for programme in programmes])
    low = np.array([fact[2] for programme in programmes for fact in programme.facts])
    high = np.array([fact[3] for programme in programmes for fact in programme.facts])
    matrix = _diagonal(matrices)
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


def _diagonal(blocks: Sequence[csr_array]) -> csr_array:
    data = np.concatenate([block.data for block in blocks])
    offsets = np.cumsum([0, *(block.shape[1] for block in blocks)])
    columns = np.concatenate([b.indices + at for b, at in zip(blocks, offsets, strict=False)])
    starts = np.cumsum([0, *(block.nnz for block in blocks)])
    ends = [b.indptr[1:] + at for b, at in zip(blocks, starts, strict=False)]
    shape = (sum(block.shape[0] for block in blocks), int(offsets[-1]))
    return csr_array((data, columns, np.concatenate([[0], *ends])), shape=shape)
