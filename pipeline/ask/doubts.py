"""What is surely not meant in a rule that can be judged: codes, kinds, conditions, patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.ask.calls import text_as_number
from pipeline.ask.choices import nearest
from pipeline.ask.evaluate import literal_as_days
from pipeline.ask.functions import (
    BOOLEAN,
    COMPARISONS,
    DATE,
    DATETIME,
    FUNCTIONS,
    NUMBER,
    NUMBERS,
    TEXT,
    TIME,
    Kinds,
    compared_as,
    kind,
)
from pipeline.ask.meaning import loose_patterns
from pipeline.ask.questionnaire import Group, Question, Questionnaire
from pipeline.ask.rule_reader import Rule, read_rules
from pipeline.ask.rules import RULE_COLUMNS
from pipeline.ask.tree import (
    Call,
    Node,
    Number,
    Operation,
    Reference,
    Rows,
    Text,
    children,
    walk,
)
from pipeline.errors import Finding, Problem

OF_CHOICES = frozenset({"count-selected", "selected", "selected-at"})
UNLIKE = ({NUMBER, DATE}, {NUMBER, DATETIME}, {NUMBER, TIME}, {DATE, TIME}, {DATETIME, TIME})


def doubts(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Findings on rules that are applied as they are written."""
    for column, at, rule in read_rules(questionnaire, RULE_COLUMNS)[0]:
        if rule.node is not None:
            yield from _Doubts(questionnaire, column, at, rule).all(rule.node)


@dataclass(frozen=True)
class _Doubts:
    questionnaire: Questionnaire
    column: str
    at: Question | Group
    rule: Rule

    def all(self, node: Node) -> Iterator[Finding]:
        for one in walk(node):
            for question, code in self.unknown_codes(one):
                yield self.unknown_code(question, code)
            for reason in dict.fromkeys(self.mismatches(one)):
                yield self.find(Problem.kind_mismatch, reason=reason)
        if self.column == "relevant" and self.outcome(node) is False:
            yield self.find(Problem.never_asked)
        if loose_patterns(node):
            yield self.find(Problem.loose_pattern)

    def find(self, problem: Problem, **values: object) -> Finding:
        values["column"] = self.column
        file, at = self.questionnaire.file, self.at
        return Finding(problem, file, "survey", at.row, at.name, values)

    # --- codes that a question cannot have --------------------------------------------------------
    def unknown_codes(self, node: Node) -> list[tuple[Question, str]]:
        """Codes in quotes beside a question that has other choices."""
        is_test = isinstance(node, Operation) and node.operator in {"=", "!="}
        if not is_test and not (isinstance(node, Call) and node.name == "selected"):
            return []
        sides = children(node)
        asked = [self.question(side) for side in sides]
        written = [side.value for side in sides if isinstance(side, Text)]
        return [
            (question, code)
            for question in asked
            for text in written
            if question is not None and (codes := self.codes(question))
            for code in (text.split() if question.type != "select_one" else [text])
            if code and code not in codes
        ]

    def question(self, node: Node) -> Question | None:
        """The question a node refers to, in this row or in several."""
        if not isinstance(node, Reference | Rows):
            return None
        rows = self.rule.rows.get(node.name)
        column = self.rule.columns.get(node.name) or (rows.column if rows else "")
        return self.questionnaire.by_column.get(column)

    def codes(self, question: Question) -> list[str]:
        return [choice.name for choice in self.questionnaire.choices_of(question)]

    def unknown_code(self, question: Question, code: str) -> Finding:
        values: dict[str, object] = {
            "question": question.name,
            "found": code,
            "list": question.list_name,
            "nearest": nearest(code, self.codes(question)),
        }
        return self.find(Problem.unknown_code_in_rule, **values)

    # --- kinds that do not fit --------------------------------------------------------------------
    def mismatches(self, node: Node) -> Iterator[str]:
        """What is taken for something it can never be."""
        yield from (f"takes {_shown(one)} for a {wanted}" for one, wanted in self.impossible(node))
        match node:
            case Operation(operator, (one, other)) if operator in COMPARISONS:
                left, right = self.exact_kind(one), self.exact_kind(other)
                if {left, right} in UNLIKE:
                    yield f"compares {_shown(one)} (a {left}) with {_shown(other)} (a {right})"
            case Call(name, (first, *_)) if name in OF_CHOICES:
                if (found := kind(first, self.rule.kinds)) != TEXT:
                    yield f"looks for choices in {_shown(first)} (a {found})"

    def impossible(self, node: Node) -> Iterator[tuple[Node, str]]:
        """The parts of a node that can never be the kind they are taken for."""
        for one, wanted in _wanted(node, self.rule.kinds):
            if wanted in {NUMBER, NUMBERS} and not self.can_be(one, text_as_number):
                yield one, "number"
            if wanted == DATE and not self.can_be(one, literal_as_days):
                yield one, "date"
            if wanted == BOOLEAN and isinstance(one, Text) and one.value not in {"", "true"}:
                yield one, "yes or no"

    def can_be(self, node: Node, read: Callable[[str], float | None]) -> bool:
        """Whether a quoted text, or some choice of a question, can be read so."""
        question = self.question(node)
        texts = self.codes(question) if question else []
        if isinstance(node, Text) and node.value:
            texts = [node.value]
        return not texts or any(read(text) is not None for text in texts)

    def exact_kind(self, node: Node) -> str:
        """The kind of a number, an answer, today() or now(); '' for what is calculated."""
        match node:
            case Number():
                return NUMBER
            case Reference(name) | Rows(name):
                return self.rule.kinds.get(name, "")
            case Call("today"):
                return DATE
            case Call("now"):
                return DATETIME
        return ""

    # --- conditions that never hold ---------------------------------------------------------------
    def outcome(self, node: Node) -> bool | None:
        """How a condition comes out whatever is answered; None where it depends."""
        match node:
            case Operation("and" | "or" as operator, operands):
                decides = operator == "or"
                found = [self.outcome(one) for one in operands]
                return decides if decides in found else None if None in found else not decides
            case Call("not", (one,)):
                found_below = self.outcome(one)
                return None if found_below is None else not found_below
            case Operation(operator) if operator in COMPARISONS:
                is_fixed = self.unknown_codes(node) or any(self.impossible(node))
                return operator == "!=" if is_fixed else None
            case Call("selected") if self.unknown_codes(node):
                return False
        return None


def _wanted(node: Node, kinds: Kinds) -> Iterator[tuple[Node, str]]:
    """Each part directly below, with the kind it is taken for."""
    match node:
        case Operation(operator, operands) if operator in COMPARISONS:
            yield from ((one, compared_as(node, kinds)) for one in operands)
        case Operation(operator, operands) if operator not in {"and", "or"}:
            yield from ((one, NUMBER) for one in operands)
        case Call(name, arguments) if name in FUNCTIONS:
            yield from zip(arguments, FUNCTIONS[name].kinds(len(arguments)), strict=True)


def _shown(node: Node) -> str:
    match node:
        case Text(value):
            return f"'{value}'"
        case Number(value):
            return f"{value:g}"
        case Reference(name) | Rows(name):
            return f"'{name}'"
        case Call(name):
            return f"{name}()"
    return "a calculation"
