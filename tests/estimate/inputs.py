"""Answers that stand, written the way `edit` writes them: the input of this room's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.ask import (
    Choice,
    Frame,
    Group,
    Question,
    Questionnaire,
    Survey,
    Wave,
)
from pipeline.store import Work, write_table
from tests.markdown import table

DAY = date(2025, 5, 9)
SQL = {"integer": "BIGINT", "decimal": "DOUBLE", "date": "DATE"}
MARKS = (
    *("disclosure", "pii", "relevant", "repeat", "required"),
    *("domain", "score", "skip_excludes", "sdg"),
)
EMPTY = {"-": "not_asked", "": "unanswered", "!": "set_aside", "~": "absent"}
Answers = Sequence[Mapping[str, str]]


def questionnaire(questions: str, choices: str = "") -> Questionnaire:
    """A questionnaire from two Markdown tables with the columns of an XLSForm."""
    rows = table(questions)
    listed: dict[str, list[Choice]] = {}
    for row in table(choices) if choices.strip() else []:
        kind, score = row.get("missing_kind", ""), row.get("score")
        listed.setdefault(row["list_name"], []).append(
            Choice(
                row["list_name"],
                row["name"],
                score=float(score) if score else None,
                missing_kind=kind,
            )
        )
    found = []
    for row in rows:
        kind, _, list_name = row["type"].partition(" ")
        extra: dict[str, Any] = {name: row[name] for name in MARKS if row.get(name)}
        if row.get("weight"):
            extra["weight"] = float(row["weight"])
        found.append(
            Question(row["name"], row["name"], row["name"], kind, list_name=list_name, **extra)
        )
    repeats = dict.fromkeys(row.get("repeat", "") for row in rows)
    groups = tuple(Group(name, name, is_repeat=True) for name in repeats if name)
    lists = {name: tuple(some) for name, some in listed.items()}
    return Questionnaire("form.xlsx", "", "", "", ("en",), tuple(found), lists, groups)


def survey(form: Questionnaire, units: pd.DataFrame | None = None, **parts: object) -> Survey:
    """A survey of institutions with one wave that closed on DAY."""
    made = Survey("test", Path(), {}, unit_kind="institution", questionnaires={"2025": form})
    made = replace(made, waves=(Wave("2025", closes=DAY),), **parts)
    if units is None:
        return made
    membership = pd.DataFrame(columns=["unit_id", "network", "valid_from", "valid_to"])
    files = replace(made.frame_files, file="frame.csv", scope="closed")
    return replace(made, frame=Frame(units, membership), frame_files=files)


def write_answers(
    work: Work,
    form: Questionnaire,
    answers: Answers,
    *,
    repeats: Mapping[str, Answers] | None = None,
    ledger: Answers = (),
    wave: str = "2025",
) -> None:
    """Write edit.*: `-` is not asked, `~` absent, `!` set aside, blank unanswered.

    A missing choice says its own kind.

    Each answer has a unit_id, `named` where it agreed to be named, and its wave where there are
    several; rows of a repeat name their
    unit and row_id.
    """
    head = [
        {
            "response_id": answer["unit_id"] + answer.get("wave", ""),
            "record_id": number,
            "wave": answer.get("wave", wave),
            "unit_id": answer["unit_id"],
            "submitted_on": DAY,
            "form_version": "",
            "is_named": answer.get("named", "") == "yes",
        }
        for number, answer in enumerate(answers, start=1)
    ]
    states = _write(work, form, "edit.response", head, answers)
    for name, rows in (repeats or {}).items():
        keys = [
            {
                "response_id": row["unit_id"],
                "row_id": row["row_id"],
                "record_id": number,
                "wave": wave,
                "position": number,
            }
            for number, row in enumerate(rows, start=1)
        ]
        states += _write(work, form, f"edit.repeat_{name}", keys, rows)
    more = {q.column: "VARCHAR" for q in form.questions if q.is_answer}
    columns = ["response_id", "row_id", "wave", *more]
    write_table(work.confidential, "edit.state", pd.DataFrame(states, columns=columns), more=more)
    lines = [
        {"record_id": n, "file_id": 1, "wave": wave, "sheet": "", "record_number": n,
         "submission_id": str(n), "repeat": "", "submitted_on": DAY, **line}
        for n, line in enumerate(ledger, start=1)
    ]  # fmt: skip
    names = [
        "record_id", "file_id", "wave", "sheet", "record_number", "submission_id", "repeat",
        "unit_id", "submitted_on", "verdict", "reason",
    ]  # fmt: skip
    write_table(work.confidential, "edit.ledger", pd.DataFrame(lines, columns=names))


def _write(
    work: Work,
    form: Questionnaire,
    target: str,
    head: list[dict[str, object]],
    answers: Answers,
) -> list[dict[str, object]]:
    repeat = target.partition("_")[2]
    more: dict[str, str] = {}
    cells: list[dict[str, object]] = [dict(keys) for keys in head]
    states: list[dict[str, object]] = [
        {
            "response_id": keys["response_id"],
            "row_id": keys.get("row_id", ""),
            "wave": keys["wave"],
        }
        for keys in head
    ]
    for question in form.answers(repeat):
        more[question.column] = SQL.get(question.type, "VARCHAR")
        choices = form.choices_of(question)
        for row, state, answer in zip(cells, states, answers, strict=True):
            given = answer.get(question.name, "")
            state[question.column] = _state(choices, given)
            row[question.column] = given if state[question.column] == "answered" else None
        if question.type == "select_multiple":
            for choice in choices:
                name = f"{question.column}/{choice.name}"
                more[name] = "TINYINT"
                for row in cells:
                    ticked = str(row[question.column] or "").split()
                    given = row[question.column] is not None
                    row[name] = int(choice.name in ticked) if given else None
    frame = pd.DataFrame(cells, columns=[*(head[0] if head else []), *more])
    like = "edit.response" if target == "edit.response" else "edit.repeat"
    write_table(work.confidential, target, frame, like=like, more=more)
    return states


def _state(choices: tuple[Choice, ...], given: str) -> str:
    if given in EMPTY:
        return EMPTY[given]
    kinds = {choice.name: choice.missing_kind for choice in choices}
    return kinds.get(given) or "answered"
