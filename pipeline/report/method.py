"""The method box: thirteen items after AAPOR, each filled from the data or `not stated`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from pipeline.report.release import NETWORK

if TYPE_CHECKING:
    from pipeline.report.brief import Brief

OF_THE_ASKED = frozenset({"population", "selection", "response"})  # a log asks nobody


def entries(brief: Brief) -> tuple[tuple[str, str], ...]:
    """Term and text of each item, in a fixed order."""
    answered, total = brief.release.response(brief.wave, NETWORK)
    said = {
        "sponsor": brief.release.fact("sponsor"),
        "conductor": brief.release.fact("network"),
        "wording": _wording(brief),
        "population": brief.by_unit_kind("method.population_text", total=total) if total else "",
        "frame": _frame(brief),
        "selection": brief.say(f"selection.{brief.release.fact('selection', 'open_call')}"),
        "size": brief.by_unit_kind("method.size_text", count=answered),
        "mode": _mode(brief),
        "dates": _dates(brief),
        "response": _response(brief, answered, total),
        "error": " ".join(limits(brief)),
        "weights": _weights(brief),
        "bases": brief.say("method.bases_text"),
    }
    if brief.release.is_log:
        said |= {"size": brief.say("method.log_size", count=answered)}
        said = {item: text for item, text in said.items() if item not in OF_THE_ASKED}
    missing = brief.say("method.not_stated")
    shorthand = " · ".join(
        (brief.by_unit_kind("S-12", k=brief.threshold), brief.say("S-09"), brief.say("S-10"))
    )
    confidential = int(brief.release.fact("threshold_confidential", "5"))
    hidden = brief.by_unit_kind("method.threshold", k=brief.threshold, confidential=confidential)
    return (
        *((brief.say(f"method.{item}"), text or missing) for item, text in said.items()),
        (brief.say("method.shorthand"), f"{hidden} {shorthand}"),
    )


def limits(brief: Brief) -> list[str]:
    """What the design allows to be said about error: sentences S-03 to S-06."""
    if brief.release.is_log:
        return [brief.say("method.log_error")]
    answered, total = brief.release.response(brief.wave, NETWORK)
    selection = brief.release.fact("selection", "open_call")
    if selection == "open_call" or not total:
        known = "S-03" if total or brief.unit_kind == "person" else "S-03-open"
        return [brief.by_unit_kind(known, count=answered, total=total or 0)]
    if selection == "probability":
        return [brief.say("method.error_interval", level=brief.level)]
    if answered == total:
        return [brief.by_unit_kind("S-04", total=total)]
    said = [
        brief.by_unit_kind("S-05", count=answered, total=total, p=brief.percent(answered / total))
    ]
    return [*said, brief.say("S-06", cells=cells(brief))] if cells(brief) else said


def cells(brief: Brief) -> str:
    """The weighting cells in words: `country × size class`."""
    strata = brief.release.fact("strata").split()
    return " × ".join(brief.group_kind(stratum) for stratum in strata)


def _wording(brief: Brief) -> str:
    if brief.is_dated:
        return brief.say("method.wording_text", wave=brief.wave)
    return brief.say("method.wording_full")


def _frame(brief: Brief) -> str:
    network = brief.release.fact("network")
    if brief.release.fact("scope", "none") == "none":
        return brief.say("method.frame_none")
    return brief.say("method.frame_text", network=network) if network else ""


def _mode(brief: Brief) -> str:
    tools = brief.release.fact("tools", wave=brief.wave)
    return brief.say("method.mode_text", tools=tools) if tools else ""


def _dates(brief: Brief) -> str:
    days = [brief.release.fact(key, wave=brief.wave) for key in ("opens", "closes")]
    if not all(days):
        return ""
    opens, closes = (brief.date(datetime.date.fromisoformat(day)) for day in days)
    return brief.say("method.dates_text", opens=opens, closes=closes)


def _response(brief: Brief, answered: int, total: int | None) -> str:
    if not total:
        return ""
    of = brief.say("cell.of", count=answered, total=total)
    return f"{of} ({brief.percent(answered / total)})"


def _weights(brief: Brief) -> str:
    if brief.is_weighted and cells(brief):
        return brief.say("method.weights_members", cells=cells(brief))
    return brief.say("method.weights_none")
