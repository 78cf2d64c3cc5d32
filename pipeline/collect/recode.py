"""Answers to selects as codes: what an export wrote instead is mapped by the form, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial

from pipeline.ask import Codes, Question, Questionnaire, Units, country_code
from pipeline.collect.block import Column
from pipeline.collect.headers import MULTIPLES
from pipeline.errors import Problem

COUNTRY = "country"  # of the form: says where a government lies
OTHERS = (" ", ", ", "; ")  # between answers, where people or programs joined them anew


@dataclass(frozen=True)
class Recoder:
    """Maps the answers of one file; `counts` says how many of which question were not codes.

    `separators` stand between the answers to a multiple, as the tool joins them.
    `unit` is the question that names the unit, or ''.
    """

    questionnaire: Questionnaire
    separators: tuple[str, ...] = (" ",)
    unit: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    _codes: dict[str, Codes] = field(default_factory=dict)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def codes(self, question: Question) -> Codes:
        """The codes of a question's list; none where the list lives in a file."""
        if question.list_name not in self._codes:
            self._codes[question.list_name] = Codes(self.questionnaire.choices_of(question))
        return self._codes[question.list_name]

    def text(self, question: Question, text: str) -> str:
        """An answer as codes, or as received where it has no certain reading; counted."""
        found = self.read(question, text)
        return found if found == text else self.count(question, text, found)

    def column(self, question: Question, column: Column) -> Column:
        """A column of answers as codes, counted."""
        found = column.map(partial(self.read, question))
        for received, text, times in zip(column.texts, found.texts, column.counts, strict=True):
            self.counts[question.column] += times * (text.strip() != received.strip())
        return found

    def read(self, question: Question, text: str) -> str:
        """An answer as codes, or as received where it has no certain reading."""
        if not text or not question.list_name or text.isspace():
            return text
        key = (question.column, text)
        if key not in self._known:
            self._known[key] = self._read(question, text) or text
        return self._known[key]

    def _read(self, question: Question, text: str) -> str:
        codes = self.codes(question)
        if question.type == "select_one":
            return codes.one(text)
        if question.type not in MULTIPLES:
            return ""
        if codes.names.issuperset(words := text.split()):
            return " ".join(dict.fromkeys(words))
        marks = dict.fromkeys((*self.separators, *OTHERS))
        found = codes.many(text, self.separators) or codes.many(text, tuple(marks))
        return " ".join(found or ())

    def with_unit(self, values: dict[str, str], country: str = "") -> dict[str, str]:
        """The answers with the frame's ids in place of names of units and countries.

        A name that fits no unit, or more than one, stays. `country` is what is said beside the name
        where the form does not ask for it.
        """
        if not self.questionnaire.units:
            return values
        found = dict(values)
        for column, named in (
            (COUNTRY, country_code),
            (self.unit, lambda text: self._units.one(text, found.get(COUNTRY) or country)),
        ):
            question = self.questionnaire.by_column.get(column)
            if question and not question.list_name and (text := values.get(column, "")):
                found[column] = self.count(question, text, named(text) or text)
        return found

    def names_units(self, columns: Iterable[str]) -> bool:
        """Whether with_unit may change an answer to one of these questions."""
        return bool(self.questionnaire.units) and not {COUNTRY, self.unit}.isdisjoint(columns)

    @cached_property
    def _units(self) -> Units:
        return Units(self.questionnaire.units)

    def count(self, question: Question, received: str, text: str) -> str:
        """The text that is stored, counted where it is not the one received."""
        self.counts[question.column] += text.strip() != received.strip()
        return text

    def notes(self) -> Iterator[str]:
        """One note for each question with answers that were mapped, in form order."""
        for question in self.questionnaire.questions:
            if count := self.counts[question.column]:
                yield f"{Problem.value_mapped.name} {question.column} {count}"
