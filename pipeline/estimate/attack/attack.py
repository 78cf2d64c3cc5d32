"""One wave under attack: what is shown of it, and what that proves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from pipeline.estimate.attack.known import NUMBER, Asked, Earlier, Rows, Stage
from pipeline.estimate.attack.model import Model, model_of
from pipeline.estimate.attack.programme import Bound, Cell, InfeasibleError, Programme, Terms
from pipeline.estimate.attack.search import bounds, least
from pipeline.estimate.attack.sums import sums_of


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
        self.shown, self.families, self.earlier = (stage, rows, cells), families, earlier
        numbers = [asked for family in families for asked in family if asked.kind == NUMBER]
        self.sums = [made for asked in numbers if (made := sums_of(self.shown, asked, earlier))]
        self.safe: list[Bound] = []
        self.found: dict[str, list[Bound]] = {}
        try:
            self.models = [model_of(self.shown, tuple(family), earlier) for family in families]
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
        parts: list[Model | Programme] = [*self.models, *self.sums]
        for part in parts:
            programme = part.programme if isinstance(part, Model) else part
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

    def _that_fit(self) -> list[Model]:
        """Models without premises that the facts contradict: what was before, then skip logic."""
        return [model for family in self.families for model in self._fitting(tuple(family))]

    def _fitting(self, family: tuple[Asked, ...]) -> Iterator[Model]:
        counted = [replace(one, weight=None) for one in self.earlier]
        for before in (self.earlier, counted, ()):
            try:
                model = model_of(self.shown, family, before)
                least(model.programme, Terms(()))
            except InfeasibleError:
                continue
            yield model
            return
        yield from (model_of(self.shown, (replace(one, gate=None),), ()) for one in family)
