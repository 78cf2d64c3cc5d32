"""A rule in words: "Asked if “Plan” is “Yes” and the number of choices in “Needs” is over 2".

What cannot be said in a plain sentence is not half said: then there are no words, and the
expression itself has to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.ask.codes import plain
from pipeline.ask.questionnaire import Labels, Question
from pipeline.ask.rule_reader import Rule
from pipeline.ask.rules import Rules
from pipeline.ask.tree import SELF, Call, Node, Number, Operation, Reference, Rows, Text
from pipeline.texts import locale_for, number, say, spoken

COMPARED = {"=": "is", "!=": "is_not", ">": "over", ">=": "at_least", "<": "under", "<=": "at_most"}
MIRRORED = {"=": "=", "!=": "!=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
NEGATED = {"is": "is_not", "is_not": "is", "includes": "excludes"}
COMPUTED = {"+": "plus", "-": "minus", "*": "times", "div": "divided"}
OF_ONE = {
    "count-selected": "choices_in",
    "string-length": "length_of",
    "sum": "sum_of",
    "count": "rows_of",
    "count-non-empty": "answers_of",
    "min": "least_of",
    "max": "most_of",
}
MOMENTS = {"today", "now"}
SAME = {"number", "int", "string", "boolean", "date", "once", "coalesce"}  # of one answer


class UnsayableError(Exception):
    """The expression holds something for which there is no plain sentence."""


def in_words(made: Rules, kind: str, column: str, language: str) -> str:
    """A rule of a question as a sentence; '' without a rule, or where it cannot be said.

    Args:
        made: the rules of the questionnaire.
        kind: `relevant` (with the conditions of the groups around), `required`, `constraint`,
            `warning`.
        column: Question.column.
        language: of the sentence and of the questionnaire's labels.
    """
    found = [rule for rule in _rules(made, kind, column) if rule is not None]
    if not found:
        return ""
    try:
        said = [_Speaker(made, rule, column, language).condition(_node(rule)) for rule in found]
    except UnsayableError:
        return ""
    return say(spoken(language), f"rule.{kind}", condition=_joined(said, "and", language))


def _rules(made: Rules, kind: str, column: str) -> Iterator[Rule | None]:
    """The rule itself; for a relevance all that must hold, from the outside in."""
    if kind != "relevant":
        yield {"required": made.required, **made.of_answers}[kind].get(column)
        return
    places = [column]
    while group := made.levels.around.get(places[-1], ""):
        places.append(group)
    yield from (made.relevance.get(place) for place in reversed(places))


def _node(rule: Rule) -> Node:
    if rule.node is None:
        raise UnsayableError
    return rule.node


def _joined(parts: list[str], word: str, language: str) -> str:
    return f" {say(spoken(language), f'rule.{word}')} ".join(dict.fromkeys(parts))


@dataclass(frozen=True)
class _Speaker:
    """Says one rule of one question in one language."""

    made: Rules
    rule: Rule
    column: str
    language: str

    def say(self, key: str, **values: object) -> str:
        return say(spoken(self.language), f"rule.{key}", **values)

    def condition(self, node: Node, *, is_part: bool = False) -> str:
        """A node that is true or false; a part of another condition gets brackets if it needs."""
        match node:
            case Operation("and" | "or" as operator, operands):
                inside = [self.condition(one, is_part=True) for one in operands]
                joined = _joined(inside, operator, self.language)
                return f"({joined})" if is_part and operator == "or" else joined
            case Operation(operator, (left, right)) if operator in COMPARED:
                return self.comparison(operator, left, right)
            case Call("not", (inner,)):
                return self.negation(inner)
            case Call("selected", (Reference(name), Text() | Reference() as code)):
                return self.choosing(name, "includes", code)
            case Call("regex", (Reference(name), Text(pattern))):
                return self.say("matches", question=self.name(name), value=pattern)
            case Call("boolean", (inner,)):
                return self.condition(inner, is_part=is_part)
        raise UnsayableError

    def negation(self, inner: Node) -> str:
        match inner:
            case Operation("=" | "!=" as operator, (left, right)):
                return self.comparison("!=" if operator == "=" else "=", left, right)
            case Call("selected", (Reference(name), Text() | Reference() as code)):
                return self.choosing(name, "excludes", code)
        return self.say("not", condition=self.condition(inner))

    def comparison(self, operator: str, left: Node, right: Node) -> str:
        if isinstance(left, Text | Number) and not isinstance(right, Text | Number):
            return self.comparison(MIRRORED[operator], right, left)
        match operator, left, right:
            case "=" | "!=", Reference(name), Text(""):
                key = "blank" if operator == "=" else "answered"
                return self.say(key, question=self.name(name))
            case "=" | "!=", Reference(name), Text(code) | Number(code):
                return self.about(name, COMPARED[operator], code)
        return self.say(COMPARED[operator], question=self.value(left), value=self.value(right))

    def choosing(self, name: str, verb: str, code: Text | Reference) -> str:
        """Something said of one of several choices, which another answer may name."""
        if isinstance(code, Text):
            return self.about(name, verb, code.value)
        return self.say(verb, question=self.name(name), value=self.name(code.name))

    def about(self, name: str, verb: str, code: object) -> str:
        """Something said of a choice, or of the number or text that stands in its place."""
        return self.say(verb, question=self.name(name), value=self.choice(name, code))

    def value(self, node: Node) -> str:
        """A node that is a number, a text or a date."""
        match node:
            case Number(value):
                return self.number(value)
            case Text(value):
                return self.say("quoted", text=value)
            case Reference(name) | Rows(name):
                return self.name(name)
            case Call(name, arguments):
                return self.computed(name, arguments)
            case Operation(operator, operands) if operator in COMPUTED:
                return f" {self.say(COMPUTED[operator])} ".join(map(self.value, operands))
        raise UnsayableError

    def computed(self, name: str, arguments: tuple[Node, ...]) -> str:
        """What a function makes of an answer, or of the time of the submission."""
        match arguments:
            case () if name in MOMENTS:
                return self.say(name)
            case (inner,) if name in SAME:
                return self.value(inner)
            case (inner,) if name in OF_ONE:
                return self.say(OF_ONE[name], question=self.value(inner))
            case (inner, Text("%Y")) if name == "format-date":
                return self.say("year_of", question=self.value(inner))
        raise UnsayableError

    def name(self, name: str) -> str:
        """A question by its short label or its label; the answer itself in a condition on it."""
        if name == SELF:
            return self.say("self")
        label = self.text(self.question(name).short) or self.text(self.question(name).labels)
        return self.say("quoted", text=label or name)

    def question(self, name: str) -> Question:
        column = self.column if name == SELF else self.rule.columns.get(name, "")
        if name in self.rule.rows:
            column = self.rule.rows[name].column
        if column not in self.made.questionnaire.by_column:
            raise UnsayableError
        return self.made.questionnaire.by_column[column]

    def choice(self, name: str, code: object) -> str:
        """A choice by its label; what is no choice as it is written."""
        written = f"{code:g}" if isinstance(code, float) else str(code)
        for choice in self.made.questionnaire.choices_of(self.question(name)):
            if choice.name == written:
                return self.say("quoted", text=self.text(choice.labels) or written)
        return self.number(code) if isinstance(code, float) else self.say("quoted", text=written)

    def number(self, value: float) -> str:
        decimals = len(f"{value:.6f}".rstrip("0").partition(".")[2])
        return number(value, locale_for(spoken(self.language)), decimals)

    def text(self, labels: Labels) -> str:
        """A label in this language, or in the first that has one."""
        languages = (self.language, *self.made.questionnaire.languages)
        found = next((labels[one] for one in languages if labels.get(one)), "")
        return " ".join(plain(found).split())
