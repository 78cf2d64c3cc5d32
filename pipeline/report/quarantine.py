"""The list of quarantined records for the desk: where each lies and why, none of its answers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from pipeline import texts
from pipeline.ask import Survey
from pipeline.report.plan import Job, file_language
from pipeline.report.tallies import Quarantined, read_quarantined
from pipeline.store import brief_name

COLUMNS = (
    "record_id", "file", "sheet", "record_number", "first_line", "repeat", "unit_id", "code",
    "reason",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet program would run what begins so


def list_name(survey: str, language: str) -> str:
    """The list's file name beside the quality brief."""
    return brief_name("quarantine", survey, language, "csv")


def write_list(survey: Survey, job: Job, folder: Path) -> None:
    """Write the list beside a quality brief; none where no record of the wave is quarantined."""
    found = read_quarantined(folder, job.wave)
    if not found:
        return
    spoken = texts.spoken(job.language)
    stamp = {"demonstration": "true"} if survey.demonstration else {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*stamp, *COLUMNS])
    writer.writerows([*stamp.values(), *_row(record, spoken)] for record in found)
    name = list_name(survey.name, file_language(job.language))
    path = (folder / "briefs" / job.path).with_name(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    # a spreadsheet program reads accents in a CSV only with this mark
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def _row(record: Quarantined, spoken: str) -> list[object]:
    return [
        record.record_id,
        _inert(record.file),
        _inert(record.sheet),
        record.record_number,
        record.first_line,
        record.repeat,
        record.unit_id,
        record.reason,
        texts.reason(spoken, record.reason),
    ]


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
