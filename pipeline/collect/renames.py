"""Confirmed renames, applied before a file is read: an old column becomes the question's.

Where a file has the old column and the new one, an answer in one of them is put into both. Where
both are filled and differ, the file is refused like any other in which a column came twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.ask import Questionnaire, Rename, tidy
from pipeline.collect.export import Export, Record, Sheet
from pipeline.collect.headers import MULTIPLES, Columns, resolve
from pipeline.collect.spellings import PATH_SEPARATORS

MARKS = re.escape(PATH_SEPARATORS)


def rename(
    export: Export, renames: Sequence[Rename], questionnaire: Questionnaire
) -> tuple[Export, tuple[Rename, ...]]:
    """The export under the questionnaire's present names, and the renames that were applied.

    Args:
        export: the file, as text.
        renames: those of the file's wave.
        questionnaire: the version in which the new names stand.
    """
    applied: dict[int, Rename] = {}
    sheets = []
    for sheet in export.sheets:
        for number, one in enumerate(renames):
            if one.new in questionnaire.by_column:
                moves = _moves(sheet, one, questionnaire)
                sheet = _moved(sheet, moves)  # noqa: PLW2901  one rename after the other
                applied |= {number: one} if moves else {}
        sheets.append(sheet)
    return replace(export, sheets=tuple(sheets)), tuple(applied.values())


@dataclass(frozen=True)
class _Move:
    """A column that gets another header and other codes; `beside` is the present one, if any."""

    position: int
    header: str
    beside: int | None
    codes: Mapping[str, str]  # tidied old code to new
    has_several: bool

    def coded(self, text: str) -> str:
        """An answer with the codes of today."""
        if tidy(text) in self.codes or not self.has_several:
            return self.codes.get(tidy(text), text)
        return " ".join(self.codes.get(tidy(word), word) for word in text.split())


def _moves(sheet: Sheet, one: Rename, questionnaire: Questionnaire) -> list[_Move]:
    question = questionnaire.by_column[one.new]
    columns = resolve(sheet.headers, questionnaire, question.repeat, sheet.evidence)
    codes = {tidy(old): new for old, new in one.values.items()}
    is_multiple = question.type in MULTIPLES
    found = []
    for position, header in enumerate(sheet.headers):
        choice = _choice(header, one.old) if one.old != one.new else None
        if one.old == one.new and position == columns.questions.get(one.new):
            found.append(_Move(position, header, None, codes, is_multiple))
        elif choice == "":
            beside = columns.questions.get(one.new)
            text = one.new if beside is None else sheet.headers[beside]
            found.append(_Move(position, text, beside, codes, is_multiple))
        elif choice and is_multiple and position not in columns.targets:
            found.append(_split(sheet, position, choice, one, columns))
    return found


def _choice(header: str, old: str) -> str | None:
    """'' where a header names the old question, what follows it and a separator; None else."""
    path = rf"(?:.*[{MARKS}] ?)?{re.escape(tidy(old))}(?: ?[{MARKS}] ?(?P<choice>.+))?"
    matched = re.fullmatch(path, tidy(header))
    return (matched["choice"] or "") if matched else None


def _split(sheet: Sheet, position: int, choice: str, one: Rename, columns: Columns) -> _Move:
    """The column of one choice of a multiple."""
    codes = {tidy(old): new for old, new in one.values.items()}
    code = codes.get(choice, choice)
    beside = columns.splits.get(one.new, {}).get(code)
    mark = sheet.headers[position][: -len(choice)].rstrip()[-1]
    text = f"{one.new}{mark}{code}" if beside is None else sheet.headers[beside]
    return _Move(position, text, beside, {}, has_several=False)


def _moved(sheet: Sheet, moves: Sequence[_Move]) -> Sheet:
    if not moves:
        return sheet
    headers = list(sheet.headers)
    for move in moves:
        headers[move.position] = move.header
    records = tuple(_merged(record, moves) for record in sheet.records)
    return replace(sheet, headers=tuple(headers), records=records)


def _merged(record: Record, moves: Sequence[_Move]) -> Record:
    """The record with today's codes, and each answer in both columns where one of them has it."""
    cells = list(record.cells)
    for move in moves:
        if max(move.position, move.beside or 0) >= len(cells):
            continue  # a ragged record is not read
        old = cells[move.position] = move.coded(cells[move.position])
        if move.beside is not None:
            new = cells[move.beside]
            cells[move.position] = old if old.strip() else new
            cells[move.beside] = new if new.strip() else old
    return record.with_cells(tuple(cells))
