"""`open_brief`: from a notebook's parameters to a brief; an unknown value is told, not guessed."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from pipeline.errors import one_of
from pipeline.report.brief import Brief
from pipeline.report.government import GovernmentBrief, own_answers
from pipeline.report.group import GroupBrief
from pipeline.report.network import NetworkBrief
from pipeline.report.quality import QualityBrief
from pipeline.report.reading import find_release, read_release, reading
from pipeline.report.release import Release
from pipeline.report.return_sheet import ReturnBrief, open_matters, return_page
from pipeline.report.scores import own_scores
from pipeline.report.tallies import read_tallies

OWN = ("government", "return")
KINDS = (*OWN, "group", "network", "quality")


def open_brief(  # noqa: PLR0913 - the parameters of the notebooks, by name
    kind: str,
    *,
    survey: str,
    release: str = "current",
    wave: str = "",
    language: str = "",
    unit: str = "",
    group_kind: str = "",
    group: str = "",
) -> Brief:
    """The brief of a government, group, network or of the data's quality, or a return sheet.

    Args:
        kind: government, group, network, quality or return.
        survey: the survey's name.
        release: a release id, or `current`.
        wave: a wave's id; '' is the newest.
        language: of the page, one that the survey has; '' is its first.
        unit: unit_id of the government.
        group_kind: what the group is a group by, such as `country`.
        group: the group's code.

    Raises:
        RelevoError: no_release, unknown_parameter.
    """
    folder = find_release(survey, release)
    cleared = read_release(folder)
    one_of("kind", kind, KINDS)
    wave = one_of("wave", wave or _newest(cleared.rounds), cleared.rounds)
    language = one_of("language", language or cleared.languages[0], cleared.languages)
    if kind in OWN:
        with reading(folder, "members") as con:
            return _own(con, kind, cleared, wave, language, unit)
    if kind == "group":
        known = [code for _, code in cleared.groups(wave, group_kind)]
        return GroupBrief(cleared, wave, language, (group_kind, one_of("group", group, known)))
    if kind == "quality":
        return QualityBrief(cleared, wave, language, tallies=read_tallies(folder, wave))
    return NetworkBrief(cleared, wave, language)


def _own(  # noqa: PLR0913, PLR0917 - one connection for all that a page of a government shows
    con: duckdb.DuckDBPyConnection,
    kind: str,
    cleared: Release,
    wave: str,
    language: str,
    unit: str,
) -> Brief:
    matters = open_matters(con, wave, unit)
    if kind == "return":
        if not matters:
            one_of("unit", unit, cleared.units)
        return ReturnBrief(cleared, wave, language, unit_id=unit, matters=matters)
    own = own_answers(con, wave, unit)
    if not own:
        one_of("unit", unit, cleared.units)
    asked = return_page(cleared, unit) if matters else ""
    scored = own_scores(con, wave, unit)
    return GovernmentBrief(
        cleared, wave, language, unit_id=unit, own=own, scored=scored, asked=asked
    )


def _newest(waves: Iterable[str]) -> str:
    return max(waves, default="")
