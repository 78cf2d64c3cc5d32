"""The cleaning log: what it may change, and what stops it."""

from pathlib import Path

import pytest

from pipeline.edit import edit
from pipeline.errors import Exit, Problem, RelevoError
from pipeline.store import Work
from tests.edit.batch import cells, collected, edited, ledger, rows, survey
from tests.markdown import table

FORM = (
    """
    | type                 | name  | label |
    |----------------------|-------|-------|
    | integer              | money | Money |
    | select_multiple what | what  | What  |
    | begin_repeat         | pol   | Policies |
    | text                 | link  | Link  |
    | end_repeat           |       |       |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | what      | a    | A     |
    | what      | b    | B     |
    """,
)
ANSWERS = """
    | submission_id | money | what | what/a | what/b |
    |---------------|-------|------|--------|--------|
    | s1            | 1,000 | a    | 1      | 0      |
    | s2            | 5     | b    | 0      | 1      |
    | s3            | 7     |      |        |        |
    """
POLICIES = {
    "pol": """
    | submission_id | row_id | link |
    |---------------|--------|------|
    | s1            | pol[1] | x    |
    | s1            | pol[2] | y    |
    """
}
HEADER = "submission_id,question,action,old_value,new_value,reason,who,date\n"


def test_change_blank_remove_and_none(tmp_path: Path, work: Work) -> None:
    log = HEADER + (
        'uuid:S1,money,change,"1,000",1000,thousands,ana,2025-05-10\n'
        "s1,pol[2]/link,change,y,https://y.example,typo,ana,2025-05-10\n"
        "s2,what.a,change,0,1,was ticked,ana,2025-05-10\n"
        "s2,money,blank,5,,not meant,ana,2025-05-10\n"
        "s2,money,blank,5,,said twice,eva,2025-05-11\n"
        "s3,,remove,,,pilot,ana,2025-05-10\n"
        "s3,whatever,none,6,,looked at,ana,2025-05-10\n"
    )
    edited(tmp_path, work, FORM, ANSWERS, {"cleaning_log.csv": log}, repeats=POLICIES)
    assert ledger(work)[2] == ("s3", "quarantined", "removed_by_log")
    assert cells(work, "money", "what") == table(
        """
        | submission_id | money        | what              |
        |---------------|--------------|-------------------|
        | s1            | 1000         | a                 |
        | s2            | *unanswered* | b split_disagrees |
        """
    )
    assert cells(work, "link", repeat="pol") == table(
        """
        | submission_id | row_id | link              |
        |---------------|--------|-------------------|
        | s1            | pol[1] | x                 |
        | s1            | pol[2] | https://y.example |
        """
    )
    applied = rows(work, "SELECT line, question, action, records, who FROM edit.correction")
    assert applied == [
        (2, "money", "change", 1, "ana"),
        (3, "pol[2]/link", "change", 1, "ana"),
        (4, "what.a", "change", 1, "ana"),
        (5, "money", "blank", 1, "ana"),
        (7, "", "remove", 1, "ana"),
    ]


def test_a_removed_newest_version_brings_no_older_one_back(tmp_path: Path, work: Work) -> None:
    answers = """
        | submission_id | root_id | submitted_at | money |
        |---------------|---------|--------------|-------|
        | old           | r       | 2025-03-01   | 1     |
        | new           | r       | 2025-03-02   | 2     |
        """
    edited(tmp_path, work, FORM, answers, {"cleaning_log.csv": HEADER + "new,,remove,,,test,,\n"})
    assert [line[1:] for line in ledger(work)] == [
        ("superseded", "edited_resubmission"),
        ("quarantined", "removed_by_log"),
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("s9,money,change,5,6,,,", [(2, "log_matches_nothing")]),
        ("s1,pol[3]/link,change,y,z,,,", [(2, "log_matches_nothing")]),
        ("s2,mony,change,5,6,,,", [(2, "log_unknown_question")]),
        ("s2,root_id,change,s2,6,,,", [(2, "log_unknown_question")]),
        ("s2,money,delete,5,6,,,", [(2, "log_unknown_action")]),
        ("s2,money,change,4,6,,,", [(2, "log_old_value_differs")]),
        ("s2,money,change,,6,,,", [(2, "log_old_value_differs")]),
        ("s2,money,change,5,6,,,\ns2,money,change,5,7,,,", [(3, "log_lines_disagree")]),
        (
            "s9,money,none,,,,,\ns2,mony,blank,5,,,,\n\ns2,money,change,4,6,,,",
            [(2, "log_matches_nothing"), (3, "log_unknown_question"), (5, "log_old_value_differs")],
        ),
    ],
)
def test_a_line_that_does_not_fit_stops_the_run_and_all_are_told(
    tmp_path: Path, work: Work, lines: str, expected: list[tuple[int, str]]
) -> None:
    files = {"cleaning_log.csv": HEADER + lines}
    with pytest.raises(RelevoError) as error:
        edited(tmp_path, work, FORM, ANSWERS, files, repeats=POLICIES)
    assert error.value.exit == Exit.CLEANING_LOG
    assert [(finding.row, finding.problem.name) for finding in error.value.findings] == expected
    assert "cleaning_log.csv, row" in str(error.value)
    assert rows(work, "SELECT * FROM duckdb_tables() WHERE schema_name = 'edit'") == []


