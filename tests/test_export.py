"""`relevo export`: files for other people's programs, made from what was cleared."""

import json
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import Problem, RelevoError
from pipeline.report import export
from pipeline.store import connect
from tests.report import release
from tests.test_bad_input import Place

FORMATS = ("csv", "parquet", "json", "stata", "spss", "xlsx")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release folder whose databases are full."""
    folder = tmp_path_factory.mktemp("release") / "little/releases/one"
    release.fill(folder)
    return folder


@pytest.mark.parametrize("made", FORMATS)
def test_the_same_release_makes_the_same_bytes(filled: Path, tmp_path: Path, made: str) -> None:
    files = [export(filled, tmp_path / name, data=made, language="en") for name in "ab"]
    assert [path.name for path in files[0]] == [path.name for path in files[1]]
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_named_answers_are_a_row_per_government(filled: Path, tmp_path: Path) -> None:
    export(filled, tmp_path, data="csv", language="en")
    rows = pd.read_csv(tmp_path / "little-answers.en.csv").set_index("unit_id")
    named = {row["unit_id"] for row in release.UNITS if row["named"] == "yes"}
    assert set(rows.index) == named
    assert rows["demonstration"].all()
    assert rows.loc["AR-x-alto-verde", ["hr_framework", "barriers/language"]].tolist() == ["yes", 1]
    assert rows.loc["AR-x-belmira", "barriers/cost"] == 0
    assert "firewall" not in rows  # confidential: beside no name
    codebook = pd.read_csv(tmp_path / "little-codebook.en.csv").set_index(["column", "code"])
    assert codebook.loc[("hr_framework", "draft"), "code_label"] == "In preparation"


def test_results_carry_their_labels_and_no_hidden_number(filled: Path, tmp_path: Path) -> None:
    export(filled, tmp_path, data="parquet", language="es")
    con = connect(":memory:")
    rows = con.execute(
        f"""SELECT subject_label, choice_label, group_label, count FROM
        '{tmp_path}/little-results.es.parquet' WHERE subject = 'hr_framework' AND choice = 'yes'
        AND NOT is_weighted AND shown = 'yes' ORDER BY count DESC"""
    ).fetchall()
    con.close()
    assert rows == [
        ("Marco de derechos humanos", "Sí, vigente", "Total", 4),
        ("Marco de derechos humanos", "Sí, vigente", "Argentina", 2),
    ]


@pytest.mark.parametrize(("made", "suffix"), [("spss", "sav"), ("stata", "dta")])
def test_statistics_programs_get_labels(
    filled: Path, tmp_path: Path, made: str, suffix: str
) -> None:
    export(filled, tmp_path, data=made, language="pt")
    path = str(tmp_path / f"little-answers.pt.{suffix}")
    read = pyreadstat.read_sav if made == "spss" else pyreadstat.read_dta
    rows, meta = read(path)
    assert meta.column_names_to_labels["hr_framework"] == "Marco de direitos humanos"
    assert meta.variable_value_labels["hr_framework"][1] == "Sim, em vigor"
    assert rows.set_index("unit_id")["hr_framework"]["AR-x-dorrego"] == 3
    assert "barriers_language" in rows


def test_a_text_in_the_workbook_is_no_formula(tmp_path: Path) -> None:
    folder = tmp_path / "little/releases/one"
    release.fill(folder)
    con = connect(folder / "survey.duckdb")
    con.execute("UPDATE estimate.named_answer SET value = '=1+1' WHERE question = 'hr_framework'")
    con.close()
    (path,) = export(folder, tmp_path / "to", data="xlsx", language="en")
    cells = [cell for row in load_workbook(path)["answers"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value == "=1+1"} == {"s"}


def test_nothing_is_written_into_the_releases(filled: Path, tmp_path: Path) -> None:
    for target in (filled, filled.parent.parent):
        with pytest.raises(RelevoError) as told:
            export(filled, target, with_tables=True)
        assert told.value.findings[0].problem is Problem.not_into_release


def command(place: Place, *options: str) -> Result:
    places = ["--out", str(place.out), *options]
    return CliRunner().invoke(app, ["export", str(place.folder), *places])


def test_the_command_writes_where_it_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
    before = command(place, "--tables", "--to", str(tmp_path / "to"))
    assert (before.exit_code, "no_release" in before.stderr) == (2, True)
    assert place.run("--quiet").exit_code == 0
    done = command(place, "--tables", "--data", "csv", "--to", str(tmp_path / "to"), "--json")
    assert done.exit_code == 0, done.output
    names = sorted(Path(path).name for path in json.loads(done.stdout)["files"])
    assert names == ["small-codebook.en.csv", "small-results.en.csv", "small-tables.en.xlsx"]
    sheet = load_workbook(tmp_path / "to/small-tables.en.xlsx")["Tables"]
    counts = [row[2] for row in sheet.iter_rows(values_only=True) if row[1] == "Answers"]
    assert counts == [5, 0]
    unknown = command(place, "--data", "excel", "--to", str(tmp_path / "to"))
    assert unknown.exit_code == 2
    assert "unknown_format" in unknown.stderr
    assert "parquet" in unknown.stderr
    assert command(place).exit_code == 2
