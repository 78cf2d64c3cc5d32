"""Rules read one by one: the expression, and the questions that it names where it stands."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pipeline.ask.choices import nearest
from pipeline.ask.expression import ExpressionError, parse
from pipeline.ask.functions import DATE, DATETIME, NUMBER, TEXT, TIME, times
from pipeline.ask.headers import TRANSLATED
from pipeline.ask.levels import Levels, place_of, shared_groups
from pipeline.ask.meaning import (
    KNOWN,
    PREVIOUS,
    NotEvaluatedError,
    UnknownFunctionError,
    check_meaning,
    rows_outside,
)
from pipeline.ask.questionnaire import Group, Question, Questionnaire
from pipeline.ask.tree import (
    SELF,
    Call,
    Node,
    Path,
    Reference,
    Rows,
    Text,
    Word,
    references,
    rewrite,
    walk,
)
from pipeline.errors import Finding, Problem

KINDS = MappingProxyType(
    {"integer": NUMBER, "decimal": NUMBER, "range": NUMBER, "date": DATE, "today": DATE,
     "datetime": DATETIME, "start": DATETIME, "end": DATETIME, "time": TIME}
)  # fmt: skip
# Before names that are put in place of others; no name in a form holds a brace.
CHOICE = "choice}"  # a column of the choices sheet
POSITION_OF = "position}"  # the number of a repeat's row
BY_INDEX = frozenset({"indexed-repeat"})
WITHOUT_SELF = frozenset({"relevant", "choice_filter", "repeat_count"})
NO_SELF = "'.' is the answer itself, which is not there before the question is asked"


@dataclass(frozen=True)
class RowsOf:
    """The rows of a repeat that a reference means, below the row of `within` where it stands.

    `column` is the question whose answers are meant, '' for the rows themselves; `place` is that
    question or the repeat.
    """

    place: str
    column: str
    repeat: str
    within: str


@dataclass(frozen=True)
class Rule:
    """One expression of the form; `node` is None where it cannot be applied: it is never judged.

    The keys of all mappings are references as they are written: `columns` gives their questions,
    `kinds` how answers are read, `rows` those that mean several rows, `positions` the repeat whose
    row is counted, `choices` the columns of the choices sheet that a choice_filter tests.
    """

    node: Node | None
    columns: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, RowsOf] = field(default_factory=dict)
    positions: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs(self) -> frozenset[str]:
        """The places whose answers the rule reads."""
        return frozenset(self.columns.values()) | {rows.place for rows in self.rows.values()}

    @property
    def clock(self) -> tuple[str, ...]:
        """Which times of the submission are needed: `now`, `today`."""
        return times(self.node) if self.node is not None else ()


def read_rules(
    questionnaire: Questionnaire, columns: Iterable[str]
) -> tuple[tuple[tuple[str, Question | Group, Rule], ...], tuple[Finding, ...]]:
    """Every rule with its column and where it stands, and what cannot be applied; no order yet."""
    form = _Form(questionnaire)
    places: list[Question | Group] = [*questionnaire.groups, *questionnaire.questions]
    readers = [
        (column, at, text, _Reader(form, column, at))
        for column in columns
        for at in places
        if (text := getattr(at, column, "")) not in {"", "yes"}
    ]
    written = tuple((column, at, reader.read(text)) for column, at, text, reader in readers)
    return written, tuple(found for *_, reader in readers for found in reader.findings)


def _without_other_rows(node: Node) -> Node:
    """Nothing in place of what looks into one other row of a repeat, such as the row before."""
    is_elsewhere = isinstance(node, Path) or (isinstance(node, Call) and node.name in BY_INDEX)
    return Text("") if is_elsewhere else node


class _Form:
    """What the names of a questionnaire mean."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.file = questionnaire.file
        self.levels = Levels(questionnaire)
        everything: list[Question | Group] = [*questionnaire.questions, *questionnaire.groups]
        self.by_path = {one.path: one for one in reversed(everything)}
        self.by_name: dict[str, list[Question | Group]] = {}
        for one in everything:
            same = self.by_name.setdefault(one.name, [])
            if isinstance(one, Question) or not any(isinstance(it, Question) for it in same):
                same.append(one)
        choices = [choice for choices in questionnaire.choices.values() for choice in choices]
        self.choice_columns = {"name", *(name for choice in choices for name in choice.extra)}

    def named(self, name: str, at: Question | Group) -> list[Question | Group]:
        """What a reference can mean: a path leads to one place, a name to all that bear it."""
        if name.startswith("/"):
            path = name[1:].partition("/")[2]
        elif name.startswith("."):
            path = posixpath.normpath(f"{at.path}/{name}")
        else:
            return self.by_name.get(name, [])
        return [self.by_path[path]] if path in self.by_path else []


