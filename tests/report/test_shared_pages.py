"""Pages of what governments share: the hub, peer learning, the charter, the United Nations."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import html

from pipeline.ask.survey import Briefs
from pipeline.report import matched, open_brief, report
from pipeline.report.page import Listing, Quotes, Section, Table
from pipeline.store import TABLES, connect, database_path, write_table
from tests import browser
from tests.markdown import table
from tests.report import release

POLICIES = table("""
    | survey   | unit_id         | unit_name  | country | language | name               | domain | rights    | new_right | groups   | status  | is_shared |
    |----------|-----------------|------------|---------|----------|--------------------|--------|-----------|-----------|----------|---------|-----------|
    | little   | AR-x-alto-verde | Alto Verde | AR      | es       | Plan <b>abierto    | D1     | c01 c02   |           | all      | running | yes       |
    | little   | BR-x-sao-lucio  | São Lúcio  | BR      | pt       | Casa de acolhida   | D2     | c02 other | Cuidado   | migrants | design  | yes       |
    | campaign | FR-x-orve       | Orve       | FR      | fr       | Maison des droits  | D1     | c01       |           | all      | running | yes       |
    | little   | AR-x-belmira    | Belmira    | AR      | es       | Plan no compartido | D1     | c01       |           | all      | running | no        |
""")  # noqa: E501
LISTS = table("""
    | list_name | choice   | es                        |
    |-----------|----------|---------------------------|
    | domain    | D1       | Compromiso                |
    | domain    | D2       | Servicios                 |
    | chapter   | c01      | Derecho a la ciudad       |
    | chapter   | c02      | Democracia participativa  |
    | chapter   | other    | Otro                      |
    | group     | all      | Toda la población         |
    | group     | migrants | Personas migrantes        |
    | status    | running  | En ejecución              |
    | status    | design   | En diseño                 |
""")
INVENTORY = {"domain": "domain", "rights": "chapter", "groups": "group", "status": "status"}
MATCHES = table("""
    | unit_id         | domain | teacher_id     | has_same_language | has_same_size | alike             | score | reason   |
    |-----------------|--------|----------------|-------------------|---------------|-------------------|-------|----------|
    | AR-x-alto-verde | D2     | BR-x-sao-lucio | no                | yes           | barriers/language | 75    |          |
    | AR-x-alto-verde | D1     |                | no                | no            |                   |       | no_offer |
    | AR-x-cañada     |        |                | no                | no            |                   |       | no_wish  |
""")  # noqa: E501
QUOTES = table("""
    | unit_id        | office | question | text                    | language | codes |
    |----------------|--------|----------|-------------------------|----------|-------|
    | BR-x-sao-lucio |        | message  | Sem recursos não há nada. | pt     | M1    |
    |                |        | message  | Nous voulons décider.   | fr       | M2    |
""")
FACTS = table("""
    | kind              | code           | field          | text                |
    |-------------------|----------------|----------------|---------------------|
    | un_message        | M1             | number         | hr_framework        |
    | un_message        | M1             | number_choices | yes                 |
    | un_message        | M1             | gap            | hr_framework        |
    | un_message        | M1             | gap_choices    | draft no            |
    | un_message        | M1             | caveat         | yes                 |
    | un_sponsors_fact  | A/HRC/RES/39/7 | instrument     | A/HRC/RES/39/7      |
    | un_sponsors_fact  | A/HRC/RES/39/7 | date           | 2018-09-27          |
    | un_sponsors_fact  | A/HRC/RES/39/7 | country        | CL                  |
    | un_sponsors_fact  | A/HRC/RES/39/7 | role           | main sponsor        |
    | un_sponsors_fact  | A/HRC/RES/39/7 | source         | right-docs.org list |
    | un_timeline       | A/HRC/42/22    | date           | 2019-07-02          |
    | un_timeline       | A/HRC/42/22    | kind           | report              |
    | un_timeline       | A/HRC/42/22    | status         | symbol unverified   |
    | gcm_objective     | 15             | locally_actionable | yes             |
    | gcm_objective     | 11             | locally_actionable | no              |
