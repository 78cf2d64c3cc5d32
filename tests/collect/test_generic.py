"""A table that no survey tool wrote, read by columns.csv: what a person confirmed, nothing else."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from typer.testing import CliRunner

from pipeline.ask import ColumnLine, Questionnaire
from pipeline.cli import app
from pipeline.errors import Problem, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows, workbook
from tests.collect.counter import count
from tests.forms import write_form
from tests.markdown import table

FORM = """
    | type                  | name    | label        |
    |-----------------------|---------|--------------|
    | text                  | city    | Government   |
    | select_one yn         | plan    | A plan?      |
    | select_multiple needs | needs   | Needs        |
    | integer               | staff   | Staff        |
    | decimal               | budget  | Budget       |
    | date                  | since   | In force since |
    | datetime              | seen    | Last seen    |
    | text                  | remarks | Remarks      |
    """
CHOICES = """
    | list_name | name     | label    |
    |-----------|----------|----------|
    | yn        | yes      | Yes      |
    | yn        | no       | No       |
    | needs     | money    | Money    |
    | needs     | training | Training |
    | needs     | law      | Legal aid, advice |
    """
COLUMNS = """
    | source      | question         | source_value | code           |
    |-------------|------------------|--------------|----------------|
    | Municipio   | city             |              |                |
    | Tiene plan  | plan             | S            | yes            |
    | Tiene plan  | plan             | nunca        | no             |
    | Apoyos      | needs            | plata        | money          |
    | Apoyos      | needs            | cursos, varios | training     |
    | Apoyos      | needs            | todo         | money training |
    | Funcionarios | staff           | 999          |                |
    | Enviado     | _submission_time |              |                |
    | Nro         | _uuid            |              |                |
    | Clave       |                  |              |                |
    """


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    return questionnaire(FORM, CHOICES)


def lines(text: str = COLUMNS, **everywhere: str) -> tuple[ColumnLine, ...]:
    return tuple(ColumnLine(**row, **everywhere) for row in table(text))


def stored(work: Work, columns: str, tool: str = "generic") -> list[tuple[Any, ...]]:
    assert rows(work, "SELECT DISTINCT tool FROM collect.file") == [(tool,)]
    return rows(work, f"SELECT {columns} FROM collect.submission ORDER BY record_id")


def notes(work: Work) -> list[str]:
    return list(rows(work, "SELECT notes FROM collect.file")[0][0])


CSV = """Nro;MUNICIPIO ;Tiene plan;Apoyos;Funcionarios;Enviado;Clave;budget
A-1;Sur;S;plata;12;4/3/2025 17:12;x;1,5
A-2;Norte;nunca;plata / cursos, varios;999;13/3/2025 9:00;x;2
A-3;Este;Yes;todo;;14/3/2025 9:00;x;
A-4;Oeste;quizás;Legal aid, advice, plata;n/d;;x;
A-5;Centro;;plata, oro;1;;x;
"""


def test_headers_and_values_are_what_columns_csv_says(
    collected: Collect, form: Questionnaire
) -> None:
    work = collected({"a.csv": CSV}, form, columns=lines())
    found = stored(work, "submission_id, city, plan, needs, staff, submitted_at, budget")
    assert found == [
        ("a-1", "Sur", "yes", "money", "12", "2025-03-04T17:12:00", "1,5"),
        ("a-2", "Norte", "no", "money training", "", "2025-03-13T09:00:00", "2"),
        ("a-3", "Este", "yes", "money training", "", "2025-03-14T09:00:00", ""),
        ("a-4", "Oeste", "quizás", "law money", "n/d", "", ""),
        ("a-5", "Centro", "", "plata, oro", "1", "", ""),
    ]
    assert notes(work) == [
        f"{Problem.unknown_value.name} Tiene plan quizás 1",
        f"{Problem.unknown_value.name} Apoyos plata, oro 1",
        f"{Problem.value_blanked.name} Funcionarios 999 1",
        "value_mapped plan 3",
        "value_mapped needs 4",
    ]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]


def test_what_is_not_declared_is_listed_and_suggested_but_not_read(
    collected: Collect, form: Questionnaire
) -> None:
    text = "Municipio,Remark,Bugdet,IP,staff\nSur,a note,5,10.0.0.1,3\nNorte,,6,10.0.0.2,\n"
    work = collected({"a.csv": text}, form, columns=lines())
    assert stored(work, "city, remarks, budget, staff") == [
        ("Sur", None, None, "3"),
        ("Norte", None, None, ""),
    ]
    assert notes(work) == [
        f"{Problem.unknown_header.name} Remark 1",
        f"{Problem.unknown_header.name} Bugdet 2",
        f"{Problem.unknown_header.name} IP 2",
        f"{Problem.column_suggested.name} Remark remarks",
        f"{Problem.column_suggested.name} Bugdet budget",
    ]
    assert "10.0.0" not in str(rows(work, "SELECT * FROM collect.submission")) + str(notes(work))


def test_lines_count_for_their_wave_and_file(collected: Collect, form: Questionnaire) -> None:
    declared = (
        *lines("| source | question |\n|---|---|\n| A | city |", file="first*"),
        *lines("| source | question |\n|---|---|\n| A | remarks |", file="second*"),
        *lines("| source | question |\n|---|---|\n| B | city |", wave="another"),
    )
    files = {"first.csv": "A,B,staff\nx,y,1\n", "second.csv": "A,B,staff\nx,y,1\n"}
    work = collected(files, form, columns=declared)
    assert stored(work, "city, remarks") == [("x", None), (None, "x")]


def test_two_columns_may_hold_one_multiple_or_one_choice_each(
    collected: Collect, form: Questionnaire
) -> None:
    declared = lines("""
        | source  | question    | source_value | code     |
        |---------|-------------|--------------|----------|
        | Apoyo 1 | needs       | plata        | money    |
        | Apoyo 2 | needs       | plata        | money    |
        | Apoyo 2 | needs       | cursos       | training |
        """)
    work = collected({"a.csv": "city,Apoyo 1,Apoyo 2\nx,plata,cursos\ny,,plata\n"}, form,
                     columns=declared)  # fmt: skip
    assert stored(work, "needs") == [("money training",), ("money",)]
    declared = lines("""
        | source | question       | source_value | code |
        |--------|----------------|--------------|------|
        | Plata  | needs/money    | X            | 1    |
        | Cursos | needs/training | X            | 1    |
        | Cursos | needs/training | -            | 0    |
        """)
    text = "city,Plata,Cursos\na,X,-\nb,,no\nc,TRUE,FALSE\n"
    work = collected({"a.csv": text}, form, columns=declared)
    assert stored(work, 'needs, "needs/money", "needs/training"') == [
        ("money", "1", "0"),
        ("", "", "0"),
        ("money", "1", "0"),
    ]


def test_a_survey_tools_own_file_is_generic_only_if_it_is_named(
    collected: Collect, form: Questionnaire
) -> None:
    files = {"a.csv": "Timestamp,Government,Municipio\n2025/03/04 5:12:33 PM GMT-3,Sur,Norte\n"}
    assert stored(collected(files, form, columns=lines()), "city", "google") == [("Sur",)]
    named = (ColumnLine("Municipio", "city", file="a.csv"),)
    assert stored(collected(files, form, columns=named), "city") == [("Norte",)]
    forced = collected(files, form, columns=lines(), tool="generic")
    assert stored(forced, "city") == [("Norte",)]


def typed_table() -> pa.Table:
    return pa.table(
        {
            "city": ["Sur", None],
            "plan": [True, False],
            "needs": [["money", "training"], []],
            "staff": pa.array([1.0, None]),
            "budget": pa.array([1.1, 1e9], pa.float32()),
            "since": [date(2025, 3, 4), None],
            "seen": pa.array([datetime(2025, 3, 4, 17, 12, 33, tzinfo=UTC), None]),
            "remarks": [b"caf\xc3\xa9", b"tea"],
            "Municipio": [Decimal("1.50"), None],
        }
    )


def test_a_parquet_file_is_text_to_the_last_digit(collected: Collect, form: Questionnaire) -> None:
    file = BytesIO()
    pq.write_table(typed_table(), file)
    work = collected({"a.parquet": file.getvalue()}, form)
    columns = "city, plan, needs, staff, budget, since, seen, remarks"
    assert stored(work, columns) == [
        ("Sur", "yes", "money training", "1", "1.1", "2025-03-04",
         "2025-03-04T17:12:33+00:00", "café"),
        ("", "no", "", "", "1000000000", "", "", "tea"),
    ]  # fmt: skip
    assert rows(work, "SELECT dialect, unknown_headers FROM collect.file") == [
        ("parquet", ["Municipio"])
    ]


def test_a_byte_that_is_no_text_costs_its_record_only(
    collected: Collect, form: Questionnaire
) -> None:
    file = BytesIO()
    pq.write_table(pa.table({"city": [b"\xff", b"Sur"], "staff": [1, 2]}), file)
    work = collected({"a.parquet": file.getvalue()}, form)
    assert rows(work, "SELECT outcome, reason FROM collect.record ORDER BY record_id") == [
        ("unreadable", "undecodable_byte"),
        ("submission", ""),
    ]


def test_a_stata_file_has_labels_letters_for_missing_and_days_since_1960(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    frame = pd.DataFrame(
        {
            "city": ["Sur", "Ñandú"],
            "plan": [1.0, "a"],
            "staff": np.array([3, 4], dtype="int8"),
            "since": [date(2025, 3, 4), date(1950, 1, 1)],
            "seen": [datetime.fromisoformat("2025-03-04T17:12:33"), None],
        }
    )
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(
        frame,
        str(path),
        missing_user_values={"plan": ["a"]},
        variable_value_labels={"plan": {1: "Yes", "a": "refuses"}},
    )
    work = collected({"a.dta": path.read_bytes()}, form)
    assert stored(work, "city, plan, staff, since, seen") == [
        ("Sur", "yes", "3", "2025-03-04", "2025-03-04T17:12:33"),
        ("Ñandú", "", "4", "1950-01-01", ""),
    ]
    assert f"{Problem.value_blanked.name} plan a 1" in notes(work)


def test_a_short_number_of_stata_keeps_its_digits(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"city": ["a", "b"], "budget": np.array([1.1, 7], dtype="float32")})
    path = tmp_path / "a.dta"
    frame.to_stata(path, write_index=False, version=114)
    work = collected({"a.dta": path.read_bytes()}, form)
    assert stored(work, "budget") == [("1.1",), ("7",)]


def test_a_workbook_is_a_table_too(collected: Collect, form: Questionnaire) -> None:
    sheets = {"Datos": [["Municipio", "Tiene plan", "since"], ["Sur", "S", date(2025, 3, 4)]]}
    work = collected({"a.xlsx": workbook(sheets)}, form, columns=lines())
    assert stored(work, "city, plan, since") == [("Sur", "yes", "2025-03-04")]


def test_contradicting_columns_refuse_the_file(collected: Collect, form: Questionnaire) -> None:
    declared = lines("| source | question |\n|---|---|\n| A | plan |\n| B | plan |")
    same = collected({"a.csv": "A,B,city\nyes,Yes,x\n,no,y\n"}, form, columns=declared)
    assert stored(same, "plan") == [("yes",), ("no",)]
    with pytest.raises(RelevoError) as error:
        collected({"a.csv": "A,B,city\nyes,no,x\n"}, form, columns=declared)
    assert error.value.findings[0].problem is Problem.column_twice


def test_a_table_without_any_question_is_refused(collected: Collect, form: Questionnaire) -> None:
    file = BytesIO()
    pq.write_table(pa.table({"colour": ["red"]}), file)
    with pytest.raises(RelevoError) as error:
        collected({"a.parquet": file.getvalue()}, form)
    assert error.value.findings[0].problem is Problem.no_question_in_header


def test_every_record_is_accounted_for(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    texts: Mapping[str, str] = {
        "a.csv": CSV + ";;;;;;;\nA-6;corta\n" + CSV.splitlines()[0] + "\n",
        "b.csv": "Municipio,staff\nSur,1\nTotal,1\n",
    }
    work = collected(texts, form, columns=lines())
    found = rows(work, "SELECT path, records FROM collect.file ORDER BY path")
    assert found == [(path, count(tmp_path / "raw" / path)[""]) for path in texts]
    reasons = "SELECT reason, count(*) FROM collect.record WHERE reason <> '' GROUP BY 1 ORDER BY 1"
    assert rows(work, reasons) == [
        ("footer_line", 2), ("ragged_record", 1), ("second_header_row", 1),
    ]  # fmt: skip


def test_a_run_says_what_a_person_may_confirm(tmp_path: Path) -> None:
    write_form(tmp_path / "small/questionnaire.xlsx", FORM, CHOICES)
    columns = "source,question\nMunicipio,city\n"
    (tmp_path / "small/columns.csv").write_text(columns, encoding="utf-8")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.csv").write_text("Municipio,Remark\nSur,a note\n", encoding="utf-8")
    places = ["--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(app, ["collect", str(tmp_path / "small"), *places])
    assert told.exit_code == 0, told.output
    assert "a.csv: generic, 1 records" in told.stderr
    said = " ".join(told.stderr.split())
    assert "column_suggested a.csv" in said
    assert "Remark remarks" in said
    assert "a note" not in told.output
