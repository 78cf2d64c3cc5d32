"""LimeSurvey: what its headings and answers mean, one trap a test."""

import re
from typing import Any

import pytest

from pipeline.errors import RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows
from tests.collect.counter import count_text

FORM = """
    | type                  | name        | label::Español (es)   | label::Français (fr)  |
    |-----------------------|-------------|-----------------------|-----------------------|
    | text                  | city_name   | Nombre de la ciudad   | Nom de la ville       |
    | select_one yn         | has_plan    | ¿Tiene un plan de migración? | Avez-vous un plan ? |
    | select_one yn         | has_budget  | ¿Tiene un plan de inversión? | Avez-vous un budget ? |
    | select_multiple needs | needs_now   | ¿Qué **necesita**?    | De quoi avez-vous besoin ? |
    | text                  | needs_now_other | ¿Qué otra cosa?   | Quoi d'autre ?        |
    | decimal               | budget_pct  | Porcentaje            | Pourcentage           |
    | date                  | since       | Desde                 | Depuis                |
    | time                  | opens       | Abre                  | Ouvre                 |
    | rank needs            | order       | Orden                 | Ordre                 |
    | begin_repeat          | pol         | Políticas             | Politiques            |
    | text                  | pol_title   | Título                | Titre                 |
    | select_multiple needs | topics      | Temas                 | Sujets                |
    | begin_repeat          | act         | Acciones              | Actions               |
    | text                  | what        | ¿Qué?                 | Quoi ?                |
    | end_repeat            |             |                       |                       |
    | end_repeat            |             |                       |                       |
    """
CHOICES = """
    | list_name | name           | label::Español (es) | label::Français (fr) |
    |-----------|----------------|---------------------|----------------------|
    | yn        | yes            | Sí                  | Oui                  |
    | yn        | no             | No                  | Non                  |
    | yn        | no_plan_at_all | Ninguno previsto    | Rien de prévu        |
    | yn        | other          | Otra respuesta      | Autre réponse        |
    | needs     | money          | Dinero              | Argent               |
    | needs     | staff_training | Formación           | Formation            |
    | needs     | other          | Otra cosa           | Autre chose          |
    """
OWN = ["id", "submitdate", "lastpage", "startlanguage"]


def lime(text: str, separator: str = ",") -> bytes:
    """A Markdown table as LimeSurvey writes it: BOM, all quoted, CRLF, a blank line at the end.

    The tool's own columns are put in front: the responses 1, 2, ... sent in March.
    """
    first, *others = text.strip().splitlines()
    lines = [_cells(first), *map(_cells, others[1:])]
    own = [OWN, *([str(n), f"2025-03-{n:02} 10:00:00", "3", "es"] for n in range(1, len(lines)))]
    return quoted([[*before, *line] for before, line in zip(own, lines, strict=True)], separator)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def quoted(lines: list[list[str]], separator: str = ",") -> bytes:
    cells = ([f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line] for line in lines)
    text = "".join(separator.join(line) + "\r\n" for line in cells)
    return ("\ufeff" + text + "\r\n").encode()


def read(collected: Collect, text: str | bytes) -> Work:
    content = text if isinstance(text, bytes) else lime(text)
    return collected({"a.csv": content}, questionnaire(FORM, CHOICES))


