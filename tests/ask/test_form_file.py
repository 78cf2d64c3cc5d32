"""A form is the same form as a workbook, as Markdown and as CSV."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from pipeline.ask import Questionnaire, read_questionnaire, read_survey
from pipeline.errors import RelevoError
from tests.forms import as_csv, form, markdown, write_form
from tests.workbooks import xls

SURVEY = """
    | type          | name | label::es | label::en | relevant           |
    |---------------|------|-----------|-----------|--------------------|
    | select_one yn | plan | ¿Plan?    | A plan?   |                    |
    | text          | why  | ¿Por qué? | Why?      | ${plan}='no' \\| . |
    """
CHOICES = """
    | list_name | name | label::es | label::en |
    |-----------|------|-----------|-----------|
    | yn        | yes  | Sí        | Yes       |
    | yn        | no   | No        | No        |
    """
SETTINGS = """
    | form_title | default_language |
    |------------|------------------|
    | Planes     | es               |
    """


def bare(questionnaire: Questionnaire) -> Questionnaire:
    """The form without its file and without row numbers, which differ from file to file."""
    return replace(
        questionnaire,
        file="",
        questions=tuple(replace(one, row=0) for one in questionnaire.questions),
        groups=tuple(replace(one, row=0) for one in questionnaire.groups),
        choices={
            name: tuple(replace(one, row=0) for one in choices)
            for name, choices in questionnaire.choices.items()
        },
        findings=tuple(replace(one, row=0, file="", values={}) for one in questionnaire.findings),
    )


def read(folder: Path, name: str, content: str | bytes) -> Questionnaire:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    return read_questionnaire(folder / name)


def test_the_file_of_a_form_does_not_matter(tmp_path: Path) -> None:
    tables = (SURVEY, CHOICES, SETTINGS)
    book = read(tmp_path, "form.xlsx", form(*tables))
    assert [(q.name, q.relevant) for q in book.questions] == [
        ("plan", ""),
        ("why", "${plan}='no' | ."),
    ]
    rows = {
        sheet.title: [["" if cell is None else cell for cell in row] for row in sheet.values]
        for sheet in load_workbook(tmp_path / "form.xlsx")
    }
    for name, content in {
        "form.xls": xls(rows),
        "form.md": markdown(*tables),
        "form.csv": as_csv(*tables),
        "bom.csv": "\ufeff" + as_csv(*tables).replace(",", ";"),
        "crlf.md": markdown(*tables).replace("\n", "\r\n"),
    }.items():
        assert bare(read(tmp_path, name, content)) == bare(book), name


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name != "na")
kept = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn"))
texts = st.text(kept, max_size=20).map(str.strip).filter(lambda text: not text.startswith("="))
types = st.sampled_from(
    ["text", "integer", "select_one a", "select_multiple a or_other", "range", "note", "odd type"]
)


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, str]:
    """The tables of a survey sheet and a choices sheet."""
    rows = ["| type | name | label::es | hint | required | my notes |", "|-|-|-|-|-|-|"]
    opened: list[str] = []
    for name in draw(st.lists(names, min_size=1, max_size=8, unique=True)):
        edge = draw(st.sampled_from(["", "", "group", "repeat"]))
        cells = [draw(texts).replace("\\", "/").replace("|", "\\|") for _ in range(4)]
        kind = f"begin {edge}" if edge else draw(types)
        rows.append(f"| {kind} | {name} | {' | '.join(cells)} |")
        opened += [edge] if edge else []
        if opened and draw(st.booleans()):
            rows.append(f"| end {opened.pop()} | | | | | |")
    label = draw(texts).replace("\\", "").replace("|", "")
    listed = f"| list_name | name | label |\n|-|-|-|\n| a | x | {label} |\n| a | y | Y |"
    return "\n".join(rows), listed


def read_all(tables: tuple[str, str], *names: str) -> list[Questionnaire]:
    with TemporaryDirectory() as folder:
        paths = [write_form(Path(folder) / name, *tables) for name in names]
        return [bare(read_questionnaire(path)) for path in paths]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(forms())
def test_any_form_is_the_same_form_in_both_texts(tables: tuple[str, str]) -> None:
    as_markdown, in_csv = read_all(tables, "form.md", "form.csv")
    assert as_markdown == in_csv


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(forms())
def test_any_form_is_the_same_form_as_a_workbook(tables: tuple[str, str]) -> None:
    as_markdown, in_book = read_all(tables, "form.md", "form.xlsx")
    assert as_markdown == in_book


def test_markdown_may_name_the_sheet_in_the_first_column(tmp_path: Path) -> None:
    text = """
