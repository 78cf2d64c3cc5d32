"""What the coordination works with: the interim brief, the index of all pages, the mailing pack."""

import csv
import re
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from lxml import html

from pipeline.report import index, open_brief, print_briefs, report
from pipeline.report.interim import InterimBrief
from pipeline.report.page import Table
from pipeline.report.reading import read_release
from pipeline.store import file_sha256
from tests.report import release
from tests.report.test_pages import Printed, text_of


@pytest.fixture(scope="module")
def open_wave(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of a wave that is still open, with contacts beside its raw data."""
    folder = tmp_path_factory.mktemp("open")
    release.fill(folder, state="open")
    contacts = folder.parent / "contacts.csv"
    contacts.write_text("unit_id,name,email\nAR-x-belmira,=Ana,ana@example.org\n", encoding="utf-8")
    assert not report(release.survey(), folder, languages=("es", "pt"), contacts=contacts).failed
    return folder


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- interim --------------------------------------------------------------------------------------
def test_the_interim_brief_says_who_answered_and_who_never_did(
    open_wave: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEVO_WORK", str(open_wave))
    brief = open_brief("interim", survey="little", language="en")
    assert isinstance(brief, InterimBrief)
    assert "8 of 9 member governments answered so far" in str(brief.front().parts[0])
    by_country = next(part for part in brief.coverage().parts if isinstance(part, Table))
    assert [(r.head.text, *(c.text for c in r.cells)) for r in by_country.blocks[0].rows] == [
        ("Argentina", "4 of 4", "0", "0", "0", "0"),
        ("Brasil", "3 of 3", "0", "0", "0", "0"),
        ("Chile", "1 of 2", "0", "0", "0", "1"),
    ]
    (weeks,) = (part for part in brief.weeks().parts if isinstance(part, Table))
    counts = [int(row.cells[0].text) for row in weeks.blocks[0].rows]
    assert sum(counts) == 8
    assert weeks.blocks[0].rows[-1].cells[1].text == "8 of 9"


def test_the_sentence_to_send_is_in_the_language_of_who_gets_it(open_wave: Path) -> None:
    (path,) = open_wave.glob("briefs/desk/interim-*.pt.html")
    row = html.parse(path).xpath("//tr[th = 'Silencio']")[0]
    (sentence,) = row.xpath(".//span[@lang='es']")
    assert sentence.text_content().startswith("Todavía no recibimos su respuesta")


def test_a_page_of_an_open_wave_says_how_many_had_answered_by_when(open_wave: Path) -> None:
    (path,) = open_wave.glob("briefs/public/network-*.es.html")
    said = text_of(html.parse(path).getroot())
    assert "La ronda sigue abierta: hasta el 9 de mayo de 2025 respondieron 8 de 12." in said


def test_a_closed_wave_has_no_interim_brief(printed: Printed) -> None:
    assert not list(printed[0].glob("briefs/desk/interim-*"))


# --- index ----------------------------------------------------------------------------------------
def test_a_thousand_governments_fit_the_index(open_wave: Path) -> None:
    cleared = read_release(open_wave)
    slug = "ar-x-nombre-{0:04d}-0123abcd"
    path = f"own/{slug}/government-{slug}.{{1}}.html"
    rows = [
        {
            "kind": "government",
            "unit_id": f"AR-x-nombre-{number:04d}",
            "group_kind": "",
            "group_code": "",
            "language": language,
            "path": path.format(number, language),
            "state": "built",
            "reason": "",
        }
        for number in range(1000)
        for language in ("es", "pt", "en", "fr")
    ]
    brief = index.Brief(cleared, release.WAVE, "es")
    page = index._page(brief, rows, ("es", "pt", "en", "fr"), 3, 0)
    assert page.count("<th scope=row>") == 1000
    assert len(page.encode()) <= 500_000


def test_every_row_is_there_without_script_and_has_what_the_filters_ask(open_wave: Path) -> None:
    page = html.parse(open_wave / "briefs/index.html").getroot()
    labels = [label.text.strip() for label in page.xpath("//label[select]")]
    columns = [head.text for head in page.xpath("//thead//th")]
    for label, place in zip(labels, page.xpath("//select/@data-by"), strict=True):
        assert columns[int(place)] == label
    assert labels == ["Tipo", "País", "Estado", "Idiomas"]
    for row in page.xpath("//tbody/tr"):
        assert len(row) == len(columns)
    assert page.xpath("//div[@class='find']/@hidden")
    assert (open_wave / "briefs/index.pt.html").is_file()


# --- mailing --------------------------------------------------------------------------------------
def test_each_government_gets_its_own_page_in_its_own_language(open_wave: Path) -> None:
    mails = read(open_wave / "mailing/mailing.csv")
    assert {mail["unit_id"] for mail in mails} == {row["unit_id"] for row in release.ANSWERS}
    for mail in mails:
        language = "pt" if mail["unit_id"].startswith("BR") else "es"
        (path,) = open_wave.glob(f"briefs/own/*/{mail['attachment']}")
        assert mail["attachment"].endswith(f".{language}.html")
        assert (mail["sha256"], int(mail["bytes"])) == (file_sha256(path), path.stat().st_size)
        name = next(r["name"] for r in release.UNITS if r["unit_id"] == mail["unit_id"])
        assert name in mail["subject"] and name in mail["body"]


def test_a_zip_per_country_holds_the_pages_with_a_time_that_never_changes(open_wave: Path) -> None:
    packs = sorted(open_wave.glob("mailing/*.zip"))
    assert [pack.name for pack in packs] == ["ar.zip", "br.zip", "cl.zip"]
    for pack in packs:
        with zipfile.ZipFile(pack) as files:
            assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert files.namelist() == sorted(files.namelist())
            for name in files.namelist():
                (path,) = open_wave.glob(f"briefs/own/*/{name}")
                assert files.read(name) == path.read_bytes()


def test_addresses_stay_under_confidential(open_wave: Path) -> None:
    (mail,) = (
        mail
        for mail in read(open_wave / "confidential/mailing.csv")
        if mail["unit_id"] == "AR-x-belmira"
    )
    assert (mail["name"], mail["email"]) == ("'=Ana", "ana@example.org")
    for path in [*open_wave.glob("mailing/*"), *open_wave.glob("briefs/**/*.html")]:
        assert b"ana@example.org" not in path.read_bytes()


# --- paper ----------------------------------------------------------------------------------------
def test_without_the_extra_a_pdf_is_refused_with_what_to_install(
    open_wave: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.errors import Problem, RelevoError
    from pipeline.report import paper

    monkeypatch.setattr(paper, "find_spec", lambda _name: None)
    with pytest.raises(RelevoError, match="relevo\\[pdf\\]") as told:
        list(print_briefs(open_wave, tmp_path))
    assert told.value.findings[0].problem is Problem.no_pdf_extra


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_pdf_is_tagged_and_the_same_twice(open_wave: Path, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed: nothing was printed")
    first, second = (list(print_briefs(open_wave, tmp_path / name))[:2] for name in "ab")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert {"/MarkInfo", "/StructTreeRoot", "pdfuaid"} <= inside(one)


def inside(path: Path) -> set[str]:
    """Words of a PDF, of its packed objects too."""
    said = path.read_bytes()
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", said, re.DOTALL):
        with suppress(zlib.error):
            said += zlib.decompress(packed)
    return set(re.findall(r"/?[A-Za-z]+", said.decode("latin-1")))
