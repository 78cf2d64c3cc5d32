"""How a file writes fractions and days, and which records are its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from pipeline.ask.questionnaire import Questionnaire
from pipeline.edit.layers import Layers
from pipeline.edit.notation import (
    ENOUGH,
    Writing,
    days_from,
    has_fractions,
    is_comma_mark,
    is_point_mark,
)
from pipeline.store import quote

Ranges = tuple[tuple[int, int], ...]
Files = Mapping[int, tuple[int, int]]  # first and last record by file_id


@dataclass(frozen=True)
class Hand:
    """Files that write alike, as ranges of their records: those of a file follow each other."""

    writing: Writing
    ranges: Ranges

    def holds(self, record: str = "record_id") -> str:
        """The SQL that is true for a record of these files."""
        return within(self.ranges, record)


def within(ranges: Ranges, record: str) -> str:
    """The SQL that is true for a record in any of the ranges."""
    parts = [f"{record} BETWEEN {first} AND {last}" for first, last in ranges]
    return f"({' OR '.join(parts) or 'false'})"


def file_ranges(con: duckdb.DuckDBPyConnection, wave: str) -> Files:
    """The first and last record of each file of a wave."""
    sql = """SELECT file_id, min(record_id), max(record_id) FROM collect.record
             WHERE wave = ? GROUP BY ALL ORDER BY ALL"""
    return {file: (first, last) for file, first, last in con.execute(sql, [wave]).fetchall()}


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in order, those that follow each other made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)


def hands(
    con: duckdb.DuckDBPyConnection, form: Questionnaire, files: Files, sheet: Layers
) -> list[Hand]:
    """The files of a wave by how they write.

    Args:
        con: where collect.* is.
        form: the wave's questionnaire.
        files: their records.
        sheet: the rows of the main form or of one repeat.
    """
    systems = days_from(con)
    commas = _with_comma(con, form, sheet)
    alike: dict[Writing, list[tuple[int, int]]] = {}
    for file, records in files.items():
        alike.setdefault(Writing(file in commas, systems.get(file, 0)), []).append(records)
    return [Hand(writing, joined(ranges)) for writing, ranges in alike.items()]


def _with_comma(con: duckdb.DuckDBPyConnection, form: Questionnaire, sheet: Layers) -> set[int]:
    """The files that write the comma as decimal mark.

    Their questions for decimals hold several fractions with a comma and none with a point: a point
    then stands only between groups. A single "1,5" among points proves nothing.
    """
    commas: Counter[int] = Counter()
    names = [name for name in sheet.columns if has_fractions(form.by_column.get(name))]
    for name in names:
        for file, text, count in _texts(con, sheet, name, ","):
            commas[file] += count * is_comma_mark(text)
    several = {file for file, count in commas.items() if count >= ENOUGH}
    if not several:
        return several
    points = {
        file
        for name in names
        for file, text, _ in _texts(con, sheet, name, ".")
        if is_point_mark(text)
    }
    return several - points


def _texts(
    con: duckdb.DuckDBPyConnection, sheet: Layers, name: str, mark: str
) -> list[tuple[int, str, int]]:
    """File, text and count of the answers to a question that hold a mark."""
    cell = quote(name)
    sql = f"""SELECT file_id, {cell}, count(*) FROM {sheet.name}
              JOIN collect.record USING (record_id) WHERE contains({cell}, ?) GROUP BY ALL"""
    return con.execute(sql, [mark]).fetchall()
