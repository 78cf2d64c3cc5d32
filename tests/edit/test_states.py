"""What every cell is: answered, set aside, or which kind of empty."""

from pathlib import Path

from pipeline.store import Work
from tests.edit.batch import cells, edited, rows
from tests.markdown import table

PLAN = (
    """
    | type            | name     | label   | relevant            | required |
    |-----------------|----------|---------|---------------------|----------|
    | select_one plan | has_plan | A plan? |                     |          |
    | integer         | budget   | Budget  | ${has_plan} = 'yes' |          |
    """,
    """
    | list_name | name | label       | missing_kind |
    |-----------|------|-------------|--------------|
    | plan      | yes  | Yes         |              |
    | plan      | no   | No          |              |
    | plan      | dk   | Do not know | dont_know    |
    """,
)


def test_a_skipped_question_is_not_nonresponse(tmp_path: Path, work: Work) -> None:
    edited(
        tmp_path,
        work,
        PLAN,
        """
        | submission_id | has_plan | budget |
        |---------------|----------|--------|
        | s1            | yes      | 1200   |
        | s2            | no       |        |
        | s3            | yes      |        |
        | s4            | dk       |        |
        | s5            | yes      | twelve |
        """,
    )
    assert cells(work, "has_plan", "budget") == table(
        """
        | submission_id | has_plan    | budget                     |
        |---------------|-------------|----------------------------|
        | s1            | yes         | 1200                       |
        | s2            | no          | *not_asked*                |
        | s3            | yes         | *unanswered*               |
        | s4            | *dont_know* | *not_asked*                |
        | s5            | yes         | *set_aside* not_an_integer |
        """
    )
    counted = work.members.execute(
        "SELECT code, count FROM edit.summary WHERE kind = 'state' AND question = 'budget'"
    ).fetchall()
    assert dict(counted) == {
        "asked": 3,
        "answered": 1,
        "unanswered": 1,
        "set_aside": 1,
        "not_asked": 2,
    }


def test_a_bad_cell_takes_nothing_else_with_it(tmp_path: Path, work: Work) -> None:
    form = """
        | type     | name | label |
        |----------|------|-------|
        | integer  | a    | A     |
        | decimal  | b    | B     |
        | date     | c    | C     |
        | time     | d    | D     |
        | datetime | e    | E     |
        """
    edited(
        tmp_path,
        work,
        (form,),
        """
        | submission_id | a         | b                | c          | d     | e                   |
        |---------------|-----------|------------------|------------|-------|---------------------|
        | plain         | 12        | -1.5             | 2025-02-28 | 09:30 | 2025-02-28T09:30:00 |
        | not these     | 1.5       | 12 %             | 2025-02-30 | 25:00 | yesterday           |
        | nor these     | ≈300      | s/d              | 28/02/2025 | noon  | 2025-02-28          |
        | ambiguous     | 53.591    | 173,089          | 2025-2-3   | 9:30  | 2025-02-30 10:00    |
        | number cell   | 5.0       | 5.0              | 2025-02-28 | 23:59 | 2025-02-28 09:30    |
        | respelled     | 1.234.567 | 1.234,5          |            |       |                     |
        | comma         |           | 1,5              |            |       |                     |
        """,
    )
    assert cells(work, "a", "b", "c", "d", "e") == table(
        """
        | submission_id | a                          | b                         | c                      | d                      | e                      |
        |---------------|----------------------------|---------------------------|------------------------|------------------------|------------------------|
        | plain         | 12                         | -1.500000000                      | 2025-02-28             | 09:30                  | 2025-02-28T09:30:00    |
        | not these     | *set_aside* not_an_integer | *set_aside* not_a_decimal | *set_aside* not_a_date | *set_aside* not_a_time | *set_aside* not_a_time |
        | nor these     | *set_aside* not_an_integer | *set_aside* not_a_decimal | *set_aside* not_a_date | *set_aside* not_a_time | *set_aside* not_a_time |
        | ambiguous     | *set_aside* not_an_integer | *set_aside* not_a_decimal | *set_aside* not_a_date | *set_aside* not_a_time | *set_aside* not_a_time |
        | number cell   | 5                          | 5                         | 2025-02-28             | 23:59                  | 2025-02-28 09:30       |
        | respelled     | 1234567 repaired_number    | 1234.500000000 repaired_number    | *unanswered*           | *unanswered*           | *unanswered*           |
        | comma         | *unanswered*               | 1.500000000 repaired_number       | *unanswered*           | *unanswered*           | *unanswered*           |
        """  # noqa: E501  one line per row of the manual's table
    )
    typed = dict(rows(work, "SELECT column_name, column_type FROM (DESCRIBE edit.response)"))
    assert (typed["a"], typed["b"], typed["c"]) == ("BIGINT", "DECIMAL(24,9)", "DATE")


