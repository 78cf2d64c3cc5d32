"""`python -m tests.demo` writes the demonstration anew: frame, exports, cleaning log, truth."""

from __future__ import annotations

from pathlib import Path

from tests.demo import google_files, kobo_files, limesurvey_files, odk_files, truth
from tests.demo.exports import FILES, TAGGED, assign_files, in_file
from tests.demo.faults import Planted, plant
from tests.demo.form import FILES as FORMS
from tests.demo.form import FOLDER
from tests.demo.frame import Unit, make_membership, write_csv
from tests.demo.records import make_submissions
from tests.demo.respondents import frame_rows, make_population
from tests.demo.submissions import Submission
from tests.demo.workbook import FORM_WIDTHS, derive_v1, read_workbook, write_workbook

PROJECT = Path(__file__).parents[2]
TRUTH = Path("tests/demo/truth")
SURVEY = Path("schemas/migration_policies")
RAW = Path("data/raw/migration_policies")
WRITERS = {
    "kobo": kobo_files.write_export,
    "google": google_files.write_export,
    "limesurvey": limesurvey_files.write_export,
    "odk": odk_files.write_export,
}


def generate(root: Path) -> None:
    """Write every generated file below `root`, at its place in the project."""
    form = derive_v1(read_workbook(FOLDER / FORMS["2025"]))
    write_workbook(root / SURVEY / FORMS["2023"], form, FORM_WIDTHS)
    population = make_population()
    write_csv(root / "schemas/shared/frame.csv", frame_rows(population))
    membership = make_membership(population.units, set(population.joined))
    write_csv(root / "schemas/shared/membership.csv", membership)
    write_csv(root / TRUTH / "levels.csv", truth.levels(population))
    units = {unit.unit_id: unit for unit in population.units}
    rows, planted = [], []
    for wave in FILES:
        made = make_submissions(population, wave)
        assign_files(made, wave)
        if wave == "2025":
            planted = plant(made, units)
        numbers = _write_wave(root, wave, made, units)
        rows += truth.records(made, numbers)
        write_csv(root / TRUTH / f"answers_{wave}.csv", truth.intended(made, wave))
        write_csv(root / TRUTH / f"policies_{wave}.csv", truth.intended_policies(made, wave))
    write_csv(root / TRUTH / "faults.csv", truth.faults(planted, made, numbers))
    write_csv(root / TRUTH / "records.csv", rows)
    write_csv(root / SURVEY / "cleaning_log.csv", _log(planted))


def _write_wave(
    root: Path, wave: str, made: list[Submission], units: dict[str, Unit]
) -> dict[int, int]:
    """Write a wave's files; returns the record number of each submission, by its `id()`."""
    numbers = {}
    for tool, names in FILES[wave].items():
        for name in names:
            of_file = in_file(made, name)
            WRITERS[tool](root / RAW / wave / name, wave, of_file, units)
            first = 1 + ((wave, name) == TAGGED)
            numbers |= {id(s): place for place, s in enumerate(of_file, first)}
    return numbers


def _log(planted: list[Planted]) -> list[dict[str, str]]:
    lines = [found.log for found in planted if found.log]
    return sorted(lines, key=lambda line: (line["submission_id"], line["question"]))


if __name__ == "__main__":
    generate(PROJECT)
