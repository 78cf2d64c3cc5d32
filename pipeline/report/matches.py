"""Peer learning on the pages: for one government whom it may ask, for the desk the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.hub import policy_lists
from pipeline.report.knowledge import Policy, placed, policy_cell, read_policies, rows
from pipeline.report.page import Block, Cell, Heading, Part, Row, Section, Sentences, Table
from pipeline.report.release import Release

STRONG = 60.0  # points from which a teacher is said to be far in the area: class `consolidating`
COLUMNS = """unit_id, domain, teacher_id, has_same_language, has_same_size, coalesce(alike, ''),
    score, reason"""


@dataclass(frozen=True)
class Match:
    """A row of estimate.match."""

    unit_id: str
    domain: str
    teacher_id: str
    has_same_language: bool
    has_same_size: bool
    alike: tuple[str, ...]
    score: float | None
    reason: str


def read_matches(folder: Path, wave: str, unit_id: str = "") -> tuple[Match, ...]:
    """The matches of one government, or of all."""
    only, values = "WHERE wave = ?", [wave]
    if unit_id:
        only, values = f"{only} AND unit_id = ?", [wave, unit_id]
    found = rows(
        folder, "members", "estimate.match", COLUMNS, f"{only} ORDER BY unit_id, domain", *values
    )
    return tuple(Match(*[*row[:5], tuple(row[5].split()), *row[6:]]) for row in found)


def matched(brief: Brief) -> Section:
    """For each area in which a government wants to learn: who offers it, why that one, an example.

    Only governments that agreed to be named are named; where nobody is, the reason stands.
    """
    found = read_matches(brief.release.folder, brief.wave, brief.unit_id)
    wishes = [match for match in found if match.domain]
    if not wishes:
        return Section()
    policies = read_policies(brief.release.folder)
    listed = policy_lists(brief.release, brief.wave).get("domain", "domain")
    table = Table(
        brief.say("matched.caption"),
        tuple(brief.say(f"matched.{name}") for name in ("domain", "government", "why", "example")),
        ("text",) * 4,
        (Block("", tuple(_row(brief, match, listed, policies) for match in wishes)),),
        (brief.say("matched.note"),),
    )
    return Section((Heading(brief.say("matched.heading")), table))


def _row(brief: Brief, match: Match, listed: str, policies: Sequence[Policy]) -> Row:
    head = Cell(brief.label(f"{listed}/{match.domain}", "choice"))
    if not match.teacher_id:
        return Row(head, (Cell("–"), Cell(brief.say(f"matched.{match.reason}")), Cell("–")))
    example = next(
        (p for p in policies if (p.unit_id, p.domain) == (match.teacher_id, match.domain)), None
    )
    cell = policy_cell(example) if example else Cell("–")
    return Row(head, (Cell(placed(brief, match.teacher_id)), Cell(why(brief, match)), cell))


def why(brief: Brief, match: Match) -> str:
    """What brought the two together, in words."""
    said = [
        brief.say(f"matched.{key}")
        for key, is_so in (
            ("language", match.has_same_language),
            ("size", match.has_same_size),
            ("strong", match.score is not None and match.score >= STRONG),
        )
        if is_so
    ]
    shared = [_answer(brief, one) for one in match.alike]
    if shared:
        said.append(brief.say("matched.alike", list=brief.listed(shared)))
    return "; ".join([brief.say("matched.offers"), *said])


def _answer(brief: Brief, said: str) -> str:
    column, _, code = said.partition("/")
    question = next((q for q in brief.questions if q.column == column), None)
    return brief.choice(question, code) if question else code


@dataclass(frozen=True)
class ExchangeBrief(Brief):
    """The desk's list: who is matched with whom, who is left over and why, policies to compare."""

    kind: ClassVar[str] = "exchange"
    matches: tuple[Match, ...] = ()
    links: tuple[tuple[str, str, str, str, str, float], ...] = ()
    sources: dict[tuple[str, str], str] = field(default_factory=dict)

    def front(self) -> Section:
        """How many wishes found somebody."""
        wishes = [match for match in self.matches if match.domain]
        served = sum(bool(match.teacher_id) for match in wishes)
        title = self.say("exchange.title", count=served, total=len(wishes))
        teachers = {match.teacher_id for match in wishes if match.teacher_id}
        lead = [self.say("exchange.lead", count=len(teachers))] if teachers else []
        return self.front_of(self.survey_title(), title, lead)

    def pairs(self) -> Section:
        """Every match, by area."""
        found = [match for match in self.matches if match.teacher_id]
        if not found:
            return Section()
        listed = policy_lists(self.release, self.wave).get("domain", "domain")
        blocks = tuple(
            Block(
                self.label(f"{listed}/{domain}", "choice"),
                tuple(self._pair(match) for match in found if match.domain == domain),
            )
            for domain in sorted({match.domain for match in found})
        )
        columns = tuple(self.say(f"exchange.{name}") for name in ("learns", "teaches", "why"))
        table = Table(self.say("exchange.caption_pairs"), columns, ("text",) * 3, blocks)
        return Section((Heading(self.say("exchange.heading_pairs")), table))

    def _pair(self, match: Match) -> Row:
        teacher = Cell(placed(self, match.teacher_id))
        return Row(Cell(placed(self, match.unit_id)), (teacher, Cell(why(self, match))))

    def left_over(self) -> Section:
        """Who has no match, each with the reason; how often each teacher is asked."""
        over = [match for match in self.matches if not match.teacher_id]
        asked = Counter(match.teacher_id for match in self.matches if match.teacher_id)
        parts: list[Part] = []
        if over:
            listed = policy_lists(self.release, self.wave).get("domain", "domain")
            rows_ = tuple(
                Row(
                    Cell(placed(self, match.unit_id)),
                    (
                        Cell(
                            self.label(f"{listed}/{match.domain}", "choice")
                            if match.domain
                            else "–"
                        ),
                        Cell(self.say(f"matched.{match.reason}")),
                    ),
                )
                for match in over
            )
            columns = tuple(self.say(f"exchange.{name}") for name in ("learns", "domain", "reason"))
            parts.append(
                Table(
                    self.say("exchange.caption_over"), columns, ("text",) * 3, (Block("", rows_),)
                )
            )
        if asked:
            rows_ = tuple(
                Row(Cell(placed(self, unit)), (Cell(texts.number(count, self.locale)),))
                for unit, count in sorted(asked.items(), key=lambda pair: (-pair[1], pair[0]))
            )
            columns = tuple(self.say(f"exchange.{name}") for name in ("teaches", "times"))
            parts.append(
                Table(
                    self.say("exchange.caption_load"),
                    columns,
                    ("text", "number"),
                    (Block("", rows_),),
                )
            )
        return Section((Heading(self.say("exchange.heading_over")), *parts)) if parts else Section()

    def same_policies(self) -> Section:
        """Policies of two instruments that may be one; nothing is merged."""
        if not self.links:
            return Section()
        rows_ = tuple(
            Row(
                Cell(placed(self, unit)),
                (
                    Cell(f"{name} ({self._source(one)})"),
                    Cell(f"{other} ({self._source(two)})"),
                    Cell(self.percent(like)),
                ),
            )
            for unit, one, name, two, other, like in self.links
        )
        columns = ("government", "policy", "other", "likeness")
        table = Table(
            self.say("exchange.caption_links"),
            tuple(self.say(f"exchange.{name}") for name in columns),
            ("text", "text", "text", "count"),
            (Block("", rows_),),
            (self.say("exchange.note_links"),),
        )
        return Section((Heading(self.say("exchange.heading_links")), table))

    def _source(self, policy_id: str) -> str:
        survey = policy_id.partition(".")[0]
        return self.sources.get((survey, self.spoken), survey)

    def nothing(self) -> Section:
        """Said where the page would be empty."""
        if self.matches or self.links:
            return Section()
        return Section((Sentences((self.say("followup.nothing"),)),))


def read_exchange(release: Release, wave: str, language: str) -> ExchangeBrief:
    """The desk's list of a release."""
    folder = release.folder
    columns = "unit_id, policy_id, name, other_id, other_name, likeness"
    return ExchangeBrief(
        release,
        wave,
        language,
        matches=read_matches(folder, wave),
        links=tuple(rows(folder, "members", "estimate.policy_link", columns, "ORDER BY ALL")),
        sources={row[:2]: row[2] for row in rows(folder, "survey", "estimate.source", "*")},
    )
