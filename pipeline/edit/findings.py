"""edit.violation, for the house; edit.open_matter, what a government can be asked about."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from pipeline.ask.survey import Survey
from pipeline.edit.grammar import MULTIPLES, NUMBERS
from pipeline.edit.identity import HAS_ISSUES
from pipeline.edit.sheets import standing
from pipeline.edit.wave import EditedWave
from pipeline.errors import Problem
from pipeline.store import literal

# Reasons for which a submission does not stand and its government can help.
ASKED_ABOUT = frozenset(
    problem.name
    for problem in (
        Problem.unknown_unit,
        Problem.not_a_member,
        Problem.country_mismatch,
        Problem.tie_of_answers,
        Problem.same_id_other_content,
    )
)
OF_WHOLE = frozenset({Problem.two_answers.name, Problem.review_has_issues.name})
# What the house has to look up in its files or forms, or knows already.
OUR_OWN = frozenset(
    problem.name
    for problem in (
        Problem.extra_cell,
        Problem.rename_suggested,
        Problem.text_cut,
        Problem.after_deadline,
    )
)
MATTER = ["wave", "unit_id", "submission_id", "row_id", "question", "code", "severity", "received"]
# A typed answer of these kinds can be repeated to the government; free text never is.
_REPEATED = NUMBERS | MULTIPLES | {"select_one", "date", "time", "datetime"}


def list_violations(
    con: duckdb.DuckDBPyConnection, survey: Survey, waves: Sequence[EditedWave]
) -> pd.DataFrame:
    """edit.violation: rules broken by answers that would stand, and doubts about whole answers.

    Args:
        con: with collect.warning, what was seen when the files were read.
        survey: names the unit.
        waves: edited.
    """
    parts = []
    for wave in waves:
        parts += [located(con, wave, found) for found in wave.violations]
        parts += [located(con, wave, found) for found in _of_reading(con, wave)]
        doubts = {Problem.two_answers: wave.several, Problem.review_has_issues: _doubted(con, wave)}
        for problem, records in doubts.items():
            # What concerns a whole answer stands at the question that names the government.
            cells = {"repeat": "", "index": records, "column": survey.key.unit}
            parts.append(located(con, wave, pd.DataFrame({**cells, "code": problem.name})))
    found = pd.concat(parts)
    order = ["wave", "record_id", "row_id", "question", "code"]
    found = found.sort_values(order, kind="stable", ignore_index=True)
    severity = {code: Problem[code].effect.value for code in found["code"].unique()}
    return found.assign(
        violation_id=range(1, len(found) + 1), severity=found["code"].map(severity).astype(str)
    )


def located(con: duckdb.DuckDBPyConnection, wave: EditedWave, found: pd.DataFrame) -> pd.DataFrame:
    """Cells of one level (repeat, index, column, code) with their submission and row."""
    repeat = found["repeat"].iloc[0] if len(found) else ""
    row_id = "row_id" if repeat else "''"
    con.register("incoming", found)
    sql = f"""SELECT record_id, wave, submission_id, {row_id} AS row_id, "column" AS question, code
              FROM incoming JOIN {wave.sheets.tables[repeat]} ON record_id = "index" """
    cells = con.execute(sql).df()
    con.unregister("incoming")
    return cells


def _of_reading(con: duckdb.DuckDBPyConnection, wave: EditedWave) -> Iterator[pd.DataFrame]:
    for repeat in wave.sheets.repeats:
        sql = f"""SELECT {literal(repeat)} AS repeat, record_id AS "index",
                  question AS "column", code
                  FROM collect.warning JOIN {wave.sheets.tables[repeat]} USING (record_id)
                  WHERE {wave.sheets.whole} AND {standing(repeat)}"""
        yield con.execute(sql).df()


def _doubted(con: duckdb.DuckDBPyConnection, wave: EditedWave) -> list[int]:
    """Answers that stand, though the network noted in the survey tool that they have issues."""
    sql = f"""SELECT record_id FROM collect.submission
              WHERE review_state = '{HAS_ISSUES}' AND {wave.sheets.whole} AND {standing("")}"""
    return [record for (record,) in con.execute(sql).fetchall()]


def list_open_matters(
    con: duckdb.DuckDBPyConnection,
    survey: Survey,
    waves: Sequence[EditedWave],
    violations: pd.DataFrame,
    confirmed: Container[tuple[str, str]] = frozenset(),
) -> pd.DataFrame:
    """edit.open_matter: violations and quarantined submissions of named units, for a focal point.

    `received` repeats a number, date or code as it came; personal and free text stays out. Of an
    answer as a whole it is the day. What a `none` line of the log settled is not asked again. A
    survey of persons has nobody to be asked: no answer of theirs leaves the confidential file.
    """
    if survey.unit_kind == "person":
        return pd.DataFrame(columns=MATTER)
    ledger = con.execute("FROM edit.ledger WHERE unit_id <> '' ORDER BY record_id").df()
    units = dict(zip(ledger["submission_id"], ledger["unit_id"], strict=True))
    received = {
        (record, question): text
        for wave in waves
        for found in wave.violations
        for record, question, text in _repeatable(con, wave, found)
    }
    received |= _days(survey, ledger, violations)
    violations = violations[~violations["code"].isin(OUR_OWN)]
    settled = np.fromiter(_settled(violations, confirmed), dtype=bool, count=len(violations))
    violations = violations[~settled]
    matters = violations.assign(
        unit_id=[units.get(name, "") for name in violations["submission_id"]],
        received=[
            received.get(cell, "")
            for cell in zip(violations["record_id"], violations["question"], strict=True)
        ],
    )
    stuck = ledger[ledger["reason"].isin(ASKED_ABOUT) & (ledger["repeat"] == "")]
    stuck = stuck.assign(
        row_id="", question=survey.key.unit, code=stuck["reason"], severity="error"
    ).assign(received=stuck["submitted_on"].map(_day))
    matters = pd.concat([matters[MATTER], stuck[MATTER]])
    named = matters[matters["unit_id"] != ""]
    return named.sort_values(MATTER[:6], kind="stable", ignore_index=True)


def _settled(violations: pd.DataFrame, confirmed: Container[tuple[str, str]]) -> Iterator[bool]:
    """Whether the log says of each violation that nothing is to be done."""
    for submission, row_id, question in zip(
        violations["submission_id"], violations["row_id"], violations["question"], strict=True
    ):
        yield (submission, f"{row_id}/{question}" if row_id else question) in confirmed


def _days(
    survey: Survey, ledger: pd.DataFrame, violations: pd.DataFrame
) -> dict[tuple[int, str], str]:
    """The day of each answer that is asked about as a whole."""
    whole = violations.loc[violations["code"].isin(OF_WHOLE), "record_id"]
    records = ledger[ledger["record_id"].isin(whole)]
    return {
        (record, survey.key.unit): _day(day)
        for record, day in zip(records["record_id"], records["submitted_on"], strict=True)
    }


def _day(day: date | None) -> str:
    return "" if pd.isna(day) else str(day)[:10]


def _repeatable(
    con: duckdb.DuckDBPyConnection, wave: EditedWave, found: pd.DataFrame
) -> Iterator[tuple[int, str, str]]:
    """The text of broken cells as it came, after the cleaning log, where it can be repeated."""
    by_column = wave.sheets.form.by_column  # without a question: of the whole submission
    names = {
        name
        for name in found["column"].unique()
        if name in by_column and by_column[name].type in _REPEATED and not by_column[name].pii
    }
    cells = found[found["column"].isin(names)]
    if cells.empty:
        return
    records = ", ".join(map(str, cells["index"].unique()))
    sheet = wave.sheets.lay(cells["repeat"].iloc[0], f"record_id IN ({records})", names)
    received = con.execute(f"FROM {sheet.name}").df().set_index("record_id")
    sheet.drop()
    for record, column in zip(cells["index"], cells["column"], strict=True):
        text = received.loc[record, column]
        if isinstance(text, str) and "@" not in text:
            yield record, column, text
