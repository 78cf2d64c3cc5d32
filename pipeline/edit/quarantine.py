"""edit.quarantine: where each quarantined record lies and why, without any answer of it."""

from __future__ import annotations

import pandas as pd

from pipeline.ask.survey import Survey
from pipeline.store import Work, write_table


def write_quarantine(survey: Survey, work: Work) -> None:
    """Write edit.quarantine into members.duckdb from edit.ledger.

    A unit is named only where a government is meant and the frame knows it: whatever else stands in
    that cell was typed by a person.
    """
    found = work.confidential.execute(
        """SELECT l.wave, l.record_id, f.path AS file, l.sheet, l.record_number, r.first_line,
                  l.repeat, l.reason, l.unit_id
           FROM edit.ledger l JOIN collect.file f USING (file_id)
           JOIN collect.record r USING (record_id)
           WHERE l.verdict = 'quarantined' ORDER BY l.record_id"""
    ).df()
    known = _governments(survey)
    found["unit_id"] = found["unit_id"].where(found["unit_id"].isin(known), "")
    write_table(work.members, "edit.quarantine", found)


def _governments(survey: Survey) -> pd.Series:
    frame = survey.frame
    if survey.unit_kind == "person" or frame is None or "unit_id" not in frame.units:
        return pd.Series(dtype="str")
    return frame.units["unit_id"]
