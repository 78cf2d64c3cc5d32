"""The brief for the United Nations: four messages with their evidence, the sponsors, the timeline.

What is said of the world outside the survey comes from the short lists, with its source. A State
that no list names is "not known": absence from a list that nobody read says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from pipeline.report.answers import Tabulated
from pipeline.report.counts import Count, add
from pipeline.report.knowledge import (
    Policy,
    Quote,
    country_name,
    placed,
    quoted,
    read_policies,
    read_quotes,
    rows,
)
from pipeline.report.page import Block, Cell, Heading, Part, Row, Section, Sentences, Table
from pipeline.report.release import Release
from pipeline.store import hash8, slug

Fact = Mapping[str, str]
ABSENT = "not in the list read"  # of one list: says nothing of the State
UNVERIFIED = "symbol unverified"


@dataclass(frozen=True)
class AdvocacyBrief(Tabulated):
    """Each message with its number, base, interval, an example, a gap and a sentence."""

    kind: ClassVar[str] = "advocacy"
    messages_: tuple[Fact, ...] = ()
    sponsors_: tuple[Fact, ...] = ()
    timeline_: tuple[Fact, ...] = ()
    policies_: tuple[Policy, ...] = ()
    quotes_: tuple[Quote, ...] = ()
    named: Mapping[tuple[str, str], frozenset[str]] = field(
        default_factory=dict
    )  # question, choice

    def front(self) -> Section:
        """What the page is for and whom it speaks for."""
        answered, total = self.release.response(self.wave, self.group)
        lead = [self.say("advocacy.lead", count=answered, total=total or answered)]
        lead.append(self.say("lead.self_report"))
        return self.front_of(self.say("advocacy.name"), self.say("advocacy.title"), lead)

    # --- the messages -----------------------------------------------------------------------------
    def messages(self) -> Section:
        """The four messages, one after the other."""
        parts: list[Part] = []
        for place, message in enumerate(self.messages_, start=1):
            parts += [
                Heading(f"{place}. {self.reference('un_message', message['code'])}"),
                self._numbers(message),
                *self._said(message),
            ]
        return Section(tuple(parts))

    def _numbers(self, message: Fact) -> Table:
        """The number and the gap, each with its base and what it says of all members."""
        blocks = tuple(
            Block(
                self.say(f"advocacy.{key}"),
                (
                    Row(
                        Cell(self._statement(message[key], message[f"{key}_choices"].split())),
                        self._cells(message, key),
                    ),
                ),
            )
            for key in ("number", "gap")
            if message.get(key)
        )
        columns = [self.say("advocacy.statement"), self.say("column.share")]
        columns += [self.say("column.members")] * self.is_weighted
        kinds = ("text", *["mark"] * (len(columns) - 1))
        caption = self.say(
            "advocacy.caption", message=self.reference("un_message", message["code"])
        )
        cells = [cell for block in blocks for row in block.rows for cell in row.cells]
        return Table(caption, tuple(columns), kinds, blocks, self.explained(cells))

    def _cells(self, message: Fact, key: str) -> tuple[Cell, ...]:
        """How many said so, and what that means for all members where the design allows it."""
        counted = self.counted(self._count(message, key))
        if not self.is_weighted:
            return (counted,)
        return counted, self.estimated(self._count(message, key, weighted=True))

    def _statement(self, question: str, choices: Sequence[str]) -> str:
        asked = next((q for q in self.questions if q.column == question), None)
        if asked is None:
            return question
        said = (self.say("shared.quoted", text=self.choice(asked, choice)) for choice in choices)
        return self.say("advocacy.says", question=self.question(asked), answer=" / ".join(said))

    def _count(self, message: Fact, key: str, *, weighted: bool = False) -> Count:
        choices = message[f"{key}_choices"].split()
        numbers = self.numbers()
        return add(numbers.share(message[key], choice, weighted=weighted) for choice in choices)

    def _said(self, message: Fact) -> list[Part]:
        code = message["code"]
        said = [self._example(message)]
        if message.get("caveat"):
            said.append(self.say("advocacy.caveat"))
        parts: list[Part] = [Sentences(tuple(text for text in said if text))]
        own = tuple(quote for quote in self.quotes_ if code in quote.codes)[:1]
        if own:
            parts.append(quoted(self, own))
        else:
            parts.append(Sentences((self.say("advocacy.no_quote"),), "note"))
        return parts

    def _example(self, message: Fact) -> str:
        """A government that agreed to be named and says so; chance chooses, the same on each page.

        One that also shares a policy with a public link comes first: that can be looked up.
        """
        question = message.get("example") or message["number"]
        choices = (message.get("example_choices") or message["number_choices"]).split()
        units = {unit for choice in choices for unit in self.named.get((question, choice), ())}
        if not units:
            return self.say("advocacy.no_example")
        shared = {policy.unit_id: policy for policy in self.policies_ if policy.link}

        def nearness(unit: str) -> tuple[bool, str]:
            return unit not in shared, hash8(f"{message['code']} {unit}")

        unit = min(units, key=nearness)
        given = [choice for choice in choices if unit in self.named.get((question, choice), ())]
        statement = self._statement(question, given)
        said = self.say("advocacy.example", name=placed(self, unit), statement=statement)
        if unit not in shared:
            return said
        policy = shared[unit]
        more = self.say("advocacy.example_policy", policy=policy.name, link=policy.link)
        return f"{said} {more}"

    # --- the resolutions --------------------------------------------------------------------------
    def sponsors(self) -> Section:
        """By country of the members and by text: the role that a source gives its delegation."""
        countries = sorted(
            {unit.country for unit in self.release.units.values() if unit.country},
            key=lambda code: slug(country_name(self, code)),
        )
        by_date = sorted(self.sponsors_, key=lambda fact: fact["date"])
        texts_ = list(dict.fromkeys(fact["instrument"] for fact in by_date))
        if not (countries and texts_):
            return Section()
        dates = {fact["instrument"]: fact["date"] for fact in by_date}
        rows_ = tuple(
            Row(
                Cell(self._symbol(text)),
                (Cell(self._day(dates[text])), *self._roles(text, countries)),
            )
            for text in texts_
        )
        columns = tuple(
            self.say(f"advocacy.{name}") for name in ("document", "date", "known", "unknown")
        )
        sources = self.listed(
            dict.fromkeys(
                source.strip()
                for fact in self.sponsors_
                for source in re.split("[,;]", fact.get("source", ""))
                if source.strip()
            )
        )
        table = Table(
            self.say("advocacy.caption_sponsors"),
            columns,
            ("text", "short", "text", "text"),
            (Block("", rows_),),
            (self.say("advocacy.note_sponsors"), self.say("advocacy.sources", list=sources)),
        )
        return Section((Heading(self.say("advocacy.heading_sponsors")), table))

    def _roles(self, text: str, countries: Sequence[str]) -> tuple[Cell, Cell]:
        """The countries by the role a source gives them, and those of which nothing is known."""
        found = {f["country"]: f["role"] for f in self.sponsors_ if f["instrument"] == text}
        by_role: dict[str, list[str]] = {}
        for code in countries:
            by_role.setdefault(found.get(code, ""), []).append(country_name(self, code))
        unknown = by_role.pop("", [])
        # the nearer to the text, the earlier
        roles = sorted(by_role, key=lambda role: role == ABSENT)
        known = "; ".join(
            self.say("advocacy.says", question=self._role(role), answer=self.listed(by_role[role]))
            for role in roles
        )
        if unknown and not known:
            return Cell("–"), Cell(self.say("advocacy.all_unknown"))
        return Cell(known), Cell(self.listed(unknown) if unknown else "–")

    def _role(self, role: str) -> str:
        """A role in words."""
        key = role.replace(" ", "_").replace("-", "_")
        return self.say(f"advocacy.role.{key}")

    def _symbol(self, text: str) -> str:
        return self.say("advocacy.statement_2024") if " " in text else text

    def timeline(self) -> Section:
        """The documents, oldest first; a symbol that nobody confirmed is left out."""
        rows_ = tuple(
            Row(
                Cell(self._day(fact["date"])),
                (
                    Cell(self._document(fact)),
                    Cell(self.reference("un_timeline", fact["code"])),
                    Cell(self.say(f"advocacy.status.{self._status(fact)}")),
                ),
            )
            for fact in self.timeline_
        )
        if not rows_:
            return Section()
        columns = tuple(
            self.say(f"advocacy.{name}") for name in ("date", "document", "content", "basis")
        )
        table = Table(
            self.say("advocacy.caption_timeline"),
            columns,
            ("short", "text", "text", "short"),
            (Block("", rows_),),
            (self.say("advocacy.note_timeline"),),
        )
        return Section((Heading(self.say("advocacy.heading_timeline")), table))

    def _document(self, fact: Fact) -> str:
        """The symbol of a United Nations document, where it was confirmed."""
        is_symbol = fact["code"].startswith("A/") and fact["status"] != UNVERIFIED
        return fact["code"] if is_symbol else self.say(f"advocacy.kind.{fact['kind']}")

    def _status(self, fact: Fact) -> str:
        return "confirmed" if fact["status"] == "confirmed" else "one_source"

    def _day(self, text: str) -> str:
        """A day in words; a month or a year as far as it is known."""
        parts = text.split("-")
        if len(parts) == 3:
            return self.date(date.fromisoformat(text))
        return "/".join(reversed(parts))


def facts(release: Release, kind: str) -> tuple[Fact, ...]:
    """The rows of a short list, cell by cell, in their order."""
    found: dict[int, dict[str, str]] = {}
    for position, code, name, text in rows(
        release.folder, "survey", "ask.fact", "position, code, field, coalesce(text, '')",
        "WHERE kind = ? ORDER BY position", kind,
    ):  # fmt: skip
        found.setdefault(position, {"code": code})[name] = text
    return tuple(found.values())


def read_advocacy(release: Release, wave: str, language: str) -> AdvocacyBrief:
    """The page for the United Nations."""
    named: dict[tuple[str, str], set[str]] = {}
    for unit, question, said in rows(
        release.folder, "survey", "estimate.named_answer",
        "unit_id, question, coalesce(nullif(choice, ''), value)",
        "WHERE wave = ? AND coalesce(row_id, '') = ''", wave,
    ):  # fmt: skip
        named.setdefault((question, said), set()).add(unit)
    return AdvocacyBrief(
        release,
        wave,
        language,
        messages_=facts(release, "un_message"),
        sponsors_=facts(release, "un_sponsors_fact"),
        timeline_=facts(release, "un_timeline"),
        policies_=read_policies(release.folder),
        quotes_=read_quotes(release.folder, wave),
        named={key: frozenset(units) for key, units in named.items()},
    )
