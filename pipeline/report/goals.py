"""Progress to the goals of a register: on its own page, and beside the survey that joins it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.counts import SHOWN
from pipeline.report.knowledge import rows
from pipeline.report.page import Block, Cell, Heading, Mark, Part, Row, Section, Sentences, Table

HIDDEN = "[c]"
REGISTER = "survey, as_of, goals, coalesce(states, ''), count, n, shown, threshold"
WORD = "survey, kind, coalesce(code, ''), coalesce(language, ''), text"

Words = Mapping[tuple[str, str, str, str], str]  # survey, kind, code, language


@dataclass(frozen=True)
class Joined:
    """A row of estimate.joined_register."""

    survey: str
    as_of: datetime.date | None
    goals: tuple[int, ...]
    states: tuple[str, ...]
    count: int | None
    n: int | None
    shown: str
    threshold: int


def goal_table(brief: Brief, goals: Sequence[int], count: int | None, threshold: int = 0) -> Table:
    """Each goal beside what is counted.

    `count`: None where it is hidden. `threshold`: of the register, where it is another survey.
    """
    lines = tuple(
        Row(Cell(texts.number(goal, brief.locale)), (_of_goal(brief, count, goal),))
        for goal in sorted(goals)
    )
    return Table(
        brief.say("register.caption.progress"),
        (brief.say("register.goal"), brief.say("register.counted")),
        ("text", "mark"),
        (Block("", lines),),
        brief.explained((cell for line in lines for cell in line.cells), threshold),
    )


def _of_goal(brief: Brief, count: int | None, goal: int) -> Cell:
    if count is None:
        return Cell(HIDDEN)
    is_reached = count >= goal
    text = brief.say("register.goal_reached" if is_reached else "cell.of", count=count, total=goal)
    return Cell(text, Mark("bar", min(1.0, count / goal)))


def campaign(brief: Brief) -> Section:
    """Of each joined register with goals: its name, how many count, what that means, and when."""
    words: Words = {row[:4]: row[4] for row in _read(brief, "estimate.joined_label", WORD)}
    parts: list[Part] = []
    for row in _read(brief, "estimate.joined_register", REGISTER):
        parts += _strip(brief, _joined(row), words)
    return Section(tuple(parts))


def _read(brief: Brief, table: str, columns: str) -> list[tuple[Any, ...]]:
    return rows(brief.release.folder, "survey", table, columns, "ORDER BY ALL")


def _joined(row: tuple[Any, ...]) -> Joined:
    survey, as_of, goals, states, *numbers = row
    return Joined(survey, as_of, tuple(map(int, goals.split())), tuple(states.split()), *numbers)


def _strip(brief: Brief, found: Joined, words: Words) -> tuple[Part, ...]:
    count = found.count if found.shown == SHOWN else None
    said = [] if count is None else [brief.say("register.lead", count=count, total=found.n)]
    states = [_word(brief, words, found.survey, "state", code) for code in found.states]
    said.append(brief.say("register.counted_are", list=brief.listed(states)))
    said += [brief.say("S-17", date=brief.date(found.as_of))] if found.as_of else []
    return (
        Heading(_word(brief, words, found.survey, "title")),
        Sentences((" ".join(said),)),
        goal_table(brief, found.goals, count, found.threshold),
    )


def _word(brief: Brief, words: Words, survey: str, kind: str, code: str = "") -> str:
    """A text of the joined survey in the page's language, or the only one it has; else its code."""
    for language in (brief.language, brief.spoken, ""):
        if text := words.get((survey, kind, code, language)):
            return brief.plain(text)
    return code or survey
