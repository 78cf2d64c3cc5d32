"""Records as KoboToolbox exports, in two of the layouts that its users choose."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from tests.demo.form import METADATA, Form, Question, read_form
from tests.demo.frame import Unit
from tests.demo.streams import digest
from tests.demo.submissions import Submission
from tests.demo.workbook import write_workbook

REPEAT = "pol"
LONGEST_SHEET = 31
META = (
    "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status",
    "_submitted_by", "__version__", "_tags", "meta/rootUuid",
)  # fmt: skip
TAGS = {
    "city_id": "#adm2+code", "country": "#country+code", "ref_date": "#date+reference",
    "population": "#population", "hr_framework": "#indicator+framework",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """What an export looks like; multiples are joined, and split into a column a choice too."""

    has_groups: bool = False
    is_split: bool = True
    is_tagged: bool = False


LAYOUTS = {
    ("2023", "01_kobo.xlsx"): Layout(has_groups=True),
    ("2023", "02_kobo.csv"): Layout(is_split=False),
    ("2025", "01_kobo.xlsx"): Layout(is_tagged=True),
}


def write_export(path: Path, wave: str, submissions: list[Submission], _: dict[str, Unit]) -> None:
    """One file; `submissions` in the order of its records."""
    layout, form = LAYOUTS[wave, path.name], read_form(wave)
    main = [_main_header(form, layout)]
    if layout.is_tagged:
        main.append([TAGS.get(header, "") for header in main[0]])
    for index, submission in enumerate(submissions, 1):
        main.append([*_main_row(submission, form, layout), index])
    if path.suffix == ".csv":
        _write_csv(path, main)
        return
    title = form.title
    sheet = title if len(title) <= LONGEST_SHEET else title[: LONGEST_SHEET - 3] + "..."
    write_workbook(path, {sheet: main, REPEAT: _repeat_rows(submissions, form, layout)})


def _write_csv(path: Path, rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerows(rows)


def _columns(question: Question, layout: Layout) -> list[str]:
    header = question.path if layout.has_groups else question.name
    is_split = question.is_multiple and layout.is_split
    return [header, *(f"{header}/{choice.name}" for choice in question.choices if is_split)]


def _main_header(form: Form, layout: Layout) -> list[object]:
    questions = [column for question in form.main() for column in _columns(question, layout)]
    return [*METADATA, *questions, *META, "_index"]


def _cells(question: Question, answers: dict[str, str], layout: Layout) -> list[object]:
    value = answers.get(question.name, "")
    if not (question.is_multiple and layout.is_split):
        return [value]
    chosen = value.split()
    return [value, *(str(int(c.name in chosen)) if value else "" for c in question.choices)]


def _main_row(submission: Submission, form: Form, layout: Layout) -> list[object]:
    return [
        submission.started.isoformat(timespec="milliseconds"),
        submission.ended.isoformat(timespec="milliseconds"),
        submission.started.date().isoformat(),
        *[cell for q in form.main() for cell in _cells(q, submission.answers, layout)],
        *_meta(submission),
    ]


def _meta(submission: Submission) -> list[object]:
    arrived = submission.submitted_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return [
        str(submission.number),
        submission.submission_id,
        arrived.isoformat(),
        "",
        "",
        "submitted_via_web",
        "",
        f"v{digest('form version', submission.wave)[:21]}",
        "",
        f"uuid:{submission.root_id}",
    ]


def _repeat_rows(submissions: list[Submission], form: Form, layout: Layout) -> list[list[object]]:
    questions = form.policy()
    header = [column for question in questions for column in _columns(question, layout)]
    copied = [f"_submission_{name}" for name in META]
    rows: list[list[object]] = [[*header, "_index", "_parent_table_name", "_parent_index", *copied]]
    for parent, submission in enumerate(submissions, 1):
        for policy in submission.policies:
            cells = [cell for q in questions for cell in _cells(q, policy, layout)]
            place = [len(rows), form.title, parent]
            rows.append([*cells, *place, *_meta(submission)])
    return rows
