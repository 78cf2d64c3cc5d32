"""The brief of one government, for that government alone: its own answers beside the network's."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import ClassVar

import duckdb

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.counts import Count
from pipeline.report.figures import Dots, dot_chart
from pipeline.report.page import Block, Cell, Figure, Heading, Key, Link, Part, Row, Section, Table
from pipeline.report.release import NETWORK, Asked, Unit
from pipeline.report.scores import Score, own_table

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
    scored: tuple[Score, ...] = ()
    asked: str = ""  # the file of its return sheet, where there is one

    @property
    def unit(self) -> Unit:
        """The government."""
        return self.release.unit(self.unit_id)

    @property
    def locale(self) -> str:
        """Language and the government's own country."""
        return texts.locale_for(self.spoken, self.unit.country, self.release.locales)

    @property
    def name(self) -> str:
        """The government's name in the brief's language."""
        return self.unit.names.get(self.spoken, self.unit.name)

    def own_level(self, policy: Asked) -> str:
        """How far a policy is here: in_force, in_preparation, no or unknown."""
        own = self.own.get(policy.column)
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
        said = []
        if self.round.population:
            share = self.percent(self.round.responses / self.round.population)
            said.append(
                self.say(
                    "lead.network", count=self.round.responses, total=self.round.population, p=share
                )
            )
        network = {p.column: self.numbers().in_force(p) for p in self.own_policies}
        shown = [p for p in self.own_policies if network[p.column].is_shown]
        shown.sort(key=lambda policy: network[policy.column].share)
        known = [policy for policy in shown if self.own_level(policy) != "unknown"]
        missing = [
            p
            for p in reversed(known)
            if self.own_level(p) != "in_force" and network[p.column].share >= WIDESPREAD
        ]
        rare = [
            p for p in known if self.own_level(p) == "in_force" and network[p.column].share < RARE
        ]
        for key, policies in (("lead.rare_here", rare), ("lead.missing_here", missing)):
            if policies:
                said.append(self.say(key, list=self._named(policies[:3], network)))
        return said

    def _named(self, policies: Sequence[Asked], network: dict[str, Count]) -> str:
        return self.listed(
            f"{self.question(policy)} ({self.counted(network[policy.column]).text})"
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
        table = self._table("caption.own_policies", columns, blocks)
        return Section((Heading(self.say("heading.policies")), key, table))

    def _policy_row(self, policy: Asked) -> Row:
        own = self.state(self.own_level(policy), self.answer(policy))
        return Row(
            Cell(self.question(policy)), (own, self.counted(self.numbers().in_force(policy)))
        )

    def answer(self, question: Asked) -> str:
        """The own answer in words; an empty cell says which kind of empty it is."""
        own = self.own[question.column]
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
        return Section((Heading(self.say("heading.answers")), table))

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
                self.counted(self.numbers().share(question.column, choice)),
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

    def figure(self) -> Section:
        """The policies again, drawn: the network's share, filled where it is in force here."""
        counts = [(p, self.numbers().in_force(p)) for p in self.own_policies]
        rows = [(policy, count) for policy, count in counts if count.is_shown]
        rows.sort(key=lambda pair: -pair[1].share)
        if not rows:
            return Section()
        dots = Dots(
            self.name,
            [round(count.share, 4) for _, count in rows],
            [f"{self.counted(count).text} · {self.name}: {self.answer(p)}" for p, count in rows],
            filled=[self.own_level(policy) == "in_force" for policy, _ in rows],
        )
        chart = dot_chart(
            [self.question(p) for p, _ in rows], [dots], self.say("figure.axis"), self.locale
        )
        parts: tuple[Part, ...] = (
            Figure(
                self.say("figure.own_label", name=self.name), self.say("figure.own_caption"), chart
            ),
        )
        return Section(parts)


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
