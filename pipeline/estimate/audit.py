"""The audit: nothing leaves before the attacker has had a go at it, earlier publications in hand.

What he determines is hidden further, round by round (`hiding`), until nothing is determined; the
last rounds hide whole tables, so it ends. What was published earlier cannot be hidden: where it
gives a protected number away by itself the release is held back. Where it only narrows one, or
tells of governments that have left since, a new release can neither mend nor worsen it.

The protected cells are made here from the answers themselves, by the definition of the contract,
not taken from the control whose work is audited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pipeline.ask import Question, Questionnaire, Rule, Rules, Survey, evaluate, rules
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.attack import (
    EMPTY,
    MOVES,
    NOT_ASKED,
    NUMBER,
    ONE,
    OTHER,
    SEVERAL,
    STATES,
    Asked,
    Attack,
    Earlier,
    Gate,
    Known,
    Stage,
)
from pipeline.estimate.design import Floats, Mask
from pipeline.estimate.disclosure import hidden_row
from pipeline.estimate.hiding import SHOWN, Hiding
from pipeline.estimate.programme import Bound, Cell, InfeasibleError
from pipeline.estimate.results import NOT_ASKED as NEVER
from pipeline.estimate.results import Item, Row
from pipeline.store.published import Published

# Numbers made from these (changes, differences, totals, tests) tell nothing more.
READ = frozenset({"count", "share", "share_of_units", "mean", "median", "response_rate"})


@dataclass(frozen=True)
class Audit:
    """What the attacker proved in the end: `left` of what nothing can be hidden any more."""

    rows: list[Row]
    bounds: tuple[Bound, ...]
    hidden: int

    @property
    def determined(self) -> tuple[Bound, ...]:
        """Cells bounded too closely by rows of this release."""
        return tuple(bound for bound in self.bounds if bound.is_determined and bound.proof)


def audit(  # noqa: PLR0913, PLR0917 - everything that leaves, and what it is made from
    survey: Survey,
    cleared: Sequence[Row],
    tabulated: Sequence[Item],
    waves: Sequence[WaveAnswers],
    named: pd.DataFrame,
    published: Sequence[Published] = (),
) -> Audit:
    """The cleared rows with what the attacker makes necessary hidden too.

    Args:
        survey: thresholds, unit and consent.
        cleared: rows as they would leave.
        tabulated: the questions they were made from.
        waves: all waves.
        named: estimate.named_answer as it would leave.
        published: what left the house before.

    Raises:
        RelevoError: disclosure_audit_failed (exit 15): it cannot be made safe.
    """
    rows = {row["result_id"]: row for row in cleared}
    found: list[Bound] = []
    before = [(Release.read(one)) for one in published]
    for wave in waves:
        items = [item for item in tabulated if item.wave is wave]
        scene = Scene(survey, wave, tuple(items), named[named["wave"] == wave.wave.id])
        earlier = [scene.earlier(one) for one in before if one.has(wave.wave.id)]
        found += _audit_wave(scene, rows, earlier)
    hidden = sum(row["shown"] != rows[row["result_id"]]["shown"] for row in cleared)
    return Audit([rows[row["result_id"]] for row in cleared], tuple(found), hidden)


def _audit_wave(scene: Scene, rows: dict[str, Row], earlier: Sequence[Earlier]) -> list[Bound]:
    """Attack and hide, again until nothing more can be hidden; `rows` is changed in place."""
    mine: dict[str, list[str]] = defaultdict(list)
    for name, row in rows.items():
        if row["wave"] == scene.wave.wave.id and row["subject_kind"] == "question":
            mine[row["subject"]].append(name)
    shown = {
        column: [rows[name] for name in names if rows[name]["shown"] in SHOWN]
        for column, names in mine.items()
    }
    attack = Attack(scene.stage, scene.families, shown, scene.cells, earlier)
    hiding = Hiding(scene.stage.groups, scene.tied, scene.gates, mine, rows)
    found = _bounds(scene, attack)
    while not hiding.is_over and (reasons := hiding.next(found)):
        for name, reason in reasons.items():
            rows[name] = hidden_row(rows[name], reason)
        attack.forget(set(reasons))
        found = _bounds(scene, attack)
    _hold_back(scene, found, hiding)
    return found


def _bounds(scene: Scene, attack: Attack) -> list[Bound]:
    try:
        return attack.bounds()
    except InfeasibleError as error:  # a fault of ours; nothing leaves unexamined
        raise _failed(scene, str(error)) from None


def _hold_back(scene: Scene, found: Sequence[Bound], hiding: Hiding) -> None:
    """What is told in the end, by name of question and group."""
    told = [bound.cell for bound in found if hiding.told(bound) or _is_told_before(bound)]
    if told:
        where = dict.fromkeys(
            f"{cell.question} ({'.'.join(scene.stage.groups[cell.group])})" for cell in told
        )
        raise _failed(scene, ", ".join(list(where)[:5]) + (" …" if len(where) > 5 else ""))


def _is_told_before(bound: Bound) -> bool:
    """Whether earlier publications tell it by themselves: a guess at what changed may be wrong."""
    is_known = bound.is_determined and bound.is_exact and bound.uses_earlier
    return bool(is_known and abs(bound.low - bound.cell.truth) < 0.5)


def _failed(scene: Scene, found: str) -> RelevoError:
    values: dict[str, object] = {"wave": scene.wave.wave.id, "found": found}
    return RelevoError(Finding(Problem.disclosure_audit_failed, values=values))


# --- what an outsider knows ----------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """One wave: what everybody knows of it, and which cells are protected."""

    survey: Survey
    wave: WaveAnswers
    items: tuple[Item, ...]
    named: pd.DataFrame

    @cached_property
    def _patterns(self) -> tuple[Floats, np.ndarray[Any, np.dtype[np.int64]], dict[str, int]]:
        """Memberships, stratum, weight by atom; the atom of each response; of each other member."""
        wave = self.wave
        weight = np.zeros(len(wave.known)) if wave.design is None else wave.design.weight
        stratum = np.zeros(len(weight))
        for number, one in enumerate(wave.strata):
            stratum[one.inside] = number
        here = np.vstack([*(group.inside for group in wave.groups), stratum, weight]).astype(float)
        members = wave.members
        others = np.zeros((len(here), 0))
        units: list[str] = []
        if members is not None and "unit_id" in members:
            units = members["unit_id"].astype(str).tolist()
            others = np.vstack([*(_inside(members, g.kind, g.code) for g in wave.groups),
                                self._stratum_of(members), np.zeros(len(members))])  # fmt: skip
        keys, atom = np.unique(np.hstack([here, others]), axis=1, return_inverse=True)
        many = here.shape[1]
        place = dict(zip(units, atom[many:].tolist(), strict=True))
        if "unit_id" in wave.responses:
            place |= dict(zip(wave.responses["unit_id"], atom[:many].tolist(), strict=True))
        return keys, atom[:many].astype(np.int64), place

    @cached_property
    def stage(self) -> Stage:
        """Groups and atoms."""
        keys, _, _ = self._patterns
        groups = tuple((group.kind, group.code) for group in self.wave.groups)
        weight = None if self.wave.design is None else keys[-1]
        return Stage(groups, keys[:-2].astype(bool), weight)

    def _stratum_of(self, members: pd.DataFrame) -> Floats:
        """Number of the stratum of each member."""
        columns = list(self.survey.design.strata)
        if not columns or any(column not in members for column in columns):
            return np.zeros(len(members))
        codes = members[columns].fillna("").astype(str).agg("/".join, axis=1)
        place = {stratum.code: float(number) for number, stratum in enumerate(self.wave.strata)}
        return np.array([place.get(code, 0.0) for code in codes])

    def _weight_then(self, responses: Mapping[tuple[str, str], int]) -> Floats | None:
        """The weight of each atom's answers in an earlier publication, as anybody can count it.

        Members by answers of its stratum; strata without answers are joined with their country's.
        """
        keys, _, _ = self._patterns
        strata = self.wave.strata
        columns = self.survey.design.strata
        if self.wave.design is None or self.survey.design.rake:
            return None
        group = ("network", "all") if not columns else None
        then = [responses.get(group or ("stratum", one.code)) for one in strata]
        if any(n is None for n in then) or any(one.population is None for one in strata):
            return None
        first = [one.code.split("/")[0] for one in strata]
        empty = {name for name, n in zip(first, then, strict=True) if not n}
        name = [f if f in empty else one.code for f, one in zip(first, strata, strict=True)]
        sums = pd.DataFrame({"name": name, "n": then, "N": [one.population for one in strata]})
        total = sums.groupby("name")[["N", "n"]].transform("sum").astype(float)
        weight = np.where(total["n"] > 0, total["N"] / total["n"].clip(lower=1.0), 0.0)
        of_atom: Floats = weight[keys[-2].astype(int)]
        return of_atom

    @cached_property
    def families(self) -> list[list[Asked]]:
        """Questions tied by skip logic: a gate with all that it opens."""
        asked = {item.question.column: _View(self, item).asked for item in self.items}
        head = {column: column for column in asked}
        for column, one in asked.items():
            if one.gate is not None:
                old, new = head[column], head[one.gate.column]
                head = {c: new if h == old else h for c, h in head.items()}
        found: dict[str, list[Asked]] = defaultdict(list)
        for column, one in asked.items():
            found[head[column]].append(one)
        return list(found.values())

    @cached_property
    def tied(self) -> dict[str, frozenset[str]]:
        """By question: all of its family."""
        return {
            asked.column: frozenset(one.column for one in family)
            for family in self.families
            for asked in family
        }

    @cached_property
    def gates(self) -> dict[str, frozenset[str]]:
        """By question: its gate, and what it opens."""
        pairs = [
            (asked.column, asked.gate.column)
            for family in self.families
            for asked in family
            if asked.gate is not None
        ]
        pairs += [(gate, column) for column, gate in pairs]
        return {
            column: frozenset(other for one, other in pairs if one == column)
            for column in self.tied
        }

    @cached_property
    def cells(self) -> dict[str, list[Cell]]:
        """Protected cells by question."""
        return {item.question.column: list(_View(self, item).cells()) for item in self.items}

    @cached_property
    def rules(self) -> Rules:
        """The form's skip logic."""
        return rules(self.wave.questionnaire)

    @cached_property
    def by_column(self) -> dict[str, Item]:
        """The tabulated questions."""
        return {item.question.column: item for item in self.items}

    def atoms(self, response: np.ndarray[Any, Any]) -> Floats:
        """How many of these responses are in each atom."""
        _, atom, _ = self._patterns
        return np.bincount(atom[response], minlength=self.stage.inside.shape[1]).astype(float)

    def known(self, named: pd.DataFrame) -> dict[str, Known]:
        """Answers beside a name, by question."""
        _, _, place = self._patterns
        named = named.assign(atom=named["unit_id"].map(place)).dropna(subset=["atom"])
        named = named.astype({"atom": int})
        ranked = [c for c, item in self.by_column.items() if item.points is not None]
        later = named.duplicated(["question", "unit_id", "row_id"])
        named = named[~(later & named["question"].isin(ranked))]  # counted by what came first
        many = self.stage.inside.shape[1]
        found = {
            str(column): Known.nothing(many, len(self.by_column[str(column)].choices))
            for column in named["question"].unique()
            if column in self.by_column
        }
        who = named.drop_duplicates(["question", "unit_id", "row_id"])
        for (column, h), count in _tally(who, ["question", "atom"]):
            if column in found:
                found[column].answered[h] = count
        units = named.drop_duplicates(["question", "value", "unit_id"])
        for name, rows in (("taken", named), ("units", units)):
            for (column, choice, h), count in _tally(rows, ["question", "value", "atom"]):
                if column in found and choice in self.by_column[column].choices:
                    k = self.by_column[column].choices.index(choice)
                    getattr(found[column], name)[h, k] = count
        return found

    @cached_property
    def known_now(self) -> dict[str, Known]:
        """Answers that this release puts beside a name."""
        return self.known(self.named)

    def earlier(self, release: Release) -> Earlier:
        """This wave in an earlier publication."""
        wave = self.wave.wave.id
        named = release.named[release.named["wave"] == wave]
        _, _, place = self._patterns
        units = [place[unit] for unit in named["unit_id"].unique() if unit in place]
        many = self.stage.inside.shape[1]
        return Earlier(
            release.rows[wave],
            release.responses[wave],
            np.bincount(np.array(units, np.int64), minlength=many).astype(float),
            self.known(named),
            self._weight_then(release.responses[wave]),
        )