REQUIRED = (
    """
    | type          | name | label | required |
    |---------------|------|-------|----------|
    | text          | unit | Unit  | yes      |
    | text          | must | Must  | yes      |
    | text          | may  | May   |          |
    | integer       | n    | N     | yes      |
    | integer       | m    | M     |          |
    | date          | day  | Day   | yes      |
    | select_one yn | yn   | Yes?  | yes      |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | -    | No    |
    """,
)


def test_a_word_for_empty_is_no_answer_where_one_is_required(tmp_path: Path, work: Work) -> None:
    """Elsewhere it is an answer, right or wrong; the name of a government may be any word."""
    edited(
        tmp_path,
        work,
        REQUIRED,
        """
        | submission_id | unit | must | may | n   | m   | day | yn  |
        |---------------|------|------|-----|-----|-----|-----|-----|
        | words         | -    | N/A  | N/A | n/d | n/d | –   | .   |
        | answers       | None | Null | -   | 1   | 1   | 2025-01-31 | - |
        """,
        {"survey.toml": '[key]\nunit = "unit"\n'},
    )
    assert cells(work, "unit", "must", "may", "n", "m", "day", "yn") == table(
        """
        | submission_id | unit | must                             | may | n                                | m                          | day                              | yn                               |
        |---------------|------|----------------------------------|-----|----------------------------------|----------------------------|----------------------------------|----------------------------------|
        | words         | -    | *unanswered* required_unanswered | N/A | *unanswered* required_unanswered | *set_aside* not_an_integer | *unanswered* required_unanswered | *unanswered* required_unanswered |
        | answers       | None | Null                             | -   | 1                                | 1                          | 2025-01-31                       | -                                |
        """  # noqa: E501
    )


MULTIPLE = (
    """
    | type                 | name | label | relevant        |
    |----------------------|------|-------|-----------------|
    | select_one one       | one  | One   |                 |
    | select_multiple many | many | Many  | ${one} != 'no'  |
    """,
    """
    | list_name | name | label    | missing_kind   |
    |-----------|------|----------|----------------|
    | one       | 1    | Yes      |                |
    | one       | no   | No       |                |
    | one       | r    | Not said | refused        |
    | many      | a    | A        |                |
    | many      | b    | B        |                |
    | many      | na   | None     | not_applicable |
    """,
)


def test_a_code_is_of_the_list_or_the_whole_cell_is_set_aside(tmp_path: Path, work: Work) -> None:
    edited(
        tmp_path,
        work,
        MULTIPLE,
        """
        | submission_id | one | many    |
        |---------------|-----|---------|
        | s1            | 1   | a b     |
        | s2            | r   | na      |
        | s3            | 1   | a x     |
        | s4            | Yes | b a     |
        | s5            | 1   |         |
        | s6            | no  |         |
        """,
    )
    assert cells(work, "one", "many") == table(
        """
        | submission_id | one                        | many                       |
        |---------------|----------------------------|----------------------------|
        | s1            | 1                          | a b                        |
        | s2            | *refused*                  | *not_applicable*           |
        | s3            | 1                          | *set_aside* unknown_choice |
        | s4            | *set_aside* unknown_choice | b a                        |
        | s5            | 1                          | *unanswered*               |
        | s6            | no                         | *not_asked*                |
        """
    )
    ticks = rows(work, 'SELECT "many/a", "many/b", "many/na" FROM edit.response ORDER BY ALL')
    assert ticks == [(0, 0, 1), (1, 1, 0), (1, 1, 0), *[(None, None, None)] * 3]
    long = rows(
        work,
        "SELECT question, choice, value, state FROM edit.answer WHERE response_id = 's2' "
        "ORDER BY question, choice",
    )
    assert long == [
        ("many", "", "na", "not_applicable"),
        ("many", "a", "0", "not_applicable"),
        ("many", "b", "0", "not_applicable"),
        ("many", "na", "1", "not_applicable"),
        ("one", "", "r", "refused"),
    ]


def test_what_the_export_or_an_older_form_lacks_is_absent(tmp_path: Path, work: Work) -> None:
    edited(
        tmp_path,
        work,
        MULTIPLE,
        """
        | submission_id | one | many | many/a | many/b | many/na |
        |---------------|-----|------|--------|--------|---------|
        | old form      | ∅   | a    | 1      |        | 0       |
        | new form      | 1   | a    | 1      | 0      | 0       |
        | differs       | 1   | a    | 0      | 1      | 0       |
        | blank         | ∅   |      |        |        |         |
        | other file    | 1   | a    | ∅      | ∅      | ∅       |
        """,
    )
    assert cells(work, "one", "many") == table(
        """
        | submission_id | one      | many              |
        |---------------|----------|-------------------|
        | old form      | *absent* | a not_judged      |
        | new form      | 1        | a                 |
        | differs       | 1        | a split_disagrees |
        | blank         | *absent* | *absent*          |
        | other file    | 1        | a                 |
        """
    )
    ticks = rows(work, 'SELECT "many/a", "many/b" FROM edit.response ORDER BY record_id')
    assert ticks == [(1, None), (1, 0), (1, 0), (None, None), (1, 0)]


