"""The checks a derived schema is made of, each registered once with Pandera under its name.

A check knows its column by its statistics alone and holds no closure, so a schema made of these can
be written down, read back and compiled. A missing cell (the export has no such column) and a blank
one pass every check of a value; what a blank means is said by `required`.

The checks of a row read what ask's rules say of it, in columns beside the answers:
`asked:<column>`, `required:<column>` and `constraint:<column>` are TRUE, FALSE, or missing where
the rule cannot be judged.
"""

from __future__ import annotations

# ruff: noqa: ARG001  a rule's text is carried by its check, its outcome comes in a column
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from pandera.api.base.checks import CheckResult
from pandera.api.extensions import register_check_method
from pandera.backends.pandas.checks import PandasCheckBackend
from pandera.pandas import Check

from pipeline.edit.grammar import DATE, DECIMAL, INTEGER, TIME

F = TypeVar("F", bound=Callable[..., pd.Series])
ON_ANSWERS = ("integer", "decimal", "date", "time", "datetime", "choice", "choices")
ON_ROWS = ("required", "relevant", "constraint", "judged", "constraint_judged", "split")


class OneRowPerRecord(PandasCheckBackend):
    """Reports a failing record once, by its index and the question's column, without its value.

    Pandera's own backend reports a failing row once per column of the frame, and copies every
    failing value into the message.
    """

    def postprocess(
        self, check_obj: pd.Series | pd.DataFrame, check_output: pd.Series
    ) -> CheckResult:
        """Turn the boolean Series of a check of ours into failure cases; others as usual."""
        if self.check.name not in ON_ANSWERS + ON_ROWS:
            usual: CheckResult = super().postprocess(check_obj, check_output)  # type: ignore[no-untyped-call]
            return usual
        failing = check_obj.index[~check_output.to_numpy(dtype=bool)]
        if failing.empty:
            return CheckResult(check_output, True, check_obj, None)
        column = check_obj.name if isinstance(check_obj, pd.Series) else None
        cases = pd.DataFrame(
            {
                "column": column or (self.check.statistics or {})["column"],
                "failure_case": "",
                "index": failing,
            }
        )
        return CheckResult(check_output, False, check_obj, cases)


Check.register_backend(pd.DataFrame, OneRowPerRecord, force=True)
Check.register_backend(pd.Series, OneRowPerRecord, force=True)


def _registered(*statistics: str, on: type) -> Callable[[F], F]:
    """Register a check under its function's name."""

    def register(check: F) -> F:
        register_check_method(check, statistics=list(statistics), supported_types=on)
        return check

    return register


def _matches(answers: pd.Series, pattern: str) -> pd.Series:
    return (answers == "") | answers.str.fullmatch(pattern)


@_registered(on=pd.Series)
def integer(answers: pd.Series) -> pd.Series:
    """Digits with an optional sign."""
    return _matches(answers, INTEGER)


@_registered(on=pd.Series)
def decimal(answers: pd.Series) -> pd.Series:
    """Digits with an optional sign and fraction."""
    return _matches(answers, DECIMAL)


@_registered(on=pd.Series)
def date(answers: pd.Series) -> pd.Series:
    """Year-month-day of a day that exists, 1900 to 2099."""
    days = pd.to_datetime(answers.where(answers.str.fullmatch(DATE)), errors="coerce")
    return (answers == "") | days.notna()


@_registered(on=pd.Series)
def time(answers: pd.Series) -> pd.Series:
    """Hours and minutes, optionally seconds and the offset from UTC."""
    return _matches(answers, TIME)


@_registered(on=pd.Series)
def datetime(answers: pd.Series) -> pd.Series:
    """A date and a time with a T or a blank between them."""
    parts = answers.str.replace(" ", "T", n=1).str.partition("T")
    return (answers == "") | (date(parts[0]) & time(parts[2]) & (parts[2] != ""))


@_registered("codes", on=pd.Series)
def choice(answers: pd.Series, *, codes: Sequence[str]) -> pd.Series:
    """One code of the list."""
    return answers.isin(["", *codes])


@_registered("codes", on=pd.Series)
def choices(answers: pd.Series, *, codes: Sequence[str]) -> pd.Series:
    """Codes of the list, joined by one blank."""
    known = set(codes)
    return answers.map(lambda joined: known.issuperset(joined.split())).astype(bool)


def _filled(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows[column].notna() & (rows[column] != "")


def _is(rows: pd.DataFrame, rule: str, column: str, *, value: bool) -> pd.Series:
    return rows[f"{rule}:{column}"] == value


def _unjudged(rows: pd.DataFrame, rule: str, column: str) -> pd.Series:
    return _filled(rows, column) & rows[f"{rule}:{column}"].isna()


@_registered("column", "expression", on=pd.DataFrame)
def required(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Not blank where the question was asked and an answer is required."""
    asked = _is(rows, "asked", column, value=True)
    return ~(asked & _is(rows, "required", column, value=True) & (rows[column] == ""))


@_registered("column", "expression", on=pd.DataFrame)
def relevant(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Blank where the question was not asked."""
    return ~(_filled(rows, column) & _is(rows, "asked", column, value=False))


@_registered("column", "expression", on=pd.DataFrame)
def constraint(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """The form's own condition on the answer holds."""
    return ~(_filled(rows, column) & _is(rows, "constraint", column, value=False))


@_registered("column", "expression", on=pd.DataFrame)
def judged(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Whether an answered question was asked can be known."""
    return ~_unjudged(rows, "asked", column)


@_registered("column", "expression", on=pd.DataFrame)
def constraint_judged(rows: pd.DataFrame, *, column: str, expression: str) -> pd.Series:
    """Whether an answer keeps the form's condition can be known."""
    return ~_unjudged(rows, "constraint", column)


@_registered("column", "codes", on=pd.DataFrame)
def split(rows: pd.DataFrame, *, column: str, codes: Sequence[str]) -> pd.Series:
    """The joined codes and the 0/1 columns beside them, where there are any, say the same."""
    agree = np.ones(len(rows), dtype=bool)
    chosen = [set(joined.split()) for joined in rows[column].fillna("")]
    for code in codes:
        if f"{column}/{code}" in rows:
            ticked = rows[f"{column}/{code}"].to_numpy(object)
            is_chosen = np.array([code in those for those in chosen], dtype=bool)
            agree &= np.where(is_chosen, ticked != "0", ticked != "1")
    return pd.Series(agree, rows.index)
