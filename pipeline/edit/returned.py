"""Return sheets, filled in by governments, as lines of the cleaning log.

What was answered is brought to codes, and the derived schema judges it with the other answers: all
of it fits, or nothing is added. Comments are for people and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from pipeline.ask import Codes, Question, tidy
from pipeline.ask.survey import Survey
from pipeline.ask.workbook import Row, Sheet, Workbook, pad, read_workbook
from pipeline.edit.cleaning_log import Line, Log, numbered, read_log
from pipeline.edit.findings import located
from pipeline.edit.grammar import DATE, DECIMAL, INTEGER, MULTIPLES, NUMBERS, repaired_number
from pipeline.edit.states import ERRORS
from pipeline.edit.wave import EditedWave
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import Matter, return_sheet

REASON = "return sheet"
SEPARATORS = ("; ",)
ACTIONS = {
    return_sheet.CONFIRM: "none",
    return_sheet.BLANK: "blank",
    return_sheet.REMOVE: "remove",
}
_MIDNIGHT = re.compile(r"[T ]00:00:00$")
# What the log's own codes mean for a row of a return sheet: it points to nothing that is there.
_NOWHERE = frozenset({Problem.log_matches_nothing, Problem.log_unknown_question})


@dataclass(frozen=True)
class Returned:
    """A line for the cleaning log, and where in which sheet it was said."""

    line: Line
    unit_id: str
    row_id: str
    question: str
    file: str
    sheet: str
    row: int

    def finding(self, problem: Problem, **values: object) -> Finding:
        """A finding at this row."""
        return Finding(problem, self.file, self.sheet, self.row, self.question, values)


@dataclass(frozen=True)
class _Sheet:
    """A return sheet as it came back: what was asked, and the cells that are not blank."""

    file: str
    tab: str
    facts: Mapping[str, str]
    matters: Mapping[str, Matter]
    options: Mapping[tuple[str, str], str]  # key and tidied text -> its meaning
    cells: Mapping[str, tuple[int, str]]  # key -> row and text

    def meanings(self, key: str) -> dict[str, str]:
        """What the drop-down of a row says, tidied, and what that means."""
        return {text: meaning for (at, text), meaning in self.options.items() if at == key}

    def finding(self, problem: Problem, key: str = "", **values: object) -> Finding:
        """A finding at the row with this key."""
        row = self.cells[key][0] if key in self.cells else None
        matter = self.matters.get(key.partition(return_sheet.PART)[0])
        question = matter.question if matter else ""
        return Finding(problem, self.file, self.tab, row, question, values)


class _WrongAnswerError(Exception):
    """An answer that cannot be read; the text says what was expected."""


def read_returned(
    survey: Survey, con: duckdb.DuckDBPyConnection, files: Sequence[Path]
) -> list[Returned]:
    """The answers in these files that the cleaning log does not hold yet, as its next lines.

    Args:
        survey: its questionnaires, and its log.
        con: where collect.* is, the text received.
        files: return sheets.

    Raises:
        RelevoError: exit 12 with everything that is wrong in any of them; exit 11 where a file is
            no workbook.
    """
    if not files:
        return []
    sheets = [_read(path) for path in files]
    asked = [matter for one in sheets if isinstance(one, _Sheet) for matter in one.matters.values()]
    log = read_log(survey, con, {matter.submission_id for matter in asked})
    said = [answer for sheet in sheets for answer in _answers(survey, log, sheet)]
    findings = [one for one in said if isinstance(one, Finding)]
    if findings:
        raise RelevoError(findings)
    found = [one for one in said if isinstance(one, Returned)]
    places = {one.line.says: one for one in reversed(found)}
    lines = numbered(survey, [one.line for one in found])
    return [replace(places[line.says], line=line) for line in lines]


@contextmanager
def in_their_place(said: Sequence[Returned]) -> Iterator[None]:
    """Findings about lines that are not in the log yet are told of the sheet they come from."""
    places = {one.line.row: one for one in said}
    try:
        yield
    except RelevoError as error:
        raise RelevoError(_moved(finding, places) for finding in error.findings) from None


def _moved(finding: Finding, places: Mapping[int, Returned]) -> Finding:
    place = places.get(finding.row or 0)
    if place is None:
        return finding
    if finding.problem in _NOWHERE:
        return place.finding(Problem.returned_unknown_row)
    return place.finding(finding.problem, **finding.values)


def check_standing(
    con: duckdb.DuckDBPyConnection, said: Sequence[Returned], waves: Sequence[EditedWave]
) -> None:
    """Refuse answers that could not stand: the schema has judged them beside all others.

    Args:
        con: with edit_unit as edit_wave fills it.
        said: what the return sheets say.
        waves: edited, these answers among the others.

    Raises:
        RelevoError: one finding each: returned_wrong_answer, and returned_unknown_row where the
            submission is another government's.
    """
    if not said:
        return
    named = [one.line.submission_id for one in said]
    sql = """SELECT submission_id, unit_id FROM edit_unit JOIN collect.submission USING (record_id)
             WHERE unit_id <> '' AND list_contains(?, submission_id)"""
    units = set(con.execute(sql, [named]).fetchall())
    foreign = [
        one.finding(Problem.returned_unknown_row)
        for one in said
        if (one.line.submission_id, one.unit_id) not in units
    ]
    broken = {place: code for wave in waves for place, code in _set_aside(con, wave)}
    places = {
        (one.line.submission_id, one.row_id, one.question): one
        for one in said
        if one.line.action == "change"
    }
    wrong = [
        one.finding(Problem.returned_wrong_answer, expected=_expected(broken[place]))
        for place, one in places.items()
        if place in broken
    ]
    if foreign or wrong:
        raise RelevoError([*foreign, *wrong])


def _expected(code: str) -> str:
    return f"another one, since {Problem[code].what}"


def _set_aside(
    con: duckdb.DuckDBPyConnection, wave: EditedWave
) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Submission, row and question of every cell that is set aside, with the code."""
    for found in wave.violations:
        cells = located(con, wave, found[found["code"].isin(ERRORS)])
        places = zip(cells["submission_id"], cells["row_id"], cells["question"], strict=True)
        yield from zip(places, cells["code"], strict=True)


