"""Tables for analysts: every question by the declared groups and the waves, as a workbook.

The numbers are the rows of estimate.result in survey.duckdb: what disclosure control hid is [c]
here and in no cell as a number. Nothing is worked out, so nothing can be found out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import groupby
from pathlib import Path

from pipeline import texts
from pipeline.errors import one_of
from pipeline.report.brief import NAMED_ONLY, sentence_case
from pipeline.report.method import cells, entries
from pipeline.report.reading import read_release, reading
from pipeline.report.release import NETWORK, Asked, Group
from pipeline.report.wording import Words
from pipeline.store.labelled import NAMED, SHOWN
from pipeline.store.workbook import Cell, Sheet, sheet_name, workbook

Key = tuple[str, Group]  # wave, group: a column of the banner
SCORED = ("index", "domain")
SCOPES = ("", NAMED)
FIRST = 2  # columns before the total: the answers, what is counted
WIDTHS = (42.0, 34.0)
WIDTH = 10.5
COUNT = "#,##0"  # the program that opens the file puts its own separators
MEAN = "#,##0.0"
CHANCE = "0.000"
COMPARED = frozenset({"difference", "change"})
TEST = "p_holm"
NO_QUESTION = ""  # a subject without choices: only the states of a cell have labels


@dataclass(frozen=True)
class Found:
    """A row of estimate.result: what a table needs of it."""

    wave: str
    group_kind: str
    group_code: str
    versus_wave: str
    versus_group: str
    subject_kind: str
    subject: str
    row_scope: str
    choice: str
    statistic: str
    is_weighted: bool
    count: int | None
    n: int | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_level: float | None
    shown: str
    reason: str

    @property
    def place(self) -> Key:
        """The column it belongs to."""
        return self.wave, (self.group_kind, self.group_code)

    @property
    def is_shown(self) -> bool:
        """Whether there is a number."""
        return self.shown == SHOWN

    @property
    def is_versus(self) -> bool:
        """Whether it compares groups or waves."""
        return bool(self.versus_group or self.versus_wave)

    @property
    def is_test(self) -> bool:
        """Whether it says that groups differ at all."""
        return self.statistic == TEST


Numbers = Mapping[Key, Found]  # by column of the banner


def tables(folder: Path, language: str = "") -> tuple[str, bytes]:
    """The crosstab workbook of a release: its file name and its bytes.

    Args:
        folder: of the release.
        language: of labels and sentences; '' is the survey's first.

    Raises:
        RelevoError: unknown_parameter.
    """
    release = read_release(folder)
    language = one_of("language", language or release.languages[0], release.languages)
    words = Words(release, max(release.rounds, default=""), language)
    book = _Book(words, _read(folder))
    name = f"{release.fact('name', 'survey')}-tables.{language or 'en'}.xlsx"
    return name, workbook(words.say("sheet.title", survey=words.survey_title()), book.sheets())


def _read(folder: Path) -> dict[str, list[Found]]:
    """Every row but those of strata, by subject."""
    names = [one.name for one in fields(Found)]
    blank = ("versus_wave", "versus_group", "row_scope", "choice", "reason")
    columns = [f"coalesce({name}, '')" if name in blank else name for name in names]
    with reading(folder, "survey") as con:
        rows = con.execute(
            f"""SELECT {", ".join(columns)} FROM estimate.result
                WHERE group_kind <> 'stratum' ORDER BY result_id"""
        ).fetchall()
    found: dict[str, list[Found]] = {}
    for row in rows:
        one = Found(*row)
        found.setdefault(one.subject, []).append(one)
    return found


@dataclass(frozen=True)
class Block:
    """The table of one question: its rows, ready to be put into a sheet."""

    title: str
    code: str
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Line:
    """A row of a block: what is counted, the column of estimate.result, how it is written."""

    measure: str
    column: str
    form: str
    look: str = "number"


@dataclass(frozen=True)
class _Book:
    """The sheets of one release in one language."""

    words: Words
    rows: Mapping[str, Sequence[Found]] = field(repr=False)  # by subject

    def sheets(self) -> list[Sheet]:
        """About, contents, then one sheet for each section of the form."""
        made: dict[str, list[Block]] = {}
        for section, questions in groupby(self.words.questions, key=lambda one: one.section):
            blocks = [block for one in questions if (block := self._question(one))]
            if blocks:
                made.setdefault(self._section(section), []).extend(blocks)
        if scores := [self._block(subject) for subject in self._scored()]:
            made[self.words.say("sheet.scores")] = [block for block in scores if block]
        names = [self.words.say("sheet.about"), self.words.say("sheet.contents")]
        placed: list[tuple[str, list[Block]]] = []
        for title, blocks in made.items():
            names.append(sheet_name(title, names))
            placed.append((names[-1], blocks))
        return [
            self._about(names[0]),
            self._contents(names[1], placed),
            *(self._sheet(name, blocks) for name, blocks in placed),
        ]

    def _section(self, code: str) -> str:
        if not code:
            return self.words.say("sheet.tables")
        name = self.words.reference("section", code)
        return code if name == code else f"{code} {name}"

    # --- the banner -------------------------------------------------------------------------------

    @cached_property
    def banner(self) -> tuple[Key, ...]:
        """Total, the declared groups, the totals of earlier waves."""
        wave = self.words.wave
        kinds = self.words.release.fact("groups").split()
        groups = [group for kind in kinds for group in self.words.release.groups(wave, kind)]
        earlier = sorted((w for w in self.words.release.rounds if w < wave), reverse=True)
        return ((wave, NETWORK), *((wave, g) for g in groups), *((w, NETWORK) for w in earlier))

    @cached_property
    def tested(self) -> tuple[str, ...]:
        """Kinds of group that questions were tested against: the columns after the banner."""
        kinds = {row.group_kind for rows in self.rows.values() for row in rows if row.is_test}
        named = (place[1][0] for place in self.banner)
        return tuple(kind for kind in dict.fromkeys(named) if kind in kinds)

    def _head(self) -> tuple[list[Cell], list[Cell]]:
        """Two rows: kinds of group above, their names below."""
        above = [Cell(look="kind"), Cell(look="kind")]
        below = [Cell(look="head"), Cell(look="head")]
        last = ""
        for wave, group in self.banner:
            is_total = group == NETWORK
            kind = wave if is_total else sentence_case(self.words.group_kind(group[0]))
            above.append(Cell(kind if kind != last else "", "kind"))
            last = kind
            name = self.words.say("cell.total") if is_total else self.words.group_name(group)
            below.append(Cell(name, "head"))
        for number, kind in enumerate(self.tested):
            above.append(Cell("" if number else self.words.say("measure.tested"), "kind"))
            below.append(Cell(sentence_case(self.words.group_kind(kind)), "head"))
        return above, below

    # --- one question -----------------------------------------------------------------------------

    def _scored(self) -> list[str]:
        """The index and its domains, where the release has them."""
        return [
            subject
            for subject, rows in self.rows.items()
            if any(row.subject_kind in SCORED and row.wave == self.words.wave for row in rows)
        ]

    def _question(self, question: Asked) -> Block | None:
        return self._block(question.column, question.repeat)

    def _block(self, code: str, repeat: str = "") -> Block | None:
        """The table of a question or score; None where it has no numbers."""
        scopes = (repeat,) if repeat else SCOPES
        found = [row for row in self.rows.get(code, ()) if row.row_scope in scopes]
        return _Maker(self.words, self.banner, self.tested, code, found, bool(repeat)).block()

    # --- sheets -----------------------------------------------------------------------------------

    def _sheet(self, name: str, blocks: Sequence[Block]) -> Sheet:
        rows: list[Sequence[Cell]] = [*self._head()]
        for block in blocks:
            rows += [*block.rows, ()]
        return Sheet(
            name,
            rows,
            (*WIDTHS, *(WIDTH for _ in (*self.banner, *self.tested))),
            frozen=(2, FIRST),
            landscape=True,
            header=self._printed(),
        )

    def _printed(self) -> str:
        stamps = [stamp for stamp, _ in self.words.stamps()]
        return " · ".join([self.words.survey_title(), self.words.wave, *stamps])

    def _contents(self, name: str, placed: Sequence[tuple[str, Sequence[Block]]]) -> Sheet:
        """Every table with a link to its place."""
        rows: list[Sequence[Cell]] = [
            [Cell(self.words.say("sheet.contents"), "title")],
            [
                Cell(self.words.say("column.question"), "head"),
                Cell(self.words.say("column.code"), "head"),
                Cell(self.words.say("sheet.page"), "head"),
            ],
        ]
        for sheet, blocks in placed:
            place = 2
            for block in blocks:
                rows.append(
                    [
                        Cell(block.title, "link", link=(sheet, place)),
                        Cell(block.code, "measure"),
                        Cell(sheet, "measure"),
                    ]
                )
                place += len(block.rows) + 1
        return Sheet(name, rows, (70.0, 24.0, 34.0), frozen=(2, 0), header=self._printed())

    def _about(self, name: str) -> Sheet:
        """Survey, wave, date of the data, method and the key to the marks."""
        words, day = self.words, self.words.round.as_of
        rows: list[list[Cell]] = [[Cell(words.survey_title(), "title")]]
        rows += [[Cell(stamp, "stamp"), Cell(note)] for stamp, note in words.stamps()]
        if words.is_unreviewed:
            rows.append([Cell(), Cell(words.say("S-20"))])
        said: list[tuple[str, str]] = [
            (words.say("footer.data"), words.date(day) if day else words.say("method.not_stated")),
            (words.say("about.release"), words.release.folder.name),
            (words.say("footer.licence"), words.release.fact("licence")),
            (words.say("footer.contact"), words.release.fact("contact")),
            (words.say("about.columns"), self._columns_text()),
            (words.say("about.shares"), words.say("about.shares_text")),
        ]
        if words.is_dated:
            state = words.say(f"wave_state.{words.round.state}")
            said.insert(0, (words.say("footer.wave"), f"{words.wave} ({state})"))
        if words.is_weighted and cells(words):
            text = words.say("about.estimates_text", cells=cells(words))
            said.append((words.say("about.estimates"), text))
        if any(row.is_versus for rows in self.rows.values() for row in rows):
            said.append((words.say("about.tests"), words.say("about.tests_text")))
        if self.tested:
            said.append((words.say("measure.tested"), words.say("about.tested_text")))
        signs = [
            f"[c] {words.say('S-02').removeprefix('[c] ')}",
            words.say("S-09"),
            words.say("S-10"),
        ]
        signs += [words.say("S-22")] if words.unit_kind == "institution" else []
        said += [(words.say("about.marks") * (n == 0), sign) for n, sign in enumerate(signs)]
        said += [entry for entry in entries(words) if entry[0] != words.say("method.shorthand")]
        rows += [[]]
        rows += [[Cell(term, "term"), Cell(text)] for term, text in said if text]
        return Sheet(name, rows, (34.0, 100.0), header=self._printed())

    def _columns_text(self) -> str:
        kinds = self.words.release.fact("groups").split()
        groups = self.words.listed(self.words.group_kind(kind) for kind in kinds)
        return self.words.say("about.columns_text", groups=groups)


@dataclass(frozen=True)
class _Maker:
    """Makes the rows of one block; `numbers` are all rows of its subject."""

    words: Words
    banner: tuple[Key, ...]
    tested: tuple[str, ...]
    code: str
    numbers: Sequence[Found] = field(repr=False)
    is_repeat: bool = False

    def block(self) -> Block | None:
        """Title, base, choices or means, estimates, differences, nonresponse, notes."""
        body = [*self._base(), *self._choices(), *self._means()]
        if not body:
            return None
        title = self.words.subject(self.code)
        head = [Cell(title, "heading"), Cell(self.code, "heading")]
        head += [Cell(look="heading") for _ in (*self.banner, *self.tested)]
        notes = [[Cell(note, "note")] for note in self._notes()]
        return Block(title, self.code, [head, *body, *self._states(), *notes])

    # --- numbers by place -------------------------------------------------------------------------

    @cached_property
    def _places(self) -> dict[tuple[str, bool, str], dict[Key, Found]]:
        """Statistic, weighted, choice to the numbers by column of the banner.

        Where a statistic of a group is hidden whole, those about the named stand in.
        """
        plain = [row for row in self.numbers if not row.is_versus and row.place in self.banner]
        speak = {
            (row.place, row.statistic, row.is_weighted, row.row_scope == NAMED)
            for row in plain
            if row.is_shown
        }
        found: dict[tuple[str, bool, str], dict[Key, Found]] = {}
        for row in plain:
            one = (row.place, row.statistic, row.is_weighted)
            stands_in = (*one, False) not in speak and (*one, True) in speak
            if (row.row_scope == NAMED) == stands_in:
                key = (row.statistic, row.is_weighted, row.choice)
                found.setdefault(key, {})[row.place] = row
        return found

    def _at(self, statistic: str, choice: str = "", *, weighted: bool = False) -> Numbers:
        return self._places.get((statistic, weighted, choice), {})

    @cached_property
    def choices(self) -> dict[str, str]:
        """Choices with a share in the newest wave, in the form's order, with their labels."""
        first = self.banner[0]
        labels = self.words.choices(self.code)
        return {choice: labels[choice] for choice in labels if first in self._at("share", choice)}

    # --- rows -------------------------------------------------------------------------------------

    def _row(self, label: str, line: Line, found: Numbers) -> list[Cell]:
        """One row: a number in each column, or the mark of what is not there."""
        head = [Cell(label, "label"), Cell(line.measure, "measure")]
        return head + [self._cell(found.get(place), line) for place in self.banner]

    def _tests(self, choice: str = "") -> list[Cell]:
        """By kind of group, how probable such differences are by chance; blank where untested."""
        rows = [row for row in self.numbers if row.is_test and row.choice == choice]
        found = {row.group_kind: row for row in rows if row.wave == self.words.wave}
        line = Line("", "estimate", CHANCE)
        return [self._cell(found[k], line) if k in found else Cell() for k in self.tested]

    def _cell(self, found: Found | None, line: Line) -> Cell:
        if found is None or not found.is_shown:
            return Cell(f"[{found.shown if found else 'x'}]", "sign")
        value = getattr(found, line.column)
        if value is None or math.isnan(value):
            return Cell("[x]", "sign")
        form = f'{line.form}" {NAMED_ONLY}"' if found.row_scope == NAMED else line.form
        return Cell(value, line.look, form)

    def _base(self) -> Iterator[list[Cell]]:
        """How many answered: of the choices that are shown, where all have the same base."""
        found = dict(self._at("mean"))
        for choice in self.choices if not self._bases_differ else ():
            for place, row in self._at("share", choice).items():
                if place not in found or not found[place].is_shown:
                    found[place] = row
        if found:
            line = Line(self.words.say("measure.base"), "n", COUNT, "quiet")
            yield self._row("", line, found) + self._tests()

    @cached_property
    def _bases_differ(self) -> bool:
        """Whether some choices have another base: an older form or export did not offer them."""
        bases: dict[Key, set[int | None]] = {}
        for choice in self.choices:
            for place, row in self._at("share", choice).items():
                bases.setdefault(place, set()).update({row.n} if row.is_shown else ())
        return any(len(found) > 1 for found in bases.values())

    def _choices(self) -> Iterator[list[Cell]]:
        say, percent = self.words.say, percent_format(self.words.locale)
        for choice, label in self.choices.items():
            found = self._at("share", choice)
            measure = say("measure.first" if self.is_ranking else "measure.share")
            yield self._row(label, Line(measure, "estimate", percent), found) + self._tests(choice)
            yield self._row("", Line(say("measure.count"), "count", COUNT), found)
            if self._bases_differ:
                yield self._row("", Line(say("measure.base"), "n", COUNT, "quiet"), found)
            if behind := self._at("share_of_units", choice):
                yield self._row(
                    "", Line(self.words.by_unit_kind("measure.units"), "count", COUNT), behind
                )
            weighted = self._at("share", choice, weighted=True)
            yield from self._estimate(say("column.members"), percent, weighted)
            yield from self._versus("share", choice, percent)
            if points := self._at("points", choice):
                yield self._row("", Line(say("measure.points"), "estimate", MEAN), points)

    def _means(self) -> Iterator[list[Cell]]:
        for statistic in ("mean", "median"):
            if found := self._at(statistic):
                label = self.words.say(f"column.{statistic}")
                yield self._row(label, Line("", "estimate", MEAN), found)
            measure = self.words.say(f"measure.estimate_{statistic}")
            yield from self._estimate(measure, MEAN, self._at(statistic, weighted=True))
            yield from self._versus(statistic, "", MEAN)
        total = self._at("total", weighted=True)
        yield from self._estimate(self.words.say("measure.estimate_total"), COUNT, total)
        if found := self._at("alpha"):
            yield self._row("", Line(self.words.say("measure.alpha"), "estimate", "0.00"), found)

    def _estimate(self, measure: str, form: str, found: Numbers) -> Iterator[list[Cell]]:
        """An estimate for all members above the ends of its interval; nothing if all is hidden."""
        if not any(row.is_shown for row in found.values()):
            return
        levels = [row.ci_level for row in found.values() if row.ci_level]
        level = self.words.percent(levels[0]) if levels else self.words.level
        yield self._row("", Line(measure, "estimate", form), found)
        for end in ("low", "high"):
            said = self.words.say(f"measure.{end}", level=level)
            yield self._row("", Line(said, f"ci_{end}", form, "quiet"), found)

    def _versus(self, statistic: str, choice: str, form: str) -> Iterator[list[Cell]]:
        """Differences between groups and changes since a wave, where the release has them."""
        against: dict[tuple[str, str], dict[Key, Found]] = {}
        for row in self.numbers:
            is_compared = row.statistic in COMPARED and row.choice == choice
            if is_compared and self._is_of(row, statistic):
                against.setdefault((row.versus_wave, row.versus_group), {})[row.place] = row
        for (wave, group), found in sorted(against.items()):
            kind = next(iter(found))[1][0]
            name = self.words.say("cell.total")
            if group != NETWORK[1]:
                name = self.words.group_name((kind, group))
            said = (
                self.words.say("measure.difference", group=name)
                if group
                else self.words.say("measure.change", wave=wave)
            )
            yield from self._estimate(said, form, found)

    @property
    def is_ranking(self) -> bool:
        """Whether a share says what came first."""
        question = self.words.by_column.get(self.code)
        return question is not None and question.type == "rank"

    def _is_of(self, row: Found, statistic: str) -> bool:
        """Whether a comparison is one of shares or of means: a share has a choice."""
        return statistic == ("share" if row.choice else "mean")

    def _states(self) -> Iterator[list[Cell]]:
        """Kinds of empty cells, but those of which there is none at all."""
        measure = self.words.say("measure.states")
        for state, label in self.words.choices(NO_QUESTION).items():
            found = self._at("count", state)
            total = found.get(self.banner[0])
            if total is None or state == "answered" or total.count == 0:
                continue
            yield self._row(sentence_case(label), Line(measure, "count", COUNT, "quiet"), found)
            measure = ""

    def _notes(self) -> Iterator[str]:
        """What is special about this table, then why numbers are not shown."""
        if self.is_repeat:
            yield self.words.by_unit_kind("about.rows")
        question = self.words.by_column.get(self.code)
        if question and question.type == "select_multiple":
            yield self.words.say("S-08", p100=self.words.percent(1))
        about = self.words.about(self.code)
        rows = [
            row
            for (statistic, _, _), found in self._places.items()
            if statistic in {"share", "mean"}
            for row in found.values()
        ]
        for shown, why in sorted({(row.shown, about.why(row.shown, row.reason)) for row in rows}):
            if why:
                mark = f"[{shown}] "
                yield sentence_case(why) if shown == SHOWN else mark + why.removeprefix(mark)
        if any(row.row_scope == NAMED for row in rows):
            yield self.words.say("S-22")


def percent_format(locale: str) -> str:
    """The number format of a percentage, with the locale's own space before the sign."""
    space = texts.percent(0, locale).removeprefix("0").removesuffix("%")
    return f'0"{space}"%' if space else "0%"
