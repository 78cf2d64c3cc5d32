"""What the quality brief counts: the rows of members.duckdb that collect and edit wrote for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.report.reading import exists, reading

NOTE = "note"  # severity of a cell that was only read by its file's notation: no violation


@dataclass(frozen=True)
class Tallied:
    """A row of edit.summary."""

    kind: str
    question: str
    code: str
    severity: str
    count: int
    submissions: int
    records: Sequence[int]


@dataclass(frozen=True)
class Received:
    """A row of collect.summary: records of one file with one outcome."""

    file_id: int
    name: str
    tool: str
    outcome: str
    reason: str
    repeat: str
    count: int


@dataclass(frozen=True)
class Quarantined:
    """A row of edit.quarantine: where a record lies and why it waits."""

    record_id: int
    file: str
    sheet: str
    record_number: int
    first_line: int
    repeat: str
    reason: str
    unit_id: str


@dataclass(frozen=True)
class Answering:
    """What is known of one unit: its state, its cells by state, its open matters by kind.

    `matters`: by severity, and by code.
    """

    unit_id: str
    state: str
    cells: Counter[str] = field(default_factory=Counter)
    matters: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Tallies:
    """All that is counted of one wave, and the sums of the release.

    `headers`: kind, file_id and header; `versions`: file_id, version, submissions; `totals`: by
    wave the figures of the run's summary; `before`: release and figures of what left the house
    last, None where nothing did; `held_back`: the codes of what keeps this release from leaving.
    """

    tallied: tuple[Tallied, ...] = ()
    received: tuple[Received, ...] = ()
    units: tuple[Answering, ...] = ()
    headers: tuple[tuple[str, int, str], ...] = ()
    versions: tuple[tuple[int, str, int], ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    totals: Mapping[str, Counter[str]] = field(default_factory=dict)
    before: tuple[str, Mapping[str, int]] | None = None
    held_back: tuple[str, ...] = ()


def read_tallies(folder: Path, wave: str) -> Tallies:
    """The counts of one wave from a release folder."""
    with reading(folder, "members") as con:
        tallied = con.execute(
            """SELECT kind, coalesce(question, ''), code, coalesce(severity, ''),
                      coalesce("count", 0), coalesce(submissions, 0), coalesce(records, [])
               FROM edit.summary WHERE wave = ? ORDER BY ALL""",
            [wave],
        ).fetchall()
        received = con.execute(
            """SELECT file_id, path, coalesce(tool, ''), coalesce(outcome, ''),
                      coalesce(reason, ''), coalesce(repeat, ''), "count"
               FROM collect.summary WHERE wave = ? ORDER BY ALL""",
            [wave],
        ).fetchall()
        headers = con.execute(
            "SELECT kind, file_id, header FROM collect.header WHERE wave = ? ORDER BY ALL", [wave]
        ).fetchall()
        versions = con.execute(
            """SELECT file_id, form_version, submissions FROM collect.version WHERE wave = ?
               ORDER BY ALL""",
            [wave],
        ).fetchall()
        return Tallies(
            tuple(Tallied(*row) for row in tallied),
            tuple(Received(row[0], Path(row[1]).name, *row[2:]) for row in received),
            _units(con, wave),
            tuple(headers),
            tuple(versions),
            _quarantined(con, wave),
            _totals(con),
            _published(con),
            _held_back(con),
        )


def read_quarantined(folder: Path, wave: str) -> tuple[Quarantined, ...]:
    """The quarantined records of one wave, in the order received."""
    with reading(folder, "members") as con:
        return _quarantined(con, wave)


def _quarantined(con: duckdb.DuckDBPyConnection, wave: str) -> tuple[Quarantined, ...]:
    rows = con.execute(
        """SELECT record_id, file, coalesce(sheet, ''), record_number, first_line, repeat, reason,
                  unit_id
           FROM edit.quarantine WHERE wave = ? ORDER BY record_id""",
        [wave],
    ).fetchall()
    return tuple(Quarantined(*row) for row in rows)


def _units(con: duckdb.DuckDBPyConnection, wave: str) -> tuple[Answering, ...]:
    """A multiple has a row per ticked choice and is one cell all the same."""
    units = {
        unit: Answering(unit, state)
        for unit, state in con.execute(
            "SELECT unit_id, state FROM estimate.unit WHERE wave = ? ORDER BY unit_id", [wave]
        ).fetchall()
    }
    cells = con.execute(
        """SELECT unit_id, state, count(*) FROM (
               SELECT DISTINCT unit_id, row_id, question, state FROM estimate.unit_answer
               WHERE wave = ?)
           GROUP BY ALL ORDER BY ALL""",
        [wave],
    ).fetchall()
    matters = con.execute(
        """SELECT unit_id, severity, code, count(*) FROM edit.open_matter WHERE wave = ?
           GROUP BY ALL ORDER BY ALL""",
        [wave],
    ).fetchall()
    for unit, state, count in cells:
        if unit in units:
            units[unit].cells[state] += count
    for unit, severity, code, count in matters:
        if unit in units:
            units[unit].matters.update({severity: count, code: count})
    return tuple(units.values())


def _totals(con: duckdb.DuckDBPyConnection) -> dict[str, Counter[str]]:
    """By wave, the figures that the summary of a run gives of all waves together."""
    totals: dict[str, Counter[str]] = {}
    received = con.execute(
        """SELECT wave, if(repeat = '', 'records', 'repeat_rows'), sum("count")::BIGINT
           FROM collect.summary GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    edited = con.execute(
        """SELECT wave, CASE kind WHEN 'verdict' THEN code WHEN 'reason' THEN 'responses'
                                  ELSE 'violations' END, sum("count")::BIGINT
           FROM edit.summary
           WHERE kind = 'verdict' AND question = '' OR kind = 'rule' AND severity <> ?
              OR kind = 'reason' AND question = '' AND code = 'stands'
           GROUP BY ALL ORDER BY ALL""",
        [NOTE],
    ).fetchall()
    for wave, figure, count in [*received, *edited]:
        totals.setdefault(wave, Counter())[figure] += count
    return totals


def _held_back(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    if not exists(con, "release.held_back"):
        return ()
    rows = con.execute("SELECT code FROM release.held_back ORDER BY ALL").fetchall()
    return tuple(code for (code,) in rows)


def _published(con: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, int]] | None:
    """Release and figures of what left the house last, before this release."""
    if not exists(con, "collect.published"):
        return None
    rows = con.execute(
        """SELECT release, figure, "count" FROM collect.published
           WHERE position = (SELECT min(position) FROM collect.published) ORDER BY ALL"""
    ).fetchall()
    return (rows[0][0], {figure: count for _, figure, count in rows}) if rows else None
