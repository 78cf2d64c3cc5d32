"""A table of answers that no survey tool wrote: SPSS, Stata, Parquet, or any CSV and workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pipeline.ask import ColumnLine, Questionnaire
from pipeline.collect.export import Export, Record, Sheet
from pipeline.collect.meanings import JOINED, Meanings
from pipeline.collect.moments import MOMENTS, Order, has_unread, iso_metadata, order_of
from pipeline.collect.outcome import extra_cells
from pipeline.collect.recode import COUNTRY, Recoder
from pipeline.collect.records import missing_questions, no_question, read_submissions
from pipeline.collect.refusals import contradictions, refusals
from pipeline.collect.special_codes import suspect_special_codes
from pipeline.collect.submission import Collected, Part, Submission
from pipeline.collect.table_columns import TableColumns, table_columns
from pipeline.errors import Finding, Problem, RelevoError

LISTED = 20  # unknown values told for each column: more is no list of codes


def read_table(
    export: Export,
    questionnaire: Questionnaire,
    unit: str,
    tool: str,
    lines: Sequence[ColumnLine] = (),
) -> Collected:
    """Submissions of one table, with an outcome for every record; it holds no repeats.

    Args:
        export: the file, as text, with its own dictionary if it has one.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.
        tool: what collect.file calls the reader.
        lines: of columns.csv, those that count for this file.

    Raises:
        RelevoError: no_question_in_header, column_twice, label_shared.
    """
    recoder = Recoder(questionnaire, JOINED, unit)
    parts = [
        part
        for sheet in export.sheets
        if (part := TablePart.of(sheet, questionnaire, recoder, lines)).places.questions
    ]
    if not parts:
        raise no_question(export, questionnaire)
    if findings := [finding for part in parts for finding in part.refused(export)]:
        raise RelevoError(findings)
    submissions = tuple(read_submissions(parts, questionnaire, unit))
    known = frozenset(column for part in parts for column in part.places.questions)
    collected = Collected(
        export=export,
        tool=tool,
        submissions=submissions,
        repeat_rows=(),
        unknown_headers=tuple(header for part in parts for header in part.columns.unknown),
        missing_questions=missing_questions(known, questionnaire),
        notes=(*_notes(export, parts, submissions), *recoder.notes()),
    )
    return suspect_special_codes(collected, questionnaire)


@dataclass(frozen=True)
class TablePart(Part):
    """A table whose answers may stand in several columns and be coded in its own way."""

    places: TableColumns
    meanings: Meanings
    order: Order | None  # of day and month in the moments of the records

    @classmethod
    def of(
        cls,
        sheet: Sheet,
        questionnaire: Questionnaire,
        recoder: Recoder,
        lines: Sequence[ColumnLine],
    ) -> TablePart:
        """The sheet with its columns and what its values mean."""
        places = table_columns(sheet, questionnaire, lines)
        metadata = places.columns.metadata
        moments = [metadata[name] for name in MOMENTS if name in metadata]
        order = order_of(record.at(at) for record in sheet.evidence for at in moments)
        meanings = Meanings.of(sheet, recoder, lines)
        return cls(sheet, "", places.columns, places, meanings, order)

    def answers_of(self, record: Record, questionnaire: Questionnaire) -> dict[str, str]:
        """Values by Question.column, selects as codes, and by `column/choice`."""
        values: dict[str, str] = {}
        for column, positions in self.places.sources.items():
            at = next((at for at in positions if record.at(at).strip()), positions[0])
            question = questionnaire.by_column[column]
            values[column] = self.meanings.answer(question, at, record.at(at))
        for column, positions in self.places.listed.items():
            question = questionnaire.by_column[column]
            codes = (self.meanings.answer(question, at, record.at(at)) for at in positions)
            values[column] = " ".join(dict.fromkeys(filter(None, codes)))
        for column, ticks in self.places.ticks.items():
            read = {c: self.meanings.tick(t, record.at(t.position)) for c, t in ticks.items()}
            values |= {f"{column}/{choice}": text for choice, text in read.items()}
            if column not in values:
                choices = questionnaire.choices_of(questionnaire.by_column[column])
                chosen = (choice.name for choice in choices if read.get(choice.name) == "1")
                values[column] = " ".join(dict.fromkeys(chosen))
        country = record.at(self.columns.metadata.get(COUNTRY))
        return self.meanings.recoder.with_unit(values, country)

    def metadata_of(self, record: Record) -> dict[str, str]:
        """What a survey tool once wrote about the record, its moments as ISO."""
        return iso_metadata(super().metadata_of(record), self.order)

    def refused(self, export: Export) -> Iterator[Finding]:
        """Labels that several questions share; columns of a question with different answers."""
        yield from refusals(export, self)
        by_column = self.meanings.recoder.questionnaire.by_column
        for column, positions in self.places.sources.items():
            read = partial(self.meanings.read, by_column[column])
            yield from contradictions(export, self.sheet, column, positions, read)


def _notes(
    export: Export, parts: Sequence[TablePart], submissions: Sequence[Submission]
) -> Iterator[str]:
    """What was decided, is unknown or was not read: a problem's code and its place."""
    read = {part.sheet.name for part in parts}
    for sheet in export.sheets:
        if sheet.name not in read and sheet.headers:
            yield f"{Problem.sheet_not_read.name} {sheet.name}"
    for part in parts:
        if extra := extra_cells(part.sheet):
            yield f"{Problem.extra_cell.name} records {len(extra)} first_line {extra[0].line}"
        yield from _unknown(part)
        for (header, value), count in sorted(part.meanings.blanked.items()):
            yield f"{Problem.value_blanked.name} {header} {value} {count}"
    if undated := [one.record for one in submissions if has_unread(one.metadata)]:
        yield f"{Problem.moment_unread.name} records {len(undated)} first_line {undated[0].line}"


def _unknown(part: TablePart) -> Iterator[str]:
    """Headers and values for which columns.csv may need a line, with the number of cells."""
    for at, header in enumerate(part.sheet.headers):
        if header in part.columns.unknown:
            filled = sum(bool(record.at(at).strip()) for record in part.sheet.records)
            yield f"{Problem.unknown_header.name} {header} {filled}"
    for header, column in part.places.suggested.items():
        yield f"{Problem.column_suggested.name} {header} {column}"
    told: dict[str, int] = {}
    for (header, value), count in part.meanings.unknown.most_common():
        told[header] = told.get(header, 0) + 1
        if told[header] <= LISTED:
            yield f"{Problem.unknown_value.name} {header} {value} {count}"
