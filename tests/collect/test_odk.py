"""ODK Central and Briefcase: what their tables mean, one trap a test."""

import csv
import io
from collections.abc import Mapping

import pytest

from pipeline.errors import RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows
from tests.collect.counter import count_text
from tests.collect.test_tools import zipped
from tests.markdown import table

FORM = """
    | type                  | name     | label  |
    |-----------------------|----------|--------|
    | start                 | start    |        |
    | text                  | city     | City   |
    | begin_group           | work     | Work   |
    | note                  | hello    | Hello  |
    | select_one yn         | has-plan | A plan? |
    | select_multiple needs | needs    | Needs  |
    | date                  | since    | Since  |
    | end_group             |          |        |
    | geopoint              | place    | Where? |
    | begin_group           | all      | All    |
    | begin_repeat          | pol      | Policies |
    | text                  | title    | Title  |
    | select_multiple needs | topics   | Topics |
    | begin_repeat          | act      | Actions |
    | text                  | what     | What?  |
    | end_repeat            |          |        |
    | end_repeat            |          |        |
    | end_group             |          |        |
    """
CHOICES = """
    | list_name | name     | label    |
    |-----------|----------|----------|
    | yn        | yes      | Yes      |
    | yn        | no       | No       |
    | needs     | money    | Money    |
    | needs     | training | Training |
    """


def as_csv(markdown: str) -> str:
    """A table as ODK Central writes it: quotes only where needed, lines ended by LF."""
    lines = table(markdown)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def central(tables: Mapping[str, str], **others: str | bytes) -> bytes:
    """A zip of these Markdown tables, and other files as they are."""
    return zipped({name: as_csv(text) for name, text in tables.items()} | others)


MAIN = """
    | SubmissionDate           | start               | city  | work-has-plan | KEY | FormVersion |
    |--------------------------|---------------------|-------|---------------|-----|-------------|
    | 2025-03-04T13:00:00.000Z | 2025-03-03T10:00:00 | Lima  | yes           | uuid:A | v2 |
    | 2025-03-05T13:00:00.000Z |                     | Cusco | no            | uuid:B | v2 |
    """


def read(collected: Collect, *tables: str) -> Work:
    """Collect one zip: the main table, with its first column, then one for each repeat."""
    names = ("form.csv", "form-pol.csv", "form-act.csv")
    texts = dict(zip(names, map(as_csv, tables), strict=False))
    if "SubmissionDate" not in texts["form.csv"]:
        lines = texts["form.csv"].splitlines()
        texts["form.csv"] = "\n".join(["SubmissionDate," + lines[0], *("," + x for x in lines[1:])])
    return collected({"a.zip": zipped(texts)}, questionnaire(FORM, CHOICES))


def test_the_zip_is_recognised_and_names_its_submissions_by_key(collected: Collect) -> None:
    work = read(collected, MAIN)
    assert rows(work, "SELECT tool, encoding, dialect, unknown_headers FROM collect.file") == [
        ("odk", "utf-8", "comma", [])
    ]
    sql = """SELECT submission_id, root_id, submitted_at, submitted_on::VARCHAR, form_version,
                    city, "has-plan" FROM collect.submission ORDER BY ALL"""
    assert rows(work, sql) == [
        ("a", "a", "2025-03-04T13:00:00.000Z", "2025-03-03", "v2", "Lima", "yes"),
        ("b", "b", "2025-03-05T13:00:00.000Z", "2025-03-05", "v2", "Cusco", "no"),
    ]


def test_the_main_table_alone_is_an_export(collected: Collect) -> None:
    work = collected({"form.csv": as_csv(MAIN)}, questionnaire(FORM, CHOICES))
    sql = "SELECT tool, submissions, missing_questions FROM collect.file"
    missing = ["needs", "since", "place", "title", "topics", "what"]
    assert rows(work, sql) == [("odk", 2, missing)]


def test_group_names_may_be_dropped_and_names_may_hold_a_hyphen(collected: Collect) -> None:
    work = read(
        collected,
        """
        | city | has-plan | needs | instanceID | instanceName | KEY |
        |------|----------|-------|------------|--------------|-----|
        | Lima | yes      | money | uuid:a     | a name       | uuid:a |
        """,
    )
    sql = 'SELECT city, "has-plan", needs FROM collect.submission'
    assert rows(work, sql) == [("Lima", "yes", "money")]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]


def test_without_group_names_equal_headers_stand_in_the_order_of_the_form(
    collected: Collect,
) -> None:
    form = questionnaire("""
        | type        | name | label |
        |-------------|------|-------|
        | text        | size | Size  |
        | begin_group | b    | B     |
        | text        | size | Size  |
        | end_group   |      |       |
        """)
    work = collected({"a.csv": "SubmissionDate,size,size,KEY\n,big,small,uuid:a\n"}, form)
    assert rows(work, 'SELECT size, "b/size" FROM collect.submission') == [("big", "small")]


