"""The data quality brief, for the desk: may it be published, and what has to be done before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

from pipeline import texts
from pipeline.report import broken
from pipeline.report.brief import Brief, sentence_case
from pipeline.report.page import (
    Block,
    Cell,
    Contents,
    Heading,
    Link,
    Row,
    Section,
    Sentences,
    Table,
)
from pipeline.report.plan import file_language
from pipeline.report.quarantine import list_name
from pipeline.report.tallies import Answering, Tallies
from pipeline.store import VERDICTS, Grade, adds_up, grade, quarantined_share, slug

# asked = the first five; then the three kinds of cell outside the base.
STATES = ("answered", "set_aside", "unanswered", "dont_know", "refused")
OUTSIDE = ("not_asked", "not_applicable", "absent")
UNIT_STATES = ("answered", "partial", "refused", "quarantined", "not_reached")
FIGURES = ("records", *VERDICTS, "repeat_rows", "responses", "violations")
FOLDED_FROM = 12  # rows from which on a table waits until it is opened
# Warnings about how a submission was filled in, not about one answer of it.
BEHAVIOUR = ("interview_short", "times_reversed", "straight_lining", "after_deadline")
# Why nothing is published beside too much quarantine, which the verdict says anyway.
HELD_BACK = ("far_fewer_responses", "disclosure_audit_failed")
MISMATCH = "unknown_choice"
# The calls of the notebook that a table of contents lists, in its order.
SECTIONS = (
    "equation", "verdict", "reasons", "rules", "broken", "states", "coverage", "governments",
    "languages", "files", "columns", "behaviour", "changes", "quarantine",
)  # fmt: skip


@dataclass(frozen=True)
class QualityBrief(Brief):
    """An equation that adds up, a verdict, then by rule, question, government, language, file."""

    kind: ClassVar[str] = "quality"
    tallies: Tallies = field(default_factory=Tallies)

    def _counts(self, kind: str, *, repeats: bool = False) -> Counter[str]:
        """Records by code; `question` names the repeat where rows of one are counted."""
        counts: Counter[str] = Counter()
        for row in self.tallies.tallied:
            if row.kind == kind and bool(row.question) == repeats:
                counts[row.code] += row.count
        return counts

    @cached_property
    def records(self) -> int:
        """Records received, rows of repeats not counted."""
        return sum(row.count for row in self.tallies.received if not row.repeat)

    @cached_property
    def cells(self) -> dict[str, Counter[str]]:
        """By question, how many cells have each state, and how many were asked."""
        cells: dict[str, Counter[str]] = {}
        for row in self.tallies.tallied:
            if row.kind == "state":
                cells.setdefault(row.question, Counter())[row.code] += row.count
        for states in cells.values():
            states["asked"] = sum(states[state] for state in STATES)
        return cells

    def number(self, value: int) -> str:
        """A whole number as the page's locale writes it."""
        return texts.number(value, self.locale)

    def of_base(self, count: int, base: int) -> Cell:
        """`4 of 92 (4 %)`; the count alone where its base is not known."""
        if not base or count > base:
            return Cell(self.number(count))
        of = self.say("cell.of", count=count, total=base)
        return Cell(f"{of} ({self.percent(count / base)})")

    def reason(self, code: str) -> str:
        """What a code means, in a few words; else the first sentence that explains it."""
        return texts.reason(self.locale, code)

    # --- head -------------------------------------------------------------------------------------
    def front(self) -> Section:
        """How many records came back."""
        return self.front_of(self.survey_title(), self.say("title.quality", count=self.records))

    def contents(self) -> Section:
        """The sections of the page that there are, to jump to."""
        found = [part for name in SECTIONS for part in getattr(self, name)().parts]
        entries = [(part.text, part.anchor) for part in found if isinstance(part, Heading)]
        return Section((Contents(self.say("heading.contents"), tuple(entries)),))

    # --- records ----------------------------------------------------------------------------------
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
                self.heading("records"),
                Sentences((self.say("equation.intro"), *own_sum)),
                Sentences(tuple(said), "lead"),
                self._sum(verdicts, repeats),
            )
        )

    def _sum(self, verdicts: Counter[str], repeats: Counter[str]) -> Table:
        """The verdicts and their total; rows of repeats in a column of their own."""
        counted = [verdicts, repeats] if repeats else [verdicts]
        rows = [
            self.row(
                self.say(f"verdict.{name}"), *(self.number(counts[name]) for counts in counted)
            )
            for name in VERDICTS
        ]
        rows.append(self.row(self.say("cell.total"), *(self.number(c.total()) for c in counted)))
        columns = ("verdict", "records", "repeat_rows")[: 1 + len(counted)]
        return self.table("records", columns, ("text", *("number",) * len(counted)), rows)

    def verdict(self) -> Section:
        """Publish, publish with warnings or stop, and why."""
        whole = self._whole_release()
        warn, stop = self._limits
        doubtful = self._doubtful_questions(warn)
        graded = grade(whole, warn, stop)
        if graded is Grade.PUBLISH and doubtful:
            graded = Grade.WARN
        if self.tallies.held_back:
            graded = Grade.STOP
        said = [self.say(f"grade.{code}") for code in HELD_BACK if code in self.tallies.held_back]
        said.append(self._quarantine_reason(whole))
        if not adds_up(whole):
            said.insert(0, self.say("grade.off"))
        if doubtful:
            said.append(
                self.say("grade.set_aside", warn=self.percent(warn), list=self.listed(doubtful))
            )
        method = self.say("grade.method", warn=self.percent(warn), stop=self.percent(stop))
        parts = (
            self.heading("verdict"),
            Sentences((self.say(f"grade.{graded.value}"),), "lead"),
            Sentences(tuple(said)),
            Sentences((method,), "note"),
        )
        several = self._by_wave() if len(self.tallies.totals) > 1 else ()
        return Section((*parts, *several))

    @property
    def _limits(self) -> tuple[float, float]:
        """The declared shares above which is warned, and nothing published."""
        said = [self.release.fact(f"{name}_quarantined_share") for name in ("warn", "stop")]
        return float(said[0] or "0.05"), float(said[1] or "0.25")

    def _whole_release(self) -> Counter[str]:
        """The figures of all waves: what is published is the release."""
        return sum(self.tallies.totals.values(), Counter())

    def _quarantine_reason(self, counts: Counter[str]) -> str:
        share = self.percent(quarantined_share(counts))
        numbers = {"count": counts["quarantined"], "records": counts["records"]}
        return self.say("grade.quarantined", p=share, **numbers)

    def _doubtful_questions(self, warn: float) -> list[str]:
        """Questions of which more answers than the declared share were set aside."""
        return [
            f"{self.question(question)} ({self.of_base(states['set_aside'], states['asked']).text})"
            for question in self.questions
            if (states := self.cells.get(question.column, Counter()))["set_aside"]
            > warn * states["asked"]
        ]

    def _by_wave(self) -> tuple[Table]:
        rows = [
            self.row(
                wave,
                self.number(counts["records"]),
                self.number(counts["quarantined"]),
                self.percent(quarantined_share(counts)),
            )
            for wave, counts in sorted(self.tallies.totals.items())
        ]
        columns = ("wave", "records", "quarantined", "share")
        return (self.table("by_wave", columns, ("text", *("number",) * 3), rows),)

    def reasons(self) -> Section:
        """Records by reason, in words."""
        rows = [
            self.row(self.reason(row.code), row.code, self.number(row.count))
            for row in self.tallies.tallied
            if row.kind == "reason" and not row.question
        ]
        kinds = ("text", "short", "count")
        return self.section("reasons", ("reason", "code", "records"), kinds, rows)

    # --- rules and cells --------------------------------------------------------------------------
    def rules(self) -> Section:
        """What was found, by code, and what to do next."""
        return broken.by_code(self)

    def broken(self) -> Section:
        """The same by question: the rule in words, and the cells it speaks of."""
        return broken.by_question(self)

    def states(self) -> Section:
        """Every cell by its state: asked is the sum of the five states after it."""
        rows = []
        for question in self.questions:
            states = self.cells.get(question.column)
            if states:
                numbers = [self.number(states[s]) for s in ("asked", *STATES, *OUTSIDE)]
                numbers.insert(1 + len(STATES), self._nonresponse(states))
                rows.append(self.row(self.question(question), *numbers))
        columns = ("question", "asked", *STATES, "nonresponse", *OUTSIDE)
        kinds = ("text", *("count",) * (len(columns) - 1))
        found = self.section("states", columns, kinds, rows)
        note = Sentences((self.say("quality.nonresponse"),), "note")
        return Section((*found.parts, note)) if rows else found

    def _nonresponse(self, states: Counter[str]) -> str:
        """Of what was asked, the share without an answer that counts."""
        asked = sum(states[state] for state in STATES)
        return self.percent(1 - states["answered"] / asked) if asked else "–"

    # --- governments and languages ----------------------------------------------------------------
    def coverage(self) -> Section:
        """Governments by state of their answer."""
        units = Counter(unit.state for unit in self.tallies.units)
        rows = [
            self.row(self.say(f"unit_state.{state}"), self.number(units[state]))
            for state in UNIT_STATES
            if units[state]
        ]
        return self.section("units", ("state", "units"), ("text", "number"), rows)

    def governments(self) -> Section:
        """Each government that sent something: how complete, and how much there is to ask it.

        Names stand here for the follow-up, never beside an answer; persons have no such table.
        """
        if self.unit_kind != "institution":
            return Section()
        sent = [  # without a frame a government is known by its answer alone: not named here
            unit
            for unit in self.tallies.units
            if unit.unit_id in self.release.units and unit.state != "not_reached"
        ]
        countries = {unit.unit_id: self.release.unit(unit.unit_id).country for unit in sent}
        blocks = []
        for country in sorted(set(countries.values())):
            rows = [
                self.row(self._name(unit), self.say(f"unit_state.{unit.state}"), *self._work(unit))
                for unit in sent
                if countries[unit.unit_id] == country
            ]
            title = self.reference("country", country) if country else ""
            blocks.append(Block(title, tuple(sorted(rows, key=lambda row: slug(row.head.text)))))
        columns = ("government", "state", *WORK)
        kinds = ("text", "short", *("count",) * len(WORK))
        return self.section("governments", columns, kinds, blocks=blocks)

    def _name(self, unit: Answering) -> str:
        found = self.release.unit(unit.unit_id)
        return found.name_in(self.spoken)

    def languages(self) -> Section:
        """The same by the language of the government in the frame."""
        spoken: dict[str, list[Answering]] = {}
        for unit in self.tallies.units:
            if language := self.release.unit(unit.unit_id).language:
                spoken.setdefault(language, []).append(unit)
        rows = []
        for language, units in sorted(spoken.items()):
            answering = [unit for unit in units if unit.state in {"answered", "partial"}]
            together = Answering(
                language,
                "",
                sum((unit.cells for unit in answering), Counter()),
                sum((unit.matters for unit in units), Counter()),
            )
            rows.append(
                self.row(
                    texts.language_name(language, self.spoken),
                    self.of_base(len(answering), len(units)).text,
                    *self._work(together),
                )
            )
        columns = ("language", "with_answer", *WORK)
        kinds = ("text", *("count",) * (1 + len(WORK)))
        return self.section("languages", columns, kinds, rows)

    def _work(self, unit: Answering) -> tuple[str, ...]:
        """Cells asked, share without an answer, set aside, labels without a match, matters."""
        cells, matters = unit.cells, unit.matters
        counts = (
            cells["set_aside"],
            matters[MISMATCH],
            matters["warning"],
            matters["error"] + matters["warning"],
        )
        asked = sum(cells[state] for state in STATES)
        return (self.number(asked), self._nonresponse(cells), *map(self.number, counts))

    # --- files ------------------------------------------------------------------------------------
    def files(self) -> Section:
        """The files received, and the records of each by outcome."""
        rows = [
            self.file(
                row.name + (f" · {row.repeat}" if row.repeat else ""),
                row.tool or "–",
                self.reason(row.reason) if row.reason else self.say(f"outcome.{row.outcome}"),
                self.number(row.count),
            )
            for row in self.tallies.received
        ]
        kinds = ("text", "short", "text", "count")
        return self.section("files", ("file", "tool", "outcome", "records"), kinds, rows)

    def columns(self) -> Section:
        """Per file the versions of the form, the columns it does not know, the questions lacking.

        Values of unknown columns go nowhere; their headers are listed.
        """
        names = {row.file_id: row.name for row in self.tallies.received}
        rows = []
        for file_id, name in names.items():
            versions = [
                f"{version or self.say('quality.no_version')} ({self.number(count)})"
                for file, version, count in self.tallies.versions
                if file == file_id
            ]
            unknown, missing = (self._headers(kind, file_id) for kind in ("unknown", "missing"))
            titles = [self.label(column, "short", "label") for column in self._in_form(missing)]
            rows.append(
                self.file(name, *(", ".join(p) or "–" for p in (versions, unknown, titles)))
            )
        columns = ("file", "versions", "unknown_columns", "missing_questions")
        return self.section("columns", columns, ("text",) * 4, rows)

    def _headers(self, kind: str, file_id: int) -> list[str]:
        of_file = (kind, file_id)
        return [row[2] for row in self.tallies.headers if row[:2] == of_file]

    def _in_form(self, columns: Iterable[str]) -> list[str]:
        """The columns in the order of the form; what it does not know last."""
        places = {question.column: place for place, question in enumerate(self.questions)}
        return sorted(columns, key=lambda column: places.get(column, len(places)))

    # --- how it was filled in ---------------------------------------------------------------------
    def behaviour(self) -> Section:
        """Submissions filled in too fast, with one answer throughout, or after the deadline."""
        found: Counter[str] = Counter()
        for row in self.tallies.tallied:
            if row.kind == "rule" and row.code in BEHAVIOUR:
                found[row.code] += row.submissions
        rows = [
            Row(
                Cell(sentence_case(self.reason(code))),
                (self.of_base(found[code], self.submissions),),
            )
            for code in BEHAVIOUR
            if found[code]
        ]
        if not rows:
            none = Sentences((self.say("quality.behaviour_none"),))
            return Section((self.heading("behaviour"), none))
        columns = ("remark", "submissions")
        return self.section("behaviour", columns, ("text", "number"), rows)

    @property
    def submissions(self) -> int:
        """Records that are submissions."""
        return self.records - self._counts("verdict")["not_a_submission"]

    def changes(self) -> Section:
        """The figures of the release beside those of what left the house last."""
        heading = self.heading("changes")
        if self.tallies.before is None:
            return Section((heading, Sentences((self.say("quality.first"),))))
        release, then = self.tallies.before
        now = self._whole_release()
        rows = [
            self.row(
                self.say(_title(name)),
                self.number(then[name]),
                self.number(now[name]),
                f"{now[name] - then[name]:+d}".replace("-", "−")
                if now[name] != then[name]
                else "=",
            )
            for name in FIGURES
            if name in then
        ]
        kinds = ("text", *("number",) * 3)
        said = Sentences((self.say("quality.since", release=release),))
        table = self.table("changes", ("figure", "then", "now", "difference"), kinds, rows)
        return Section((heading, said, table))

    def quarantine(self) -> Section:
        """How many records wait, and the list of them that lies beside this page."""
        found = self.tallies.quarantined
        heading = self.heading("quarantine")
        if not found:
            return Section((heading, Sentences((self.say("quality.quarantine_none"),))))
        said = self.say("quality.quarantine", count=len(found))
        href = list_name(self.release.fact("name"), file_language(self.language))
        return Section((heading, Link(self.say("quality.list"), href, said)))

    # --- parts ------------------------------------------------------------------------------------
    def row(self, head: str, *cells: str) -> Row:
        """A row of plain cells."""
        return Row(Cell(sentence_case(head)), tuple(Cell(cell) for cell in cells))

    def file(self, name: str, *cells: str) -> Row:
        """A row of plain cells headed by a file's name, as it is written."""
        return Row(Cell(name), tuple(Cell(cell) for cell in cells))

    def heading(self, name: str) -> Heading:
        """A heading that the table of contents can point to."""
        return Heading(self.say(f"heading.{name}"), name.replace("_", "-"))

    def table(
        self,
        name: str,
        columns: Sequence[str],
        kinds: tuple[str, ...],
        rows: Iterable[Row] = (),
        *,
        blocks: Sequence[Block] = (),
    ) -> Table:
        """A table with the caption of this name; states and verdicts are columns by their name."""
        titles = tuple(sentence_case(self.say(_title(column))) for column in columns)
        return Table(
            self.say(f"caption.{name}"), titles, kinds, tuple(blocks) or (Block("", tuple(rows)),)
        )

    def section(
        self,
        name: str,
        columns: Sequence[str],
        kinds: tuple[str, ...],
        rows: Sequence[Row] = (),
        *,
        blocks: Sequence[Block] = (),
    ) -> Section:
        """Heading and table; nothing where there is no row."""
        if not rows and not blocks:
            return Section()
        table = self.table(name, columns, kinds, rows, blocks=blocks)
        count = len(rows) + sum(len(block.rows) for block in blocks)
        if count > FOLDED_FROM:
            table = replace(table, fold=self.say("fold.rows", count=count))
        return Section((self.heading(name), table))


WORK = ("asked", "nonresponse", "set_aside", "mismatches", "warnings", "matters")


def _title(column: str) -> str:
    """The text that heads a column."""
    if column in STATES + OUTSIDE:
        return f"state.{column}"
    return f"verdict.{column}" if column in VERDICTS else f"column.{column}"
