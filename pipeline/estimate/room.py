"""The room's order of work: read a wave, tabulate it, clear it, write it."""

from __future__ import annotations

import pandas as pd

from pipeline.ask import Survey
from pipeline.estimate.answers import WaveAnswers, read_wave
from pipeline.estimate.disclosure import clear
from pipeline.estimate.results import Item, Row, items, tabulate
from pipeline.estimate.units import ANSWER, UNIT, named_answers, unit_answers, units
from pipeline.store import TABLES, Work, write_table

TYPES = {"BIGINT": "Int64", "DOUBLE": "float64", "BOOLEAN": "bool"}


def estimate(survey: Survey, work: Work) -> None:
    """Estimate every wave from edit.*, and let out only what disclosure control clears.

    Writes estimate.result before control into the confidential file; estimate.unit and
    estimate.unit_answer into members; the cleared estimate.result, estimate.named_answer and
    estimate.wave into survey.

    Raises:
        RelevoError: an estimate is impossible (exit 13).
    """
    rows: list[Row] = []
    tabulated: list[Item] = []
    waves: list[WaveAnswers] = []
    about: list[Row] = []
    unit = [pd.DataFrame(columns=UNIT)]
    answer, named = [pd.DataFrame(columns=ANSWER)], [pd.DataFrame(columns=ANSWER)]
    for declared in survey.waves:
        wave = read_wave(survey, work, declared)
        waves.append(wave)
        found = list(items(survey, wave))
        rows += tabulate(survey, wave, found)
        tabulated += found
        state = units(work, wave)
        about.append(_about(survey, wave, state))
        if survey.unit_kind == "institution":
            unit.append(state)
            answer.append(unit_answers(wave))
            named.append(named_answers(survey, wave))
    write_table(work.confidential, "estimate.result", _frame(rows, "estimate.result"))
    write_table(work.members, "estimate.unit", pd.concat(unit))
    write_table(work.members, "estimate.unit_answer", pd.concat(answer))
    cleared = clear(survey, rows, tabulated, waves)
    write_table(work.survey, "estimate.result", _frame(cleared, "estimate.result"))
    write_table(work.survey, "estimate.named_answer", pd.concat(named))
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
