"""Real public forms and exports, from raw file to briefs; the facts are those of their INDEX.md."""

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline import store

SURVEYS = Path(__file__).parent / "surveys"

pytestmark = pytest.mark.slow  # what `edit` finds there: tests/edit/test_real.py


def run(folder: Path, raw: Path, out: Path) -> dict[str, Any]:
    """`relevo run FOLDER --raw DIR --out DIR --json`."""
    command = [sys.executable, "-m", "pipeline.cli", "run", str(folder), "--json", "--debug"]
    done = subprocess.run(
        [*command, "--raw", str(raw), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def query(release: Path, name: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows of one query on one of a release's databases."""
    con = store.connect(store.database_path(release, name), read_only=True)
    rows = con.execute(sql).fetchall()
    con.close()
    return rows


@pytest.fixture(scope="module")
def reach(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """632 real household interviews, July 2021, made with KoboToolbox."""
    root = tmp_path_factory.mktemp("reach")
    folder, raw = root / "reach_wash", root / "raw"
    shutil.copytree(SURVEYS / "reach_wash", folder)
    raw.mkdir()
    with (shared / "real/reach_wash/sampling_frame.csv").open(encoding="utf-8") as file:
        strata = [(row["Neighbourhood"], row["Governorate"]) for row in csv.DictReader(file)]
    lines = [f"{name},{governorate}," for name, governorate in strata]
    (folder / "frame.csv").write_text("\n".join(["unit_id,governorate,N", *lines]) + "\n")
    shutil.copyfile(shared / "real/reach_wash/questionnaire.xlsx", folder / "questionnaire.xlsx")
    shutil.copyfile(shared / "real/reach_wash/raw_export.xlsx", raw / "raw_export.xlsx")
    return run(folder, raw, root / "out"), root / "out/reach_wash/current"


def test_every_interview_is_accounted_for(reach: tuple[dict[str, Any], Path]) -> None:
    summary, _ = reach
    assert summary["records"] == summary["loaded"] == summary["responses"] == 632


def test_no_false_alarm_and_no_missed_blank(reach: tuple[dict[str, Any], Path]) -> None:
    rows = query(
        reach[1],
        "confidential",
        "SELECT question, code, count(*) FROM edit.violation WHERE code IN "
        "('answered_not_asked', 'required_unanswered', 'constraint_broken') GROUP BY ALL",
    )
    assert sorted(rows) == [
        ("spend_piped", "required_unanswered", 437),
        ("water_source_cook", "required_unanswered", 1),
    ]


def test_what_was_not_asked_is_not_missing(reach: tuple[dict[str, Any], Path]) -> None:
    sql = "SELECT * EXCLUDE (response_id, row_id, wave) FROM edit.state"
    states = Counter(state for row in query(reach[1], "confidential", sql) for state in row)
    assert states["not_asked"] == 41_785
    assert states["unanswered"] == 438


def test_the_blank_question_is_reported_once(reach: tuple[dict[str, Any], Path]) -> None:
    rows = query(
        reach[1],
        "members",
        "SELECT count, submissions, len(records) FROM edit.summary "
        "WHERE kind = 'rule' AND question = 'spend_piped'",
    )
    assert rows == [(437, 437, 5)]


def test_an_older_form_in_the_field_is_absent_not_zero(reach: tuple[dict[str, Any], Path]) -> None:
    rows = query(
        reach[1],
        "confidential",
        'SELECT count(*) FROM edit.response WHERE "primary_livelihood/own_business" IS NULL '
        "AND primary_livelihood IS NOT NULL",
    )
    assert rows == [(99,)]


def test_persons_get_group_and_network_briefs_in_english(
    reach: tuple[dict[str, Any], Path],
) -> None:
    summary, release = reach
    pages = sorted((release / "briefs/public").glob("*.html"))
    assert {page.name.split("-")[0] for page in pages} == {"group", "network"}
    assert all(page.name.endswith(".en.html") for page in pages)
    assert summary["failed"] == 0
    assert len(pages) == 1 + 3  # the network; Ninewa; households headed by women, by men
    network = next(page for page in pages if page.name.startswith("network"))
    assert "Household water survey Iraq 2021" in network.read_text(encoding="utf-8")


def test_a_questionnaire_alone_is_a_survey(shared: Path, tmp_path: Path) -> None:
    source = shared / "real/kobocruncher_sample"
    folder, raw = tmp_path / "kobocruncher", tmp_path / "raw"
    folder.mkdir()
    raw.mkdir()
    shutil.copyfile(source / "sample_xlsform.xlsx", folder / "questionnaire.xlsx")
    shutil.copyfile(source / "data.xlsx", raw / "data.xlsx")
    summary = run(folder, raw, tmp_path / "out")
    assert (summary["records"], summary["loaded"], summary["repeat_rows"]) == (5, 5, 12)
    release = tmp_path / "out/kobocruncher/current"
    sizes = query(
        release,
        "confidential",
        'SELECT any_value(r."HHSize"), count(m.row_id) FROM edit.response r '
        "JOIN edit.repeat_members m USING (response_id) GROUP BY r.response_id ORDER BY ALL",
    )
    assert [size for size, _ in sizes] == [members for _, members in sizes] == [1, 1, 2, 3, 5]
    assert summary["briefs"] == 2  # the network's and the quality brief, in the form's language
