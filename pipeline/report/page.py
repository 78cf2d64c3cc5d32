"""The parts of a page: plain data that a notebook shows and a template draws.

A table is the chart: its cells carry a small mark beside the printed number. What a notebook shows
of a part (`text/html`) and what the page prints come from the same template and the same data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

MIME = "application/vnd.relevo.part+json"
PLOTLY = "application/vnd.plotly.v1+json"
TEMPLATES = Path(__file__).parent / "templates"
Json = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """What is drawn in a cell; shares from 0 to 1.

    `kind`: state (`level` says which); bar, with an interval from `low` to `high`; profile (own
    dot, `median` as a diamond, middle half from `low` to `high`); two (from `low` to `share`);
    tiles (`share` of them filled, `median` how many there are).
    """

    kind: str
    share: float | None = 0.0
    low: float | None = None
    high: float | None = None
    level: str = ""
    median: float | None = None


@dataclass(frozen=True)
class Cell:
    """One printed value; `lang` where its language is not the page's, `href` where it leads."""

    text: str
    mark: Mark | None = None
    lang: str = ""
    href: str = ""


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
    side by side, so that a row stays a few lines. `fold`: the words behind which a long table
    waits until it is opened; on paper it stands open, or with `on_paper` False not at all.
    `dense`: on paper the headings of its blocks are left out, to save a page. `anchor`: its
    number on the page, by which a sentence points to it.
    """

    part: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()
    fold: str = ""
    on_paper: bool = True
    dense: bool = False
    anchor: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading of the second level; `anchor`: what a table of contents points to."""

    part: ClassVar[str] = "heading"
    text: str
    anchor: str = ""
    on_paper: bool = True


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
class Quotes:
    """What governments say in their own words: text, who says it, its language."""

    part: ClassVar[str] = "quotes"
    entries: tuple[tuple[str, str, str], ...]
    note: str


@dataclass(frozen=True)
class Facet:
    """One way to narrow a listing: its name, what it is called, and its values with their words."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Entry:
    """A card of a listing: title in its own language, where it leads, who it is about.

    `said`: terms and texts. `facets`: name and codes, joined by blanks.
    """

    title: str
    lang: str
    href: str
    about: str
    said: tuple[tuple[str, str], ...]
    facets: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Listing:
    """Cards that a search narrows; without a script all of them stand there.

    `counts`: the sentence for one card, and for several.
    """

    part: ClassVar[str] = "listing"
    search: str
    any: str
    counts: tuple[str, str]
    facets: tuple[Facet, ...]
    entries: tuple[Entry, ...]


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


Part = (
    Table
    | Heading
    | Contents
    | Sentences
    | Link
    | Key
    | Quotes
    | Listing
    | Figure
    | Box
    | Front
    | Footer
)


@dataclass(frozen=True)
class Section:
    """What one call of a notebook returns: some parts, shown one after the other."""

    parts: tuple[Part, ...] = field(default=())

    def data(self) -> list[Json]:
        """The parts as plain data, each with its kind under `part`."""
        return [{"part": part.part, **_plain(part)} for part in self.parts]

    def _repr_mimebundle_(self, **_kwargs: object) -> Json:
        """HTML for people, data for the page; a single figure also as Plotly."""
        data = self.data()
        html = "".join(fragment(part) for part in data)
        bundle: Json = {MIME: data, "text/html": html, "text/plain": ""}
        figures = [part for part in data if part["part"] == Figure.part]
        if figures and len(data) == 1:
            bundle[PLOTLY] = figures[0]["figure"]
        return bundle


def _plain(value: Any) -> Any:
    """Dataclasses as dictionaries, tuples as lists: what JSON would make of them."""
    kind = type(value)
    if kind is str:
        return value
    if is_dataclass(kind):
        return {name: _plain(getattr(value, name)) for name in _names(kind)}
    if kind is tuple or kind is list:
        return [_plain(one) for one in value]
    if kind is dict:
        return {name: _plain(one) for name, one in value.items()}
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


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
    for name in ("style", "list"):  # the latter for pages that are searched
        found.globals[name] = (TEMPLATES / f"{name}.css").read_text(encoding="utf-8")
    found.globals["island"] = island
    return found


def fragment(part: Json) -> str:
    """One part as HTML."""
    return _drawn(json.dumps(part, ensure_ascii=False))


@lru_cache(maxsize=64)  # a notebook shows a part, then its page prints it
def _drawn(text: str) -> str:
    part = json.loads(text)
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
            body=[Markup(fragment(part)) for part in parts[1:-1]],  # noqa: S704 - from a template
            footer=footer,
            languages=languages,
            assets=assets,
            key=key,
            has_figures=any(part["part"] == Figure.part for part in parts),
            has_listing=any(part["part"] == Listing.part for part in parts),
        )
    )
