"""The functions of expressions in Python: text, numbers (None is no number), days, truth."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from types import MappingProxyType
from typing import Any

import re2

from pipeline.ask.functions import (
    DATE_GRAMMAR,
    DATETIME_GRAMMAR,
    NUMBER_GRAMMAR,
    QUIET,
    TIME_GRAMMAR,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS = 86_400_000_000.0  # of a day
MOST_PLACES = 10  # of round()
EARLIEST, LATEST = -354_285.0, 2_900_000.0  # days whose year has four digits
# The codes of format-date in those of strftime; thousandths are the first digits of %f.
FORMATS = MappingProxyType(
    {"%Y": "%Y", "%y": "%y", "%m": "%m", "%n": "%-m", "%d": "%d", "%e": "%-d", "%H": "%H",
     "%h": "%-H", "%M": "%M", "%S": "%S", "%3": "%f"}
)  # fmt: skip


def text_as_number(text: str) -> float | None:
    """A text as a number; None where it is not a number in digits."""
    text = text.strip(" ")
    return float(text) if re.fullmatch(NUMBER_GRAMMAR, text) else None


def text_as_days(text: str) -> float | None:
    """A text as whole days since 1970-01-01; None where it does not start with a date."""
    found = re.fullmatch(DATE_GRAMMAR, text.strip(" "))
    try:
        return float((date.fromisoformat(found[1]) - EPOCH.date()).days) if found else None
    except ValueError:
        return None


def text_as_moment(text: str) -> float | None:
    """A text as days since 1970-01-01, its time of day the fraction."""
    found = re.fullmatch(DATETIME_GRAMMAR, text.strip(" "))
    return _moment(found[1]) if found else None


def text_as_time(text: str) -> float | None:
    """A time of day as a fraction of it."""
    found = re.fullmatch(TIME_GRAMMAR, text.strip(" "))
    return _moment(f"1970-01-01T{found[1]}") if found else None


def _moment(text: str) -> float | None:
    whole, _, fraction = text.partition(".")
    try:
        moment = datetime.fromisoformat(f"{whole}.{fraction:0<6}" if fraction else whole)
    except ValueError:
        return None
    return float((moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)) / MICROSECONDS


def days_as_text(days: float | None, form: str = "%Y-%m-%d") -> str:
    """A moment as `format-date` writes it; '' where it is none."""
    if days is None or not EARLIEST <= days <= LATEST:
        return ""
    moment = EPOCH + timedelta(microseconds=math.floor(days * MICROSECONDS + 0.5))
    return re.sub("%.", lambda code: _part(moment, code[0]), form)


def _part(moment: datetime, code: str) -> str:
    return moment.strftime(FORMATS[code])[: 3 if code == "%3" else None]


def number_as_text(number: float | None) -> str:
    """A number in its shortest spelling; '' for none."""
    return "" if number is None else repr(number + 0.0).removesuffix(".0")


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def calculate(sign: str, *values: float | None) -> float | None:
    """None where a value is missing or the result is no number, as after a division by zero."""
    if any(value is None for value in values):
        return None
    try:
        result: float = ARITHMETIC[sign](*values)
    except (ZeroDivisionError, ValueError):
        return None
    return None if math.isnan(result) else result


def _power(base: float | None, exponent: float | None) -> float | None:
    if base is None or exponent is None:
        return None
    try:
        return _finite(math.pow(base, exponent))
    except (OverflowError, ValueError):
        return None


def _whole(number: float | None, rounding: Callable[[float], int]) -> float | None:
    return number if number is None or math.isinf(number) else float(rounding(number))


def _round(number: float | None, places: float | None = 0.0) -> float | None:
    """Halves go up, also below zero, as in XPath."""
    if number is None or places is None or math.isinf(number) or not abs(places) < MOST_PLACES:
        return None
    scale = float(10 ** abs(math.trunc(places)))
    if places < 0:
        return _finite(math.floor(number / scale + 0.5) * scale)
    moved = _finite(number * scale + 0.5)
    return None if moved is None else math.floor(moved) / scale


def _chosen(text: str) -> list[str]:
    return re.findall("[^ ]+", text)


def _chosen_at(text: str, index: float | None) -> str:
    chosen = _chosen(text)
    place = -1 if index is None or math.isinf(index) else math.trunc(index)
    return chosen[place] if 0 <= place < len(chosen) else ""


def _part_of(text: str, start: float | None, end: float | None = math.inf) -> str:
    """From the place `start`, counted from 0, up to before `end`; below 0 from the text's end."""
    first, last = (_place(one, len(text)) for one in (start, end))
    return text[first:last]


def _place(index: float | None, length: int) -> int:
    kept = max(-length, min(index or 0.0, length))
    return math.trunc(kept) + (length if math.trunc(kept) < 0 else 0)


def _after(text: str, part: str) -> str:
    return text[text.index(part) + len(part) :] if part in text else ""


def _before(text: str, part: str) -> str:
    return text[: text.index(part)] if part in text else ""


def _extreme(choose: Callable[..., float], *lists: Sequence[float | None]) -> float | None:
    return choose((one for numbers in lists for one in numbers if one is not None), default=None)


ARITHMETIC: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        "+": lambda *values: reduce(operator.add, values),
        "-": operator.sub,
        "*": operator.mul,
        "div": operator.truediv,
        "mod": math.fmod,
        "neg": operator.neg,
    }
)
CALLS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "abs": lambda number: number if number is None else abs(number),
        "boolean": lambda value: value,
        "concat": lambda *lists: "".join(text for texts in lists for text in texts),
        "contains": lambda text, part: part in text,
        "count": lambda texts: float(len(texts)),
        "count-non-empty": lambda texts: float(sum(text != "" for text in texts)),
        "count-selected": lambda text: float(len(_chosen(text))),
        "date": lambda days: _whole(days, math.floor),
        "date-time": lambda days: days,
        "decimal-date-time": lambda days: days,
        "decimal-time": lambda days: calculate("-", days, _whole(days, math.floor)),
        "ends-with": lambda text, part: text.endswith(part),
        "false": lambda: False,
        "format-date": days_as_text,
        "format-date-time": days_as_text,
        "int": lambda number: _whole(number, math.trunc),
        "join": lambda mark, *lists: mark.join(text for texts in lists for text in texts),
        "max": lambda *lists: _extreme(max, *lists),
        "min": lambda *lists: _extreme(min, *lists),
        "not": lambda value: not value,
        "number": lambda number: number,
        "pow": _power,
        "regex": lambda text, pattern: re2.compile(pattern, QUIET).fullmatch(text) is not None,
        "round": _round,
        "selected": lambda text, code: code.strip(" ") in _chosen(text),
        "selected-at": _chosen_at,
        "starts-with": lambda text, part: text.startswith(part),
        "string": lambda text: text,
        "string-length": lambda text: float(len(text)),
        "substr": _part_of,
        "substring-after": _after,
        "substring-before": _before,
        "sum": lambda numbers: calculate("+", 0.0, *(one for one in numbers if one is not None)),
        "true": lambda: True,
    }
)
