"""Tables as files for other programs, with their labels where the format has a place for them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pyreadstat

from pipeline.store.database import connect, literal
from pipeline.store.workbook import Cell, Sheet, sheet_name, workbook

LONGEST_COLUMN = 32  # characters of a variable's name in Stata
LONGEST_LABEL = 80  # of a variable's label in Stata
# What Stata keeps for itself and a survey may call a column.
RESERVED = frozenset(
    {"array", "boolean", "break", "byte", "case", "class", "const", "continue", "default", "do",
     "double", "end", "export", "external", "float", "for", "global", "if", "in", "int", "local",
     "long", "new", "null", "public", "return", "short", "strl", "this", "using", "while", "with"}
)  # fmt: skip
SAV_MADE = 92  # where the header of a .sav file holds its day and time
NEVER = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - any fixed moment: nothing reads the clock


@dataclass(frozen=True)
class DataTable:
    """A table with its words.

    `labels`: what each column means; `values`: the label of each code of a column, in order.
    """

    name: str
    frame: pd.DataFrame = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def write_data(stem: str, suffix: str, made: str, tables: Sequence[DataTable]) -> list[Path]:
    """Write the tables in one format; the same tables give the same bytes.

    Args:
        stem: folder and beginning of the names: `<stem>-<table>.<suffix>`.
        suffix: language and extension, such as `es.csv`.
        made: a key of FORMATS.
        tables: to be written.
    """
    extension, write = FORMATS[made]
    if made == "xlsx":
        path = Path(f"{stem}-data.{suffix}.{extension}")
        path.write_bytes(_workbook([*tables, _codebook(tables)]))
        return [path]
    # Formats without a place for labels get them as a table of their own.
    listed = tables if made in {"stata", "spss"} else [*tables, _codebook(tables)]
    paths = []
    for table in listed:
        path = Path(f"{stem}-{table.name}.{suffix}.{extension}")
        write(path, table)
        paths.append(path)
    return paths


def _codebook(tables: Sequence[DataTable]) -> DataTable:
    """What each column and each code means, one row each."""
    rows = [
        (table.name, column, label, code, text)
        for table in tables
        for column, label in table.labels.items()
        for code, text in (table.values.get(column) or {"": ""}).items()
    ]
    columns = ["table", "column", "label", "code", "code_label"]
    return DataTable("codebook", pd.DataFrame(rows, columns=columns, dtype=object))


def _copy(how: str) -> Callable[[Path, DataTable], None]:
    def write(path: Path, table: DataTable) -> None:
        con = connect(":memory:")
        try:
            con.execute("SET preserve_insertion_order = true")
            con.register("made", table.frame)
            con.execute(f"COPY (SELECT * FROM made) TO {literal(str(path))} ({how})")
        finally:
            con.close()

    return write


def _workbook(tables: Sequence[DataTable]) -> bytes:
    sheets: list[Sheet] = []
    for table in tables:
        header = [Cell(str(column), "head") for column in table.frame]
        values = table.frame.astype(object).where(table.frame.notna(), None)
        known: dict[object, Cell] = {}  # most of a table's cells repeat
        rows = [[_cell(value, known) for value in row] for row in values.to_numpy().tolist()]
        name = sheet_name(table.name, [sheet.name for sheet in sheets])
        widths = [14.0 for _ in header]
        sheets.append(Sheet(name, [header, *rows], widths, frozen=(1, 0)))
    return workbook("relevo", sheets)


def _cell(value: object, known: dict[object, Cell]) -> Cell:
    key = (type(value), value)
    if key not in known:
        plain = value if value is None or isinstance(value, str | int | float) else str(value)
        known[key] = Cell(int(plain) if isinstance(plain, bool) else plain)
    return known[key]


# --- statistics programs: numbers with labels -------------------------------------------------


def _coded(
    table: DataTable,
) -> tuple[pd.DataFrame, dict[str, str | None], dict[str, dict[float, str]]]:
    """Frame, labels and value labels as these programs have them: codes are numbers 1, 2, 3."""
    names = _names([str(column) for column in table.frame])
    columns: dict[str, pd.Series] = {}
    values: dict[str, dict[float, str]] = {}
    for column, name in names.items():
        cells = table.frame[column]
        if known := table.values.get(column):
            places = {code: number for number, code in enumerate(known, 1)}
            columns[name] = cells.map(places).astype("float64")
            values[name] = dict(enumerate(known.values(), 1))
        elif pd.api.types.is_bool_dtype(cells.dtype) or pd.api.types.is_numeric_dtype(cells.dtype):
            columns[name] = cells.astype("float64")
        else:
            columns[name] = cells.astype(object).where(cells.notna(), "").astype(str)
    labels: dict[str, str | None] = {
        name: table.labels.get(column, column) for column, name in names.items()
    }
    return pd.DataFrame(columns), labels, values


def _names(columns: Sequence[str]) -> dict[str, str]:
    """A name for each column that Stata and SPSS take, no two alike."""
    names: dict[str, str] = {}
    for column in columns:
        plain = re.sub(r"\W+", "_", column, flags=re.ASCII).strip("_")
        is_name = plain[:1].isalpha() and plain.casefold() not in RESERVED
        plain = plain if is_name else f"v_{plain}"
        name, number = plain[:LONGEST_COLUMN], 2
        while name.casefold() in {one.casefold() for one in names.values()}:
            tail = f"_{number}"
            name, number = plain[: LONGEST_COLUMN - len(tail)] + tail, number + 1
        names[column] = name
    return names


def _stata(path: Path, table: DataTable) -> None:
    frame, labels, values = _coded(table)
    frame.to_stata(
        path,
        write_index=False,
        version=118,
        time_stamp=NEVER,
        variable_labels={name: (label or "")[:LONGEST_LABEL] for name, label in labels.items()},
        value_labels=dict(values),
    )


def _spss(path: Path, table: DataTable) -> None:
    frame, labels, values = _coded(table)
    pyreadstat.write_sav(frame, str(path), column_labels=labels, variable_value_labels={**values})
    content = bytearray(path.read_bytes())
    moment = b"01 Jan 0000:00:00"
    content[SAV_MADE : SAV_MADE + len(moment)] = moment
    path.write_bytes(content)


Writer = Callable[[Path, DataTable], None]
FORMATS: Mapping[str, tuple[str, Writer]] = MappingProxyType(
    {
        "csv": ("csv", _copy("FORMAT csv, HEADER")),
        "parquet": ("parquet", _copy("FORMAT parquet")),
        "json": ("json", _copy("FORMAT json, ARRAY")),
        "stata": ("dta", _stata),
        "spss": ("sav", _spss),
        "xlsx": ("xlsx", _stata),  # one workbook holds all tables: see write_data
    }
)
