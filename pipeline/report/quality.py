"""The data quality brief, for the desk: what became of every record, rule, cell and file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pipeline.report.brief import Brief
from pipeline.report.page import Block, Cell, Heading, Row, Section, Sentences, Table
from pipeline.report.release import reading
from pipeline.texts import number

VERDICTS = ("loaded", "superseded", "duplicate", "quarantined", "not_a_submission", "erased")
# asked = the first five; then the three kinds of cell outside the base.
STATES = ("answered", "set_aside", "unanswered", "dont_know", "refused")
OUTSIDE = ("not_asked", "not_applicable", "absent")
UNIT_STATES = ("answered", "partial", "refused", "quarantined", "not_reached")


@dataclass(frozen=True)
class Tallied:
    """A row of edit.summary."""

    kind: str
    question: str
    code: str
    severity: str
    count: int
    submissions: int
    records: tuple[int, ...]


@dataclass(frozen=True)
class Received:
    """A row of collect.summary: records of one file with one outcome."""

    file_id: int
    name: str
    tool: str
    outcome: str
    reason: str
    repeat: str
    count: int


@dataclass(frozen=True)
class QualityBrief(Brief):
    """An equation that adds up, then by reason, rule, question and file."""

    kind: ClassVar[str] = "quality"
    tallied: tuple[Tallied, ...] = ()
    received: tuple[Received, ...] = ()
    units: Counter[str] = field(default_factory=Counter)

    def _counts(self, kind: str, *, repeats: bool = False) -> Counter[str]:
        """Records by code; `question` names the repeat where rows of one are counted."""
        counts: Counter[str] = Counter()
        for row in self.tallied:
            if row.kind == kind and bool(row.question) == repeats:
                counts[row.code] += row.count
        return counts

    @property
    def records(self) -> int:
        """Records received, rows of repeats not counted."""
        return sum(row.count for row in self.received if not row.repeat)

    def _number(self, value: int) -> str:
        return number(value, self.locale)

    # --- sections ---------------------------------------------------------------------------------
    def front(self) -> Section:
        """How many records came back."""
        return self.front_of(self.survey_title(), self.say("title.quality", count=self.records))

    def equation(self) -> Section:
        """Records = the six verdicts; a sum that does not add up says so first."""
        verdicts = self._counts("verdict")
        total = sum(verdicts.values())
        shown: dict[str, object] = {name: verdicts[name] for name in VERDICTS}
        if total == self.records:
            said = [self.say("equation.adds_up", records=self.records, **shown)]
        else:
            said = [self.say("equation.off", records=self.records, sum=total)]
        refused = self._counts("reason")["consent_refused"]
        stands = verdicts["loaded"] - refused
        said.append(self.say("equation.loaded", count=stands, refused=refused))
        parts = (
            Heading(self.say("heading.records")),
            Sentences((self.say("equation.intro"),)),
            Sentences(tuple(said), "lead"),
            self._sum("caption.records", verdicts),
        )
        repeats = self._counts("verdict", repeats=True)
        if not repeats:
            return Section(parts)
        return Section((*parts, Sentences((self.say("equation.repeats"),)),
                        self._sum("caption.repeats", repeats)))

    def _sum(self, caption: str, verdicts: Counter[str]) -> Table:
        rows = [
            Row(Cell(self.say(f"verdict.{name}")), (Cell(self._number(verdicts[name])),))
            for name in VERDICTS
        ]
        total = sum(verdicts.values())
        rows.append(Row(Cell(self.say("cell.total")), (Cell(self._number(total)),)))
        columns = (self.say("column.verdict"), self.say("column.records"))
        return Table(self.say(caption), columns, ("text", "number"), (Block("", tuple(rows)),))

    def reasons(self) -> Section:
        """Records by reason, in words."""
        rows = [
            Row(Cell(self.say(f"reason.{row.code}")), (Cell(row.code), Cell(self._number(row.count))))
            for row in self.tallied
            if row.kind == "reason" and not row.question
        ]
        return self._section("reasons", ("reason", "code", "records"),
                             ("text", "text", "number"), rows)

    def rules(self) -> Section:
        """Answers that break a rule, by rule and question, the most frequent first."""
        broken = [row for row in self.tallied if row.kind == "rule"]
        broken.sort(key=lambda row: (row.severity, -row.count, row.code, row.question))
        titles = {question.column: self.question(question) for question in self.questions}
        rows = [
            Row(
                Cell(titles.get(row.question, row.question) or "–"),
                (
                    Cell(self.say(f"reason.{row.code}")),
                    Cell(self.say(f"severity.{row.severity}")),
                    Cell(self._number(row.count)),
                    Cell(", ".join(str(record) for record in row.records) or "–"),
                ),
            )
            for row in broken
        ]
        return self._section("rules", ("question", "rule", "severity", "cells", "first_records"),
                             ("text", "text", "text", "number", "number"), rows)

    def states(self) -> Section:
        """Every cell by its state: asked is the sum of the five states after it."""
        cells: dict[str, Counter[str]] = {}
        for row in self.tallied:
            if row.kind == "state":
                cells.setdefault(row.question, Counter())[row.code] += row.count
        rows = []
        for question in self.questions:
            states = cells.get(question.column)
            if states:
                numbers = [sum(states[s] for s in STATES), *(states[s] for s in STATES + OUTSIDE)]
                texts = tuple(Cell(self._number(n)) for n in numbers)
                rows.append(Row(Cell(self.question(question)), texts))
        columns = [self.say("column.question"), self.say("column.asked")]
        columns += [self.say(f"state.{state}") for state in STATES + OUTSIDE]
        return self._section("states", columns, ("text", *("number",) * 9), rows)

    def files(self) -> Section:
        """The files received, and the records of each by outcome."""
        rows = [
            Row(
                Cell(row.name + (f" · {row.repeat}" if row.repeat else "")),
                (
                    Cell(row.tool or "–"),
                    Cell(self.say(f"reason.{row.reason}" if row.reason else f"outcome.{row.outcome}")),
                    Cell(self._number(row.count)),
                ),
            )
            for row in self.received
        ]
        return self._section("files", ("file", "tool", "outcome", "records"),
                             ("text", "text", "text", "number"), rows)

    def coverage(self) -> Section:
        """Governments by state of their answer."""
        rows = [
            Row(Cell(self.say(f"unit_state.{state}")), (Cell(self._number(self.units[state])),))
            for state in UNIT_STATES
            if self.units[state]
        ]
        return self._section("units", ("state", "units"), ("text", "number"), rows)

    def _section(
        self, name: str, columns: Sequence[str], kinds: tuple[str, ...], rows: Sequence[Row]
    ) -> Section:
        if not rows:
            return Section()
        known = {"units": "heading.units"}
        titles = tuple(
            self.say(known.get(column, f"column.{column}")) if isinstance(columns, tuple) else column
            for column in columns
        )
        table = Table(self.say(f"caption.{name}"), titles, kinds, (Block("", tuple(rows)),))
        return Section((Heading(self.say(f"heading.{name}")), table))


def summaries(folder: Path, wave: str) -> dict[str, Any]:
    """What edit and collect counted in one wave, and the governments by state."""
    with reading(folder, "members") as con:
        tallied = con.execute(
            """SELECT kind, coalesce(question, ''), code, coalesce(severity, ''),
                      coalesce("count", 0), coalesce(submissions, 0), coalesce(records, [])
               FROM edit.summary WHERE wave = ? ORDER BY ALL""",
            [wave],
        ).fetchall()
        received = con.execute(
            """SELECT file_id, path, coalesce(tool, ''), coalesce(outcome, ''),
                      coalesce(reason, ''), coalesce(repeat, ''), "count"
               FROM collect.summary WHERE wave = ? ORDER BY ALL""",
            [wave],
        ).fetchall()
        units = con.execute(
            "SELECT state, count(*) FROM estimate.unit WHERE wave = ? GROUP BY state", [wave]
        ).fetchall()
    made: Callable[[Any], Received] = lambda row: Received(row[0], Path(row[1]).name, *row[2:])
    return {
        "tallied": tuple(Tallied(*row[:6], tuple(row[6])) for row in tallied),
        "received": tuple(made(row) for row in received),
        "units": Counter(dict(units)),
    }
