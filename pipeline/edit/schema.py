"""The Pandera schema, derived from the questionnaire and never written a second time."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from pandera.errors import SchemaErrors
from pandera.pandas import Check, Column, DataFrameSchema

import pipeline.edit.checks  # noqa: F401  registers the checks
from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import MULTIPLES
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


def schema(questionnaire: Questionnaire, repeat: str = "") -> DataFrameSchema:
    """What the answers of the main form ('') or of one repeat have to keep.

    It validates a frame of text, one row per submission or row of the repeat, one column per
    question, with ask's `asked:`, `required:` and `constraint:` columns beside them. The name under
    which a failing check is reported is the code of a `Problem`.
    """
    questions = questionnaire.answers(repeat)
    return DataFrameSchema(
        columns={
            question.column: Column(
                checks=list(_on_answers(questionnaire, question)), nullable=True, required=True
            )
            for question in questions
        },
        checks=[check for q in questions for check in _on_rows(questionnaire, q)],
        name=repeat or questionnaire.form_id,
    )


def _on_answers(questionnaire: Questionnaire, question: Question) -> Iterator[Check]:
    if question.type in GRAMMARS:
        name, problem = GRAMMARS[question.type]
        yield getattr(Check, name)(error=problem.name)
    codes = sorted({choice.name for choice in questionnaire.choices_of(question)})
    if codes and question.type == "select_one":
        yield Check.choice(codes=codes, error=Problem.unknown_choice.name)
    if codes and question.type in MULTIPLES:
        yield Check.choices(codes=codes, error=Problem.unknown_choice.name)


def _on_rows(questionnaire: Questionnaire, question: Question) -> Iterator[Check]:
    column, name = question.column, Problem
    if question.required:
        yield Check.required(
            column=column, expression=question.required, error=name.required_unanswered.name
        )
    relevant = " and ".join(f"({text})" for text in conditions(questionnaire, question))
    if relevant:
        yield Check.relevant(
            column=column, expression=relevant, error=name.answered_not_asked.name
        )
        yield Check.judged(column=column, expression=relevant, error=name.not_judged.name)
    if question.constraint:
        text = question.constraint
        yield Check.constraint(column=column, expression=text, error=name.constraint_broken.name)
        yield Check.constraint_judged(column=column, expression=text, error=name.not_judged.name)
    if question.type == "select_multiple":
        codes = sorted({choice.name for choice in questionnaire.choices_of(question)})
        yield Check.split(column=column, codes=codes, error=name.split_disagrees.name)


def conditions(questionnaire: Questionnaire, question: Question) -> tuple[str, ...]:
    """The conditions under which a question is asked: of its groups from outside in, then its own.
    """
    groups = {group.path: group for group in questionnaire.groups}
    found = [question.relevant]
    path = question.group
    while path in groups:
        found.append(groups[path].relevant)
        path = groups[path].parent
    return tuple(text for text in reversed(found) if text)


def find_violations(
    questionnaire: Questionnaire, rows: pd.DataFrame, repeat: str = ""
) -> pd.DataFrame:
    """Validate `rows` and give back what broke: columns index, column, code; no values.

    Raises:
        SchemaErrors: a failure that belongs to no row, such as a missing column: a fault of the
            caller, never of a respondent.
    """
    try:
        schema(questionnaire, repeat).validate(rows, lazy=True)
    except SchemaErrors as errors:
        failures = errors.failure_cases
        if failures["index"].isna().any():
            raise
        return failures.rename(columns={"check": "code"})[["index", "column", "code"]].reset_index(
            drop=True
        )
    return pd.DataFrame(columns=["index", "column", "code"])
