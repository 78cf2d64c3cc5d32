"""From a release's files to its rows. Connections never outlive a call.

A process with an open DuckDB connection cannot be forked. The cleared tables are read once and
kept; a government's own rows are read on demand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from pipeline.report.release import Asked, Choice, Group, Release, Result, Round, Unit
from pipeline.store import connect_locked, database_path, find_release
from pipeline.store.release import PROJECT
from pipeline.texts import DEFAULT_LOCALES, LANGUAGES

__all__ = ["PROJECT", "find_release", "read_release", "reading"]


@contextmanager
def reading(folder: Path, name: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked, read-only connection to `survey` or `members`, closed at the end."""
    con = connect_locked(database_path(folder, name))
    try:
        yield con
    finally:
        con.close()


def read_release(folder: Path) -> Release:
    """The cleared tables of a release folder; read again only where the file has changed."""
    stamp = database_path(folder, "survey").stat()
    return _read(folder, stamp.st_ino, stamp.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(folder: Path, _inode: int, _changed: int) -> Release:
    with reading(folder, "survey") as con:
        facts = {
            (key, wave or "", language or ""): text
            for key, wave, language, text in _rows(con, "ask.survey", "key, wave, language, text")
        }
        languages = facts.get(("languages", "", ""), "").split() or [""]
        return Release(
            folder,
            facts,
            _labels(con),
            {
                (kind, code, language): text
                for kind, code, language, text in _rows(
                    con, "ask.reference", "kind, code, language, text"
                )
            },
            _questions(con),
            _units(con),
            _results(con),
            {row[0]: Round(*row) for row in _rounds(con)},
            _named(con),
            frozenset(_rows(con, "ask.label", "DISTINCT wave, language", "WHERE status = 'draft'")),
            tuple(languages),
            {**DEFAULT_LOCALES, **{k[2]: v for k, v in facts.items() if k[0] == "locale"}},
        )


def _rows(
    con: duckdb.DuckDBPyConnection, table: str, columns: str, rest: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of a table in stored order; none where the release has no such table."""
    if not exists(con, table):
        return []
    return con.execute(f"SELECT {columns} FROM {table} {rest}").fetchall()


def exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a file holds a table, named `room.name`."""
    sql = "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?"
    return con.execute(sql, table.split(".")).fetchone() is not None


def _labels(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str, str], str]:
    rows = _rows(con, "ask.label", "wave, kind, subject, language, text")
    return {row[:4]: row[4] or "" for row in rows}


def _questions(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[Asked, ...]]:
    lists: dict[tuple[str, str], list[Choice]] = {}
    columns = "wave, list_name, choice, score, missing_kind"
    for wave, name, choice, score, kind in _rows(con, "ask.choice", columns, "ORDER BY position"):
        lists.setdefault((wave, name), []).append(Choice(choice, score, kind or ""))
    asked: dict[str, list[Asked]] = {}
    columns = """wave, question, type, coalesce(list_name, ''), coalesce(section, ''),
        coalesce(score, ''), coalesce(pii, ''), coalesce(repeat, '')"""
    for row in _rows(con, "ask.question", columns, "ORDER BY position"):
        wave, column, kind, name, section, score, pii, repeat = row
        choices = tuple(lists.get((wave, name), ()))
        question = Asked(column, kind, name, section, score, pii, repeat, choices)
        asked.setdefault(wave, []).append(question)
    return {wave: tuple(questions) for wave, questions in asked.items()}


def _units(con: duckdb.DuckDBPyConnection) -> dict[str, Unit]:
    columns = "unit_id, country, size_class, name, name_es, name_pt, name_en, name_fr, language"
    rows = _rows(con, "ask.unit", columns, "ORDER BY unit_id")
    return {
        row[0]: Unit(
            row[0],
            row[1] or "",
            row[2] or "",
            row[3] or row[0],
            {language: text for language, text in zip(LANGUAGES, row[4:8], strict=True) if text},
            row[8] or "",
        )
        for row in rows
    }


def _results(
    con: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, Group], dict[str, tuple[Result, ...]]]:
    columns = """wave, group_kind, group_code, result_id, subject_kind, subject, choice, statistic,
        is_weighted, count, n, population, base, estimate, ci_low, ci_high, ci_level, shown,
        reason, row_scope"""
    only = """WHERE coalesce(versus_wave, '') = '' AND coalesce(versus_group, '') = ''
        AND coalesce(row_scope, '') IN ('', 'named') """
    found: dict[tuple[str, Group], dict[str, list[Result]]] = {}
    for wave, kind, code, *row in _rows(con, "estimate.result", columns, only):
        row[3] = row[3] or ""  # choice
        row[-2:] = [text or "" for text in row[-2:]]  # reason, row_scope
        result = Result(*row)
        group = found.setdefault((wave, (kind, code or "all")), {})
        group.setdefault(result.subject, []).append(result)
    return {
        key: {subject: tuple(rows) for subject, rows in subjects.items()}
        for key, subjects in found.items()
    }


def _rounds(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    rows = _rows(con, "estimate.wave", "wave, as_of, state, population, responses")
    if rows:
        return sorted(rows)
    return [(wave,) for (wave,) in _rows(con, "ask.question", "DISTINCT wave", "ORDER BY wave")]


def _named(con: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    named: dict[str, set[str]] = {}
    for wave, unit in _rows(con, "estimate.named_answer", "DISTINCT wave, unit_id"):
        named.setdefault(wave, set()).add(unit)
    return {wave: frozenset(units) for wave, units in named.items()}
