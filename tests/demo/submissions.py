"""The records of a wave: answers that stand, and every other kind with its expected verdict."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone

from tests.demo.answers import draw_answers, draw_policies, texts
from tests.demo.frame import Unit, home_language
from tests.demo.nonresponse import break_off, received_answers, received_policies
from tests.demo.respondents import Population, Respondent, latent_level
from tests.demo.streams import Stream, digest, rank

FIELD = {
    "2023": (date(2023, 3, 6), date(2023, 5, 12)),
    "2025": (date(2025, 3, 3), date(2025, 5, 9)),
}
OFFSET = {
    "AR": -3, "BR": -3, "UY": -3, "CL": -4, "PY": -4, "BO": -4, "VE": -4, "PE": -5, "EC": -5,
    "CO": -5,
}  # fmt: skip
NEW_RIGHTS = {"2025": ("care",) * 3 + ("digital",) * 2 + ("stay",), "2023": ("care", "digital")}
VERDICT = {
    "answer": ("loaded", "stands"),
    "refusal": ("loaded", "consent_refused"),
    "first_version": ("superseded", "edited_resubmission"),
    "older_answer": ("superseded", "older_answer"),
    "equal_copy": ("duplicate", "equal_copy"),
    "unknown_unit": ("quarantined", "unknown_unit"),
    "country_mismatch": ("quarantined", "country_mismatch"),
    "test_row": ("not_a_submission", "test_row"),
    "second_header_row": ("not_a_submission", "second_header_row"),
}


@dataclass
class Submission:
    """One record of an export before it has a layout. `answers`: received, only what was asked."""

    wave: str
    unit_id: str  # of the government that answered, whatever `city_id` says; '' for none
    kind: str
    language: str
    started: datetime  # local time of the government
    ended: datetime
    submission_id: str
    root_id: str
    kobo_id: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    policies: list[dict[str, str]] = field(default_factory=list)
    intended: dict[str, str] = field(default_factory=dict)
    intended_policies: list[dict[str, str]] = field(default_factory=list)
    received_at: datetime | None = None  # of the first version, where this one is an edit
    file: str = ""
    is_touched: bool = False  # something was planted: no second fault in one record

    @property
    def submitted_at(self) -> datetime:
        """UTC. An edit keeps the moment of the first version, as KoboToolbox does."""
        return self.received_at or self.ended.astimezone(UTC) + timedelta(seconds=4)


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
        _answer(r, has_no_service=r.unit.unit_id == no_service) for r in respondents.values()
    ]
    if wave == "2025":
        _contradict_vote(answers)
    _name_new_rights(answers, NEW_RIGHTS[wave])
    others = _others(answers, respondents, population, wave)
    made = sorted([*answers, *others], key=lambda s: (s.ended, s.submission_id))
    _number(made, 210_000_000 if wave == "2023" else 510_000_000)
    return made


def _identifier(*purpose: object) -> str:
    return str(uuid.UUID(digest("uuid", *purpose)[:32], version=4))


def _moments(unit_id: str, country: str, wave: str, take: str) -> tuple[datetime, datetime]:
    """Start and end: many answers in the first and in the last days of the field."""
    opens, closes = FIELD[wave]
    stream = Stream(unit_id, wave, take, "time")
    days = (closes - opens).days
    place = stream.share() ** stream.pick([1.0, 2.5, 0.35])
    day = opens + timedelta(days=min(days - 1, int(place * days)))
    day -= timedelta(days=max(0, day.weekday() - 4))
    start = _local(day, country) + timedelta(minutes=stream.whole(8 * 60, 17 * 60))
    start += timedelta(milliseconds=stream.whole(0, 59_999))
    return start, start + timedelta(seconds=stream.whole(900, 5_400))


def _local(day: date, country: str) -> datetime:
    zone = timezone(timedelta(hours=OFFSET[country]))
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _blank(unit: Unit, wave: str, kind: str, language: str, take: str = "") -> Submission:
    started, ended = _moments(unit.unit_id, unit.country, wave, take)
    identifier = _identifier(unit.unit_id, wave, kind, take)
    return Submission(wave, unit.unit_id, kind, language, started, ended, identifier, identifier)


def _answer(
    respondent: Respondent, kind: str = "answer", take: str = "", *, has_no_service: bool = False
) -> Submission:
    unit, wave = respondent.unit, respondent.wave
    made = _blank(unit, wave, kind, respondent.language, take)
    day = made.started.date()
    made.intended = draw_answers(respondent, day, has_no_service=has_no_service, take=take)
    made.intended_policies = draw_policies(respondent, day, made.intended, take)
    made.answers = received_answers(made.intended, wave, unit.unit_id + take)
    made.policies = received_policies(
        made.intended_policies, made.answers, wave, unit.unit_id + take
    )
    made.is_touched = has_no_service
    if respondent.policies is None:
        break_off(made.answers, wave)
        made.ended = made.started + timedelta(minutes=11)
        made.is_touched = True
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
    many = wave == "2025"
    silent = iter(population.silent)
    free = [s for s in answers if not s.is_touched and s.policies]
    free.sort(key=lambda s: digest("other", s.submission_id))
    late = FIELD[wave][0] + timedelta(days=12)
    twice = [s for s in free if s.started.date() > late][: 2 if many else 1]
    free = [submission for submission in free if submission not in twice]
    edited, copied = free[: 3 if many else 1], free[3 : 6 if many else 5]
    made: list[Submission] = [_first_version(submission) for submission in edited]
    made += [_older_answer(s, respondents[s.unit_id]) for s in twice]
    made += [_copy(submission) for submission in copied]
    made.append(_refusal(next(silent), wave))
    if many:
        made += _changed_mind(next(silent), wave)
    for number in (1, 2):
        made.append(_stray(next(silent), wave, "unknown_unit", number))
    for number in (1, 2) if many else (1,):
        made.append(_stray(next(silent), wave, "country_mismatch", number))
    made.append(_test_row(wave))
    for submission in (*edited, *twice, *copied):
        submission.is_touched = True
    return made


def _first_version(edit: Submission) -> Submission:
    """The version before: other answers; the edit keeps its root, its number and its moment."""
    first = replace(copy.deepcopy(edit), kind="first_version", is_touched=True)
    first.answers["population"] = str(int(float(edit.answers.get("population") or 1000) * 1.02))
    first.answers["resp_area"] = "other"
    _follow(edit, first)
    return first


def _follow(edit: Submission, first: Submission) -> None:
    edit.root_id = first.submission_id = first.root_id = _identifier(edit.submission_id, "first")
    edit.received_at = first.submitted_at
    edit.ended = first.ended + timedelta(days=1, hours=1)
    edit.is_touched = True


def _older_answer(newer: Submission, respondent: Respondent) -> Submission:
    """Another office of the same government answered some days before."""
    older = _answer(respondent, "older_answer", "other office")
    gap = older.ended - newer.started + timedelta(days=4)
    older.started, older.ended = older.started - gap, older.ended - gap
    older.answers["ref_date"] = newer.intended["ref_date"]
    older.answers["resp_area"] = "intl" if newer.answers.get("resp_area") != "intl" else "social"
    older.is_touched = True
    return older


def _copy(submission: Submission) -> Submission:
    return replace(copy.deepcopy(submission), kind="equal_copy", is_touched=True)


def _refusal(unit: Unit, wave: str) -> Submission:
    made = _blank(unit, wave, "refusal", home_language(unit.country))
    made.ended = made.started + timedelta(minutes=2)
    made.answers = {"city_id": unit.unit_id, "country": unit.country, "consent": "no"}
    made.is_touched = True
    return made


def _whole_answer(unit: Unit, wave: str, kind: str) -> Submission:
    language = home_language(unit.country)
    respondent = Respondent(wave, unit, language, "named", 1, latent_level(unit, wave))
    made = _answer(respondent, kind)
    made.is_touched = True
    return made


def _changed_mind(unit: Unit, wave: str) -> list[Submission]:
    """An answer, then an edit that takes the consent back: the first must not be used."""
    first = _whole_answer(unit, wave, "first_version")
    refusal = replace(_refusal(unit, wave), started=first.started)
    _follow(refusal, first)
    return [first, refusal]


def _stray(unit: Unit, wave: str, kind: str, number: int) -> Submission:
    """A government that no frame knows, or one whose country is another's."""
    made = _whole_answer(unit, wave, kind)
    if kind == "unknown_unit":
        made.unit_id = ""
        made.answers["city_id"] = f"{unit.country}-x-sin-registro-{number}"
    else:
        made.answers["country"] = "UY" if number == 1 else "CO"
    return made


def _test_row(wave: str) -> Submission:
    start = _local(FIELD[wave][0], "UY") + timedelta(hours=7, minutes=40, seconds=12)
    identifier = _identifier(wave, "test")
    made = Submission(
        wave, "", "test_row", "es", start, start + timedelta(seconds=35), identifier, identifier
    )
    made.answers = {"city_id": "prueba", "consent": "yes"}
    made.is_touched = True
    return made


def _number(made: Iterable[Submission], first: int) -> None:
    """`_id`: the tool's running number; an edit and an equal copy keep it."""
    known: dict[str, int] = {}
    for place, submission in enumerate(made):
        number = first + 37 * place + int(digest("id", submission.root_id)[:1], 16)
        submission.kobo_id = known.setdefault(submission.root_id, number)
