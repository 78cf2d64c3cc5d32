"""The derived schema: Pandera decides, each failing record once, and shows nobody's answer."""

import io
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pytest
from pandera.errors import SchemaErrors

from pipeline.ask import judge, read_questionnaire
from pipeline.edit import find_violations, prepare, schema
from pipeline.edit.pandera_duckdb import RelationSchema
from pipeline.edit.pandera_duckdb.templates import TEMPLATES
from tests.forms import write_form

FORM = (
    """
    | type                | name     | relevant          | constraint | required | choice_filter  |
    |---------------------|----------|-------------------|------------|----------|----------------|
    | select_one plan     | has_plan |                   |            |          |                |
    | integer             | budget   | ${has_plan}='yes' | . < 100    | yes      |                |
    | decimal             | share    |                   |            |          |                |
    | date                | day      |                   |            |          |                |
    | time                | at       |                   |            |          |                |
    | datetime            | moment   |                   |            |          |                |
    | select_multiple plan| plans    |                   |            |          |                |
    | select_one town     | town     |                   |            |          | of=${has_plan} |
    """,
    """
    | list_name | name | label | of  |
    |-----------|------|-------|-----|
    | plan      | yes  | Yes   |     |
    | plan      | no   | No    |     |
    | town      | here | Here  | yes |
    | town      | away | Away  | no  |
    """,
)  # fmt: skip
COLUMNS = ["has_plan", "budget", "share", "day", "at", "moment", "plans", "town"]


@pytest.fixture
def rows(tmp_path: Path) -> tuple[pd.DataFrame, object]:
    """Answers with the rules beside them, judged by the Python evaluator."""
    form = read_questionnaire(write_form(tmp_path / "form.xlsx", *FORM))
    answers = pd.DataFrame(
        [
            ["yes", "12", "0.5", "2025-01-31", "10:00", "2025-01-31T10:00", "yes no", "here"],
            ["maybe", "", "much", "2025-02-30", "10", "2025-01-31", "yes maybe", "far"],
            ["no", "SECRET", "", "", "", "", "", ""],
            ["yes", "", "", "", "", "", "", "away"],
            ["yes", "200", "", "", "", "", "", ""],
        ],
        columns=COLUMNS,
        index=[11, 12, 13, 14, 15],
    )
    said = judge(form, {"": answers.to_dict("records")})  # type: ignore[arg-type]
    rules = pd.DataFrame(said, index=answers.index).astype("object")
    return pd.concat([answers, rules.where(rules.notna(), None)], axis=1), form


def test_every_violation_comes_once_with_its_record(rows: tuple[pd.DataFrame, object]) -> None:
    frame, form = rows
    found = find_violations(form, frame)  # type: ignore[arg-type]
    assert sorted(found.itertuples(index=False, name=None)) == [
        (12, "at", "not_a_time"),
        (12, "day", "not_a_date"),
        (12, "has_plan", "unknown_choice"),
        (12, "moment", "not_a_time"),
        (12, "plans", "unknown_choice"),
        (12, "share", "not_a_decimal"),
        (12, "town", "unknown_choice"),
        (13, "budget", "answered_not_asked"),
        (13, "budget", "not_an_integer"),
        (13, "budget", "not_judged"),
        (14, "budget", "required_unanswered"),
        (14, "town", "choice_not_offered"),
        (15, "budget", "constraint_broken"),
    ]


def test_no_answer_stands_in_an_error(rows: tuple[pd.DataFrame, object]) -> None:
    frame, form = rows
    with pytest.raises(SchemaErrors) as error:
        schema(form).validate(frame, lazy=True)  # type: ignore[arg-type]
    assert "SECRET" not in str(error.value)
    assert set(error.value.failure_cases["failure_case"]) == {""}


