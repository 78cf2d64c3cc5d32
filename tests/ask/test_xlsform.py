"""The questionnaire is read as people really write it."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline.ask import Question, Questionnaire, read_questionnaire
from pipeline.errors import Problem, RelevoError
from tests.forms import write_form


def read(folder: Path, survey: str, choices: str = "", settings: str = "") -> Questionnaire:
    return read_questionnaire(write_form(folder / "questionnaire.xlsx", survey, choices, settings))


def problems(form: Questionnaire) -> list[tuple[str, int | None]]:
    return [(finding.problem.name, finding.row) for finding in form.findings]


def only(form: Questionnaire) -> Question:
    (question,) = form.questions
    return question


def test_a_form_with_groups_repeats_and_marks(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type | name | label::Español (es) | label::en | required | relevant | pii | disclosure |
        | - | - | - | - | - | - | - | - |
        | text | mayor | Alcalde |  | yes |  | direct | network |
        | begin group | plans |  | Plans |  | ${mayor} != '' |  |  |
        | select_one yn | has | ¿Hay plan? | A plan? | TRUE |  |  | public |
        | begin_repeat | policy |  |  |  | ${has} = 'yes' |  |  |
        | integer | since | Desde | Since | no |  |  |  |
        | end_repeat |  |  |  |  |  |  |  |
        | end group | other |  |  |  |  |  |  |
        """,
        """
        | list name | value | label::Español (es) | label::en | score | missing_kind |
        |-----------|-------|---------------------|-----------|-------|--------------|
        | yn        | yes   | Sí                  | Yes       | 100   |              |
        | yn        | dk    | No sabe             |           |       | dont_know    |
        """,
        """
        | form_title | form_id | version | default_language |
        |------------|---------|---------|------------------|
        | Plans      | plans   | v2      | Español (es)     |
        """,
    )
    assert (form.title, form.form_id, form.version) == ("Plans", "plans", "v2")
    assert form.languages == ("es", "en")
    assert [(q.column, q.path, q.repeat) for q in form.questions] == [
        ("mayor", "mayor", ""),
        ("has", "plans/has", ""),
        ("since", "plans/policy/since", "policy"),
    ]
    mayor, has, since = form.questions
    assert (mayor.pii, mayor.disclosure, mayor.required) == ("direct", "network", "yes")
    assert (has.required, has.labels) == ("yes", {"es": "¿Hay plan?", "en": "A plan?"})
    assert (since.required, since.row) == ("", 6)
    assert [(g.path, g.is_repeat, g.parent) for g in form.groups] == [
        ("plans", False, ""),
        ("plans/policy", True, "plans"),
    ]
    assert [(c.name, c.score, c.missing_kind) for c in form.choices_of(has)] == [
        ("yes", 100.0, ""),
        ("dk", None, "dont_know"),
    ]
    assert form.findings == ()


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("select_one yn", ("select_one", "yn", "")),
        ("select one from yn", ("select_one", "yn", "")),
        ("select  all that apply from yn", ("select_multiple", "yn", "")),
        ("select_multiple yn", ("select_multiple", "yn", "")),
        ("rank yn", ("rank", "yn", "")),
        ("select_one_from_file registry.csv", ("select_one", "", "registry.csv")),
        ("select_multiple_from_file a.xml", ("select_multiple", "", "a.xml")),
        ("int", ("integer", "", "")),
        ("string", ("text", "", "")),
        ("GPS", ("geopoint", "", "")),
        ("dateTime", ("datetime", "", "")),
        ("photo", ("image", "", "")),
        ("range", ("integer", "", "")),
    ],
)
def test_types_have_many_spellings(
    tmp_path: Path, written: str, read_as: tuple[str, str, str]
) -> None:
    form = read(
        tmp_path,
        f"| type | name |\n|---|---|\n| {written} | q |",
        "| list_name | name |\n|---|---|\n| yn | yes |",
    )
    question = only(form)
    assert (question.type, question.list_name, question.choices_file) == read_as
    assert form.findings == ()


def test_or_other_adds_a_choice_and_a_text(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        "| type | name |\n|---|---|\n| select_one yn or_other | plan |",
        "| list_name | name |\n|---|---|\n| yn | yes |",
    )
    assert [(q.name, q.type, q.relevant) for q in form.questions] == [
        ("plan", "select_one", ""),
        ("plan_other", "text", "selected(${plan}, 'other')"),
    ]
    assert [choice.name for choice in form.choices["yn"]] == ["yes", "other"]


