"""Violations of submissions and rows of repeats held together: what hinders which rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import duckdb
import pandas as pd

from pipeline.edit.layers import Layers
from pipeline.edit.set_aside import resolve, set_aside_columns
from pipeline.edit.sheets import Sheets
from pipeline.errors import Problem

PLACES = ["parent_record_id", "row_id", "parent_row_id"]


def resolve_all(
    sheets: Sheets, laid: Mapping[str, Layers], found: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """By repeat, the violations that count: a rule that needs a set-aside answer is not judged."""
    submissions = _submissions(sheets.con, laid, found)
    places = {r: _places(sheets.con, laid[r], submissions) for r in laid if r}
    below = _of_rows_below(places, found)
    outer: dict[str, pd.DataFrame] = {}
    for repeat, broken in found.items():
        around = _of_parents(outer, places, places[repeat]) if repeat else {}
        elsewhere = {r: around.get(r, set()) | below.get(r, set()) for r in {*around, *below}}
        records = set(broken["index"])
        hindered = {record: elsewhere[record] for record in records & elsewhere.keys()}
        outer[repeat] = resolve(sheets.form, broken, hindered)
        yield repeat, outer[repeat]


def _submissions(
    con: duckdb.DuckDBPyConnection, laid: Mapping[str, Layers], found: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The submissions in which something is broken, in themselves or in a row of a repeat."""
    parts = []
    for repeat, broken in found.items():
        if repeat and len(broken):
            con.register("incoming", broken)
            sql = f"""SELECT DISTINCT parent_record_id AS "index" FROM {laid[repeat].name}
                      WHERE record_id IN (SELECT "index" FROM incoming)"""
            parts.append(con.execute(sql).df())
            con.unregister("incoming")
        parts.append(broken[["index"]] if not repeat else broken[["index"]].iloc[:0])
    return pd.concat(parts).drop_duplicates()


def _places(
    con: duckdb.DuckDBPyConnection, sheet: Layers, submissions: pd.DataFrame
) -> pd.DataFrame:
    """Where the rows of a repeat stand, by record_id."""
    con.register("incoming", submissions)
    sql = f"""SELECT record_id, {", ".join(PLACES)} FROM {sheet.name}
              WHERE parent_record_id IN (SELECT "index" FROM incoming) ORDER BY record_id"""
    places = con.execute(sql).df().set_index("record_id")
    con.unregister("incoming")
    return places


def _of_parents(
    outer: Mapping[str, pd.DataFrame], places: Mapping[str, pd.DataFrame], rows: pd.DataFrame
) -> dict[int, set[str]]:
    """By row of a repeat, the columns that are set aside in its submission and enclosing row."""
    around: dict[tuple[int, str], set[str]] = {}
    for repeat, violations in outer.items():
        of = dict(zip(places[repeat].index, _pairs(places[repeat]), strict=True)) if repeat else {}
        around |= {
            of.get(record, (record, "")): columns
            for record, columns in set_aside_columns(violations).items()
        }
    return {
        record: around.get((parent, ""), set()) | around.get((parent, row_id), set())
        for record, parent, row_id in zip(
            rows.index, rows["parent_record_id"], rows["parent_row_id"], strict=True
        )
    }


def _of_rows_below(
    places: Mapping[str, pd.DataFrame], found: Mapping[str, pd.DataFrame]
) -> dict[int, set[str]]:
    """By submission and by row of a repeat, the columns set aside in rows of repeats inside it.

    An answer that was not asked is blank to every rule: it hinders none.
    """
    record_of = {
        place: record
        for rows in places.values()
        for record, place in zip(rows.index, _pairs(rows), strict=True)
    }
    below: dict[int, set[str]] = defaultdict(set)
    for repeat, rows in places.items():
        around = zip(rows["parent_record_id"], rows["parent_row_id"], strict=True)
        parents: dict[int, tuple[int, str]] = dict(zip(rows.index, around, strict=True))
        broken = found[repeat][found[repeat]["code"] != Problem.answered_not_asked.name]
        for record, columns in set_aside_columns(broken).items():
            submission, row_id = parents[record]
            below[submission] |= columns
            while row_id:
                below[record_of[submission, row_id]] |= columns
                row_id = row_id.rpartition("/")[0]
    return dict(below)


def _pairs(rows: pd.DataFrame) -> list[tuple[int, str]]:
    return list(zip(rows["parent_record_id"], rows["row_id"], strict=True))
