"""From collected exports to the tables collect.*: numbers every record and writes it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pandas as pd

from pipeline.ask import STRUCTURE, Questionnaire, Survey
from pipeline.collect.identity import normalise, root_ids, submitted_on
from pipeline.collect.submission import (
    NO_SUBMISSION,
    SUBMISSION,
    UNREADABLE,
    Collected,
    RepeatRow,
    Submission,
)
from pipeline.store import TABLES, Work, write_table

Row = dict[str, object]
VERSIONS = ("__version__", "_version_", "_submission___version__")


@dataclass(frozen=True)
class Numbered:
    """A record with its number among all records of the survey, and its file."""

    record_id: int
    file_id: int
    wave: str
    item: Submission | RepeatRow
    parent_record_id: int | None = None

    @property
    def repeat(self) -> str:
        """'' for a submission, else the repeat's name."""
        return self.item.repeat if isinstance(self.item, RepeatRow) else ""

    @property
    def submission_id(self) -> str:
        """Of the submission, or of the one a repeat row belongs to; '' where none is known."""
        if isinstance(self.item, Submission):
            return self.item.submission_id
        return self.item.parent.submission_id if self.item.parent else ""


def write(survey: Survey, collected: Sequence[Collected], work: Work) -> None:
    """Write collect.file, record, submission, repeat_<name> and summary."""
    numbered = list(_number(collected))
    files = pd.DataFrame([_file(i, item) for i, item in enumerate(collected, 1)])
    con = work.confidential
    write_table(con, "collect.file", files)
    records = [_record(item) for item in numbered]
    write_table(con, "collect.record", _frame("collect.record", records))
    read = [item for item in numbered if item.item.outcome == SUBMISSION]
    wide = _wide(survey, "", read)
    rows = _submissions([item for item in read if not item.repeat], wide)
    frame = _frame("collect.submission", rows, wide.names)
    write_table(con, "collect.submission", frame, more=wide.types)
    for repeat in _repeats(survey):
        wide = _wide(survey, repeat, read)
        rows = [_repeat_row(item, wide) for item in read if item.repeat == repeat]
        frame = _frame("collect.repeat", rows, wide.names)
        table = f"collect.repeat_{repeat}"
        write_table(con, table, frame, like="collect.repeat", more=wide.types)
    _write_summary(work)


def _number(collected: Sequence[Collected]) -> Iterator[Numbered]:
    """Record ids from 1, file by file, submissions before the rows of repeats."""
    record_id = 0
    for file_id, file in enumerate(collected, 1):
        ids: dict[int, int] = {}
        items: tuple[Submission | RepeatRow, ...] = (*file.submissions, *file.repeat_rows)
        for item in items:
            record_id += 1
            ids[id(item)] = record_id
            parent = ids.get(id(item.parent)) if isinstance(item, RepeatRow) else None
            yield Numbered(record_id, file_id, file.export.wave, item, parent)


def _file(file_id: int, item: Collected) -> Row:
    outcomes = [submission.outcome for submission in item.submissions]
    return {
        "file_id": file_id,
        "wave": item.export.wave,
        "path": item.export.path,
        "sha256": item.export.sha256,
        "bytes": item.export.bytes,
        "tool": item.tool,
        "encoding": item.export.encoding,
        "dialect": item.export.dialect,
        "unknown_headers": list(item.unknown_headers),
        "missing_questions": list(item.missing_questions),
        "records": len(outcomes),
        "submissions": outcomes.count(SUBMISSION),
        "not_submissions": outcomes.count(NO_SUBMISSION),
        "unreadable": outcomes.count(UNREADABLE),
        "repeat_rows": len(item.repeat_rows),
        "notes": list(item.notes),
    }


def _record(numbered: Numbered) -> Row:
    item = numbered.item
    return {
        "record_id": numbered.record_id,
        "file_id": numbered.file_id,
        "wave": numbered.wave,
        "sheet": item.sheet,
        "record_number": item.record.number,
        "first_line": item.record.line,
        "sha256": item.record.sha256,
        "submission_id": numbered.submission_id,
        "repeat": numbered.repeat,
        "outcome": item.outcome,
        "reason": item.reason,
    }


@dataclass(frozen=True)
class Wide:
    """The question columns of a wide table: their names, and the one each answer goes to."""

    names: tuple[str, ...]
    column_of: Mapping[str, str]

    @property
    def types(self) -> dict[str, str]:
        """Name to SQL type."""
        return dict.fromkeys(self.names, "VARCHAR")

    def fill(self, answers: Mapping[str, str]) -> Row:
        """The answers of a record under the table's names."""
        column_of = self.column_of
        return {column_of[name]: text for name, text in answers.items() if name in column_of}