def answers(collected: Collect, text: str | bytes, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of all submissions, in file order; no heading was unknown."""
    work = read(collected, text)
    assert rows(work, "SELECT tool, unknown_headers FROM collect.file") == [("limesurvey", [])]
    names = ", ".join(f'"{column}"' for column in columns)
    return rows(work, f"SELECT {names} FROM collect.submission ORDER BY record_id")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_byte_order_mark_quotes_and_a_blank_line_at_the_end(
    collected: Collect, separator: str
) -> None:
    work = read(collected, lime("| cityname |\n|---|\n| Lima |\n| Cusco |", separator))
    sql = "SELECT tool, encoding, records, submissions FROM collect.file"
    assert rows(work, sql) == [("limesurvey", "utf-8-sig", 2, 2)]
    assert rows(work, "SELECT submission_id, city_name FROM collect.submission") == [
        ("id:1", "Lima"),
        ("id:2", "Cusco"),
    ]


def test_codes_without_underscores_and_cut_are_the_forms_names(collected: Collect) -> None:
    """Question codes end after 20 characters, codes of answers after 5."""
    form = questionnaire(
        """
        | type          | name                         | label |
        |---------------|------------------------------|-------|
        | select_one l  | local-plan_of_the_city_today | Plan  |
        | select_one l  | twin_question_number_one_a   | A     |
        | select_one l  | twin_question_number_one_b   | B     |
        """,
        """
        | list_name | name         | label    |
        |-----------|--------------|----------|
        | l         | no_programme | None     |
        | l         | full_plan    | Full     |
        | l         | state_one    | State 1  |
        | l         | state_two    | State 2  |
        """,
    )
    text = """
        | localplanofthecityto | twinquestionnumberon |
        |----------------------|----------------------|
        | nopro                | fullp                |
        | fullplan             | fullp                |
        | state                | fullp                |
        """
    work = collected({"a.csv": lime(text)}, form)
    sql = 'SELECT "local-plan_of_the_city_today" FROM collect.submission ORDER BY record_id'
    assert rows(work, sql) == [("no_programme",), ("full_plan",), ("state",)]
    sql = "SELECT unknown_headers, missing_questions FROM collect.file"
    twins = ["twin_question_number_one_a", "twin_question_number_one_b"]
    assert rows(work, sql) == [(["twinquestionnumberon"], twins)]


def test_full_text_headings_in_any_language_of_the_form(collected: Collect) -> None:
    text = """
        | Nombre de la ciudad | Avez-vous un <b>plan</b> ? | ¿Qué necesita? [Dinero] | Porcentaje |
        |---------------------|----------------------------|-------------------------|------------|
        | Lima                | Oui                        | Sí                      | 5          |
        """
    spanish = ["ID de respuesta", "Fecha de envío", "Última página", "Lenguaje inicial"]
    content = lime(text).decode()
    for code, words in zip(OWN, spanish, strict=True):
        content = content.replace(f'"{code}"', f'"{words}"')
    found = answers(
        collected, content.encode(), "submission_id", "city_name", "has_plan", "needs_now"
    )
    assert found == [("id:1", "Lima", "yes", "money")]


def test_blanks_in_headings_may_be_underscores(collected: Collect) -> None:
    content = quoted(
        [
            ["Response_ID", "Date_submitted", "Last_page", "Nombre_de_la_ciudad"],
            ["7", "2025-03-04 10:00:00", "1", "Lima"],
        ]
    )
    assert answers(collected, content, "submission_id", "city_name") == [("id:7", "Lima")]


def test_abbreviated_headings_name_the_one_question_that_begins_so(collected: Collect) -> None:
    content = quoted(
        [
            [
                "Response ID", "Date submitted", "Last page", "Fecha de la últ.. ",
                "Nombre de la ci.. ", "¿Qué necesita? [Dinero]", "¿Qué necesita? [Formación]",
            ],
            ["7", "2025-03-04 10:00:00", "1", "2025-03-04 10:01:00", "Lima", "No", "Sí"],
        ]
    )  # fmt: skip
    found = answers(collected, content, "city_name", "needs_now", "ended_at")
    assert found == [("Lima", "staff_training", "2025-03-04 10:01:00")]


def test_abbreviated_headings_of_several_questions_stand_in_the_forms_order(
    collected: Collect,
) -> None:
    content = quoted(
        [
            ["Response ID", "Last page", "¿Tiene un plan .. ", "¿Tiene un plan .. "],
            ["7", "1", "Sí", "No"],
        ]
    )
    assert answers(collected, content, "has_plan", "has_budget") == [("yes", "no")]


def test_one_abbreviated_heading_of_two_questions_is_refused_by_naming_both(
    collected: Collect,
) -> None:
    content = quoted([["Response ID", "Last page", "¿Tiene un plan .. "], ["7", "1", "Sí"]])
    with pytest.raises(RelevoError) as error:
        read(collected, content)
    assert str(error.value).startswith(
        "a.csv: columns 3 have one label, which may mean each of: has_plan, has_budget."
    )


@pytest.mark.parametrize("mark", [". ", " - ", ": ", "."])
def test_code_and_text_headings_are_read_by_code_else_by_text(
    collected: Collect, mark: str
) -> None:
    """`G1Q1` is a code of LimeSurvey's own; so is `SQ001`."""
    head = [f"{code}{mark}{text}" for code, text in zip(OWN, OWN, strict=True)]
    head += [
        f"cityname{mark}¿Cómo se llama?",
        f"G1Q1{mark}¿Tiene un plan de migración?",
        f"needsnow[SQ001]{mark}¿Qué necesita? [Dinero]",
        f"needsnow[staff]{mark}¿Qué necesita? [Formación]",
        f"budgetpct{mark}".rstrip(),
    ]
    content = quoted([head, ["1", "2025-03-01 10:00:00", "1", "es", "Lima", "Sí", "Y", "", "1"]])
    found = answers(collected, content, "city_name", "has_plan", "needs_now", "budget_pct")
    assert found == [("Lima", "yes", "money", "1")]


def test_expression_manager_codes_join_by_an_underscore(collected: Collect) -> None:
    text = "| needsnow_money | needsnow_staff |\n|---|---|\n| Y | |\n"
    assert answers(collected, text, "needs_now", "needs_now/staff_training") == [("money", "0")]


def test_a_heading_that_nobody_knows_is_listed(collected: Collect) -> None:
    text = "| cityname | Q7[SQ001] | Q8[SQ001][1] | needsnow[moneycomment] |\n|---|---|---|---|\n"
    work = read(collected, text + "| Lima | x | 1 | y |\n")
    unknown = ["Q7[SQ001]", "Q8[SQ001][1]", "needsnow[moneycomment]"]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(unknown,)]
    assert rows(work, "SELECT city_name, needs_now FROM collect.submission") == [("Lima", None)]


