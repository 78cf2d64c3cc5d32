"""The answers of one wave, joined to the frame: rows, states, groups, strata, weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.ask import Question, Questionnaire, Survey, Wave
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate.design import Design, Ints, Mask
from pipeline.estimate.sums import Domains
from pipeline.estimate.weights import Margin, rake
from pipeline.store import Work, quote

WEIGHTED = frozenset({"census_attempt", "probability"})
NETWORK = ("network", "all")


@dataclass(frozen=True)
class Group:
    """A set of responses that is tabulated on its own: the network, a country, a size class.

    `inside` is by response; `population` counts members at the wave's date (None where nobody
    knows), `covered` those whose country has at least one answer: what weighted shares speak of.
    """

    kind: str
    code: str
    inside: Mask
    population: int | None
    covered: int | None = None


@dataclass(frozen=True)
class Rows:
    """Rows of the main form ('') or of a repeat, with the states of their cells.

    `response` gives each row's position among the responses.
    """

    repeat: str
    cells: pd.DataFrame
    states: pd.DataFrame
    response: Ints

    def state(self, question: Question) -> NDArray[np.object_]:
        """State of each row's cell; absent where the export had no such question."""
        if question.column not in self.states:
            return np.full(len(self.cells), "absent", dtype=object)
        return self.states[question.column].fillna("absent").to_numpy(object)


@dataclass(frozen=True)
class WaveAnswers:
    """Everything the estimates of one wave are made from.

    `known`: by response, whether its public answers may stand beside a name. `atom`: by response,
    the finest cell that groups and strata make together. `design` is None for an open call.
    """

    wave: Wave
    as_of: date | None
    questionnaire: Questionnaire
    responses: pd.DataFrame
    main: Rows
    repeats: tuple[Rows, ...]
    groups: tuple[Group, ...]
    strata: tuple[Group, ...]
    known: Mask
    atom: Ints
    design: Design | None
    members: pd.DataFrame | None

    @cached_property
    def domains(self) -> Domains | None:
        """The groups, as domains of the design; None for an open call."""
        inside = np.array([group.inside for group in self.groups])
        return None if self.design is None else Domains(self.design, inside)


def read_wave(survey: Survey, work: Work, wave: Wave) -> WaveAnswers:
    """Read edit.* of one wave from the confidential file.

    Responses of units that are no members at the wave's date stay out of the estimates.

    Raises:
        RelevoError: column_not_in_frame, more_answers_than_members, lonely_stratum,
            margin_without_answers, margins_not_reached.
    """
    responses = _select(work, "edit.response", wave)
    as_of = wave.closes or _newest(responses)
    members = _members(survey, as_of)
    is_log = survey.record == "event" and not survey.key.unit  # of actions, not of members
    is_open = survey.frame_files.scope == "open" or is_log
    if survey.is_register:
        responses = _present(survey, work, responses)
    if members is not None and "unit_id" in members and not is_open:
        responses = responses[responses["unit_id"].isin(members["unit_id"])]
    responses = responses.reset_index(drop=True)
    states = _select(work, "edit.state", wave)
    main = _rows("", responses, states, responses)
    questionnaire = survey.questionnaires[wave.id]
    repeats = tuple(
        _rows(repeat.name, _select(work, f"edit.repeat_{repeat.name}", wave), states, responses)
        for repeat in questionnaire.repeats
    )
    places = _Places(survey, responses, main, members, questionnaire)
    kinds = {kind: places.codes(kind) for kind in survey.groups.by}
    strata = _strata(survey, places)
    covered = replace(places, members=_covered_members(survey, places, strata))
    design, cell, raked = _weighted(survey, covered, strata)
    return WaveAnswers(
        wave,
        as_of,
        questionnaire,
        responses,
        main,
        repeats,
        tuple(_groups(places, covered, kinds)),
        strata,
        _known(survey, responses),
        _atoms([f.fillna("").to_numpy(object) for f in (*kinds.values(), *raked)], cell),
        design,
        None if is_open else members,
    )


def _weighted(
    survey: Survey, covered: _Places, strata: tuple[Group, ...]
) -> tuple[Design | None, Ints, tuple[pd.Series, ...]]:
    """The design, its cell of each response, and the codes it was raked to the members by."""
    design, cell = _design(survey, strata, len(covered.responses))
    if design is None or not survey.design.rake:
        return design, cell, ()
    raked = {column: covered.codes(column) for column in survey.design.rake}
    margins = [_margin(covered, *one) for one in raked.items()]
    return rake(design, margins), cell, tuple(raked.values())


