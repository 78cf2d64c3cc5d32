"""What stands in a cell as it was given: empty where it was not answered or may not stand."""

from __future__ import annotations

import re

import pandas as pd

from pipeline.ask import Question
from pipeline.estimate.answers import Rows

_TELLING = re.compile(r"@|[0-9][0-9 ().-]{5,}[0-9]")  # an address or a telephone number


def given(rows: Rows, question: Question | None) -> pd.Series:
    """The answers to a question, None elsewhere; all None where there is no such question."""
    nothing = pd.Series([None] * len(rows.cells), index=rows.cells.index, dtype="object")
    if question is None or question.column not in rows.cells:
        return nothing
    answered = pd.Series(rows.state(question) == "answered", index=rows.cells.index)
    cells = rows.cells[question.column].astype("object")
    return cells.where(answered & cells.notna(), None)


def may_name_a_person(text: str) -> bool:
    """Whether a text holds what looks like an e-mail address or a telephone number."""
    return _TELLING.search(text) is not None