def test_a_schema_holds_registered_checks_only(rows: tuple[pd.DataFrame, object]) -> None:
    derived = schema(rows[1])  # type: ignore[arg-type]
    used = {check.name for check in derived.checks}
    used |= {check.name for column in derived.columns.values() for check in column.checks}
    assert used <= set(pa.Check.REGISTERED_CUSTOM_CHECKS)
    assert used <= set(TEMPLATES), "a check without SQL would run natively on large data"
    assert derived == schema(rows[1])  # type: ignore[arg-type]
    relevant = next(check for check in derived.checks if check.name == "relevant")
    assert relevant.statistics == {"column": "budget", "expression": "(${has_plan}='yes')"}


def test_a_frame_that_is_no_answer_sheet_is_the_callers_fault(
    rows: tuple[pd.DataFrame, object],
) -> None:
    frame, form = rows
    with pytest.raises(SchemaErrors):
        find_violations(form, frame.drop(columns="budget"))  # type: ignore[arg-type]
    with pytest.raises(SchemaErrors):
        find_violations(form, frame.drop(columns="asked:budget"))  # type: ignore[arg-type]


def test_checks_of_others_report_as_pandera_does() -> None:
    theirs = pa.DataFrameSchema({"a": pa.Column(int, pa.Check.gt(1))})
    with pytest.raises(SchemaErrors) as error:
        theirs.validate(pd.DataFrame({"a": [1, 2]}), lazy=True)
    assert list(error.value.failure_cases["failure_case"]) == [1]


ALONE = (
    """
    | type                 | name     | relevant           | constraint | required |
    |----------------------|----------|--------------------|------------|----------|
    | begin_group          | plan     |                    |            |          |
    | select_one yes_no    | has_plan |                    |            | yes      |
    | integer              | budget   | ${has_plan}='yes'  | . < 100    | yes      |
    | end_group            |          |                    |            |          |
    | select_multiple area | areas    |                    |            |          |
    | date                 | since    | ${budget} > 10     |            |          |
    | text                 | remark   |                    |            |          |
    """,
    """
    | list_name | name   | label  |
    |-----------|--------|--------|
    | yes_no    | yes    | Yes    |
    | yes_no    | no     | No     |
    | area      | health | Health |
    | area      | work   | Work   |
    """,
)  # fmt: skip
EXPORT = """plan/has_plan,plan/budget,areas,areas/health,areas/work,since,device
 yes ,1.234.567,health,1,0,2025-02-30,a
no,12,health,1,1,,b
yes,12.0,,,,2025-02-28,c
"""


def test_a_researcher_needs_a_form_and_a_frame_only(tmp_path: Path) -> None:
    form = read_questionnaire(write_form(tmp_path / "form.xlsx", *ALONE))
    frame = pd.read_csv(io.StringIO(EXPORT), dtype=str).set_axis([7, 8, 9])
    answers = prepare(form, frame)
    assert list(answers["budget"]) == ["1234567", "12", "12"]
    assert list(answers["has_plan"]) == ["yes", "no", "yes"]
    assert answers["remark"].isna().all(), "a question that was not in the export"
    assert "device" not in answers
    found = find_violations(form, answers)
    assert sorted(found.itertuples(index=False, name=None)) == [
        (7, "budget", "constraint_broken"),
        (7, "since", "not_a_date"),
        (8, "areas", "split_disagrees"),
        (8, "budget", "answered_not_asked"),
        (8, "budget", "not_judged"),
    ]
    with pytest.raises(SchemaErrors) as error:
        schema(form).validate(answers, lazy=True)
    assert len(error.value.failure_cases) == len(found)
    assert schema(form).validate(answers.loc[[9]], lazy=True) is not None


def test_the_schema_can_be_printed_and_written_down(tmp_path: Path) -> None:
    derived = schema(read_questionnaire(write_form(tmp_path / "form.xlsx", *ALONE)))
    assert "has_plan" in str(derived)
    assert RelationSchema.from_yaml(derived.to_yaml()) == derived
