"""One record of an export before it has a layout, and an answer as one government gives it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from tests.demo.answers import draw_answers, draw_policies
from tests.demo.frame import Unit
from tests.demo.nonresponse import break_off, received_answers, received_policies
from tests.demo.respondents import WITHOUT_REPEATS, Respondent
from tests.demo.streams import Stream, digest

FIELD = {
    "2023": (date(2023, 3, 6), date(2023, 5, 12)),
    "2025": (date(2025, 3, 3), date(2025, 5, 9)),
}
OFFSET = {
    "AR": -3, "BR": -3, "UY": -3, "CL": -4, "PY": -4, "BO": -4, "VE": -4, "PE": -5, "EC": -5,
    "CO": -5,
}  # fmt: skip
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
    """`answers`: as received, only what was asked; `tool`: the one that the record came with."""

    wave: str
    unit_id: str  # of the government that answered, whatever `city_id` says; '' for none
    kind: str
    language: str
    tool: str
    started: datetime  # local time of the government
    ended: datetime
    submission_id: str
    root_id: str
    number: int = 0
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

    @property
    def received_id(self) -> str:
        """The id that the export says; '' where the tool gives none."""
        if self.tool == "google":
            return ""
        return f"id:{self.number}" if self.tool == "limesurvey" else self.submission_id


def identifier(*purpose: object) -> str:
    return str(uuid.UUID(digest("uuid", *purpose)[:32], version=4))


def _moments(unit_id: str, country: str, wave: str, take: str) -> tuple[datetime, datetime]:
    """Start and end: many answers in the first and in the last days of the field."""
    opens, closes = FIELD[wave]
    stream = Stream(unit_id, wave, take, "time")
    days = (closes - opens).days
    place = stream.share() ** stream.pick([1.0, 2.5, 0.35])
    day = opens + timedelta(days=min(days - 1, int(place * days)))
    day -= timedelta(days=max(0, day.weekday() - 4))
    start = local_midnight(day, country) + timedelta(minutes=stream.whole(8 * 60, 17 * 60))
    start += timedelta(milliseconds=stream.whole(0, 59_999))
    return start, start + timedelta(seconds=stream.whole(900, 5_400))


def local_midnight(day: date, country: str) -> datetime:
    zone = timezone(timedelta(hours=OFFSET[country]))
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def blank_submission(
    unit: Unit, wave: str, kind: str, *, language: str, tool: str, take: str = ""
) -> Submission:
    times = _moments(unit.unit_id, unit.country, wave, take)
    first = identifier(unit.unit_id, wave, kind, take)
    return Submission(wave, unit.unit_id, kind, language, tool, *times, first, first)


def draw_submission(
    respondent: Respondent, kind: str = "answer", take: str = "", *, has_no_service: bool = False
) -> Submission:
    unit, wave = respondent.unit, respondent.wave
    made = blank_submission(
        unit, wave, kind, language=respondent.language, tool=respondent.tool, take=take
    )
    day = made.started.date()
    made.intended = draw_answers(respondent, day, has_no_service=has_no_service, take=take)
    made.answers = received_answers(made.intended, wave, unit.unit_id + take)
    if respondent.tool not in WITHOUT_REPEATS:
        made.intended_policies = draw_policies(respondent, day, made.intended, take)
        made.policies = received_policies(
            made.intended_policies, made.answers, wave, unit.unit_id + take
        )
    made.is_touched = has_no_service
    if respondent.policies is None:
        break_off(made.answers, wave)
        made.ended = made.started + timedelta(minutes=11)
        made.is_touched = True
    return made
