"""How briefs are made: isolated, the same twice, equal to what the stock kernel makes."""

import json
import os
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest

from pipeline.errors import Problem, RelevoError
from pipeline.report import notebook, open_brief, press, report
from pipeline.report.plan import Job
from pipeline.store import connect, database_path
from tests.report import release
from tests.report.test_pages import Printed

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NETWORK = Job("little", "network", "public", release.WAVE, "es", "public/network-x.es.html")


def test_the_same_inputs_make_the_same_bytes(printed: Printed, tmp_path: Path) -> None:
    release.fill(tmp_path)
    report(release.survey(), tmp_path, jobs=1, languages=("es",))
    ours = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("briefs/*/**/*.es.html"))
    assert len(ours) == 12
    for path in ours:
        # the other run had a second language: only the switch and so the key differ
        assert _without_switch(tmp_path / path) == _without_switch(printed[0] / path)


def _without_switch(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition("<nav")
    body = head + rest.partition("</nav>")[2] if rest else text
    return "".join(line for line in body.splitlines() if "<code>" not in line and line.strip())


def test_one_brief_that_fails_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.fill(tmp_path)
    make = press.make

    def broken(job: Job, folder: Path, **options: Any) -> notebook.Made:
        if job.unit_id == "AR-x-belmira" and options.get("keep", True):
            os._exit(0)  # looks like success from outside
        return make(job, folder, **options)

    monkeypatch.setattr(press, "make", broken)
    tally = report(release.survey(), tmp_path, languages=("es",))
    ((path, reason),) = tally.failed
    assert (tally.built, reason) == (11, "process_ended")
    assert "government-ar-x-belmira" in str(path)
    con = connect(database_path(tmp_path, "members"), read_only=True)
    states = con.execute("SELECT state, count(*) FROM report.brief GROUP BY ALL ORDER BY ALL")
    assert states.fetchall() == [("built", 11), ("failed", 1), ("withheld", 1)]
    con.close()


def test_a_failed_notebook_is_kept_and_names_the_problem(opened: Path) -> None:
    job = Job("little", "government", "own", release.WAVE, "es", "own/x.es.html", "AR-x-nowhere")
    assert notebook.make(job, opened).error.startswith("unit 'AR-x-nowhere' is not known")
    kept = nbformat.read(opened / "failed/x.es.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert any(out.output_type == "error" for c in kept.cells for out in c.get("outputs", ()))


def test_an_unknown_parameter_is_told_with_the_nearest_ones(opened: Path) -> None:
    with pytest.raises(RelevoError) as caught:
        open_brief("government", survey="little", unit="AR-x-belmiro")
    assert caught.value.findings[0].problem is Problem.unknown_parameter
    assert "AR-x-belmira" in str(caught.value)


def test_a_release_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEVO_OUT", str(tmp_path))
    with pytest.raises(RelevoError) as caught:
        open_brief("network", survey="little")
    assert caught.value.findings[0].problem is Problem.no_release


def test_a_missing_text_fails_the_brief(opened: Path) -> None:
    with pytest.raises(RelevoError) as caught:
        open_brief("network", survey="little").say("no.such.text")
    assert caught.value.findings[0].problem is Problem.text_missing


def test_public_rows_alone_reach_the_cleared_file(printed: Printed) -> None:
    con = connect(database_path(printed[0], "survey"), read_only=True)
    rows = con.execute("SELECT DISTINCT audience, unit_id FROM report.brief").fetchall()
    con.close()
    assert rows == [("public", "")]


def _outputs(book: nbformat.NotebookNode) -> list[Any]:
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    found = [[cell.execution_count, cell.outputs] for cell in cells]
    return list(json.loads(json.dumps(found)))


def test_our_engine_shows_what_the_stock_kernel_shows(opened: Path) -> None:
    ours = notebook.run(NETWORK)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the kernel's own: sockets, event loops
        stock = notebook.run(NETWORK, None)
    assert _outputs(ours) == _outputs(stock)
    assert len(list(notebook.shown(ours))) > 5


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_thin(path: Path) -> None:
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert sum("parameters" in cell.metadata.get("tags", ()) for cell in code) == 1
    assert not any(cell.outputs or cell.execution_count for cell in code)
    source = "\n".join(cell.source for cell in code)
    words = set(source.replace("(", " ").split())
    assert not words & {"def", "class", "for", "if", "lambda", "while", "try", "SELECT"}