def test_zero_in_the_column_of_a_choice_means_nothing_without_an_answer(
    collected: Collect,
) -> None:
    """A cell of a choice begins as 0 even where the question was never asked."""
    work = read(
        collected,
        """
        | city | work-needs     | work-needs/money | work-needs/training | KEY |
        |------|----------------|------------------|---------------------|-----|
        | A    | money          | 1                | 0                   | 1   |
        | B    |                | 0                | 0                   | 2   |
        | C    | training money | 1                | 1                   | 3   |
        """,
    )
    sql = 'SELECT needs, "needs/money", "needs/training" FROM collect.submission ORDER BY city'
    assert rows(work, sql) == [("money", "1", "0"), ("", "", ""), ("training money", "1", "1")]


def test_only_choices_that_somebody_made_have_a_column(collected: Collect) -> None:
    work = read(
        collected,
        """
        | city | work-needs | work-needs/money | KEY |
        |------|------------|------------------|-----|
        | A    | money      | 1                | 1   |
        | B    |            | 0                | 2   |
        """,
    )
    names = rows(work, "SELECT column_name FROM (DESCRIBE collect.submission)")
    assert ("needs/training",) not in names
    sql = 'SELECT needs, "needs/money" FROM collect.submission ORDER BY city'
    assert rows(work, sql) == [("money", "1"), ("", "")]


def test_choices_without_the_joined_column_are_joined(collected: Collect) -> None:
    work = read(
        collected,
        """
        | city | needs/training | needs/money | KEY |
        |------|----------------|-------------|-----|
        | A    | 1              | 1           | 1   |
        | B    | 0              | 0           | 2   |
        """,
    )
    sql = 'SELECT needs, "needs/money" FROM collect.submission ORDER BY city'
    assert rows(work, sql) == [("money training", "1"), ("", "")]


def test_a_choice_that_left_the_form_is_listed_and_its_code_stays_in_the_answer(
    collected: Collect,
) -> None:
    work = read(
        collected,
        """
        | city | work-needs  | work-needs/money | work-needs/old-money | KEY |
        |------|-------------|------------------|----------------------|-----|
        | A    | old-money   | 0                | 1                    | 1   |
        """,
    )
    assert rows(work, 'SELECT needs, "needs/money" FROM collect.submission') == [("old-money", "0")]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(["work-needs/old-money"],)]


def test_the_parts_of_a_point_are_one_answer(collected: Collect) -> None:
    work = read(
        collected,
        """
        | city | place-Latitude | place-Longitude | place-Altitude | place-Accuracy | KEY |
        |------|----------------|-----------------|----------------|----------------|-----|
        | A    | -12.05         | -77.03          | 154.2          | 4.9            | 1   |
        | B    | -12.05         | -77.03          |                |                | 2   |
        | C    |                |                 |                |                | 3   |
        """,
    )
    sql = "SELECT place FROM collect.submission ORDER BY city"
    assert rows(work, sql) == [("-12.05 -77.03 154.2 4.9",), ("-12.05 -77.03 0 0",), ("",)]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]


POL = """
    | title | topics | topics/money | PARENT_KEY | KEY                |
    |-------|--------|--------------|------------|--------------------|
    | Two   |        | 0            | uuid:a     | uuid:a/all/pol[2]  |
    | One   | money  | 1            | uuid:a     | uuid:a/all/pol[1]  |
    | Lost  |        | 0            | uuid:z     | uuid:z/all/pol[1]  |
    """
ACT = """
    | what | PARENT_KEY        | KEY                      |
    |------|-------------------|--------------------------|
    | dig  | uuid:a/all/pol[2] | uuid:a/all/pol[2]/act[1] |
    | sow  | uuid:a/all/pol[2] | uuid:a/all/pol[2]/act[2] |
    """


def test_rows_of_repeats_find_their_submission_by_key(collected: Collect) -> None:
    work = read(collected, MAIN, POL, ACT)
    sql = "SELECT submission_id, row_id, position, title, topics FROM collect.repeat_pol ORDER BY 3"
    assert rows(work, sql) == [("a", "pol[1]", 1, "One", "money"), ("a", "pol[2]", 2, "Two", "")]
    sql = "SELECT row_id, parent_row_id, what FROM collect.repeat_act ORDER BY 1"
    assert rows(work, sql) == [
        ("pol[2]/act[1]", "pol[2]", "dig"),
        ("pol[2]/act[2]", "pol[2]", "sow"),
    ]
    sql = "SELECT repeat, outcome, reason, count(*) FROM collect.record GROUP BY ALL ORDER BY ALL"
    assert rows(work, sql) == [
        ("", "submission", "", 2),
        ("act", "submission", "", 2),
        ("pol", "submission", "", 2),
        ("pol", "unreadable", "orphan_repeat_row", 1),
    ]


