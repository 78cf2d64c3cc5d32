"""Return sheets: one government is asked about its own answers, in its own language."""

# ruff: noqa: E501 - tables are read by column
from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from openpyxl import load_workbook

from pipeline.ask.survey import Briefs
from pipeline.report import Tally, report
from tests.markdown import table
from tests.report import release

MATTERS = table("""
    | unit_id         | submission_id | row_id | question     | code                | severity | received        |
    |-----------------|---------------|--------|--------------|---------------------|----------|-----------------|
    | BR-x-sao-lucio  | s1            |        | population   | constraint_broken   | error    | 1234567         |
    | BR-x-sao-lucio  | s1            |        | population   | population_ratio    | warning  | 1234567         |
    | BR-x-sao-lucio  | s1            |        | hr_framework | answered_not_asked  | error    | yes             |
    | BR-x-sao-lucio  | s1            |        | barriers     | required_unanswered | warning  |                 |
    | BR-x-sao-lucio  | s1            |        | housing      | unknown_choice      | error    | =HYPERLINK("x") |
    | CL-x-silencio   | s2            |        | city_id      | tie_of_answers      | error    | 2025-05-02      |
    | CL-x-nowhere    | s3            |        | city_id      | unknown_unit        | error    | 2025-05-02      |
""")

BRIEFS = Briefs(government=("es",), group=(), network=(), quality=())


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tally]:
    folder = tmp_path_factory.mktemp("returns")
    release.fill(folder, MATTERS)
    return folder, report(release.survey(briefs=BRIEFS), folder)


def sheets(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.glob(f"briefs/own/*/return-*{suffix}"))


def rows(path: Path) -> list[list[str]]:
    """What the page says of each answer."""
    found = html.parse(path).xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found]


def test_a_government_of_the_frame_gets_a_page_and_a_workbook_in_its_own_language(
    printed: tuple[Path, Tally],
) -> None:
    folder, tally = printed
    assert (tally.built, tally.failed) == (2 + 8, ())
    for suffix in (".html", ".xlsx"):
        names = [path.name.rpartition("-")[0] for path in sheets(folder, suffix)]
        assert names == ["return-br-x-sao-lucio", "return-cl-x-silencio"]
    languages = [path.name.split(".")[-2] for path in sheets(folder, ".html")]
    assert languages == ["pt", "es"]


def test_the_page_says_what_was_received_why_it_cannot_stand_and_what_to_answer(
    printed: tuple[Path, Tally],
) -> None:
    page, other = sheets(printed[0], ".html")
    assert html.parse(page).findtext(".//h1") == "São Lúcio: 4 respostas a confirmar"
    assert rows(page) == [
        ["População residente: … ¿cuál?", "1.234.567",
         "A resposta está fora do que a pergunta permite. O número está longe da população que consta da lista de membros.",
         "Um número inteiro, só em algarismos."],
        ["Marco de direitos humanos: … ¿cuál?", "Sim, em vigor",
         "De acordo com suas outras respostas, esta pergunta não se aplica a vocês, e mesmo assim tem uma resposta.",
         "“sem resposta” se a pergunta não se aplica a vocês. Se ela se aplica, digam no comentário que outra resposta deve mudar."],
        ["Programas de moradia: … ¿cuál?", '=HYPERLINK("x")',
         "A resposta não é nenhuma das opções da pergunta.",
         "Uma destas opções: Sim, estável; Em parte; Não; Não compete."],
        ["Barreiras aos serviços: … ¿cuál?", "sem resposta",
         "Aqui é necessária uma resposta e nenhuma foi recebida.",
         "Uma ou mais destas opções: Idioma; Custo; Outra."],
    ]  # fmt: skip
    assert rows(other)[0][:2] == [
        "La respuesta en su conjunto",
        "Una respuesta del 2 de mayo de 2025",
    ]


def test_only_where_one_answer_is_in_doubt_the_others_are_said_to_be_fine(
    printed: tuple[Path, Tally],
) -> None:
    page, other = (
        html.parse(path).getroot().text_content() for path in sheets(printed[0], ".html")
    )
    assert "As demais respostas não precisam de mais nada." in page
    assert "Antes de poder contar su respuesta" in other


