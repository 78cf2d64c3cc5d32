"""The data quality brief, for the desk: what became of every record, rule, cell and file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pipeline.report.brief import Brief, sentence_case
from pipeline.report.page import Block, Cell, Heading, Row, Section, Sentences, Table
from pipeline.report.reading import reading
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
    records: Sequence[int]


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
        repeats = self._counts("verdict", repeats=True)
        own_sum = [self.say("equation.repeats")] if repeats else []
        return Section(
            (
                Heading(self.say("heading.records")),
                Sentences((self.say("equation.intro"), *own_sum)),
                Sentences(tuple(said), "lead"),
                self._sum(verdicts, repeats),
            )
        )

    def _sum(self, verdicts: Counter[str], repeats: Counter[str]) -> Table:
        """The verdicts and their total; rows of repeats in a column of their own."""
        counted = [verdicts, repeats] if repeats else [verdicts]
        titles = [self.say("column.records"), self.say("column.repeat_rows")]
        rows = [
            self._row(
                self.say(f"verdict.{name}"), *(self._number(counts[name]) for counts in counted)
            )
            for name in VERDICTS
        ]
        rows.append(self._row(self.say("cell.total"), *(self._number(c.total()) for c in counted)))
        return Table(
            self.say("caption.records"),
            (self.say("column.verdict"), *titles[: len(counted)]),
            ("text", *("number",) * len(counted)),
            (Block("", tuple(rows)),),
        )

    def _row(self, head: str, *cells: str) -> Row:
        return Row(Cell(sentence_case(head)), tuple(Cell(cell) for cell in cells))

    def reasons(self) -> Section:
        """Records by reason, in words."""
        rows = [
            self._row(self.say(f"reason.{row.code}"), row.code, self._number(row.count))
            for row in self.tallied
            if row.kind == "reason" and not row.question
        ]
        kinds = ("text", "text", "number")
        return self._section("reasons", ("reason", "code", "records"), kinds, rows)

    def rules(self) -> Section:
        """Answers that break a rule, by rule and question, the most frequent first."""
        broken = [row for row in self.tallied if row.kind == "rule"]
        broken.sort(key=lambda row: (row.severity, -row.count, row.code, row.question))
        titles = {question.column: self.question(question) for question in self.questions}
        rows = [
            self._row(
                titles.get(row.question, row.question) or "–",
                self.say(f"reason.{row.code}"),
                self.say(f"severity.{row.severity}"),
                self._number(row.count),
                ", ".join(str(record) for record in row.records) or "–",
            )
            for row in broken
        ]
        columns = ("question", "rule", "severity", "cells", "first_records")
        kinds = ("text", "text", "text", "number", "number")
        return self._section("rules", columns, kinds, rows)

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
        kinds = ("text", *("number",) * (1 + len(STATES + OUTSIDE)))
        return self._section("states", ("question", "asked", *STATES, *OUTSIDE), kinds, rows)

    def files(self) -> Section:
        """The files received, and the records of each by outcome."""
        rows = [
            self._row(
                row.name + (f" · {row.repeat}" if row.repeat else ""),
                row.tool or "–",
                self.say(f"reason.{row.reason}" if row.reason else f"outcome.{row.outcome}"),
                self._number(row.count),
            )
            for row in self.received
        ]
        kinds = ("text", "text", "text", "number")
        return self._section("files", ("file", "tool", "outcome", "records"), kinds, rows)

    def coverage(self) -> Section:
        """Governments by state of their answer."""
        rows = [
            self._row(self.say(f"unit_state.{state}"), self._number(self.units[state]))
            for state in UNIT_STATES
            if self.units[state]
        ]
        return self._section("units", ("state", "units"), ("text", "number"), rows)

    def _section(
        self, name: str, columns: Sequence[str], kinds: tuple[str, ...], rows: Sequence[Row]
    ) -> Section:
        if not rows:
            return Section()
        titles = tuple(
            self.say(f"state.{column}" if column in STATES + OUTSIDE else f"column.{column}")
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
    return {
        "tallied": tuple(Tallied(*row) for row in tallied),
        "received": tuple(Received(row[0], Path(row[1]).name, *row[2:]) for row in received),
        "units": Counter(dict(units)),
    }
