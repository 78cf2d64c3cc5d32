"""How a check is written in SQL: one template for each check name.

A template turns a check's statistics into a condition that is TRUE for a cell or row that breaks
the check; NULL and FALSE mean that it holds. It must agree with the check's pandas function on
every value, which is a matter of tests, not of trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pandera.pandas import Check

Template = Callable[..., str]
T = TypeVar("T", bound=Template)
TEMPLATES: dict[str, Template] = {}
FLOATS = ("FLOAT", "DOUBLE")
NUMBERS = (*FLOATS, "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT")


def quote(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True)
class Cells:
    """The columns of a relation by name, as a template may write them; `own` is the check's."""

    types: Mapping[str, str]
    own: str = ""

    def __call__(self, name: str) -> str:
        """A column of the relation; what is not a number is missing, as in pandas."""
        cell = quote(name)
        return f"CASE WHEN NOT isnan({cell}) THEN {cell} END" if self._is_float(name) else cell

    def __contains__(self, name: str) -> bool:
        return name in self.types

    @property
    def cell(self) -> str:
        """The check's own column."""
        return self(self.own)

    def literal(self, value: object) -> str:
        """A value that can be compared with the check's own column as pandas would.

        Raises:
            TypeError: the column holds another kind of value.
        """
        kind = self.types.get(self.own, "")
        if isinstance(value, str) and kind == "VARCHAR":
            return text(value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and kind.startswith(NUMBERS):
            return repr(value)
        raise TypeError(f"a {type(value).__name__} beside a column of {kind}")

    def literals(self, values: Iterable[object]) -> str:
        """Values with commas between them; of no values, NULL."""
        return ", ".join(map(self.literal, values)) or "NULL"

    def _is_float(self, name: str) -> bool:
        return self.types.get(name, "") in FLOATS


def sql_template(name: str) -> Callable[[T], T]:
    """Say how the check of this name is written in SQL.

    The template is called with the relation's `Cells` and the check's statistics as keywords.
    """

    def register(template: T) -> T:
        TEMPLATES[name] = template
        return template

    return register


def condition(check: Check, cells: Cells) -> str | None:
    """The SQL that is TRUE where the check is broken; None where it cannot be written."""
    template = TEMPLATES.get(check.name or "")
    is_plain = check.ignore_na and not check.groupby and check.n_failure_cases is None
    if template is None or not is_plain or check.raise_warning:
        return None
    try:
        return template(cells, **(check.statistics or {}))
    except TypeError:
        return None


def has_template(check: Check) -> bool:
    """Whether a check of this name can be written in SQL."""
    return check.name in TEMPLATES


def _compared(operator: str) -> Template:
    def template(cells: Cells, **bound: object) -> str:
        return f"NOT ({cells.cell} {operator} {cells.literal(*bound.values())})"

    return template


TEMPLATES |= {
    "equal_to": _compared("="),
    "not_equal_to": _compared("<>"),
    "greater_than": _compared(">"),
    "greater_than_or_equal_to": _compared(">="),
    "less_than": _compared("<"),
    "less_than_or_equal_to": _compared("<="),
}


@sql_template("in_range")
def _in_range(
    cells: Cells,
    *,
    min_value: object,
    max_value: object,
    include_min: bool = True,
    include_max: bool = True,
) -> str:
    low, high = (">=" if include_min else ">"), ("<=" if include_max else "<")
    cell, least, most = cells.cell, cells.literal(min_value), cells.literal(max_value)
    return f"NOT ({cell} {low} {least} AND {cell} {high} {most})"


@sql_template("isin")
def _isin(cells: Cells, *, allowed_values: Iterable[object]) -> str:
    allowed = list(allowed_values)
    return (
        f"{cells.cell} NOT IN ({cells.literals(allowed)})"
        if allowed
        else f"{cells.cell} IS NOT NULL"
    )


@sql_template("notin")
def _notin(cells: Cells, *, forbidden_values: Iterable[object]) -> str:
    return f"{cells.cell} IN ({cells.literals(forbidden_values)})"


@sql_template("str_startswith")
def _startswith(cells: Cells, *, string: str) -> str:
    return f"NOT starts_with({cells.cell}, {text(string)})"


@sql_template("str_endswith")
def _endswith(cells: Cells, *, string: str) -> str:
    return f"NOT ends_with({cells.cell}, {text(string)})"


@sql_template("str_length")
def _length(
    cells: Cells,
    *,
    min_value: int | None = None,
    max_value: int | None = None,
    exact_value: int | None = None,
) -> str:
    length = f"length({cells.cell})"
    bounds = ((">=", min_value), ("<=", max_value), ("=", exact_value))
    kept = [f"{length} {sign} {int(bound)}" for sign, bound in bounds if bound is not None]
    return f"NOT ({' AND '.join(kept)})"