def test_the_index_leads_to_each_sheet(printed: tuple[Path, Tally]) -> None:
    index = html.parse(printed[0] / "briefs/index.html")
    found = index.xpath("//tbody/tr[td[. = 'Hoja de devolución']]")
    assert [row.findtext("th") for row in found] == ["São Lúcio", "Silencio"]
    for link in index.xpath("//tbody//a/@href"):
        assert (printed[0] / "briefs" / link).is_file()


def test_a_governments_brief_leads_to_its_sheet(printed: tuple[Path, Tally]) -> None:
    links = {
        path.parent.name[:-9]: html.parse(path).xpath("//main//a/@href")
        for path in printed[0].glob("briefs/own/*/government-*.html")
    }
    asked = {
        unit: [path.name for path in sheets(printed[0], ".html") if unit in path.name]
        for unit in links
    }
    assert links == asked
    assert sum(len(found) for found in links.values()) == 1  # the other one has no brief


def test_the_page_leads_to_the_workbook_and_carries_the_stamps(printed: tuple[Path, Tally]) -> None:
    for path in sheets(printed[0], ".html"):
        page = html.parse(path).getroot()
        (link,) = page.xpath("//main//a/@href")
        assert (path.parent / link).is_file()
        assert page.xpath("count(//p[@class='stamp'])") == 2
        assert "encuesta@example.org" in page.text_content()
        names = {row["name"] for row in release.UNITS}
        assert sum(name in page.text_content() for name in names) == 1


def test_the_workbook_holds_texts_only_and_locks_all_but_the_answers(
    printed: tuple[Path, Tally],
) -> None:
    book = load_workbook(sheets(printed[0], ".xlsx")[0])
    page, *hidden = book.worksheets
    assert [sheet.sheet_state for sheet in hidden] == ["veryHidden", "veryHidden"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert '=HYPERLINK("x")' in [cell.value for cell in cells]
    assert page.protection.sheet
    assert page.column_dimensions["A"].hidden
    is_open = {
        cell.coordinate for row in page.iter_rows() for cell in row if not cell.protection.locked
    }
    assert {"F3", "F4", "F6", "G6"} <= is_open
    assert not {cell for cell in is_open if cell[0] not in "FG"}
    assert "DADOS DE DEMONSTRAÇÃO" in page["B2"].value


def test_a_choice_is_picked_from_a_list_and_several_are_marked_one_by_one(
    printed: tuple[Path, Tally],
) -> None:
    book = load_workbook(sheets(printed[0], ".xlsx")[0])
    page, lists = book.worksheets[0], book["lists"]
    offered = {}
    for rule in page.data_validations.dataValidation:
        if rule.type == "list":
            cells = lists[rule.formula1.partition("!")[2].replace("$", "")]
            cells = cells if isinstance(cells, tuple) else ((cells,),)
            offered[str(rule.sqref)] = [row[0].value for row in cells]
    labels = [page[f"E{row}"].value for row in range(6, 13)]
    assert labels[4:] == ["Idioma", "Custo", "Outra"]
    assert offered["F6"] == ["sem resposta"]
    assert offered["F8"] == ["Sim, estável", "Em parte", "Não", "Não compete", "sem resposta"]
    assert [offered[f"F{row}"] for row in (10, 11, 12)] == [["sim", "não"]] * 3


def test_the_same_answers_make_the_same_bytes(printed: tuple[Path, Tally], tmp_path: Path) -> None:
    release.fill(tmp_path, MATTERS)
    report(release.survey(briefs=BRIEFS), tmp_path, jobs=1)
    for suffix in (".html", ".xlsx"):
        ours, theirs = (sheets(folder, suffix) for folder in (tmp_path, printed[0]))
        assert [path.read_bytes() for path in ours] == [path.read_bytes() for path in theirs]
    assert load_workbook(BytesIO(sheets(tmp_path, ".xlsx")[0].read_bytes())).sheetnames[1:] == [
        "relevo",
        "lists",
    ]
