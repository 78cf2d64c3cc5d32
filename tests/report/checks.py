"""What is wrong with a page, by the name of the check: pure functions of its HTML, and quick."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml import html

from pipeline.texts import LANGUAGES, keys, say

COUNT = {
    "es": r"(\d+) de (\d+)",
    "pt": r"(\d+) de (\d+)",
    "en": r"(\d+) of (\d+)",
    "fr": r"(\d+) sur (\d+)",
}
UNFILLED = re.compile(r"\bnan\b|\bNone\b|\bNaT\b|\bnull\b|\{|\}|\$\{|\bundefined\b", re.IGNORECASE)
DOTTED = "|".join(re.escape(key) for key in keys("en") if "." in key)
KEY = re.compile(rf"\b(?:{DOTTED})\b")
METHOD = (
    "sponsor", "conductor", "wording", "population", "frame", "selection", "size", "mode", "dates",
    "response", "error", "weights", "bases", "shorthand",
)  # fmt: skip
SMALLEST = 10.5  # px


@dataclass(frozen=True)
class Seen:
    """A page and what is known of it from elsewhere.

    `entity`: what title and heading must name. `orders`: choices of questions, in the form's order.
    `hidden`: names that may not stand here. `own`: the own answers, by question. `most`: bytes.
    """

    text: str
    language: str = "es"
    entity: str = ""
    orders: Sequence[Sequence[str]] = ()
    hidden: Sequence[str] = ()
    own: dict[str, str] | None = None
    threshold: int = 3
    most: int = 200_000
    is_public: bool = False
    is_demonstration: bool = True

    @cached_property
    def root(self) -> html.HtmlElement:
        return html.document_fromstring(self.text)

    @cached_property
    def words(self) -> str:
        found = self.root.xpath("//body//text()[not(ancestor::script)]")
        return " ".join(" ".join(found).split())

    def all(self, path: str) -> list[html.HtmlElement]:
        found: list[html.HtmlElement] = self.root.xpath(path)
        return found


Check = Callable[[Seen], Iterator[str]]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    CHECKS[function.__name__] = function
    return function


def faults(page: Seen) -> dict[str, list[str]]:
    """The checks that a page does not pass, with what each found."""
    found = {name: list(look(page)) for name, look in CHECKS.items()}
    return {name: said for name, said in found.items() if said}


def said(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@check
def language(page: Seen) -> Iterator[str]:
    if page.root.get("lang") != page.language:
        yield f"lang={page.root.get('lang')}"
    heading = say(page.language, "heading.method")
    for other in LANGUAGES:
        if other != page.language and say(other, "heading.method") in page.words:
            yield f"{other} on a page in {page.language}"
    if page.all("//section[@class='box']") and heading not in page.words:
        yield f"no '{heading}'"


@check
def one_heading(page: Seen) -> Iterator[str]:
    found = page.all("//h1")
    if len(found) != 1:
        yield f"{len(found)} h1"
    levels = [int(one.tag[1]) for one in page.all("//h1 | //h2 | //h3 | //h4")]
    if any(b - a > 1 for a, b in zip([0, *levels], levels, strict=False)):
        yield f"levels {levels}"


@check
def entity(page: Seen) -> Iterator[str]:
    if page.entity:
        for path in ("//h1", "//title"):
            for one in page.all(path):
                if not said(one).startswith(page.entity):
                    yield f"{path} names {said(one)[:40]}"


@check
def caption(page: Seen) -> Iterator[str]:
    for table in page.all("//table"):
        if not [one for one in table.findall("caption") if said(one)]:
            yield "a table without"


@check
def scope(page: Seen) -> Iterator[str]:
    for head in page.all("//th[not(@scope)]"):
        yield said(head)
    for row in page.all("//tbody/tr[not(th) and not(@class='more')]"):
        yield f"no row header: {said(row)[:40]}"


@check
def column_names(page: Seen) -> Iterator[str]:
    for table in page.all("//table[thead and not(@class='index')]"):
        names = [said(head) for head in table.xpath("./thead/tr/th")]
        for row in table.xpath("./tbody/tr[td]"):
            cells = row.findall("td")
            for cell, name in zip(reversed(cells), reversed(names), strict=False):
                if " ".join((cell.get("data-column") or "").split()) != name:
                    yield f"{cell.get('data-column')} under {name}"


@check
def empty_cell(page: Seen) -> Iterator[str]:
    for cell in page.all("//td | //tbody/tr/th"):
        if not said(cell):
            yield "a cell without a word"


@check
def identifiers(page: Seen) -> Iterator[str]:
    ids = page.root.xpath("//@id")
    yield from sorted({one for one in ids if ids.count(one) > 1})
    for href in page.root.xpath("//a/@href[starts-with(., '#')]"):
        if href[1:] not in ids:
            yield f"nothing at {href}"


@check
def outside(page: Seen) -> Iterator[str]:
    for link in page.root.xpath("//@src | //link/@href | //@srcset | //form/@action"):
        if re.match(r"(https?:)?//", link):
            yield link
    scripts = page.all("//script[not(@src) and not(@type='application/json')]")
    yield from ("a script in the page" for _ in scripts)
    yield from page.root.xpath("//@*[starts-with(name(), 'on')]")
    for script in page.root.xpath("//script/@src"):
        if script.rsplit("/", 1)[-1] not in {"plotly.min.js", "figures.js", "index.js"}:
            yield f"unknown script {script}"


@check
def policy(page: Seen) -> Iterator[str]:
    found = "".join(page.root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content"))
    if not found.startswith("default-src 'none'"):
        yield "no content policy"


@check
def unfilled(page: Seen) -> Iterator[str]:
    yield from UNFILLED.findall(page.words)


@check
def untranslated(page: Seen) -> Iterator[str]:
    yield from KEY.findall(page.words)


@check
def mark_says_its_number(page: Seen) -> Iterator[str]:
    """A bar is as long as the count beside it says."""
    for cell in page.all("//td[svg]"):
        found = re.search(COUNT[page.language], said(cell))
        bars = cell.xpath(".//svg[@class='bar']/path[@fill='#0b5394']/@d")
        if not said(cell):
            yield "a mark without a number"
        if found and cell.xpath(".//svg[@class='bar']"):
            share = int(found[1]) / int(found[2])
            drawn = float(bars[0].split("h")[1].split("v")[0]) / 100 if bars else 0
            if abs(share - drawn) > 0.006:
                yield f"{said(cell)} drawn as {drawn}"


@check
def mark_prints(page: Seen) -> Iterator[str]:
    """Shapes carry their colour: without the page's style they would print black."""
    for shape in page.all("//svg//*[not(@fill) and not(@stroke)]"):
        yield f"<{shape.tag}> without a colour"
    for drawing in page.all("//svg[not(@aria-hidden='true')]"):
        yield f"<svg class={drawing.get('class')}> is read aloud without a name"


