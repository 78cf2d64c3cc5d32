"""The warm process and its children: what goes wrong in one brief stays there."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest

from pipeline.ask.survey import Briefs
from pipeline.errors import Finding, Problem
from pipeline.report import Tally, Told, Way, report
from pipeline.report.keeping import read_records
from pipeline.report.notebook import NOTEBOOKS
from pipeline.store import connect, database_path
from tests.report import release

BAD = "AR-x-belmira"
ALL = 12  # briefs of the small release in one language
GOVERNMENTS = Briefs(government=("es",), group=(), network=(), quality=())


def notebooks(folder: Path, cell: str) -> Path:
    """The notebooks; in the brief of one government a cell more."""
    folder.mkdir()
    for path in NOTEBOOKS.glob("brief_*.ipynb"):
        book = json.loads(path.read_text(encoding="utf-8"))
        if path.stem == "brief_government":
            source = f"import os, signal, sys, time\nif unit == {BAD!r}:\n    {cell}"
            book["cells"].insert(-1, nbformat.v4.new_code_cell(source))  # type: ignore[no-untyped-call]
        (folder / path.name).write_text(json.dumps(book), encoding="utf-8")
    return folder


def states(folder: Path) -> Mapping[str, int]:
    con = connect(database_path(folder, "members"), read_only=True)
    found = con.execute("SELECT state, count(*) FROM report.brief GROUP BY ALL").fetchall()
    con.close()
    return dict(found)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        pytest.param("raise ValueError('a name')", "ValueError", marks=pytest.mark.slow),
        pytest.param("sys.exit(3)", "SystemExit", marks=pytest.mark.slow),
        ("os._exit(0)", "process_ended, exit 0"),  # from outside it looks like success
        ("os.kill(os.getpid(), signal.SIGSEGV)", "process_ended, signal 11"),
        pytest.param("time.sleep(60)", "out_of_time", marks=pytest.mark.slow),
        pytest.param(
            "exec('''while True:\\n  try: time.sleep(9)\\n  except Exception: pass''')",
            "out_of_time",
            marks=pytest.mark.slow,
        ),
        ("held = bytearray(10 ** 10)", "out_of_memory"),
        pytest.param(
            "held = [bytes(10 ** 6) for _ in range(10 ** 6)]",
            "out_of_memory",
            marks=pytest.mark.slow,
        ),
        pytest.param("brief.no_such_section()", "AttributeError", marks=pytest.mark.slow),
    ],
    ids=["error", "exit", "hard exit", "crash", "hang", "stubborn", "memory", "growth", "name"],
)
def test_it_fails_its_brief_alone_and_leaves_its_notebook(
    cell: str, reason: str, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    release.fill(work)
    seconds = 8 if reason == "out_of_time" else 120
    way = Way(seconds=seconds, notebooks=notebooks(tmp_path / "notebooks", cell))
    tally = report(release.survey(briefs=GOVERNMENTS), work, way=way)
    ((path, told),) = tally.failed
    assert (tally.built, told) == (7, reason)
    assert path.name.startswith("government-ar-x-belmira")
    assert not (work / "briefs" / path).exists()
    assert states(work) == {"built": 7, "failed": 1}
    kept = nbformat.read(work / "failed" / f"{path.stem}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    outputs = [out for c in kept.cells if c.cell_type == "code" for out in c.outputs]
    assert any(out.output_type == "execute_result" for out in outputs)  # the cells before it


def test_a_run_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    release.fill(tmp_path / "work")
    work, cause = tmp_path / "work", tmp_path / "cause"
    cause.touch()
    way = Way(notebooks=notebooks(tmp_path / "books", f"os.path.exists({str(cause)!r}) and 1 / 0"))
    assert report(release.survey(), work, way=way, languages=("es",)).built == ALL - 1
    before = {path: path.stat().st_mtime_ns for path in work.glob("briefs/*/**/*.html")}
    assert len(before) == ALL - 1
    cause.unlink()
    with (work / "making/1-1.jsonl").open("a") as file:
        file.write('{"path": "own')  # the line of a run that was killed
    assert report(release.survey(), work, way=way, languages=("es",)).built == ALL
    assert len(list(work.glob("briefs/*/**/*.html"))) == ALL
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert not (work / "failed").exists()


@pytest.mark.slow
def test_shards_make_everything_once_and_the_last_run_lists_it(tmp_path: Path) -> None:
    release.fill(tmp_path)
    tallies = [
        report(release.survey(), tmp_path, way=Way(shard=(k, 3)), languages=("es",))
        for k in (1, 2, 3)
    ]
    assert [tally.built for tally in tallies] == [4, 4, 4]
    assert not (tmp_path / "briefs/index.html").exists()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("briefs/*/**/*.html")}
    assert len(before) == ALL
    progress: list[tuple[int, int]] = []
    told = Told(progress=lambda done, total: progress.append((done, total)))
    assert report(release.survey(), tmp_path, told=told, languages=("es",)).built == ALL
    assert progress == [(ALL, ALL)]  # nothing was left to make
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (tmp_path / "briefs/index.html").is_file()


@pytest.mark.slow
def test_a_damaged_page_is_made_again(tmp_path: Path) -> None:
    release.fill(tmp_path)
    report(release.survey(), tmp_path, languages=("es",))
    (page,) = tmp_path.glob("briefs/public/network-*.es.html")
    text = page.read_text(encoding="utf-8")
    page.write_text("half", encoding="utf-8")
    report(release.survey(), tmp_path, languages=("es",))
    assert page.read_text(encoding="utf-8") == text


@pytest.mark.slow
def test_the_stock_kernel_makes_the_same_pages_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Tally, dict[str, bytes]]] = []
    said: list[Finding] = []
    for engine in ("", "stock"):
        monkeypatch.setenv("RELEVO_ENGINE", engine)
        work = tmp_path / f"work{engine}"
        release.fill(work)
        survey = release.survey(
            briefs=Briefs(government=(), group=(), network="all", quality=("es",))
        )
        tally = report(survey, work, told=Told(notice=said.append), languages=("pt", "es"))
        pages = {path.name: path.read_bytes() for path in work.glob("briefs/**/*.html")}
        made.append((tally, pages))
    assert made[0] == made[1]
    assert [finding.problem for finding in said] == [Problem.stock_kernel]


def test_every_brief_has_its_record_with_what_it_took(tmp_path: Path) -> None:
    release.fill(tmp_path)
    start = time.monotonic()
    report(release.survey(), tmp_path, languages=("es",), jobs=1)
    records = read_records(tmp_path)
    assert len(records) == ALL
    assert 0 < sum(one.cpu for one in records.values()) <= time.monotonic() - start
    assert all(50 < one.memory <= 400 for one in records.values())
