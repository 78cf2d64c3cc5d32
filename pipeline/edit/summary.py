"""edit.summary: verdicts, reasons, rules, states and units counted, for the secretariat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from pipeline.edit.wave import EditedWave
from pipeline.errors import Problem

COLUMNS = ["wave", "kind", "question", "code", "severity", "count", "submissions", "records"]
ASKED = ("answered", "set_aside", "unanswered", "dont_know", "refused")
SHOWN = 5  # record ids listed per rule: enough to look at, whatever the survey's size


def summarise(
    waves: Sequence[EditedWave], ledger: pd.DataFrame, violations: pd.DataFrame
) -> pd.DataFrame:
    """edit.summary, tidy: one row per thing counted.

    kind `verdict` and `reason`: records; of a repeat's rows, with its name in `question`.
    kind `rule`: cells by question and code, how many submissions, the first five record ids;
    severity `note` where a cell was only read by its file's notation.
    kind `state`: cells by question and state, and `asked`, the sum of the states that were asked.
    kind `unit`: units with a response (`answered`) and with a refusal of consent (`refused`).
    """
    parts = [
        _records(ledger, "verdict"),
        _records(ledger, "reason"),
        _units(ledger),
        _rules(pd.concat([violations, *(_notes(wave) for wave in waves)])),
        *(pd.DataFrame(_states(wave), columns=COLUMNS) for wave in waves),
    ]
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)[COLUMNS]


def _records(ledger: pd.DataFrame, kind: str) -> pd.DataFrame:
    counted = ledger.groupby(["wave", "repeat", kind]).agg(
        count=("record_id", "size"), submissions=("submission_id", "nunique")
    )
    named = counted.reset_index().rename(columns={"repeat": "question", kind: "code"})
    return _complete(named, kind)


def _units(ledger: pd.DataFrame) -> pd.DataFrame:
    loaded = ledger[
        (ledger["verdict"] == "loaded") & (ledger["repeat"] == "") & (ledger["unit_id"] != "")
    ]
    is_refusal = loaded["reason"] == Problem.consent_refused.name
    loaded = loaded.assign(code=is_refusal.map({True: "refused", False: "answered"}), question="")
    counted = loaded.groupby(["wave", "question", "code"]).agg(
        count=("unit_id", "nunique"), submissions=("submission_id", "nunique")
    )
    return _complete(counted.reset_index(), "unit")


def _complete(counted: pd.DataFrame, kind: str) -> pd.DataFrame:
    records: pd.Series[Any] = pd.Series([[] for _ in range(len(counted))], counted.index, "object")
    return counted.assign(kind=kind, severity="", records=records)


def _notes(wave: EditedWave) -> pd.DataFrame:
    """The cells that were read by their file's notation, as rows like those of violations."""
    parts = [
        pd.DataFrame(
            {
                "wave": wave.wave.id,
                "question": section.notes["column"],
                "code": section.notes["code"],
                "severity": "note",
                "record_id": section.notes["index"],
                "submission_id": section.rows["submission_id"]
                .reindex(section.notes["index"])
                .array,
            }
        )
        for section in wave.sections.values()
    ]
    return pd.concat(parts)


def _rules(violations: pd.DataFrame) -> pd.DataFrame:
    keys = ["wave", "question", "code", "severity"]
    counted = violations.groupby(keys).agg(
        count=("record_id", "size"),
        submissions=("submission_id", "nunique"),
        records=("record_id", lambda ids: sorted(set(ids))[:SHOWN]),
    )
    return counted.reset_index().assign(kind="rule")


def _states(wave: EditedWave) -> Iterator[tuple[object, ...]]:
    for section in wave.sections.values():
        for column, states in section.states.items():
            counts = Counter(states)
            asked = sum(counts[state] for state in ASKED)
            for state, count in [("asked", asked), *sorted(counts.items())]:
                yield wave.wave.id, "state", column, state, "", count, count, []
