"""What came back in one wave as the checks read it: corrected, spelled one way, rules beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import duckdb
import pandas as pd

from pipeline.ask import rules, rules_beside
from pipeline.ask.levels import Levels
from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import Survey, Wave
from pipeline.edit.cleaning_log import Corrected
from pipeline.edit.hands import Files, Hand, file_ranges, hands, joined, within
from pipeline.edit.layers import Layers
from pipeline.edit.spelling import lay_spelling
from pipeline.store import TABLES, literal, quote

SMALL = 10_000  # submissions of a wave
SLICE = 245_760  # submissions that are worked on at a time: bounds the memory; two whole row groups


@dataclass(frozen=True)
class Judged:
    """Some submissions and the rows of their repeats, with ask's rules beside them, by repeat.

    `told`: index, column, code of what was spelled otherwise.
    """

    laid: Mapping[str, Layers]
    told: Mapping[str, pd.DataFrame]

    def drop(self) -> None:
        """Forget the layers; nothing of the rows is lost."""
        for sheet in self.laid.values():
            sheet.drop()


@dataclass(frozen=True)
class Sheets:
    """The tables of one wave, and how to lay out some of their rows.

    `tables`: of collect.*, by repeat ('' = submissions).
    """

    survey: Survey
    wave: Wave
    con: duckdb.DuckDBPyConnection
    tables: Mapping[str, str]
    corrected: Corrected

    @cached_property
    def form(self) -> Questionnaire:
        """The wave's questionnaire."""
        return self.survey.questionnaires[self.wave.id]

    @cached_property
    def repeats(self) -> list[str]:
        """'' and the repeats of the form that have a table, outer ones first."""
        names = ("", *(group.name for group in self.form.repeats))
        return [repeat for repeat in names if repeat in self.tables]

    @property
    def whole(self) -> str:
        """The SQL that is true for a row of the wave."""
        return f"wave = {literal(self.wave.id)}"

    def parts(self) -> Iterator[Judged]:
        """Some submissions after the other, judged; all together are the wave."""
        if self.at_once is not None:
            yield self.at_once
            return
        numbered = f"""SELECT record_id,
                       (row_number() OVER (ORDER BY record_id) - 1) // {SLICE} AS n
                       FROM {self.tables[""]} WHERE {self.whole}"""
        sql = f"SELECT min(record_id), max(record_id) FROM ({numbered}) GROUP BY n ORDER BY n"
        for first, last in self.con.execute(sql).fetchall():
            yield self.judged(f"{self.whole} AND {{record}} BETWEEN {first} AND {last}")

    @cached_property
    def at_once(self) -> Judged | None:
        """All submissions of a small wave: a copy costs less than reading them where they are."""
        sql = f"SELECT count(*) FROM {self.tables['']} WHERE {self.whole}"
        ((count,),) = self.con.execute(sql).fetchall()
        if not 0 < count <= SMALL:
            return None
        return self.judged(self.whole, is_small=True)

    def lay(
        self, repeat: str, where: str, wanted: Iterable[str] | None = None, name: str = ""
    ) -> Layers:
        """Rows of the wave as received after the cleaning log, as a view.

        Args:
            repeat: '' = the submissions.
            where: the SQL that is true for a row that is wanted.
            wanted: names of questions, where not all are.
            name: of the view, where two are laid out at a time.
        """
        name = name or f"edit_sheet_{self.repeats.index(repeat)}"
        columns = self.columns(repeat)
        if wanted is not None:
            kept = {*fixed(repeat), *wanted}
            columns = {column: sql for column, sql in columns.items() if column in kept}
        laid = Layers(self.con, name, columns, f"{self.tables[repeat]} WHERE {where}")
        cells = self.corrected.cells.get(repeat, {})
        touched = {column: texts for column, texts in cells.items() if column in columns}
        if touched:
            self._lay_corrections(laid, touched)
        return laid

    def spell(self, repeat: str, laid: Layers) -> pd.DataFrame:
        """Lay over the rows what is spelled otherwise; index, column, code of what is told."""
        return lay_spelling(self.con, self.form, laid, self._hands[repeat], self.survey.key.unit)

    def judged(self, submissions: str, *, is_small: bool = False) -> Judged:
        """Some submissions and the rows of their repeats, ask's rules beside them.

        Args:
            submissions: SQL with a place {record} for the column that names a submission.
            is_small: copy them, as often as something was laid beside them.
        """

        def gather() -> None:
            for sheet in laid.values() if is_small else ():
                sheet.gather()

        laid, told = {}, {}
        for repeat in self.repeats:
            record = "parent_record_id" if repeat else "record_id"
            laid[repeat] = self.lay(repeat, submissions.format(record=record))
        gather()
        for repeat, sheet in laid.items():
            told[repeat] = self.spell(repeat, sheet)
        gather()
        tables = {repeat: self._around(repeat, laid) for repeat in laid}
        present = {column for sheet in laid.values() for column in sheet.columns}
        for repeat, sheet in laid.items():
            beside = rules_beside(self.form, tables, present, repeat)
            if beside.judged:
                sheet.add(beside.judged)
            sheet.derive(beside.said)
        gather()
        return Judged(laid, told)

    @cached_property
    def _levels(self) -> Levels:
        return rules(self.form).levels

    @cached_property
    def files(self) -> Files:
        """First and last record of each file."""
        return file_ranges(self.con, self.wave.id)

    @cached_property
    def _hands(self) -> dict[str, list[Hand]]:
        found = {}
        for repeat in self.repeats:
            laid = self.lay(repeat, self.whole, name="edit_whole")
            found[repeat] = hands(self.con, self.form, self.files, laid)
            laid.drop()
        return found

    def columns(self, repeat: str) -> dict[str, str]:
        """SQL by column: own ones, one for every question, those of choices that a file split."""
        described = self.con.execute(f"DESCRIBE {self.tables[repeat]}").fetchall()
        there = {name.casefold(): name for name, *_ in described}
        names = set(there.values())
        columns = {name: quote(name) for name in fixed(repeat)}
        for question in self.form.questions:
            if question.repeat == repeat:
                name = there.get(question.column.casefold())
                columns[question.column] = quote(name) if name else "NULL::VARCHAR"
                choices = (f"{question.column}/{c.name}" for c in self.form.choices_of(question))
                columns |= {choice: quote(choice) for choice in choices if choice in names}
        if not repeat:
            columns |= {f"came:{inner}": sql for inner, sql in self._came.items()}
        return columns

    @cached_property
    def _came(self) -> dict[str, str]:
        """By repeat, the SQL that is true for submissions whose file came with its rows.

        A CSV export has no rows of repeats: nothing can be counted there, not even to none.
        """
        found = {}
        for repeat in self.repeats[1:]:
            sql = f"""SELECT DISTINCT file_id FROM {self.tables[repeat]} AS below
                      JOIN collect.record AS above ON above.record_id = below.parent_record_id
                      WHERE below.{self.whole}"""
            files = [file for (file,) in self.con.execute(sql).fetchall()]
            found[repeat] = within(joined(self.files[f] for f in files), "record_id")
        return found

    def _lay_corrections(self, laid: Layers, cells: Mapping[str, Mapping[int, str]]) -> None:
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE edit_log "
            "(record_id INTEGER, question VARCHAR, text VARCHAR)"
        )
        lines = [(r, name, text) for name, texts in cells.items() for r, text in texts.items()]
        self.con.executemany("INSERT INTO edit_log VALUES (?, ?, ?)", lines)
        texts, joins = [], []
        for n, name in enumerate(cells):
            joins.append(
                f"LEFT JOIN (FROM edit_log WHERE question = {literal(name)}) l{n} "
                f"ON l{n}.record_id = rows.record_id"
            )
            texts.append(f"coalesce(l{n}.text, rows.{quote(name)}) AS {quote(name)}")
        laid.add(
            f"SELECT rows.record_id, {', '.join(texts)} FROM {laid.name} AS rows {' '.join(joins)}"
        )

    def _around(self, repeat: str, laid: Mapping[str, Layers]) -> str:
        """What rules read: rows of a repeat inside a repeat point to the row around them."""
        outside = self._levels.outside(repeat) if repeat else ""
        if not outside or outside not in laid:
            return laid[repeat].name
        name = f"edit_around_{self.repeats.index(repeat)}"
        self.con.execute(
            f"""CREATE OR REPLACE TEMP VIEW {name} AS
            SELECT own.* REPLACE (around.record_id AS parent_record_id)
            FROM {laid[repeat].name} AS own LEFT JOIN {laid[outside].name} AS around
            ON around.parent_record_id = own.parent_record_id
            AND around.row_id = own.parent_row_id"""
        )
        return name


def fixed(repeat: str) -> list[str]:
    """The columns that every row of collect.* begins with."""
    listed = TABLES["collect.repeat" if repeat else "collect.submission"]
    return [column.split()[0] for column in listed.split(",")]


def standing(repeat: str) -> str:
    """The SQL that is true for rows of a sheet whose submission stands."""
    record = "parent_record_id" if repeat else "record_id"
    return f"{record} NOT IN (SELECT record_id FROM edit_closed)"
