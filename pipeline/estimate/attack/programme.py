"""Linear programmes of an attacker: unknowns, facts about their sums, and the range of a cell.

Whole numbers are relaxed to reals, so a range is never narrower than the truth allows by more than
that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

CLOSE = 1e-6
EARLIER = ""  # said by an earlier publication
APART = 1e-4


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


def _stack(rows: Sequence[tuple[Ints, Floats]], width: int) -> csr_array:
    data = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0)
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.zeros(0, int)
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    return csr_array((data, columns, ends), shape=(len(rows), width))


class InfeasibleError(Exception):
    """Facts that contradict each other: the attacker's premises are wrong."""
