"""The tree an expression is read into, and ways to go through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

SELF = "."  # the name by which a constraint refers to its own question


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: float


@dataclass(frozen=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True)
class Reference:
    """`${name}`, a path as written (`../name`, `/data/group/name`, `..`), or `.` for oneself."""

    name: str


@dataclass(frozen=True)
class Rows:
    """A reference that means the answers of several rows of a repeat, or the rows themselves."""

    name: str


@dataclass(frozen=True)
class Word:
    """A bare name: a column of the choices sheet in a choice_filter, a mistake elsewhere."""

    name: str


@dataclass(frozen=True)
class Path:
    """Steps and conditions after a place: `instance('x')/root/item[name = ${y}]/label`."""

    start: Node
    steps: tuple[str, ...]
    conditions: tuple[Node, ...]


@dataclass(frozen=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Operation:
    """An operator between operands: `and or +` join any number, `neg` has one, others two."""

    operator: str
    operands: tuple[Node, ...]


Node = Number | Text | Reference | Rows | Word | Path | Call | Operation


def references(node: Node) -> tuple[str, ...]:
    """The names referred to, in order of appearance, each once; `.` is not among them."""
    names = dict.fromkeys(one.name for one in walk(node) if isinstance(one, Reference))
    return tuple(name for name in names if name != SELF)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Call(_, below) | Operation(_, below):
            return below
        case Path(start, _, conditions):
            return (start, *conditions)
    return ()


def rewrite(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` made to each of its nodes, those below first."""
    below = tuple(rewrite(one, change) for one in children(node))
    match node:
        case Call():
            node = replace(node, arguments=below)
        case Operation():
            node = replace(node, operands=below)
    return change(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order they are written."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(children(one)))
