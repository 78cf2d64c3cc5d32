"""Expressions evaluated in Python: the reference that the SQL is tested against."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import reduce
from types import MappingProxyType
from typing import Any

import re2

from pipeline.ask.expression import Call, Node, Number, Operation, Reference, Text
from pipeline.ask.functions import (
    BOOLEAN,
    BRANCHING,
    DATE,
    DATE_GRAMMAR,
    FUNCTIONS,
    NUMBER,
    NUMBER_GRAMMAR,
    QUIET,
    TEXT,
    Kinds,
    branches,
    compared_as,
    kind,
)

EPOCH = date(1970, 1, 1)


def evaluate(node: Node, kinds: Kinds, answers: Mapping[str, str], today: date) -> bool:
    """Whether an expression holds.

    Args:
        node: a tree that passed check_meaning.
        kinds: kind of each reference; text where not listed.
        answers: text of each reference, '' where blank.
        today: the day of the submission, never of the run.
    """
    return _Evaluator(kinds, answers, today).boolean(node)


def text_as_number(text: str) -> float | None:
    """A text as a number; None where it is not a number in digits."""
    text = text.strip(" ")
    return float(text) if re.fullmatch(NUMBER_GRAMMAR, text) else None


def text_as_days(text: str) -> float | None:
    """A text as days since 1970-01-01; None where it does not start with a date."""
    found = re.fullmatch(DATE_GRAMMAR, text.strip(" "))
    try:
        return float((date.fromisoformat(found[1]) - EPOCH).days) if found else None
    except ValueError:
        return None


def _days_as_text(days: float | None, pattern: str) -> str:
    if days is None or not -700000 <= days <= 2900000:
        return ""
    return (EPOCH + timedelta(days=math.floor(days))).strftime(pattern)


class _Evaluator:
    """One method per kind that a value is wanted as."""

    def __init__(self, kinds: Kinds, answers: Mapping[str, str], today: date) -> None:
        self.kinds = kinds
        self.answers = answers
        self.today = float((today - EPOCH).days)

    def boolean(self, node: Node) -> bool:
        found = kind(node, self.kinds)
        if found == BOOLEAN:
            return bool(self.value(node))
        if found == TEXT:
            return self.text(node) != ""
        number = self.number(node)
        return number is not None and (found == DATE or number != 0)

    def number(self, node: Node) -> float | None:
        """None for what is no number; a date is its days."""
        if isinstance(node, Reference):
            read = text_as_days if kind(node, self.kinds) == DATE else text_as_number
            return read(self.answers[node.name])
        if kind(node, self.kinds) == TEXT:
            return text_as_number(self.text(node))
        value = self.value(node)
        return None if value is None else float(value)

    def days(self, node: Node) -> float | None:
        return (
            text_as_days(self.text(node)) if kind(node, self.kinds) == TEXT else self.number(node)
        )

    def text(self, node: Node) -> str:
        if isinstance(node, Reference):
            return self.answers[node.name]
        found, value = kind(node, self.kinds), self.value(node)
        if found == BOOLEAN:
            return "true" if value else "false"
        if found == NUMBER:
            return "" if value is None else repr(value).removesuffix(".0")
        return _days_as_text(value, "%Y-%m-%d") if found == DATE else str(value)

    def wanted(self, node: Node, as_kind: str) -> Any:
        makers: dict[str, Callable[[Node], Any]] = {
            BOOLEAN: self.boolean, NUMBER: self.number, DATE: self.days, TEXT: self.text
        }  # fmt: skip
        return makers[as_kind](node)

    def value(self, node: Node) -> Any:
        """The node in its own kind; references are read by the methods above."""
        match node:
            case Number(value) | Text(value):
                return value
            case Call(name) if name in BRANCHING:
                return self.branch(node)
            case Call(name, arguments):
                kinds = FUNCTIONS[name].arguments
                wanted = [*kinds, *kinds[-1:] * (len(arguments) - len(kinds))]
                values = map(self.wanted, arguments, wanted)
                return self.today if name in {"today", "now"} else CALLS[name](*values)
            case Operation():
                return self.operation(node)
        raise AssertionError(node)

    def operation(self, node: Operation) -> Any:
        if node.operator in {"and", "or"}:
            return (all if node.operator == "and" else any)(map(self.boolean, node.operands))
        if node.operator in ARITHMETIC:
            return _calculate(node.operator, *map(self.number, node.operands))
        return self.compare(node)

    def branch(self, call: Call) -> Any:
        found = kind(call, self.kinds)
        one, other = branches(call)
        if call.name == "if":
            return self.wanted(one if self.boolean(call.arguments[0]) else other, found)
        first = self.wanted(one, found)
        return self.wanted(other, found) if first is None or first == "" else first

    def compare(self, node: Operation) -> bool:
        as_kind = compared_as(node, self.kinds)
        left, right = (self.wanted(one, as_kind) for one in node.operands)
        if left is None or right is None:
            return node.operator == "!="
        return COMPARE[node.operator](left, right)


def _calculate(sign: str, *values: float | None) -> float | None:
    """None where a value is missing or the result is no number, as after a division by zero."""
    if any(value is None for value in values):
        return None
    try:
        result: float = ARITHMETIC[sign](*values)
    except (ZeroDivisionError, ValueError):
        return None
    return None if math.isnan(result) else result


def _whole(number: float | None, rounding: Callable[[float], int]) -> float | None:
    return number if number is None or math.isinf(number) else float(rounding(number))


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
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
     "<=": operator.le, ">=": operator.ge}
)  # fmt: skip
CALLS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "boolean": lambda value: value,
        "concat": lambda *values: "".join(values),
        "contains": lambda text, part: part in text,
        "count-selected": lambda text: float(len(re.findall("[^ ]+", text))),
        "date": lambda days: days,
        "decimal-date-time": lambda days: days,
        "false": lambda: False,
        "format-date": _days_as_text,
        "int": lambda number: _whole(number, math.trunc),
        "not": lambda value: not value,
        "number": lambda number: number,
        "regex": lambda text, pattern: re2.compile(pattern, QUIET).fullmatch(text) is not None,
        "round": lambda number: _whole(None if number is None else number + 0.5, math.floor),
        "selected": lambda text, code: code != "" and code in text.split(" "),
        "starts-with": lambda text, part: text.startswith(part),
        "string": lambda text: text,
        "string-length": lambda text: float(len(text)),
        "true": lambda: True,
    }
)
