"""Answers of a frame as the schema validates them: for a notebook, without a survey's folder."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd

from pipeline.ask import rules_sql
from pipeline.ask.questionnaire import Questionnaire
from pipeline.edit.grammar import clean


def prepare(questionnaire: Questionnaire, frame: pd.DataFrame) -> pd.DataFrame:
    """The answers to the main form, cleaned, with ask's rules beside them.

    A question without a column was not in the export: its cells are missing, not blank. A column
    that is no question's is left out. Fractions with a comma and days as numbers stay as they are:
    how a file writes is told by whole files, when `relevo collect` reads them.

    Args:
        questionnaire: whose schema is to judge the frame.
        frame: one row per submission, of text (`pandas.read_csv(..., dtype=str)`); its columns are
            questions by name or path (`group/question`), and `question/choice` beside a multiple.

    Returns:
        The same rows under the same index: a column per question, those of its choices, and the
        columns of ask's `rules_sql`, as `schema` and `find_violations` read them.
    """
    texts = {column: frame[header] for header, column in _columns(questionnaire, frame)}
    answers = pd.DataFrame(index=range(len(frame)))
    for question in questionnaire.questions:
        column = question.column
        if question.repeat:
            continue
        if column in texts:
            received = texts[column].fillna("").astype("str").set_axis(answers.index)
            answers[column] = clean(questionnaire, question, received)
        else:
            answers[column] = pd.Series(None, answers.index, "str")
    for column in texts.keys() - set(answers):
        answers[column] = texts[column].fillna("").astype("str").str.strip().to_numpy()
    judged = pd.concat([answers, _judged(questionnaire, answers)], axis=1)
    return judged.set_axis(frame.index)


def _columns(questionnaire: Questionnaire, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Header and column of what the form knows."""
    questions = [question for question in questionnaire.questions if not question.repeat]
    known = {name: q for q in questions for name in (q.name, q.path, q.column)}
    for header in frame.columns:
        name, _, choice = str(header).rpartition("/")
        if header in known:
            yield header, known[header].column
        elif name in known and choice in {c.name for c in questionnaire.choices_of(known[name])}:
            yield header, f"{known[name].column}/{choice}"


def _judged(questionnaire: Questionnaire, answers: pd.DataFrame) -> pd.DataFrame:
    """True, False and None as they are: comparing them with == is then plain."""
    with duckdb.connect() as con:
        con.register("received", answers.rename_axis("record_id").reset_index())
        # the day of a submission is told by a file, so what a rule asks of today is not judged
        con.execute("CREATE VIEW answers AS SELECT *, NULL::DATE AS submitted_on FROM received")
        found = con.execute(rules_sql(questionnaire, {"": "answers"}, set(map(str, answers)), ""))
        names = [name for name, *_ in found.description or ()]
        said = pd.DataFrame(found.fetchall(), columns=pd.Index(names), dtype="object")
    return said.set_index(said.pop("record_id").astype("int64")).reindex(answers.index)
