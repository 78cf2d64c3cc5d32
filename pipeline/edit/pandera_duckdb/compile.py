"""From a schema to SQL: one scan of a relation for each column, with all checks of that column.

A column store reads only the columns that a scan names, so many narrow scans cost less than one
wide one, and no row is ever held whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pandera.errors import SchemaDefinitionError
from pandera.pandas import Check, Column, DataFrameSchema

from pipeline.edit.pandera_duckdb.templates import Cells, condition, quote, text

DATA = "data"  # the name under which a scan reads the relation
NOT_NULLABLE, NOT_UNIQUE = "not_nullable", "field_uniqueness"  # as pandera calls them


@dataclass(frozen=True)
class Plan:
    """How a schema is judged on a relation.

    `scans` yield index, column, check, value, each ready to run. `native`
    are the checks that have no template, with the column they judge ('' = whole rows).
    """

    scans: tuple[str, ...]
    native: tuple[tuple[str, Check], ...]
    missing: tuple[str, ...]  # required columns that the relation lacks


def identifier(check: Check) -> str:
    """What a failing check is called in failure cases."""
    return check.error or check.name or str(check)


def plan(schema: DataFrameSchema, types: Mapping[str, str], index: str, source: str = DATA) -> Plan:
    """Write a schema as scans of a relation.

    Args:
        schema: columns and checks; dtypes, coercion, parsers and regex columns belong to frames.
        types: the relation's columns and their DuckDB types.
        index: the column that names a row.
        source: the relation, as SQL names it.

    Raises:
        SchemaDefinitionError: the schema holds what a relation cannot be judged by; nothing is
            skipped in silence.
    """
    _refuse(schema)
    broken: dict[str, list[tuple[str, str]]] = {}
    native: list[tuple[str, Check]] = []
    missing = [
        name for name, column in schema.columns.items() if column.required and name not in types
    ]
    for name, column in schema.columns.items():
        if name in types:
            broken[name] = list(_of_column(name, column, types))
            native += [(name, check) for check in column.checks if _bad(check, name, types) is None]
    for check in schema.checks:
        own = str((check.statistics or {}).get("column", ""))
        bad = _bad(check, own, types)
        if bad is None or own not in types:
            native.append(("", check))
        else:
            broken.setdefault(own, []).append((identifier(check), bad))
    scans = [_scan(source, index, name, rules) for name, rules in broken.items() if rules]
    scans += [
        _scan(source, index, name, [(NOT_UNIQUE, _repeated(name, types, source))])
        for name, column in schema.columns.items()
        if column.unique and name in types
    ]
    return Plan(tuple(scans), tuple(native), tuple(missing))


def _refuse(schema: DataFrameSchema) -> None:
    """Name what only a frame can be judged by."""
    columns = schema.columns.items()
    found = [
        *(f"dtype of {name}" for name, column in columns if column.dtype is not None),
        *(f"coerce of {name}" for name, column in columns if column.coerce),
        *(f"parsers of {name}" for name, column in columns if column.parsers),
        *(f"regex of {name}" for name, column in columns if column.regex),
        *(f"report_duplicates of {name}" for name, c in columns if _reports_some(c)),
        *(["dtype"] if schema.dtype is not None else []),
        *(["index"] if schema.index is not None else []),
        *(["parsers"] if schema.parsers else []),
        *(["strict"] if schema.strict else []),
        *(["ordered"] if schema.ordered else []),
        *(["unique"] if schema.unique else []),
    ]
    if found:
        told = ", ".join(found)
        raise SchemaDefinitionError(f"a relation cannot be judged by: {told}; validate a frame")


def _reports_some(column: Column) -> bool:
    return bool(column.unique) and column.report_duplicates != "all"


def _bad(check: Check, own: str, types: Mapping[str, str]) -> str | None:
    return condition(check, Cells(types, own))


def _of_column(name: str, column: Column, types: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every rule of a cell of a column: what it is called, and when it is broken."""
    cell = Cells(types, name).cell
    if not column.nullable:
        yield NOT_NULLABLE, f"{cell} IS NULL"
    for check in column.checks:
        bad = _bad(check, name, types)
        if bad is not None:
            yield identifier(check), bad


def _repeated(name: str, types: Mapping[str, str], source: str) -> str:
    """A scan of its own: the whole column is counted anyway, and but once if it stands alone."""
    cell = Cells(types, name).cell
    return f"{cell} IN (SELECT {cell} FROM {source} GROUP BY ALL HAVING count(*) > 1)"


def _scan(source: str, index: str, column: str, rules: Sequence[tuple[str, str]]) -> str:
    """Rows of one column that break a rule: once for each rule they break."""
    cell = quote(column)
    row = f'{quote(index)} AS "index", {text(column)} AS "column"'
    value = f'CAST({cell} AS VARCHAR) AS "value"'
    if len(rules) == 1:
        (name, bad), *_ = rules
        return f'SELECT {row}, {text(name)} AS "check", {value} FROM {source} WHERE {bad}'
    broken = ", ".join(f"({bad})" for _, bad in rules)
    any_bad = " OR ".join(f"({bad})" for _, bad in rules)
    names = ", ".join(f"({n}, {text(name)})" for n, (name, _) in enumerate(rules, 1))
    # a join with the few names: to unnest a list per row costs twice as much
    return (
        f'SELECT "index", "column", named."check", "value" '
        f"FROM (SELECT {row}, {value}, [{broken}] AS broken FROM {source} WHERE {any_bad}), "
        f'(VALUES {names}) named(n, "check") WHERE broken[n]'
    )


def union(scans: Iterable[str]) -> str:
    """All scans as one statement."""
    return " UNION ALL ".join(scans)
