"""Dates and times as forms and spreadsheets write them in four languages, made ISO.

`4/3/2021` is March or April: what else the file says decides, or nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta, timezone
from enum import Enum
from types import MappingProxyType

from pipeline.ask import tidy

MOMENTS = ("_submission_time", "start", "end", "today")
AS_WRITTEN = " as written"  # of a moment that could be two days, or is none
# After tidying: 4/3/2021, 2021-03-04; 17:12:33, 5:12 pm, 5:12:33 p. m.; gmt-3, -03:00, brt
DAY = (
    r"(?:(?P<year>\d{4})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<point>[/.-])(?P<second>\d{1,2})(?P=point)(?P<last>\d{4}))"
)
CLOCK = (
    r"(?P<hour>\d{1,2})[:h](?P<minute>\d\d)(?::(?P<seconds>\d\d)(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[ap])\.? ?m\.?)?"
)
ZONE = r"(?: ?(?P<zone>[a-z]{1,4})?(?P<hours>[+-]\d{1,2})?(?P<minutes>:?\d\d)?)"
MOMENT = re.compile(rf"{DAY}(?:(?:t|,? ){CLOCK}{ZONE})?")
TIME = re.compile(CLOCK)
# Names of zones that mean one offset wherever they are written: hours from UTC.
ZONES = MappingProxyType(
    {
        "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3,
        "art": -3, "brt": -3, "uyt": -3, "bot": -4, "clt": -4, "cot": -5, "ect": -5, "pet": -5,
        "cdt": -5, "edt": -4, "est": -5, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
    }
)  # fmt: skip


class Order(Enum):
    """What stands first where the year stands last."""

    DAY = "day_first"
    MONTH = "month_first"


def order_of(texts: Iterable[str]) -> Order | None:
    """What the dates of a file agree on, since a number over 12 is a day; None if on nothing."""
    said = {_own_order(found) for found in map(MOMENT.fullmatch, map(tidy, texts)) if found}
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def is_moment(text: str) -> bool:
    """Whether a text looks like a date, or a date and time, in whatever order."""
    return MOMENT.fullmatch(tidy(text)) is not None


def iso_moment(text: str, order: Order | None) -> str:
    """A date, or a date and time, as ISO 8601, with the zone where one is written.

    '' for what is no date, does not exist, or could be two days.
    """
    found = MOMENT.fullmatch(tidy(text))
    if not found:
        return ""
    try:
        day = _day(found, order)
        if day is None or found["hour"] is None:
            return day.isoformat() if day else ""
        return f"{day.isoformat()}T{_clock(found).replace(tzinfo=_zone(found)).isoformat()}"
    except ValueError:  # no such day, hour or zone
        return ""


def iso_metadata(metadata: Mapping[str, str], order: Order | None) -> dict[str, str]:
    """Metadata with the moments of a record as ISO 8601.

    One that cannot be read is blank, and stands aside as it was written: it still tells two
    submissions apart.
    """
    found = dict(metadata)
    for name in MOMENTS:
        if written := metadata.get(name, "").strip():
            found[name] = iso_moment(written, order)
            found |= {} if found[name] else {f"{name}{AS_WRITTEN}": written}
    return found


def has_unread(metadata: Iterable[str]) -> bool:
    """Whether a moment of this record could not be read."""
    return any(name.endswith(AS_WRITTEN) for name in metadata)


def iso_time(text: str) -> str:
    """A time of the day as ISO 8601; '' for what is none."""
    found = TIME.fullmatch(tidy(text))
    try:
        return _clock(found).isoformat() if found else ""
    except ValueError:
        return ""


def _own_order(found: re.Match[str]) -> Order | None:
    """What a date says by itself."""
    if found["year"]:
        return None
    is_day = [int(found[place]) > 12 for place in ("first", "second")]
    if all(is_day):  # no date at all
        return None
    return Order.DAY if is_day[0] else Order.MONTH if is_day[1] else None


def _day(found: re.Match[str], order: Order | None) -> date | None:
    if found["year"]:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    first, second, year = int(found["first"]), int(found["second"]), int(found["last"])
    order = _own_order(found) or (Order.DAY if first == second else order)
    if order is None:
        return None
    return date(year, second, first) if order is Order.DAY else date(year, first, second)


def _clock(found: re.Match[str]) -> time:
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    return time(hour, int(found["minute"]), int(found["seconds"] or 0))


def _zone(found: re.Match[str]) -> timezone | None:
    """The offset from UTC; None, a local time, where none or an unknown name is written."""
    name, hours = found["zone"], found["hours"]
    if not hours:
        return timezone(timedelta(hours=ZONES[name])) if name in ZONES else None
    minutes = int((found["minutes"] or "0").lstrip(":")) * (-1 if hours[0] == "-" else 1)
    return timezone(timedelta(hours=int(hours), minutes=minutes))
