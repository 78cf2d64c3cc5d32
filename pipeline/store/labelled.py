"""A frame of numbers that says what it is: labels, caption, source; and that draws itself.

Both who looks cleared numbers up and who estimates with access hand out this frame, so that the
two cannot be told apart by anything but the word "not cleared", which then stands everywhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline import texts

if TYPE_CHECKING:
    import plotly.graph_objects as go

SHOWN = "yes"
NETWORK = "network"
NAMED = "named"  # row_scope of numbers about those who agreed to be named
COLUMNS = (
    "wave", "versus_wave", "question", "question_label", "group_kind", "group_code", "group_label",
    "versus_group", "choice", "choice_label", "statistic", "is_weighted", "row_scope", "count", "n",
    "population", "base", "estimate", "se", "ci_low", "ci_high", "ci_level", "ci_method", "shown",
    "reason", "why", "result_id",
)  # fmt: skip
COUNTS = ("count", "n", "population")
MEASURES = ("estimate", "se", "ci_low", "ci_high", "ci_level")
SEEN = ("group_label", "choice_label", "count", "n", "estimate", "ci_low", "ci_high", "why")
COMPARED = frozenset({"change", "difference"})
OWN_UNIT = frozenset({"mean", "median", "total"})
MOST = 30  # rows that a notebook prints
# Okabe and Ito (2008): told apart by those who see fewer colours, and on grey paper by the marks.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F")
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")


def plain(text: str) -> str:
    """A label that Plotly reads as text only: no markup, no template."""
    return escape(text, quote=False).replace("%{", "% {")


@dataclass(frozen=True)
class About:
    """What is said of a frame: whose words, which data. `clearance` is blank for cleared ones."""

    locale: str
    survey: str
    wave: str
    release: str
    unit_kind: str
    threshold: int
    question: str
    by: str = ""
    where: str = ""
    as_of: datetime.date | None = None
    clearance: str = ""

    def say(self, key: str, **values: object) -> str:
        """A standard sentence."""
        return texts.say(self.locale, key, **values)

    def why(self, shown: str, reason: str, row_scope: str = "") -> str:
        """Why a number is hidden, missing or qualified; '' where there is nothing to say."""
        if f"why.{reason}" in texts.keys("en"):
            return self.say(f"why.{reason}")
        if shown != SHOWN:
            return hidden_sign(self.say, shown, self.unit_kind, self.threshold)
        return self.say("why.named") if row_scope == NAMED else ""

    @property
    def source(self) -> str:
        """The line under a figure."""
        day = texts.date(self.as_of, self.locale) if self.as_of else self.say("method.not_stated")
        said = {"survey": self.survey, "wave": self.wave, "date": day, "release": self.release}
        return " ".join(part for part in (self.say("frame.source", **said), self.clearance) if part)


def hidden_sign(say: Callable[..., str], shown: str, unit_kind: str, threshold: int) -> str:
    """What [c], [x] or [z] means."""
    signs = {"c": f"S-12.{unit_kind}", "x": "S-09", "z": "S-10"}
    return say(signs.get(shown, "S-09"), k=threshold)


def labelled(
    rows: pd.DataFrame,
    about: About,
    choice: Callable[[str], str],
    group: Callable[[str, str], str],
) -> Labelled:
    """Rows of estimate.result as a tidy frame with labels, in the order given.

    Hidden numbers are missing; `shown` and, in words, `why` say so.

    Args:
        rows: with the columns of estimate.result, all of one subject.
        about: what is said of them.
        choice: the label of a choice.
        group: the label of a group, given its kind and code.
    """
    found = pd.DataFrame(rows).reset_index(drop=True)
    found = found.assign(question=found["subject"], question_label=about.question)
    kinds = list(zip(found["group_kind"], found["group_code"], strict=True))
    found["group_label"] = pd.Series(
        [about.say("cell.total") if kind == NETWORK else group(kind, code) for kind, code in kinds],
        dtype=object,
    )
    found["choice_label"] = pd.Series(
        [choice(c) if c else "" for c in found["choice"]], dtype=object
    )
    whys = zip(
        found["shown"], found["reason"].fillna(""), found["row_scope"].fillna(""), strict=True
    )
    found["why"] = pd.Series([about.why(*why) for why in whys], dtype=object)
    kinds_of = dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(MEASURES, "float64")
    kept = Labelled(found[list(COLUMNS)].astype(kinds_of))
    kept.loc[kept["shown"] != SHOWN, list(kinds_of)] = None
    if about.clearance:
        kept.insert(0, "clearance", about.clearance)
    kept.attrs |= _said(kept, about)
    return kept


def _said(rows: pd.DataFrame, about: About) -> dict[str, str]:
    """What goes with the frame wherever it goes; texts alone, so that any copy keeps them."""
    is_weighted = bool(rows["is_weighted"].any())
    base = about.say("column.members") if is_weighted else about.say("frame.answered")
    parts = [about.question, about.by and about.say("frame.by", group=about.by), about.where]
    title = " · ".join(part for part in parts if part)
    return {
        "title": title,
        "subtitle": base,
        "caption": " · ".join(part for part in (about.clearance, title, base) if part),
        "source": about.source,
        "clearance": about.clearance,
        "locale": about.locale,
        "measure": _measure(rows),
    }


def _measure(rows: pd.DataFrame) -> str:
    """Whether the numbers are shares, differences of shares, or numbers of their own."""
    statistics = set(rows["statistic"])
    if statistics & COMPARED:
        return "difference" if (rows["choice"].fillna("") != "").all() else "number"
    return "number" if statistics & OWN_UNIT else "share"


class Labelled(pd.DataFrame):
    """A tidy frame of numbers; `attrs` hold its title, caption, source and clearance."""

    @property
    def _constructor(self) -> type[Labelled]:
        return Labelled

    def written(self, value: Any) -> str:
        """A number of the column `estimate` as the locale writes it; '' for none."""
        if pd.isna(value):
            return ""
        locale = self.attrs["locale"]
        if self.attrs["measure"] != "number":
            return texts.percent(float(value), locale)
        return texts.number(float(value), locale, 1)

    def _repr_html_(self) -> str:
        """A small table with its caption, for a notebook."""
        if "caption" not in self.attrs or not {"shown", "estimate"} <= set(self.columns):
            return str(pd.DataFrame(self).to_html(max_rows=MOST))
        columns = [name for name in SEEN if name in self and not _is_blank(self[name])]
        view = pd.DataFrame({name: self[name] for name in columns}).head(MOST).astype(object)
        signs = [f"[{shown}]" if shown != SHOWN else "" for shown in self["shown"].head(MOST)]
        for name in ("estimate", "ci_low", "ci_high"):
            if name in view:
                view[name] = [self.written(value) for value in view[name]]
        if "estimate" in view:
            pairs = zip(view["estimate"], signs, strict=True)
            view["estimate"] = [sign or text for text, sign in pairs]
        html = view.fillna("").to_html(index=False, escape=True, border=0)
        caption = f"<caption>{escape(self.attrs['caption'])}</caption>"
        head, _, rest = html.partition(">")
        more = f"<p>+ {len(self) - MOST}</p>" if len(self) > MOST else ""
        return f"{head}>{caption}{rest}{more}<p><small>{escape(self.attrs['source'])}</small></p>"

    @property
    def text_alternative(self) -> str:
        """What the figure shows, for who cannot see it."""
        shown = self[self["shown"] == SHOWN]["estimate"].dropna()
        said = {
            "title": self.attrs["title"],
            "count": len(shown),
            "low": self.written(shown.min()) if len(shown) else "-",
            "high": self.written(shown.max()) if len(shown) else "-",
            "hidden": len(self) - len(shown),
        }
        text = texts.say(self.attrs["locale"], "frame.alternative", **said)
        return " ".join(part for part in (self.attrs["clearance"], text) if part)

    def figure(self) -> go.Figure:
        """The same rows drawn: a dot for each number, a line for its interval.

        Numbers that the frame hides are not in it. The text alternative is `layout.meta`.
        """
        import plotly.graph_objects as go  # noqa: PLC0415 - slow, and only needed here

        by_group = len(self["group_code"].unique()) > 1
        rows, series = (
            ("group_label", "choice_label") if by_group else ("choice_label", "group_label")
        )
        order = [str(label) or self.attrs["title"] for label in dict.fromkeys(self[rows])]
        traces = [
            self._trace(go, part, rows, str(name), number)
            for number, (name, part) in enumerate(self.groupby(series, sort=False))
        ]
        return go.Figure(traces, self._layout(order, self._signs(rows), len(traces)))

    def _signs(self, rows: str) -> dict[str, str]:
        """The sign of each row about which nothing is shown, or only of those named."""
        signs = {}
        for label, part in self.groupby(rows, sort=False):
            seen = part[part["shown"] == SHOWN]
            if seen.empty:
                signs[str(label)] = f" [{part['shown'].iloc[0]}]"
            elif (seen["row_scope"] == NAMED).all():
                signs[str(label)] = " [n]"
        return signs

    def _notes(self) -> str:
        """What the signs mean, then the source."""
        whys = {
            ("n" if scope == NAMED else shown, why)
            for shown, scope, why in zip(self["shown"], self["row_scope"], self["why"], strict=True)
            if why
        }
        said = [why if sign == SHOWN else f"[{sign}] {why}" for sign, why in sorted(whys)]
        return "<br>".join(plain(line) for line in (*said, self.attrs["source"]))

    def _trace(self, go: Any, part: pd.DataFrame, rows: str, name: str, number: int) -> Any:
        seen = part[(part["shown"] == SHOWN) & part["estimate"].notna()]
        hover = [
            " · ".join(x for x in (name, self.written(value), self._of(count, n)) if x)
            for value, count, n in zip(seen["estimate"], seen["count"], seen["n"], strict=True)
        ]
        gaps = {
            "array": (seen["ci_high"] - seen["estimate"]).fillna(0).tolist(),
            "arrayminus": (seen["estimate"] - seen["ci_low"]).fillna(0).tolist(),
        }
        return go.Scatter(
            x=seen["estimate"].tolist(),
            y=[plain(str(label) or self.attrs["title"]) for label in seen[rows]],
            name=plain(name),
            mode="markers",
            text=[plain(text) for text in hover],
            hovertemplate="%{y}: %{text}<extra></extra>",
            marker={
                "size": max(7, 17 - 3 * number),  # where dots meet, each is still seen
                "color": COLOURS[number % len(COLOURS)],
                "symbol": MARKS[number % len(MARKS)],
            },
            error_x={"type": "data", "symmetric": False, "width": 0, "thickness": 2, **gaps}
            if seen["ci_low"].notna().any()
            else None,
        )

    def _of(self, count: Any, n: Any) -> str:
        """`11 of 23`; '' where a number counts nothing."""
        if pd.isna(count) or pd.isna(n):
            return ""
        return texts.say(self.attrs["locale"], "cell.of", count=int(count), total=int(n))

    def _layout(self, order: list[str], signs: dict[str, str], series: int) -> dict[str, Any]:
        about, notes = self.attrs, self._notes()
        below = 95 + 15 * notes.count("<br>")
        axis: dict[str, Any] = {"title": {"text": plain(about["subtitle"])}, "zeroline": False}
        if about["measure"] == "share":
            ticks = [0, 0.25, 0.5, 0.75, 1]
            written = [texts.percent(tick, about["locale"]) for tick in ticks]
            axis |= {"range": [-0.02, 1.02], "tickvals": ticks, "ticktext": written}
        if about["measure"] == "difference":
            axis |= {"tickformat": ".0%", "zeroline": True}
        title = " · ".join(part for part in (about["clearance"], about["title"]) if part)
        return {
            "title": {"text": plain(title), "x": 0, "xref": "container", "pad": {"l": 16}},
            "height": 80 + below + 30 * len(order),
            "margin": {"l": 10, "r": 20, "t": 60, "b": below},
            "template": "plotly_white",
            "showlegend": series > 1,
            "legend": {"itemsizing": "constant"},
            "xaxis": axis,
            "yaxis": {
                "type": "category",
                "categoryorder": "array",
                "categoryarray": [plain(label) for label in order],
                "range": [len(order) - 0.5, -0.5],  # those without any number keep their place
                "tickvals": [plain(label) for label in order],
                "ticktext": [plain(label + signs.get(label, "")) for label in order],
                "automargin": True,
            },
            "annotations": [
                {
                    "text": notes,
                    "xref": "paper", "yref": "paper", "x": 0, "y": 0,
                    "xanchor": "left", "yanchor": "top", "yshift": -62,
                    "showarrow": False, "align": "left", "font": {"size": 11},
                }
            ],
            "meta": self.text_alternative,
        }  # fmt: skip


def _is_blank(column: pd.Series) -> bool:
    return bool(column.isna().all() or (column.astype(object).fillna("") == "").all())
