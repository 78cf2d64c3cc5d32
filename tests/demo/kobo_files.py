"""Records as KoboToolbox exports: a few of the layouts that its users choose."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from tests.demo.form import METADATA, Form, Question, read_form
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
    """What an export looks like; `multiples`: both, summary (joined) or details (split)."""

    separator: str = "/"
    has_groups: bool = False
    multiples: str = "both"
    is_typed: bool = False
    is_zero_when_blank: bool = False  # 0 in every choice of a multiple left blank
    is_tagged: bool = False


LAYOUTS = {
    ("2023", "01_kobo.xlsx"): Layout(has_groups=True),
    ("2023", "02_kobo.csv"): Layout(multiples="summary"),
    ("2025", "01_kobo.xlsx"): Layout(),
    ("2025", "02_kobo.xlsx"): Layout(
        separator=".", has_groups=True, multiples="summary", is_typed=True
    ),
    ("2025", "03_kobo.xlsx"): Layout(separator="-", has_groups=True, is_zero_when_blank=True),
    ("2025", "04_kobo.csv"): Layout(multiples="details", is_tagged=True),
}


def write_export(path: Path, wave: str, submissions: list[Submission]) -> None:
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
    path = question.path.split("/") if layout.has_groups else [question.name]
    header = layout.separator.join(path)
    if not question.is_multiple:
        return [header]
    split = [f"{header}{layout.separator}{choice.name}" for choice in question.choices]
    return {"both": [header, *split], "summary": [header], "details": split}[layout.multiples]


def _main_header(form: Form, layout: Layout) -> list[object]:
    questions = [column for question in form.main() for column in _columns(question, layout)]
    return [*METADATA, *questions, *META, "_index"]


def _cells(question: Question, answers: dict[str, str], layout: Layout) -> list[object]:
    value = answers.get(question.name, "")
    if not question.is_multiple:
        return [_typed(question, value) if layout.is_typed else value]
    is_zero = layout.is_zero_when_blank and question.name in answers
    chosen = value.split()
    split = [
        str(int(choice.name in chosen)) if value or is_zero else "" for choice in question.choices
    ]
    return {"both": [value, *split], "summary": [value], "details": split}[layout.multiples]


def _typed(question: Question, value: str) -> object:
    kinds: dict[str, Callable[[str], object]] = {
        "integer": int,
        "decimal": float,
        "date": date.fromisoformat,
    }
    return kinds[question.type](value) if value and question.type in kinds else value


def _moment(moment: datetime, layout: Layout) -> object:
    if layout.is_typed:
        return moment.replace(tzinfo=None, microsecond=0)
    return moment.isoformat(timespec="milliseconds")


def _main_row(submission: Submission, form: Form, layout: Layout) -> list[object]:
    today = submission.started.date()
    return [
        _moment(submission.started, layout),
        _moment(submission.ended, layout),
        today if layout.is_typed else today.isoformat(),
        *[cell for q in form.main() for cell in _cells(q, submission.answers, layout)],
        *_meta(submission, layout),
    ]


def _meta(submission: Submission, layout: Layout) -> list[object]:
    arrived = submission.submitted_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return [
        submission.kobo_id if layout.is_typed else str(submission.kobo_id),
        submission.submission_id,
        arrived if layout.is_typed else arrived.isoformat(),
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
            rows.append([*cells, *place, *_meta(submission, layout)])
    return rows
