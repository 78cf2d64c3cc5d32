"""edit.summary: verdicts, reasons, rules, states and units counted, for the secretariat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pandas as pd

from pipeline.edit.pandera_duckdb import union
from pipeline.edit.wave import EditedWave
from pipeline.errors import Problem
from pipeline.store import literal, quote

COLUMNS = ["wave", "kind", "question", "code", "severity", "count", "submissions", "records"]
ASKED = ("answered", "set_aside", "unanswered", "dont_know", "refused")
TOGETHER = 8  # questions counted by one statement
SHOWN = 5  # record ids listed per rule: enough to look at, whatever the survey's size


def summarise(
    con: duckdb.DuckDBPyConnection, waves: Sequence[EditedWave], told: pd.DataFrame
) -> pd.DataFrame:
    """edit.summary, tidy: one row per thing counted.

    kind `verdict` and `reason`: records; of a repeat's rows, with its name in `question`.
    kind `rule`: cells by question and code, how many submissions, the first five record ids;
    severity `note` where a cell was only read by its file's notation.
    kind `state`: cells by question and state, and `asked`, the sum of the states that were asked.
    kind `unit`: units with a response (`answered`) and with a refusal of consent (`refused`).

    Args:
        con: with edit.ledger and edit.state.
        waves: edited.
        told: violations and notes.
    """
    parts = [
        _records(con, "verdict"),
        _records(con, "reason"),
        _units(con),
        _rules(told),
        *(pd.DataFrame(_states(con, wave), columns=COLUMNS) for wave in waves),
    ]
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)[COLUMNS]


def _records(con: duckdb.DuckDBPyConnection, kind: str) -> pd.DataFrame:
    counted = f"""SELECT wave, repeat AS question, {kind} AS code, count(*) AS count,
                  count(DISTINCT submission_id) AS submissions
                  FROM edit.ledger GROUP BY ALL ORDER BY wave, repeat, {kind}"""
    return _complete(con.execute(counted).df(), kind)


def _units(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    refused = literal(Problem.consent_refused.name)
    counted = f"""SELECT wave, '' AS question,
                  CASE reason WHEN {refused} THEN 'refused' ELSE 'answered' END AS code,
                  count(DISTINCT unit_id) AS count, count(DISTINCT submission_id) AS submissions
                  FROM edit.ledger WHERE verdict = 'loaded' AND repeat = '' AND unit_id <> ''
                  GROUP BY ALL ORDER BY ALL"""
    return _complete(con.execute(counted).df(), "unit")


def _complete(counted: pd.DataFrame, kind: str) -> pd.DataFrame:
    nothing: list[object] = [[] for _ in range(len(counted))]
    records = pd.Series(nothing, counted.index, "object")
    return counted.assign(kind=kind, severity="", records=records)


def _rules(told: pd.DataFrame) -> pd.DataFrame:
    keys = ["wave", "question", "code", "severity"]
    counted = told.groupby(keys).agg(
        count=("record_id", "size"),
        submissions=("submission_id", "nunique"),
        records=("record_id", lambda ids: sorted(set(ids))[:SHOWN]),
    )
    return counted.reset_index().assign(kind="rule")


def _states(con: duckdb.DuckDBPyConnection, wave: EditedWave) -> Iterator[tuple[object, ...]]:
    """A row of another level than a question's own has no state in its column."""
    sheets = wave.sheets
    columns = [q.column for repeat in sheets.repeats for q in sheets.form.answers(repeat)]
    counted: dict[str, dict[str, int]] = {column: {} for column in columns}
    for first in range(0, len(columns), TOGETHER):
        parts = [
            # grouped as what it is and not as text: a third of the time
            f"SELECT {literal(column)}, CAST(state AS VARCHAR), cells FROM ("
            f"SELECT {quote(column)} AS state, count(*) AS cells FROM edit.state "
            f"WHERE {sheets.whole} AND {quote(column)} IS NOT NULL GROUP BY ALL)"
            for column in columns[first : first + TOGETHER]
        ]
        for column, state, count in con.execute(f"{union(parts)} ORDER BY ALL").fetchall():
            counted[column][state] = count
    for column, counts in counted.items():
        asked = sum(counts.get(state, 0) for state in ASKED)
        for state, count in [("asked", asked), *counts.items()]:
            yield sheets.wave.id, "state", column, state, "", count, count, []
