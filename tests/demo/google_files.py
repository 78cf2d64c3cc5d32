"""Records as Google Forms keeps them: the responses' sheet, saved as CSV.

The sheet belongs to a Brazilian office: its headers are the Portuguese questions, its dates,
numbers and times are written as there. The three questions of the second version were pasted from
the Spanish form and never translated. Each row has the options of the form its government opened,
checkboxes joined by a comma and a blank. Nobody is identified but by what was typed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import date, timedelta, timezone
from pathlib import Path

from tests.demo.form import Question, read_form
from tests.demo.frame import Unit, home_language
from tests.demo.streams import Stream
from tests.demo.submissions import Submission
from tests.demo.workbook import ADDED_IN_V2

TIMESTAMP = "Carimbo de data/hora"
COUNTRY = "País"  # a calculation has no label
OFFICE = timezone(timedelta(hours=-3))
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
DECIMAL = re.compile(r"\d+\.\d{1,2}")


def write_export(
    path: Path, wave: str, submissions: list[Submission], units: dict[str, Unit]
) -> None:
    """One sheet; the form of this tool asks how many policies, but has no repeat for them."""
    questions = read_form(wave).main()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([TIMESTAMP, *map(_header, questions)])
        for submission in submissions:
            sent = submission.submitted_at.astimezone(OFFICE)
            cells = (_cell(question, submission, units) for question in questions)
            writer.writerow([f"{sent:%d/%m/%Y %H:%M:%S}", *cells])


def _header(question: Question) -> str:
    if question.name == "country":
        return COUNTRY
    return question.label["es" if question.name in ADDED_IN_V2 else "pt"]


def _cell(question: Question, submission: Submission, units: dict[str, Unit]) -> str:
    value = submission.answers.get(question.name, "")
    language = submission.language
    if language not in {"es", "pt"}:
        language = home_language(submission.unit_id[:2])
    if question.name == "city_id":
        return _typed_name(submission, units)
    if question.name == "country":
        return _typed_country(submission, language)
    if question.is_multiple:
        return ", ".join(question.text(code, language) for code in value.split())
    if question.choices:
        return question.text(value, language)
    if ISO_DATE.fullmatch(value):
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    return f"{float(value):g}".replace(".", ",") if DECIMAL.fullmatch(value) else value


def _typed_name(submission: Submission, units: dict[str, Unit]) -> str:
    """The government in its own words; where these fit two, the id of the invitation."""
    unit = units.get(submission.answers["city_id"])
    if unit is None:
        return submission.answers["city_id"]
    if not _is_alone(unit, submission.answers["country"], units.values()):
        return unit.unit_id
    spellings = {
        unit.official: 4.0,
        unit.shown: 3.0,
        f"{unit.shown} ": 1.0,
        unit.official.upper(): 1.0,
        unit.unit_id: 1.0,
    }
    return Stream(unit.unit_id, "typed name").weighted(spellings)


def _is_alone(unit: Unit, country: str, units: Iterable[Unit]) -> bool:
    """Whether the name, with the country typed beside it where others share it, is enough."""
    same = [u for u in units if u.name == unit.name and u.unit_id != unit.unit_id]
    return not same or (country == unit.country and all(u.country != country for u in same))


def _typed_country(submission: Submission, language: str) -> str:
    code = submission.answers.get("country", "")
    origins = next(q for q in read_form(submission.wave).main() if q.name == "origins")
    name = origins.text(code, language)
    return Stream(submission.unit_id, "typed country").pick([name, name, name, name.upper()])
