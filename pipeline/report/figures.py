"""Plotly figures as plain data, drawn from the rows of a table. Their labels are escaped text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from pipeline.texts import percent


@dataclass(frozen=True)
class Dots:
    """One series of shares from 0 to 1, one per row; None where the table hides the number."""

    name: str
    shares: Sequence[float | None]
    hover: Sequence[str]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    filled: Sequence[bool] = ()


def plain(text: str) -> str:
    """A label that Plotly reads as text only: no markup, no template."""
    return escape(text, quote=False).replace("%{", "% {")


def dot_chart(
    rows: Sequence[str], series: Sequence[Dots], axis: str, locale: str
) -> dict[str, Any]:
    """Shares as dots, one row each, the first row on top; an interval as a line.

    Args:
        rows: label of each row.
        series: one or two sets of dots over the same rows.
        axis: title of the horizontal axis.
        locale: how the percentages on the axis are written.
    """
    labels = [plain(row) for row in rows]
    ticks = [0, 0.25, 0.5, 0.75, 1]
    return {
        "data": [_trace(dots, labels, first=dots is series[0]) for dots in series],
        "layout": {
            "height": 90 + 26 * len(rows),
            "margin": {"l": 10, "r": 20, "t": 10, "b": 60},
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": {
                "range": [-0.02, 1.02],
                "tickvals": ticks,
                "ticktext": [percent(tick, locale) for tick in ticks],
                "title": {"text": plain(axis), "font": {"size": 13}, "standoff": 8},
                "zeroline": False,
                "fixedrange": True,
            },
            "yaxis": {
                "autorange": "reversed",
                "automargin": True,
                "fixedrange": True,
                "type": "category",
            },
        },
    }


def _trace(dots: Dots, labels: Sequence[str], *, first: bool) -> dict[str, Any]:
    filled = list(dots.filled) or [first] * len(labels)
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "name": plain(dots.name),
        "x": list(dots.shares),
        "y": list(labels),
        "text": [plain(text) for text in dots.hover],
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        "marker": {
            "size": 11 if first else 16,  # a hollow dot stays visible around a filled one
            "symbol": ["circle" if full else "circle-open" for full in filled],
            "line": {"width": 2},
        },
    }
    if any(value is not None for value in dots.low):
        trace["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": _gaps(dots.shares, dots.high),
            "arrayminus": _gaps(dots.low, dots.shares),
            "thickness": 2,
            "width": 0,
        }
    return trace


def _gaps(low: Sequence[float | None], high: Sequence[float | None]) -> list[float]:
    pairs = zip(low, high, strict=True)
    return [b - a if a is not None and b is not None else 0 for a, b in pairs]