def _groups(places: _Places, covered: _Places, kinds: Mapping[str, pd.Series]) -> Iterator[Group]:
    """The network, then every group of each kind, with its members and those the design covers."""
    everyone = np.ones(len(places.responses), bool)
    yield Group(*NETWORK, everyone, places.size(None), covered.size(None))
    for kind, found in kinds.items():
        for code in places.all_codes(kind, found):
            inside = (found == code).to_numpy()
            yield Group(kind, code, inside, places.size(kind, code), covered.size(kind, code))


def _present(survey: Survey, work: Work, responses: pd.DataFrame) -> pd.DataFrame:
    """Of the events of a register, the newest of each unit whose entry has not ended."""
    newest = work.confidential.execute(
        "SELECT response_id FROM edit.unit_state WHERE NOT list_contains(?, state)",
        [list(survey.register.ends)],
    ).df()
    return responses[responses["response_id"].isin(newest["response_id"])]


def _select(work: Work, table: str, wave: Wave) -> pd.DataFrame:
    schema, name = table.split(".", 1)
    found = work.confidential.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?",
        [schema, name],
    ).fetchone()
    if not found or not found[0]:
        return pd.DataFrame({"response_id": pd.Series(dtype=str), "row_id": pd.Series(dtype=str)})
    order = "response_id" if table == "edit.response" else "response_id, row_id"
    sql = f"SELECT * FROM {quote(schema)}.{quote(name)} WHERE wave = ? ORDER BY {order}"
    return work.confidential.execute(sql, [wave.id]).df()


def _rows(repeat: str, values: pd.DataFrame, states: pd.DataFrame, responses: pd.DataFrame) -> Rows:
    """Values and states side by side; rows of responses that are out are out."""
    position = pd.Series(range(len(responses)), index=responses["response_id"])
    values = values[values["response_id"].isin(position.index)].reset_index(drop=True)
    row_id = values["row_id"] if "row_id" in values else pd.Series("", index=values.index)
    keys = pd.MultiIndex.from_arrays([values["response_id"], row_id])
    indexed = states.set_index(["response_id", "row_id"])
    aligned = indexed.reindex(keys).reset_index(drop=True)
    response = position.reindex(values["response_id"]).to_numpy(dtype="int64")
    return Rows(repeat, values, aligned, np.asarray(response, np.int64))


def _newest(responses: pd.DataFrame) -> date | None:
    if "submitted_on" not in responses or responses["submitted_on"].isna().all():
        return None
    newest: date = pd.to_datetime(responses["submitted_on"]).max().date()
    return newest


def _members(survey: Survey, as_of: date | None) -> pd.DataFrame | None:
    if survey.frame is None or survey.frame_files.scope == "none":
        return None
    if survey.frame_files.scope in {"strata", "open"} or as_of is None:
        return survey.frame.units
    return survey.frame.members_at(as_of)


def _known(survey: Survey, responses: pd.DataFrame) -> Mask:
    """A person is never named; an institution where it agreed."""
    if survey.unit_kind == "person" or "is_named" not in responses:
        return np.zeros(len(responses), bool)
    return responses["is_named"].fillna(False).to_numpy(bool)


@dataclass(frozen=True)
class _Places:
    """Where each response belongs: by a column of the frame, else by one of its answers."""

    survey: Survey
    responses: pd.DataFrame
    main: Rows
    members: pd.DataFrame | None
    questionnaire: Questionnaire

    def codes(self, column: str) -> pd.Series:
        """The code of each response; missing where it is not known."""
        members = self.members
        if members is not None and "unit_id" in members and column in members:
            return self.responses["unit_id"].map(members.set_index("unit_id")[column])
        question = self.questionnaire.by_column.get(column)
        if question is None or column not in self.responses:
            raise self.not_found(column)
        answered = pd.Series(self.main.state(question) == "answered")
        return self.responses[column].astype(object).where(answered)

    def not_found(self, column: str) -> RelevoError:
        """A declaration names a column that the frame does not have."""
        expected = ", ".join(self.members.columns) if self.members is not None else "-"
        values: dict[str, object] = {"column": column, "expected": expected}
        return RelevoError(Finding(Problem.column_not_in_frame, values=values))

    def all_codes(self, column: str, found: pd.Series) -> list[str]:
        """Codes of the frame, else of the question's choices, so that empty groups are seen."""
        if self.members is not None and column in self.members:
            return sorted(set(self.members[column].dropna().astype(str)) - {""})
        choices = self.questionnaire.choices_of(self.questionnaire.by_column[column])
        seen = set(found.dropna().astype(str))
        return [c.name for c in choices if c.name in seen] or sorted(seen)

    def size(self, column: str | None, code: str = "") -> int | None:
        """Members in a group, or in all; of an open frame nobody knows how many there are."""
        if self.survey.frame_files.scope == "open":
            return None
        if self.members is None or (column is not None and column not in self.members):
            return None
        rows = self.members if column is None else self.members[self.members[column] == code]
        if "N" not in rows:
            return len(rows)
        return None if rows["N"].isna().any() else int(rows["N"].sum())


