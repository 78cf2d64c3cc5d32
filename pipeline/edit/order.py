"""The order of work of the room: read what came back, correct it, settle it, write what stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pipeline.ask.survey import Survey
from pipeline.edit.answers import write_answers
from pipeline.edit.cleaning_log import apply_cleaning_log
from pipeline.edit.findings import list_open_matters, list_violations
from pipeline.edit.identity import read_decisions
from pipeline.edit.ledger import make_ledger
from pipeline.edit.notation import DAYS_FROM, FILE_ID, days_from
from pipeline.edit.summary import summarise
from pipeline.edit.wave import edit_wave
from pipeline.store import Work, quote, write_table

if TYPE_CHECKING:
    import duckdb


def edit(survey: Survey, work: Work) -> None:
    """Decide which answers stand.

    Reads collect.* of confidential.duckdb. Writes there edit.ledger, edit.response,
    edit.repeat_<name>, edit.state, edit.answer, edit.violation and edit.correction, and
    edit.summary and edit.open_matter into members.duckdb.

    Raises:
        RelevoError: the cleaning log does not fit the data (exit 12), decisions.csv does not (10).
    """
    con = work.confidential
    records = con.execute("SELECT * FROM collect.record ORDER BY record_id").df()
    corrected = apply_cleaning_log(survey, _read_sheets(con, records))
    decided = read_decisions(survey, corrected.sheets[""]["submission_id"])
    waves = [edit_wave(survey, wave, corrected, decided, con) for wave in survey.waves]
    ledger = make_ledger(survey, records, waves, corrected.sheets)
    warnings = con.execute("FROM collect.warning ORDER BY ALL").df()
    violations = list_violations(survey, waves, warnings)
    write_table(con, "edit.ledger", ledger)
    write_answers(survey, con, waves)
    write_table(con, "edit.violation", violations)
    write_table(con, "edit.correction", corrected.corrections)
    matters = list_open_matters(survey, waves, ledger, violations)
    write_table(work.members, "edit.open_matter", matters)
    write_table(work.members, "edit.summary", summarise(waves, ledger, violations))


def _read_sheets(con: duckdb.DuckDBPyConnection, records: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """collect.submission ('') and the repeats, by record_id, as text; missing stays missing."""
    tables = con.execute(
        "SELECT table_name FROM duckdb_tables() "
        "WHERE schema_name = 'collect' AND starts_with(table_name, 'repeat_') ORDER BY ALL"
    ).fetchall()
    names = {"": "submission"} | {name.removeprefix("repeat_"): name for (name,) in tables}
    files = records.set_index("record_id")["file_id"]
    systems = days_from(con)
    sheets = {}
    for repeat, name in names.items():
        rows = con.execute(f"SELECT * FROM collect.{quote(name)} ORDER BY record_id").df()
        sheets[repeat] = rows.set_index("record_id")
        sheets[repeat][FILE_ID] = files.reindex(sheets[repeat].index)
        sheets[repeat][DAYS_FROM] = sheets[repeat][FILE_ID].map(systems).fillna(0)
    return sheets
