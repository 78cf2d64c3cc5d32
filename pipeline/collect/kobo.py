"""KoboToolbox: names or labels as headers, one sheet of submissions, one for each repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from pipeline.ask import Question, Questionnaire
from pipeline.collect.block import Block
from pipeline.collect.export import Export, Record
from pipeline.collect.flat import flat_repeats, flat_rows
from pipeline.collect.headers import Columns, resolve
from pipeline.collect.identity import Content
from pipeline.collect.missing import missing_word, without_word
from pipeline.collect.outcome import Layout, extra_cells
from pipeline.collect.plain import Plain, are_plain, content_of, ids_of
from pipeline.collect.recode import Recoder
from pipeline.collect.records import missing_questions, no_question, read_submissions
from pipeline.collect.refusals import refusals
from pipeline.collect.repeats import read_repeats, repeat_of
from pipeline.collect.submission import Collected, Part, Submission, ticked
from pipeline.errors import Problem, RelevoError

OWN = frozenset({"_uuid", "_submission_time", "_submission__uuid", "_parent_index", "__version__"})


def is_kobo(export: Export) -> bool:
    """A header line has one of the columns that this tool alone adds."""
    return any(OWN.intersection(sheet.headers) for sheet in export.sheets)


def read_kobo(export: Export, questionnaire: Questionnaire, unit: str) -> Collected:
    """Submissions and rows of repeats of one export, with an outcome for every record.

    Args:
        export: the file, as text.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.

    Raises:
        RelevoError: no_question_in_header, column_twice, label_shared.
    """
    recoder = Recoder(questionnaire, unit=unit)
    parts = _parts(export, questionnaire, recoder)
    if all(part.repeat for part in parts):
        raise no_question(export, questionnaire)
    if findings := [finding for part in parts for finding in refusals(export, part)]:
        raise RelevoError(findings)
    flat = {part.sheet.name: flat_repeats(part, questionnaire) for part in parts if not part.repeat}
    submissions: Sequence[Submission] | None = None
    if len(parts) == 1 and not any(flat.values()):
        submissions = parts[0].plain(questionnaire, unit)
    submissions = submissions or tuple(read_submissions(parts, questionnaire, unit))
    beside = (
        row
        for one in (submissions if any(flat.values()) else ())
        for row in flat_rows(flat[one.sheet], one, questionnaire)
    )
    known = {column for part in parts for column in part.columns.known_questions}
    known |= {column for repeats in flat.values() for one in repeats for column in one.columns_read}
    flat_headers = {h for repeats in flat.values() for one in repeats for h in one.headers_read}
    unknown = (header for part in parts for header in part.columns.unknown)
    return Collected(
        export=export,
        tool="kobo",
        submissions=submissions,
        repeat_rows=(*read_repeats(parts, questionnaire, submissions), *beside),
        unknown_headers=tuple(header for header in unknown if header not in flat_headers),
        missing_questions=missing_questions(frozenset(known), questionnaire),
        notes=(*_notes(export, parts), *recoder.notes()),
    )


@dataclass(frozen=True)
class KoboPart(Part):
    """A sheet whose answers to selects come as codes, labels, or in another spelling."""

    recoder: Recoder
    missing_word: str  # that the file writes for an empty cell, or ''

    def answers_of(self, record: Record, questionnaire: Questionnaire) -> dict[str, str]:
        """Values by Question.column, selects as codes, and by `column/choice`."""
        values = super().answers_of(record, questionnaire)
        for column, question in self._coded.items():
            values[column] = self.recoder.text(question, values[column])
        return self.recoder.with_unit(values)

    def plain(self, questionnaire: Questionnaire, unit: str) -> Plain | None:
        """The submissions of a block by column, where nothing about its records is odd."""
        block, columns = self.sheet.records, self.columns
        if not isinstance(block, Block) or self.recoder.names_units(columns.questions):
            return None
        content = Content.of(questionnaire.answers())
        layout = Layout.of(self.sheet, columns, content.columns, unit)
        metadata = {name: block.columns[at] for name, at in columns.metadata.items()}
        is_joined = columns.splits.keys() <= columns.questions.keys()
        if not is_joined or not are_plain(block, layout) or not all(ids := ids_of(metadata)):
            return None
        answers = {name: block.columns[at] for name, at in columns.questions.items()}
        for name, question in self._coded.items():
            answers[name] = self.recoder.column(question, answers[name])
        for name, positions in columns.splits.items():
            for choice, at in positions.items():
                answers[f"{name}/{choice}"] = block.columns[at].map(ticked)
        again = replace(self, recoder=replace(self.recoder, counts=Counter()))
        read = partial(read_submissions, [again], questionnaire, unit)
        return Plain(block, ids, answers, metadata, content_of(content, answers), read)

    @cached_property
    def _coded(self) -> dict[str, Question]:
        """The questions that have a list of choices and a column."""
        by_column = self.recoder.questionnaire.by_column
        found = {column: by_column[column] for column in self.columns.questions}
        return {column: question for column, question in found.items() if question.list_name}


def known_questions(headers: Sequence[str], questionnaire: Questionnaire) -> int:
    """How many questions a header line names, of the main form or of one repeat."""
    repeats = ("", *(group.name for group in questionnaire.repeats))
    read = ((repeat, resolve(headers, questionnaire, repeat)) for repeat in repeats)
    return max(_known(columns, questionnaire, repeat) for repeat, columns in read)


def _known(columns: Columns, questionnaire: Questionnaire, repeat: str = "") -> int:
    answers = {question.column for question in questionnaire.answers(repeat)}
    return len(answers & columns.known_questions)


def _parts(export: Export, questionnaire: Questionnaire, recoder: Recoder) -> list[KoboPart]:
    """The sheets that hold submissions or rows of a repeat, each with its columns.

    A second sheet of submissions needs more known headers than unknown ones: a table that someone
    added by hand also names a question.
    """
    parts: list[KoboPart] = []
    for sheet in export.sheets:
        repeat = repeat_of(sheet, questionnaire)
        columns = resolve(sheet.headers, questionnaire, repeat or "", sheet.evidence)
        word = missing_word(sheet, columns, questionnaire)
        read = without_word(sheet, word, columns, questionnaire) if word else sheet
        part = KoboPart(read, repeat or "", columns, recoder, word)
        is_first = not any(not other.repeat for other in parts)
        is_main = _known(columns, questionnaire) > 0 and (
            is_first or len(part.columns.targets) > len(part.columns.unknown)
        )
        if repeat or (repeat is None and is_main):
            parts.append(part)
    return parts


def _notes(export: Export, parts: Sequence[KoboPart]) -> Iterator[str]:
    """What was read with a repair, or not read: a problem's code and its place."""
    read = {part.sheet.name for part in parts}
    for sheet in export.sheets:
        if sheet.name not in read and sheet.headers:
            yield f"{Problem.sheet_not_read.name} {sheet.name}"
    for part in parts:
        for header in part.columns.repaired:
            yield f"{Problem.header_repaired.name} {header}"
        if part.missing_word:
            yield f"{Problem.missing_word.name} {part.missing_word}"
        if extra := extra_cells(part.sheet):
            yield f"{Problem.extra_cell.name} records {len(extra)} first_line {extra[0].line}"
