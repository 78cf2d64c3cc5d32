"""Expressions evaluated in Python: the reference that the SQL is tested against."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pipeline.ask.calls import (
    ARITHMETIC,
    CALLS,
    calculate,
    days_as_text,
    number_as_text,
    text_as_days,
    text_as_moment,
    text_as_number,
    text_as_time,
)
from pipeline.ask.functions import (
    BOOLEAN,
    BRANCHING,
    DATE,
    DATETIME,
    FUNCTIONS,
    NUMBER,
    NUMBERS,
    TEXT,
    TEXTS,
    TIME,
    Kinds,
    branches,
    compared_as,
    kind,
)
from pipeline.ask.tree import Call, Node, Number, Operation, Reference, Rows, Text

Answers = Mapping[str, str | Sequence[str]]
READ: Mapping[str, Callable[[str], float | None]] = MappingProxyType(
    {TEXT: text_as_number, NUMBER: text_as_number, BOOLEAN: text_as_number, DATE: text_as_days,
     DATETIME: text_as_moment, TIME: text_as_time}
)  # fmt: skip
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
     "<=": operator.le, ">=": operator.ge}
)  # fmt: skip


def evaluate(node: Node, kinds: Kinds, answers: Answers, clock: Mapping[str, float]) -> bool:
    """Whether an expression holds.

    Args:
        node: a tree that passed check_meaning.
        kinds: how each reference is read; as text where not listed.
        answers: text of each reference, '' where blank; of Rows the texts in order.
        clock: `today` and `now` of the submission, never of the run, as days since 1970-01-01.
    """
    return _Evaluator(kinds, answers, clock).boolean(node)


def literal_as_days(text: str) -> float | None:
    """A text written in a rule as a moment, or as a time of day."""
    found = text_as_moment(text)
    return text_as_time(text) if found is None else found


class _Evaluator:
    """One method per kind that a value is wanted as."""

    def __init__(self, kinds: Kinds, answers: Answers, clock: Mapping[str, float]) -> None:
        self.kinds = kinds
        self.answers = answers
        self.clock = clock

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
            return READ[self.kinds.get(node.name, TEXT)](self.text(node))
        if kind(node, self.kinds) == TEXT:
            return text_as_number(self.text(node))
        value = self.value(node)
        return None if value is None else float(value)

    def days(self, node: Node) -> float | None:
        if isinstance(node, Text):
            return literal_as_days(node.value)
        if kind(node, self.kinds) == TEXT:
            return text_as_moment(self.text(node))
        return self.number(node)

    def text(self, node: Node) -> str:
        if isinstance(node, Reference):
            return str(self.answers[node.name])
        found, value = kind(node, self.kinds), self.value(node)
        if found == BOOLEAN:
            return "true" if value else "false"
        if found == NUMBER:
            return number_as_text(value)
        return days_as_text(value) if found == DATE else str(value)

    def texts(self, node: Node) -> Sequence[str]:
        return self.answers[node.name] if isinstance(node, Rows) else [self.text(node)]

    def numbers(self, node: Node) -> Sequence[float | None]:
        if not isinstance(node, Rows):
            return [self.number(node)]
        return [READ[self.kinds.get(node.name, TEXT)](text) for text in self.texts(node)]

    def wanted(self, node: Node, as_kind: str) -> Any:
        makers: dict[str, Callable[[Node], Any]] = {
            BOOLEAN: self.boolean, NUMBER: self.number, DATE: self.days, TEXT: self.text,
            TEXTS: self.texts, NUMBERS: self.numbers,
        }  # fmt: skip
        return makers[as_kind](node)

    def value(self, node: Node) -> Any:
        """The node in its own kind; references are read by the methods above."""
        match node:
            case Number(value) | Text(value):
                return value
            case Call("today" | "now" as name):
                return self.clock[name]
            case Call(name) if name in BRANCHING:
                return self.branch(node)
            case Call(name, arguments):
                wanted = FUNCTIONS[name].kinds(len(arguments))
                return CALLS[name](*map(self.wanted, arguments, wanted))
            case Operation():
                return self.operation(node)
        raise AssertionError(node)

    def operation(self, node: Operation) -> Any:
        if node.operator in {"and", "or"}:
            return (all if node.operator == "and" else any)(map(self.boolean, node.operands))
        if node.operator in ARITHMETIC:
            return calculate(node.operator, *map(self.number, node.operands))
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
