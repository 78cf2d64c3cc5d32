"""A file whose cells have types, SPSS, Stata or Parquet: a child process reads it as text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.collect import typed_child
from pipeline.collect.export import Dictionary, Record, ResponseSet, Sheet, Variable
from pipeline.errors import Finding, Problem, RelevoError

CHILD = Path(typed_child.__file__)
WAIT = 3 * typed_child.SECONDS  # seconds
MAGIC = MappingProxyType(
    {b"$FL2": "spss", b"$FL3": "spss", b"<stata_dta>": "stata", b"PAR1": "parquet"}
)
ENDINGS = frozenset({".sav", ".zsav", ".dta", ".parquet"})
OLD_STATA = frozenset({104, 105, 108, 110, 111, 113, 114, 115})  # versions, the first byte


def kind_of(path: Path) -> str:
    """`spss`, `stata` or `parquet` by the first bytes of a file; '' for any other.

    Raises:
        RelevoError: data_file_unreadable, empty_file, where the name says one of these and the
            bytes do not.
    """
    with path.open("rb") as file:
        start = file.read(max(map(len, MAGIC)))
    if start[:1] and start[0] in OLD_STATA and start[1:3] in {b"\1\1", b"\2\1"}:
        return "stata"
    kind = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "")
    if not kind and path.suffix.lower() in ENDINGS:
        problem = Problem.data_file_unreadable if start else Problem.empty_file
        raise RelevoError(Finding(problem))
    return kind


def read_typed(path: Path, kind: str) -> tuple[str, Sheet]:
    """Encoding and the one sheet of a file, with the file's own dictionary.

    Args:
        path: of the file.
        kind: as `kind_of` says.

    Raises:
        RelevoError: data_file_unreadable, data_file_limits. The finding names no file.
    """
    try:
        child = subprocess.run(  # noqa: S603 (our own script, no shell)
            [sys.executable, "-P", str(CHILD), str(path.resolve()), kind],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RelevoError(Finding(Problem.data_file_limits)) from None
    if child.returncode:
        is_limit = child.returncode < 0 or child.returncode == typed_child.TOO_LARGE
        problem = Problem.data_file_limits if is_limit else Problem.data_file_unreadable
        raise RelevoError(Finding(problem))
    about, *lines = map(json.loads, child.stdout.splitlines())
    missing = lines.pop() if "variables" in about else {}
    return about["encoding"], _sheet(about, lines, missing)


def _sheet(
    about: Mapping[str, Any], rows: Sequence[Sequence[str]], missing: Mapping[str, Sequence[str]]
) -> Sheet:
    variables = {
        name: Variable(one["label"], MappingProxyType(one["labels"]), frozenset(missing[name]))
        for name, one in about.get("variables", {}).items()
    }
    sets = tuple(
        ResponseSet(one["name"], one["label"], one["counted"], tuple(one["variables"]))
        for one in about.get("sets", ())
    )
    records = tuple(
        Record(number, number, tuple(row), is_decodable=_is_decodable(row))
        for number, row in enumerate(rows, 1)
    )
    dictionary = Dictionary(MappingProxyType(variables), sets)
    return Sheet("", tuple(about["headers"]), records, dictionary=dictionary)


def _is_decodable(row: Sequence[str]) -> bool:
    """Whether no cell holds bytes that are no text."""
    text = "".join(row)
    return text.isascii() or not any("\udc80" <= mark <= "\udcff" for mark in text)
