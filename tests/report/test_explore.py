"""`relevo explore`: the notebook for one survey, with what its release has, and kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline import store
from pipeline.cli import app
from pipeline.report import prepare_notebook


def sources(path: Path) -> list[str]:
    """The text of every cell."""
    return ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]


def parameters(path: Path) -> dict[str, str]:
    """What the cell of the injected parameters says."""
    (cell,) = (
        "".join(cell["source"])
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        if "injected-parameters" in cell["metadata"].get("tags", [])
    )
    told: dict[str, str] = {}
    exec(cell, told)
    return {name: value for name, value in told.items() if not name.startswith("_")}


def test_it_asks_for_what_the_release_has(filled: Path, tmp_path: Path) -> None:
    path = prepare_notebook("little", filled, tmp_path)
    assert path == tmp_path / "explore.ipynb"
    told = parameters(path)
    assert told["survey"] == "little"
    assert told["question"] == "foreign_known"
    assert told["by"] == "country"


def test_a_cell_that_asks_for_nothing_is_left_out(filled: Path, tmp_path: Path) -> None:
    path = prepare_notebook("little", filled, tmp_path)
    has_number = bool(parameters(path)["number"])
    assert any("data.mean(" in text for text in sources(path)) == has_number
    assert any("## A number" in text for text in sources(path)) == has_number


def test_what_a_person_went_on_with_is_kept(filled: Path, tmp_path: Path) -> None:
    path = prepare_notebook("little", filled, tmp_path)
    path.write_text("mine", encoding="utf-8")
    assert prepare_notebook("little", filled, tmp_path) == path
    assert path.read_text(encoding="utf-8") == "mine"


def explore(out: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["explore", *words, "--out", str(out)])


@pytest.fixture
def out(filled: Path, tmp_path: Path) -> Path:
    """Releases in which `roadmap_actions` has one."""
    root = tmp_path / "out/roadmap_actions"
    release = root / "releases/r"
    release.mkdir(parents=True)
    (release / "survey.duckdb").symlink_to(filled / "survey.duckdb")
    (release / store.MANIFEST).write_text("{}", encoding="utf-8")
    (root / "current").symlink_to("releases/r")
    return root.parent


def test_jupyterlab_opens_it(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jupyter = tmp_path / "bin/jupyter-lab"
    jupyter.parent.mkdir()
    jupyter.write_text(f'#!/bin/sh\necho "$RELEVO_OUT $1" > {tmp_path}/asked\n', encoding="utf-8")
    jupyter.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(jupyter.with_name("python")))
    done = explore(out, "roadmap_actions")
    assert done.exit_code == 0, done.output
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    assert asked == f"{out} {out}/roadmap_actions/explore.ipynb\n"


def test_where_jupyterlab_is_missing_that_is_said(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    for words in (["roadmap_actions"], []):
        done = explore(out, *words)
        assert done.exit_code == 20
        assert "jupyterlab_missing" in done.stderr
        assert "explore.ipynb" in done.stderr


def test_a_survey_without_a_release_is_told(out: Path) -> None:
    done = explore(out, "member_interviews")
    assert done.exit_code == 2
    assert "no_release" in done.stderr
