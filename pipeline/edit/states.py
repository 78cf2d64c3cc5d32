"""What every cell is: answered, set aside, or which kind of empty; and the values that stand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import MULTIPLES
from pipeline.errors import Effect, Problem

# The kinds a respondent says with a choice of the list; the code stays as the value, so that
# counts by choice show them, and the state says what it means.
SAID = frozenset({"dont_know", "refused", "not_applicable"})
ERRORS = frozenset(problem.name for problem in Problem if problem.effect is Effect.ERROR)
HELD = SAID | {"answered"}


def cell_states(
    questionnaire: Questionnaire, rows: pd.DataFrame, violations: pd.DataFrame, repeat: str = ""
) -> pd.DataFrame:
    """The state of every answer of `rows`, one column per question, same index.

    Args:
        questionnaire: of the wave.
        rows: cleaned text with the `asked:` columns beside it.
        violations: index, column, code; the errors among them set cells aside.
        repeat: whose questions to judge.
    """
    broken = violations[violations["code"].isin(ERRORS)]
    set_aside = broken.groupby("column")["index"].agg(set).to_dict()
    skipped = violations[violations["code"] == Problem.answered_not_asked.name]
    not_asked = skipped.groupby("column")["index"].agg(set).to_dict()
    return pd.DataFrame(
        {
            question.column: _states(
                questionnaire,
                question,
                rows,
                set_aside.get(question.column, set()),
                not_asked.get(question.column, set()),
            )
            for question in questionnaire.answers(repeat)
        },
        index=rows.index,
    )


def _states(
    questionnaire: Questionnaire,
    question: Question,
    rows: pd.DataFrame,
    set_aside: set[int],
    not_asked: set[int],
) -> pd.Series:
    """Later lines outrank earlier ones."""
    answers = rows[question.column].to_numpy("object")
    asked = rows[f"asked:{question.column}"].to_numpy("object")
    states = np.full(len(rows), "answered", dtype=object)
    for choice in questionnaire.choices_of(question):
        if choice.missing_kind in SAID:
            states[answers == choice.name] = choice.missing_kind
    states[rows.index.isin(set_aside)] = "set_aside"
    states[answers == ""] = "unanswered"
    # Blank, and whether it was asked hangs on a question that this export lacks.
    states[(answers == "") & pd.isna(asked)] = "absent"
    # An answer that only a set-aside one speaks against stands.
    states[(asked == False) & (answers == "")] = "not_asked"  # noqa: E712  element by element
    states[rows.index.isin(not_asked)] = "not_asked"
    states[pd.isna(answers)] = "absent"
    return pd.Series(states, rows.index)


def standing_values(
    questionnaire: Questionnaire, rows: pd.DataFrame, states: pd.DataFrame, repeat: str = ""
) -> pd.DataFrame:
    """The text of every answer that stands, and '0' or '1' for every choice of a multiple.

    A choice column is missing where the file has one, leaves it blank and filled others of the same
    question: that version of the form had no such choice.
    """
    values: dict[str, pd.Series] = {}
    for question in questionnaire.answers(repeat):
        held = states[question.column].isin(HELD)
        values[question.column] = rows[question.column].where(held)
        if question.type == "select_multiple":
            values |= _ticks(questionnaire, question, rows, held)
    return pd.DataFrame(values, index=rows.index)


def _ticks(
    questionnaire: Questionnaire, question: Question, rows: pd.DataFrame, held: pd.Series
) -> dict[str, pd.Series]:
    columns = choice_columns(questionnaire, question)
    beside = {c: rows[c].fillna("").to_numpy("object") for c in columns if c in rows}
    is_split = np.any([texts != "" for texts in beside.values()], axis=0) if beside else False
    chosen = [set(joined.split()) for joined in rows[question.column].fillna("")]
    ticks = {}
    for column, code in columns.items():
        tick = np.array(["1" if code in those else "0" for those in chosen], dtype=object)
        stands = held.to_numpy("bool")
        if column in beside:
            stands = stands & ~(is_split & (beside[column] == "") & (tick == "0"))
        tick[~stands] = None
        ticks[column] = pd.Series(tick, rows.index)
    return ticks


def choice_columns(questionnaire: Questionnaire, question: Question) -> dict[str, str]:
    """The 0/1 columns of a multiple, in the order of its list: column -> code."""
    if question.type not in MULTIPLES - {"rank"}:
        return {}
    return {
        f"{question.column}/{choice.name}": choice.name
        for choice in questionnaire.choices_of(question)
    }
