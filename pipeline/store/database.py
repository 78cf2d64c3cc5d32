"""Connections to the three DuckDB files of a release, and the one way a table is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from pipeline.store.published import Published
from pipeline.store.tables import TABLES

FILES = ("confidential", "members", "survey")


@dataclass(frozen=True)
class Work:
    """The open databases of a release being built; each room is handed this and the survey."""

    folder: Path
    confidential: duckdb.DuckDBPyConnection
    members: duckdb.DuckDBPyConnection
    survey: duckdb.DuckDBPyConnection
    published: tuple[Published, ...] = ()  # what left the house before, oldest first
    joined: Mapping[str, Path] = field(default_factory=dict)  # current releases of other surveys


def connect(path: Path | str, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file quietly, with one thread: sums of doubles then have one order."""
    con = duckdb.connect(str(path), read_only=read_only, config={"threads": "1"})
    # In a notebook without widgets it is off, and even turning it off is refused.
    if con.execute("SELECT current_setting('enable_progress_bar')").fetchone() == (True,):
        con.execute("SET enable_progress_bar = false")
    return con


def connect_locked(path: Path | str) -> duckdb.DuckDBPyConnection:
    """Open a released file read-only, unable to read any other file or any Python variable."""
    con = connect(path, read_only=True)
    con.execute("SET enable_external_access = false")
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET lock_configuration = true")
    return con


def quote(identifier: str) -> str:
    """An SQL identifier that holds any text."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal that holds any text."""
    return "'" + text.replace("'", "''") + "'"


def create_table(
    con: duckdb.DuckDBPyConnection,
    table: str,
    *,
    like: str = "",
    more: Mapping[str, str] | None = None,
) -> None:
    """Create `table` (`room.name`), empty, with the columns of store.tables.

    Args:
        con: the file the table belongs to.
        table: `room.name`, replaced if there.
        like: name of the entry in TABLES where it differs (`collect.repeat` for collect.repeat_x).
        more: columns after the fixed ones, name to SQL type: the questions.
    """
    columns = TABLES[like or table] + "".join(
        f", {quote(column)} {kind}" for column, kind in (more or {}).items()
    )
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(table.split('.', 1)[0])}")
    con.execute(f"CREATE OR REPLACE TABLE {_target(table)} ({columns})")


def append_rows(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append Arrow rows to a table by name; a column they do not have is NULL."""
    names = ", ".join(map(quote, rows.column_names))
    con.register("incoming", rows)
    con.execute(f"INSERT INTO {_target(table)} ({names}) SELECT {names} FROM incoming")
    con.unregister("incoming")


def write_table(
    con: duckdb.DuckDBPyConnection,
    table: str,
    frame: pd.DataFrame,
    *,
    like: str = "",
    more: Mapping[str, str] | None = None,
) -> None:
    """Create a table as create_table does and fill it from a frame.

    The frame has at least the table's columns; their order does not matter, others are ignored.
    """
    create_table(con, table, like=like, more=more)
    target = _target(table)
    names = ", ".join(quote(row[0]) for row in con.execute(f"DESCRIBE {target}").fetchall())
    con.register("incoming", frame)
    con.execute(f"INSERT INTO {target} SELECT {names} FROM incoming")
    con.unregister("incoming")


def _target(table: str) -> str:
    return ".".join(map(quote, table.split(".", 1)))
