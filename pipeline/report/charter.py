"""The charter followed up: policies and answers by chapter, by SDG domain, by objective."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pipeline.report.answers import Tabulated
from pipeline.report.counts import Count
from pipeline.report.interviews import units_behind
from pipeline.report.knowledge import Policy, country_name, placed, read_policies, rows
from pipeline.report.page import Block, Cell, Heading, Row, Section, Sentences, Table
from pipeline.report.release import Asked, Release
from pipeline.store import slug

OTHER = "other"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII")
# Each text: the column of the form that names its parts, and the short list of them.
TEXTS = {"charter": "charter_chapter", "sdg": "sdg1072_domain", "gcm": "gcm_objective"}


@dataclass(frozen=True)
class CharterBrief(Tabulated):
    """What is done for each chapter, where nobody does, and which rights have no chapter."""

    kind: ClassVar[str] = "charter"
    policies_: tuple[Policy, ...] = ()
    described: Mapping[str, Count] = field(default_factory=dict)  # by chapter: governments
    links: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    rights_: tuple[tuple[str, str, str, str, str], ...] = ()  # of joined surveys
    open_objectives: tuple[str, ...] = ()  # of the compact: those a local government can act on

    def front(self) -> Section:
        """Chapters with many and with few policies; how many rights stand outside."""
        by_right = Counter(code for policy in self.policies_ for code in policy.rights)
        most = [code for code, _ in by_right.most_common() if code != OTHER][:3]
        least = [code for code in self._chapters() if by_right[code] <= 1]
        outside = {policy.new_right for policy in self.policies_ if policy.new_right}
        outside |= {text for *_, text in self.rights_}
        lead = [self.say("charter.lead_most", list=self._named("charter", most))] if most else []
        if least and most:
            lead.append(self.say("charter.lead_least", list=self._named("charter", least)))
        if outside:
            lead.append(self.say("charter.lead_outside", count=len(outside)))
        title = self.say("charter.title", count=len(self.policies_))
        return self.front_of(self.say("charter.name"), title, lead)

    # --- the chapters -----------------------------------------------------------------------------
    def chapters(self) -> Section:
        """By chapter: governments that describe a policy, and the measures linked to it."""
        listed = tuple(
            Row(
                Cell(f"{self._number(code)} {self.part('charter', code)}"),
                (
                    self.counted(self.described.get(code, Count(shown="x"))),
                    Cell(self._measures("charter", code)),
                ),
            )
            for code in self._chapters()
        )
        if not listed:
            return Section()
        columns = ("chapter", "describe", "measures")
        table = Table(
            self.say("charter.caption"),
            tuple(self.say(f"charter.{name}") for name in columns),
            ("text", "mark", "text"),
            (Block("", listed),),
            (
                self.say("charter.note_titles"),
                self.say("charter.note_measures"),
                *dict.fromkeys(
                    (
                        *self.explained(cell for row in listed for cell in row.cells[:1]),
                        *self._signs("charter", self._chapters()),
                    )
                ),
            ),
        )
        return Section((Heading(self.say("charter.heading")), table))

    def coverage(self) -> Section:
        """By country: chapters with a shared policy, and chapters without."""
        by_country: dict[str, Counter[str]] = {}
        for policy in self.policies_:
            by_country.setdefault(policy.country, Counter()).update(policy.rights)
        if not by_country:
            return Section()
        rows_ = []
        for country in sorted(by_country, key=lambda code: slug(country_name(self, code))):
            found = by_country[country]
            held = [code for code in self._chapters() if found[code]]
            without = [self._number(code) for code in self._chapters() if not found[code]]
            said = ", ".join(f"{self._number(code)} ({found[code]})" for code in held)
            cells = (Cell(str(len(held))), Cell(said or "–"), Cell(", ".join(without) or "–"))
            rows_.append(Row(Cell(country_name(self, country)), cells))
        columns = ("country", "held", "with", "without")
        table = Table(
            self.say("charter.caption_countries"),
            tuple(self.say(f"charter.{name}") for name in columns),
            ("text", "count", "text", "text"),
            (Block("", tuple(rows_)),),
            (self.say("charter.note_countries"),),
        )
        return Section((Heading(self.say("charter.heading_countries")), table))

    def outside(self) -> Section:
        """Rights that no chapter names, each as its government wrote it."""
        heading = Heading(self.say("charter.heading_outside"))
        found = [
            (
                policy.new_right,
                policy.language,
                Cell(policy.name, lang=policy.language),
                placed(self, policy.unit_id, policy.unit_name, policy.country),
                self.date(policy.stated_on) if policy.stated_on else "–",
            )
            for policy in self.policies_
            if policy.new_right
        ]
        found += [
            (text, language, Cell("–"), placed(self, unit, name, country), "–")
            for unit, name, country, language, text in self.rights_
        ]
        if not found:
            return Section((heading, Sentences((self.say("charter.no_outside"),))))
        found.sort(key=lambda one: (one[0].casefold(), one[3]))
        rows_ = tuple(
            Row(Cell(text, lang=language), (policy, Cell(who), Cell(day)))
            for text, language, policy, who, day in found
        )
        columns = ("right", "policy", "government", "date")
        table = Table(
            self.say("charter.caption_outside"),
            tuple(self.say(f"charter.{name}") for name in columns),
            ("text", "text", "text", "short"),
            (Block("", rows_),),
            (self.say("charter.note_outside"), self.say("S-19")),
        )
        return Section((heading, table))

    # --- the other texts --------------------------------------------------------------------------
    def sdg(self) -> Section:
        """By domain of SDG indicator 10.7.2, the measures that have to do with it."""
        return self._of_text("sdg", sorted(self.links.get("sdg", {}), key=_place))

    def gcm(self) -> Section:
        """By objective of the Global Compact on which a local government can act."""
        known = self.links.get("gcm", {})
        return self._of_text("gcm", [code for code in self.open_objectives if code in known])

    def _of_text(self, text: str, codes: list[str]) -> Section:
        if not codes:
            return Section()
        rows_ = tuple(
            Row(Cell(f"{code}. {self.part(text, code)}"), (Cell(self._measures(text, code)),))
            for code in codes
        )
        columns = (self.say(f"charter.part_{text}"), self.say("charter.measures"))
        notes = (
            self.say(f"charter.note_{text}"),
            self.say("charter.note_measures"),
            *self._signs(text, codes),
        )
        caption = self.say(f"charter.caption_{text}")
        table = Table(caption, columns, ("text", "text"), (Block("", rows_),), notes)
        return Section((Heading(self.say(f"charter.heading_{text}")), table))

    # --- words ------------------------------------------------------------------------------------
    def _chapters(self) -> list[str]:
        """The codes of the chapters, in their order."""
        kind = TEXTS["charter"]
        codes = dict.fromkeys(code for one, code, _ in self.release.references if one == kind)
        return [code for code in codes if code != OTHER]

    def _number(self, code: str) -> str:
        place = int(code.lstrip("c")) if code.lstrip("c").isdecimal() else 0
        return ROMAN[place - 1] if 0 < place <= len(ROMAN) else code

    def part(self, text: str, code: str) -> str:
        """A chapter, domain or objective in our own short words."""
        return self.reference(TEXTS[text], code)

    def _named(self, text: str, codes: list[str]) -> str:
        return self.listed(self.part(text, code) for code in codes)

    def _measures(self, text: str, code: str) -> str:
        """The measures linked to a part, the most widespread first, each with its count.

        Those that are not asked as in force, in preparation or no stand after them, without one.
        """
        linked = self._linked(text, code)
        counted = [(q, self.numbers().in_force(q)) for q in linked if q.is_policy]
        counted.sort(key=lambda pair: (not pair[1].is_shown, -pair[1].share))
        said = [f"{self.question(policy)} ({self.counted(n).text})" for policy, n in counted]
        other = [self.question(q) for q in linked if q.score and not q.is_policy]
        said += [self.say("charter.also", list=self.listed(other))] if other else []
        return "; ".join(said) or self.say("charter.no_measure")

    def _linked(self, text: str, code: str) -> list[Asked]:
        key = self._number(code) if text == "charter" else code
        asked = {q.column: q for q in self.questions}
        return [asked[c] for c in self.links.get(text, {}).get(key, ()) if c in asked]

    def _signs(self, text: str, codes: list[str]) -> tuple[str, ...]:
        """What the signs mean that stand among the measures of some parts."""
        linked = (q for code in codes for q in self._linked(text, code) if q.is_policy)
        return self.explained(self.counted(self.numbers().in_force(q)) for q in linked)


def _place(code: str) -> tuple[int, str]:
    return (int(code), "") if code.isdecimal() else (99, code)


def read_charter(release: Release, wave: str, language: str) -> CharterBrief:
    """The page of the charter, the goals and the compact."""
    folder = release.folder
    links: dict[str, dict[str, tuple[str, ...]]] = {text: {} for text in TEXTS}
    columns = ", ".join(("question", *TEXTS))
    for question, *linked in rows(
        folder, "survey", "ask.question", columns, "WHERE wave = ? ORDER BY position", wave
    ):
        for text, codes in zip(TEXTS, linked, strict=True):
            for code in (codes or "").split():
                links[text][code] = (*links[text].get(code, ()), question)
    rights = rows(
        folder,
        "survey",
        "ask.question",
        "question",
        "WHERE wave = ? AND joins = 'policy.rights'",
        wave,
    )
    local = rows(
        folder, "survey", "ask.fact", "code",
        "WHERE kind = 'gcm_objective' AND field = 'locally_actionable' AND text = 'yes' "
        "ORDER BY position",
    )  # fmt: skip
    return CharterBrief(
        release,
        wave,
        language,
        policies_=read_policies(folder),
        described=units_behind(folder, wave, rights[0][0]) if rights else {},
        links=links,
        rights_=tuple(
            rows(
                folder,
                "survey",
                "estimate.new_right",
                "unit_id, unit_name, country, coalesce(language, ''), text",
                "ORDER BY ALL",
            )
        ),
        open_objectives=tuple(code for (code,) in local),
    )
