"""Scores by area: a government's own beside the network's, and the network's. Nobody is ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

import duckdb

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.figures import Area, heat_map, profile_chart, waves_chart
from pipeline.report.page import Block, Cell, Figure, Heading, Mark, Row, Section, Table
from pipeline.report.release import NETWORK, Group, Result

INDEX = "index"
HIGHEST = 100
APART = ENOUGH = 10
KINDS = {"domain", INDEX}


@dataclass(frozen=True)
class Score:
    """A row of estimate.unit_score: one government's score in one area, or over all areas."""

    kind: str
    subject: str
    score: float | None
    low: float | None
    high: float | None
    code: str  # of its class
    method_low: float | None
    method_high: float | None
    is_class_stable: bool | None
    reason: str


def own_scores(con: duckdb.DuckDBPyConnection, wave: str, unit_id: str) -> tuple[Score, ...]:
    """The scores of one government by area, then over all areas."""
    rows = con.execute(
        """SELECT subject_kind, subject, score, low, high, class, method_low, method_high,
               is_class_stable, coalesce(reason, '')
           FROM estimate.unit_score
           WHERE wave = ? AND unit_id = ? AND subject_kind <> 'item'
           ORDER BY subject_kind, subject""",
        [wave, unit_id],
    ).fetchall()
    return tuple(Score(*row) for row in rows)


def own_table(brief: Brief, name: str, scores: Sequence[Score]) -> Section:
    """Area by area: the own score, what it could be, its class, and the network's median."""
    if not scores:
        return Section()
    rows = tuple(_own_row(brief, score) for score in scores)
    columns = ("area", "score", "possible", "class", "network_median")
    key = "score.key" if any(_middle(brief, score.subject) for score in scores) else "score.key_few"
    notes = [brief.say(key), brief.say("score.own_note")]
    notes += [_method(brief, score) for score in scores]
    table = Table(
        brief.say("caption.own_scores", name=name),
        tuple(brief.say(f"column.{column}") for column in columns),
        ("text", "mark", "short", "short", "count"),
        (Block("", rows),),
        (*filter(None, notes), *brief.explained(cell for row in rows for cell in row.cells)),
    )
    return Section((Heading(brief.say("heading.scores")), table))


def network_table(brief: Brief, anchor: str = "") -> Section:
    """Area by area: the mean score of those that answered, then and now, and of all members."""
    rows = _subjects(brief)
    if not rows:
        return Section()
    before = brief.release.wave_before(brief.wave)
    earlier = (
        replace(brief, wave=before) if before and _subjects(replace(brief, wave=before)) else None
    )
    columns = [brief.say("column.mean_score"), *([brief.say("column.members")] * brief.is_weighted)]
    lines = []
    for kind, subject in rows:
        cells = [_mean(brief, subject, weighted=weighted) for weighted in (False, True)]
        cells = cells[: 1 + brief.is_weighted]
        if earlier:
            cells.insert(0, Cell(_mean(earlier, subject, weighted=False).text))
        lines.append(Row(Cell(_area(brief, kind, subject)), tuple(cells)))
    kinds = ("text", *(("short",) if earlier else ()), *("mark",) * len(columns))
    notes = brief.explained(cell for row in lines for cell in row.cells)
    table = Table(
        brief.say("caption.network_scores"),
        (brief.say("column.area"), *((before,) if earlier else ()), *columns),
        kinds,
        (Block("", tuple(lines)),),
        (brief.say("score.network_note"), *notes),
        anchor=anchor,
    )
    return Section((Heading(brief.say("heading.scores")), table))


def _subjects(brief: Brief) -> list[tuple[str, str]]:
    """The areas that the network has numbers on, and the index."""
    results = brief.release.results.get((brief.wave, NETWORK), {})
    return sorted(
        {
            (row.subject_kind, row.subject)
            for rows in results.values()
            for row in rows
            if row.subject_kind in KINDS
        }
    )


def waves_figure(brief: Brief) -> Section:
    """The means of the table over the waves, one line of dots an area."""
    waves = [wave for wave in sorted(brief.release.rounds) if wave <= brief.wave]
    if len(waves) < 2:
        return Section()
    names, series = [], []
    for kind, subject in _subjects(brief):
        values = [_value(replace(brief, wave=wave), NETWORK, subject) for wave in waves]
        if any(value is not None for value in values):
            names.append(_area(brief, kind, subject))
            series.append(values)
    if not names:
        return Section()
    chart = waves_chart(names, waves, series, brief.say("figure.points"))
    label, caption = (brief.say(f"figure.waves_{one}") for one in ("label", "caption"))
    return Section((Figure(label, caption, chart),))


