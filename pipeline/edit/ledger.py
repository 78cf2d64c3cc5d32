"""One verdict for every record of every file, and the sum that proves it."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from pipeline.edit.identity import REFUSED, STANDS
from pipeline.errors import Problem
from pipeline.store import create_table, literal

VERDICTS = ("loaded", "superseded", "duplicate", "quarantined", "not_a_submission", "erased")
PARTS = """CREATE OR REPLACE TEMP TABLE edit_unit (
               record_id INTEGER, unit_id VARCHAR, submitted_on DATE);
           CREATE OR REPLACE TEMP TABLE edit_closed (
               record_id INTEGER, verdict VARCHAR, reason VARCHAR)"""


def write_ledger(con: duckdb.DuckDBPyConnection, tables: Mapping[str, str]) -> None:
    """Write edit.ledger: one line per line of collect.record, rows of repeats included.

    A row of a repeat goes where its submission goes. What collect could not read or called no
    submission keeps its reason.

    Args:
        con: with edit_unit and edit_closed as edit_wave fills them.
        tables: of collect.*, by repeat.

    Raises:
        AssertionError: a record would be lost or counted twice. This is a fault of relevo.
    """
    parents = [
        f"SELECT record_id, parent_record_id, '', NULL FROM {table}"
        for repeat, table in tables.items()
        if repeat
    ]
    submissions = "SELECT record_id, record_id AS owner, unit_id, submitted_on FROM edit_unit"
    owners = " UNION ALL ".join([submissions, *parents])
    loaded = f"coalesce(closed.verdict, '{STANDS.verdict}')"
    reason = f"coalesce(closed.reason, {literal(STANDS.reason.name)})"
    gone = f"closed.verdict <> '{REFUSED.verdict}' AND own.owner <> record.record_id"
    create_table(con, "edit.ledger")
    con.execute(
        f"""INSERT INTO edit.ledger
        SELECT record.record_id, record.file_id, record.wave, record.sheet, record.record_number,
            record.submission_id, record.repeat, coalesce(own.unit_id, ''),
            own.submitted_on,
            CASE WHEN record.outcome = 'not_a_submission' THEN record.outcome
                WHEN record.reason = {literal(Problem.erased.name)} THEN 'erased'
                WHEN own.owner IS NULL THEN 'quarantined' ELSE {loaded} END,
            CASE WHEN record.outcome = 'not_a_submission' OR own.owner IS NULL
                THEN coalesce(record.reason, '')
                WHEN {gone} THEN {literal(Problem.parent_not_loaded.name)} ELSE {reason} END
        FROM collect.record AS record
        LEFT JOIN ({owners}) AS own USING (record_id)
        LEFT JOIN edit_closed AS closed ON closed.record_id = own.owner
        ORDER BY record.record_id"""
    )
    lost = """SELECT count(*) FROM collect.record AS record LEFT JOIN edit_unit USING (record_id)
              WHERE outcome = 'submission' AND repeat = '' AND unit_id IS NULL"""
    assert con.execute(lost).fetchall() == [(0,)], "a submission has no outcome"
    counted = f"""SELECT count(DISTINCT record_id), count(*) FILTER (verdict IN {VERDICTS}),
                  (SELECT count(*) FROM collect.record) FROM edit.ledger"""
    (sums,) = con.execute(counted).fetchall()
    assert len(set(sums)) == 1, "records are lost or counted twice"
