"""The network brief of a register: how many count, how fast, how far, and where."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import ClassVar

from pipeline import texts
from pipeline.report.answers import Tabulated
from pipeline.report.brief import NAMED_ONLY, sentence_case
from pipeline.report.counts import SHOWN
from pipeline.report.goals import HIDDEN, goal_table
from pipeline.report.page import Block, Cell, Heading, Mark, Part, Row, Section, Sentences, Table
from pipeline.report.release import NETWORK, Asked, Group, Result

STANDING, COUNTED = "standing", "counted"


@dataclass(frozen=True)
class RegisterBrief(Tabulated):
    """Progress to the goals, pace, funnel, where the entries are, and what they brought about."""

    kind: ClassVar[str] = "network"

    def front(self) -> Section:
        """How many count; what counting means; what is left out."""
        name = self.survey_title()
        counted, total = self._one(COUNTED), self.release.response(self.wave, NETWORK)[0]
        if counted is None:
            return self.front_of(name, self.say("title.no_answers"))
        meant = self.say("register.counted_are", list=self.listed(self._states("counted")))
        if counted.count is None:
            return self.front_of(name, name, [meant])
        count = counted.count
        lead = [self.say("register.lead", count=count, total=total), meant]
        return self.front_of(
            name, self.say("register.title", name=name, count=count), [*lead, *self._lead_pace()]
        )

    def _lead_pace(self) -> list[str]:
        need, recent, goals = self._one("pace_needed"), self._one("pace"), self._goals()
        if need is None or recent is None or not goals:
            return []
        return [
            self.say(
                "register.lead_pace",
                goal=self._number(goals[-1]),
                date=self._until(),
                need=self._number(need.estimate or 0, 1),
                months=recent.choice,
                recent=self._number(recent.estimate or 0, 1),
            )
        ]

    # --- progress and pace ------------------------------------------------------------------------
    def progress(self) -> Section:
        """Each goal beside what is counted; the people covered; the entries that ended."""
        counted = self._one(COUNTED)
        if counted is None:
            return Section()
        count = counted.count if counted.shown == SHOWN else None
        parts: list[Part] = [Heading(self.say("register.heading.progress"))]
        parts += [goal_table(self, goals, count)] if (goals := self._goals()) else []
        said = [*self._covered(), *self._ended()]
        return Section((*parts, *([Sentences(tuple(said))] if said else [])))

    def _covered(self) -> list[str]:
        found = self._one("population_covered")
        if found is None or found.estimate is None or not found.n:
            return []
        key = "register.covered" if found.count == found.n else "register.covered_part"
        people = self._number(found.estimate)
        said = self.say(key, people=people, count=found.n, known=found.count)
        return [said, self.say("register.rounded")]

    def _ended(self) -> list[str]:
        found = self._one("ended")
        states = self._states("ends")
        if found is None or not states or found.count == 0:
            return []
        count = HIDDEN if found.shown == "c" else str(found.count)
        return [self.say("register.ended", list=self.listed(states), count=count)]

    def pace(self) -> Section:
        """The pace needed, the pace of late and where that would lead; then year by year."""
        need, recent, ahead = (self._one(s) for s in ("pace_needed", "pace", "projection"))
        parts: list[Part] = []
        if need and recent and ahead and ahead.shown == "yes":
            goal = self._goals()[-1]
            value = self._number(ahead.estimate or 0)
            low, high = (self._number(end or 0) for end in (ahead.ci_low, ahead.ci_high))
            limits = self.say("cell.range", low=low, high=high)
            share, *ends = (
                min(1.0, (end or 0) / goal) for end in (ahead.estimate, ahead.ci_low, ahead.ci_high)
            )
            mark = Mark("bar", share, ends[0], ends[1])
            date = self._until()
            lines = (
                (self.say("register.needed", goal=self._number(goal), date=date),
                 Cell(self._number(need.estimate or 0, 1))),
                (self.say("register.recent", months=recent.choice),
                 Cell(self._number(recent.estimate or 0, 1))),
                (self.say("register.projected", date=date), Cell(f"{value} ({limits})", mark)),
            )  # fmt: skip
            parts.append(
                Table(
                    self.say("register.caption.pace"),
                    (self.say("register.measure"), self.say("register.value")),
                    ("text", "mark"),
                    (Block("", tuple(Row(Cell(head), (cell,)) for head, cell in lines)),),
                    (self.say("register.band", level=self.percent(ahead.ci_level or 0)),),
                )
            )
        years = self._all("counted_in")
        if years:
            parts.append(
                self._counts(
                    self.say("register.caption.years"),
                    (self.say("register.year"), self.say("register.counted")),
                    [(row.choice, row) for row in years],
                    [self.say("register.joined_years")] * any("-" in r.choice for r in years),
                )
            )
        return Section((Heading(self.say("register.heading.pace")), *parts)) if parts else Section()

    # --- the way ----------------------------------------------------------------------------------
    def funnel(self) -> Section:
        """How many came to each step, and how long the step took."""
        steps = self._all("reached")
        if not steps:
            return Section()
        days = {row.choice.partition(">")[2]: row for row in self._all("days")}
        rows = tuple(
            Row(Cell(self._state(row.choice)), (self._share(row), self._days(days.get(row.choice))))
            for row in steps
        )
        columns = tuple(self.say(f"register.{name}") for name in ("step", "reached", "days"))
        table = Table(
            self.say("register.caption.funnel"),
            columns,
            ("text", "mark", "number"),
            (Block("", rows),),
            self.explained(cell for row in rows for cell in row.cells),
        )
        return Section((Heading(self.say("register.heading.funnel")), table))

    def _days(self, row: Result | None) -> Cell:
        if row is None:
            return Cell("–")
        if row.shown != "yes" or row.estimate is None:
            return Cell(f"[{row.shown if row.shown != 'yes' else 'x'}]")
        return Cell(self._number(round(row.estimate)))

    def where(self) -> Section:
        """How many of the entries of each group count, by each kind of group."""
        parts: list[Part] = []
        for kind in self.release.fact("groups").split():
            groups = self.release.groups(self.wave, kind)
            rows = tuple(self._group_row(group) for group in groups if self._has_entries(group))
            name = self.group_kind(kind)
            if rows:
                parts.append(
                    Table(
                        self.say("register.caption.groups", group=name),
                        (sentence_case(name), self.say("register.counted")),
                        ("text", "mark"),
                        (Block("", rows),),
                        self.explained(cell for row in rows for cell in row.cells),
                    )
                )
        heading = Heading(self.say("register.heading.groups"))
        return Section((heading, *parts)) if parts else Section()

    def _has_entries(self, group: Group) -> bool:
        return self.release.is_hidden(self.wave, group) or bool(
            self.release.response(self.wave, group)[0]
        )

    def _group_row(self, group: Group) -> Row:
        count = self.numbers(group).share(STANDING, COUNTED)
        return Row(Cell(self.group_name(group)), (self.counted(count),))

    # --- what it brought about --------------------------------------------------------------------
    def outcome(self) -> Section:
        """Before or after joining; with and without evidence."""
        rows = [row for row in self._all("outcome") if row.choice != "undated" or row.count]
        if not rows:
            return Section()
        question = self._question(self.release.fact("outcome_question"))
        name = self.question(question) if question else ""
        parts: list[Part] = [
            self._counts(
                self.say("register.caption.outcome", question=name),
                (self.say("register.when"), self.say("register.entries")),
                [(self.say(f"register.{row.choice}"), row) for row in rows],
            )
        ]
        if evidence := self._all("evidence"):
            parts.append(
                self._counts(
                    self.say("register.caption.evidence", question=name),
                    (self.say("register.link"), self.say("register.entries")),
                    [(self.say(f"register.{row.choice}"), row) for row in evidence],
                )
            )
        return Section((Heading(name), *parts))

    def cannot_say(self) -> Section:
        """What a register does not allow to be said."""
        said = (self.say("register.limits_who"), self.say("register.limits_what"))
        return Section((Heading(self.say("heading.limits")), Sentences(said)))

    # --- parts ------------------------------------------------------------------------------------
    def _counts(
        self,
        caption: str,
        columns: tuple[str, str],
        lines: list[tuple[str, Result]],
        notes: list[str] | None = None,
    ) -> Table:
        rows = tuple(Row(Cell(head), (self._share(row),)) for head, row in lines)
        explained = self.explained(cell for row in rows for cell in row.cells)
        return Table(
            caption, columns, ("text", "mark"), (Block("", rows),), (*(notes or ()), *explained)
        )

    def _share(self, row: Result) -> Cell:
        if row.shown != "yes" or not row.n:
            return Cell(f"[{row.shown if row.shown != 'yes' else 'x'}]")
        count = row.count or 0
        text = self.say("cell.of", count=count, total=row.n)
        text = f"{text} {NAMED_ONLY}" if row.row_scope else text
        return Cell(text, Mark("bar", count / row.n))

    def _all(self, subject: str) -> tuple[Result, ...]:
        rows = self.release.of_group(self.wave, NETWORK, subject)
        return tuple(row for row in rows if row.subject_kind == "register")

    def _one(self, subject: str) -> Result | None:
        return next(iter(self._all(subject)), None)

    def _question(self, column: str) -> Asked | None:
        return next((q for q in self.questions if q.column == column), None)

    def _state(self, code: str) -> str:
        question = self._question(self.release.fact("register_state"))
        return self.choice(question, code) if question else code

    def _states(self, which: str) -> list[str]:
        return [self._state(code) for code in self.release.fact(f"register_{which}").split()]

    def _goals(self) -> list[int]:
        return sorted(int(goal) for goal in self.release.fact("register_goals").split())

    def _until(self) -> str:
        return self.date(datetime.date.fromisoformat(self.release.fact("register_until")))

    def _number(self, value: float, digits: int = 0) -> str:
        return texts.number(round(value, digits) if digits else round(value), self.locale, digits)
