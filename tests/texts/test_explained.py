"""`relevo explain CODE`: in English and Spanish; what a government can meet in four languages."""

import re

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import Effect, Problem
from pipeline.texts import LANGUAGES, explained, keys

MET = {Effect.RECORD, Effect.ERROR}


def is_met(problem: Problem) -> bool:
    """Whether a focal point can meet the code: pages say it in four languages."""
    return problem.effect in MET or f"reason.{problem.name}" in keys("en")


def test_every_code_is_explained_in_every_language_in_which_it_is_met() -> None:
    lacking = {
        language: [
            problem.name
            for problem in Problem
            if language not in explained(problem.name)
            and (language in {"en", "es"} or is_met(problem))
        ]
        for language in LANGUAGES
    }
    told = "\n".join(
        f'pipeline/texts/{language}.toml, [explain]: {code} = "…"'
        for language, codes in lacking.items()
        for code in codes
    )
    assert not told, f"write two or three plain sentences each:\n{told}"


def test_nothing_is_explained_that_is_no_code() -> None:
    for language in LANGUAGES:
        codes = [key.partition(".")[2] for key in keys(language) if key.startswith("explain.")]
        assert not set(codes) - set(Problem.__members__), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_explanation_is_two_or_three_whole_sentences(language: str) -> None:
    for problem in Problem:
        text = explained(problem.name).get(language, "")
        ends = re.findall(r"[.;:](?= |$)", text)
        assert not text or (text.endswith(".") and len(ends) >= 2), (problem.name, text)
        assert 60 < len(text) < 420 or not text, (problem.name, len(text))
        assert not set("{}") & set(text), problem.name


def test_a_code_is_explained_in_all_its_languages_or_in_one() -> None:
    everything = CliRunner().invoke(app, ["explain", "unknown_choice"])
    assert everything.exit_code == 0
    for words in ("none of the choices", "ninguna de las opciones", "nenhuma das", "aucun des"):
        assert words in everything.stdout
    spanish = CliRunner().invoke(app, ["explain", "unknown_choice", "--language", "es"])
    assert "ninguna de las opciones" in spanish.stdout
    assert "none of the choices" not in spanish.stdout


def test_a_piped_explanation_is_plain_text_on_whole_lines() -> None:
    told = CliRunner().invoke(app, ["explain", "file_quotes"]).stdout
    assert "\x1b" not in told
    assert explained("file_quotes")["en"] in told.splitlines()
    assert "exit code 11" in told


def test_a_code_that_is_none_gets_the_nearest_ones() -> None:
    told = CliRunner().invoke(app, ["explain", "unknown_choise"])
    assert told.exit_code == 2
    assert Problem.unknown_code.name in told.stderr
    assert "unknown_choice" in told.stderr


def test_without_a_code_all_are_listed() -> None:
    told = CliRunner().invoke(app, ["explain"])
    assert told.exit_code == 0
    listed = [line.split()[0] for line in told.stdout.splitlines()]
    assert listed == list(Problem.__members__)
