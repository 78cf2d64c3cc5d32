"""Validation of 60 text columns by 115 checks with about 0.5 % bad cells, three ways.

`python -m tests.benchmarks.validation ours|few|hand|plain FILE` prints the number of violations,
CPU seconds of the validation alone, and the peak memory of the process in MB.
"""

import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

import pipeline.edit.checks  # noqa: F401  registers the checks
from pipeline.edit.grammar import DATE, DECIMAL, INTEGER
from pipeline.edit.pandera_duckdb import RelationSchema, quote, scans, text, violations
from tests.benchmarks.memory import peak

CODES = [f"c{n:02}" for n in range(12)]
DRAW = "hash(row, {n})"
GOOD = {
    "one": f"'c' || lpad(CAST({DRAW} % 12 AS VARCHAR), 2, '0')",
    "many": f"array_to_string(list_transform(range(CAST(1 + {DRAW} % 3 AS BIGINT)), lambda x: "
    f"'c' || lpad(CAST(({DRAW} + x) % 12 AS VARCHAR), 2, '0')), ' ')",
    "whole": f"CAST({DRAW} % 86 AS VARCHAR)",
    "part": f"CAST({DRAW} % 85 AS VARCHAR) || '.' || CAST(hash(row, {{n}}, 1) % 10 AS VARCHAR)",
    "day": f"CAST(DATE '2025-01-01' + CAST(5 * ({DRAW} % 50) + {{n}} % 5 AS INTEGER) AS VARCHAR)",
    "word": f"'text ' || CAST({DRAW} % 3000 AS VARCHAR)",
}
WRONG = {"one": "c99", "many": "c01 c99", "whole": "3.5", "part": "1,5", "day": "2025-02-30"}
KINDS = ["one"] * 20 + ["many"] * 6 + ["whole"] * 12 + ["part"] * 5 + ["day"] * 5 + ["word"] * 11
NAMES = [f"{kind}_{n:02}" for n, kind in enumerate(KINDS, 1)]
SKIPPED = [*NAMES[20:23], *(name for name in NAMES if name.startswith("whole"))]
NUMBERS = [name for name in NAMES if name.startswith(("whole", "part"))]
BETWEEN = [(NAMES[n], NAMES[n - 1]) for n in range(44, 48)]
GATE = "one_20"
CHECKS = {"one": "choice", "many": "choices", "whole": "integer", "part": "decimal", "day": "date"}
RULES = {"asked": "relevant", "required": "required", "constraint": "constraint"}


def write(path: Path, rows: int) -> None:
    """A Parquet file of `rows` records: record_id, id and 59 questions."""
    columns = ["CAST(row AS INTEGER) AS record_id", "CAST(row AS VARCHAR) AS id"]
    for n, name in enumerate(NAMES):
        kind = name.split("_")[0]
        good, wrong = GOOD[kind].format(n=n), text(WRONG.get(kind, "x" * 90))
        if name in SKIPPED:
            good = f"CASE WHEN {GATE} = 'c00' THEN '' ELSE {good} END"
        draw = f"hash(row, {n}, 7) % 1000"
        columns.append(
            f"CASE WHEN {draw} < 3 THEN {wrong} WHEN {draw} < 5 THEN '' ELSE {good} END AS {name}"
        )
    sql = f"SELECT {', '.join(columns)} FROM range({rows}) r(row)"
    duckdb.execute(f"COPY ({sql}) TO {text(str(path))} (FORMAT parquet)")


def rules() -> Iterator[tuple[str, str, str]]:
    """Column, kind of rule and its SQL: 20 required, 15 skip rules, 17 ranges, 4 between two."""
    for name in NAMES[:20]:
        yield name, "required", "TRUE"
    for name in SKIPPED:
        yield name, "asked", f"{quote(GATE)} <> 'c00'"
    for name in NUMBERS:
        yield name, "constraint", f"try_cast({quote(name)} AS DOUBLE) BETWEEN 0 AND 85"
    for name, other in BETWEEN:
        yield name, "constraint", f"{quote(name)} <> {quote(other)}"


def ours(path: Path) -> int:
    """Our derived kind of schema on a view of the file; a scan computes only what it reads."""
    con, made = answers(path), derived()
    return sum(_found(con, scan) for scan in scans(made, con, "answers", "record_id"))


def few(path: Path) -> int:
    """The same as one calls it for a file of any size; this one has few rows."""
    return len(violations(derived(), answers(path).table("answers"), "record_id"))


def answers(path: Path) -> duckdb.DuckDBPyConnection:
    """A view of the file, the rules beside it."""
    said = {f"{kind}:{name}": sql for name, kind, sql in rules()}
    said = {f"asked:{name}": "TRUE" for name in NAMES} | said
    beside = ", ".join(f"{sql} AS {quote(name)}" for name, sql in said.items())
    con = duckdb.connect()
    con.execute(f"CREATE VIEW answers AS SELECT *, {beside} FROM read_parquet({text(str(path))})")
    return con


def derived() -> RelationSchema:
    """Registered checks only."""
    columns = {"id": pa.Column(unique=True, nullable=False)}
    for name in NAMES:
        kind = name.split("_")[0]
        codes = {"codes": CODES} if kind in ("one", "many") else {}
        if kind in CHECKS:
            check = getattr(pa.Check, CHECKS[kind])(error=CHECKS[kind], **codes)
        else:
            check = pa.Check.str_length(max_value=80, error="word")
        columns[name] = pa.Column(checks=[check], nullable=True)
    rows = [
        getattr(pa.Check, RULES[kind])(column=name, expression=sql, error=RULES[kind])
        for name, kind, sql in rules()
    ]
    return RelationSchema(columns, checks=rows)


