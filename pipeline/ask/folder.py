"""A survey folder, read whole: declarations, the questionnaire of each wave, the frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.ask.choices import nearest
from pipeline.ask.columns import read_columns
from pipeline.ask.declarations import FILE, read_declarations
from pipeline.ask.form_file import find_form
from pipeline.ask.frame_files import read_frame
from pipeline.ask.questionnaire import Choice, Question, Questionnaire
from pipeline.ask.released import read_released
from pipeline.ask.renames import read_renames
from pipeline.ask.survey import LOCALES, Survey, Wave
from pipeline.ask.xlsform import REFUSES, parse_questionnaire
from pipeline.errors import Finding, Problem, RelevoError

CODED = ("field", "row", "start", "end", "code", "coder")
ATTENDED = ("attending", "evidence")
REGISTRY = "registry.csv"  # made from the frame, so that the frame is read in its place
PLACES = ("iso2", "iso3", "country", "subdivision")  # columns of the frame: where a unit lies


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
            questionnaire = parse_questionnaire(find_form(folder, wave.questionnaire))
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
    columns, unmapped = read_columns(folder, questionnaires)
    survey = replace(
        survey,
        frame=frame,
        columns=columns,
        demonstration=survey.demonstration or invented,
    )
    if frame is not None and "unit_id" in frame.units:
        survey = replace(survey, questionnaires=_with_units(survey))
    renames, unfit = read_renames(folder, survey.questionnaires)
    released, unknown = read_released(folder, survey.questionnaires)
    survey = replace(survey, renames=renames, released=released)
    told = (*findings, *_unknown_questions(survey), *wrong, *unmapped, *unfit, *unknown)
    return survey, told


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
    units = _units(survey)
    return MappingProxyType(
        {
            wave: replace(
                _with_attending(_with_unit_list(form, unit, file), unit, units), units=units
            )
            for wave, form in survey.questionnaires.items()
        }
    )


def _with_unit_list(form: Questionnaire, unit: str, file: str) -> Questionnaire:
    """Without the list of the key question: registry.csv is made from the frame."""
    asked = form.by_column.get(unit)
    if asked is None or asked.type != "select_one":
        return form
    listed = replace(asked, list_name="", choices_file=asked.choices_file or file)
    questions = tuple(listed if q is asked else q for q in form.questions)
    in_files = {q.list_name for q in form.questions if q.choices_file}
    unused = in_files - {q.list_name for q in questions}
    return replace(
        form,
        questions=questions,
        choices=MappingProxyType({k: v for k, v in form.choices.items() if k not in unused}),
        findings=tuple(
            one
            for one in form.findings
            if not (one.problem is Problem.choices_file_unread and one.question == asked.name)
        ),
    )


def _with_attending(form: Questionnaire, unit: str, units: tuple[Choice, ...]) -> Questionnaire:
    """Questions beside the key that name units by registry.csv: their list is the frame."""

    def is_of_units(question: Question) -> bool:
        return question.choices_file == REGISTRY and question.column != unit

    if not any(map(is_of_units, form.questions)):
        return form
    listed = tuple(replace(choice, list_name=REGISTRY) for choice in units)
    return replace(
        form,
        questions=tuple(
            replace(q, list_name=REGISTRY) if is_of_units(q) else q for q in form.questions
        ),
        choices=MappingProxyType({**form.choices, REGISTRY: listed}),
        findings=tuple(f for f in form.findings if f.problem is not Problem.choices_file_unread),
    )


def _units(survey: Survey) -> tuple[Choice, ...]:
    """The rows of the frame: names in every language as labels, where they lie as `extra`."""
    assert survey.frame is not None
    units = survey.frame.units
    names = [name for name in units.columns if name.startswith("name_")]
    places = [name for name in PLACES if name in units]
    return tuple(
        Choice(
            "",
            row["unit_id"],
            {name: row[name] for name in names if row[name]},
            extra={name: row[name] for name in places if row[name]},
        )
        for row in units.to_dict("records")
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
        *(
            (f"{table}.{part}", getattr(declared, part))
            for table, declared, parts in (
                ("register", survey.register, ("state", "date")),
                ("register.outcome", survey.register.outcome, ("question", "date", "evidence")),
                ("action", survey.action, ("title", "line", "date", "status", *ATTENDED)),
                ("coding", survey.coding, CODED),
                ("quote", survey.quote, ("question", "office", "language")),
                ("peers", survey.peers, ("offer", "learn")),
            )
            for part in parts
        ),
        *((f"same_fact.{name}", name) for name in survey.same_fact),
        *(("coding.leading", name) for name in survey.coding.leading),
        *(("peers.alike", name) for name in survey.peers.alike),
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
