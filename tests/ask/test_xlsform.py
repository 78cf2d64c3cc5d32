"""The questionnaire is read as people really write it."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline.ask import Question, Questionnaire, read_questionnaire
from pipeline.errors import Problem, RelevoError
from tests.forms import write_form
from tests.workbooks import xlsx


def read(
    folder: Path, survey: str, choices: str = "", settings: str = "", file: str = "form.md"
) -> Questionnaire:
    """In a Markdown form the number of a row is its line: the first question's is 4."""
    return read_questionnaire(write_form(folder / file, survey, choices, settings))


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
    assert (since.required, since.row) == ("", 8)
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
        ("select1 yn", ("select_one", "yn", "")),
        ("add select one prompt using yn", ("select_one", "yn", "")),
        ("select all that apply yn", ("select_multiple", "yn", "")),
        ("select_one YN", ("select_one", "yn", "")),
        ("select_one ${name}", ("select_one", "", "")),
        ("int", ("integer", "", "")),
        ("add integer prompt", ("integer", "", "")),
        ("number", ("decimal", "", "")),
        ("string", ("text", "", "")),
        ("q string", ("text", "", "")),
        ("phone number", ("text", "", "")),
        ("phonenumber", ("phonenumber", "", "")),
        ("uri:deviceid", ("deviceid", "", "")),
        ("GPS", ("geopoint", "", "")),
        ("geo_trace", ("text", "", "")),
        ("dateTime", ("datetime", "", "")),
        ("date time", ("datetime", "", "")),
        ("photo", ("image", "", "")),
        ("start_geopoint", ("start-geopoint", "", "")),
        ("calculate_here", ("calculate", "", "")),
        ("csv-external", ("csv-external", "", "")),
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
    assert problems(form) == ([("unknown_type", 4)] if written == "geo_trace" else [])


@pytest.mark.parametrize(
    ("parameters", "kind", "constraint"),
    [
        ("", "integer", ""),
        ("start=0 end=100 step=5", "integer", ". >= 0 and . <= 100"),
        ("start=0;end=1;step=0.1", "decimal", ". >= 0 and . <= 1"),
        ("End = 5", "integer", ". >= 1 and . <= 5"),
        ("start=10, end=-10", "integer", ". >= -10 and . <= 10"),
        ("start=${low} end=9", "integer", ""),
    ],
)
def test_a_range_is_a_number_between_its_ends(
    tmp_path: Path, parameters: str, kind: str, constraint: str
) -> None:
    form = read(tmp_path, f"| type | name | parameters |\n|-|-|-|\n| range | q | {parameters} |")
    assert (only(form).type, only(form).constraint) == (kind, constraint)


def test_the_constraint_of_a_range_joins_the_one_written(tmp_path: Path) -> None:
    head = "| type | name | parameters | constraint |\n|-|-|-|-|\n"
    form = read(tmp_path, head + "| range | q | start=1 end=9 | . != 5 or . = 7 |")
    assert only(form).constraint == "(. != 5 or . = 7) and . >= 1 and . <= 9"


@pytest.mark.parametrize("begin", ["begin group", "begin_group", "Begin  Group", "begin-group"])
@pytest.mark.parametrize("repeat", ["begin repeat", "begin_repeat", "begin lgroup"])
def test_groups_are_closed_by_any_end_of_their_kind(
    tmp_path: Path, begin: str, repeat: str
) -> None:
    form = read(
        tmp_path,
        f"""
        | type         | name  |
        |--------------|-------|
        | {begin}      | house |
        | {repeat}     | member|
        | text         | q     |
        | end_repeat   | house |
        | END GROUP    | other |
        | text         | r     |
        """,
    )
    assert [(q.path, q.repeat) for q in form.questions] == [("house/member/q", "member"), ("r", "")]
    assert form.findings == ()


def test_groups_without_end_inside_each_other_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"| begin group | g{n} |\n" for n in range(200))
    with pytest.raises(
        RelevoError, match=r"row 104, g100: .* nested more than 100 deep"
    ) as refused:
        read(tmp_path, "| type | name |\n|-|-|\n" + rows)
    assert refused.value.exit == 10


def test_rows_without_a_name_get_one_that_no_form_can_have(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type        | name   |
        |-------------|--------|
        | note        |        |
        | begin group |        |
        | note        | note_4 |
        | text        | q      |
        | end group   |        |
        """,
    )
    assert [q.path for q in form.questions] == ["note#4", "group#5/note_4", "group#5/q"]
    assert form.findings == ()


def test_cells_of_a_form_saved_by_r_hold_na(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type            | name | label | relevant | required | calculation | hint | parameters |
        |-----------------|------|-------|----------|----------|-------------|------|------------|
        | begin_group     | g    | NA    | NA       | NA       | NA          | NA   | NA         |
        | select_one land | land | Land  | nan      | FALSE    | NA          | NA   | NA         |
        | NA              | NA   | NA    | NA       | NA       | NA          | NA   | NA         |
        | end_group       | NA   | NA    | NA       | NA       | NA          | NA   | NA         |
        """,
        """
        | list_name | name | label   | score |
        |-----------|------|---------|-------|
        | land      | NA   | Namibia | NA    |
        | NA        | NA   | NA      | NA    |
        """,
    )
    land = only(form)
    assert (land.relevant, land.required, land.calculation, land.hints) == ("", "", "", {})
    assert form.groups[0].labels == {}
    assert [(choice.name, choice.score) for choice in form.choices_of(land)] == [("NA", None)]
    assert list(form.choices) == ["land"]
    assert form.findings == ()


