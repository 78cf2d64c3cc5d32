"""Which submission a record is: its id, the id it goes back to, its content, its date."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pipeline.ask import Question
from pipeline.collect.spellings import VERSION

CONTENT_ID = "sha:"
DIGITS = 16  # of the hash that names a submission without any id
NOT_CONTENT = frozenset({"_index"})  # numbered anew by every export


def normalise(identifier: str) -> str:
    """`uuid:AB-1` and `ab-1` are one id."""
    return identifier.strip().casefold().removeprefix("uuid:").strip()


def normalise_all(identifiers: Sequence[str]) -> list[str]:
    """The same of many, at once where none has a blank or a prefix."""
    folded = "\n".join(identifiers).casefold()
    found = folded.split("\n")
    is_bare = len(found) == len(identifiers) and "uuid:" not in folded and folded.split() == found
    return found if is_bare else list(map(normalise, identifiers))


def own_id(metadata: Mapping[str, str]) -> str:
    """Id the tool gave: _uuid, else meta/instanceID, else _id; '' where there is none."""
    for name in ("_uuid", "meta/instanceID"):
        if found := normalise(metadata.get(name, "")):
            return found
    number = metadata.get("_id", "").strip()
    return f"id:{number}" if number else ""


def content_id(values: Mapping[str, str], metadata: Mapping[str, str]) -> str:
    """Id of a submission to which the tool gave none: what it says, without its row's number.

    Equal ones in a file are told apart when all its records are there (lineage).
    """
    kept = {name: text for name, text in metadata.items() if name not in NOT_CONTENT}
    said = sorted((name, text) for name, text in (kept | dict(values)).items() if text.strip())
    return CONTENT_ID + _sha256(part for pair in said for part in pair)[:DIGITS]


@dataclass(frozen=True)
class Content:
    """The answers by which two records are equal copies: those of the main form."""

    columns: tuple[str, ...]
    multiples: tuple[int, ...]  # positions in columns

    @classmethod
    def of(cls, questions: Sequence[Question]) -> Content:
        """What respondents are asked, in the form's order."""
        multiples = (at for at, q in enumerate(questions) if q.type == "select_multiple")
        return cls(tuple(question.column for question in questions), tuple(multiples))

    def sha256(self, values: Mapping[str, str]) -> str:
        """Fingerprint of the filled answers.

        Neither metadata nor calculations nor empty columns count, and the choices of a multiple in
        any order. So the same submission is equal in every layout of the export.
        """
        found = map(values.get, self.columns)
        texts = [text if text and not text.isspace() else "" for text in found]
        for at in self.multiples:
            texts[at] = self.in_order(texts[at])
        return _sha256(texts)

    @staticmethod
    def said(text: str) -> str:
        """An answer, without blanks that say nothing."""
        return "" if text.isspace() else text

    @staticmethod
    def in_order(text: str) -> str:
        """The choices of a multiple, in one order."""
        return " ".join(sorted(text.split()))


def root_ids(submissions: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The id of the first version of each submission.

    Args:
        submissions: submission_id, meta/rootUuid and meta/deprecatedID, both normalised or '';
            where copies of one disagree the smallest counts, whichever came first.
    """
    roots: dict[str, str] = {}
    replaced: dict[str, str] = {}
    for identifier, root, deprecated in sorted(submissions, reverse=True):
        roots[identifier] = root or roots.get(identifier, "")
        if deprecated:
            replaced[identifier] = min(deprecated, replaced.get(identifier, deprecated))
    return {identifier: _root(identifier, roots, replaced) for identifier in roots}


def _root(identifier: str, roots: Mapping[str, str], replaced: Mapping[str, str]) -> str:
    """Follow the chain of replaced versions; in a circle the smallest id is the root."""
    seen = [identifier]
    while not roots.get(seen[-1]) and seen[-1] in replaced:
        if replaced[seen[-1]] in seen:
            return min(seen)
        seen.append(replaced[seen[-1]])
    return roots.get(seen[-1]) or seen[-1]


def submitted_on(metadata: Mapping[str, str]) -> str:
    """The respondent's day, ISO: today, else end, else start, else _submission_time; else ''."""
    for name in ("today", "end", "start", "_submission_time"):
        if text := metadata.get(name, "").strip()[:10]:
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                continue
    return ""


def form_version(metadata: Mapping[str, str]) -> str:
    """The version of the form that the record names, under whichever key the form wrote it."""
    for name in _version_keys(tuple(metadata)):
        if found := metadata[name].strip():
            return found
    return ""


@lru_cache(maxsize=100)  # the records of a file have the same keys
def _version_keys(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if VERSION.fullmatch(name.removeprefix("_submission"))]


def _sha256(said: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()
