"""One schema, two engines: a frame judged by Pandera and a relation judged by SQL break alike."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaDefinitionError, SchemaError, SchemaErrors

from pipeline.ask import Questionnaire, read_questionnaire
from pipeline.edit import schema
from pipeline.edit.pandera_duckdb import RelationSchema, scans, violations
from pipeline.edit.pandera_duckdb import schema as engine
from tests.forms import write_form

FORM = (
    """
    | type               | name   | label | relevant         | constraint | warning | required |
    |--------------------|--------|-------|------------------|------------|---------|----------|
    | select_one l       | gate   | Gate  |                  |            |         | yes      |
    | integer            | count  | Count | ${gate} = 'yes'  | . < 100    | . < 20  | yes      |
    | decimal            | share  | Share |                  |            |         |          |
    | date               | day    | Day   |                  |            |         |          |
    | time               | at     | At    |                  |            |         |          |
    | datetime           | moment | When  |                  |            |         |          |
    | select_multiple l  | many   | Many  |                  |            |         |          |
    | text               | word   | Word  |                  | . != 'x'   |         |          |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | l         | yes  | Yes   |
    | l         | no   | No    |
    | l         | it's | It is |
    """,
)
COLUMNS = ["gate", "count", "share", "day", "at", "moment", "many", "word"]
ODD = [
    *("", " ", "yes", "no", "it's", "yes no", "no  yes", "yes\u00a0no", "yes\tno", "YES", "x"),
    *("1", "+1", "-0", "1.0", "1.", ".5", "1e3", "1_000", "1,5", "5\n", " 5", "٣", "１２", "0x1"),
    *("nan", "NaN", "inf", "9" * 18, "9" * 19, "0.123456789", "0.1234567891", "today", "now"),
    *("2025-02-28", "2025-02-29", "2024-02-29", "1899-12-31", "2025-2-3", "2026-02-03\n"),
    *("２０２６-02-03", "10:00", "24:00", "10:00:00.5Z", "10:00+0200", "2025-02-30T10:00"),
    *(
        "2025-01-31T10:00",
        "2025-01-31 10:00:00-03:00",
        "2025-01-31  10:00",
        "é",
        "e\u0301",
        "👩‍👧",
        "\0",
    ),
]
RULED = [
    *(f"{rule}:{c}" for rule in ("asked", "required", "constraint") for c in COLUMNS),
    "warning:count",
]
CELLS = st.none() | st.sampled_from(ODD) | st.text(max_size=6)
RULES = st.sampled_from([True, False, None])


@cache
def form() -> Questionnaire:
    with TemporaryDirectory() as folder:
        return read_questionnaire(write_form(Path(folder) / "form.xlsx", *FORM))


def relation(frame: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    """The rows as a relation that names them by `row`."""
    frame = frame.rename_axis("row").reset_index()
    return duckdb.connect().from_df(frame)


def both(made: pa.DataFrameSchema, frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """What both engines find, which must be equal."""
    native = violations(made, frame)
    found = violations(made, relation(frame), "row")
    pd.testing.assert_frame_equal(
        native.astype("str"), found.astype("str"), check_dtype=False, check_index_type=False
    )
    native["value"] = native["value"].astype("object").where(native["value"].notna(), None)
    return list(native.itertuples(index=False, name=None))


@st.composite
def sheets(draw: st.DrawFn) -> pd.DataFrame:
    """Answers with rules and split columns beside them."""
    length = draw(st.integers(1, 8))
    texts = [*COLUMNS, "many/yes", "many/no"]
    cells = {name: draw(st.lists(CELLS, min_size=length, max_size=length)) for name in texts}
    said = {name: draw(st.lists(RULES, min_size=length, max_size=length)) for name in RULED}
    return pd.concat([pd.DataFrame(cells, dtype="str"), pd.DataFrame(said, dtype="object")], axis=1)


@given(sheets())
@settings(max_examples=20)
def test_both_engines_find_the_same(rows: pd.DataFrame) -> None:
    both(schema(form()), rows)


@pytest.mark.slow
@given(sheets())
@settings(max_examples=5000, deadline=None)
def test_both_engines_find_the_same_in_the_long_run(rows: pd.DataFrame) -> None:
    both(schema(form()), rows)


def test_every_violation_with_its_row_column_check_and_value() -> None:
    made = RelationSchema(
        {
            "name": pa.Column(
                checks=[pa.Check.str_length(max_value=3)], nullable=False, unique=True
            ),
            "size": pa.Column(
                checks=[pa.Check.in_range(1, 9), pa.Check.isin([1, 2])], nullable=True
            ),
        }
    )
    frame = pd.DataFrame({"name": ["a", "b", "long", None, "a"], "size": [1, 10, 3, None, 2]})
    assert both(made, frame) == [
        (0, "name", "field_uniqueness", "a"),
        (4, "name", "field_uniqueness", "a"),
        (3, "name", "not_nullable", None),
        (2, "name", "str_length(None, 3)", "long"),
        (1, "size", "in_range(1, 9)", "10.0"),
        (1, "size", "isin([1, 2])", "10.0"),
        (2, "size", "isin([1, 2])", "3.0"),
    ]


BUILT_IN = [
    pa.Check.equal_to("b"), pa.Check.not_equal_to("b"), pa.Check.greater_than("b"),
    pa.Check.greater_than_or_equal_to("b"), pa.Check.less_than("b"),
    pa.Check.less_than_or_equal_to("b"), pa.Check.in_range("a", "c", include_max=False),
    pa.Check.isin(["a", "it's"]), pa.Check.notin(["b"]), pa.Check.str_startswith("b"),
    pa.Check.str_endswith("b"), pa.Check.str_length(1, 2), pa.Check.str_length(exact_value=1),
    pa.Check.str_matches("^b"), pa.Check.isin([]),
]  # fmt: skip


@given(st.lists(st.none() | st.sampled_from(["a", "b", "ba", "é", "it's", ""]), min_size=1))
@settings(max_examples=20)
def test_panderas_own_checks(cells: list[str | None]) -> None:
    made = RelationSchema({"a": pa.Column(checks=BUILT_IN, nullable=True)})
    both(made, pd.DataFrame({"a": pd.Series(cells, dtype="str")}))


def test_a_check_without_sql_runs_natively_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CHUNK", 2)
    made = RelationSchema(
        {
            "n": pa.Column(
                checks=[
                    pa.Check(lambda n: n % 2 == 0, name="even"),
                    pa.Check(lambda n: n < 5, element_wise=True, name="small"),
                    pa.Check(lambda n: n > 1, ignore_na=False, name="some"),
                ]
            )
        }
    )
    found = both(made, pd.DataFrame({"n": [2, 3, 4, 6, 8, 1]}))
    assert [(row, check) for row, _, check, _ in found] == [
        *((1, "even"), (5, "even"), (3, "small"), (4, "small"), (5, "some")),
    ]


def test_a_check_of_a_whole_column_sees_the_whole_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CHUNK", 2)
    mean = pa.Check(lambda n: n.mean() == 2, name="mean")  # no two rows have this mean
    made = RelationSchema({"n": pa.Column(checks=[mean])})
    assert both(made, pd.DataFrame({"n": [0, 1, 5]})) == []


def test_what_a_relation_cannot_be_judged_by_is_refused_by_name() -> None:
    made = RelationSchema({"a": pa.Column(int, coerce=True)}, strict=True)
    with pytest.raises(SchemaDefinitionError, match="dtype of a, coerce of a, strict"):
        violations(made, relation(pd.DataFrame({"a": [1]})))


def test_a_missing_column_is_the_callers_fault() -> None:
    made = RelationSchema({"a": pa.Column(nullable=True)})
    with pytest.raises(SchemaErrors) as error:
        violations(made, relation(pd.DataFrame({"b": [1]})))
    assert error.value.failure_cases["check"].tolist() == ["column_in_dataframe"]


def test_validate_as_pandera_does_and_tell_no_value() -> None:
    made = RelationSchema({"a": pa.Column(checks=[pa.Check.isin(["x"])])})
    good = relation(pd.DataFrame({"a": ["x"]}))
    assert made.validate(good, lazy=True) is good
    with pytest.raises(SchemaErrors) as error:
        made.validate(relation(pd.DataFrame({"a": ["x", "SECRET"]})), lazy=True)
    assert "SECRET" not in str(error.value)
    assert error.value.failure_cases[["index", "failure_case"]].to_numpy().tolist() == [
        [1, "SECRET"]
    ]
    with pytest.raises(SchemaError):
        made.validate(relation(pd.DataFrame({"a": ["y"]})))


def test_scans_of_any_size_come_column_by_column() -> None:
    rows = pd.DataFrame([["maybe", *[""] * 7]], columns=COLUMNS, dtype="str").assign(
        **dict.fromkeys(RULED)
    )
    con = duckdb.connect()
    con.register("answers", rows.assign(row=7))
    found = [con.execute(sql).fetchall() for sql in scans(schema(form()), con, "answers", "row")]
    assert [row for part in found for row in part] == [(7, "gate", "unknown_choice", "maybe")]
    closed = RelationSchema({"gate": pa.Column(checks=[pa.Check(lambda a: a > "", name="mine")])})
    with pytest.raises(ValueError, match="mine"):
        scans(closed, con, "answers", "row")
    with pytest.raises(SchemaErrors):
        scans(RelationSchema({"other": pa.Column()}), con, "answers", "row")


def test_a_schema_survives_yaml() -> None:
    derived = schema(form())
    read = RelationSchema.from_yaml(derived.to_yaml())
    assert read == derived
    rows = pd.DataFrame([["maybe", *["?"] * 7]], columns=COLUMNS, dtype="str").assign(
        **dict.fromkeys(RULED, False)
    )
    assert both(read, rows) == both(derived, rows)
    assert "unknown_choice" in derived.to_yaml()
    assert (0, "count", "implausible", "?") in both(read, rows)
