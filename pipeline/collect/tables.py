"""From collected exports to the tables collect.*: numbers every record and writes it once.

A file is written as it comes, slice by slice; what needs all records is done at the end, in SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

from pipeline.ask import Survey
from pipeline.collect.export import Export, Sheet
from pipeline.collect.identity import form_version, normalise, submitted_on
from pipeline.collect.lineage import find_roots, number_equal_contents
from pipeline.collect.notes import add_up
from pipeline.collect.plain import Plain
from pipeline.collect.submission import (
    NO_SUBMISSION,
    SUBMISSION,
    UNREADABLE,
    Collected,
    RepeatRow,
    Submission,
)
from pipeline.collect.wide import repeats, wide
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import TABLES, Work, append_rows, create_table, quote, write_table

MANY = 120_000  # records; DuckDB keeps 122 880 rows together
Item = Submission | RepeatRow
Columns = dict[str, Sequence[object]]
KINDS: Mapping[str, pa.DataType] = MappingProxyType(
    {"INTEGER": pa.int32(), "BIGINT": pa.int64(), "VARCHAR[]": pa.list_(pa.string())}
)


@dataclass(frozen=True)
class Facts:
    """What collect.file says of one slice of a file."""

    outcomes: Counter[str]
    repeat_rows: int
    unknown_headers: tuple[str, ...]
    missing_questions: tuple[str, ...]
    notes: tuple[str, ...]


class Tables:
    """The tables collect.* while they are filled; of a slice nothing is held once it is written."""

    def __init__(self, survey: Survey, work: Work) -> None:
        self._survey = survey
        self._work = work
        self._con = work.confidential
        self._files = self._records = 0
        self._split: dict[str, set[str]] = {repeat: set() for repeat in ("", *repeats(survey))}
        for table in ("collect.file", "collect.record", "collect.warning"):
            create_table(self._con, table)
        for repeat in self._split:
            table, like = _wide_table(repeat)
            create_table(self._con, table, like=like, more=wide(survey, repeat, set()).types)

    def add(self, slices: Iterable[Collected]) -> None:
        """Write one file.

        Raises:
            RelevoError: records_lost, and what reading the slices raises.
        """
        self._files += 1
        facts: list[Facts] = []
        self._con.begin()  # of many rows at once each is written once, and not to a log before
        try:
            for collected in slices:
                begun = self._records
                facts.append(self._add(collected))
                if self._records // MANY > begun // MANY:
                    self._con.commit()
                    self._con.begin()
                export, tool = collected.export, collected.tool
            file = _file(self._files, export, tool, facts)
            append_rows(self._con, "collect.file", _rows("collect.file", file))
        except BaseException:
            self._con.rollback()
            raise
        self._con.commit()

    def finish(self) -> None:
        """Once all files are there: ids of equal contents, roots of edits, what members keeps."""
        number_equal_contents(self._con, [repeat for repeat in self._split if repeat])
        find_roots(self._con)
        _write_summary(self._work)
        _write_headers(self._work)
        _write_versions(self._work)

    def _add(self, collected: Collected) -> Facts:
        """Number the records of a slice, submissions before the rows of repeats, and write them."""
        if isinstance(collected.submissions, Plain):
            return self._add_plain(collected, collected.submissions)
        main = [*_titles(collected), *collected.submissions]
        items: list[Item] = [*main, *collected.repeat_rows]
        _check(collected, items)
        first = self._records + 1
        self._records += len(items)
        ids = range(first, first + len(items))
        wave = collected.export.wave
        records = _records(ids, items, self._files, wave)
        append_rows(self._con, "collect.record", _rows("collect.record", records))
        append_rows(self._con, "collect.warning", _rows("collect.warning", _warnings(ids, items)))
        read = [pair for pair in zip(ids, items, strict=True) if pair[1].outcome == SUBMISSION]
        for repeat in self._split:
            rows = [(record, item) for record, item in read if _repeat(item) == repeat]
            if rows and repeat:
                parents = {id(item): record for record, item in zip(ids, main, strict=False)}
                self._append(repeat, _repeat_rows(rows, wave, parents), _answers(rows))
            elif rows:
                self._append(repeat, _submissions(rows, wave), _answers(rows))
        return _facts(collected, Counter(item.outcome for item in main))

    def _add_plain(self, collected: Collected, plain: Plain) -> Facts:
        """The same, of submissions that are there by column."""
        count, block, wave = len(plain), plain.block, collected.export.wave
        sheet = collected.export.sheets[0]
        _check_sheet(collected.export, sheet, count)
        first = self._records + 1
        self._records += count
        ids = range(first, first + count)
        records: Columns = {
            "record_id": ids,
            "file_id": pa.repeat(self._files, count),
            "wave": pa.repeat(wave, count),
            "sheet": pa.repeat(sheet.name, count),
            "record_number": range(block.number, block.number + count),
            "first_line": range(block.line, block.line + count),
            "sha256": block.sha256,
            "submission_id": plain.ids,
            "repeat": pa.repeat("", count),
            "outcome": pa.repeat(SUBMISSION, count),
            "reason": pa.repeat("", count),
        }
        append_rows(self._con, "collect.record", _rows("collect.record", records))
        fixed = _submission_columns(ids, wave, plain.ids, plain.said, plain.content_sha256)
        answers = {name: column.cells for name, column in plain.answers.items()}
        self._append("", fixed, answers)
        return _facts(collected, Counter({SUBMISSION: count}))

    def _append(self, repeat: str, fixed: Columns, answers: Columns) -> None:
        """Rows of a wide table, with the answers they have; a new split column is added to it."""
        table, like = _wide_table(repeat)
        present = answers.keys()
        before = wide(self._survey, repeat, self._split[repeat])
        self._split[repeat] |= present
        columns = wide(self._survey, repeat, self._split[repeat])
        there = {name.casefold() for name in before.names}
        for name in columns.names:
            if name.casefold() not in there:
                target = ".".join(map(quote, table.split(".", 1)))
                self._con.execute(f"ALTER TABLE {target} ADD COLUMN {quote(name)} VARCHAR")
        placed = {
            columns.column_of[name]: answers[name]
            for name in sorted(present & set(columns.column_of))
        }
        append_rows(self._con, table, _rows(like or table, fixed | placed))


def _wide_table(repeat: str) -> tuple[str, str]:
    """The table, and the entry of TABLES it is like."""
    return (f"collect.repeat_{repeat}", "collect.repeat") if repeat else ("collect.submission", "")


def _repeat(item: Item) -> str:
    return item.repeat if isinstance(item, RepeatRow) else ""


def _answers(rows: Sequence[tuple[int, Item]]) -> Columns:
    """By question, or question/choice; None where a row has no such answer."""
    present = set[str]().union(*(item.answers for _, item in rows))
    return {name: [item.answers.get(name) for _, item in rows] for name in present}


def _facts(collected: Collected, outcomes: Counter[str]) -> Facts:
    notes = (note for sheet in collected.export.sheets for note in sheet.notes)
    return Facts(
        outcomes,
        len(collected.repeat_rows),
        collected.unknown_headers,
        collected.missing_questions,
        (*notes, *collected.notes),
    )


def _titles(collected: Collected) -> list[Submission]:
    """The records above the headers: no submissions, for any tool."""
    return [
        Submission(sheet.name, record, NO_SUBMISSION, Problem.preamble_line.name)
        for sheet in collected.export.sheets
        for record in sheet.preamble
    ]


def _check(collected: Collected, items: Iterable[Item]) -> None:
    """Every record that was counted in a sheet must be there, unless the sheet was not read."""
    seen = Counter(sheet for sheet, _ in {(item.sheet, item.record.number) for item in items})
    sheets = collected.export.sheets
    for sheet in sheets:
        if len(sheets) == 1 or seen[sheet.name] > len(sheet.preamble):
            _check_sheet(collected.export, sheet, seen[sheet.name])


def _check_sheet(export: Export, sheet: Sheet, found: int) -> None:
    if sheet.counted not in {None, found}:
        values: dict[str, object] = {"expected": sheet.counted, "found": found}
        raise RelevoError(Finding(Problem.records_lost, export.path, sheet.name, values=values))


def _file(file_id: int, export: Export, tool: str, facts: Sequence[Facts]) -> Columns:
    outcomes = sum((fact.outcomes for fact in facts), Counter[str]())
    row: dict[str, object] = {
        "file_id": file_id,
        "wave": export.wave,
        "path": export.path,
        "sha256": export.sha256,
        "bytes": export.bytes,
        "tool": tool,
        "encoding": export.encoding,
        "dialect": export.dialect,
        "unknown_headers": list(dict.fromkeys(h for fact in facts for h in fact.unknown_headers)),
        "missing_questions": list(facts[0].missing_questions),
        "records": outcomes.total(),
        "submissions": outcomes[SUBMISSION],
        "not_submissions": outcomes[NO_SUBMISSION],
        "unreadable": outcomes[UNREADABLE],
        "repeat_rows": sum(fact.repeat_rows for fact in facts),
        "notes": add_up(note for fact in facts for note in fact.notes),
    }
    return {name: [value] for name, value in row.items()}


def _records(ids: range, items: Sequence[Item], file_id: int, wave: str) -> Columns:
    return {
        "record_id": ids,
        "file_id": [file_id] * len(items),
        "wave": [wave] * len(items),
        "sheet": [item.sheet for item in items],
        "record_number": [item.record.number for item in items],
        "first_line": [item.record.line for item in items],
        "sha256": [item.record.sha256 for item in items],
        "submission_id": [_submission_id(item) for item in items],
        "repeat": [_repeat(item) for item in items],
        "outcome": [item.outcome for item in items],
        "reason": [item.reason for item in items],
    }


def _warnings(ids: range, items: Sequence[Item]) -> Columns:
    """What collect saw in records that stand; question '' means the record as a whole."""
    found = [
        (record, question, problem.name)
        for record, item in zip(ids, items, strict=True)
        for question, problem in item.warnings
    ]
    names = ("record_id", "question", "code")
    return {name: [row[at] for row in found] for at, name in enumerate(names)}


def _submission_id(item: Item) -> str:
    """Of the submission, or of the one a repeat row belongs to; '' where none is known."""
    if isinstance(item, Submission):
        return item.submission_id
    return item.parent.submission_id if item.parent else ""


def _submissions(rows: Sequence[tuple[int, Item]], wave: str) -> Columns:
    submissions = [item for _, item in rows if isinstance(item, Submission)]
    return _submission_columns(
        [record for record, _ in rows],
        wave,
        [submission.submission_id for submission in submissions],
        [submission.metadata for submission in submissions],
        [submission.content_sha256 for submission in submissions],
    )


def _submission_columns(
    records: Sequence[int],
    wave: str,
    ids: Sequence[str],
    metadata: Sequence[Mapping[str, str]],
    content: Sequence[str],
) -> Columns:
    is_bare = not any(metadata)  # then the same is read of all

    def each(read: Callable[[Mapping[str, str]], object]) -> Sequence[object]:
        """What is read of each."""
        return pa.repeat(read({}), len(records)) if is_bare else list(map(read, metadata))

    roots = each(lambda said: normalise(said.get("meta/rootUuid", "")))
    replaced = each(lambda said: normalise(said.get("meta/deprecatedID", "")))
    return {
        "record_id": records,
        "wave": pa.repeat(wave, len(records)),
        "submission_id": ids,
        # '' until the end, where only the version that it replaces can tell
        "root_id": ids
        if is_bare
        else [
            root or ("" if deprecated else identifier)
            for identifier, root, deprecated in zip(ids, roots, replaced, strict=True)
        ],
        "deprecated_id": replaced,
        "submitted_at": each(lambda said: said.get("_submission_time", "")),
        "started_at": each(lambda said: said.get("start", "")),
        "ended_at": each(lambda said: said.get("end", "")),
        "submitted_on": each(lambda said: submitted_on(said) or None),
        "form_version": each(form_version),
        "revision": each(lambda said: said.get("revision", "")),
        "review_state": each(lambda said: said.get("review_state", "")),
        "content_sha256": content,
    }


def _repeat_rows(
    rows: Sequence[tuple[int, Item]], wave: str, parents: Mapping[int, int]
) -> Columns:
    items = [item for _, item in rows if isinstance(item, RepeatRow)]
    return {
        "record_id": [record for record, _ in rows],
        "parent_record_id": [parents[id(item.parent)] for item in items],
        "wave": [wave] * len(rows),
        "submission_id": [_submission_id(item) for item in items],
        "row_id": [item.row_id for item in items],
        "parent_row_id": [item.parent_row_id for item in items],
        "position": [item.position for item in items],
    }


def _rows(table: str, columns: Columns) -> pa.Table:
    """Columns with the types of the table; those of questions are text."""
    kinds = dict(column.split() for column in TABLES[table].split(","))
    return pa.table(
        {
            name: values
            if isinstance(values, pa.Array)
            else pa.array(values, KINDS.get(kinds.get(name, ""), pa.string()))
            for name, values in columns.items()
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


def _write_headers(work: Work) -> None:
    """Columns the form does not know, and questions a file lacks.

    A file without headers has its first record read as such: what looks like an address stays out.
    """
    headers = work.confidential.execute(
        """
        SELECT wave, file_id, if(contains(header, '@'), '…', header) AS header, kind
        FROM (
            SELECT wave, file_id, unnest(unknown_headers) AS header, 'unknown' AS kind
            FROM collect.file
            UNION ALL SELECT wave, file_id, unnest(missing_questions), 'missing' FROM collect.file
        ) ORDER BY ALL"""
    ).df()
    write_table(work.members, "collect.header", headers)


def _write_versions(work: Work) -> None:
    """How many submissions of each file name which version of the form."""
    versions = work.confidential.execute(
        """
        SELECT r.wave, r.file_id, coalesce(s.form_version, '') AS form_version,
               count(*) AS submissions
        FROM collect.submission s JOIN collect.record r USING (record_id)
        GROUP BY ALL ORDER BY ALL"""
    ).df()
    write_table(work.members, "collect.version", versions)
