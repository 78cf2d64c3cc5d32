"""Which submissions of a wave compete with each other, and what becomes of each.

Only what shares an id, a root or a unit is read whole and held side by side; of all others a few
columns are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pandas as pd

from pipeline.edit.identity import (
    ALONE,
    COUNTRY,
    SHARE,
    ByHand,
    Outcomes,
    competes_by_unit,
    settle,
    settle_alone,
)
from pipeline.edit.sheets import Sheets, fixed
from pipeline.store import quote


def settle_wave(sheets: Sheets, by_hand: ByHand) -> list[int]:
    """Settle the submissions; gives back the records of units that answered more than once.

    Writes the unit of every submission into edit_unit, and the outcomes into edit_closed.
    """
    survey, wave, con = sheets.survey, sheets.wave, sheets.con
    _write_keys(sheets)
    day = wave.closes or _newest_day(con, by_hand)
    there = _columns(con, "edit_key")
    is_key = survey.key.unit in there
    con.execute(_competing(survey.key.unit if is_key and competes_by_unit(survey) else ""))
    outcomes: Outcomes = {}
    several: list[int] = []
    if con.execute("SELECT count(*) FROM edit_competing").fetchall() != [(0,)]:
        rows = _competitors(sheets)
        outcomes, several = settle(survey, wave, rows, by_hand, day)
    wanted = ["record_id", *ALONE, survey.key.unit, survey.key.consent.question, COUNTRY]
    names = ", ".join(quote(name) for name in dict.fromkeys(wanted) if name in there)
    others = f"""SELECT {names} FROM edit_key WHERE record_id NOT IN (FROM edit_competing)
                 ORDER BY record_id"""
    alone = con.execute(others).df().set_index("record_id")
    _close(con, outcomes | settle_alone(survey, wave, alone, by_hand, day))
    return several


def _write_keys(sheets: Sheets) -> None:
    """edit_key: the few columns that say whose a submission is; its unit into edit_unit."""
    key = sheets.survey.key
    wanted = [key.unit, key.consent.question, COUNTRY]
    if sheets.at_once is not None:
        laid = sheets.at_once.laid[""]
        names = [name for name in dict.fromkeys([*fixed(""), *wanted]) if name in laid.columns]
        _make_keys(sheets.con, laid.name, names)
    else:
        laid = sheets.lay("", sheets.whole, wanted)
        sheets.spell("", laid)
        _make_keys(sheets.con, laid.name, laid.columns)
        laid.drop()
    unit = f"coalesce({quote(key.unit)}, '')" if key.unit in laid.columns else "''"
    sheets.con.execute(
        f"INSERT INTO edit_unit SELECT record_id, {unit}, submitted_on FROM edit_key"
    )


def _make_keys(con: duckdb.DuckDBPyConnection, source: str, names: Sequence[str]) -> None:
    cells = ", ".join(map(quote, names))
    con.execute(f"CREATE OR REPLACE TEMP TABLE edit_key AS SELECT {cells} FROM {source}")


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [name for name, *_ in con.execute(f"DESCRIBE {table}").fetchall()]


def _newest_day(con: duckdb.DuckDBPyConnection, by_hand: ByHand) -> date | None:
    """When the newest submission came, those that people took out aside."""
    sql = """SELECT max(submitted_on) FROM edit_key WHERE NOT list_contains(?, submission_id)
             AND review_state IS DISTINCT FROM 'rejected'"""
    found: list[tuple[date | None]] = con.execute(sql, [sorted(by_hand.removed)]).fetchall()
    return found[0][0]


def _competing(unit: str) -> str:
    """The statement that makes edit_competing, the records that share what only one may have."""
    shared = ["submission_id", "root_id", *([quote(unit)] if unit else [])]
    twice = [
        f"SELECT record_id FROM edit_key WHERE coalesce({name}, '') IN "
        f"(SELECT coalesce({name}, '') FROM edit_key GROUP BY 1 HAVING count(*) > 1)"
        + (f" AND {name} <> ''" if name == quote(unit) else "")
        for name in shared
    ]
    edited = "SELECT deprecated_id FROM edit_key WHERE deprecated_id <> ''"
    return f"""CREATE OR REPLACE TEMP TABLE edit_competing AS {" UNION ".join(twice)}
        UNION SELECT record_id FROM edit_key WHERE deprecated_id <> ''
        UNION SELECT record_id FROM edit_key WHERE submission_id IN ({edited})"""


def _competitors(sheets: Sheets) -> pd.DataFrame:
    """All cells of the competing submissions, and SHARE: 1 where no answer was required."""
    where = "{record} IN (FROM edit_competing)"
    judged = sheets.at_once or sheets.judged(f"{sheets.whole} AND {where}")
    required = [question.column for question in sheets.form.answers() if question.required]
    # `required:` is TRUE only where the question was asked as well
    due = [f"{quote(f'required:{column}')} AND {quote(column)} IS NOT NULL" for column in required]
    given = [f"{quote(f'required:{column}')} AND {quote(column)} <> ''" for column in required]
    share = f"coalesce({_count(given)} / nullif({_count(due)}, 0), 1.0)" if required else "1.0"
    names = [name for name in sheets.columns("") if not name.startswith("came:")]
    cells = ", ".join(map(quote, names))
    sql = f"""SELECT {cells}, {share} AS {quote(SHARE)} FROM {judged.laid[""].name}
              WHERE {where.format(record="record_id")} ORDER BY record_id"""
    rows = sheets.con.execute(sql).df().set_index("record_id")
    if judged is not sheets.at_once:
        judged.drop()
    return rows


def _count(conditions: list[str]) -> str:
    return f"list_sum([{', '.join(f'CAST(coalesce({c}, false) AS INTEGER)' for c in conditions)}])"


def _close(con: duckdb.DuckDBPyConnection, closed: Outcomes) -> None:
    frame = pd.DataFrame(
        {
            "record_id": pd.Series(list(closed), dtype="int64"),
            "verdict": pd.Series([o.verdict for o in closed.values()], dtype="str"),
            "reason": pd.Series([o.reason.name for o in closed.values()], dtype="str"),
        }
    )
    con.register("incoming", frame)
    con.execute("INSERT INTO edit_closed SELECT * FROM incoming")
    con.unregister("incoming")
