"""The room's order of work: read a wave, tabulate it, clear it, write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from pipeline.ask import Survey
from pipeline.estimate.actions import (
    ACTION,
    ATTENDANCE,
    actions,
    attendance,
    attendance_rows,
)
from pipeline.estimate.answers import WaveAnswers, read_wave
from pipeline.estimate.audit import audit
from pipeline.estimate.comparisons import comparisons, with_holm
from pipeline.estimate.disclosure import clear
from pipeline.estimate.index import (
    SCORE,
    WaveScores,
    agreement,
    alike,
    named_scores,
    score_questions,
    unit_scores,
    wave_scores,
)
from pipeline.estimate.joined import LABEL, REGISTER, joined
from pipeline.estimate.knowledge import write_knowledge
from pipeline.estimate.made_from import as_published
from pipeline.estimate.register import Entries, read_entries, register_rows, standing_item
from pipeline.estimate.register import cleared as cleared_register
from pipeline.estimate.results import MADE_FROM, Item, Row, items, tabulate
from pipeline.estimate.same_fact import INVITATION, MATTER, disagreements, invitations
from pipeline.estimate.units import ANSWER, UNIT, named_answers, unit_answers, units
from pipeline.estimate.waves import changes
from pipeline.store import TABLES, Work, write_table

Asked = tuple[list[Item], WaveScores]  # questions and scores of a wave
TYPES = {"BIGINT": "Int64", "DOUBLE": "float64", "BOOLEAN": "bool"}


@dataclass
class Told:
    """What the waves say, before control: numbers, what was tabulated, and what units answered."""

    waves: list[WaveAnswers] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)  # by wave
    items: list[Item] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    about: list[Row] = field(default_factory=list)  # a row per wave
    of_units: dict[str, list[pd.DataFrame]] = field(
        default_factory=lambda: {
            "estimate.unit": [pd.DataFrame(columns=UNIT)],
            "estimate.unit_answer": [pd.DataFrame(columns=ANSWER)],
            "estimate.unit_score": [pd.DataFrame(columns=SCORE)],
            "estimate.named_answer": [pd.DataFrame(columns=ANSWER)],
            "estimate.named_score": [pd.DataFrame(columns=SCORE)],
        }
    )

    def table(self, name: str) -> pd.DataFrame:
        """The rows of all waves."""
        return pd.concat(self.of_units[name])


def estimate(survey: Survey, work: Work) -> None:
    """Estimate every wave from edit.*, and let out only what disclosure control clears.

    Writes estimate.result before control into the confidential file; estimate.unit,
    estimate.unit_answer, estimate.unit_score, estimate.entry (of a register), estimate.attendance,
    estimate.open_matter and estimate.invitation into members; the cleared estimate.result,
    estimate.named_answer, estimate.named_score, estimate.action, estimate.joined_register and
    estimate.wave into survey; estimate.joined_label into both. What single governments give to
    others is written by `knowledge`.

    Raises:
        RelevoError: an estimate is impossible (exit 13), or disclosure_audit_failed (exit 15).
    """
    entries = read_entries(survey, work) if survey.is_register else None
    told = _told(survey, work, entries)
    of_events = _write_events(survey, work, told.waves, entries)
    _write_joined(survey, work, told.waves[-1])
    scores = told.table("estimate.named_score")
    agreed, quoted = write_knowledge(survey, work, told.waves, joined(survey, work), scores)
    every = _results([*told.rows, *of_events, *agreed])
    write_table(work.confidential, "estimate.result", every)
    for name in ("estimate.unit", "estimate.unit_answer", "estimate.unit_score"):
        write_table(work.members, name, told.table(name))
    write_table(work.survey, "estimate.wave", _frame(told.about, "estimate.wave"))
    write_table(work.survey, "estimate.result", _results([]))  # nothing is cleared yet
    names = told.table("estimate.named_answer")
    left = _cleared(survey, work, told, names)
    left += [*cleared_register(survey, of_events), *agreed]
    write_table(work.survey, "estimate.result", _results(left))
    write_table(work.survey, "estimate.named_answer", _stacked([names, quoted]))
    write_table(work.survey, "estimate.named_score", scores)


def _told(survey: Survey, work: Work, entries: Entries | None) -> Told:
    """Wave by wave, each also beside the one before it."""
    told = Told()
    for declared in survey.waves:
        wave = read_wave(survey, work, declared)
        questions, scores = list(items(survey, wave)), wave_scores(survey, wave)
        found = [*questions, *score_questions(survey, scores)]
        found += [standing_item(wave, entries)] if entries is not None else []
        told.rows += tabulate(survey, wave, found)
        told.rows += comparisons(survey, found)
        told.rows += agreement(scores, questions)
        if told.waves:
            told.rows += _since(survey, told.waves[-1], told.asked[-1], (questions, scores))
        told.waves.append(wave)
        told.asked.append((questions, scores))
        told.items += found
        state = units(work, wave)
        told.about.append(_about(survey, wave, state))
        if survey.unit_kind == "institution":
            of_each = unit_scores(scores)
            for name, table in {
                "unit": state,
                "unit_answer": unit_answers(wave),
                "unit_score": of_each,
                "named_answer": named_answers(survey, wave),
                "named_score": named_scores(scores, of_each),
            }.items():
                told.of_units[f"estimate.{name}"].append(table)
    return told


def _cleared(survey: Survey, work: Work, told: Told, names: pd.DataFrame) -> list[Row]:
    """What may be published beside the named answers; numbers made from others go with these."""
    counted = [row for row in told.rows if MADE_FROM not in row]
    made = [row for row in told.rows if MADE_FROM in row]
    asked = [item for item in told.items if not item.is_score]
    cleared = clear(survey, counted, told.items, told.waves)
    left = audit(survey, cleared, asked, told.waves, names, work.published).rows
    return [*left, *as_published(made, left, counted)]


def _since(survey: Survey, wave: WaveAnswers, before: Asked, now: Asked) -> list[Row]:
    """Changes since a wave, of questions and of the scores on what both waves asked."""
    scores = zip((before, now), alike(before[1], now[1]), strict=True)
    then, today = ([*of[0], *score_questions(survey, common)] for of, common in scores)
    return list(changes(survey, wave, then, today))


def _results(rows: list[Row]) -> pd.DataFrame:
    """Rows of estimate.result, tests with their p values adjusted among those that are there."""
    return _frame([*rows, *with_holm(rows)], "estimate.result")


def _write_events(
    survey: Survey, work: Work, waves: Sequence[WaveAnswers], entries: Entries | None
) -> list[Row]:
    """The tables of a register and of a log of actions; gives back their numbers, not cleared."""
    rows: list[Row] = []
    if entries is not None:
        write_table(work.members, "estimate.entry", entries.table)
        rows += register_rows(survey, waves[-1], entries)
    done, attended = [pd.DataFrame(columns=ACTION)], [pd.DataFrame(columns=ATTENDANCE)]
    for wave in waves if survey.action.title else ():
        done.append(actions(survey, wave))
        attended.append(attendance(survey, wave))
        rows += attendance_rows(wave, attended[-1])
    write_table(work.survey, "estimate.action", _stacked(done))
    write_table(work.members, "estimate.attendance", _stacked(attended))
    return rows


def _write_joined(survey: Survey, work: Work, newest: WaveAnswers) -> None:
    """What joined surveys say beside the newest wave: earlier answers may have changed since."""
    others = joined(survey, work)
    matters, invited = pd.DataFrame(columns=MATTER), pd.DataFrame(columns=INVITATION)
    if others:
        matters = disagreements(survey, work, newest, others)
        invited = invitations(survey, newest, others)
    write_table(work.members, "estimate.open_matter", matters)
    write_table(work.members, "estimate.invitation", invited)
    words = [pd.DataFrame(columns=LABEL), *(other.labels() for other in others.values())]
    for con in (work.members, work.survey):
        write_table(con, "estimate.joined_label", _stacked(words))
    registers = [pd.DataFrame(columns=REGISTER), *(other.register() for other in others.values())]
    write_table(work.survey, "estimate.joined_register", _stacked(registers))


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all waves."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


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
