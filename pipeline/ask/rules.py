"""The form's rules in order: relevance inherited through groups, what depends on what, circles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from pipeline.ask.levels import Levels, place_of
from pipeline.ask.questionnaire import Group, Question, Questionnaire
from pipeline.ask.rule_reader import Rule, read_rules
from pipeline.errors import Finding, Problem, RelevoError

KEPT = "rules read"
RULE_COLUMNS = ("relevant", "required", "constraint", "warning", "choice_filter")


@dataclass(frozen=True)
class Rules:
    """Every rule of one questionnaire.

    `relevance` holds own conditions by place; a place is asked if its own condition and those of
    all groups around it hold. `order` lists the places with a condition in batches of one level: a
    batch needs only those before it.
    """

    questionnaire: Questionnaire
    relevance: Mapping[str, Rule]
    required: Mapping[str, Rule]  # only expressions; a plain yes is no rule
    constraint: Mapping[str, Rule]
    warning: Mapping[str, Rule]
    filters: Mapping[str, Rule]  # which choices of its list a question offers
    order: tuple[tuple[str, tuple[str, ...]], ...]
    findings: tuple[Finding, ...]

    @cached_property
    def levels(self) -> Levels:
        """Where each place stands."""
        return Levels(self.questionnaire)

    @cached_property
    def conditional(self) -> frozenset[str]:
        """Places with a condition, their own or inherited."""
        return frozenset(place for _, batch in self.order for place in batch)

    @cached_property
    def of_answers(self) -> Mapping[str, Mapping[str, Rule]]:
        """The conditions on an answer by kind: what it has to keep, and what is expected of it."""
        return MappingProxyType({"constraint": self.constraint, "warning": self.warning})

    def needs(self, place: str) -> frozenset[str]:
        """The places that decide directly whether a place is asked."""
        own = self.relevance[place].needs if place in self.relevance else frozenset()
        return own | {self.levels.around[place]} - {""}


def rules(questionnaire: Questionnaire) -> Rules:
    """Read every relevance, requirement, condition on an answer and choice_filter, and order them.

    A rule that cannot be read is a finding and is switched off; the others work. What was read is
    kept beside the questionnaire, as its cached properties are.

    Raises:
        RelevoError: circular_rules (exit 10), naming the questions of each circle.
    """
    kept = vars(questionnaire)
    if KEPT not in kept:
        kept[KEPT] = _read(questionnaire)
    made: Rules = kept[KEPT]
    return made


def _read(questionnaire: Questionnaire) -> Rules:
    circles = find_circles(questionnaire)
    if circles:
        raise RelevoError(circles)
    written, findings = read_rules(questionnaire, RULE_COLUMNS)
    of = {
        column: MappingProxyType(
            {place_of(at): rule for name, at, rule in written if name == column}
        )
        for column in RULE_COLUMNS
    }
    listed = {q.column for q in questionnaire.questions if questionnaire.choices_of(q)}
    return Rules(
        questionnaire,
        of["relevant"],
        of["required"],
        of["constraint"],
        of["warning"],
        # a list that lives in a file cannot be looked into
        MappingProxyType({q: rule for q, rule in of["choice_filter"].items() if q in listed}),
        _order(questionnaire, of["relevant"]),
        findings,
    )


def find_circles(questionnaire: Questionnaire) -> tuple[Finding, ...]:
    """Relevances and calculations that wait for each other, each circle once."""
    around = Levels(questionnaire).around
    needs: dict[str, set[str]] = {place: {group} - {""} for place, group in around.items()}
    for column, at, rule in read_rules(questionnaire, ("relevant", "calculation"))[0]:
        place = place_of(at)
        # a calculation that only keeps its own value is a known idiom
        own = {place} if column == "calculation" else set()
        needs[place] |= rule.needs - own
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
    places: list[Question | Group] = [*questionnaire.groups, *questionnaire.questions]
    rows = {place_of(at): at.row for at in places}
    values: dict[str, object] = {"found": " needs ".join(names)}
    file, row = questionnaire.file, rows[circle[-1]]
    return Finding(Problem.circular_rules, file, "survey", row, names[0], values)


def _order(
    questionnaire: Questionnaire, relevance: Mapping[str, Rule]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Batches of places that can be judged at once; a level is left only when it has to wait."""
    levels = Levels(questionnaire)
    conditional: set[str] = set()
    for place, group in levels.around.items():  # outer groups come first
        if place in relevance or group in conditional:
            conditional.add(place)
    needs = {
        place: {levels.around[place], *(relevance[place].needs if place in relevance else ())}
        & conditional
        for place in conditional
    }
    places = {place: number for number, place in enumerate(levels.around)}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    ready: list[str] = []
    order: list[tuple[str, tuple[str, ...]]] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=places.__getitem__)
        here = {levels.of[place] for place in ready}
        level = order[-1][0] if order and order[-1][0] in here else levels.of[ready[0]]
        batch = tuple(place for place in ready if levels.of[place] == level)
        ready = [place for place in ready if levels.of[place] != level]
        order.append((level, batch))
        sorter.done(*batch)
    return tuple(order)
