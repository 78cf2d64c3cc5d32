"""The functions of expressions in DuckDB SQL. Each line agrees with calls.py, its reference.

Texts are never NULL; a number or a date is a DOUBLE, NULL where it is none. An argument that is
needed twice is named by `named`: written twice, nested calls would grow without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.ask.calls import EARLIEST, LATEST, MICROSECONDS, MOST_PLACES
from pipeline.ask.functions import (
    DATE_GRAMMAR,
    DATETIME_GRAMMAR,
    NUMBER_GRAMMAR,
    TIME_GRAMMAR,
)

EPOCH = "DATE '1970-01-01'"
NAN, INFINITY = "'nan'::DOUBLE", "'inf'::DOUBLE"
FORMATS = MappingProxyType({"%n": "%-m", "%e": "%-d", "%h": "%-H", "%3": "%g"})


def literal(text: str) -> str:
    """An SQL text that holds any text."""
    return "'" + text.replace("'", "''") + "'"


def named(result: str, **values: str) -> str:
    """SQL in which `it.name` stands for a value."""
    fields = ", ".join(f"{name}: {value}" for name, value in values.items())
    return f"list_transform([{{{fields}}}], lambda it: {result})[1]"


def text_as_number(text: str) -> str:
    """A text as DOUBLE; NULL where it is not a number in digits."""
    return f"TRY_CAST({_found(text, NUMBER_GRAMMAR, 0)} AS DOUBLE)"


def text_as_days(text: str) -> str:
    """A text as whole days since 1970-01-01; NULL where it does not start with a date."""
    return f"date_diff('day', {EPOCH}, TRY_CAST({_found(text, DATE_GRAMMAR)} AS DATE))::DOUBLE"


def text_as_moment(text: str) -> str:
    """A text as days since 1970-01-01, its time of day the fraction."""
    return _in_days(f"TRY_CAST({_found(text, DATETIME_GRAMMAR)} AS TIMESTAMP)")


def text_as_time(text: str) -> str:
    """A time of day as a fraction of it."""
    return _in_days(f"{EPOCH} + TRY_CAST({_found(text, TIME_GRAMMAR)} AS TIME)")


def _found(text: str, grammar: str, group: int = 1) -> str:
    return f"regexp_extract(trim({text}), {literal(f'^{grammar}$')}, {group})"


def _in_days(moment: str) -> str:
    return f"(epoch_us({moment})::DOUBLE / {MICROSECONDS!r}::DOUBLE)"


def days_as_text(days: str, form: str = "%Y-%m-%d") -> str:
    """A moment as `format-date` writes it; '' where it is none."""
    for code, same in FORMATS.items():
        form = form.replace(code, same)
    moment = f"make_timestamp(CAST(floor(it.d * {MICROSECONDS!r}::DOUBLE + 0.5::DOUBLE) AS BIGINT))"
    is_day = f"it.d BETWEEN {EARLIEST!r} AND {LATEST!r}"
    shown = f"strftime({moment}, {literal(form)})"
    return named(f"CASE WHEN {is_day} THEN {shown} ELSE '' END", d=days)


def number_as_text(number: str) -> str:
    """A number in its shortest spelling; '' for none."""
    shown = f"regexp_replace(CAST({number} AS VARCHAR), '^-0\\.0$', '0')"
    return f"coalesce(regexp_replace({shown}, '\\.0$', ''), '')"


def _finite(number: str) -> str:
    return f"nullif(nullif(nullif({number}, {NAN}), {INFINITY}), -{INFINITY})"


def _round(number: str, places: str = "0::DOUBLE") -> str:
    up, down = "floor(it.n * it.s + 0.5::DOUBLE) / it.s", "floor(it.n / it.s + 0.5::DOUBLE) * it.s"
    rounded = named(
        f"CASE WHEN it.p < 0 THEN {down} ELSE {up} END",
        n="it.n",
        p="it.p",
        s="pow(10::DOUBLE, abs(trunc(it.p)))",
    )
    is_right = f"isfinite(it.n) AND abs(it.p) < {MOST_PLACES}"
    return _finite(named(f"CASE WHEN {is_right} THEN {rounded} END", n=number, p=places))


def _chosen(text: str) -> str:
    return f"regexp_extract_all({text}, '[^ ]+')"


def _chosen_at(text: str, index: str) -> str:
    place = f"TRY_CAST(trunc(greatest({index}, -1::DOUBLE)) AS BIGINT) + 1"
    return f"coalesce(list_extract({_chosen(text)}, {place}), '')"


def _part_of(text: str, start: str, end: str = INFINITY) -> str:
    kept = "trunc(greatest(least(coalesce({}, 0), length(it.t)), -length(it.t)))::BIGINT"
    kept_both = {"t": "it.t", "a": kept.format("it.a"), "b": kept.format("it.b")}
    place = "(it.{0} + CASE WHEN it.{0} < 0 THEN length(it.t) ELSE 0 END)"
    a, b = place.format("a"), place.format("b")
    cut = named(f"substring(it.t, {a} + 1, greatest({b} - {a}, 0))", **kept_both)
    return named(cut, t=text, a=start, b=end)


def _after(text: str, part: str) -> str:
    rest = "substring(it.t, strpos(it.t, it.p) + length(it.p))"
    return named(f"CASE WHEN contains(it.t, it.p) THEN {rest} ELSE '' END", t=text, p=part)


def _before(text: str, part: str) -> str:
    return named("substring(it.t, 1, greatest(strpos(it.t, it.p) - 1, 0))", t=text, p=part)


def _all(*lists: str) -> str:
    return lists[0] if len(lists) == 1 else f"flatten([{', '.join(lists)}])"


def _join(mark: str, *lists: str) -> str:
    # the mark before each text and cut off the front: list_reduce refuses an empty list
    joined = (
        "substr(list_reduce(list_prepend('', it.l), lambda one, other: one || it.m || other), "
        "length(it.m) + 1)"
    )
    return f"coalesce({named(joined, l=_all(*lists), m=mark)}, '')"


ARITHMETIC: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "+": lambda *values: f"({' + '.join(values)})",
        "-": lambda one, other: f"({one} - {other})",
        "*": lambda one, other: f"({one} * {other})",
        "div": lambda one, other: f"({one} / nullif({other}, 0))",
        "mod": lambda one, other: f"({one} % nullif({other}, 0))",
        "neg": lambda one: f"(- {one})",
    }
)
CALLS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "abs": lambda number: f"abs({number})",
        "boolean": lambda value: value,
        "concat": lambda *lists: _join("''", *lists),
        "contains": lambda text, part: f"contains({text}, {part})",
        "count": lambda texts: f"len({texts})::DOUBLE",
        "count-non-empty": lambda texts: (
            f"len(list_filter({texts}, lambda one: one <> ''))::DOUBLE"
        ),
        "count-selected": lambda text: f"len({_chosen(text)})::DOUBLE",
        "date": lambda days: f"floor({days})",
        "date-time": lambda days: days,
        "decimal-date-time": lambda days: days,
        "decimal-time": lambda days: f"nullif({named('it.d - floor(it.d)', d=days)}, {NAN})",
        "ends-with": lambda text, part: f"suffix({text}, {part})",
        "false": lambda: "false",
        # the pattern is a quoted text by now, that check_meaning accepted
        "format-date": lambda days, form: days_as_text(days, form[1:-1].replace("''", "'")),
        "format-date-time": lambda days, form: days_as_text(days, form[1:-1].replace("''", "'")),
        "int": lambda number: f"trunc({number})",
        "join": _join,
        "max": lambda *lists: f"list_max({_all(*lists)})",
        "min": lambda *lists: f"list_min({_all(*lists)})",
        "not": lambda value: f"(NOT {value})",
        "number": lambda number: number,
        "pow": lambda base, exponent: _finite(f"pow({base}, {exponent})"),
        "regex": lambda text, pattern: f"regexp_full_match({text}, {pattern})",
        "round": _round,
        "selected": lambda text, code: f"list_contains({_chosen(text)}, trim({code}))",
        "selected-at": _chosen_at,
        "starts-with": lambda text, part: f"starts_with({text}, {part})",
        "string": lambda text: text,
        "string-length": lambda text: f"length({text})::DOUBLE",
        "substr": _part_of,
        "substring-after": _after,
        "substring-before": _before,
        "sum": lambda numbers: f"nullif(coalesce(list_sum({numbers}), 0), {NAN})",
        "true": lambda: "true",
    }
)
