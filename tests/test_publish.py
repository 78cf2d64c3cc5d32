"""What left the house is kept beside the raw exports; and a release comes back byte by byte."""

import json
import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from pipeline import store
from pipeline.cli import app
from tests.test_bad_input import EXPORT, Place


def publish(place: Place) -> None:
    places = ["--raw", str(place.raw), "--out", str(place.out)]
    done = CliRunner().invoke(app, ["publish", str(place.folder), *places])
    assert done.exit_code == 0, done.output


def test_a_published_release_is_no_new_input_and_the_next_one_is_held_against_it(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    assert place.run().exit_code == 0
    before = place.current
    publish(place)
    again = json.loads(place.run("--json").stdout)
    assert again["seconds"] == 0.0
    assert place.current == before

    lines = EXPORT.splitlines(keepends=True)
    (place.raw / "export.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    assert place.run().exit_code == 0
    con = store.connect(place.out / "small/current/confidential/members.duckdb", read_only=True)
    kept = con.execute("SELECT release, position, count FROM collect.published "
                       "WHERE figure = 'responses'").fetchall()  # fmt: skip
    con.close()
    assert kept == [(Path(before).name, 1, 5)]


def test_the_same_bytes_come_back_whatever_clock_locale_hash_seed_folder_and_slots(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    manifests = []
    for name, seed, zone, locale, slots in (
        ("a", "1", "UTC", "C.UTF-8", "1"),
        ("b", "7", "Asia/Tokyo", "C", "3"),
    ):
        command = [sys.executable, "-m", "pipeline.cli", "run", str(place.folder), "--quiet"]
        places = ["--raw", str(place.raw), "--out", str(tmp_path / name)]
        subprocess.run(
            [*command, *places, "--jobs", slots],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            check=True,
        )
        manifests.append((tmp_path / name / "small/current/manifest.json").read_bytes())
    assert manifests[0] == manifests[1]


def test_when_a_publication_gave_away_what_must_stay_hidden_now_the_quality_brief_comes(
    tmp_path: Path,
) -> None:
    """A count of 2 of 12 was published under a threshold of 1; now counts below 5 stay hidden."""
    place = Place(tmp_path)
    lines = EXPORT.splitlines(keepends=True)[:1]
    for n in range(12):
        answer = '"no";""' if n < 2 else '"yes";"100"'
        lines.append(f'{answer};"{n}";"u-{n}";"2025-03-01T10:00:{n:02}"\r\n')
    (place.raw / "export.csv").write_text("".join(lines), encoding="utf-8")
    toml = place.folder / "survey.toml"
    toml.write_text("[disclosure]\nthreshold = 1\n", encoding="utf-8")
    assert place.run().exit_code == 0
    publish(place)
    toml.write_text("[disclosure]\nthreshold = 5\n", encoding="utf-8")
    done = place.run()
    assert done.exit_code == 15
    assert "disclosure_audit_failed" in done.stderr
    (brief,) = (place.out / "small" / "work" / "briefs" / "desk").glob("quality-*.html")
    assert str(brief) in done.stderr.replace("\n", "")
    page = brief.read_text(encoding="utf-8")
    assert "Stop: do not publish." in page
    assert "numbers could be found that must stay hidden" in page