def _value(brief: Brief, group: Group, subject: str) -> float | None:
    """A mean that may be shown, of one group."""
    rows = brief.release.of_group(brief.wave, group, subject)
    shown = (
        row.estimate for row in rows
        if row.statistic == "mean" and not row.is_weighted and not row.row_scope
        and row.shown == "yes"
    )  # fmt: skip
    return next(shown, None)


def group_table(brief: Brief) -> Section:
    """Area by area: the group's mean as a dot, the network's as a diamond."""
    rows = []
    for kind, subject in _subjects(brief):
        own, network = (_value(brief, group, subject) for group in (brief.group, NETWORK))
        if own is None:
            continue
        diamond = None if network is None else network / HIGHEST
        mark = Mark("profile", own / HIGHEST, median=diamond)
        cells = [
            Cell(texts.number(round(own), brief.locale), mark),
            Cell("[c]" if network is None else texts.number(round(network), brief.locale)),
        ]
        rows.append(Row(Cell(_area(brief, kind, subject)), tuple(cells)))
    if not rows:
        return Section()
    columns = (brief.say("column.area"), brief.group_name(brief.group),
               brief.by_unit_kind("column.network"))  # fmt: skip
    notes = (brief.say("score.key_group"), brief.say("score.network_note"))
    table = Table(
        brief.say("caption.network_scores"), columns, ("text", "mark", "count"),
        (Block("", tuple(rows)),), notes,
    )  # fmt: skip
    return Section((Heading(brief.say("heading.scores")), table))


def by_group(brief: Brief, kind: str, anchor: str) -> Section:
    """Area by area the means of the groups of a kind, side by side on one scale; and as a heat map.

    A group of which nothing may be shown has no column.
    """
    groups = brief.release.groups(brief.wave, kind)
    subjects = _subjects(brief)
    values = {group: [_value(brief, group, subject) for _, subject in subjects] for group in groups}
    shown = [group for group in groups if any(value is not None for value in values[group])]
    if not shown:
        return Section()
    names = [brief.group_name(group) for group in shown]
    rows = tuple(
        Row(
            Cell(_area(brief, *subject)),
            tuple(_small(brief, values[group][place]) for group in shown),
        )
        for place, subject in enumerate(subjects)
    )
    title = brief.group_kind(kind)
    table = Table(
        brief.say("regions.caption", group=title),
        (brief.say("column.area"), *names),
        ("text", *("tiny",) * len(shown)),
        (Block("", rows),),
        (
            brief.say("regions.note"),
            *brief.explained(cell for row in rows for cell in row.cells),
        ),
        anchor=anchor,
    )
    areas = [_area(brief, *subject) for subject in subjects]
    grid = [
        [None if (value := values[group][place]) is None else round(value) for group in shown]
        for place in range(len(subjects))
    ]
    label, caption = (brief.say(f"figure.heat_{one}", group=title) for one in ("label", "caption"))
    figure = Figure(label, caption, heat_map(areas, names, grid))
    return Section((Heading(brief.say("regions.heading", group=title)), table, figure))


def _small(brief: Brief, value: float | None) -> Cell:
    if value is None:
        return Cell("[c]")
    return Cell(texts.number(round(value), brief.locale), Mark("bar", value / HIGHEST))


def _area(brief: Brief, kind: str, subject: str) -> str:
    """The name of a domain is that of the choice of the form's list `domain`."""
    return (
        brief.say("score.overall") if kind == INDEX else brief.label(f"domain/{subject}", "choice")
    )


def _own_row(brief: Brief, score: Score) -> Row:
    found = brief.numbers().statistic(score.subject, "median")
    median = Cell(_points(brief, found) if found else "[x]")
    head = Cell(_area(brief, score.kind, score.subject))
    possible = "–"
    if score.low is not None and score.high is not None:
        low, high = (texts.number(round(end), brief.locale) for end in (score.low, score.high))
        possible = low if low == high else brief.say("cell.range", low=low, high=high)
    if score.score is None:
        key = "not_applicable" if score.low is None else "not_covered"
        return Row(head, (Cell(brief.say(f"score.{key}")), Cell(possible), Cell("–"), median))
    half = _middle(brief, score.subject) or (None, None)
    known = found.estimate if found is not None and found.shown == "yes" else None
    diamond = None if known is None else known / HIGHEST
    mark = Mark("profile", score.score / HIGHEST, half[0], half[1], median=diamond)
    own = Cell(texts.number(round(score.score), brief.locale), mark)
    name = brief.reference("score_class", score.code) if score.code else "–"
    return Row(head, (own, Cell(possible), Cell(name), median))


