"""Repeats written beside the submission: `children[1]/name`, one column for each row's question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.ask import Questionnaire
from pipeline.collect.export import Record
from pipeline.collect.headers import Columns, Target, resolve
from pipeline.collect.repeats import enclosing
from pipeline.collect.submission import SUBMISSION, Part, RepeatRow, Submission

PLACE = re.compile(r"\[(\d+)\]")
Places = tuple[int, ...]  # number of the row, after those of the rows around it


@dataclass(frozen=True)
class Flat:
    """The columns of one repeat in a sheet of submissions, by row."""

    repeat: str
    around: str  # name of the enclosing repeat, or ''
    parts: Mapping[Places, Part]

    @property
    def headers_read(self) -> frozenset[str]:
        """The headers, as written."""
        return frozenset(
            part.sheet.headers[at] for part in self.parts.values() for at in part.columns.targets
        )

    @property
    def columns_read(self) -> frozenset[str]:
        """Question.column of the questions that some header names."""
        return frozenset().union(*(part.columns.known_questions for part in self.parts.values()))


def flat_repeats(part: Part, questionnaire: Questionnaire) -> list[Flat]:
    """The repeats in a sheet of submissions, an enclosing one before those inside it."""
    places = {
        at: tuple(int(number) for number in PLACE.findall(header))
        for at, header in enumerate(part.sheet.headers)
        if PLACE.search(header)
    }
    names = {at: PLACE.sub("", part.sheet.headers[at]) for at in places}
    found = []
    for group in questionnaire.repeats if places else ():
        different = list(dict.fromkeys(names.values()))
        targets = resolve(different, questionnaire, group.name).targets
        meaning = {different[at]: target for at, target in targets.items() if target.column}
        rows: dict[Places, dict[int, Target]] = {}
        for at, name in names.items():
            if name in meaning:
                rows.setdefault(places[at], {})[at] = meaning[name]
        parts = {
            row: replace(part, repeat=group.name, columns=Columns(found_at, (), (), ()))
            for row, found_at in rows.items()
        }
        found.append(Flat(group.name, enclosing(group.parent, questionnaire), parts))
    return found


def flat_rows(
    repeats: Sequence[Flat], submission: Submission, questionnaire: Questionnaire
) -> Iterator[RepeatRow]:
    """The rows of a submission that hold anything, or around which a row inside them does."""
    if submission.outcome != SUBMISSION:
        return
    there = {
        flat.repeat: {row for row, part in flat.parts.items() if _is_filled(submission, part)}
        for flat in repeats
    }
    for flat in reversed(repeats):
        if flat.around:
            there[flat.around] |= {row[:-1] for row in there[flat.repeat]}
    ids: dict[tuple[str, Places], str] = {}
    for flat in repeats:
        yield from _rows_of(flat, sorted(there[flat.repeat]), submission, questionnaire, ids)


def _is_filled(submission: Submission, part: Part) -> bool:
    return any(submission.record.at(at).strip() for at in part.columns.targets)


def _rows_of(
    flat: Flat,
    rows: Sequence[Places],
    submission: Submission,
    questionnaire: Questionnaire,
    ids: dict[tuple[str, Places], str],
) -> Iterator[RepeatRow]:
    """The rows of one repeat of one submission, numbered anew in each row around them."""
    record = submission.record
    positions: dict[str, int] = {}
    for row in rows:
        parent = ids.get((flat.around, row[:-1]), "")
        positions[parent] = positions.get(parent, 0) + 1
        own = f"{flat.repeat}[{positions[parent]}]"
        ids[flat.repeat, row] = row_id = f"{parent}/{own}" if parent else own
        part = flat.parts.get(row)
        yield RepeatRow(
            sheet=submission.sheet,
            record=Record(record.number, record.line, _cells(record, part)),
            outcome=SUBMISSION,
            reason="",
            repeat=flat.repeat,
            parent=submission,
            row_id=row_id,
            parent_row_id=parent,
            position=positions[parent],
            answers=part.answers_of(record, questionnaire) if part else {},
        )


def _cells(record: Record, part: Part | None) -> tuple[str, ...]:
    return tuple(record.at(at) for at in sorted(part.columns.targets)) if part else ()
