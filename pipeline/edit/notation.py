"""How a file writes fractions and days, told by the file as a whole and never by one cell.

Excel in Spanish, Portuguese and French writes the comma as decimal mark; a workbook whose cells
have lost their date format gives the bare number of a day. Both are read here, before the grammar
sees a cell, and noted: nothing was repaired, so nobody is asked to confirm it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb
import pandas as pd

from pipeline.ask.questionnaire import Question
from pipeline.edit.grammar import GROUPS_AND_COMMA, NUMBERS, TRIM

FILE_ID = "//file_id"  # beside the answers; no question has such a name

COMMA = r"[+-]?[0-9]{1,15},[0-9]{1,9}"
POINTS = r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+"
ENOUGH = 3  # fractions with a comma

SERIAL = r"[0-9]{5}(?:\.[0-9]{1,12})?"
FIRST_DAY = {1900: pd.Timestamp("1899-12-30"), 1904: pd.Timestamp("1904-01-01")}
# A year alone (2025) is no day of 1905: only days of this time are taken for one.
EARLIEST, LATEST = pd.Timestamp("1950-01-01"), pd.Timestamp("2099-12-31")
DAYS = frozenset({"date", "datetime"})
DAYS_FROM_1904 = "days_from_1904"  # collect's note on a workbook that counts so


def days_from(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """By file_id, the year from which a workbook counts its days; 0 where the file is none."""
    rows = con.execute(
        r"""SELECT file_id, CASE WHEN encoding <> '' OR NOT regexp_matches(lower(path), '\.xls.?$')
        THEN 0 WHEN list_contains(notes, ?) THEN 1904 ELSE 1900 END FROM collect.file""",
        [DAYS_FROM_1904],
    ).fetchall()
    return dict(rows)


@dataclass(frozen=True)
class Writing:
    """How a file writes: the comma as decimal mark; days counted from 1900 or 1904, 0 where not."""

    has_comma: bool
    days_from: int


def read_notation(question: Question, texts: pd.Series, writing: Writing) -> pd.Series:
    """Answers to a question, fractions written with a point and days written as dates."""
    if has_fractions(question) and writing.has_comma:
        return _with_point(texts)
    if question.type in DAYS and writing.days_from:
        return _with_dates(texts, writing.days_from, question.type)
    return texts


def depends_on_writing(question: Question) -> bool:
    """Whether `read_notation` may read an answer in more than one way."""
    return has_fractions(question) or question.type in DAYS


def has_fractions(question: Question | None) -> bool:
    """Whether fractions are asked for: there a file shows which mark it writes."""
    return question is not None and question.is_answer and question.type in NUMBERS - {"integer"}


def is_comma_mark(text: str) -> bool:
    """Whether a comma stands before a fraction."""
    text = text.strip(TRIM)
    return bool(re.fullmatch(COMMA, text) or GROUPS_AND_COMMA.fullmatch(text))


def is_point_mark(text: str) -> bool:
    """Whether a point stands where groups do not explain it."""
    text = text.strip(TRIM)
    is_grouped = GROUPS_AND_COMMA.fullmatch(text) or re.fullmatch(POINTS, text)
    return "." in text and not is_grouped


def _with_point(answers: pd.Series) -> pd.Series:
    """`1,234` is 1.234 and `53.591` is 53591."""
    trimmed = answers.astype("str").str.strip(TRIM)
    with_point = trimmed.str.replace(",", ".", regex=False)
    read = answers.mask(trimmed.str.fullmatch(COMMA).fillna(value=False), with_point)
    without = trimmed.str.replace(".", "", regex=False)
    return read.mask(trimmed.str.fullmatch(POINTS).fillna(value=False), without)


def _with_dates(answers: pd.Series, system: int, kind: str) -> pd.Series:
    """`46054` is 2026-02-01 in a workbook that counts from 1900; a datetime has a fraction."""
    trimmed = answers.astype("str").str.strip(TRIM)
    numbers = pd.to_numeric(trimmed.where(trimmed.str.fullmatch(SERIAL)), errors="coerce")
    days = pd.to_timedelta((numbers * 86_400).round(), unit="s")
    moments = FIRST_DAY[system] + days
    is_day = (moments >= EARLIEST) & (moments <= LATEST)
    if kind == "date":
        is_day &= moments == moments.dt.normalize()
    written = moments.dt.strftime("%Y-%m-%d" if kind == "date" else "%Y-%m-%dT%H:%M:%S")
    return answers.mask(is_day, written)