# --- the file ------------------------------------------------------------------------------------
def _read(path: Path) -> _Sheet | Finding:
    """The sheet in a file; a finding where it is no return sheet.

    Raises:
        RelevoError: exit 11, the file is no workbook, or is protected by a password.
    """
    try:
        book = read_workbook(path)
    except RelevoError as error:
        told = [replace(finding, file=path.name) for finding in error.findings]
        raise RelevoError(told) from None
    page = _page(book)
    hidden = next((one for one in book.sheets if one.name == return_sheet.FACTS), None)
    if page is None or hidden is None:
        return Finding(Problem.returned_not_ours, path.name)
    rows = [pad(row.cells, return_sheet.WIDTH) for row in hidden.rows]
    facts = {cells[0]: cells[1] for cells in rows}
    sheet, header = page
    if facts.get("answer") not in header.cells:
        return Finding(Problem.returned_not_ours, path.name, sheet.name)
    key, answer = header.cells.index(return_sheet.KEY), header.cells.index(facts["answer"])
    cells = {row.cells[key]: (row.number, row.cells[answer].strip()) for row in sheet.rows}
    return _Sheet(
        path.name,
        sheet.name,
        facts,
        {
            cells[1]: Matter(*cells[1 : return_sheet.WIDTH])
            for cells in rows
            if cells[0] == return_sheet.MATTER
        },
        {(cells[1], tidy(cells[2])): cells[3] for cells in rows if cells[0] == return_sheet.OPTION},
        {key: cell for key, cell in cells.items() if key and cell[1]},
    )


def _page(book: Workbook) -> tuple[Sheet, Row] | None:
    """The sheet that people fill in, and the row of its headers."""
    for sheet in book.sheets:
        for row in sheet.rows:
            if return_sheet.KEY in row.cells and sheet.name != return_sheet.FACTS:
                return sheet, row
    return None


# --- its answers ---------------------------------------------------------------------------------
def _answers(survey: Survey, log: Log, sheet: _Sheet | Finding) -> Iterator[Returned | Finding]:
    """Every answer of one sheet, and what is wrong with it."""
    if isinstance(sheet, Finding):
        yield sheet
        return
    name, wave = sheet.facts.get("survey", ""), sheet.facts.get("wave", "")
    if name != survey.name or wave not in survey.questionnaires:
        values = {"found": f"{name} {wave}".strip(), "expected": survey.name}
        yield sheet.finding(Problem.returned_other_survey, **values)
        return
    signed = (return_sheet.WHO, return_sheet.DATE, return_sheet.KEY)
    answered = [key for key in sheet.cells if key not in signed]
    matters = dict.fromkeys(key.partition(return_sheet.PART)[0] for key in answered)
    if matters:
        yield from _signature(sheet)
    for key in matters:
        if key in sheet.matters:
            yield _answer(survey, log, sheet, key)
        else:
            yield sheet.finding(Problem.returned_unknown_row, key)


def _signature(sheet: _Sheet) -> Iterator[Finding]:
    """Who filled the sheet in, and when, if either is missing."""
    if return_sheet.WHO not in sheet.cells:
        expected = "the name of whoever filled it in"
        yield sheet.finding(Problem.returned_unsigned, expected=expected)
    if not re.fullmatch(DATE, _signed_on(sheet)):
        expected = "the date on which it was filled in, as a date of the spreadsheet or 2025-12-31"
        yield sheet.finding(Problem.returned_unsigned, return_sheet.DATE, expected=expected)


def _signed_on(sheet: _Sheet) -> str:
    return _MIDNIGHT.sub("", sheet.cells.get(return_sheet.DATE, (0, ""))[1])


