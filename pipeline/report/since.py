"""What changed since the wave before, of what both waves asked in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report.counts import Count, Numbers
from pipeline.report.page import Block, Cell, Heading, Mark, Row, Section, Sentences, Table
from pipeline.report.release import NETWORK, Asked

if TYPE_CHECKING:
    from pipeline.report.brief import Brief
    from pipeline.report.government import GovernmentBrief


def is_same(brief: Brief, before: str, question: Asked) -> bool:
    """Whether the wave before asked this in the same words, with the same choices."""
    then = next((q for q in brief.release.questions[before] if q.column == question.column), None)
    if then is None or (then.type, then.choices) != (question.type, question.choices):
        return False
    return all(
        brief.release.labels.get((before, kind, subject, brief.language))
        == brief.release.labels.get((brief.wave, kind, subject, brief.language))
        for kind, subject in (
            ("label", question.column),
            *(("choice", f"{question.list_name}/{one.name}") for one in question.choices),
        )
    )


def own_changes(brief: GovernmentBrief) -> Section:
    """The policies of one government that stand otherwise than in the wave before."""
    before = brief.release.wave_before(brief.wave)
    asked = [p for p in brief.own_policies if p.column in brief.before]
    same = [p for p in asked if is_same(brief, before, p)]
    both = [p for p in same if all(given[p.column].choices for given in (brief.before, brief.own))]
    if not both:
        return Section()
    changed = [p for p in both if brief.before[p.column].choices != brief.own[p.column].choices]
    said = brief.say("since.own", count=len(changed), total=len(both), wave=before)
    other = [brief.question(p) for p in asked if p not in same]
    notes = (brief.say("since.other", wave=before, list=brief.listed(other)),) if other else ()
    heading = Heading(brief.say("since.heading", wave=before))
    if not changed:
        return Section(
            (heading, Sentences((said,)), *([Sentences(notes, "note")] if notes else []))
        )
    rows = tuple(
        Row(
            Cell(brief.question(p)),
            (
                brief.state(brief.own_level(p, brief.before), brief.answer(p, brief.before)),
                brief.state(brief.own_level(p), brief.answer(p)),
                Cell(_then_and_now(brief, before, p)),
            ),
        )
        for p in changed
    )
    columns = (brief.say("column.policy"), before, brief.wave, brief.say("since.network"))
    table = Table(
        brief.say("since.caption_own", name=brief.name, wave=before),
        columns,
        ("text", "text", "text", "text"),
        (Block("", rows),),
        (*notes, *brief.explained(cell for row in rows for cell in row.cells)),
    )
    return Section((heading, Sentences((said,)), table))


def _counts(brief: Brief, before: str, policy: Asked) -> tuple[Count, Count]:
    then = Numbers(brief.release, before, NETWORK).in_force(policy)
    return then, brief.numbers().in_force(policy)


def _then_and_now(brief: Brief, before: str, policy: Asked) -> str:
    then, now = (brief.counted(count).text for count in _counts(brief, before, policy))
    return f"{then} → {now}"


def network_changes(brief: Brief) -> Section:
    """Every policy asked in the same words: how many had it then, and have it now."""
    before = brief.release.wave_before(brief.wave)
    if not before:
        return Section()
    rows = []
    for policy in brief.policies:
        if not is_same(brief, before, policy):
            continue
        then, now = _counts(brief, before, policy)
        is_shown = then.is_shown and now.is_shown
        mark = Mark("two", now.share, then.share) if is_shown else None
        cells = (
            Cell(brief.counted(then).text),
            Cell(brief.counted(now).text),
            Cell(_points(now.share - then.share) if is_shown else "–", mark),
        )
        rows.append(Row(Cell(brief.question(policy)), cells))
    if not rows:
        return Section()
    columns = (brief.say("column.policy"), before, brief.wave, brief.say("since.points"))
    table = Table(
        brief.say("since.caption_network", wave=before),
        columns,
        ("text", "text", "text", "mark"),
        (Block("", tuple(rows)),),
        (
            brief.by_unit_kind("since.note"),
            *brief.explained(cell for row in rows for cell in row.cells),
        ),
    )
    return Section((Heading(brief.say("since.heading", wave=before)), table))


def _points(difference: float) -> str:
    """Percentage points with their sign."""
    points = round(100 * difference)
    return f"{points:+d}".replace("-", "−") if points else "0"
