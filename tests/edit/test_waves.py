"""Two waves with two versions of the form in one set of tables."""

from pathlib import Path

from pipeline.edit import edit
from pipeline.store import Work
from tests.edit.batch import cells, collected, rows, survey
from tests.forms import write_form
from tests.markdown import table

NEW = (
    """
    | type          | name    | label    |
    |---------------|---------|----------|
    | text          | city    | City     |
    | select_one yn | publish | Publish? |
    | integer       | staff   | Staff    |
    | integer       | money   | Money    |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """,
)
OLD = """
    | type | name  | label |
    |------|-------|-------|
    | text | city  | City  |
    | text | staff | Staff |
    | text | notes | Notes |
    """
DECLARED = """
[key]
unit = "city"
publish = { question = "publish", named = ["yes"] }
[[wave]]
id = "2023"
raw = "2023"
questionnaire = "questionnaire_2023.xlsx"
[[wave]]
id = "2025"
raw = "2025"
"""


def test_a_question_the_older_form_lacks_is_absent_there(tmp_path: Path, work: Work) -> None:
    write_form(tmp_path / "questionnaire_2023.xlsx", OLD)
    found = survey(tmp_path, NEW, {"survey.toml": DECLARED})
    collected(
        found,
        work,
        """
        | submission_id | wave | city | publish | staff | money | notes |
        |---------------|------|------|---------|-------|-------|-------|
        | s1            | 2023 | A    | ∅       | two   | ∅     | well  |
        | s2            | 2025 | A    | yes     | two   | 5     | ∅     |
        | s3            | 2025 | B    | no      | 2     | ∅     | ∅     |
        """,
    )
    edit(found, work)
    assert cells(work, "staff", "money") == table(
        """
        | submission_id | staff                      | money    |
        |---------------|----------------------------|----------|
        | s1            | two                        | *absent* |
        | s2            | *set_aside* not_an_integer | 5        |
        | s3            | 2                          | *absent* |
        """
    )
    assert rows(work, "SELECT response_id, is_named FROM edit.response ORDER BY ALL") == [
        ("s1", False),
        ("s2", True),
        ("s3", False),
    ]
    typed = dict(rows(work, "SELECT column_name, column_type FROM (DESCRIBE edit.response)"))
    assert (typed["staff"], typed["money"]) == ("VARCHAR", "BIGINT")
