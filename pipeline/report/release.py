"""A release as the pages read it: the cleared tables once in memory, a government's rows on demand.

Connections never outlive a call: a process with an open DuckDB connection cannot be forked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import connect_locked, database_path
from pipeline.texts import DEFAULT_LOCALES, LANGUAGES

PROJECT = Path(__file__).parent.parent.parent
Group = tuple[str, str]  # group_kind, group_code
NETWORK: Group = ("network", "all")


@dataclass(frozen=True)
class Choice:
    """A row of ask.choice."""

    name: str
    score: float | None
    missing_kind: str


@dataclass(frozen=True)
class Asked:
    """A row of ask.question: what was asked, with its choices."""

    column: str
    type: str
    list_name: str
    section: str
    score: str
    pii: str
    repeat: str
    choices: tuple[Choice, ...] = ()

    @property
    def is_select(self) -> bool:
        """Whether the answer is one or several choices of a list."""
        return self.type in {"select_one", "select_multiple", "rank"} and bool(self.choices)

    @property
    def is_policy(self) -> bool:
        """Whether the answer says in force, in preparation or no.

        True for a scored select_one whose points are 100, 0 and at most one value between: then
        100 reads `in force`, the value between `in preparation`, and 0 `no`.
        """
        points = {choice.score for choice in self.choices if choice.score is not None}
        return (
            self.type == "select_one"
            and self.score == "map"
            and {0.0, 100.0} <= points
            and len(points) <= 3
        )

    def level(self, choice: str) -> str:
        """`in_force`, `in_preparation` or `no` of a policy; '' for a choice without points."""
        points = {c.name: c.score for c in self.choices}.get(choice)
        if points is None:
            return ""
        return {100.0: "in_force", 0.0: "no"}.get(points, "in_preparation")


@dataclass(frozen=True)
class Result:
    """A row of estimate.result, with the columns a page prints."""

    result_id: str
    subject_kind: str
    subject: str
    choice: str
    statistic: str
    is_weighted: bool
    count: int | None
    n: int | None
    population: int | None
    base: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_level: float | None
    shown: str
    reason: str


@dataclass(frozen=True)
class Unit:
    """A row of ask.unit: one government."""

    unit_id: str
    country: str
    size_class: str
    name: str
    names: Mapping[str, str]
    language: str = ""

    def in_group(self, group: Group) -> bool:
        """Whether the unit belongs to a group of a kind that the frame knows."""
        return getattr(self, group[0], None) == group[1]


@dataclass(frozen=True)
class Round:
    """A row of estimate.wave: one wave, how many were asked and how many answered."""

    wave: str
    as_of: date | None = None
    state: str = "final"
    population: int | None = None
    responses: int = 0


@dataclass(frozen=True)
class Release:
    """The cleared tables of one release; nothing here is about a person or may not be published."""

    folder: Path
    facts: Mapping[tuple[str, str, str], str]  # key, wave, language
    labels: Mapping[tuple[str, str, str, str], tuple[str, bool, str]]  # wave kind subject language
    references: Mapping[tuple[str, str, str], str]  # kind, code, language
    questions: Mapping[str, tuple[Asked, ...]]  # by wave, in form order
    units: Mapping[str, Unit]
    results: Mapping[tuple[str, Group], Mapping[str, tuple[Result, ...]]]  # by wave, group, subject
    rounds: Mapping[str, Round]
    named: Mapping[str, frozenset[str]]  # by wave: governments that agreed to be named
    languages: tuple[str, ...] = ("",)
    locales: Mapping[str, str] = field(default_factory=lambda: DEFAULT_LOCALES)

    def fact(self, key: str, default: str = "", *, wave: str = "", language: str = "") -> str:
        """What survey.toml says, as ask.survey keeps it; '' counts as not said."""
        return self.facts.get((key, wave, language)) or default

    def of_group(self, wave: str, group: Group, subject: str) -> tuple[Result, ...]:
        """All numbers of one group on one subject, in stored order."""
        return self.results.get((wave, group), {}).get(subject, ())

    def groups(self, wave: str, kind: str) -> list[Group]:
        """The groups of a kind: those with results or with members, in alphabetical order."""
        found = {group for known, group in self.results if known == wave and group[0] == kind}
        found |= {(kind, getattr(unit, kind)) for unit in self.units.values() if hasattr(unit, kind)}
        return sorted(group for group in found if group[1])

    def response(self, wave: str, group: Group) -> tuple[int, int | None]:
        """How many of a group answered, and of how many (None where nobody knows)."""
        if group == NETWORK and wave in self.rounds:
            return self.rounds[wave].responses, self.rounds[wave].population
        rows = [
            row
            for subject in self.results.get((wave, group), {}).values()
            for row in subject
            if not row.is_weighted
        ]
        for row in rows:
            if row.subject_kind == "frame" and row.subject == "response":
                return row.count or 0, row.population
        return max((row.n or 0 for row in rows), default=0), None


def find_release(survey: str, release: str = "current") -> Path:
    """The folder of a release, by the survey's name; a path is taken as it is.

    `RELEVO_WORK` names the folder being built, `RELEVO_OUT` stands in place of data/processed.

    Raises:
        RelevoError: no_release.
    """
    if work := os.environ.get("RELEVO_WORK"):
        return Path(work)
    out = Path(os.environ.get("RELEVO_OUT") or PROJECT / "data/processed")
    folder = out / survey / ("current" if release == "current" else f"releases/{release}")
    if not database_path(folder, "survey").is_file():
        known = sorted(path.parent.name for path in out.glob("*/current"))
        values: dict[str, object] = {
            "survey": survey,
            "release": release,
            "expected": ", ".join(known) or "-",
        }
        raise RelevoError(Finding(Problem.no_release, values=values))
    return folder.resolve()


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
            tuple(languages),
            {**DEFAULT_LOCALES, **{k[2]: v for k, v in facts.items() if k[0] == "locale"}},
        )


def _rows(
    con: duckdb.DuckDBPyConnection, table: str, columns: str, rest: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of a table in stored order; none where the release has no such table."""
    schema, name = table.split(".")
    found = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema, name]
    ).fetchone()
    return con.execute(f"SELECT {columns} FROM {table} {rest}").fetchall() if found else []