""")
REFERENCES = {
    ("un_message", "M1"): "Democracia local",
    ("un_timeline", "A/HRC/42/22"): "métodos eficaces de cooperación",
    ("charter_chapter", "c01"): "Derecho a la ciudad",
    ("charter_chapter", "c02"): "Democracia participativa",
    ("charter_chapter", "other"): "Otro derecho",
    ("gcm_objective", "15"): "servicios básicos",
}


def add(con: Any, name: str, rows: list[dict[str, Any]]) -> None:
    """Write a table whose missing columns are empty."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE shape ({TABLES[name]})")
    columns = [row[0] for row in con.execute("DESCRIBE shape").fetchall()]
    words = {"yes": True, "no": False}
    typed = [
        {k: words.get(v, v) if k.startswith(("is_", "has_")) else v or None for k, v in row.items()}
        for row in rows
    ]
    write_table(con, name, pd.DataFrame(typed).reindex(columns=columns).astype(object))


def insert(con: Any, name: str, rows: list[dict[str, Any]]) -> None:
    """Add rows to a table that is there."""
    frame = pd.DataFrame(rows)
    con.register("more", frame)
    con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM more")
    con.unregister("more")


@pytest.fixture(scope="module")
def shared_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small release with an inventory, matches and the short lists of facts."""
    folder = tmp_path_factory.mktemp("shared")
    release.fill(folder)
    rows = [
        {**row, "policy_id": f"{row['survey']}.1.{row['unit_id']}.pol[1]", "row_id": "pol[1]",
         "link": "https://example.org/p" if row["domain"] == "D2" else "javascript:alert(1)",
         "stated_on": release.date(2025, 4, 1), "start_year": 2019}
        for row in POLICIES
    ]  # fmt: skip
    cleared, members = (connect(database_path(folder, name)) for name in ("survey", "members"))
    add(cleared, "estimate.policy", [row for row in rows if row["is_shared"] == "yes"])
    add(members, "estimate.policy", rows)
    add(cleared, "estimate.quote", [{**row, "wave": release.WAVE} for row in QUOTES])
    titles = {"little": "Encuesta", "campaign": "Campaña"}
    add(cleared, "estimate.source", [
        {"survey": name, "language": "es", "title": title} for name, title in titles.items()
    ])  # fmt: skip
    right = {"unit_id": "FR-x-orve", "unit_name": "Orve", "country": "FR", "language": "fr"}
    add(cleared, "estimate.new_right", [{**right, "text": "Droits numériques"}])
    add(cleared, "ask.fact", [{**row, "position": 1 + (row["code"] == "11")} for row in FACTS])
    matches = [{**row, "wave": release.WAVE, "score": row["score"] or None} for row in MATCHES]
    add(members, "estimate.match", matches)
    links = [
        {
            "unit_id": "AR-x-alto-verde",
            "policy_id": "little.1.a.pol[1]",
            "name": "Plan",
            "other_id": "campaign.1.a.pol[1]",
            "other_name": "Plan 2",
            "likeness": 0.9,
        }
    ]
    add(members, "estimate.policy_link", links)
    insert(cleared, "ask.label", [
        {"wave": release.WAVE, "kind": "choice", "subject": f"{row['list_name']}/{row['choice']}",
         "language": "es", "text": row["es"], "is_fallback": False, "status": ""}
        for row in LISTS if row["list_name"] != "domain" or row["choice"] != "D1"
    ])  # fmt: skip
    insert(cleared, "ask.choice", [
        {"wave": release.WAVE, "list_name": row["list_name"], "choice": row["choice"],
         "position": place} for place, row in enumerate(LISTS)
    ])  # fmt: skip
    insert(cleared, "ask.reference", [
        {"kind": kind, "code": code, "position": 1, "language": "es", "text": text}
        for (kind, code), text in REFERENCES.items()
    ])  # fmt: skip
    insert(cleared, "ask.question", [
        {"wave": release.WAVE, "question": f"pol_{column}", "type": "select_multiple",
         "list_name": name, "repeat": "pol", "position": 50, "joins": f"policy.{column}"}
        for column, name in INVENTORY.items()
    ])  # fmt: skip
    linked = "UPDATE ask.question SET charter = 'II', gcm = '15 11' WHERE question = 'housing'"
    cleared.execute(linked)
    for con in (cleared, members):
        con.close()
    return folder


@pytest.fixture
def opened(shared_release: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`open_brief` finds it."""
    monkeypatch.setenv("RELEVO_WORK", str(shared_release))
    return shared_release


