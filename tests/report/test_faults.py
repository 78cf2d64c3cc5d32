"""Seeded faults: each is one small change of a good page, and a named check tells it."""

# ruff: noqa: E501 - a table read by column

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report import release
from tests.report.checks import CHECKS, Seen, faults
from tests.report.test_pages import Printed

Change = Callable[[str], str]
HIDDEN = [row["name"] for row in release.UNITS if row["named"] != "yes"]
LISTS = {row["list_name"] for row in release.CHOICES}


def orders(language: str) -> list[list[str]]:
    """The choices of each list, as the form has them."""
    return [
        [r[language] for r in release.CHOICES if r["list_name"] == name and not r["missing_kind"]]
        for name in sorted(LISTS)
    ]


def seen(path: Path) -> Seen:
    """A page of the small release and what is known of it."""
    language = "es" if path.name == "index.html" else path.name.split(".")[-2]
    is_public = "public" in path.parts
    kind = path.name.partition("-")[0]
    return Seen(
        path.read_text(encoding="utf-8"),
        language,
        orders=orders(language),
        hidden=HIDDEN if is_public else (),
        most=60_000 if kind == "government" else 200_000,
        is_public=is_public,
    )


def test_no_page_has_a_fault(printed: Printed) -> None:
    folder = printed[0] / "briefs"
    for path in sorted(folder.rglob("*.html")):
        page = seen(path)
        if path.name.startswith("index"):
            page = replace(page, text=page.text.replace("index.html", "index.es.html"))
        assert faults(page) == {}, path


def swapped(*texts: str) -> Change:
    """Each text becomes the one after it, once."""

    def change(page: str) -> str:
        assert texts[0] in page, texts[0]
        return page.replace(*texts, 1)

    return change


def patterned(pattern: str, new: str) -> Change:
    def change(page: str) -> str:
        assert re.search(pattern, page, re.DOTALL), pattern
        return re.sub(pattern, new, page, count=1, flags=re.DOTALL)

    return change


def alphabetical(page: str) -> str:
    """The rows of a distribution by the alphabet: Costo before Idioma."""
    bodies = re.findall(r"<tbody>.*?</tbody>", page[page.index("<details") :], re.DOTALL)
    body = next(body for body in bodies if ">Costo<" in body)
    rows = re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ordered = sorted(rows, key=lambda row: re.sub("<[^>]*>", "", row))
    assert ordered != rows
    return page.replace("\n".join(rows), "\n".join(ordered))