def test_noise_of_real_forms_is_read_and_told(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type | name | bind:relevant | required | bind::pii | ppp_note | weight |
        | - | - | - | - | - | - | - |
        |  |  |  |  |  |  |  |
        | text | today\u200b | ${a} = ‘b’ | true() | yes | x |  |
        | videoconf | b | NA | basic |  |  |  |
        | select_one yn | c |  | False |  |  | heavy |
        | select_one zz | d |  | ${c}=1 |  |  |  |
        | integer |  |  |  |  |  |  |
        | end group |  |  |  |  |  |  |
        | begin repeat | r |  |  |  |  |  |
        """,
        """
        | list_name | name  | label | filter |
        |-----------|-------|-------|--------|
        | yn        | 1     | One   | n      |
        | yn        | 1     | Two   | s      |
        | yn        | a b   |       |        |
        """,
    )
    assert [(q.name, q.type, q.required, q.pii) for q in form.questions] == [
        ("today", "text", "yes", "direct"),
        ("b", "text", "", ""),
        ("c", "select_one", "", ""),
        ("d", "select_one", "${c}=1", ""),
    ]
    assert form.questions[0].relevant == "${a} = ‘b’"
    assert form.choices["yn"][1].extra == {"filter": "s"}
    assert problems(form) == [
        ("duplicate_choice", 3),
        ("blank_in_choice", 4),
        ("unknown_type", 4),
        ("unread_required", 4),
        ("unknown_mark", 5),
        ("unknown_list", 6),
        ("name_missing", 7),
        ("group_unbalanced", 8),
        ("group_unbalanced", 9),
    ]


def test_numbers_typed_into_excel_are_codes_and_the_first_of_two_headers_counts(
    tmp_path: Path,
) -> None:
    path = write_form(
        tmp_path / "q.xlsx",
        "| type | name |\n|---|---|\n| select_one n | q |",
        "| list_name | name | label |\n|---|---|---|\n| n | x | One |",
    )
    book = load_workbook(path)
    book["choices"]["B2"] = 1.0
    book["choices"]["D1"] = "label"
    book["choices"]["D2"] = "Uno"
    book.save(path)
    form = read_questionnaire(path)
    assert form.choices["n"][0].name == "1"
    assert form.choices["n"][0].labels == {"": "One"}
    assert problems(form) == [("duplicate_header", 1)]


def test_a_column_is_the_name_where_it_is_unique_without_case(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type        | name  |
        |-------------|-------|
        | text        | wave  |
        | begin group | g     |
        | text        | Age   |
        | end group   |       |
        | begin group | h     |
        | text        | age   |
        | text        | name  |
        | end group   |       |
        """,
    )
    assert [q.column for q in form.questions] == ["/wave", "g/Age", "h/age", "name"]
    assert problems(form) == [("name_twice", 7)]


def test_two_repeats_of_one_name_are_told(tmp_path: Path) -> None:
    begin = "| begin_group | {0} |\n| begin_repeat | r |\n| text | q{0} |\n"
    repeat = begin + "| end_repeat | |\n| end_group | |\n"
    form = read(tmp_path, "| type | name |\n|---|---|\n" + repeat.format(1) + repeat.format(2))
    assert problems(form) == [("repeat_name_twice", 8)]


def test_the_same_path_twice_refuses_the_form(tmp_path: Path) -> None:
    with pytest.raises(RelevoError) as refused:
        read(tmp_path, "| type | name |\n|---|---|\n| text | q |\n| text | q |")
    assert refused.value.exit == 10
    assert "rows 2 and 3" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, Problem.questionnaire_missing),
        (b"no workbook", Problem.questionnaire_unreadable),
        (b"", Problem.questionnaire_unreadable),
    ],
)
def test_a_file_that_is_no_form_is_refused(
    tmp_path: Path, content: bytes | None, problem: Problem
) -> None:
    path = tmp_path / "questionnaire.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RelevoError) as refused:
        read_questionnaire(path)
    assert [finding.problem for finding in refused.value.findings] == [problem]


def test_a_workbook_without_survey_sheet_is_refused(tmp_path: Path) -> None:
    path = write_form(tmp_path / "q.xlsx", "", "| list_name | name |\n|---|---|\n| a | b |")
    with pytest.raises(RelevoError, match="no sheet 'survey'; it holds: choices"):
        read_questionnaire(path)


def test_a_survey_sheet_without_names_is_told(tmp_path: Path) -> None:
    form = read(tmp_path, "| type | question |\n|---|---|\n| text | q |")
    assert problems(form) == [("column_missing", 1), ("name_missing", 2)]


def test_real_forms(shared: Path) -> None:
    wash = read_questionnaire(shared / "real/reach_wash/questionnaire.xlsx")
    assert (wash.languages, len(wash.questions), len(wash.groups)) == (("en", "ar"), 223, 6)
    assert sum(map(len, wash.choices.values())) == 969
    assert sum(q.relevant != "" for q in wash.questions) > 108
    sample = read_questionnaire(shared / "real/kobocruncher_sample/sample_xlsform.xlsx")
    assert sample.languages == ("",)
    assert [q.column for q in sample.answers("members")] == ["age", "sex"]
    assert wash.findings == sample.findings == ()
