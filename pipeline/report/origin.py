"""What a brief was made from, as hashes that can be compared without making it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import duckdb

from pipeline.report.plan import Job
from pipeline.report.reading import PROJECT, reading
from pipeline.store import quote
from pipeline.texts import LANGUAGES, spoken

CODE = PROJECT / "pipeline"
LOCK = PROJECT / "requirements.lock"
# The texts of another language do not reach a page: these tables have one row per language.
IN_LANGUAGES = frozenset({"label", "reference", "survey"})
SEPARATOR = "\x1f"


@cache
def code_sha256(notebooks: Path, kind: str, language: str) -> str:
    """Hash of what makes a page: notebook, code, templates, libraries, texts in its language."""
    files = (notebooks / f"brief_{kind}.ipynb", CODE / "texts" / f"{language}.toml")
    total = hashlib.sha256(_code().encode())
    for path in files:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@cache
def _code() -> str:
    texts = {CODE / "texts" / f"{language}.toml" for language in LANGUAGES}
    found = (path for path in CODE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    total = hashlib.sha256()
    for path in sorted(set(found) - texts | ({LOCK} if LOCK.is_file() else set())):
        total.update(f"{path.relative_to(PROJECT).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@dataclass(frozen=True)
class Origins:
    """Hashes of the rows that briefs may read: what is cleared, and what members.duckdb adds.

    A public page reads cleared rows only, a page of audience `own` those of its unit too, one of
    audience `desk` all of both files.
    """

    notebooks: Path
    cleared: Mapping[str, str]  # by language
    units: Mapping[str, str]
    desk: str

    def of(self, job: Job) -> str:
        """The hash of all that this brief can have been made from."""
        about = SEPARATOR.join(str(value) for value in asdict(job).values())
        more = {"own": self.units.get(job.unit_id, ""), "desk": self.desk}
        code = code_sha256(self.notebooks, job.notebook, spoken(job.language))
        parts = (about, code, self.cleared[job.language], more.get(job.audience, ""))
        return hashlib.sha256(SEPARATOR.join(parts).encode()).hexdigest()


def origins(folder: Path, notebooks: Path, jobs: Sequence[Job]) -> Origins:
    """The hashes of a release or work folder, for these briefs."""
    with reading(folder, "survey") as con:
        cleared = {language: _cleared(con, language) for language in {job.language for job in jobs}}
    with reading(folder, "members") as con:
        return Origins(
            notebooks, cleared, _units(con), _hash(_rows(con, table) for table in _tables(con))
        )


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The tables that briefs are made from: not the list of the briefs."""
    return con.execute(
        """SELECT schema_name, table_name FROM duckdb_tables()
           WHERE schema_name <> 'report' ORDER BY ALL"""
    ).fetchall()


def _cleared(con: duckdb.DuckDBPyConnection, language: str) -> str:
    spoken_in = f"WHERE coalesce(language, '') IN ('', '{spoken(language)}', '{language}')"
    return _hash(
        _rows(con, table, spoken_in if table[0] == "ask" and table[1] in IN_LANGUAGES else "")
        for table in _tables(con)
    )


def _rows(con: duckdb.DuckDBPyConnection, table: tuple[str, str], where: str = "") -> str:
    """Hash of the rows of a table in stored order, made where the rows are."""
    name = f"{quote(table[0])}.{quote(table[1])}"
    sql = f"SELECT sha256(string_agg(sha256(row::VARCHAR), '')) FROM {name} AS row {where}"
    return f"{name}{con.execute(sql).fetchone()}"


def _units(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Per government the hash of its rows in every table that has any."""
    found: dict[str, list[str]] = {}
    columns = "SELECT schema_name, table_name FROM duckdb_columns() WHERE column_name = 'unit_id'"
    for table in sorted(set(_tables(con)) & set(con.execute(columns).fetchall())):
        name = f"{quote(table[0])}.{quote(table[1])}"
        sql = f"""SELECT unit_id, sha256(string_agg(sha256(row::VARCHAR), ''))
            FROM {name} AS row WHERE unit_id <> '' GROUP BY unit_id"""
        for unit, digest in con.execute(sql).fetchall():
            found.setdefault(unit, []).append(f"{name}{digest}")
    return {unit: _hash(parts) for unit, parts in found.items()}


def _hash(parts: Iterator[str] | Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