def _strata(survey: Survey, places: _Places) -> tuple[Group, ...]:
    """The declared strata with their sizes; one stratum where none is declared."""
    everyone = np.ones(len(places.responses), bool)
    columns = survey.design.strata
    if not columns:
        return (Group("stratum", "all", everyone, places.size(None)),)
    labels = [places.codes(column).fillna("").astype(str) for column in columns]
    codes = pd.Series(["/".join(parts) for parts in zip(*labels, strict=True)], dtype=object)
    members = places.members
    if members is None or any(column not in members for column in columns):
        return tuple(
            Group("stratum", code, (codes == code).to_numpy(), None) for code in sorted(set(codes))
        )
    cells = members[list(columns)].fillna("").astype(str).agg("/".join, axis=1)
    size = members["N"] if "N" in members else pd.Series(1, index=members.index, dtype="Int64")
    population = size.groupby(cells).agg(lambda sizes: sizes.sum(skipna=False))
    return tuple(
        Group("stratum", str(code), (codes == code).to_numpy(), None if pd.isna(n) else int(n))
        for code, n in population.sort_index().items()
    )


def _covered_members(
    survey: Survey, places: _Places, strata: tuple[Group, ...]
) -> pd.DataFrame | None:
    """Members whose first stratum column (the country) has an answer."""
    first = survey.design.strata[0] if survey.design.strata else ""
    if places.members is None or first not in places.members:
        return places.members
    answered = {stratum.code.split("/")[0] for stratum in strata if stratum.inside.any()}
    return places.members[places.members[first].isin(answered)]


def _design(
    survey: Survey, strata: tuple[Group, ...], responses: int
) -> tuple[Design | None, Ints]:
    """Weights N_h / n_h by stratum.

    A stratum in which nobody answered is joined with the others of its first column (its country)
    into one; where the whole country is empty, it is left out of the population covered.
    """
    cell = np.zeros(responses, np.int64)
    if survey.design.selection not in WEIGHTED or not responses:
        return None, cell
    empty = {s.code.split("/")[0] for s in strata if not s.inside.any()}
    names: list[str] = []
    sizes: list[float] = []
    for stratum in strata:
        first = stratum.code.split("/")[0]
        name = first if first in empty else stratum.code
        if name not in names:
            names.append(name)
            sizes.append(0.0)
        sizes[names.index(name)] += np.inf if stratum.population is None else stratum.population
        cell[stratum.inside] = names.index(name)
    outside = responses - int(sum(stratum.inside.sum() for stratum in strata))
    if outside:
        raise RelevoError(Finding(Problem.stratum_not_in_frame, values={"answers": outside}))
    used = np.unique(cell)
    population = np.array(sizes)[used]
    design = Design.of(
        np.searchsorted(used, cell),
        population,
        lonely=survey.design.lonely,
        names=tuple(names[h] for h in used),
    )
    return design, cell


def _margin(places: _Places, column: str, found: pd.Series) -> Margin:
    """Members of the frame by the categories of a column, and the category of each response."""
    members = places.members
    if members is None or column not in members:
        raise places.not_found(column)
    size = members["N"] if "N" in members else pd.Series(1, index=members.index)
    counted = size.astype(float).groupby(members[column].fillna("").astype(str)).sum()
    given = found.fillna("").astype(str)
    labels = sorted({*counted.index, *given})
    population = np.array([float(counted.get(label, 0.0)) for label in labels])
    code = np.searchsorted(np.array(labels, dtype=object), given.to_numpy(object))
    return Margin(column, code.astype(np.int64), population, tuple(labels))


def _atoms(labels: list[NDArray[np.object_]], cell: Ints) -> Ints:
    keys = [str(part) for part in cell]
    for column in labels:
        keys = [f"{key}\0{part}" for key, part in zip(keys, column, strict=True)]
    codes: Ints = pd.factorize(np.array(keys, dtype=object))[0].astype(np.int64)
    return codes
