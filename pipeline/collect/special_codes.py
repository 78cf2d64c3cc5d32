"""98 and 99 among amounts of thousands: special codes that nobody declared.

A number that people use for "does not know" or "does not answer" is suspected where it stands far
from every other answer to its question. The answer stays; whoever reads it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.ask import Question, Questionnaire
from pipeline.collect.submission import Collected, Submission
from pipeline.errors import Problem

NUMBERS = frozenset({"integer", "decimal", "range"})
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")
# 88, 99, 996 to 999, -1 to -9, -99: a number as such codes look
SPECIAL = re.compile(r"-?(?:9+[6-9]|88+|77+)|-[1-9]")
FEWEST = 10  # other answers that show what is usual
FAR = 3  # times the nearest other answer


def suspect_special_codes(collected: Collected, questionnaire: Questionnaire) -> Collected:
    """A note for each question with such numbers, a warning for each submission with one."""
    submissions = list(collected.submissions)
    notes = []
    for question in questionnaire.answers():
        if question.type in NUMBERS and (codes := _suspected(submissions, question)):
            notes.append(
                f"{Problem.special_codes_suspected.name} {question.column} {' '.join(codes)}"
            )
            warned = (question.column, Problem.special_codes_suspected)
            submissions = [
                one._replace(warnings=(*one.warnings, warned))
                if one.answers.get(question.column, "").strip() in codes
                else one
                for one in submissions
            ]
    if not notes:
        return collected
    return replace(collected, notes=(*collected.notes, *notes)).with_submissions(submissions)


def _suspected(submissions: Sequence[Submission], question: Question) -> list[str]:
    """The special codes among the answers, smallest first."""
    texts = {one.answers.get(question.column, "").strip() for one in submissions}
    special = {text for text in texts if SPECIAL.fullmatch(text)}
    others = [number for one in submissions for number in _others(one, question, special)]
    if len(others) < FEWEST:
        return []
    low, high = min(others), max(others)
    return sorted((code for code in special if _is_far(float(code), low, high)), key=float)


def _others(submission: Submission, question: Question, special: set[str]) -> Iterator[float]:
    text = submission.answers.get(question.column, "").strip()
    if text not in special and NUMBER.fullmatch(text):
        yield float(text)


def _is_far(code: float, low: float, high: float) -> bool:
    """Below zero alone; or far below the smallest other answer, or far above the largest."""
    if code < 0:
        return low >= 0
    return FAR * code <= low or code >= FAR * high
