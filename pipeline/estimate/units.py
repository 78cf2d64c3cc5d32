"""What is kept of single governments: their state, all their answers, the answers beside a name.

A response is `partial` where it was broken off: the last quarter or more of the required questions
it was asked, in the order of the form, has no answer (all asked questions where none is required).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from pipeline.ask import SELECTS, Question, Survey
from pipeline.estimate.answers import Rows, WaveAnswers
from pipeline.estimate.design import Mask
from pipeline.store import Work

UNIT = ["wave", "unit_id", "state", "response_id", "submitted_on", "is_named"]
ANSWER = ["wave", "unit_id", "row_id", "question", "choice", "value", "state"]
BROKEN_OFF = 0.25


def units(work: Work, wave: WaveAnswers) -> pd.DataFrame:
    """estimate.unit: one row per member of the wave, or per answering unit without a frame."""
    responses = wave.responses
    stands = pd.DataFrame(
        {
            "unit_id": responses.get("unit_id", pd.Series(dtype=str)),
            "state": np.where(_is_broken_off(wave), "partial", "answered"),
            "response_id": responses["response_id"],
            "submitted_on": responses.get("submitted_on"),
            "is_named": wave.known,
        }
    )
    others = _without_response(work, wave.wave.id)
    known = pd.concat([stands, others]).drop_duplicates("unit_id")
    members = wave.members
    if members is not None and "unit_id" in members:
        known = members[["unit_id"]].merge(known, on="unit_id", how="left")
    known["state"] = known["state"].fillna("not_reached")
    known["is_named"] = known["is_named"].astype("boolean").fillna(False).astype(bool)
    known["wave"] = wave.wave.id
    return known.sort_values("unit_id")[UNIT]


def _without_response(work: Work, wave: str) -> pd.DataFrame:
    """Units that refused, or of which nothing stands; a refusal counts first."""
    rows = work.confidential.execute(
        """SELECT unit_id, CASE WHEN reason = 'consent_refused' THEN 'refused' ELSE verdict END
        AS state, max(submitted_on) AS submitted_on FROM edit.ledger
        WHERE wave = ? AND coalesce(repeat, '') = '' AND coalesce(unit_id, '') <> ''
        AND (verdict = 'quarantined' OR reason = 'consent_refused')
        GROUP BY ALL ORDER BY unit_id, state DESC""",
        [wave],
    ).df()
    return rows.drop_duplicates("unit_id")


def _is_broken_off(wave: WaveAnswers) -> Mask:
    questions = wave.questionnaire.answers()
    required = [question for question in questions if question.required] or list(questions)
    broken = np.zeros(len(wave.responses), bool)
    if not required:
        return broken
    states = np.column_stack([wave.main.state(question) for question in required])
    for row, cells in enumerate(states):
        asked = cells[~np.isin(cells, ["not_asked", "absent"])]
        answered = np.flatnonzero(asked != "unanswered")
        tail = len(asked) - 1 - answered[-1] if len(answered) else len(asked)
        broken[row] = len(asked) > 0 and tail >= BROKEN_OFF * len(asked)
    return broken


def unit_answers(wave: WaveAnswers) -> pd.DataFrame:
    """estimate.unit_answer: all answers and empty cells of each unit, without personal data.

    A free text that may hold some stays where it is until a person has released it.
    """
    return _answers(wave, _is_impersonal, np.ones(len(wave.known), bool))


def _is_impersonal(question: Question) -> bool:
    return question.pii != "direct" and not (question.pii and question.type == "text")


def named_answers(survey: Survey, wave: WaveAnswers) -> pd.DataFrame:
    """estimate.named_answer: answers to `public` questions of governments that may be named.

    Free text never: it appears only after a person released it.
    """
    hidden = {survey.key.unit, survey.key.consent.question, survey.key.publish.question}

    def is_public(question: Question) -> bool:
        return (
            question.disclosure == "public"
            and not question.pii
            and question.type != "text"
            and question.name not in hidden
        )

    rows = _answers(wave, is_public, wave.known)
    return rows[rows["state"] == "answered"]


def _answers(
    wave: WaveAnswers, wanted: Callable[[Question], bool], responses: Mask
) -> pd.DataFrame:
    parts = [
        _column(wave, rows, question)[responses[rows.response]]
        for rows in (wave.main, *wave.repeats)
        for question in wave.questionnaire.answers(rows.repeat)
        if wanted(question) and question.column in rows.cells
    ]
    table = pd.concat([pd.DataFrame(columns=ANSWER), *parts], ignore_index=True)
    several = table["question"].isin(
        [q.column for q in wave.questionnaire.questions if q.type in SELECTS - {"select_one"}]
    )
    table["value"] = table["value"].where(table["state"] == "answered", None)
    ticked = several & table["value"].notna()
    table["choice"] = table["value"].where(ticked, "").astype(object).str.split(" ")
    table = table.explode("choice", ignore_index=True)
    table["value"] = table["value"].where(table["choice"] == "", table["choice"])
    return table[ANSWER]


def _column(wave: WaveAnswers, rows: Rows, question: Question) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "wave": wave.wave.id,
            "unit_id": wave.responses["unit_id"].to_numpy(object)[rows.response],
            "row_id": rows.cells["row_id"] if rows.repeat else "",
            "question": question.column,
            "value": _text(rows.cells[question.column]),
            "state": rows.state(question),
        }
    )


def _text(cells: pd.Series) -> list[str | None]:
    """Values as text: dates as ISO, whole numbers without a decimal point."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        cells = cells.dt.strftime("%Y-%m-%d")
    values = cells.astype(object).where(cells.notna(), None).tolist()
    return [f"{v:.15g}" if isinstance(v, float) else v if v is None else str(v) for v in values]
