"""What became of the records, counted; and what these counts forbid to publish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store.database import Work, connect, write_table

VERDICTS = ("loaded", "superseded", "duplicate", "quarantined", "not_a_submission", "erased")
ENOUGH = 0.8  # of the responses of the current release; below it a new one is held back


class Grade(StrEnum):
    """Whether records may be published, by what became of them."""

    PUBLISH = "publish"
    WARN = "warn"
    STOP = "stop"


def grade(counts: Mapping[str, int], warn: float, stop: float) -> Grade:
    """What the quality brief says, and what holds a release back.

    Args:
        counts: records, and how many have each verdict.
        warn: share of quarantined records above which it is said.
        stop: share above which nothing is published; so it is where the verdicts do not add up.
    """
    share = quarantined_share(counts)
    if not adds_up(counts) or share > stop:
        return Grade.STOP
    return Grade.WARN if share > warn else Grade.PUBLISH


def adds_up(counts: Mapping[str, int]) -> bool:
    """Whether every record has exactly one verdict."""
    return counts["records"] == sum(counts[verdict] for verdict in VERDICTS)


def quarantined_share(counts: Mapping[str, int]) -> float:
    """Of all records, how many can be neither counted nor explained away."""
    return counts["quarantined"] / counts["records"] if counts["records"] else 0.0


def count(work: Work) -> dict[str, Any]:
    """Files, records, verdicts, responses and violations, as far as the rooms have come."""

    def one(sql: str) -> int:
        row = work.confidential.execute(sql).fetchone()
        return int(row[0] or 0) if row else 0

    tables = {
        f"{schema}.{name}"
        for schema, name in work.confidential.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall()
    }
    counts: dict[str, Any] = {}
    if "collect.file" in tables:
        counts["files"] = one("SELECT count(*) FROM collect.file")
        counts["records"] = one("SELECT count(*) FROM collect.record WHERE repeat = ''")
        counts["repeat_rows"] = one("SELECT count(*) FROM collect.record WHERE repeat <> ''")
    if "edit.ledger" in tables:
        for verdict in VERDICTS:
            counts[verdict] = one(
                f"SELECT count(*) FROM edit.ledger WHERE repeat = '' AND verdict = '{verdict}'"
            )
        counts["responses"] = one("SELECT count(*) FROM edit.response")
        counts["violations"] = one("SELECT count(*) FROM edit.violation")
    return counts


def files(work: Work) -> list[tuple[str, str, int]]:
    """Path, tool and number of records of every raw file, in the order they were read."""
    sql = "SELECT path, tool, records FROM collect.file ORDER BY file_id"
    return work.confidential.execute(sql).fetchall()


def hold_back(
    counts: dict[str, Any], before: dict[str, Any] | None, limit: float, *, allow_fewer: bool
) -> None:
    """Refuse to publish records that do not add up, far fewer responses, or much quarantine.

    Args:
        counts: of the new release.
        before: manifest of the current release, None where there is none.
        limit: share of quarantined records above which nothing is published.
        allow_fewer: publish with fewer responses all the same.

    Raises:
        RelevoError: ledger_does_not_add_up, far_fewer_responses, too_much_quarantined.
    """
    if not adds_up(counts):
        ended = sum(counts[verdict] for verdict in VERDICTS)
        _refuse(Problem.ledger_does_not_add_up, ended, counts["records"])
    responses = before["summary"]["responses"] if before else 0
    if counts["responses"] < ENOUGH * responses and not allow_fewer:
        _refuse(Problem.far_fewer_responses, counts["responses"], responses)
    if grade(counts, limit, limit) is Grade.STOP:
        share = quarantined_share(counts)
        _refuse(Problem.too_much_quarantined, f"{share:.0%}", f"{limit:.0%}")


@contextmanager
def marked_held_back(members: Path, codes: Sequence[str]) -> Iterator[None]:
    """In here members.duckdb says that nothing is published, and why."""
    table = "release.held_back"
    con = connect(members)
    write_table(con, table, pd.DataFrame({"code": codes}))
    con.close()
    try:
        yield
    finally:
        con = connect(members)
        con.execute(f"DROP TABLE {table}")
        con.close()


def _refuse(problem: Problem, found: object, expected: object) -> None:
    raise RelevoError(Finding(problem, values={"found": found, "expected": expected}))
