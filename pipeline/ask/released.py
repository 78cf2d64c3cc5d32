"""released_texts.csv: the free texts, or passages of them, that a person let go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.ask.choices import nearest
from pipeline.ask.csv_rows import read_csv_rows
from pipeline.ask.questionnaire import Questionnaire
from pipeline.errors import Finding, Problem

FILE = "released_texts.csv"
NEEDED = ("submission_id", "question", "sha256")


@dataclass(frozen=True)
class Released:
    """One text let go: of a question, in a repeat written `policy[2]/p_text`.

    `start` and `end` are characters from 0, end excluded; None is the whole answer. `sha256` is of
    exactly these characters in UTF-8: a text that changes later is no longer released. `codes` are
    what the person who released it says that it speaks of.
    """

    submission_id: str
    question: str
    row_id: str
    start: int | None
    end: int | None
    sha256: str
    codes: tuple[str, ...] = ()
    row: int = 0


def read_released(
    folder: Path, forms: Mapping[str, Questionnaire]
) -> tuple[tuple[Released, ...], tuple[Finding, ...]]:
    """The lines of released_texts.csv, and what is wrong with them. No file releases nothing.

    Args:
        folder: of the survey.
        forms: the questionnaire of each wave.
    """
    rows, unreadable = read_csv_rows(folder / FILE, NEEDED)
    if unreadable:
        return (), unreadable
    found = [
        finding for number, row in enumerate(rows, 2) for finding in _wrong(number, row, forms)
    ]
    if found:
        return (), tuple(found)
    return tuple(_line(number, row) for number, row in enumerate(rows, 2)), ()


def _line(number: int, row: Mapping[str, str]) -> Released:
    row_id, _, question = row["question"].rpartition("/")
    start, end = (int(text) if (text := row.get(name, "")) else None for name in ("start", "end"))
    codes = tuple(row.get("codes", "").split())
    return Released(
        row["submission_id"], question, row_id, start, end, row["sha256"].lower(), codes, number
    )


def _wrong(
    number: int, row: Mapping[str, str], forms: Mapping[str, Questionnaire]
) -> Iterator[Finding]:
    question = row["question"].rpartition("/")[2]
    known = [column for form in forms.values() for column in form.by_column]
    if question not in known:
        values: dict[str, object] = {"place": "question", "found": row["question"]}
        values["nearest"] = nearest(question, known)
        yield Finding(Problem.unknown_question, FILE, row=number, values=values)
    for name in ("start", "end"):
        if row.get(name) and not row[name].isdecimal():
            values = {"found": f"{name} {row[name]}", "expected": "a whole number, from 0"}
            yield Finding(Problem.wrong_kind, FILE, row=number, values=values)
