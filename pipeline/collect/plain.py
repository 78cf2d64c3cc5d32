"""Submissions of a block read column by column: what each different text means is asked once.

Only where every record is sure to be a submission with an id, and each answer stands in a column of
its own. What comes out is what reading the records one by one gives; whoever needs them so gets
them (`__iter__`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
import pyarrow as pa

from pipeline.collect.block import Block, Column, hashes
from pipeline.collect.identity import Content, normalise_all, own_id
from pipeline.collect.outcome import FEW, Layout, is_test_word
from pipeline.collect.submission import Submission

IDS = ("_uuid", "meta/instanceID", "_id")


@dataclass(frozen=True)
class Plain(Sequence[Submission]):
    """The submissions of a block, by column."""

    block: Block
    ids: list[str]
    answers: Mapping[str, Column]  # as Submission.answers, for each of its keys
    metadata: Mapping[str, Column]
    content_sha256: list[str]
    read: Callable[[], Iterator[Submission]]  # one by one

    @cached_property
    def submissions(self) -> tuple[Submission, ...]:
        """One by one."""
        return tuple(self.read())

    @property
    def said(self) -> list[dict[str, str]]:
        """What the tool wrote about each record, without ids that it has in `ids`."""
        names = [name for name in self.metadata if name not in IDS]
        rows = zip(*(self.metadata[name].rows for name in names), strict=True)
        said = [dict(zip(names, row, strict=True)) for row in rows]
        return said or [{}] * len(self)

    def __len__(self) -> int:
        """Number of submissions."""
        return len(self.block)

    @overload
    def __getitem__(self, at: int) -> Submission: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Submission]: ...
    def __getitem__(self, at: int | slice) -> Submission | Sequence[Submission]:
        """A submission, or some."""
        return self.submissions[at]

    def __iter__(self) -> Iterator[Submission]:
        """The submissions."""
        return iter(self.submissions)


def are_plain(block: Block, layout: Layout) -> bool:
    """Whether `judge` (outcome.py) is sure to take every record of a block for a submission.

    With more than a few filled cells that are no tags a record is neither a footer nor a row of
    tags. Header rows and test entries are looked for among the texts of the columns they show in.
    """
    first = layout.headers[0].strip()
    texts = block.columns[0].texts
    is_header = first in "".join(texts) and any(text.strip() == first for text in texts)
    return (
        _are_filled(block)
        and not is_header
        and not any(is_test_word(text) for at in layout.early for text in block.columns[at].texts)
    )


def ids_of(metadata: Mapping[str, Column]) -> list[str]:
    """Ids that the tool gave; '' where it gave none."""
    if "_uuid" in metadata and all(ids := normalise_all(metadata["_uuid"].rows)):
        return ids
    names = [name for name in IDS if name in metadata]
    rows = zip(*(metadata[name].rows for name in names), strict=True)
    return [own_id(dict(zip(names, row, strict=True))) for row in rows]


def content_of(content: Content, answers: Mapping[str, Column]) -> list[str]:
    """Content.sha256 of each submission."""
    multiples = {content.columns[at] for at in content.multiples}
    columns = []
    for name in content.columns:
        if name not in answers:
            columns.append(pa.scalar(""))
        elif name in multiples:
            columns.append(answers[name].map(content.in_order).cells)
        elif any(map(str.isspace, answers[name].texts)):
            columns.append(answers[name].map(content.said).cells)
        else:
            columns.append(answers[name].cells)
    return hashes(columns)


def _are_filled(block: Block) -> bool:
    """Whether each record says more than a few things that are no tags."""
    filled = np.zeros(len(block), np.int32)
    for column in sorted(block.columns, key=lambda column: len(column.texts)):
        filled += column.where(_is_said)
        if filled.min() > FEW:  # as a rule after some columns
            return True
    return False


def _is_said(text: str) -> bool:
    return bool(text) and not text.isspace() and not text.startswith("#")
