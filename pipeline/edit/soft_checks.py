"""Checks that raise a question and set nothing aside: the answer stands, the focal point is asked.

Only what frame and questionnaire declare: the population against the frame's, and the rows of a
repeat against the number announced. Checks of one survey's own subject have no declaration yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pandas as pd

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import Survey
from pipeline.edit.grammar import INTEGER
from pipeline.edit.notation import FILE_ID
from pipeline.errors import Problem

POPULATION = "population"  # of the frame, and of the question compared with it
RATIO = (0.5, 2.0)
_ONE_QUESTION = re.compile(r"\s*\$\{\s*([^}\s]+)\s*\}\s*")


def columns_compared(survey: Survey, form: Questionnaire) -> list[str]:
    """The columns that the checks of this module read; none where they have nothing to compare."""
    announced = [column for _, column in _announcements(form)]
    frame = survey.frame
    is_known = frame is not None and POPULATION in frame.units and POPULATION in form.by_column
    population = [POPULATION, survey.key.unit] if is_known else []
    return list(dict.fromkeys([*population, *announced]))


def _announcements(form: Questionnaire) -> Iterator[tuple[str, str]]:
    """Each repeat whose number of rows a question of the main form announces, and its column."""
    by_name = {question.name: question.column for question in form.answers()}
    for repeat in form.repeats:
        announced = _ONE_QUESTION.fullmatch(repeat.repeat_count)
        if announced and announced[1] in by_name:
            yield repeat.name, by_name[announced[1]]


def population_ratio(survey: Survey, rows: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Answers to a question `population` under half or over double the frame's number.

    Returns: columns index, column, code.
    """
    frame, key = survey.frame, survey.key.unit
    if frame is None or POPULATION not in states or POPULATION not in frame.units:
        return _found(rows.index[:0], POPULATION, Problem.population_ratio)
    if key not in rows or "unit_id" not in frame.units:
        return _found(rows.index[:0], POPULATION, Problem.population_ratio)
    answered = (states[POPULATION] == "answered") & rows[POPULATION].str.fullmatch(INTEGER)
    said = pd.to_numeric(rows[POPULATION].where(answered))
    known = pd.to_numeric(rows[key].map(frame.units.set_index("unit_id")[POPULATION]))
    ratio = said / known.where(known > 0)
    unusual = ((ratio < RATIO[0]) | (ratio > RATIO[1])).fillna(value=False).astype(bool)
    return _found(rows.index[unusual], POPULATION, Problem.population_ratio)


def repeat_counts(
    form: Questionnaire,
    rows: pd.DataFrame,
    states: pd.DataFrame,
    received: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Submissions that announce another number of rows than came.

    `received`: by repeat, all its rows of the wave. A file that holds no row of a repeat came
    without its sheet (a CSV export has none), and is not compared.

    Returns: columns index, column, code; the column is the question that announces the number.
    """
    found = [_found(rows.index[:0], "", Problem.repeat_count_differs)]
    files = received[""][FILE_ID]
    for repeat, column in _announcements(form):
        if repeat not in received:
            continue
        came = received[repeat]["parent_record_id"].value_counts()
        with_sheet = files[files.index.isin(came.index)]
        comparable = files[rows.index].isin(with_sheet) & (states[column] == "answered")
        number = pd.to_numeric(rows[column].where(comparable))
        counted = came.reindex(rows.index, fill_value=0)
        found.append(
            _found(
                rows.index[comparable & (number != counted)],
                column,
                Problem.repeat_count_differs,
            )
        )
    return pd.concat(found)


def _found(records: pd.Index[int], column: str, problem: Problem) -> pd.DataFrame:
    return pd.DataFrame({"index": records, "column": column, "code": problem.name})
