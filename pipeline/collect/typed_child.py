"""Reads one SPSS, Stata or Parquet file in a process of its own, so that an abort ends only itself.

Run as a script by path: imports nothing of ours, gives itself little memory and time, and writes
JSON lines: what the file says of itself, then its rows as text.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import resource
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

MEMORY = 1 << 30  # bytes of address space
SECONDS = 60  # of CPU
CELLS = 20_000_000
SLICE = 1_000_000  # cells that are in memory at once
UNREADABLE, TOO_LARGE = 3, 4  # exit codes

BEGIN_SPSS = dt.datetime(1582, 10, 14)  # noqa: DTZ001 (clocks of SPSS and Stata know no zone)
BEGIN_STATA = dt.datetime(1960, 1, 1)  # noqa: DTZ001
DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "MOYR", "QYR", "WKYR")
Table = tuple[dict[str, object], Iterator[object]]


def limit() -> None:
    """Little memory and time, and no core file, which would hold answers."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of address space
            resource.setrlimit(what, (most, most))


def text_of(cell: Any) -> str:
    """A cell as text: `1.0` is `1`, dates are ISO, a truth value is TRUE or FALSE."""
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e18:
            return str(int(cell))
        return "" if math.isnan(cell) else repr(cell)
    for kind, convert in OTHERS:
        if isinstance(cell, kind):
            return convert(cell)
    return "" if cell is None else str(cell)


def clock(seconds: float) -> str:
    """Seconds since midnight as hours, minutes and seconds; a duration may pass 24 hours."""
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{left:02}"


OTHERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (str, str),
    (bool, lambda cell: "TRUE" if cell else "FALSE"),
    ((dt.date, dt.time), lambda cell: cell.isoformat()),
    (dt.timedelta, lambda cell: clock(cell.total_seconds())),
    (Decimal, lambda cell: format(cell, "f")),
    (bytes, lambda cell: cell.decode("utf-8", "surrogateescape")),
    (list, lambda cell: " ".join(map(text_of, cell))),
)


def moment(begin: dt.datetime, seconds: float, *, with_time: bool) -> str:
    """A count of seconds as a date, or a date and time; the number where there is no such day."""
    try:
        found = begin + dt.timedelta(seconds=round(seconds, 3))
    except OverflowError:
        return text_of(seconds)
    return found.isoformat(timespec="seconds") if with_time else found.date().isoformat()


def of_spss(form: str) -> Callable[[Any], str]:
    """How cells of a variable with this SPSS format become text."""
    kind = form.rstrip("0123456789.").upper()
    if kind in DATES:
        return lambda cell: moment(BEGIN_SPSS, cell, with_time=False)
    if kind in {"DATETIME", "YMDHMS"}:
        return lambda cell: moment(BEGIN_SPSS, cell, with_time=True)
    return clock if kind in {"TIME", "DTIME", "MTIME"} else text_of


def of_stata(form: str) -> Callable[[Any], str]:
    """How cells of a variable with this Stata format become text."""
    if form.startswith(("%td", "%d")):
        return lambda cell: moment(BEGIN_STATA, cell * 86_400, with_time=False)
    if form.startswith(("%tc", "%tC")):
        return lambda cell: moment(BEGIN_STATA, cell / 1000, with_time=True)
    return text_of