def test_comments_scales_and_rows_of_arrays_are_questions_where_the_form_has_them(
    collected: Collect,
) -> None:
    form = questionnaire(
        """
        | type                 | name              | label |
        |----------------------|-------------------|-------|
        | select_multiple l    | needs             | Needs |
        | text                 | needs_a_comment   | Why   |
        | integer              | grid_b_1          | Now   |
        | integer              | grid_b_2          | Later |
        | integer              | trust_police      | Trust |
        """,
        "| list_name | name | label |\n|---|---|---|\n| l | a | A |\n| l | b | B |\n",
    )
    text = """
        | needs[a] | needs[acomment] | grid[b][1] | grid[b][2] | arr[trustpolice] |
        |----------|-----------------|------------|------------|------------------|
        | Y        | because         | 3          | 4          | 5                |
        """
    work = collected({"a.csv": lime(text)}, form)
    sql = "SELECT needs, needs_a_comment, grid_b_1, grid_b_2, trust_police FROM collect.submission"
    assert rows(work, sql) == [("a", "because", "3", "4", "5")]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("yes", "yes"), ("Y", "yes"), ("N", "no"), ("1", "yes"), ("0", "no"), ("2", "no"),
        ("Oui", "yes"), ("Sí", "yes"), ("Non", "no"), ("Sim", "yes"),
        ("nopla", "no_plan_at_all"), ("Rien de prévu", "no_plan_at_all"),
        ("-oth-", "other"), ("Otro", "other"), ("Autre", "other"), ("Outra", "other"),
        ("N/A", ""), ("", ""), ("maybe", "maybe"),
    ],
)  # fmt: skip
def test_short_and_long_answers_become_codes(collected: Collect, said: str, stored: str) -> None:
    text = f"| cityname | hasplan |\n|---|---|\n| Lima | {said} |\n"
    assert answers(collected, text, "has_plan") == [(stored,)]


def test_mapped_answers_are_counted(collected: Collect) -> None:
    text = "| hasplan |\n|---|\n| Sí |\n| Oui |\n| yes |\n| N/A |\n"
    notes = rows(read(collected, text), "SELECT notes FROM collect.file")
    assert notes == [(["value_mapped has_plan 2"],)]


def test_what_was_not_shown_is_blank_and_what_was_left_is_zero(collected: Collect) -> None:
    text = """
        | cityname | needsnow[money] | needsnow[staff] | budgetpct |
        |----------|-----------------|-----------------|-----------|
        | A        | N/A             | N/A             | N/A       |
        | B        | No              | No              |           |
        | C        | Sí              | No              | 1         |
        | D        | Não             | Sim             | 1         |
        | E        | Non             | N/A             | 1         |
        """
    columns = ("needs_now", "needs_now/money", "needs_now/staff_training", "budget_pct")
    assert answers(collected, text, *columns) == [
        ("", "", "", ""),
        ("", "0", "0", ""),
        ("money", "1", "0", "1"),
        ("staff_training", "0", "1", "1"),
        ("", "0", "", "1"),
    ]


def test_short_ticks_and_what_a_user_made_of_them(collected: Collect) -> None:
    """Blank beside a tick was left; where all are blank nothing tells whether it was asked."""
    text = """
        | cityname | needsnow[money] | needsnow[staff] |
        |----------|-----------------|-----------------|
        | A        | Y               |                 |
        | B        |                 |                 |
        | C        | 1               | 0               |
        | D        | 2               | 1               |
        | E        | 0               | 0               |
        | F        | Dinero          |                 |
        | G        | perhaps         |                 |
        """
    columns = ("needs_now", "needs_now/money", "needs_now/staff_training")
    assert answers(collected, text, *columns) == [
        ("money", "1", "0"),
        ("", "", ""),
        ("money", "1", "0"),
        ("staff_training", "0", "1"),
        ("", "0", "0"),
        ("money", "1", "0"),
        ("", "perhaps", "0"),
    ]


