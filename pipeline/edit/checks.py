"""The checks a derived schema is made of, each registered once with Pandera under its name.

Each is written twice, for pandas (what holds) and below it in SQL (what is bad); a test holds them
equal. A check knows its column by its statistics alone and holds no closure, so a schema made of
these can be written down, read back and compiled. A missing cell (the export has no such column)
and a blank one pass every check of a value; what a blank means is said by `required`.

The checks of a row read what ask's rules say of it, in columns beside the answers:
`asked:<column>`, `required:<column>`, `constraint:<column>`, `warning:<column>` and
`filter:<column>` are TRUE, FALSE, or missing where the rule cannot be judged.
"""

from __future__ import annotations

# ruff: noqa: ARG001  a rule's text is carried by its check, its outcome comes in a column
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from pandera.api.extensions import register_check_method

from pipeline.edit.grammar import DATE, DECIMAL, INTEGER, TIME
from pipeline.edit.pandera_duckdb import Cells, sql_template, text

F = TypeVar("F", bound=Callable[..., pd.Series])


def _registered(*statistics: str, on: type) -> Callable[[F], F]:
    """Register a check under its function's name."""

    def register(check: F) -> F:
        register_check_method(check, statistics=list(statistics), supported_types=on)
        return check

    return register


def _matches(answers: pd.Series, pattern: str) -> pd.Series:
    return (answers == "") | answers.str.fullmatch(pattern)


def _odd(cells: Cells, pattern: str) -> str:
    return f"NOT regexp_full_match({cells.cell}, {text(f'({pattern})?')})"


def _odd_number(cells: Cells, pattern: str, again: str) -> str:
    """Cheaper than the pattern alone: a number that is `again` what was written needs none."""
    cell = cells.cell
    return f"{cell} <> '' AND {again} IS DISTINCT FROM {cell} AND {_odd(cells, pattern)}"


@_registered(on=pd.Series)
def integer(answers: pd.Series) -> pd.Series:
    """Digits with an optional sign."""
    return _matches(answers, INTEGER)


@sql_template("integer")
def _integer(cells: Cells) -> str:
    return _odd_number(cells, INTEGER, f"CAST(try_cast({cells.cell} AS DECIMAL(18, 0)) AS VARCHAR)")


@_registered(on=pd.Series)
def decimal(answers: pd.Series) -> pd.Series:
    """Digits with an optional sign and fraction."""
    return _matches(answers, DECIMAL)


@sql_template("decimal")
def _decimal(cells: Cells) -> str:
    number = f"CAST(try_cast({cells.cell} AS DECIMAL(24, 9)) AS VARCHAR)"
    return _odd_number(cells, DECIMAL, f"rtrim(rtrim({number}, '0'), '.')")


@_registered(on=pd.Series)
def date(answers: pd.Series) -> pd.Series:
    """Year-month-day of a day that exists, 1900 to 2099."""
    spelled = answers.where(answers.str.fullmatch(DATE))
    days = pd.to_datetime(spelled, format="%Y-%m-%d", errors="coerce")
    return (answers == "") | days.notna()


@sql_template("date")
def _date(cells: Cells) -> str:
    return f"{cells.cell} <> '' AND {_no_day(cells.cell)}"


def _no_day(day: str) -> str:
    """Cheaper than the pattern: only a day that exists, spelled by the grammar, survives a cast."""
    again = f"CAST(try_cast({day} AS DATE) AS VARCHAR)"
    within = f"{day} BETWEEN '1900-01-01' AND '2099-12-31'"
    return f"coalesce({again} <> {day} OR NOT {within}, TRUE)"


@_registered(on=pd.Series)
def time(answers: pd.Series) -> pd.Series:
    """Hours and minutes, optionally seconds and the offset from UTC."""
    return _matches(answers, TIME)


@sql_template("time")
def _time(cells: Cells) -> str:
    return _odd(cells, TIME)


@_registered(on=pd.Series)
def datetime(answers: pd.Series) -> pd.Series:
    """A date and a time with a T or a blank between them."""
    spelled = answers.str.fullmatch(f"{DATE}[T ]{TIME}")
    dates = answers.str.slice(stop=10).where(spelled)
    days = pd.to_datetime(dates, format="%Y-%m-%d", errors="coerce")
    return (answers == "") | days.notna()


@sql_template("datetime")
def _datetime(cells: Cells) -> str:
    day = f"left({cells.cell}, 10)"
    return f"{_odd(cells, f'{DATE}[T ]{TIME}')} OR ({cells.cell} <> '' AND {_no_day(day)})"


@_registered("codes", on=pd.Series)
def choice(answers: pd.Series, *, codes: Sequence[str]) -> pd.Series:
    """One code of the list."""
    return answers.isin(["", *codes])


@sql_template("choice")
def _choice(cells: Cells, *, codes: Sequence[str]) -> str:
    return f"{cells.cell} NOT IN ({cells.literals(['', *codes])})"


@_registered("codes", on=pd.Series)
def choices(answers: pd.Series, *, codes: Sequence[str]) -> pd.Series:
    """Codes of the list, joined by one blank."""
    known = {"", *codes}
    distinct = {joined for joined in answers.unique() if known.issuperset(joined.split(" "))}
    return answers.isin(distinct)


