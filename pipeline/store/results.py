"""results/: the cleared tables for researchers, as CSV, Parquet and JSON with a data package."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pipeline.store.database import connect, literal
from pipeline.store.release import database_path, file_sha256

TABLES = (
    "estimate.result",
    "estimate.named_answer",
    "estimate.named_score",
    "estimate.policy",
    "estimate.quote",
    "ask.question",
    "ask.choice",
    "ask.unit",
)
PRINTED = ("duckdb", "numpy", "pandas", "pandera", "papermill", "plotly", "scipy")
KINDS = {"VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "DOUBLE": "number"}


def versions() -> dict[str, str]:
    """What the numbers were made with."""
    return {"python": platform.python_version(), **{name: version(name) for name in PRINTED}}


def write_results(folder: Path, languages: Sequence[str], *, demonstration: bool) -> None:
    """Write results/ of a work folder from its survey.duckdb, and confidential/ledger.csv.

    Every file has a fixed order of rows.

    Args:
        folder: the work folder.
        languages: one codebook.<language>.csv each.
        demonstration: adds a first column that says so to every file.
    """
    target = folder / "results"
    target.mkdir(exist_ok=True)
    con = connect(database_path(folder, "survey"), read_only=True)
    stamp = "true AS demonstration, " if demonstration else ""
    resources = []
    for table in TABLES:
        name = table.replace(".", "_")
        sql = f"SELECT {stamp}* FROM {table} ORDER BY ALL"
        resources += [_write(con, sql, target / f"{name}.{kind}") for kind in ("csv", "parquet")]
    sql = f"SELECT {stamp}* FROM estimate.result ORDER BY ALL"
    resources.append(_write(con, sql, target / "results.json"))
    sql = f"SELECT {stamp}* FROM estimate.policy ORDER BY ALL"
    resources.append(_write(con, sql, target / "policies.json"))
    for language in languages:
        sql = _codebook(stamp, language)
        resources.append(_write(con, sql, target / f"codebook.{language or 'en'}.csv"))
    con.close()
    con = connect(database_path(folder, "confidential"), read_only=True)
    _write(con, "SELECT * FROM edit.ledger ORDER BY record_id", folder / "confidential/ledger.csv")
    con.close()
    package: dict[str, Any] = {"profile": "data-package", "resources": resources}
    if demonstration:
        package = {"demonstration": True, **package}
    text = json.dumps(package, indent=1, ensure_ascii=False)
    (target / "datapackage.json").write_text(text + "\n", encoding="utf-8")


def _write(con: duckdb.DuckDBPyConnection, sql: str, path: Path) -> dict[str, Any]:
    """Write one query's rows; returns the file's entry in the data package."""
    how = {
        ".csv": "FORMAT csv, HEADER",
        ".parquet": "FORMAT parquet",
        ".json": "FORMAT json, ARRAY",
    }
    con.execute(f"COPY ({sql}) TO {literal(str(path))} ({how[path.suffix]})")
    described = con.execute(f"DESCRIBE {sql}").fetchall()
    fields = [{"name": row[0], "type": KINDS.get(row[1], "integer")} for row in described]
    return {
        "name": path.name.lower().replace("_", "-"),
        "path": path.name,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{file_sha256(path)}",
        "schema": {"fields": fields},
    }


def _codebook(stamp: str, language: str) -> str:
    """One row per question and choice, in one language, in the form's order."""
    text = f"language = {literal(language)}"
    return f"""
        SELECT {stamp}q.wave, q.question, q.type, q.section, q.domain, q.disclosure,
            label.text AS label, short.text AS short, c.choice, chosen.text AS choice_label,
            c.score, c.missing_kind
        FROM ask.question q
        LEFT JOIN ask.choice c ON c.wave = q.wave AND c.list_name = q.list_name
        LEFT JOIN ask.label label ON label.wave = q.wave AND label.kind = 'label'
            AND label.subject = q.question AND label.{text}
        LEFT JOIN ask.label short ON short.wave = q.wave AND short.kind = 'short'
            AND short.subject = q.question AND short.{text}
        LEFT JOIN ask.label chosen ON chosen.wave = q.wave AND chosen.kind = 'choice'
            AND chosen.subject = c.list_name || '/' || c.choice AND chosen.{text}
        ORDER BY q.wave, q.position, c.position"""