def _labels(
    con: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str, str, str], tuple[str, bool, str]]:
    rows = _rows(con, "ask.label", "wave, kind, subject, language, text, is_fallback, status")
    return {row[:4]: (row[4] or "", bool(row[5]), row[6] or "") for row in rows}


def _questions(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[Asked, ...]]:
    lists: dict[tuple[str, str], list[Choice]] = {}
    columns = "wave, list_name, choice, score, missing_kind"
    for wave, name, choice, score, kind in _rows(con, "ask.choice", columns, "ORDER BY position"):
        lists.setdefault((wave, name), []).append(Choice(choice, score, kind or ""))
    asked: dict[str, list[Asked]] = {}
    columns = "wave, question, type, list_name, section, score, pii, repeat"
    for wave, *row in _rows(con, "ask.question", columns, "ORDER BY position"):
        texts = [text or "" for text in row]
        choices = tuple(lists.get((wave, texts[2]), ()))
        asked.setdefault(wave, []).append(Asked(*texts, choices=choices))
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
        is_weighted, count, n, population, base, estimate, ci_low, ci_high, ci_level, shown, reason"""
    only = """WHERE coalesce(versus_wave, '') = '' AND coalesce(versus_group, '') = ''
        AND coalesce(row_scope, '') = '' """
    found: dict[tuple[str, Group], dict[str, list[Result]]] = {}
    for wave, kind, code, *row in _rows(con, "estimate.result", columns, only):
        row[3] = row[3] or ""  # choice
        row[-1] = row[-1] or ""  # reason
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