@pytest.mark.parametrize("name", ["form-pol-act.csv", "X-Y~1.csv", "act.csv"])
def test_a_repeats_table_may_have_any_name(collected: Collect, name: str) -> None:
    content = central({"form.csv": MAIN, "form-pol.csv": POL, name: ACT})
    work = collected({"a.zip": content}, questionnaire(FORM, CHOICES))
    assert rows(work, "SELECT count(*) FROM collect.repeat_act") == [(2,)]


def test_a_repeats_table_without_rows_is_known_by_its_name(collected: Collect) -> None:
    empty = b"title,topics,PARENT_KEY,KEY\n"
    content = central({"my-form.csv": MAIN}, **{"my-form-pol.csv": empty})
    work = collected({"a.zip": content}, questionnaire(FORM, CHOICES))
    sql = "SELECT notes, missing_questions FROM collect.file"
    assert rows(work, sql) == [([], ["needs", "since", "place", "what"])]


def test_each_of_two_copies_in_one_file_keeps_its_rows(collected: Collect) -> None:
    twice = MAIN + MAIN.splitlines()[3] + "\n"
    work = read(collected, twice, POL + "\n".join(POL.splitlines()[3:5]) + "\n")
    sql = "SELECT parent_record_id, row_id FROM collect.repeat_pol ORDER BY ALL"
    assert rows(work, sql) == [(1, "pol[1]"), (1, "pol[2]"), (3, "pol[1]"), (3, "pol[2]")]


def test_what_the_server_could_not_decrypt_is_unreadable(collected: Collect) -> None:
    work = read(
        collected,
        """
        | SubmissionDate           | city | KEY    | Status                      |
        |--------------------------|------|--------|-----------------------------|
        | 2025-03-04T13:00:00.000Z | Lima | uuid:a |                             |
        | 2025-03-04T13:00:00.000Z |      | uuid:b | not decrypted               |
        | 2025-03-04T13:00:00.000Z |      | uuid:c | missing encrypted form data |
        """,
    )
    sql = "SELECT outcome, reason FROM collect.record ORDER BY record_id"
    lost = ("unreadable", "not_decrypted")
    assert rows(work, sql) == [("submission", ""), lost, lost]


def test_a_question_may_be_called_like_a_column_of_the_tool(collected: Collect) -> None:
    """The tool's own columns stand behind KEY."""
    form = questionnaire("""
        | type | name   | label |
        |------|--------|-------|
        | text | Status | S     |
        """)
    text = "SubmissionDate,Status,KEY,SubmitterID,Status\n,good,uuid:a,7,\n"
    work = collected({"a.csv": text}, form)
    assert rows(work, 'SELECT "Status" FROM collect.submission') == [("good",)]


def test_who_sent_it_from_which_device_enters_no_table(collected: Collect) -> None:
    work = read(
        collected,
        """
        | city | KEY    | SubmitterID | SubmitterName | AttachmentsPresent | DeviceID  |
        |------|--------|-------------|---------------|--------------------|-----------|
        | Lima | uuid:a | 77          | Ana           | 3                  | collect:x |
        """,
    )
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]
    said = str(rows(work, "FROM collect.submission") + rows(work, "FROM collect.file"))
    assert "Ana" not in said
    assert "collect:x" not in said


def test_the_review_and_the_number_of_edits_are_kept(collected: Collect) -> None:
    """KEY names the first version and stays; meta-instanceID changes with every edit."""
    work = read(
        collected,
        """
        | city | meta-instanceID | KEY    | ReviewState | Edits |
        |------|-----------------|--------|-------------|-------|
        | Lima | uuid:b          | uuid:a | hasIssues   | 12    |
        """,
    )
    sql = "SELECT submission_id, root_id, review_state, revision FROM collect.submission"
    assert rows(work, sql) == [("a", "a", "hasIssues", "000012")]


def test_a_field_that_moved_between_groups_is_read_under_its_old_path(collected: Collect) -> None:
    """With deleted fields in the export, submissions of the old form fill the old columns."""
    work = read(
        collected,
        """
        | city | work-needs | work-needs/money | old-needs | old-needs/money | old-gone | KEY |
        |------|------------|------------------|-----------|-----------------|----------|-----|
        | A    | money      | 1                |           | 0               |          | 1   |
        | B    |            | 0                | training  | 0               | x        | 2   |
        | C    |            | 0                | money     | 1               |          | 3   |
        """,
    )
    sql = 'SELECT needs, "needs/money" FROM collect.submission ORDER BY city'
    assert rows(work, sql) == [("money", "1"), ("training", "0"), ("money", "1")]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(["old-gone"],)]


