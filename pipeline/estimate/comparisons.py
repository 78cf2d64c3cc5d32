"""Each group against all members, and each question against each kind of group.

Both speak of all members and have a margin of error, so they are made only where the selection
allows weighted shares. What leaves of them is decided by the numbers that they are made from.

    difference   the group's share or mean less that of all members, the group among them; its
                 error knows what the two share (`versus_group` is all)
    rao_scott_f  whether the answer has to do with the group at all, over the groups that answered
    p, p_holm    of that test (`versus_group` is each): alone, and among all tests of its kind of
                 group that the table holds, so that one false claim in the family is rare
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pipeline.ask import Survey
from pipeline.estimate import linear
from pipeline.estimate.answers import NETWORK, Group
from pipeline.estimate.contrast import tested
from pipeline.estimate.crosstab import Independence, holm, independence
from pipeline.estimate.design import Design, Ints, Mask
from pipeline.estimate.results import MADE_FROM, RANK, Item, Row, result_id, result_row, table_of

ALL = NETWORK[1]
EACH = "each"  # versus_group of a test: the groups of a kind among one another


def comparisons(survey: Survey, tabulated: Sequence[Item]) -> Iterator[Row]:
    """Differences and tests of every question of the main form; differences of mean scores."""
    for item in tabulated:
        if item.design is None:
            continue
        if item.is_number or not item.is_score:
            yield from differences(survey, item)
        if not item.is_number and not item.is_score:
            yield from tests(item)


def about(item: Item, statistic: str, **values: object) -> Row:
    """What a row says of the question it is about."""
    return {
        "subject_kind": item.subject_kind,
        "subject": item.question.column,
        "statistic": statistic,
        "base": item.base,
        "is_weighted": True,
        **values,
    }


# --- each group against all members --------------------------------------------------------------


def differences(survey: Survey, item: Item, against: Group | None = None) -> Iterator[Row]:
    """Every group less one of them, or less all members."""
    design, other = item.design, against or item.wave.groups[0]
    if design is None:
        return
    answered = item.states == "answered"
    offered = ~np.isnan(item.y[answered]).any(axis=0)  # an older form may not have had a choice
    if not answered.any() or not offered.any():
        return
    choices = [choice for choice, is_there in zip(item.choices, offered, strict=True) if is_there]
    y, base = item.y[:, offered], item.inside(other) & answered
    if not base.any():
        return
    whole = linear.mean(design.weight, y, base)
    for group in item.wave.groups[1:]:
        inside = item.inside(group) & answered
        if group is other or not inside.any():
            continue
        part = linear.mean(design.weight, y, inside)
        between = design.estimate(part - whole)
        found = tested(between.value, between.variance, between.df, survey.design.level)
        remark = "lonely_strata" if between.is_lonely.any() else ""
        remark = remark if group.covered == group.population else "population_not_covered"
        for k, choice in enumerate(choices):
            row = about(
                item,
                "difference",
                versus_group=other.code,
                choice=choice,
                n=int(inside.sum()),
                population=group.covered,
                estimate=found.value[k],
                se=found.se[k],
                ci_low=found.low[k],
                ci_high=found.high[k],
                ci_level=survey.design.level,
                ci_method="t",
                df=int(found.df[k]),
                unit_of_measure=item.unit_of_measure if item.is_number else "share",
                reason=remark,
            )
            yield result_row(item.wave, group, row | {MADE_FROM: _both(item, row, group, other)})


def _both(item: Item, row: Row, *groups: Group) -> tuple[str, ...]:
    """The ids of the weighted numbers of two groups."""
    statistic = "mean" if item.is_number else "share"
    plain = row | {"statistic": statistic, "versus_group": ""}
    made = (result_row(item.wave, group, plain) for group in groups)
    return tuple(result_id(one) for one in made)


# --- whether groups differ at all ----------------------------------------------------------------


def tests(item: Item) -> Iterator[Row]:
    """F and p of a question by every kind of group."""
    if item.design is None:
        return
    for kind in dict.fromkeys(group.kind for group in item.wave.groups[1:]):
        group = Group(kind, ALL, np.ones(0, bool), item.wave.groups[0].covered)
        row = _codes(item, kind)
        for choice, column in _columns(item):
            found = _tested(item.design, row, column)
            if found is None:
                continue
            made_from = table_of(item, kind, (choice,) if choice else ())[1]
            n = int(((row >= 0) & (column >= 0)).sum())
            shared = about(item, "", versus_group=EACH, choice=choice, n=n)
            for statistic, value, df in (
                ("rao_scott_f", found.statistic, found.ddf),
                ("p", found.p, None),
            ):
                measure = statistic.partition("_")[0] if df is None else "F"
                values = {"statistic": statistic, "estimate": value, "df": df}
                values |= {"unit_of_measure": measure, MADE_FROM: made_from}
                yield result_row(item.wave, group, shared | values)


def _codes(item: Item, kind: str) -> Ints:
    """The group of each row, -1 outside all of them."""
    code = np.full(len(item.states), -1, np.int64)
    for g, group in enumerate(one for one in item.wave.groups if one.kind == kind):
        code[item.inside(group)] = g
    return code


def _columns(item: Item) -> Iterator[tuple[str, Ints]]:
    """Codes of the answer: one table of a question with one choice, one for each of several."""
    given = ~np.isnan(item.y)
    if item.is_exclusive and item.question.type != RANK:
        chosen = np.where(item.y == 1, np.arange(1, len(item.choices) + 1), 0).sum(axis=1)
        yield "", np.where(given.all(axis=1), chosen - 1, -1).astype(np.int64)
        return
    for k, choice in enumerate(item.choices):
        yield choice, np.where(given[:, k], np.nan_to_num(item.y[:, k]), -1).astype(np.int64)


def _tested(design: Design, row: Ints, column: Ints) -> Independence | None:
    """The test over the groups that answered and the answers that were given."""
    base: Mask = (row >= 0) & (column >= 0)
    rows, columns = np.unique(row[base]), np.unique(column[base])
    if min(len(rows), len(columns)) < 2:
        return None
    codes = [
        np.where(base, np.searchsorted(found, code), -1).astype(np.int64)
        for found, code in ((rows, row), (columns, column))
    ]
    found = independence(design, codes[0], codes[1], (len(rows), len(columns)))
    return found if found is not None and np.isfinite(found.p) else None


def with_holm(rows: Iterable[Row]) -> list[Row]:
    """The tests that are there, with their p values adjusted for one another by kind of group."""
    families: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["statistic"] == "p" and row["versus_group"] == EACH:
            families[row["wave"], row["group_kind"]].append(row)
    found: list[Row] = []
    for family in families.values():
        shown = [row for row in family if row["shown"] == "yes"]
        adjusted = iter(holm(np.array([row["estimate"] for row in shown], float)))
        for row in family:
            named = row | {"statistic": "p_holm"}
            value = {"estimate": float(next(adjusted))} if row["shown"] == "yes" else {}
            found.append(named | value | {"result_id": result_id(named)})
    return found
