"""The brief of the whole network, or of all persons asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.report.answers import Tabulated
from pipeline.report.method import limits
from pipeline.report.page import Block, Cell, Heading, Row, Section, Sentences, Table
from pipeline.report.scores import network_table


@dataclass(frozen=True)
class NetworkBrief(Tabulated):
    """Prevalence of each policy, who answered, answer by answer, and what may not be said."""

    kind: ClassVar[str] = "network"

    def who_answered(self) -> Section:
        """How many answered, by each kind of group."""
        return self.responses(self.release.fact("groups").split())

    def scores(self) -> Section:
        """Mean scores by area."""
        return network_table(self)

    def cannot_say(self) -> Section:
        """What the design does not allow to be said."""
        return Section((Heading(self.say("heading.limits")), Sentences(tuple(limits(self)))))

    def wording(self) -> Section:
        """The full wording of every question that the tables name by its short title."""
        rows = tuple(
            Row(Cell(self.question(question)), (Cell(full),))
            for question in self.questions
            if question.is_select
            and self._is_tabulated(question)
            and (full := self.label(question.column, "label")) != self.question(question)
        )
        if not rows:
            return Section()
        columns = (self.say("column.question"), self.say("column.wording"))
        table = Table(self.say("caption.wording"), columns, ("text", "text"), (Block("", rows),))
        return Section((Heading(self.say("heading.wording")), table))
