"""Disclosure control: the one way out of the confidential file.

**What an attacker knows.** Every cleared number of the survey; the frame; who answered and who
agreed to be named; and the answers of those who did to `public` questions, which are published
beside their names. Unknown, hence protected: every answer to a `network` or `confidential`
question, every answer of a government that did not agree to be named, every answer of a person.

**Public questions.** Whoever subtracts the named governments from a count is left with the others;
in a country these are few. So they count in the network's table only, where a count or complement
below the threshold among them is hidden. The table of a group with unnamed governments is hidden
whole; in its place stand rows of `row_scope` named, which count those that agreed and tell nothing
that is not beside their names already.

**Other questions.** A count or its complement below the threshold is hidden in every group; in a
`confidential` question 0 % and 100 % as well. In a group with fewer answers than the threshold
everything is. Where skip logic decides who is asked, the number of answers is itself an answer and
protected alike. Governments count behind the rows of a repeat.

**Subtraction.** Further counts are hidden until no sum over choices, groups and kinds of group
bounds a protected one more closely than the threshold (`suppression`). Means are hidden where they
would give the sum of fewer than threshold unknown answers. A weighted share is a count whose
weights are known: it leaves rounded, where a great many spreads over the strata are possible, or
where the counts of its strata are safe themselves; and only if the attacker's programme stays
blind with it. Kinds of item nonresponse are given for the network only.

**Scores.** A domain, and the index, is as strict as the strictest question in it, and cleared like
a number; its classes like choices. A mean score is a sum of counts, most of them shown: it leaves
in steps of 1, 2 or 5 points, so coarse that threshold - 1 answers to any one question do not move
it, or not at all.

**Small networks.** Counts are exact or hidden, never rounded and never bands. Rounding to five
leaves nothing of a network of fewer than twenty; a band ("most") beside an exact base and the
answers of named governments is a bound like any other, and would need the same protection again.

**Afterwards** `audit` lets an attacker of its own go at all that is left, with skip logic and what
was published before in hand, and hides what he determines.

**Who is in a group.** How many answered is not an answer where a frame makes the groups. Where a
question makes them it is: `group_sizes` says which are hidden whole, their size included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.ask import Survey
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.design import Floats, Mask
from pipeline.estimate.group_sizes import SMALL_GROUP, hidden_groups, response_reasons
from pipeline.estimate.interval import quantile_of_t
from pipeline.estimate.results import ASKED, NAMED, NOT_ASKED, Item, Row
from pipeline.estimate.suppression import (
    Table,
    WeightedSum,
    exposed,
    sums_are_exposed,
    suppress,
    suppress_sums,
)

Key = tuple[str, ...]
Reasons = dict[Key, str]  # what is hidden, and why
Grid = NDArray[np.str_]  # (G, K) reason of each cell; '' is shown

BLANKED = ("count", "n", "estimate", "se", "ci_low", "ci_high", "df", "deff", "n_eff")
# Digits of a weighted share with unknown answers, by how many spreads of them over the strata are
# possible (log10). Measured on the demonstration, all spreads enumerated: at 10^5 to 10^6 two
# digits leave at least 93 spreads (median 4,041), three leave 8; at 10^4 two digits leave 5.
DIGITS = {3: 7.0, 2: 5.0}
STEP = "step"


def clear(
    survey: Survey,
    rows: Sequence[Row],
    tabulated: Sequence[Item],
    waves: Sequence[WaveAnswers],
) -> list[Row]:
    """The rows that may leave: hidden ones keep their place, without any number.

    Args:
        survey: thresholds and the kind of unit.
        rows: results of all waves, as `tabulate` makes them, but those made from others.
        tabulated: the questions they were made from.
        waves: all waves.
    """
    reasons: Reasons = {}
    hidden: dict[str, Mask] = {}
    for wave in waves:
        hidden[wave.wave.id] = hidden_groups(survey, wave)
        reasons |= response_reasons(survey, wave, hidden[wave.wave.id])
    for item in tabulated:
        reasons |= _Control.of(survey, item, hidden[item.wave.wave.id]).reasons()
    return [_cleared(row, reasons.get(_key(row), "")) for row in rows]


def _key(row: Row) -> Key:
    names = (
        "subject_kind",
        "wave",
        "subject",
        "row_scope",
        "group_kind",
        "group_code",
        "statistic",
        "choice",
    )
    weighted = "weighted" if row["is_weighted"] else ""
    return (*(str(row[name]) for name in names), weighted)


def _cleared(row: Row, reason: str) -> Row:
    if reason.startswith(STEP):
        return _in_steps(row, int(reason.removeprefix(STEP)))
    if reason.startswith("rounded"):
        digits = dict.fromkeys(("estimate", "se", "ci_low", "ci_high"), int(reason[-1]))
        digits |= {"deff": 2, "n_eff": 1}
        return row | {name: round(row[name], d) for name, d in digits.items() if name in row}
    return hidden_row(row, reason) if reason else row


def hidden_row(row: Row, reason: str) -> Row:
    """A row that keeps its place, without any number."""
    return row | dict.fromkeys(BLANKED) | {"ci_method": "none", "shown": "c", "reason": reason}


def _in_steps(row: Row, step: int) -> Row:
    """A mean score in whole steps; its interval is laid around the rounded mean, not the true one.

    Ends cut at 0 or 100 would tell where the true one was.
    """
    estimate = float(step * np.round(row["estimate"] / step))
    if not row["is_weighted"]:
        return row | {"estimate": estimate}
    se = round(row["se"], 1)
    half = quantile_of_t(row["ci_level"], int(row["df"])) * se
    low, high = np.clip([estimate - half, estimate + half], 0.0, 100.0)
    deff = None if row["deff"] is None else round(row["deff"], 2)
    return row | {"estimate": estimate, "se": se, "ci_low": low, "ci_high": high, "deff": deff}


@dataclass(frozen=True)
class _Control:
    """One question: what is unknown of it, by atom and group.

    `unknown` by row; `inside` (G, rows); `atom` by row; `groups` (G, H) are the tables that are
    published: of a public question only the network's counts what is unknown. `people` (G,) are
    the responses behind the unknown rows; `is_small` (G,): fewer responses than the threshold;
    `is_hidden` (G,): nothing at all is said of the group.
    """

    item: Item
    threshold: int
    is_confidential: bool
    is_public: bool
    unknown: Mask
    inside: Mask
    atom: NDArray[np.int64]
    groups: Mask
    kind: NDArray[np.int64]
    people: NDArray[np.int64]
    is_small: Mask
    is_hidden: Mask

    @classmethod
    def of(cls, survey: Survey, item: Item, hidden: Mask) -> _Control:
        confidential = item.question.disclosure == "confidential"
        limits = survey.disclosure
        threshold = limits.threshold_confidential if confidential else limits.threshold
        wave = item.wave
        public = item.question.disclosure == "public" and survey.unit_kind == "institution"
        known = wave.known if public else np.zeros(len(wave.known), bool)
        kinds = list(dict.fromkeys(group.kind for group in wave.groups))
        groups = np.zeros((len(wave.groups), int(wave.atom.max(initial=-1)) + 1), bool)
        for g, group in enumerate(wave.groups):
            groups[g, wave.atom[group.inside]] = g == 0 or not public
        return cls(
            item,
            threshold,
            confidential,
            public,
            ~known[item.rows.response],
            np.array([item.inside(group) for group in wave.groups]),
            wave.atom[item.rows.response],
            groups,
            np.array([kinds.index(group.kind) for group in wave.groups]),
            np.array([(group.inside & ~known).sum() for group in wave.groups]),
            np.array([group.inside.sum() < threshold for group in wave.groups]),
            hidden,
        )

    def reasons(self) -> Reasons:
        """Every hidden number of this question, by the key of its row."""
        base = self._base()
        found = self._states(base) | self._named(base)
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

    def _too_small(self, count: Floats, base: Floats) -> Mask:
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
        left_out = np.arange(len(self.people)) > 0 if self.is_public else np.zeros(1, bool)
        reasons = np.where(left_out & (self.people > 0), "unnamed_left_out", "")
        reasons = np.where(self.is_small, "small_base", reasons)
        reasons = np.where(self.is_hidden, SMALL_GROUP, reasons)
        if (self.item.states == "not_asked").any():
            size = self._by_atom(self.unknown)
            answered = self._by_atom(self.unknown & (self.item.states == "answered"))
            count = self.groups @ answered
            skipped = self.groups @ self._by_atom(self.unknown & (self.item.states == "not_asked"))
            few = [(n > 0) & (n < self.threshold) for n in (count, skipped)]
            protected = (few[0] | few[1])[:, None]
            table = self._table(answered[:, None], size, protected, exclusive=False)
            hidden = suppress(table, (reasons != "")[:, None], count[:, None] + 0.5)[:, 0]
            reasons = np.where((reasons == "") & hidden, "would_be_subtracted", reasons)
        return reasons

    def _named(self, base: Grid) -> Reasons:
        """Rows about named governments tell nothing new; those of small groups go with the rest."""
        names = [("share", choice) for choice in self.item.choices]
        names = [("mean", ""), ("median", "")] if self.item.is_number else names
        return {
            self._row_key(int(g), *name, scope=NAMED): str(base[g])
            for g in np.flatnonzero(np.isin(base, ["small_base", SMALL_GROUP]))
            for name in names
        }

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
        everyone = self._too_small(self._in_groups(taken), self._in_groups(given[:, None]))
        protected = self._too_small(counted, size) | everyone
        if self.item.scope:
            units = self._units(taken & self.unknown[:, None])
            protected |= self._too_small(units, self._units((given & self.unknown)[:, None]))
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

    def _row_key(
        self, g: int, statistic: str, choice: str = "", weighted: str = "", scope: str = ""
    ) -> Key:
        item, group = self.item, self.item.wave.groups[g]
        place = (item.subject_kind, item.wave.wave.id, item.question.column, scope or item.scope)
        return (*place, group.kind, group.code, statistic, choice, weighted)

    # --- weights ---------------------------------------------------------------------------------

    def _weighted(self, table: Table, hidden: Mask) -> Grid:
        """What becomes of each weighted share: shown (''), rounded, or hidden."""
        result = np.full(hidden.shape, "", dtype="U20")
        weight = self._weight()
        if weight is None:
            return result
        table, weight = table.merged(weight)
        result[table.is_open] = "weights_would_tell"
        sums = []
        for g, k in np.argwhere(~hidden & table.is_open[:, None]):
            if digits := self._digits(table, weight, g, k):
                result[g, k] = f"rounded{digits}"
                if len(np.unique(weight[table.groups[g]])) == 1:
                    continue  # a multiple of the count, which is shown: nothing new
                inside = np.where(table.groups[g], weight, 0.0)
                slack = 10.0**-digits * float(inside @ table.size)
                sums.append(WeightedSum(int(k), inside, slack))
        if sums and exposed(table, hidden, tuple(sums)):
            result[table.is_open] = "weights_would_tell"
        return result

    def _weight(self) -> Floats | None:
        """The weight of each atom; None where nothing is weighted."""
        design = self.item.wave.design
        if design is None or self.item.scope:
            return None
        weight = np.zeros(self.groups.shape[1])
        weight[self.item.wave.atom] = design.weight
        return weight

    def _digits(self, table: Table, weight: Floats, g: int, k: int) -> int:
        """Digits that may be shown of a weighted share; 0 is none."""
        used = table.groups[g] & (table.size > 0)
        strata = np.unique(weight[used], return_inverse=True)[1]
        size = np.bincount(strata, table.size[used]).astype(float)
        count = np.bincount(strata, table.unknown[used, k]).astype(float)
        exposed_strata = self._too_small(count, size)
        if self.is_confidential:
            exposed_strata |= (count == 0) | (count == size)
        if len(size) == 1 or not exposed_strata.any():
            return max(DIGITS)
        spreads = np.log10(size + 1).sum()
        return next((digits for digits, least in DIGITS.items() if spreads >= least), 0)

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
        weight = self._weight()
        if weight is not None and sums_are_exposed(table, hidden, weight):
            for g in np.flatnonzero(table.is_open & ~hidden):
                found[self._row_key(int(g), "mean", "", "weighted")] = "weights_would_tell"
        for g in np.flatnonzero(table.is_open):  # the ends of its interval are single answers
            why = found.get(self._row_key(int(g), "mean"), "weights_would_tell")
            found[self._row_key(int(g), "median", "", "weighted")] = why
        if self.item.is_score:
            return self._steps(given, table.is_open & ~hidden) | found
        return found

    def _steps(self, given: Mask, shown: Mask) -> Reasons:
        """How far a mean score is rounded: no step, and it is hidden.

        The score of a domain less the counts of all its questions but one would leave that one's.
        So as many governments as must not be told apart could each have answered otherwise to the
        question that weighs most, and the rounded mean would be the same.
        """
        found: Reasons = {}
        design = self.item.wave.design
        equal = np.ones(len(given))
        for weighted, weight in (
            ("", equal),
            ("weighted", equal if design is None else design.weight),
        ):
            for g in np.flatnonzero(shown):
                inside = weight[given & self.inside[g]]
                step = self.item.step(inside)
                why = f"{STEP}{step}" if step else "small_base"
                for statistic in ("mean",) if weighted else ("mean", "median"):
                    found[self._row_key(int(g), statistic, "", weighted)] = why
        return found

    def _states(self, base: Grid) -> Reasons:
        """Kinds of nonresponse: for the network; elsewhere only where all of it is known."""
        found: Reasons = {}
        for g in range(len(self.groups)):
            if base[g] or (g and self.people[g]):
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