def page(kind: str, **about: str) -> Any:
    return open_brief(kind, survey="little", language="es", **about)


def cells(section: Section, place: int = 0) -> list[list[str]]:
    """The texts of a table, row by row."""
    found = [part for part in section.parts if isinstance(part, Table)][place]
    return [
        [row.head.text, *(cell.text for cell in row.cells)]
        for block in found.blocks
        for row in block.rows
    ]


def test_the_hub_holds_what_is_shared_each_with_its_source_and_date(opened: Path) -> None:
    (listing,) = (p for p in page("hub").catalogue().parts if isinstance(p, Listing))
    assert [(card.title, card.about) for card in listing.entries] == [
        ("Plan <b>abierto", "Alto Verde · Argentina"),
        ("Casa de acolhida", "São Lúcio · Brasil"),
        ("Maison des droits", "Orve · Francia"),
    ]
    said = dict(listing.entries[1].said)
    assert said["Derecho"] == "Democracia participativa y Cuidado"
    assert said["Fuente y fecha"] == "Encuesta, 1 de abril de 2025"
    # a link that is no page of the web leads nowhere
    assert [card.href for card in listing.entries] == ["", "https://example.org/p", ""]


def test_the_search_offers_only_values_that_a_policy_has(opened: Path) -> None:
    (listing,) = (p for p in page("hub").catalogue().parts if isinstance(p, Listing))
    options = {facet.name: [text for _, text in facet.options] for facet in listing.facets}
    assert options == {
        "rights": ["Derecho a la ciudad", "Democracia participativa", "Otro"],
        "domain": ["Compromiso", "Servicios"],
        "groups": ["Toda la población", "Personas migrantes"],
        "country": ["Argentina", "Brasil", "Francia"],
        "language": ["español", "francés", "portugués"],
    }


def test_a_government_reads_whom_it_may_ask_why_and_where_nobody_offers(opened: Path) -> None:
    brief = page("government", unit="AR-x-alto-verde")
    assert cells(matched(brief)) == [
        ["Compromiso", "–", "Ningún gobierno que haya aceptado ser nombrado lo ofrece.", "–"],
        [
            "Servicios",
            "São Lúcio (Brasil)",
            "lo ofrece; misma clase de tamaño; avanzado en el ámbito según sus propias respuestas;"
            " en ambos: Idioma",
            "Casa de acolhida",
        ],
    ]
    assert matched(page("government", unit="AR-x-belmira")) == Section()


def test_the_desk_sees_pairs_who_is_left_over_and_policies_to_compare(opened: Path) -> None:
    desk = page("exchange")
    assert [row[:2] for row in cells(desk.pairs())] == [
        ["Alto Verde (Argentina)", "São Lúcio (Brasil)"]
    ]
    assert [row[::2] for row in cells(desk.left_over())] == [
        ["Alto Verde (Argentina)", "Ningún gobierno que haya aceptado ser nombrado lo ofrece."],
        ["Cañada d'Oro (Argentina)", "No indicó nada que quiera aprender."],
    ]
    assert cells(desk.same_policies()) == [
        ["Alto Verde (Argentina)", "Plan (Encuesta)", "Plan 2 (Campaña)", "90%"]
    ]


