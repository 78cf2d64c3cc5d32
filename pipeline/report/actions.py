"""The network brief of a log of actions: line by line, then every action with date and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.page import Block, Cell, Heading, Mark, Part, Row, Section, Sentences, Table
from pipeline.report.reading import exists, reading
from pipeline.report.release import NETWORK, Asked


@dataclass(frozen=True)
class Action:
    """A row of estimate.action."""

    action_id: str
    line: str
    title: str
    day: date | None
    status: str
    is_held: bool
    link: str
    attending: int


def read_actions(folder: Path, wave: str) -> tuple[Action, ...]:
    """The actions of a release, by line and day."""
    with reading(folder, "survey") as con:
        if not exists(con, "estimate.action"):
            return ()
        rows = con.execute(
            """SELECT action_id, coalesce(line, ''), coalesce(title, ''), action_date,
                   coalesce(status, ''), is_held, coalesce(link, ''), attending
               FROM estimate.action WHERE wave = ? ORDER BY line, action_date, action_id""",
            [wave],
        ).fetchall()
    return tuple(Action(*row) for row in rows)


@dataclass(frozen=True)
class ActionsBrief(Brief):
    """What was done on each line, with which evidence."""

    kind: ClassVar[str] = "network"
    actions: tuple[Action, ...] = ()

    def front(self) -> Section:
        """How many actions were held; from when to when; how many lack evidence."""
        name, held = self.survey_title(), [a for a in self.actions if a.is_held]
        if not self.actions:
            return self.front_of(name, self.say("title.no_answers"))
        days = [action.day for action in self.actions if action.day]
        lead = []
        if days:
            first, last = self.date(min(days)), self.date(max(days))
            lead.append(self.say("actions.lead", count=len(self.actions), first=first, last=last))
        if missing := sum(not action.link for action in held):
            lead.append(self.say("actions.missing", count=missing))
        return self.front_of(
            name, self.say("actions.title", name=name, count=len(held)), [*lead, *self._attended()]
        )

    def _attended(self) -> list[str]:
        rows = self.release.of_group(self.wave, NETWORK, "attending")
        found = next((row for row in rows if row.subject_kind == "register"), None)
        if found is None or found.shown != "yes" or not found.n:
            return []
        return [self.say("actions.attended", count=found.count, total=found.n)]

    def lines(self) -> Section:
        """Actions by line and state, and how many of those held have a link."""
        if not self.actions:
            return Section()
        states = [code for code in self._codes("status") if self._with(status=code)]
        columns = (
            self.say("actions.line"),
            self.say("actions.all"),
            *(self._name("status", code) for code in states),
            self.say("actions.with_link"),
        )
        rows = tuple(
            Row(Cell(self._line(line)), self._line_cells(self._of(line), states))
            for line in self._lines()
        )
        kinds = ("text", *["count"] * (len(states) + 1), "mark")
        unsaid = sum(action.status not in states for action in self.actions)
        notes = (self.say("actions.no_state", count=unsaid),) * bool(unsaid)
        table = Table(self.say("actions.caption.lines"), columns, kinds, (Block("", rows),), notes)
        return Section((Heading(self.say("actions.heading.lines")), table))

    def _of(self, line: str) -> list[Action]:
        return [action for action in self.actions if action.line == line]

    def _line_cells(self, actions: Sequence[Action], states: Sequence[str]) -> tuple[Cell, ...]:
        held = [action for action in actions if action.is_held]
        linked = sum(bool(action.link) for action in held)
        share = Mark("bar", linked / len(held)) if held else None
        counts = [len(actions), *(sum(a.status == code for a in actions) for code in states)]
        evidence = self.say("cell.of", count=linked, total=len(held)) if held else "–"
        return (*(Cell(self._number(count)) for count in counts), Cell(evidence, share))

    def listing(self) -> Section:
        """Every action: its day, its state, how many governments took part, where the result is."""
        if not self.actions:
            return Section()
        blocks = tuple(
            Block(self._line(line), tuple(self._row(action) for action in self._of(line)))
            for line in self._lines()
        )
        columns = [self.say(f"actions.{name}") for name in ("action", "date")]
        columns += [self.say("column.state"), self.say("actions.governments")]
        table = Table(
            self.say("actions.caption.list"),
            (*columns, self.say("actions.link")),
            ("text", "short", "short", "count", "text"),
            blocks,
            (self.say("S-19"),),
        )
        return Section((Heading(self.say("actions.heading.list")), table))

    def _row(self, action: Action) -> Row:
        day = self.date(action.day) if action.day else self.say("actions.undated")
        status = self._name("status", action.status) if action.status else "–"
        attending = self._number(action.attending) if action.attending else "–"
        link = action.link or (self.say("actions.no_link") if action.is_held else "–")
        title = action.title or self.say("actions.untitled")
        return Row(Cell(title), (Cell(day), Cell(status), Cell(attending), Cell(link)))

    def cannot_say(self) -> Section:
        """What a log of actions does not allow to be said."""
        parts: list[Part] = [Heading(self.say("heading.limits"))]
        return Section((*parts, Sentences((self.say("actions.limits"),))))

    # --- words ------------------------------------------------------------------------------------
    def _lines(self) -> list[str]:
        """The lines of the list, and '' where an action has none."""
        listed = self._codes("line")
        return [*listed, *sorted({a.line for a in self.actions} - set(listed))]

    def _line(self, code: str) -> str:
        return self._name("line", code) if code else self.say("actions.no_line")

    def _codes(self, which: str) -> list[str]:
        question = self._question(which)
        return [choice.name for choice in question.choices] if question else []

    def _name(self, which: str, code: str) -> str:
        question = self._question(which)
        return self.choice(question, code) if question else code

    def _question(self, which: str) -> Asked | None:
        column = self.release.fact(f"action_{which}")
        return next((q for q in self.questions if q.column == column), None)

    def _with(self, status: str) -> bool:
        return any(action.status == status for action in self.actions)

    def _number(self, value: int) -> str:
        return texts.number(value, self.locale)
