"""The network's page beside other instruments: goals of joined registers, policies as examples."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from pipeline.ask.survey import Briefs
from pipeline.report import open_brief, report
from pipeline.report.knowledge import read_policies
from pipeline.report.page import Heading, Section, Sentences, Table
from pipeline.report.showcase import examples
from pipeline.store import connect, database_path
from tests import browser
from tests.markdown import table
from tests.report import release
from tests.report.test_shared_pages import add, cells, insert

REGISTERS = table("""
    | survey   | as_of      | goals       | states              | count | n  | shown | threshold |
    |----------|------------|-------------|---------------------|-------|----|-------|-----------|
    | campaign | 2025-06-30 | 10 100 1000 | validated published | 48    | 96 | yes   | 3         |
    | little2  | 2025-05-09 | 10          | joined              |       |    | c     | 5         |
""")
WORDS = table("""
    | survey   | kind  | code      | language | text              |
    |----------|-------|-----------|----------|-------------------|
    | campaign | title |           | es       | Ciudades en 2030  |
    | campaign | title |           | fr       | Villes d'ici 2030 |
    | campaign | state | pledged   | es       | Comprometida      |
    | campaign | state | validated | es       | <b>Validada</b>   |
    | campaign | state | validated | fr       | Validée           |
    | campaign | state | published | es       | Publicada         |
    | campaign | state | published | fr       | Publiée           |
    | little2  | title |           |          | Segundo registro  |
""")
POLICIES = table("""
    | name              | unit_id          | unit_name | country | domain | status  | start_year | evaluation | link              | is_shared |
    |-------------------|------------------|-----------|---------|--------|---------|------------|------------|-------------------|-----------|
    | Casa aberta       | BR-x-sao-lucio   | São Lúcio | BR      | D2     | running | 2019       | internal   | https://x.org/a   | yes       |
    | Casa fechada      | BR-x-sao-lucio   | São Lúcio | BR      | D3     | running | 2020       | planned    | https://x.org/b   | yes       |
    | Plan de datos     | AR-x-alto-verde  | Alto      | AR      | D2     | running | 2021       | none       | https://x.org/c   | yes       |
    | Plan de barrios   | AR-x-alto-verde  | Alto      | AR      | D4     | running |            | external   | javascript:x()    | yes       |
    | Escuela           | CL-x-villa-clara | Villa     | CL      |        | running | 2018       |            | https://x.org/d   | yes       |
    | Refugio           | AR-x-belmira     | Belmira   | AR      | D5     | ended   | 2018       | external   | https://x.org/e   | yes       |
    | Plan no aceptado  | AR-x-cañada      | Cañada    | AR      | D6     | running | 2018       | external   | https://x.org/f   | no        |
    | Plan aparte       | BR-x-serra-nova  | Serra     | BR      | D7     | running | 2018       | external   | https://x.org/g   | no        |
    | De otra encuesta  | BR-x-serra-nova  | Serra     | BR      | D8     | running | 2018       | external   | https://x.org/h   | yes       |
""")  # noqa: E501
LANGUAGE = {"AR": "es", "BR": "pt", "CL": "es"}
RECORD = ("record", "", "")  # the fact that says what a record is


def inventory(lines: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """Rows of estimate.policy."""
    return [
        {**row, "survey": "little", "policy_id": f"little.{place}",
         "language": LANGUAGE[row["country"]]}
        for place, row in enumerate(lines)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small release, joined to two registers, with an inventory; members holds all of it."""
    folder = tmp_path_factory.mktemp("network")
    release.fill(folder)
    cleared, members = (connect(database_path(folder, name)) for name in ("survey", "members"))
    numbers = ("count", "n", "threshold")
    add(cleared, "estimate.joined_register", [
        {**row, **{name: int(row[name]) if row[name] else None for name in numbers},
         "as_of": date.fromisoformat(row["as_of"])}
        for row in REGISTERS
    ])  # fmt: skip
    add(cleared, "estimate.joined_label", WORDS)
    add(members, "estimate.policy", inventory(POLICIES))
    shared = [row for row in inventory(POLICIES) if row["unit_id"] != "AR-x-cañada"]
    add(cleared, "estimate.policy", shared)  # one not shared is in it by mistake
    insert(cleared, "ask.question", [
        {"wave": release.WAVE, "question": f"pol_{column}", "type": "select_one", "position": 50,
         "list_name": name, "repeat": "pol", "joins": f"policy.{column}"}
        for column, name in (("domain", "domain"), ("evaluation", "evalk"))
    ])  # fmt: skip
    insert(cleared, "ask.label", [
        {"wave": release.WAVE, "kind": "choice", "subject": subject, "language": "es",
         "text": text, "is_fallback": False, "status": ""}
        for subject, text in (("domain/D2", "Servicios"), ("domain/D4", "Barrios"),
                              ("evalk/internal", "Interna"), ("evalk/external", "Externa"))
    ])  # fmt: skip
    for con in (cleared, members):
        con.close()
    return folder


