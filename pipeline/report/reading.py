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

# The columns of a Result, after those it is found by.
RESULT = """wave, group_kind, group_code, result_id, subject_kind, subject, choice, statistic,
    is_weighted, count, n, population, base, estimate, ci_low, ci_high, ci_level, shown, reason,
    row_scope"""
LINKS = ("charter", "sdg", "gcm")
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
        named = _named(con)
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
            {wave: frozenset(units) for wave, units in named.items()},
            frozenset(_rows(con, "ask.label", "DISTINCT wave, language", "WHERE status = 'draft'")),
            tuple(languages),
            {**DEFAULT_LOCALES, **{k[2]: v for k, v in facts.items() if k[0] == "locale"}},
            answers=named,
            scores=_scores(con),
            changes=_changes(con),
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


def matters(con: duckdb.DuckDBPyConnection) -> str:
    """The query for all open matters: what editing found, and what joined surveys contradict."""
    tables = [name for name in ("edit.open_matter", "estimate.open_matter") if exists(con, name)]
    return " UNION ALL ".join(f"SELECT * FROM {name}" for name in tables)


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
        coalesce(score, ''), coalesce(pii, ''), coalesce(repeat, ''), charter, sdg, gcm"""
    for row in _rows(con, "ask.question", columns, "ORDER BY position"):
        wave, column, kind, name, section, score, pii, repeat, *linked = row
        choices = tuple(lists.get((wave, name), ()))
        links = tuple((to, codes) for to, codes in zip(LINKS, linked, strict=True) if codes)
        question = Asked(column, kind, name, section, score, pii, repeat, choices, links)
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


def _result(row: list[Any]) -> Result:
    row[3] = row[3] or ""  # choice
    row[-2:] = [text or "" for text in row[-2:]]  # reason, row_scope
    return Result(*row)


def _results(
    con: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, Group], dict[str, tuple[Result, ...]]]:
    only = """WHERE coalesce(versus_wave, '') = '' AND coalesce(versus_group, '') = ''
        AND coalesce(row_scope, '') IN ('', 'named') """
    found: dict[tuple[str, Group], dict[str, list[Result]]] = {}
    for wave, kind, code, *row in _rows(con, "estimate.result", RESULT, only):
        result = _result(row)
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


def _changes(
    con: duckdb.DuckDBPyConnection,
) -> dict[str, dict[tuple[str, str], tuple[Result, ...]]]:
    """Changes of the network, unweighted first."""
    only = """WHERE coalesce(versus_wave, '') <> '' AND group_kind = 'network'
        AND coalesce(versus_group, '') = '' AND coalesce(row_scope, '') = '' """
    found: dict[str, dict[tuple[str, str], list[Result]]] = {}
    for wave, _kind, _code, *row in _rows(con, "estimate.result", RESULT, only):
        result = _result(row)
        about = (result.subject, result.choice)
        found.setdefault(wave, {}).setdefault(about, []).append(result)
    return {
        wave: {about: tuple(sorted(rows, key=_by_weight)) for about, rows in changes.items()}
        for wave, changes in found.items()
    }


def _by_weight(row: Result) -> bool:
    return row.is_weighted


def _named(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    """By wave, government and question: what stands beside a name, rows of repeats left out."""
    columns = "wave, unit_id, question, coalesce(nullif(choice, ''), value, '')"
    only = """WHERE state = 'answered' AND coalesce(row_id, '') = '' ORDER BY ALL"""
    found: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
    for wave, unit in _rows(con, "estimate.named_answer", "DISTINCT wave, unit_id", "ORDER BY ALL"):
        found.setdefault(wave, {})[unit] = {}
    for wave, unit, question, said in _rows(con, "estimate.named_answer", columns, only):
        given = found[wave][unit]
        given[question] = (*given.get(question, ()), said)
    return found


def _scores(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, tuple[float, ...]]]:
    """By wave and area, the scores of all governments that agreed to be named, from low to high."""
    only = "WHERE score IS NOT NULL AND subject_kind <> 'item' ORDER BY wave, subject, score"
    found: dict[str, dict[str, list[float]]] = {}
    for wave, subject, score in _rows(con, "estimate.named_score", "wave, subject, score", only):
        found.setdefault(wave, {}).setdefault(subject, []).append(score)
    return {
        wave: {subject: tuple(scores) for subject, scores in subjects.items()}
        for wave, subjects in found.items()
    }
