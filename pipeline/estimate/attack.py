"""The attacker: what the published numbers prove, by linear programmes over the unknown answers.

Written apart from what hides numbers, and knowing nothing of it, so that a fault there is found
here. It reads what leaves the house: the rows that are shown, the answers beside a name, who
answered and in which groups (`Stage`), the form with its skip logic; and the same rows of earlier
publications. To be on the safe side it knows a little more: where no skip logic decides it, how
many in each atom answered a question at all.

**The programme.** Unknown are the answers by atom (people whom every group treats alike) and
choice: never negative, each person once. Every published number is a fact about sums of them: a
count (a percentage with its base is one), its base, a weighted share as a band as wide as its
rounding, a state of the network; where a question is asked because of one other, both stand in one
programme. Whole numbers are relaxed to reals. The smallest and largest value of a protected cell
are what can be proven of it; the multipliers of that programme name the rows that the proof uses.
Of a number only sums are known: there the question is whether a sum can move at all.

**Earlier publications** of the wave: their answers are today's, less those that came (`a`), plus
those that went (`w`); a correction is both. The attacker takes the fewest changes that explain the
differences, and asks what those few answered. A weighted share of then is a band with the weights
of then. Medians and margins of error are not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.estimate.programme import (
    CLOSE,
    EARLIER,
    Bound,
    Cell,
    Floats,
    InfeasibleError,
    Ints,
    Mask,
    Programme,
    Terms,
    bounds,
    least,
)

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]  # shown rows by question

ONE, SEVERAL, NUMBER, OTHER = "one", "several", "number", "other"
EMPTY = ("set_aside", "unanswered", "dont_know", "refused", "not_applicable", "absent")
NOT_ASKED = "not_asked"
STATES = (*EMPTY, NOT_ASKED)
NEVER_ASKED = frozenset({"not_applicable", "absent", NOT_ASKED})
NAMED = "named"
MOVES = 1e-3  # a sum that can move at all is not determined


@dataclass(frozen=True)
class Known:
    """Answers that stand beside a name: how many by atom (H,), by choice (H, K), states.

    `units` (H, K): governments behind the rows of a repeat.
    """

    answered: Floats
    taken: Floats
    units: Floats
    states: Mapping[str, int] = field(default_factory=dict)

    def merged(self, into: Floats) -> Known:
        """The same over fewer atoms."""
        return Known(into @ self.answered, into @ self.taken, into @ self.units, self.states)

    @classmethod
    def nothing(cls, atoms: int, choices: int) -> Known:
        """Nobody is named."""
        return cls(np.zeros(atoms), *np.zeros((2, atoms, choices)))


@dataclass(frozen=True)
class Stage:
    """Who answered and where: `inside` (G, H) groups of atoms, the network first.

    `weight` (H,) of each answer, None where nothing is weighted.
    """

    groups: tuple[tuple[str, str], ...]
    inside: Mask
    weight: Floats | None = None


@dataclass(frozen=True)
class Gate:
    """The question that decides whether another is asked: it is, after any choice of `after`.

    `is_open`: a gate without an answer may have let people in as well.
    """

    column: str
    after: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True)
class Asked:
    """A question as an outsider sees it.

    `people` (H,) whose answers are unknown, or their rows of a repeat, with `units` (H,) behind;
    `base` (H, K): how many of them answered, None where skip logic decides; `gate` is a question
    of the same rows.
    """

    column: str
    scope: str
    kind: str
    choices: tuple[str, ...]
    people: Floats
    base: Floats | None
    known: Known
    threshold: int
    is_confidential: bool = False
    units: Floats | None = None
    gate: Gate | None = None


@dataclass(frozen=True)
class Earlier:
    """One wave of an earlier publication: its shown rows, and how many answered by group.

    `named` (H,) governments were named; `known` are their answers by question. `weight` (H,) of
    each answer then; None where nobody can tell.
    """

    rows: Rows
    responses: Mapping[tuple[str, str], int]
    named: Floats
    known: Mapping[str, Known]
    weight: Floats | None = None


class Attack:
    """One wave under attack: what is shown of it, and what that proves.

    Args:
        stage: who answered.
        families: questions that skip logic ties together; most stand alone.
        rows: everything shown of the wave, by question.
        cells: what is protected, by question.
        earlier: what was published of the wave before.
    """

    def __init__(
        self,
        stage: Stage,
        families: Sequence[Sequence[Asked]],
        rows: Rows,
        cells: Mapping[str, Sequence[Cell]],
        earlier: Sequence[Earlier] = (),
    ) -> None:
        self.scene, self.families, self.earlier = (stage, rows, cells), families, earlier
        numbers = [asked for family in families for asked in family if asked.kind == NUMBER]
        self.sums = [made for asked in numbers if (made := _sums(self.scene, asked, earlier))]
        self.safe: list[Bound] = []
        self.found: dict[str, list[Bound]] = {}
        try:
            self.models = [_model(self.scene, tuple(family), earlier) for family in families]
        except InfeasibleError:
            self.models = self._that_fit()

    def bounds(self, *, in_full: bool = False) -> list[Bound]:
        """What can be proven of every protected cell.

        Args:
            in_full: both ends of every range, not only as far as they prove it wide enough.

        Raises:
            InfeasibleError: what is shown contradicts itself.
        """
        try:
            self.found |= bounds(self._asked, in_full=in_full)
        except InfeasibleError:
            self.models, self.found = self._that_fit(), {}
            self.found |= bounds(self._asked, in_full=in_full)
        return [*self.safe, *(bound for found in self.found.values() for bound in found)]

    def forget(self, hidden: Set[str]) -> None:
        """Rows that are hidden now.

        Hiding more does not narrow what is wide, unless what changed since an earlier publication
        must be guessed again.
        """
        parts: list[_Model | Programme] = [*self.models, *self.sums]
        for part in parts:
            programme = part.programme if isinstance(part, _Model) else part
            if not part.forget(hidden):
                continue
            found = self.found.pop(programme.name, [])
            if not self.earlier:
                self.safe += [bound for bound in found if not bound.is_determined]
                programme.ask_only([bound.is_determined for bound in found])

    @property
    def _asked(self) -> list[Programme]:
        every = [*(model.programme for model in self.models), *self.sums]
        return [one for one in every if one.cells and one.name not in self.found]

    def _that_fit(self) -> list[_Model]:
        """Models without premises that the facts contradict: what was before, then skip logic."""
        return [model for family in self.families for model in self._fitting(tuple(family))]

    def _fitting(self, family: tuple[Asked, ...]) -> Iterator[_Model]:
        counted = [replace(one, weight=None) for one in self.earlier]
        for before in (self.earlier, counted, ()):
            try:
                model = _model(self.scene, family, before)
                least(model.programme, Terms(()))
            except InfeasibleError:
                continue
            yield model
            return
        yield from (_model(self.scene, (replace(one, gate=None),), ()) for one in family)


_Scene = tuple[Stage, Rows, Mapping[str, Sequence[Cell]]]


def _model(scene: _Scene, family: tuple[Asked, ...], earlier: Sequence[Earlier]) -> _Model:
    model = _Model(*scene, family, earlier)
    model.explain()
    return model


# --- counts --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    """The unknowns of one question: choices (K, H), answered, without an answer, not asked."""

    taken: Ints
    answered: Ints
    empty: Ints
    skipped: Ints

    @property
    def all(self) -> tuple[Ints, ...]:
        """Every unknown."""
        return (*self.taken, self.answered, self.empty, self.skipped)


@dataclass(frozen=True)
class _View:
    """A question's answers as a sum of blocks: today's, less those that came, plus those gone."""

    parts: tuple[tuple[_Block, float], ...]

    def taken(self, k: int, inside: Ints, weight: float | Floats = 1.0) -> Terms:
        """Of one choice."""
        return Terms(tuple((b.taken[k, inside], sign * weight) for b, sign in self.parts))

    def answered(self, inside: Ints, weight: float | Floats = 1.0) -> Terms:
        """All that answered."""
        return Terms(tuple((b.answered[inside], sign * weight) for b, sign in self.parts))


class _Model:
    """One family of questions as a programme."""

    def __init__(
        self,
        stage: Stage,
        rows: Rows,
        cells: Mapping[str, Sequence[Cell]],
        family: tuple[Asked, ...],
        earlier: Sequence[Earlier],
    ) -> None:
        self.programme = Programme(family[0].column)
        self.changes: list[_Change] = []
        mine = {asked.column: rows.get(asked.column, ()) for asked in family}
        before = [one for one in earlier if _differs(mine, one.rows)]
        self.stage, self.family, place = _merged(stage, family, mine, cells, before)
        self.blocks = {asked.column: self._block(asked) for asked in self.family}
        for asked in self.family:
            facts = _Facts(self.programme, self.stage, asked, self.blocks[asked.column])
            facts.read(mine[asked.column])
            for cell in cells.get(asked.column, ()):
                if cell.statistic != "sum":
                    facts.protect(cell)
            if asked.gate is not None:
                self._tie(asked, asked.gate)
        for one in before:
            for asked in self.family:
                if asked.column in one.rows:
                    self.changes.append(_Change(self, asked, one, place))

    def _block(self, asked: Asked) -> _Block:
        many = len(self.stage.inside[0])
        most = asked.people
        block = _Block(
            self.programme.unknowns(np.tile(most, (len(asked.choices), 1))),
            self.programme.unknowns(most),
            self.programme.unknowns(most),
            self.programme.unknowns(most if asked.base is None else np.zeros(many)),
        )
        _hold_together(self.programme, asked.kind, block)
        parts = np.column_stack([block.answered, block.empty, block.skipped])
        self.programme.each(parts, (1.0, 1.0, 1.0), most, most)
        if asked.base is not None:
            if _is_uniform(asked):
                base = asked.base[:, 0]
                self.programme.each(block.answered[:, None], (1.0,), base, base)
            for k, h in np.ndindex(block.taken.shape):
                self.programme.upper[block.taken[k, h]] = float(asked.base[h, k])
        return block

    def _tie(self, asked: Asked, gate: Gate) -> None:
        """Whoever chose something of `after` was asked, the others were not."""
        above = next(one for one in self.family if one.column == gate.column)
        block, over = self.blocks[asked.column], self.blocks[gate.column]
        after = [k for k, choice in enumerate(above.choices) if choice in gate.after]
        for h, people in enumerate(asked.people):
            skipped = Terms.of(block.skipped[h])
            is_wider = people > above.people[h]  # those that are known at the gate are among them
            known_at = above.known.taken[h] if is_wider else np.zeros(len(above.choices))
            doors = [(Terms.of(over.taken[k, h]), known_at[k]) for k in after]
            let_in = Terms(tuple(part for door, _ in doors for part in door.parts))
            known = float(sum(count for _, count in doors))
            if above.kind == ONE:
                self.programme.fact(skipped + let_in, -np.inf, people - known)
            for door, count in doors if above.kind != ONE else ():
                self.programme.fact(skipped + door, -np.inf, people - count)
            closed = skipped + let_in
            if gate.is_open:
                closed = closed + Terms.of(over.empty[h]) + Terms.of(over.skipped[h])
            self.programme.fact(closed, people - known, np.inf)

    def explain(self) -> None:
        """Take the fewest changes that explain the differences; ask what those few answered.

        Raises:
            InfeasibleError: none do.
        """
        if not self.changes:
            return
        self.unexplained = len(self.programme.low), len(self.programme.cells)
        every = Terms(
            tuple(
                (side.people, 1.0) for change in self.changes for side in (change.came, change.went)
            )
        )
        found, fewest = least(self.programme, every)
        self.programme.fact(every, -np.inf, fewest + CLOSE, (EARLIER,))
        for change in self.changes:
            change.protect(found)

    def forget(self, hidden: Set[str]) -> bool:
        """Rows that are hidden now; whether they were needed."""
        if not self.changes:
            return self.programme.forget(hidden)
        self.programme.cut(*self.unexplained)
        is_changed = self.programme.forget(hidden)
        self.explain()
        return is_changed


def _hold_together(programme: Programme, kind: str, block: _Block) -> None:
    nothing = np.zeros(())
    if kind == ONE:
        parts = np.column_stack([*block.taken, block.answered])
        programme.each(parts, (*(1.0 for _ in block.taken), -1.0), nothing, nothing)
    for taken in block.taken if kind == SEVERAL else ():
        parts = np.column_stack([taken, block.answered])
        programme.each(parts, (1.0, -1.0), nothing - np.inf, nothing)


def _is_uniform(asked: Asked) -> bool:
    """Whether all choices have one base."""
    base = asked.base
    return base is not None and bool((base == base[:, :1]).all())


@dataclass(frozen=True)
class _Said:
    """Which number: `what` of a group and a choice (or state); digits of a rounded share."""

    what: str
    group: int
    choice: int = -1
    digits: int = 0


class _Facts:
    """What the rows of one question say about its unknowns."""

    def __init__(self, programme: Programme, stage: Stage, asked: Asked, block: _Block) -> None:
        self.programme, self.stage, self.asked, self.block = programme, stage, asked, block
        self.known = asked.known.merged(stage.inside.astype(float))  # by group
        self.inside = [np.flatnonzero(inside) for inside in stage.inside]
        self.place = {group: g for g, group in enumerate(stage.groups)}
        self.states = programme.unknowns(np.full(len(STATES), asked.people.sum()))
        empty = Terms.of(self.states[:-1]) + Terms.of(block.empty, -1.0)
        programme.equal(empty, 0.0)
        programme.equal(Terms.of(self.states[-1]) + Terms.of(block.skipped, -1.0), 0.0)
        self.units: Ints | None = None
        if asked.units is not None:
            self.units = programme.unknowns(np.tile(asked.units, (len(asked.choices), 1)))
            pairs = np.column_stack([self.units.ravel(), block.taken.ravel()])
            programme.each(pairs, (1.0, -1.0), -np.inf, 0.0)

    def read(self, rows: Sequence[Row]) -> None:
        """Turn shown rows into facts."""
        for said, (value, names) in _told(rows, self.place, self.asked).items():
            self._fact(said, value, names)

    def _fact(self, said: _Said, value: float, names: list[str]) -> None:
        what, g, k = said.what, said.group, said.choice
        if what == "count":
            rest = value - self.known.taken[g, k]
            self.programme.equal(Terms.of(self.block.taken[k, self.inside[g]]), rest, names)
        elif what == "base" and self.asked.base is None:
            rest = value - self.known.answered[g]
            self.programme.equal(Terms.of(self.block.answered[self.inside[g]]), rest, names)
        elif what == "units" and self.units is not None:
            rest = value - self.known.units[g, k]
            self.programme.equal(Terms.of(self.units[k, self.inside[g]]), rest, names)
        elif what == "state" and g == 0:
            known = float(self.known.states.get(STATES[k], 0))
            self.programme.equal(Terms.of(self.states[k]), value - known, names)
        elif what == "asked" and g == 0:
            kinds = [i for i, state in enumerate(STATES) if state not in NEVER_ASKED]
            known = self.known.answered[0]
            known += sum(self.known.states.get(STATES[i], 0) for i in kinds)
            terms = Terms.of(self.states[kinds]) + Terms.of(self.block.answered)
            self.programme.equal(terms, value - known, names)
        elif what == "band" and self.stage.weight is not None:
            self._band(said, value, names)

    def _band(self, said: _Said, share: float, names: list[str]) -> None:
        """A rounded weighted share: a band around a sum of taken less share times answered."""
        k, slack = said.choice, 0.5 * 10.0**-said.digits
        inside = self.inside[said.group]
        assert self.stage.weight is not None
        weight = self.stage.weight[inside]
        taken = Terms.of(self.block.taken[k, inside], weight)
        known = float(weight @ self.asked.known.taken[inside, k])
        base = float(weight @ self.asked.known.answered[inside])
        low, high = share - slack, share + slack
        if self.asked.base is not None and not _is_uniform(self.asked):
            base += float(weight @ self.asked.base[inside, k])
            self.programme.fact(
                taken, low * base - known - CLOSE, high * base - known + CLOSE, names
            )
            return
        answered = self.block.answered[inside]
        least_ = taken + Terms.of(answered, -low * weight)
        self.programme.fact(least_, low * base - known - CLOSE, np.inf, names)
        most = taken + Terms.of(answered, -high * weight)
        self.programme.fact(most, -np.inf, high * base - known + CLOSE, names)

    def protect(self, cell: Cell) -> None:
        """Ask for the range of a cell."""
        inside = self.inside[cell.group]
        unknowns = self.block.answered[inside]  # of statistic asked
        if cell.statistic == "share":
            unknowns = self.block.taken[cell.choice, inside]
        elif cell.statistic == "units" and self.units is not None:
            unknowns = self.units[cell.choice, inside]
        elif cell.statistic == "state":
            unknowns = self.states[[cell.choice]]
        self.programme.protect(cell, Terms.of(unknowns))


# --- what changed since an earlier publication ---------------------------------------------------


@dataclass(frozen=True)
class _Side:
    """Those that came, or went: how many by atom, and their answers."""

    people: Ints
    block: _Block

    @classmethod
    def of(cls, programme: Programme, asked: Asked, most: Floats) -> _Side:
        people = programme.unknowns(most)
        taken = programme.unknowns(np.tile(most, (len(asked.choices), 1)))
        block = _Block(taken, *(programme.unknowns(most) for _ in range(3)))
        _hold_together(programme, asked.kind, block)
        for h, many in enumerate(people):
            parts = Terms.of(np.array([block.answered[h], block.empty[h], block.skipped[h]]))
            programme.equal(parts + Terms.of(many, -1.0), 0.0)
        return cls(people, block)


class _Change:
    """One question in an earlier publication: the same unknowns but for those that changed."""

    def __init__(self, model: _Model, asked: Asked, one: Earlier, place: Ints) -> None:
        programme, stage = model.programme, model.stage
        self.programme, self.stage, self.asked = programme, stage, asked
        block = model.blocks[asked.column]
        total = float(max(one.responses.values(), default=0)) + asked.people.sum()
        if asked.scope:
            total += sum(float(row["n"]) for row in one.rows[asked.column])
        self.came = _Side.of(programme, asked, asked.people)
        self.went = _Side.of(programme, asked, np.full(len(asked.people), total))
        self._came_from(block)
        into = np.zeros((len(asked.people), len(place)))
        into[place, np.arange(len(place))] = 1.0
        known = one.known.get(asked.column, Known.nothing(len(place), len(asked.choices)))
        known = known.merged(into)
        before = replace(asked, base=None, known=known, units=None)
        view = _View(((block, 1.0), (self.came.block, -1.0), (self.went.block, 1.0)))
        told = _told(one.rows[asked.column], {g: i for i, g in enumerate(stage.groups)}, before)
        for said, (value, _) in told.items():
            inside = np.flatnonzero(stage.inside[said.group])
            if said.what == "count":
                rest = value - known.taken[inside, said.choice].sum()
                programme.equal(view.taken(said.choice, inside), rest, (EARLIER,))
            elif said.what == "base" and (asked.base is None or _is_uniform(asked)):
                rest = value - known.answered[inside].sum()
                programme.equal(view.answered(inside), rest, (EARLIER,))
            elif said.what == "band" and one.weight is not None:
                weight = np.zeros(len(asked.people))
                weight[place] = one.weight
                self._band(view, said, value, (weight[inside], known, inside))
        if not asked.scope:
            self._count(one, into @ one.named)

    def _band(
        self, view: _View, said: _Said, share: float, among: tuple[Floats, Known, Ints]
    ) -> None:
        """A weighted share then, with the weights of then."""
        weight, known, inside = among
        if self.asked.base is not None and not _is_uniform(self.asked):
            return
        taken, base = weight @ known.taken[inside, said.choice], weight @ known.answered[inside]
        slack = 0.5 * 10.0**-said.digits
        for side, low, high in ((share - slack, 0.0, np.inf), (share + slack, -np.inf, 0.0)):
            terms = view.taken(said.choice, inside, weight) + view.answered(inside, -side * weight)
            rest = side * base - taken
            self.programme.fact(terms, low + rest - CLOSE, high + rest + CLOSE, (EARLIER,))

    def _came_from(self, block: _Block) -> None:
        """Who came is among today's."""
        for now, came in zip(block.all, self.came.block.all, strict=True):
            for h in range(len(now)):
                self.programme.fact(Terms.of(came[h]) + Terms.of(now[h], -1.0), -np.inf, 0.0)
        for now, came in zip(block.taken, self.came.block.taken, strict=True):
            for h in range(len(now)):  # and so are those of them that did not choose it
                rest = Terms.of(self.came.block.answered[h]) + Terms.of(came[h], -1.0)
                rest = rest + Terms.of(block.answered[h], -1.0) + Terms.of(now[h])
                self.programme.fact(rest, -np.inf, 0.0)

    def _count(self, one: Earlier, named: Floats) -> None:
        """How many answered was published."""
        for g, group in enumerate(self.stage.groups):
            if group in one.responses:
                inside = np.flatnonzero(self.stage.inside[g])
                change = Terms.of(self.went.people[inside])
                change = change + Terms.of(self.came.people[inside], -1.0)
                rest = one.responses[group] - named[inside].sum() - self.asked.people[inside].sum()
                self.programme.equal(change, float(rest), (EARLIER,))

    def protect(self, found: Floats) -> None:
        """The answers of those that changed are a small table of their own."""
        limit = self.asked.threshold
        for g in range(len(self.stage.groups)):
            inside = np.flatnonzero(self.stage.inside[g])
            for name, side in (("came", self.came), ("went", self.went)):
                many = round(float(found[side.people[inside]].sum()))
                for k in range(len(self.asked.choices) if many else 0):
                    need = float(min(limit - 1, many))
                    cell = Cell(self.asked.column, name, g, k, need, among=many, limit=limit)
                    self.programme.protect(cell, Terms.of(side.block.taken[k, inside]))


