"""A survey folder, read whole: declarations, the questionnaire of each wave, the frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.ask.choices import nearest
from pipeline.ask.declarations import FILE, read_declarations
from pipeline.ask.frame_files import read_frame
from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.survey import LOCALES, Survey, Wave
from pipeline.ask.xlsform import REFUSES, parse_questionnaire
from pipeline.errors import Finding, Problem, RelevoError


def read_survey(folder: Path) -> Survey:
    """Read `schemas/<survey>/`; only the questionnaire must be there.

    Raises:
        RelevoError: everything that makes a survey unreadable (exit 10), all at once.
    """
    survey, findings = parse_survey(folder)
    if findings:
        raise RelevoError(findings)
    assert survey is not None  # without findings there is a survey
    return survey


def parse_survey(folder: Path) -> tuple[Survey | None, tuple[Finding, ...]]:
    """The survey as far as it can be read, and what refuses it."""
    declared, refused = read_declarations(folder)
    findings = list(refused)
    waves: tuple[Wave, ...] = declared.get("waves", (Wave(),))
    questionnaires: dict[str, Questionnaire] = {}
    for wave in waves:
        try:
            questionnaire = parse_questionnaire(folder / wave.questionnaire)
        except RelevoError as error:
            findings += [finding for finding in error.findings if finding not in findings]
            continue
        found = [one for one in questionnaire.findings if one.problem in REFUSES]
        findings += [finding for finding in found if finding not in findings]
        questionnaires[wave.id] = questionnaire
    if waves[-1].id not in questionnaires:
        return None, tuple(findings)
    survey = _survey(folder, declared, questionnaires)
    frame, wrong = read_frame(folder, survey.frame_files, _frame_columns(survey))
    invented = frame is not None and frame.is_invented
    survey = replace(survey, frame=frame, demonstration=survey.demonstration or invented)
    if frame is not None and "unit_id" in frame.units:
        survey = replace(survey, questionnaires=_with_units(survey))
    return survey, (*findings, *_unknown_questions(survey), *wrong)


def _survey(
    folder: Path, declared: dict[str, Any], questionnaires: dict[str, Questionnaire]
) -> Survey:
    """The declarations with the defaults that the form gives."""
    form = next(reversed(questionnaires.values()))
    survey = Survey(
        name=folder.resolve().name,
        folder=folder,
        **{"title": MappingProxyType({}), **declared},
        questionnaires=MappingProxyType(questionnaires),
    )
    briefs = survey.briefs
    if not briefs.group_kinds:
        briefs = replace(briefs, group_kinds=survey.groups.by)
    languages = survey.languages or tuple(code for code in form.languages if code in LOCALES)
    languages = languages or ("en",)  # a form in no language that relevo writes
    return replace(
        survey,
        title=MappingProxyType({**dict.fromkeys(languages, form.title), **survey.title}),
        briefs=briefs,
        languages=languages,
        locales=MappingProxyType({**LOCALES, **survey.locales}),
    )


def _with_units(survey: Survey) -> Mapping[str, Questionnaire]:
    """The units of the frame are the choices of the key question, whatever list the form has."""
    unit, file = survey.key.unit, survey.frame_files.file
    return MappingProxyType(
        {
            wave: replace(
                form,
                questions=tuple(
                    replace(q, list_name="", choices_file=q.choices_file or file)
                    if q.column == unit and q.type == "select_one"
                    else q
                    for q in form.questions
                ),
            )
            for wave, form in survey.questionnaires.items()
        }
    )


def _frame_columns(survey: Survey) -> list[str]:
    """Strata and groups that are no question must be columns of the frame."""
    asked = survey.questionnaire.by_column
    return [name for name in (*survey.design.strata, *survey.groups.by) if name not in asked]


def _unknown_questions(survey: Survey) -> list[Finding]:
    """What survey.toml says about questions that the form does not have."""
    asked = survey.questionnaire.by_column
    key = survey.key
    named = [
        ("key.unit", key.unit),
        ("key.consent.question", key.consent.question),
        ("key.publish.question", key.publish.question),
    ]
    if survey.frame_files.file == "":
        named += [("design.strata", name) for name in survey.design.strata]
        named += [("groups.by", name) for name in survey.groups.by]
    return [
        Finding(
            Problem.unknown_question,
            FILE,
            values={"place": place, "found": name, "nearest": nearest(name, list(asked))},
        )
        for place, name in named
        if name and name not in asked
    ]
