"""What a government would answer if it answered everything: the model of the demonstration."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from tests.demo.form import Question, is_asked, read_form
from tests.demo.respondents import Respondent
from tests.demo.shares import (
    AREAS,
    BARRIERS,
    BY_SIZE,
    CHAPTERS,
    COMPETENCES,
    DIFFICULTY,
    EVALUATION,
    GROUPS,
    HELD,
    KINDS,
    NEEDS,
    NEIGHBOURS,
    POLICY_DOMAINS,
    ROLES,
    SERVICES,
    SHARED,
    STATUS,
    VOTE,
)
from tests.demo.streams import Stream


@dataclass(frozen=True)
class Drawn:
    """What a draw may look at: who answers, when, what was answered so far; `take` of one person.

    `take` tells two offices of one government apart; the chance of a question is the same in both
    waves, so that an answer changes between them only as far as the latent level does.
    """

    respondent: Respondent
    submitted: date
    so_far: dict[str, str]
    has_no_service: bool = False
    take: str = ""
    position: int = 0  # of a policy, from 1

    def stream(self, name: str) -> Stream:
        return Stream(self.respondent.unit.unit_id, self.take, name, self.position or "")

    def by_size(self, name: str):
        return BY_SIZE[name][self.respondent.unit.size_class]


@cache
def texts(kind: str) -> tuple[dict[str, str], ...]:
    """Short neutral sentences in four languages, written for the demonstration."""
    path = Path(__file__).parent / "names" / "texts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["kind"] == kind)


def draw_answers(
    respondent: Respondent, submitted: date, *, has_no_service: bool = False, take: str = ""
) -> dict[str, str]:
    """Every question that the form asks of this government, answered."""
    drawn = Drawn(respondent, submitted, {}, has_no_service, take)
    for question in read_form(respondent.wave).main():
        if is_asked(question, drawn.so_far):
            drawn.so_far[question.name] = _answer(question, drawn)
    return drawn.so_far


def draw_policies(
    respondent: Respondent, submitted: date, answers: dict[str, str], take: str = ""
) -> list[dict[str, str]]:
    """The rows of the repeat, as many as the government said."""
    rows = []
    for position in range(1, int(answers.get("n_pol") or 0) + 1):
        drawn = Drawn(respondent, submitted, dict(answers), take=take, position=position)
        row = {}
        for question in read_form(respondent.wave).policy():
            if is_asked(question, drawn.so_far):
                row[question.name] = drawn.so_far[question.name] = _answer(question, drawn)
        rows.append(row)
    return rows


def _answer(question: Question, drawn: Drawn) -> str:
    if question.name in SPECIAL:
        return SPECIAL[question.name](drawn)
    if question.score == "map":
        return _level(question, drawn)
    return _joined(question, _counted(question, drawn))


def _joined(question: Question, chosen: list[str]) -> str:
    return " ".join(code for code in (c.name for c in question.choices) if code in chosen)


def _propensity(question_domain: str, drawn: Drawn, stream: Stream) -> float:
    u = drawn.respondent.theta - DIFFICULTY[question_domain] + stream.normal()
    return 1 / (1 + math.exp(-1.2 * u))


def _level(question: Question, drawn: Drawn) -> str:
    """`map`: the level is binomial over the different points; equal points are drawn evenly."""
    stream = drawn.stream(question.name)
    p = _propensity(question.domain, drawn, stream)
    if "na" in question.codes("not_applicable"):
        is_civil = question.name == "civil_soc"
        share = drawn.by_size("no_organisations") if is_civil else 0.04
        if stream.happens(share):
            return "na"
    if question.name == "housing" and stream.happens(0.10):
        return "no_programme"
    points = sorted({c.score for c in question.choices if c.score is not None})
    level = sum(stream.happens(p) for _ in points[1:])
    equal = [c.name for c in question.choices if c.score == points[level]]
    return stream.pick([name for name in equal if name != "no_programme"])


def _counted(question: Question, drawn: Drawn) -> list[str]:
    """`count` and `share`: each choice by itself; nothing chosen is the exclusive choice."""
    stream = drawn.stream(question.name)
    p = _propensity(question.domain, drawn, stream)
    empty = "official_only" if question.name == "languages" else "none"
    open_to = set(question.codes()) - {empty}
    if question.score.startswith("share"):
        open_to &= set(drawn.so_far["competences"].split())
        return [code for code in SERVICES if stream.happens(p) and code in open_to] or [empty]
    chosen = [code for code in question.codes() if stream.happens(0.6 * p) and code in open_to]
    return chosen or [empty]


def _competences(drawn: Drawn) -> str:
    stream = drawn.stream("competences")
    held = HELD[drawn.respondent.unit.country]
    chosen = [c for c, share in zip(COMPETENCES, held, strict=True) if stream.happens(share)]
    if drawn.has_no_service:
        return "transport"
    return " ".join(chosen if set(chosen) & set(SERVICES) else ["culture", *chosen])


def _several_or_none(drawn: Drawn, name: str, shares: dict[str, float], most: int) -> str:
    question = next(q for q in read_form(drawn.respondent.wave).main() if q.name == name)
    stream = drawn.stream(name)
    chosen = {code: share for code, share in shares.items() if stream.happens(share)}
    chosen = {code: share for code, share in chosen.items() if code in question.codes()}
    return _joined(question, stream.several(chosen, most) or ["none"])


def _choose(drawn: Drawn, name: str, weights: dict[str, float], count: int) -> str:
    form = read_form(drawn.respondent.wave)
    question = next(q for q in form.questions if q.name == name)
    chosen = drawn.stream(name).several(weights, count)
    alone = [code for code in ("none", "all") if code in chosen and code in question.codes()]
    return _joined(question, alone or chosen)


def _reference_date(drawn: Drawn) -> str:
    stream, day = drawn.stream(f"ref_date {drawn.respondent.wave}"), drawn.submitted
    if stream.happens(0.6):
        return date(day.year - 1, 12, 31).isoformat()
    month = (day.replace(day=1) - timedelta(days=1)) if stream.happens(0.6) else day
    return month.isoformat()


def _population(drawn: Drawn) -> str:
    stream = drawn.stream(f"population {drawn.respondent.wave}")
    return str(round(drawn.respondent.unit.population * (0.97 + 0.08 * stream.share())))


def _origins(drawn: Drawn) -> str:
    near = NEIGHBOURS[drawn.respondent.unit.country].split()
    weights = {code: 2.0 ** (len(near) - place) for place, code in enumerate(near)}
    return _choose(drawn, "origins", weights, 3)


def _decimal(drawn: Drawn, name: str, sd: float, digits: int, most: float) -> str:
    """Log-normal around the median of the size class, from the smallest number it can write."""
    value = drawn.stream(name).lognormal(float(drawn.by_size(name)), sd)
    return f"{min(most, max(10**-digits, value)):.{digits}f}"


def _framework_year(drawn: Drawn) -> str:
    latest = int(drawn.so_far["ref_date"][:4])
    age = int(drawn.stream("hr_framework_year").lognormal(6, 0.8))
    return str(max(1991, latest - (drawn.respondent.wave == "2025") * 2 - age))


def _complaints(drawn: Drawn) -> str:
    expected = 3 + drawn.respondent.unit.population / 20_000
    return str(round(drawn.stream("complaints_n").lognormal(expected, 0.8)))


def _campaign(drawn: Drawn) -> str:
    joined, pledged, interested = drawn.by_size("campaign")
    rest = 1 - joined - pledged - interested
    shares = {"joined": joined, "pledged": pledged, "interested": interested, "no": rest}
    return drawn.stream("campaign").weighted(shares)


def _domains(drawn: Drawn, name: str, sign: float) -> str:
    taken = drawn.so_far.get("offer", "").split() if name == "learn" else ()
    weights = {d: math.exp(sign * k) for d, k in DIFFICULTY.items() if d not in taken}
    return _choose(drawn, name, weights, drawn.stream(name).whole(1, 3))


def _sentence(drawn: Drawn, kind: str, domain: str = "") -> str:
    rows = [row for row in texts(kind) if row["domain"] == domain]
    return drawn.stream(kind).pick(rows)[drawn.respondent.language]


def _policy_year(drawn: Drawn) -> str:
    age = int(drawn.stream("pol_start").lognormal(3, 0.8)) % 25
    return str(min(2024 - age, drawn.submitted.year - 1))


def _policy_reach(drawn: Drawn) -> str:
    share = min(0.4, drawn.stream("pol_reach").lognormal(0.004, 1.2))
    return str(max(5, round(drawn.respondent.unit.population * share)))


def _policy_chapters(drawn: Drawn) -> str:
    count = drawn.stream("chapters").weighted({1: 0.42, 2: 0.34, 3: 0.16, 4: 0.08})
    return _choose(drawn, "pol_rights", CHAPTERS, count)


def _number(drawn: Drawn) -> str:
    return f"{int(drawn.stream('person').share() * 1000):03d}"


SPECIAL: dict[str, Callable[[Drawn], str]] = {
    "city_id": lambda d: d.respondent.unit.unit_id,
    "country": lambda d: d.respondent.unit.country,
    "consent": lambda d: "yes",
    "consent_publish": lambda d: d.respondent.publish,
    "resp_name": lambda d: f"Demo {_number(d)}",
    "resp_email": lambda d: f"demo{_number(d)}@example.org",
    "resp_area": lambda d: d.stream("resp_area").weighted(AREAS),
    "ref_date": _reference_date,
    "population": _population,
    "foreign_known": lambda d: (
        "yes" if d.stream("foreign_known").happens(float(d.by_size("foreign_known"))) else "no"
    ),
    "foreign_pct": lambda d: _decimal(d, "foreign_pct", 0.8, 1, 58),
    "origins": _origins,
    "mob_role": lambda d: _several_or_none(d, "mob_role", ROLES, 6),
    "competences": _competences,
    "hr_framework_kind": lambda d: _choose(
        d, "hr_framework_kind", KINDS, d.stream("kinds").whole(1, 2)
    ),
    "hr_framework_year": _framework_year,
    "staff_fte": lambda d: _decimal(d, "staff_fte", 0.6, 1, 400),
    "budget_pct": lambda d: _decimal(d, "budget_pct", 0.7, 2, 3),
    "barriers": lambda d: _choose(d, "barriers", BARRIERS, d.stream("many").whole(1, 3)),
    "vote_local": lambda d: VOTE[d.respondent.unit.country],
    "complaints_n": _complaints,
    "arrivals": lambda d: (
        "yes" if d.stream("arrivals").happens(float(d.by_size("arrivals"))) else "no"
    ),
    "n_pol": lambda d: str(d.respondent.policies or 0),
    "needs": lambda d: _several_or_none(d, "needs", NEEDS, 3),
    "offer": lambda d: _domains(d, "offer", -1),
    "learn": lambda d: _domains(d, "learn", 1),
    "campaign": _campaign,
    "message": lambda d: _sentence(d, "message"),
    "pol_name": lambda d: _sentence(d, "pol_name", d.stream("pol_domain").weighted(POLICY_DOMAINS)),
    "pol_domain": lambda d: d.stream("pol_domain").weighted(POLICY_DOMAINS),
    "pol_rights": _policy_chapters,
    "pol_newright": lambda d: "",
    "pol_groups": lambda d: _choose(d, "pol_groups", GROUPS, d.stream("groups").whole(1, 3)),
    "pol_status": lambda d: d.stream("pol_status").weighted(STATUS),
    "pol_start": _policy_year,
    "pol_reach": _policy_reach,
    "pol_eval": lambda d: d.stream("pol_eval").weighted(EVALUATION),
    "pol_summary": lambda d: _sentence(d, "pol_summary"),
    "pol_link": lambda d: f"https://example.org/demo/{d.stream('pol_link').whole(1000, 9999)}",
    "pol_share": lambda d: "yes" if d.stream("pol_share").happens(SHARED) else "no",
}
