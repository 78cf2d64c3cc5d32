"""Whom a government may ask: governments that agreed to be named, and what they say in their words.

Only what was cleared to stand beside a name is read; who keeps to totals is nowhere here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.report.page import Block, Cell, Heading, Quotes, Row, Section, Sentences, Table
from pipeline.report.release import Asked, Unit
from pipeline.store import hash8

if TYPE_CHECKING:
    from pipeline.report.brief import Brief
    from pipeline.report.government import GovernmentBrief

GAPS, PEERS, QUOTES = 3, 2, 3


def learn_from(brief: GovernmentBrief, gaps: Sequence[Asked]) -> Section:
    """For each gap up to two governments that have the policy, those of the same language first.

    Among equals chance decides, drawn from both names: the same few are not asked by everyone.
    """
    if not gaps:
        return Section()
    found = {policy.column: _peers(brief, policy) for policy in gaps[:GAPS]}
    heading = Heading(brief.say("learn.heading"))
    if not any(found.values()):
        return Section((heading, Sentences((brief.say("S-11"),))))
    rows = tuple(
        Row(
            Cell(brief.question(policy)),
            (
                Cell(
                    brief.listed(_called(brief, unit) for unit in found[policy.column])
                    if found[policy.column]
                    else brief.say("S-11")
                ),
                brief.counted(brief.numbers().in_force(policy)),
            ),
        )
        for policy in gaps[:GAPS]
    )
    columns = (
        brief.say("column.policy"),
        brief.say("learn.governments"),
        brief.say("column.in_force"),
    )
    table = Table(
        brief.say("learn.caption"), columns, ("text", "text", "mark"), (Block("", rows),),
        (brief.say("learn.note"),),
    )  # fmt: skip
    return Section((heading, table))


def _peers(brief: GovernmentBrief, policy: Asked) -> list[Unit]:
    answers = brief.release.answers.get(brief.wave, {})
    units = [
        brief.release.unit(unit_id)
        for unit_id, given in answers.items()
        if unit_id != brief.unit_id
        and any(policy.level(choice) == "in_force" for choice in given.get(policy.column, ()))
    ]
    return sorted(units, key=lambda unit: _nearness(brief.unit, unit))[:PEERS]


def _nearness(own: Unit, other: Unit) -> tuple[bool, bool, str]:
    drawn = hash8(f"{own.unit_id} {other.unit_id}")
    return own.language != other.language, own.size_class != other.size_class, drawn


def _called(brief: Brief, unit: Unit) -> str:
    """A government with its country."""
    country = f" ({brief.reference('country', unit.country)})" if unit.country else ""
    return unit.name_in(brief.spoken) + country


def quotes(brief: Brief) -> Section:
    """Free texts that their governments released, each in its own language; at most three."""
    texts = [question for question in brief.questions if question.type == "text"]
    said = [
        (unit_id, text)
        for unit_id, given in brief.release.answers.get(brief.wave, {}).items()
        for question in texts
        if question.pii != "direct" and not question.repeat
        for text in given.get(question.column, ())
    ]
    if not said:
        return Section()
    said.sort(key=lambda pair: hash8(f"{brief.unit_id} {pair[0]} {pair[1]}"))
    units = {unit_id: brief.release.unit(unit_id) for unit_id, _ in said}
    entries = tuple(
        (text, _called(brief, units[unit_id]), units[unit_id].language or brief.spoken)
        for unit_id, text in said[:QUOTES]
    )
    return Section((Heading(brief.say("learn.quotes")), Quotes(entries, brief.say("S-19"))))
