"""The demonstration survey, the whole way: what a fresh clone shows.

The long sweeps make it as it is shipped, every government's brief in all languages; here each
government has its own language alone.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import store
from pipeline.ask import read_survey
from pipeline.report.plan import plan
from pipeline.report.reading import read_release
from tests import browser
from tests.demo.scores import scores

PROJECT = Path(__file__).parent.parent
TRUTH = PROJECT / "tests/demo/truth"
LANGUAGES = ("es", "pt", "en", "fr")


SHIPPED = PROJECT / "schemas/migration_policies"


def run(folder: Path, out: Path, **environment: str) -> dict[str, Any]:
    """`relevo run FOLDER --raw DIR --out DIR --json` as its own process."""
    command = [sys.executable, "-m", "pipeline.cli", "run", str(folder), "--json", "--debug"]
    done = subprocess.run(
        [*command, "--raw", str(PROJECT / "data/raw/migration_policies"), "--out", str(out)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demonstration")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The survey with fewer briefs, beside the others."""
    schemas = tmp_path_factory.mktemp("fewer") / "schemas"
    shutil.copytree(PROJECT / "schemas", schemas)
    declared = schemas / "migration_policies/survey.toml"
    every = declared.read_text(encoding="utf-8")
    assert every.count('government = "all"') == 1
    declared.write_text(every.replace('government = "all"', 'government = "own"'), encoding="utf-8")
    return declared.parent


@pytest.fixture(scope="module")
def summary(folder: Path, out: Path) -> dict[str, Any]:
    return run(folder, out)


@pytest.fixture(scope="module")
def release(out: Path, summary: dict[str, Any]) -> Path:
    return (out / "migration_policies/current").resolve()


def test_every_record_ends_as_the_plan_says(summary: dict[str, Any]) -> None:
    counted = {key: summary[key] for key in summary if key not in {"release", "path", "seconds"}}
    expected = {
        "records": 178, "loaded": 155, "superseded": 8, "duplicate": 5, "quarantined": 7,
        "not_a_submission": 3, "erased": 0, "responses": 152, "failed": 0,
        "briefs": 90 + 36 + 82 + 4 + 16,
    }  # fmt: skip
    assert {key: counted[key] for key in expected} == expected


def test_the_briefs_are_those_of_the_plan(release: Path) -> None:
    shipped, _ = plan(read_survey(SHIPPED), read_release(release), release)
    assert Counter(job.kind for job in shipped)["government"] == 90 * 4
    con = store.connect_locked(store.database_path(release, "members"))
    rows = con.execute(
        "SELECT kind, state, count(*) FROM report.brief GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    withheld = con.execute(
        "SELECT DISTINCT group_code FROM report.brief WHERE state = 'withheld' ORDER BY ALL"
    ).fetchall()
    con.close()
    assert rows == [
        ("advocacy", "built", 4),
        ("charter", "built", 4),
        ("exchange", "built", 4),  # who can teach whom, for the desk
        ("followup", "built", 4),  # whom to invite to the campaign
        ("government", "built", 90),
        ("group", "built", 28),
        ("group", "withheld", 12),
        ("hub", "built", 4),
        ("network", "built", 4),
        ("quality", "built", 4),
        ("return", "built", 82),  # one for each government with something to confirm
    ]
    assert withheld == [("CO",), ("EC",), ("VE",)]


def test_no_work_when_nothing_changed(folder: Path, out: Path, release: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in release.rglob("*")}
    again = run(folder, out)
    assert again["seconds"] == 0.0
    assert {path: path.stat().st_mtime_ns for path in release.rglob("*")} == before