def test_the_text_beside_other_ticks_it(collected: Collect) -> None:
    text = """
        | needsnow[money] | needsnow[other] |
        |-----------------|-----------------|
        | Y               | a lawyer        |
        |                 | '=1+1           |
        | Y               |                 |
        | N/A             | N/A             |
        | No              | Sí              |
        """
    columns = ("needs_now", "needs_now/other", "needs_now_other")
    assert answers(collected, text, *columns) == [
        ("money other", "1", "a lawyer"),
        ("other", "1", "=1+1"),
        ("money", "0", ""),
        ("", "", ""),
        ("other", "1", ""),
    ]


def test_the_text_beside_other_of_a_single_choice(collected: Collect) -> None:
    form = questionnaire(FORM.replace("has_budget ", "has_plan_other"), CHOICES)
    text = "| hasplan | hasplan[other] |\n|---|---|\n| -oth- | perhaps |\n"
    work = collected({"a.csv": lime(text)}, form)
    assert rows(work, "SELECT has_plan FROM collect.submission") == [("other",)]


def test_a_text_beside_other_without_a_question_is_counted(collected: Collect) -> None:
    form = questionnaire(FORM.replace("needs_now_other", "something_else "), CHOICES)
    text = "| needsnow[money] | needsnow[other] |\n|---|---|\n| | a lawyer |\n"
    work = collected({"a.csv": lime(text)}, form)
    assert rows(work, "SELECT needs_now FROM collect.submission") == [("other",)]
    notes = rows(work, "SELECT notes FROM collect.file")
    assert notes == [(["other_text_not_kept needs_now 1"],)]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("5.0000000000", "5"), ("0.5000000000", "0.5"), (".5", "0.5"), ("-1.250", "-1.25"),
        ("120", "120"), ("1,5", "1,5"), ("100", "100"), ("", ""),
    ],
)  # fmt: skip
def test_numbers_lose_the_zeros_that_the_database_adds(
    collected: Collect, said: str, stored: str
) -> None:
    text = f"| cityname | budgetpct |\n|---|---|\n| 5.000 | {said} |\n"
    assert answers(collected, text, "city_name", "budget_pct") == [("5.000", stored)]


def test_dates_and_times_lose_the_other_half(collected: Collect) -> None:
    text = "| since | opens |\n|---|---|\n| 2025-03-04 00:00:00 | 1970-01-01 10:30:00 |\n"
    assert answers(collected, text, "since", "opens") == [("2025-03-04", "10:30:00")]


def test_a_mark_before_an_equals_sign_is_taken_off(collected: Collect) -> None:
    text = "| cityname |\n|---|\n| '=1+1 |\n| 'quoted' |\n"
    assert answers(collected, text, "city_name") == [("=1+1",), ("'quoted'",)]


def test_ranks_are_one_answer_in_their_order(collected: Collect) -> None:
    text = "| order[2] | order[1] |\n|---|---|\n| money | staff |\n| N/A | N/A |\n"
    assert answers(collected, text, "order") == [("staff_training money",), ("",)]


def test_a_response_that_was_not_finished_is_kept(collected: Collect) -> None:
    content = quoted(
        [
            ["id", "submitdate", "lastpage", "startlanguage", "startdate", "datestamp", "cityname"],
            ["1", "", "2", "fr", "2025-03-01 10:00:00", "2025-03-02 11:00:00", "Lima"],
            ["2", "1980-01-01 00:00:00", "3", "fr", "", "", "Cusco"],
        ]
    )
    columns = ("city_name", "submitted_at", "started_at", "ended_at", "revision")
    assert answers(collected, content, *columns) == [
        ("Lima", "", "2025-03-01 10:00:00", "2025-03-02 11:00:00", "2025-03-02 11:00:00"),
        ("Cusco", "", "", "", ""),
    ]
    sql = "SELECT submitted_on::VARCHAR FROM collect.submission ORDER BY record_id"
    assert rows(read(collected, content), sql) == [("2025-03-02",), (None,)]


def test_tokens_addresses_and_timings_enter_no_table(collected: Collect) -> None:
    content = quoted(
        [
            ["id", "submitdate", "token", "ipaddr", "refurl", "cityname", "groupTime12"],
            ["1", "2025-03-01 10:00:00", "tok3n", "10.0.0.1", "https://x.example", "Lima", "33.5"],
        ]
    )
    work = read(collected, content)
    tables = [rows(work, f"FROM collect.{name}") for name in ("file", "record", "submission")]
    assert not re.search("tok3n|10.0.0.1|x.example", str(tables))
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]


