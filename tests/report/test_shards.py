"""`relevo report --shard k/n`: any outside scheduler makes the briefs, a last run the release."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.test_bad_input import Place

PROJECT = Path(__file__).parents[2]
DOCUMENT = PROJECT / "pipeline/report/README.md"


def report(place: Place, *options: str) -> dict[str, object]:
    places = ["--raw", str(place.raw), "--out", str(place.out)]
    done = CliRunner().invoke(
        app, ["report", str(place.folder), *places, "--json", "--quiet", *options]
    )
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


@pytest.mark.slow
def test_shards_then_a_plain_run_give_the_bytes_of_one_run(tmp_path: Path) -> None:
    place = Place(tmp_path)
    whole = report(place)
    manifest = (place.out / "small/current/manifest.json").read_bytes()
    place.out.rename(tmp_path / "whole")
    parts = [report(place, "--shard", f"{k}/2", "--jobs", "1") for k in (1, 2)]
    assert sum(int(str(part["briefs"])) for part in parts) == whole["briefs"]
    assert not (place.out / "small/current").exists()
    half = place.out / "small" / "work"
    made = {path: path.stat().st_mtime_ns for path in half.glob("briefs/*/*.html")}
    last = report(place)
    assert {**last, "seconds": 0, "path": ""} == {**whole, "seconds": 0, "path": ""}
    assert (place.out / "small/current/manifest.json").read_bytes() == manifest
    current = (place.out / "small/current").resolve()
    assert made
    for path, moment in made.items():
        assert (current / path.relative_to(half)).stat().st_mtime_ns == moment
    # a shard of a release that is there has nothing to do
    assert report(place, "--shard", "1/2")["seconds"] == 0.0


@pytest.mark.parametrize("shard", ["0/2", "3/2", "2", "a/b", "1/-2"])
def test_a_shard_that_is_none_is_wrong_use(shard: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(tmp_path), "--shard", shard])
    assert done.exit_code == 2


def test_a_wave_that_was_not_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
    places = ["--raw", str(place.raw), "--out", str(place.out)]
    done = CliRunner().invoke(app, ["report", str(place.folder), *places, "--wave", "1848"])
    assert done.exit_code == 2
    assert "unknown_parameter" in done.stderr


@pytest.mark.slow
def test_the_example_with_dask_makes_the_release(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the optional extra dask is not installed")
    place = Place(tmp_path)
    (example,) = re.findall(
        r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    script = tmp_path / "shards.py"
    script.write_text(example, encoding="utf-8")
    options = ["--raw", str(place.raw), "--out", str(place.out), "--quiet"]
    subprocess.run(
        [sys.executable, str(script), str(place.folder), *options],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=True,
    )
    manifest = json.loads((place.out / "small/current/manifest.json").read_text(encoding="utf-8"))
    assert manifest["summary"]["failed"] == 0