@pytest.fixture
def opened(full: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`open_brief` finds it."""
    monkeypatch.setenv("RELEVO_WORK", str(full))
    return full


def network(language: str = "es") -> Any:
    return open_brief("network", survey="little", language=language)


def said(section: Section) -> list[str]:
    """Headings and sentences, then the notes of the tables."""
    notes = [note for part in section.parts if isinstance(part, Table) for note in part.notes]
    words = (
        (part.text,) if isinstance(part, Heading) else part.texts
        for part in section.parts if isinstance(part, Heading | Sentences)
    )  # fmt: skip
    return [text for texts in words for text in texts] + notes


# --- the goals of joined registers ----------------------------------------------------------------
def test_each_goal_stands_beside_what_is_counted_as_on_the_registers_own_page(opened: Path) -> None:
    section = network().campaign()
    assert cells(section) == [["10", "Alcanzada"], ["100", "48 de 100"], ["1000", "48 de 1000"]]
    strip = next(part for part in section.parts if isinstance(part, Table))
    marks = [row.cells[0].mark for block in strip.blocks for row in block.rows]
    assert [mark.share for mark in marks if mark] == [1.0, 0.48, 0.048]


def test_the_strip_says_which_register_what_counts_and_of_which_day(opened: Path) -> None:
    title, about, *_ = said(network().campaign())
    assert title == "Ciudades en 2030"
    assert about == (
        "El registro contiene 96 adhesiones vigentes; cuentan 48. "
        "Se cuentan las adhesiones en estos estados: Validada y Publicada. "
        "Datos al 30 de junio de 2025."
    )
    title, about, *_ = said(network("fr").campaign())
    assert title == "Villes d’ici 2030"
    assert "Validée et Publiée" in about


def test_a_hidden_count_is_hidden_here_too_and_by_the_registers_own_threshold(opened: Path) -> None:
    section = network().campaign()
    assert cells(section, 1) == [["10", "[c]"]]
    *_, title, about, note = said(section)
    assert title == "Segundo registro"
    # a state without a label is its code; no number is said
    assert about.startswith("Se cuentan las adhesiones en estos estados: joined. Datos al 9 de")
    assert note.startswith("[c] menos de 5 gobiernos")


def test_without_joined_registers_and_shared_policies_there_is_nothing(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEVO_WORK", str(filled))
    assert network().campaign() == network().showcase() == Section()


# --- policies as examples -------------------------------------------------------------------------
def test_links_come_first_then_evaluations_one_per_government_and_domain(opened: Path) -> None:
    section = network().showcase()
    # of domain D2 the evaluated one; Alto Verde's other policy has no link that leads anywhere
    assert cells(section) == [
        ["Plan de barrios", "Alto Verde (Argentina)", "Barrios", "–", "Externa"],
        ["Casa aberta", "São Lúcio (Brasil)", "Servicios", "2019", "Interna"],
        ["Escuela", "Villa <b>Clara (Chile)", "–", "2018", "–"],
    ]
    heads = [row.head for block in section.parts[1].blocks for row in block.rows]
    assert [(head.lang, head.href) for head in heads] == [
        ("es", ""),
        ("pt", "https://x.org/a"),
        ("es", "https://x.org/d"),
    ]
    assert "Son ejemplos, no una clasificación" in said(section)[1]
    assert "como máximo 3" in said(section)[1]


def test_among_equals_the_draw_is_the_same_and_more_policies_are_no_more_chances(
    opened: Path,
) -> None:
    one, *_ = read_policies(opened)
    units = [f"unit-{number}" for number in range(9)]

    def drawn(count: dict[str, int]) -> list[str]:
        alike = [
            replace(one, unit_id=unit, domain="", policy_id=f"{unit}.{place}")
            for unit in units
            for place in range(count.get(unit, 1))
        ]
        assert examples(alike) == examples(alike[::-1])
        return [policy.unit_id for policy in examples(alike)]

    first = drawn({})
    assert len(set(first)) == 3
    assert all(drawn({unit: 20}) == first for unit in units)


def test_only_running_policies_are_shown(opened: Path) -> None:
    found = [policy for policy in read_policies(opened) if policy.status != "running"]
    assert [policy.name for policy in found] == ["Refugio"]
    assert examples(found) == []


# --- the page -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def page(full: Path) -> Path:
    """The page, made in Spanish."""
    little = release.survey(briefs=Briefs("", "", (), "all", ""))
    tally = report(little, full, jobs=1, languages=("es",))
    assert tally.failed == ()
    (path,) = full.glob("briefs/public/network-*.es.html")
    return path


def test_who_did_not_agree_is_never_an_example(page: Path) -> None:
    text = html.parse(page).getroot().text_content()
    assert "Casa aberta" in text
    for hidden in (
        "Plan no aceptado",
        "Plan aparte",
        "De otra encuesta",
        "Cañada",
        "Serra Nova",
        "x.org/g",
    ):
        assert hidden not in text


def test_the_strip_follows_the_front_and_the_examples_come_before_what_is_asked(page: Path) -> None:
    root = html.parse(page).getroot()
    heads = [" ".join(head.text_content().split()) for head in root.xpath("//main//h2")]
    assert heads[:2] == ["Ciudades en 2030", "Segundo registro"]
    assert heads.index("Ejemplos de políticas") < heads.index(
        "Lo que estos datos no permiten decir"
    )
    (link,) = root.xpath("//th/a[@href='https://x.org/a']")
    assert (link.get("lang"), link.text_content()) == ("pt", "Casa aberta")
    assert not root.xpath("//a[starts-with(@href, 'javascript')]")
    for one in root.iter("table"):
        assert "".join(one.find("caption").itertext()).strip()
        assert all(head.get("scope") for head in one.iter("th"))
    assert page.stat().st_size <= 200_000


def test_the_page_fits_a_phone(page: Path) -> None:
    with (
        browser.chromium() as chromium,
        browser.opened(chromium, page, width=320) as (shown, wrong),
    ):
        assert not shown.evaluate(browser.PROBE)
        assert not wrong


def test_an_open_log_does_not_say_how_many_members_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records are actions; of an open survey the stamp says it."""
    release.fill(tmp_path, state="open")
    monkeypatch.setenv("RELEVO_WORK", str(tmp_path))
    brief = open_brief("network", survey="little", language="en")
    log = replace(
        brief, release=replace(brief.release, facts={**brief.release.facts, RECORD: "event"})
    )
    assert any("had answered" in note for _, note in brief.stamps())
    assert not any("had answered" in note for _, note in log.stamps())
