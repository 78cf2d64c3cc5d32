"""What single facts prove without any programme, and the pieces that are left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import block_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from pipeline.estimate.attack.programme import (
    APART,
    CLOSE,
    Floats,
    InfeasibleError,
    Ints,
    Mask,
    Programme,
)

ROUNDS = 20


class Ranges:
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
class Piece:
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


def pieces_of(ranges: Ranges) -> Iterator[Piece]:
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
        yield Piece(
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


def whole(programme: Programme) -> Piece:
    """All of a programme as one piece."""
    upper, low, high = (np.array(a) for a in (programme.upper, programme.low, programme.high))
    return Piece(
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
