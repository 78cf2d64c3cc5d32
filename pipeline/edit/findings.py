"""edit.violation, for the house; edit.open_matter, what a government can be asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from pipeline.ask.questionnaire import Question
from pipeline.ask.survey import Survey
from pipeline.edit.grammar import MULTIPLES, NUMBERS
from pipeline.edit.identity import HAS_ISSUES
from pipeline.edit.wave import EditedWave, Section
from pipeline.errors import Problem

# Reasons for which a submission does not stand and its government can help.
ASKED_ABOUT = frozenset(
    problem.name
    for problem in (
        Problem.unknown_unit,
        Problem.not_a_member,
        Problem.country_mismatch,
        Problem.tie_of_answers,
        Problem.same_id_other_content,
    )
)
# What the house has to look up in its files or forms; a focal point cannot know.
OUR_OWN = frozenset(
    problem.name for problem in (Problem.extra_cell, Problem.rename_suggested, Problem.text_cut)
)
MATTER = ["wave", "unit_id", "submission_id", "row_id", "question", "code", "severity", "received"]
# A typed answer of these kinds can be repeated to the government; free text never is.
_REPEATED = NUMBERS | MULTIPLES | {"select_one", "date", "time", "datetime"}


def list_violations(
    survey: Survey, waves: Sequence[EditedWave], warnings: pd.DataFrame
) -> pd.DataFrame:
    """edit.violation: rules broken by answers that would stand, and doubts about whole answers.

    Args:
        survey: names the unit.
        waves: edited.
        warnings: collect.warning, what was seen when the files were read.
    """
    sections = [(wave, section) for wave in waves for section in wave.sections.values()]
    found = pd.concat(
        [_of_section(wave, section) for wave, section in sections]
        + [_of_reading(wave, section, warnings) for wave, section in sections]
        + [_of_units(survey, wave) for wave in waves]
        + [_of_reviews(survey, wave) for wave in waves]
    )
    order = ["wave", "record_id", "row_id", "question", "code"]
    found = found.sort_values(order, kind="stable", ignore_index=True)
    severity = {code: Problem[code].effect.value for code in found["code"].unique()}
    return found.assign(
        violation_id=range(1, len(found) + 1), severity=found["code"].map(severity).astype(str)
    )


def _of_reading(wave: EditedWave, section: Section, warnings: pd.DataFrame) -> pd.DataFrame:
    told = warnings[warnings["record_id"].isin(section.rows.index)]
    columns = {"record_id": "index", "question": "column"}
    return _violations(wave, section, told.rename(columns=columns))


def _of_section(wave: EditedWave, section: Section) -> pd.DataFrame:
    return _violations(wave, section, section.violations)


def _violations(wave: EditedWave, section: Section, found: pd.DataFrame) -> pd.DataFrame:
    rows = section.rows.loc[found["index"]]
    return pd.DataFrame(
        {
            "record_id": found["index"].to_numpy(),
            "wave": wave.wave.id,
            "submission_id": rows["submission_id"].to_numpy(),
            "row_id": rows["row_id"].to_numpy() if section.repeat else "",
            "question": found["column"].to_numpy(),
            "code": found["code"].to_numpy(),
        }
    )


def _of_units(survey: Survey, wave: EditedWave) -> pd.DataFrame:
    return _of_records(survey, wave, sorted(wave.several), Problem.two_answers)


def _of_reviews(survey: Survey, wave: EditedWave) -> pd.DataFrame:
    """Answers that stand, though the network noted in the survey tool that they have issues."""
    standing = wave.sections[""].rows
    doubted = standing.index[standing["review_state"] == HAS_ISSUES]
    return _of_records(survey, wave, sorted(doubted), Problem.review_has_issues)


def _of_records(
    survey: Survey, wave: EditedWave, records: list[int], problem: Problem
) -> pd.DataFrame:
    """What concerns a whole answer stands at the question that names the government."""
    return pd.DataFrame(
        {
            "record_id": records,
            "wave": wave.wave.id,
            "submission_id": wave.rows.loc[records, "submission_id"].to_numpy(),
            "row_id": "",
            "question": survey.key.unit,
            "code": problem.name,
        }
    )


def list_open_matters(
    survey: Survey, waves: Sequence[EditedWave], ledger: pd.DataFrame, violations: pd.DataFrame
) -> pd.DataFrame:
    """edit.open_matter: violations and quarantined submissions of named units, for a focal point.

    `received` repeats a number, date or code as it came; personal and free text stays out. A survey
    of persons has nobody to be asked: no answer of theirs leaves the confidential file.
    """
    named = ledger[ledger["unit_id"] != ""]
    units = dict(zip(named["submission_id"], named["unit_id"], strict=True))
    received = {
        (record, question): text
        for wave in waves
        for section in wave.sections.values()
        for record, question, text in _repeatable(wave, section)
    }
    violations = violations[~violations["code"].isin(OUR_OWN)]
    matters = violations.assign(
        unit_id=[units.get(name, "") for name in violations["submission_id"]],
        received=[
            received.get(cell, "")
            for cell in zip(violations["record_id"], violations["question"], strict=True)
        ],
    )
    stuck = ledger[ledger["reason"].isin(ASKED_ABOUT) & (ledger["repeat"] == "")]
    stuck = stuck.assign(
        row_id="", question=survey.key.unit, code=stuck["reason"], severity="error", received=""
    )
    matters = pd.concat([matters[MATTER], stuck[MATTER]])
    named = matters[(matters["unit_id"] != "") & (survey.unit_kind != "person")]
    return named.sort_values(MATTER[:6], kind="stable", ignore_index=True)


def _repeatable(wave: EditedWave, section: Section) -> Iterator[tuple[int, str, str]]:
    for record, column, _ in section.violations.itertuples(index=False):
        question = wave.questionnaire.by_column[column]
        text = section.received.loc[record, column]
        if isinstance(text, str) and _is_repeatable(question, text):
            yield record, column, text


def _is_repeatable(question: Question, text: str) -> bool:
    return question.type in _REPEATED and not question.pii and "@" not in text
