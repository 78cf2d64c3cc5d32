"""Holds the tables of one run against the true rows, cell by cell.

The rules are those of the shared folder's INDEX: a cell is equal, or said to be different; a wrong
value without a word is silent; a good row that does not stand is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

Cell = tuple[str, str]  # submission_id, question
MOMENTS = {"start": "started_at", "end": "ended_at", "_submission_time": "submitted_at",
           "__version__": "form_version"}  # fmt: skip
NOT_KEPT = frozenset({"_id", "_uuid"})
VERDICTS = ("loaded", "superseded", "duplicate", "quarantined", "not_a_submission", "erased")


@dataclass(frozen=True)
class Truth:
    """What a file should become. Rows are dictionaries of typed values; None is no answer.

    `flag`: position of a row to its questions with a problem, `*` for the whole row.
    `over`: position to true values that differ on purpose.
    `may`: cells with a second right answer beside being set aside.
    """

    rows: Sequence[Mapping[str, Any]]
    records: int
    flag: Mapping[int, Sequence[str]] = field(default_factory=dict)
    over: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    may: Mapping[tuple[int, str], Any] = field(default_factory=dict)
    is_soft: bool = False  # a right repair with a note is as good as a flag
    row_may_go: bool = False  # a row may be quarantined for its flagged cell
    duplicates: int = 0  # duplicate or superseded
    footers: int = 0
    repeat_rows: int = 0

    def value(self, position: int, name: str) -> Any:
        return self.over.get(position, {}).get(name, self.rows[position][name])

    def is_flagged(self, position: int, name: str = "*") -> bool:
        return bool({name, "*"} & set(self.flag.get(position, ())))


@dataclass(frozen=True)
class Seen:
    """What edit made of a file."""

    answers: Mapping[str, Mapping[str, Any]]  # edit.response by response_id
    states: Mapping[Cell, str]
    errors: Mapping[Cell, Sequence[str]]
    warnings: Mapping[Cell, Sequence[str]]
    metadata: Mapping[str, Mapping[str, Any]]  # collect.submission of the records that stand
    verdicts: Mapping[str, int]  # of submissions
    records: int
    repeat_verdicts: Mapping[str, int]
    repeat_rows: int
    notes: Sequence[str]


def see(path: Path) -> Seen:
    """Read a confidential.duckdb."""
    con = duckdb.connect(str(path), read_only=True)

    def frame(sql: str) -> list[dict[str, Any]]:
        found = con.execute(sql)
        names = [name for name, *_ in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def counted(condition: str) -> dict[str, int]:
        sql = f"SELECT verdict, count(*) FROM edit.ledger WHERE {condition} GROUP BY ALL"
        return dict(con.execute(sql).fetchall())

    def one(sql: str) -> int:
        (row,) = con.execute(sql).fetchall()
        return int(row[0])

    states = frame("SELECT * FROM edit.state WHERE row_id = ''")
    found = frame("SELECT * FROM edit.violation WHERE row_id = ''")
    of_severity: dict[str, dict[Cell, list[str]]] = {"error": {}, "warning": {}}
    for one_found in found:
        cell = one_found["submission_id"], one_found["question"]
        of_severity[one_found["severity"]].setdefault(cell, []).append(one_found["code"])
    metadata = frame("SELECT * FROM collect.submission WHERE record_id IN "
                     "(SELECT record_id FROM edit.response)")  # fmt: skip
    seen = Seen(
        {row["response_id"]: row for row in frame("SELECT * FROM edit.response")},
        {(row["response_id"], name): state for row in states for name, state in row.items()},
        of_severity["error"],
        of_severity["warning"],
        {row["submission_id"]: row for row in metadata},
        counted("repeat = ''"),
        one("SELECT count(*) FROM collect.record WHERE repeat = ''"),
        counted("repeat <> ''"),
        one("SELECT count(*) FROM collect.record WHERE repeat <> ''"),
        [note for row in frame("SELECT notes FROM collect.file") for note in row["notes"]],
    )
    con.close()
    return seen


def complaints(truth: Truth, seen: Seen) -> list[str]:
    """Everything that is not as it should be; [] for a right pipeline."""
    return [*_sums(truth, seen), *_strangers(truth, seen), *_cells(truth, seen)]


def _sums(truth: Truth, seen: Seen) -> Iterator[str]:
    if not set(seen.verdicts) <= set(VERDICTS):
        yield f"unknown verdict: {dict(seen.verdicts)}"
    if not sum(seen.verdicts.values()) == seen.records == truth.records:
        yield f"silent loss: {truth.records} records came, {dict(seen.verdicts)}"
    if not sum(seen.repeat_verdicts.values()) == seen.repeat_rows == truth.repeat_rows:
        yield f"silent loss: {truth.repeat_rows} rows came, {dict(seen.repeat_verdicts)}"
    if seen.verdicts.get("not_a_submission", 0) != truth.footers:
        yield f"{truth.footers} footers, {dict(seen.verdicts)}"
    replaced = seen.verdicts.get("duplicate", 0) + seen.verdicts.get("superseded", 0)
    if not truth.flag and replaced != truth.duplicates:
        yield f"{truth.duplicates} copies, {dict(seen.verdicts)}"


def _strangers(truth: Truth, seen: Seen) -> Iterator[str]:
    own = {truth.value(position, "_uuid") for position in range(len(truth.rows))}
    flagged = any(names for names in truth.flag.values())
    for name in set(seen.answers) - own:
        if not flagged:
            yield f"invented row: {name}"


def _cells(truth: Truth, seen: Seen) -> Iterator[str]:
    for position in range(len(truth.rows)):
        name = truth.value(position, "_uuid")
        if name not in seen.answers:
            names = truth.flag.get(position, ())
            if not ("*" in names or (names and truth.row_may_go)):
                yield f"good row refused: {position}"
            continue
        for question in truth.rows[position]:
            if question in MOMENTS:
                found = seen.metadata[name][MOMENTS[question]] or ""
                if found != (truth.value(position, question) or ""):
                    yield f"silent change: row {position} {question}: {found!r}"
            elif question not in NOT_KEPT:
                yield from _cell(truth, seen, position, (name, question))


def _cell(truth: Truth, seen: Seen, position: int, cell: Cell) -> Iterator[str]:
    """One answer of a row that stands."""
    question = cell[1]
    place, expected = f"row {position} {question}", truth.value(position, question)
    found = seen.answers[cell[0]][question]
    errors, warnings = seen.errors.get(cell, ()), seen.warnings.get(cell, ())
    if (position, question) in truth.may:
        if not errors and not equal(found, truth.may[position, question]):
            yield f"silent change: {place}: {found!r}"
    elif truth.is_flagged(position, question):
        yield from _flagged(truth, seen, cell, place, expected)
    elif not equal(found, expected):
        kind = "good cell refused" if found is None else "silent change"
        told = f"{seen.states[cell]} {errors} {warnings}"
        yield f"{kind}: {place}: {found!r} for {expected!r} ({told})"
    elif errors or (warnings and not truth.flag.get(position)):
        yield f"false alarm: {place}: {errors} {warnings}"


def _flagged(truth: Truth, seen: Seen, cell: Cell, place: str, expected: Any) -> Iterator[str]:
    """A cell with a problem: said so; or, where that is as good, repaired with a note."""
    found = seen.answers[cell[0]][cell[1]]
    said = [*seen.errors.get(cell, ()), *seen.warnings.get(cell, ())]
    is_absent = seen.states[cell] == "absent"
    if not (said or is_absent or (truth.is_soft and seen.notes)):
        yield f"not flagged: {place}: {found!r} {seen.states[cell]}"
    if truth.is_soft and found is not None and not equal(found, expected):
        yield f"wrong repair: {place}: {found!r} for {expected!r}"
    if seen.states[cell] == "answered" and found is not None and not truth.is_soft and not said:
        yield f"stands: {place}: {found!r}"


def equal(found: Any, expected: Any) -> bool:
    """Typed: 5 is no '5', a date is no text; a multiple is the set of its codes."""
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, float):
        return isinstance(found, Decimal) and found == Decimal(str(expected))
    if isinstance(expected, int):
        return isinstance(found, int | Decimal) and found == expected
    if isinstance(found, date):
        return found.isoformat() == expected
    return isinstance(found, str) and found == expected
