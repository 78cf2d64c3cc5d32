"""What a person is told of files that were read: repairs, and what stayed outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from pipeline.errors import Finding, Problem
from pipeline.store import Work

SHOWN = 5  # places of one kind per file; collect.file has them all
SUGGESTED = "_suggested"  # told one by one, since a person decides on each


def notices(work: Work) -> list[Finding]:
    """Warnings about the files in collect.file: one per file and kind, with its first places.

    Headers are named, values never.
    """
    files = work.confidential.execute(
        "SELECT path, records, unknown_headers, notes FROM collect.file ORDER BY file_id"
    ).fetchall()
    return [finding for file in files for finding in _of_file(*file)]


def _of_file(
    path: str, records: int, unknown: Sequence[str], notes: Sequence[str]
) -> Iterator[Finding]:
    if not records:
        yield Finding(Problem.no_records, file=path)
    if unknown:
        values: dict[str, object] = {"count": len(unknown), "found": _first(unknown)}
        yield Finding(Problem.unknown_headers, file=path, values=values)
    parts = sorted((note.partition(" ") for note in notes), key=lambda part: part[0])
    for code, same in groupby(parts, key=lambda part: part[0]):
        places = [place for _, _, place in same]
        told = places if code.endswith(SUGGESTED) else [_first(places)]
        yield from (Finding(Problem[code], file=path, question=place) for place in told)


def _first(places: Sequence[str]) -> str:
    """The first places, tidied, and how many more there are."""
    shown = [" ".join(place.split()) for place in places[:SHOWN]]
    more = len(places) - len(shown)
    return ", ".join(shown) + (f" (+{more})" if more else "")
