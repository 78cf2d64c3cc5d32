"""ODK Central's zip of CSV files, its main table alone, and what Briefcase wrote before it.

A submission is named by KEY, which stays when it is edited; Edits says how often it was. With
multiples split, every choice that nobody ticked is 0, asked or not: a 0 says something only where
the question has an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.ask import Questionnaire
from pipeline.collect.briefcase import iso
from pipeline.collect.export import Export, Record, Sheet
from pipeline.collect.odk_headers import KEY, PARENT_KEY, SUBMISSION_DATE, OdkColumns, odk_columns
from pipeline.collect.odk_repeats import read_rows, repeat_of
from pipeline.collect.outcome import Layout, extra_cells, judge
from pipeline.collect.recode import Recoder
from pipeline.collect.records import missing_questions, no_question, read_submissions
from pipeline.collect.submission import SUBMISSION, TICKED, UNREADABLE, Collected, Part
from pipeline.errors import Finding, Problem, RelevoError

BESIDE_KEY = frozenset({PARENT_KEY, SUBMISSION_DATE, "SubmitterID", "meta-instanceID"})
DATES = frozenset({"date", "datetime", "time", "start", "end", "today"})
MOMENTS = ("_submission_time", "start", "end", "today")
EDITS = 6  # digits, so that counts sort as text


def is_odk(export: Export) -> bool:
    """A table has KEY and another column that ODK Central or Briefcase writes beside it."""
    return any(
        KEY in sheet.headers and BESIDE_KEY.intersection(sheet.headers) for sheet in export.sheets
    )


def odk_questions(headers: Sequence[str], questionnaire: Questionnaire) -> int:
    """How many questions a header line of ODK names, of the main form or of one repeat."""
    if KEY not in headers:
        return 0
    repeats = ("", *(group.name for group in questionnaire.repeats))
    return max(len(odk_columns(headers, questionnaire, name).sources) for name in repeats)


def read_odk(export: Export, questionnaire: Questionnaire, unit: str) -> Collected:
    """Submissions and rows of repeats of one export, with an outcome for every record.

    Args:
        export: the file, as text; a zip has one sheet for each of its CSV files.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.

    Raises:
        RelevoError: no_question_in_header, column_twice.
    """
    recoder = Recoder(questionnaire, unit=unit)
    parts = [part for sheet in export.sheets for part in _parts(sheet, questionnaire, recoder)]
    if not any(not part.repeat and part.places.sources for part in parts):
        raise no_question(export, questionnaire)
    if findings := [finding for part in parts for finding in _contradictions(export, part)]:
        raise RelevoError(findings)
    submissions = tuple(read_submissions(parts, questionnaire, unit, _judge))
    known = frozenset(column for part in parts for column in part.columns_read)
    return Collected(
        export=export,
        tool="odk",
        submissions=submissions,
        repeat_rows=tuple(read_rows(parts, questionnaire, submissions)),
        unknown_headers=tuple(header for part in parts for header in part.columns.unknown),
        missing_questions=missing_questions(known, questionnaire),
        notes=(*_notes(export, parts), *recoder.notes()),
    )


@dataclass(frozen=True)
class OdkPart(Part):
    """A table of the zip; an answer may stand in several columns."""

    places: OdkColumns
    recoder: Recoder

    @property
    def columns_read(self) -> frozenset[str]:
        """Question.column of all questions that some header names."""
        return frozenset({*self.places.sources, *self.columns.splits})

    def answers_of(self, record: Record, questionnaire: Questionnaire) -> dict[str, str]:
        """Values by Question.column, and by `column/choice` where a multiple is split."""
        values: dict[str, str] = {}
        for column, sources in self.places.sources.items():
            question = questionnaire.by_column[column]
            text = next(filter(None, (_text(record, source) for source in sources)), "")
            is_date = question.type in DATES
            values[column] = iso(text) if is_date else self.recoder.text(question, text)
        for column in self.columns.splits:
            ticks = self._ticks(record, column, values.get(column, ""))
            values |= {f"{column}/{choice}": tick for choice, tick in ticks.items()}
            if column not in values:
                choices = questionnaire.choices_of(questionnaire.by_column[column])
                chosen = (choice.name for choice in choices if ticks.get(choice.name) == "1")
                values[column] = " ".join(dict.fromkeys(chosen))
        return self.recoder.with_unit(values)

    def _ticks(self, record: Record, column: str, joined: str) -> dict[str, str]:
        """The columns of the choices; a 0 is blank where the question has no answer."""
        cells = {choice: record.at(at) for choice, at in self.columns.splits[column].items()}
        ticks = {choice: TICKED.get(cell, cell) for choice, cell in cells.items()}
        sources = self.places.sources.get(column)
        if joined and sources and not _text(record, sources[0]):  # answered under an older path
            return {choice: str(int(choice in joined.split())) for choice in ticks}
        is_answered = joined or "1" in ticks.values()
        return ticks if is_answered else dict.fromkeys(ticks, "")

    def metadata_of(self, record: Record) -> dict[str, str]:
        """What the tool wrote about the record, its moments as ISO."""
        metadata = super().metadata_of(record)
        metadata |= {name: iso(metadata[name]) for name in MOMENTS if name in metadata}
        if edits := metadata.get("revision", "").strip():
            metadata["revision"] = edits.zfill(EDITS)
        return metadata


def _parts(sheet: Sheet, questionnaire: Questionnaire, recoder: Recoder) -> Iterator[OdkPart]:
    """The table, unless it holds neither submissions nor rows of a repeat: the log of a device."""
    repeat = repeat_of(sheet, questionnaire)
    places = odk_columns(sheet.headers, questionnaire, repeat or "")
    if repeat or (repeat is None and KEY in sheet.headers and places.sources):
        yield OdkPart(sheet, repeat or "", places.columns, places, recoder)


def _text(record: Record, source: Sequence[int]) -> str:
    """The cell, or the parts of a point joined as a form client does; '' where it has none."""
    cells = [record.at(position) for position in source]
    return (
        " ".join(cell.strip() or "0" for cell in cells) if len(cells) > 1 and cells[0] else cells[0]
    )


def _judge(record: Record, layout: Layout) -> tuple[str, str]:
    """As for every tool; a status says that the server could not decrypt the submission."""
    outcome, reason = judge(record, layout)
    status = record.at(layout.columns.metadata.get("_status"))
    if outcome == SUBMISSION and status.strip():
        return UNREADABLE, Problem.not_decrypted.name
    return outcome, reason


def _contradictions(export: Export, part: OdkPart) -> Iterator[Finding]:
    """Several columns of one question, old path and new, must not both have an answer."""
    for column, sources in part.places.sources.items():
        for record in part.sheet.records if len(sources) > 1 else ():
            filled = [source for source in sources if _text(record, source)]
            if len({_text(record, source) for source in filled}) > 1:
                first, second = sorted(source[0] + 1 for source in filled[:2])
                values: dict[str, object] = {"first": first, "second": second, "line": record.line}
                yield Finding(
                    Problem.column_twice, export.path, part.sheet.name, None, column, values
                )
                break


def _notes(export: Export, parts: Sequence[OdkPart]) -> Iterator[str]:
    """What was not read: a problem's code and its place."""
    read = {part.sheet.name for part in parts}
    for sheet in export.sheets:
        if sheet.name not in read and sheet.headers:
            yield f"{Problem.sheet_not_read.name} {sheet.name}"
    if export.attachments:
        yield f"{Problem.attachments_not_read.name} {export.attachments}"
    for part in parts:
        for header in part.columns.repaired:
            yield f"{Problem.header_repaired.name} {header}"
        if extra := extra_cells(part.sheet):
            yield f"{Problem.extra_cell.name} records {len(extra)} first_line {extra[0].line}"
