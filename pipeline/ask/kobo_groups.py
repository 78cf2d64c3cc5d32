"""Score, rank and matrix: groups that KoboToolbox takes apart before a form client sees them.

The names made here are those it makes, and so the names in its exports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pipeline.ask.choices import Lists
from pipeline.ask.questionnaire import Choice, Question
from pipeline.ask.survey_row import SurveyRow
from pipeline.ask.types import KOBO, RowType
from pipeline.errors import Problem

BEGIN, END = RowType("group", edge="begin"), RowType("group", edge="end")
LEVELS = {"score": "score__row", "rank": "rank__level"}


Change = Callable[[Any], Any]  # of a Question or a Group


def _with(**fields: object) -> Change:
    return lambda one: replace(one, **fields)


@dataclass(frozen=True)
class Step:
    """What a row says: a group begins or ends, or a question; `change` is made in it at the end."""

    row: SurveyRow
    kind: RowType
    name: str
    change: Change = replace


def take_apart(steps: Iterator[Step], lists: Lists) -> Iterator[Step]:
    """The steps, with plain groups in place of KoboToolbox's own."""
    for step in steps:
        if step.kind.edge != "begin" or step.kind.name not in KOBO:
            yield step
            continue
        step.row.find(Problem.kobo_group, step.name, found=step.row.text("type"))
        inside = []
        for one in steps:
            if one.kind == RowType(step.kind.name, edge="end"):
                break
            inside.append(one)
        else:
            step.row.find(Problem.group_unbalanced, step.name, found="never ended")
        if step.kind.name == "kobomatrix":
            yield from _matrix(step, inside, lists)
        else:
            yield from _levels(step, inside)


def _levels(step: Step, inside: Sequence[Step]) -> Iterator[Step]:
    """A group of selects from one list; in a rank no two of them may be equal."""
    row, name, is_rank = step.row, step.name, step.kind.name == "rank"
    listed = row.text("kobo_rank_items" if is_rank else "kobo_score_choices")
    select = RowType("select_one", listed)
    required = "yes" if is_rank else row.required(name)
    head = (
        Step(row, RowType("note"), f"{name}_label")
        if is_rank
        else Step(row, select, f"{name}_header", _with(required="", relevant=""))
    )
    yield replace(step, kind=BEGIN)
    yield head
    above: list[str] = []
    for one in inside:
        if one.row.text("type").casefold() != LEVELS[step.kind.name]:
            yield one
            continue
        changes = {"required": required} if required else {}
        if is_rank and above:
            differs = (f"${{{one.name}}} != ${{{other}}}" for other in above)
            changes["constraint"] = " and ".join(differs)
        above.append(one.name)
        yield replace(one, kind=select, change=_with(**changes))
    yield replace(step, kind=END)


def _matrix(step: Step, inside: Sequence[Step], lists: Lists) -> Iterator[Step]:
    """For each item of a list a group with all the questions. KoboToolbox drops its relevance."""
    listed = lists.find(step.row.text("kobo_matrix_list"), step.row.row.number, step.name)
    for item in {item.name: item for item in lists.by_name.get(listed, ())}.values():
        base = f"{step.name}_{item.name}"
        names = {f"${{{one.name}}}": f"${{{base}_{one.name}}}" for one in inside}
        yield Step(step.row, BEGIN, base, _with(labels=item.labels, relevant=""))
        for one in inside:
            named = f"{base}_{one.name}"
            yield one if one.kind.edge else replace(one, name=named, change=_in_matrix(item, names))
        yield replace(step, kind=END)


def _in_matrix(item: Choice, names: Mapping[str, str]) -> Change:
    """A question of the matrix for one of its items, labelled as the exports label it."""

    def change(question: Question) -> Question:
        rules = {}
        for column in ("relevant", "constraint", "warning", "required"):
            rule = getattr(question, column)
            for old, new in names.items():
                rule = rule.replace(old, new)
            rules[column] = rule
        labels = {code: f"{item.name}-{text}" for code, text in question.labels.items()}
        return replace(question, labels=MappingProxyType(labels), **rules)

    return change
