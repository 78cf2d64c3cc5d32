"""Rows of an older form: what it did not ask is absent, not blank, and may have another name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property

from pipeline.ask import Question, Questionnaire, tidy
from pipeline.collect.evidence import Evidence
from pipeline.collect.headers import Target
from pipeline.collect.identity import form_version
from pipeline.collect.submission import SUBMISSION, Collected, Submission
from pipeline.errors import Problem

ALIKE = 0.75  # of two names, as difflib measures it
DIGITS = re.compile(r"\d+")


def mark_absent(
    collected: Collected, questionnaire: Questionnaire, others: Sequence[Questionnaire]
) -> Collected:
    """Take the blanks out that a known older version, named by the record, did not ask.

    Args:
        collected: a file, read.
        questionnaire: of its wave.
        others: the questionnaires of all waves.
    """
    columns = {question.column for question in questionnaire.answers()}
    absent = {
        form.version: columns - form.by_column.keys()
        for form in others
        if form.version and form.version != questionnaire.version
    }
    if not any(absent.values()):
        return collected
    return collected.with_submissions(
        [
            _without(submission, absent.get(form_version(submission.metadata), set()))
            for submission in collected.submissions
        ]
    )


def _without(submission: Submission, columns: set[str]) -> Submission:
    """The submission without answers to these questions, where they are blank."""
    gone = {column for column in columns if not submission.answers.get(column, "x").strip()}
    if not gone:
        return submission
    kept = {
        name: text
        for name, text in submission.answers.items()
        if name not in gone and name.rpartition("/")[0] not in gone
    }
    return submission._replace(answers=kept)


def suggest_renames(
    collected: Collected, questionnaire: Questionnaire, others: Sequence[Questionnaire]
) -> Collected:
    """Notes `rename_suggested <header> <question> <evidence>`, and a warning for each record.

    A header that is no question is held against the questions that have no answer wherever it has
    one. In these records the question is absent until a person confirms or denies the rename.

    Args:
        collected: a file, read.
        questionnaire: of its wave.
        others: the questionnaires of all waves: the older name of a question may have its label.
    """
    found = _Suggestions(collected, questionnaire, others).best()
    if not found:
        return collected
    submissions = list(collected.submissions)
    for one in found:
        for number, submission in enumerate(submissions):
            if submission.record.at(one.position).strip() and one.is_in(submission):
                without = _without(submission, {one.question.column})
                warned = (*submission.warnings, (one.question.column, Problem.rename_suggested))
                submissions[number] = without._replace(warnings=warned)
    notes = tuple(
        f"{Problem.rename_suggested.name} {one.header} {one.question.column} {one.evidence}"
        for one in found
    )
    return replace(collected, notes=collected.notes + notes).with_submissions(submissions)


@dataclass(frozen=True)
class _Suggestion:
    sheet: str
    position: int
    header: str
    question: Question
    evidence: str
    weight: float

    def is_in(self, submission: Submission) -> bool:
        return submission.outcome == SUBMISSION and submission.sheet == self.sheet


@dataclass(frozen=True)
class _Suggestions:
    collected: Collected
    questionnaire: Questionnaire
    others: Sequence[Questionnaire]

    def best(self) -> list[_Suggestion]:
        """At most one question for a header and one header for a question, the likeliest."""
        found = sorted(self._all(), key=lambda one: -one.weight)
        best: list[_Suggestion] = []
        for one in found:
            if all(one.position != other.position for other in best) and all(
                one.question != other.question for other in best
            ):
                best.append(one)
        return sorted(best, key=lambda one: one.position)

    def _all(self) -> Iterator[_Suggestion]:
        unknown = {*self.collected.unknown_headers}
        for sheet in self.collected.export.sheets if unknown else ():
            rows = [
                one
                for one in self.collected.submissions
                if one.sheet == sheet.name and one.outcome == SUBMISSION
            ]
            evidence = Evidence(self.questionnaire, tuple(one.record for one in rows), {})
            for position, header in enumerate(sheet.headers):
                if header not in unknown:
                    continue
                filled = [one for one in rows if one.record.at(position).strip()]
                if not filled:
                    continue
                for question in self._without_answer(filled):
                    words = self._words(header, question, position, evidence)
                    if words:
                        weight = 3 * ("label" in words) + _likeness(header, question)
                        text = " ".join(words)
                        yield _Suggestion(sheet.name, position, header, question, text, weight)

    def _without_answer(self, rows: Sequence[Submission]) -> list[Question]:
        """The questions that none of these submissions answers."""
        return [
            question
            for question in self.questionnaire.answers()
            if not any(one.answers.get(question.column, "").strip() for one in rows)
        ]

    def _words(
        self, header: str, question: Question, position: int, evidence: Evidence
    ) -> list[str]:
        """What speaks for a rename; nothing where the values speak against it."""
        if not evidence.holds(position, Target(question.column)):
            return []
        label = ["label"] if tidy(header) in self._older_names(question) else []
        name = ["name"] if _likeness(header, question) else []
        values = ["values"] if question.list_name else []
        return [*label, *name, *values] if label or name else []

    def _older_names(self, question: Question) -> set[str]:
        """Names under which another version asked what has the same label."""
        labels = {tidy(label) for label in question.labels.values()}
        return {name for label in labels for name in self._names.get(label, ())}

    @cached_property
    def _names(self) -> Mapping[str, set[str]]:
        """Tidied label to the tidied names of the questions that have it, in any version."""
        found: dict[str, set[str]] = {}
        for form in self.others:
            for question in form.answers():
                for label in question.labels.values():
                    found.setdefault(tidy(label), set()).add(tidy(question.name))
        return found


def _likeness(header: str, question: Question) -> float:
    """How alike a header and the name or label of a question are; 0 where not enough."""
    return max(_ratio(header, text) for text in (question.name, *question.labels.values()))


def _ratio(header: str, text: str) -> float:
    """From 0 to 1; `policy_1` and `policy_2` are not alike."""
    one, other = tidy(header), tidy(text)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if DIGITS.findall(one) != DIGITS.findall(other) or matcher.quick_ratio() < ALIKE:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= ALIKE else 0.0