def test_a_survey_without_responses_has_one_empty_line(collected: Collect) -> None:
    content = quoted([[*OWN, "cityname"], [""] * 5])
    work = read(collected, content)
    assert rows(work, "SELECT outcome, reason FROM collect.record") == [
        ("not_a_submission", "footer_line")
    ]


@pytest.mark.parametrize(
    ("one", "two", "three"),
    [
        ("pol1poltitle", "pol2poltitle", "pol2topics[money]"),
        ("pol_1_pol_title", "pol_2_pol_title", "pol_2_topics_money"),
        ("pol[1_poltitle]", "pol[2_poltitle]", "pol2topics[staff]"),
        ("poltitle[1]", "poltitle[2]", "pol2topics[other]"),
    ],
)
def test_a_repeat_may_come_flattened(collected: Collect, one: str, two: str, three: str) -> None:
    text = f"""
        | cityname | {one} | {two} | {three} |
        |----------|-------|-------|---------|
        | Lima     | One   | Two   | Y       |
        | Cusco    | N/A   | N/A   | N/A     |
        """
    work = read(collected, text)
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]
    sql = "SELECT submission_id, row_id, position, pol_title, topics <> '' FROM collect.repeat_pol"
    assert rows(work, sql) == [
        ("id:1", "pol[1]", 1, "One", None),
        ("id:1", "pol[2]", 2, "Two", True),
    ]
    sql = "SELECT repeat, count(*) FROM collect.record GROUP BY ALL ORDER BY ALL"
    assert rows(work, sql) == [("", 2), ("pol", 2)]


def test_a_row_inside_a_row_brings_the_row_around_it(collected: Collect) -> None:
    text = "| pol2act1what | pol2poltitle |\n|---|---|\n| dig | |\n"
    work = read(collected, text)
    assert rows(work, "SELECT row_id, pol_title FROM collect.repeat_pol") == [("pol[2]", "")]
    assert rows(work, "SELECT row_id, parent_row_id, what FROM collect.repeat_act") == [
        ("pol[2]/act[1]", "pol[2]", "dig")
    ]


def test_a_form_whose_repeat_was_left_out_says_what_is_missing(collected: Collect) -> None:
    work = read(collected, "| cityname | hasplan |\n|---|---|\n| Lima | Y |\n")
    (missing,) = rows(work, "SELECT missing_questions FROM collect.file")[0]
    assert {"pol_title", "topics", "what"} <= set(missing)


def test_a_table_that_names_no_question_is_refused(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        read(collected, "| animal |\n|---|\n| cat |\n")
    assert error.value.findings[0].problem.name == "no_question_in_header"


def test_two_columns_of_one_question_must_agree(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        read(collected, "| cityname | city_name |\n|---|---|\n| Lima | Cusco |\n")
    assert str(error.value).startswith("a.csv, city_name: columns 5 and 6 both mean this question")


def test_answers_that_say_a_questions_name_are_no_header(collected: Collect) -> None:
    """None of the codes is a name as the form writes it; one of the answers is."""
    text = "| cityname | hasplan |\n|---|---|\n| Lima | Y |\n| has_plan | Y |\n| since | N |\n"
    found = answers(collected, text, "city_name", "has_plan")
    assert found == [("Lima", "yes"), ("has_plan", "yes"), ("since", "no")]


def test_a_long_file_is_the_same_in_slices(
    collected: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "| hasplan | needsnow[other] | pol1poltitle |\n|---|---|---|\n"
    content = lime(text + "| Oui | a lawyer | One |\n| N/A | N/A | |\n" * 9)
    tables = ("file", "record", "submission", "repeat_pol")
    work = read(collected, content)
    whole = [rows(work, f"FROM collect.{name} ORDER BY ALL") for name in tables]
    monkeypatch.setattr("pipeline.collect.files.SLICE", 4)
    work = read(collected, content)
    sliced = [rows(work, f"FROM collect.{name} ORDER BY ALL") for name in tables]
    assert len(whole[3]) == 9
    assert [len(found) for found in sliced] == [len(found) for found in whole]
    assert sliced[0] == whole[0]


def test_every_record_is_counted(collected: Collect) -> None:
    content = lime("| cityname |\n|---|\n| Lima |\n| a quoted place |\n|  |\n")
    work = read(collected, content)
    counted = count_text(content)
    assert rows(work, "SELECT count(*) FROM collect.record WHERE repeat = ''") == [(counted,)]
    assert counted == 3