RULES = (
    """
    | type           | name  | label | relevant      | constraint       | required      |
    |----------------|-------|-------|---------------|------------------|---------------|
    | select_one yn  | gate  | Gate  |               |                  | yes           |
    | integer        | many  | Many  | ${gate} = 'y' | . <= 10          | yes           |
    | text           | which | Which | ${many} > 2   |                  | ${many} > 5   |
    | integer        | most  | Most  |               | . >= ${many}     |               |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | y    | Yes   |
    | yn        | n    | No    |
    """,
)


def test_the_forms_own_rules_are_run_again(tmp_path: Path, work: Work) -> None:
    edited(
        tmp_path,
        work,
        RULES,
        """
        | submission_id    | gate | many | which | most |
        |------------------|------|------|-------|------|
        | right            | y    | 6    | this  | 6    |
        | asked and blank  |      | 6    |       |      |
        | blank, no duty   | y    | 3    |       |      |
        | required         | y    | 6    | n/d   |      |
        | against the gate | n    | 3    | that  |      |
        | out of range     | y    | 11   | that  | 5    |
        """,
    )
    assert cells(work, "gate", "many", "which", "most") == table(
        """
        | submission_id    | gate                             | many                           | which                            | most         |
        |------------------|----------------------------------|--------------------------------|----------------------------------|--------------|
        | right            | y                                | 6                              | this                             | 6            |
        | asked and blank  | *unanswered* required_unanswered | *not_asked* answered_not_asked | *not_asked*                      | *unanswered* |
        | blank, no duty   | y                                | 3                              | *unanswered*                     | *unanswered* |
        | required         | y                                | 6                              | *unanswered* required_unanswered | *unanswered* |
        | against the gate | n                                | *not_asked* answered_not_asked | *not_asked* answered_not_asked   | *unanswered* |
        | out of range     | y                                | *set_aside* constraint_broken  | that                             | 5 not_judged |
        """  # noqa: E501
    )


def test_a_set_aside_gate_empties_no_section(tmp_path: Path, work: Work) -> None:
    """What was received decides; where that speaks against an answer, nobody can know."""
    edited(
        tmp_path,
        work,
        RULES,
        """
        | submission_id | gate | many | which | most |
        |---------------|------|------|-------|------|
        | label as code | Yes  | 6    | this  | 7    |
        | no number     | y    | six  | this  | 7    |
        """,
    )
    assert cells(work, "gate", "many", "which", "most") == table(
        """
        | submission_id | gate                       | many                       | which           | most |
        |---------------|----------------------------|----------------------------|-----------------|------|
        | label as code | *set_aside* unknown_choice | 6 not_judged               | this not_judged | 7 not_judged |
        | no number     | y                          | *set_aside* not_an_integer | this not_judged | 7 not_judged |
        """  # noqa: E501
    )


EXPECTED = (
    """
    | type         | name   | label  | relevant    | constraint | warning                 |
    |--------------|--------|--------|-------------|------------|-------------------------|
    | integer      | people | People |             | . < 1000   | . > 50                  |
    | integer      | staff  | Staff  | ${people}>1 |            | ${people}='' or . < ${people} |
    | begin_repeat | pol    | Policy |             |            |                         |
    | integer      | reach  | Reach  |             |            | . <= ${people}          |
    | end_repeat   |        |        |             |            |                         |
    """,
)


def test_what_the_form_calls_unusual_stands_with_a_warning(tmp_path: Path, work: Work) -> None:
    """Where a rule compares with an answer that is set aside or absent, nothing is said."""
    edited(
        tmp_path,
        work,
        EXPECTED,
        """
        | submission_id | people | staff |
        |---------------|--------|-------|
        | usual         | 60     | 9     |
        | few people    | 20     | 30    |
        | out of range  | 1000   | 2000  |
        | no number     | many   | 9     |
        | none          | 0      | 9     |
        | not in export | ∅      | 9     |
        """,
        repeats={
            "pol": """
            | submission_id | row_id | reach |
            |---------------|--------|-------|
            | usual         | pol[1] | 61    |
            | usual         | pol[2] | 60    |
            | out of range  | pol[1] | 2000  |
            """
        },
    )
    assert cells(work, "people", "staff") == table(
        """
        | submission_id | people                         | staff                          |
        |---------------|--------------------------------|--------------------------------|
        | usual         | 60                             | 9                              |
        | few people    | 20 implausible                 | 30 implausible                 |
        | out of range  | *set_aside* constraint_broken  | 2000                           |
        | no number     | *set_aside* not_an_integer     | 9 not_judged                   |
        | none          | 0 implausible                  | *not_asked* answered_not_asked |
        | not in export | *absent*                       | 9 not_judged                   |
        """
    )
    assert cells(work, "reach", repeat="pol") == table(
        """
        | submission_id | row_id | reach          |
        |---------------|--------|----------------|
        | usual         | pol[1] | 61 implausible |
        | usual         | pol[2] | 60             |
        | out of range  | pol[1] | 2000           |
        """
    )
