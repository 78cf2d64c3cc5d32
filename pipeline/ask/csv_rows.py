"""A table that people keep by hand beside the questionnaire: a CSV file in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import Finding, Problem


def read_csv_rows(
    path: Path, needed: Sequence[str]
) -> tuple[list[dict[str, str]], tuple[Finding, ...]]:
    """The rows, trimmed, '' where blank; none where there is no file or where a header is missing.

    Row 1 is the header, as in a spreadsheet: the first of the list is row 2.

    Args:
        path: of the file.
        needed: headers that it must have.
    """
    if not path.is_file():
        return [], ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            rows = [{k: (v or "").strip() for k, v in row.items() if k} for row in reader]
    except (UnicodeDecodeError, csv.Error):
        values: dict[str, object] = {"found": "no CSV in UTF-8"}
        return [], (Finding(Problem.unreadable_declaration, path.name, values=values),)
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    findings = tuple(
        Finding(Problem.column_missing, path.name, row=1, values={"expected": name})
        for name in missing
    )
    return ([] if missing else rows), findings
