"""`python -m tests.demo` writes the demonstration anew: frame, exports, cleaning log, truth."""

from __future__ import annotations

from pathlib import Path

from tests.demo import truth
from tests.demo.exports import RECORDS, TAGGED, assign_files
from tests.demo.faults import Planted, plant
from tests.demo.form import FILES, FOLDER
from tests.demo.frame import make_membership, write_csv
from tests.demo.kobo_files import write_export
from tests.demo.respondents import frame_rows, make_population
from tests.demo.submissions import Submission, make_submissions
from tests.demo.workbook import FORM_WIDTHS, derive_v1, read_workbook, write_workbook

PROJECT = Path(__file__).parents[2]
TRUTH = Path("tests/demo/truth")
SURVEY = Path("schemas/migration_policies")
RAW = Path("data/raw/migration_policies")


def generate(root: Path) -> None:
    """Write every generated file below `root`, at its place in the project."""
    form = derive_v1(read_workbook(FOLDER / FILES["2025"]))
    write_workbook(root / SURVEY / FILES["2023"], form, FORM_WIDTHS)
    population = make_population()
    write_csv(root / "schemas/shared/frame.csv", frame_rows(population))
    membership = make_membership(population.units, set(population.joined))
    write_csv(root / "schemas/shared/membership.csv", membership)
    write_csv(root / TRUTH / "levels.csv", truth.levels(population))
    rows, planted = [], []
    for wave in FILES:
        made = make_submissions(population, wave)
        assign_files(made, wave)
        if wave == "2025":
            planted = plant(made, {unit.unit_id: unit for unit in population.units})
            write_csv(root / TRUTH / "faults.csv", truth.faults(planted, made))
        rows += _write_wave(root, wave, made)
        write_csv(root / TRUTH / f"answers_{wave}.csv", truth.intended(made, wave))
        write_csv(root / TRUTH / f"policies_{wave}.csv", truth.intended_policies(made, wave))
    write_csv(root / TRUTH / "records.csv", rows)
    write_csv(root / SURVEY / "cleaning_log.csv", _log(planted))


def _write_wave(root: Path, wave: str, made: list[Submission]) -> list[dict[str, str]]:
    rows = []
    for name in RECORDS[wave]:
        of_file = [submission for submission in made if submission.file == name]
        of_file.sort(key=lambda s: (s.submitted_at, s.ended, s.submission_id))
        write_export(root / RAW / wave / name, wave, of_file)
        is_tagged = (wave, name) == TAGGED
        if is_tagged:
            rows.append(truth.tag_row(wave, name))
        numbers = {id(s): place for place, s in enumerate(of_file, 1 + is_tagged)}
        rows += truth.records(of_file, numbers)
    return rows


def _log(planted: list[Planted]) -> list[dict[str, str]]:
    lines = [found.log for found in planted if found.log]
    return sorted(lines, key=lambda line: (line["submission_id"], line["question"]))


if __name__ == "__main__":
    generate(PROJECT)
