"""The return sheet of one government: which of its answers it is asked to confirm or correct.

A page to read and a workbook to fill in, from the same rows of edit.open_matter.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import ClassVar

import duckdb

from pipeline import texts
from pipeline.errors import Effect, Problem
from pipeline.report.brief import Brief, sentence_case
from pipeline.report.page import Block, Cell, Heading, Link, Row, Section, Sentences, Table
from pipeline.report.plan import file_language, own_language
from pipeline.report.reading import matters as every_matter
from pipeline.report.release import Asked, Release
from pipeline.store import Entry, Matter, ReturnSheet, brief_name, return_workbook
from pipeline.store.return_sheet import BLANK, CONFIRM, NO, PART, REMOVE, YES

# These concern an answer as a whole, as do all reasons of a record.
WHOLE = frozenset({Problem.two_answers.name, Problem.review_has_issues.name})
# Which of two answers counts, the government alone can say; the rest needs a word from it.
CHOSEN = frozenset({Problem.two_answers.name, Problem.tie_of_answers.name})
# The form's own words that explain a rule, the first that there are.
EXPLAINED_BY = {
    Problem.constraint_broken.name: ("constraint_message", "constraint"),
    Problem.required_unanswered.name: ("required",),
    Problem.answered_not_asked.name: ("relevant",),
}
KINDS_OF_ANSWER = {
    "integer": "integer",
    "decimal": "decimal",
    "range": "decimal",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
}
LISTED = 12  # choices that a cell of the page can name; longer lists stand in the workbook
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")
_POSITION = re.compile(r"(?P<repeat>[^/\[\]]+)\[(?P<position>[0-9]+)\]")


@dataclass(frozen=True)
class Open:
    """One answer to be confirmed: rows of edit.open_matter about the same cell, or a whole answer.

    `codes`: why, errors first; `stands`: whether the answer counts until somebody says otherwise.
    """

    submission_id: str
    row_id: str
    question: str
    codes: tuple[str, ...]
    stands: bool
    received: str

    @property
    def is_whole(self) -> bool:
        """Whether an answer as a whole is asked about."""
        return not self.question or any(
            code in WHOLE or Problem[code].effect is Effect.RECORD for code in self.codes
        )


@dataclass(frozen=True)
class ReturnBrief(Brief):
    """Question in full, what was received, why it is asked about, what to answer."""

    kind: ClassVar[str] = "return"
    matters: tuple[Open, ...] = ()

    @property
    def title(self) -> str:
        """Whose sheet it is, and how many answers are asked about."""
        return self.say("title.return", name=self.name, count=len(self.ordered))

    @property
    def file(self) -> str:
        """The name of the workbook beside the page."""
        return brief_name(self.kind, self.unit_id, file_language(self.language), "xlsx")

    @cached_property
    def asked(self) -> dict[str, Asked]:
        """The questions by column, in form order."""
        return {question.column: question for question in self.questions}

    @cached_property
    def ordered(self) -> tuple[Open, ...]:
        """Answers as a whole first, then in form order, row by row."""
        place = {column: number for number, column in enumerate(self.asked)}

        def order(matter: Open) -> tuple[object, ...]:
            is_cell = matter.question in place and not matter.is_whole
            row = [int(number) for number in re.findall(r"\[([0-9]+)\]", matter.row_id)]
            inside = bool(matter.row_id)
            number = place.get(matter.question, -1)
            return is_cell, inside, row, number, matter.submission_id

        return tuple(sorted(self.matters, key=order))

    # --- cells ------------------------------------------------------------------------------------
    def question_of(self, matter: Open) -> str:
        """The question in full; inside a repeat, with the row it belongs to."""
        if matter.is_whole or matter.question not in self.asked:
            return self.say("return.whole")
        said = self.label(matter.question, "label", "short")
        places = _POSITION.finditer(matter.row_id)
        rows = [f"{self._group(p['repeat'])} {p['position']}" for p in places]
        return " · ".join([*rows, said])

    def _group(self, repeat: str) -> str:
        subjects = (
            subject
            for wave, kind, subject, language in self.release.labels
            if (wave, kind, language) == (self.wave, "group", self.language)
            and subject.rpartition("/")[2] == repeat
        )
        return self.label(next(subjects, repeat), "group")

    def received_of(self, matter: Open) -> str:
        """What came, as a person reads it; never a text, nor anything about a person."""
        question = self.asked.get(matter.question)
        if matter.is_whole:
            return self._of_day(matter.received)
        if Problem.required_unanswered.name in matter.codes:
            return self.say("return.no_answer")
        if question is None or question.pii or not matter.received:
            return self.say("return.hidden")
        if question.is_select:
            return self._choices(question, matter.received)
        if question.type in {"integer", "decimal", "range"} and _NUMBER.fullmatch(matter.received):
            decimals = len(matter.received.partition(".")[2])
            return texts.number(float(matter.received), self.locale, decimals)
        return self._day(matter.received) if question.type == "date" else matter.received

    def _of_day(self, received: str) -> str:
        day = self._day(received)
        return "–" if not received or day == received else self.say("return.of_day", date=day)

    def _day(self, received: str) -> str:
        try:
            return self.date(datetime.date.fromisoformat(received))
        except ValueError:
            return received

    def _choices(self, question: Asked, received: str) -> str:
        codes = received.split() if question.type != "select_one" else [received.strip()]
        if not {choice.name for choice in question.choices}.issuperset(codes):
            return received
        return "; ".join(self.choice(question, code) for code in codes)

    def why(self, matter: Open) -> str:
        """The rule in words: what is wrong, then the form's own words for it."""
        said = []
        for code in matter.codes:
            key = f"return.why.{code}"
            known = key in texts.keys("en")
            said.append(self.say(key) if known else f"{sentence_case(self._reason(code))}.")
            said.append(self._rule(matter.question, EXPLAINED_BY.get(code, ())))
        return " ".join(dict.fromkeys(text for text in said if text))

    def _reason(self, code: str) -> str:
        key = f"reason.{code}"
        return self.say(key) if key in texts.keys("en") else code

    def _rule(self, question: str, kinds: Iterable[str]) -> str:
        for kind in kinds:
            if self.release.labels.get((self.wave, kind, question, self.language), "").strip():
                return self.label(question, kind)
        return ""

    def to_answer(self, matter: Open) -> str:
        """What may be written, in words."""
        question = self.asked.get(matter.question)
        if matter.is_whole:
            chosen = set(matter.codes) <= CHOSEN
            key = "return.answer.chosen" if chosen else "return.answer.told"
            return self.say(key, use=self.say("return.use"), remove=self.say("return.remove"))
        if question is None or question.pii == "direct":
            contact = self.release.fact("contact")
            key = "return.answer.personal_to" if contact else "return.answer.personal"
            return self.say(key, contact=contact)
        if Problem.answered_not_asked.name in matter.codes:
            return self.say("return.answer.not_asked", none=self.say("return.no_answer"))
        wanted = self._permitted(question)
        if self._may_be_right(matter):
            return self.say("return.answer.right", right=self.say("return.confirm"), answer=wanted)
        return sentence_case(f"{wanted}.")

    def _permitted(self, question: Asked) -> str:
        """The kind of answer, and the choices where there are few."""
        if not question.is_select:
            return self.say(f"return.answer.{KINDS_OF_ANSWER.get(question.type, 'text')}")
        many = "one" if question.type == "select_one" else "many"
        if len(question.choices) > LISTED:
            return self.say(f"return.answer.{many}_of_list")
        listed = "; ".join(self.choice(question, choice.name) for choice in question.choices)
        return self.say(f"return.answer.{many}", list=listed)

    def _may_be_right(self, matter: Open) -> bool:
        """Whether what was received can be confirmed: it stands, and something was received."""
        return matter.stands and Problem.required_unanswered.name not in matter.codes

    # --- sections ---------------------------------------------------------------------------------
    def front(self) -> Section:
        """How many answers are asked about, and why."""
        whole = any(matter.is_whole and not matter.stands for matter in self.matters)
        lead = self.say("return.lead_whole" if whole else "return.lead")
        return self.front_of(self.name, self.title, [lead])

    def answers(self) -> Section:
        """One row for each answer."""
        rows = tuple(
            Row(Cell(question), (Cell(received), Cell(why), Cell(to_answer)))
            for question, received, why, to_answer in map(self._cells, self.ordered)
        )
        columns = self._columns[:4]
        table = Table(self.say("return.caption"), columns, ("text",) * 4, (Block("", rows),))
        return Section((table,))

    @property
    def _columns(self) -> tuple[str, str, str, str, str, str]:
        received, why, wanted, own, comment = (
            self.say(f"return.column.{name}")
            for name in ("received", "why", "to_answer", "your_answer", "comment")
        )
        return self.say("column.question"), received, why, wanted, own, comment

    def _cells(self, matter: Open) -> tuple[str, str, str, str]:
        return (
            self.question_of(matter),
            self.received_of(matter),
            self.why(matter),
            self.to_answer(matter),
        )

    def next_step(self) -> Section:
        """Where the workbook lies, and where it goes."""
        heading = Heading(self.say("return.next"))
        return Section(
            (
                heading,
                Sentences((self._how(),)),
                Link(self.file, self.file, self.say("return.file")),
                Sentences((self.say("return.leave"),), "note"),
            )
        )

    def _how(self) -> str:
        contact = self.release.fact("contact")
        return self.say("return.how", contact=contact) if contact else self.say("return.how_open")

    # --- workbook ---------------------------------------------------------------------------------
    def workbook(self) -> bytes:
        """The same rows to be filled in."""
        keyed = [(str(number), matter) for number, matter in enumerate(self.ordered, 1)]
        facts = {
            "survey": self.release.fact("name"),
            "wave": self.wave,
            "unit_id": self.unit_id,
        }
        stamps = [f"{stamp}. {note}" for stamp, note in self.stamps()]
        sheet = ReturnSheet(
            title=self.title,
            tab=self.say("return.tab"),
            lead=" ".join([*stamps, self._how(), self.say("return.leave")]),
            columns=self._columns,
            who=self.say("return.who"),
            date=self.say("return.date"),
            entries=[entry for key, matter in keyed for entry in self._entries(key, matter)],
            matters=[_kept(key, matter) for key, matter in keyed],
            facts=facts,
        )
        return return_workbook(sheet)

    def _entries(self, key: str, matter: Open) -> list[Entry]:
        """A row for the answer; for several choices one more for each, to be marked yes or no."""
        question = self.asked.get(matter.question)
        cells = self._cells(matter)
        if matter.is_whole:
            chosen = {self.say("return.use"): CONFIRM, self.say("return.remove"): REMOVE}
            return [Entry(key, cells, chosen, is_strict=True)]
        if question is None or question.pii == "direct":
            return [Entry(key, cells, is_open=False)]
        right = {self.say("return.confirm"): CONFIRM} if self._may_be_right(matter) else {}
        none = {self.say("return.no_answer"): BLANK}
        if Problem.answered_not_asked.name in matter.codes:
            return [Entry(key, cells, none, is_strict=True)]
        labels: dict[str, str] = {}
        for choice in question.choices:
            label = self.choice(question, choice.name)
            labels[f"{label} ({choice.name})" if label in labels else label] = choice.name
        if question.is_select and question.type == "select_one":
            options = right | labels
            options |= {text: meaning for text, meaning in none.items() if text not in options}
            return [Entry(key, cells, options, is_strict=True)]
        if not question.is_select or question.type == "rank":  # a rank needs its order
            return [Entry(key, cells, right | none, is_day=question.type == "date")]
        marks = {self.say("return.yes"): YES, self.say("return.no"): NO}
        parts = [
            Entry(f"{key}{PART}{code}", ("", "", "", label), marks, is_strict=True)
            for label, code in labels.items()
        ]
        return [Entry(key, cells, right | none, is_strict=True), *parts]


