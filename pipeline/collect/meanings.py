"""What the cells of a table mean: by columns.csv, by the file's own labels, by the form.

What the file declares missing is the form's code for it, where the form has one, else blank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.ask import SELECTS, Codes, ColumnLine, Question, tidy
from pipeline.ask.codes import NO, YES
from pipeline.collect.export import Sheet, Variable
from pipeline.collect.headers import MULTIPLES
from pipeline.collect.recode import Recoder
from pipeline.collect.table_columns import Tick

JOINED = (" ", ", ", "; ", " | ", " / ")  # between the answers to a multiple


@dataclass(frozen=True)
class Meanings:
    """Reads the cells of one sheet; counts by header and value what was blanked or is unknown.

    `said`: by tidied header and tidied value, the code that columns.csv gives.
    """

    sheet: Sheet
    recoder: Recoder
    said: Mapping[str, Mapping[str, str]]
    blanked: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    _codes: dict[str, Codes] = field(default_factory=dict)

    @classmethod
    def of(cls, sheet: Sheet, recoder: Recoder, lines: Iterable[ColumnLine]) -> Meanings:
        """With the lines of columns.csv that name a value."""
        said: dict[str, dict[str, str]] = {}
        for line in lines:
            if line.source_value:
                said.setdefault(tidy(line.source), {})[tidy(line.source_value)] = line.code
        return cls(sheet, recoder, said)

    def answer(self, question: Question, at: int, text: str) -> str:
        """A cell as codes, blank where it is declared missing, else as received; counted."""
        read = self.read(question, at, text)
        header, value = self.sheet.headers[at], text.strip()
        if value and not read:
            self.blanked[header, value] += 1
        elif question.type in SELECTS and read:
            names = self.recoder.codes(question).names
            if names and read not in names and not names.issuperset(read.split()):
                self.unknown[header, value] += 1
            return self.recoder.count(question, text, read)
        return read

    def read(self, question: Question, at: int, text: str) -> str:
        """What a cell says, not counted."""
        header = self.sheet.headers[at]
        said = self.said.get(tidy(header), {})
        if (key := tidy(text)) in said:
            return said[key]
        variable = self._variable(at)
        codes = self.recoder.codes(question)
        if text in variable.missing:
            return codes.one(variable.labels.get(text, "")) or codes.one(text)
        if question.type in SELECTS and (found := codes.one(variable.labels.get(text, ""))):
            return found
        if question.type in MULTIPLES and said:
            return " ".join(self._with_said(question, header).many(text, JOINED) or ()) or text
        return self.recoder.read(question, text)

    def tick(self, tick: Tick, text: str) -> str:
        """1, 0 or blank of a column that says whether one choice was chosen."""
        variable = self._variable(tick.position)
        said = self.said.get(tidy(self.sheet.headers[tick.position]), {})
        if (key := tidy(text)) in said:
            return said[key]
        if not key or text in variable.missing:
            return ""
        if tick.counted:
            return "1" if text == tick.counted else "0"
        for word in (tidy(variable.labels.get(text, "")), key):
            if word in YES | NO:
                return "1" if word in YES else "0"
        return text

    def _variable(self, at: int) -> Variable:
        return self.sheet.dictionary.variables.get(self.sheet.headers[at], Variable())

    def _with_said(self, question: Question, header: str) -> Codes:
        """The choices of a multiple with what columns.csv calls them in this column."""
        if header not in self._codes:
            names: dict[str, dict[str, str]] = {}
            for value, code in self.said[tidy(header)].items():
                names.setdefault(code, {})[f"columns.csv {value}"] = value
            choices = self.recoder.questionnaire.choices_of(question)
            self._codes[header] = Codes(
                tuple(replace(c, labels={**c.labels, **names.get(c.name, {})}) for c in choices)
            )
        return self._codes[header]
