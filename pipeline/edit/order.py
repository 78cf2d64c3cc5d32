"""The order of work of the room: read what came back, correct it, settle it, write what stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.ask.survey import Survey
from pipeline.edit.answers import Answers
from pipeline.edit.cleaning_log import append_lines, apply_cleaning_log, repeat_tables
from pipeline.edit.findings import list_open_matters, list_violations, located
from pipeline.edit.identity import ByHand, read_decisions
from pipeline.edit.ledger import PARTS, write_ledger
from pipeline.edit.moves import settle_moves
from pipeline.edit.near_names import near_names
from pipeline.edit.quarantine import write_quarantine
from pipeline.edit.returned import check_standing, in_their_place, read_returned
from pipeline.edit.sheets import Sheets
from pipeline.edit.summary import summarise
from pipeline.edit.wave import EditedWave, edit_wave
from pipeline.store import Work, write_table


def edit(survey: Survey, work: Work, returned: Sequence[Path] = ()) -> int:
    """Decide which answers stand.

    Reads collect.* of confidential.duckdb. Writes there edit.ledger, edit.response,
    edit.repeat_<name>, edit.state, edit.answer, edit.violation, edit.correction and edit.confirmed
    (of a register edit.event and edit.unit_state too), and edit.summary, edit.open_matter,
    edit.near_name and edit.quarantine into members.duckdb.

    Args:
        survey: its cleaning log and decisions are read.
        work: where the tables are.
        returned: return sheets; their answers are added to the cleaning log if all of them stand.

    Returns:
        How many lines were added to the cleaning log.

    Raises:
        RelevoError: the cleaning log or a return sheet does not fit the data (exit 12),
            decisions.csv does not (10), a return sheet is no workbook (11).
    """
    con = work.confidential
    tables = repeat_tables(con)
    said = read_returned(survey, con, returned)
    lines = [answer.line for answer in said]
    with in_their_place(said):
        corrected = apply_cleaning_log(survey, con, lines)
    by_hand = ByHand(corrected.removed, read_decisions(survey, con))
    con.execute(PARTS)
    answers = Answers(survey, con)
    waves: list[EditedWave] = []
    for wave in survey.waves:
        sheets = Sheets(survey, wave, con, tables, corrected)
        waves.append(edit_wave(sheets, by_hand, answers, waves[-1] if waves else None))
    settle_moves(con, survey, waves)
    check_standing(con, said, waves)
    append_lines(survey, lines)
    write_ledger(con, tables)
    violations = list_violations(con, survey, waves)
    write_table(con, "edit.violation", violations)
    write_table(con, "edit.correction", corrected.corrections)
    confirmed = pd.DataFrame(sorted(corrected.confirmed), columns=["submission_id", "question"])
    write_table(con, "edit.confirmed", confirmed)
    matters = list_open_matters(con, survey, waves, violations, corrected.confirmed)
    write_table(work.members, "edit.open_matter", matters)
    write_table(work.members, "edit.near_name", near_names(con, survey))
    notes = [located(con, wave, found) for wave in waves for found in wave.notes]
    told = pd.concat([violations, *(found.assign(severity="note") for found in notes)])
    write_table(work.members, "edit.summary", summarise(con, waves, told))
    write_quarantine(survey, work)
    return len(lines)
