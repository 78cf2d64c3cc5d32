"""What leaves of numbers that are made from others: no more than those tell that have left.

A change, a difference, a total, a test or the points of a ranking has no disclosure rule of its
own. It names the numbers it is made from (`results.MADE_FROM`), and is seen after the audit, when
these are as they will be published:

    one of them is hidden, or is in no table    it is hidden too, for the same reason
    all of them are shown as they are           so is it
    two are compared, one of them rounded       the difference of what is shown, its error rounded
    anything else of rounded numbers            hidden

So whoever has the others learns no value from it. A test is a number of its whole table, and leaves
only where every cell of that table did, as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from pipeline.errors import Problem
from pipeline.estimate.disclosure import hidden_row
from pipeline.estimate.interval import quantile_of_t
from pipeline.estimate.results import MADE_FROM, Row

COMPARED = frozenset({"change", "difference"})
NUMBERS = ("count", "n", "estimate", "se", "ci_low", "ci_high")
IN_STEPS = "in_steps"  # of a row of scores: its value in the steps in which scores leave, or None


def as_published(
    made: Iterable[Row], published: Iterable[Row], before_control: Iterable[Row]
) -> Iterator[Row]:
    """The rows made from others, as they may leave beside `published`.

    Args:
        made: rows with MADE_FROM.
        published: the other rows, after control and audit.
        before_control: the same as they were.
    """
    shown = {row["result_id"]: row for row in published}
    raw = {row["result_id"]: row for row in before_control}
    exact = {name for name, row in shown.items() if _is_as_it_was(row, raw[name])}
    for row in made:
        yield _published(row, shown, exact)


def _is_as_it_was(row: Row, raw: Row) -> bool:
    return all(_same(row.get(name), raw.get(name)) for name in NUMBERS)


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or (math.isnan(one) and math.isnan(other))


def _published(row: Row, shown: Mapping[str, Row], exact: set[str]) -> Row:
    names = row[MADE_FROM]
    if hidden := _why_hidden(names, shown):  # that there is nothing to compare would tell as well
        return hidden_row(row, hidden)
    if row["shown"] != "yes":
        return row
    if IN_STEPS in row:
        return _in_steps(row)
    if exact.issuperset(names):
        return row
    if row["statistic"] in COMPARED:
        return _as_coarse(row, *(float(shown[name]["estimate"]) for name in names))
    return hidden_row(row, Problem.weights_would_tell.name)


def _why_hidden(names: Iterable[str], shown: Mapping[str, Row]) -> str:
    """The reason of the first number that is hidden, or is in no table; '' where all are shown."""
    for name in names:
        if name not in shown:
            return Problem.weights_would_tell.name
        if shown[name]["shown"] == "c":
            return str(shown[name]["reason"])
    return ""


def _as_coarse(row: Row, now: float, then: float) -> Row:
    """The difference of the two numbers as they are shown, its error as coarse as they are."""
    digits = 1 if row["unit_of_measure"] == "points" else min(_digits(now), _digits(then))
    value = now - then
    half = round((row["ci_high"] - row["ci_low"]) / 2, digits)
    numbers = {"estimate": value, "ci_low": value - half, "ci_high": value + half}
    numbers |= {"se": round(row["se"], digits)}
    return row | {name: round(number, digits + 3) for name, number in numbers.items()}


def _digits(value: float) -> int:
    """Digits that a share was rounded to."""
    return 2 if abs(value - round(value, 2)) < 1e-12 else 3


def _in_steps(row: Row) -> Row:
    """A difference of mean scores, each in its step, with an interval around what is shown."""
    if row[IN_STEPS] is None:
        return hidden_row(row, Problem.small_base.name)
    value = {"estimate": float(row[IN_STEPS])}
    if not row["is_weighted"]:
        return row | value
    se = float(np.round(row["se"], 1))
    half = quantile_of_t(row["ci_level"], int(row["df"])) * se
    return row | value | {
        "se": se, "ci_low": value["estimate"] - half, "ci_high": value["estimate"] + half
    }  # fmt: skip
