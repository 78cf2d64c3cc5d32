"""Where each answer stands in a LimeSurvey table, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.ask import Questionnaire
from pipeline.collect.headers import Ambiguity, Columns, Target
from pipeline.collect.limesurvey_answers import Asked
from pipeline.collect.limesurvey_headings import Heading, headings_of
from pipeline.collect.limesurvey_places import Place, Places

MEANINGS = {"id": "_id", "submitdate": "_submission_time", "startdate": "start", "datestamp": "end"}
Row = tuple[str, tuple[int, ...]]  # a repeat and the numbers of its rows; ("", ()) = the main form


@dataclass(frozen=True)
class LimeColumns:
    """The columns of a table, and its questions by the row they are asked in."""

    columns: Columns
    asked: Mapping[Row, Mapping[str, Asked]]


@dataclass
class _Table:
    """The table while its headings are read; positions from 0."""

    places: Places
    targets: dict[int, Target] = field(default_factory=dict)
    asked: dict[Row, dict[str, Asked]] = field(default_factory=dict)
    taken: dict[Place, int] = field(default_factory=dict)
    twins: list[tuple[int, int]] = field(default_factory=list)

    def put(self, position: int, place: Place) -> None:
        """Note that the answer, or the part of it, stands here."""
        question = self.places.questionnaire.by_column[place.column]
        self.targets[position] = _target(place)
        if place in self.taken:
            self.twins.append((self.taken[place], position))
            return
        self.taken[place] = position
        row = self.asked.setdefault((question.repeat, place.rows), {})
        asked = row.setdefault(place.column, Asked(question))
        if place.part == "choice":
            asked.ticks[place.code] = position
        elif place.part == "rank":
            asked.ranks[int(place.code)] = position
        elif place.part == "other":
            asked.other, asked.other_code = position, place.code
        else:
            asked.whole = position

    def put_all(self, places: Sequence[Place], positions: Sequence[int]) -> Ambiguity | None:
        """Headings with one text: in the form's order where none is missing, else ambiguous."""
        left = [place for place in places if place not in self.taken]
        if len(left) != len(positions):
            return Ambiguity(tuple(positions), tuple(map(_target, left or places)))
        for position, place in zip(positions, left, strict=True):
            self.put(position, place)
        return None

    def settle_others(self) -> None:
        """Give the text beside `other` to the form's own question for it, if it has none."""
        for row in self.asked.values():
            for asked in row.values():
                beside = self.places.beside(asked.question) if asked.other is not None else ""
                asked.beside = beside if beside not in row else ""


def lime_columns(headers: Sequence[str], questionnaire: Questionnaire) -> LimeColumns:
    """Look up every heading of a table."""
    table = _Table(Places(questionnaire))
    headings = headings_of(headers)
    own = _own(headings)
    table.targets |= {at: Target(metadata=MEANINGS.get(code, "")) for at, code in own.items()}
    shared: dict[tuple[Place, ...], list[int]] = {}
    for position in sorted({*range(len(headings))} - own.keys()):
        found = table.places.find(headings[position])
        if len(found) == 1:
            table.put(position, found[0])
        elif found:
            shared.setdefault(found, []).append(position)
    ambiguous = [table.put_all(places, positions) for places, positions in shared.items()]
    table.settle_others()
    lost = {position for positions in shared.values() for position in positions}
    unknown = (
        header
        for position, header in enumerate(headers)
        if header.strip() and position not in table.targets and position not in lost
    )
    columns = Columns(
        MappingProxyType(table.targets),
        tuple(unknown),
        (),
        tuple(table.twins),
        tuple(filter(None, ambiguous)),
    )
    return LimeColumns(columns, MappingProxyType(table.asked))


def _own(headings: Sequence[Heading]) -> dict[int, str]:
    """The tool's own columns: by code anywhere, by text only before the first question."""
    found: dict[int, str] = {}
    for position, heading in enumerate(headings):
        if heading.own and (heading.code or len(found) == position):
            found[position] = heading.own
    return found


def _target(place: Place) -> Target:
    """What the rules for records need to know of a column of the main form."""
    if place.rows or place.part in {"other", "rank"}:
        return Target()
    return Target(place.column, place.code)
