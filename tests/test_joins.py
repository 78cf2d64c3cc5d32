"""`relevo run` builds the surveys that a survey joins, in order, and no more than has changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.forms import write_form

FORM = (
    """
    | type          | name | label   | disclosure |
    |---------------|------|---------|------------|
    | text          | city | City    | public     |
    | select_one yn | plan | A plan? | public     |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """,
)
DECLARED = """
unit_kind = "institution"
languages = ["en"]
[key]
unit = "city"
[briefs]
government = ""
quality = ""
"""
ANSWERS = {"campaign": "city,plan\nA,no\nB,yes\n", "survey": "city,plan\nA,yes\nB,yes\nC,no\n"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two surveys side by side: the survey asks for the same plan as the campaign."""
    for name, answers in ANSWERS.items():
        joins = 'joins = ["campaign"]\nsame_fact = { plan = "campaign.plan" }\n'
        write_form(tmp_path / "schemas" / name / "questionnaire.xlsx", *FORM)
        (tmp_path / "schemas" / name / "survey.toml").write_text(
            (joins if name == "survey" else "") + DECLARED, encoding="utf-8"
        )
        (tmp_path / "raw" / name).mkdir(parents=True)
        (tmp_path / "raw" / name / "answers.csv").write_text(answers, encoding="utf-8")
    return tmp_path


def run(place: Path, survey: str) -> dict[str, Any]:
    folders = ["--raw", str(place / "raw" / survey), "--out", str(place / "out")]
    done = CliRunner().invoke(
        app, ["run", str(place / "schemas" / survey), *folders, "--json", "--debug"]
    )
    assert done.exit_code == 0, done.output
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def current(place: Path, survey: str) -> str:
    return (place / "out" / survey / "current").resolve().name


def test_what_is_joined_is_built_first_and_its_release_is_an_input(place: Path) -> None:
    first = run(place, "survey")
    campaign = current(place, "campaign")
    again = run(place, "survey")
    assert (again["release"], again["seconds"]) == (first["release"], 0.0)
    with (place / "raw/campaign/answers.csv").open("a", encoding="utf-8") as file:
        file.write("C,yes\n")
    third = run(place, "survey")
    assert current(place, "campaign") != campaign
    assert third["release"] != first["release"]


def test_the_joined_survey_alone_does_not_build_the_other(place: Path) -> None:
    run(place, "campaign")
    assert not (place / "out/survey").exists()


def test_a_circle_stops_the_run(place: Path) -> None:
    path = place / "schemas/campaign/survey.toml"
    path.write_text('joins = ["survey"]\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(place / "schemas/survey")])
    assert done.exit_code == 10
    assert "joins_in_a_circle" in done.output
