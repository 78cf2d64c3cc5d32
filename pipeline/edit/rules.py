"""What the questionnaire's own rules say of every row: asked or not, required, constraint kept."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from pipeline.ask import rules, rules_sql
from pipeline.ask.questionnaire import Questionnaire


def judge_rules(
    con: duckdb.DuckDBPyConnection, form: Questionnaire, sheets: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The rows of one wave with `asked:`, `required:` and `constraint:` columns beside them.

    Args:
        con: any DuckDB connection; temporary views are registered while this runs.
        form: the wave's questionnaire.
        sheets: cleaned text by repeat ('' first), indexed by record_id, a column per question;
            rows of repeats have parent_record_id (the submission's) and parent_row_id.
    """
    made = rules(form)
    views = {repeat: f"edit_rows_{number}" for number, repeat in enumerate(sheets)}
    levels = {repeat: made.levels(repeat) for repeat in sheets}
    for repeat, rows in sheets.items():
        outer = levels[repeat][-2] if repeat else ""
        con.register(views[repeat], _with_parents(rows, sheets[outer] if outer else None))
    judged = {}
    for repeat, rows in sheets.items():
        *around, _ = levels[repeat]
        present = {column for level in levels[repeat] for column in sheets[level].columns}
        sql = rules_sql(form, views[repeat], present, repeat, [views[level] for level in around])
        judged[repeat] = pd.concat([rows, _ask(con, sql).reindex(rows.index)], axis=1)
    for view in views.values():
        con.unregister(view)
    return judged


def _with_parents(rows: pd.DataFrame, outer: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of a repeat inside a repeat point to the row around them, not to the submission."""
    rows = rows.reset_index()
    if outer is None:
        return rows
    places = zip(outer["parent_record_id"], outer["row_id"], strict=True)
    record = dict(zip(places, outer.index, strict=True))
    around = zip(rows["parent_record_id"], rows["parent_row_id"], strict=True)
    found = pd.Series([record[place] for place in around], rows.index, "int64")
    return rows.assign(parent_record_id=found)


def _ask(con: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    """True, False and None as they are, by record_id: comparing them with == is then plain."""
    found = con.execute(sql)
    columns = [name for name, *_ in found.description or ()]
    said = pd.DataFrame(found.fetchall(), columns=pd.Index(columns), dtype="object")
    return said.set_index(said.pop("record_id").astype("int64"))