class _Reader:
    """Reads one rule: finds the questions it names, and what cannot be done with it."""

    def __init__(self, form: _Form, column: str, at: Question | Group) -> None:
        self.form = form
        self.column = column
        self.at = at
        self.level = form.levels.of[place_of(at)]
        self.findings: list[Finding] = []

    def read(self, text: str) -> Rule:
        """The rule, switched off where it cannot be applied."""
        try:
            node = parse(text)
        except ExpressionError as error:
            self.find(Problem.unreadable_rule, reason=str(error))
            return Rule(None)
        found = {name: self.resolve(name) for name in references(node)}
        rule = self.locate(node, {name: one for name, one in found.items() if one})
        is_right = self.can_be_judged(rule) and None not in found.values()
        return rule if is_right else replace(rule, node=None)

    def resolve(self, name: str) -> Question | Group | None:
        """What a reference means: of several places the one nearest to where the rule stands."""
        candidates = self.form.named(name.removeprefix(PREVIOUS), self.at)
        if not candidates:
            close = nearest(name.rpartition("/")[2], list(self.form.by_name))
            self.find(Problem.unknown_reference, found=name, nearest=close)
            return None
        return max(candidates, key=lambda one: shared_groups(one.path, self.at.path))

    def locate(self, node: Node, found: Mapping[str, Question | Group]) -> Rule:
        """The rule with what each reference means where it stands."""
        columns, rows, kinds = {}, {}, {}
        for name in references(rewrite(node, _without_other_rows)):
            if (one := found.get(name)) is None:
                continue
            if isinstance(one, Question):
                kinds[name] = KINDS.get(one.type, TEXT)
            if isinstance(one, Question) and one.repeat in self.form.levels.chains[self.level]:
                columns[name] = one.column
            elif isinstance(one, Question) or one.is_repeat:
                rows[name] = self.rows_of(one)
        has_self = Reference(SELF) in walk(node) and self.column not in WITHOUT_SELF
        if isinstance(self.at, Question) and has_self:
            columns[SELF], kinds[SELF] = self.at.column, KINDS.get(self.at.type, TEXT)
        node = rewrite(node, lambda one: self.meant(one, rows))
        named = [one.name for one in walk(node) if isinstance(one, Reference)]
        positions = {name: rows[name.removeprefix(POSITION_OF)].repeat
                     for name in named if name.startswith(POSITION_OF)}  # fmt: skip
        tested = {n: n.removeprefix(CHOICE) for n in named if n.startswith(CHOICE)}
        kinds |= dict.fromkeys(positions, NUMBER)
        return Rule(node, columns, kinds, rows, positions, tested)

    def rows_of(self, one: Question | Group) -> RowsOf:
        levels, place = self.form.levels, place_of(one)
        if isinstance(one, Question):
            return RowsOf(place, place, one.repeat, levels.shared(self.level, one.repeat))
        return RowsOf(place, "", one.name, levels.shared(self.level, levels.of[place]))

    def meant(self, node: Node, rows: Mapping[str, RowsOf]) -> Node:
        """A node in the words of this place: rows, the number of a row, a choice's column."""
        match node:
            case Reference(name) if name in rows:
                return Rows(name)
            case Call("position", (Rows(name),)) if self.is_around(rows[name]):
                return Reference(POSITION_OF + name)
            case Word(name) if self.column == "choice_filter":
                return Reference(CHOICE + name.casefold())
        return node

    def is_around(self, rows: RowsOf) -> bool:
        return not rows.column and rows.repeat in self.form.levels.chains[self.level]

    def can_be_judged(self, rule: Rule) -> bool:
        assert rule.node is not None
        try:
            check_meaning(rule.node)
            self.check_places(rule.node, rule)
        except UnknownFunctionError as error:
            close = nearest(error.reason, sorted(KNOWN))
            self.find(Problem.unknown_function, found=error.reason, nearest=close)
        except NotEvaluatedError as error:
            self.find(Problem.not_evaluated, found=error.reason)
        except ExpressionError as error:
            self.find(Problem.unreadable_rule, reason=error.reason)
        else:
            wrong = rows_outside(rule.node)
            for name in wrong:
                self.find(Problem.reference_into_repeat, found=name)
            return not wrong
        return False

    def check_places(self, node: Node, rule: Rule) -> None:
        """Refuse names that have no answer where the rule stands."""
        known = {*rule.columns, *rule.positions, *rule.choices}
        for name in (one.name for one in walk(node) if isinstance(one, Reference)):
            if name == SELF and self.column in WITHOUT_SELF:
                raise ExpressionError(NO_SELF)
            if name.startswith(CHOICE):
                self.check_choice_column(rule.choices[name])
            elif name not in known and self.form.named(name, self.at):
                raise ExpressionError(f"'{name}' is a group, which has no answer")

    def check_choice_column(self, name: str) -> None:
        if name in TRANSLATED:
            raise NotEvaluatedError("the labels of choices")
        if name not in self.form.choice_columns:
            close = nearest(name, sorted(self.form.choice_columns))
            raise ExpressionError(f"'{name}' is no column of the sheet choices{close}")

    def find(self, problem: Problem, **values: object) -> None:
        values["column"] = self.column
        at = self.at
        self.findings.append(Finding(problem, self.form.file, "survey", at.row, at.name, values))
