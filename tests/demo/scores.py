"""The scores of complete answers, counted the long way: a check on the index, written apart."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import mean

from pipeline.ask import Question, Questionnaire

OFFICIAL = {"BR": "portuguese"}  # elsewhere in the network Spanish


def item(form: Questionnaire, question: Question, answers: Mapping[str, str]) -> float | None:
    """Points of one question, or None where it does not concern the government."""
    points = {c.name: c.score for c in form.choices_of(question)}
    chosen = answers.get(question.column, "").split()
    if not chosen or any(points.get(one) is None for one in chosen):
        return None
    rule, *parts = question.score.split()
    said = dict(part.split("=") for part in parts)
    if rule == "map":
        return points[chosen[0]]
    if rule == "share":
        held = set(answers[said["of"]].split()) & {name for name, one in points.items() if one}
        return 100 * len(held & set(chosen)) / len(held) if held else None
    out = OFFICIAL.get(answers["country"], "spanish") if "except" in said else ""
    found = sum(points[one] or 0 for one in chosen if one != out)
    return 100 * min(found, int(said["cap"])) / int(said["cap"])


def scores(form: Questionnaire, answers: Mapping[str, str]) -> dict[str, float]:
    """Score of each domain, and `overall`, of one government's complete answers."""
    domains: dict[str, list[tuple[float, float]]] = {}
    for question in form.questions:
        points = item(form, question, answers) if question.domain else None
        if points is not None:
            domains.setdefault(question.domain, []).append((points, question.weight))
    found = {
        domain: sum(points * weight for points, weight in items) / sum(w for _, w in items)
        for domain, items in domains.items()
    }
    return {**found, "overall": mean(found.values())}
