"""Rows for the benchmark of validation: 60 text columns, 117 checks, 0.5 % bad cells."""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandera.pandas as pa

import pipeline.edit.checks  # noqa: F401  registers the checks
import pandas as pd
from pipeline.edit.grammar import DATE, DECIMAL, INTEGER
from pipeline.edit.pandera_duckdb import RelationSchema, quote, scans, text

CODES = [f"c{n:02}" for n in range(12)]
BAD = 0.005
GOOD = {
    "one": "'c' || lpad(CAST(hash(row, {n}) % 12 AS VARCHAR), 2, '0')",
    "many": "array_to_string(list_transform(range(CAST(1 + hash(row, {n}) % 3 AS BIGINT)),"
    " lambda x: 'c' || lpad(CAST((hash(row, {n}) + x) % 12 AS VARCHAR), 2, '0')), ' ')",
    "whole": "CAST(hash(row, {n}) % 86 AS VARCHAR)",
    "part": "CAST(hash(row, {n}) % 85 AS VARCHAR) || '.' || CAST(hash(row, {n}, 1) % 10 AS VARCHAR)",
    "day": "CAST(DATE '2025-01-01' + CAST(5 * (hash(row, {n}) % 50) + {n} % 5 AS INTEGER) AS VARCHAR)",
    "word": "'text ' || CAST(hash(row, {n}) % 3000 AS VARCHAR)",
}
WRONG = {"one": "c99", "many": "c01 c99", "whole": "3.5", "part": "1,5", "day": "2025-02-30"}
KINDS = ["one"] * 20 + ["many"] * 6 + ["whole"] * 12 + ["part"] * 5 + ["day"] * 5 + ["word"] * 11
NAMES = [f"{kind}_{n:02}" for n, kind in enumerate(KINDS, 1)]
SKIPPED = [name for name in NAMES if name.startswith("whole")] + NAMES[20:23]  # 15 skip rules
GATE = "one_20"
NUMBERS = [name for name in NAMES if name.startswith(("whole", "part"))]
BETWEEN = [(NAMES[n], NAMES[n - 1]) for n in range(44, 48)]


def write(path: Path, rows: int) -> None:
    """A Parquet file of `rows` records."""
    columns = ["CAST(row AS INTEGER) AS record_id", "CAST(row AS VARCHAR) AS id"]
    for n, name in enumerate(NAMES):
        kind = name.split("_")[0]
        good = GOOD[kind].format(n=n)
        wrong = text(WRONG.get(kind, "x" * 90))
        draw = f"hash(row, {n}, 7) % 1000"
        if name in SKIPPED:
            good = f"CASE WHEN {GATE} = 'c00' THEN '' ELSE {good} END"
        columns.append(
            f"CASE WHEN {draw} < 3 THEN {wrong} WHEN {draw} < 5 THEN '' ELSE {good} END AS {name}"
        )
    sql = f"SELECT {', '.join(columns)} FROM range({rows}) r(row)"
    duckdb.execute(f"COPY ({sql}) TO {text(str(path))} (FORMAT parquet)")


def rules() -> Iterator[tuple[str, str, str]]:
    """Column, kind of rule and its SQL: 20 required, 15 skip rules, 17 ranges, 4 between columns."""
    for name in NAMES[:20]:
        yield name, "required", "TRUE"
    for name in SKIPPED:
        yield name, "asked", f"{quote(GATE)} <> 'c00'"
    for name in NUMBERS:
        yield name, "constraint", f"try_cast({quote(name)} AS DOUBLE) BETWEEN 0 AND 85"
    for name, other in BETWEEN:
        yield name, "constraint", f"{quote(name)} <> {quote(other)}"


def answers(path: Path) -> duckdb.DuckDBPyConnection:
    """The file with the rules beside its answers; a scan computes only what it reads."""
    said = {f"{kind}:{name}": sql for name, kind, sql in rules()}
    said |= {f"asked:{name}": "TRUE" for name in NAMES if f"asked:{name}" not in said}
    beside = ", ".join(f"{sql} AS {quote(name)}" for name, sql in said.items())
    con = duckdb.connect()
    con.execute(f"CREATE VIEW answers AS SELECT *, {beside} FROM read_parquet({text(str(path))})")
    return con


def derived() -> RelationSchema:
    """Our schema: registered checks, compiled to SQL."""
    kinds = {"one": ("choice", CODES), "many": ("choices", CODES), "whole": ("integer", None),
             "part": ("decimal", None), "day": ("date", None)}  # fmt: skip
    columns = {"id": pa.Column(unique=True, nullable=False)}
    for name in NAMES:
        check, codes = kinds.get(name.split("_")[0], ("str_length", None))
        if check == "str_length":
            made = pa.Check.str_length(max_value=80, error="word")
        else:
            options = {"codes": codes} if codes else {}
            made = getattr(pa.Check, check)(error=check, **options)
        columns[name] = pa.Column(checks=[made], nullable=True)
    names = {"asked": "relevant", "required": "required", "constraint": "constraint"}
    rows = [
        getattr(pa.Check, names[kind])(column=name, expression=sql, error=names[kind])
        for name, kind, sql in rules()
    ]
    return RelationSchema(columns, checks=rows)


