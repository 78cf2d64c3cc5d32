"""The interim brief, for the desk while a wave is open: who answered, and whom to write to.

Names stand here for the follow-up, never beside an answer.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import duckdb

from pipeline import texts
from pipeline.report.brief import Brief, sentence_case
from pipeline.report.page import Block, Cell, Heading, Mark, Row, Section, Sentences, Table
from pipeline.report.release import Unit
from pipeline.store import slug

STATES = ("answered", "partial", "refused", "quarantined", "not_reached")
# Whom there is something to ask, the most promising first; a refusal is not asked again.
TO_ASK = ("partial", "quarantined", "not_reached")
STANDS = {"answered", "partial"}
WEEK = datetime.timedelta(days=7)


@dataclass(frozen=True)
class Reached:
    """A government of the frame, the state of its answer, and the day it came."""

    unit: Unit
    state: str
    day: datetime.date | None


@dataclass(frozen=True)
class InterimBrief(Brief):
    """Coverage by country and size class, answers per week, what to ask whom in which language."""

    kind: ClassVar[str] = "interim"
    reached: tuple[Reached, ...] = ()

    def front(self) -> Section:
        """How many answered so far, and how the others stand."""
        states = Counter(one.state for one in self.reached)
        count = sum(states[state] for state in STANDS)
        title = self.say("title.interim", count=count, total=len(self.reached))
        others = [
            f"{self.say(f'unit_state.{state}')}: {texts.number(states[state], self.locale)}"
            for state in STATES[1:]
            if states[state]
        ]
        said = [sentence_case(" · ".join(others)) + "."] if others else []
        return self.front_of(self.survey_title(), title, said)

    def coverage(self) -> Section:
        """By country and by size class, the governments in each state."""
        kinds: dict[str, Callable[[Unit], str]] = {
            "country": lambda unit: unit.country,
            "size_class": lambda unit: unit.size_class,
        }
        tables = [table for kind, of in kinds.items() if (table := self._coverage(kind, of))]
        if not tables:
            return Section()
        return Section((Heading(self.say("heading.who_answered")), *tables))

    def _coverage(self, kind: str, of: Callable[[Unit], str]) -> Table | None:
        groups: dict[str, Counter[str]] = {}
        for one in self.reached:
            if of(one.unit):
                groups.setdefault(of(one.unit), Counter())[one.state] += 1
        if not groups:
            return None
        rows = tuple(
            Row(Cell(self.reference(kind, code)), self._states(states))
            for code, states in sorted(groups.items())
        )
        columns = (
            sentence_case(self.group_kind(kind)),
            self.say("column.answered"),
            *(sentence_case(self.say(f"unit_state.{state}")) for state in STATES[1:]),
        )
        kinds = ("text", "mark", *("count",) * len(STATES[1:]))
        caption = self.say("caption.by_group", group=self.group_kind(kind))
        return Table(caption, columns, kinds, (Block("", rows),), (self.say("interim.note"),))

    def _states(self, states: Counter[str]) -> tuple[Cell, ...]:
        """How many answered, whole or in part; then each of the other states."""
        answered, total = sum(states[state] for state in STANDS), states.total()
        text = self.say("cell.of", count=answered, total=total)
        first = Cell(text, Mark("bar", answered / total))
        return first, *(Cell(texts.number(states[s], self.locale)) for s in STATES[1:])

    def weeks(self) -> Section:
        """Answers per week from the day the wave opened, and how many there are by then."""
        days = [one.day for one in self.reached if one.day and one.state in STANDS]
        if not days:
            return Section()
        opens = self.release.fact("opens", wave=self.wave)
        start = datetime.date.fromisoformat(opens) if opens else min(days)
        counts = Counter((day - start) // WEEK for day in days)
        rows, so_far = [], 0
        for week in range(min(counts), max(counts) + 1):
            so_far += counts[week]
            rows.append(
                Row(
                    Cell(self.date(start + week * WEEK)),
                    (
                        Cell(texts.number(counts[week], self.locale)),
                        Cell(
                            self.say("cell.of", count=so_far, total=len(self.reached)),
                            Mark("bar", so_far / len(self.reached)),
                        ),
                    ),
                )
            )
        columns = (self.say("interim.week"), self.say("interim.new"), self.say("interim.so_far"))
        table = Table(
            self.say("interim.weeks_caption"), columns, ("text", "count", "mark"),
            (Block("", tuple(rows)),),
        )  # fmt: skip
        return Section((Heading(self.say("interim.weeks")), table))

    def asks(self) -> Section:
        """Whom to write to, by the language to write in, with the sentence to send."""
        waiting = [one for one in self.reached if one.state in TO_ASK]
        if not waiting:
            return Section(
                (Heading(self.say("interim.asks")), Sentences((self.say("interim.none"),)))
            )
        spoken: dict[str, list[Reached]] = {}
        for one in waiting:
            spoken.setdefault(one.unit.language or self.release.languages[0], []).append(one)
        tables = [self._to_ask(language, those) for language, those in sorted(spoken.items())]
        note = Sentences((self.say("interim.asks_note"),))
        return Section((Heading(self.say("interim.asks")), note, *tables))

    def _to_ask(self, language: str, those: Sequence[Reached]) -> Table:
        theirs = texts.spoken(language)
        contact = self.release.fact("contact")
        blocks = []
        for state in TO_ASK:
            found = sorted(
                (one for one in those if one.state == state),
                key=lambda one: (one.unit.country, slug(one.unit.name)),
            )
            if not found:
                continue
            sentence = texts.say(theirs, f"interim.ask.{state}", contact=contact or "–")
            rows = (
                Row(
                    Cell(one.unit.name_in(self.spoken)),
                    (
                        Cell(self.reference("country", one.unit.country) or "–"),
                        Cell(sentence, lang=theirs),
                    ),
                )
                for one in found
            )
            title = sentence_case(self.say(f"unit_state.{state}"))
            blocks.append(Block(title, tuple(rows), texts.number(len(found), self.locale)))
        columns = (
            self.say("column.government"),
            sentence_case(self.group_kind("country")),
            self.say("interim.to_ask"),
        )
        name = sentence_case(texts.language_name(language, self.spoken))
        return Table(
            self.say("interim.asks_caption", name=name), columns, ("text", "short", "text"),
            tuple(blocks), fold=f"{name} ({texts.number(len(those), self.locale)})",
        )  # fmt: skip


def read_reached(con: duckdb.DuckDBPyConnection, wave: str) -> list[tuple[str, str, datetime.date]]:
    """Government, state and day of every unit of a wave."""
    sql = """SELECT unit_id, state, submitted_on FROM estimate.unit
             WHERE wave = ? AND unit_id <> '' ORDER BY unit_id"""
    return con.execute(sql, [wave]).fetchall()
