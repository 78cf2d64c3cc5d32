"""Words that stand for an empty cell: `NA` where a file went through R, `n/a` in old exports.

A word is read so only where the file itself shows it: in several columns of numbers, dates, ticks
or the tool's own it stands where others have a blank. Anywhere else `NA` is Namibia.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from pipeline.ask import SELECTS, Questionnaire, tidy
from pipeline.collect.evidence import SHAPES
from pipeline.collect.export import Record, Sheet
from pipeline.collect.headers import Columns

WORDS = ("NA", "n/a")
SEVERAL = 2  # columns; one alone may hold what a person typed
NEVER_TEXT = frozenset({*SHAPES, "start", "end", "today"})
TOOLS_OWN = frozenset({"_id", "_uuid", "_index", "_submission_time", "_parent_index"})


def missing_word(sheet: Sheet, columns: Columns, questionnaire: Questionnaire) -> str:
    """The word that this sheet writes for an empty cell, or ''."""
    positions = tuple(_positions(columns, questionnaire))
    for word in WORDS:
        holding = [record for record in sheet.evidence if word in record.cells]
        having = [at for at in positions if any(one.at(at).strip() == word for one in holding)]
        if len(having) >= SEVERAL and all(
            record.at(at).strip() for record in sheet.evidence for at in having
        ):
            return word
    return ""


def _positions(columns: Columns, questionnaire: Questionnaire) -> Iterator[int]:
    """Columns that can hold no text, so that a word there is none."""
    for position, target in columns.targets.items():
        question = questionnaire.by_column.get(target.column)
        is_never = question is not None and question.type in NEVER_TEXT
        if target.choice or is_never or target.metadata in TOOLS_OWN:
            yield position


def without_word(sheet: Sheet, word: str, columns: Columns, questionnaire: Questionnaire) -> Sheet:
    """The sheet with blanks for the word; where the question has it among its choices, it stays."""
    kept = {
        position
        for position, target in columns.targets.items()
        if (question := questionnaire.by_column.get(target.column))
        and question.type in SELECTS
        and any(tidy(word) == tidy(choice.name) for choice in questionnaire.choices_of(question))
    }
    return replace(sheet, records=tuple(_blanked(one, word, kept) for one in sheet.records))


def _blanked(record: Record, word: str, kept: AbstractSet[int]) -> Record:
    cells = tuple(
        "" if cell.strip() == word and at not in kept else cell
        for at, cell in enumerate(record.cells)
    )
    return record if cells == record.cells else record.with_cells(cells)
