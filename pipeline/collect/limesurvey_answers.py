"""What the cells of LimeSurvey mean: codes or labels, ticks in four languages, what was not shown.

A multiple is one column a choice: `Y` or blank, or Yes, No and N/A in the language of the export.
N/A was not displayed; No, or blank beside a tick, was displayed and left. Where all are blank
nothing tells the two apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipeline.ask import Question, tidy
from pipeline.ask.codes import NO, YES
from pipeline.collect.headers import MULTIPLES
from pipeline.collect.limesurvey_places import (
    LONGEST_ANSWER,
    OTHER_TEXTS,
    other_choice,
    shortened,
    squeeze,
)
from pipeline.collect.recode import Recoder
from pipeline.errors import Problem

NOT_SHOWN = frozenset({"N/A", "N/D", "S/O", "{question_not_shown}"})
TICKS = dict.fromkeys(YES, "1") | dict.fromkeys(NO | {"2"}, "0")  # 1 and 2, as for SPSS
OTHER_MARK = "-oth-"
NUMBERS = frozenset({"integer", "decimal", "range"})
DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>\d*)\.(?P<decimals>\d+)")
MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00(?::00)?")
CLOCK = re.compile(r"\d{4}-\d\d-\d\d (\d\d:\d\d(?::\d\d)?)")
Cell = Callable[[int], str]


@dataclass
class Asked:
    """Where the answer to one question stands: positions from 0.

    `other` is the position of the text beside the choice `other_code`; `beside` the column of the
    form's own question for this text, or ''.
    """

    question: Question
    whole: int | None = None
    ticks: dict[str, int] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    other: int | None = None
    other_code: str = ""
    beside: str = ""

    @property
    def positions(self) -> tuple[int, ...]:
        """Of all columns of the question."""
        single = (at for at in (self.whole, self.other) if at is not None)
        return (*single, *self.ticks.values(), *self.ranks.values())


@dataclass(frozen=True)
class Answers:
    """Reads the answers of one file."""

    recoder: Recoder
    dropped: Counter[str] = field(default_factory=Counter)

    def notes(self) -> Iterator[str]:
        """How many answers were mapped, and how many texts have no place in the form."""
        yield from self.recoder.notes()
        for column, count in sorted(self.dropped.items()):
            yield f"{Problem.other_text_not_kept.name} {column} {count}"

    def read(self, asked: Asked, cell: Cell) -> dict[str, str]:
        """Values by Question.column, and by `column/choice` for a multiple."""
        column = asked.question.column
        if asked.ticks or asked.other is not None:
            return self._multiple(asked, cell)
        if asked.ranks:
            ranked = (cell(at).strip() for _, at in sorted(asked.ranks.items()))
            texts = (self._code(asked.question, text) for text in ranked if text not in NOT_SHOWN)
            return {column: " ".join(filter(None, texts))}
        assert asked.whole is not None
        return {column: self.one(asked.question, cell(asked.whole))}

    def one(self, question: Question, received: str) -> str:
        """A cell as the answer to a question."""
        codes = self.recoder.codes(question)
        if received.strip() in NOT_SHOWN and not codes.one(received):
            return ""
        if codes.names and question.type in MULTIPLES:
            return self.recoder.text(question, received)
        return self._code(question, received) if codes.names else _plain(question, received)

    def _code(self, question: Question, received: str) -> str:
        """The code of one choice, or the text as received where it has no certain reading."""
        found = self.recoder.codes(question).one(received) or self._short(question, received)
        return self.recoder.count(question, received, found or received)

    def _short(self, question: Question, received: str) -> str:
        """The code that was shortened to this text, or that of `other`."""
        codes = self.recoder.codes(question)
        choices = codes.choices
        if received == OTHER_MARK or tidy(received) in OTHER_TEXTS:
            return other_choice(choices)
        if TICKS.get(tidy(received)) == "0":  # 2, which a user may have put for no
            return codes.yes_and_no.get("no", "")
        names = shortened((choice.name for choice in choices), LONGEST_ANSWER)
        return names.get(squeeze(received), "")

    def _multiple(self, asked: Asked, cell: Cell) -> dict[str, str]:
        """The joined answer, a column for each choice, and the text beside `other`."""
        question = asked.question
        ticks = {code: self._tick(question, code, cell(at)) for code, at in asked.ticks.items()}
        text = "" if asked.other is None else cell(asked.other)
        other = self._tick(question, asked.other_code, text)
        if text and other == text:  # no tick but the text itself
            other = "1"
        else:
            text = ""
        if asked.other is not None and asked.other_code:
            ticks[asked.other_code] = other
        is_shown = any(ticks.values()) or other in {"1", "0"}
        ticks = {code: "0" if tick == "" and is_shown else tick for code, tick in ticks.items()}
        order = [choice.name for choice in self.recoder.codes(question).choices]
        chosen = dict.fromkeys(code for code in order if ticks.get(code) == "1")
        values = {question.column: " ".join(chosen)}
        values |= {f"{question.column}/{code}": tick or "" for code, tick in ticks.items()}
        if asked.beside:
            values[asked.beside] = guarded(text)
        elif text:
            self.dropped[question.column] += 1
        return values

    def _tick(self, question: Question, code: str, received: str) -> str | None:
        """1, 0, '' for a blank, None for what was not shown, or the text that is none of these."""
        text = received.strip()
        if text in NOT_SHOWN:
            return None
        is_own = code and self.recoder.codes(question).one(text) == code
        return TICKS.get(tidy(text)) or ("1" if is_own else text)


def _plain(question: Question, received: str) -> str:
    """A number without added zeros, a date or time without the other half, a text unguarded."""
    if question.type in NUMBERS:
        return _number(received)
    if question.type == "date":
        return MIDNIGHT.sub(r"\1", received)
    if question.type == "time":
        return CLOCK.sub(r"\1", received)
    return guarded(received)


def guarded(text: str) -> str:
    """A text without the mark that keeps a spreadsheet program from computing it."""
    return text[1:] if text.startswith("'=") else text


def _number(text: str) -> str:
    """A decimal without the zeros that the database adds: 5.0000000000 is 5, and .5 is 0.5."""
    found = DECIMAL.fullmatch(text.strip())
    if not found:
        return text
    decimals = found["decimals"].rstrip("0")
    return found["sign"] + (found["whole"] or "0") + (f".{decimals}" if decimals else "")
