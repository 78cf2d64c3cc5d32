"""What each header of a KoboToolbox sheet means: a question, a choice of one, or metadata.

Names come in many spellings (short, with the groups' path, any separator, a choice at the end).
The separators are voted for by the file's own headers; then every spelling the questionnaire
allows is written down once, and a header is looked up. Columns are never found by position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from pipeline.ask import STRUCTURE, Question, Questionnaire, tidy

SEPARATOR = "/"  # KoboToolbox's own, where nothing else is voted for
LONGEST_SEPARATOR = 3
PATH_SEPARATORS = "/._-%:"

# Columns the tool adds by itself. `meta/...` also comes without `meta/` or with another separator.
TOOL = (
    *("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status"),
    *("_submitted_by", "__version__", "_version_", "_tags", "_index", "_attachments"),
    *("_geolocation", "_xform_id_string", "_edited", "_duration", "_date_modified"),
    *("_media_all_received", "_total_media", "_media_count", "_bamboo_dataset_id"),
    *("_parent_index", "_parent_table_name", "_submission__id", "_submission__uuid"),
    *("_submission__submission_time", "_submission__validation_status", "_submission__notes"),
    *("_submission__status", "_submission__submitted_by", "_submission___version__"),
    *("_submission__tags", "_submission__edited", "_submission_meta/rootUuid"),
    *("start", "end", "today", "deviceid", "username", "phonenumber", "simserial"),
    *("subscriberid", "audit", "formhub/uuid"),
    *("meta/instanceID", "meta/rootUuid", "meta/deprecatedID", "meta/instanceName"),
)
GEOPOINT = ("latitude", "longitude", "altitude", "precision")
MEDIA = frozenset({"image", "audio", "video", "file", "background-audio"})
MULTIPLES = frozenset({"select_multiple", "rank"})
MOMENTS = ("start", "end", "today")


@dataclass(frozen=True)
class Target:
    """Meaning of a header; all fields empty = known, but its values enter no table."""

    column: str = ""
    choice: str = ""
    metadata: str = ""


@dataclass(frozen=True)
class Columns:
    """Where the columns of one sheet stand (positions from 0) and what is left over."""

    targets: Mapping[int, Target]
    unknown: tuple[str, ...]  # headers as written
    repaired: tuple[str, ...]  # matched only without regard to case, blanks and width
    twins: tuple[tuple[int, int], ...]  # two positions with one meaning

    @cached_property
    def questions(self) -> Mapping[str, int]:
        """Question.column to position."""
        return self._first("column", {k: t for k, t in self.targets.items() if not t.choice})

    @cached_property
    def metadata(self) -> Mapping[str, int]:
        """The tool's own name of a column to position."""
        return self._first("metadata", self.targets)

    @cached_property
    def splits(self) -> Mapping[str, Mapping[str, int]]:
        """Question.column to choice to position, for multiples split into one column a choice."""
        found: dict[str, dict[str, int]] = {}
        for position, target in self.targets.items():
            if target.choice:
                found.setdefault(target.column, {}).setdefault(target.choice, position)
        return MappingProxyType(found)

    @property
    def known_questions(self) -> frozenset[str]:
        """Columns of the questions that some header names."""
        return frozenset({*self.questions, *self.splits})

    @staticmethod
    def _first(kind: str, targets: Mapping[int, Target]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for position, target in targets.items():
            if name := getattr(target, kind):
                found.setdefault(name, position)
        return MappingProxyType(found)


def resolve(headers: Sequence[str], questionnaire: Questionnaire, repeat: str = "") -> Columns:
    """Look up every header of a sheet, for the questions of the main form or of one repeat."""
    written = _spellings(headers, questionnaire, repeat)
    tidied = _unique((tidy(spelling), target) for spelling, target in written.items())
    targets: dict[int, Target] = {}
    unknown, repaired, twins = [], [], []
    seen: dict[Target, int] = {}
    for position, header in enumerate(headers):
        target = written.get(header) or tidied.get(tidy(header))
        if target is None:
            unknown += [header] if header.strip() else []
            continue
        if header not in written:
            repaired.append(header)
        if target in seen and target != Target():
            twins.append((seen[target], position))
        seen.setdefault(target, position)
        targets[position] = target
    return Columns(MappingProxyType(targets), tuple(unknown), tuple(repaired), tuple(twins))


def _spellings(
    headers: Sequence[str], questionnaire: Questionnaire, repeat: str
) -> dict[str, Target]:
    """Every spelling this file may use; a question's own names win over the tool's."""
    questions = [
        q for q in questionnaire.questions if q.repeat == repeat and q.type not in STRUCTURE
    ]
    present = frozenset(map(tidy, headers))
    plain = {tidy(question.name) for question in questions}
    separator = _group_separator(present - plain, questions)
    names = _names(questions, separator)
    found = _tool_spellings(separator)
    for spelling, question in names.items():
        found.update(dict.fromkeys(_companions(spelling, question, separator), Target()))
    found |= _split_spellings(present - set(map(tidy, names)), names, questionnaire)
    for spelling, question in names.items():
        moment = question.type if question.type in MOMENTS else ""
        found[spelling] = Target(question.column, metadata=moment)
    return found


def _unique(pairs: Iterable[tuple[str, Target]]) -> dict[str, Target]:
    """A dictionary of the pairs whose key has one meaning only."""
    found: dict[str, Target | None] = {}
    for key, target in pairs:
        found[key] = target if found.get(key, target) == target else None
    return {key: target for key, target in found.items() if target is not None}


def _names(questions: Sequence[Question], separator: str) -> dict[str, Question]:
    """Column and full path, and the name or an end of the path where only one question has it."""
    certain: dict[str, Question] = {}
    ends: Counter[str] = Counter()
    by_end: dict[str, Question] = {}
    for question in questions:
        parts = question.path.split("/")
        certain[separator.join(parts)] = certain[question.column] = question
        for end in {separator.join(parts[i:]) for i in range(1, len(parts))} | {question.name}:
            ends[end] += 1
            by_end[end] = question
    return {end: by_end[end] for end, count in ends.items() if count == 1} | certain


def _group_separator(free: AbstractSet[str], questions: Sequence[Question]) -> str:
    """The text between the parts of a path that most headers agree on."""
    votes: Counter[str] = Counter()
    paths = [[tidy(part) for part in question.path.split("/")] for question in questions]
    for parts in (parts for parts in paths if len(parts) > 1):
        for header in free:
            if header.startswith(parts[0]) and header.endswith(parts[-1]):
                length, rest = divmod(len(header) - sum(map(len, parts)), len(parts) - 1)
                between = header[len(parts[0]) :][: max(0, length)]
                if not rest and _separates(between) and between.join(parts) == header:
                    votes[between] += 1
    return _winner(votes)


def _split_spellings(
    free: AbstractSet[str], names: Mapping[str, Question], questionnaire: Questionnaire
) -> dict[str, Target]:
    """Headers of multiples with one column a choice, where at least two choices have one.

    One alone may be another question's: `needs_other` is rarely the choice `other` of `needs`.
    """
    choices = {
        spelling: [choice.name for choice in questionnaire.choices_of(question)]
        for spelling, question in names.items()
        if question.type in MULTIPLES
    }
    votes: Counter[str] = Counter()
    for spelling, listed in choices.items():
        start = tidy(spelling)
        rests = [header[len(start) :] for header in free if header.startswith(start)]
        for choice in map(tidy, listed):
            between = [rest.removesuffix(choice) for rest in rests if rest.endswith(choice)]
            votes.update(mark for mark in between if _separates(mark))
    separator = _winner(votes)
    found: dict[str, Target] = {}
    for spelling, listed in choices.items():
        split = {spelling + separator + choice: choice for choice in listed}
        if sum(tidy(header) in free for header in split) >= min(2, len(split)):
            column = names[spelling].column
            found |= {header: Target(column, choice) for header, choice in split.items()}
    return found


def _winner(votes: Counter[str]) -> str:
    """The separator with most votes, of equals the first in the alphabet of characters."""
    return min(votes, key=lambda mark: (-votes[mark], mark)) if votes else SEPARATOR


def _separates(text: str) -> bool:
    return 0 < len(text) <= LONGEST_SEPARATOR and not any(mark.isalnum() for mark in text)


def _tool_spellings(separator: str) -> dict[str, Target]:
    """The tool's own columns, also as R rewrites them (`X_id`) or without `meta/`."""
    found: dict[str, Target] = {}
    for name in TOOL:
        target = Target(metadata=name)
        found[name] = target
        if name.startswith("_"):
            found[f"X{name}"] = target
        for mark in (separator, *PATH_SEPARATORS) if "/" in name else ():
            found[name.replace("/", mark)] = target
        if name.startswith("meta/"):
            found[name.removeprefix("meta/")] = target
    return found


def _companions(spelling: str, question: Question, separator: str) -> Iterator[str]:
    """Columns that repeat an answer in parts: of a point on the map, or the address of a file."""
    head, mark, name = spelling.rpartition(separator)
    if question.type == "geopoint":
        for part in GEOPOINT:
            yield f"_{spelling}_{part}"
            yield f"{head}{mark}_{name}_{part}"
    if question.type in MEDIA:
        yield f"{spelling}_URL"
