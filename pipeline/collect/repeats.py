"""Rows of repeats: which sheet belongs to which repeat, which row to which submission."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.ask import Questionnaire, tidy
from pipeline.collect.export import Sheet
from pipeline.collect.headers import resolve
from pipeline.collect.identity import normalise
from pipeline.collect.outcome import Layout, judge
from pipeline.collect.submission import SUBMISSION, UNREADABLE, Part, RepeatRow, Submission
from pipeline.errors import Problem

LONGEST_NAME = 31  # of a sheet; KoboToolbox cuts to 28 and writes `...`, other tools just cut
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
COUNTED = re.compile(r" ?\((\d+)\)$")  # how equal names are told apart
PARENT = "_parent_index"


def repeat_of(sheet: Sheet, questionnaire: Questionnaire) -> str | None:
    """The repeat a sheet holds: None where its rows have no parent, '' where no repeat fits.

    By its name; where that fits none, or several since it is cut, by the questions in its header,
    and of equals by its number: `pol... (1)` is the second.
    """
    if tidy(PARENT) not in {tidy(header).removeprefix("x") for header in sheet.headers}:
        return None
    names = [group.name for group in questionnaire.repeats]
    fitting = [name for name in names if _is_name(sheet.name, name)] or names
    if len(fitting) == 1 and _is_name(sheet.name, fitting[0]):
        return fitting[0]
    found = {name: len(resolve(sheet.headers, questionnaire, name).questions) for name in fitting}
    best = [name for name in fitting if found[name] == max(found.values())]
    number = COUNTED.search(sheet.name)
    place = min(int(number[1]), len(best) - 1) if number else 0
    return best[place] if best and found[best[0]] else ""


def _is_name(sheet: str, name: str) -> bool:
    """Whether a sheet carries this name, perhaps cut."""
    written, name = tidy(COUNTED.sub("", sheet)), tidy(FORBIDDEN.sub("_", name))
    is_cut = len(sheet) >= LONGEST_NAME and name.startswith(written.removesuffix("..."))
    return written == name or is_cut


@dataclass
class Parents:
    """Rows that may have children, by their `_index` and by the submission's id."""

    by_index: dict[str, list[tuple[Submission, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    by_id: dict[str, list[tuple[Submission, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, index: str, submission: Submission, row_id: str) -> None:
        """Register a submission (row_id '') or a row of an enclosing repeat."""
        self.by_index[index.strip()].append((submission, row_id))
        metadata = submission.metadata
        for identifier in _ids(metadata.get("_uuid", ""), metadata.get("_id", "")):
            if not row_id:
                self.by_id[identifier].append((submission, row_id))

    def find(self, index: str, uuid: str, number: str) -> tuple[Submission, str] | None:
        """The one row that `_parent_index` names and the submission's id does not contradict.

        Files appended to one another number their rows twice: then the id decides, if it names
        exactly one row.
        """
        uuid = normalise(uuid)
        named = self.by_index.get(index.strip(), []) if index.strip() else []
        fitting = [
            (submission, row_id)
            for submission, row_id in named
            if not uuid or normalise(submission.metadata.get("_uuid", "")) in {"", uuid}
        ]
        if len(fitting) == 1:
            return fitting[0]
        for identifier in _ids(uuid, number):
            if len(self.by_id.get(identifier, [])) == 1:
                return self.by_id[identifier][0]
        return None


def _ids(uuid: str, number: str) -> list[str]:
    uuid, number = normalise(uuid), number.strip()
    return [text for text in (uuid, f"id:{number}" if number else "") if text]


def read_repeats(
    parts: Sequence[Part], questionnaire: Questionnaire, submissions: Sequence[Submission]
) -> Iterator[RepeatRow]:
    """The rows of all repeats, an enclosing repeat before the repeats inside it."""
    if not any(part.repeat for part in parts):
        return
    parents: dict[str, Parents] = defaultdict(Parents)
    for submission in submissions:
        if submission.submission_id:
            parents[""].add(submission.metadata.get("_index", ""), submission, "")
    for group in questionnaire.repeats:
        around = enclosing(group.parent, questionnaire)
        positions: Counter[tuple[int, str]] = Counter()
        for part in (part for part in parts if part.repeat == group.name):
            for row in _rows(part, questionnaire, parents[around], positions):
                if row.parent:
                    index = part.metadata_of(row.record).get("_index", "")
                    parents[group.name].add(index, row.parent, row.row_id)
                yield row


def enclosing(path: str, questionnaire: Questionnaire) -> str:
    """Name of the nearest repeat at or above the group with this path, or ''."""
    groups = {group.path: group for group in questionnaire.groups}
    while path in groups and not groups[path].is_repeat:
        path = groups[path].parent
    return groups[path].name if path in groups else ""


def _rows(
    part: Part,
    questionnaire: Questionnaire,
    parents: Parents,
    positions: Counter[tuple[int, str]],
) -> Iterator[RepeatRow]:
    layout = Layout.of_repeat(part.sheet, part.columns)
    for record in part.sheet.records:
        outcome, reason = judge(record, layout)
        metadata = part.metadata_of(record)
        found = parents.find(
            metadata[PARENT],
            metadata.get("_submission__uuid", ""),
            metadata.get("_submission__id", ""),
        )
        if outcome == SUBMISSION and found is None:
            outcome, reason = UNREADABLE, Problem.orphan_repeat_row.name
        if outcome != SUBMISSION or found is None:
            yield RepeatRow(part.sheet.name, record, outcome, reason, part.repeat)
            continue
        parent, parent_row_id = found
        key = (id(parent), parent_row_id)
        positions[key] += 1
        own = f"{part.repeat}[{positions[key]}]"
        yield RepeatRow(
            part.sheet.name,
            record,
            outcome,
            reason,
            part.repeat,
            parent,
            f"{parent_row_id}/{own}" if parent_row_id else own,
            parent_row_id,
            positions[key],
            part.answers_of(record, questionnaire),
        )
