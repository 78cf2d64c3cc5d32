"""Pandera schemas for DuckDB relations: the same schema object, the same violations as on a frame.

`violations` is the whole of it: a frame is judged by pandera itself, a relation by SQL. A check
without a template runs natively on its own columns, in chunks; it is never skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd
from duckdb import DuckDBPyConnection, DuckDBPyRelation
from pandera.api.base.checks import CheckResult
from pandera.backends.base import BaseSchemaBackend
from pandera.backends.pandas.checks import PandasCheckBackend
from pandera.errors import (
    FailureCaseMetadata,
    SchemaError,
    SchemaErrorReason,
    SchemaErrors,
)
from pandera.pandas import Check, Column, DataFrameSchema

from pipeline.edit.pandera_duckdb.compile import DATA, identifier, plan, union
from pipeline.edit.pandera_duckdb.templates import has_template, quote

VIOLATION = ["index", "column", "check", "value"]
FAILURE_CASES = ["schema_context", "column", "check", "check_number", "failure_case", "index"]
ROW = "row_of_relation"  # counts from 0, where a relation has no column that names its rows
# What is wrong with the caller or with a check itself, not with an answer.
NOT_OF_THE_DATA = (SchemaErrorReason.CHECK_ERROR, SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME)
LACKING = "column_in_dataframe"  # as pandera calls it
CHUNK = 100_000  # rows a native check sees at once; fewer are read once, for all columns together
COPIED = frozenset({"VARCHAR", "BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP"})


class OneCasePerRow(PandasCheckBackend):
    """Reports a row that breaks a check once, without copying its values.

    Pandera reports a failing row of a frame-level check once per column of the frame, and joins all
    failing values into one message. Its built-in checks, and checks without a template, are left
    as they are.
    """

    def postprocess(self, check_obj: Any, check_output: Any) -> CheckResult:
        """Turn the boolean Series of a check into failure cases: index and column."""
        is_ours = has_template(self.check) and self.check.name in Check.REGISTERED_CUSTOM_CHECKS
        if not is_ours or not isinstance(check_output, pd.Series):
            usual: CheckResult = super().postprocess(check_obj, check_output)  # type: ignore[no-untyped-call]
            return usual
        failing = check_output.index[~check_output.to_numpy(dtype=bool)]
        if failing.empty:
            return CheckResult(check_output, True, check_obj, None)
        of_frame = (self.check.statistics or {}).get("column")
        column = check_obj.name if isinstance(check_obj, pd.Series) else of_frame
        cases = pd.DataFrame({"column": column, "failure_case": "", "index": failing})
        return CheckResult(check_output, False, check_obj, cases)


Check.register_backend(pd.DataFrame, OneCasePerRow, force=True)
Check.register_backend(pd.Series, OneCasePerRow, force=True)


class RelationBackend(BaseSchemaBackend):
    """Judges a relation by the SQL that its schema compiles to."""

    def validate(  # type: ignore[override]
        self, check_obj: DuckDBPyRelation, schema: DataFrameSchema, *, lazy: bool, **_: object
    ) -> DuckDBPyRelation:
        """The relation, where it breaks nothing.

        Raises:
            SchemaErrors: all that is broken, in `failure_cases`.
            SchemaError: the first thing that is broken, where `lazy` is False.
        """
        errors = list(_errors(schema, check_obj, violations(schema, check_obj)))
        if errors and lazy:
            raise SchemaErrors(schema, errors, check_obj)
        if errors:
            raise errors[0]
        return check_obj

    def failure_cases_metadata(
        self, schema_name: str, schema_errors: list[SchemaError]
    ) -> FailureCaseMetadata:
        """All failure cases in one frame; the message counts and quotes nothing."""
        cases = pd.concat([error.failure_cases for error in schema_errors], ignore_index=True)
        counts = {str(error): len(error.failure_cases) for error in schema_errors}
        return FailureCaseMetadata(cases, {str(schema_name): counts}, counts)


class RelationSchema(DataFrameSchema):
    """A DataFrameSchema that judges frames as ever, and DuckDB relations as well."""

    def validate(self, check_obj: Any, *args: Any, **options: Any) -> Any:
        """Judge a frame or a relation; `head`, `tail` and `sample` are for frames."""
        if not isinstance(check_obj, DuckDBPyRelation):
            return super().validate(check_obj, *args, **options)
        lazy = bool(options.get("lazy", False))
        return RelationBackend().validate(check_obj, self, lazy=lazy)

    @classmethod
    def from_yaml(cls, yaml_schema: Any) -> RelationSchema:
        """Read what `to_yaml` wrote."""
        read = DataFrameSchema.from_yaml(yaml_schema)
        return cls(columns=read.columns, checks=read.checks, name=read.name)

    @classmethod
    def get_backend(cls, check_obj: Any = None, check_type: type | None = None) -> Any:
        """The backend for a kind of data."""
        if isinstance(check_obj, DuckDBPyRelation):
            return RelationBackend()
        return DataFrameSchema.get_backend(check_obj, check_type)


def violations(
    schema: DataFrameSchema, data: pd.DataFrame | DuckDBPyRelation, index: str = ""
) -> pd.DataFrame:
    """Everything in `data` that breaks the schema: columns index, column, check, value (text).

    Sorted by column, check and index.

    Args:
        schema: what the data have to keep.
        data: a frame, or a relation (a table, a view, Parquet files).
        index: the column of a relation that names its rows; without one they count from 0.

    Raises:
        SchemaErrors: a required column is missing.
        SchemaDefinitionError: the schema holds what a relation cannot be judged by.
    """
    if isinstance(data, pd.DataFrame):
        found = _of_frame(schema, data)
    else:
        found = _of_relation(schema, data, index)
    order = ["column", "check", "index"]
    return found[VIOLATION].sort_values(order, kind="stable", ignore_index=True)


def scans(schema: DataFrameSchema, con: DuckDBPyConnection, table: str, index: str) -> list[str]:
    """The same for data of any size, as SQL: one SELECT of index, column, check, value per column.

    Run them one by one on `con`, or write each away by INSERT INTO. A check without a template is
    not among them, so it is refused here; `violations` runs it.

    Args:
        schema: what the data have to keep.
        con: where the table is.
        table: a table or view, as SQL names it.
        index: the column that names a row.

    Raises:
        ValueError: some check has no template.
        SchemaErrors, SchemaDefinitionError: as `violations`.
    """
    described = con.execute(f"DESCRIBE {table}").fetchall()
    made = plan(schema, {name: kind for name, kind, *_ in described}, index, table)
    if made.native:
        names = ", ".join(identifier(check) for _, check in made.native)
        raise ValueError(f"no template for: {names}")
    if made.missing:
        data = con.table(table)
        raise SchemaErrors(schema, list(_lacking(schema, data, made.missing)), data)
    return list(made.scans)


def _query(data: DuckDBPyRelation, sql: str) -> DuckDBPyRelation:
    """A SELECT from the relation, under the name that compiled SQL gives it."""
    found = data.query(DATA, sql)
    assert found is not None
    return found


def _of_frame(schema: DataFrameSchema, data: pd.DataFrame) -> pd.DataFrame:
    try:
        schema.validate(data, lazy=True)
    except SchemaErrors as errors:
        if any(error.reason_code in NOT_OF_THE_DATA for error in errors.schema_errors):
            raise
        columns = errors.failure_cases.groupby("column", dropna=False)
        return pd.DataFrame(pd.concat(_with_texts(data, cases) for _, cases in columns))
    return pd.DataFrame(columns=VIOLATION)


def _with_texts(data: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Failure cases of one column with the failing values as text."""
    column = cases["column"].iloc[0]
    if column not in data:
        return cases.assign(value=None)
    values: pd.Series = data[column].reindex(cases["index"]).astype("str")
    return cases.assign(value=values.set_axis(cases.index))


