"""Expressions compiled to DuckDB SQL. Every line agrees with evaluate.py, its reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.ask import calls
from pipeline.ask.evaluate import literal_as_days
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
from pipeline.ask.sql_calls import (
    ARITHMETIC,
    CALLS,
    NAN,
    days_as_text,
    literal,
    number_as_text,
    text_as_days,
    text_as_moment,
    text_as_number,
    text_as_time,
)
from pipeline.ask.tree import Call, Node, Number, Operation, Reference, Rows, Text

READ: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {TEXT: text_as_number, NUMBER: text_as_number, BOOLEAN: text_as_number, DATE: text_as_days,
     DATETIME: text_as_moment, TIME: text_as_time}
)  # fmt: skip


def quote(identifier: str) -> str:
    """An SQL identifier that holds any text."""
    return '"' + identifier.replace('"', '""') + '"'


def to_sql(node: Node, kinds: Kinds, columns: Mapping[str, str], clock: Mapping[str, str]) -> str:
    """An expression as an SQL condition that is never NULL.

    Args:
        node: a tree that passed check_meaning.
        kinds: how each reference is read; as text where not listed.
        columns: SQL of each reference: a VARCHAR that is not NULL, '' where blank; of Rows a
            VARCHAR[] of such texts in order.
        clock: SQL of `today` and `now` of the submission, as days since 1970-01-01.
    """
    return _Compiler(kinds, columns, clock).boolean(node)


def _number(value: float | None) -> str:
    return "NULL::DOUBLE" if value is None else f"{value!r}::DOUBLE"


class _Compiler:
    """One method per kind that a value is wanted as."""

    def __init__(self, kinds: Kinds, columns: Mapping[str, str], clock: Mapping[str, str]) -> None:
        self.kinds = kinds
        self.columns = columns
        self.clock = clock

    def boolean(self, node: Node) -> str:
        found = kind(node, self.kinds)
        if found == BOOLEAN:
            return self.value(node)
        if found == NUMBER:
            return f"coalesce({self.number(node)} <> 0, false)"
        if found == DATE:
            return f"({self.number(node)} IS NOT NULL)"
        return f"({self.text(node)} <> '')"

    def number(self, node: Node) -> str:
        """DOUBLE, or NULL for what is no number; a date is its days."""
        if isinstance(node, Reference):
            return READ[self.kinds.get(node.name, TEXT)](self.text(node))
        if isinstance(node, Text):
            return _number(calls.text_as_number(node.value))
        found = kind(node, self.kinds)
        if found == BOOLEAN:
            return f"CAST({self.value(node)} AS DOUBLE)"
        return text_as_number(self.text(node)) if found == TEXT else self.value(node)

    def days(self, node: Node) -> str:
        if isinstance(node, Text):
            return _number(literal_as_days(node.value))
        if kind(node, self.kinds) == TEXT:
            return text_as_moment(self.text(node))
        return self.number(node)

    def text(self, node: Node) -> str:
        if isinstance(node, Reference):
            return self.columns[node.name]
        found = kind(node, self.kinds)
        if found == BOOLEAN:
            return f"CASE WHEN {self.value(node)} THEN 'true' ELSE 'false' END"
        if found == NUMBER:
            return number_as_text(self.value(node))
        return days_as_text(self.value(node)) if found == DATE else self.value(node)

    def texts(self, node: Node) -> str:
        return self.columns[node.name] if isinstance(node, Rows) else f"[{self.text(node)}]"

    def numbers(self, node: Node) -> str:
        if not isinstance(node, Rows):
            return f"[{self.number(node)}]"
        read = READ[self.kinds.get(node.name, TEXT)]("one")
        return f"list_transform({self.texts(node)}, lambda one: {read})"

    def wanted(self, node: Node, as_kind: str) -> str:
        makers = {
            BOOLEAN: self.boolean, NUMBER: self.number, DATE: self.days, TEXT: self.text,
            TEXTS: self.texts, NUMBERS: self.numbers,
        }  # fmt: skip
        return makers[as_kind](node)

    def value(self, node: Node) -> str:
        """The node in its own kind; references are read by the methods above."""
        match node:
            case Number(value):
                return _number(value)
            case Text(value):
                return literal(value)
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

    def operation(self, node: Operation) -> str:
        operator = node.operator
        if operator in {"and", "or"}:
            return f"({f' {operator.upper()} '.join(map(self.boolean, node.operands))})"
        if operator in ARITHMETIC:
            return f"nullif({ARITHMETIC[operator](*map(self.number, node.operands))}, {NAN})"
        return self.compare(node)

    def branch(self, call: Call) -> str:
        found = kind(call, self.kinds)
        one, other = (self.wanted(node, found) for node in branches(call))
        if call.name == "if":
            return f"CASE WHEN {self.boolean(call.arguments[0])} THEN {one} ELSE {other} END"
        return f"coalesce(nullif({one}, ''), {other})" if found == TEXT else (
            f"coalesce({one}, {other})"
        )  # fmt: skip

    def compare(self, node: Operation) -> str:
        """Never NULL: what is not there equals nothing and differs from everything."""
        as_kind = compared_as(node, self.kinds)
        left, right = (self.wanted(one, as_kind) for one in node.operands)
        operator, empty = ("<>", "true") if node.operator == "!=" else (node.operator, "false")
        return f"coalesce({left} {operator} {right}, {empty})"