def _wide(survey: Survey, repeat: str, read: Iterable[Numbered]) -> Wide:
    """Columns of all waves' questions, and `question/choice` where some file split a multiple.

    In form order, the newest wave's first. DuckDB ignores case: names of two waves that differ only
    by it share a column; of two choices in one form the first has it, both stay in the joined text.
    """
    split = {name for item in read if item.repeat == repeat for name in item.item.answers}
    first: dict[str, str] = {}
    column_of: dict[str, str] = {}
    for wave in reversed(survey.waves):
        taken: set[str] = set()
        for name in _question_columns(survey.questionnaires[wave.id], repeat, split):
            column = first.setdefault(name.casefold(), name)
            if column not in taken:
                column_of[name] = column
                taken.add(column)
    return Wide(tuple(first.values()), column_of)


def _question_columns(
    questionnaire: Questionnaire, repeat: str, split: AbstractSet[str]
) -> Iterator[str]:
    """Every question of the main form or a repeat, each followed by the choices some file split."""
    for question in questionnaire.questions:
        if question.repeat == repeat and question.type not in STRUCTURE:
            yield question.column
            names = (f"{question.column}/{c.name}" for c in questionnaire.choices_of(question))
            yield from (name for name in names if name in split)


def _repeats(survey: Survey) -> list[str]:
    """Names of the repeats of all waves."""
    names = (
        group.name
        for wave in reversed(survey.waves)
        for group in survey.questionnaires[wave.id].repeats
    )
    return list({name.casefold(): name for name in names}.values())


def _submissions(items: Sequence[Numbered], wide: Wide) -> list[Row]:
    submissions = [item.item for item in items if isinstance(item.item, Submission)]
    roots = root_ids(
        (
            submission.submission_id,
            normalise(submission.metadata.get("meta/rootUuid", "")),
            normalise(submission.metadata.get("meta/deprecatedID", "")),
        )
        for submission in submissions
    )
    return [
        _submission(item, submission, roots, wide)
        for item, submission in zip(items, submissions, strict=True)
    ]


def _submission(
    item: Numbered, submission: Submission, roots: Mapping[str, str], wide: Wide
) -> Row:
    metadata = submission.metadata
    versions = (metadata[name].strip() for name in VERSIONS if name in metadata)
    return {
        "record_id": item.record_id,
        "wave": item.wave,
        "submission_id": submission.submission_id,
        "root_id": roots[submission.submission_id],
        "deprecated_id": normalise(metadata.get("meta/deprecatedID", "")),
        "submitted_at": metadata.get("_submission_time", ""),
        "started_at": metadata.get("start", ""),
        "ended_at": metadata.get("end", ""),
        "submitted_on": submitted_on(metadata) or None,
        "form_version": next(filter(None, versions), ""),
        "content_sha256": submission.content_sha256,
        **wide.fill(submission.answers),
    }


def _repeat_row(item: Numbered, wide: Wide) -> Row:
    row = item.item
    assert isinstance(row, RepeatRow)
    return {
        "record_id": item.record_id,
        "parent_record_id": item.parent_record_id,
        "wave": item.wave,
        "submission_id": item.submission_id,
        "row_id": row.row_id,
        "parent_row_id": row.parent_row_id,
        "position": row.position,
        **wide.fill(row.answers),
    }


def _frame(table: str, rows: Sequence[Row], names: Sequence[str] = ()) -> pd.DataFrame:
    """Rows as a frame whose types are said, not guessed; NULL where a file has no such column."""
    fixed = [column.split() for column in TABLES[table].split(",")]
    kinds = {name: "Int64" if kind == "INTEGER" else "str" for name, kind in fixed}
    kinds |= dict.fromkeys(names, "str")
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype=kind)
            for name, kind in kinds.items()
        }
    )


def _write_summary(work: Work) -> None:
    """Counts by file, outcome and reason; a file without records keeps a line with 0."""
    counts = work.confidential.execute(
        """
        SELECT f.wave, f.file_id, f.path, f.tool, f.sha256,
               coalesce(r.outcome, 'submission') AS outcome, coalesce(r.reason, '') AS reason,
               coalesce(r.repeat, '') AS repeat, count(r.record_id) AS count
        FROM collect.file f LEFT JOIN collect.record r USING (file_id)
        GROUP BY ALL ORDER BY ALL"""
    ).df()
    write_table(work.members, "collect.summary", counts)
