"""From rows of estimate.result to what a cell says. A hidden number stays hidden: it prints [c]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.report.release import Asked, Group, Release, Result

SHOWN = "yes"


@dataclass(frozen=True)
class Count:
    """How many of those who answered gave an answer; shares and limits from 0 to 1."""

    count: int = 0
    n: int = 0
    share: float = 0.0
    low: float | None = None
    high: float | None = None
    shown: str = SHOWN  # c suppressed, x not available, z not applicable
    is_named: bool = False  # counts only the governments that agreed to be named

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to print."""
        return self.shown == SHOWN


NOT_AVAILABLE = Count(shown="x")


@dataclass(frozen=True)
class Numbers:
    """The results of one group in one wave."""

    release: Release
    wave: str
    group: Group

    def share(self, column: str, choice: str, *, weighted: bool = False) -> Count:
        """Of those who answered a question, how many chose one choice.

        Where the others would be found by subtraction, of those who agreed to be named.
        """
        found = [
            row
            for row in self._rows(column)
            if row.statistic == "share" and row.choice == choice and row.is_weighted == weighted
        ]
        return _count(found[0]) if found else NOT_AVAILABLE

    def _rows(self, column: str) -> list[Result]:
        """The rows of a question, shown ones about the named before hidden ones about all."""
        rows = self.release.of_group(self.wave, self.group, column)
        return sorted(rows, key=lambda row: (row.shown != SHOWN, row.row_scope))

    def in_force(self, question: Asked, *, weighted: bool = False) -> Count:
        """Of those who answered, how many state that a policy is in force.

        Several choices may say so; their sum is shown only if each of them is, without interval.
        """
        chosen = [c.name for c in question.choices if question.level(c.name) == "in_force"]
        return add(self.share(question.column, choice, weighted=weighted) for choice in chosen)

    def statistic(self, column: str, statistic: str) -> Result | None:
        """An unweighted mean, median or other number of a question."""
        for row in self._rows(column):
            if row.statistic == statistic and not row.is_weighted:
                return row
        return None

    def base(self, question: Asked) -> Count:
        """How many answered a question at all (`n` is the number)."""
        counts = [self.share(question.column, choice.name) for choice in question.choices]
        shown = [count for count in counts if count.is_shown]
        return shown[0] if shown else next(iter(counts), NOT_AVAILABLE)


def _count(row: Result) -> Count:
    if row.shown != SHOWN:
        return Count(shown=row.shown)
    n, count = row.n or 0, row.count or 0
    share = row.estimate if row.estimate is not None else (count / n if n else 0.0)
    is_named = row.row_scope == "named"
    return Count(count, n, share, row.ci_low, row.ci_high, is_named=is_named)


def add(counts: Iterable[Count]) -> Count:
    """The sum of choices that exclude each other; hidden where one of them is."""
    parts = list(counts)
    hidden = [part for part in parts if not part.is_shown]
    if hidden or len(parts) == 1:
        return next(iter(hidden or parts))
    if not parts:
        return NOT_AVAILABLE
    return Count(
        sum(part.count for part in parts),
        parts[0].n,
        min(1.0, sum(part.share for part in parts)),
        is_named=parts[0].is_named,
    )
