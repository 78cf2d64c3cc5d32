"""How an export may spell the name of a column: a question, a choice of one, the tool's own.

Names come short, with the groups' path, with any separator, with a choice at the end. The
separators are voted for by the file's own headers; then every spelling the questionnaire allows is
written down once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from pipeline.ask import Question, Questionnaire, tidy

SEPARATOR = "/"  # KoboToolbox's own, where nothing else is voted for
LONGEST_SEPARATOR = 3
PATH_SEPARATORS = "/._-%:"

# Columns the tool adds by itself. `meta/...` also comes without `meta/` or with another separator.
TOOL = (
    *("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status"),
    *("_submitted_by", "__version__", "_version_", "_tags", "_index", "_attachments"),
    *("_geolocation", "_xform_id_string", "_xform_id", "_edited", "_duration", "_date_modified"),
    *("_media_all_received", "_total_media", "_media_count", "_bamboo_dataset_id"),
    *("_parent_index", "_parent_table_name", "_submission__id", "_submission__uuid"),
    *("_submission__submission_time", "_submission__validation_status", "_submission__notes"),
    *("_submission__status", "_submission__submitted_by", "_submission___version__"),
    *("_submission__tags", "_submission__edited", "_submission_meta/rootUuid"),
    *("start", "end", "today", "deviceid", "username", "phonenumber", "simserial"),
    *("subscriberid", "audit", "formhub/uuid", "meta/audit", "meta/formUID", "meta/versionID"),
    *("meta/instanceID", "meta/rootUuid", "meta/deprecatedID", "meta/instanceName"),
)
VERSION = re.compile(r"_+version_*\d*_*")  # `_version__001` where a form holds the key twice
# What else it may add some day: columns of the submission beside the rows of a repeat.
BESIDE = re.compile(r"_submission__?\w+")
# What pandas and R call a column without a header.
NAMELESS = re.compile(r"\s*(?:Unnamed: \d+|\.\.\.\d+)?\s*")
GEOPOINT = ("latitude", "longitude", "altitude", "precision")
MEDIA = frozenset({"image", "audio", "video", "file", "background-audio"})
MULTIPLES = frozenset({"select_multiple", "rank"})
MOMENTS = ("start", "end", "today")


@lru_cache(1 << 15)  # the same names are looked up for every line that may be the header
def name_key(text: str) -> str:
    """What makes two names equal."""
    return tidy(text)


@dataclass(frozen=True)
class Target:
    """Meaning of a header; all fields empty = known, but its values enter no table."""

    column: str = ""
    choice: str = ""
    metadata: str = ""


def target_of(question: Question) -> Target:
    """The column of a question; the tool's own one where the form holds it as a question."""
    if question.type in MOMENTS:
        return Target(question.column, metadata=question.type)
    is_tool = question.name in TOOL or VERSION.fullmatch(question.name)
    return Target(question.column, metadata=question.name if is_tool else "")


def by_name(
    headers: Sequence[str], questions: Sequence[Question], questionnaire: Questionnaire
) -> dict[str, Target]:
    """Every spelling these headers may use; a question's own names win over the tool's."""
    present = frozenset(map(name_key, headers))
    free = present - {name_key(question.name) for question in questions}
    separator = path_separator(free, ([*map(name_key, q.path.split("/"))] for q in questions))
    names = _names(questions, separator)
    found = _tool_spellings(headers, separator)
    for spelling, question in names.items():
        found.update(dict.fromkeys(companions(spelling, question, separator), Target()))
    multiples = [
        Multiple(spelling, question.column, _codes(questionnaire, question))
        for spelling, question in names.items()
        if question.type in MULTIPLES
    ]
    found |= dict(split_spellings(present - set(map(name_key, names)), multiples, name_key))
    return found | {spelling: target_of(question) for spelling, question in names.items()}


def unique(pairs: Iterable[tuple[str, Target]]) -> dict[str, Target]:
    """A dictionary of the pairs whose key has one meaning only."""
    found: dict[str, Target | None] = {}
    for key, target in pairs:
        found[key] = target if found.get(key, target) == target else None
    return {key: target for key, target in found.items() if target is not None}