@pytest.mark.parametrize("written", ["yes", "TRUE", "true()", "True", "1", "T", "Sí", "sim", "oui"])
def test_required_has_many_spellings(tmp_path: Path, written: str) -> None:
    form = read(tmp_path, f"| type | name | required |\n|-|-|-|\n| text | q | {written} |")
    assert only(form).required == "yes"


@pytest.mark.parametrize("written", ["", "no", "false", "False", "FALSE()", "0", "NA", "não"])
def test_optional_has_many_spellings(tmp_path: Path, written: str) -> None:
    form = read(tmp_path, f"| type | name | required |\n|-|-|-|\n| text | q | {written} |")
    assert (only(form).required, form.findings) == ("", ())


def test_columns_that_mean_nothing_here_are_kept_as_notes(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type | name | label | Analysis Plan | media::image::English (en) | | appearance |
        | -    | -    | -     | -             | -                          |-| -          |
        | text | q    | Q     | mean by city  |                            |x| multiline  |
        """,
    )
    assert only(form).notes == {"Analysis Plan": "mean by city", "appearance": "multiline"}
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
        file="form.xlsx",
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


def test_names_that_differ_only_in_case_have_columns_of_their_own(tmp_path: Path) -> None:
    form = read(tmp_path, "| type | name |\n|-|-|\n| text | Age |\n| text | age |\n| text | AGE |")
    assert [q.column for q in form.questions] == ["Age", "/age", "//AGE"]


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
    assert problems(form) == [("name_twice", 9)]


def test_two_repeats_of_one_name_are_told(tmp_path: Path) -> None:
    begin = "| begin_group | {0} |\n| begin_repeat | r |\n| text | q{0} |\n"
    repeat = begin + "| end_repeat | |\n| end_group | |\n"
    form = read(tmp_path, "| type | name |\n|---|---|\n" + repeat.format(1) + repeat.format(2))
    assert problems(form) == [("repeat_name_twice", 10)]


def test_the_same_path_twice_refuses_the_form(tmp_path: Path) -> None:
    with pytest.raises(RelevoError) as refused:
        read(tmp_path, "| type | name |\n|---|---|\n| text | q |\n| text | q |")
    assert refused.value.exit == 10
    assert "rows 4 and 5" in str(refused.value)


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
    assert problems(form) == [("column_missing", 2), ("name_missing", 4)]


def test_real_forms(shared: Path) -> None:
    wash = read_questionnaire(shared / "real/reach_wash/questionnaire.xlsx")
    assert (wash.languages, len(wash.questions), len(wash.groups)) == (("en", "ar"), 223, 6)
    assert sum(map(len, wash.choices.values())) == 969
    assert sum(q.relevant != "" for q in wash.questions) > 108
    sample = read_questionnaire(shared / "real/kobocruncher_sample/sample_xlsform.xlsx")
    assert sample.languages == ("",)
    assert [q.column for q in sample.answers("members")] == ["age", "sex"]
    assert wash.findings == sample.findings == ()


def test_hostile_forms(shared: Path) -> None:
    form = read_questionnaire(shared / "nasty/form.xlsx")
    assert (form.languages, form.findings) == (("es", "pt", "en", "fr"), ())
    assert {q.name for q in form.questions if q.pii == "direct"} >= {"contact_name"}
    with pytest.raises(RelevoError) as refused:
        read_questionnaire(shared / "nasty/form_bad_circular.xlsx")
    assert refused.value.exit == 10
    assert "budget_pct needs migrant_pct needs budget_pct" in str(refused.value)
    evil = read_questionnaire(shared / "nasty/form_evil.xlsx")
    assert evil.by_column["city_name"].labels["es"].startswith("<script>alert(1)</script>")
    assert len(evil.questions) == len(form.questions)


def test_sheets_are_found_in_any_case(tmp_path: Path) -> None:
    survey, choices = [["type", "name"], ["select_one a", "q"]], [["list_name", "name"], ["a", "x"]]
    path = tmp_path / "form.xlsx"
    path.write_bytes(xlsx({" Survey ": survey, "CHOICES": choices}))
    form = read_questionnaire(path)
    assert [choice.name for choice in form.choices_of(only(form))] == ["x"]
