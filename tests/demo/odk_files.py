"""Records as ODK Central exports them: a zip of the form's table and one for each repeat.

Groups are joined to a name by a hyphen, notes are columns, a row of a repeat knows its parent by
key. With multiples split every choice nobody ticked is 0, asked or not.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.demo.form import Form, Question, read_form
from tests.demo.frame import Unit
from tests.demo.streams import digest
from tests.demo.submissions import Submission
from tests.demo.workbook import BORN

FORM, REPEAT = "migration_policies", "L/pol"
TAIL = (
    "meta-instanceID", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent",
    "AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits", "FormVersion",
)  # fmt: skip


def write_export(path: Path, wave: str, submissions: list[Submission], _: dict[str, Unit]) -> None:
    """One archive; `submissions` in the order of its records."""
    form = read_form(wave)
    tables = {
        f"{FORM}.csv": _main(form, submissions),
        f"{FORM}-{REPEAT.rpartition('/')[2]}.csv": _repeat(form.policy(), submissions),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:  # stored: deflated bytes depend on the machine
        for name, rows in tables.items():
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            archive.writestr(zipfile.ZipInfo(name, BORN), text.getvalue().encode())


def _main(form: Form, submissions: Iterable[Submission]) -> Iterator[Sequence[str]]:
    by_path = {question.path: question for question in form.main()}
    fields = [path for path in form.fields if not path.startswith(f"{REPEAT}/")]
    header = ["SubmissionDate"]
    for path in fields:
        header += _columns(path.replace("/", "-"), by_path.get(path))
    yield [*header, *TAIL]
    for submission in submissions:
        said = submission.answers | _times(submission)
        row = [_instant(submission.submitted_at)]
        for path in fields:
            row += _cells(said.get(path.rpartition("/")[2], ""), by_path.get(path))
        yield [*row, *_tail(submission, form)]


def _repeat(
    questions: Sequence[Question], submissions: Iterable[Submission]
) -> Iterator[Sequence[str]]:
    header = [column for question in questions for column in _columns(question.name, question)]
    yield [*header, "PARENT_KEY", "KEY"]
    for submission in submissions:
        key = f"uuid:{submission.submission_id}"
        for place, policy in enumerate(submission.policies, 1):
            row = [c for q in questions for c in _cells(policy.get(q.name, ""), q)]
            yield [*row, key, f"{key}/{REPEAT}[{place}]"]


def _columns(header: str, question: Question | None) -> list[str]:
    choices = question.choices if question and question.is_multiple else ()
    return [header, *(f"{header}/{choice.name}" for choice in choices)]


def _cells(value: str, question: Question | None) -> list[str]:
    choices = question.choices if question and question.is_multiple else ()
    return [value, *(str(int(choice.name in value.split())) for choice in choices)]


def _times(submission: Submission) -> dict[str, str]:
    return {
        "start": submission.started.isoformat(timespec="milliseconds"),
        "end": submission.ended.isoformat(timespec="milliseconds"),
        "today": submission.started.date().isoformat(),
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _tail(submission: Submission, form: Form) -> list[str]:
    key, device = f"uuid:{submission.submission_id}", digest("device", submission.unit_id)[:16]
    rest = ("12", "equipo 1", "0", "0", "", "", f"collect:{device}", "0", form.version)
    return [key, key, *rest]
