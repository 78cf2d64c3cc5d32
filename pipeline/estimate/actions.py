"""A log of actions: what was done on each line, when, with which evidence, and who took part."""

from __future__ import annotations

import re

import pandas as pd

from pipeline.ask import Survey
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.results import Row, result_row

ACTION = [
    "wave", "action_id", "line", "title", "action_date", "status", "is_held", "link", "attending",
]  # fmt: skip
ATTENDANCE = ["wave", "action_id", "unit_id", "is_member"]
_TELLING = re.compile(r"@|[0-9][0-9 .-]{5,}[0-9]")  # an address or a telephone number


def actions(survey: Survey, wave: WaveAnswers) -> pd.DataFrame:
    """estimate.action: one row per action, in the order of their days.

    A cell of a question that is not `public`, and a title that may hold an address or a telephone
    number, stays out.
    """
    declared = survey.action
    rows = wave.responses
    held = rows.get(declared.status, pd.Series("", rows.index)).isin(declared.held)
    ids = attendance(survey, wave)["action_id"].value_counts()
    title = _cells(wave, declared.title)
    found = pd.DataFrame(
        {
            "wave": wave.wave.id,
            "action_id": rows["response_id"],
            "line": _cells(wave, declared.line),
            "title": title.where(~title.fillna("").str.contains(_TELLING), None),
            "action_date": _cells(wave, declared.date),
            "status": _cells(wave, declared.status),
            "is_held": held,
            "link": _cells(wave, declared.evidence),
            "attending": rows["response_id"].map(ids).fillna(0).astype("int64"),
        }
    )
    return found.sort_values(["action_date", "action_id"], ignore_index=True)[ACTION]


def _cells(wave: WaveAnswers, column: str) -> pd.Series:
    """The answers to a public question; nothing where there is no such question."""
    question = wave.questionnaire.by_column.get(column)
    nothing = pd.Series(None, wave.responses.index, dtype="object")
    if question is None or question.pii or question.disclosure not in {"", "public"}:
        return nothing
    if column not in wave.responses:
        return nothing
    answered = pd.Series(wave.main.state(question) == "answered", wave.responses.index)
    return wave.responses[column].astype("object").where(answered, None)


def attendance(survey: Survey, wave: WaveAnswers) -> pd.DataFrame:
    """estimate.attendance: each unit that took part in each action; then members that never did."""
    column = survey.action.attending
    question = wave.questionnaire.by_column.get(column)
    if question is None or column not in wave.responses:
        return pd.DataFrame(columns=ATTENDANCE)
    answered = wave.main.state(question) == "answered"
    rows = wave.responses[answered]
    cells = {"action_id": rows["response_id"], "unit_id": rows[column].str.split(" ")}
    found = pd.DataFrame({"wave": wave.wave.id, **cells})
    found = found.explode("unit_id", ignore_index=True)
    members = _members(survey, wave)
    never = pd.DataFrame({"unit_id": members[~members.isin(found["unit_id"])]})
    found = pd.concat([found, never.assign(wave=wave.wave.id, action_id="")], ignore_index=True)
    found["is_member"] = found["unit_id"].isin(members)
    return found.sort_values(["action_id", "unit_id"], ignore_index=True)[ATTENDANCE]


def _members(survey: Survey, wave: WaveAnswers) -> pd.Series:
    """unit_id of the members on the date of the data."""
    frame = survey.frame
    if frame is None or wave.as_of is None or "unit_id" not in frame.units:
        return pd.Series(dtype="str")
    return frame.members_at(wave.as_of)["unit_id"]


def attendance_rows(wave: WaveAnswers, rows: pd.DataFrame) -> list[Row]:
    """How many members took part at least once and how many never did, of the network."""
    members = rows[rows["is_member"].astype(bool)]
    never, n = int((members["action_id"] == "").sum()), members["unit_id"].nunique()
    if not n:
        return []
    about = {"subject_kind": "register", "subject": "attending", "statistic": "count", "n": n,
             "base": "all", "unit_of_measure": "units"}  # fmt: skip
    return [
        result_row(wave, wave.groups[0], {**about, "choice": choice, "count": count,
                                          "estimate": float(count)})
        for choice, count in (("ever", n - never), ("never", never))
    ]  # fmt: skip
