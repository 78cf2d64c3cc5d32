"""The form's rules in order: relevance inherited through groups, what depends on what, circles.

A place is a question (by its column) or a group (by its path and a slash).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import takewhile
from types import MappingProxyType

from pipeline.ask.choices import nearest
from pipeline.ask.expression import (
    SELF,
    ExpressionError,
    Node,
    Reference,
    parse,
    references,
    walk,
)
from pipeline.ask.functions import (
    DATE,
    NUMBER,
    TEXT,
    UnknownFunctionError,
    check_meaning,
    needs_today,
)
from pipeline.ask.questionnaire import Group, Question, Questionnaire
from pipeline.errors import Finding, Problem, RelevoError

KINDS = MappingProxyType(
    {"integer": NUMBER, "decimal": NUMBER, "date": DATE, "datetime": DATE, "today": DATE,
     "start": DATE, "end": DATE}
)  # fmt: skip
RULE_COLUMNS = ("relevant", "required", "constraint")
NO_SELF = "'.' is the answer itself, which is not there before the question is asked"


@dataclass(frozen=True)
class Rule:
    """One expression of the form; `node` is None where it cannot be applied: it is never judged.

    `columns` and `kinds` belong to the references as they are written.
    """

    node: Node | None
    columns: Mapping[str, str]
    kinds: Mapping[str, str]

    @property
    def needs_today(self) -> bool:
        """Whether the day of the submission is needed."""
        return self.node is not None and needs_today(self.node)


@dataclass(frozen=True)
class Rules:
    """Every rule of one questionnaire.

    `relevance` holds own conditions by place; a place is asked if its own condition and those of
    all groups around it hold. `order` lists, for the main form ('') and each repeat, the places
    with a condition in batches: a batch needs only earlier ones, or those of enclosing levels.
    """

    questionnaire: Questionnaire
    relevance: Mapping[str, Rule]
    required: Mapping[str, Rule]  # only expressions; a plain yes is no rule
    constraint: Mapping[str, Rule]
    order: Mapping[str, tuple[tuple[str, ...], ...]]
    findings: tuple[Finding, ...]

    @cached_property
    def conditional(self) -> frozenset[str]:
        """Places with a condition, their own or inherited."""
        return frozenset(place for batches in self.order.values() for b in batches for place in b)

    @cached_property
    def around(self) -> Mapping[str, str]:
        """The place of the group around each place; '' at the top."""
        return _around(self.questionnaire)

    def levels(self, repeat: str) -> tuple[str, ...]:
        """The main form and the repeats from the outside to `repeat`."""
        return _chains(self.questionnaire, _place_levels(self.questionnaire))[repeat]


def group_place(path: str) -> str:
    """The place of a group; '' for none."""
    return f"{path}/" if path else ""


def rules(questionnaire: Questionnaire) -> Rules:
    """Read every relevance, requirement and constraint, and order them.

    A rule that cannot be read is a finding and is switched off; the others work.

    Raises:
        RelevoError: circular_rules (exit 10), naming the questions of each circle.
    """
    circles = find_circles(questionnaire)
    if circles:
        raise RelevoError(circles)
    written, findings = read_rules(questionnaire)
    by_column = {
        column: {_place(at): rule for name, at, rule in written if name == column}
        for column in RULE_COLUMNS
    }
    return Rules(
        questionnaire,
        MappingProxyType(by_column["relevant"]),
        MappingProxyType(by_column["required"]),
        MappingProxyType(by_column["constraint"]),
        _order(questionnaire, by_column["relevant"]),
        findings,
    )


def read_rules(
    questionnaire: Questionnaire, columns: Iterable[str] = RULE_COLUMNS
) -> tuple[tuple[tuple[str, Question | Group, Rule], ...], tuple[Finding, ...]]:
    """Every rule with its column and where it stands, and what cannot be applied; no order yet."""
    reader = _Reader(questionnaire)
    places: list[Question | Group] = [*questionnaire.groups, *questionnaire.questions]
    written = tuple(
        (column, at, reader.rule(column, text, at))
        for column in columns
        for at in places
        if (text := getattr(at, column, "")) not in {"", "yes"}
    )
    return written, tuple(reader.findings)


def find_circles(questionnaire: Questionnaire) -> tuple[Finding, ...]:
    """Relevances and calculations that wait for each other, each circle once."""
    needs = {place: {group} - {""} for place, group in _around(questionnaire).items()}
    for column, at, rule in read_rules(questionnaire, ("relevant", "calculation"))[0]:
        place = _place(at)
        # a calculation that only keeps its own value is a known idiom
        own = {place} if column == "calculation" else set()
        needs[place] |= set(rule.columns.values()) - own
    findings = []
    while circle := _circle(needs):
        findings.append(_circle_finding(questionnaire, circle))
        needs[circle[1]] -= {circle[0]}
    return tuple(findings)


def _circle(needs: Mapping[str, set[str]]) -> list[str]:
    # sorted: sets have no order of their own, and the same circle must be told each time
    graph = {place: sorted(before) for place, before in needs.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def _circle_finding(questionnaire: Questionnaire, circle: list[str]) -> Finding:
    # graphlib lists each place before the one that needs it
    names = [place.removesuffix("/").rpartition("/")[2] for place in reversed(circle)]
    rows = {group_place(group.path): group.row for group in questionnaire.groups}
    rows |= {question.column: question.row for question in questionnaire.questions}
    values: dict[str, object] = {"found": " needs ".join(names)}
    file, row = questionnaire.file, rows[circle[-1]]
    return Finding(Problem.circular_rules, file, "survey", row, names[0], values)


def _place(at: Question | Group) -> str:
    return at.column if isinstance(at, Question) else group_place(at.path)


def _around(questionnaire: Questionnaire) -> dict[str, str]:
    around = {group_place(group.path): group_place(group.parent) for group in questionnaire.groups}
    around |= {q.column: group_place(q.group) for q in questionnaire.questions}
    return around


def _order(
    questionnaire: Questionnaire, relevance: Mapping[str, Rule]
) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    around = _around(questionnaire)
    conditional: set[str] = set()
    for place in around:  # groups come first, outer ones before inner ones
        if place in relevance or around[place] in conditional:
            conditional.add(place)
    needs = {}
    for place in conditional:
        own = relevance[place].columns.values() if place in relevance else ()
        needs[place] = {one for one in (around[place], *own) if one in conditional}
    places = {place: number for number, place in enumerate(around)}
    level = _place_levels(questionnaire)
    order: dict[str, list[tuple[str, ...]]] = {}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=places.__getitem__)
        for name in dict.fromkeys(level[place] for place in ready):
            batch = tuple(place for place in ready if level[place] == name)
            order.setdefault(name, []).append(batch)
        sorter.done(*ready)
    return MappingProxyType({name: tuple(batches) for name, batches in order.items()})


def _place_levels(questionnaire: Questionnaire) -> dict[str, str]:
    """The repeat in which each place is asked; a repeat itself is asked outside."""
    inside: dict[str, str] = {"": ""}
    levels: dict[str, str] = {}
    for group in questionnaire.groups:
        outside = inside[group.parent]
        levels[group_place(group.path)] = outside
        inside[group.path] = group.name if group.is_repeat else outside
    return levels | {q.column: q.repeat for q in questionnaire.questions}


def _chains(
    questionnaire: Questionnaire, level: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    """The levels from the main form to each repeat, outermost first."""
    chains: dict[str, tuple[str, ...]] = {"": ("",)}
    for group in questionnaire.repeats:
        outside = chains[level[group_place(group.path)]]
        chains.setdefault(group.name, (*outside, group.name))
    return chains


def _shared(one: str, other: str) -> int:
    """How many groups two paths have in common."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


