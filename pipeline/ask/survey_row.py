"""One row of the survey sheet: its cells as a question or a group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pipeline.ask.choices import NOTHING
from pipeline.ask.codes import NO as CODES_OF_NO
from pipeline.ask.codes import YES as CODES_OF_YES
from pipeline.ask.headers import Columns
from pipeline.ask.questionnaire import Group, Labels, Question
from pipeline.ask.types import RowType
from pipeline.ask.workbook import Row, tidy
from pipeline.errors import Finding, Problem

YES = CODES_OF_YES | {"true()"}
NO = CODES_OF_NO | {"", "false()", "none"}
PII = MappingProxyType({"": "", "direct": "direct", "indirect": "indirect", "no": "", "false": ""})
DISCLOSURE = MappingProxyType({word: word for word in ("", "public", "network", "confidential")})
PLAIN = ("section", "domain", "score", "skip_excludes", "spo", "charter", "gcm", "sdg", "joins",
         "label_status")  # fmt: skip


@dataclass(frozen=True)
class SurveyRow:
    """A row under the headers of the survey sheet; what is odd joins the `findings`."""

    columns: Columns
    row: Row
    file: str
    findings: list[Finding]

    def find(self, problem: Problem, question: str = "", **values: object) -> None:
        """Note a problem of this row."""
        sheet, number = self.columns.sheet.name, self.row.number
        self.findings.append(Finding(problem, self.file, sheet, number, question, values))

    def text(self, column: str) -> str:
        """A keyword; forms saved by R have NA in their empty cells."""
        written = self.columns.text(self.row, column)
        return "" if written.casefold() in NOTHING else written

    def texts(self, column: str) -> Labels:
        """The texts of a column by language."""
        found = self.columns.texts(self.row, column)
        return MappingProxyType(
            {language: text for language, text in found.items() if text.casefold() not in NOTHING}
        )

    def expression(self, column: str) -> str:
        """A rule, as written."""
        return self.columns.exact(self.row, column).strip() if self.text(column) else ""

    def question(self, kind: RowType, name: str, list_name: str) -> Question:
        """The question of this row, at the top of the form."""
        constraint, written = self.expression("constraint"), self.columns.exact(self.row, "name")
        if constraint and kind.constraint:
            constraint = f"({constraint}) and {kind.constraint}"
        question = Question(
            name=name,
            path=name,
            column=name,
            type=kind.name,
            list_name=list_name,
            choices_file=kind.choices_file,
            labels=self.texts("label"),
            short=self.texts("short"),
            hints=self.texts("hint"),
            relevant=self.expression("relevant"),
            constraint=constraint or kind.constraint,
            constraint_message=self.texts("constraint_message"),
            warning=self.expression("warning"),
            warning_message=self.texts("warning_message"),
            required=self.required(name),
            calculation=self.expression("calculation"),
            choice_filter=self.expression("choice_filter"),
            weight=self.weight(name),
            pii=self.mark(name, "pii", {**PII, **dict.fromkeys(YES, "direct")}),
            disclosure=self.mark(name, "disclosure", DISCLOSURE),
            notes=MappingProxyType(
                {header: text for header, text in self.columns.notes(self.row).items() if text}
            ),
            raw_name=written if tidy(written) == name else name,
            row=self.row.number,
        )
        marks: dict[str, Any] = {column: self.text(column) for column in PLAIN}
        return replace(question, **marks)

    def group(self, name: str, *, is_repeat: bool) -> Group:
        """The group or repeat that begins in this row, at the top of the form."""
        return Group(
            name=name,
            path=name,
            relevant=self.expression("relevant"),
            labels=self.texts("label"),
            is_repeat=is_repeat,
            repeat_count=self.expression("repeat_count"),
            row=self.row.number,
        )

    def required(self, name: str) -> str:
        """'', `yes` or an expression."""
        written = self.text("required")
        if written.casefold() in YES:
            return "yes"
        if written.casefold() in NO:
            return ""
        if any(mark in written for mark in "$(=<>"):
            return written
        self.find(Problem.unread_required, name, found=written)
        return ""

    def weight(self, name: str) -> float:
        """Of the question in an index; 1 where nothing is said."""
        written = self.text("weight")
        try:
            found = float(written or 1)
        except ValueError:
            found = math.nan
        if 0 <= found < math.inf:
            return found
        values = {"found": written, "column": "weight", "expected": "a number, 0 or more"}
        self.find(Problem.unknown_mark, name, **values)
        return 1.0

    def mark(self, name: str, column: str, words: Mapping[str, str]) -> str:
        """One of a few words."""
        written = self.text(column)
        if written.casefold() in words:
            return words[written.casefold()]
        expected = ", ".join(sorted({word for word in words.values() if word}))
        values = {"found": written, "column": column, "expected": expected}
        self.find(Problem.unknown_mark, name, **values)
        return ""
