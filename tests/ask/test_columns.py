"""columns.csv: read with the survey, and refused as a whole for what it cannot mean."""

from pathlib import Path

import pytest

from pipeline.ask import read_survey
from pipeline.errors import RelevoError
from tests.forms import write_form

FORM = """
    | type                  | name  | label  |
    |-----------------------|-------|--------|
    | text                  | city  | City   |
    | select_one yn         | plan  | A plan |
    | select_multiple needs | needs | Needs  |
    | integer               | staff | Staff  |
    | begin_repeat          | pol   | Pol    |
    | text                  | title | Title  |
    | end_repeat            |       |        |
    """
CHOICES = """
    | list_name | name     | label    |
    |-----------|----------|----------|
    | yn        | yes      | Yes      |
    | yn        | no       | No       |
    | needs     | money    | Money    |
    | needs     | training | Training |
    """
WAVES = '[[wave]]\nid = "2023"\nraw = "2023"\n[[wave]]\nid = "2025"\nraw = "2025"\n'


def folder(path: Path, columns: str | bytes) -> Path:
    write_form(path / "questionnaire.xlsx", FORM, CHOICES)
    (path / "survey.toml").write_text(WAVES, encoding="utf-8")
    content = columns if isinstance(columns, bytes) else columns.encode()
    (path / "columns.csv").write_bytes(content)
    return path


def test_a_line_maps_a_header_and_perhaps_a_value(tmp_path: Path) -> None:
    lines = (
        "source,question,source_value,code,wave,file\n"
        "Municipio , city,,,,\n"
        "¿Plan?,plan,S,yes,,\n"
        "Apoyo,needs,las dos,money training,2025,2025/*.csv\n"
        "Apoyo dinero,needs/money,X,1,,\n"
        "Personal,staff,-9,,,\n"
        "Enviado,_submission_time,,,,\n"
        "Notas,,,,,\n"
        ",,,,,\n"
    )
    found = read_survey(folder(tmp_path, "\ufeff" + lines)).columns
    assert [(one.source, one.question, one.source_value, one.code) for one in found] == [
        ("Municipio", "city", "", ""),
        ("¿Plan?", "plan", "S", "yes"),
        ("Apoyo", "needs", "las dos", "money training"),
        ("Apoyo dinero", "needs/money", "X", "1"),
        ("Personal", "staff", "-9", ""),
        ("Enviado", "_submission_time", "", ""),
        ("Notas", "", "", ""),
    ]
    assert [one.counts("2025", "2025/a.csv") for one in found] == [True] * 7
    assert not found[2].counts("2025", "2025/a.xlsx")
    assert not found[2].counts("2023", "2025/a.csv")


def test_without_the_file_nothing_is_mapped(tmp_path: Path) -> None:
    write_form(tmp_path / "questionnaire.xlsx", FORM, CHOICES)
    assert read_survey(tmp_path).columns == ()


@pytest.mark.parametrize(
    ("columns", "problem", "words"),
    [
        ("source,question\nX,citi\n", "unknown_question", "row 2: 'question' names 'citi'"),
        ("source,question\nX,citi\n", "unknown_question", "the nearest is 'city'"),
        ("source,question\nX,title\n", "unknown_question", "'title'"),
        ("source,question\nX,needs/food\n", "unknown_question", "the nearest is 'needs'"),
        ("source,question\nX,_uid\n", "unknown_question", "the nearest is '_uuid'"),
        ("source,question,source_value,code\nX,plan,S,yess\n", "declared_code_unknown", "'yes'"),
        ("source,question,source_value,code\nX,needs,S,money x\n", "declared_code_unknown", "'x'"),
        ("source,question,source_value,code\nX,needs/money,S,yes\n", "declared_code_unknown", ""),
        ("source,question,wave\nX,city,2024\n", "wrong_kind", "wave 2024"),
        ("source,question\nX,city\nx ,plan\n", "column_mapped_twice", "row 3"),
        (
            "source,question,source_value,code\nX,plan,S,yes\nX,plan,s,no\n",
            "column_mapped_twice",
            "'yes' and 'no'",
        ),
        ("source\nX\n", "column_missing", "'question'"),
        ("source,question,sourcevalue\nX,city,\n", "unknown_key", "'source_value'"),
        (b"source,question\n\xff,city\n", "unreadable_declaration", "columns.csv"),
    ],
)
def test_what_a_line_cannot_mean(
    tmp_path: Path, columns: str | bytes, problem: str, words: str
) -> None:
    with pytest.raises(RelevoError) as error:
        read_survey(folder(tmp_path, columns))
    assert error.value.exit == 10
    assert [found.problem.name for found in error.value.findings] == [problem]
    assert words in str(error.value)
