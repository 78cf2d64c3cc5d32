"""A return sheet: printed for a government, filled in by a person, read back into the log."""

# ruff: noqa: E501 - tables are read by column
from __future__ import annotations

import csv
import datetime as dt
import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline import ask
from pipeline.edit import edit
from pipeline.errors import Exit, Problem, RelevoError
from pipeline.report import open_brief
from pipeline.report.return_sheet import ReturnBrief
from pipeline.store import open_work, write_table
from tests.edit.batch import collected, survey

FORM = (
    """
    | type                 | name  | label            | required | relevant       | constraint |
    |----------------------|-------|------------------|----------|----------------|------------|
    | text                 | city  | City             |          |                |            |
    | select_one yn        | plan  | Is there a plan? |          |                |            |
    | integer              | money | Its money        |          | ${plan}='yes'  | . <= 100   |
    | select_one area      | area  | Area of work     |          |                |            |
    | select_multiple need | needs | Needs            | yes      |                |            |
    | integer              | people | Inhabitants     |          |                |            |
    | decimal              | share | Share            |          |                | . <= 100   |
    | date                 | since | In force since   |          |                |            |
    | begin_repeat         | pol   | Policy           |          |                |            |
    | integer              | year  | Year             |          |                | . > 1900   |
    | end_repeat           | pol   |                  |          |                |            |
    """,
    """
    | list_name | name   | label             |
    |-----------|--------|-------------------|
    | yn        | yes    | Yes               |
    | yn        | no     | No                |
    | area      | health | Health & care     |
    | area      | work   | Work              |
    | need      | money  | Money; or staff   |
    | need      | staff  | Training          |
    | need      | law    | Advice on the law |
    """,
)
ANSWERS = """
    | submission_id | submitted_at | city | plan | money | area   | needs | people    | share | since |
    |---------------|--------------|------|------|-------|--------|-------|-----------|-------|-------|
    | s1            | 2025-05-02   | A    | yes  | 250   | =1+1   |       | 1.234.567 | 12%   | May   |
    | s2            | 2025-05-02   | B    | no   | 5     | health | law   | 10        | 1     |       |
    | s3            | 2025-05-03   | C    | yes  | 1     | health | law   | 10        | 1     |       |
    | s4            | 2025-05-03   | C    | yes  | 2     | health | law   | 10        | 1     |       |
    """
REPEATS = {
    "pol": """
    | submission_id | row_id | year |
    |---------------|--------|------|
    | s1            | pol[1] | 2001 |
    | s1            | pol[2] | 20   |
    """
}
DECLARED = 'unit_kind = "institution"\ncontact = "desk@example.org"\n[key]\nunit = "city"\n'
HEADER = "submission_id,question,action,old_value,new_value,reason,who,date\n"
SIGNED = {"Filled in by": "Office of planning", "Date": dt.date(2025, 6, 1)}
Cells = Mapping[str, object]


class Desk:
    """The network's desk: it sends a sheet to a government, and reads what comes back."""

    def __init__(self, folder: Path, files: Mapping[str, str] | None = None) -> None:
        self.folder, self.work = folder / "little", folder / "work"
        self.folder.mkdir()
        self.survey = survey(self.folder, FORM, {"survey.toml": DECLARED, **(files or {})})
        with open_work(self.work) as work:
            collected(self.survey, work, ANSWERS, REPEATS)
            for name, frame in ask.tables(self.survey).items():
                write_table(work.survey, name, frame)
        self.edit()

    @classmethod
    def at(cls, folder: Path) -> Desk:
        """The desk that is in a folder already."""
        found = cls.__new__(cls)
        found.folder, found.work = folder / "little", folder / "work"
        found.survey = ask.read_survey(found.folder)
        return found

    @property
    def log(self) -> Path:
        return self.folder / "cleaning_log.csv"

    def edit(self, *returned: Path) -> int:
        with open_work(self.work) as work:
            return edit(self.survey, work, returned)

    def open_matters(self, unit: str) -> list[tuple[str, ...]]:
        with open_work(self.work) as work:
            return work.members.execute(
                "SELECT row_id, question, code, received FROM edit.open_matter WHERE unit_id = ? "
                "ORDER BY ALL",
                [unit],
            ).fetchall()

    def lines(self) -> list[list[str]]:
        if not self.log.exists():
            return []
        with self.log.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))[1:]

    def sheet(self, unit: str) -> bytes:
        brief = open_brief("return", survey="little", unit=unit)
        assert isinstance(brief, ReturnBrief)
        return brief.workbook()

    def filled(self, unit: str, answers: Cells, signed: Cells = SIGNED) -> Path:
        """The sheet of a government, filled in as a person does: by what stands in its cells."""
        path = self.folder.parent / f"return-{unit}.xlsx"
        path.write_bytes(self.sheet(unit))
        book = load_workbook(path)
        page = book.worksheets[0]
        for said, value in {**signed, **answers}.items():
            row_of(page, said, "F").value = value
        book.save(path)
        return path