def _of_relation(schema: DataFrameSchema, data: DuckDBPyRelation, index: str) -> pd.DataFrame:
    if not index:
        index = ROW
        data = _query(data, f"SELECT row_number() OVER () - 1 AS {ROW}, * FROM {DATA}")
    types = dict(zip(data.columns, map(str, data.types), strict=True))
    made = plan(schema, types, index)
    if made.missing:
        raise SchemaErrors(schema, list(_lacking(schema, data, made.missing)), data)
    parts = []
    if made.scans:
        few = _few(data, types)
        found = few.execute(union(made.scans)) if few else _query(data, union(made.scans))
        parts.append(found.df())
    parts += [_natively(column, check, data, index) for column, check in made.native]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=VIOLATION)


def _few(data: DuckDBPyRelation, types: Mapping[str, str]) -> DuckDBPyConnection | None:
    """A copy of a small relation under the name of the data: to bind a view costs more than that.

    None where there are many rows, or values that do not survive the copy as they are.
    """
    if not COPIED.issuperset(types.values()):
        return None
    some = data.limit(CHUNK).to_arrow_table()
    if len(some) == CHUNK:
        return None
    con = duckdb.connect(config={"threads": 1})
    con.register("received", some)
    con.execute("PRAGMA disable_optimizer")  # it would take longer than these rows
    return con.execute(f"CREATE TABLE {DATA} AS FROM received")


