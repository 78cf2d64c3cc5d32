"""The brief of the whole network, or of all persons asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.report.answers import NEEDS, OBSTACLES, PREVALENCE, REGIONS, SCORES, Tabulated
from pipeline.report.counts import Count
from pipeline.report.figures import tile_map
from pipeline.report.goals import campaign
from pipeline.report.method import limits
from pipeline.report.page import Block, Box, Cell, Figure, Heading, Row, Section, Sentences, Table
from pipeline.report.peers import quotes
from pipeline.report.release import NETWORK
from pipeline.report.scores import by_group, network_table, waves_figure
from pipeline.report.showcase import showcase
from pipeline.report.since import network_changes

# A question of several answers whose list of choices is called so holds the obstacles, the needs.
OBSTACLE_LIST, NEED_LIST = "barrier", "need"
QUOTED = 5  # policies whose figures get an identifier in the brief itself
# Where a country's square stands in the schematic map: column, row.
TILES = {
    "MX": (0, 0), "GT": (0, 1), "SV": (0, 2), "HN": (1, 1), "NI": (1, 2), "CR": (1, 3),
    "CU": (2, 0), "DO": (3, 0), "PA": (2, 3), "VE": (4, 3), "CO": (3, 3), "EC": (3, 4),
    "BR": (5, 4), "PE": (3, 5), "BO": (4, 5), "PY": (5, 5), "CL": (3, 6), "AR": (4, 6),
    "UY": (5, 6),
}  # fmt: skip


@dataclass(frozen=True)
class NetworkBrief(Tabulated):
    """Prevalence of each policy, who answered, answer by answer, and what may not be said."""

    kind: ClassVar[str] = "network"

    def campaign(self) -> Section:
        """How far each register that the survey joins has come to its goals."""
        return campaign(self)

    def who_answered(self) -> Section:
        """How many answered, by each kind of group."""
        return self.responses(self.release.fact("groups").split())

    def scores(self) -> Section:
        """Mean scores by area."""
        return network_table(self, SCORES)

    def waves_figure(self) -> Section:
        """The same over the waves."""
        return waves_figure(self)

    def regions(self) -> Section:
        """Mean scores by area in the groups of the first declared kind."""
        kinds = self.release.fact("groups").split()
        return by_group(self, kinds[0], REGIONS) if kinds else Section()

    def map_figure(self) -> Section:
        """How many answered in each country, as squares about where the countries lie."""
        tiles, labels = [], []
        for group in self.release.groups(self.wave, "country"):
            answered, total = self.release.response(self.wave, group)
            if not total or self.release.is_hidden(self.wave, group) or group[1] not in TILES:
                continue
            said = f"{self.group_name(group)}: {self.counted_of(answered, total).text}"
            tiles.append((said, *TILES[group[1]], round(answered / total, 4)))
            labels.append(f"{group[1]} {answered}/{total}")
        if not tiles:
            return Section()
        label, caption = (self.say(f"figure.map_{one}") for one in ("label", "caption"))
        return Section((Figure(label, caption, tile_map(tiles, labels)),))

    def obstacles(self) -> Section:
        """What stands in the way, by how many say so."""
        return self._ranked(OBSTACLE_LIST, "obstacles", OBSTACLES)

    def needs(self) -> Section:
        """The support asked for, by how many ask."""
        return self._ranked(NEED_LIST, "needs", NEEDS)

    def _chosen(self, list_name: str) -> list[tuple[str, Count]]:
        """The choices of the question with that list, the most frequent first; hidden ones last."""
        asked = next((q for q in self.questions if q.list_name == list_name), None)
        if asked is None or not self._is_tabulated(asked):
            return []
        found = [
            (self.choice(asked, choice.name), self.numbers().share(asked.column, choice.name))
            for choice in asked.choices
            if not choice.missing_kind
        ]
        return sorted(found, key=lambda pair: (not pair[1].is_shown, -pair[1].share))

    def _ranked(self, list_name: str, name: str, anchor: str) -> Section:
        found = self._chosen(list_name)
        if not found:
            return Section()
        rows = tuple(Row(Cell(label), (self.counted(count),)) for label, count in found)
        table = Table(
            self.say(f"{name}.caption"),
            (self.say("column.answer"), self.say("column.share")),
            ("text", "mark"),
            (Block("", rows),),
            (
                self.say("S-08", p100=self.percent(1)),
                *self.explained(cell for row in rows for cell in row.cells),
            ),
            anchor=anchor,
        )
        return Section((Heading(self.say(f"{name}.heading")), table))

    def showcase(self) -> Section:
        """A few running policies that their governments share, as examples."""
        return showcase(self)

    def changes(self) -> Section:
        """What changed since the wave before."""
        return network_changes(self)

    def quotes(self) -> Section:
        """What governments say in their own words."""
        return quotes(self)

    def asks(self) -> Section:
        """The support most asked for and the policies fewest have: each with its table's number."""
        shown = [(policy, count) for policy, count in self.ordered_policies() if count.is_shown]
        rows = [
            self._ask("asks.need", label, count, NEEDS)
            for label, count in self._chosen(NEED_LIST)[:3]
            if count.is_shown
        ]
        if rows:
            rows += [
                self._ask("asks.policy", self.question(policy), count, PREVALENCE)
                for policy, count in reversed(shown[-3:])
            ]
        if not rows:
            return Section()
        columns = (self.say("asks.ask"), self.say("asks.because"), self.say("asks.figure"))
        table = Table(
            self.say("asks.caption"), columns, ("text", "text", "short"),
            (Block("", tuple(rows)),), (self.say("asks.note"),),
        )  # fmt: skip
        return Section((Heading(self.say("asks.heading")), table))

    def _ask(self, key: str, what: str, count: Count, anchor: str) -> Row:
        because = self.say(f"{key}_because", said=self.counted(count).text)
        return Row(Cell(self.say(key, what=what)), (Cell(because), Cell(anchor, href=f"#{anchor}")))

    def cite(self) -> Section:
        """How to cite, and the identifiers of the figures that will be quoted."""
        day = self.round.as_of
        entries = [
            (
                self.say("cite.text"),
                ". ".join(
                    part
                    for part in (
                        self.release.fact("network"),
                        self.survey_title(),
                        self.say("title.round", wave=self.wave) if self.is_dated else "",
                        self.say("S-17", date=self.date(day)).rstrip(".") if day else "",
                        self.release.fact("licence"),
                    )
                    if part
                ),
            ),
            (self.say("cite.data"), self.say("cite.data_text")),
        ]
        for policy, count in self.ordered_policies()[:QUOTED]:
            rows = self.release.of_group(self.wave, NETWORK, policy.column)
            ids = [
                row.result_id
                for row in rows
                if row.statistic == "share" and not row.is_weighted and row.shown == "yes"
                and bool(row.row_scope) == count.is_named
                and policy.level(row.choice) == "in_force"
            ]  # fmt: skip
            if count.is_shown and ids:
                said = f"{self.question(policy)}: {self.counted(count).text}"
                entries.append((said, " + ".join(ids)))
        return Section((Box(self.say("cite.heading"), tuple(entries)),))

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
        name = self.say("heading.wording")
        table = Table(
            self.say("caption.wording"), columns, ("text", "text"), (Block("", rows),), fold=name
        )
        return Section((Heading(name), table))
