"""edit.response, edit.repeat_<name>, edit.state: wide and typed; edit.answer: the same, long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import Survey
from pipeline.edit.states import choice_columns
from pipeline.edit.wave import EditedWave, Section
from pipeline.store import literal, quote, write_table

# Text that a grammar accepted is cast by the database; every other type stays text.
TYPES = {
    "integer": "BIGINT",
    "decimal": "DECIMAL(24,9)",
    "range": "DECIMAL(24,9)",
    "date": "DATE",
}


def write_answers(
    survey: Survey, con: duckdb.DuckDBPyConnection, waves: Sequence[EditedWave]
) -> None:
    """Write the answers that stand, their states, and the view over both."""
    forms = [survey.questionnaires[wave.id] for wave in reversed(survey.waves)]
    repeats = list(dict.fromkeys(group.name for form in forms for group in form.repeats))
    for repeat in ("", *repeats):
        sections = [(wave, wave.sections[repeat]) for wave in waves if repeat in wave.sections]
        frames = [
            pd.concat([_fixed(survey, wave, section), section.values], axis=1)
            for wave, section in sections
        ]
        table = f"edit.repeat_{repeat}" if repeat else "edit.response"
        like = "edit.repeat" if repeat else ""
        _write(con, table, frames, _types(forms, repeat), like=like)
    of_repeat = {
        r: list(dict.fromkeys(q.column for form in forms for q in form.answers(r)))
        for r in ("", *repeats)
    }
    states = [
        pd.concat([_fixed(survey, wave, section), _states(section, of_repeat)], axis=1)
        for wave in waves
        for section in wave.sections.values()
    ]
    columns = [column for columns in of_repeat.values() for column in columns]
    _write(con, "edit.state", states, dict.fromkeys(columns, "VARCHAR"))
    con.execute(_answer_view(forms, repeats))


def _states(section: Section, of_repeat: Mapping[str, list[str]]) -> pd.DataFrame:
    """The states of a section; what only another wave's form asks is absent in it."""
    return section.states.reindex(columns=of_repeat[section.repeat], fill_value="absent")


def _write(
    con: duckdb.DuckDBPyConnection,
    table: str,
    frames: list[pd.DataFrame],
    more: dict[str, str],
    *,
    like: str = "",
) -> None:
    rows = pd.concat(frames) if frames else pd.DataFrame()
    fixed = ["response_id", "row_id", "record_id", "wave", "unit_id", "position", "submitted_on"]
    wanted = [*fixed, "form_version", "is_named", *more]
    write_table(con, table, rows.reindex(columns=wanted), like=like, more=more)


def _types(forms: Sequence[Questionnaire], repeat: str) -> dict[str, str]:
    """Column -> SQL type over all waves, the newest form's order first.

    A question whose type changed between waves is kept as text.
    """
    types: dict[str, str] = {}
    for form in forms:
        for question in form.answers(repeat):
            kind = TYPES.get(question.type, "VARCHAR")
            same = types.setdefault(question.column, kind) == kind
            types[question.column] = kind if same else "VARCHAR"
            for column in choice_columns(form, question):
                types.setdefault(column, "TINYINT")
    return types


def _fixed(survey: Survey, wave: EditedWave, section: Section) -> pd.DataFrame:
    """The columns every table of answers begins with."""
    rows = section.rows
    main = wave.sections[""].rows
    parents = rows["parent_record_id"] if section.repeat else rows.index.to_series()
    publish = survey.key.publish
    named = rows[publish.question].isin(publish.named) if publish.question in rows else False
    fixed = {
        "response_id": parents.map(main["submission_id"]),
        "row_id": rows["row_id"] if section.repeat else "",
        "record_id": rows.index,
        "wave": wave.wave.id,
        "is_named": named,
        "unit_id": rows[survey.key.unit].fillna("") if survey.key.unit in rows else "",
    }
    copied = [name for name in ("position", "submitted_on", "form_version") if name in rows]
    return pd.DataFrame(fixed, index=rows.index).assign(**{n: rows[n] for n in copied})


def _answer_view(forms: Sequence[Questionnaire], repeats: Sequence[str]) -> str:
    """One row per response, row of a repeat and question; a multiple has one per choice too."""
    parts = []
    for repeat in ("", *repeats):
        types = _types(forms, repeat)
        if types:
            parts.append(_long(forms, repeat, list(types)))
    return "CREATE OR REPLACE VIEW edit.answer AS " + " UNION ALL ".join(parts)


def _long(forms: Sequence[Questionnaire], repeat: str, columns: Sequence[str]) -> str:
    """One scan of values and states side by side, a struct per column."""
    table = "edit." + quote(f"repeat_{repeat}" if repeat else "response")
    row_id = "" if repeat else ", '' AS row_id"
    choices = {
        column: (question.column, code)
        for form in forms
        for question in form.answers(repeat)
        for column, code in choice_columns(form, question).items()
    }
    cells = ", ".join(
        f"{{question: {literal(question)}, choice: {literal(code)}, "
        f"value: CAST(value.{quote(column)} AS VARCHAR), state: state.{quote(question)}}}"
        for column in columns
        for question, code in [choices.get(column, (column, ""))]
    )
    return f"""
        SELECT value.response_id, value.row_id, unnest([{cells}], recursive := true)
        FROM (SELECT *{row_id} FROM {table}) AS value
        JOIN edit.state AS state USING (response_id, row_id)"""
