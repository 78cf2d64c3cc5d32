"""What every page must be: about the right government, complete, escaped, whole by itself."""

import re
from pathlib import Path

import pytest
from lxml import html

from pipeline.report import Tally
from tests.report import release

PLACEHOLDER = re.compile(r"\bnan\b|\bNone\b|\bNaT\b|\{|\}|<b>|\$")
Printed = tuple[Path, Tally]


def pages(folder: Path, pattern: str = "**/*.html") -> list[tuple[Path, html.HtmlElement]]:
    found = [
        (path, html.parse(path).getroot()) for path in sorted(folder.glob(f"briefs/{pattern}"))
    ]
    assert found, pattern
    return found


def text_of(page: html.HtmlElement) -> str:
    """What a person reads: no scripts, no styles."""
    texts = page.xpath("//main//text()[not(ancestor::script)]")
    return " ".join(" ".join(texts).split())


def test_every_planned_brief_is_made_and_the_rest_is_withheld(printed: Printed) -> None:
    folder, tally = printed
    # 8 governments, 2 of 3 countries, network and quality, in two languages; CL in neither
    assert (tally.built, tally.withheld, tally.failed) == ((8 + 2 + 2) * 2, 2, ())
    assert len(list(folder.glob("briefs/**/*.html"))) == tally.built + 2


def test_the_page_says_its_language_and_names_its_government(printed: Printed) -> None:
    names = {row["unit_id"]: row["name"] for row in release.UNITS}
    for path, page in pages(printed[0], "own/**/*.html"):
        slug = path.parent.name.rsplit("-", 1)[0]
        unit = next(u for u in names if u.lower().replace("ñ", "n") == slug)
        assert page.get("lang") == path.name.split(".")[-2]
        (h1,) = page.findall(".//h1")
        assert h1.text_content().startswith(names[unit]), path
        assert page.findtext(".//title").startswith(names[unit])


def test_tables_have_captions_scopes_and_a_header_in_every_row(printed: Printed) -> None:
    for path, page in pages(printed[0]):
        for table in page.iter("table"):
            assert table.find("caption").text_content().strip(), path
            assert all(th.get("scope") for th in table.iter("th"))
            for row in table.xpath(".//tbody/tr"):
                assert row.find("th") is not None or row.get("class") == "more"
            for name in table.xpath(".//td/@data-column"):
                assert name in [th.text_content() for th in table.xpath(".//thead//th")]


def test_a_page_asks_for_nothing_from_elsewhere(printed: Printed) -> None:
    for path, page in pages(printed[0]):
        for link in page.xpath("//@src | //link/@href | //@srcset"):
            assert not re.match(r"(https?:)?//", link)
            assert (path.parent / link).is_file(), link
        policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'self'")
        assert not page.xpath("//script[not(@src) and @type != 'application/json'] | //@onclick")


def test_nothing_unfilled_or_unescaped_is_left_in_the_text(printed: Printed) -> None:
    for path, page in pages(printed[0]):
        text = text_of(page).replace("Villa <b>Clara", "")
        assert not PLACEHOLDER.search(text), (path, PLACEHOLDER.search(text))
        assert not page.xpath("//main//b[contains(., 'Clara')]")


def test_links_to_other_languages_lead_to_the_same_brief(printed: Printed) -> None:
    for path, page in pages(printed[0], "[!i]*/**/*.html"):
        (link,) = page.xpath("//nav//a")
        assert (path.parent / link.get("href")).is_file()
        assert link.get("hreflang") != page.get("lang")


def test_a_government_reads_its_own_answers_and_the_networks_counts(printed: Printed) -> None:
    (path,) = printed[0].glob("briefs/own/ar-x-dorrego-*/*.es.html")
    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in html.parse(path).xpath(
            "//table[contains(caption, 'junto a la red')]/tbody/tr[td]"
        )
    ]
    assert rows == [
        ["Marco de derechos humanos", "No", "4 de 7"],
        ["Programas de vivienda", "Sí, estable", "4 de 6"],
        ["Datos protegidos", "prefirió no responder", "3 de 7"],
        ["Población residente", "61.000", "mediana: 52.000"],
        ["Dato de población extranjera", "Sí", "5 de 7"],
        ["Barreras a los servicios", "no sabe", "–"],
    ]
    assert "1 de las 3 políticas" in html.parse(path).findtext(".//h1")


def test_a_skipped_question_is_no_missing_policy(printed: Printed) -> None:
    """Cañada was not asked about housing, Villa Clara has no such competence: two policies each."""
    for slug in ("ar-x-canada", "cl-x-villa-clara"):
        (path,) = printed[0].glob(f"briefs/own/{slug}-*/*.es.html")
        assert "de las 2 políticas" in html.parse(path).findtext(".//h1")


def test_a_hidden_number_is_nowhere_in_the_page(printed: Printed) -> None:
    """In Brazil two governments answered on the framework: below the threshold of three."""
    (path,) = printed[0].glob("briefs/public/group-country-br-*.es.html")
    page = html.parse(path)
    for name in ("Marco de derechos humanos", "Datos protegidos"):
        row = page.xpath(f"//tbody/tr[th[contains(., '{name}')]]/td[1]")[0]
        assert row.text_content().strip() == "[c]"
        assert not row.xpath(".//svg")
    (figure,) = page.xpath("//figure/script/text()")
    assert '"x":[0.6667,null,null]' in figure
    assert "menos de 3 gobiernos" in text_of(page.getroot())


def test_public_pages_never_name_a_government_that_stays_in_totals(printed: Printed) -> None:
    hidden = [row["name"] for row in release.UNITS if row["named"] != "yes"]
    for path, page in pages(printed[0], "public/*.html"):
        assert not [name for name in hidden if name in page.text_content()], path
        assert not page.xpath("//a[contains(@href, 'own/')]")


def test_the_quality_brief_adds_up(printed: Printed) -> None:
    (path,) = printed[0].glob("briefs/desk/quality-*.es.html")
    text = text_of(html.parse(path).getroot())
    assert (
        "11 registros = 9 cargados + 1 reemplazados + 0 duplicados + 1 en cuarentena + "
        "0 que no son envíos + 0 borrados" in text
    )
    assert "De los registros cargados, 8 son respuestas válidas y 1 negaron" in text


def test_the_index_lists_all_with_the_reason_of_what_is_withheld(printed: Printed) -> None:
    page = html.parse(printed[0] / "briefs/index.html").getroot()
    assert page.findtext(".//h1") == "Encuesta (es), datos al 9 de mayo de 2025"
    assert "Respondieron 8 de 12 gobiernos miembro" in text_of(page)
    (chile,) = page.xpath("//tbody/tr[th = 'Chile']")
    assert "No se publica un informe: respondieron menos de 3 gobiernos." in chile.text_content()
    for link in page.xpath("//main//a/@href"):
        assert (printed[0] / "briefs" / link).is_file()


def test_stamps_and_the_unreviewed_translation_are_told(printed: Printed) -> None:
    for path, page in pages(printed[0]):
        said = page.text_content()
        spanish = page.get("lang") == "es"
        assert ("DATOS DE DEMOSTRACIÓN" if spanish else "DONNÉES DE DÉMONSTRATION") in said
        assert ("Borrador" if spanish else "Version provisoire") in said
        assert ("n’a pas encore été relue" in said) is not spanish, path


@pytest.mark.parametrize(("pattern", "most"), [("own/**/*.html", 60), ("public/net*.html", 200)])
def test_pages_stay_small(printed: Printed, pattern: str, most: int) -> None:
    for path, _ in pages(printed[0], pattern):
        assert path.stat().st_size <= most * 1000
