"""One fact, asked in two surveys: where a unit's answers differ it is asked; who is invited.

`same_fact` of survey.toml names the pairs of questions. Both answers stand. Where the other survey
is a register and its question is the outcome it works for, units that say here that it is reached
and have not joined the register are the ones to invite.
"""

from __future__ import annotations

import pandas as pd

from pipeline.ask import Survey
from pipeline.ask.choices import nearest
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.joined import Joined
from pipeline.store import Work

MATTER = [
    "wave", "unit_id", "submission_id", "row_id", "question", "code", "severity", "received",
]  # fmt: skip
INVITATION = ["wave", "unit_id", "question", "register", "state", "state_date"]


def pairs(survey: Survey, others: dict[str, Joined]) -> list[tuple[str, Joined, str]]:
    """Question here, the other survey, question there.

    Raises:
        RelevoError: unknown_question: the other survey is not joined, or has no such question.
    """
    found = []
    for here, written in survey.same_fact.items():
        name, _, there = written.partition(".")
        known = others[name].questions() if name in others else frozenset()
        if there not in known:
            near = nearest(there, sorted(known)) if name in others else nearest(name, list(others))
            values: dict[str, object] = {"place": f"same_fact.{here}", "found": written}
            values["nearest"] = near
            raise RelevoError(Finding(Problem.unknown_question, "survey.toml", values=values))
        found.append((here, others[name], there))
    return found


def disagreements(
    survey: Survey, work: Work, wave: WaveAnswers, others: dict[str, Joined]
) -> pd.DataFrame:
    """estimate.open_matter: answers that a joined survey contradicts and the log does not confirm.

    Only answers that say something are compared: no empty cell, no "does not know".
    """
    confirmed = set(
        work.confidential.execute("SELECT submission_id, question FROM edit.confirmed").fetchall()
    )
    rows = []
    for here, other, there in pairs(survey, others):
        own, theirs = _answered(wave, here), other.answers(there)
        said = theirs.loc[theirs["state"] == "answered"].set_index("unit_id")["value"]
        for unit, response, value in own.itertuples(index=False):
            if unit in said.index and said[unit] != value and (response, here) not in confirmed:
                rows.append(
                    (wave.wave.id, unit, response, "", here, Problem.facts_disagree.name,
                     Problem.facts_disagree.effect.value, value)
                )  # fmt: skip
    return pd.DataFrame(rows, columns=MATTER).sort_values(MATTER[:5], ignore_index=True)


def invitations(survey: Survey, wave: WaveAnswers, others: dict[str, Joined]) -> pd.DataFrame:
    """estimate.invitation: units that fit a joined register and are not in it, or only begun.

    The list tells an answer: a unit that did not agree to be named is a row without unit and state.
    """
    named = set(wave.responses.loc[wave.known, "unit_id"])
    parts = [pd.DataFrame(columns=INVITATION)]
    for here, other, there in pairs(survey, others):
        facts = other.facts()
        if facts.get("outcome_question") != there:
            continue
        reached = facts["outcome_reached"].split()
        entries = other.entries().set_index("unit_id")
        own = _answered(wave, here)
        units = own.loc[own["value"].isin(reached), ["unit_id"]]
        units["state"] = units["unit_id"].map(entries["state"]).fillna("")
        units["state_date"] = units["unit_id"].map(entries["state_date"])
        units = units[units["state"].isin(["", *facts["register_first"].split()])]
        units.loc[~units["unit_id"].isin(named), :] = ("", "", None)
        parts.append(units.assign(wave=wave.wave.id, question=here, register=other.name))
    found = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return found[INVITATION].sort_values(["register", "unit_id"], ignore_index=True)


def _answered(wave: WaveAnswers, column: str) -> pd.DataFrame:
    """unit_id, response_id and value of the units that answered a question of the main form."""
    question = wave.questionnaire.by_column.get(column)
    if question is None or column not in wave.responses:
        return pd.DataFrame(columns=["unit_id", "response_id", "value"])
    rows = wave.responses[wave.main.state(question) == "answered"]
    named = {name: rows[name] for name in ("unit_id", "response_id")}
    return pd.DataFrame({**named, "value": rows[column]})
