"""What governments share, as the pages read it: policies, quotations, coded passages, matches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.page import Cell, Quotes
from pipeline.report.reading import exists, reading

POLICY = """policy_id, survey, unit_id, coalesce(unit_name, unit_id), coalesce(country, ''),
    coalesce(language, ''), name, coalesce(domain, ''), coalesce(rights, ''),
    coalesce(new_right, ''), coalesce(groups, ''), coalesce(status, ''), start_year,
    coalesce(evaluation, ''), coalesce(link, ''), stated_on, is_shared, coalesce(summary, '')"""
QUOTE = "unit_id, office, question, row_id, text, language, codes"
WEB = ("http://", "https://")


@dataclass(frozen=True)
class Policy:
    """A row of estimate.policy."""

    policy_id: str
    survey: str
    unit_id: str
    unit_name: str
    country: str
    language: str
    name: str
    domain: str
    rights: tuple[str, ...]
    new_right: str
    groups: tuple[str, ...]
    status: str
    start_year: int | None
    evaluation: str
    link: str
    stated_on: date | None
    is_shared: bool
    summary: str = ""


@dataclass(frozen=True)
class Quote:
    """A row of estimate.quote; unit_id and office are '' where the name may not stand beside it."""

    unit_id: str
    office: str
    question: str
    row_id: str
    text: str
    language: str
    codes: tuple[str, ...]


def rows(
    folder: Path, file: str, table: str, columns: str, rest: str = "", *values: object
) -> list[tuple[Any, ...]]:
    """Rows of a table of `survey` or `members`; none where the release has no such table."""
    with reading(folder, file) as con:
        if not exists(con, table):
            return []
        return con.execute(f"SELECT {columns} FROM {table} {rest}", list(values)).fetchall()


def read_policies(folder: Path, file: str = "survey", unit_id: str = "") -> tuple[Policy, ...]:
    """The policies that may stand beside a name; in `members` all of them, for the own page."""
    of_unit = ("WHERE unit_id = ?", unit_id) if unit_id else ("",)
    found = rows(
        folder, file, "estimate.policy", POLICY, f"{of_unit[0]} ORDER BY unit_id, policy_id",
        *of_unit[1:],
    )  # fmt: skip
    return tuple(
        Policy(*[*row[:8], tuple(row[8].split()), row[9], tuple(row[10].split()), *row[11:]])
        for row in found
    )


def read_quotes(folder: Path, wave: str) -> tuple[Quote, ...]:
    """The sentences that may be quoted, in an order that favours nobody."""
    found = rows(folder, "survey", "estimate.quote", QUOTE, "WHERE wave = ?", wave)
    return tuple(Quote(*[*row[:6], tuple(row[6].split())]) for row in found)


def country_name(brief: Brief, code: str) -> str:
    """A country of the short list, or of the world where an open frame goes beyond it."""
    if (("country", code, brief.spoken)) in brief.release.references:
        return brief.reference("country", code)
    return texts.country_names(brief.spoken).get(code, code)


def unit_name(brief: Brief, unit_id: str, otherwise: str = "") -> str:
    """A government in the page's language; without a frame what it calls itself."""
    known = brief.release.units.get(unit_id)
    return known.name_in(brief.spoken) if known else otherwise or unit_id


def placed(brief: Brief, unit_id: str, otherwise: str = "", country: str = "") -> str:
    """A government with its country."""
    code = brief.release.unit(unit_id).country or country
    name = unit_name(brief, unit_id, otherwise)
    return f"{name} ({country_name(brief, code)})" if code else name


def policy_cell(policy: Policy) -> Cell:
    """The name in its own language; it leads to the source, where that is a page."""
    href = policy.link if policy.link.startswith(WEB) else ""
    return Cell(policy.name, lang=policy.language, href=href)


def quoted(brief: Brief, found: tuple[Quote, ...], themes: str = "") -> Quotes:
    """The part that prints quotations: who says it, as far as the consent goes, and the theme.

    `themes`: the list of choices that names the codes.
    """
    return Quotes(
        tuple((one.text, _who(brief, one, themes), one.language or brief.spoken) for one in found),
        brief.say("S-19"),
    )


def _who(brief: Brief, quote: Quote, themes: str) -> str:
    if not quote.unit_id:
        who = brief.say("interviews.unnamed")
    else:
        office = brief.release.fact("quote_office")
        question = next((q for q in brief.questions if q.column == office), None)
        said = brief.choice(question, quote.office) if question and quote.office else ""
        who = ", ".join(part for part in (placed(brief, quote.unit_id), said) if part)
    named = [brief.label(f"{themes}/{code}", "choice") for code in quote.codes] if themes else []
    return " · ".join([who, *([brief.listed(named)] if named else [])])
