"""The records of an export's tables, judged and read: the same for every tool with such tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pipeline.ask import METADATA, STRUCTURE, Questionnaire
from pipeline.collect.export import Export, Record
from pipeline.collect.identity import Content, content_id, own_id
from pipeline.collect.outcome import Layout, judge
from pipeline.collect.submission import SUBMISSION, Part, Submission
from pipeline.errors import Finding, Problem, RelevoError

Judge = Callable[[Record, Layout], tuple[str, str]]


def read_submissions(
    parts: Sequence[Part], questionnaire: Questionnaire, unit: str, judge: Judge = judge
) -> Iterator[Submission]:
    """The records of the main form, in file order.

    Args:
        parts: the tables of the file; rows of repeats are left alone.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.
        judge: outcome and reason of a record.
    """
    content = Content.of(questionnaire.answers())
    for part in (part for part in parts if not part.repeat):
        layout = Layout.of(part.sheet, part.columns, content.columns, unit)
        for record in part.sheet.records:
            outcome, reason = judge(record, layout)
            if outcome != SUBMISSION and reason != Problem.test_row.name:
                yield Submission(part.sheet.name, record, outcome, reason)
                continue
            values, metadata = part.answers_of(record, questionnaire), part.metadata_of(record)
            identifier = own_id(metadata) or content_id(values, metadata)
            yield Submission(
                part.sheet.name,
                record,
                outcome,
                reason,
                identifier,
                content.sha256(values),
                values,
                metadata,
            )


def missing_questions(known: frozenset[str], questionnaire: Questionnaire) -> tuple[str, ...]:
    """Questions (not the tool's metadata) without a column in any table, in form order."""
    return tuple(
        question.column
        for question in questionnaire.questions
        if question.type not in STRUCTURE | METADATA and question.column not in known
    )


def no_question(export: Export, questionnaire: Questionnaire) -> RelevoError:
    """The refusal of a file in which no header names a question."""
    values: dict[str, object] = {"questionnaire": questionnaire.file or "the questionnaire"}
    return RelevoError(Finding(Problem.no_question_in_header, file=export.path, values=values))
