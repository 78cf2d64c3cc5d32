"""Passages of open answers, coded by one or more people, and how far these agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from pipeline.ask import Survey
from pipeline.estimate.answers import Rows, WaveAnswers
from pipeline.estimate.given import given
from pipeline.estimate.results import Row, result_row

# start and end: characters from 0, end excluded; text_sha256: of the whole text that was coded, ''
# where the passage does not lie in one; coder: a number, never a name
PASSAGE = [
    "wave", "unit_id", "question", "row_id", "first_character", "last_character", "text_sha256",
    "code", "coder",
]  # fmt: skip
PLACE = PASSAGE[1:6]


def passages(survey: Survey, wave: WaveAnswers) -> pd.DataFrame:
    """estimate.passage: one row per passage, code and coder, in the order of the text.

    The text is frozen by its hash: a text that is corrected later has another one, and a passage
    that no longer lies in it counts nowhere.
    """
    declared = survey.coding
    column = wave.questionnaire.by_column.get(declared.code)
    rows = next((r for r in wave.repeats if column is not None and r.repeat == column.repeat), None)
    if rows is None or not len(rows.cells):
        return pd.DataFrame(columns=PASSAGE)
    found = pd.DataFrame(
        {
            name: given(rows, wave.questionnaire.by_column.get(question))
            for name, question in (
                ("question", declared.field),
                ("place", declared.row),
                ("first_character", declared.start),
                ("last_character", declared.end),
                ("code", declared.code),
                ("coder", declared.coder),
            )
        }
    )
    found["wave"] = wave.wave.id
    found["response"] = rows.response
    found["unit_id"] = wave.responses["unit_id"].to_numpy(object)[rows.response]
    needed = ["question", "first_character", "last_character", "code", "coder"]
    found = found.dropna(subset=needed)
    texts = _texts(wave, set(found["question"]))
    found["row_id"] = [
        _row_id(wave, question, place)
        for question, place in zip(found["question"], found["place"], strict=True)
    ]
    found["text_sha256"] = [
        _hash(texts.get((response, question, row_id), ""), int(end))
        for response, question, row_id, end in zip(
            found["response"],
            found["question"],
            found["row_id"],
            found["last_character"],
            strict=True,
        )
    ]
    coders = sorted(set(found["coder"]))
    found["coder"] = found["coder"].map({name: number for number, name in enumerate(coders, 1)})
    places = ["first_character", "last_character", "coder"]
    found[places] = found[places].astype("int64")
    return found.sort_values([*PLACE, "coder", "code"], ignore_index=True)[PASSAGE]


def _texts(wave: WaveAnswers, questions: Iterable[str]) -> dict[tuple[int, str, str], str]:
    """Every coded text, by response, question and row."""
    found = {}
    for name in questions:
        question = wave.questionnaire.by_column.get(name)
        if question is None:
            continue
        rows = rows_of(wave, question.repeat)
        ids = rows.cells["row_id"] if rows.repeat else [""] * len(rows.cells)
        for response, row_id, text in zip(rows.response, ids, given(rows, question), strict=True):
            if text is not None:
                found[int(response), name, str(row_id)] = str(text)
    return found


def rows_of(wave: WaveAnswers, repeat: str) -> Rows:
    """The rows of the main form ('') or of a repeat."""
    return next(rows for rows in (wave.main, *wave.repeats) if rows.repeat == repeat)


def _row_id(wave: WaveAnswers, question: str, place: Any) -> str:
    """`policy[2]` for the second row of the repeat that holds the question; '' outside repeats."""
    asked = wave.questionnaire.by_column.get(question)
    if asked is None or not asked.repeat or place is None or pd.isna(place):
        return ""
    return f"{asked.repeat}[{int(place)}]"


def _hash(text: str, end: int) -> str:
    return sha256(text.encode()).hexdigest() if text and end <= len(text) else ""


def agreement(survey: Survey, wave: WaveAnswers, table: pd.DataFrame) -> list[Row]:
    """The row of estimate.result that says how far the coders agree; none with fewer than two.

    `count` is the number of coders, `n` that of the passages which more than one of them coded.
    """
    coders = table["coder"].nunique()
    if coders < 2:
        return []
    units = [
        [" ".join(sorted(codes)) for _, codes in of_passage.groupby("coder")["code"]]
        for _, of_passage in table.groupby(PLACE)
    ]
    about = {
        "subject_kind": "question",
        "subject": survey.coding.code,
        "statistic": "alpha",
        "base": "answered",
        "count": coders,
        "n": sum(len(unit) > 1 for unit in units),
        "estimate": krippendorff(units),
        "unit_of_measure": "alpha",
    }
    return [result_row(wave, wave.groups[0], about)]


def krippendorff(units: Iterable[Sequence[str]]) -> float:
    """Krippendorff's alpha for nominal data: 1 is agreement, 0 what chance would give.

    alpha = 1 - (n - 1) (sum of the disagreeing pairs) / (sum over c != k of n_c n_k), where a unit
    with m values gives each of its m (m - 1) ordered pairs the weight 1 / (m - 1), n_c counts the
    values c that have a partner and n all of them. A unit with fewer than two values says nothing.
    Missing where only one value was ever given.

    Args:
        units: the values given to each unit, one per coder who gave one. A coder who gave a passage
            several codes gave it one value, made of all of them.

    Source: K. Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section D.
    """
    apart, values = 0.0, Counter[str]()
    for unit in units:
        size = len(unit)
        if size < 2:
            continue
        counts = Counter(unit)
        apart += (size * size - sum(count * count for count in counts.values())) / (size - 1)
        values.update(counts)
    n = sum(values.values())
    by_chance = n * n - sum(count * count for count in values.values())
    return 1 - (n - 1) * apart / by_chance if by_chance else np.nan
