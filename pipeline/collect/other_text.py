"""A tool that writes the text of "Other" into the answer itself: apart again, code and text.

What is no choice becomes the choice `other`, its text the answer to the question that asks for it.
Where the form has no such question, or a choice follows the text, it stays as received.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from unicodedata import normalize

from pipeline.ask import Codes, Question, Questionnaire, cut, plain, tidy
from pipeline.collect.headers import MULTIPLES
from pipeline.errors import Problem

OTHER = "other"
MARKS = (", ", ",", "; ", ";")  # between two options; the first that fits counts


@dataclass(frozen=True)
class OtherText:
    """Takes the answers of one file apart; `counts` says how many of which question."""

    questionnaire: Questionnaire
    counts: Counter[str] = field(default_factory=Counter)
    _options: dict[str, Options] = field(default_factory=dict)

    @cached_property
    def column_of(self) -> Mapping[str, str]:
        """Column of a select with the choice `other` to that of the question for its text."""
        texts = [q for q in self.questionnaire.answers() if q.type == "text"]
        found = {}
        for question in self.questionnaire.answers():
            if any(choice.name == OTHER for choice in self.questionnaire.choices_of(question)):
                named = [q.column for q in texts if q.name == f"{question.name}_{OTHER}"]
                asked = [q.column for q in texts if _asks_for_other(q.relevant, question.name)]
                places = named or asked
                if len(places) == 1:
                    found[question.column] = places[0]
        return MappingProxyType(found)

    def apart(self, question: Question, text: str) -> tuple[str, str]:
        """Codes and free text of an answer; the answer as it is and '' where none is free.

        Args:
            question: one of `column_of`.
            text: codes, or what could not be read as codes.
        """
        if question.list_name not in self._options:
            choices = self.questionnaire.choices_of(question)
            self._options[question.list_name] = Options(Codes(choices))
        options = self._options[question.list_name]
        found = options.apart(text, is_multiple=question.type in MULTIPLES)
        if found is None:
            return text, ""
        self.counts[question.column] += 1
        return found

    def notes(self) -> Iterator[str]:
        """One note for each question with answers taken apart, in form order."""
        for question in self.questionnaire.questions:
            if count := self.counts[question.column]:
                yield f"{Problem.other_text_moved.name} {question.column} {count}"


def _asks_for_other(relevant: str, name: str) -> bool:
    """Whether a rule asks a question only of who chose `other` in this one."""
    return re.search(rf"\$\{{\s*{re.escape(name)}\s*\}}.*['\"]{OTHER}['\"]", relevant) is not None


@dataclass(frozen=True)
class Options:
    """What a form offers in one list, tidied."""

    codes: Codes

    @cached_property
    def texts(self) -> frozenset[str]:
        """Codes and labels, also those that two choices share."""
        labels = (text for choice in self.codes.choices for text in choice.labels.values())
        spellings = {tidy(text) for label in labels for text in (label, plain(label))}
        return frozenset({*spellings, *map(tidy, self.codes.names)} - {""})

    def apart(self, text: str, *, is_multiple: bool) -> tuple[str, str] | None:
        """Codes with `other`, and the free text; None where the text says only choices."""
        key = tidy(text)
        is_codes = self.codes.names.issuperset(key.split())
        if is_codes or key in self.texts or (is_multiple and cut(key, self.texts, MARKS)):
            return None
        if not is_multiple:
            return OTHER, text.strip()
        chosen, rest = self._leading(key)
        if self._names_an_option(rest):
            return None  # free text stands last: this is something else
        codes = self.codes.many(chosen, MARKS)
        if codes is None:
            return None
        return " ".join(dict.fromkeys((*codes, OTHER))), _end_of(text, rest)

    def _leading(self, key: str) -> tuple[str, str]:
        """The longest beginning that is options, and what follows it."""
        ends, starts = {0: 0}, [0]  # where the rest starts to where the options end
        for start in starts:
            for option in self.texts:
                if key.startswith(option, start):
                    end = start + len(option)
                    mark = next((mark for mark in MARKS if key.startswith(mark, end)), "")
                    if mark and end + len(mark) not in ends:
                        ends[end + len(mark)] = end
                        starts.append(end + len(mark))
        last = max(ends)
        return key[: ends[last]], key[last:]

    def _names_an_option(self, rest: str) -> bool:
        starts = {0, *(found.end() for found in re.finditer("[,;] ?", rest))}
        return any(
            rest.startswith(option, start) and rest[start + len(option) :][:1] in {"", ",", ";"}
            for start in starts
            for option in self.texts
        )


def _end_of(text: str, rest: str) -> str:
    """The end of a text, as written, that is `rest` once tidied."""
    marks = [at for at, sign in enumerate(text) if normalize("NFKC", sign) in {",", ";"}]
    behind = marks[: len(marks) - sum(rest.count(sign) for sign in ",;")]
    return text[behind[-1] + 1 :].strip() if behind else text.strip()
