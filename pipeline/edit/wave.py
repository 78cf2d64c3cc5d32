"""One wave, in the order of work: types, identity, frame, consent, relevance, rules, states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import Survey, Wave
from pipeline.edit.cleaning_log import Corrected
from pipeline.edit.grammar import clean, repairs
from pipeline.edit.identity import STANDS, Outcomes, settle
from pipeline.edit.rules import judge
from pipeline.edit.schema import find_violations
from pipeline.edit.set_aside import resolve
from pipeline.edit.soft_checks import soft_checks
from pipeline.edit.states import cell_states, standing_values
from pipeline.errors import Problem


@dataclass(frozen=True)
class Section:
    """The rows that stand of the main form or of one repeat, indexed by record_id.

    `rows`: cleaned text; `states`, `values`: one column per question, values also per choice.
    `violations`: index, column, code.
    """

    repeat: str
    rows: pd.DataFrame
    states: pd.DataFrame
    values: pd.DataFrame
    violations: pd.DataFrame


@dataclass(frozen=True)
class EditedWave:
    """What became of one wave: the outcome of every submission, and the sections that stand."""

    wave: Wave
    questionnaire: Questionnaire
    rows: pd.DataFrame  # every submission of the wave, cleaned text
    outcomes: Outcomes
    several: tuple[int, ...]  # records of units that answered more than once
    sections: Mapping[str, Section]


def edit_wave(
    survey: Survey,
    wave: Wave,
    corrected: Corrected,
    decided: frozenset[str],
    con: duckdb.DuckDBPyConnection,
) -> EditedWave:
    """Edit the submissions of one wave and the rows of their repeats."""
    form = survey.questionnaires[wave.id]
    received = {
        repeat: _with_all_questions(form, repeat, rows[rows["wave"] == wave.id])
        for repeat, rows in corrected.sheets.items()
    }
    cleaned = {repeat: clean(form, rows) for repeat, rows in received.items()}
    judged = judge(con, form, cleaned)
    main = judged[""]
    outcomes, several = settle(
        survey, wave, main, _answered_share(form, main), corrected.removed, decided
    )
    standing = [record for record, outcome in outcomes.items() if outcome == STANDS]
    sections: dict[str, Section] = {}
    for repeat, rows in judged.items():
        kept = rows[(rows["parent_record_id"] if repeat else rows.index).isin(standing)]
        found = find_violations(form, kept, repeat)
        respelled = repairs(form, received[repeat].loc[kept.index], kept)
        violations = resolve(
            form,
            pd.concat([found, respelled.assign(code=Problem.repaired_number.name)]),
            _of_parents(sections, kept) if repeat else {},
        )
        states = cell_states(form, kept, violations, repeat)
        values = standing_values(form, kept, states, repeat)
        sections[repeat] = Section(repeat, kept, states, values, violations)
    sections[""] = _with_soft_checks(survey, form, sections)
    return EditedWave(wave, form, main, outcomes, tuple(several), sections)


def _with_all_questions(form: Questionnaire, repeat: str, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` by record_id, with an empty column for every question the exports lack."""
    wanted = [q.column for q in form.questions if q.repeat == repeat and q.column not in rows]
    empty = pd.DataFrame(index=rows.index, columns=wanted, dtype="str")
    return pd.concat([rows, empty], axis=1)


def _answered_share(form: Questionnaire, rows: pd.DataFrame) -> pd.Series:
    """Share of the required answers that were given; 1 where none was required."""
    due = pd.Series(0, index=rows.index)
    given = pd.Series(0, index=rows.index)
    for question in form.answers():
        if question.required:
            column = question.column
            is_due = rows[f"asked:{column}"] & rows[f"required:{column}"] & rows[column].notna()
            is_due = is_due.fillna(value=False).astype(bool)
            due += is_due
            given += is_due & (rows[column] != "")
    return (given / due.where(due > 0)).fillna(1.0)


def _of_parents(sections: Mapping[str, Section], rows: pd.DataFrame) -> dict[int, set[str]]:
    """By row of a repeat, the columns that are set aside in its submission and enclosing row."""
    in_submission = sections[""].set_aside
    in_row = {
        (parent, row_id): section.set_aside.get(record, set())
        for section in sections.values()
        if section.repeat
        for record, parent, row_id in zip(
            section.rows.index,
            section.rows["parent_record_id"],
            section.rows["row_id"],
            strict=True,
        )
    }
    return {
        record: in_submission.get(parent, set()) | in_row.get((parent, row_id), set())
        for record, parent, row_id in zip(
            rows.index, rows["parent_record_id"], rows["parent_row_id"], strict=True
        )
    }
