"""Headers of a form in all their spellings."""

from pathlib import Path

import pytest

from pipeline.ask import Questionnaire, read_questionnaire
from tests.forms import write_form


def read(folder: Path, survey: str, choices: str = "", settings: str = "") -> Questionnaire:
    return read_questionnaire(write_form(folder / "form.md", survey, choices, settings))


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        ("relevant", "relevant, Relevance, bind:relevant, bind::relevant, BIND::Relevance"),
        ("constraint", "constraint, bind:constraint, bind::constraint"),
        ("calculation", "calculation, calculate, bind:calculate, bind::calculate"),
        ("required", "required, bind:required, REQUIRED"),
        ("choice_filter", "choice_filter, choice filter, CHOICE_FILTER, Choice  Filter"),
        ("pii", "pii, bind::pii"),
        ("skip_excludes", "skip_excludes, Skip Excludes"),
    ],
)
def test_a_rule_has_many_headers(tmp_path: Path, field: str, headers: str) -> None:
    written = "direct" if field == "pii" else "selected(${a}, 'b')"
    for header in headers.split(", "):
        form = read(
            tmp_path,
            f"""
            | type | name | {header} |
            |------|------|----------|
            | text | a    |          |
            | text | q    | {written} |
            """,
        )
        assert getattr(form.questions[1], field) == written, header


@pytest.mark.parametrize("header", ["repeat_count", "jr:count", "count", "control::jr:count"])
def test_a_repeat_has_its_count_under_many_headers(tmp_path: Path, header: str) -> None:
    form = read(
        tmp_path,
        f"""
        | type         | name | {header} |
        |--------------|------|----------|
        | begin repeat | r    | ${{n}}   |
        | end repeat   |      |          |
        """,
    )
    assert form.groups[0].repeat_count == "${n}"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("label::Español (es)", "es"),
        ("label::español", "es"),
        ("label:Spanish", "es"),
        ("Label :: ESPAÑOL(ES)", "es"),
        ("label::es", "es"),
        ("label::Español (es-UY)", "es"),
        ("label::es_419", "es"),
        ("label::Castellano", "es"),
        ("label_es", "es"),
        ("label (Español)", "es"),
        ("label es", "es"),
        ("label::Português (pt)", "pt"),
        ("label::Portuguese (Brazil)", "pt"),
        ("label::pt-BR", "pt"),
        ("label::English (United Kingdom)", "en"),
        ("label:: French", "fr"),
        ("label::Arabic (ar)", "ar"),
        ("label::العربية", "ar"),
        ("label::Kurdish (Sorani)", "kurdish (sorani)"),
        ("label::Kurdish (ckb)", "ckb"),
        ("label::Kiswahili", "kiswahili"),
        ("label::default", ""),
        ("label", ""),
        ("caption", ""),
    ],
)
def test_a_header_names_its_language(tmp_path: Path, header: str, language: str) -> None:
    form = read(tmp_path, f"| type | name | {header} |\n|-|-|-|\n| text | q | Hola |")
    assert (form.questions[0].labels, form.languages) == ({language: "Hola"}, (language,))


@pytest.mark.parametrize(
    "header",
    [
        "constraint_message::Français (fr)",
        "constraint message::fr",
        "bind:jr:constraintMsg:French",
        "bind::jr:constraintMsg::Français (fr)",
        "jr:constraintMsg::fr",
        "constraining message::fr",
    ],
)
def test_a_message_has_many_headers(tmp_path: Path, header: str) -> None:
    form = read(tmp_path, f"| type | name | {header} |\n|-|-|-|\n| text | q | Non |")
    assert form.questions[0].constraint_message == {"fr": "Non"}


def test_a_warning_has_a_rule_and_a_message(tmp_path: Path) -> None:
    head = "| type | name | warning | warning_message::Français (fr) |\n|-|-|-|-|\n"
    only = read(tmp_path, f"{head}| integer | q | . < 20 | Confirmer |").questions[0]
    assert (only.warning, only.warning_message) == (". < 20", {"fr": "Confirmer"})


def test_a_text_without_language_is_in_the_default_language(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type | name | label | label::English | hint::fr |
        |------|------|-------|----------------|----------|
        | text | q    | A     | B              | C        |
        """,
        settings="| Default Language |\n|-|\n| Español (es) |",
    )
    assert form.languages == ("es", "en")
    assert (form.questions[0].labels, form.questions[0].hints) == (
        {"es": "A", "en": "B"},
        {"fr": "C"},
    )


@pytest.mark.parametrize(
    "settings",
    [
        "| form_title | form_id | version |\n|-|-|-|\n| T | i | 2 |",
        "| Title | id_string | Version |\n|-|-|-|\n| T | i | 2 |",
        "| set form title | Set Form ID | version |\n|-|-|-|\n| T | i | 2 |",
        "| Form Title | ID String | VERSION | style |\n|-|-|-|-|\n| T | i | 2 | pages |",
    ],
)
def test_settings_have_many_headers(tmp_path: Path, settings: str) -> None:
    form = read(tmp_path, "| type | name |\n|-|-|\n| text | q |", settings=settings)
    assert (form.title, form.form_id, form.version) == ("T", "i", "2")


@pytest.mark.parametrize("header", ["list_name | name", "list name | value", "List Name | NAME"])
def test_choices_have_many_headers(tmp_path: Path, header: str) -> None:
    form = read(
        tmp_path,
        "| type | name |\n|-|-|\n| select_one yn | q |",
        f"| {header} | label |\n|-|-|-|\n| yn | yes | Yes |",
    )
    assert [choice.name for choice in form.choices["yn"]] == ["yes"]


def test_a_filter_column_keeps_its_own_name(tmp_path: Path) -> None:
    """`value`, `count` or `relevance` beside a name are columns that a choice_filter names."""
    form = read(
        tmp_path,
        "| type | name | choice_filter |\n|-|-|-|\n| select_one a | q | value=1 |",
        """
        | list_name | name | value | Count | relevance | tag | label |
        |-----------|------|-------|-------|-----------|-----|-------|
        | a         | x    | 1     | 2     | 3         |     | X     |
        """,
    )
    assert form.choices["a"][0].extra == {"value": "1", "Count": "2", "relevance": "3", "tag": ""}
    assert form.findings == ()


def test_two_columns_with_one_meaning_are_told(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type | name | relevant | bind:relevant | label::es | label::Español (es) | note | note |
        | -    | -    | -        | -             | -         | -                   | -    | -    |
        | text | q    | a        | b             | Uno       |                     | x    | y    |
        """,
    )
    assert (form.questions[0].relevant, form.questions[0].labels) == ("a", {"es": "Uno"})
    assert [str(finding).partition(";")[0] for finding in form.findings] == [
        "form.md, survey, row 2: the columns 'relevant' and 'bind:relevant' mean the same",
        "form.md, survey, row 2: the columns 'note' and 'note' mean the same",
    ]