def _told(
    rows: Sequence[Row], place: Mapping[tuple[str, str], int], asked: Asked
) -> dict[_Said, tuple[float, list[str]]]:
    """Every number that shown rows give, once, with all the rows that give it."""
    said: dict[_Said, tuple[float, list[str]]] = {}
    for row in rows:
        g = place.get((row["group_kind"], row["group_code"]))
        if g is not None and row["row_scope"] == asked.scope:
            for key, value in _numbers(row, g, asked):
                said.setdefault(key, (value, []))[1].append(row["result_id"])
    return said


def _numbers(row: Row, g: int, asked: Asked) -> Iterator[tuple[_Said, float]]:
    """What one row says, and the value."""
    n, statistic, choice = float(row["n"]), row["statistic"], row["choice"]
    if statistic == "count":
        k = STATES.index(choice) if choice in STATES else -1
        if k >= 0:
            yield _Said("state", g, k), float(row["count"])
        if row["base"] == "asked":
            yield _Said("asked", g), n
        return
    if statistic in {"mean", "median"}:
        yield _Said("base", g), n
    if statistic not in {"share", "share_of_units"} or choice not in asked.choices:
        return
    k = asked.choices.index(choice)
    share = row["estimate"]
    count = round(share * n) if row["count"] is None else float(row["count"])
    if statistic == "share_of_units":
        yield _Said("units", g, k), count
        return
    yield _Said("count", g, k), count
    yield _Said("base", g), n
    if row["is_weighted"] and n:
        yield _Said("band", g, k, _digits(share)), share


