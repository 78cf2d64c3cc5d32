"""Is a record a submission? Second header rows, footers and test entries are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pipeline.ask import tidy
from pipeline.collect.block import Block
from pipeline.collect.export import Record, Sheet
from pipeline.collect.headers import MOMENTS, Columns
from pipeline.collect.spellings import NAMELESS
from pipeline.collect.submission import NO_SUBMISSION, SUBMISSION, UNREADABLE
from pipeline.errors import Problem

# What the tool fills in for every submission and nobody writes under a table.
MARKS = ("_uuid", "_id", "_index", "_submission_time", "__version__", "meta/instanceID")
POINTERS = ("_parent_index", "_submission__uuid", "_submission__id")
TEST_WORDS = frozenset({"test", "prueba", "teste", "essai"})
TOTAL_WORDS = frozenset({"total", "totals", "totales", "totais", "totaux", "suma", "soma", "somme"})
FEW = 3  # cells: a footer fills no more
EARLY = 5  # answers: a test entry says so in one of the first
TAG = re.compile(r"#\S")
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Layout:
    """What the rules need to know of a sheet: positions from 0."""

    columns: Columns
    headers: tuple[str, ...]
    marks: tuple[int, ...]  # cells that only a submission, or a row of a repeat, has
    is_marked: bool  # whether the tool filled them, so that a record without any is suspect
    moment: int | None = None
    answers: tuple[int, ...] = ()
    unit: int | None = None

    @cached_property
    def early(self) -> frozenset[int]:
        """Where a test entry says that it is one."""
        return frozenset({*self.answers[:EARLY], *([] if self.unit is None else [self.unit])})

    @classmethod
    def of(cls, sheet: Sheet, columns: Columns, answers: Sequence[str], unit: str) -> Layout:
        """Layout of a sheet of submissions; `answers` are the columns a respondent fills in."""
        marks = tuple(columns.metadata[name] for name in MARKS if name in columns.metadata)
        moments = (columns.metadata[name] for name in MOMENTS if name in columns.metadata)
        return cls(
            columns,
            sheet.headers,
            marks,
            any(record.at(mark).strip() for record in sheet.evidence for mark in marks),
            next(moments, None),
            tuple(columns.questions[name] for name in answers if name in columns.questions),
            columns.questions.get(unit),
        )

    @classmethod
    def of_repeat(cls, sheet: Sheet, columns: Columns) -> Layout:
        """Layout of a repeat's sheet: a row that names no parent is an orphan, not a footer."""
        marks = tuple(columns.metadata[name] for name in POINTERS if name in columns.metadata)
        return cls(columns, sheet.headers, marks, is_marked=False)


def judge(record: Record, layout: Layout) -> tuple[str, str]:
    """Outcome and reason of one record; the reason of a submission is ''."""
    if not record.is_decodable:
        return UNREADABLE, Problem.undecodable_byte.name
    filled = [cell for cell in record.cells if cell and not cell.isspace()]
    if _is_header(record, filled, layout):
        return NO_SUBMISSION, Problem.second_header_row.name
    if _is_footer(record, filled, layout):
        return NO_SUBMISSION, Problem.footer_line.name
    if record.is_cut or _is_ragged(record, layout):
        problem = Problem.cut_record if record.is_cut else Problem.ragged_record
        return UNREADABLE, problem.name
    if _is_test(record, layout):
        return NO_SUBMISSION, Problem.test_row.name
    return SUBMISSION, ""


def extra_cells(sheet: Sheet) -> list[Record]:
    """Records with a filled cell under no header, among the headers or beyond them.

    Numbers of rows before the first header are no such cells: R and pandas write them.
    """
    width = len(sheet.headers)
    bare = [at for at, header in enumerate(sheet.headers) if NAMELESS.fullmatch(header)]
    if bare[:1] == [0] and _are_row_numbers([record.at(0) for record in sheet.evidence]):
        del bare[0]
    if not bare and isinstance(sheet.records, Block):
        return []
    return [
        record
        for record in sheet.records
        if (bare and any(record.at(position).strip() for position in bare))
        or (len(record.cells) > width and any(cell.strip() for cell in record.cells[width:]))
    ]


def _are_row_numbers(texts: Sequence[str]) -> bool:
    return all(text.isdigit() for text in texts) and len({*texts}) == len(texts)


def _is_header(record: Record, filled: Sequence[str], layout: Layout) -> bool:
    """A row of tags (#loc+name), or the header once more, as in files put together by hand."""
    if not filled:
        return False
    if TAG.match(filled[0]) and all(TAG.match(cell) for cell in filled):
        return True
    if record.cells[0].strip() != layout.headers[0].strip():  # as good as always
        return False
    pairs = zip(record.cells, layout.headers, strict=False)
    return len(record.cells) >= len(layout.headers) and all(
        cell.strip() == header.strip() for cell, header in pairs
    )


def _is_footer(record: Record, filled: Sequence[str], layout: Layout) -> bool:
    """A line of separators; or a few cells without anything the tool writes in a submission.

    A sheet whose submissions carry no mark of the tool has a footer only where it says "Total" or
    is a single cell of a line cut short.
    """
    if len(filled) > FEW:
        return False
    if not filled:
        return True
    is_from_tool = any(record.at(mark).strip() for mark in layout.marks)
    if is_from_tool or DATE.match(record.at(layout.moment)):
        return False
    if layout.is_marked:
        return True
    is_short = len(record.cells) < len(layout.headers)
    return tidy(filled[0]).rstrip(":") in TOTAL_WORDS or (is_short and len(filled) == 1)


def _is_ragged(record: Record, layout: Layout) -> bool:
    """Too few cells; or too many, filled, and nothing proves that the others stand right.

    KoboToolbox writes the answer to a removed choice beyond the header. There every cell is quoted
    and `_index` is still a number: the other cells are in their places.
    """
    width = len(layout.headers)
    if len(record.cells) <= width:
        return len(record.cells) < width
    if not any(cell.strip() for cell in record.cells[width:]):
        return False
    index = record.at(layout.columns.metadata.get("_index"))
    return not (record.is_quoted and index.isdigit())


def _is_test(record: Record, layout: Layout) -> bool:
    """The unit or an early answer is the word "test" and hardly anything else is answered."""
    words = {position for position in layout.early if is_test_word(record.at(position))}
    if not words:
        return False
    others = [p for p in layout.answers if p not in words and record.at(p).strip()]
    return len(others) <= max(FEW - 1, len(layout.answers) // 10)


@lru_cache(maxsize=10_000)  # cities and codes come again and again
def is_test_word(text: str) -> bool:
    """Whether an answer says nothing but that this is a test."""
    return tidy(text) in TEST_WORDS