def test_chapters_show_policies_measures_and_the_rights_that_stand_outside(opened: Path) -> None:
    charter = page("charter")
    assert [row[0] for row in cells(charter.chapters())] == [
        "I Derecho a la ciudad", "II Democracia participativa"
    ]  # fmt: skip
    assert cells(charter.chapters())[1][2] == "Programas de vivienda (4 de 6)"
    assert cells(charter.coverage()) == [
        ["Argentina", "2", "I (1), II (1)", "–"],
        ["Brasil", "1", "II (1)", "I"],
        ["Francia", "1", "I (1)", "II"],
    ]
    assert cells(charter.outside())[0][:3] == ["Cuidado", "Casa de acolhida", "São Lúcio (Brasil)"]
    assert cells(charter.outside())[1][:3] == ["Droits numériques", "–", "Orve (Francia)"]
    # objective 11 is none on which a local government can act
    assert [row[0] for row in cells(charter.gcm())] == ["15. servicios básicos"]


def test_each_message_has_number_gap_example_and_sentence(opened: Path) -> None:
    advocacy = page("advocacy")
    section = advocacy.messages()
    number, gap = cells(section)
    assert number[:2] == ["Marco de derechos humanos: «Sí, vigente»", "4 de 7"]
    assert gap[:2] == ["Marco de derechos humanos: «En elaboración» / «No»", "3 de 7"]
    said = [text for part in section.parts for text in getattr(part, "texts", ())]
    assert "São Lúcio" in said[0] or "Alto Verde" in said[0]
    assert "solo para la migración" in said[1]
    (quote,) = (part for part in section.parts if isinstance(part, Quotes))
    assert quote.entries == (("Sem recursos não há nada.", "São Lúcio (Brasil)", "pt"),)


def test_no_list_that_nobody_read_makes_a_country_a_non_sponsor(opened: Path) -> None:
    advocacy = page("advocacy")
    assert cells(advocacy.sponsors()) == [
        [
            "A/HRC/RES/39/7",
            "27 de setiembre de 2018",
            "patrocinador principal: Chile",
            "Argentina y Brasil",
        ],
    ]
    # the symbol was confirmed nowhere: the document stands without it
    (document,) = cells(advocacy.timeline())
    assert document == [
        "2 de julio de 2019",
        "informe",
        "métodos eficaces de cooperación",
        "una sola fuente",
    ]


@pytest.fixture(scope="module")
def made(shared_release: Path) -> Path:
    """The pages, made; in one language."""
    little = release.survey(briefs=Briefs("", "", (), "", "", "all", "all", "all", "all"))
    tally = report(little, shared_release, jobs=2, languages=("es",))
    assert tally.failed == ()
    return shared_release / "briefs"


@pytest.mark.parametrize("kind", ["hub", "charter", "advocacy"])
def test_pages_are_whole_and_name_no_government_that_keeps_to_totals(made: Path, kind: str) -> None:
    (path,) = made.glob(f"public/{kind}-*.es.html")
    root = html.parse(path).getroot()
    text = " ".join(root.xpath("//main//text()[not(ancestor::script)]"))
    for hidden in ("Cañada", "Serra Nova", "no compartido", "None", " nan ", "{"):
        assert hidden not in text
    assert root.xpath("//p[@class='stamp']")
    for one in root.iter("table"):
        assert one.findtext("caption")
        assert all(th.get("scope") for th in one.iter("th"))


def test_the_hub_shows_every_card_without_a_script_and_narrows_them_with_one(made: Path) -> None:
    (path,) = made.glob("public/hub-*.es.html")
    with browser.chromium() as chromium:
        with browser.opened(chromium, path, script=False) as (still, wrong):
            assert still.locator(".cards li:visible").count() == 3
            assert not still.locator("form.find").is_visible()
            assert not wrong
        for width in (1280, 390):
            with browser.opened(chromium, path, width=width) as (shown, wrong):
                shown.select_option("select[name=country]", "BR")
                assert shown.locator(".cards li:visible h3").all_inner_texts() == [
                    "Casa de acolhida"
                ]
                assert shown.locator("output").inner_text() == "1 política"
                shown.select_option("select[name=country]", "")
                shown.fill("input[type=search]", "MAISON")
                assert shown.locator(".cards li:visible").count() == 1
                assert not shown.evaluate(browser.PROBE)
                assert not wrong