@check
def figure_has_words(page: Seen) -> Iterator[str]:
    for figure in page.all("//figure"):
        if not figure.xpath("./div[@role='img' and string(@aria-label)]"):
            yield "a figure without a name"
        if not [one for one in figure.findall("figcaption") if said(one)]:
            yield "a figure without a caption"
        if figure.get("hidden") is None:
            yield "a figure that shows without script"


@check
def figure_says_the_table(page: Seen) -> Iterator[str]:
    """Every share that a figure draws of counts is the share of a count in a table."""
    counts = re.findall(COUNT[page.language], page.words)
    known = {round(int(a) / int(b), 4) for a, b in counts if int(b)}
    for text in page.root.xpath("//figure/script/text()"):
        for trace in json.loads(text)["data"]:
            shares = [x for x in trace.get("x", ()) if isinstance(x, float) and x < 1]
            if "%{y}" in trace.get("hovertemplate", "") and not set(shares) <= known:
                yield f"{sorted(set(shares) - known)} stand in no table"


@check
def answers_in_order(page: Seen) -> Iterator[str]:
    """Choices stand as the questionnaire has them, never by the alphabet."""
    for body in page.all("//details//tbody"):
        heads = [said(head) for head in body.xpath("./tr/th[@scope='row']")]
        for order in page.orders:
            if set(heads) == set(order) and heads != list(order):
                yield " · ".join(heads)


