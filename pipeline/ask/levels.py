"""Places of a form and the levels they stand on: the main form and its repeats.

A place is a question (by its column) or a group (by its path and a slash). A level is '' for the
main form, else the name of a repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from pipeline.ask.questionnaire import Group, Question, Questionnaire


def place_of(at: Question | Group) -> str:
    """The place of a question or group."""
    return at.column if isinstance(at, Question) else group_place(at.path)


def group_place(path: str) -> str:
    """The place of a group; '' for none."""
    return f"{path}/" if path else ""


@dataclass(frozen=True)
class Levels:
    """Where the places of a questionnaire stand."""

    questionnaire: Questionnaire

    @cached_property
    def around(self) -> Mapping[str, str]:
        """The place of the group around each place; '' at the top. Outer groups come first."""
        form = self.questionnaire
        around = {group_place(group.path): group_place(group.parent) for group in form.groups}
        return around | {q.column: group_place(q.group) for q in form.questions}

    @cached_property
    def of(self) -> Mapping[str, str]:
        """The level on which each place is asked; a repeat itself is asked outside."""
        inside: dict[str, str] = {"": ""}
        levels: dict[str, str] = {}
        for group in self.questionnaire.groups:
            outside = inside[group.parent]
            levels[group_place(group.path)] = outside
            inside[group.path] = group.name if group.is_repeat else outside
        return levels | {q.column: q.repeat for q in self.questionnaire.questions}

    @cached_property
    def chains(self) -> Mapping[str, tuple[str, ...]]:
        """The levels from the main form to each level, outermost first."""
        chains: dict[str, tuple[str, ...]] = {"": ("",)}
        for group in self.questionnaire.repeats:
            outside = chains[self.of[group_place(group.path)]]
            chains.setdefault(group.name, (*outside, group.name))
        return chains

    def outside(self, level: str) -> str:
        """The level around a repeat."""
        return self.chains[level][-2]

    def shared(self, one: str, other: str) -> str:
        """The innermost level that two levels have in common."""
        pairs = zip(self.chains[one], self.chains[other], strict=False)
        return list(takewhile(lambda pair: pair[0] == pair[1], pairs))[-1][0]


def shared_groups(one: str, other: str) -> int:
    """How many groups two paths have in common."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
