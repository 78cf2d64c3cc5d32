"""Linear programmes of an attacker: unknowns, facts about their sums, and the range of a cell.

Whole numbers are relaxed to reals, so a range is never narrower than the truth allows by more than
that. HiGHS solves many programmes in one run: they share nothing but the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import block_array, block_diag, csr_array, vstack
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

CLOSE = 1e-6
EARLIER = ""  # said by an earlier publication
APART = 1e-4
AT_ONCE = 3_000  # unknowns that are solved together
ROUNDS = 20
SLOW = 0.9  # turns go on while they decide a tenth of what is open


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

    @property
    def place(self) -> tuple[str, str, int, int]:
        """Which number it is."""
        return self.question, self.statistic, self.group, self.choice


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
        self.low: list[float] = []  # of each fact
        self.high: list[float] = []
        self.said_by: list[frozenset[str]] = []  # rows; '' alone is an earlier publication
        self.cells: list[Cell] = []
        self._facts: list[tuple[Ints, Floats]] = []
        self._targets: list[tuple[Ints, Floats]] = []

    def unknowns(self, upper: Floats) -> Ints:
        """New unknowns, one for each upper bound, in its shape."""
        first = len(self.upper)
        self.upper += np.ravel(upper).astype(float).tolist()
        return np.arange(first, len(self.upper)).reshape(np.shape(upper))

    def fact(self, terms: Terms, low: float, high: float, said_by: Iterable[str] = ()) -> None:
        """Low <= terms <= high."""
        self._facts.append(terms.flat)
        self.low.append(low)
        self.high.append(high)
        self.said_by.append(frozenset(said_by))

    def equal(self, terms: Terms, value: float, said_by: Iterable[str] = ()) -> None:
        """Terms = value."""
        self.fact(terms, value, value, said_by)

    def each(
        self, columns: Ints, weights: Sequence[float], low: Floats | float, high: Floats | float
    ) -> None:
        """One fact for each row of columns, of which everybody knows: low <= weighted sum <= high.

        Args:
            columns: (F, T) unknowns.
            weights: (T,) the same in every fact.
            low: (F,) or one for all.
            high: (F,) or one for all.
        """
        many, weight = len(columns), np.array(weights, np.float64)
        self._facts += [(row, weight) for row in columns]
        self.low += np.broadcast_to(low, many).tolist()
        self.high += np.broadcast_to(high, many).tolist()
        self.said_by += [frozenset()] * many

    def forget(self, hidden: Set[str]) -> bool:
        """Drop what only these rows say; whether there was any."""
        rest = [said - hidden for said in self.said_by]
        is_kept = [bool(new) or not old for new, old in zip(rest, self.said_by, strict=True)]
        self.said_by = list(compress(rest, is_kept))
        self._facts = list(compress(self._facts, is_kept))
        self.low = list(compress(self.low, is_kept))
        self.high = list(compress(self.high, is_kept))
        return not all(is_kept)

    def cut(self, facts: int, cells: int) -> None:
        """Only the first facts and cells."""
        del self.low[facts:], self.high[facts:], self.said_by[facts:], self._facts[facts:]
        del self.cells[cells:], self._targets[cells:]

    def ask_only(self, is_kept: Sequence[bool]) -> None:
        """Only some of the cells."""
        self.cells = list(compress(self.cells, is_kept))
        self._targets = list(compress(self._targets, is_kept))

    def protect(self, cell: Cell, terms: Terms) -> None:
        """Ask for the range of terms."""
        self.cells.append(cell)
        self._targets.append(terms.flat)

    @property
    def matrix(self) -> csr_array:
        """Weights of the unknowns, by fact."""
        return _stack(self._facts, len(self.upper))

    @property
    def targets(self) -> csr_array:
        """Weights of the unknowns, by cell."""
        return _stack(self._targets, len(self.upper))


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
        if len(self.parts) == 1 and np.ndim(self.parts[0][1]) == 0:
            only = np.ravel(self.parts[0][0])
            return only, np.full(len(only), self.parts[0][1], np.float64)
        columns = [np.ravel(part) for part, _ in self.parts]
        weights = [np.broadcast_to(w, np.shape(c)).ravel() for c, w in self.parts]
        if not columns:
            return np.zeros(0, np.int64), np.zeros(0)
        return np.concatenate(columns).astype(np.int64), np.concatenate(weights).astype(float)


# --- what needs no programme ---------------------------------------------------------------------


class _Ranges:
    """Ranges of the unknowns that single facts prove, one after the other.

    Most unknowns of a table are fixed by them: a fact with one unknown left, the rest of a shown
    total. They leave the programme, which falls into pieces that share nothing.
    """

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.matrix, self.targets = programme.matrix, programme.targets
        self.low, self.high = np.zeros(len(programme.upper)), np.array(programme.upper)
        self.low_by = np.full(len(self.low), -1)  # the fact that proves it; none: it is the bound
        self.high_by = self.low_by.copy()
        ends = np.array(programme.low), np.array(programme.high)
        facts = np.repeat(np.arange(len(programme.low)), np.diff(self.matrix.indptr))
        used = self.matrix.data != 0
        entries = facts[used], self.matrix.indices[used], self.matrix.data[used]
        for _ in range(ROUNDS):
            if not self._tighten(*entries, *ends):
                break
        if (self.low > self.high + APART).any():
            raise InfeasibleError(programme.name)

    def _tighten(
        self, fact: Ints, unknown: Ints, weight: Floats, least: Floats, most: Floats
    ) -> bool:
        """What every fact leaves of every unknown in it, the others at their ends."""
        ends = weight * self.low[unknown], weight * self.high[unknown]
        lower, upper = np.minimum(*ends), np.maximum(*ends)
        rest = np.bincount(fact, lower, len(least))[fact] - lower
        above = (most[fact] - rest) / weight
        rest = np.bincount(fact, upper, len(least))[fact] - upper
        below = (least[fact] - rest) / weight
        high, low = np.where(weight > 0, above, below), np.where(weight > 0, below, above)
        lowers = np.flatnonzero(high < self.high[unknown] - CLOSE)
        raises = np.flatnonzero(low > self.low[unknown] + CLOSE)
        lowers, raises = lowers[np.argsort(-high[lowers])], raises[np.argsort(low[raises])]
        self.high[unknown[lowers]], self.high_by[unknown[lowers]] = high[lowers], fact[lowers]
        self.low[unknown[raises]], self.low_by[unknown[raises]] = low[raises], fact[raises]
        return bool(len(lowers) + len(raises))

    @property
    def is_free(self) -> Mask:
        """Unknowns that are not fixed."""
        return self.high - self.low > CLOSE

    @property
    def fixed(self) -> Floats:
        """The value of those that are, whole where it can be; 0 of the others."""
        value = (self.low + self.high) / 2
        whole = np.round(value)
        value = np.where(np.abs(value - whole) < APART, whole, value)
        return np.where(self.is_free, 0.0, value)

    def proof(self, facts: Iterable[int], unknowns: Iterable[int] = ()) -> set[int]:
        """These facts, and all that fix the unknowns in them."""
        found: set[int] = set()
        open_ = list(facts)
        seen: set[int] = set(unknowns)
        todo = list(seen)
        while open_ or todo:
            for fact in open_:
                found.add(fact)
                start, end = self.matrix.indptr[fact : fact + 2]
                new = set(self.matrix.indices[start:end].tolist()) - seen
                seen |= new
                todo += new
            reasons = {int(by[unknown]) for unknown in todo for by in (self.low_by, self.high_by)}
            open_, todo = [fact for fact in reasons - found if fact >= 0], []
        return found


@dataclass(frozen=True)
class _Piece:
    """Part of a programme: `rows` of its facts, `columns` of its unknowns, `asked` of its cells.

    `low` and `high` are left to the facts, `fixed` is left out of each cell.
    """

    name: str
    rows: Ints
    columns: Ints
    asked: Ints
    upper: Floats
    matrix: csr_array
    low: Floats
    high: Floats
    targets: csr_array
    fixed: Floats


def _pieces(ranges: _Ranges) -> Iterator[_Piece]:
    """The parts of a programme that have cells."""
    programme, free = ranges.programme, np.flatnonzero(ranges.is_free)
    matrix, targets = ranges.matrix[:, free], ranges.targets[:, free]
    rest, fixed = ranges.matrix @ ranges.fixed, ranges.targets @ ranges.fixed
    upper, low = np.array(programme.upper)[free], np.array(programme.low) - rest
    high = np.array(programme.high) - rest
    both = vstack([matrix, targets]).tocsr()
    if not both.nnz:
        return
    ends = [[None, both], [both.T, None]]
    square: csr_array = block_array(ends, format="csr")  # type: ignore[call-overload]
    _, label = connected_components(square, directed=False)
    row, cell, column = np.split(label, np.cumsum([matrix.shape[0], targets.shape[0]]))
    for part in np.unique(cell[np.diff(targets.indptr) > 0]):
        rows, columns = np.flatnonzero(row == part), np.flatnonzero(column == part)
        asked = np.flatnonzero(cell == part)
        yield _Piece(
            programme.name,
            rows,
            free[columns],
            asked,
            upper[columns],
            matrix[rows][:, columns],
            low[rows],
            high[rows],
            targets[asked][:, columns],
            fixed[asked],
        )


def _whole(programme: Programme) -> _Piece:
    upper, low, high = (np.array(a) for a in (programme.upper, programme.low, programme.high))
    return _Piece(
        programme.name,
        np.arange(len(low)),
        np.arange(len(upper)),
        np.arange(len(programme.cells)),
        upper,
        programme.matrix,
        low,
        high,
        programme.targets,
        np.zeros(len(programme.cells)),
    )


# --- bounds --------------------------------------------------------------------------------------


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
        ranges = _Ranges(programme)
        found[programme.name] = dict(_fixed_cells(ranges))
        searches += [_Search(ranges, piece, in_full=in_full) for piece in _pieces(ranges)]
    while open_ := [search for search in searches if search.sign is not None]:
        for batch in _batches(open_):
            _solve(batch)
    for search in searches:
        found[search.piece.name] |= search.bounds()
    return {name: [cells[i] for i in range(len(cells))] for name, cells in found.items()}


def _fixed_cells(ranges: _Ranges) -> Iterator[tuple[int, Bound]]:
    """Cells without any free unknown."""
    is_open = ranges.targets @ ranges.is_free.astype(float) > 0
    values = ranges.targets @ ranges.fixed
    for i in np.flatnonzero(~is_open):
        yield int(i), _bound(ranges, int(i), (values[i], values[i]), ())


def _bound(ranges: _Ranges, i: int, ends: tuple[float, float], facts: Iterable[int]) -> Bound:
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

    def __init__(self, ranges: _Ranges, piece: _Piece, *, in_full: bool) -> None:
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


def _stack(rows: Sequence[tuple[Ints, Floats]], width: int) -> csr_array:
    data = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0)
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.zeros(0, int)
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    return csr_array((data, columns, ends), shape=(len(rows), width))


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
    found = _run(objective, [_whole(programme)])
    if found is None:
        raise InfeasibleError(programme.name)
    return found[0], float(objective @ found[0])


class InfeasibleError(Exception):
    """Facts that contradict each other: the attacker's premises are wrong."""


def _run(objective: Floats, pieces: Sequence[_Piece]) -> tuple[Floats, Floats] | None:
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
