"""Google Forms: question texts as headers, options as answers, nobody with an id."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from pipeline.ask import Choice, Questionnaire
from pipeline.ask.survey import Key
from pipeline.errors import Problem, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows, workbook
from tests.collect.counter import count_text
from tests.markdown import table

FORM = """
    | type                  | name        | label::Español (es)     | label::Português (pt) | label::English (en)  | relevant                   |
    |-----------------------|-------------|-------------------------|-----------------------|----------------------|----------------------------|
    | text                  | city        | Gobierno                | Governo               | Government           |                            |
    | calculate             | country     |                         |                       |                      |                            |
    | select_one plan       | plan        | ¿Hay <b>un plan</b>?    | Há um plano?          | Is there a plan?     |                            |
    | text                  | plan_other  | ¿Cuál?                  | Qual?                 | Which one?           | ${plan} = 'other'          |
    | select_multiple needs | needs       | Necesidades             | Necessidades          | Needs that the people of ${city} have |                            |
    | text                  | whatneed    | ¿Qué necesidad?         | Que necessidade?      | What need?           | selected(${needs},'other') |
    | select_one yn         | fair        | ¿Hay feria?             | Há feira?             | Is there a fair?     |                            |
    | begin_group           | services    | ¿Quién accede?          | Quem acessa?          | Who has access?      |                            |
    | select_one yn         | health      | Salud                   | Saúde                 | Health               |                            |
    | select_multiple who   | school      | Escuela                 | Escola                | School               |                            |
    | end_group             |             |                         |                       |                      |                            |
    | select_one yn         | staff_train | Personal: ¿formado?     | Equipe: formada?      | Staff: trained?      |                            |
    | date                  | since       | Desde                   | Desde quando          | Since                |                            |
    | time                  | opens       | Abre a las              | Abre às               | Opens at             |                            |
    | decimal               | share       | Porcentaje              | Porcentagem           | Share                |                            |
    """  # noqa: E501
CHOICES = """
    | list_name | name     | label::Español (es)        | label::Português (pt)        | label::English (en)  |
    |-----------|----------|----------------------------|------------------------------|----------------------|
    | plan      | own      | Sí, con fondos propios     | Sim, com recursos próprios   | Yes, own funds       |
    | plan      | none     | No                         | Não                          | No                   |
    | plan      | other    | Otro                       | Outro                        | Other                |
    | needs     | money    | Fondos, propios o externos | Recursos, próprios ou não    | Funds, any           |
    | needs     | own      | Fondos                     | Recursos                     | Funds                |
    | needs     | training | Formación                  | Formação                     | Training             |
    | needs     | other    | Otra necesidad             | Outra necessidade            | Another need         |
    | yn        | yes      | Sí                         | Sim                          | Yes                  |
    | yn        | no       | No                         | Não                          | No                   |
    | who       | all      | Todas                      | Todas                        | All                  |
    | who       | papers   | Con papeles; otras no      | Com documentos; outras não   | With papers; others not |
    """  # noqa: E501


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    return questionnaire(FORM, CHOICES)


def export(*lines: Sequence[str], ends: str = "\r\n") -> str:
    """A CSV as the tool writes it: quotes only where a comma stands."""
    text = io.StringIO()
    csv.writer(text, lineterminator=ends).writerows(lines)
    return text.getvalue()


def stored(collected: Collect, form: Questionnaire, columns: str, *lines: Sequence[str]) -> Any:
    """The columns of collect.submission for these lines, the first of them headers."""
    work = collected({"responses.csv": export(*lines)}, form)
    assert rows(work, "SELECT tool FROM collect.file") == [("google",)]
    return rows(work, f"SELECT {columns} FROM collect.submission ORDER BY record_id")


def notes(work: Work) -> list[str]:
    return list(rows(work, "SELECT notes FROM collect.file")[0][0])


AT = "2025/03/04 5:12:33 PM GMT-3"


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("¿Hay un plan?", "No"),
        ("  ¿hay  UN plan? ", "No"),
        ("Há um plano?", "Não"),
        ("Is there a plan?", "No"),
        ("plan", "none"),
    ],
)
def test_a_header_is_the_text_of_a_question_in_any_language(
    collected: Collect, form: Questionnaire, header: str, answer: str
) -> None:
    lines = [["Marca temporal", header], [AT, answer]]
    assert stored(collected, form, "plan", *lines) == [("none",)]


def test_headers_of_several_languages_stand_in_one_file(
    collected: Collect, form: Questionnaire
) -> None:
    lines = [
        [
            "Carimbo de data/hora",
            "Governo",
            "¿Hay un plan?",
            "Needs that the people of Montevideo have",
            "Porcentagem",
        ],
        [AT, "Norte", "Sim, com recursos próprios", "Funds, any, Training", "1,5"],
    ]
    found = stored(collected, form, "city, plan, needs, share", *lines)
    assert found == [("Norte", "own", "money training", "1,5")]


def test_one_question_asked_in_a_section_per_language_is_one(
    collected: Collect, form: Questionnaire
) -> None:
    lines = [
        ["Timestamp", "Gobierno", "¿Hay un plan?", "Governo", "Há um plano?", "¿Hay un plan?"],
        [AT, "Sur", "Sí, con fondos propios", "", "", ""],
        [AT, "", "", "Norte", "Não", ""],
        [AT, "Este", "", "", "", "No"],  # the question was deleted and made again
        [AT, "Sul", "No", "", "Não", "No"],  # they agree
    ]
    found = [("Sur", "own"), ("Norte", "none"), ("Este", "none"), ("Sul", "none")]
    assert stored(collected, form, "city, plan", *lines) == found


def test_two_columns_of_a_question_that_differ_refuse_the_file(
    collected: Collect, form: Questionnaire
) -> None:
    lines = [
        ["Timestamp", "Governo", "¿Hay un plan?", "Há um plano?"],
        [AT, "Sur", "No", "Não"],
        [AT, "Sur", "Sí, con fondos propios", "Não"],
    ]
    with pytest.raises(RelevoError) as error:
        collected({"responses.csv": export(*lines)}, form)
    assert [found.problem for found in error.value.findings] == [Problem.column_twice]
    assert "columns 3 and 4" in str(error.value) and "line 3" in str(error.value)


def test_a_grid_has_a_column_for_each_row(collected: Collect, form: Questionnaire) -> None:
    lines = [
        ["Timestamp", "¿Quién accede? [Salud]", "Who has access? [School]", "Equipe [formada?]"],
        [AT, "Sí", "With papers; others not;All", "Não"],
    ]
    found = stored(collected, form, "health, school, staff_train", *lines)
    assert found == [("yes", "papers all", "no")]


def test_a_row_of_a_grid_alone_names_its_question(collected: Collect, form: Questionnaire) -> None:
    lines = [["Timestamp", "Governo", "Asked otherwise [Salud]"], [AT, "Sur", "No"]]
    assert stored(collected, form, "health", *lines) == [("no",)]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("Fondos, propios o externos, Formación", "money training"),  # of the sheet
        ("Fondos, propios o externos;Formación", "money training"),  # of the CSV
        ("Fondos, Formación", "own training"),
        ("Formação, Recursos", "training own"),
        ("Formación;", "training"),  # Microsoft Forms
        ("", ""),
    ],
)
def test_options_that_hold_the_separator_are_cut_exactly(
    collected: Collect, form: Questionnaire, cell: str, codes: str
) -> None:
    lines = [["Timestamp", "Gobierno", "Necesidades"], [AT, "Sur", cell]]
    assert stored(collected, form, "needs, whatneed", *lines) == [(codes, "")]


@pytest.mark.parametrize(
    ("cell", "codes", "text"),
    [
        ("Formación, Una guardia, de noche", "training other", "Una guardia, de noche"),
        ("Fondos, propios o externos;Abogados; YA", "money other", "Abogados; YA"),
        ("Abogados", "other", "Abogados"),
        ("Otra necesidad", "other", ""),
        ("Abogados, Formación", "Abogados, Formación", ""),  # a choice behind: a renamed one?
    ],
)
def test_the_text_of_other_stands_in_the_answer(
    collected: Collect, form: Questionnaire, cell: str, codes: str, text: str
) -> None:
    lines = [["Timestamp", "Gobierno", "Necesidades"], [AT, "Sur", cell]]
    assert stored(collected, form, "needs, whatneed", *lines) == [(codes, text)]


def test_other_text_goes_to_its_question_if_there_is_one(
    collected: Collect, form: Questionnaire
) -> None:
    lines = [
        ["Timestamp", "¿Hay un plan?", "¿Hay feria?", "¿Cuál?"],
        [AT, "Un convenio", "A veces", ""],
        [AT, "Sí, con fondos propios", "Sí", ""],
        [AT, "Otro", "No", "Un acuerdo"],
    ]
    work = collected({"responses.csv": export(*lines)}, form)
    assert rows(work, "SELECT plan, plan_other, fair FROM collect.submission") == [
        ("other", "Un convenio", "A veces"),  # `fair` offers no other: flagged later
        ("own", "", "yes"),
        ("other", "Un acuerdo", "no"),
    ]
    assert notes(work) == ["value_mapped plan 2", "value_mapped fair 2", "other_text_moved plan 1"]


def test_columns_of_the_tool_enter_no_table(collected: Collect, form: Questionnaire) -> None:
    lines = [
        ["Horodateur", "Adresse e-mail", "Nombre de usuario", "Score", "IP", "Governo"],
        [AT, "a@example.org", "ana", "5 / 10", "10.0.0.1", "Sur"],
    ]
    work = collected({"responses.csv": export(*lines)}, form)
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(["IP"],)]
    everything = str(rows(work, "SELECT * FROM collect.submission"))
    assert "Sur" in everything
    assert not any(secret in everything for secret in ("@", "ana", "5 / 10", "10.0.0"))


ORDERS = """
    | header         | first                       | second             | moment                    | note                           |
    |----------------|-----------------------------|--------------------|---------------------------|--------------------------------|
    | Marca temporal | 4/3/2025 17:12:33           | 13/3/2025 9:00:00  | 2025-03-04T17:12:33       | date_order_read day_first      |
    | Timestamp      | 4/3/2025 17:12:33           | 4/13/2025 9:00:00  | 2025-04-03T17:12:33       | date_order_read month_first    |
    | Horodateur     | 04/03/2025 17:12:33         | 05/03/2025 9:00:00 | 2025-03-04T17:12:33       | date_order_assumed day_first   |
    | Timestamp      | 4/3/2025 17:12:33           | 5/3/2025 9:00:00   | 2025-04-03T17:12:33       | date_order_assumed month_first |
    | Timestamp      | 04/03/2025 17:12:33         | 05/03/2025 9:00:00 |                           | moment_unread records 2 first_line 2 |
    | Timestamp      | 2025/03/04 5:12:33 PM GMT-3 |                    | 2025-03-04T17:12:33-03:00 |                                |
    """  # noqa: E501


@pytest.mark.parametrize("row", table(ORDERS), ids=lambda row: f"{row['header']} {row['first']}")
def test_the_order_of_day_and_month_is_evidence_then_language_then_nothing(
    collected: Collect, form: Questionnaire, row: dict[str, str]
) -> None:
    lines = [[row["header"], "Governo"], [row["first"], "Sur"], [row["second"], "Norte"]]
    work = collected({"responses.csv": export(*lines)}, form)
    sql = "SELECT submitted_at, cast(submitted_on AS VARCHAR) FROM collect.submission"
    assert rows(work, sql)[0] == (row["moment"], row["moment"][:10] or None)
    assert notes(work) == ([row["note"]] if row["note"] else [])


def test_an_answered_date_is_read_by_evidence_alone(
    collected: Collect, form: Questionnaire
) -> None:
    header = ["Marca temporal", "Desde", "Abre a las", "Porcentaje"]
    lines = [header, ["4/3/2025 17:12:33", "4/3/2025", "5:30 p. m.", "1.234"]]
    undecided = ("4/3/2025", "17:30:00", "1.234")
    assert stored(collected, form, "since, opens, share", *lines) == [undecided]
    lines.append(["13/3/2025 17:12:33", "5/3/2025", "", ""])
    found = stored(collected, form, "since, opens, share", *lines)
    assert found == [("2025-03-04", "17:30:00", "1.234"), ("2025-03-05", "", "")]


def test_a_sheet_has_typed_moments_and_other_tabs(collected: Collect, form: Questionnaire) -> None:
    sheets = {
        "Pivot": [["Gobierno", "n"], ["Sur", 1]],
        "Form Responses 1": [
            ["Marca temporal", "Gobierno", "Desde"],
            [datetime.fromisoformat("2025-03-04T17:12:33"), "Sur", date(2025, 3, 1)],
        ],
    }
    work = collected({"responses.xlsx": workbook(sheets)}, form)
    found = rows(work, "SELECT submitted_at, city, since FROM collect.submission")
    assert found == [("2025-03-04T17:12:33", "Sur", "2025-03-01")]
    assert rows(work, "SELECT notes FROM collect.file") == [(["sheet_not_read Pivot"],)]


def test_microsoft_forms_gives_start_end_and_number(
    collected: Collect, form: Questionnaire
) -> None:
    lines = [
        ["ID", "Start time", "Completion time", "Email", "Name", "Governo", "Necesidades"],
        ["7", "3/4/25 9:00", "2025-03-04T17:12:33", "anonymous", "", "Sur", "Formación;Abogados;"],
    ]
    found = stored(
        collected, form, "submission_id, submitted_at, ended_at, needs, whatneed", *lines
    )
    at = "2025-03-04T17:12:33"
    assert found == [("id:7", at, at, "training other", "Abogados")]


def test_a_submission_is_named_by_what_it_says(collected: Collect, form: Questionnaire) -> None:
    header = ["Timestamp", "Gobierno", "¿Hay un plan?"]
    first, later = [AT, "Sur", "No"], ["2025/03/05 1:00:00 AM GMT-3", "Sur", "No"]
    found = stored(collected, form, "submission_id", header, first, later, first)
    ids = [identifier for (identifier,) in found]
    assert len(set(ids)) == 3 and all(one.startswith("sha:") for one in ids)
    again = stored(collected, form, "submission_id", header, later, first)
    assert [identifier for (identifier,) in again] == [ids[1], ids[0]]


FRAME = tuple(
    Choice("", unit, {"name_official": official, "name_pt": name}, extra={"iso2": unit[:2]})
    for unit, official, name in [
        ("UY-sur", "Intendencia de Sur", "Sur"),
        ("AR-sur", "Municipio de Sur", "Sur"),
        ("BR-oeste", "Prefeitura de Oeste", "Oeste"),
    ]
)


@pytest.mark.parametrize("country", ["País", "Country", "country"])
def test_a_typed_government_is_a_unit_of_the_frame(
    collected: Collect, form: Questionnaire, country: str
) -> None:
    typed = [
        ("Oeste", "Brasil"),
        ("PREFEITURA DE OESTE ", "Uruguai"),
        ("Sur", "Argentine"),
        ("Sur", "uy"),
        ("Sur", ""),
        ("Sul", "Brasil"),
        ("AR-sur", "Narnia"),
    ]
    lines = [["Timestamp", "Governo", country], *([AT, *pair] for pair in typed)]
    with_frame = replace(form, units=FRAME)
    work = collected({"responses.csv": export(*lines)}, with_frame, key=Key(unit="city"))
    assert rows(work, "SELECT city, country FROM collect.submission ORDER BY record_id") == [
        ("BR-oeste", "BR"),
        ("BR-oeste", "UY"),
        ("AR-sur", "AR"),
        ("UY-sur", "uy"),
        ("Sur", ""),
        ("Sul", "BR"),
        ("AR-sur", "Narnia"),
    ]


def test_the_country_helps_where_the_form_does_not_ask_it(collected: Collect) -> None:
    form = questionnaire("| type | name | label |\n|---|---|---|\n| text | city | Governo |", "")
    lines = [["Timestamp", "Governo", "País"], [AT, "Sur", "Uruguay"]]
    work = collected(
        {"responses.csv": export(*lines)}, replace(form, units=FRAME), key=Key(unit="city")
    )
    assert rows(work, "SELECT city FROM collect.submission") == [("UY-sur",)]


def test_every_record_is_accounted_for(collected: Collect, form: Questionnaire) -> None:
    lines = [
        ["Timestamp", "Gobierno", "¿Hay un plan?", "Necesidades", "Desde"],
        [AT, "Sur", "No", "Formación", ""],
        [AT, "prueba", "", "", ""],
        ["Timestamp", "Gobierno", "¿Hay un plan?", "Necesidades", "Desde"],
        ["", "", "", "", ""],
        [AT, "una línea\ncortada", "No", "Otra", "4/3/2025"],
        [AT, "corta"],
        ["Total", "5", "", "", ""],
    ]
    text = export(*lines)
    work = collected({"responses.csv": text}, form)
    found = rows(work, "SELECT outcome, reason FROM collect.record ORDER BY record_id")
    assert len(found) == count_text(text.encode())
    assert found == [
        ("submission", ""),
        ("not_a_submission", "test_row"),
        ("not_a_submission", "second_header_row"),
        ("not_a_submission", "footer_line"),
        ("submission", ""),
        ("unreadable", "ragged_record"),
        ("not_a_submission", "footer_line"),
    ]


def test_a_file_in_which_no_header_is_a_question_is_refused(
    collected: Collect, form: Questionnaire
) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"responses.csv": export(["Timestamp", "Color"], [AT, "red"])}, form)
    assert error.value.findings[0].problem is Problem.no_question_in_header
