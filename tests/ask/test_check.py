"""`relevo check`: everything that is wrong, at once, with its place and a remedy."""

import shutil
from pathlib import Path

from pipeline.ask import check
from pipeline.errors import Effect
from tests.ask.test_survey import DECLARED, folder
from tests.forms import write_form


def told(path: Path) -> list[str]:
    """Code, place and what was found, without the remedy."""
    return [
        f"{finding.problem.name} | {str(finding).partition('. ')[0]}" for finding in check(path)
    ]


def test_a_right_survey_has_nothing_to_tell(tmp_path: Path) -> None:
    path = folder(tmp_path, DECLARED.replace('"no", "never"', '"yes"'))
    assert told(path) == []


def test_everything_wrong_with_a_form_is_told_at_once(tmp_path: Path) -> None:
    write_form(
        tmp_path / "questionnaire.xlsx",
        """
        | type           | name  | label::es | label::en | relevant       | calculation | score |
        |----------------|-------|-----------|-----------|----------------|-------------|-------|
        | select_one yn  | has   | ¿Hay?     | Is there? |                |             | map   |
        | text           | why   | ¿Por qué? |           | ${has} = 'si'  |             |       |
        | text           | where | ¿Dónde?   | Where?    | ${hass} = 'no' |             |       |
        | text           | when  | ¿Cuándo?  | When?     | ${has          |             |       |
        | text           | who   | ¿Quién?   | Who?      | onze(1)        |             |       |
        | calculate      | sum   |           |           |                | ${sun} + 1  |       |
        | select_one ny  | last  | ¿Y?       | And?      |                |             |       |
        """,
        """
        | list_name | name | label::es | label::en | score | missing_kind |
        |-----------|------|-----------|-----------|-------|--------------|
        | yn        | yes  | Sí        | Yes       | 100   |              |
        | yn        | no   | No        | No        |       |              |
        | yn        | dk   | No sabe   |           |       | dont_know    |
        """,
    )
    (tmp_path / "survey.toml").write_text("zzz = 1\n[key]\nunit = 'hase'\n", encoding="utf-8")
    form = "questionnaire.xlsx, survey"
    assert told(tmp_path) == [
        "unknown_key | survey.toml: the key 'zzz' is not known",
        "unknown_question | survey.toml: 'key.unit' names 'hase', which is no question of the "
        "form; the nearest is 'has'",
        f"unknown_list | {form}, row 8, last: the list 'ny' is not in the sheet choices",
        f"unknown_reference | {form}, row 4, where: the column 'relevant' names 'hass', which is "
        "no question; the nearest is 'has'; this rule is not applied",
        f"unreadable_rule | {form}, row 5, when: the column 'relevant' cannot be read: '$' is not "
        "expected (character 1); this rule is not applied",
        f"unknown_function | {form}, row 6, who: the column 'relevant' uses onze(), which no "
        "form client knows; the nearest is 'once'; this rule is not applied",
        f"unknown_reference | {form}, row 7, sum: the column 'calculation' names 'sun', which is "
        "no question; the nearest is 'sum'; this rule is not applied",
        f"unknown_code_in_rule | {form}, row 3, why: the column 'relevant' compares 'has' with "
        "'si', which is none of its choices",
        f"never_asked | {form}, row 3, why: its condition can never hold, so it is never asked",
        f"score_missing | {form}, row 2, has: the scored question has choices with neither score "
        "nor missing_kind: no",
        f"translation_missing | {form}: labels without a text in 'en' (1): why; instead stands "
        "'es'",
        "translation_missing | questionnaire.xlsx, choices: labels without a text in 'en' (1): "
        "yn/dk; instead stands 'es'",
    ]


def test_what_stands_in_for_a_missing_translation_is_said(tmp_path: Path) -> None:
    """The default language first, then the order of the columns; or_other asks for none."""
    write_form(
        tmp_path / "questionnaire.md",
        """
        | type                   | name | label | label::English | label::fr |
        |------------------------|------|-------|----------------|-----------|
        | select_one yn or_other | a    | Uno   |                | Un        |
        | text                   | b    |       | Two            | Deux      |
        | text                   | c    |       |                | Trois     |
        | note                   | d    |       |                |           |
        """,
        "| list_name | name | label | label::en | label::fr |\n|-|-|-|-|-|\n| yn | y | S | Y | O |",
        "| default_language |\n|-|\n| Español (es) |",
    )
    head = "translation_missing | questionnaire.md, survey: labels without a text in"
    assert told(tmp_path) == [
        f"{head} 'es' (2): b, c; instead stands 'en', 'fr'",
        f"{head} 'en' (2): a, c; instead stands 'es', 'fr'",
    ]


def test_a_code_of_survey_toml_that_is_no_choice_is_told(tmp_path: Path) -> None:
    found = check(folder(tmp_path, DECLARED))
    assert [one.problem.name for one in found] == ["declared_code_unknown"] * 2
    assert "names the code 'no', which is no choice of 'consent'" in str(found[0])


def test_a_language_that_the_form_lacks_is_a_warning(tmp_path: Path) -> None:
    found = check(folder(tmp_path, "languages = ['es', 'fr']"))
    assert [(one.problem.name, one.problem.effect) for one in found] == [
        ("translation_missing", Effect.WARNING)
    ] * 2
    assert "labels without a text in 'fr' (2): city_id, consent" in str(found[0])


def test_without_a_questionnaire_that_is_all(tmp_path: Path) -> None:
    assert [one.problem.name for one in check(tmp_path)] == ["questionnaire_missing"]


def test_two_oddities_of_a_real_form(tmp_path: Path, shared: Path) -> None:
    shutil.copy(shared / "real/reach_wash/questionnaire.xlsx", tmp_path)
    assert [(one.problem.name, one.question) for one in check(tmp_path)] == [
        ("unknown_code_in_rule", "how_engaged_by_office"),
        ("translation_missing", ""),
    ]
