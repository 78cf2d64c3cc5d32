"""Everything that is wrong with a questionnaire and its declarations, told at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.ask.choices import nearest
from pipeline.ask.expression import ExpressionError, parse, references
from pipeline.ask.folder import parse_survey
from pipeline.ask.functions import quoted_codes
from pipeline.ask.questionnaire import Group, Labels, Question, Questionnaire
from pipeline.ask.rules import read_rules
from pipeline.ask.survey import Survey
from pipeline.errors import Finding, Problem

UNSCORED = frozenset({"", "context", "descriptive"})
# Their results come with the export: only the questions they name are looked at.
NOT_EVALUATED = ("calculation", "choice_filter", "repeat_count")
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
    return tuple(one for number, one in enumerate(found) if one not in found[:number])


def _check_form(questionnaire: Questionnaire, survey: Survey) -> Iterator[Finding]:
    yield from read_rules(questionnaire)[1]
    yield from _other_references(questionnaire)
    yield from _codes(questionnaire)
    yield from _scores(questionnaire)
    yield from _translations(questionnaire, survey)


def _other_references(questionnaire: Questionnaire) -> Iterator[Finding]:
    names = {question.name for question in questionnaire.questions}
    places: list[Question | Group] = [*questionnaire.groups, *questionnaire.questions]
    for at in places:
        for column in NOT_EVALUATED:
            for name in _names(getattr(at, column, "")):
                if name not in names and not name.startswith("../"):
                    yield _unknown(questionnaire, at.row, at.name, column, name)
    for question in questionnaire.questions:
        name = question.skip_excludes
        if name and name not in names:
            yield _unknown(questionnaire, question.row, question.name, "skip_excludes", name)


def _names(text: str) -> tuple[str, ...]:
    try:
        return references(parse(text)) if text else ()
    except ExpressionError:  # the rest of XPath is the form client's, not ours
        return ()


def _unknown(form: Questionnaire, row: int, at: str, column: str, name: str) -> Finding:
    close = nearest(name, [question.name for question in form.questions])
    values: dict[str, object] = {"column": column, "found": name, "nearest": close}
    return Finding(Problem.unknown_reference, form.file, "survey", row, at, values)


def _codes(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Codes in quotes that the question they are compared with can never have."""
    for column, at, rule in read_rules(questionnaire)[0]:
        for name, code in quoted_codes(rule.node) if rule.node else ():
            question = questionnaire.by_column[rule.columns[name]]
            codes = [choice.name for choice in questionnaire.choices_of(question)]
            if codes and code not in codes:
                values: dict[str, object] = {
                    "column": column,
                    "question": question.name,
                    "found": code,
                    "list": question.list_name,
                    "nearest": nearest(code, codes),
                }
                problem, file = Problem.unknown_code_in_rule, questionnaire.file
                yield Finding(problem, file, "survey", at.row, at.name, values)


def _scores(questionnaire: Questionnaire) -> Iterator[Finding]:
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
            bare = [name for name, labels in texts if labels and language not in labels]
            if bare:
                values: dict[str, object] = {"count": len(bare), "what": what, "found": _some(bare)}
                values["language"] = language or "the language without a name"
                problem, file = Problem.translation_missing, questionnaire.file
                yield Finding(problem, file, sheet, values=values)


def _translated(form: Questionnaire) -> Iterator[tuple[str, str, list[tuple[str, Labels]]]]:
    questions = form.questions
    named = [(one.name, one.labels) for one in form.groups]
    yield "labels", "survey", named + [(one.name, one.labels) for one in questions]
    yield "short titles", "survey", [(one.name, one.short) for one in questions]
    yield "hints", "survey", [(one.name, one.hints) for one in questions]
    yield "messages", "survey", [(one.name, one.constraint_message) for one in questions]
    choices = [choice for choices in form.choices.values() for choice in choices]
    yield "labels", "choices", [(f"{one.list_name}/{one.name}", one.labels) for one in choices]


def _some(names: list[str]) -> str:
    return ", ".join(names[:TOLD]) + (", …" if len(names) > TOLD else "")


def _declared_codes(survey: Survey) -> Iterator[Finding]:
    """Codes of [key] that are no choices of their question."""
    key, form = survey.key, survey.questionnaire
    for place, name, codes in (
        ("key.consent.refused", key.consent.question, key.consent.refused),
        ("key.publish.named", key.publish.question, key.publish.named),
    ):
        question = form.by_column.get(name)
        known = [choice.name for choice in form.choices_of(question)] if question else []
        for code in codes if known else ():
            if code not in known:
                values: dict[str, object] = {"place": place, "found": code, "question": name}
                values["nearest"] = nearest(code, known)
                yield Finding(Problem.declared_code_unknown, "survey.toml", values=values)
