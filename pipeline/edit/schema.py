"""The Pandera schema, derived from the questionnaire and never written a second time."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from duckdb import DuckDBPyRelation
from pandera.pandas import Check, Column

import pipeline.edit.checks  # noqa: F401  registers the checks
from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import MULTIPLES
from pipeline.edit.pandera_duckdb import RelationSchema, violations
from pipeline.errors import Problem

# Which grammar an answer of this type keeps; every other type is text.
GRAMMARS = {
    "integer": ("integer", Problem.not_an_integer),
    "decimal": ("decimal", Problem.not_a_decimal),
    "range": ("decimal", Problem.not_a_decimal),
    "date": ("date", Problem.not_a_date),
    "time": ("time", Problem.not_a_time),
    "datetime": ("datetime", Problem.not_a_time),
}


def schema(questionnaire: Questionnaire, repeat: str = "") -> RelationSchema:
    """What the answers of the main form ('') or of one repeat have to keep.

    It validates a frame of text, one row per submission or row of the repeat, one column per
    question, with the columns of ask's `rules_sql` beside them. The name under which a failing
    check is reported is the code of a `Problem`.
    """
    questions = questionnaire.answers(repeat)
    return RelationSchema(
        columns={
            question.column: Column(
                checks=list(_on_answers(questionnaire, question)), nullable=True, required=True
            )
            for question in questions
        },
        checks=[check for q in questions for check in _on_rows(questionnaire, q)],
        name=repeat or questionnaire.form_id,
    )


def _check(name: str, problem: Problem, **statistics: object) -> Check:
    check: Check = getattr(Check, name)(error=problem.name, **statistics)
    return check


def _on_answers(questionnaire: Questionnaire, question: Question) -> Iterator[Check]:
    if question.type in GRAMMARS:
        yield _check(*GRAMMARS[question.type])
    codes = sorted({choice.name for choice in questionnaire.choices_of(question)})
    if codes and question.type == "select_one":
        yield _check("choice", Problem.unknown_choice, codes=codes)
    if codes and question.type in MULTIPLES:
        yield _check("choices", Problem.unknown_choice, codes=codes)


def _on_rows(questionnaire: Questionnaire, question: Question) -> Iterator[Check]:
    column = question.column
    if question.required:
        rule = {"column": column, "expression": question.required}
        yield _check("required", Problem.required_unanswered, **rule)
    relevant = " and ".join(f"({text})" for text in conditions(questionnaire, question))
    if relevant:
        rule = {"column": column, "expression": relevant}
        yield _check("relevant", Problem.answered_not_asked, **rule)
        yield _check("judged", Problem.not_judged, **rule)
    if question.constraint:
        rule = {"column": column, "expression": question.constraint}
        yield _check("constraint", Problem.constraint_broken, **rule)
        yield _check("constraint_judged", Problem.not_judged, **rule)
    if question.warning:
        rule = {"column": column, "expression": question.warning}
        yield _check("plausible", Problem.implausible, **rule)
    if question.choice_filter and questionnaire.choices_of(question):
        rule = {"column": column, "expression": question.choice_filter}
        yield _check("offered", Problem.choice_not_offered, **rule)
        yield _check("offer_judged", Problem.not_judged, **rule)
    if question.type == "select_multiple":
        codes = sorted({choice.name for choice in questionnaire.choices_of(question)})
        yield _check("split", Problem.split_disagrees, column=column, codes=codes)


def conditions(questionnaire: Questionnaire, question: Question) -> tuple[str, ...]:
    """When a question is asked: the conditions of its groups from outside in, then its own."""
    groups = {group.path: group for group in questionnaire.groups}
    found = [question.relevant]
    path = question.group
    while path in groups:
        found.append(groups[path].relevant)
        path = groups[path].parent
    return tuple(text for text in reversed(found) if text)


def find_violations(
    questionnaire: Questionnaire, rows: pd.DataFrame | DuckDBPyRelation, repeat: str = ""
) -> pd.DataFrame:
    """Validate `rows` and give back what broke: columns index, column, code; no values.

    A relation names its rows by record_id.

    Raises:
        SchemaErrors: a failure that belongs to no row, such as a missing column: a fault of the
            caller, never of a respondent.
    """
    found = violations(schema(questionnaire, repeat), rows, "record_id")
    return found.rename(columns={"check": "code"})[["index", "column", "code"]]
