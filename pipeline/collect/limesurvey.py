"""LimeSurvey's table of responses: headings as codes, texts or both; answers short or long.

A response is named `id:<n>`. The number is unique in one survey only: all LimeSurvey files of a
wave are taken for exports of one survey. The date of the last action orders the versions of a
response that was exported before and after somebody went on with it. Without a date stamp the tool
writes 1980 for when a response was sent, which says nothing. Tokens and addresses go nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.ask import Questionnaire
from pipeline.collect.export import Export, Record
from pipeline.collect.limesurvey_answers import Answers, Asked
from pipeline.collect.limesurvey_columns import Row, lime_columns
from pipeline.collect.limesurvey_headings import is_export
from pipeline.collect.limesurvey_places import chain
from pipeline.collect.outcome import extra_cells
from pipeline.collect.recode import Recoder
from pipeline.collect.records import missing_questions, no_question, read_submissions
from pipeline.collect.refusals import refusals
from pipeline.collect.submission import SUBMISSION, Collected, Part, RepeatRow, Submission
from pipeline.errors import Problem, RelevoError

UNDATED = "1980-01-01"
MAIN: Row = ("", ())


def is_limesurvey(export: Export) -> bool:
    """A header line has the columns that LimeSurvey adds, as codes or in one of four languages."""
    return any(is_export(sheet.headers) for sheet in export.sheets)


def limesurvey_questions(headers: Sequence[str], questionnaire: Questionnaire) -> int:
    """How many questions a header line of LimeSurvey names."""
    if not is_export(headers):
        return 0
    return sum(map(len, lime_columns(headers, questionnaire).asked.values()))


def read_limesurvey(export: Export, questionnaire: Questionnaire, unit: str) -> Collected:
    """Submissions, and rows of repeats where the form was flattened for this tool.

    Args:
        export: the file, as text.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.

    Raises:
        RelevoError: no_question_in_header, label_shared, column_twice.
    """
    answers = Answers(Recoder(questionnaire, unit=unit))
    parts = [
        part
        for part in _parts(export, questionnaire, answers)
        if part.asked or part.columns.ambiguous
    ]
    if not parts:
        raise no_question(export, questionnaire)
    if findings := [finding for part in parts for finding in refusals(export, part)]:
        raise RelevoError(findings)
    submissions = tuple(read_submissions(parts, questionnaire, unit))
    rows = tuple(row for part in parts for row in part.rows(submissions, questionnaire))
    known = frozenset(column for part in parts for column in part.columns_read)
    return Collected(
        export=export,
        tool="limesurvey",
        submissions=submissions,
        repeat_rows=rows,
        unknown_headers=tuple(header for part in parts for header in part.columns.unknown),
        missing_questions=missing_questions(known, questionnaire),
        notes=(*_notes(parts), *answers.notes()),
    )


@dataclass(frozen=True)
class LimePart(Part):
    """A table of responses; `asked` holds the questions by the row they are asked in."""

    asked: Mapping[Row, Mapping[str, Asked]]
    answers: Answers

    @property
    def columns_read(self) -> frozenset[str]:
        """Question.column of all questions that some heading names."""
        every = [asked for row in self.asked.values() for asked in row.values()]
        return frozenset({asked.question.column for asked in every} | {a.beside for a in every})

    def answers_of(self, record: Record, questionnaire: Questionnaire) -> dict[str, str]:  # noqa: ARG002  the reader of answers has it
        """Values by Question.column, and by `column/choice` for a multiple."""
        return self.answers.recoder.with_unit(self._answers(record, MAIN))

    def _answers(self, record: Record, row: Row) -> dict[str, str]:
        values: dict[str, str] = {}
        for asked in self.asked.get(row, {}).values():
            values |= self.answers.read(asked, record.at)
        return values

    def metadata_of(self, record: Record) -> dict[str, str]:
        """What the tool wrote about the response; the last action orders its versions."""
        metadata = super().metadata_of(record)
        if metadata.get("_submission_time", "").startswith(UNDATED):
            metadata["_submission_time"] = ""
        return metadata | {"revision": metadata.get("end", "").strip()}

    def rows(
        self, submissions: Iterable[Submission], questionnaire: Questionnaire
    ) -> Iterator[RepeatRow]:
        """The rows of repeats with an answer, an enclosing row before those inside it."""
        chains = {group.name: chain(questionnaire, group.name) for group in questionnaire.repeats}
        for submission in submissions:
            if submission.outcome != SUBMISSION or submission.sheet != self.sheet.name:
                continue
            filled: set[Row] = set()
            for repeat, numbers in self.asked:
                said = self._answers(submission.record, (repeat, numbers)) if repeat else {}
                if any(text for name, text in said.items() if "/" not in name):
                    around = chains[repeat]
                    filled |= {(around[n - 1], numbers[:n]) for n in range(1, len(around) + 1)}
            for name, around in chains.items():
                for row in sorted(row for row in filled if row[0] == name):
                    yield self._row(submission, row, around)

    def _row(self, submission: Submission, row: Row, around: Sequence[str]) -> RepeatRow:
        """One row; as a record it holds the cells of its own columns."""
        repeat, numbers = row
        record = submission.record
        places = [at for asked in self.asked.get(row, {}).values() for at in asked.positions]
        own = Record(record.number, record.line, tuple(record.at(at) for at in sorted(places)))
        names = [f"{name}[{number}]" for name, number in zip(around, numbers, strict=True)]
        return RepeatRow(
            self.sheet.name,
            own,
            SUBMISSION,
            "",
            repeat,
            submission,
            "/".join(names),
            "/".join(names[:-1]),
            numbers[-1],
            self._answers(record, row),
        )


def _parts(export: Export, questionnaire: Questionnaire, answers: Answers) -> Iterator[LimePart]:
    for sheet in export.sheets:
        found = lime_columns(sheet.headers, questionnaire)
        yield LimePart(sheet, "", found.columns, found.asked, answers)


def _notes(parts: Sequence[LimePart]) -> Iterator[str]:
    for part in parts:
        if extra := extra_cells(part.sheet):
            yield f"{Problem.extra_cell.name} records {len(extra)} first_line {extra[0].line}"