def _tally(named: pd.DataFrame, by: list[str]) -> Iterator[tuple[tuple[Any, ...], int]]:
    for key, rows in named.groupby(by).indices.items():
        assert isinstance(key, tuple)
        yield key, len(rows)


def _inside(members: pd.DataFrame, kind: str, code: str) -> Mask:
    if kind == "network":
        return np.ones(len(members), bool)
    if kind not in members:
        return np.zeros(len(members), bool)
    return (members[kind] == code).to_numpy(bool)


@dataclass(frozen=True)
class _View:
    """One question: what an outsider knows of it, and what he must not."""

    scene: Scene
    item: Item

    @property
    def is_public(self) -> bool:
        """Whether answers stand beside the names of those that agreed."""
        institution = self.scene.survey.unit_kind == "institution"
        return self.item.question.disclosure == "public" and institution

    @property
    def is_confidential(self) -> bool:
        return self.item.question.disclosure == "confidential"

    @property
    def threshold(self) -> int:
        limits = self.scene.survey.disclosure
        return limits.threshold_confidential if self.is_confidential else limits.threshold

    @cached_property
    def unknown(self) -> Mask:
        """Rows whose answers stand beside no name."""
        wave = self.scene.wave
        known = wave.known if self.is_public else np.zeros(len(wave.known), bool)
        return ~known[self.item.rows.response]

    @property
    def kind(self) -> str:
        if self.item.is_number:
            return NUMBER
        if not self.item.choices:
            return OTHER
        answered = self.item.states == "answered"
        adds_up = (np.nansum(self.item.y, axis=1) == answered).all()
        return ONE if self.item.is_exclusive and adds_up else SEVERAL

    def count(self, rows: Mask) -> Floats:
        """Rows by atom."""
        return self.scene.atoms(self.item.rows.response[rows])

    @cached_property
    def base(self) -> Floats:
        """Unknown answers by atom and choice."""
        given = ~np.isnan(self.item.y)
        if not given.shape[1]:
            given = (self.item.states == "answered")[:, None]
        return np.column_stack([self.count(self.unknown & column) for column in given.T])

    @property
    def skips(self) -> bool:
        """Whether skip logic decides who is asked."""
        return bool((self.item.states == NOT_ASKED)[self.unknown].any())

    @property
    def asked(self) -> Asked:
        item = self.item
        choices = () if item.is_number else item.choices
        many = self.scene.stage.inside.shape[1]
        known = Known.nothing(many, len(choices))
        if self.is_public:
            known = self.scene.known_now.get(item.question.column, known)
            if not choices:  # texts stand beside no name, but whether there is one is known
                answered = self.count(~self.unknown & (item.states == "answered"))
                known = replace(Known.nothing(many, 0), answered=answered)
            states = pd.Series(item.states[~self.unknown]).value_counts()
            known = replace(known, states={str(s): int(n) for s, n in states.items()})
        skips = self.skips and bool((self.base == self.base[:, :1]).all())
        return Asked(
            item.question.column,
            item.scope,
            self.kind,
            choices,
            self.count(self.unknown),
            None if skips else self.base,
            known,
            self.threshold,
            units=self._units() if item.scope else None,
            gate=self._gate() if skips else None,
        )

    def _units(self) -> Floats:
        given = self.unknown & (self.item.states == "answered")
        return self.scene.atoms(np.unique(self.item.rows.response[given]))

    # --- skip logic ------------------------------------------------------------------------------

    def _gate(self) -> Gate | None:
        """The one question with choices that decides; None where it is less simple."""
        found = gate_of(self.scene.survey, self.scene.rules, self.item.question)
        above = self.scene.by_column.get(found.column) if found else None
        if found is None or above is None or above.scope != self.item.scope:
            return None
        view = _View(self.scene, above)
        if view.kind not in {ONE, SEVERAL} or (self.is_public and not view.is_public):
            return None
        chosen = np.isin(above.choices, found.after)
        let_in = np.nansum(above.y[:, chosen], axis=1) > 0
        skipped, odd = self.item.states == NOT_ASKED, above.states != "answered"
        if (skipped & let_in).any() or (~skipped & ~let_in & ~odd).any():
            return None
        return replace(found, is_open=bool((~skipped & odd).any()))

    # --- what is protected -----------------------------------------------------------------------

    def cells(self) -> Iterator[Cell]:
        """Counts and complements below the threshold, by the definition of the contract."""
        column = self.item.question.column
        inside = np.array([self.item.inside(group) for group in self.item.wave.groups], float)
        inside = inside[:1] if self.is_public else inside
        if self.skips:
            whole = inside @ self.unknown
            for g, n, out in self._small(inside, self.item.states == "answered"):
                yield Cell(column, "asked", g, -1, min(self.threshold - 1, whole[g]), n)
                assert out >= 0
        yield from self._states(column)
        if self.item.is_number:
            yield from self._sums(column, inside)
            return
        for k, y in enumerate(self.item.y.T):
            yield from self._shares(column, inside, k, y)

    def _few(self, count: Floats, base: Floats) -> Mask:
        rest = base - count
        few = (count > 0) & (count < self.threshold) | (rest > 0) & (rest < self.threshold)
        return np.asarray(few, bool)

    def _small(self, inside: Floats, answered: Mask) -> Iterator[tuple[int, float, float]]:
        taken = inside @ (self.unknown & answered)
        out = inside @ (self.unknown & (self.item.states == NOT_ASKED))
        limit = self.threshold
        few = (taken > 0) & (taken < limit) | (out > 0) & (out < limit)
        for g in np.flatnonzero(few):
            yield int(g), float(taken[g]), float(out[g])

    def _shares(self, column: str, inside: Floats, k: int, y: Floats) -> Iterator[Cell]:
        given, taken = ~np.isnan(y), y == 1
        count, base = inside @ (taken & self.unknown), inside @ (given & self.unknown)
        few = self._few(count, base) | self._few(inside @ taken, inside @ given)
        if self.is_confidential:
            few |= (count == 0) | (count == base)
        for g in np.flatnonzero(few & (base > 0)):
            need = min(self.threshold - 1, base[g])
            yield Cell(column, "share", int(g), k, float(need), float(count[g]))
        if self.item.scope:
            units, all_units = (
                self._behind(taken & self.unknown),
                self._behind(given & self.unknown),
            )
            units, all_units = units[: len(inside)], all_units[: len(inside)]
            for g in np.flatnonzero(self._few(units, all_units)):
                need = min(self.threshold - 1, all_units[g])
                yield Cell(column, "units", int(g), k, float(need), float(units[g]))

    def _behind(self, rows: Mask) -> Floats:
        units = np.unique(self.item.rows.response[rows])
        return np.array([group.inside[units].sum() for group in self.item.wave.groups], float)

    def _states(self, column: str) -> Iterator[Cell]:
        states = self.item.states[self.unknown]
        for block in (tuple(s for s in EMPTY if s not in NEVER), NEVER):
            whole = float(np.isin(states, block).sum())
            for state in block:
                count = float((states == state).sum())
                if 0 < count < self.threshold:
                    need = min(self.threshold - 1.0, whole)
                    yield Cell(column, "state", 0, STATES.index(state), need, count)

    def _sums(self, column: str, inside: Floats) -> Iterator[Cell]:
        given = ~np.isnan(self.item.y[:, 0])
        count, everyone = inside @ (given & self.unknown), inside @ given
        few = (count > 0) & ((count < self.threshold) | (everyone < self.threshold))
        for g in np.flatnonzero(few):
            yield Cell(column, "sum", int(g), -1, MOVES)
        size = self.count(given & self.unknown)
        for h in np.flatnonzero((size > 0) & (size < self.threshold)):
            yield Cell(column, "sum", 0, int(h), MOVES)


