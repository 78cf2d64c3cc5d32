"""The brief of one government, for that government alone: its own answers beside the network's."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import ClassVar

import duckdb

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.counts import Count
from pipeline.report.links import own_links
from pipeline.report.page import (
    Block,
    Cell,
    Heading,
    Key,
    Link,
    Row,
    Section,
    Sentences,
    Table,
)
from pipeline.report.peers import learn_from, quotes
from pipeline.report.release import NETWORK, Asked
from pipeline.report.scores import Score, apart, own_figure, own_table
from pipeline.report.since import own_changes

LEVELS = ("in_force", "in_preparation", "no", "unknown")
# Cells that count neither for nor against a government: the question does not concern it.
OUTSIDE = frozenset({"not_asked", "not_applicable", "absent"})
WIDESPREAD, RARE = 0.5, 0.5
OTHERS = frozenset({"select_one", "select_multiple", "rank", "integer", "decimal", "date"})


@dataclass(frozen=True)
class Own:
    """A government's own answer to one question: choices or a value, and the cell's state."""

    state: str
    choices: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True)
class GovernmentBrief(Brief):
    """Own answers as words, each beside the count of governments that say the same."""

    kind: ClassVar[str] = "government"
    own: dict[str, Own] = field(default_factory=dict)  # by question
    before: dict[str, Own] = field(default_factory=dict)  # the same of the wave before
    scored: tuple[Score, ...] = ()
    asked: str = ""  # the file of its return sheet, where there is one

    def own_level(self, policy: Asked, given: dict[str, Own] | None = None) -> str:
        """How far a policy is here: in_force, in_preparation, no or unknown."""
        own = (given or self.own).get(policy.column)
        if own is None or own.state != "answered" or not own.choices:
            return "unknown"
        return policy.level(own.choices[0]) or "unknown"

    @cached_property
    def own_policies(self) -> tuple[Asked, ...]:
        """The policies that concern this government."""
        return tuple(
            policy
            for policy in self.policies
            if policy.column in self.own and self.own[policy.column].state not in OUTSIDE
        )

    # --- sections ---------------------------------------------------------------------------------
    def front(self) -> Section:
        """A sentence as title; then the network's response and where this government differs."""
        in_force = [policy for policy in self.own_policies if self.own_level(policy) == "in_force"]
        if self.own_policies:
            title = self.say(
                "title.government",
                name=self.name,
                count=len(in_force),
                total=len(self.own_policies),
            )
        else:
            answered = sum(own.state == "answered" for own in self.own.values())
            title = self.say("title.government_answers", name=self.name, count=answered)
        front = self.front_of(self.name, title, self._lead())
        if not self.asked:
            return front
        return Section((*front.parts, Link(self.asked, self.asked, self.say("return.see"))))

    def _lead(self) -> list[str]:
        """Three sentences at most: the network's average, where it is ahead, where it is behind."""
        said = []
        counts = [self.numbers().in_force(policy) for policy in self.own_policies]
        if counts and all(count.is_shown for count in counts):
            mean = texts.number(sum(count.share for count in counts), self.locale, 1)
            said.append(self.say("lead.average", count=self.round.responses, mean=mean))
        elif self.round.population:
            share = self.percent(self.round.responses / self.round.population)
            total = self.round.population
            said.append(self.say("lead.network", count=self.round.responses, total=total, p=share))
        for key, areas in zip(("lead.ahead", "lead.behind"), apart(self, self.scored), strict=True):
            if areas:
                said.append(self.say(key, list=self.listed(areas)))
        return said

    @cached_property
    def network(self) -> dict[str, Count]:
        """How many have each policy that concerns this government in force, by question."""
        found = {p.column: self.numbers().in_force(p) for p in self.own_policies}
        return {column: count for column, count in found.items() if count.is_shown}

    @cached_property
    def gaps(self) -> list[Asked]:
        """Policies that are not in force here, the most widespread in the network first."""
        known = [p for p in self.own_policies if p.column in self.network]
        missing = [p for p in known if self.own_level(p) in {"in_preparation", "no"}]
        return sorted(missing, key=lambda policy: -self.network[policy.column].share)

    def _apart(self) -> list[str]:
        """What is in force here and rare in the network; what is missing here and widespread."""
        rare = [
            p
            for p in self.own_policies
            if self.own_level(p) == "in_force"
            and p.column in self.network
            and self.network[p.column].share < RARE
        ]
        rare.sort(key=lambda policy: self.network[policy.column].share)
        missing = [p for p in self.gaps if self.network[p.column].share >= WIDESPREAD]
        return [
            self.say(key, list=self._named(policies[:3]))
            for key, policies in (("lead.rare_here", rare), ("lead.missing_here", missing))
            if policies
        ]

    def _named(self, policies: Sequence[Asked]) -> str:
        return self.listed(
            f"{self.question(policy)} ({self.counted(self.network[policy.column]).text})"
            for policy in policies
        )

    def policy_table(self) -> Section:
        """Policy by policy: the own answer as a word with its shape, and the network's count."""
        listed = [policy for policy in self.policies if policy.column in self.own]
        if not listed:
            return Section()
        blocks = tuple(
            Block(self.reference("section", section), tuple(self._policy_row(p) for p in policies))
            for section, policies in groupby(listed, key=lambda policy: policy.section)
        )
        columns = (
            self.say("column.policy"),
            self.say("column.own_answer"),
            self.say("column.in_force"),
        )
        key = Key(
            self.say("mark.key"),
            tuple(self.state(level, self.say(f"mark.{level}")) for level in LEVELS),
        )
        table = replace(self._table("caption.own_policies", columns, blocks), dense=True)
        heading, said = Heading(self.say("heading.policies")), self._apart()
        if not said:
            return Section((heading, key, table))
        return Section((heading, Sentences(tuple(said)), key, table))

    def _policy_row(self, policy: Asked) -> Row:
        own = self.state(self.own_level(policy), self.answer(policy))
        return Row(
            Cell(self.question(policy)), (own, self.counted(self.numbers().in_force(policy)))
        )

    def answer(self, question: Asked, given: dict[str, Own] | None = None) -> str:
        """The own answer in words; an empty cell says which kind of empty it is."""
        own = (given or self.own)[question.column]
        if own.state != "answered":
            return self.say(f"state.{own.state}")
        if question.is_select:
            return "; ".join(self.choice(question, choice) for choice in own.choices)
        return self._value(question, own.value)

    def _value(self, question: Asked, value: str) -> str:
        if question.type == "integer":
            return texts.number(int(float(value)), self.locale)
        if question.type == "decimal":
            decimals = 0 if float(value) == int(float(value)) else 1
            return texts.number(float(value), self.locale, decimals)
        if question.type == "date":
            return self.date(datetime.date.fromisoformat(value[:10]))
        return value

    def scores(self) -> Section:
        """The own scores by area, from 0 to 100, with what they could be and their class."""
        return own_table(self, self.name, self.scored)

    def figure(self) -> Section:
        """The own scores among those of the governments that agreed to be named."""
        return own_figure(self, self.name, self.scored)

    def learn_from(self) -> Section:
        """Governments that have what is missing here."""
        return learn_from(self, self.gaps)

    def quotes(self) -> Section:
        """What governments say in their own words."""
        return quotes(self)

    def changes(self) -> Section:
        """What stands otherwise than in the wave before."""
        return own_changes(self)

    def links(self) -> Section:
        """The charter, the SDGs and the Global Compact."""
        return own_links(self)

    def other_answers(self) -> Section:
        """Every other answer in words, and how many governments in the network say the same."""
        others = [q for q in self.questions if q.column in self.own and self._is_other(q)]
        if not others:
            return Section()
        blocks = tuple(
            Block(
                self.reference("section", section),
                tuple(row for question in questions for row in self._rows(question)),
            )
            for section, questions in groupby(others, key=lambda question: question.section)
        )
        columns = (
            self.say("column.question"),
            self.say("column.own_answer"),
            self.say("column.same_answer"),
        )
        table = self._table("caption.own_answers", columns, blocks)
        folded = replace(table, fold=self.say("fold.answers"), on_paper=False)
        heading = Heading(self.say("heading.answers"), on_paper=False)
        return Section((heading, Sentences((self.say("fold.on_screen"),), "paper"), folded))

    def _is_other(self, question: Asked) -> bool:
        """Whether an answer is shown beside the policies: it is tabulated, or a date."""
        tabulated = self.release.of_group(self.wave, NETWORK, question.column)
        return (
            question.type in OTHERS
            and not (question.is_policy or question.repeat or question.pii == "direct")
            and self.own[question.column].state != "not_asked"
            and bool(tabulated or question.type == "date")
        )

    def _rows(self, question: Asked) -> list[Row]:
        own = self.own[question.column]
        head = Cell(self.question(question))
        if not question.is_select or own.state != "answered":
            return [Row(head, (Cell(self.answer(question)), self._median(question)))]
        cells = [
            (
                Cell(self.choice(question, choice)),
                Cell(self.counted(self.numbers().share(question.column, choice)).text),
            )
            for choice in own.choices
        ]
        spans = [len(cells), *[0] * (len(cells) - 1)]
        return [Row(head, pair, span) for pair, span in zip(cells, spans, strict=True)]

    def _median(self, question: Asked) -> Cell:
        """The network's median beside an own number."""
        found = self.numbers().statistic(question.column, "median")
        if found is None or question.type not in {"integer", "decimal"}:
            return Cell("–")
        if found.shown != "yes" or found.estimate is None:
            return Cell(f"[{found.shown}]")
        decimals = 0 if found.estimate == int(found.estimate) else 1
        said = texts.number(found.estimate, self.locale, decimals)
        return Cell(self.say("cell.median", median=said))

    def _table(self, caption: str, columns: tuple[str, ...], blocks: tuple[Block, ...]) -> Table:
        cells = (cell for block in blocks for row in block.rows for cell in row.cells)
        return Table(
            self.say(caption, name=self.name),
            columns,
            ("text", "text", "mark"),
            blocks,
            self.explained(cells),
        )


def own_answers(con: duckdb.DuckDBPyConnection, wave: str, unit_id: str) -> dict[str, Own]:
    """All answers of one government in one wave, by question; rows of repeats stay outside."""
    rows = con.execute(
        """SELECT question, coalesce(choice, ''), coalesce(value, ''), state
           FROM estimate.unit_answer
           WHERE wave = ? AND unit_id = ? AND coalesce(row_id, '') = ''""",
        [wave, unit_id],
    ).fetchall()
    found: dict[str, Own] = {}
    for question, choice, value, state in rows:
        before = found.get(question, Own(state))
        chosen = choice or value
        found[question] = Own(state, (*before.choices, chosen) if chosen else before.choices, value)
    return found