@pytest.mark.slow
def test_as_shipped_the_same_bytes_come_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Other folder, hash seed, time zone and locale; databases are compared by their rows."""
    one, other = (tmp_path_factory.mktemp(name) for name in ("here", "elsewhere"))
    assert run(SHIPPED, one)["briefs"] == 360 + 36 + 82 + 4 + 16
    run(SHIPPED, other, PYTHONHASHSEED="7", TZ="Asia/Kathmandu", LC_ALL="C")
    theirs = other / "migration_policies/current/manifest.json"
    assert theirs.read_bytes() == (one / "migration_policies/current/manifest.json").read_bytes()
    index = (one / "migration_policies/current/briefs/index.html").read_text(encoding="utf-8")
    assert len(re.findall(r"href=\"?own/[^\" >]*/government-", index)) == 360


def test_every_score_that_complete_answers_would_give_lies_within_its_bounds(release: Path) -> None:
    """And is the score itself where nothing is missing: two thirds of them."""
    survey = read_survey(PROJECT / "schemas/migration_policies")
    con = store.connect_locked(store.database_path(release, "members"))
    rows = con.execute(
        """SELECT wave, unit_id, subject, score, low, high FROM estimate.unit_score
        WHERE subject_kind <> 'item' ORDER BY ALL"""
    ).fetchall()
    con.close()
    complete = {}
    for wave, form in survey.questionnaires.items():
        with (TRUTH / f"answers_{wave}.csv").open(encoding="utf-8") as file:
            complete |= {(wave, row["unit_id"]): scores(form, row) for row in csv.DictReader(file)}
    outside = [
        (wave, unit, subject)
        for wave, unit, subject, _, low, high in rows
        if not low - 1e-9 <= complete[wave, unit][subject] <= high + 1e-9
    ]
    certain = [row for row in rows if row[4] == row[5]]
    assert (len(rows), outside) == (1520, [])
    assert len(certain) > 1000
    assert all(abs(complete[row[0], row[1]][row[2]] - row[3]) < 1e-9 for row in certain)


def pages(release: Path, *folders: str) -> Iterator[tuple[Path, str]]:
    for folder in folders:
        for path in sorted((release / folder).rglob("*.html")):
            yield path, path.read_text(encoding="utf-8")


def test_the_ledger_agrees_with_the_truth_record_by_record(release: Path) -> None:
    con = store.connect(store.database_path(release, "confidential"), read_only=True)
    found = con.execute(
        "SELECT l.wave, f.path, record_number, verdict, reason FROM edit.ledger l "
        "JOIN collect.file f USING (file_id) WHERE repeat = '' ORDER BY ALL"
    ).fetchall()
    con.close()
    with (TRUTH / "records.csv").open(encoding="utf-8") as file:
        planned = [
            (row["wave"], row["file"], int(row["record_number"]), row["verdict"], row["reason"])
            for row in csv.DictReader(file)
        ]
    ended = [(wave, Path(path).name, *rest) for wave, path, *rest in found]
    assert sorted(ended) == sorted(planned)
    with (release / "confidential/ledger.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert sum(line["repeat"] == "" for line in lines) == len(planned)


def test_planted_faults_are_found_cell_by_cell(release: Path) -> None:
    con = store.connect(store.database_path(release, "confidential"), read_only=True)
    found = {
        (wave, Path(path).name, str(number), *rest)
        for wave, path, number, *rest in con.execute("""
            SELECT f.wave, f.path, r.record_number, v.row_id, v.question, v.code
            FROM edit.violation v JOIN edit.response e ON v.submission_id = e.response_id
            JOIN collect.record r ON r.record_id = e.record_id
            JOIN collect.file f USING (file_id)""").fetchall()
    }
    con.close()
    keys = ("wave", "file", "record_number", "row_id", "question", "code")
    with (TRUTH / "faults.csv").open(encoding="utf-8") as file:
        planned = [
            tuple(row[key] for key in keys)
            for row in csv.DictReader(file)
            if row["code"] and row["is_in_log"] == "0"
        ]
    assert len(planned) > 20
    assert not [fault for fault in planned if fault not in found]


def test_the_index_says_who_answered_and_why_briefs_are_withheld(release: Path) -> None:
    for language in LANGUAGES:
        name = "index.html" if language == "es" else f"index.{language}.html"
        text = (release / "briefs" / name).read_text(encoding="utf-8")
        assert "90" in text and "375" in text
        assert len(re.findall(r"href=\"?own/[^\" >]*/government-", text)) == 90
        assert len(re.findall(r"href=\"?own/[^\" >]*/return-", text)) == 82


def test_demonstration_data_are_stamped_everywhere(release: Path) -> None:
    with (PROJECT / "schemas/shared/demo_stamp.csv").open(encoding="utf-8") as file:
        stamps = {row["language"]: row["stamp"] for row in csv.DictReader(file)}
    for path, text in pages(release, "briefs"):
        language = re.search(r'<html lang="(\w\w)', text)
        assert language, path
        assert stamps[language[1]].lower() in text.lower(), path
    for path in (release / "results").glob("*.csv"):
        assert path.read_text(encoding="utf-8").startswith("demonstration,"), path


def test_no_person_leaves_the_confidential_folder(release: Path) -> None:
    """Names, e-mails and phones of the raw files are in no other file, databases included."""
    con = store.connect(store.database_path(release, "confidential"), read_only=True)
    given = con.execute("SELECT resp_name, resp_email FROM collect.submission").fetchall()
    con.close()
    planted = ("demo.pessoa@example.org", "demo.persona@example.org", "+598 5550 0142")
    canaries = [text.encode() for row in given for text in row if text]
    planted_bytes = [text.encode() for text in planted]
    canaries += planted_bytes
    assert len(set(canaries)) > 200
    seen = (release / "confidential/confidential.duckdb").read_bytes()
    assert sum(canary in seen for canary in planted_bytes) == 3  # the search itself works
    for path in release.rglob("*"):
        if path.is_file() and path.name != "confidential.duckdb":
            body = path.read_bytes()
            assert not [canary for canary in canaries if canary in body], path


def test_no_government_that_stays_in_totals_is_named_in_public(release: Path) -> None:
    con = store.connect(store.database_path(release, "members"), read_only=True)
    hidden = con.execute(
        "SELECT unit_id FROM estimate.unit GROUP BY unit_id HAVING NOT bool_or(is_named)"
    ).fetchall()
    con.close()
    assert len(hidden) >= 27
    for path in [*release.glob("results/*"), *release.glob("briefs/public/*")]:
        if path.name.startswith(("ask_unit", "datapackage")) or path.suffix == ".parquet":
            continue
        text = path.read_text(encoding="utf-8")
        if path.name in {
            "estimate_policy.csv",
            "policies.json",
        }:  # other surveys ask for themselves
            own = (line for line in text.splitlines() if "migration_policies" in line)
            text = "\n".join(own)
        assert not [unit for (unit,) in hidden if f'"{unit}"' in text or f",{unit}," in text], path


def test_sizes_stay_within_their_bounds(release: Path) -> None:
    bounds = {"own": 60_000, "public": 200_000, "desk": 200_000}
    for folder, bound in bounds.items():
        for path, text in pages(release, f"briefs/{folder}"):
            assert len(text.encode()) <= bound, path


def test_no_page_asks_another_server_for_anything(release: Path) -> None:
    for path, text in pages(release, "briefs"):
        assert not re.search(r'(?:src|srcset|action)="(?:https?:)?//', text), path
        assert not re.search(r'<link[^>]+href="(?:https?:)?//', text), path
        assert "default-src 'none'" in text, path


@pytest.mark.parametrize(
    "notebook", ["brief_government", pytest.param("explore", marks=pytest.mark.slow)]
)
def test_a_notebook_runs_in_plain_papermill_as_well(
    release: Path, out: Path, tmp_path: Path, notebook: str
) -> None:
    con = store.connect(store.database_path(release, "members"), read_only=True)
    row = con.execute(
        "SELECT unit_id FROM report.brief WHERE kind = 'government' ORDER BY ALL LIMIT 1"
    ).fetchone()
    con.close()
    assert row
    unit = ["-p", "unit", row[0], "-p", "language", "es"] if notebook != "explore" else []
    command = [sys.executable, "-m", "papermill", f"notebooks/{notebook}.ipynb"]
    done = subprocess.run(
        [*command, str(tmp_path / "out.ipynb"), "-p", "survey", "migration_policies", *unit],
        cwd=PROJECT,
        env={**os.environ, "RELEVO_OUT": str(out)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    cells = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = {kind for c in cells for o in c.get("outputs", []) for kind in o.get("data", {})}
    assert "text/html" in shown
    assert notebook != "explore" or "application/vnd.plotly.v1+json" in shown


def extreme_pages(release: Path) -> list[Path]:
    """One page of each kind: the longest of its kind, in the language with the longest words."""
    own = max((release / "briefs/own").rglob("*.html"), key=lambda path: path.stat().st_size)
    public = release / "briefs/public"
    group = max(public.glob("group-*.pt.html"), key=lambda path: path.stat().st_size)
    network = next(public.glob("network-*.es.html"))
    quality = next((release / "briefs/desk").glob("quality-*.fr.html"))
    return [own, group, network, quality, release / "briefs/index.html"]


def test_pages_read_well_wide_narrow_and_on_paper(release: Path) -> None:
    found: list[str] = []
    with browser.chromium() as chromium:
        own, _, network, _, index = extreme_pages(release)
        for path in (own, network, index):  # little pages of the other kinds: tests/report
            for options in ({}, {"width": 320, "dark": True}):
                with browser.opened(chromium, path, **options) as (page, wrong):
                    wrong.extend(page.evaluate(browser.PROBE))
                    page.emulate_media(media="print")
                    wrong.extend(page.evaluate(browser.PROBE))
                    found += [f"{path.name} {options}: {fault}" for fault in wrong]
    assert not found, "\n".join(found[:40])


@pytest.mark.slow
def test_without_script_a_page_loses_nothing_but_its_figures(release: Path) -> None:
    words = "() => document.body.innerText.replace(/\\s+/g, ' ')"
    with browser.chromium() as chromium:
        for path in extreme_pages(release)[:3]:
            with browser.opened(chromium, path) as (page, _):
                page.wait_for_function("document.querySelectorAll('figure .main-svg').length > 0")
                page.evaluate("() => document.querySelectorAll('figure').forEach(f => f.remove())")
                with_script = page.evaluate(words)
            with browser.opened(chromium, path, script=False) as (page, _):
                without = page.locator("body").inner_text()
            missing = set(with_script.split()) - set(re.sub(r"\s+", " ", without).split())
            assert not missing, path
