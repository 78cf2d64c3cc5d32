"""What expressions mean: kinds of values, the functions known, how a comparison is made.

Blank is the empty text; as a number or a date it is nothing (NaN of XPath). Dates and times count
as days since 1970-01-01. The two evaluators, SQL and Python, share these decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import re2

from pipeline.ask.tree import Call, Node, Number, Operation, Reference, Rows, Text, walk

TEXT, NUMBER, DATE, BOOLEAN = "text", "number", "date", "boolean"
# How an answer of kind DATE is written when it is not a day; and what takes the rows of a repeat.
DATETIME, TIME = "datetime", "time"
TEXTS, NUMBERS = "texts", "numbers"
Kinds = Mapping[str, str]  # name of a reference -> how its answer is read; TEXT where not listed

# A longer run of digits is an identifier, not a quantity.
NUMBER_GRAMMAR = r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?"
DAY = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
DATE_GRAMMAR = rf"({DAY})(?:[T ].*)?"
# What comes after the time is its distance from UTC: a time counts as it is written.
DATETIME_GRAMMAR = rf"({DAY}(?:[T ]{CLOCK})?)(?:[TZ .+-].*)?"
TIME_GRAMMAR = rf"({CLOCK})(?:[Z .+-].*)?"
ORDERED = frozenset({"<", ">", "<=", ">="})
COMPARISONS = ORDERED | {"=", "!="}
QUIET = re2.Options()
QUIET.log_errors = False


@dataclass(frozen=True)
class Function:
    """Kinds of the arguments and of the result.

    The arguments from `least` on may be left out; `has_more` of the last kind may follow.
    """

    arguments: tuple[str, ...]
    result: str
    has_more: bool = False
    least: int | None = None

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        least = len(self.arguments) if self.least is None else self.least
        return count >= least and (self.has_more or count <= len(self.arguments))

    def kinds(self, count: int) -> tuple[str, ...]:
        """The kinds of so many arguments."""
        more = count - len(self.arguments)
        return (*self.arguments[:count], *self.arguments[-1:] * more)


FUNCTIONS = MappingProxyType(
    {
        "abs": Function((NUMBER,), NUMBER),
        "boolean": Function((BOOLEAN,), BOOLEAN),
        "concat": Function((TEXTS,), TEXT, has_more=True),
        "contains": Function((TEXT, TEXT), BOOLEAN),
        "count": Function((TEXTS,), NUMBER),
        "count-non-empty": Function((TEXTS,), NUMBER),
        "count-selected": Function((TEXT,), NUMBER),
        "date": Function((DATE,), DATE),
        "date-time": Function((DATE,), DATE),
        "decimal-date-time": Function((DATE,), NUMBER),
        "decimal-time": Function((DATE,), NUMBER),
        "ends-with": Function((TEXT, TEXT), BOOLEAN),
        "false": Function((), BOOLEAN),
        "format-date": Function((DATE, TEXT), TEXT),
        "format-date-time": Function((DATE, TEXT), TEXT),
        "int": Function((NUMBER,), NUMBER),
        "join": Function((TEXT, TEXTS), TEXT, has_more=True),
        "max": Function((NUMBERS,), NUMBER, has_more=True),
        "min": Function((NUMBERS,), NUMBER, has_more=True),
        "not": Function((BOOLEAN,), BOOLEAN),
        "now": Function((), DATE),
        "number": Function((NUMBER,), NUMBER),
        "pow": Function((NUMBER, NUMBER), NUMBER),
        "regex": Function((TEXT, TEXT), BOOLEAN),
        "round": Function((NUMBER, NUMBER), NUMBER, least=1),
        "selected": Function((TEXT, TEXT), BOOLEAN),
        "selected-at": Function((TEXT, NUMBER), TEXT),
        "starts-with": Function((TEXT, TEXT), BOOLEAN),
        "string": Function((TEXT,), TEXT),
        "string-length": Function((TEXT,), NUMBER),
        "substr": Function((TEXT, NUMBER, NUMBER), TEXT, least=2),
        "substring-after": Function((TEXT, TEXT), TEXT),
        "substring-before": Function((TEXT, TEXT), TEXT),
        "sum": Function((NUMBERS,), NUMBER),
        "today": Function((), DATE),
        "true": Function((), BOOLEAN),
    }
)
BRANCHING = MappingProxyType({"if": 3, "coalesce": 2})  # result: the kind of their branches
OVER_ROWS = frozenset(
    name for name, function in FUNCTIONS.items() if {TEXTS, NUMBERS} & {*function.arguments}
)
POSITION = "position"  # of a row in its repeat: the reader puts a reference in its place
# Known to form clients; what they give cannot be had from an export, or has no single meaning.
NOT_EVALUATED = frozenset(
    {
        "acos", "area", "asin", "atan", "atan2", "base64-decode", "boolean-from-string",
        "ceiling", "checklist", "cos", "count-words", "current", "current-date", "depend",
        "digest", "distance", "enclosed-area", "exp", "exp10", "floor", "geofence", "hash",
        "id", "indexed-repeat", "instance", "intersects", "is-selected", "jr:choice-name",
        "jr:itext", "lang", "last", "local-name", "log", "log10", "name", "namespace-uri",
        "normalize-space", "once", "phone-call-duration", "phone-call-log", "pi", "property",
        "pulldata", "random", "randomize", "rank-index", "rank-value", "search", "sin", "sqrt",
        "tan", "thousandsep", "translate", "uuid", "version", "weighted-checklist",
    }
)  # fmt: skip


def branches(call: Call) -> tuple[Node, ...]:
    """The arguments of `if` or `coalesce` that can be its result."""
    return call.arguments[-2:]


def kind(node: Node, kinds: Kinds) -> str:
    """The kind of a value; decided from the tree and the questions' types alone."""
    match node:
        case Number():
            return NUMBER
        case Reference(name) | Rows(name):
            found = kinds.get(name, TEXT)
            return DATE if found in {DATETIME, TIME} else found
        case Operation(operator):
            return BOOLEAN if operator in COMPARISONS | {"and", "or"} else NUMBER
        case Call():
            return _called(node, kinds)
    return TEXT


def _called(call: Call, kinds: Kinds) -> str:
    if call.name in BRANCHING:
        return _common(*(kind(one, kinds) for one in branches(call)))
    if call.name in {"min", "max"}:
        is_day = all(kind(one, kinds) == DATE for one in call.arguments)
        return DATE if is_day else NUMBER
    return FUNCTIONS[call.name].result


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


def times(node: Node) -> tuple[str, ...]:
    """Which times of the submission are needed: `now`, `today`."""
    called = {one.name for one in walk(node) if isinstance(one, Call)}
    return tuple(sorted(called & {"now", "today"}))
