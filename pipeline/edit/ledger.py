"""One verdict for every record of every file, and the sum that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.ask.survey import Survey
from pipeline.edit.identity import REFUSED, STANDS, Outcome, Outcomes
from pipeline.edit.wave import EditedWave
from pipeline.errors import Problem

VERDICTS = ("loaded", "superseded", "duplicate", "quarantined", "not_a_submission", "erased")
KEPT = ["record_id", "file_id", "wave", "sheet", "record_number", "submission_id", "repeat"]


def make_ledger(
    survey: Survey,
    records: pd.DataFrame,
    waves: Sequence[EditedWave],
    sheets: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """edit.ledger: one line per line of collect.record, rows of repeats included.

    Raises:
        AssertionError: a record would be lost or counted twice. This is a fault of relevo.
    """
    outcomes: Outcomes = {r: o for wave in waves for r, o in wave.outcomes.items()}
    outcomes |= _of_rows(outcomes, sheets)
    settled = [
        _settle(record, outcome, reason, outcomes)
        for record, outcome, reason in zip(
            records["record_id"], records["outcome"], records["reason"], strict=True
        )
    ]
    units = _units(survey, waves)
    ledger = records[KEPT].assign(
        unit_id=[units.get(record, "") for record in records["record_id"]],
        submitted_on=sheets[""]["submitted_on"].reindex(records["record_id"]).to_numpy(),
        verdict=[verdict for verdict, _ in settled],
        reason=[reason for _, reason in settled],
    )
    assert ledger["record_id"].is_unique
    assert len(ledger) == len(records) == ledger["verdict"].isin(VERDICTS).sum()
    return ledger


def _settle(record: int, outcome: str, reason: str | None, outcomes: Outcomes) -> tuple[str, str]:
    """What collect could not read or called no submission keeps its reason."""
    if outcome == "not_a_submission":
        return outcome, reason or ""
    if record not in outcomes:
        assert outcome == "unreadable", f"record {record} has no outcome"
        return "quarantined", reason or ""
    return outcomes[record].verdict, outcomes[record].reason.name


def _of_rows(outcomes: Outcomes, sheets: Mapping[str, pd.DataFrame]) -> Outcomes:
    """A row of a repeat goes where its submission goes."""
    return {
        record: _of_row(outcomes[parent])
        for repeat, rows in sheets.items()
        if repeat
        for record, parent in zip(rows.index, rows["parent_record_id"], strict=True)
    }


def _of_row(parent: Outcome) -> Outcome:
    if parent in {STANDS, REFUSED}:
        return parent
    return Outcome(parent.verdict, Problem.parent_not_loaded)


def _units(survey: Survey, waves: Sequence[EditedWave]) -> dict[int, str]:
    key = survey.key.unit
    units: dict[int, str] = {}
    for wave in waves:
        if key in wave.rows:
            units |= dict(zip(wave.rows.index, wave.rows[key].fillna(""), strict=True))
    return units
