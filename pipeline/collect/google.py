"""Google Forms, as CSV or as the responses' sheet, and Microsoft Forms beside it.

Headers are question texts, answers are option texts; checkboxes are joined by a comma or semicolon
that an option may hold too. Nobody has an id: a submission is named by what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pipeline.ask import SELECTS, Question, Questionnaire
from pipeline.collect.export import Export, Record, Sheet
from pipeline.collect.google_dates import DAYS, Dates
from pipeline.collect.google_headers import Headers, is_form, read_headers
from pipeline.collect.headers import MULTIPLES
from pipeline.collect.moments import (
    MOMENTS,
    has_unread,
    is_moment,
    iso_metadata,
    iso_moment,
    iso_time,
)
from pipeline.collect.other_text import OtherText
from pipeline.collect.outcome import Layout, extra_cells, judge
from pipeline.collect.recode import COUNTRY, Recoder
from pipeline.collect.records import missing_questions, no_question, read_submissions
from pipeline.collect.refusals import contradictions, refusals
from pipeline.collect.submission import Collected, Part, Submission
from pipeline.errors import Finding, Problem, RelevoError

SEPARATORS = (", ", ";")  # of the sheet; of the CSV that the form itself offers


def is_google(export: Export) -> bool:
    """A sheet begins with the moment of the response, in a language of the form's owner."""
    return any(is_form(sheet.headers) for sheet in export.sheets)


def read_google(export: Export, questionnaire: Questionnaire, unit: str) -> Collected:
    """Submissions of one export, with an outcome for every record; such forms have no repeats.

    Args:
        export: the file, as text.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.

    Raises:
        RelevoError: no_question_in_header, column_twice, label_shared.
    """
    recoder = Recoder(questionnaire, SEPARATORS, unit)
    other = OtherText(questionnaire)
    parts = [
        part
        for sheet in export.sheets
        if is_form(sheet.headers)
        and (part := GooglePart.of(sheet, questionnaire, recoder, other)).headers.sources
    ]
    if not parts:
        raise no_question(export, questionnaire)
    if findings := [finding for part in parts for finding in part.refused(export)]:
        raise RelevoError(findings)
    submissions = tuple(read_submissions(parts, questionnaire, unit, _judge))
    known = frozenset(column for part in parts for column in part.columns_read)
    return Collected(
        export=export,
        tool="google",
        submissions=submissions,
        repeat_rows=(),
        unknown_headers=tuple(header for part in parts for header in part.columns.unknown),
        missing_questions=missing_questions(known, questionnaire),
        notes=(
            *_notes(export, parts, submissions),
            *recoder.notes(),
            *other.notes(),
        ),
    )


@dataclass(frozen=True)
class GooglePart(Part):
    """A sheet of responses; an answer may stand in several columns, another text in the answer."""

    headers: Headers
    dates: Dates
    recoder: Recoder
    other: OtherText

    @classmethod
    def of(
        cls,
        sheet: Sheet,
        questionnaire: Questionnaire,
        recoder: Recoder,
        other: OtherText,
    ) -> GooglePart:
        """The sheet with its columns, and the order in which it writes day and month."""
        headers = read_headers(sheet, questionnaire)
        dates = Dates.of(sheet, headers, questionnaire)
        return cls(sheet, "", headers.columns, headers, dates, recoder, other)

    @property
    def columns_read(self) -> frozenset[str]:
        """Question.column of the questions that have a column, or whose text stands in another."""
        read = {*self.headers.sources, *self.columns.splits}
        return frozenset(
            read | {self.other.column_of[c] for c in read & self.other.column_of.keys()}
        )

    def answers_of(self, record: Record, questionnaire: Questionnaire) -> dict[str, str]:
        """Values by Question.column, selects as codes, other texts in the question for them."""
        values = super().answers_of(record, questionnaire)
        by_column, sources = questionnaire.by_column, self.headers.sources
        for column, positions in sources.items():
            question = by_column[column]
            text = next(filter(str.strip, map(record.at, positions)), "")
            read = self.read(question, text)
            is_select = question.type in SELECTS
            values[column] = self.recoder.count(question, text, read) if is_select else read
        for column, place in self.other.column_of.items():
            if column in sources:
                values[column], free = self.other.apart(by_column[column], values[column])
                values[place] = values.get(place) or free
        return self.recoder.with_unit(values, record.at(self.columns.metadata.get(COUNTRY)))

    def read(self, question: Question, text: str) -> str:
        """An answer as codes or ISO where that is certain, else as received."""
        if question.type in DAYS:
            return iso_moment(text, self.dates.answered) or text
        if question.type == "time":
            return iso_time(text) or text
        if question.type in MULTIPLES:
            text = text.rstrip("; ")  # Microsoft Forms ends each option so
        return self.recoder.read(question, text)

    def refused(self, export: Export) -> Iterator[Finding]:
        """Labels that several questions share; columns of a question with different answers."""
        by_column = self.recoder.questionnaire.by_column
        yield from refusals(export, self)
        for column, positions in self.headers.sources.items():
            read = partial(self._read_at, by_column[column])
            yield from contradictions(export, self.sheet, column, positions, read)

    def _read_at(self, question: Question, _: int, text: str) -> str:
        return self.read(question, text)

    def metadata_of(self, record: Record) -> dict[str, str]:
        """The tool's columns; a moment that could be two days stands aside as it was written."""
        metadata = iso_metadata(super().metadata_of(record), self.dates.written)
        if "_submission_time" not in metadata and "end" in metadata:
            metadata["_submission_time"] = metadata["end"]
        return metadata


def _judge(record: Record, layout: Layout) -> tuple[str, str]:
    """As for every tool; what is no moment in the column of the moment proves no submission."""
    metadata = layout.columns.metadata
    is_dated = any(is_moment(record.at(metadata[name])) for name in MOMENTS if name in metadata)
    return judge(record, layout if is_dated else replace(layout, marks=()))


def _notes(
    export: Export, parts: Sequence[GooglePart], submissions: Sequence[Submission]
) -> Iterator[str]:
    """What was decided or not read: a problem's code and its place."""
    read = {part.sheet.name for part in parts}
    for sheet in export.sheets:
        if sheet.name not in read and sheet.headers:
            yield f"{Problem.sheet_not_read.name} {sheet.name}"
    for part in parts:
        for header in part.columns.repaired:
            yield f"{Problem.header_repaired.name} {header}"
        if extra := extra_cells(part.sheet):
            yield f"{Problem.extra_cell.name} records {len(extra)} first_line {extra[0].line}"
        yield from part.dates.notes()
    if undated := [one.record for one in submissions if has_unread(one.metadata)]:
        yield f"{Problem.moment_unread.name} records {len(undated)} first_line {undated[0].line}"