def _middle(brief: Brief, subject: str) -> tuple[float, float] | None:
    """From 0 to 1, where the middle half of the governments that agreed to be named lies."""
    found = brief.release.scores.get(brief.wave, {}).get(subject, ())
    if len(found) < ENOUGH:
        return None
    low, _, high = quantiles(found, n=4, method="inclusive")
    return low / HIGHEST, high / HIGHEST


def apart(brief: Brief, scores: Sequence[Score]) -> tuple[list[str], list[str]]:
    """Areas at least ten points above the network's median, and below it: three each, named.

    A smaller difference, or one from fewer than ten answers, counts as similar.
    """
    ahead: list[tuple[float, str]] = []
    behind: list[tuple[float, str]] = []
    for score in scores:
        found = brief.numbers().statistic(score.subject, "median")
        if score.kind == INDEX or score.score is None or found is None:
            continue
        if found.shown != "yes" or found.estimate is None or (found.n or 0) < ENOUGH:
            continue
        points = texts.number(round(score.score), brief.locale)
        values = {"own": points, "median": _points(brief, found)}
        said = brief.say("lead.area", name=_area(brief, score.kind, score.subject), **values)
        difference = round(score.score) - round(found.estimate)
        if abs(difference) >= APART:
            (ahead if difference > 0 else behind).append((-abs(difference), said))
    first, second = ([said for _, said in sorted(found)[:3]] for found in (ahead, behind))
    return first, second


def own_figure(brief: Brief, name: str, scores: Sequence[Score]) -> Section:
    """The own scores as dots among the scores of governments that agreed to be named."""
    others = brief.release.scores.get(brief.wave, {})
    areas = []
    for score in scores:
        found = brief.numbers().statistic(score.subject, "median")
        median = found.estimate if found and found.shown == "yes" else None
        if score.score is not None:
            name_ = _area(brief, score.kind, score.subject)
            areas.append(Area(name_, others.get(score.subject, ()), median, round(score.score)))
    if not any(area.others for area in areas):
        return Section()
    names = (brief.say("figure.others"), brief.say("column.network_median"), name)
    chart = profile_chart(areas, names, brief.say("figure.points"))
    label, caption = (brief.say(f"figure.profile_{one}", name=name) for one in ("label", "caption"))
    return Section((Figure(label, caption, chart),))


def _method(brief: Brief, score: Score) -> str:
    """What other choices of method would make of the overall score."""
    if score.method_low is None or score.method_high is None:
        return ""
    ends = (texts.number(round(end), brief.locale) for end in (score.method_low, score.method_high))
    low, high = ends
    key = "score.class_uncertain" if score.is_class_stable is False else "score.method"
    return brief.say(key, low=low, high=high)


def _points(brief: Brief, result: Result) -> str:
    if result.shown != "yes" or result.estimate is None:
        return f"[{result.shown if result.shown != 'yes' else 'x'}]"
    return texts.number(round(result.estimate), brief.locale)


def _mean(brief: Brief, subject: str, *, weighted: bool) -> Cell:
    rows = brief.release.of_group(brief.wave, NETWORK, subject)
    found = next(
        (
            row
            for row in rows
            if row.statistic == "mean" and row.is_weighted == weighted and not row.row_scope
        ),
        None,
    )
    if found is None:
        return Cell("[x]")
    text = _points(brief, found)
    if found.shown != "yes" or found.estimate is None:
        return Cell(text)
    mark = Mark("bar", found.estimate / HIGHEST)
    if found.ci_low is None or found.ci_high is None:
        return Cell(text, mark)
    low, high = (texts.number(round(end), brief.locale) for end in (found.ci_low, found.ci_high))
    limits = brief.say("cell.range", low=low, high=high)
    return Cell(
        f"{text} ({limits})",
        Mark("bar", found.estimate / HIGHEST, found.ci_low / HIGHEST, found.ci_high / HIGHEST),
    )
