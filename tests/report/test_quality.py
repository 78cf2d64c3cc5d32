"""The quality brief: may these data be published, and what has to be done before."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from lxml import html

from pipeline.ask.survey import Briefs
from pipeline.report import open_brief, report
from pipeline.report.page import Section, Table
from pipeline.report.quality import QualityBrief
from pipeline.store import connect, database_path
from tests.markdown import table
from tests.report import release
from tests.report.test_pages import Printed, text_of

MATTERS = [
    {"unit_id": "BR-x-serra-nova", "row_id": "", **row}
    for row in table("""
        | question      | code                | severity | received |
        |---------------|---------------------|----------|----------|
        | population    | constraint_broken   | error    | 77       |
        | housing       | unknown_choice      | error    | casi     |
        | foreign_known | required_unanswered | warning  |          |
    """)
]
Changed = Callable[[str], QualityBrief]


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Changed:
    """The quality brief in Spanish, of the release as these statements change its members file."""
    release.fill(tmp_path, MATTERS)
    monkeypatch.setenv("RELEVO_WORK", str(tmp_path))

    def opened(sql: str) -> QualityBrief:
        with connect(database_path(tmp_path, "members")) as con:
            con.execute(sql)
        brief = open_brief("quality", survey="little", language="es")
        assert isinstance(brief, QualityBrief)
        return brief

    return opened


def said(section: Section) -> str:
    """The sentences of a section."""
    return " ".join(text for part in section.parts for text in getattr(part, "texts", ()))


def shown(section: Section) -> list[dict[str, str]]:
    """The table of a section, by its column titles; a header of several rows is said again."""
    (found,) = [part for part in section.parts if isinstance(part, Table)]
    rows, head = [], ""
    for block in found.blocks:
        for row in block.rows:
            head = row.head.text if row.span else head
            cells = [head, *(cell.text for cell in row.cells)]
            rows.append(dict(zip(found.columns, cells, strict=True)))
    return rows


QUARANTINED = "UPDATE edit.summary SET count = {} WHERE kind = 'verdict' AND code = 'quarantined'"
LOADED = "UPDATE edit.summary SET count = {} WHERE code = 'loaded' AND question = ''"
SET_ASIDE = "DELETE FROM edit.summary WHERE code = 'set_aside'"


@pytest.mark.parametrize(
    ("sql", "verdict", "why"),
    [
        (SET_ASIDE, "Publicar, con advertencias.", "De 11 registros, 1 está en cuarentena (9%)."),
        (
            ";".join((SET_ASIDE, QUARANTINED.format(0), LOADED.format(10))),
            "Publicar.",
            "De 11 registros, 0 están en cuarentena (0%).",
        ),
        (
            ";".join((QUARANTINED.format(0), LOADED.format(10))),
            "Publicar, con advertencias.",
            "Población residente (1 de 8 (13%))",
        ),
        (
            ";".join((SET_ASIDE, QUARANTINED.format(3), LOADED.format(7))),
            "No publicar.",
            "De 11 registros, 3 están en cuarentena (27%).",
        ),
        (QUARANTINED.format(2), "No publicar.", "La suma de los registros no cierra."),
    ],
)
def test_the_declared_thresholds_give_the_verdict(
    changed: Changed, sql: str, verdict: str, why: str
) -> None:
    told = said(changed(sql).verdict())
    assert told.startswith(verdict)
    assert why in told


def test_a_rule_is_said_in_words_beside_the_cells_it_speaks_of(changed: Changed) -> None:
    """Required: of those asked; relevance: of those not asked; a condition: of those filled."""
    assert shown(changed("").broken()) == table("""
        | Pregunta                     | Regla                                         | Código y efecto                   | Celdas, de su base | Envíos | Primeros registros |
        |------------------------------|-----------------------------------------------|-----------------------------------|--------------------|--------|--------------------|
        | Gobierno local               | El gobierno respondió más de una vez          | two_answers (se mantiene)         | 2 de 11 (18%)      | 2      | 3                  |
        | Población residente          | Se acepta si la respuesta es mayor que 100.   | constraint_broken (apartada)      | 1 de 8 (13%)       | 1      | 3                  |
        | Población residente          | El archivo escribe los decimales con coma     | decimal_comma (leída)             | 2 de 8 (25%)       | 2      | 3                  |
        | Dato de población extranjera | Obligatoria y en blanco                       | required_unanswered (se mantiene) | 1 de 8 (13%)       | 1      | 3                  |
        | Programas de vivienda        | Se pregunta si «Marco» es «Sí».               | answered_not_asked (apartada)     | 1 de 1 (100%)      | 1      | 3                  |
        | El registro entero           | Una celda de un libro de cálculo admite 32.767 caracteres; la herramienta de encuestas cortó allí el texto y lo dijo en sus primeras palabras | text_cut (se mantiene)            | 1 de 11 (9%)       | 1      | 3                  |
    """)  # noqa: E501 - tables are read by column


def test_every_code_says_what_to_do_next(changed: Changed) -> None:
    rows = shown(changed("").rules())
    assert [row["Código"] for row in rows[:2]] == ["answered_not_asked", "constraint_broken"]
    assert rows[-1]["Qué hacer"] == "Nada; mirar los primeros registros basta."
    assert all(row["Qué hacer"] for row in rows)


def test_asked_is_the_sum_and_nonresponse_its_share(changed: Changed) -> None:
    rows = {row["Pregunta"]: row for row in shown(changed("").states())}
    assert rows["Población residente"]["Preguntado"] == "8"
    assert rows["Población residente"]["Sin respuesta que cuente"] == "13%"
    assert rows["Programas de vivienda"]["Preguntado"] == "6"
    assert rows["Programas de vivienda"]["Sin respuesta que cuente"] == "0%"


def test_a_government_is_named_for_the_follow_up_and_never_beside_an_answer(
    changed: Changed,
) -> None:
    brief = changed("")
    rows = {row["Gobierno"]: row for row in shown(brief.governments())}
    assert "Silencio" not in rows  # nothing came from there
    assert rows["Serra Nova"] == {
        "Gobierno": "Serra Nova",
        "Estado": "respondió",
        "Preguntado": "6",
        "Sin respuesta que cuente": "33%",
        "Respuesta apartada": "1",
        "Opciones no reconocidas": "1",
        "Por confirmar": "1",
        "Asuntos abiertos": "3",
    }
    assert "casi" not in str(brief.governments())
    (pt,) = [row for row in shown(brief.languages()) if row["Idioma"] == "Portugués"]
    assert (pt["Gobiernos con respuesta"], pt["Asuntos abiertos"]) == ("3 de 3 (100%)", "3")


def test_files_tell_their_versions_unknown_columns_and_missing_questions(changed: Changed) -> None:
    assert shown(changed("").columns()) == table("""
        | Archivo   | Versiones del formulario (envíos) | Columnas desconocidas | Preguntas que faltan     |
        |-----------|-----------------------------------|-----------------------|--------------------------|
        | kobo.xlsx | sin indicar (2), v2 (9)           | ip_address            | Barreras a los servicios |
    """)  # noqa: E501


def test_warnings_about_how_it_was_filled_in_are_counted_apart(changed: Changed) -> None:
    assert "Ningún envío" in said(changed("").behaviour())
    late = "('2025', 'rule', 'city_id', 'after_deadline', 'warning', 2, 2, [1, 2])"
    (row,) = shown(changed(f"INSERT INTO edit.summary VALUES {late}").behaviour())
    assert row["Envíos"] == "2 de 11 (18%)"


def test_figures_stand_beside_those_of_the_last_publication(changed: Changed) -> None:
    assert "no se publicó nada" in said(changed("").changes())
    brief = changed("""
        CREATE TABLE collect.published
            (release VARCHAR, position INTEGER, figure VARCHAR, count BIGINT);
        INSERT INTO collect.published VALUES
            ('aaaa', 2, 'records', 1), ('bbbb', 1, 'records', 9), ('bbbb', 1, 'responses', 8),
            ('bbbb', 1, 'violations', 12), ('bbbb', 1, 'repeat_rows', 4)""")
    assert "bbbb" in said(brief.changes())
    assert shown(brief.changes()) == table("""
        | Cifra                   | Entonces | Ahora | Diferencia |
        |-------------------------|----------|-------|------------|
        | Registros               | 9        | 11    | +2         |
        | Filas de repeticiones   | 4        | 4     | =          |
        | Respuestas válidas      | 8        | 8     | =          |
        | Infracciones de reglas  | 12       | 6     | −6         |
    """)


def test_a_survey_of_persons_names_nobody(changed: Changed, tmp_path: Path) -> None:
    with connect(database_path(tmp_path, "survey")) as con:
        con.execute("UPDATE ask.survey SET text = 'person' WHERE key = 'unit_kind'")
    assert changed("").governments().parts == ()


def test_the_page_lists_its_sections_and_links_to_the_quarantine(printed: Printed) -> None:
    (path,) = printed[0].glob("briefs/desk/quality-*.es.html")
    page = html.parse(path).getroot()
    assert page.xpath("//section[@class='contents']//a/@href") == [
        f"#{anchor}" for anchor in page.xpath("//h2/@id")
    ]
    (href,) = page.xpath("//a[contains(@href, '.csv')]/@href")
    with (path.parent / href).open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert line == {
        "record_id": "11",
        "file": "2025/kobo.xlsx",
        "sheet": "'=sheet",  # no formula for a spreadsheet program
        "record_number": "11",
        "first_line": "12",
        "repeat": "",
        "unit_id": "",
        "code": "unknown_unit",
        "reason": "el gobierno indicado no figura en la lista de miembros",
    }


def test_without_a_quarantined_record_there_is_no_list(tmp_path: Path) -> None:
    release.fill(tmp_path)
    with duckdb.connect(str(database_path(tmp_path, "members"))) as con:
        con.execute("DELETE FROM edit.quarantine")
    survey = release.survey(briefs=Briefs(government=(), group=(), network=()))
    assert report(survey, tmp_path, jobs=1, languages=("es",)).failed == ()
    assert list(tmp_path.glob("briefs/desk/*.csv")) == []
    (path,) = tmp_path.glob("briefs/desk/quality-*.es.html")
    assert "Ningún registro está en cuarentena." in text_of(html.parse(path).getroot())
