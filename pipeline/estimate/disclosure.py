"""Disclosure control: the one way out of the confidential file.

**What an attacker knows.** Every cleared number of the survey; the frame; who answered and who
agreed to be named; and the answers of those who did to `public` questions, which are published
beside their names. Unknown, hence protected: every answer to a `network` or `confidential`
question, every answer of a government that did not agree to be named, every answer of a person.

**What is protected.** In a table with unknown answers, a count or its complement below the
threshold, both over all answers and over the unknown ones alone: whoever subtracts the named
answers is left with the unknown ones. In a group with one or two unnamed governments every cell is
therefore protected, and its whole table is hidden. In a `confidential` question 0 % and 100 % are
small counts too. In a group with fewer answers than the threshold everything is hidden. Where skip
logic decides who is asked, the number of answers is itself an answer and is protected alike.

**How.** Protected cells are hidden; further ones until no sum over choices, groups and kinds of
group bounds a protected cell more closely than the threshold (`suppression`). Means are hidden
where they would give the sum of fewer than threshold unknown answers. A weighted share is a
weighted count whose weights are known: it is shown, with four digits, where at least a million
spreads over the strata are possible, where one stratum is all there is, or where the counts of its
strata are safe themselves; and only if the attacker's programme stays blind with it.
The kinds of item nonresponse are given for the network only. How many answered is not an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.ask.survey import Survey
from pipeline.estimate.design import Floats, Mask
from pipeline.estimate.results import ASKED, NOT_ASKED, Item, Row
from pipeline.estimate.suppression import Table, WeightedSum, exposed, suppress, suppress_sums

Key = tuple[str, ...]
Reasons = dict[Key, str]  # what is hidden, and why
Grid = NDArray[np.str_]  # (G, K) reason of each cell; '' is shown

BLANKED = ("count", "n", "estimate", "se", "ci_low", "ci_high", "df", "deff", "n_eff")
DIGITS = 4  # of weighted shares with unknown answers
AMBIGUOUS = 6.0  # log10 of the spreads over strata that must be possible


def clear(survey: Survey, rows: Iterable[Row], tabulated: Sequence[Item]) -> list[Row]:
    """The rows that may leave: hidden ones keep their place, without any number.

    Args:
        survey: thresholds and the kind of unit.
        rows: results of all waves, as `tabulate` makes them.
        tabulated: the questions they were made from.
    """
    reasons: Reasons = {}
    for item in tabulated:
        reasons |= _Control.of(survey, item).reasons()
    return [_cleared(row, reasons.get(_key(row), "")) for row in rows]


def _key(row: Row) -> Key:
    names = ("wave", "subject", "row_scope", "group_kind", "group_code", "statistic", "choice")
    weighted = "weighted" if row["is_weighted"] else ""
    return (*(str(row[name]) for name in names), weighted)


def _cleared(row: Row, reason: str) -> Row:
    if reason == "rounded":
        digits = dict.fromkeys(("estimate", "se", "ci_low", "ci_high"), DIGITS)
        digits |= {"deff": 2, "n_eff": 1}
        return row | {name: round(row[name], places) for name, places in digits.items()}
    if not reason:
        return row
    return row | dict.fromkeys(BLANKED) | {"ci_method": "none", "shown": "c", "reason": reason}


@dataclass(frozen=True)
class _Control:
    """One question: what is unknown of it, by atom and group."""

    item: Item
    threshold: int
    is_confidential: bool
    unknown: Mask  # by row
    inside: Mask  # (G, rows)
    atom: NDArray[np.int64]  # by row
    groups: Mask  # (G, H)
    kind: NDArray[np.int64]
    small: Mask  # (G,) fewer answers than the threshold

    @classmethod
    def of(cls, survey: Survey, item: Item) -> _Control:
        disclosure = item.question.disclosure or "network"
        confidential = disclosure == "confidential"
        limits = survey.disclosure
        threshold = limits.threshold_confidential if confidential else limits.threshold
        wave = item.wave
        public = disclosure == "public" and survey.unit_kind == "institution"
        known = wave.known if public else np.zeros(len(wave.known), bool)
        atoms = int(wave.atom.max(initial=-1)) + 1
        kinds = list(dict.fromkeys(group.kind for group in wave.groups))
        groups = np.zeros((len(wave.groups), atoms), bool)
        for g, group in enumerate(wave.groups):
            groups[g, wave.atom[group.inside]] = True
        return cls(
            item,
            threshold,
            confidential,
            ~known[item.rows.response],
            np.array([item.inside(group) for group in wave.groups]),
            wave.atom[item.rows.response],
            groups,
            np.array([kinds.index(group.kind) for group in wave.groups]),
            np.array([group.inside.sum() < threshold for group in wave.groups]),
        )

    def reasons(self) -> Reasons:
        """Every hidden number of this question, by the key of its row."""
        base = self._base()
        found = self._states(base)
        if self.item.is_number:
            return found | self._numbers(base)
        if self.item.is_exclusive and self.item.choices:
            return found | self._choices(base, slice(None))
        for k in range(len(self.item.choices)):
            found |= self._choices(base, slice(k, k + 1))
        return found

    # --- counting --------------------------------------------------------------------------------

    def _by_atom(self, rows: Mask) -> Floats:
        return np.bincount(self.atom[rows], minlength=self.groups.shape[1]).astype(float)

    def _is_small(self, count: Floats, base: Floats) -> Mask:
        rest = base - count
        small: Mask = ((count > 0) & (count < self.threshold)) | (
            (rest > 0) & (rest < self.threshold)
        )
        return small

    def _width(self, base: Floats) -> Floats:
        return np.minimum(self.threshold - 1, base)

    # --- who is in the base ----------------------------------------------------------------------

    def _base(self) -> Grid:
        """Reason (G,) to hide a group's whole table."""
        unknown = self._by_atom(self.unknown)
        people = self.groups @ unknown
        few = (people > 0) & (people < self.threshold)
        hidden = self.small | few
        if (self.item.states == "not_asked").any():
            answered = self._by_atom(self.unknown & (self.item.states == "answered"))
            count = self.groups @ answered
            protected = (self._is_small(count, people) | few)[:, None]
            table = self._table(answered[:, None], unknown, protected, exclusive=False)
            hidden = suppress(table, hidden[:, None], count[:, None] + 0.5)[:, 0]
        reasons = np.where(hidden, "would_be_subtracted", "")
        return np.where(self.small, "small_base", reasons)

    def _table(self, unknown: Floats, size: Floats, protected: Mask, *, exclusive: bool) -> Table:
        width = self._width(self.groups @ size)
        return Table(unknown, size, self.groups, self.kind, protected, width, exclusive)

    # --- choices ---------------------------------------------------------------------------------

    def _choices(self, base: Grid, block: slice) -> Reasons:
        y = self.item.y[:, block]
        given = ~np.isnan(y[:, 0])
        size = self._by_atom(self.unknown & given)
        columns = [self._by_atom(self.unknown & (column == 1)) for column in y.T]
        table = self._table(
            np.column_stack(columns),
            size,
            self._protected(y, given),
            exclusive=self.item.is_exclusive,
        )
        hidden = np.repeat((base != "")[:, None], y.shape[1], axis=1)
        cost = self.inside.astype(float) @ np.nan_to_num(y) + 0.5
        hidden = suppress(table, hidden, cost)
        reasons = np.where(hidden, "would_be_subtracted", "")
        reasons = np.where(table.protected, "small_cell", reasons)
        reasons = np.where(base[:, None] != "", base[:, None], reasons)
        return self._share_keys(reasons, self._weighted(table, hidden), block)

    def _protected(self, y: Floats, given: Mask) -> Mask:
        """Cells that are small over all answers, or over the unknown ones alone."""
        taken = np.nan_to_num(y) == 1
        counted = self._in_groups(taken & self.unknown[:, None])
        size = self._in_groups((given & self.unknown)[:, None])
        everyone = self._is_small(self._in_groups(taken), self._in_groups(given[:, None]))
        protected = self._is_small(counted, size) | everyone
        if self.item.scope:
            units = self._units(taken & self.unknown[:, None])
            protected |= self._is_small(units, self._units((given & self.unknown)[:, None]))
        if self.is_confidential:
            protected |= (counted == 0) | (counted == size)
        return protected & (size > 0)

    def _in_groups(self, rows: Mask) -> Floats:
        counts: Floats = self.inside.astype(float) @ rows
        return counts

    def _units(self, rows: Mask) -> Floats:
        """Governments behind the rows of a repeat, by group and choice."""
        wave = self.item.wave
        units = np.zeros((len(wave.responses), rows.shape[1]), bool)
        for k in range(rows.shape[1]):
            units[self.item.rows.response[rows[:, k]], k] = True
        counts: Floats = np.array([group.inside for group in wave.groups], float) @ units
        return counts

    def _share_keys(self, reasons: Grid, weighted: Grid, block: slice) -> Reasons:
        found: Reasons = {}
        for k, choice in enumerate(self.item.choices[block]):
            for g in range(len(self.groups)):
                if reasons[g, k]:
                    for statistic in ("share", "share_of_units"):
                        found[self._row_key(g, statistic, choice)] = reasons[g, k]
                if why := reasons[g, k] or weighted[g, k]:
                    found[self._row_key(g, "share", choice, "weighted")] = why
        return found

    def _row_key(self, g: int, statistic: str, choice: str = "", weighted: str = "") -> Key:
        item, group = self.item, self.item.wave.groups[g]
        place = (item.wave.wave.id, item.question.column, item.scope, group.kind, group.code)
        return (*place, statistic, choice, weighted)

    # --- weights ---------------------------------------------------------------------------------

    def _weighted(self, table: Table, hidden: Mask) -> Grid:
        """What becomes of each weighted share: shown (''), rounded, or hidden."""
        design = self.item.wave.design
        result = np.full(hidden.shape, "", dtype="U20")
        if design is None or self.item.scope:
            return result
        weight = np.zeros(self.groups.shape[1])
        weight[self.item.wave.atom] = design.weight
        result[table.is_open] = "weights_would_tell"
        sums = []
        for g, k in np.argwhere(~hidden & table.is_open[:, None]):
            if self._weights_are_safe(table, weight, g, k):
                result[g, k] = "rounded"
                inside = np.where(table.groups[g], weight, 0.0)
                slack = 10.0**-DIGITS * float(inside @ table.size)
                sums.append(WeightedSum(int(k), inside, slack))
        if sums and exposed(table, hidden, tuple(sums)):
            result[table.is_open] = "weights_would_tell"
        return result

    def _weights_are_safe(self, table: Table, weight: Floats, g: int, k: int) -> bool:
        used = table.groups[g] & (table.size > 0)
        strata = np.unique(weight[used], return_inverse=True)[1]
        size = np.bincount(strata, table.size[used])
        if len(size) == 1 or np.log10(size + 1).sum() >= AMBIGUOUS:
            return True
        count = np.bincount(strata, table.unknown[used, k])
        exposed_strata = self._is_small(count, size)
        if self.is_confidential:
            exposed_strata |= (count == 0) | (count == size)
        return not exposed_strata.any()

    # --- numbers and nonresponse -----------------------------------------------------------------

    def _numbers(self, base: Grid) -> Reasons:
        given = ~np.isnan(self.item.y[:, 0])
        size = self._by_atom(self.unknown & given)
        count = self.groups @ size
        everyone = self._in_groups(given[:, None])[:, 0]
        few = (count > 0) & (count < self.threshold)
        protected = few | ((count > 0) & (everyone < self.threshold))
        table = self._table(size[:, None], size, protected[:, None], exclusive=False)
        hidden = suppress_sums(table, base != "")
        found: Reasons = {}
        for g in np.flatnonzero(hidden):
            why = base[g] or ("small_base" if protected[g] else "would_be_subtracted")
            for key in (("mean", "", ""), ("median", "", ""), ("mean", "", "weighted")):
                found[self._row_key(int(g), *key)] = why
        return found

    def _states(self, base: Grid) -> Reasons:
        """Kinds of nonresponse: for the network; elsewhere only where all of it is known."""
        found: Reasons = {}
        people = self.groups @ self._by_atom(self.unknown)
        for g in range(len(self.groups)):
            if base[g] or (g and people[g]):
                why = base[g] or "would_be_subtracted"
                found |= {self._row_key(g, "count", s): why for s in (*ASKED, *NOT_ASKED)}
        if not base[0]:
            found |= self._network_states(ASKED[1:]) | self._network_states(NOT_ASKED)
        return found

    def _network_states(self, states: Sequence[str]) -> Reasons:
        counts = np.array([[(self.item.states[self.unknown] == s).sum() for s in states]], float)
        size = counts.sum(axis=1)
        protected = (counts > 0) & (counts < self.threshold)
        everyone = np.ones((1, 1), bool)
        kind = np.zeros(1, np.int64)
        table = Table(counts, size, everyone, kind, protected, self._width(size), True)
        hidden = suppress(table, np.zeros(counts.shape, bool), counts + 0.5)
        return {
            self._row_key(0, "count", state): "small_cell"
            if protected[0, k]
            else "would_be_subtracted"
            for k, state in enumerate(states)
            if hidden[0, k]
        }
