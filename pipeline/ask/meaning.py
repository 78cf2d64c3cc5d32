"""What can be read but not evaluated: functions, arguments, patterns, paths with conditions."""

from __future__ import annotations

import re

import re2

from pipeline.ask.expression import ExpressionError
from pipeline.ask.functions import (
    BRANCHING,
    FUNCTIONS,
    NOT_EVALUATED,
    OVER_ROWS,
    POSITION,
    QUIET,
)
from pipeline.ask.tree import Call, Node, Operation, Path, Reference, Rows, Text, Word, walk

# %Y year, %y its last two digits, %m %n month, %d %e day, %H %h hour, %M minute, %S second,
# %3 thousandths; the names of months and days depend on the device's language
DATE_FORMAT = re.compile(r"(?:[^%]|%[YymndeHhMS3])*")
PREVIOUS = "last-saved#"  # an answer of the submission before this one


KNOWN = frozenset({*FUNCTIONS, *BRANCHING, POSITION, *NOT_EVALUATED})


class UnknownFunctionError(ExpressionError):
    """A function that no form client knows."""


class NotEvaluatedError(ExpressionError):
    """Something form clients know and relevo does not evaluate."""


def check_meaning(node: Node) -> None:
    """Refuse what can be read but not evaluated.

    Raises:
        UnknownFunctionError: a function that nobody knows.
        NotEvaluatedError: one that form clients know and relevo does not evaluate; a place found
            by conditions.
        ExpressionError: a bare word, a wrong number of arguments, a pattern RE2 refuses …
    """
    for one in walk(node):
        match one:
            case Path() | Operation("|"):
                raise NotEvaluatedError("a path with steps or conditions")
            case Reference(name) if name.startswith(PREVIOUS):
                raise NotEvaluatedError(f"${{{name}}}")
            case Word(name):
                raise ExpressionError(f"'{name}' is neither in quotes nor ${{{name}}}")
            case Call():
                _check_call(one)


def rows_outside(node: Node) -> tuple[str, ...]:
    """Names of references to several rows that stand where one answer is needed."""
    found = [one.name for one in walk(node) if isinstance(one, Rows)]
    for one in walk(node):
        if isinstance(one, Call) and one.name in OVER_ROWS:
            for argument in one.arguments:
                if isinstance(argument, Rows):
                    found.remove(argument.name)
    return tuple(found)


def _check_call(call: Call) -> None:
    name, count = call.name, len(call.arguments)
    if name in BRANCHING:
        is_right = count == BRANCHING[name]
    elif name == POSITION:
        raise NotEvaluatedError("position() of anything but a repeat around the question")
    elif name in FUNCTIONS:
        is_right = FUNCTIONS[name].takes(count)
    elif name in NOT_EVALUATED:
        raise NotEvaluatedError(f"{name}()")
    else:
        raise UnknownFunctionError(f"{name}()")
    if not is_right:
        raise ExpressionError(f"{name}() has {count} argument{'s' * (count != 1)}")
    if name == "regex":
        _check_pattern(call)
    if name in {"format-date", "format-date-time"}:
        _check_format(call)


def _check_format(call: Call) -> None:
    form = call.arguments[1]
    if not isinstance(form, Text) or not DATE_FORMAT.fullmatch(form.value):
        raise NotEvaluatedError(f"{call.name}() with the name of a month or day")


def _check_pattern(call: Call) -> None:
    pattern = call.arguments[1]
    if not isinstance(pattern, Text):
        raise NotEvaluatedError("regex() with a pattern that is no text in quotes")
    try:
        re2.compile(pattern.value, QUIET)
    except re2.error:
        raise ExpressionError("the pattern of regex() cannot be read") from None


def loose_patterns(node: Node) -> tuple[str, ...]:
    """Patterns that are not tied to both ends of the answer: form clients read them differently."""
    return tuple(
        one.arguments[1].value
        for one in walk(node)
        if isinstance(one, Call) and one.name == "regex" and isinstance(one.arguments[1], Text)
        if not (one.arguments[1].value.startswith("^") and one.arguments[1].value.endswith("$"))
    )