class _Reader:
    """Reads expressions and finds the questions they name."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.findings: list[Finding] = []
        self.level = _place_levels(questionnaire)
        self.chains = _chains(questionnaire, self.level)
        self.by_path = {question.path: question for question in questionnaire.questions}
        self.by_name: dict[str, list[Question]] = {}
        for question in questionnaire.questions:
            self.by_name.setdefault(question.name, []).append(question)

    def rule(self, column: str, text: str, at: Question | Group) -> Rule:
        """The rule written in `column` at a question or group, switched off where it cannot be."""
        try:
            node = parse(text)
        except ExpressionError as error:
            self.find(Problem.unreadable_rule, at, column=column, reason=str(error))
            return Rule(None, {}, {})
        found = {name: self.resolve(name, column, at) for name in references(node)}
        columns = {name: question.column for name, question in found.items() if question}
        kinds = {name: KINDS.get(q.type, TEXT) for name, q in found.items() if q}
        is_right = self.can_be_judged(node, column, at) and None not in found.values()
        if Reference(SELF) in walk(node):
            if column == "relevant":
                self.find(Problem.unreadable_rule, at, column=column, reason=NO_SELF)
                is_right = False
            elif isinstance(at, Question):
                columns[SELF], kinds[SELF] = at.column, KINDS.get(at.type, TEXT)
        return Rule(node if is_right else None, MappingProxyType(columns), MappingProxyType(kinds))

    def can_be_judged(self, node: Node, column: str, at: Question | Group) -> bool:
        try:
            check_meaning(node)
        except UnknownFunctionError as error:
            self.find(Problem.unknown_function, at, column=column, found=error.reason)
            return False
        except ExpressionError as error:
            self.find(Problem.unreadable_rule, at, column=column, reason=error.reason)
            return False
        return True

    def resolve(self, name: str, column: str, at: Question | Group) -> Question | None:
        """The question a reference means: the one nearest to where the rule stands."""
        if name.startswith("../"):
            named = self.by_path.get(os.path.normpath(f"{at.path}/{name}"))
            candidates = [named] if named else []
        else:
            candidates = self.by_name.get(name, [])
        if not candidates:
            close = nearest(name, list(self.by_name))
            self.find(Problem.unknown_reference, at, column=column, found=name, nearest=close)
            return None
        found = max(candidates, key=lambda one: _shared(one.path, at.path))
        if found.repeat not in self.chains[self.level[_place(at)]]:
            self.find(Problem.reference_into_repeat, at, column=column, found=name)
            return None
        return found

    def find(self, problem: Problem, at: Question | Group, **values: object) -> None:
        file = self.questionnaire.file
        self.findings.append(Finding(problem, file, "survey", at.row, at.name, values))
