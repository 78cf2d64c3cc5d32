"""What is hidden of what an attacker proved: as little as ends it, and more each time it does not.

Every round hides something of every proof and lets the attacker try again. Where the next proof is
as good as the last (all that a gate opens tell how many went through), round after round would not
end; so there are few:

    the first        of each proof the number that costs least
    the next         of what all proofs of a cell so far have used, twice as many each time
    the last three   all tables of the question that the proof uses (of its gate, or what it opens,
                     where they alone tell), unless the proof uses many questions; all tables of
                     those that skip logic ties to it, in the kinds of group that the proof uses;
                     the same in every kind

A table is one question in one kind of group; the network's stays longest. After the last round no
number of these questions is shown, so nothing but an earlier publication can tell of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.errors import Problem
from pipeline.estimate.answers import NETWORK
from pipeline.estimate.attack import Bound
from pipeline.estimate.results import NAMED, Row

ROUNDS = 2  # in which numbers are hidden one by one
ROUNDS_BEFORE = 10  # the same for what changed since an earlier publication: little, guessed anew
FEW = 3  # questions of a proof; where more tell, one question's table would not end it
LAST = 3  # in which whole tables are hidden
SHOWN = frozenset({"yes", "x"})

Fact = frozenset[str]  # rows by result_id, all of which say it
Table = tuple[str, str]  # question, kind of group
Reasons = dict[str, str]  # by result_id


@dataclass
class Hiding:
    """The rounds of one wave.

    `groups` are those that cells number. By question: `tied`, all that skip logic ties to it and
    itself; `gates`, those next to it; `mine`, its rows. `rows` change as they are hidden.
    """

    groups: Sequence[tuple[str, str]]
    tied: Mapping[str, frozenset[str]]
    gates: Mapping[str, frozenset[str]]
    mine: Mapping[str, Sequence[str]]
    rows: Mapping[str, Row]
    round: int = 0
    shared: dict[tuple[str, str, int, int], frozenset[Fact]] = field(default_factory=dict)

    def told(self, bound: Bound) -> list[Fact]:
        """What of a proof is still shown; nothing where the cell is wide enough."""
        facts = bound.proof if bound.is_determined else ()
        return [fact for fact in facts if all(self.rows[n]["shown"] in SHOWN for n in fact)]

    def next(self, found: Iterable[Bound]) -> Reasons:
        """What to hide in this round; nothing where nothing is determined."""
        self.round += 1
        proofs = [(bound, facts) for bound in found if (facts := self.told(bound))]
        patient = [one for one in proofs if self._step(one[0]) < 1]
        return self._numbers(patient) | self._tables(one for one in proofs if one not in patient)

    def _step(self, bound: Bound) -> int:
        """Which of the last rounds it is for a cell; below 1 none of them."""
        rounds = ROUNDS_BEFORE if bound.uses_earlier else ROUNDS
        return min(self.round - rounds, LAST)

    @property
    def is_over(self) -> bool:
        """Whether that was the last round."""
        return self.round >= ROUNDS_BEFORE + LAST

    # --- one by one ------------------------------------------------------------------------------

    def _numbers(self, proofs: Sequence[tuple[Bound, list[Fact]]]) -> Reasons:
        reasons: Reasons = {}
        for bound, facts in sorted(proofs, key=lambda one: one[0].cell.group == 0):  # network last
            if any(fact <= reasons.keys() for fact in facts):
                continue
            before = self.shared.get(bound.cell.place, frozenset(facts))
            shared = self.shared[bound.cell.place] = before & frozenset(facts)
            group = self.groups[bound.cell.group]
            left = sorted(shared or facts, key=lambda fact: self._cost(fact, group))
            many = 2 ** (self.round - 1) if shared and not bound.uses_earlier else 1
            for fact in left[:many]:
                weighted = all(self.rows[name]["is_weighted"] for name in fact)
                reasons |= dict.fromkeys(fact, _reason(bound, is_weighted=weighted))
        return reasons

    def _cost(self, fact: Fact, group: tuple[str, str]) -> tuple[int, float, list[str]]:
        """Of hiding a fact's rows: first those of the group at stake, then of the network."""
        rows = [self.rows[name] for name in sorted(fact)]
        groups = {(row["group_kind"], row["group_code"]) for row in rows}
        distance = 0 if groups == {group} else 1 if groups == {NETWORK} else 2
        each = (0.1 if row["is_weighted"] else (row.get("count") or 0) + 0.5 for row in rows)
        return distance, sum(each), [row["result_id"] for row in rows]

    # --- whole tables ----------------------------------------------------------------------------

    def _tables(self, proofs: Iterable[tuple[Bound, list[Fact]]]) -> Reasons:
        lost: dict[Table, str] = {}
        for bound, facts in proofs:
            every = {self._table(self.rows[name]) for fact in facts for name in fact}
            used = {table for table in every if table[1] != NETWORK[0]} or every
            for table in self._lost(bound.cell.question, used, self._step(bound)):
                lost.setdefault(table, _reason(bound, is_weighted=False))
        return {
            name: lost[self._table(self.rows[name])]
            for question in dict.fromkeys(question for question, _ in lost)
            for name in self.mine[question]
            if self._table(self.rows[name]) in lost and self._is_said(self.rows[name])
        }

    def _lost(self, question: str, used: set[Table], step: int) -> Iterator[Table]:
        if step == 1 and len({asked for asked, _ in used}) <= FEW:
            for near in ({question}, self.gates[question], self.tied[question]):
                if found := [table for table in sorted(used) if table[0] in near]:
                    yield from found
                    return
        kinds = {kind for _, kind in used} if step < LAST else {kind for kind, _ in self.groups}
        yield from ((tied, kind) for tied in sorted(self.tied[question]) for kind in sorted(kinds))

    @staticmethod
    def _is_said(row: Row) -> bool:
        """Whether it is shown, and says more than what stands beside names."""
        return row["shown"] in SHOWN and row["row_scope"] != NAMED

    @staticmethod
    def _table(row: Row) -> Table:
        return row["subject"], row["group_kind"]


def _reason(bound: Bound, *, is_weighted: bool) -> str:
    if bound.uses_earlier:
        return Problem.published_before.name
    found = Problem.weights_would_tell if is_weighted else Problem.would_be_subtracted
    return found.name
