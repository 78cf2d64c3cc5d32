"""Dates as ODK Briefcase wrote them: in the language of the computer it ran on."""

from __future__ import annotations

import re

from pipeline.ask import tidy
from pipeline.collect.moments import iso_moment, iso_time

# First letters of the months in English, Spanish, Portuguese and French.
MONTHS = (
    ("jan", "ene"), ("feb", "fev", "fév"), ("mar",), ("apr", "abr", "avr"), ("may", "mai"),
    ("jun", "juin"), ("jul", "juil"), ("aug", "ago", "aoû", "aou"), ("sep", "set"), ("oct", "out"),
    ("nov",), ("dec", "dic", "dez", "déc"),
)  # fmt: skip
NAME = r"[^\W\d]{3,}"
# Apr 26, 2018 8:56:00 AM; 26 abr. 2018 8:56:00; 26 de abr. de 2018; 26-abr-2018
NAMED = re.compile(
    rf"(?:(?P<name>{NAME})\.? (?P<day>\d{{1,2}}),"
    rf"|(?P<first>\d{{1,2}})[ -](?:de )?(?P<other>{NAME})\.?(?: de)?[ -])"
    r" ?(?P<year>\d{4})(?:,? (?P<clock>.+))?"
)
HALF = re.compile(r"\d ?[ap]\.? ?m\.?")


def iso(text: str) -> str:
    """A date with the month's name, or a time with AM or PM, as ISO 8601; other text as it is."""
    tidied = tidy(text)
    if found := NAMED.fullmatch(tidied):
        name, day = found["name"] or found["other"], found["day"] or found["first"]
        month = next((n for n, starts in enumerate(MONTHS, 1) if name.startswith(starts)), 0)
        clock = f" {found['clock']}" if found["clock"] else ""
        return iso_moment(f"{found['year']}-{month}-{day}{clock}", None) or text
    return (iso_time(text) if HALF.search(tidied) else "") or text
