"""All records of a wave: answers that stand, and every other kind with its expected verdict."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from tests.demo.answers import texts
from tests.demo.frame import Unit, home_language
from tests.demo.respondents import WITHOUT_REPEATS, Population, Respondent, latent_level
from tests.demo.streams import digest, rank
from tests.demo.submissions import (
    FIELD,
    Submission,
    blank_submission,
    draw_submission,
    identifier,
    local_midnight,
)

NEW_RIGHTS = {"2025": ("care",) * 3 + ("digital",) * 2 + ("stay",), "2023": ("care", "digital")}
NUMBERS = {  # a tool's running number: the first, and the step to the next
    ("2023", "kobo"): (210_000_000, 37),
    ("2025", "kobo"): (510_000_000, 37),
    ("2025", "limesurvey"): (3, 2),
}
EDITED_COPIED_TWICE = {  # how many answers of each tool
    "2023": {"kobo": (1, 2, 1)},
    "2025": {"kobo": (3, 1, 1), "google": (0, 1, 0), "limesurvey": (0, 1, 0), "odk": (0, 0, 1)},
}
STRAYS = {
    "2023": (
        ("refusal", "kobo"), ("unknown_unit", "kobo"), ("unknown_unit", "kobo"),
        ("country_mismatch", "kobo"),
    ),
    "2025": (
        ("refusal", "limesurvey"), ("changed_mind", "kobo"), ("unknown_unit", "google"),
        ("unknown_unit", "limesurvey"), ("country_mismatch", "google"),
        ("country_mismatch", "limesurvey"),
    ),
}  # fmt: skip
TESTED = {"2023": "kobo", "2025": "google"}
OTHER_OFFICE = {("2025", "kobo"): "limesurvey", ("2025", "odk"): "google"}  # answered with


def make_submissions(population: Population, wave: str) -> list[Submission]:
    """All records of a wave except the second header row, in an order of the ids."""
    respondents = {r.unit.unit_id: r for r in population.waves[wave]}
    small = [
        r.unit.unit_id
        for r in population.waves["2025"]
        if r.unit.size_class == "s1" and r.policies is not None
    ]
    no_service = rank(small, "holds no service")[0]
    answers = [
        draw_submission(r, has_no_service=r.unit.unit_id == no_service)
        for r in respondents.values()
    ]
    if wave == "2025":
        _contradict_vote(answers)
    _name_new_rights(answers, NEW_RIGHTS[wave])
    others = _others(answers, respondents, population, wave)
    made = sorted([*answers, *others], key=lambda s: (s.ended, s.submission_id))
    for (year, tool), (first, step) in NUMBERS.items():
        _number([s for s in made if (s.wave, s.tool) == (year, tool)], first, step)
    return made


def _contradict_vote(answers: list[Submission]) -> None:
    """Two governments say the opposite of what the others of their country say."""
    of_many = [s for s in answers if s.unit_id[:2] in ("AR", "BR") and "vote_local" in s.answers]
    for made in sorted(of_many, key=lambda s: digest("vote", s.unit_id))[:2]:
        made.answers["vote_local"] = made.intended["vote_local"] = "yes"


def _name_new_rights(answers: list[Submission], kinds: tuple[str, ...]) -> None:
    """A few policies name a right outside the list."""
    rows = [
        (made, number)
        for made in answers
        for number, row in enumerate(made.policies)
        if row.get("pol_rights") not in (None, "")
    ]
    rows.sort(key=lambda found: digest("new right", found[0].unit_id, found[1]))
    sentences = {row["domain"]: row for row in texts("newright")}
    for (made, number), kind in zip(rows, kinds, strict=False):
        for row in (made.policies[number], made.intended_policies[number]):
            chapters = [*row["pol_rights"].split()[:3], "other"]
            row["pol_rights"] = " ".join(chapters)
            row["pol_newright"] = sentences[kind][made.language]


def _others(
    answers: list[Submission],
    respondents: dict[str, Respondent],
    population: Population,
    wave: str,
) -> list[Submission]:
    """Every record that is not an answer that stands."""
    silent = list(population.silent)
    made: list[Submission] = []
    for tool, (edited, copied, twice) in EDITED_COPIED_TWICE[wave].items():
        free = [s for s in answers if s.tool == tool and not s.is_touched]
        free = [s for s in free if s.policies or tool in WITHOUT_REPEATS]
        free.sort(key=lambda s: digest("other", s.submission_id))
        late = FIELD[wave][0] + timedelta(days=12)
        offices = [s for s in free if s.started.date() > late][:twice]
        free = [submission for submission in free if submission not in offices]
        made += [_first_version(s) for s in free[:edited]]
        made += [_older_answer(s, respondents[s.unit_id]) for s in offices]
        made += [_copy(s) for s in free[3 : 3 + copied]]
        for submission in (*free[:edited], *offices, *free[3 : 3 + copied]):
            submission.is_touched = True
    for kind, tool in STRAYS[wave]:
        unit = _next_silent(silent, tool)
        if kind == "refusal":
            made.append(_refusal(unit, tool, wave))
        elif kind == "changed_mind":
            made += _changed_mind(unit, tool, wave)
        else:
            number = 1 + sum(stray.kind == kind for stray in made)
            made.append(_stray(unit, tool, wave, kind, number))
    made.append(_test_row(wave, TESTED[wave]))
    return made


def _next_silent(silent: list[Unit], tool: str) -> Unit:
    """The next member that did not answer; the LimeSurvey form has no Portuguese."""
    unit = next(u for u in silent if tool != "limesurvey" or home_language(u.country) == "es")
    silent.remove(unit)
    return unit


def _first_version(edit: Submission) -> Submission:
    """The version before: other answers; the edit keeps its root, its number and its moment."""
    first = replace(copy.deepcopy(edit), kind="first_version", is_touched=True)
    first.answers["population"] = str(int(float(edit.answers.get("population") or 1000) * 1.02))
    first.answers["resp_area"] = "other"
    _follow(edit, first)
    return first


def _follow(edit: Submission, first: Submission) -> None:
    edit.root_id = first.submission_id = first.root_id = identifier(edit.submission_id, "first")
    edit.received_at = first.submitted_at
    edit.ended = first.ended + timedelta(days=1, hours=1)
    edit.is_touched = True


def _older_answer(newer: Submission, respondent: Respondent) -> Submission:
    """Another office of the same government answered some days before."""
    tool = OTHER_OFFICE.get((newer.wave, newer.tool), newer.tool)
    older = draw_submission(replace(respondent, tool=tool), "older_answer", "other office")
    gap = older.ended - newer.started + timedelta(days=4)
    older.started, older.ended = older.started - gap, older.ended - gap
    older.answers["ref_date"] = newer.intended["ref_date"]
    older.answers["resp_area"] = "intl" if newer.answers.get("resp_area") != "intl" else "social"
    older.is_touched = True
    return older


def _copy(submission: Submission) -> Submission:
    """A double click; Google Forms notes the moment of each, and the later one is kept."""
    copied = replace(copy.deepcopy(submission), kind="equal_copy", is_touched=True)
    if submission.tool == "google":
        copied.ended -= timedelta(seconds=2)
    return copied


def _refusal(unit: Unit, tool: str, wave: str) -> Submission:
    language = home_language(unit.country)
    made = blank_submission(unit, wave, "refusal", language=language, tool=tool)
    made.ended = made.started + timedelta(minutes=2)
    made.answers = {"city_id": unit.unit_id, "country": unit.country, "consent": "no"}
    made.is_touched = True
    return made


def _whole_answer(unit: Unit, tool: str, wave: str, kind: str) -> Submission:
    level, language = latent_level(unit, wave), home_language(unit.country)
    made = draw_submission(Respondent(wave, unit, language, tool, "named", 1, level), kind)
    made.is_touched = True
    return made


def _changed_mind(unit: Unit, tool: str, wave: str) -> list[Submission]:
    """An answer, then an edit that takes the consent back: the first must not be used."""
    first = _whole_answer(unit, tool, wave, "first_version")
    refusal = replace(_refusal(unit, tool, wave), started=first.started)
    _follow(refusal, first)
    return [first, refusal]


def _stray(unit: Unit, tool: str, wave: str, kind: str, number: int) -> Submission:
    """A government that no frame knows, or one whose country is another's."""
    made = _whole_answer(unit, tool, wave, kind)
    if kind == "unknown_unit":
        made.unit_id = ""
        typed = "Municipio Sin Registro"
        made.answers["city_id"] = (
            typed if tool == "google" else f"{unit.country}-x-sin-registro-{number}"
        )
    else:
        made.answers["country"] = "UY" if number == 1 else "CO"
    return made


def _test_row(wave: str, tool: str) -> Submission:
    start = local_midnight(FIELD[wave][0], "UY") + timedelta(hours=7, minutes=40, seconds=12)
    end, first = start + timedelta(seconds=35), identifier(wave, "test")
    made = Submission(wave, "", "test_row", "es", tool, start, end, first, first)
    made.answers = {"city_id": "prueba", "consent": "yes"}
    made.is_touched = True
    return made


def _number(made: Iterable[Submission], first: int, step: int) -> None:
    """The tool's running number; an edit and an equal copy keep it."""
    known: dict[str, int] = {}
    for place, submission in enumerate(made):
        number = first + step * place + int(digest("id", submission.root_id)[:1], 16) % step
        submission.number = known.setdefault(submission.root_id, number)
