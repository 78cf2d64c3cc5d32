"""The truth beside the data, for tests: what was meant, what was planted, what must come of it."""

from __future__ import annotations

from tests.demo.campaign import contradicted
from tests.demo.exports import TAGGED
from tests.demo.faults import Fault, Planted
from tests.demo.form import read_form
from tests.demo.respondents import Population
from tests.demo.submissions import VERDICT, Submission


def records(made: list[Submission], numbers: dict[int, int]) -> list[dict[str, str]]:
    """One row per record of a wave's files, in their order: its kind, verdict and reason."""
    wave, tagged = TAGGED
    rows = [_tag_row(wave, tagged)] if any(s.wave == wave for s in made) else []
    rows += [_place(s, numbers) | _record(s) for s in made]
    return sorted(rows, key=lambda row: (row["file"], int(row["record_number"])))


def _place(submission: Submission, numbers: dict[int, int]) -> dict[str, str]:
    return {
        "wave": submission.wave,
        "file": submission.file,
        "record_number": str(numbers[id(submission)]),
        "submission_id": submission.received_id,
        "root_id": submission.root_id if submission.tool in ("kobo", "odk") else "",
        "unit_id": submission.unit_id,
    }


def _record(submission: Submission) -> dict[str, str]:
    verdict, reason = VERDICT[submission.kind]
    return {
        "language": submission.language,
        "kind": submission.kind,
        "verdict": verdict,
        "reason": reason,
        "policies": str(len(submission.policies)),
    }


def _tag_row(wave: str, file: str) -> dict[str, str]:
    """The second header row, the one record that is no submission at all."""
    verdict, reason = VERDICT["second_header_row"]
    blank = dict.fromkeys(("submission_id", "root_id", "unit_id", "language"), "")
    said = {"kind": "second_header_row", "verdict": verdict, "reason": reason, "policies": "0"}
    return {"wave": wave, "file": file, "record_number": "1", **blank, **said}


def faults(
    planted: list[Planted], made: list[Submission], numbers: dict[int, int]
) -> list[dict[str, str]]:
    """One row per planted fault; `received` is the code where one is meant, line breaks are \\n."""
    found = list(planted)
    for submission in made:
        if submission.kind == "answer" and "n_pol" not in submission.answers:
            broken = Fault("broken_off", "", "", lambda *_: True, "")
            found.append(Planted(broken, submission, "", "nothing after section G"))
    for submission in contradicted([s for s in made if s.kind == "answer"]):
        register = Fault("survey_campaign", "hr_framework", "", lambda *_: True, "answered")
        received = submission.answers["hr_framework"]
        found.append(Planted(register, submission, "", received))
    rows = [_place(p.submission, numbers) | _fault(p) for p in found]
    return sorted(rows, key=lambda row: (row["kind"], row["file"], int(row["record_number"])))


def _fault(planted: Planted) -> dict[str, str]:
    fault, log = planted.fault, planted.log
    return {
        "row_id": planted.row_id,
        "question": fault.question,
        "kind": fault.kind,
        "received": planted.received.replace("\n", "\\n"),
        "state": fault.state,
        "code": fault.code,
        "log_value": log["new_value"] if log else "",
        "is_in_log": "1" if log else "0",
    }


def levels(population: Population) -> list[dict[str, str]]:
    """Latent level of each respondent of each wave."""
    return [
        {
            "wave": wave,
            "unit_id": respondent.unit.unit_id,
            "language": respondent.language,
            "publish": respondent.publish,
            "theta": f"{respondent.theta:.4f}",
        }
        for wave, respondents in population.waves.items()
        for respondent in respondents
    ]


def intended(made: list[Submission], wave: str) -> list[dict[str, str]]:
    """The answers meant, before anything was left out or planted: main form."""
    names = [question.name for question in read_form(wave).main()]
    return [
        {"unit_id": s.unit_id, **{name: s.intended.get(name, "") for name in names}}
        for s in made
        if s.kind == "answer"
    ]


def intended_policies(made: list[Submission], wave: str) -> list[dict[str, str]]:
    """The policies meant, in the order of the repeat."""
    names = [question.name for question in read_form(wave).policy()]
    return [
        {"unit_id": s.unit_id, "row_id": f"pol[{place}]", **{n: row.get(n, "") for n in names}}
        for s in made
        if s.kind == "answer"
        for place, row in enumerate(s.intended_policies, 1)
    ]
