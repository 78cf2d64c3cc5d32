"""What each header of an ODK Central or Briefcase table means.

Groups are joined to a name by a hyphen, which a name may hold itself; an option drops them. So a
header is compared with what the form would write, and only then with the end of a path: a field
that moved between groups keeps its name. A slash always comes before a choice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from pipeline.ask import STRUCTURE, Question, Questionnaire, tidy
from pipeline.collect.headers import MOMENTS, MULTIPLES, Columns, Target

KEY, PARENT_KEY, SUBMISSION_DATE = "KEY", "PARENT_KEY", "SubmissionDate"
# The tool's own columns, under the names that the tables of this room know.
MEANINGS = {
    SUBMISSION_DATE: "_submission_time",
    KEY: "_uuid",
    PARENT_KEY: PARENT_KEY,
    "meta-instanceID": "meta/instanceID",
    "instanceID": "meta/instanceID",
    "Status": "_status",
    "ReviewState": "review_state",
    "Edits": "revision",
    "FormVersion": "__version__",
}
# Known as well; who sent it, and from which device, goes into no table.
OTHERS = frozenset(
    {
        "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "DeviceID",
        "instanceName", "isValidated",
    }
)  # fmt: skip
POINT = ("Latitude", "Longitude", "Altitude", "Accuracy")


@dataclass(frozen=True)
class OdkColumns:
    """The columns of one table, and where each answer stands (positions from 0).

    `sources`: for a question one or more places, the present path first, then paths it no longer
    has, which submissions of an older form fill. A place is one column, or the four of a point.
    """

    columns: Columns
    sources: Mapping[str, tuple[tuple[int, ...], ...]]


@dataclass(frozen=True)
class _Field:
    """A question, a choice of it, or a part of a point."""

    question: Question
    choice: str = ""
    part: str = ""


def odk_columns(headers: Sequence[str], questionnaire: Questionnaire, repeat: str) -> OdkColumns:
    """Look up every header of the main table ('') or of the table of a repeat."""
    spellings = _Spellings.of(questionnaire, repeat)
    counts = Counter(headers)
    seen: Counter[str] = Counter()
    last_key = max((at for at, header in enumerate(headers) if header == KEY), default=-1)
    targets: dict[int, Target] = {}
    places: dict[str, dict[tuple[bool, str, int], list[int]]] = defaultdict(dict)
    unknown, repaired = [], []
    for position, header in enumerate(headers):
        field, is_moved = spellings.find(header, seen[header], counts[header])
        seen[header] += 1
        is_own = _is_own(header) and (field is None or position > last_key)
        if is_own or header in spellings.notes:
            targets[position] = Target(metadata=MEANINGS.get(header, ""))
        elif field is None:
            unknown += [header] if header.strip() else []
        else:
            repaired += [] if is_moved or spellings.has(header) else [header]
            targets[position] = Target() if is_moved else _target(field)
            if not field.choice:
                place = (is_moved, header.removesuffix(f"-{field.part}"), seen[header])
                places[field.question.column].setdefault(place, []).append(position)
    sources = {
        column: tuple(tuple(found[place]) for place in sorted(found, key=lambda place: place[0]))
        for column, found in places.items()
    }
    columns = Columns(MappingProxyType(targets), tuple(unknown), tuple(repaired), ())
    return OdkColumns(columns, MappingProxyType(sources))


def _is_own(header: str) -> bool:
    return header in MEANINGS or header in OTHERS or header.startswith(("meta-", "SET-OF-"))


def _target(field: _Field) -> Target:
    question = field.question
    if field.choice:
        return Target(question.column, field.choice)
    return Target(question.column, metadata=question.type if question.type in MOMENTS else "")


@dataclass(frozen=True)
class _Spellings:
    """The fields of a table by their path below it, and by their bare name."""

    by_path: Mapping[str, _Field]
    by_name: Mapping[str, Sequence[_Field]]
    notes: frozenset[str]  # a note is a column without answers

    @classmethod
    def of(cls, questionnaire: Questionnaire, repeat: str) -> _Spellings:
        start = next((f"{g.path}/" for g in questionnaire.repeats if g.name == repeat), "")
        by_path: dict[str, _Field] = {}
        by_name: dict[str, list[_Field]] = defaultdict(list)
        notes: set[str] = set()
        for question in (q for q in questionnaire.questions if q.repeat == repeat):
            path = question.path.removeprefix(start).replace("/", "-")
            if question.type in STRUCTURE:
                notes |= {path, question.name}
                continue
            for suffix, field in _fields(question, questionnaire):
                by_path[path + suffix] = field
                by_name[question.name + suffix].append(field)
        return cls(by_path, by_name, frozenset(notes))

    def has(self, header: str) -> bool:
        """Whether a header is written exactly so."""
        return header in self.by_path or header in self.by_name

    @cached_property
    def by_key(self) -> Mapping[str, _Field]:
        """The fields without regard to case, blanks and width, where only one is so spelled."""
        found: dict[str, list[_Field]] = defaultdict(list)
        for spelling, field in self.by_path.items():
            found[tidy(spelling)].append(field)
        for spelling, fields in self.by_name.items():
            found[tidy(spelling)] += fields
        return {
            key: first
            for key, (first, *others) in found.items()
            if all(other == first for other in others)
        }

    def find(self, header: str, occurrence: int, count: int) -> tuple[_Field | None, bool]:
        """The field that a header names, and whether its path is not the present one.

        Without groups, equal headers stand in the form's order.
        """
        same = self.by_name.get(header, ())
        if len(same) == count > 1:
            return same[occurrence], False
        if header in self.by_path:
            return self.by_path[header], False
        if len(same) == 1:
            return same[0], False
        if found := self.by_key.get(tidy(header)):
            return found, False
        base = header.partition("/")[0]
        ends = [header[at + 1 :] for at, mark in enumerate(base) if mark == "-"]
        moved = [field for end in ends for field in self.by_name.get(end, ())]
        return (moved[0], True) if len(moved) == 1 else (None, False)


def _fields(question: Question, questionnaire: Questionnaire) -> Iterator[tuple[str, _Field]]:
    """What follows a question's path in a header, and what it then means."""
    yield "", _Field(question)
    if question.type == "geopoint":
        for part in POINT:
            yield f"-{part}", _Field(question, part=part)
    if question.type in MULTIPLES:
        for choice in questionnaire.choices_of(question):
            yield f"/{choice.name}", _Field(question, choice.name)
