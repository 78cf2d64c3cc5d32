"""The secretariat's list: whom to invite, which names to look at, who is never in the room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from pipeline import texts
from pipeline.report.brief import Brief, sentence_case
from pipeline.report.page import Block, Cell, Heading, Mark, Part, Row, Section, Table
from pipeline.report.reading import exists, reading
from pipeline.report.release import Unit

GROUPS = ("country", "size_class")
READ = {
    "estimate.invitation": """SELECT unit_id, question, register, coalesce(state, ''), state_date
        FROM estimate.invitation WHERE wave = ? ORDER BY register, question, unit_id""",
    "edit.near_name": """SELECT unit_id, name, other_id, other_name, other_is_member, letters
        FROM edit.near_name WHERE ? IS NOT NULL ORDER BY unit_id, letters, other_id""",
    "estimate.entry": """SELECT unit_id, state FROM estimate.entry
        WHERE ? IS NOT NULL AND outcome <> '' AND NOT has_evidence AND NOT has_ended
        ORDER BY unit_id""",
    "estimate.attendance": """SELECT unit_id, action_id FROM estimate.attendance
        WHERE wave = ? AND is_member ORDER BY unit_id, action_id""",
    "estimate.joined_label": """SELECT survey, kind, code, language, text
        FROM estimate.joined_label WHERE ? IS NOT NULL ORDER BY ALL""",
}


@dataclass(frozen=True)
class Lists:
    """What the desk follows up: rows as READ gives them."""

    invited: tuple[tuple[str, str, str, str, date | None], ...] = ()
    near: tuple[tuple[str, str, str, str, bool, int], ...] = ()
    bare: tuple[tuple[str, str], ...] = ()
    attendance: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str, str, str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to follow up."""
        return not (self.invited or self.near or self.bare or self.attendance)


def read_lists(folder: Path, wave: str) -> Lists:
    """The lists of a release; a table that it does not have is an empty list."""
    with reading(folder, "members") as con:
        found: list[tuple[Any, ...]] = [
            tuple(con.execute(sql, [wave]).fetchall()) if exists(con, table) else ()
            for table, sql in READ.items()
        ]
    return Lists(*found)