def _digits(share: float) -> int:
    """Digits that a share was rounded to, as far as they can be seen."""
    return next((digits for digits in (2, 3) if abs(share - round(share, digits)) < 1e-12), 9)


def _differs(rows: Rows, before: Rows) -> bool:
    """Whether two publications say different things of the same questions."""

    def told(found: Sequence[Row]) -> dict[str, tuple[Any, ...]]:
        return {
            row["result_id"]: tuple(
                None if row.get(name) is None else round(float(row[name]), 9)
                for name in ("count", "n", "estimate")
            )
            for row in found
        }

    return any(
        column in before and told(found) != told(before[column]) for column, found in rows.items()
    )


def _merged(
    stage: Stage,
    family: tuple[Asked, ...],
    rows: Rows,
    cells: Mapping[str, Sequence[Cell]],
    before: Sequence[Earlier],
) -> tuple[Stage, tuple[Asked, ...], Ints]:
    """Fewer atoms: those that nothing published, and nothing protected, tells apart are one."""
    place = {group: g for g, group in enumerate(stage.groups)}
    told = [row for found in rows.values() for row in found if row["row_scope"] != NAMED]
    told += [
        row
        for one in before
        for asked in family
        for row in one.rows.get(asked.column, ())
        if row["row_scope"] != NAMED
    ]
    used = {place.get((row["group_kind"], row["group_code"]), 0) for row in told}
    used |= {cell.group for asked in family for cell in cells.get(asked.column, ())} | {0}
    keys = [stage.inside[sorted(used)].astype(float)]
    if stage.weight is not None and any(row["is_weighted"] for row in told):
        keys.append(stage.weight[None, :])
    keys += [one.weight[None, :] for one in before if one.weight is not None]
    _, first, where = np.unique(np.vstack(keys), axis=1, return_index=True, return_inverse=True)
    into = np.zeros((len(first), len(where)))
    into[where, np.arange(len(where))] = 1.0

    def merge(asked: Asked) -> Asked:
        known = asked.known.merged(into)
        base = None if asked.base is None else into @ asked.base
        units = None if asked.units is None else into @ asked.units
        return replace(asked, people=into @ asked.people, base=base, known=known, units=units)

    weight = None if stage.weight is None else stage.weight[first]
    smaller = Stage(stage.groups, stage.inside[:, first], weight)
    return smaller, tuple(merge(asked) for asked in family), where.astype(np.int64)


