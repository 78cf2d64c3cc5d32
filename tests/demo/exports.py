"""Which record lies in which file of a wave, in the order of the tool that wrote it."""

from __future__ import annotations

from tests.demo.streams import digest
from tests.demo.submissions import Submission

FILES = {  # by tool; a CSV export of KoboToolbox has no repeats
    "2023": {"kobo": ("01_kobo.xlsx", "02_kobo.csv")},
    "2025": {
        "kobo": ("01_kobo.xlsx",),
        "google": ("02_google.csv",),
        "limesurvey": ("03_limesurvey.csv",),
        "odk": ("04_odk.zip",),
    },
}
TAGGED = ("2025", "01_kobo.xlsx")  # has a second header row of #tags


def assign_files(made: list[Submission], wave: str) -> None:
    """Give every record its file: the one of its tool, or of two the one that can carry it."""
    silent = [s for s in made if s.kind == "answer" and not s.policies]
    silent.sort(key=lambda s: digest(s.submission_id))
    others = [s for s in made if s.kind in ("refusal", "test_row")]
    for submission in made:
        submission.file = FILES[wave][submission.tool][0]
    for submission in (*others, *silent[:9]) if wave == "2023" else ():
        submission.file = FILES[wave]["kobo"][1]


def in_file(made: list[Submission], name: str) -> list[Submission]:
    """The records of a file in its order: ODK Central begins with the newest."""
    of_file = [submission for submission in made if submission.file == name]
    of_file.sort(key=lambda s: (s.number if s.tool == "limesurvey" else 0, s.submitted_at, s.ended))
    return of_file[::-1] if name.endswith("odk.zip") else of_file