A form as people write it in a discussion:

| survey   |               |      |         |
|          | type          | name | label   |
|          | select_one yn | plan | A plan? |
|          |               |      |         |
| choices  |               |      |         |
|          | list_name     | name | label   |
|          | yn            | yes  | Yes     |
| settings | form_title    |
|          | Plans         |
"""
    found = read(tmp_path, "form.md", text)
    assert (found.title, found.questions[0].row, found.findings) == ("Plans", 6, ())
    assert [choice.labels for choice in found.choices["yn"]] == [{"": "Yes"}]


def test_headings_inside_and_after_a_sheet(tmp_path: Path) -> None:
    """A deeper heading divides a table, whose header may come again; an equal one ends it."""
    text = """
# Plans of cities

| version | of |
|---------|----|
| draft   | us |

## Survey

| type | name |
|:-----|-----:|
| text | a    |

### Second part

| type | name |
|------|------|
| text | b    |

## Remarks

| type | name |
|------|------|
| text | c    |
"""
    found = read(tmp_path, "form.md", text)
    assert ([q.name for q in found.questions], found.findings) == (["a", "b"], ())


def test_a_row_that_is_too_long_is_told_with_its_line(tmp_path: Path) -> None:
    found = read(tmp_path, "form.md", "# survey\n| type | name |\n|-|-|\n| text | a | b |\n")
    assert [(one.problem.name, one.row) for one in found.findings] == [("form_row_too_long", 4)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("form.csv", "survey,\n,type\n".encode("utf-16"), "no text in UTF-8"),
        ("form.md", "# survey\n| ñ |".encode("latin-1"), "no text in UTF-8"),
        ("form.xls", b"\xef\xbb\xbf <HTML><table><tr><td>survey", "a web page"),
        ("form.xlsx", b'<?xml version="1.0"?><Workbook>', "a web page"),
        ("form.xlsx", b"survey,type", "damaged, or is no workbook"),
        ("form.xlsx", b"PK\x03\x04", "damaged, or is no workbook"),
        ("form.xls", b"\xd0\xcf\x11\xe0", "damaged, or is no workbook"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(RelevoError) as refused:
        read(tmp_path, name, content)
    assert refused.value.exit == 10
    assert str(refused.value).startswith(f"{name}: the form cannot be read: ")
    assert reason in str(refused.value)


def test_formulas_of_a_form_without_values_are_told(tmp_path: Path) -> None:
    found = read(
        tmp_path, "form.xlsx", form("| type | name | label |\n|-|-|-|\n| text | a | =B1 |")
    )
    assert [(one.problem.name, one.values) for one in found.findings] == [
        ("form_formula", {"count": 1, "cell": "C2"})
    ]


@pytest.mark.parametrize("ending", ["xlsx", "xls", "md", "csv"])
def test_the_questionnaire_of_a_folder_is_found_by_its_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"questionnaire.{ending}"
    if ending == "xls":
        path.write_bytes(xls({"survey": [["type", "name"], ["text", "a"]]}))
    else:
        write_form(path, "| type | name |\n|-|-|\n| text | a |")
    assert [q.name for q in read_survey(tmp_path).questionnaire.questions] == ["a"]


def test_of_two_questionnaires_one_has_to_be_declared(tmp_path: Path) -> None:
    for number, ending in enumerate(("csv", "md")):
        write_form(
            tmp_path / f"questionnaire.{ending}", f"| type | name |\n|-|-|\n| text | q{number} |"
        )
    with pytest.raises(RelevoError) as refused:
        read_survey(tmp_path)
    (finding,) = refused.value.findings
    assert (finding.problem.name, finding.values["found"]) == (
        "questionnaire_twice",
        "questionnaire.md, questionnaire.csv",
    )
    declared = "[[wave]]\nquestionnaire = 'questionnaire.csv'"
    (tmp_path / "survey.toml").write_text(declared, encoding="utf-8")
    assert [q.name for q in read_survey(tmp_path).questionnaire.questions] == ["q0"]
