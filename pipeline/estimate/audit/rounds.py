"""Attack and hide in turns, until nothing that is protected can be proven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.ask import Survey
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate.answers import WaveAnswers
from pipeline.estimate.attack import Attack, Bound, Earlier, InfeasibleError
from pipeline.estimate.audit.earlier import Release
from pipeline.estimate.audit.hiding import SHOWN, Hiding
from pipeline.estimate.audit.scene import Scene
from pipeline.estimate.disclosure import hidden_row
from pipeline.estimate.results import Item, Row
from pipeline.store.published import Published


@dataclass(frozen=True)
class Audit:
    """The rows that may leave, what is proven of protected cells by them, how many were hidden."""

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
    before = [Release.read(one) for one in published]
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
