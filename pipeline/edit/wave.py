"""One wave, in the order of work: types, identity, frame, consent, relevance, rules, states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import pandas as pd

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import Survey, Wave
from pipeline.edit.cleaning_log import Corrected
from pipeline.edit.grammar import clean, repairs
from pipeline.edit.identity import STANDS, ByHand, Outcomes, settle
from pipeline.edit.notation import read_notation, readings
from pipeline.edit.rules import judge_rules
from pipeline.edit.schema import find_violations
from pipeline.edit.set_aside import resolve, set_aside_columns
from pipeline.edit.soft_checks import population_ratio, repeat_counts
from pipeline.edit.states import cell_states, standing_values
from pipeline.errors import Problem


@dataclass(frozen=True)
class Section:
    """The rows that stand of the main form or of one repeat, indexed by record_id.

    `received`: text after the cleaning log; `rows`: the same cleaned, with ask's rules beside it.
    `states`, `values`: one column per question, values also per choice.
    `violations`: index, column, code; `notes`: the same, of cells read by their file's notation.
    """

    repeat: str
    received: pd.DataFrame
    rows: pd.DataFrame
    states: pd.DataFrame
    values: pd.DataFrame
    violations: pd.DataFrame
    notes: pd.DataFrame


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
    kept: frozenset[str],
    con: duckdb.DuckDBPyConnection,
) -> EditedWave:
    """Edit the submissions of one wave and the rows of their repeats."""
    form = survey.questionnaires[wave.id]
    received = {
        repeat: _of_wave(form, wave, repeat, corrected.sheets[repeat])
        for repeat in ("", *(group.name for group in form.repeats))
        if repeat in corrected.sheets
    }
    written = {repeat: read_notation(form, rows) for repeat, rows in received.items()}
    cleaned = {repeat: clean(form, rows, survey.key.unit) for repeat, rows in written.items()}
    judged = judge_rules(con, form, cleaned)
    main = judged[""]
    by_hand = ByHand(corrected.removed, kept)
    outcomes, several = settle(survey, wave, main, _answered_share(form, main), by_hand)
    standing = [record for record, outcome in outcomes.items() if outcome == STANDS]
    rows = {
        repeat: every[(every["parent_record_id"] if repeat else every.index).isin(standing)]
        for repeat, every in judged.items()
    }
    found = {repeat: _find(form, repeat, written[repeat], rows[repeat]) for repeat in rows}
    below = _of_rows_below(rows, found)
    sections: dict[str, Section] = {}
    for repeat, those in rows.items():
        around = _of_parents(sections, those) if repeat else {}
        elsewhere = {r: around.get(r, set()) | below.get(r, set()) for r in {*around, *below}}
        violations = resolve(form, found[repeat], elsewhere)
        texts = received[repeat], written[repeat]
        sections[repeat] = _edit_section(form, repeat, texts, those, violations)
    sections[""] = _with_soft_checks(survey, form, sections[""], received)
    return EditedWave(wave, form, main, outcomes, tuple(several), sections)


def _edit_section(
    form: Questionnaire,
    repeat: str,
    texts: tuple[pd.DataFrame, pd.DataFrame],
    rows: pd.DataFrame,
    violations: pd.DataFrame,
) -> Section:
    """Say what each cell of the rows that stand is; `texts`: as received, as their files write."""
    received, written = (text.loc[rows.index] for text in texts)
    states = cell_states(form, rows, violations, repeat)
    values = standing_values(form, rows, states, repeat)
    notes = readings(received, written)
    return Section(repeat, received, rows, states, values, violations, notes)


def _find(
    form: Questionnaire, repeat: str, written: pd.DataFrame, rows: pd.DataFrame
) -> pd.DataFrame:
    """What is broken in the rows that stand: columns index, column, code."""
    found = find_violations(form, rows, repeat)
    respelled = repairs(form, written.loc[rows.index], rows)
    return pd.concat([found, respelled.assign(code=Problem.repaired_number.name)])


def _with_soft_checks(
    survey: Survey, form: Questionnaire, main: Section, received: Mapping[str, pd.DataFrame]
) -> Section:
    """The main form with the warnings that compare answers with the frame and the repeats."""
    warnings = [
        population_ratio(survey, main.rows, main.states),
        repeat_counts(form, main.rows, main.states, received),
    ]
    return replace(main, violations=pd.concat([main.violations, *warnings], ignore_index=True))


def _of_wave(form: Questionnaire, wave: Wave, repeat: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The wave's rows, with an empty column for every question its exports lack."""
    rows = rows[rows["wave"] == wave.id]
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
            # `required:` is TRUE only where the question was asked as well
            is_due = (rows[f"required:{column}"] == True) & rows[column].notna()  # noqa: E712
            due += is_due
            given += is_due & (rows[column] != "")
    return (given / due.where(due > 0)).fillna(1.0)


def _of_parents(outer: Mapping[str, Section], rows: pd.DataFrame) -> dict[int, set[str]]:
    """By row of a repeat, the columns that are set aside in its submission and enclosing row."""
    around: dict[tuple[int, str], set[str]] = {}
    for section in outer.values():
        columns = set_aside_columns(section.violations)
        places = _places(section.rows) if section.repeat else [(r, "") for r in section.rows.index]
        around |= {
            place: columns.get(record, set())
            for record, place in zip(section.rows.index, places, strict=True)
        }
    return {
        record: around.get((parent, ""), set()) | around.get((parent, row_id), set())
        for record, parent, row_id in zip(
            rows.index, rows["parent_record_id"], rows["parent_row_id"], strict=True
        )
    }


def _of_rows_below(
    rows: Mapping[str, pd.DataFrame], found: Mapping[str, pd.DataFrame]
) -> dict[int, set[str]]:
    """By submission and by row of a repeat, the columns set aside in rows of repeats inside it.

    An answer that was not asked is blank to every rule: it hinders none.
    """
    record_of = {
        place: record
        for repeat, those in rows.items()
        if repeat
        for record, place in zip(those.index, _places(those), strict=True)
    }
    below: dict[int, set[str]] = defaultdict(set)
    for repeat, those in rows.items():
        if not repeat:
            continue
        around = zip(those["parent_record_id"], those["parent_row_id"], strict=True)
        parents: dict[int, tuple[int, str]] = dict(zip(those.index, around, strict=True))
        broken = found[repeat][found[repeat]["code"] != Problem.answered_not_asked.name]
        for record, columns in set_aside_columns(broken).items():
            submission, row_id = parents[record]
            below[submission] |= columns
            while row_id:
                below[record_of[submission, row_id]] |= columns
                row_id = row_id.rpartition("/")[0]
    return dict(below)


def _places(rows: pd.DataFrame) -> list[tuple[int, str]]:
    return list(zip(rows["parent_record_id"], rows["row_id"], strict=True))
