"""Rows of repeats in ODK's tables: KEY and PARENT_KEY say where each belongs.

A key is the submission's, then the path to the row: `uuid:1/group/rep[2]/inner[1]`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.ask import Questionnaire, tidy
from pipeline.collect.export import Record, Sheet
from pipeline.collect.identity import normalise
from pipeline.collect.odk_headers import KEY, PARENT_KEY, odk_columns
from pipeline.collect.outcome import Layout, judge
from pipeline.collect.submission import SUBMISSION, UNREADABLE, Part, RepeatRow, Submission
from pipeline.errors import Problem

ROW = re.compile(r"/(?P<name>[^/\[\]]+)\[(?P<number>\d+)\]$")
COUNTED = re.compile(r"~\d+$")  # how repeats of one name are told apart in names of files


def repeat_of(sheet: Sheet, questionnaire: Questionnaire) -> str | None:
    """The repeat whose rows a table holds: None for submissions, '' where no repeat fits.

    The rows say it in their keys; a table without rows by its name, `{form}-{repeat}`.
    """
    if PARENT_KEY not in sheet.headers or KEY not in sheet.headers:
        return None
    names = {tidy(group.name): group.name for group in questionnaire.repeats}
    key = sheet.headers.index(KEY)
    for record in sheet.records:
        if (found := ROW.search(record.at(key).strip())) and tidy(found["name"]) in names:
            return names[tidy(found["name"])]
    written = tidy(COUNTED.sub("", sheet.name))
    fitting = [name for key, name in names.items() if f"-{written}".endswith(f"-{key}")]
    if fitting:
        return max(fitting, key=len)
    known = {
        name: len(odk_columns(sheet.headers, questionnaire, name).sources)
        for name in names.values()
    }
    best = max(known, key=lambda name: known[name], default="")
    return best if best and known[best] else ""


@dataclass(frozen=True)
class Keys:
    """What may be named as a parent, by its key; and how often each row's key was met.

    Of two copies of a submission in one file each has the rows whose keys are met as often.
    """

    parents: dict[str, list[tuple[Submission, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    met: Counter[str] = field(default_factory=Counter)

    def parent_of(self, metadata: Mapping[str, str]) -> tuple[Submission, str] | None:
        """The submission of a row, and the id of the enclosing row or ''."""
        key, parent = normalise(metadata["_uuid"]), normalise(metadata[PARENT_KEY])
        self.met[key] += 1
        fitting = self.parents.get(parent, [])
        return fitting[self.met[key] - 1] if len(fitting) >= self.met[key] else None


def read_rows(
    parts: Sequence[Part], questionnaire: Questionnaire, submissions: Iterable[Submission]
) -> Iterator[RepeatRow]:
    """The rows of all repeats, an enclosing repeat before the repeats inside it."""
    keys = Keys()
    for submission in submissions:
        if submission.submission_id:
            key = normalise(submission.metadata.get("_uuid", ""))
            keys.parents[key].append((submission, ""))
    for group in questionnaire.repeats:
        for part in (part for part in parts if part.repeat == group.name):
            layout = Layout.of_repeat(part.sheet, part.columns)
            for record in part.sheet.records:
                metadata = part.metadata_of(record)
                row = _row(part, record, judge(record, layout), keys.parent_of(metadata))
                if parent := row.parent:
                    keys.parents[normalise(metadata["_uuid"])].append((parent, row.row_id))
                    row = replace(row, answers=part.answers_of(record, questionnaire))
                yield row


def _row(
    part: Part, record: Record, judged: tuple[str, str], found: tuple[Submission, str] | None
) -> RepeatRow:
    """A row without its answers yet; an orphan if its keys lead nowhere."""
    outcome, reason = judged
    number = ROW.search(part.metadata_of(record)["_uuid"].strip())
    if outcome == SUBMISSION and (found is None or number is None):
        outcome, reason = UNREADABLE, Problem.orphan_repeat_row.name
    if outcome != SUBMISSION or found is None or number is None:
        return RepeatRow(part.sheet.name, record, outcome, reason, part.repeat)
    parent, outer = found
    own = f"{part.repeat}[{number['number']}]"
    row_id = f"{outer}/{own}" if outer else own
    position = int(number["number"])
    name = part.sheet.name
    return RepeatRow(name, record, outcome, reason, part.repeat, parent, row_id, outer, position)
