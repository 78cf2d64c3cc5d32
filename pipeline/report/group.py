"""The brief of a group: a country, a size class, a governorate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.report.answers import Tabulated
from pipeline.report.page import Heading, Section, Sentences
from pipeline.report.scores import group_table


@dataclass(frozen=True)
class GroupBrief(Tabulated):
    """Who answered first, then the group beside the network; named only who agreed to it."""

    kind: ClassVar[str] = "group"

    def scores(self) -> Section:
        """Mean scores by area, beside the network's."""
        return group_table(self)

    def who_answered(self) -> Section:
        """The governments that agreed to be named, and how many more there are."""
        if self.unit_kind != "institution":
            return Section()
        answered, _ = self.release.response(self.wave, self.group)
        units = (self.release.units.get(unit) for unit in self.release.named.get(self.wave, ()))
        named = sorted(
            unit.name_in(self.spoken)
            for unit in units
            if unit is not None and unit.in_group(self.group)
        )
        said = []
        if named:
            key = "who.named" if answered > len(named) else "who.all_named"
            said.append(self.say(key, list=self.listed(named)))
        if named and answered > len(named):
            said.append(self.say("who.unnamed", count=answered - len(named)))
        heading = Heading(self.say("heading.who_answered"))
        return Section((heading, Sentences(tuple(said)))) if said else Section()
