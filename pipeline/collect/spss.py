"""SPSS system files: variables, their value labels, declared missing values, response sets."""

from __future__ import annotations

from pipeline.ask import Questionnaire
from pipeline.collect.export import Export
from pipeline.collect.submission import Collected
from pipeline.collect.table import read_table


def is_spss(export: Export) -> bool:
    """The bytes are those of a .sav or .zsav file."""
    return export.dialect == "spss"


def read_spss(export: Export, questionnaire: Questionnaire, unit: str) -> Collected:
    """Submissions of one file: a case is a submission, a variable a column.

    Args:
        export: the file, as text, with its dictionary.
        questionnaire: the version that was in the field.
        unit: the question that names the unit, or ''.

    Raises:
        RelevoError: no_question_in_header, column_twice, label_shared.
    """
    return read_table(export, questionnaire, unit, "spss")