def plain() -> pa.DataFrameSchema:
    """The same by hand, as a user of Pandera writes it for a frame of text."""
    patterns = {"whole": INTEGER, "part": DECIMAL, "day": DATE}
    columns = {"id": pa.Column(str, unique=True, nullable=False)}
    rows = []
    for name in NAMES:
        kind = name.split("_")[0]
        if kind == "one":
            check = pa.Check.isin(["", *CODES], error="choice")
        elif kind == "many":
            check = pa.Check(_codes_known, error="choices")
        elif kind == "word":
            check = pa.Check.str_length(max_value=80, error="word")
        else:
            check = pa.Check(_spelled(kind, patterns[kind]), error=_GRAMMAR[kind])
        columns[name] = pa.Column(str, checks=[check], nullable=True)
    for name, kind, _ in rules():
        if kind == "required":
            rows.append(pa.Check(lambda d, n=name: d[n] != "", error=f"required {name}"))
        elif kind == "asked":
            rows.append(
                pa.Check(
                    lambda d, n=name: ~((d[n] != "") & (d[GATE] == "c00")), error=f"relevant {name}"
                )
            )
        elif name in NUMBERS:
            rows.append(pa.Check(lambda d, n=name: _within(d[n]), error=f"constraint {name}"))
    for name, other in BETWEEN:
        rows.append(
            pa.Check(
                lambda d, n=name, o=other: (d[n] == "") | (d[n] != d[o]), error=f"constraint {name}"
            )
        )
    return pa.DataFrameSchema(columns, checks=rows)


_GRAMMAR = {"whole": "integer", "part": "decimal", "day": "date"}


def _codes_known(answers: pd.Series) -> pd.Series:
    known = {"", *CODES}
    return answers.map(lambda joined: known.issuperset(joined.split(" ")))


def _spelled(kind: str, pattern: str):
    def check(answers: pd.Series) -> pd.Series:
        if kind == "day":
            return (answers == "") | pd.to_datetime(
                answers, format="%Y-%m-%d", errors="coerce"
            ).notna()
        return (answers == "") | answers.str.fullmatch(pattern)

    return check


def _within(answers: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(answers, errors="coerce")
    return numbers.isna() | numbers.between(0, 85)


def by_hand(path: Path) -> list[str]:
    """One SELECT per column as someone fluent in SQL would write it."""
    source = f"read_parquet({text(str(path))})"
    codes = ", ".join(map(text, ["", *CODES]))
    bad: dict[str, list[tuple[str, str]]] = {}
    for name in NAMES:
        c, kind = quote(name), name.split("_")[0]
        bad[name] = [
            {
                "one": ("choice", f"{c} NOT IN ({codes})"),
                "many": ("choices", f"NOT list_has_all([{codes}], string_split({c}, ' '))"),
                "whole": ("integer", f"{c} <> '' AND NOT regexp_full_match({c}, {text(INTEGER)})"),
                "part": ("decimal", f"{c} <> '' AND NOT regexp_full_match({c}, {text(DECIMAL)})"),
                "day": (
                    "date",
                    f"{c} <> '' AND (NOT regexp_full_match({c}, {text(DATE)}) OR try_cast({c} AS DATE) IS NULL)",
                ),
                "word": ("word", f"length({c}) > 80"),
            }[kind]
        ]
    for name, kind, sql in rules():
        c = quote(name)
        bad[name].append(
            {
                "required": ("required", f"{c} = ''"),
                "asked": ("relevant", f"{c} <> '' AND {quote(GATE)} = 'c00'"),
                "constraint": ("constraint", f"{c} <> '' AND NOT ({sql})"),
            }[kind]
        )
    scans = [
        f"SELECT record_id, 'id', 'field_uniqueness', id FROM {source} WHERE id IN (SELECT id FROM {source} GROUP BY id HAVING count(*) > 1)"
    ]
    for name, broken in bad.items():
        cases = ", ".join(f"CASE WHEN {sql} THEN {text(check)} END" for check, sql in broken)
        where = " OR ".join(f"({sql})" for _, sql in broken)
        scans.append(
            f"SELECT * FROM (SELECT record_id, {text(name)}, unnest([{cases}]) AS failed, {quote(name)} FROM {source} WHERE {where}) WHERE failed IS NOT NULL"
        )
    return scans


if __name__ == "__main__":
    which, path = sys.argv[1], Path(sys.argv[2])
    import time, resource

    if which != "plain":
        con = answers(Path("/tmp/pdbench/v1e1.parquet"))
        for sql in scans(derived(), con, "answers", "record_id"):
            con.execute(sql).fetchall()
    else:
        frame = pd.read_parquet(path).set_index("record_id")
    b = resource.getrusage(resource.RUSAGE_SELF)
    if which == "ours":
        con = answers(path)
        out = sum(
            len(con.execute(scan).fetchall())
            for scan in scans(derived(), con, "answers", "record_id")
        )
    elif which == "hand":
        con = duckdb.connect()
        out = sum(len(con.execute(s).fetchall()) for s in by_hand(path))
    else:
        try:
            plain().validate(frame, lazy=True)
        except pa.errors.SchemaErrors as e:
            f = e.failure_cases
            of_frame = f["check"].str.contains(" ")
            out = (~of_frame).sum() + f[of_frame].drop_duplicates(["check", "index"]).shape[0]
    u = resource.getrusage(resource.RUSAGE_SELF)
    print(
        which,
        out,
        "cpu",
        round(u.ru_utime + u.ru_stime - b.ru_utime - b.ru_stime, 2),
        "MB",
        u.ru_maxrss >> 10,
    )
