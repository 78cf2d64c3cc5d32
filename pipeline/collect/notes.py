"""Notes of the slices of one file, added up: each as if the file had been read at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.errors import Problem

COUNTS = (
    *(Problem.extra_cell, Problem.text_damaged, Problem.value_mapped, Problem.other_text_not_kept),
    *(Problem.other_text_moved, Problem.moment_unread, Problem.value_blanked),
    *(Problem.unknown_header, Problem.unknown_value),
)
# A note is a code and a place; these end with counts: `records 3 first_line 7`, or just `3`.
COUNTED = re.compile(
    rf"(?P<what>(?:{'|'.join(problem.name for problem in COUNTS)})\b.*?)"
    r" (?P<count>[0-9]+)(?P<first> first_line [0-9]+)?"
)


def add_up(notes: Iterable[str]) -> list[str]:
    """Each note once, in the order of their first appearance; counts are sums."""
    found: dict[str, int] = {}
    first: dict[str, str] = {}
    for note in notes:
        counted = COUNTED.fullmatch(note)
        what, count = (counted["what"], int(counted["count"])) if counted else (note, 0)
        first.setdefault(what, (counted and counted["first"]) or "")
        found[what] = found.get(what, 0) + count
    return [f"{what} {count}{first[what]}" if count else what for what, count in found.items()]
