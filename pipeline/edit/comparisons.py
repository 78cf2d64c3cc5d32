"""Comparisons between records: what is unlike the last wave, and interviews unlike the others.

Each raises a question and sets nothing aside. Every function takes the rows that stand of the main
form, indexed by record_id, and gives back the columns index, column, code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import Survey, Wave
from pipeline.edit.grammar import NUMBERS
from pipeline.errors import Problem

# Of the ratio edit, in its authors' letters; fewer pairs have no quartiles to speak of.
U, A, C = 0.5, 0.05, 4.0
LEAST_PAIRS = 10
# Ours: the bounds are narrow for the largest units, and nobody is asked about so small a change.
LEAST_CHANGE = 0.5
# A grid is a block of questions with one list; nearly all agree on yes or no, and mean it.
LEAST_QUESTIONS, LEAST_CHOICES = 4, 3
SHORT = 1 / 3  # of the median duration
LEAST_INTERVIEWS = 20

Found = pd.DataFrame
Numbers = NDArray[np.float64]


def is_panel(survey: Survey) -> bool:
    """Whether the same units answer once in every wave, so that their answers can be compared."""
    return bool(survey.key.unit) and survey.key.one_per_unit != "none" and survey.record == "answer"


def numbers_asked(form: Questionnaire, key: str) -> list[str]:
    """The columns of the questions for numbers that tell of no person."""
    numbers = (q.column for q in form.answers() if q.type in NUMBERS and not q.pii)
    return [column for column in numbers if column != key]


def standing_numbers(
    form: Questionnaire, key: str, rows: pd.DataFrame, states: pd.DataFrame
) -> pd.DataFrame:
    """The numbers of one wave that stand, a column per question; index: record_id and unit.

    Args:
        form: the questionnaire of the wave.
        key: the question that names the unit.
        rows: cleaned text of the main form.
        states: of the same cells.
    """
    units = rows[key].fillna("") if key in rows else pd.Series("", rows.index)
    numbers = {
        column: pd.to_numeric(rows[column].where(states[column] == "answered"))
        for column in numbers_asked(form, key)
    }
    found = pd.DataFrame(numbers, index=rows.index, dtype="float64")
    found.index = pd.MultiIndex.from_arrays([rows.index, units], names=["record_id", "unit"])
    return found[(units != "").to_numpy() & ~units.duplicated(keep=False).to_numpy()]


def unlike_last_wave(now: pd.DataFrame, before: pd.DataFrame) -> Found:
    """Numbers whose change since the last wave is unlike the change of the others.

    Args:
        now: standing_numbers of this wave.
        before: of the wave before; units and questions that both have are compared.
    """
    earlier = before.droplevel("record_id")
    found = [nothing_found()]
    for column in now.columns.intersection(before.columns, sort=False):
        was = earlier[column].reindex(now.index.get_level_values("unit"))
        unlike = outlying_ratios(now[column].to_numpy(), was.to_numpy())
        records = now.index.get_level_values("record_id")[unlike]
        found.append(_found(records, column, Problem.unlike_last_wave))
    return pd.concat(found)


def outlying_ratios(now: Numbers, before: Numbers) -> NDArray[np.bool_]:
    """Where the ratio edit of Hidiroglou and Berthelot finds an outlier.

    M. A. Hidiroglou and J.-M. Berthelot, Statistical editing and imputation for periodic business
    surveys, Survey Methodology 12 (1986), 73-83. With the ratios r = now / before and their median
    r_M, changes are made symmetric, then weighted by size, so that the small may vary more:

        s = 1 - r_M / r  where r < r_M,  else  r / r_M - 1
        E = s * max(now, before)^U
        d_1 = max(E_M - E_Q1, |A E_M|),  d_3 = max(E_Q3 - E_M, |A E_M|)
        an outlier lies outside  E_M - C d_1 ... E_M + C d_3

    Quartiles interpolate linearly. Only pairs of positive numbers have a ratio. A side on which the
    middle half has no spread at all (most numbers did not change) draws no bound, and an outlier
    has |s| > 0.5 besides: bounds on E alone would ask a capital about its 2 % more inhabitants.

    Example:
        Ten units had 100 each and have 80, 90, 90, 100, 100, 100, 100, 110, 110 and 400 now:
        r_M = 1; E = -2.5, twice -1.11, four times 0, twice 1.05, and 3 * sqrt(400) = 60.
        E_Q1 = -0.83, E_M = 0, E_Q3 = 0.79: from -3.33 to 3.15 all is usual, and 60 is not.
    """
    pairs = (now > 0) & (before > 0)
    outlying = np.zeros(len(now), dtype=bool)
    if pairs.sum() < LEAST_PAIRS:
        return outlying
    x, y = now[pairs], before[pairs]
    ratio = x / y
    middle = np.median(ratio)
    change = np.where(ratio < middle, 1 - middle / ratio, ratio / middle - 1)
    effect = change * np.maximum(x, y) ** U
    low, median, high = np.quantile(effect, [0.25, 0.5, 0.75])
    least = abs(A * median)
    below, above = (max(d, least) or np.inf for d in (median - low, high - median))
    outside = (effect < median - C * below) | (effect > median + C * above)
    outlying[pairs] = outside & (np.abs(change) > LEAST_CHANGE)
    return outlying


def after_deadline(wave: Wave, key: str, submitted_on: pd.Series) -> Found:
    """Submissions that came after the day on which the wave closes; they stand."""
    if wave.closes is None:
        return nothing_found()
    late = pd.to_datetime(submitted_on) > pd.Timestamp(wave.closes)
    return _found(submitted_on.index[late], key, Problem.after_deadline)


def interview_short(key: str, started_at: pd.Series, ended_at: pd.Series) -> Found:
    """Interviews of persons that took under a third of the median duration.

    Speeding as a share of the median: R. Greszki, M. Meyer and H. Schoen, Exploring the effects of
    removing "too fast" responses and respondents from web surveys, Public Opinion Quarterly 79
    (2015), 471-503. A duration that is not positive says nothing: a clock was set in between.
    """
    started, ended = (
        pd.to_datetime(moments.fillna(""), format="ISO8601", utc=True, errors="coerce")
        for moments in (started_at, ended_at)
    )
    lasted = (ended - started).dt.total_seconds()
    lasted = lasted[lasted > 0]
    if len(lasted) < LEAST_INTERVIEWS:
        return nothing_found()
    short = lasted < SHORT * lasted.median()
    return _found(lasted.index[short], key, Problem.interview_short)


def straight_lining(form: Questionnaire, rows: pd.DataFrame, states: pd.DataFrame) -> Found:
    """Grids in which a person gave every question one and the same choice.

    The warning stands at the first question of the grid.
    """
    found = [nothing_found()]
    for columns in grids(form):
        first = rows[columns[0]]
        answered = (states[columns] == "answered").all(axis=1)
        same = rows[columns].eq(first, axis="index").all(axis=1)
        found.append(_found(rows.index[answered & same], columns[0], Problem.straight_lining))
    return pd.concat(found)


def grids(form: Questionnaire) -> Iterator[list[str]]:
    """The columns of each block: questions of one group with one list that says what one thinks."""
    blocks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for question in form.answers():
        choices = [choice for choice in form.choices_of(question) if not choice.missing_kind]
        if question.type == "select_one" and question.group and len(choices) >= LEAST_CHOICES:
            blocks[question.group, question.list_name].append(question.column)
    yield from (columns for columns in blocks.values() if len(columns) >= LEAST_QUESTIONS)


def nothing_found() -> Found:
    """No violation at all."""
    return pd.DataFrame({"index": pd.Series(dtype="int64"), "column": "", "code": ""})


def _found(records: pd.Index[int], column: str, problem: Problem) -> Found:
    return pd.DataFrame({"index": records, "column": column, "code": problem.name})
