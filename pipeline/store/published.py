"""What has left the house: the results of each published release, kept beside the raw exports.

`published/<number>-<release>/` holds its cleared tables as CSV and its counts.
It is an input of every later release: what was once public cannot be taken back.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store.rewriting import Rewritten, without_rows

if TYPE_CHECKING:
    from pipeline.store.release import Shelf

FOLDER = "published"
SUMMARY = "summary.json"


@dataclass(frozen=True)
class Published:
    """A release that left the house."""

    release: str
    folder: Path

    @property
    def summary(self) -> dict[str, Any]:
        """Its counts, as the run that made it said them."""
        text = (self.folder / SUMMARY).read_text(encoding="utf-8")
        summary: dict[str, Any] = json.loads(text)["summary"]
        return summary


def published(raw: Path) -> tuple[Published, ...]:
    """Every release that left the house, oldest first."""
    found = sorted((raw / FOLDER).glob("[0-9]*-*/" + SUMMARY))
    return tuple(Published(path.parent.name.partition("-")[2], path.parent) for path in found)


def publish(shelf: Shelf, raw: Path) -> Published:
    """Keep the results of the current release among the inputs; twice is once.

    Args:
        shelf: of the survey.
        raw: its raw folder.

    Raises:
        RelevoError: no_release.
    """
    manifest = shelf.manifest()
    if manifest is None:
        values: dict[str, object] = {"survey": shelf.root.name, "release": "current"}
        raise RelevoError(Finding(Problem.no_release, values={**values, "expected": "-"}))
    before = published(raw)
    if before and before[-1].release == manifest["release"]:
        return before[-1]
    name = f"{len(before) + 1:04}-{manifest['release']}"
    target = raw / FOLDER / name
    unfinished = raw / FOLDER / f".{name}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for path in sorted((shelf.current / "results").glob("estimate_*.csv")):
        shutil.copyfile(path, unfinished / path.name)
    facts = {"release": manifest["release"], "summary": manifest["summary"]}
    text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False)
    (unfinished / SUMMARY).write_text(text + "\n", encoding="utf-8")
    unfinished.rename(target)
    return Published(manifest["release"], target)


def without_units(
    raw: Path,
    units: Collection[tuple[str, str]],
    texts: Collection[str],
    joined: str = "",
) -> tuple[Rewritten, dict[str, int]]:
    """What left the house, without the named rows that one submission brought about.

    Counts stay: nobody is in them, and later releases are still held against them.

    Args:
        raw: the survey's raw folder.
        units: wave and unit_id.
        texts: fingerprints of free texts, quoted without a name perhaps.
        joined: the survey of the submission, where another one has published rows of it.

    Returns:
        What each file is to hold, and how many rows go from it.
    """

    def is_gone(row: dict[str, str]) -> bool:
        is_own = not joined or row.get("survey") == joined
        named = row.get("wave", ""), row.get("unit_id", "")
        is_named = is_own and bool(named[1]) and named in units
        text = row.get("text") or ""
        return is_named or (bool(text) and hashlib.sha256(text.encode()).hexdigest() in texts)

    files: Rewritten = {}
    rows: dict[str, int] = {}
    for one in published(raw):
        for path in sorted(one.folder.glob("*.csv")):
            left, count = without_rows(path.read_bytes().decode(), ",", is_gone)
            if count:
                files[path] = left.encode()
                rows[path.relative_to(raw).as_posix()] = count
    return files, rows


def before_this(
    left: Sequence[Published], identify: Callable[[Mapping[str, Path]], str]
) -> tuple[str, tuple[Published, ...]]:
    """The id of the release to be made, and what had left the house before it.

    The newest that left is no new input where the release to be made is that very one.

    Args:
        left: as `published` gives them.
        identify: the release id, given the folders that count among its inputs.
    """
    earlier = identify(_roots(left[:-1]))
    if left and earlier == left[-1].release:
        return earlier, tuple(left[:-1])
    return identify(_roots(left)), tuple(left)


def _roots(left: Sequence[Published]) -> dict[str, Path]:
    return {f"{FOLDER}/{one.folder.name}": one.folder for one in left}
