"""How briefs are made: isolated, the same twice, equal to what the stock kernel makes."""

import json
from pathlib import Path

import nbformat
import pytest

from pipeline.errors import Problem, RelevoError
from pipeline.report import notebook, open_brief, report
from pipeline.report.plan import Job
from pipeline.store import connect, database_path
from tests.report import release
from tests.report.test_pages import Printed

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


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


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_thin(path: Path) -> None:
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert sum("parameters" in cell.metadata.get("tags", ()) for cell in code) == 1
    assert not any(cell.outputs or cell.execution_count for cell in code)
    source = "\n".join(cell.source for cell in code)
    words = set(source.replace("(", " ").split())
    assert not words & {"def", "class", "for", "if", "lambda", "while", "try", "SELECT"}


def test_one_changed_answer_rebuilds_exactly_the_briefs_that_print_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    release.fill(first)
    report(release.survey(), first, languages=("es",))
    (first / "manifest.json").write_text(json.dumps({"files": {}}), encoding="utf-8")
    release.fill(second)
    con = connect(database_path(second, "members"))
    con.execute("""UPDATE estimate.unit_answer SET value = '4321'
                   WHERE unit_id = 'AR-x-belmira' AND question = 'population'""")
    con.execute("CHECKPOINT")
    con.close()
    tally = report(release.survey(), second, languages=("es",), before=first)
    assert (tally.built, tally.copied) == (12, 11)
    assert _built(second) == {"2025.government.AR-x-belmira.es"}
    # a count among the governments of Argentina stands in that country's brief alone
    third = tmp_path / "third"
    release.fill(third)
    con = connect(database_path(third, "survey"))
    con.execute("""UPDATE estimate.result SET count = 0, estimate = 0
                   WHERE group_code = 'AR' AND choice = 'yes' AND NOT is_weighted AND count > 0""")
    con.execute("CHECKPOINT")
    con.close()
    report(release.survey(), third, languages=("es",), before=first)
    changed = {path.name for path in third.glob("briefs/*/**/*.html") if _bytes(path, first, third)}
    assert _built(third) == {"2025.group.country-AR.es"}
    assert len(changed) == 1


def _bytes(path: Path, first: Path, third: Path) -> bool:
    return path.read_bytes() != (first / path.relative_to(third)).read_bytes()


def _built(folder: Path) -> set[str]:
    con = connect(database_path(folder, "members"), read_only=True)
    rows = con.execute("SELECT brief_id FROM report.brief WHERE state = 'built'").fetchall()
    con.close()
    return {one for (one,) in rows}