def gate_of(survey: Survey, form_rules: Rules, question: Question) -> Gate | None:
    """The question that alone decides whether another is asked, and the choices that let in.

    Each choice of it is tried in the conditions; whoever answers at all has consented.
    """
    found = list(_conditions(form_rules, question))
    consent = survey.key.consent
    needs = {place for rule in found for place in rule.needs} - {consent.question}
    form = form_rules.questionnaire
    above = form.by_column.get(min(needs)) if len(needs) == 1 else None
    if above is None or any(rule.node is None or rule.clock or rule.rows for rule in found):
        return None
    agreed = _agreed(form, consent.question, consent.refused)

    def lets_in(choice: str) -> bool:
        def holds(rule: Rule) -> bool:
            assert rule.node is not None
            answers = {
                name: choice if column == above.column else agreed
                for name, column in rule.columns.items()
            }
            return evaluate(rule.node, rule.kinds, answers, {})

        return all(holds(rule) for rule in found)

    after = tuple(choice.name for choice in form.choices_of(above) if lets_in(choice.name))
    return Gate(above.column, after, is_open=False)


def _conditions(form_rules: Rules, question: Question) -> Iterator[Rule]:
    """The conditions of a question and of the groups around it."""
    place = question.column
    while place:
        if place in form_rules.relevance:
            yield form_rules.relevance[place]
        place = form_rules.levels.around[place]


