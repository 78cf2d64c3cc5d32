"""The column `score`: which rules can be read, and what is said of the others."""

from pathlib import Path

import pytest

from pipeline.ask import ScoreClass, check, official_languages, score_classes, score_rules
from pipeline.ask.survey import FrameFiles
from pipeline.ask.xlsform import read_questionnaire
from pipeline.errors import RelevoError
from tests.estimate.inputs import survey
from tests.forms import write_form

CHOICES = """
    | list_name | name | label | score |
    |-----------|------|-------|-------|
    | yn        | yes  | Yes   | 100   |
    | yn        | no   | No    | 0     |
    | many      | a    | A     | 1     |
    | many      | b    | B     | 1     |
    | wild      | c    | C     | 150   |
    """


def said(folder: Path, type_: str, score: str) -> str:
    """What `relevo check` says of a rule at a question of a type; '' where it is right."""
    write_form(
        folder / "questionnaire.md",
        f"""
        | type                 | name | label | score   |
        |----------------------|------|-------|---------|
        | select_multiple many | held | Held? | context |
        | {type_}              | q    | Q?    | {score} |
        """,
        CHOICES,
    )
    found = [str(one).partition(": ")[2] for one in check(folder)]
    return found[0].partition(". ")[0] if found else ""


@pytest.mark.parametrize(
    ("type_", "score"),
    [
        ("select_one yn", "map"),
        ("select_multiple many", "count cap=3"),
        ("select_multiple many", "count cap=1.5 except=official_language"),
        ("select_multiple many", "share of=held"),
        ("select_one yn", "likert"),
        ("integer", "likert max=7"),
        ("text", "descriptive"),
    ],
)
def test_rules_that_are_read(tmp_path: Path, type_: str, score: str) -> None:
    assert said(tmp_path, type_, score) == ""


@pytest.mark.parametrize(
    ("type_", "score", "expected"),
    [
        ("select_one yn", "maps", "'maps'"),
        ("select_multiple many", "count", "'count'"),
        ("select_multiple many", "count top=3", "'count top=3'"),
        ("select_multiple many", "count cap=none", "'count cap=none'"),
        ("select_multiple many", "count cap=0", "'count cap=0'"),
        ("integer", "likert max=1", "'likert max=1'"),
        ("select_multiple many", "count cap=3 except=english", "'except=english'"),
        ("text", "map", "'map' at a question of type text"),
        ("select_one yn", "count cap=3", "'count' at a question of type select_one"),
        ("select_multiple many", "share of=q2", "names 'q2', which is no question"),
        ("select_one wild", "map", "the points of 'c'"),
    ],
)
def test_a_rule_that_cannot_be_read_scores_nothing(
    tmp_path: Path, type_: str, score: str, expected: str
) -> None:
    assert expected in said(tmp_path, type_, score)
    rules, findings = score_rules(read_questionnaire(tmp_path / "questionnaire.md"))
    assert not rules
    assert [one.problem.name for one in findings] in (["score_unread"], ["unknown_reference"])
    assert (findings[0].sheet, findings[0].row) == ("survey", 5)  # the line of the file


def test_a_question_in_a_repeat_is_not_scored(tmp_path: Path) -> None:
    write_form(
        tmp_path / "questionnaire.md",
        """
        | type          | name | label | score |
        |---------------|------|-------|-------|
        | begin_repeat  | pol  | P     |       |
        | select_one yn | q    | Q?    | map   |
        | end_repeat    |      |       |       |
        """,
        CHOICES,
    )
    (finding,) = score_rules(read_questionnaire(tmp_path / "questionnaire.md"))[1]
    assert "'map' in a repeat" in str(finding)


def test_a_weight_is_no_less_than_zero(tmp_path: Path) -> None:
    write_form(
        tmp_path / "questionnaire.md",
        """
        | type          | name | label | score | weight |
        |---------------|------|-------|-------|--------|
        | select_one yn | a    | A?    | map   | 2      |
        | select_one yn | b    | B?    | map   | -1     |
        | select_one yn | c    | C?    | map   | nan    |
        """,
        CHOICES,
    )
    form = read_questionnaire(tmp_path / "questionnaire.md")
    assert [question.weight for question in form.questions] == [2, 1, 1]
    assert [(one.problem.name, one.question) for one in form.findings] == [("unknown_mark", "b")]


def test_classes_and_official_languages_are_short_lists_beside_the_frame(tmp_path: Path) -> None:
    (tmp_path / "score_classes.csv").write_text(
        "code,from,to_below,label_en\nk2,50,,High\nk1,0,50,Low\n", encoding="utf-8"
    )
    (tmp_path / "countries.csv").write_text(
        "iso2,official_language_choice\nBR,portuguese\nUY,spanish\n", encoding="utf-8"
    )
    form = read_questionnaire(
        write_form(tmp_path / "questionnaire.md", "| type | name |\n|---|---|\n| text | q |")
    )
    declared = survey(form, folder=tmp_path, frame_files=FrameFiles(file="frame.csv"))
    assert score_classes(declared) == (
        ScoreClass("k1", 0, 50),
        ScoreClass("k2", 50, float("inf")),
    )
    assert official_languages(declared) == {"BR": "portuguese", "UY": "spanish"}
    (tmp_path / "score_classes.csv").write_text(
        "code,from,to_below\nk1,0,fifty\n", encoding="utf-8"
    )
    with pytest.raises(RelevoError, match=r"score_classes\.csv, row 2"):
        score_classes(declared)
    assert score_classes(survey(form)) == ()