def row_of(page: Worksheet, said: str, column: str):
    """The cell of a column in the first row that says this."""
    for cells in page.iter_rows():
        if any(cell.value == said for cell in cells):
            return page[f"{column}{cells[0].row}"]
    raise AssertionError(said)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk before anything came back, to be copied."""
    folder = tmp_path_factory.mktemp("desk")
    Desk(folder)
    return folder


@pytest.fixture
def desk(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("RELEVO_WORK", str(tmp_path / "work"))
    shutil.copytree(first, tmp_path, dirs_exist_ok=True)
    return Desk.at(tmp_path)


def test_answers_join_the_log_and_nothing_is_left_to_ask(desk: Desk) -> None:
    assert {(question, code) for _, question, code, _ in desk.open_matters("A")} == {
        ("money", "constraint_broken"),
        ("area", "unknown_choice"),
        ("needs", "required_unanswered"),
        ("people", "repaired_number"),
        ("share", "not_a_decimal"),
        ("since", "not_a_date"),
        ("year", "constraint_broken"),
    }
    answers = {
        "Its money": "90",
        "Area of work": "Work",
        "Money; or staff": "yes",
        "Training": "no",
        "Advice on the law": "yes",
        "Inhabitants": "right as received",
        "Share": "12,5",
        "In force since": dt.date(2024, 5, 9),
        "Policy 2 · Year": 2020,
    }
    assert desk.edit(desk.filled("A", answers)) == 7
    signed = ["return sheet", "Office of planning", "2025-06-01"]
    assert desk.lines() == [
        ["s1", "money", "change", "250", "90", *signed],
        ["s1", "area", "change", "=1+1", "work", *signed],
        ["s1", "needs", "change", "", "money law", *signed],
        ["s1", "people", "none", "1.234.567", "", *signed],
        ["s1", "share", "change", "12%", "12.5", *signed],
        ["s1", "since", "change", "May", "2024-05-09", *signed],
        ["s1", "pol[2]/year", "change", "20", "2020", *signed],
    ]
    assert desk.open_matters("A") == []


def test_the_same_sheet_read_again_changes_nothing(desk: Desk) -> None:
    path = desk.filled("A", {"Its money": "90", "Inhabitants": "right as received"})
    assert desk.edit(path, path) == 2
    before = desk.log.read_bytes()
    assert desk.edit(path) == 0
    assert desk.log.read_bytes() == before


def test_an_empty_answer_adds_nothing_and_needs_no_name(desk: Desk) -> None:
    assert desk.edit(desk.filled("A", {}, signed={})) == 0
    assert not desk.log.exists()


def test_an_answer_that_was_not_to_be_given_is_taken_back(desk: Desk) -> None:
    assert desk.open_matters("B") == [("", "money", "answered_not_asked", "5")]
    desk.edit(desk.filled("B", {"Its money": "no answer"}))
    assert [line[:5] for line in desk.lines()] == [["s2", "money", "blank", "5", ""]]
    assert desk.open_matters("B") == []


def test_of_two_answers_a_government_says_which_one_counts(desk: Desk) -> None:
    asked = {("", "city", code, "2025-05-03") for code in ("tie_of_answers", "two_answers")}
    assert set(desk.open_matters("C")) == asked
    path = desk.filled("C", {})
    book = load_workbook(path)
    page = book.worksheets[0]
    assert page["C6"].value == page["C7"].value == "An answer of May 3, 2025"
    page["F6"].value, page["F7"].value = "do not use this answer", "use this answer"
    book.save(path)
    desk.edit(path)
    assert [line[:3] for line in desk.lines()] == [["s3", "", "remove"], ["s4", "city", "none"]]
    with open_work(desk.work) as work:
        stands = work.confidential.execute("SELECT response_id FROM edit.response").fetchall()
    assert ("s4",) in stands


@pytest.mark.parametrize("again", ["1.234.567", 1234567])
def test_an_answer_that_is_repeated_confirms_what_stands(desk: Desk, again: object) -> None:
    desk.edit(desk.filled("A", {"Inhabitants": again}))
    assert [line[:5] for line in desk.lines()] == [["s1", "people", "none", "1.234.567", ""]]


def test_rows_may_be_sorted_and_columns_moved(desk: Desk) -> None:
    path = desk.filled("A", {"Its money": "90", "Share": "12.5"})
    book = load_workbook(path)
    page = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    random.Random(7).shuffle(rows)
    again = Workbook()
    sheet = again.active
    sheet.title = "Copy"
    for row in rows:
        sheet.append(["", *reversed(row)])
    for hidden in book.worksheets[1:]:
        kept = again.create_sheet(hidden.title)
        for row in hidden.iter_rows(values_only=True):
            kept.append(row)
    again.save(path)
    desk.edit(path)
    assert sorted(line[1] for line in desk.lines()) == ["money", "share"]


def test_the_logs_own_headers_and_signs_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEVO_WORK", str(tmp_path / "work"))
    log = "﻿uuid;question;action;old_value;new_value;issue\r\ns2;people;change;10;11;a; \r\n"
    log = log.replace("a; ", "checked")
    columns = '[cleaning_log.columns]\nuuid = "submission_id"\nissue = "reason"\n'
    desk = Desk(tmp_path, {"survey.toml": DECLARED + columns})
    desk.log.write_bytes(log.encode())
    desk.survey = ask.read_survey(desk.folder)
    desk.edit(desk.filled("B", {"Its money": "no answer"}))
    assert desk.log.read_bytes().decode() == log + "s2;money;blank;5;;return sheet\r\n"


# --- what is wrong is told in its place, and nothing is added -------------------------------------
def refused(desk: Desk, *files: Path) -> list[tuple[str, int | None, str]]:
    """Code, row and question of what is told; exit 12, and the log is as it was."""
    before = desk.lines()
    with pytest.raises(RelevoError) as caught:
        desk.edit(*files)
    assert caught.value.exit is Exit.CLEANING_LOG
    assert desk.lines() == before
    assert all(finding.file == files[-1].name for finding in caught.value.findings)
    return [(one.problem.name, one.row, one.question) for one in caught.value.findings]


def test_every_wrong_answer_is_told_and_nothing_is_added(desk: Desk) -> None:
    wrong = {
        "Its money": "a lot",
        "Area of work": "Roads",
        "Needs": "Training",
        "Training": "yes",
        "Share": "1 or 2",
        "In force since": "9/5",
        "Policy 2 · Year": "2020",
    }
    told = refused(desk, desk.filled("A", wrong))
    code = Problem.returned_wrong_answer.name
    questions = ["money", "area", "needs", "share", "since"]
    assert [(name, question) for name, _, question in told] == [(code, q) for q in questions]
    assert all(row and row > 5 for _, row, _ in told)


def test_an_answer_is_judged_beside_the_others(desk: Desk) -> None:
    told = refused(desk, desk.filled("A", {"Its money": "9000", "Policy 2 · Year": "19"}))
    assert told == [("returned_wrong_answer", 6, "money"), ("returned_wrong_answer", 15, "year")]


def test_a_mark_is_yes_or_no_and_one_of_them_is_yes(desk: Desk) -> None:
    for marks in ({"Training": "perhaps"}, {"Training": "no"}):
        told = refused(desk, desk.filled("A", marks))
        assert [name for name, *_ in told] == ["returned_wrong_answer"]


def test_a_sheet_says_who_filled_it_in_and_when(desk: Desk) -> None:
    unread = {"Filled in by": "  ", "Date": "9/5/2025"}
    told = refused(desk, desk.filled("A", {"Its money": "90"}, signed=unread))
    assert told == [("returned_unsigned", None, ""), ("returned_unsigned", 4, "")]


def test_a_sheet_of_another_survey_is_refused(desk: Desk) -> None:
    path = changed(desk.filled("A", {"Its money": "90"}), "survey", lambda row: "other")
    assert refused(desk, path) == [("returned_other_survey", None, "")]


def test_a_row_of_which_nothing_was_received_is_refused(desk: Desk) -> None:
    path = changed(desk.filled("A", {"Its money": "90"}), "s1", lambda row: "s9")
    assert refused(desk, path) == [("returned_unknown_row", 6, "money")]


def test_a_sheet_cannot_change_what_another_government_answered(desk: Desk) -> None:
    path = changed(desk.filled("A", {"Inhabitants": "right as received"}), "s1", lambda row: "s2")
    path = changed(path, "1.234.567", lambda row: "10")
    assert refused(desk, path) == [("returned_unknown_row", 12, "people")]


def test_any_other_workbook_is_no_return_sheet(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    Workbook().save(path)
    assert refused(desk, path) == [("returned_not_ours", None, "")]
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(RelevoError) as caught:
        desk.edit(path)
    assert caught.value.exit is Exit.FILE


def test_an_answer_that_the_log_corrects_already_is_left_to_a_person(desk: Desk) -> None:
    path = desk.filled("A", {"Its money": "90"})
    desk.log.write_text(f"{HEADER}s1,money,change,250,25,typing error,desk,2025-06-02\n")
    assert refused(desk, path) == [("log_lines_disagree", 6, "money")]


def changed(path: Path, old: str, new: Callable[[object], str]) -> Path:
    """The sheet with one of its hidden texts replaced."""
    book = load_workbook(path)
    for row in book["relevo"].iter_rows():
        for place, cell in enumerate(row):
            if cell.value == old:
                target = row[place + 1] if place == 0 else cell
                target.value = new(cell.value)
    book.save(path)
    return path