def _answer(survey: Survey, log: Log, sheet: _Sheet, key: str) -> Returned | Finding:
    """One answer as a line of the log."""
    matter = sheet.matters[key]
    form = survey.questionnaires[sheet.facts["wave"]]
    question = form.by_column.get(matter.question)
    if question is None and matter.question:
        return sheet.finding(Problem.returned_unknown_row, key)
    codes = Codes(form.choices_of(question) if question else ())
    try:
        action, value = _said(sheet, key, question, codes)
    except _WrongAnswerError as wrong:
        return sheet.finding(Problem.returned_wrong_answer, key, expected=str(wrong))
    column = matter.question or survey.key.unit  # an answer as a whole is named by its government
    line = Line(
        row=0,
        submission_id=matter.submission_id,
        question=f"{matter.row_id}/{column}" if matter.row_id else column,
        action=action,
        old_value="",
        new_value=value,
        reason=REASON,
        who=sheet.cells.get(return_sheet.WHO, (0, ""))[1],
        date=_signed_on(sheet),
    )
    if question is not None:
        held = (log.held(line) or [""])[0].strip()
        may_be_right = return_sheet.CONFIRM in sheet.meanings(key).values()
        if may_be_right and action == "change" and _reads_as(question, codes, held) == value:
            line = replace(line, action="none", new_value="")  # written once more: it is right
        elif action == "blank" and not held:
            line = replace(line, action="none")
        line = replace(line, old_value=matter.received or held)
    elif action == "remove":
        line = replace(line, question="")
    row = min(row for at, (row, _) in sheet.cells.items() if _is_of(at, key))
    unit = sheet.facts.get("unit_id", "")
    return Returned(line, unit, matter.row_id, column, sheet.file, sheet.tab, row)


def _is_of(at: str, key: str) -> bool:
    return at.partition(return_sheet.PART)[0] == key


def _said(sheet: _Sheet, key: str, question: Question | None, codes: Codes) -> tuple[str, str]:
    """The action of the log, and the new value.

    Raises:
        _WrongAnswerError: the answer cannot be read.
    """
    _, text = sheet.cells.get(key, (0, ""))
    marks = {
        at.partition(return_sheet.PART)[2]: sheet.meanings(at).get(tidy(mark), "")
        for at, (_, mark) in sheet.cells.items()
        if _is_of(at, key) and at != key
    }
    if text and marks:
        raise _WrongAnswerError("either one answer or the marks of its choices, not both")
    if question is not None and question.pii == "direct":
        raise _WrongAnswerError("no answer in this sheet: it concerns a person")
    if marks:
        return "change", _marked(codes, marks)
    meaning = sheet.meanings(key).get(tidy(text), "")
    if meaning in ACTIONS:
        return ACTIONS[meaning], ""
    if question is None:
        raise _WrongAnswerError("one of the two texts of the drop-down")
    return "change", meaning or _coded(question, codes, text)


def _marked(codes: Codes, marks: Mapping[str, str]) -> str:
    """The choices marked yes, in the form's order."""
    if not set(marks.values()) <= {return_sheet.YES, return_sheet.NO}:
        raise _WrongAnswerError("yes or no beside each choice")
    chosen = [choice.name for choice in codes.choices if marks.get(choice.name) == return_sheet.YES]
    if not chosen or not codes.names.issuperset(marks):
        raise _WrongAnswerError("at least one choice of the question marked yes")
    return " ".join(dict.fromkeys(chosen))


def _coded(question: Question, codes: Codes, text: str) -> str:
    """What was written, as the questionnaire's codes and grammar have it."""
    if codes.choices and question.type == "select_one":
        value, expected = codes.one(text), "one choice of the question"
    elif codes.choices and question.type in MULTIPLES:
        value = " ".join(codes.many(text, SEPARATORS) or ())
        expected = "choices of the question, with a semicolon between each two"
    elif question.type == "integer":
        value = _matched(INTEGER, repaired_number(text, whole=True) or text)
        expected = "a whole number, in digits only"
    elif question.type in NUMBERS:
        value = _matched(DECIMAL, repaired_number(text, whole=False) or text)
        expected = "a number, in digits, with a decimal point or comma"
    elif question.type == "date":
        value = _matched(DATE, _MIDNIGHT.sub("", text))
        expected = "a date, as a date of the spreadsheet or written 2025-12-31"
    else:
        value, expected = text, "an answer"
    if not value:
        raise _WrongAnswerError(expected)
    return value


def _reads_as(question: Question, codes: Codes, text: str) -> str:
    """What a text that was received says, in the form's order; '' where it cannot be read."""
    try:
        value = _coded(question, codes, text)
    except _WrongAnswerError:
        return ""
    chosen = set(value.split())
    if question.type == "select_multiple" and codes.names.issuperset(chosen):
        return " ".join(choice.name for choice in codes.choices if choice.name in chosen)
    return value


def _matched(pattern: str, text: str) -> str:
    return text if re.fullmatch(pattern, text) else ""
