"""How a file writes fractions and days, told by the file as a whole and never by one cell.

Excel in Spanish, Portuguese and French writes the comma as decimal mark; a workbook whose cells
have lost their date format gives the bare number of a day. Both are read here, before the grammar
sees a cell, and noted: nothing was repaired, so nobody is asked to confirm it.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import GROUPS_AND_COMMA, NUMBERS, TRIM
from pipeline.errors import Problem

# Beside the answers; no question has such names.
FILE_ID = "//file_id"
DAYS_FROM = "//days_from"  # 1900 or 1904 in a workbook, 0 elsewhere

COMMA = r"[+-]?[0-9]{1,15},[0-9]{1,9}"
POINTS = r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+"
ENOUGH = 3  # fractions with a comma

SERIAL = r"[0-9]{5}(?:\.[0-9]{1,12})?"
FIRST_DAY = {1900: pd.Timestamp("1899-12-30"), 1904: pd.Timestamp("1904-01-01")}
# A year alone (2025) is no day of 1905: only days of this time are taken for one.
EARLIEST, LATEST = pd.Timestamp("1950-01-01"), pd.Timestamp("2099-12-31")
DAYS_FROM_1904 = "days_from_1904"  # collect's note on a workbook that counts so


def days_from(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """By file_id, the year from which a workbook counts its days; 0 where the file is none."""
    rows = con.execute(
        r"""SELECT file_id, CASE WHEN encoding <> '' OR NOT regexp_matches(lower(path), '\.xls.?$')
        THEN 0 WHEN list_contains(notes, ?) THEN 1904 ELSE 1900 END FROM collect.file""",
        [DAYS_FROM_1904],
    ).fetchall()
    return dict(rows)


def read_notation(questionnaire: Questionnaire, rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with fractions written with a point and days written as dates.

    Args:
        questionnaire: of the wave.
        rows: text as received, with FILE_ID and DAYS_FROM.
    """
    has_comma = _has_comma(questionnaire, rows)
    read = {}
    for question in _asked(questionnaire, rows):
        answers = rows[question.column]
        if question.type in NUMBERS - {"integer"} and has_comma.any():
            read[question.column] = answers.mask(has_comma, _with_point(answers))
        if question.type in {"date", "datetime"} and (rows[DAYS_FROM] > 0).any():
            read[question.column] = _with_dates(answers, rows[DAYS_FROM], question.type)
    return rows.assign(**read)


def readings(received: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    """The cells that were read by their file's notation: columns index, column, code."""
    found = []
    for column in received.columns:
        changed = received.index[received[column].notna() & (received[column] != read[column])]
        is_day = read.loc[changed, column].astype("str").str.contains("-", regex=False)
        codes = is_day.map({True: Problem.serial_date.name, False: Problem.decimal_comma.name})
        found.append(pd.DataFrame({"index": changed, "column": column, "code": codes}))
    return pd.concat(found)


def _asked(questionnaire: Questionnaire, rows: pd.DataFrame) -> list[Question]:
    return [q for q in questionnaire.questions if q.is_answer and q.column in rows]


def _has_comma(questionnaire: Questionnaire, rows: pd.DataFrame) -> pd.Series:
    """Whether each row's file writes the comma as decimal mark.

    It does where the questions for decimals hold several fractions with a comma and none with a
    point: a point then stands only between groups. A single "1,5" among points proves nothing.
    """
    commas, points = pd.Series(0, rows.index), pd.Series(0, rows.index)
    for question in _asked(questionnaire, rows):
        if question.type in NUMBERS - {"integer"}:
            answers = rows[question.column].astype("str").fillna("").str.strip(TRIM)
            is_grouped = answers.str.fullmatch(GROUPS_AND_COMMA.pattern)
            commas += answers.str.fullmatch(COMMA) | is_grouped
            is_pointed = answers.str.contains(".", regex=False)
            points += is_pointed & ~is_grouped & ~answers.str.fullmatch(POINTS)
    enough = commas.groupby(rows[FILE_ID]).transform("sum") >= ENOUGH
    return enough & (points.groupby(rows[FILE_ID]).transform("sum") == 0)


def _with_point(answers: pd.Series) -> pd.Series:
    """`1,234` is 1.234 and `53.591` is 53591."""
    trimmed = answers.astype("str").str.strip(TRIM)
    with_point = trimmed.str.replace(",", ".", regex=False)
    read = answers.mask(trimmed.str.fullmatch(COMMA).fillna(value=False), with_point)
    without = trimmed.str.replace(".", "", regex=False)
    return read.mask(trimmed.str.fullmatch(POINTS).fillna(value=False), without)


def _with_dates(answers: pd.Series, system: pd.Series, kind: str) -> pd.Series:
    """`46054` is 2026-02-01 in a workbook that counts from 1900; a datetime has a fraction."""
    trimmed = answers.astype("str").str.strip(TRIM)
    numbers = pd.to_numeric(trimmed.where(trimmed.str.fullmatch(SERIAL)), errors="coerce")
    days = pd.to_timedelta((numbers * 86_400).round(), unit="s")
    moments = system.map(FIRST_DAY) + days
    is_day = (moments >= EARLIEST) & (moments <= LATEST)
    if kind == "date":
        is_day &= moments == moments.dt.normalize()
    written = moments.dt.strftime("%Y-%m-%d" if kind == "date" else "%Y-%m-%dT%H:%M:%S")
    return answers.mask(is_day, written)