def _kept(key: str, matter: Open) -> Matter:
    """What the workbook remembers; an answer as a whole has no question."""
    codes = " ".join(matter.codes)
    if matter.is_whole:
        return Matter(key, matter.submission_id, "", "", codes, "")
    return Matter(key, matter.submission_id, matter.row_id, matter.question, codes, matter.received)


def return_page(release: Release, unit_id: str) -> str:
    """The name of a government's return sheet, which lies beside its brief."""
    return brief_name(ReturnBrief.kind, unit_id, file_language(own_language(release, unit_id)))


def open_matters(con: duckdb.DuckDBPyConnection, wave: str, unit_id: str) -> tuple[Open, ...]:
    """What one government is asked about in one wave; several rules of one cell are one matter."""
    rows = con.execute(
        f"""SELECT submission_id, coalesce(row_id, ''), coalesce(question, ''), code,
                  severity, coalesce(received, '')
           FROM ({every_matter(con)}) WHERE wave = ? AND unit_id = ?
           ORDER BY submission_id, row_id, question, severity, code""",
        [wave, unit_id],
    ).fetchall()
    found = []
    for (submission, row_id, question), group in groupby(rows, key=lambda row: row[:3]):
        those = list(group)
        stands = all(severity != "error" for *_, severity, _ in those)
        received = next((row[-1] for row in those if row[-1]), "")
        codes = tuple(dict.fromkeys(row[3] for row in those))
        found.append(Open(submission, row_id, question, codes, stands, received))
    return tuple(found)
