"""Scores on pages: the own ones for the government itself, means for all; nobody is ranked."""

from pathlib import Path

from pipeline.report import open_brief
from pipeline.report.page import Section, Table
from tests.report.test_pages import Printed, pages, text_of


def rows(section: Section) -> list[tuple[str, ...]]:
    (table,) = (part for part in section.parts if isinstance(part, Table))
    found = [row for block in table.blocks for row in block.rows]
    return [(row.head.text, *(cell.text for cell in row.cells)) for row in found]


def test_a_government_reads_its_own_scores_beside_the_network(opened: Path) -> None:
    """D2 has too few answers, nothing of D3 applies: neither is 0."""
    brief = open_brief("government", survey="little", unit="AR-x-alto-verde", language="en")
    assert rows(brief.scores()) == [
        ("Compromiso", "75", "60–80", "En consolidación", "50"),
        ("D2", "too few answers", "10–85", "–", "[c]"),
        ("D3", "does not apply", "–", "–", "[x]"),
        ("All areas", "62", "62", "En consolidación", "47"),
    ]
    (table,) = (part for part in brief.scores().parts if isinstance(part, Table))
    assert any("between 51 and 67: the class is not certain" in note for note in table.notes)


def test_a_government_without_scores_has_no_table(opened: Path) -> None:
    brief = open_brief("government", survey="little", unit="BR-x-sao-lucio", language="es")
    assert brief.scores().parts == ()


def test_the_network_reads_means_with_the_estimate_for_all_members(opened: Path) -> None:
    brief = open_brief("network", survey="little", language="fr")
    assert rows(brief.scores()) == [
        ("Compromiso", "47", "45 (40–50)"),
        ("D2", "[c]", "[c]"),
        ("Tous les domaines", "48", "46"),
    ]


def test_own_scores_stand_on_own_pages_only(printed: Printed) -> None:
    for path, page in pages(printed[0]):
        is_own = "AR-x-alto-verde".lower() in str(path) or "belmira" in str(path)
        assert ("En consolidación" in text_of(page) or "Emergente" in text_of(page)) == (
            is_own and "own" in path.parts
        ), path