def hand(path: Path) -> int:
    """One SELECT per column as someone fluent in SQL writes it."""
    source = f"read_parquet({text(str(path))})"
    bad = {name: [_by_hand(name)] for name in NAMES}
    for name, kind, sql in rules():
        c = quote(name)
        broken = {
            "required": f"{c} = ''",
            "asked": f"{c} <> '' AND {quote(GATE)} = 'c00'",
            "constraint": f"{c} <> '' AND NOT ({sql})",
        }
        bad[name].append((RULES[kind], broken[kind]))
    twice = f"SELECT id FROM {source} GROUP BY id HAVING count(*) > 1"
    statements = [f"SELECT record_id, 'id', 'unique', id FROM {source} WHERE id IN ({twice})"]
    for name, rows in bad.items():
        cases = ", ".join(f"CASE WHEN {sql} THEN {text(check)} END" for check, sql in rows)
        where = " OR ".join(f"({sql})" for _, sql in rows)
        found = f"SELECT record_id, {text(name)}, unnest([{cases}]) AS failed, {quote(name)}"
        statements.append(
            f"SELECT * FROM ({found} FROM {source} WHERE {where}) WHERE failed IS NOT NULL"
        )
    con = duckdb.connect()
    return sum(_found(con, statement) for statement in statements)


def _found(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    """Every violation comes back, as a table of Arrow."""
    return len(con.sql(statement).to_arrow_table())


def _by_hand(name: str) -> tuple[str, str]:
    c, codes = quote(name), ", ".join(map(text, ["", *CODES]))
    no_day = f"NOT regexp_full_match({c}, {text(DATE)}) OR try_cast({c} AS DATE) IS NULL"
    return {
        "one": ("choice", f"{c} NOT IN ({codes})"),
        "many": ("choices", f"NOT list_has_all([{codes}], string_split({c}, ' '))"),
        "whole": ("integer", f"{c} <> '' AND NOT regexp_full_match({c}, {text(INTEGER)})"),
        "part": ("decimal", f"{c} <> '' AND NOT regexp_full_match({c}, {text(DECIMAL)})"),
        "day": ("date", f"{c} <> '' AND ({no_day})"),
        "word": ("word", f"length({c}) > 80"),
    }[name.split("_", maxsplit=1)[0]]


def plain_schema() -> pa.DataFrameSchema:
    """The same checks as a user of Pandera writes them for a frame of text."""
    spelled = {
        "one": pa.Check.isin(["", *CODES], error="choice"),
        "many": pa.Check(lambda a: a.map(_are_codes), error="choices"),
        "whole": pa.Check(lambda a: (a == "") | a.str.fullmatch(INTEGER), error="integer"),
        "part": pa.Check(lambda a: (a == "") | a.str.fullmatch(DECIMAL), error="decimal"),
        "day": pa.Check(_is_day, error="date"),
        "word": pa.Check.str_length(max_value=80, error="word"),
    }
    columns = {"id": pa.Column(str, unique=True, nullable=False)}
    columns |= {
        name: pa.Column(str, checks=[spelled[name.split("_")[0]]], nullable=True) for name in NAMES
    }
    frame: dict[str, Callable[..., Any]] = {
        "required": lambda d, n: d[n] != "",
        "asked": lambda d, n: (d[n] == "") | (d[GATE] != "c00"),
        "constraint": _holds,
    }
    rows = [
        pa.Check(lambda d, n=name, k=kind: frame[k](d, n), error=f"{RULES[kind]} {name}")
        for name, kind, _ in rules()
    ]
    return pa.DataFrameSchema(columns, checks=rows)


def _are_codes(joined: str) -> bool:
    return {"", *CODES}.issuperset(joined.split(" "))


def _is_day(answers: pd.Series) -> pd.Series:
    return (answers == "") | pd.to_datetime(answers, format="%Y-%m-%d", errors="coerce").notna()


def _holds(rows: pd.DataFrame, name: str) -> pd.Series:
    if name in NUMBERS:
        numbers = pd.to_numeric(rows[name], errors="coerce")
        return numbers.isna() | numbers.between(0, 85)
    return (rows[name] == "") | (rows[name] != rows[dict(BETWEEN)[name]])


def plain(frame: pd.DataFrame) -> int:
    """Plain Pandera; its frame-level failures come once per column and are counted once."""
    try:
        plain_schema().validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        of_rows = cases["check"].str.contains(" ")
        return int((~of_rows).sum() + len(cases[of_rows].drop_duplicates(["check", "index"])))
    return 0


def main(way: str, path: Path) -> None:
    """Run one way once; the file is read into memory first where the way needs that."""
    duckdb.execute("SELECT 1").fetchall()
    frame = pd.read_parquet(path).set_index("record_id") if way == "plain" else None
    before = resource.getrusage(resource.RUSAGE_SELF)
    count = (
        plain(frame) if frame is not None else {"ours": ours, "few": few, "hand": hand}[way](path)
    )
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sys.stdout.write(f"{count} {seconds:.2f} {peak()}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