# --- numbers -------------------------------------------------------------------------------------


def _sums(scene: _Scene, asked: Asked, earlier: Sequence[Earlier]) -> Programme | None:
    """Sums of a number: shown means fix them; the question is which others cannot move either.

    The unknowns are how far the sum of an atom moves, from 0 to 2 around 1; for an earlier
    publication also how far its difference to today does.
    """
    stage, rows, cells = scene
    programme = Programme(f"{asked.column} sum")
    used = asked.people > 0 if asked.base is None else asked.base[:, 0] > 0
    moves = programme.unknowns(np.where(used, 2.0, 0.0))
    means = dict(_means(stage, asked, rows.get(asked.column, ())))
    for (g, is_weighted), row in means.items():
        inside = np.flatnonzero(stage.inside[g] & used)
        weight = stage.weight if is_weighted and stage.weight is not None else np.ones(len(used))
        if len(inside):
            terms = Terms.of(moves[inside], weight[inside])
            programme.equal(terms, float(weight[inside].sum()), (row["result_id"],))
    for cell in cells.get(asked.column, ()):
        if cell.statistic == "sum":
            atom = np.arange(len(used)) == cell.choice
            inside = stage.inside[cell.group] if cell.choice < 0 else atom
            programme.protect(cell, Terms.of(moves[np.flatnonzero(inside & used)]))
    for one in earlier:
        if _differs({asked.column: rows.get(asked.column, ())}, one.rows):
            before = dict(_means(stage, asked, one.rows[asked.column]))
            _sums_before(programme, stage, asked, (means, before, one))
    return programme if programme.cells else None


