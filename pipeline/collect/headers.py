"""What each header of a sheet means: a question, a choice of one, or the tool's own column.

A header is a name (spellings.py) or a label in any language (labels.py); a file is read as what
most of its headers are. Columns are never found by position: only among columns with one label,
which the form asks several times, the order of the form decides, if the values do not contradict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from types import MappingProxyType

from pipeline.ask import STRUCTURE, Questionnaire
from pipeline.collect.evidence import Evidence
from pipeline.collect.export import Record
from pipeline.collect.labels import by_label, label_key
from pipeline.collect.spellings import (
    MOMENTS,
    MULTIPLES,
    NAMELESS,
    Target,
    by_name,
    name_key,
    unique,
)

__all__ = ["MOMENTS", "MULTIPLES", "Columns", "Target", "resolve"]

BROKEN_MARK = re.compile(r"^(?:\ufeff|X\.U\.FEFF\.|ï\.\.|ï»¿)")  # of the byte order, seen as text
COUNTED = re.compile(r"(?P<header>.*\S)\.[0-9]+")  # how R and pandas tell equal headers apart
SAMPLE = 1000  # records that are looked at for evidence


@dataclass(frozen=True)
class Ambiguity:
    """Columns (positions from 0) with one label that several questions or choices share."""

    positions: tuple[int, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Columns:
    """Where the columns of one sheet stand (positions from 0) and what is left over."""

    targets: Mapping[int, Target]
    unknown: tuple[str, ...]  # headers as written
    repaired: tuple[str, ...]  # matched only without regard to case, blanks and width
    twins: tuple[tuple[int, int], ...]  # two positions with one meaning
    ambiguous: tuple[Ambiguity, ...] = ()  # the sheet cannot be read before they are settled

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


def resolve(
    headers: Sequence[str],
    questionnaire: Questionnaire,
    repeat: str = "",
    sample: Iterable[Record] = (),
) -> Columns:
    """Look up every header of a sheet: as a name, a path of names, or a label in any language.

    Args:
        headers: as written.
        questionnaire: the version that was in the field.
        repeat: the repeat whose rows the sheet holds; '' for submissions.
        sample: records of the sheet, the evidence where several questions share a label.
    """
    heads = _read(headers, questionnaire, repeat)
    chosen = _choose(heads)
    ambiguous = _settle(chosen, heads, questionnaire, tuple(islice(sample, SAMPLE)))
    pairs = tuple(zip(headers, heads, chosen, strict=True))
    repaired = (
        header
        for header, head, target in pairs
        if target and target == head.named and not head.is_exact
    )
    unknown = (
        header for header, _, target in pairs if target is None and not NAMELESS.fullmatch(header)
    )
    targets = {position: target for position, target in enumerate(chosen) if target}
    return Columns(
        MappingProxyType(targets), tuple(unknown), tuple(repaired), _twins(targets), ambiguous
    )


@dataclass(frozen=True)
class _Head:
    """A header and all it may mean."""

    text: str
    named: Target | None  # as a name
    labelled: tuple[Target, ...]  # as a label, in form order
    is_exact: bool  # the name is spelled as the tool spells it


def _read(headers: Sequence[str], questionnaire: Questionnaire, repeat: str) -> list[_Head]:
    questions = [
        q for q in questionnaire.questions if q.repeat == repeat and q.type not in STRUCTURE
    ]
    texts = [BROKEN_MARK.sub("", header) for header in headers]
    written = by_name(texts, questions, questionnaire)
    tidied = unique((name_key(spelling), target) for spelling, target in written.items())
    named = [written.get(text) or tidied.get(name_key(text)) for text in texts]
    names = {text for text, one in zip(texts, named, strict=True) if one}
    labelled: Sequence[tuple[Target, ...]] = [()] * len(texts)
    if not all(text in written for text in texts if text.strip()):
        pairs = zip(texts, named, strict=True)
        free = [text if _may_be_label(one) else "" for text, one in pairs]
        labelled = by_label(free, names, questions, questionnaire)
    heads = [
        _Head(text, one, found, is_exact=text in written)
        for text, one, found in zip(texts, named, labelled, strict=True)
    ]
    return _without_numbers(heads, questionnaire)


def _without_numbers(heads: Sequence[_Head], questionnaire: Questionnaire) -> list[_Head]:
    """R and pandas write `header.1` for a second one; behind a multiple the number is a code."""
    by_text = {head.text: head for head in heads}
    found = []
    for head in heads:
        counted = COUNTED.fullmatch(head.text)
        first = by_text.get(counted["header"]) if counted else None
        if first and not head.named and not head.labelled:
            targets = (*first.labelled, *([first.named] if first.named else []))
            columns = [questionnaire.by_column.get(target.column) for target in targets]
            is_multiple = any(column and column.type in MULTIPLES for column in columns)
            found.append(head if is_multiple else first)
        else:
            found.append(head)
    return found


def _may_be_label(named: Target | None) -> bool:
    """A column of the tool is none, unless it only has the name of a moment or a person."""
    return named is None or bool(named.column) or named.metadata.isalpha()


def _choose(heads: Sequence[_Head]) -> list[Target | None]:
    """Names first, then labels for what has no column yet; in a file of labels the reverse.

    Where more headers are labels than exactly names, what looks like a name may be a label.
    """
    names = sum(bool(head.named and head.named.column and head.is_exact) for head in heads)
    labels = sum(bool(head.labelled) and not (head.named and head.is_exact) for head in heads)
    by_names = [head.named for head in heads]
    by_labels = [head.labelled[0] if len(head.labelled) == 1 else None for head in heads]
    first, second = (by_labels, by_names) if labels > names else (by_names, by_labels)
    if labels > names:
        second = [
            None if head.labelled else named for head, named in zip(heads, second, strict=True)
        ]
    taken = {target for target in first if target and target.column}
    return [
        one or (None if other in taken else other) for one, other in zip(first, second, strict=True)
    ]


def _settle(
    chosen: list[Target | None],
    heads: Sequence[_Head],
    questionnaire: Questionnaire,
    records: tuple[Record, ...],
) -> tuple[Ambiguity, ...]:
    """Give the columns of each shared label to its questions, in the order of both."""
    settled = {
        at: target
        for at, target in enumerate(chosen)
        if target and target.column and not target.metadata
    }
    taken = {*settled.values()}
    evidence = Evidence(questionnaire, records, settled)
    equal: dict[str, list[int]] = {}
    for position, head in enumerate(heads):
        if len(head.labelled) > 1 and chosen[position] is None:
            equal.setdefault(label_key(head.text), []).append(position)
    ambiguous = []
    for positions in equal.values():
        targets = [target for target in heads[positions[0]].labelled if target not in taken]
        found = evidence.settle(positions, targets) if targets else []
        if found is None:
            ambiguous.append(Ambiguity(tuple(positions), tuple(targets)))
        for position, target in zip(positions, found or (), strict=False):
            chosen[position] = target
    return tuple(ambiguous)


def _twins(targets: Mapping[int, Target]) -> tuple[tuple[int, int], ...]:
    seen: dict[Target, int] = {}
    twins = []
    for position, target in targets.items():
        if target in seen and target != Target():
            twins.append((seen[target], position))
        seen.setdefault(target, position)
    return tuple(twins)
