"""What every cell is: answered, set aside, or which kind of empty."""

from pathlib import Path

from pipeline.store import Work
from tests.edit.batch import cells, edited
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
