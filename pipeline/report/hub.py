"""The knowledge hub: every policy that its government shares, to be searched on one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.knowledge import WEB, Policy, country_name, read_policies, rows, unit_name
from pipeline.report.page import Entry, Facet, Heading, Link, Listing, Section, Sentences
from pipeline.report.release import Release
from pipeline.store import slug

FACETS = ("rights", "domain", "groups", "country", "language")
DATA = ("estimate_policy.csv", "policies.json")


@dataclass(frozen=True)
class HubBrief(Brief):
    """Policies as cards; the search narrows them by right, domain, group, country and language."""

    kind: ClassVar[str] = "hub"
    policies_: tuple[Policy, ...] = ()
    lists: Mapping[str, str] = field(default_factory=dict)  # column of the inventory -> choice list
    sources: Mapping[tuple[str, str], str] = field(default_factory=dict)  # survey, language

    def front(self) -> Section:
        """How many policies of how many governments; where they come from."""
        units = {policy.unit_id for policy in self.policies_}
        title = self.say("hub.title", count=len(self.policies_), units=len(units))
        if not self.policies_:
            return self.front_of(self.say("hub.name"), self.say("hub.nothing"))
        by_source = Counter(policy.survey for policy in self.policies_)
        listed = (f"{self.source(name)} ({count})" for name, count in by_source.most_common())
        lead = [self.say("hub.lead", list=self.listed(listed)), self.say("hub.consent")]
        return self.front_of(self.say("hub.name"), title, lead)

    def catalogue(self) -> Section:
        """Every policy; all of them stand in the page, the search only hides."""
        if not self.policies_:
            return Section()
        entries = tuple(self._entry(policy) for policy in self._ordered())
        facets = tuple(Facet(name, self.say(f"hub.{name}"), self._options(name)) for name in FACETS)
        one, many = (texts.sentence(self.spoken, "hub.count", n) for n in (1, 2))
        listing = Listing(
            self.say("hub.search"), self.say("hub.any"), (one, many), facets, entries
        )  # fmt: skip
        return Section(
            (Heading(self.say("hub.heading")), listing, Sentences((self.say("S-19"),), "note"))
        )

    def open_data(self) -> Section:
        """Where the same rows lie as files."""
        said = Sentences((self.say("hub.data"),))
        links = (Link(name, f"../../results/{name}") for name in DATA)
        return Section((Heading(self.say("hub.heading_data")), said, *links))

    def _ordered(self) -> list[Policy]:
        def place(policy: Policy) -> tuple[str, str, str]:
            names = country_name(self, policy.country), self.whose(policy)
            return slug(names[0]), slug(names[1]), policy.policy_id

        return sorted(self.policies_, key=place)

    def _options(self, facet: str) -> tuple[tuple[str, str], ...]:
        """The values that any policy has, in the order of the questionnaire or by name."""
        found = {code for policy in self.policies_ for code in self.codes(policy, facet)}
        named = [(code, self.word(facet, code)) for code in found]
        order = self._order(facet)
        return tuple(
            sorted(named, key=lambda pair: (order.get(pair[0], len(order)), slug(pair[1])))
        )

    def _order(self, facet: str) -> dict[str, int]:
        listed = self.lists.get(facet, "")
        question = next((q for q in self.questions if q.list_name == listed and listed), None)
        return {c.name: place for place, c in enumerate(question.choices)} if question else {}

    def _entry(self, policy: Policy) -> Entry:
        rights = [code for code in policy.rights if not (code == "other" and policy.new_right)]
        named = [*(self.word("rights", code) for code in rights)]
        named += [policy.new_right] if policy.new_right else []
        said = {
            "summary": policy.summary,
            "rights": self.listed(named) if named else "",
            "domain": self.word("domain", policy.domain) if policy.domain else "",
            "groups": self.listed(self.word("groups", c) for c in policy.groups)
            if policy.groups
            else "",
            "status": self._status(policy),
            "evaluation": self.word("evaluation", policy.evaluation) if policy.evaluation else "",
            "source": self._source(policy),
        }
        where = f"{self.whose(policy)} · {country_name(self, policy.country)}"
        return Entry(
            policy.name,
            policy.language,
            policy.link if policy.link.startswith(WEB) else "",
            where,
            tuple((self.say(f"hub.{key}"), text) for key, text in said.items() if text),
            tuple((facet, " ".join(self.codes(policy, facet))) for facet in FACETS),
        )

    def _status(self, policy: Policy) -> str:
        said = self.word("status", policy.status) if policy.status else ""
        since = self.say("hub.since", year=str(policy.start_year)) if policy.start_year else ""
        return ", ".join(part for part in (said, since) if part)

    def _source(self, policy: Policy) -> str:
        day = self.date(policy.stated_on) if policy.stated_on else ""
        return ", ".join(part for part in (self.source(policy.survey), day) if part)

    # --- words ------------------------------------------------------------------------------------
    def source(self, survey: str) -> str:
        """The title of the instrument that a policy comes from."""
        title = self.sources.get((survey, self.spoken)) or self.sources.get((survey, ""), survey)
        return texts.typeset(title, self.spoken)

    def whose(self, policy: Policy) -> str:
        """The government's name."""
        return unit_name(self, policy.unit_id, policy.unit_name)

    def codes(self, policy: Policy, facet: str) -> tuple[str, ...]:
        """What the search finds a policy by."""
        found: str | tuple[str, ...] = getattr(policy, facet)
        return found if isinstance(found, tuple) else (found,) if found else ()

    def word(self, facet: str, code: str) -> str:
        """A code in words."""
        if facet == "country":
            return country_name(self, code)
        if facet == "language":
            return texts.language_name(code, self.spoken)
        return self.label(f"{self.lists.get(facet, facet)}/{code}", "choice")


def read_hub(release: Release, wave: str, language: str) -> HubBrief:
    """The page of the policy inventory."""
    folder = release.folder
    return HubBrief(
        release,
        wave,
        language,
        policies_=read_policies(folder),
        lists=policy_lists(release, wave),
        sources={row[:2]: row[2] for row in rows(folder, "survey", "estimate.source", "*")},
    )


def policy_lists(release: Release, wave: str) -> dict[str, str]:
    """By column of the inventory, the list of choices that names its codes."""
    found: Iterable[tuple[str, str]] = rows(
        release.folder, "survey", "ask.question", "joins, list_name",
        "WHERE wave = ? AND starts_with(coalesce(joins, ''), 'policy.') AND list_name <> ''", wave,
    )  # fmt: skip
    return {column.removeprefix("policy."): name for column, name in found}