@sql_template("choices")
def _choices(cells: Cells, *, codes: Sequence[str]) -> str:
    known = f"[{cells.literals(['', *codes])}]"
    return f"NOT list_has_all({known}, string_split({cells.cell}, ' '))"


def _filled(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows[column].notna() & (rows[column] != "")


def _is(rows: pd.DataFrame, rule: str, column: str, *, value: bool) -> pd.Series:
    return rows[f"{rule}:{column}"] == value


def _kept(rows: pd.DataFrame, rule: str, column: str) -> pd.Series:
    """No answer of which the rule says FALSE."""
    return ~(_filled(rows, column) & _is(rows, rule, column, value=False))


def _broken(cells: Cells, rule: str, column: str) -> str:
    return f"{cells.cell} <> '' AND NOT {cells(f'{rule}:{column}')}"


def _unjudged(rows: pd.DataFrame, rule: str, column: str) -> pd.Series:
    return _filled(rows, column) & rows[f"{rule}:{column}"].isna()


@_registered("column", "expression", on=pd.DataFrame)
def required(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Not blank where the question was asked and an answer is required."""
    asked = _is(rows, "asked", column, value=True)
    return ~(asked & _is(rows, "required", column, value=True) & (rows[column] == ""))


@sql_template("required")
def _required(cells: Cells, *, column: str, expression: str) -> str:
    asked, due = cells(f"asked:{column}"), cells(f"required:{column}")
    return f"{cells.cell} = '' AND {asked} AND {due}"


@_registered("column", "expression", on=pd.DataFrame)
def relevant(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Blank where the question was not asked."""
    return _kept(rows, "asked", column)


@sql_template("relevant")
def _relevant(cells: Cells, *, column: str, expression: str) -> str:
    return _broken(cells, "asked", column)


@_registered("column", "expression", on=pd.DataFrame)
def constraint(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """The form's own condition on the answer holds."""
    return _kept(rows, "constraint", column)


@sql_template("constraint")
def _constraint(cells: Cells, *, column: str, expression: str) -> str:
    return _broken(cells, "constraint", column)


@_registered("column", "expression", on=pd.DataFrame)
def plausible(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """The answer is as the form expects; where that cannot be judged, nothing is said."""
    return _kept(rows, "warning", column)


@sql_template("plausible")
def _plausible(cells: Cells, *, column: str, expression: str) -> str:
    return _broken(cells, "warning", column)


@_registered("column", "expression", on=pd.DataFrame)
def offered(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Every choice answered was on offer beside the other answers."""
    return _kept(rows, "filter", column)


@sql_template("offered")
def _offered(cells: Cells, *, column: str, expression: str) -> str:
    return _broken(cells, "filter", column)


@_registered("column", "expression", on=pd.DataFrame)
def judged(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Whether an answered question was asked can be known."""
    return ~_unjudged(rows, "asked", column)


@sql_template("judged")
def _judged(cells: Cells, *, column: str, expression: str) -> str:
    return f"{cells.cell} <> '' AND {cells(f'asked:{column}')} IS NULL"


@_registered("column", "expression", on=pd.DataFrame)
def constraint_judged(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Whether an answer keeps the form's condition can be known."""
    return ~_unjudged(rows, "constraint", column)


@sql_template("constraint_judged")
def _constraint_judged(cells: Cells, *, column: str, expression: str) -> str:
    return f"{cells.cell} <> '' AND {cells(f'constraint:{column}')} IS NULL"


@_registered("column", "expression", on=pd.DataFrame)
def offer_judged(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Whether the choices answered were on offer can be known."""
    return ~_unjudged(rows, "filter", column)


@sql_template("offer_judged")
def _offer_judged(cells: Cells, *, column: str, expression: str) -> str:
    return f"{cells.cell} <> '' AND {cells(f'filter:{column}')} IS NULL"


@_registered("column", "codes", on=pd.DataFrame)
def split(rows: pd.DataFrame, *, column: str, codes: Sequence[str]) -> pd.Series:
    """The joined codes and the 0/1 columns beside them, where there are any, say the same."""
    agree = np.ones(len(rows), dtype=bool)
    chosen = [set(joined.split(" ")) for joined in rows[column].fillna("")]
    for code in codes:
        if f"{column}/{code}" in rows:
            ticked = rows[f"{column}/{code}"].to_numpy(object)
            is_chosen = np.array([code in those for those in chosen], dtype=bool)
            agree &= np.where(is_chosen, ticked != "0", ticked != "1")
    return pd.Series(agree, rows.index)


@sql_template("split")
def _split(cells: Cells, *, column: str, codes: Sequence[str]) -> str:
    chosen = f"string_split(coalesce({cells.cell}, ''), ' ')"
    disagreements = [
        f"coalesce({cells(beside)}, '') = CASE WHEN list_contains({chosen}, {text(code)}) "
        "THEN '0' ELSE '1' END"
        for code in codes
        if (beside := f"{column}/{code}") in cells
    ]
    return " OR ".join(disagreements) or "FALSE"
