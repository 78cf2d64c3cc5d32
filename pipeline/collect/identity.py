"""Which submission a record is: its id, the id it goes back to, its content, its date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pipeline.ask import Question

DIGITS = 16  # of the hash that names a submission without any id
NOT_CONTENT = frozenset({"_index"})  # numbered anew by every export


def normalise(identifier: str) -> str:
    """`uuid:AB-1` and `ab-1` are one id."""
    return identifier.strip().casefold().removeprefix("uuid:").strip()


def own_id(metadata: Mapping[str, str]) -> str:
    """Id the tool gave: _uuid, else meta/instanceID, else _id; '' where there is none."""
    for name in ("_uuid", "meta/instanceID"):
        if found := normalise(metadata.get(name, "")):
            return found
    number = metadata.get("_id", "").strip()
    return f"id:{number}" if number else ""


def content_id(values: Mapping[str, str], metadata: Mapping[str, str], occurrence: int) -> str:
    """Id of a submission to which the tool gave none: what it says, without its row's number.

    The second of two equal records of a file (occurrence 2) is another submission, since two
    people may give the same answers; the same file read twice gives the same ids.
    """
    kept = {name: text for name, text in metadata.items() if name not in NOT_CONTENT}
    said = sorted((name, text) for name, text in (kept | dict(values)).items() if text.strip())
    return "sha:" + _sha256([*said, occurrence] if occurrence > 1 else said)[:DIGITS]


def content_sha256(values: Mapping[str, str], questions: Sequence[Question]) -> str:
    """Fingerprint of the answers: what makes two records equal copies.

    Only filled answers of the main form count, in the form's order: neither metadata nor
    calculations nor empty columns, and the choices of a multiple in any order. So the same
    submission is equal in every layout of the export.
    """
    said = []
    for question in questions:
        text = values.get(question.column, "")
        if question.type == "select_multiple":
            text = " ".join(sorted(text.split()))
        if text.strip():
            said.append([question.column, text])
    return _sha256(said)


def root_ids(submissions: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The id of the first version of each submission.

    Args:
        submissions: submission_id, meta/rootUuid and meta/deprecatedID, both normalised or ''.
    """
    roots: dict[str, str] = {}
    replaced: dict[str, str] = {}
    for identifier, root, deprecated in submissions:
        if root:
            roots[identifier] = root
        if deprecated:
            replaced[identifier] = deprecated
        roots.setdefault(identifier, "")
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
        text = metadata.get(name, "").strip()[:10]
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            continue
    return ""


def _sha256(said: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
