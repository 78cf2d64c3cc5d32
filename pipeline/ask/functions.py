"""What expressions mean: kinds of values, the functions known, how a comparison is made.

Blank is the empty text; as a number or a date it is nothing (NaN of XPath). Dates count as days
since 1970-01-01. The two evaluators, SQL and Python, share these decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import re2

from pipeline.ask.expression import (
    Call,
    ExpressionError,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    Word,
    children,
    walk,
)

TEXT, NUMBER, DATE, BOOLEAN = "text", "number", "date", "boolean"
Kinds = Mapping[str, str]  # name of a reference -> kind of its answer; text where not listed

# A longer run of digits is an identifier, not a quantity.
NUMBER_GRAMMAR = r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?"
DATE_GRAMMAR = r"([12][0-9]{3}-[0-9]{2}-[0-9]{2})([T ].*)?"
DATE_FORMATS = (Text("%Y"), Text("%y"), Text("%m"), Text("%d"))
ORDERED = frozenset({"<", ">", "<=", ">="})
COMPARISONS = ORDERED | {"=", "!="}
QUIET = re2.Options()
QUIET.log_errors = False


class UnknownFunctionError(ExpressionError):
    """A function of form clients that relevo does not evaluate."""


@dataclass(frozen=True)
class Function:
    """Kinds of the arguments and of the result; `rest` more arguments of the last kind may come."""

    arguments: tuple[str, ...]
    result: str
    has_more: bool = False


FUNCTIONS = MappingProxyType(
    {
        "boolean": Function((BOOLEAN,), BOOLEAN),
        "concat": Function((TEXT,), TEXT, has_more=True),
        "contains": Function((TEXT, TEXT), BOOLEAN),
        "count-selected": Function((TEXT,), NUMBER),
        "date": Function((DATE,), DATE),
        "decimal-date-time": Function((DATE,), NUMBER),
        "false": Function((), BOOLEAN),
        "format-date": Function((DATE, TEXT), TEXT),
        "int": Function((NUMBER,), NUMBER),
        "not": Function((BOOLEAN,), BOOLEAN),
        "now": Function((), DATE),
        "number": Function((NUMBER,), NUMBER),
        "regex": Function((TEXT, TEXT), BOOLEAN),
        "round": Function((NUMBER,), NUMBER),
        "selected": Function((TEXT, TEXT), BOOLEAN),
        "starts-with": Function((TEXT, TEXT), BOOLEAN),
        "string": Function((TEXT,), TEXT),
        "string-length": Function((TEXT,), NUMBER),
        "today": Function((), DATE),
        "true": Function((), BOOLEAN),
    }
)
BRANCHING = MappingProxyType({"if": 3, "coalesce": 2})  # result: the kind of their branches


def branches(call: Call) -> tuple[Node, ...]:
    """The arguments of `if` or `coalesce` that can be its result."""
    return call.arguments[-2:]


def kind(node: Node, kinds: Kinds) -> str:
    """The kind of a value; decided from the tree and the questions' types alone."""
    match node:
        case Number():
            return NUMBER
        case Reference(name):
            return kinds.get(name, TEXT)
        case Operation(operator):
            return BOOLEAN if operator in COMPARISONS | {"and", "or"} else NUMBER
        case Call(name) if name in BRANCHING:
            return _common(*(kind(one, kinds) for one in branches(node)))
        case Call(name):
            return FUNCTIONS[name].result
    return TEXT


def _common(one: str, other: str) -> str:
    if one == other:
        return one
    return NUMBER if {one, other} == {NUMBER, DATE} else TEXT


def compared_as(node: Operation, kinds: Kinds) -> str:
    """As what the two sides are compared.

    Number if either side is one, else date, else boolean, else text; `<` and `>` of two texts
    compare numbers, as in XPath. Comparing with '' always asks whether the other side is blank.
    """
    sides = {kind(one, kinds) for one in node.operands}
    if node.operator not in ORDERED and Text("") in node.operands:
        return TEXT
    for one in (NUMBER, DATE):
        if one in sides:
            return one
    if node.operator in ORDERED:
        return NUMBER
    return BOOLEAN if BOOLEAN in sides else TEXT


def needs_today(node: Node) -> bool:
    """Whether the day of the submission is needed."""
    return any(isinstance(one, Call) and one.name in {"today", "now"} for one in walk(node))


def check_meaning(node: Node) -> None:
    """Refuse what can be read but not evaluated.

    Raises:
        UnknownFunctionError: a function that is not in FUNCTIONS.
        ExpressionError: a bare word, a wrong number of arguments, a pattern RE2 refuses …
    """
    for one in walk(node):
        if isinstance(one, Word):
            raise ExpressionError(f"'{one.name}' is neither in quotes nor ${{{one.name}}}")
        if isinstance(one, Call):
            _check_call(one)


def _check_call(call: Call) -> None:
    count = len(call.arguments)
    if call.name in BRANCHING:
        right = count == BRANCHING[call.name]
    elif call.name in FUNCTIONS:
        function = FUNCTIONS[call.name]
        least = len(function.arguments)
        right = count == least or (function.has_more and count > least)
    else:
        raise UnknownFunctionError(f"{call.name}()")
    if not right:
        raise ExpressionError(f"{call.name}() has {count} arguments")
    if call.name == "regex":
        _check_pattern(call)
    if call.name == "format-date" and call.arguments[1] not in DATE_FORMATS:
        raise UnknownFunctionError("format-date() with another format than %Y, %y, %m or %d")


def _check_pattern(call: Call) -> None:
    pattern = call.arguments[1]
    if not isinstance(pattern, Text):
        raise UnknownFunctionError("regex() with a pattern that is no text in quotes")
    try:
        re2.compile(pattern.value, QUIET)
    except re2.error:
        raise ExpressionError("the pattern of regex() cannot be read") from None


def quoted_codes(node: Node) -> tuple[tuple[str, str], ...]:
    """Pairs (reference, code) wherever a question is compared with a code in quotes."""
    found = []
    for one in walk(node):
        is_test = isinstance(one, Operation) and one.operator in {"=", "!="}
        if is_test or (isinstance(one, Call) and one.name == "selected"):
            names = [side.name for side in children(one) if isinstance(side, Reference)]
            codes = [side.value for side in children(one) if isinstance(side, Text) and side.value]
            found += [(name, code) for name in names for code in codes]
    return tuple(found)
