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


@dataclass(frozen=True)
class Area:
    """One row of a profile: the scores of others, their median, the own score; from 0 to 100."""

    name: str
    others: Sequence[float]
    median: float | None
    own: float


def profile_chart(areas: Sequence[Area], names: tuple[str, str, str], axis: str) -> dict[str, Any]:
    """One row per area: the scores of others as faint dots, their median, the own score.

    Args:
        areas: from top to bottom.
        names: what the three kinds of dots are called.
        axis: title of the horizontal axis.
    """
    places = list(range(len(areas)))
    faint = {"size": 7, "opacity": 0.35, "color": "#7d8590"}
    traces = [
        _dots(
            [round(score) for area in areas for score in area.others],
            [place for place, area in zip(places, areas, strict=True) for _ in area.others],
            names[0],
            faint,
        ),
        _dots(
            [area.median for area in areas], places, names[1],
            {"size": 11, "symbol": "diamond-open"},
        ),
        _dots([area.own for area in areas], places, names[2], {"size": 13}),
    ]  # fmt: skip
    layout = _layout([area.name for area in areas], axis)
    layout["xaxis"] |= {"range": [-2, 102], "tickvals": [0, 25, 50, 75, 100]}
    layout["showlegend"] = True
    layout["legend"] = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    layout["margin"]["t"] = 40
    return {"data": traces, "layout": layout}


def _dots(
    x: Sequence[float | None], y: Sequence[int], name: str, marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(name),
        "x": [value if value is None else round(value, 1) for value in x],
        "y": list(y),
        "hovertemplate": "%{x:.0f}<extra>" + plain(name) + "</extra>",
        "marker": marker,
    }


def _layout(rows: Sequence[str], axis: str) -> dict[str, Any]:
    """Rows from top to bottom at whole numbers, each with its label."""
    return {
        "height": 110 + 28 * len(rows),
        "margin": {"l": 10, "r": 20, "t": 10, "b": 60},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": plain(axis), "font": {"size": 13}, "standoff": 8},
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": [plain(row) for row in rows],
            "automargin": True,
            "zeroline": False,
            "fixedrange": True,
        },
    }


def waves_chart(
    rows: Sequence[str], waves: Sequence[str], values: Sequence[Sequence[float | None]], axis: str
) -> dict[str, Any]:
    """One row per area: a dot for each wave, joined from the oldest to the newest.

    Args:
        rows: label of each row.
        waves: from the oldest to the newest.
        values: from 0 to 100, by row, then by wave.
        axis: title of the horizontal axis.
    """
    places = list(range(len(rows)))
    joined_x: list[float | None] = []
    joined_y: list[int | None] = []
    for place, row in zip(places, values, strict=True):
        joined_x += [*(value if value is None else round(value, 1) for value in row), None]
        joined_y += [*[place] * len(row), None]
    line = {"type": "scatter", "mode": "lines", "x": joined_x, "y": joined_y, "hoverinfo": "skip",
            "showlegend": False, "line": {"width": 3, "color": "#9aa3ad"}}  # fmt: skip
    dots = [
        _dots(
            [row[number] for row in values], places, wave,
            {"size": 13, "symbol": "circle" if wave == waves[-1] else "circle-open"},
        )
        for number, wave in enumerate(waves)
    ]  # fmt: skip
    layout = _layout(rows, axis)
    layout["xaxis"] |= {"range": [-2, 102], "tickvals": [0, 25, 50, 75, 100]}
    layout |= {"showlegend": True, "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"}}
    layout["margin"]["t"] = 40
    return {"data": [line, *dots], "layout": layout}


def heat_map(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float | None]]
) -> dict[str, Any]:
    """Rows by columns, each cell with its number; a hidden number leaves its cell empty."""
    layout = _layout(rows, "")
    layout["xaxis"] = {
        "tickvals": list(range(len(columns))),
        "ticktext": [plain(column) for column in columns],
        "side": "top",
        "showgrid": False,
        "fixedrange": True,
    }
    layout["yaxis"] |= {"showgrid": False}
    layout["margin"] = {"l": 10, "r": 20, "t": 40, "b": 10}
    cells = {
        "type": "heatmap",
        "z": [list(row) for row in values],
        "zmin": 0,
        "zmax": 100,
        "colorscale": [[0, "#f1f5fa"], [0.5, "#7da7d9"], [1, "#08386b"]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "text": [["" if cell is None else f"{cell:.0f}" for cell in row] for row in values],
        "texttemplate": "%{text}",
        "hoverinfo": "skip",
        "hoverongaps": False,
    }
    return {"data": [cells], "layout": layout}


def tile_map(tiles: Sequence[tuple[str, int, int, float]], labels: Sequence[str]) -> dict[str, Any]:
    """Places as equal squares about where they lie: a schema, no territory.

    Args:
        tiles: name, column and row of each place, and its share from 0 to 1.
        labels: what stands in each square.
    """
    columns, rows = [tile[1] for tile in tiles], [tile[2] for tile in tiles]
    flat: dict[str, Any] = {"visible": False, "fixedrange": True}
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": columns,
                "y": rows,
                "text": [plain(label) for label in labels],
                "hovertext": [plain(tile[0]) for tile in tiles],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "textfont": {"size": 12, "color": [_ink(tile[3]) for tile in tiles]},
                "marker": {
                    "symbol": "square",
                    "size": 66,
                    "color": [tile[3] for tile in tiles],
                    "cmin": 0,
                    "cmax": 1,
                    "colorscale": [[0, "#f1f5fa"], [0.5, "#7da7d9"], [1, "#08386b"]],
                    "line": {"width": 1, "color": "#767676"},
                },
            }
        ],
        "layout": {
            "height": 90 + 76 * (max(rows, default=0) - min(rows, default=0)),
            "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
            "showlegend": False,
            "xaxis": {
                **flat,
                "range": [min(columns, default=0) - 0.6, max(columns, default=0) + 6],
            },
            "yaxis": {**flat, "range": [max(rows, default=0) + 0.6, min(rows, default=0) - 0.6]},
        },
    }


def _ink(share: float) -> str:
    """Of a text on a square of that share."""
    return "#ffffff" if share > 0.7 else "#111111"
