"""What an outsider sees of a wave, and what stands beside a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.estimate.attack.programme import Cell, Floats, Mask

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]  # shown rows by question

ONE, SEVERAL, NUMBER, OTHER = "one", "several", "number", "other"
EMPTY = ("set_aside", "unanswered", "dont_know", "refused", "not_applicable", "absent")
NOT_ASKED = "not_asked"
STATES = (*EMPTY, NOT_ASKED)
NEVER_ASKED = frozenset({"not_applicable", "absent", NOT_ASKED})
NAMED = "named"
MOVES = 1e-3  # a sum that can move at all is not determined


@dataclass(frozen=True)
class Known:
    """Answers that stand beside a name: how many by atom (H,), by choice (H, K), states.

    `units` (H, K): governments behind the rows of a repeat.
    """

    answered: Floats
    taken: Floats
    units: Floats
    states: Mapping[str, int] = field(default_factory=dict)

    def merged(self, into: Floats) -> Known:
        """The same over fewer atoms."""
        return Known(into @ self.answered, into @ self.taken, into @ self.units, self.states)

    @classmethod
    def nothing(cls, atoms: int, choices: int) -> Known:
        """Nobody is named."""
        return cls(np.zeros(atoms), *np.zeros((2, atoms, choices)))


@dataclass(frozen=True)
class Stage:
    """Who answered and where: `inside` (G, H) groups of atoms, the network first.

    `weight` (H,) of each answer, None where nothing is weighted.
    """

    groups: tuple[tuple[str, str], ...]
    inside: Mask
    weight: Floats | None = None


@dataclass(frozen=True)
class Gate:
    """The question that decides whether another is asked: it is, after any choice of `after`.

    `is_open`: a gate without an answer may have let people in as well.
    """

    column: str
    after: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True)
class Asked:
    """A question as an outsider sees it.

    `people` (H,) whose answers are unknown, or their rows of a repeat, with `units` (H,) behind;
    `base` (H, K): how many of them answered, None where skip logic decides; `gate` is a question
    of the same rows.
    """

    column: str
    scope: str
    kind: str
    choices: tuple[str, ...]
    people: Floats
    base: Floats | None
    known: Known
    threshold: int
    is_confidential: bool = False
    units: Floats | None = None
    gate: Gate | None = None


@dataclass(frozen=True)
class Earlier:
    """One wave of an earlier publication: its shown rows, and how many answered by group.

    `named` (H,) governments were named; `known` are their answers by question. `weight` (H,) of
    each answer then; None where nobody can tell.
    """

    rows: Rows
    responses: Mapping[tuple[str, str], int]
    named: Floats
    known: Mapping[str, Known]
    weight: Floats | None = None


# of a wave: who answered, everything shown by question, and what is protected by question
Shown = tuple[Stage, Rows, Mapping[str, Sequence[Cell]]]
