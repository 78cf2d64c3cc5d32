"""Expressions of XLSForm: text to tree. A Pratt parser for the part of XPath that forms use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.ask.tree import (
    SELF,
    Call,
    Node,
    Number,
    Operation,
    Path,
    Reference,
    Text,
    Word,
    children,
)

DEEPEST = 100  # levels of a tree; deeper than any form seen, shallower than SQL's limit
LONGEST = 20_000  # characters


class ExpressionError(Exception):
    """An expression that cannot be read; `position` counts characters from 1."""

    def __init__(self, reason: str, position: int = 1) -> None:
        super().__init__(f"{reason} (character {position})")
        self.reason = reason
        self.position = position


# Loosest first. All bind to the left.
BINDING = MappingProxyType(
    {
        "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
        "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6, "|": 8,
    }
)  # fmt: skip
UNARY_MINUS = 7
FURTHER = frozenset({("symbol", "["), ("symbol", "/"), ("symbol", "//")})
JOINING = frozenset({"and", "or", "+"})
# Functions that mean the question itself where no argument is written.
OF_ONESELF = frozenset({"normalize-space", "string-length"})
NAME = r"[^\W\d][\w-]*(?:\.\w[\w-]*)*(?::[^\W\d][\w-]*)?"
STEP = rf"/(?:@?{NAME}|\*)"
# Word processors put other quotes in place of plain ones, sometimes at one end only.
TOKEN = re.compile(
    rf"""(?P<blank>\s+)
    |(?P<number>[0-9]{{1,30}}(?:\.[0-9]{{0,30}})?|\.[0-9]{{1,30}})
    |(?P<text>'[^']*'|"[^"]*"|‘[^‘’]*’|“[^“”]*”|['‘’][^'‘’]*['‘’]|["“”][^"“”]*["“”])
    |\$\{{\s*(?P<reference>[^{{}}]*?)\s*\}}
    |(?:current\(\s*\)/)?(?:(?P<path>\.\.(?:/\.\.)*(?:{STEP})*)|\./(?P<near>{NAME}))
    |current\(\s*\)/(?P<self>\.)
    |(?P<steps>(?:{STEP})+)
    |(?P<name>{NAME})
    |(?P<symbol>==|!=|<=|>=|//|[][=<>+*(),.|/-])""",
    re.VERBOSE,
)
# Blanks that copied web pages hold; one for one, so that places stay right.
BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u200b\u202f\u2060\ufeff", " "))


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind, what it says, where it starts (from 1)."""

    kind: str
    text: str
    position: int


def parse(text: str) -> Node:
    """Read an expression into a tree.

    Raises:
        ExpressionError: it cannot be read; the place is a character of `text`.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters")
    parser = _Parser(list(_tokens(text.translate(BLANKS))))
    node = parser.expression(0)
    if parser.now.kind != "end":
        raise ExpressionError(f"'{parser.now.text}' is not expected", parser.now.position)
    if _height(node) > DEEPEST:
        raise ExpressionError(f"nested deeper than {DEEPEST} levels")
    return node


def _height(node: Node) -> int:
    highest, waiting = 0, [(node, 1)]
    while waiting:
        one, height = waiting.pop()
        highest = max(highest, height)
        waiting.extend((child, height + 1) for child in children(one))
    return highest


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise ExpressionError(f"'{text[place]}' is not expected", place + 1)
        kind = str(found.lastgroup)
        if kind != "blank":
            yield Token(kind, found[kind], place + 1)
        place = found.end()
    yield Token("end", "the end", len(text) + 1)


class _Parser:
    """Top-down operator precedence: each token knows how tightly it binds to its left."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.now
        self.place += 1
        return token

    def expect(self, symbol: str) -> None:
        if (self.now.kind, self.now.text) != ("symbol", symbol):
            raise ExpressionError(f"'{symbol}' is expected here", self.now.position)
        self.take()

    def expression(self, binding: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"nested deeper than {DEEPEST} levels", self.now.position)
        left = self.operand()
        while (operator := self.operator()) and BINDING[operator] > binding:
            self.take()
            right = self.expression(BINDING[operator])
            left = _join(operator, left, right)
        self.depth -= 1
        return left

    def operator(self) -> str:
        """The operator at this place, or ''; `and or div mod` may be in upper case."""
        if self.now.kind not in {"symbol", "name"}:
            return ""
        text = self.now.text.lower() if self.now.kind == "name" else self.now.text
        text = "=" if text == "==" else text
        return text if text in BINDING else ""

    def operand(self) -> Node:
        node = self.primary()
        while self.now.kind == "steps" or (self.now.kind, self.now.text) in FURTHER:
            node = self.further(node)
        return node

    def further(self, start: Node) -> Node:
        """What follows a place: `/step`, `//step` or `[condition]`."""
        token = self.take()
        if token.kind == "steps":
            return Path(start, tuple(token.text[1:].split("/")), ())
        if token.text == "[":
            condition = self.expression(0)
            self.expect("]")
            return Path(start, (), (condition,))
        if self.now.kind != "name":
            reason = f"'{token.text}' is not expected; a division is written div"
            raise ExpressionError(reason, token.position)
        return Path(start, (self.take().text,), ())

    def primary(self) -> Node:
        token = self.take()
        match token.kind, token.text:
            case "number", text:
                return Number(float(text))
            case "text", text:
                return Text(text[1:-1])
            case (("reference" | "path" | "near" | "steps" | "self"), name) if name:
                return Reference(f"./{name}" if token.kind == "near" else name)
            case "name", name:
                return self.call(name) if self.now.text == "(" else Word(name)
        return self.prefix(token)

    def prefix(self, token: Token) -> Node:
        if token.text == "(":
            node = self.expression(0)
            self.expect(")")
            return node
        if token.text == "-":
            return Operation("neg", (self.expression(UNARY_MINUS),))
        if token.text == SELF:
            return Reference(SELF)
        raise ExpressionError(f"'{token.text}' is not expected", token.position)

    def call(self, name: str) -> Node:
        self.expect("(")
        arguments: list[Node] = []
        while self.now.text != ")" or self.now.kind != "symbol":
            if arguments:
                self.expect(",")
            arguments.append(self.expression(0))
        self.expect(")")
        return _call(name.lower(), tuple(arguments))


def _call(name: str, arguments: tuple[Node, ...]) -> Call:
    if name in OF_ONESELF and not arguments:
        return Call(name, (Reference(SELF),))
    if name == "once" and len(arguments) == 1:  # what is there stays
        return Call("coalesce", (Reference(SELF), *arguments))
    return Call(name, arguments)


def _join(operator: str, left: Node, right: Node) -> Node:
    # a long chain of `or` is one flat node, not a deep tree
    if operator in JOINING and isinstance(left, Operation) and left.operator == operator:
        return Operation(operator, (*left.operands, right))
    return Operation(operator, (left, right))
