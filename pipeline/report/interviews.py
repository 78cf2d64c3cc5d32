"""The briefs of interviews: the themes of all of them, and the profile of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from pipeline import texts
from pipeline.errors import one_of
from pipeline.report.brief import Brief
from pipeline.report.counts import Count
from pipeline.report.knowledge import (
    Policy,
    Quote,
    placed,
    policy_cell,
    quoted,
    read_policies,
    read_quotes,
    rows,
)
from pipeline.report.method import limits
from pipeline.report.page import Block, Cell, Heading, Part, Row, Section, Sentences, Table
from pipeline.report.release import NETWORK, Asked, Release, Result

# What an alpha allows, after Krippendorff: below the first no conclusion, below the second a
# tentative one. K. Krippendorff (2004), Content Analysis, 2nd edition, section 11.4.
TENTATIVE, RELIABLE = 2 / 3, 0.8
COUNTED = """choice, count, n, estimate, shown"""
OF_UNITS = """WHERE wave = ? AND subject = ? AND statistic = 'share_of_units'
    AND group_kind = 'network' AND coalesce(versus_wave, '') = ''"""


def units_behind(folder: Path, wave: str, question: str) -> dict[str, Count]:
    """By choice of a question in a repeat, how many governments gave it at least once."""
    found = {}
    for choice, count, n, share, shown in rows(
        folder, "survey", "estimate.result", COUNTED, OF_UNITS, wave, question
    ):
        is_shown = shown == "yes"
        found[choice] = Count(count, n, share) if is_shown else Count(shown=shown)
    return found


@dataclass(frozen=True)
class InterviewPage(Brief):
    """What both pages of interviews know: the questions of the coding, in words."""

    quotes_: tuple[Quote, ...] = ()
    policies_: tuple[Policy, ...] = ()
    counts: dict[str, Count] = field(default_factory=dict)  # by code

    def asked(self, column: str) -> Asked | None:
        """A question of the form."""
        return next((q for q in self.questions if q.column == column), None)

    @property
    def coded(self) -> Asked | None:
        """The question that holds the codes."""
        return self.asked(self.release.fact("coding_code"))

    @property
    def themes_list(self) -> str:
        """The list of the codes."""
        return self.coded.list_name if self.coded else ""

    def theme(self, code: str) -> str:
        """A code in words."""
        return self.label(f"{self.themes_list}/{code}", "choice")

    def words(self, listed: str, codes: Sequence[str]) -> str:
        """Codes of a list in words."""
        return self.listed(self.label(f"{listed}/{code}", "choice") for code in codes)

    def list_of(self, column: str) -> str:
        """The list of the policy question that ends so, such as `right` of `p_right`."""
        found = (q for q in self.questions if q.repeat and q.column.endswith(column))
        return next((q.list_name for q in found if q.list_name), column)

    def notes(self) -> tuple[str, ...]:
        """How the themes are counted; which questions lead."""
        leading = [
            self.label(q, "short", "label") for q in self.release.fact("coding_leading").split()
        ]
        said = [self.say("interviews.note_counts")]
        if leading:
            said.append(
                self.say(
                    "interviews.note_leading",
                    list=self.listed(self.say("shared.quoted", text=q) for q in leading),
                )
            )
        return tuple(said)

    def quotations(self) -> Section:
        """The sentences that a person released and that may be quoted."""
        if not self.quotes_:
            return Section()
        part = quoted(self, self.quotes_, self.themes_list)
        return Section((Heading(self.say("interviews.heading.quotes")), part))

    def cannot_say(self) -> Section:
        """What interviews do not allow to be said."""
        said = [*limits(self), self.say("interviews.limits")]
        return Section((Heading(self.say("heading.limits")), Sentences(tuple(said))))

    def policy_rows(self, policies: Sequence[Policy], *, with_unit: bool) -> tuple[Row, ...]:
        """Policies as rows: who, whose rights, for whom, when it was said."""
        return tuple(
            Row(
                policy_cell(policy),
                (
                    Cell(placed(self, policy.unit_id, policy.unit_name, policy.country))
                    if with_unit
                    else Cell(self.say(f"interviews.shared.{'yes' if policy.is_shared else 'no'}")),
                    Cell(self._rights(policy)),
                    Cell(
                        self.words(self.list_of("groups"), policy.groups) if policy.groups else "–"
                    ),
                    Cell(self.date(policy.stated_on) if policy.stated_on else "–"),
                ),
            )
            for policy in policies
        )

    def _rights(self, policy: Policy) -> str:
        named = [
            self.label(f"{self.list_of('right')}/{code}", "choice")
            for code in policy.rights
            if not (code == "other" and policy.new_right)
        ]
        return self.listed([*named, *([policy.new_right] if policy.new_right else [])])


@dataclass(frozen=True)
class InterviewsBrief(InterviewPage):
    """All interviews: themes by governments, agreement of the coders, quotations, policies."""

    kind: ClassVar[str] = "network"
    alpha: Result | None = None
    by_right: dict[str, Count] = field(default_factory=dict)

    def front(self) -> Section:
        """How many interviews; how many policies they present and share."""
        name, count = self.survey_title(), self.round.responses
        if not count:
            return self.front_of(name, self.say("title.no_answers"))
        lead = []
        if self.policies_:
            units = len({policy.unit_id for policy in self.policies_})
            lead.append(self.say("interviews.lead", count=len(self.policies_), units=units))
        shown = [(code, n) for code, n in self._ordered() if n.is_shown][:3]
        if shown:
            said = self.listed(f"{self.theme(code)} ({self.counted(n).text})" for code, n in shown)
            lead.append(self.say("interviews.lead_themes", list=said))
        return self.front_of(name, self.say("interviews.title", name=name, count=count), lead)

    def _ordered(self) -> list[tuple[str, Count]]:
        return sorted(self.counts.items(), key=lambda pair: (not pair[1].is_shown, -pair[1].share))

    def themes(self) -> Section:
        """How many governments speak of each theme, and how far the coders agree."""
        if not self.counts:
            return Section()
        listed = tuple(
            Row(Cell(self.theme(code)), (self.counted(n),)) for code, n in self._ordered()
        )
        columns = (self.say("interviews.theme"), self.say("interviews.governments"))
        notes = (*self.notes(), *self.explained(cell for row in listed for cell in row.cells))
        table = Table(
            self.say("interviews.caption.themes"),
            columns,
            ("text", "mark"),
            (Block("", listed),),
            notes,
        )
        parts: list[Part] = [Heading(self.say("interviews.heading.themes")), table]
        return Section((*parts, *self._agreement()))

    def _agreement(self) -> list[Part]:
        if self.alpha is None or self.alpha.estimate is None:
            return []
        value = self.alpha.estimate
        read = "good" if value >= RELIABLE else "tentative" if value >= TENTATIVE else "weak"
        said = self.say(
            "interviews.alpha",
            count=self.alpha.count,
            n=self.alpha.n,
            alpha=texts.number(value, self.locale, 2),
        )
        return [Sentences((said, self.say(f"interviews.alpha_{read}")))]

    def policies_shared(self) -> Section:
        """The policies whose governments share them; how many governments speak of each right."""
        parts: list[Part] = []
        ordered = [(code, n) for code, n in self.by_right.items() if code != "other"]
        if ordered:
            listed = tuple(
                Row(Cell(self.words(self.list_of("right"), [code])), (self.counted(n),))
                for code, n in ordered
            )
            parts.append(
                Table(
                    self.say("interviews.caption.rights"),
                    (self.say("interviews.right"), self.say("interviews.governments")),
                    ("text", "mark"),
                    (Block("", listed),),
                    self.explained(cell for row in listed for cell in row.cells),
                )
            )
        if self.policies_:
            columns = ("policy", "government", "rights", "groups", "date")
            parts.append(
                Table(
                    self.say("interviews.caption.policies"),
                    tuple(self.say(f"interviews.{name}") for name in columns),
                    ("text",) * 4 + ("short",),
                    (Block("", self.policy_rows(self.policies_, with_unit=True)),),
                    (self.say("S-19"), self.say("interviews.note_shared")),
                )
            )
        if not parts:
            return Section()
        return Section((Heading(self.say("interviews.heading.policies")), *parts))


def read_interviews(release: Release, wave: str, language: str) -> InterviewsBrief:
    """The page of all interviews."""
    folder, code = release.folder, release.fact("coding_code")
    rights = next(
        (
            q.column
            for q in release.questions.get(wave, ())
            if q.repeat and q.list_name == "chapter"
        ),
        "",
    )
    alphas = [r for r in release.of_group(wave, NETWORK, code) if r.statistic == "alpha"]
    return InterviewsBrief(
        release,
        wave,
        language,
        quotes_=read_quotes(folder, wave),
        policies_=read_policies(folder),
        counts=units_behind(folder, wave, code),
        alpha=next(iter(alphas), None),
        by_right=units_behind(folder, wave, rights) if rights else {},
    )


@dataclass(frozen=True)
class ProfileBrief(InterviewPage):
    """One interview, for the government that gave it."""

    kind: ClassVar[str] = "government"
    day: date | None = None
    consent: str = ""
    passages: tuple[tuple[str, str, int], ...] = ()  # code, question, how many passages

    def front(self) -> Section:
        """When the interview was; how many policies it presents; how it may be quoted."""
        title = self.say("interviews.profile", name=self.name, count=len(self.policies_))
        lead = [self.say("interviews.held", date=self.date(self.day))] if self.day else []
        question = self.asked(self.release.fact("quote_question"))
        if question and self.consent:
            said = self.choice(question, self.consent)
            lead.append(self.say("interviews.consent", answer=said))
        return self.front_of(self.name, title, lead)

    def themes(self) -> Section:
        """What the interview speaks of, in which answers, and how many other governments do."""
        found = Counter[str]()
        for code, _question, count in self.passages:
            found[code] += count
        if not found:
            said = Sentences((self.say("interviews.uncoded"),))
            return Section((Heading(self.say("interviews.heading.own_themes")), said))
        listed = tuple(self._theme_row(code) for code, _ in found.most_common())
        columns = ("theme", "where", "governments")
        table = Table(
            self.say("interviews.caption.own_themes"),
            tuple(self.say(f"interviews.{name}") for name in columns),
            ("text", "text", "mark"),
            (Block("", listed),),
            (*self.notes(), *self.explained(cell for row in listed for cell in row.cells)),
        )
        return Section((Heading(self.say("interviews.heading.own_themes")), table))

    def _theme_row(self, code: str) -> Row:
        where = {question for one, question, _ in self.passages if one == code}
        named = self.listed(self.question(q) for q in self.questions if q.column in where)
        count = self.counts.get(code, Count(shown="x"))
        return Row(Cell(self.theme(code)), (Cell(named), self.counted(count)))

    def policies_presented(self) -> Section:
        """Its policies, and which of them the knowledge hub may show."""
        if not self.policies_:
            return Section()
        columns = ("policy", "hub", "rights", "groups", "date")
        table = Table(
            self.say("interviews.caption.own_policies"),
            tuple(self.say(f"interviews.{name}") for name in columns),
            ("text",) * 4 + ("short",),
            (Block("", self.policy_rows(self.policies_, with_unit=False)),),
            (self.say("S-19"),),
        )
        return Section((Heading(self.say("interviews.heading.own_policies")), table))

    def quotations(self) -> Section:
        """Its own released sentences, or that there are none."""
        if self.quotes_:
            return super().quotations()
        heading = Heading(self.say("interviews.heading.quotes"))
        return Section((heading, Sentences((self.say("interviews.no_quotes"),))))


def read_profile(release: Release, wave: str, language: str, unit_id: str) -> ProfileBrief:
    """The page of one interview."""
    folder = release.folder
    name = release.fact("name")
    held: list[tuple[Any, ...]] = rows(
        folder,
        "members",
        "estimate.unit",
        "submitted_on",
        "WHERE wave = ? AND unit_id = ?",
        wave,
        unit_id,
    )
    if not held:
        one_of("unit", unit_id, release.units)
    said = rows(
        folder, "members", "estimate.unit_answer", "value",
        "WHERE wave = ? AND unit_id = ? AND question = ? AND state = 'answered'",
        wave, unit_id, release.fact("quote_question"),
    )  # fmt: skip
    passages = rows(
        folder, "members", "estimate.passage",
        "code, question, count(DISTINCT (row_id, first_character, last_character))",
        "WHERE wave = ? AND unit_id = ? AND text_sha256 <> '' GROUP BY ALL ORDER BY 3 DESC, 1, 2",
        wave, unit_id,
    )  # fmt: skip
    return ProfileBrief(
        release,
        wave,
        language,
        unit_id=unit_id,
        quotes_=tuple(quote for quote in read_quotes(folder, wave) if quote.unit_id == unit_id),
        policies_=tuple(p for p in read_policies(folder, "members", unit_id) if p.survey == name),
        counts=units_behind(folder, wave, release.fact("coding_code")),
        day=held[0][0] if held else None,
        consent=said[0][0] if said else "",
        passages=tuple(passages),
    )
