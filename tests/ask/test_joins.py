"""Surveys that read the release of another: built first; a circle is an error."""

from pathlib import Path

import pytest

from pipeline.ask import joined_first, read_by
from pipeline.errors import RelevoError
from tests.forms import write_form

FORM = """
    | type    | name | label |
    |---------|------|-------|
    | integer | age  | Age   |
    """


def surveys(root: Path, joins: dict[str, list[str]]) -> None:
    for name, others in joins.items():
        write_form(root / name / "questionnaire.xlsx", FORM)
        (root / name / "survey.toml").write_text(f"joins = {others}", encoding="utf-8")


def refused(folder: Path) -> str:
    with pytest.raises(RelevoError) as error:
        joined_first(folder)
    (finding,) = error.value.findings
    assert error.value.exit == 10
    return f"{finding.problem.name}: {finding}"


def test_what_a_survey_reads_is_built_before_it_each_once(tmp_path: Path) -> None:
    surveys(tmp_path, {"un": ["survey", "campaign"], "survey": ["campaign"], "campaign": []})
    assert [path.name for path in joined_first(tmp_path / "un")] == ["campaign", "survey"]
    assert joined_first(tmp_path / "campaign") == ()


def test_a_circle_is_named_from_survey_to_survey(tmp_path: Path) -> None:
    surveys(tmp_path, {"a": ["b"], "b": ["c"], "c": ["b"]})
    assert refused(tmp_path / "a").startswith(
        "joins_in_a_circle: survey.toml: the surveys join each other in a circle: b > c > b"
    )


def test_a_survey_that_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    surveys(tmp_path, {"survey": ["campain"], "campaign": []})
    told = refused(tmp_path / "survey")
    assert "joined_survey_unknown" in told
    assert "'campain', which is no survey beside this one" in told and "campaign" in told


def test_who_reads_a_survey_is_found_through_others_and_past_broken_ones(tmp_path: Path) -> None:
    surveys(tmp_path, {"main": [], "talks": ["main"], "hub": ["talks"], "lost": ["nowhere"]})
    found = read_by(tmp_path / "main")
    assert [folder.name for folder in found] == ["hub", "talks"]