@pytest.mark.parametrize(
    ("log", "problem"),
    [
        (b"id,question\n", Problem.log_column_missing),
        (b"", Problem.log_column_missing),
        (HEADER.encode() + b"s1,money,none,,,caf\xe9,,\n", Problem.log_not_utf8),
    ],
)
def test_a_log_that_cannot_be_read_stops_the_run(
    tmp_path: Path, work: Work, log: bytes, problem: Problem
) -> None:
    (tmp_path / "cleaning_log.csv").write_bytes(log)
    with pytest.raises(RelevoError) as error:
        edited(tmp_path, work, FORM, ANSWERS)
    assert [finding.problem for finding in error.value.findings] == [problem]


@pytest.mark.parametrize("written", ['submission_id = "_uuid"', '_uuid = "submission_id"'])
def test_the_log_of_another_house_needs_its_headers_named(
    tmp_path: Path, work: Work, written: str
) -> None:
    found = survey(
        tmp_path,
        FORM,
        {
            "survey.toml": f'[cleaning_log]\nold_value = "optional"\ncolumns = {{ {written}, '
            'question = "questions", action = "change_type" }\n',
            "cleaning_log.csv": "_uuid;questions;change_type;old_value;new_value\n"
            "s1;money;change_response;;1000\ns2;money;blank_response;;\n"
            "s3;;remove_survey;;\ns3;money;no_action;999;\n",
        },
    )
    collected(found, work, ANSWERS)
    edit(found, work)
    assert [state for *_, state in rows(work, "SELECT money FROM edit.state")] == [
        "answered",
        "unanswered",
    ]


LISTS = (
    """
    | type                 | name | label::Español (es) | label::English (en) |
    |----------------------|------|---------------------|---------------------|
    | select_one yn        | plan | ¿Plan?              | Plan?               |
    | select_multiple what | what | ¿Qué?               | What?               |
    | text                 | word | Palabra             | Word                |
    """,
    """
    | list_name | name | label::Español (es) | label::English (en) |
    |-----------|------|---------------------|---------------------|
    | yn        | yes  | Sí                  | Yes                 |
    | yn        | no   | No                  | No                  |
    | what      | a    | Agua                | Water               |
    | what      | b    | Techo propio        | Own roof            |
    """,
)


def test_the_log_may_speak_in_labels_where_the_answers_are_codes(
    tmp_path: Path, work: Work
) -> None:
    answers = """
        | submission_id | plan | what | word |
        |---------------|------|------|------|
        | s1            | yes  | a b  | Sí   |
        | s2            | no   | b    | b a  |
        """
    log = HEADER + (
        "s1,plan,change,Sí,No,asked,ana,2025-05-10\n"
        "s1,what,change,Techo propio Agua,agua,asked,ana,2025-05-10\n"
        "s1,word,change,Sí,Yes,asked,ana,2025-05-10\n"
        "s2,plan,change,FALSE,perhaps,asked,ana,2025-05-10\n"
    )
    edited(tmp_path, work, LISTS, answers, {"cleaning_log.csv": log})
    assert cells(work, "plan", "what", "word") == table(
        """
        | submission_id | plan                       | what | word |
        |---------------|----------------------------|------|------|
        | s1            | no                         | a    | Yes  |
        | s2            | *set_aside* unknown_choice | b    | b a  |
        """
    )


def test_an_old_value_of_another_choice_or_of_a_text_in_another_order_differs(
    tmp_path: Path, work: Work
) -> None:
    answers = """
        | submission_id | plan | what | word |
        |---------------|------|------|------|
        | s1            | yes  | a    | b a  |
        """
    log = HEADER + (
        "s1,plan,change,No,yes,asked,ana,2025-05-10\n"
        "s1,what,change,Agua Techo propio,b,asked,ana,2025-05-10\n"
        "s1,word,change,a b,c,asked,ana,2025-05-10\n"
    )
    with pytest.raises(RelevoError) as error:
        edited(tmp_path, work, LISTS, answers, {"cleaning_log.csv": log})
    codes = [finding.problem for finding in error.value.findings]
    assert codes == [Problem.log_old_value_differs] * 3
