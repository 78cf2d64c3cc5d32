"""What a government leaves out: item nonresponse, by question, higher towards the end."""

from __future__ import annotations

from collections.abc import Mapping

from tests.demo.form import Question, is_asked, read_form
from tests.demo.streams import Stream

HEAVY = {"budget_pct": 0.35, "complaints_n": 0.30, "foreign_pct": 0.20, "staff_fte": 0.15}
OPTIONAL_POLICY = {"pol_link": 0.12, "pol_reach": 0.10}
NEVER = {  # without these a record would be another case of the demonstration
    "city_id", "country", "consent", "consent_publish", "resp_email", "competences", "n_pol",
    "pol_name", "pol_newright", "pol_share",
}  # fmt: skip
# Shares before the factor of the section (1 in A to 2 in M), so that of all asked cells about
# 5.0 % are without answer, 2.5 % do not know and 0.5 % refused.
UNANSWERED, DONT_KNOW, REFUSED = 0.0125, 0.037, 0.094
SECTIONS = "ABCDEFGHIJKLM"


def leave_out(
    question: Question, intended: str, wave: str, unit_id: str, row: int | None = None
) -> str:
    """The answer received for a question that was asked."""
    if question.name in NEVER:
        return intended
    stream = Stream(unit_id, wave, "nonresponse", question.name, row or "")
    factor = 1 + SECTIONS.index(question.section) / 12
    heavy = HEAVY.get(question.name) or OPTIONAL_POLICY.get(question.name)
    if heavy is not None:
        return "" if stream.happens(heavy) else intended
    if question.codes("refused") and stream.happens(REFUSED * factor):
        return question.codes("refused")[0]
    if stream.happens(DONT_KNOW * factor):
        return (question.codes("dont_know") or ("",))[0]
    return "" if stream.happens(UNANSWERED * factor) else intended


def received_answers(intended: Mapping[str, str], wave: str, unit_id: str) -> dict[str, str]:
    """Main form: a gate left out leaves out what hangs on it."""
    received: dict[str, str] = {}
    for question in read_form(wave).main():
        if question.name in intended and is_asked(question, received):
            received[question.name] = leave_out(question, intended[question.name], wave, unit_id)
    return received


def received_policies(
    intended: list[dict[str, str]], answers: Mapping[str, str], wave: str, unit_id: str
) -> list[dict[str, str]]:
    """Rows of the repeat; `answers` are the received ones of the main form."""
    rows = []
    for position, policy in enumerate(intended, 1):
        row: dict[str, str] = {}
        for question in read_form(wave).policy():
            if question.name in policy and is_asked(question, {**answers, **row}):
                value = policy[question.name]
                row[question.name] = leave_out(question, value, wave, unit_id, position)
        rows.append(row)
    return rows


def break_off(answers: dict[str, str], wave: str, last_section: str = "G") -> None:
    """Nothing after a section."""
    for question in read_form(wave).main():
        if question.section > last_section:
            answers.pop(question.name, None)
