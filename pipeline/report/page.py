"""The parts of a page: plain data that a notebook shows and a template draws.

A table is the chart: its cells carry a small mark beside the printed number. What a notebook shows
of a part (`text/html`) and what the page prints come from the same template and the same data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

MIME = "application/vnd.relevo.part+json"
PLOTLY = "application/vnd.plotly.v1+json"
TEMPLATES = Path(__file__).parent / "templates"
Json = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """What is drawn in a cell. `kind`: state (`level` says which), bar, dot; shares from 0 to 1."""

    kind: str
    share: float = 0.0
    low: float | None = None
    high: float | None = None
    level: str = ""


@dataclass(frozen=True)
class Cell:
    """One printed value; `lang` where its language is not the page's."""

    text: str
    mark: Mark | None = None
    lang: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table: its header, then one cell per further column.

    `span`: how many rows the header covers; 0 where a header above covers this row too.
    """

    head: Cell
    cells: tuple[Cell, ...]
    span: int = 1


@dataclass(frozen=True)
class Block:
    """Rows under one common heading; '' where a table needs none."""

    title: str
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table; `kinds` says per column whether it holds `text`, `number` or `mark`.

    In a table of many columns numbers are `count` and single words `short`: on a phone they stand
    side by side, so that a row stays a few lines.
    """

    part: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A heading of the second level; `anchor`: what a table of contents points to."""

    part: ClassVar[str] = "heading"
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Contents:
    """What a long page holds: heading and anchor of each section."""

    part: ClassVar[str] = "contents"
    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sentences:
    """One paragraph per text; `style`: plain, lead or note."""

    part: ClassVar[str] = "sentences"
    texts: tuple[str, ...]
    style: str = "plain"


@dataclass(frozen=True)
class Link:
    """A file beside the page; `before` is said in front of it."""

    part: ClassVar[str] = "link"
    text: str
    href: str
    before: str = ""


@dataclass(frozen=True)
class Key:
    """What the state marks mean."""

    part: ClassVar[str] = "key"
    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Figure:
    """A Plotly figure of rows that also stand in a table; never the only way to a number."""

    part: ClassVar[str] = "figure"
    label: str
    caption: str
    figure: Json


@dataclass(frozen=True)
class Box:
    """Terms and what is said about each."""

    part: ClassVar[str] = "box"
    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Front:
    """The head of a page: who it is about, in which language, with which stamps."""

    part: ClassVar[str] = "front"
    language: str
    kicker: str
    title: str
    page_title: str
    stamps: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Footer:
    """The last lines of a page; the brief's key joins them when the page is made."""

    part: ClassVar[str] = "footer"
    entries: tuple[tuple[str, str], ...]
    key_label: str
    contact: str = ""


Part = Table | Heading | Contents | Sentences | Link | Key | Figure | Box | Front | Footer


@dataclass(frozen=True)
class Section:
    """What one call of a notebook returns: some parts, shown one after the other."""

    parts: tuple[Part, ...] = field(default=())

    def data(self) -> list[Json]:
        """The parts as plain data, each with its kind under `part`."""
        return [{"part": part.part, **asdict(part)} for part in self.parts]

    def _repr_mimebundle_(self, **_kwargs: object) -> Json:
        """HTML for people, data for the page; a single figure also as Plotly."""
        data = json.loads(json.dumps(self.data()))
        html = "".join(fragment(part) for part in data)
        bundle: Json = {MIME: data, "text/html": html, "text/plain": ""}
        figures = [part for part in data if part["part"] == Figure.part]
        if figures and len(data) == 1:
            bundle[PLOTLY] = figures[0]["figure"]
        return bundle


def island(value: object) -> str:
    """JSON that may stand inside a script element, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates; everything printed is escaped, an unknown name is an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["style"] = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    found.globals["island"] = island
    return found


def fragment(part: Json) -> str:
    """One part as HTML."""
    module = environment().get_template("parts.html.j2").module
    return str(getattr(module, part["part"])(part))


def page(parts: Sequence[Json], *, languages: Sequence[Json], assets: str, key: str = "") -> str:
    """A whole HTML page.

    Args:
        parts: the parts as plain data; one front first, one footer last.
        languages: `code, name, href` of the same brief in each language it is made in.
        assets: relative path of the folder with the scripts.
        key: the brief's own key, printed in the footer.
    """
    front, footer = parts[0], parts[-1]
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            front=front,
            body=parts[1:-1],
            footer=footer,
            languages=languages,
            assets=assets,
            key=key,
            has_figures=any(part["part"] == Figure.part for part in parts),
        )
    )
