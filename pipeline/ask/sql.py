"""Expressions compiled to DuckDB SQL. Every line agrees with evaluate.py, its reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.ask.expression import Call, Node, Number, Operation, Reference, Text
from pipeline.ask.functions import (
    BOOLEAN,
    BRANCHING,
    DATE,
    DATE_GRAMMAR,
    FUNCTIONS,
    NUMBER,
    NUMBER_GRAMMAR,
    TEXT,
    Kinds,
    branches,
    compared_as,
    kind,
)

EPOCH = "DATE '1970-01-01'"
NAN = "'nan'::DOUBLE"


def quote(identifier: str) -> str:
    """An SQL identifier that holds any text."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL text that holds any text."""
    return "'" + text.replace("'", "''") + "'"


def to_sql(node: Node, kinds: Kinds, columns: Mapping[str, str], today: str) -> str:
    """An expression as an SQL condition that is never NULL.

    Args:
        node: a tree that passed check_meaning.
        kinds: kind of each reference; text where not listed.
        columns: SQL of each reference: a VARCHAR that is not NULL, '' where blank.
        today: SQL of the submission's DATE.
    """
    return _Compiler(kinds, columns, today).boolean(node)


def text_as_number(text: str) -> str:
    """A text as DOUBLE; NULL where it is not a number in digits."""
    return f"TRY_CAST(regexp_extract(trim({text}), '^{NUMBER_GRAMMAR}$') AS DOUBLE)"


def text_as_days(text: str) -> str:
    """A text as days since 1970-01-01; NULL where it does not start with a date."""
    day = f"TRY_CAST(regexp_extract(trim({text}), '^{DATE_GRAMMAR}$', 1) AS DATE)"
    return f"date_diff('day', {EPOCH}, {day})::DOUBLE"


def _days_as_text(days: str, pattern: str) -> str:
    shown = f"strftime({EPOCH} + TRY_CAST(floor({days}) AS INTEGER), '{pattern}')"
    return f"CASE WHEN {days} >= -700000 AND {days} <= 2900000 THEN {shown} ELSE '' END"


class _Compiler:
    """One method per kind that a value is wanted as."""

    def __init__(self, kinds: Kinds, columns: Mapping[str, str], today: str) -> None:
        self.kinds = kinds
        self.columns = columns
        self.today = today

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
            read = text_as_days if kind(node, self.kinds) == DATE else text_as_number
            return read(self.columns[node.name])
        found = kind(node, self.kinds)
        if found == BOOLEAN:
            return f"CAST({self.value(node)} AS DOUBLE)"
        return text_as_number(self.text(node)) if found == TEXT else self.value(node)

    def days(self, node: Node) -> str:
        if kind(node, self.kinds) == TEXT:
            return text_as_days(self.text(node))
        return self.number(node)

    def text(self, node: Node) -> str:
        if isinstance(node, Reference):
            return self.columns[node.name]
        found = kind(node, self.kinds)
        if found == BOOLEAN:
            return f"CASE WHEN {self.value(node)} THEN 'true' ELSE 'false' END"
        if found == NUMBER:
            shown = f"CAST({self.value(node)} AS VARCHAR)"
            return f"coalesce(regexp_replace({shown}, '\\.0$', ''), '')"
        return _days_as_text(self.value(node), "%Y-%m-%d") if found == DATE else self.value(node)

    def wanted(self, node: Node, as_kind: str) -> str:
        makers = {BOOLEAN: self.boolean, NUMBER: self.number, DATE: self.days, TEXT: self.text}
        return makers[as_kind](node)

    def value(self, node: Node) -> str:
        """The node in its own kind; references are read by the methods above."""
        match node:
            case Number(value):
                return f"{value!r}::DOUBLE"
            case Text(value):
                return literal(value)
            case Call(name) if name in BRANCHING:
                return self.branch(node)
            case Call(name, arguments):
                kinds = FUNCTIONS[name].arguments
                wanted = [*kinds, *kinds[-1:] * (len(arguments) - len(kinds))]
                values = map(self.wanted, arguments, wanted)
                return self.today_days() if name in {"today", "now"} else CALLS[name](*values)
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

    def today_days(self) -> str:
        return f"date_diff('day', {EPOCH}, {self.today})::DOUBLE"

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
        "boolean": lambda value: value,
        "concat": lambda *values: f"({' || '.join(values)})",
        "contains": lambda text, part: f"contains({text}, {part})",
        "count-selected": lambda text: f"len(regexp_extract_all({text}, '[^ ]+'))::DOUBLE",
        "date": lambda days: days,
        "decimal-date-time": lambda days: days,
        "false": lambda: "false",
        # the pattern is one of DATE_FORMATS, a quoted text by now
        "format-date": lambda days, pattern: _days_as_text(days, pattern[1:-1]),
        "int": lambda number: f"trunc({number})",
        "not": lambda value: f"(NOT {value})",
        "number": lambda number: number,
        "regex": lambda text, pattern: f"regexp_full_match({text}, {pattern})",
        "round": lambda number: f"floor({number} + 0.5::DOUBLE)",
        "selected": lambda text, code: (
            f"({code} <> '' AND list_contains(string_split({text}, ' '), {code}))"
        ),
        "starts-with": lambda text, part: f"starts_with({text}, {part})",
        "string": lambda text: text,
        "string-length": lambda text: f"length({text})::DOUBLE",
        "true": lambda: "true",
    }
)