_Means = Mapping[tuple[int, bool], Row]


def _means(stage: Stage, asked: Asked, rows: Sequence[Row]) -> Iterator[tuple[Any, Row]]:
    """Shown means by group, and whether they are weighted."""
    place = {group: g for g, group in enumerate(stage.groups)}
    for row in rows:
        g = place.get((row["group_kind"], row["group_code"]))
        is_mean = row["statistic"] == "mean" and row["shown"] == "yes"
        if g is not None and is_mean and row["row_scope"] == asked.scope:
            yield (g, bool(row["is_weighted"])), row


def _moved(now: Row, then: Row) -> bool:
    return any(abs(now[name] - then[name]) > CLOSE for name in ("n", "estimate"))


def _sums_before(
    programme: Programme, stage: Stage, asked: Asked, said: tuple[_Means, _Means, Earlier]
) -> None:
    """What changed in a sum is protected where few changed, or nobody can tell how many."""
    means, before, one = said
    used = np.array(programme.upper[: len(asked.people)]) > 0
    shift = programme.unknowns(np.full(len(used), 2.0))
    for g, inside in enumerate(stage.inside):
        if (g, False) in before:
            today, every = np.flatnonzero(inside & used), np.flatnonzero(inside)
            terms = Terms.of(today) + Terms.of(shift[every], -1.0)
            programme.equal(terms, float(len(today) - len(every)), (EARLIER,))
    for g, inside in enumerate(stage.inside):
        came = asked.people[inside].sum() + one.named[inside].sum()
        came -= one.responses.get(stage.groups[g], came)
        now, then = means.get((g, False)), before.get((g, False))
        moved = now is not None and then is not None and _moved(now, then)
        if 0 < abs(came) < asked.threshold or (moved and abs(came) < asked.threshold):
            cell = Cell(asked.column, "sum", g, -1, MOVES)
            programme.protect(cell, Terms.of(shift[np.flatnonzero(inside)]))
