"""A release as the pages read it: its cleared tables as frozen rows in memory."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.texts import DEFAULT_LOCALES

Group = tuple[str, str]  # group_kind, group_code
NETWORK: Group = ("network", "all")


@dataclass(frozen=True)
class Choice:
    """A row of ask.choice."""

    name: str
    score: float | None
    missing_kind: str


@dataclass(frozen=True)
class Asked:
    """A row of ask.question: what was asked, with its choices."""

    column: str
    type: str
    list_name: str
    section: str
    score: str
    pii: str
    repeat: str
    choices: tuple[Choice, ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # charter, sdg or gcm, with the codes it names

    @property
    def is_select(self) -> bool:
        """Whether the answer is one or several choices of a list."""
        return self.type in {"select_one", "select_multiple", "rank"} and bool(self.choices)

    @property
    def is_policy(self) -> bool:
        """Whether the answer says in force, in preparation or no.

        True for a scored select_one whose points are 100, 0 and at most one value between: then
        100 reads `in force`, the value between `in preparation`, and 0 `no`.
        """
        points = {choice.score for choice in self.choices if choice.score is not None}
        return (
            self.type == "select_one"
            and self.score == "map"
            and {0.0, 100.0} <= points
            and len(points) <= 3
        )

    def level(self, choice: str) -> str:
        """`in_force`, `in_preparation` or `no` of a policy; '' for a choice without points."""
        points = {c.name: c.score for c in self.choices}.get(choice)
        if points is None:
            return ""
        return {100.0: "in_force", 0.0: "no"}.get(points, "in_preparation")


@dataclass(frozen=True)
class Result:
    """A row of estimate.result, with the columns a page prints."""

    result_id: str
    subject_kind: str
    subject: str
    choice: str
    statistic: str
    is_weighted: bool
    count: int | None
    n: int | None
    population: int | None
    base: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_level: float | None
    shown: str
    reason: str
    row_scope: str = ""  # `named`: counts only the governments that agreed to be named


@dataclass(frozen=True)
class Unit:
    """A row of ask.unit: one government."""

    unit_id: str
    country: str
    size_class: str
    name: str
    names: Mapping[str, str]
    language: str = ""

    def name_in(self, language: str) -> str:
        """The name in a language; the government's own where it has none."""
        return self.names.get(language, self.name)

    def in_group(self, group: Group) -> bool:
        """Whether the unit belongs to a group of a kind that the frame knows."""
        return getattr(self, group[0], None) == group[1]


@dataclass(frozen=True)
class Round:
    """A row of estimate.wave: one wave, how many were asked and how many answered."""

    wave: str
    as_of: datetime.date | None = None
    state: str = "final"
    population: int | None = None
    responses: int = 0


@dataclass(frozen=True)
class Release:
    """The cleared tables of one release; nothing here is about a person or may not be published."""

    folder: Path
    facts: Mapping[tuple[str, str, str], str]  # key, wave, language
    labels: Mapping[tuple[str, str, str, str], str]  # wave, kind, subject, language
    references: Mapping[tuple[str, str, str], str]  # kind, code, language
    questions: Mapping[str, tuple[Asked, ...]]  # by wave, in form order
    units: Mapping[str, Unit]
    results: Mapping[tuple[str, Group], Mapping[str, tuple[Result, ...]]]  # by wave, group, subject
    rounds: Mapping[str, Round]
    named: Mapping[str, frozenset[str]]  # by wave: governments that agreed to be named
    drafts: frozenset[tuple[str, str]] = frozenset()  # wave, language: a label waits for review
    languages: tuple[str, ...] = ("",)
    locales: Mapping[str, str] = field(default_factory=lambda: DEFAULT_LOCALES)
    # what governments that agreed to be named say and score, by wave: beside their names, in public
    answers: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)
    # of the network since the wave before, by wave, then by subject and choice
    changes: Mapping[str, Mapping[tuple[str, str], tuple[Result, ...]]] = field(
        default_factory=dict
    )

    def fact(self, key: str, default: str = "", *, wave: str = "", language: str = "") -> str:
        """What survey.toml says, as ask.survey keeps it; '' counts as not said."""
        return self.facts.get((key, wave, language)) or default

    @property
    def is_log(self) -> bool:
        """Whether the records are actions that somebody noted, and nobody was asked."""
        return self.fact("record") == "event" and not self.fact("register_state")

    def unit(self, unit_id: str) -> Unit:
        """A government of the frame; without a frame it is called what it calls itself."""
        return self.units.get(unit_id) or Unit(unit_id, "", "", unit_id, {})

    def of_group(self, wave: str, group: Group, subject: str) -> tuple[Result, ...]:
        """All numbers of one group on one subject, in stored order."""
        return self.results.get((wave, group), {}).get(subject, ())

    def wave_before(self, wave: str) -> str:
        """The wave before this one; '' where there is none."""
        return max((known for known in self.rounds if known < wave), default="")

    def groups(self, wave: str, kind: str) -> list[Group]:
        """The groups of a kind: those with results or with members, in alphabetical order."""
        found = {group for known, group in self.results if known == wave and group[0] == kind}
        found |= {
            (kind, getattr(unit, kind)) for unit in self.units.values() if hasattr(unit, kind)
        }
        return sorted(group for group in found if group[1])

    def is_hidden(self, wave: str, group: Group) -> bool:
        """Whether not even the size of a group may be said."""
        rows = self.of_group(wave, group, "response")
        return any(row.shown == "c" for row in rows)

    def response(self, wave: str, group: Group) -> tuple[int, int | None]:
        """How many of a group answered, and of how many (None where nobody knows)."""
        if group == NETWORK and wave in self.rounds:
            return self.rounds[wave].responses, self.rounds[wave].population
        rows = [
            row
            for subject in self.results.get((wave, group), {}).values()
            for row in subject
            if not row.is_weighted
        ]
        for row in rows:
            if row.subject_kind == "frame" and row.subject == "response":
                return row.count or 0, row.population
        return max((row.n or 0 for row in rows), default=0), None