def _lacking(
    schema: DataFrameSchema, data: DuckDBPyRelation, names: Sequence[str]
) -> Iterator[SchemaError]:
    cases = {"index": None, "check": LACKING, "value": None}
    return _errors(schema, data, pd.DataFrame([{**cases, "column": name} for name in names]))


def _natively(column: str, check: Check, data: DuckDBPyRelation, index: str) -> pd.DataFrame:
    """Run a check by pandera on its own columns: in chunks where it judges row by row."""
    named = [index, column] if column else [index, *(n for n in data.columns if n != index)]
    wanted = _query(data, f"SELECT {', '.join(map(quote, named))} FROM {DATA}")
    if column:
        schema = DataFrameSchema({column: Column(checks=[check], nullable=True)})
    else:
        schema = DataFrameSchema(checks=[check])
    judges_rows = check.element_wise or _judges_rows(check, column, wanted, index)
    frames = _chunks(wanted, index) if judges_rows else iter([wanted.df().set_index(index)])
    return pd.concat([_of_frame(schema, frame) for frame in frames], ignore_index=True)


def _judges_rows(check: Check, column: str, data: DuckDBPyRelation, index: str) -> bool:
    """Whether a check says something of every row, so that rows can be shown to it in chunks."""
    if check.groupby is not None:
        return False
    few = data.limit(2).df().set_index(index)
    return isinstance(check(few[column] if column else few).check_output, pd.Series)


def _chunks(data: DuckDBPyRelation, index: str) -> Iterator[pd.DataFrame]:
    for batch in data.to_arrow_reader(CHUNK):
        yield batch.to_pandas().set_index(index)


def _errors(
    schema: DataFrameSchema, data: DuckDBPyRelation, found: pd.DataFrame
) -> Iterator[SchemaError]:
    """One error for each column and check; its text counts and quotes nothing."""
    for (column, check), cases in found.groupby(["column", "check"], sort=False):
        named = cases.rename(columns={"value": "failure_case"})
        whole = named.assign(schema_context="Column", check_number=None)
        yield SchemaError(  # type: ignore[no-untyped-call]
            schema,
            data,
            f"{column}: {check}",
            failure_cases=whole[FAILURE_CASES],
            check=str(check),
            reason_code=SchemaErrorReason.SCHEMA_COMPONENT_CHECK,
            column_name=str(column),
        )
