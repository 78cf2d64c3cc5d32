"""One wave, in the order of work: types, identity, frame, consent, relevance, rules, states."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import pandas as pd
from pandera.pandas import DataFrameSchema

from pipeline.edit.answers import Answers
from pipeline.edit.around import resolve_all
from pipeline.edit.competing import settle_wave
from pipeline.edit.doubts import Doubts
from pipeline.edit.identity import ByHand
from pipeline.edit.layers import Layers
from pipeline.edit.pandera_duckdb import scans, union
from pipeline.edit.schema import schema
from pipeline.edit.sheets import Sheets, standing
from pipeline.edit.states import UNMARKED, Marks, mark_of
from pipeline.errors import Problem
from pipeline.store import quote

TOGETHER = 4  # scans in one statement: the fewer rows, the more it is the statement that costs
FOUND = ["repeat", "index", "column", "code"]


@dataclass
class EditedWave:
    """What is told of one wave; its answers are in their tables.

    `violations`, `notes`: repeat, index (record_id), column, code; a note is of a cell that was
    read by its file's notation. `numbers`: those that stand, for the wave after this one.
    """

    sheets: Sheets
    several: list[int]  # records of units that answered more than once
    violations: list[pd.DataFrame] = field(default_factory=list)
    notes: list[pd.DataFrame] = field(default_factory=list)
    numbers: pd.DataFrame | None = None


def edit_wave(
    sheets: Sheets, by_hand: ByHand, answers: Answers, before: EditedWave | None
) -> EditedWave:
    """Edit the submissions of one wave and the rows of their repeats.

    Writes what stands into the tables of `answers`, and every submission into the temporary tables
    edit_unit (record_id, unit_id) and, where it does not stand, edit_closed (record_id, verdict,
    reason).
    """
    wave = EditedWave(sheets, settle_wave(sheets, by_hand))
    schemas = {repeat: schema(sheets.form, repeat) for repeat in sheets.repeats}
    doubts = Doubts(sheets)
    for part in sheets.parts():
        laid, found = part.laid, {}
        for repeat, sheet in laid.items():
            told = part.told[repeat]
            is_note = told["code"] != Problem.repaired_number.name
            broken = [_find(sheets.con, schemas[repeat], sheet), told[~is_note]]
            found[repeat] = _that_stand(sheets.con, repeat, sheet, pd.concat(broken))
            notes = _that_stand(sheets.con, repeat, sheet, told[is_note])
            wave.notes.append(notes.assign(repeat=repeat)[FOUND])
        for repeat, violations in resolve_all(sheets, laid, found):
            wave.violations.append(violations.assign(repeat=repeat)[FOUND])
            marks = _lay_marks(sheets.con, laid[repeat], violations)
            if not repeat:
                doubts.look(laid[""], marks)
            answers.write(sheets, repeat, laid[repeat], marks, standing(repeat))
        part.drop()
    warnings = doubts.warnings(before.numbers if before else None)
    wave.violations += [found.assign(repeat="")[FOUND] for found in warnings]
    wave.numbers = doubts.numbers()
    return wave


def _that_stand(
    con: duckdb.DuckDBPyConnection, repeat: str, sheet: Layers, found: pd.DataFrame
) -> pd.DataFrame:
    """Without the cells of submissions that do not stand, and of the rows of their repeats."""
    if found.empty:
        return found
    con.register("incoming", found)
    sql = f"""SELECT incoming.* FROM incoming JOIN {sheet.name} ON record_id = "index"
              WHERE {standing(repeat)} ORDER BY ALL"""
    kept = con.execute(sql).df()
    con.unregister("incoming")
    return kept


def _find(con: duckdb.DuckDBPyConnection, schema: DataFrameSchema, sheet: Layers) -> pd.DataFrame:
    """What is broken: columns index, column, code."""
    con.execute(
        'CREATE OR REPLACE TEMP TABLE edit_found ("index" INTEGER, "column" VARCHAR, code VARCHAR)'
    )
    every = [sheet.narrowed(scan) for scan in scans(schema, con, sheet.name, "record_id")]
    for first in range(0, len(every), TOGETHER):
        some = union(every[first : first + TOGETHER])
        con.execute(f'INSERT INTO edit_found SELECT "index", "column", "check" FROM ({some})')
    return con.execute("FROM edit_found").df()


def _lay_marks(con: duckdb.DuckDBPyConnection, sheet: Layers, violations: pd.DataFrame) -> Marks:
    """Lay beside the rows how their broken cells are marked."""
    mark = {code: mark_of(code) for code in violations["code"].unique()}
    broken = violations[violations["code"].map(mark) > 0]
    if broken.empty:
        return UNMARKED
    marks = Marks({name: place for place, name in enumerate(broken["column"].unique())})
    kinds = [(n, c, *marks.bits(n, mark[c])) for n in marks.place for c in mark]
    bits = pd.DataFrame(kinds, columns=["column", "code", "word", "bits"])
    con.register("incoming", broken.merge(bits, on=["column", "code"]))
    cells = ", ".join(
        f"coalesce(bit_or(bits) FILTER (word = {word}), 0) AS {quote(name)}"
        for word, name in enumerate(marks.columns)
    )
    names = ", ".join(f"coalesce({quote(name)}, 0) AS {quote(name)}" for name in marks.columns)
    wide = f'SELECT "index" AS record_id, {cells} FROM incoming GROUP BY ALL'
    sheet.add(
        f"SELECT own.record_id, {names} FROM {sheet.name} AS own "
        f"LEFT JOIN ({wide}) AS wide USING (record_id)"
    )
    con.unregister("incoming")
    return marks
