"""`open_brief`: from a notebook's parameters to a brief; an unknown value is told, not guessed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.report.brief import Brief
from pipeline.report.government import GovernmentBrief, own_answers
from pipeline.report.group import GroupBrief
from pipeline.report.network import NetworkBrief
from pipeline.report.quality import QualityBrief, summaries
from pipeline.report.reading import find_release, read_release

KINDS = ("government", "group", "network", "quality")


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
    """The brief of one government, group, network or of the data's quality, in one language.

    Args:
        kind: government, group, network or quality.
        survey: the survey's name.
        release: a release id, or `current`.
        wave: a wave's id; '' is the newest.
        language: a language of the survey; '' is its first.
        unit: unit_id of the government.
        group_kind: what the group is a group by, such as `country`.
        group: the group's code.

    Raises:
        RelevoError: no_release, unknown_parameter.
    """
    folder = find_release(survey, release)
    cleared = read_release(folder)
    _known("kind", kind, KINDS)
    wave = _known("wave", wave or _newest(cleared.rounds), cleared.rounds)
    language = _known("language", language or cleared.languages[0], cleared.languages)
    if kind == "government":
        own = own_answers(folder, wave, unit)
        if not own:
            _known("unit", unit, cleared.units)
        return GovernmentBrief(cleared, wave, language, unit_id=unit, own=own)
    if kind == "group":
        known = [code for _, code in cleared.groups(wave, group_kind)]
        return GroupBrief(cleared, wave, language, (group_kind, _known("group", group, known)))
    if kind == "quality":
        return QualityBrief(cleared, wave, language, **summaries(folder, wave))
    return NetworkBrief(cleared, wave, language)


def _newest(waves: Iterable[str]) -> str:
    return max(waves, default="")


def _known(name: str, value: str, known: Iterable[str]) -> str:
    """The value itself, if it is one of those known.

    Raises:
        RelevoError: unknown_parameter, naming the nearest ones.
    """
    listed = list(known)
    if value in listed:
        return value
    near = difflib.get_close_matches(value, listed, n=5, cutoff=0.5) or listed[:5]
    values: dict[str, object] = {
        "parameter": name,
        "found": value,
        "expected": ", ".join(near) or "-",
    }
    raise RelevoError(Finding(Problem.unknown_parameter, values=values))
