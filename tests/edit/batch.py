"""A batch of answers for spec tests: a form, declarations and answers as Markdown, edited."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from pipeline.ask import Survey, read_survey
from pipeline.edit import edit
from pipeline.store import TABLES, Work, write_table
from tests.forms import write_form
from tests.markdown import table

NO_COLUMN = "∅"  # in a table of answers: the export has no such column
KNOWN = {
    *("submission_id", "root_id", "deprecated_id", "submitted_at", "wave", "form_version"),
    *("started_at", "ended_at", "revision", "review_state"),
}


def survey(folder: Path, form: Sequence[str], files: Mapping[str, str] | None = None) -> Survey:
    """A survey folder with this form and these text files beside it, read."""
    write_form(folder / "questionnaire.xlsx", *form)
    for name, text in (files or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_survey(folder)


def collected(
    found: Survey,
    work: Work,
    answers: str,
    repeats: Mapping[str, str] | None = None,
    others: Sequence[tuple[str, str]] = (),
    *,
    warnings: Sequence[tuple[int, str, str]] = (),
    file: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Write collect.* as the room before would: answers, rows of repeats, other records.

    Args:
        found: the survey.
        work: three empty databases.
        answers: submission_id, then questions (and q/choice); times and ids where they matter.
        repeats: by repeat, tables with submission_id and row_id, then questions.
        others: outcome and reason of records that are no submission.
        warnings: record_id, question and code of what the room before saw.
        file: what collect.file says of the one file all came in; else a.csv.
    """
    sheets = {"": table(answers)} | {name: table(text) for name, text in (repeats or {}).items()}
    records: list[dict[str, object]] = []
    owners: dict[str, int] = {}
    for repeat, rows in sheets.items():
        frame = []
        for position, row in enumerate(rows, 1):
            record = len(records) + 1
            records.append(_record(found, record, row, repeat))
            if not repeat:
                owners.setdefault(row["submission_id"], record)
            frame.append(
                _submission(found, record, row)
                if not repeat
                else _row(record, position, row, owners)
            )
        _write(work, repeat, frame)
    for outcome in others:
        row = {"submission_id": ""}
        records.append(_record(found, len(records) + 1, row, outcome=outcome))
    write_table(work.confidential, "collect.record", pd.DataFrame(records))
    file = {"file_id": 1, "path": "a.csv", "encoding": "utf-8", "notes": []} | dict(file)
    empty = dict.fromkeys(column.split()[0] for column in TABLES["collect.file"].split(","))
    write_table(work.confidential, "collect.file", pd.DataFrame([empty | file]))
    seen = pd.DataFrame(list(warnings), columns=["record_id", "question", "code"])
    write_table(work.confidential, "collect.warning", seen)


def _record(
    found: Survey,
    record: int,
    row: Mapping[str, str],
    repeat: str = "",
    outcome: tuple[str, str] = ("submission", ""),
) -> dict[str, object]:
    return {
        "record_id": record,
        "file_id": 1,
        "wave": row.get("wave", found.waves[0].id),
        "sheet": repeat,
        "record_number": record,
        "first_line": record + 1,
        "sha256": "",
        "submission_id": row["submission_id"],
        "repeat": repeat,
        "outcome": outcome[0],
        "reason": outcome[1],
    }


def _submission(found: Survey, record: int, row: Mapping[str, str]) -> dict[str, object]:
    asked = _answers(row)
    said = repr(sorted((name, text) for name, text in asked.items() if text))
    return {
        "record_id": record,
        "wave": row.get("wave", found.waves[0].id),
        "root_id": row["submission_id"],
        "deprecated_id": "",
        "submitted_at": "",
        "started_at": "",
        "ended_at": "",
        "form_version": "",
        "revision": "",
        "review_state": "",
        "content_sha256": hashlib.sha256(said.encode()).hexdigest(),
        **{name: text for name, text in row.items() if name in KNOWN},
        "submitted_on": row.get("submitted_at", "")[:10] or "2025-05-01",
        **asked,
    }


def _row(
    record: int, position: int, row: Mapping[str, str], owners: Mapping[str, int]
) -> dict[str, object]:
    outer = row["row_id"].rpartition("/")[0]
    return {
        "record_id": record,
        "parent_record_id": owners[row["submission_id"]],
        "wave": "1",
        "submission_id": row["submission_id"],
        "row_id": row["row_id"],
        "parent_row_id": outer,
        "position": position,
        **_answers(row),
    }


def _answers(row: Mapping[str, str]) -> dict[str, str | None]:
    fixed = KNOWN | {"row_id"}
    return {
        name: None if text == NO_COLUMN else text for name, text in row.items() if name not in fixed
    }


def _write(work: Work, repeat: str, rows: list[dict[str, object]]) -> None:
    like = "collect.repeat" if repeat else "collect.submission"
    fixed = {column.split()[0] for column in TABLES[like].split(",")}
    more = {name: "VARCHAR" for row in rows for name in row if name not in fixed}
    name = f"collect.repeat_{repeat}" if repeat else "collect.submission"
    write_table(work.confidential, name, pd.DataFrame(rows), like=like, more=more)


def edited(
    folder: Path,
    work: Work,
    form: Sequence[str],
    answers: str,
    files: Mapping[str, str] | None = None,
    **more: object,
) -> Survey:
    """Read the survey, write what came back, edit it."""
    found = survey(folder, form, files)
    collected(found, work, answers, **more)  # type: ignore[arg-type]
    edit(found, work)
    return found


def rows(work: Work, sql: str) -> list[tuple[Any, ...]]:
    """What a query on the confidential file says."""
    return work.confidential.execute(sql).fetchall()


def cells(work: Work, *questions: str, repeat: str = "") -> list[dict[str, str]]:
    """Each cell as the manual shows it: its value, *its state*, or *set aside:* and the code."""
    source = f"repeat_{repeat}" if repeat else "response"
    keys = ["response_id", "row_id"] if repeat else ["response_id"]
    shown = []
    values = work.confidential.execute(
        f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM edit."{source}" ORDER BY CAST(record_id AS INT)'
    ).df()
    states = work.confidential.execute("SELECT * FROM edit.state").df()
    states = states.set_index(["response_id", "row_id"])
    found = rows(work, "SELECT submission_id, row_id, question, code FROM edit.violation")
    for _, value in values.iterrows():
        place = value["response_id"], value["row_id"] if repeat else ""
        row = {("submission_id" if key == "response_id" else key): value[key] for key in keys}
        for question in questions:
            codes = sorted(str(c) for *cell, c in found if cell == [*place, question])
            row[question] = _cell(value[question], states.loc[place, question], codes)
        shown.append(row)
    return shown


def _cell(value: Any, state: str, codes: Sequence[str]) -> str:
    text = "" if pd.isna(value) else str(value).removesuffix("000000000").rstrip(".")
    said = text if state == "answered" else f"*{state}*"
    return f"{said} {', '.join(codes)}".strip()


def ledger(work: Work) -> list[tuple[Any, ...]]:
    """submission_id, verdict and reason of every submission record, in the order received."""
    return rows(
        work,
        "SELECT submission_id, verdict, reason FROM edit.ledger "
        "WHERE repeat = '' ORDER BY record_id",
    )


def verdicts(text: str) -> list[tuple[str, ...]]:
    """An expected ledger, as a Markdown table."""
    return [tuple(row.values()) for row in table(text)]
