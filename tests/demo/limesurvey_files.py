"""Records as LimeSurvey exports them: heading `code. text`, long answers in the language exported.

Its codes hold no underscore, its numbers ten decimals, a multiple choice is one column a choice.
What was not displayed is `N/A`; what was displayed and left empty is empty, in a multiple `No`.
The government and its country come with the link of the invitation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.demo.form import Question, read_form
from tests.demo.frame import Unit
from tests.demo.streams import digest
from tests.demo.submissions import Submission

LANGUAGE = "es"  # of the export, whatever the language of the answer
META = (
    "id. ID de respuesta", "submitdate. Fecha de envío", "lastpage. Última página",
    "startlanguage. Lenguaje inicial", "seed. Semilla", "startdate. Fecha de inicio",
    "datestamp. Fecha de la última acción",
)  # fmt: skip
COUNTRY = "País"  # a calculation has no label
NOT_DISPLAYED = "N/A"
PAGES = "ABCDEFGHIJKLM"
BOM = "\ufeff"


def write_export(path: Path, wave: str, submissions: list[Submission], _: dict[str, Unit]) -> None:
    """One file; the form of this tool asks how many policies, but has no repeat for them."""
    questions = read_form(wave).main()
    lines = [[*META, *(header for question in questions for header in _headers(question))]]
    for submission in submissions:
        cells = (cell for question in questions for cell in _cells(question, submission))
        lines.append([*_meta(submission), *cells])
    text = "".join(
        ";".join('"' + cell.replace('"', '""') + '"' for cell in line) + "\r\n" for line in lines
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((BOM + text + "\r\n").encode())


def _headers(question: Question) -> Iterator[str]:
    code = question.name.replace("_", "")
    text = COUNTRY if question.name == "country" else question.label[LANGUAGE]
    if not question.is_multiple:
        yield f"{code}. {text}"
        return
    for choice in question.choices:
        yield f"{code}[{choice.name.replace('_', '')}]. {text} [{choice.label[LANGUAGE]}]"


def _cells(question: Question, submission: Submission) -> Iterator[str]:
    value = submission.answers.get(question.name)
    if question.is_multiple:
        for choice in question.choices:
            chosen = value is not None and choice.name in value.split()
            yield NOT_DISPLAYED if value is None else "Sí" if chosen else "No"
    elif value is None:
        yield NOT_DISPLAYED
    elif question.type in {"integer", "decimal"} and value:
        yield f"{float(value):.10f}"
    else:
        yield question.text(value, LANGUAGE)


def _meta(submission: Submission) -> list[str]:
    """Who broke off has no date of submission."""
    is_whole = submission.kind == "refusal" or "n_pol" in submission.answers
    last = len(PAGES) if is_whole else PAGES.index("G") + 1
    sent = submission.submitted_at
    return [
        str(submission.number),
        _moment(sent) if is_whole else "",
        str(last),
        submission.language,
        str(int(digest("seed", submission.root_id)[:8], 16)),
        _moment(submission.started),
        _moment(sent),
    ]


def _moment(moment: datetime) -> str:
    """The clock of the server, without a zone."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
