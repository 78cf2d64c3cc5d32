"""The events of a register: every one that stands is kept; which moves between states may count.

An event whose move is not declared keeps its other answers; its state is set aside, and the state
before it stays. A state repeated is no move: the entry was only brought up to date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pandas as pd

from pipeline.ask.survey import Survey
from pipeline.edit.wave import FOUND, EditedWave
from pipeline.errors import Problem
from pipeline.store import literal, quote


def settle_moves(
    con: duckdb.DuckDBPyConnection, survey: Survey, waves: Sequence[EditedWave]
) -> None:
    """Set aside the states that no declared move leads to, and create edit.event, edit.unit_state.

    edit.event: one row per event with a state and a day, in order (unit_id, place): response_id,
    record_id, wave, state, state_date, is_move (the state differs from the one before).
    edit.unit_state: the present state of each unit: state, state_date (since when), entered_on,
    response_id (of its newest event), events.

    Args:
        con: with edit.response and edit.state.
        survey: a register; otherwise nothing is done.
        waves: the violations join those of their wave.
    """
    if not survey.is_register:
        return
    con.execute(_event_view(survey))
    con.execute(UNIT_STATE)
    broken = pd.DataFrame(_not_allowed(con, survey), columns=["wave", "record_id"])
    for wave in waves:
        records = broken.loc[broken["wave"] == wave.sheets.wave.id, "record_id"]
        cells = {"repeat": "", "index": records.astype("int64"), "column": survey.register.state}
        found = pd.DataFrame({**cells, "code": Problem.move_not_allowed.name})
        wave.violations.append(found[FOUND])
    _set_aside(con, survey.register.state, broken["record_id"].tolist())


def _event_view(survey: Survey) -> str:
    """Of two events of one day the one further on the way comes last."""
    register = survey.register
    state, day = quote(register.state), quote(register.date)
    order = [*register.steps, *register.ends]
    listed = f"[{', '.join(map(literal, order))}]"
    dated = f"value.{day}" if register.date else "value.submitted_on"
    is_dated = f"AND mark.{day} = 'answered'" if register.date else ""
    return f"""CREATE OR REPLACE VIEW edit.event AS
        SELECT *, state IS DISTINCT FROM lag(state) OVER of_unit AS is_move,
            row_number() OVER of_unit AS place
        FROM (SELECT value.unit_id, value.response_id, value.record_id, value.wave,
                  value.{state} AS state, {dated} AS state_date,
                  coalesce(list_position({listed}, value.{state}), 0) AS step
              FROM edit.response AS value JOIN edit.state AS mark USING (response_id)
              WHERE mark.row_id = '' AND value.unit_id <> '' AND mark.{state} = 'answered'
              {is_dated})
        WINDOW of_unit AS (PARTITION BY unit_id ORDER BY state_date, step, record_id)"""


UNIT_STATE = """CREATE OR REPLACE VIEW edit.unit_state AS
    SELECT unit_id, arg_max(state, place) AS state,
        arg_max(state_date, place) FILTER (is_move) AS state_date,
        min(state_date) AS entered_on, arg_max(response_id, place) AS response_id,
        count(*) AS events
    FROM edit.event GROUP BY unit_id"""


def _not_allowed(con: duckdb.DuckDBPyConnection, survey: Survey) -> Iterator[tuple[str, int]]:
    """Wave and record of the events that do not follow from the last one that does."""
    events = con.execute(
        "SELECT unit_id, wave, record_id, state FROM edit.event ORDER BY unit_id, place"
    ).fetchall()
    here, before = "", ""
    for unit, wave, record, state in events:
        if unit != here:
            here, before = unit, ""
        if state == before:
            continue
        if survey.register.allows(before, state):
            before = state
        else:
            yield wave, record


def _set_aside(con: duckdb.DuckDBPyConnection, column: str, records: Sequence[int]) -> None:
    name = quote(column)
    con.execute(
        f"""UPDATE edit.state SET {name} = 'set_aside' WHERE row_id = '' AND response_id IN
            (SELECT response_id FROM edit.response WHERE list_contains(?, record_id))""",
        [list(records)],
    )
    con.execute(
        f"UPDATE edit.response SET {name} = NULL WHERE list_contains(?, record_id)", [list(records)]
    )