@dataclass(frozen=True)
class FollowUpBrief(Brief):
    """Names and next steps, for the desk only."""

    kind: ClassVar[str] = "followup"
    lists: Lists = Lists()

    def front(self) -> Section:
        """What the page is for."""
        name = self.survey_title()
        lead = [self.say("followup.nothing")] * self.lists.is_empty
        return self.front_of(name, self.say("followup.title", name=name), lead)

    def invited(self) -> Section:
        """Governments whose answer fits a register that they have not joined."""
        parts: list[Part] = []
        for question, register in dict.fromkeys(row[1:3] for row in self.lists.invited):
            rows = [
                Row(
                    Cell(self._name(unit)),
                    (Cell(self._country(unit)), *self._entry(register, state, day)),
                )
                for unit, *about, state, day in self.lists.invited
                if about == [question, register] and unit
            ]
            unnamed = sum(row[:3] == ("", question, register) for row in self.lists.invited)
            more = (self.say("followup.more", count=unnamed),) * bool(unnamed)
            title = self._joined(register, "title", "")
            parts += [
                Heading(self.say("followup.heading.invited", register=title)),
                Table(
                    self.say(
                        "followup.caption.invited",
                        question=self.label(question, "short", "label"),
                    ),
                    self._columns("government", "country", "state", "since"),
                    ("text", "text", "text", "short"),
                    (Block("", tuple(rows)),),
                    (self.say("followup.note.invited"), *more),
                ),
            ]
        return Section(tuple(parts))

    def _entry(self, register: str, state: str, day: date | None) -> tuple[Cell, Cell]:
        if not state:
            return Cell(self.say("followup.not_in")), Cell("–")
        named = self._joined(register, "state", state)
        return Cell(named), Cell(self.date(day) if day else "–")

    def near_names(self) -> Section:
        """Entries that may be one government with another."""
        if not self.lists.near:
            return Section()
        rows = tuple(
            Row(
                Cell(f"{name} ({unit})"),
                (
                    Cell(f"{other} ({other_id})"),
                    Cell(self.say("followup.member" if is_member else "followup.not_member")),
                    Cell(texts.number(letters, self.locale)),
                ),
            )
            for unit, name, other_id, other, is_member, letters in self.lists.near
        )
        columns = (*self._columns("government", "near"), self.say("column.state"))
        table = Table(
            self.say("followup.caption.near"),
            (*columns, self.say("followup.letters")),
            ("text", "text", "short", "count"),
            (Block("", rows),),
            (self.say("followup.note.near"),),
        )
        return Section((Heading(self.say("followup.heading.near")), table))

    def without_evidence(self) -> Section:
        """Entries whose outcome is in force and has no public link."""
        if not self.lists.bare or not self.release.fact("outcome_question"):
            return Section()
        states = {q.column: q for q in self.questions}.get(self.release.fact("register_state"))
        rows = tuple(
            Row(
                Cell(self._name(unit)),
                (Cell(self._country(unit)), Cell(self.choice(states, state) if states else state)),
            )
            for unit, state in self.lists.bare
        )
        question = self.label(self.release.fact("outcome_question"), "short", "label")
        table = Table(
            self.say("followup.caption.bare", question=question),
            self._columns("government", "country", "state"),
            ("text", "text", "text"),
            (Block("", rows),),
        )
        return Section((Heading(self.say("followup.heading.bare")), table))

    def attendance(self) -> Section:
        """How many members of each group took part, who most often, and who never."""
        if not self.lists.attendance:
            return Section()
        times = Counter(unit for unit, action in self.lists.attendance if action)
        listed = dict.fromkeys(unit for unit, _ in self.lists.attendance)
        members = [self.release.unit(unit) for unit in listed]
        parts: list[Part] = [Heading(self.say("followup.heading.attendance"))]
        parts += [self._by_group(kind, members, times) for kind in GROUPS]
        parts.append(self._most(times))
        never = [unit for unit in members if unit.unit_id not in times]
        if never:
            parts += [Heading(self.say("followup.heading.never")), self._never(never)]
        return Section(tuple(parts))

    def _by_group(self, kind: str, members: Sequence[Unit], times: Counter[str]) -> Table:
        def row(code: str) -> Row:
            inside = [unit for unit in members if getattr(unit, kind) == code]
            count = sum(unit.unit_id in times for unit in inside)
            text = self.say("cell.of", count=count, total=len(inside))
            mark = Mark("bar", count / len(inside))
            return Row(Cell(self.group_name((kind, code))), (Cell(text, mark),))

        codes = sorted({getattr(unit, kind) for unit in members} - {""})
        name = self.group_kind(kind)
        return Table(
            self.say("followup.caption.attendance", group=name),
            (sentence_case(name), self.say("followup.took_part")),
            ("text", "mark"),
            (Block("", tuple(row(code) for code in codes)),),
        )

    def _most(self, times: Counter[str], most: int = 20) -> Table:
        ordered = sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
        rows = tuple(
            Row(
                Cell(self._name(unit)),
                (Cell(self._country(unit)), Cell(texts.number(count, self.locale))),
            )
            for unit, count in ordered
        )
        return Table(
            self.say("followup.caption.most"),
            self._columns("government", "country", "times"),
            ("text", "text", "count"),
            (Block("", rows),),
        )

    def _never(self, never: Sequence[Unit]) -> Table:
        return Table(
            self.say("followup.caption.never"),
            self._columns("government", "size"),
            ("text", "text"),
            tuple(self._never_blocks(never)),
        )

    def _never_blocks(self, never: Sequence[Unit]) -> Iterator[Block]:
        for country in sorted({unit.country for unit in never}):
            inside = [unit for unit in never if unit.country == country]
            inside.sort(key=lambda unit: (unit.size_class, unit.unit_id), reverse=True)
            rows = (
                Row(
                    Cell(unit.name_in(self.spoken)),
                    (Cell(self.group_name(("size_class", unit.size_class))),),
                )
                for unit in inside
            )
            yield Block(self.group_name(("country", country)), tuple(rows))

    # --- words ------------------------------------------------------------------------------------
    def _columns(self, *names: str) -> tuple[str, ...]:
        return tuple(self.say(f"followup.{name}") for name in names)

    def _name(self, unit_id: str) -> str:
        unit = self.release.unit(unit_id)
        return unit.name_in(self.spoken)

    def _country(self, unit_id: str) -> str:
        return self.group_name(("country", self.release.unit(unit_id).country))

    def _joined(self, survey: str, kind: str, code: str) -> str:
        """A text of a joined survey in the page's language, else its code."""
        wanted = (survey, kind, code, self.language)
        found = next((text for *about, text in self.lists.labels if tuple(about) == wanted), "")
        return texts.typeset(found, self.spoken) if found else code or survey
