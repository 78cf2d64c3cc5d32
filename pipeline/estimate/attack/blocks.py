"""The unknowns of a question, and its answers as sums of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.estimate.attack.known import ONE, SEVERAL, Asked
from pipeline.estimate.attack.programme import Floats, Ints, Programme, Terms


@dataclass(frozen=True)
class Block:
    """The unknowns of one question: choices (K, H), answered, without an answer, not asked."""

    taken: Ints
    answered: Ints
    empty: Ints
    skipped: Ints

    @property
    def all(self) -> tuple[Ints, ...]:
        """Every unknown."""
        return (*self.taken, self.answered, self.empty, self.skipped)


@dataclass(frozen=True)
class View:
    """A question's answers as a sum of blocks: today's, less those that came, plus those gone."""

    parts: tuple[tuple[Block, float], ...]

    def taken(self, k: int, inside: Ints, weight: float | Floats = 1.0) -> Terms:
        """Of one choice."""
        return Terms(tuple((b.taken[k, inside], sign * weight) for b, sign in self.parts))

    def answered(self, inside: Ints, weight: float | Floats = 1.0) -> Terms:
        """All that answered."""
        return Terms(tuple((b.answered[inside], sign * weight) for b, sign in self.parts))


def hold_together(programme: Programme, kind: str, block: Block) -> None:
    """Whoever chose something answered; of one choice each answered one."""
    nothing = np.zeros(())
    if kind == ONE:
        parts = np.column_stack([*block.taken, block.answered])
        programme.each(parts, (*(1.0 for _ in block.taken), -1.0), nothing, nothing)
    for taken in block.taken if kind == SEVERAL else ():
        parts = np.column_stack([taken, block.answered])
        programme.each(parts, (1.0, -1.0), nothing - np.inf, nothing)


def is_uniform(asked: Asked) -> bool:
    """Whether all choices have one base."""
    base = asked.base
    return base is not None and bool((base == base[:, :1]).all())
