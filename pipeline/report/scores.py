"""Scores by area: a government's own beside the network's, and the network's. Nobody is ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.page import Block, Cell, Heading, Mark, Row, Section, Table
from pipeline.report.release import NETWORK, Result

INDEX = "index"
HIGHEST = 100
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
    notes = [brief.say("score.own_note"), *(_method(brief, score) for score in scores)]
    table = Table(
        brief.say("caption.own_scores", name=name),
        tuple(brief.say(f"column.{column}") for column in columns),
        ("text", "mark", "text", "text", "number"),
        (Block("", rows),),
        (*filter(None, notes), *brief.explained(cell for row in rows for cell in row.cells)),
    )
    return Section((Heading(brief.say("heading.scores")), table))


def network_table(brief: Brief) -> Section:
    """Area by area: the mean score of those that answered, and the estimate for all members."""
    results = brief.release.results.get((brief.wave, NETWORK), {})
    subjects = {
        (row.subject_kind, row.subject) for rows in results.values() for row in rows
        if row.subject_kind in KINDS
    }  # fmt: skip
    if not subjects:
        return Section()
    columns = ["area", "mean_score", *(["members"] if brief.is_weighted else [])]
    rows = tuple(
        Row(
            Cell(_area(brief, kind, subject)),
            tuple(_mean(brief, subject, weighted=column == "members") for column in columns[1:]),
        )
        for kind, subject in sorted(subjects)
    )
    notes = brief.explained(cell for row in rows for cell in row.cells)
    table = Table(
        brief.say("caption.network_scores"),
        tuple(brief.say(f"column.{column}") for column in columns),
        ("text", *("mark",) * (len(columns) - 1)),
        (Block("", rows),),
        (brief.say("score.network_note"), *notes),
    )
    return Section((Heading(brief.say("heading.scores")), table))


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
    mark = Mark("bar", score.score / HIGHEST)
    if score.low is not None and score.high is not None and score.low < score.high:
        mark = Mark("bar", score.score / HIGHEST, score.low / HIGHEST, score.high / HIGHEST)
    own = Cell(texts.number(round(score.score), brief.locale), mark)
    name = brief.reference("score_class", score.code) if score.code else "–"
    return Row(head, (own, Cell(possible), Cell(name), median))


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
