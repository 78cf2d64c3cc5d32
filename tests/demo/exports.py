"""Which record lies in which file of a wave. CSV exports of KoboToolbox have no repeats."""

from __future__ import annotations

from collections.abc import Iterable

from tests.demo.streams import digest
from tests.demo.submissions import Submission

RECORDS = {  # without the second header row of the last file of 2025
    "2023": {"01_kobo.xlsx": 60, "02_kobo.csv": 11},
    "2025": {"01_kobo.xlsx": 48, "02_kobo.xlsx": 27, "03_kobo.xlsx": 18, "04_kobo.csv": 13},
}
TAGGED = ("2025", "04_kobo.csv")  # has a second header row of #tags


def assign_files(made: list[Submission], wave: str) -> None:
    """Give every record its file; versions, copies and two answers are spread on purpose."""
    (_place_2025 if wave == "2025" else _place_2023)(made)
    answers = sorted(made, key=lambda s: (s.language != "pt", digest("file", s.submission_id)))
    counts = {
        name: count - sum(s.file == name for s in made) for name, count in RECORDS[wave].items()
    }
    names = [name for name in sorted(counts, reverse=True) for _ in range(counts[name])]
    names.sort(key=lambda name: name != "02_kobo.xlsx")  # Portuguese goes there first
    rest = [submission for submission in answers if not submission.file]
    for submission, name in zip(rest, names, strict=True):
        submission.file = name


def _of_kind(made: Iterable[Submission], kind: str) -> list[Submission]:
    return sorted((s for s in made if s.kind == kind), key=lambda s: digest(s.submission_id))


def _without_policies(made: list[Submission]) -> list[Submission]:
    return [s for s in _of_kind(made, "answer") if not s.policies]


def _place_2023(made: list[Submission]) -> None:
    for submission in [*_of_kind(made, "refusal"), *_of_kind(made, "test_row")]:
        submission.file = "02_kobo.csv"
    for submission in _without_policies(made)[:9]:
        submission.file = "02_kobo.csv"


def _place_2025(made: list[Submission]) -> None:
    first, second, third, last = RECORDS["2025"]
    _place_versions(made)
    for kind in ("unknown_unit", "country_mismatch"):
        for stray, name in zip(_of_kind(made, kind), (second, third), strict=True):
            stray.file = name
    for test in _of_kind(made, "test_row"):
        test.file = first
    refusals = [s for s in _of_kind(made, "refusal") if not s.file]
    broken = [s for s in _without_policies(made) if s.is_touched]
    silent = [s for s in _without_policies(made) if not s.is_touched]
    for submission in (*refusals, *broken[:2], *silent[:10]):
        submission.file = last


def _place_versions(made: list[Submission]) -> None:
    """Edits and second answers within a file and across files; copies beside their original."""
    first, second, third, _ = RECORDS["2025"]
    by_root = {s.root_id: s for s in made if s.kind in ("answer", "refusal")}
    by_unit = {s.unit_id: s for s in made if s.kind == "answer"}
    edits = [by_root[version.root_id] for version in _of_kind(made, "first_version")]
    edits.sort(key=lambda edit: (edit.kind, edit.submission_id))
    for edit, name in zip(edits, (first, first, second, second), strict=True):
        edit.file = name
    for version in _of_kind(made, "first_version"):
        version.file = first
    for older, name in zip(_of_kind(made, "older_answer"), (first, third), strict=True):
        older.file, by_unit[older.unit_id].file = first, name
    for copied, name in zip(_of_kind(made, "equal_copy"), (first, first, second), strict=True):
        copied.file = by_root[copied.root_id].file = name