def path_separator(free: AbstractSet[str], paths: Iterable[Sequence[str]]) -> str:
    """The text between the parts of a path that most headers agree on."""
    votes: Counter[str] = Counter()
    starting: dict[str, list[str]] = {}
    for parts in (parts for parts in paths if len(parts) > 1):
        first, last = parts[0], parts[-1]
        if first not in starting:
            starting[first] = [header for header in free if header.startswith(first)]
        for header in starting[first]:
            length, rest = divmod(len(header) - sum(map(len, parts)), len(parts) - 1)
            between = header[len(first) :][: max(0, length)]
            if header.endswith(last) and not rest and _separates(between):
                votes[between] += between.join(parts) == header
    return _winner(votes)


@dataclass(frozen=True)
class Multiple:
    """One spelling of a multiple, and the spellings of its choices, each with its code."""

    spelling: str
    column: str
    choices: tuple[tuple[str, str], ...]


def split_spellings(
    free: AbstractSet[str], multiples: Sequence[Multiple], key: Callable[[str], str]
) -> Iterator[tuple[str, Target]]:
    """Headers of multiples with one column a choice, where at least two choices have one.

    One alone may be another question's: `needs_other` is rarely the choice `other` of `needs`.

    Args:
        free: keys of the headers that are no question's own.
        multiples: all spellings of all multiples.
        key: what makes two spellings equal.
    """
    votes: Counter[str] = Counter()
    begun = []  # those that some header begins with
    for multiple in multiples:
        start = key(multiple.spelling)
        if rests := [header[len(start) :] for header in free if header.startswith(start)]:
            begun.append(multiple)
        for choice in {key(choice) for choice, _ in multiple.choices} if rests else ():
            between = [rest.removesuffix(choice) for rest in rests if rest.endswith(choice)]
            votes.update(mark for mark in between if _separates(mark))
    separator = _winner(votes)
    for multiple in begun:
        start = multiple.spelling + separator
        there = {code for choice, code in multiple.choices if key(start + choice) in free}
        if len(there) >= min(2, len({code for _, code in multiple.choices})) > 0:
            for choice, code in multiple.choices:
                yield start + choice, Target(multiple.column, code)


def companions(spelling: str, question: Question, separator: str) -> Iterator[str]:
    """Columns that repeat an answer in parts: of a point on the map, or the address of a file."""
    head, mark, name = spelling.rpartition(separator)
    if question.type == "geopoint":
        for part in GEOPOINT:
            yield f"_{spelling}_{part}"
            yield f"{head}{mark}_{name}_{part}"
    if question.type in MEDIA:
        yield f"{spelling}_URL"


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


def _codes(questionnaire: Questionnaire, question: Question) -> tuple[tuple[str, str], ...]:
    return tuple((choice.name, choice.name) for choice in questionnaire.choices_of(question))


def _winner(votes: Counter[str]) -> str:
    """The separator with most votes, of equals the first in the alphabet of characters."""
    voted = {mark: count for mark, count in votes.items() if count}
    return min(voted, key=lambda mark: (-voted[mark], mark)) if voted else SEPARATOR


def _separates(text: str) -> bool:
    return 0 < len(text) <= LONGEST_SEPARATOR and not any(mark.isalnum() for mark in text)


def _tool_spellings(headers: Iterable[str], separator: str) -> dict[str, Target]:
    """The tool's own columns, also as R rewrites them (`X_id`) or without `meta/`."""
    found: dict[str, Target] = {}
    written = [header.strip().removeprefix("X") for header in headers]
    others = (name for name in written if VERSION.fullmatch(name) or BESIDE.fullmatch(name))
    for name in (*TOOL, *others):
        target = Target(metadata=name)
        found[name] = target
        if name.startswith("_"):
            found[f"X{name}"] = target
        for mark in (separator, *PATH_SEPARATORS) if "/" in name else ():
            found[name.replace("/", mark)] = target
        if name.startswith("meta/"):
            found[name.removeprefix("meta/")] = target
    return found
