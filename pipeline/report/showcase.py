"""Running policies that their governments share: a few examples that favour nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.report.brief import Brief
from pipeline.report.hub import policy_lists
from pipeline.report.knowledge import (
    WEB,
    Policy,
    country_name,
    placed,
    policy_cell,
    read_policies,
    unit_name,
)
from pipeline.report.page import Block, Cell, Heading, Row, Section, Table
from pipeline.store import hash8, slug

MOST = 3
RUNNING = "running"  # policy.status
EVALUATED = frozenset({"external", "internal"})  # policy.evaluation: done, not planned
COLUMNS = ("policy", "government", "domain", "start_year", "evaluation")


def examples(policies: Iterable[Policy]) -> list[Policy]:
    """At most three running policies, of different governments and domains.

    Those come first that anyone can look up, then those that were evaluated. Among equals the hash
    of the government decides, so that who describes more policies is not drawn more often.
    """
    running = (one for one in policies if one.is_shared and one.status == RUNNING)
    found: list[Policy] = []
    for policy in sorted(running, key=_place):
        if len(found) < MOST and not any(_repeats(policy, other) for other in found):
            found.append(policy)
    return found


def _place(policy: Policy) -> tuple[bool, bool, str, str]:
    return (
        not policy.link.startswith(WEB),
        policy.evaluation not in EVALUATED,
        hash8(f"showcase {policy.unit_id}"),
        hash8(f"showcase {policy.policy_id}"),
    )


def _repeats(policy: Policy, other: Policy) -> bool:
    """Whether both are of one government or one domain; a domain not stated is nobody's."""
    same_domain = policy.domain == other.domain != ""
    return policy.unit_id == other.unit_id or same_domain


def showcase(brief: Brief) -> Section:
    """The examples, by country and government, and how they were chosen."""
    named = brief.release.named.get(brief.wave, frozenset())  # a page of theirs, not of all cities
    policies = read_policies(brief.release.folder)
    found = examples(policy for policy in policies if policy.unit_id in named)
    if not found:
        return Section()

    def alphabetical(policy: Policy) -> tuple[str, str]:
        name = unit_name(brief, policy.unit_id, policy.unit_name)
        return slug(country_name(brief, policy.country)), slug(name)

    lists = policy_lists(brief.release, brief.wave)
    lines = tuple(_row(brief, policy, lists) for policy in sorted(found, key=alphabetical))
    table = Table(
        brief.say("showcase.caption"),
        tuple(brief.say(f"showcase.{name}") for name in COLUMNS),
        ("text", "text", "text", "short", "short"),
        (Block("", lines),),
        (brief.say("showcase.note", most=MOST), brief.say("hub.consent"), brief.say("S-19")),
    )
    return Section((Heading(brief.say("showcase.heading")), table))


def _row(brief: Brief, policy: Policy, lists: Mapping[str, str]) -> Row:
    def word(column: str, code: str) -> Cell:
        return Cell(brief.label(f"{lists.get(column, column)}/{code}", "choice") if code else "–")

    cells = (
        Cell(placed(brief, policy.unit_id, policy.unit_name, policy.country)),
        word("domain", policy.domain),
        Cell(str(policy.start_year) if policy.start_year else "–"),
        word("evaluation", policy.evaluation),
    )
    return Row(policy_cell(policy), cells)
