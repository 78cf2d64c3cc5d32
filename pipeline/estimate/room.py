"""The room's order of work: read a wave, tabulate it, clear it, write it."""

from __future__ import annotations

import pandas as pd

from pipeline.ask import Survey
from pipeline.estimate.answers import WaveAnswers, read_wave
from pipeline.estimate.audit import audit
from pipeline.estimate.disclosure import clear, with_changes
from pipeline.estimate.index import (
    SCORE,
    named_scores,
    score_questions,
    unit_scores,
    wave_scores,
)
from pipeline.estimate.results import Item, Row, items, tabulate
from pipeline.estimate.units import ANSWER, UNIT, named_answers, unit_answers, units
from pipeline.estimate.waves import changes
from pipeline.store import TABLES, Work, write_table

TYPES = {"BIGINT": "Int64", "DOUBLE": "float64", "BOOLEAN": "bool"}


def estimate(survey: Survey, work: Work) -> None:
    """Estimate every wave from edit.*, and let out only what disclosure control clears.

    Writes estimate.result before control into the confidential file; estimate.unit,
    estimate.unit_answer and estimate.unit_score into members; the cleared estimate.result,
    estimate.named_answer, estimate.named_score and estimate.wave into survey.

    Raises:
        RelevoError: an estimate is impossible (exit 13), or disclosure_audit_failed (exit 15).
    """
    rows: list[Row] = []
    tabulated: list[Item] = []
    waves: list[WaveAnswers] = []
    before: list[Item] = []
    about: list[Row] = []
    unit = [pd.DataFrame(columns=UNIT)]
    answer, named = [pd.DataFrame(columns=ANSWER)], [pd.DataFrame(columns=ANSWER)]
    score, named_score = [pd.DataFrame(columns=SCORE)], [pd.DataFrame(columns=SCORE)]
    for declared in survey.waves:
        wave = read_wave(survey, work, declared)
        questions, scores = list(items(survey, wave)), wave_scores(survey, wave)
        found = [*questions, *score_questions(survey, scores)]
        rows += tabulate(survey, wave, found)
        if waves:
            rows += changes(survey, waves[-1], before, questions)
        waves.append(wave)
        before = questions
        tabulated += found
        state = units(work, wave)
        about.append(_about(survey, wave, state))
        if survey.unit_kind == "institution":
            unit.append(state)
            answer.append(unit_answers(wave))
            named.append(named_answers(survey, wave))
            score.append(unit_scores(scores))
            named_score.append(named_scores(scores, score[-1]))
    write_table(work.confidential, "estimate.result", _frame(rows, "estimate.result"))
    write_table(work.members, "estimate.unit", pd.concat(unit))
    write_table(work.members, "estimate.unit_answer", pd.concat(answer))
    write_table(work.members, "estimate.unit_score", pd.concat(score))
    cleared = clear(survey, rows, tabulated, waves)
    beside_names = pd.concat(named)
    asked = [item for item in tabulated if not item.is_score]
    within = [row for row in cleared if not row["versus_wave"]]
    audited = audit(survey, within, asked, waves, beside_names, work.published).rows
    left = with_changes(cleared, audited)
    write_table(work.survey, "estimate.result", _frame(left, "estimate.result"))
    write_table(work.survey, "estimate.named_answer", beside_names)
    write_table(work.survey, "estimate.named_score", pd.concat(named_score))
    write_table(work.survey, "estimate.wave", _frame(about, "estimate.wave"))


def _frame(rows: list[Row], table: str) -> pd.DataFrame:
    """Rows as a typed table; what is not a number is empty."""
    columns = {}
    for column in TABLES[table].split(","):
        name, kind = column.split()
        values = [row.get(name) for row in rows]
        columns[name] = pd.Series(values, dtype=TYPES.get(kind, "object"))
    return pd.DataFrame(columns)


def _about(survey: Survey, wave: WaveAnswers, state: pd.DataFrame) -> Row:
    """Date of the data and how many of the members answered."""
    network = wave.groups[0]
    return {
        "wave": wave.wave.id,
        "opens": wave.wave.opens,
        "closes": wave.wave.closes,
        "as_of": wave.as_of,
        "state": wave.wave.state,
        "selection": survey.design.selection,
        "population": network.population,
        "covered": network.covered,
        "responses": len(wave.responses),
        "partial": int((state["state"] == "partial").sum()),
        "refused": int((state["state"] == "refused").sum()),
        "named": int(wave.known.sum()),
    }