def read_statistics(path: str, kind: str) -> Table:
    """An SPSS or Stata file, slice by slice; the last line holds the values declared missing."""
    import pyreadstat  # noqa: PLC0415 (Parquet does not need it)

    read = pyreadstat.read_sav if kind == "spss" else pyreadstat.read_dta
    settings: Any = {
        "user_missing": True,
        "disable_datetime_conversion": True,
        "output_format": "dict",
    }
    _, meta = read(path, metadataonly=True, **settings)
    size = max(1, SLICE // max(1, meta.number_columns))
    missing: dict[str, set[str]] = {name: set() for name in meta.column_names}

    def rows() -> Iterator[object]:
        slices = pyreadstat.read_file_in_chunks(read, path, chunksize=size, **settings)
        for number, (columns, about) in enumerate(slices):
            if number * SLICE > CELLS:
                raise MemoryError
            texts = [
                column(about, name, kind, cells, missing[name]) for name, cells in columns.items()
            ]
            yield from zip(*texts, strict=True)
        yield {name: sorted(values) for name, values in missing.items()}

    return dictionary(meta), rows()


def column(meta: Any, name: str, kind: str, cells: Sequence[Any], missing: set[str]) -> list[str]:
    """The cells of a variable as text; texts that are declared missing are added to `missing`."""
    form = meta.original_variable_types.get(name) or ""
    convert = of_spss(form) if kind == "spss" else of_stata(form)
    if meta.readstat_variable_types.get(name) == "float":
        convert = shortest
    is_missing = declared(meta, name)
    texts = []
    for cell in cells:
        text = "" if cell is None else convert(cell) if isinstance(cell, float) else text_of(cell)
        texts.append(text)
        if is_missing and text and is_missing(cell):
            missing.add(text)
    return texts


def shortest(cell: float) -> str:
    """1.1 of four bytes is not 1.10000002384: the shortest number that is the same four bytes."""
    for digits in range(6, 9):
        text = f"{cell:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", cell):
            return text_of(float(text))
    return text_of(float(f"{cell:.9g}"))


def declared(meta: Any, name: str) -> Callable[[Any], bool] | None:
    """Whether a value of this variable is declared missing, by a range or as a letter of Stata."""
    ranges = meta.missing_ranges.get(name, ())
    letters = set(meta.missing_user_values.get(name, ()))

    def is_missing(cell: Any) -> bool:
        inside = (
            isinstance(cell, str) == isinstance(one["lo"], str) and one["lo"] <= cell <= one["hi"]
            for one in ranges
        )
        return cell in letters or any(inside)

    return is_missing if ranges or letters else None


def dictionary(meta: Any) -> dict[str, object]:
    """What the file says of its variables, codes as text."""
    labels = meta.variable_value_labels
    return {
        "encoding": meta.file_encoding or "",
        "headers": meta.column_names,
        "variables": {
            name: {
                "label": label or "",
                "labels": {text_of(code): text for code, text in labels.get(name, {}).items()},
            }
            for name, label in zip(meta.column_names, meta.column_labels, strict=True)
        },
        "sets": [
            {
                "name": name,
                "label": one["label"] or "",
                "counted": text_of(one["counted_value"]) if one["is_dichotomy"] else "",
                "variables": one["variable_list"],
            }
            for name, one in meta.mr_sets.items()
        ],
    }


def read_parquet(path: str) -> Table:
    """A Parquet file, batch by batch."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    file = pq.ParquetFile(path)
    if file.metadata.num_rows * file.metadata.num_columns > CELLS:
        raise MemoryError
    size = max(1, SLICE // max(1, file.metadata.num_columns))

    def texts(cells: Any) -> list[str]:
        if pa.types.is_float32(cells.type) or pa.types.is_float16(cells.type):
            return ["" if cell is None else shortest(cell) for cell in cells.to_pylist()]
        if pa.types.is_timestamp(cells.type):
            cells = cells.cast(pa.timestamp("us", cells.type.tz), safe=False)
        return [text_of(cell) for cell in cells.to_pylist()]

    def rows() -> Iterator[object]:
        for batch in file.iter_batches(size, use_threads=False):
            yield from zip(*map(texts, batch.columns), strict=True)

    return {"encoding": "utf-8", "headers": file.schema_arrow.names}, rows()


def main(path: str, kind: str) -> int:
    """Write the file to standard output; the exit code says why not."""
    limit()
    try:
        about, rows = read_parquet(path) if kind == "parquet" else read_statistics(path, kind)
        for line in chain([about], rows):
            sys.stdout.write(json.dumps(line) + "\n")
    except MemoryError:
        return TOO_LARGE
    except Exception:  # noqa: BLE001 (a library's message may quote an answer: it goes nowhere)
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
