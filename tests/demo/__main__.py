"""`python -m tests.demo` writes the demonstration anew: frame, exports, cleaning log, truth."""

from __future__ import annotations

from pathlib import Path

from tests.demo import (
    campaign,
    google_files,
    interviews,
    kobo_files,
    limesurvey_files,
    odk_files,
    roadmap,
    truth,
)
from tests.demo.entities import make_entities
from tests.demo.event_files import write_events
from tests.demo.exports import FILES, TAGGED, assign_files, in_file
from tests.demo.faults import Planted, plant
from tests.demo.form import FILES as FORMS
from tests.demo.form import FOLDER
from tests.demo.frame import Unit, make_membership, write_csv
from tests.demo.records import make_submissions
from tests.demo.respondents import Population, frame_rows, make_population
from tests.demo.submissions import Submission
from tests.demo.workbook import FORM_WIDTHS, derive_v1, read_workbook, write_workbook

PROJECT = Path(__file__).parents[2]
FORM = "questionnaire.xlsx"
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
    _write_register(root, population, [s for s in made if s.kind == "answer"])
    actions = roadmap.make_actions(population.units)
    write_events(root / roadmap.RAW, PROJECT / roadmap.FORM / FORM, actions, 610_000_000, "")
    _write_interviews(root, population, [s for s in made if s.kind == "answer"])
    write_csv(root / SURVEY / "cleaning_log.csv", _log(planted))


def _write_interviews(root: Path, population: Population, answers: list[Submission]) -> None:
    """The interviews, the governments among them outside the frame, and the texts let go."""
    others = make_entities(population.units)
    talks = interviews.make_interviews(population.units, others, answers)
    spoke = {talk.unit_id for talk in talks}
    write_csv(
        root / interviews.FORM / "entities.csv", [row for row in others if row["unit_id"] in spoke]
    )
    interviews.write_interviews(root, PROJECT / interviews.FORM / FORM, talks)
    write_csv(root / interviews.FORM / "released_texts.csv", interviews.released(talks))
    write_csv(root / SURVEY / "released_texts.csv", interviews.released_messages(answers))


def _write_register(root: Path, population: Population, answers: list[Submission]) -> None:
    """The campaign's entities outside the frame, its events, and what must come of them."""
    entities = make_entities(population.units)
    write_csv(root / campaign.FORM / "entities.csv", entities)
    entries = campaign.make_entries(population.units, entities, answers)
    events = campaign.make_events(entries)
    write_events(root / campaign.RAW, PROJECT / campaign.FORM / FORM, events, 410_000_000, "pol")
    write_csv(root / TRUTH / "register.csv", campaign.truth(entries))


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