def test_an_answer_under_both_paths_must_be_one_answer(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        read(
            collected,
            """
            | city | work-has-plan | old-has-plan | KEY |
            |------|---------------|--------------|-----|
            | A    | yes           | yes          | 1   |
            | B    | yes           | no           | 2   |
            """,
        )
    assert str(error.value).startswith(
        "a.zip, form, has-plan: columns 3 and 4 both mean this question and differ, first in line 3"
    )


def test_attachments_and_the_log_of_a_device_are_noted(collected: Collect) -> None:
    audit = "event,node,start,end\nquestion,/data/city,1,2\n"
    content = central({"form.csv": MAIN}, **{"media/1.jpg": b"\xff", "form - audit.csv": audit})
    work = collected({"a.zip": content}, questionnaire(FORM, CHOICES))
    assert rows(work, "SELECT records, notes FROM collect.file") == [
        (2, ["sheet_not_read form - audit", "attachments_not_read 1"])
    ]


def test_a_header_in_another_case_is_read_and_noted(collected: Collect) -> None:
    work = read(
        collected,
        """
        | CITY | Work-Has-Plan | KEY |
        |------|---------------|-----|
        | Lima | yes           | 1   |
        """,
    )
    assert rows(work, 'SELECT city, "has-plan" FROM collect.submission') == [("Lima", "yes")]
    notes = ["header_repaired CITY", "header_repaired Work-Has-Plan"]
    assert rows(work, "SELECT notes FROM collect.file") == [(notes,)]


def test_labels_and_other_spellings_become_codes_and_are_counted(collected: Collect) -> None:
    work = read(
        collected,
        """
        | city | work-has-plan | work-needs     | KEY |
        |------|---------------|----------------|-----|
        | A    | Yes           | Training Money | 1   |
        | B    | NO            | money Training | 2   |
        | C    | maybe         | gold           | 3   |
        """,
    )
    sql = 'SELECT "has-plan", needs FROM collect.submission ORDER BY city'
    assert rows(work, sql) == [
        ("yes", "training money"),
        ("no", "money training"),
        ("maybe", "gold"),
    ]
    notes = ["value_mapped has-plan 2", "value_mapped needs 2"]
    assert rows(work, "SELECT notes FROM collect.file") == [(notes,)]


@pytest.mark.parametrize(
    ("written", "day", "moment"),
    [
        ("Apr 26, 2018 8:56:00 PM", "2018-04-26", "2018-04-26T20:56:00"),
        ("26 abr. 2018 8:56:00", "2018-04-26", "2018-04-26T08:56:00"),
        ("26-ago-2018 8:56:00", "2018-08-26", "2018-08-26T08:56:00"),
        ("26 de set de 2018 08:56:00", "2018-09-26", "2018-09-26T08:56:00"),
        ("26 juil. 2018 08:56:00", "2018-07-26", "2018-07-26T08:56:00"),
        ("26/04/2018 8:56:00", None, "26/04/2018 8:56:00"),
    ],
)
def test_briefcase_wrote_dates_in_the_language_of_its_computer(
    collected: Collect, written: str, day: str | None, moment: str
) -> None:
    text = f'SubmissionDate,city,work-since,SET-OF-pol,KEY\n"{written}",A,"{written}",x,uuid:a\n'
    work = collected({"a.csv": text}, questionnaire(FORM, CHOICES))
    sql = "SELECT submitted_on::VARCHAR, submitted_at, since FROM collect.submission"
    assert rows(work, sql) == [(day, moment, moment)]


def test_a_table_that_names_no_question_is_refused(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.zip": zipped({"x.csv": "SubmissionDate,animal,KEY\n,cat,uuid:a\n"})})
    assert error.value.findings[0].problem.name == "no_question_in_header"


def test_every_record_is_counted(collected: Collect) -> None:
    tables = {"form.csv": MAIN, "form-pol.csv": POL, "form-act.csv": ACT}
    work = collected({"a.zip": central(tables)}, questionnaire(FORM, CHOICES))
    counted = {name: count_text(as_csv(text).encode()) for name, text in tables.items()}
    sql = "SELECT sheet || '.csv', count(*) FROM collect.record GROUP BY ALL"
    assert dict(rows(work, sql)) == counted == {"form.csv": 2, "form-pol.csv": 3, "form-act.csv": 2}
