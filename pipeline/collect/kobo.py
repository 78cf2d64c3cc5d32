"""KoboToolbox: names as headers, one sheet of submissions, one sheet for each repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.ask import METADATA, STRUCTURE, Questionnaire
from pipeline.collect.export import Export
from pipeline.collect.headers import resolve
from pipeline.collect.identity import content_id, content_sha256, own_id
from pipeline.collect.outcome import Layout, extra_cells, judge
from pipeline.collect.repeats import read_repeats, repeat_of
from pipeline.collect.submission import SUBMISSION, Collected, Part, Submission
from pipeline.errors import Finding, Problem, RelevoError


def read_kobo(export: Export, questionnaire: Questionnaire, unit: str) -> Collected:
    """Submissions and rows of repeats of one export, with an outcome for every record.

    Args:
        export: the file, as text.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.

    Raises:
        RelevoError: no_question_in_header, column_twice.
    """
    parts = _parts(export, questionnaire)
    if not any(not part.repeat for part in parts):
        name = questionnaire.file or "the questionnaire"
        values: dict[str, object] = {"questionnaire": name}
        raise RelevoError(Finding(Problem.no_question_in_header, file=export.path, values=values))
    if findings := [finding for part in parts for finding in _twins(export, part)]:
        raise RelevoError(findings)
    submissions = tuple(_submissions(parts, questionnaire, unit))
    return Collected(
        export=export,
        tool="kobo",
        submissions=submissions,
        repeat_rows=tuple(read_repeats(parts, questionnaire, submissions)),
        unknown_headers=tuple(header for part in parts for header in part.columns.unknown),
        missing_questions=_missing(parts, questionnaire),
        notes=tuple(_notes(export, parts)),
    )


def known_questions(headers: Sequence[str], questionnaire: Questionnaire) -> int:
    """How many questions of the main form a header line names."""
    answers = {question.column for question in questionnaire.answers()}
    return len(answers & resolve(headers, questionnaire).known_questions)


def _parts(export: Export, questionnaire: Questionnaire) -> list[Part]:
    """The sheets that hold submissions or rows of a repeat, each with its columns.

    A second sheet of submissions needs more known headers than unknown ones: a table that someone
    added by hand also names a question.
    """
    parts: list[Part] = []
    for sheet in export.sheets:
        repeat = repeat_of(sheet, questionnaire)
        part = Part(sheet, repeat or "", resolve(sheet.headers, questionnaire, repeat or ""))
        is_first = not any(not other.repeat for other in parts)
        is_main = known_questions(sheet.headers, questionnaire) > 0 and (
            is_first or len(part.columns.targets) > len(part.columns.unknown)
        )
        if repeat or (repeat is None and is_main):
            parts.append(part)
    return parts


def _twins(export: Export, part: Part) -> Iterator[Finding]:
    """Two columns with one meaning are one where they agree in every record."""
    for first, second in part.columns.twins:
        for record in part.sheet.records:
            is_whole = len(record.cells) >= len(part.sheet.headers)
            if is_whole and record.at(first).strip() != record.at(second).strip():
                target = part.columns.targets[first]
                yield Finding(
                    Problem.column_twice,
                    file=export.path,
                    sheet=part.sheet.name,
                    question="/".join(filter(None, (target.column, target.choice)))
                    or target.metadata,
                    values={"first": first + 1, "second": second + 1, "line": record.line},
                )
                break


def _submissions(
    parts: Sequence[Part], questionnaire: Questionnaire, unit: str
) -> Iterator[Submission]:
    """The records of the main form, in file order."""
    questions = questionnaire.answers()
    answers = [question.column for question in questions]
    seen: Counter[str] = Counter()
    for part in parts:
        layout = Layout.of(part.sheet, part.columns, answers, unit) if not part.repeat else None
        for record in part.sheet.records if layout else ():
            assert layout
            outcome, reason = judge(record, layout)
            if outcome != SUBMISSION and reason != Problem.test_row.name:
                yield Submission(part.sheet.name, record, outcome, reason)
                continue
            values, metadata = part.answers_of(record, questionnaire), part.metadata_of(record)
            identifier = own_id(metadata)
            if not identifier:
                base = content_id(values, metadata, 1)
                seen[base] += 1
                identifier = content_id(values, metadata, seen[base])
            yield Submission(
                part.sheet.name,
                record,
                outcome,
                reason,
                identifier,
                content_sha256(values, questions),
                values,
                metadata,
            )


def _missing(parts: Sequence[Part], questionnaire: Questionnaire) -> tuple[str, ...]:
    """Questions (not the tool's metadata) without a column in any sheet, in form order."""
    there = {column for part in parts for column in part.columns.known_questions}
    return tuple(
        question.column
        for question in questionnaire.questions
        if question.type not in STRUCTURE | METADATA and question.column not in there
    )


def _notes(export: Export, parts: Sequence[Part]) -> Iterator[str]:
    """What was read with a repair, or not read: a problem's code and its place."""
    read = {part.sheet.name for part in parts}
    for sheet in export.sheets:
        if sheet.name not in read and sheet.headers:
            yield f"{Problem.sheet_not_read.name} {sheet.name}"
    for part in parts:
        for header in part.columns.repaired:
            yield f"{Problem.header_repaired.name} {header}"
        if extra := extra_cells(part.sheet):
            yield f"{Problem.extra_cell.name} records {len(extra)} first_line {extra[0].line}"
