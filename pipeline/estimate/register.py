"""A register in numbers: who counts, how far entries have come, how fast, and to what effect.

Withdrawn entries are counted once and otherwise left out. The standing of entries by group is a
question like any other to disclosure control; the numbers here are of the network only. A count
under the threshold hides every part of the whole it belongs to; years too small are joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.ask import Question, Survey
from pipeline.errors import Problem
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.results import NAMED, Item, Row, result_row
from pipeline.store import Work

REGISTER = "register"  # subject_kind
STANDING = "standing"
COUNTED, UNDERWAY = "counted", "underway"
NEVER = "never"  # the outcome was not brought about
WHEN = ("before", "after", "undated", NEVER)
MONTH = 365.25 / 12  # days
LOOKED_BACK = 24  # months whose pace is carried on
QUARTER = 3
LEVEL = 0.8  # of the projection's band
# What tells how many count as well.
OF_COUNTED = frozenset({"population_covered", "counted_in", "pace_needed", "pace", "projection"})
DIGITS = 2  # of a sum of populations: the exact sum would tell whose they are


@dataclass(frozen=True)
class Entries:
    """The units in a register.

    `table`: estimate.entry. `dates`: by unit and step, the day on which it was first reached.
    """

    table: pd.DataFrame
    dates: pd.DataFrame

    @property
    def standing(self) -> pd.DataFrame:
        """Entries that were not withdrawn."""
        return self.table[~self.table["has_ended"]]

    @property
    def counted_on(self) -> pd.Series:
        """The day since which each counted unit counts."""
        counted = self.standing.loc[self.standing["is_counted"], "unit_id"]
        return self.dates[COUNTED].reindex(counted)


def read_entries(survey: Survey, work: Work) -> Entries:
    """The entries of a register from edit.unit_state and edit.event."""
    register, outcome = survey.register, survey.register.outcome
    con = work.confidential
    table = con.execute("SELECT * EXCLUDE (response_id), response_id FROM edit.unit_state").df()
    table = table.sort_values("unit_id", ignore_index=True)
    answers = con.execute("FROM edit.response").df().set_index("response_id")
    states = con.execute("FROM edit.state WHERE row_id = ''").df().set_index("response_id")
    answers, states = answers.reindex(table["response_id"]), states.reindex(table["response_id"])
    for column in ("state_date", "entered_on"):
        table[column] = pd.to_datetime(table[column])
    table["is_counted"] = table["state"].isin(register.counted)
    table["has_ended"] = table["state"].isin(register.ends)
    table["is_named"] = answers["is_named"].to_numpy(bool)
    table["outcome"], table["has_evidence"] = "", False
    if outcome.question:
        is_reached = _says(answers, states, outcome.question, outcome.reached)
        when = np.full(len(table), "undated", dtype=object)
        if outcome.date:
            day = pd.to_datetime(answers[outcome.date]).to_numpy()
            known = (states[outcome.date] == "answered").to_numpy()
            when[known & (day < table["entered_on"].to_numpy())] = "before"
            when[known & (day >= table["entered_on"].to_numpy())] = "after"
        table["outcome"] = np.where(is_reached, when, "")
        if outcome.evidence:
            linked = (states[outcome.evidence] == "answered").to_numpy()
            table["has_evidence"] = is_reached & linked
    return Entries(table, _dates(survey, work))


def _says(
    answers: pd.DataFrame, states: pd.DataFrame, question: str, codes: Sequence[str]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    said = answers[question].isin(codes) & (states[question] == "answered").to_numpy()
    return said.to_numpy(bool)


def _dates(survey: Survey, work: Work) -> pd.DataFrame:
    """By unit, the first day in each step, and in any state that counts."""
    events = work.confidential.execute(
        "SELECT unit_id, state, state_date FROM edit.event ORDER BY unit_id, place"
    ).df()
    events["state_date"] = pd.to_datetime(events["state_date"])
    first = events.pivot_table("state_date", "unit_id", "state", aggfunc="min")
    first = first.reindex(columns=list(survey.register.steps))
    counted = [state for state in survey.register.counted if state in first]
    return first.assign(**{COUNTED: first[counted].min(axis=1)})


def standing_item(wave: WaveAnswers, entries: Entries) -> Item:
    """Whether each entry counts or is under way, as a question with one answer."""
    standing = entries.standing
    counted = standing.loc[standing["is_counted"], "unit_id"]
    found = wave.responses["unit_id"].isin(counted).to_numpy()
    choices = (COUNTED, UNDERWAY)
    y = np.column_stack([found, ~found]).astype(float)
    question = Question(STANDING, STANDING, STANDING, "select_one", disclosure="network")
    states = np.full(len(found), "answered", dtype=object)
    return Item(wave, question, wave.main, states, y, choices, "answered", subject_kind=REGISTER)


def register_rows(survey: Survey, wave: WaveAnswers, entries: Entries) -> list[Row]:
    """Numbers of the network, before disclosure control."""
    made = _Numbers(survey, wave, entries)
    return [*made.sizes(), *made.funnel(), *made.outcomes(), *made.years(), *made.pace()]


def cleared(survey: Survey, rows: Sequence[Row]) -> list[Row]:
    """The same rows as they may leave.

    Rows of one subject with a count are parts of a whole, those of `reached` steps towards it: a
    part, or a difference between steps, from 1 to below the threshold hides all of them.
    """
    if not rows:
        return []
    k = survey.disclosure.threshold
    reached = [row["count"] for row in rows if row["subject"] == "reached"]
    steps = [a - b for a, b in zip(reached, [*reached[1:], 0][: len(reached)], strict=True)]
    small = {"reached"} if any(0 < step < k for step in steps) else set()
    for row in rows:
        if row["subject"] != "reached" and 0 < (row.get("count") or 0) < k:
            small.add(row["subject"])
        if row["row_scope"] and not row["n"]:  # nobody agreed to be named
            small.add(row["subject"])
        if row["subject"] == "days" and (row["n"] or 0) < k:
            small.add("days")
    small |= OF_COUNTED if small & {COUNTED, "population_covered"} else set()
    hidden = dict.fromkeys(("count", "n", "estimate", "ci_low", "ci_high"))
    reason = {"shown": "c", "reason": Problem.small_cell.name, "ci_method": "none"}
    return [row | hidden | reason if row["subject"] in small else row for row in rows]


@dataclass(frozen=True)
class _Numbers:
    survey: Survey
    wave: WaveAnswers
    entries: Entries

    def _row(self, subject: str, statistic: str, **values: object) -> Row:
        about = {"subject_kind": REGISTER, "subject": subject, "statistic": statistic}
        group = replace(self.wave.groups[0], population=None)
        return result_row(self.wave, group, {**about, "base": "all", "unit_of_measure": "units",
                                             **values})  # fmt: skip

    def _count(self, subject: str, count: int, n: int, **values: object) -> Row:
        return self._row(subject, "count", count=count, n=n, estimate=float(count), **values)

    def sizes(self) -> Iterator[Row]:
        """Entries counted, withdrawn, and the people who live where entries count."""
        standing, n = self.entries.standing, len(self.entries.standing)
        yield self._count(COUNTED, int(standing["is_counted"].sum()), n)
        yield self._count("ended", int(self.entries.table["has_ended"].sum()), n)
        frame = self.survey.frame
        if frame is None or "population" not in frame.units:
            return
        people = frame.units.set_index("unit_id")["population"]
        counted = standing.loc[standing["is_counted"], "unit_id"]
        known = people.reindex(counted).dropna()
        yield self._row(
            "population_covered",
            "total",
            count=len(known),
            n=len(counted),
            estimate=_rounded(float(known.sum())),
            unit_of_measure="persons",
        )

    def funnel(self) -> Iterator[Row]:
        """How many have come to each step, and the days from one step to the next."""
        dates = self.entries.dates.reindex(self.entries.standing["unit_id"])
        steps = self.survey.register.steps
        for step in steps:
            yield self._count("reached", int(dates[step].notna().sum()), len(dates), choice=step)
        for before, after in pairwise(steps):
            days = (dates[after] - dates[before]).dt.days.dropna()
            yield self._row(
                "days",
                "median",
                choice=f"{before}>{after}",
                n=len(days),
                estimate=float(days.median()) if len(days) else np.nan,
                unit_of_measure="days",
                shown="yes" if len(days) else "x",
            )

    def outcomes(self) -> Iterator[Row]:
        """When the outcome was brought about, and how many records of it lack evidence.

        Answers beside a name are public: who subtracts them is left with the unnamed. Where these
        are few in any part, the named alone are counted.
        """
        if not self.survey.register.outcome.question:
            return
        standing = self.entries.standing
        k = self.survey.disclosure.threshold
        unnamed = self._parts(standing[~standing["is_named"]])
        scope = NAMED if any(0 < count < k for *_, count in unnamed) else ""
        parts = self._parts(standing[standing["is_named"]] if scope else standing)
        for subject, choice, count in parts:
            n = sum(number for name, _, number in parts if name == subject)
            yield self._count(subject, count, n, choice=choice, row_scope=scope)

    def _parts(self, entries: pd.DataFrame) -> list[tuple[str, str, int]]:
        """Subject, part and count."""
        when = entries["outcome"].where(entries["outcome"] != "", NEVER)
        parts = [("outcome", code, int((when == code).sum())) for code in WHEN]
        if self.survey.register.outcome.evidence:
            linked = entries.loc[entries["outcome"] != "", "has_evidence"].astype(bool)
            parts.append(("evidence", "with", int(linked.sum())))
            parts.append(("evidence", "without", int((~linked).sum())))
        return parts

    def years(self) -> Iterator[Row]:
        """Entries that count by the year since which they do; a year too small joins the next."""
        years = self.entries.counted_on.dt.year.dropna().astype(int)
        first, found = 0, 0
        for year in range(int(years.min()), int(years.max()) + 1) if len(years) else ():
            first, found = first or year, found + int((years == year).sum())
            if found >= self.survey.disclosure.threshold or year == years.max():
                span = str(year) if first == year else f"{first}-{year}"
                yield self._count("counted_in", found, len(years), choice=span)
                first, found = 0, 0

    def pace(self) -> Iterator[Row]:
        """What the largest goal needs a month, the pace of late, and where that would lead."""
        register, today = self.survey.register, self.wave.as_of
        if not register.goals or register.until is None or today is None:
            return
        counted = int(self.entries.standing["is_counted"].sum())
        left = (register.until - today).days / MONTH
        if left <= 0:
            return
        need = max(0, max(register.goals) - counted) / left
        seen, quarters = recent(self.entries.counted_on.dropna(), today)
        yield self._row("pace_needed", "per_month", n=counted, estimate=round(need, 1))
        if not quarters:
            return
        low, middle, high = projection(quarters, left)
        n = sum(quarters)
        of_late = n / (len(quarters) * QUARTER)
        yield self._row("pace", "per_month", n=n, estimate=round(of_late, 1), choice=str(seen))
        yield self._row(
            "projection",
            "total",
            n=n,
            estimate=counted + round(middle),
            ci_low=counted + low,
            ci_high=counted + high,
            ci_level=LEVEL,
            ci_method="negative_binomial",
        )


def recent(days: pd.Series, today: date) -> tuple[int, list[int]]:
    """How many months are looked back at, and how many units came to count in each quarter of them.

    Whole quarters back from today, at most two years, not before the first unit.
    """
    back = pd.Timestamp(today) - days
    months = back.dt.days / MONTH
    whole = int(min(LOOKED_BACK, months.max() if len(months) else 0) // QUARTER)
    quarters = [int(((months >= q * QUARTER) & (months < (q + 1) * QUARTER)).sum())
                for q in range(whole)]  # fmt: skip
    return whole * QUARTER, quarters[::-1]


def projection(quarters: Sequence[int], months: float) -> tuple[int, float, int]:
    """How many more there will be if the pace of some quarters lasts: low, expected, high.

    Units come in bursts, so their number in a quarter varies more than a Poisson number does. With
    the mean m of Q quarters and phi = max(1, variance / mean), the number y in H quarters to come
    has mean H m and, the error of m included, variance phi H m (1 + H / Q). The band holds the
    middle 80 % of the negative binomial distribution of that mean and variance. It knows of no
    change of pace.

    Example:
        8 quarters of 6 units, ten quarters to come: mean 60, variance 60 (1 + 10 / 8) = 135, and
        the band goes from 46 to 75.
    """
    ahead = months / QUARTER
    mean = float(np.mean(quarters)) or 0.5 / len(quarters)  # none at all is no proof of never
    spread = float(np.var(quarters, ddof=1)) / mean if len(quarters) > 1 else 1.0
    expected = ahead * mean
    variance = max(1.0, spread) * expected * (1 + ahead / len(quarters))
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    p = expected / variance
    low, high = np.asarray(stats.nbinom.ppf(ends, expected * p / (1 - p), p))
    return int(low), expected, int(high)


def _rounded(total: float) -> float:
    """A number with two digits that count."""
    if total <= 0:
        return 0.0
    digits = DIGITS - 1 - int(np.floor(np.log10(total)))
    return float(round(total, digits))
