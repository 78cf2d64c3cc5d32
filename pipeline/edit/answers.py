"""edit.response, edit.repeat_<name>, edit.state: wide and typed; edit.answer: the same, long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import Survey
from pipeline.edit.layers import Layers
from pipeline.edit.sheets import Sheets
from pipeline.edit.states import (
    STATE,
    STATES,
    Marks,
    choice_columns,
    standing_sql,
    state_sql,
    value_sql,
)
from pipeline.store import TABLES, create_table, literal, quote

# Text that a grammar accepted is cast by the database; every other type stays text.
TYPES = {
    "integer": "BIGINT",
    "decimal": "DECIMAL(24,9)",
    "range": "DECIMAL(24,9)",
    "date": "DATE",
}


class Answers:
    """The tables of answers while they are filled, over all waves."""

    def __init__(self, survey: Survey, con: duckdb.DuckDBPyConnection) -> None:
        """Create the tables, empty, and the view over them."""
        self._survey = survey
        self._con = con
        forms = [survey.questionnaires[wave.id] for wave in reversed(survey.waves)]
        repeats = ["", *dict.fromkeys(group.name for form in forms for group in form.repeats)]
        self._types = {repeat: _types(forms, repeat) for repeat in repeats}
        self._questions = {
            repeat: list(dict.fromkeys(q.column for form in forms for q in form.answers(repeat)))
            for repeat in repeats
        }
        for repeat, types in self._types.items():
            like = "edit.repeat" if repeat else ""
            create_table(con, _table(repeat), like=like, more=types)
        columns = [column for columns in self._questions.values() for column in columns]
        con.execute("CREATE SCHEMA IF NOT EXISTS edit")
        con.execute("DROP TABLE IF EXISTS edit.state")
        con.execute(f"CREATE OR REPLACE TYPE {STATE} AS ENUM ({', '.join(map(literal, STATES))})")
        create_table(con, "edit.state", more=dict.fromkeys(columns, STATE))
        con.execute(_answer_view(forms, self._types))

    def write(self, sheets: Sheets, repeat: str, sheet: Layers, marks: Marks, stands: str) -> None:
        """Append the rows of a sheet for which the SQL `stands` is true, values and states."""
        form, types, con = sheets.form, self._types[repeat], self._con
        fixed = self._fixed(sheets, repeat, sheet)
        values = {
            column: f"CAST({sql} AS {types[column]})"
            for question in form.answers(repeat)
            for column, sql in value_sql(form, question, sheet, marks)
        }
        states = {q.column: state_sql(form, q, marks) for q in form.answers(repeat)}
        # What only another wave's form asks is absent.
        absent = dict.fromkeys(self._questions[repeat], "'absent'")
        beside = "".join(
            f", {sql} AS {quote(name)}"
            for question in form.answers(repeat)
            for name, sql in standing_sql(form, question, sheet, marks)
        )
        like = "edit.repeat" if repeat else "edit.response"
        rows = f"(SELECT *{beside} FROM {sheet.name} WHERE {stands})"
        _append(con, _table(repeat), _of(like, fixed) | values, rows)
        rows = f"{sheet.name} WHERE {stands}"
        _append(con, "edit.state", _of("edit.state", fixed) | absent | states, rows)

    def _fixed(self, sheets: Sheets, repeat: str, sheet: Layers) -> dict[str, str]:
        """The columns every table of answers begins with."""
        key = self._survey.key
        named = key.publish.question in sheet.columns and key.publish.named
        published = ", ".join(map(literal, key.publish.named))
        is_named = f"coalesce({quote(key.publish.question)} IN ({published}), false)"
        return {
            "response_id": "submission_id",
            "row_id": "row_id" if repeat else "''",
            "record_id": "record_id",
            "wave": literal(sheets.wave.id),
            "position": "position",
            "submitted_on": "submitted_on",
            "form_version": "form_version",
            "unit_id": f"coalesce({quote(key.unit)}, '')" if key.unit in sheet.columns else "''",
            "is_named": is_named if named else "false",
        }


def _append(
    con: duckdb.DuckDBPyConnection, table: str, cells: Mapping[str, str], rows: str
) -> None:
    room, name = table.split(".", 1)
    con.execute(
        f"INSERT INTO {room}.{quote(name)} ({', '.join(map(quote, cells))}) "
        f"SELECT {', '.join(cells.values())} FROM {rows}"
    )


def _table(repeat: str) -> str:
    return f"edit.repeat_{repeat}" if repeat else "edit.response"


def _of(table: str, cells: Mapping[str, str]) -> dict[str, str]:
    """Those of the fixed columns that a table has."""
    names = [column.split()[0] for column in TABLES[table].split(",")]
    return {name: cells[name] for name in names}


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


def _answer_view(forms: Sequence[Questionnaire], types: Mapping[str, Mapping[str, str]]) -> str:
    """One row per response, row of a repeat and question; a multiple has one per choice too."""
    parts = [_long(forms, repeat, list(columns)) for repeat, columns in types.items() if columns]
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
        f"value: CAST(value.{quote(column)} AS VARCHAR), "
        f"state: CAST(state.{quote(question)} AS VARCHAR)}}"
        for column in columns
        for question, code in [choices.get(column, (column, ""))]
    )
    return f"""
        SELECT value.response_id, value.row_id, unnest([{cells}], recursive := true)
        FROM (SELECT *{row_id} FROM {table}) AS value
        JOIN edit.state AS state USING (response_id, row_id)"""