def _agreed(form: Questionnaire, question: str, refused: Sequence[str]) -> str:
    """An answer that consents."""
    asked = form.by_column.get(question)
    names = [choice.name for choice in form.choices_of(asked)] if asked else []
    return next((name for name in names if name not in refused), "yes")


# --- what left the house before ------------------------------------------------------------------


@dataclass(frozen=True)
class Release:
    """The tables of an earlier publication, by wave."""

    rows: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
    responses: Mapping[str, Mapping[tuple[str, str], int]]
    named: pd.DataFrame

    @classmethod
    def read(cls, published: Published) -> Release:
        """Read the CSV files that were kept."""
        path = published.folder / "estimate_result.csv"
        result = pd.read_csv(path, dtype=str, keep_default_na=False)
        is_read = result["statistic"].isin(READ)
        result = result[result["shown"].isin(SHOWN) & is_read]
        rows: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        responses: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        for row in result.to_dict("records"):
            if row["subject_kind"] == "frame" and row["count"]:
                group = (row["group_kind"], row["group_code"])
                responses[row["wave"]][group] = int(float(row["count"]))
            elif row["subject_kind"] == "question":
                rows[row["wave"]][row["subject"]].append(_typed(row))
        path = published.folder / "estimate_named_answer.csv"
        named = pd.read_csv(path, dtype=str, keep_default_na=False)
        return cls(rows, responses, named)

    def has(self, wave: str) -> bool:
        """Whether it speaks of a wave."""
        return wave in self.rows


def _typed(row: Mapping[Any, str]) -> dict[str, Any]:
    numbers = {name: float(row[name]) if row[name] else None for name in ("count", "n", "estimate")}
    return {**row, **numbers, "is_weighted": row["is_weighted"].lower() == "true"}
