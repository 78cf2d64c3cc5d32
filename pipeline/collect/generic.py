"""Any other table, CSV, workbook, Parquet or Stata, read by the names or by columns.csv."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.ask import ColumnLine, Questionnaire, tidy
from pipeline.collect.export import Export
from pipeline.collect.submission import Collected
from pipeline.collect.table import read_table


def is_generic(export: Export) -> bool:
    """The bytes are those of a Parquet or Stata file, which no survey tool writes."""
    return export.dialect in {"parquet", "stata"}


def declared(headers: Sequence[str], lines: Sequence[ColumnLine]) -> int:
    """How many headers columns.csv names: a person said what they mean."""
    named = {tidy(line.source) for line in lines}
    return sum(tidy(header) in named for header in headers)


def read_generic(
    export: Export, questionnaire: Questionnaire, unit: str, lines: Sequence[ColumnLine] = ()
) -> Collected:
    """Submissions of one table: a row is a submission.

    Args:
        export: the file, as text.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.
        lines: of columns.csv, those that count for this file.

    Raises:
        RelevoError: no_question_in_header, column_twice, label_shared.
    """
    return read_table(export, questionnaire, unit, "generic", lines)
