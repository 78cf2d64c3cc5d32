"""Everything that is wrong with a questionnaire and its declarations, told at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.ask.choices import nearest
from pipeline.ask.doubts import doubts
from pipeline.ask.folder import parse_survey
from pipeline.ask.questionnaire import Labels, Questionnaire
from pipeline.ask.rule_reader import read_rules
from pipeline.ask.rules import RULE_COLUMNS
from pipeline.ask.scores import UNSCORED, score_rules
from pipeline.ask.survey import Survey
from pipeline.errors import Finding, Problem

# Their results come with the export: only the questions they name are looked at.
NOT_EVALUATED = ("calculation", "repeat_count")
NAMELESS = "the language without a name"
TOLD = 5  # names listed before the rest is only counted


def check(folder: Path) -> tuple[Finding, ...]:
    """What is wrong with a survey folder, before anyone goes to the field.

    Returns:
        Findings with sheet, row and remedy. Those whose effect is an Exit have to be corrected;
        Effect.WARNING tells what is odd.
    """
    survey, refused = parse_survey(folder)
    found = [*refused]
    if survey is not None:
        for questionnaire in survey.questionnaires.values():
            found += [*questionnaire.findings, *_check_form(questionnaire, survey)]
        found += _declared_codes(survey)
    return tuple({(one.problem, str(one)): one for one in found}.values())


def _check_form(questionnaire: Questionnaire, survey: Survey) -> Iterator[Finding]:
    yield from read_rules(questionnaire, RULE_COLUMNS)[1]
    yield from _other_references(questionnaire)
    yield from doubts(questionnaire)
    yield from _scores(questionnaire)
    yield from _translations(questionnaire, survey)


def _other_references(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Unknown names where nothing is evaluated."""
    found = read_rules(questionnaire, NOT_EVALUATED)[1]
    yield from (one for one in found if one.problem is Problem.unknown_reference)
    names = {question.name for question in questionnaire.questions}
    for question in questionnaire.questions:
        name = question.skip_excludes
        if name and name not in names:
            values: dict[str, object] = {"column": "skip_excludes", "found": name}
            values["nearest"] = nearest(name, sorted(names))
            problem, file, row = Problem.unknown_reference, questionnaire.file, question.row
            yield Finding(problem, file, "survey", row, question.name, values)


def _scores(questionnaire: Questionnaire) -> Iterator[Finding]:
    yield from score_rules(questionnaire)[1]
    for question in questionnaire.questions:
        choices = questionnaire.choices_of(question) if question.score not in UNSCORED else ()
        bare = [c.name for c in choices if c.score is None and not c.missing_kind]
        if bare:
            values: dict[str, object] = {"found": _some(bare), "list": question.list_name}
            file, row = questionnaire.file, question.row
            yield Finding(Problem.score_missing, file, "survey", row, question.name, values)


def _translations(questionnaire: Questionnaire, survey: Survey) -> Iterator[Finding]:
    """One line for each language and kind of text that is missing something."""
    if questionnaire.languages == ("",):
        return  # a form in one language that it does not name
    languages = dict.fromkeys((*questionnaire.languages, *survey.languages))
    for what, sheet, texts in _translated(questionnaire):
        for language in languages:
            bare = {name: ls for name, ls in texts if ls and language not in ls}
            if bare:
                order = questionnaire.languages
                instead = {
                    next(one for one in (*order, *labels) if one in labels): None
                    for labels in bare.values()
                }
                values: dict[str, object] = {
                    "count": len(bare),
                    "what": what,
                    "found": _some(list(bare)),
                    "language": language or NAMELESS,
                    "instead": ", ".join(f"'{one or NAMELESS}'" for one in instead),
                }
                problem, file = Problem.translation_missing, questionnaire.file
                yield Finding(problem, file, sheet, values=values)


def _translated(form: Questionnaire) -> Iterator[tuple[str, str, list[tuple[str, Labels]]]]:
    questions = [one for one in form.questions if one.row]  # 0: made by or_other
    named = [(one.name, one.labels) for one in form.groups]
    yield "labels", "survey", named + [(one.name, one.labels) for one in questions]
    yield "short titles", "survey", [(one.name, one.short) for one in questions]
    yield "hints", "survey", [(one.name, one.hints) for one in questions]
    yield "messages", "survey", [(one.name, one.constraint_message) for one in questions]
    yield "warning messages", "survey", [(one.name, one.warning_message) for one in questions]
    choices = [one for choices in form.choices.values() for one in choices if one.row]
    yield "labels", "choices", [(f"{one.list_name}/{one.name}", one.labels) for one in choices]


def _some(names: list[str]) -> str:
    return ", ".join(names[:TOLD]) + (", …" if len(names) > TOLD else "")


def _declared_codes(survey: Survey) -> Iterator[Finding]:
    """Codes of the declarations that are no choices of their question."""
    key, register, form = survey.key, survey.register, survey.questionnaire
    for place, name, codes in (
        ("key.consent.refused", key.consent.question, key.consent.refused),
        ("key.publish.named", key.publish.question, key.publish.named),
        ("register.moves", register.state, (*register.steps, *register.ends)),
        ("register.counted", register.state, register.counted),
        ("register.outcome.reached", register.outcome.question, register.outcome.reached),
        ("action.held", survey.action.status, survey.action.held),
        ("quote.named", survey.quote.question, (*survey.quote.named, *survey.quote.unnamed)),
    ):
        question = form.by_column.get(name)
        known = [choice.name for choice in form.choices_of(question)] if question else []
        for code in codes if known else ():
            if code not in known:
                values: dict[str, object] = {"place": place, "found": code, "question": name}
                values["nearest"] = nearest(code, known)
                yield Finding(Problem.declared_code_unknown, "survey.toml", values=values)
