"""Rules judged both ways: every verdict a test looks at was given by SQL and by Python alike."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb

from pipeline.ask import Questionnaire, judge, read_questionnaire, rules_sql
from tests.forms import write_form
from tests.markdown import table

TODAY = date(2025, 3, 1)
WORDS = {True: "yes", False: "no", None: "?"}
Rows = list[dict[str, object]]


def form(folder: Path, survey: str, choices: str = "") -> Questionnaire:
    return read_questionnaire(write_form(folder / "questionnaire.xlsx", survey, choices))


def received(text: str, first: int = 1) -> Rows:
    """A table of answers with record_id from `first` on; '?' is an answer the export lacks.

    A column `of` names the parent's record_id.
    """
    rows: Rows = []
    for number, row in enumerate(table(text), start=first):
        answers: dict[str, object] = {
            name: None if value == "?" else value for name, value in row.items() if name != "of"
        }
        parent = {"parent_record_id": int(row["of"])} if "of" in row else {"submitted_on": TODAY}
        rows.append({"record_id": number, **parent, **answers})
    return rows


def shown(found: list[dict[str, bool | None]], *columns: str) -> list[str]:
    return [" ".join(WORDS[row[column]] for column in columns) for row in found]


def verdicts(
    questionnaire: Questionnaire,
    sheets: Rows | Mapping[str, Rows],
    repeat: str = "",
    con: duckdb.DuckDBPyConnection | None = None,
) -> list[dict[str, bool | None]]:
    """The verdicts by SQL, after checking that Python says the same."""
    sheets = {"": sheets} if isinstance(sheets, list) else sheets
    con = con or duckdb.connect(config={"threads": 1})
    columns = {name for rows in sheets.values() for row in rows for name in row}
    tables = {level: f"sheet_{number}" for number, level in enumerate(sheets)}
    for level, rows in sheets.items():
        _write(con, tables[level], rows)
    sql = rules_sql(questionnaire, tables, columns, repeat)
    found = con.execute(f"FROM ({sql}) ORDER BY record_id")
    heads = [column[0] for column in found.description or ()][1:]  # the first is record_id
    by_sql = [dict(zip(heads, row[1:], strict=True)) for row in found.fetchall()]
    by_python = judge(questionnaire, sheets, repeat)
    assert by_sql == by_python
    return by_python


def _write(con: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    types = {"record_id": "INTEGER", "parent_record_id": "INTEGER", "submitted_on": "DATE"}
    names = sorted({key for row in rows for key in row} | set(types))
    types |= {one: "BOOLEAN" for one in names if one.startswith("came:")}
    columns = ", ".join(f'"{one}" {types.get(one, "VARCHAR")}' for one in names)
    con.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    values = [[row.get(one) for one in names] for row in rows]
    if values:
        con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(names))})", values)
