"""What the questionnaire's own rules say of every row: asked or not, required, constraint kept."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from pipeline.ask import rules, rules_sql
from pipeline.ask.questionnaire import Questionnaire
from pipeline.edit.notation import FILE_ID


def judge_rules(
    con: duckdb.DuckDBPyConnection, form: Questionnaire, sheets: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The rows of one wave with the columns of ask's `rules_sql` beside them.

    Args:
        con: any DuckDB connection; temporary views are registered while this runs.
        form: the wave's questionnaire.
        sheets: cleaned text by repeat ('' first), indexed by record_id, a column per question;
            rows of repeats have parent_record_id (the submission's) and parent_row_id.
    """
    levels = rules(form).levels
    views = {repeat: f"edit_rows_{number}" for number, repeat in enumerate(sheets)}
    seen = {
        repeat: _with_parents(rows, sheets.get(levels.outside(repeat)))
        if repeat
        else _with_repeats(rows, sheets)
        for repeat, rows in sheets.items()
    }
    for repeat, rows in seen.items():
        con.register(views[repeat], rows)
    present = {column for rows in seen.values() for column in rows.columns}
    judged = {}
    for repeat, rows in sheets.items():
        found = _ask(con, rules_sql(form, views, present, repeat))
        judged[repeat] = pd.concat([rows, found.reindex(rows.index)], axis=1)
    for view in views.values():
        con.unregister(view)
    return judged


def _with_repeats(main: pd.DataFrame, sheets: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Submissions with a column for each repeat that says whether their file came with its rows.

    A CSV export has no rows of repeats: nothing can be counted there, not even to none.
    """
    if FILE_ID not in main:
        return main.reset_index()
    files = main[FILE_ID]
    came = {
        f"came:{repeat}": files.isin(files[files.index.isin(rows["parent_record_id"])])
        for repeat, rows in sheets.items()
        if repeat
    }
    return main.assign(**came).reset_index()


def _with_parents(rows: pd.DataFrame, outer: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of a repeat inside a repeat point to the row around them, not to the submission."""
    rows = rows.reset_index()
    if outer is None or "parent_record_id" not in outer:
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
