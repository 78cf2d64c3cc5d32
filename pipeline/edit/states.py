"""What every cell is: answered, set aside, or which kind of empty; and the values that stand."""

from __future__ import annotations

import pandas as pd

from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import MULTIPLES
from pipeline.errors import Effect, Problem

# The kinds a respondent says with a choice of the list; the code stays as the value, so that
# counts by choice show them, and the state says what it means.
SAID = frozenset({"dont_know", "refused", "not_applicable"})
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
    broken = violations[violations["code"].map(sets_aside)]
    set_aside = broken.groupby("column")["index"].agg(set).to_dict()
    return pd.DataFrame(
        {
            question.column: _states(
                questionnaire, question, rows, set_aside.get(question.column, set())
            )
            for question in questionnaire.answers(repeat)
        },
        index=rows.index,
        dtype=str,
    )


def sets_aside(code: str) -> bool:
    """Whether a violation of this code takes the cell out."""
    return Problem[code].effect is Effect.ERROR


def _states(
    questionnaire: Questionnaire, question: Question, rows: pd.DataFrame, set_aside: set[int]
) -> pd.Series:
    """Later lines outrank earlier ones."""
    answers, asked = rows[question.column], rows[f"asked:{question.column}"]
    kinds = {choice.name: choice.missing_kind for choice in questionnaire.choices_of(question)}
    said = answers.map({code: kind for code, kind in kinds.items() if kind in SAID})
    states = said.astype("str").fillna("answered")
    states = states.mask(rows.index.isin(set_aside), "set_aside")
    states = states.mask(answers == "", "unanswered")
    # Blank, and whether it was asked hangs on a question that this export lacks.
    states = states.mask((answers == "") & asked.isna(), "absent")
    states = states.mask(asked == False, "not_asked")  # noqa: E712  a missing one is not False
    return states.mask(answers.isna(), "absent")


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
    beside = rows[[column for column in columns if column in rows]]
    is_split = (beside.fillna("") != "").any(axis=1)
    joined = " " + rows[question.column].fillna("") + " "
    ticks = {}
    for column, code in columns.items():
        chosen = joined.str.contains(f" {code} ", regex=False)
        stands = held & ~(is_split & (beside[column] == "") & ~chosen) if column in beside else held
        ticks[column] = chosen.map({True: "1", False: "0"}).where(stands)
    return ticks


def choice_columns(questionnaire: Questionnaire, question: Question) -> dict[str, str]:
    """The 0/1 columns of a multiple, in the order of its list: column -> code."""
    if question.type not in MULTIPLES - {"rank"}:
        return {}
    return {
        f"{question.column}/{choice.name}": choice.name
        for choice in questionnaire.choices_of(question)
    }