@check
def stays_in_totals(page: Seen) -> Iterator[str]:
    yield from (name for name in page.hidden if name in page.words)


@check
def small_cell(page: Seen) -> Iterator[str]:
    """No count of fewer governments than the threshold; how many answered at all is no answer."""
    answered = say(page.language, "column.answered")
    for cell in page.all(f"//td[svg[@class='bar'] and @data-column != '{answered}']"):
        found = re.search(COUNT[page.language], said(cell))
        if found and 0 < int(found[2]) < page.threshold and "[n]" not in said(cell):
            yield said(cell)


@check
def audience(page: Seen) -> Iterator[str]:
    if page.is_public:
        yield from page.root.xpath("//a/@href[contains(., 'own/') or contains(., 'desk/')]")


@check
def own_answers(page: Seen) -> Iterator[str]:
    for question, answer in (page.own or {}).items():
        rows = page.all(
            f"//table[.//th[normalize-space()='{question}']]//tr[th[normalize-space()='{question}']]"
        )
        if not any(said(row.findall("td")[0]) == answer for row in rows if row.findall("td")):
            yield f"{question} is not {answer}"


@check
def method_box(page: Seen) -> Iterator[str]:
    boxes = page.all("//section[@class='box']")
    if boxes:
        terms = {said(term) for term in boxes[0].iter("dt")}
        wanted = {said_plain(say(page.language, f"method.{item}")) for item in METHOD}
        yield from sorted(wanted - terms)


def said_plain(text: str) -> str:
    return " ".join(text.split())


@check
def footer(page: Seen) -> Iterator[str]:
    found = page.all("/html/body/footer")
    if found and not re.fullmatch(r"[0-9a-f]{12}", "".join(found[0].xpath(".//code/text()"))):
        yield "no key of the brief"
    if found and say(page.language, "footer.data") not in said(found[0]):
        yield "no date of the data"


@check
def stamp(page: Seen) -> Iterator[str]:
    if page.is_demonstration:
        word = say(page.language, "stamp.demonstration")
        if not [one for one in page.all("//p[@class='stamp']") if word in said(one)]:
            yield "invented data without their stamp"


@check
def decimals(page: Seen) -> Iterator[str]:
    """No number with more decimals than one, and none with the other language's point."""
    point = r"\d+\.\d{1,2}(?!\d)" if page.language != "en" else r"\d+,\d{1,2}(?!\d)"
    for cell in page.all("//td[not(contains(@class, 'text'))]"):
        yield from re.findall(rf"\b\d+[.,]\d\d(?!\d)|\b{point}", said(cell))


@check
def legible(page: Seen) -> Iterator[str]:
    """No style, and so no size or cut, of an element's own; words in a drawing do not grow."""
    yield from page.root.xpath("//body//@style")
    yield from (said(one) for one in page.all("//svg//text"))


@check
def size(page: Seen) -> Iterator[str]:
    if (length := len(page.text.encode())) > page.most:
        yield f"{length} bytes"


@check
def quoted_language(page: Seen) -> Iterator[str]:
    for quote in page.all("//blockquote/p[not(@lang)]"):
        yield said(quote)


@check
def switch(page: Seen) -> Iterator[str]:
    for link in page.all("//nav//a"):
        if link.get("hreflang") not in LANGUAGES or f".{link.get('hreflang')}." not in link.get(
            "href"
        ):
            yield link.get("href")
        if link.get("hreflang") == page.language:
            yield "a link to the page itself"