OWN, GROUP, NETWORK = (
    "own/ar-x-dorrego-*/gov*.es.html",
    "public/group-*-ar-*.es.html",
    "public/net*.es.html",
)
SEEDED: dict[str, tuple[str, str, Change]] = {
    "another government in the title": ("entity", OWN, swapped("<title>Dorrego", "<title>Belmira")),
    "another government in the heading": ("entity", OWN, swapped("<h1>Dorrego", "<h1>Belmira")),
    "another government's answer": ("own_answers", OWN, patterned(r"No</td><td class=\"mark\"", 'Sí, vigente</td><td class="mark"')),
    "no caption": ("caption", OWN, patterned(r"<caption>.*?</caption>", "")),
    "an empty caption": ("caption", GROUP, patterned(r"<caption>.*?</caption>", "<caption> </caption>")),
    "no scope": ("scope", NETWORK, swapped('<th scope="row">', "<th>")),
    "no row header": ("scope", NETWORK, patterned(r'<tr><th scope="row">(.*?)</th>', r"<tr><td>\1</td>")),
    "column names swapped": ("column_names", OWN, patterned(r'data-column="Respuesta propia"', 'data-column="Política"')),
    "the page in another language": ("language", OWN, swapped('<html lang="es">', '<html lang="en">')),
    "a part in another language": ("language", OWN, swapped("Cómo leer este informe", "How to read this brief")),
    "two headings of the first level": ("one_heading", OWN, patterned(r"<h2[^>]*>(.*?)</h2>", r"<h1>\1</h1>")),
    "a level left out": ("one_heading", OWN, patterned(r"<h2[^>]*>(.*?)</h2>", r"<h4>\1</h4>")),
    "a cell left empty": ("empty_cell", NETWORK, patterned(r'(<td class="mark"[^>]*>).*?</td>', r"\1</td>")),
    "an id twice": ("identifiers", NETWORK, swapped('id="f-02"', 'id="f-01"')),
    "a link to nowhere": ("identifiers", NETWORK, swapped("<main>", '<main><a href="#f-99">x</a>')),
    "a font from elsewhere": ("outside", OWN, swapped("<style>", '<link href="https://x.org/f.css"><style>')),
    "a script in the page": ("outside", OWN, swapped("<main>", "<main><script>1</script>")),
    "a handler": ("outside", OWN, swapped("<main>", '<main onclick="x()">')),
    "no content policy": ("policy", OWN, patterned(r"<meta http-equiv[^>]*>", "")),
    "a number that is none": ("unfilled", NETWORK, patterned(r"\d+ de \d+", "NaN")),
    "a placeholder": ("unfilled", OWN, swapped("<h1>Dorrego", "<h1>Dorrego {count}")),
    "a missing translation": ("untranslated", OWN, swapped("Cómo leer este informe", "heading.method Cómo leer este informe")),
    "a bar of another row": ("mark_says_its_number", OWN, patterned(r"</svg>4 de 7", "</svg>2 de 7")),
    "black bars on paper": ("mark_prints", OWN, patterned(r'<path fill="#0b5394" d="M0', '<path d="M0')),
    "a drawing read aloud": ("mark_prints", OWN, swapped(' aria-hidden="true"', "")),
    "a figure without a name": ("figure_has_words", NETWORK, patterned(r'role="img" aria-label="[^"]*"', "")),
    "a figure without script": ("figure_has_words", NETWORK, swapped("<figure hidden>", "<figure>")),
    "a figure of other numbers": ("figure_says_the_table", NETWORK, patterned(r'"x":\[0\.\d+', '"x":[0.1234')),
    "choices by the alphabet": ("answers_in_order", NETWORK, alphabetical),
    "a government that stays in totals": ("stays_in_totals", GROUP, swapped("Alto Verde", "Cañada d'Oro")),
    "a cell of two": ("small_cell", GROUP, patterned(r"(<td class=\"mark\"[^>]*>.*?)\d+ de \d+", r"\g<1>1 de 2")),
    "a public page that leads to an own one": ("audience", NETWORK, swapped("<main>", '<main><a href="../own/x.html">x</a>')),
    "an item of the method left out": ("method_box", NETWORK, patterned(r"<div><dt>Patrocinio</dt>.*?</div>", "")),
    "no key": ("footer", OWN, patterned(r"<code>[0-9a-f]{12}</code>", "")),
    "no date of the data": ("footer", OWN, patterned(r"<div><dt>Datos</dt>.*?</div>", "")),
    "no stamp": ("stamp", OWN, patterned(r'<p class="stamp"><strong>DATOS.*?</p>', "")),
    "a point for a comma": ("decimals", NETWORK, patterned(r'(<td class="number"[^>]*>)[\d.,]+<', r"\g<1>12.5<")),
    "text cut by its own style": ("legible", OWN, swapped("<h1>", '<h1 style="overflow:hidden;width:3rem">')),
    "text of 5.8 px in a drawing": ("legible", OWN, patterned(r"(<svg[^>]*>)", r'\1<text fill="#000" font-size="5.8">4</text>')),
    "five megabytes": ("size", OWN, swapped("<main>", "<main><!--" + "x" * 60_000 + "-->")),
    "a switch to the page itself": ("switch", OWN, patterned(r'hreflang="fr"', 'hreflang="es"')),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_fault_is_told_by_its_check(printed: Printed, name: str) -> None:
    told_by, pattern, change = SEEDED[name]
    (path,) = printed[0].glob(f"briefs/{pattern}")
    page = seen(path)
    if pattern == OWN:
        page = replace(page, entity="Dorrego & Hijos", own={"Marco de derechos humanos": "No"})
    assert faults(page) == {}
    assert told_by in faults(replace(page, text=change(page.text)))


def test_every_check_can_fail() -> None:
    assert set(CHECKS) - {told_by for told_by, _, _ in SEEDED.values()} <= {"quoted_language"}
    assert len(SEEDED) >= 25
