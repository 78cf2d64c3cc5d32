"""What the policies have to do with: chapters of the charter, the SDGs, the Global Compact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report.page import Block, Cell, Heading, Row, Section, Table

if TYPE_CHECKING:
    from pipeline.report.government import GovernmentBrief

TEXTS = ("charter", "sdg", "gcm")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII")


def own_links(brief: GovernmentBrief) -> Section:
    """Of each text, the parts for which a policy is in force here, and those without one."""
    rows = tuple(row for text in TEXTS if (row := _row(brief, text)))
    if not rows:
        return Section()
    columns = (brief.say("links.text"), brief.say("links.with"), brief.say("links.without"))
    table = Table(
        brief.say("links.caption", name=brief.name), columns, ("text",) * 3, (Block("", rows),),
        (brief.say("links.note"),),
    )  # fmt: skip
    return Section((Heading(brief.say("links.heading")), table))


def _row(brief: GovernmentBrief, text: str) -> Row | None:
    in_force: dict[str, int] = {}
    for policy in brief.own_policies:
        for code in dict(policy.links).get(text, "").split():
            in_force[code] = in_force.get(code, 0) + (brief.own_level(policy) == "in_force")
    if not in_force:
        return None
    codes = sorted(in_force, key=_place)
    named = (
        [_part(brief, text, code) for code in codes if bool(in_force[code]) == wanted]
        for wanted in (True, False)
    )
    return Row(
        Cell(brief.say(f"links.{text}")), tuple(Cell("; ".join(one) or "–") for one in named)
    )


def _place(code: str) -> tuple[int, str]:
    """Numbers of either kind in their order, anything else after them."""
    if code in ROMAN:
        return ROMAN.index(code), ""
    return (int(code), "") if code.isdecimal() else (len(ROMAN) ** 2, code)


def _part(brief: GovernmentBrief, text: str, code: str) -> str:
    """The name of a chapter or domain; of the Global Compact the number of the objective."""
    if text == "charter" and code in ROMAN:
        entry = f"c{ROMAN.index(code) + 1:02d}"
        name = brief.reference("charter_chapter", entry)
        return code if name == entry else name
    return brief.reference("sdg1072_domain", code) if text == "sdg" else code
