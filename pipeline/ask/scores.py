"""The column `score`: how an answer becomes points. The classes of a score, from their short list.

| rule                            | points of an answer, 0 to 100                             |
|---------------------------------|-----------------------------------------------------------|
| `map`                           | the score of the choice                                   |
| `count cap=3`                   | 100 x min(sum of the scores of what was chosen, 3) / 3    |
| ... `except=official_language`  | the same without the official language of the country     |
| `share of=competences`          | 100 x chosen and held / held, among the scored choices    |
| `likert`, `likert max=5`        | 100 x (v - 1) / (max - 1): v a number, or a choice's score |
| `context`, `descriptive`, blank | shown, never scored                                       |
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pipeline.ask.choices import nearest
from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.ask.survey import Survey
from pipeline.errors import Finding, Problem, RelevoError

UNSCORED = frozenset({"", "context", "descriptive"})
POSSIBLE = "map, count cap=3, share of=QUESTION, likert max=5, context or descriptive"
OFFICIAL_LANGUAGE = "official_language"
# Of each rule: the types of question it fits, the parts it needs, and those it may have.
GRAMMAR = MappingProxyType(
    {
        "map": ({"select_one"}, set[str](), set[str]()),
        "count": ({"select_multiple"}, {"cap"}, {"except"}),
        "share": ({"select_multiple"}, {"of"}, set[str]()),
        "likert": ({"select_one", "integer", "decimal"}, set[str](), {"max"}),
    }
)
COUNTRIES, CLASSES = "countries.csv", "score_classes.csv"


@dataclass(frozen=True)
class ScoreRule:
    """How the answers to one question become points.

    `most` is the cap of a count, or the highest value of a Likert scale; `of` the question that
    says what is held; `leaves_out` whether the country's official language does not count.
    """

    kind: str  # map, count, share, likert
    most: float = 0.0
    of: str = ""
    leaves_out: bool = False


@dataclass(frozen=True)
class ScoreClass:
    """A named stretch of scores: from `low` up to, and without, `below`."""

    code: str
    low: float
    below: float


def score_rules(form: Questionnaire) -> tuple[Mapping[str, ScoreRule], tuple[Finding, ...]]:
    """The rules of a form by column, and what is wrong with the others: these are not scored."""
    made: dict[str, ScoreRule] = {}
    findings: list[Finding] = []
    for question in form.questions:
        if question.score in UNSCORED:
            continue
        wrong = list(_wrong(form, question))
        findings += wrong
        if not wrong:
            made[question.column] = _rule(question.score)
    return MappingProxyType(made), tuple(findings)


def _parts(text: str) -> tuple[str, dict[str, str]]:
    kind, *rest = text.split() or [""]
    parts = (part.partition("=") for part in rest)
    return kind, {name: value for name, _, value in parts}


def _rule(text: str) -> ScoreRule:
    kind, parts = _parts(text)
    most = _number(parts.get("cap") or parts.get("max") or ("5" if kind == "likert" else "0"))
    return ScoreRule(kind, most, parts.get("of", ""), "except" in parts)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _wrong(form: Questionnaire, question: Question) -> Iterator[Finding]:
    """What is wrong with the rule of a question, if anything: as found, and as expected."""
    place = (form.file, "survey", question.row or None, question.name)
    of = _rule(question.score).of
    if of and of not in form.by_column:
        near = nearest(of, sorted(form.by_column))
        values: dict[str, object] = {"column": "score", "found": of, "nearest": near}
        yield Finding(Problem.unknown_reference, *place, values)
    elif wrong := _misread(question) or _misplaced(form, question):
        values = dict(zip(("found", "expected"), wrong, strict=True))
        yield Finding(Problem.score_unread, *place, values)


def _misread(question: Question) -> tuple[str, str] | None:
    """A rule that is none, has other parts than its kind, or numbers that make no scale."""
    kind, parts = _parts(question.score)
    _, needed, possible = GRAMMAR.get(kind, (set(), set(), set()))
    if kind not in GRAMMAR or not needed <= set(parts) <= needed | possible:
        return f"'{question.score}'", POSSIBLE
    least = {"count": 0, "likert": 1}.get(kind, -1)
    if not _rule(question.score).most > least:
        return f"'{question.score}'", f"a number greater than {least}"
    if parts.get("except", OFFICIAL_LANGUAGE) != OFFICIAL_LANGUAGE:
        return f"'except={parts['except']}'", f"except={OFFICIAL_LANGUAGE}"
    return None


def _misplaced(form: Questionnaire, question: Question) -> tuple[str, str] | None:
    """A rule at a question, beside a question or over points that do not fit it."""
    rule = _rule(question.score)
    types, _, _ = GRAMMAR[rule.kind]
    if question.type not in types or question.repeat:
        where = "in a repeat" if question.repeat else f"at a question of type {question.type}"
        expected = f"{rule.kind} at a {' or '.join(sorted(types))} of the main form"
        return f"'{rule.kind}' {where}", expected
    if rule.of and form.by_column[rule.of].type != "select_multiple":
        return f"'of={rule.of}'", "the name of a select_multiple"
    highest = 100.0 if rule.kind == "map" else math.inf
    points = {c.name: c.score for c in form.choices_of(question) if c.score is not None}
    outside = [f"'{name}'" for name, score in points.items() if not 0 <= score <= highest]
    if outside:
        limits = "from 0 to 100" if rule.kind == "map" else "of 0 or more"
        return f"the points of {', '.join(outside)}", f"points {limits} in '{question.list_name}'"
    return None


def official_languages(survey: Survey) -> Mapping[str, str]:
    """By country code the choice that is its official language: countries.csv by the frame."""
    rows = _short_list(survey, COUNTRIES)
    return {row["iso2"]: row.get(f"{OFFICIAL_LANGUAGE}_choice", "") for row in rows}


def score_classes(survey: Survey) -> tuple[ScoreClass, ...]:
    """The classes of score_classes.csv beside the frame, lowest first; none without that file.

    Raises:
        RelevoError: frame_value, where a limit is no number.
    """
    found = []
    for number, row in enumerate(_short_list(survey, CLASSES), start=2):
        low, below = _number(row["from"]), _number(row["to_below"] or "inf")
        if math.isnan(low + below):
            values: dict[str, object] = {"column": "from, to_below", "expected": "a number"}
            raise RelevoError(Finding(Problem.frame_value, CLASSES, row=number, values=values))
        found.append(ScoreClass(row["code"], low, below))
    return tuple(sorted(found, key=lambda one: one.low))


def _short_list(survey: Survey, name: str) -> list[dict[str, str]]:
    folder = Path(survey.folder / survey.frame_files.file).parent
    path = folder / name
    if not survey.frame_files.file or not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
