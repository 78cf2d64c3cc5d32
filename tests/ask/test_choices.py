"""Lists of choices: on their sheet, on the sheet of external choices, in a file beside the form."""

from pathlib import Path

import pytest

from pipeline.ask import Questionnaire, read_questionnaire, read_survey
from tests.ask.test_survey import DECLARED, FRAME, MEMBERS
from tests.forms import markdown, write_form

FROM_FILE = "| type | name | parameters |\n|-|-|-|\n| select_one_from_file {0} | city | {1} |"
CITIES = "name,label,label::Français (fr),region\nlima,Lima,Lima,c\nquito,Quito,Quito,s\n"


def read(folder: Path, survey: str, choices: str = "", settings: str = "") -> Questionnaire:
    return read_questionnaire(write_form(folder / "form.md", survey, choices, settings))


def names(form: Questionnaire) -> list[str]:
    return [choice.name for choice in form.choices_of(form.questions[0])]


def problems(form: Questionnaire) -> list[str]:
    return [finding.problem.name for finding in form.findings]


@pytest.mark.parametrize("kind", ["select_one_from_file", "select multiple from file"])
def test_a_list_is_read_from_a_file_beside_the_form(tmp_path: Path, kind: str) -> None:
    (tmp_path / "cities.csv").write_text(CITIES, encoding="utf-8-sig")
    form = read(tmp_path, f"| type | name |\n|-|-|\n| {kind} cities.csv | city |")
    question = form.questions[0]
    assert (question.list_name, question.choices_file) == ("cities.csv", "cities.csv")
    assert [(c.name, c.labels, c.extra) for c in form.choices_of(question)] == [
        ("lima", {"": "Lima", "fr": "Lima"}, {"region": "c"}),
        ("quito", {"": "Quito", "fr": "Quito"}, {"region": "s"}),
    ]
    assert (form.languages, form.findings) == (("", "fr"), ())


@pytest.mark.parametrize(
    ("content", "parameters"),
    [
        ("value,label\nlima,Lima\n", ""),
        ("name;label\n\nlima;Lima, la Ciudad\n", ""),
        ("code,title\nlima,Lima\n", "value=code label=title"),
        ("code,title\nlima,Lima\n", "randomize=true, value=code, label=title"),
    ],
)
def test_a_file_may_have_other_headers(tmp_path: Path, content: str, parameters: str) -> None:
    (tmp_path / "c.csv").write_text(content, encoding="utf-8")
    form = read(tmp_path, FROM_FILE.format("c.csv", parameters))
    assert (names(form), form.findings) == (["lima"], ())


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("missing.csv", None),
        ("towns.geojson", b"{}"),
        ("../form.md", b""),
        ("latin.csv", "name,label\nx,Bogotá\n".encode("latin-1")),
        ("nothing.csv", b"name,label\n"),
        ("other.csv", b"code,title\nlima,Lima\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, file: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / Path(file).name).write_bytes(content)
    form = read(tmp_path, FROM_FILE.format(file, ""))
    assert (names(form), form.questions[0].choices_file) == ([], file)
    assert [(f.problem.name, f.row, f.question) for f in form.findings] == [
        ("choices_file_unread", 4, "city")
    ]


def test_what_is_odd_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("name,label\nlima,Lima\nlima,L\nsan jose,S\n", encoding="utf-8")
    form = read(tmp_path, FROM_FILE.format("c.csv", ""))
    assert [(f.problem.name, f.file, f.row) for f in form.findings] == [
        ("duplicate_choice", "c.csv", 3),
        ("blank_in_choice", "c.csv", 4),
    ]


def test_the_units_of_the_frame_come_before_the_file_made_of_them(tmp_path: Path) -> None:
    survey = "| type | name |\n|-|-|\n| select_one_from_file {0} | city_id |\n| text | consent |"
    (tmp_path / "survey.toml").write_text(DECLARED, encoding="utf-8")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/frame.csv").write_text(FRAME, encoding="utf-8")
    (tmp_path / "shared/membership.csv").write_text(MEMBERS, encoding="utf-8")
    (tmp_path / "registry.csv").write_text("name,label\nNA-a,A\n", encoding="utf-8")
    for file in ("registry.csv", "missing.csv"):
        write_form(tmp_path / "questionnaire.md", survey.format(file))
        form = read_survey(tmp_path).questionnaire
        assert (names(form), form.questions[0].choices_file) == ([], file)
        assert (dict(form.choices), form.findings) == ({}, ())


def test_external_choices_have_a_sheet_of_their_own(tmp_path: Path) -> None:
    text = markdown(
        "| type | name |\n|-|-|\n| select_one_external towns | town |\n| select_one land | land |",
        "| list_name | name |\n|-|-|\n| land | pe |",
    )
    external = "# External Choices\n| list name | name | land |\n|-|-|-|\n| towns | lima | pe |"
    (tmp_path / "form.md").write_text(f"{text}\n{external}\n", encoding="utf-8")
    form = read_questionnaire(tmp_path / "form.md")
    assert [(c.name, c.extra) for c in form.choices_of(form.questions[0])] == [
        ("lima", {"land": "pe"})
    ]
    assert form.findings == ()


TWICE = "| list_name | name | label |\n|-|-|-|\n| a | x | One |\n| a | x | Two |"


def test_choices_that_stand_twice_are_told_unless_the_form_allows_them(tmp_path: Path) -> None:
    survey = "| type | name |\n|-|-|\n| select_one a | q |"
    assert problems(read(tmp_path, survey, TWICE)) == ["duplicate_choice"]
    allowed = "| allow_choice_duplicates |\n|-|\n| yes |"
    form = read(tmp_path, survey, TWICE, allowed)
    assert (names(form), form.findings) == (["x", "x"], ())


def test_what_is_odd_is_told_once_for_each_list(tmp_path: Path) -> None:
    rows = "".join(f"| {a} | {b} {n % 2} |\n" for a in "pq" for b in "xy" for n in range(3))
    form = read(
        tmp_path, "| type | name |\n|-|-|\n| text | q |", "| list_name | name |\n|-|-|\n" + rows
    )
    assert [(f.problem.name, f.row, *f.values.values()) for f in form.findings] == [
        ("blank_in_choice", 9, 6, "x 0", "p"),
        ("duplicate_choice", 11, 2, "x 0", "p"),
        ("blank_in_choice", 15, 6, "x 0", "q"),
        ("duplicate_choice", 17, 2, "x 0", "q"),
    ]


def test_or_other_adds_to_the_list_as_the_sheet_spells_it(tmp_path: Path) -> None:
    survey = "| type | name |\n|-|-|\n| select one from NEEDS or specify other | q |"
    form = read(tmp_path, survey, "| list_name | name |\n|-|-|\n| needs | money |")
    assert (list(form.choices), names(form)) == (["needs"], ["money", "other"])
    assert [q.name for q in form.questions] == ["q", "q_other"]
