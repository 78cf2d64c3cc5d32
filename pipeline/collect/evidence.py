"""Where several questions share a label: does a column stand where one is asked, do values fit?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.ask import Codes, Question, Questionnaire, tidy
from pipeline.collect.export import Record
from pipeline.collect.spellings import MULTIPLES, Target

TICKS = frozenset({"1", "0", "1.0", "0.0", "true", "false"})
SHAPES = {
    "integer": re.compile(r"[+-]?[\d.,' ]+"),
    "decimal": re.compile(r"[+-]?[\d.,' ]+"),
    "date": re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"),
    "datetime": re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"),
    "time": re.compile(r"\d{1,2}:\d\d.*"),
    "geopoint": re.compile(r"-?[\d.]+ -?[\d.]+.*"),
}


@dataclass(frozen=True)
class Evidence:
    """Records of a sheet, held against the form."""

    questionnaire: Questionnaire
    records: tuple[Record, ...]
    settled: Mapping[int, Target]  # what is known of other columns, by position

    def settle(self, positions: Sequence[int], targets: Sequence[Target]) -> list[Target] | None:
        """The one way to give columns to targets in the order of both, so that all values fit.

        None where there is no such way, or a second one: the first from the left and the first
        from the right then differ.
        """
        first = self._match(positions, targets)
        last = self._match(positions[::-1], targets[::-1])
        return first if first is not None and last is not None and first == last[::-1] else None

    def _match(self, positions: Sequence[int], targets: Sequence[Target]) -> list[Target] | None:
        left = iter(targets)
        matched = [next((t for t in left if self.fits(at, t)), None) for at in positions]
        return None if None in matched else [target for target in matched if target]

    def fits(self, position: int, target: Target) -> bool:
        """Whether a column stands in the right place, and most of its values can be an answer."""
        place = self._numbers[target.column]
        before = max((p for at, p in self._places.items() if at < position), default=place)
        after = min((p for at, p in self._places.items() if at > position), default=place)
        return before <= place <= after and self.holds(position, target)

    @cached_property
    def _places(self) -> dict[int, int]:
        """Numbers of the questions whose columns stand in the form's order; {} where they do not.

        The choices of a question may stand in another order: an older version's come last.
        """
        known = {at: self._numbers[target.column] for at, target in sorted(self.settled.items())}
        return known if sorted(known.values()) == [*known.values()] else {}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {column: number for number, column in enumerate(self.questionnaire.by_column)}

    def holds(self, position: int, target: Target) -> bool:
        """Whether most values of a column can be an answer; one without values can."""
        texts = {record.at(position).strip() for record in self.records} - {""}
        question = self.questionnaire.by_column[target.column]
        return 2 * sum(self._reads(text, question, target) for text in texts) >= len(texts)

    def _reads(self, text: str, question: Question, target: Target) -> bool:
        if target.choice:
            return tidy(text) in TICKS
        codes = self._codes.get(question.list_name)
        if codes and question.type == "select_one":
            return bool(codes.one(text))
        if codes and question.type in MULTIPLES:
            return codes.many(text) is not None
        shape = SHAPES.get(question.type)
        return shape is None or shape.fullmatch(text) is not None

    @cached_property
    def _codes(self) -> dict[str, Codes]:
        return {name: Codes(choices) for name, choices in self.questionnaire.choices.items()}
