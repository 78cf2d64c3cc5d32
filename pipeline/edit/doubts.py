"""What comparisons find among the submissions that stand, and the few columns these read."""

from __future__ import annotations

import pandas as pd

from pipeline.edit.comparisons import (
    Found,
    after_deadline,
    grids,
    interview_short,
    is_panel,
    numbers_asked,
    standing_numbers,
    straight_lining,
    unlike_last_wave,
)
from pipeline.edit.layers import Layers
from pipeline.edit.notation import FILE_ID
from pipeline.edit.sheets import Sheets, standing
from pipeline.edit.soft_checks import columns_compared, population_ratio, repeat_counts
from pipeline.edit.states import Marks, state_sql
from pipeline.store import quote

TIMES = ["started_at", "ended_at"]
_STATE = "state:"


class Doubts:
    """Looks at one slice of a wave after the other.

    What compares the answers of one submission is found at once; for what compares submissions a
    few columns are kept.
    """

    def __init__(self, sheets: Sheets) -> None:
        """Nothing is looked at yet."""
        survey, form = sheets.survey, sheets.form
        is_person = survey.unit_kind == "person"
        key = survey.key.unit
        self._sheets = sheets
        self._announced = columns_compared(survey, form)
        self._is_panel = is_panel(survey) and len(survey.waves) > 1
        self._in_grids = [name for grid in grids(form) for name in grid] if is_person else []
        self._times = TIMES if is_person else []
        self._days = ["submitted_on"] if sheets.wave.closes else []
        numbers = [key, *numbers_asked(form, key)] if self._is_panel else []
        self._kept = list(dict.fromkeys([*self._times, *self._announced, *numbers]))
        self._found: list[Found] = []
        self._rows: list[pd.DataFrame] = []
        self._states: list[pd.DataFrame] = []

    def look(self, sheet: Layers, marks: Marks) -> None:
        """See what a slice says, with its rules and marks beside it."""
        wanted = dict.fromkeys([*self._days, *self._in_grids, *self._kept])
        names = [name for name in wanted if name in sheet.columns]
        if not names:
            return
        form, wave, key = self._sheets.form, self._sheets.wave, self._sheets.survey.key.unit
        answers = [n for n in names if n in form.by_column and form.by_column[n].is_answer]
        states = [
            f"{state_sql(form, form.by_column[name], marks)} AS {quote(_STATE + name)}"
            for name in answers
        ]
        cells = ", ".join(["record_id", *map(quote, names), *states])
        sql = f"SELECT {cells} FROM {sheet.name} WHERE {standing('')} ORDER BY record_id"
        seen = self._sheets.con.execute(sql).df().set_index("record_id")
        rows = seen[names]
        said = seen[[_STATE + name for name in answers]].set_axis(answers, axis=1)
        if self._days:
            self._found.append(after_deadline(wave, key, rows["submitted_on"]))
        if self._in_grids:
            self._found.append(straight_lining(form, rows, said))
        self._rows.append(rows[[name for name in names if name in self._kept]])
        self._states.append(said[[name for name in answers if name in self._kept]])

    def warnings(self, before: pd.DataFrame | None) -> list[Found]:
        """What was found: index, column, code.

        Args:
            before: the numbers that stand of the wave before.
        """
        if not self._rows:
            return []
        survey, form = self._sheets.survey, self._sheets.form
        found = [*self._found]
        rows, states = pd.concat(self._rows), pd.concat(self._states)
        if self._announced:
            found.append(population_ratio(survey, rows, states))
            found.append(repeat_counts(form, rows, states, self._received()))
        now = self.numbers()
        if now is not None and before is not None:
            found.append(unlike_last_wave(now, before))
        if self._times:
            started, ended = (rows[name] for name in TIMES)
            found.append(interview_short(survey.key.unit, started, ended))
        return found

    def numbers(self) -> pd.DataFrame | None:
        """The numbers that stand, for the wave after this one."""
        if not self._is_panel or not self._rows:
            return None
        rows, states = pd.concat(self._rows), pd.concat(self._states)
        return standing_numbers(self._sheets.form, self._sheets.survey.key.unit, rows, states)

    def _received(self) -> dict[str, pd.DataFrame]:
        """Of all submissions their file, of all rows of repeats their submission."""
        sheets = self._sheets
        files = f"""SELECT record_id, file_id AS {quote(FILE_ID)} FROM collect.record
                    WHERE {sheets.whole} AND repeat = '' ORDER BY record_id"""
        received = {"": sheets.con.execute(files).df().set_index("record_id")}
        for repeat in sheets.repeats[1:]:
            sql = f"SELECT parent_record_id FROM {sheets.tables[repeat]} WHERE {sheets.whole}"
            received[repeat] = sheets.con.execute(sql).df()
        return received
