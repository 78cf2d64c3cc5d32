"""`open_brief`: from a notebook's parameters to a brief; an unknown value is told, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.errors import one_of
from pipeline.report.actions import ActionsBrief, read_actions
from pipeline.report.advocacy import read_advocacy
from pipeline.report.brief import Brief
from pipeline.report.charter import read_charter
from pipeline.report.followup import FollowUpBrief, read_lists
from pipeline.report.government import GovernmentBrief, Own, own_answers
from pipeline.report.group import GroupBrief
from pipeline.report.hub import read_hub
from pipeline.report.interim import InterimBrief, Reached, read_reached
from pipeline.report.interviews import read_interviews, read_profile
from pipeline.report.matches import read_exchange
from pipeline.report.network import NetworkBrief
from pipeline.report.plan import network_layout, own_layout
from pipeline.report.quality import QualityBrief
from pipeline.report.reading import find_release, read_release, reading
from pipeline.report.register import RegisterBrief
from pipeline.report.release import Release
from pipeline.report.return_sheet import Open, ReturnBrief, open_matters, return_page
from pipeline.report.scores import Score, own_scores
from pipeline.report.tallies import read_tallies

OWN = ("government", "return")
SHARED: dict[str, Callable[[Release, str, str], Brief]] = {
    "hub": read_hub,
    "charter": read_charter,
    "advocacy": read_advocacy,
    "exchange": read_exchange,
}
KINDS = (*OWN, "group", "network", "quality", "interim", "followup", *SHARED)


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
    """A brief by its kind; the network's is laid out by what the survey records.

    Args:
        kind: one of KINDS, such as government, group or network.
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
    if kind == "government" and own_layout(cleared):
        return read_profile(cleared, wave, language, unit)
    if kind in OWN:
        return _own(folder, kind, cleared, wave, language, unit)
    if kind == "group":
        known = [code for _, code in cleared.groups(wave, group_kind)]
        return GroupBrief(cleared, wave, language, (group_kind, one_of("group", group, known)))
    return _of_all(folder, kind, cleared, wave, language)


def _of_all(folder: Path, kind: str, cleared: Release, wave: str, language: str) -> Brief:
    """A brief about all: there is one in each language."""
    if kind == "quality":
        return QualityBrief(cleared, wave, language, tallies=read_tallies(folder, wave))
    if kind == "interim":
        with reading(folder, "members") as con:
            reached = tuple(
                Reached(cleared.unit(unit_id), state, day)
                for unit_id, state, day in read_reached(con, wave)
            )
        return InterimBrief(cleared, wave, language, reached=reached)
    if kind == "followup":
        return FollowUpBrief(cleared, wave, language, lists=read_lists(folder, wave))
    if kind in SHARED:
        return SHARED[kind](cleared, wave, language)
    return _of_network(folder, cleared, wave, language)


def _of_network(folder: Path, cleared: Release, wave: str, language: str) -> Brief:
    """The network's brief, laid out by what the survey records."""
    layout = network_layout(cleared)
    if layout == "interviews":
        return read_interviews(cleared, wave, language)
    if layout == "register":
        return RegisterBrief(cleared, wave, language)
    if layout == "actions":
        return ActionsBrief(cleared, wave, language, actions=read_actions(folder, wave))
    return NetworkBrief(cleared, wave, language)


@dataclass(frozen=True)
class OwnRows:
    """All that members.duckdb says of one government in one wave."""

    own: dict[str, Own]
    before: dict[str, Own]  # in the wave before
    scored: tuple[Score, ...]
    matters: tuple[Open, ...]


_ahead: dict[tuple[Path, str, str], OwnRows] = {}


def read_ahead(folder: Path, wave: str, units: Iterable[str]) -> None:
    """Read the rows of these governments at once, in place of those read before.

    A connection takes longer to open than a page to write; pages made by processes that are
    forked from this one find their rows here.
    """
    _ahead.clear()
    earlier = read_release(folder).wave_before(wave)
    with reading(folder, "members") as con:
        _ahead.update({(folder, wave, unit): _read(con, wave, earlier, unit) for unit in units})


def _read(con: duckdb.DuckDBPyConnection, wave: str, earlier: str, unit: str) -> OwnRows:
    own, scored = own_answers(con, wave, unit), own_scores(con, wave, unit)
    before = own_answers(con, earlier, unit) if earlier else {}
    return OwnRows(own, before, scored, open_matters(con, wave, unit))


def _return_sheet(
    folder: Path, cleared: Release, wave: str, language: str, unit: str
) -> ReturnBrief:
    """Made from open matters alone: there is a sheet before there is any estimate."""
    rows = _ahead.get((folder, wave, unit))
    if rows is None:
        with reading(folder, "members") as con:
            matters = open_matters(con, wave, unit)
    else:
        matters = rows.matters
    if not matters:
        one_of("unit", unit, cleared.units)
    return ReturnBrief(cleared, wave, language, unit_id=unit, matters=matters)


def _own(  # noqa: PLR0913, PLR0917 - the parameters of open_brief
    folder: Path, kind: str, cleared: Release, wave: str, language: str, unit: str
) -> Brief:
    rows = _ahead.get((folder, wave, unit))
    if kind == "return":
        return _return_sheet(folder, cleared, wave, language, unit)
    if rows is None:
        with reading(folder, "members") as con:
            rows = _read(con, wave, cleared.wave_before(wave), unit)
    if not rows.own:
        one_of("unit", unit, cleared.units)
    asked = return_page(cleared, unit) if rows.matters else ""
    return GovernmentBrief(
        cleared,
        wave,
        language,
        unit_id=unit,
        own=rows.own,
        before=rows.before,
        scored=rows.scored,
        asked=asked,
    )


def _newest(waves: Iterable[str]) -> str:
    return max(waves, default="")
