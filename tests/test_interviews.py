"""A worked example: one city's interview with three policies, from the export to its two pages.

The structure is that of a published interview: two printed questions, two answers without one, a
set of measures against being priced out, a public system of care, a programme for the quarters
that need it most. The words and the government are invented.
"""

import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import html

from pipeline.ask import read_survey
from pipeline.cli import Options, build, find
from pipeline.report import report
from pipeline.store import database_path
from tests.demo.frame import write_csv
from tests.demo.interviews import FORM, RAW, Interview, write_workbook_of
from tests.markdown import table

PROJECT = Path(__file__).parents[1]
CITY = "MX-x-ciudad-jacaranda"
ENTITY = {
    "unit_id": CITY, "name_official": "Ciudad Jacaranda", "name_es": "Ciudad Jacaranda",
    "name_pt": "Ciudad Jacaranda", "name_en": "Ciudad Jacaranda", "name_fr": "Ciudad Jacaranda",
    "iso2": "MX", "iso3": "MEX", "subdivision": "", "level": "municipality", "parent_id": "",
    "population": "900000", "population_year": "2023", "population_source": "demonstration",
    "language": "es", "national_code": "", "size_class": "s3", "region": "latin_america",
}  # fmt: skip
BRINGS = "Traemos un modo de trabajar por barrios. Cuidar es tarea de toda la ciudad."
ANSWERS = {
    "entity_id": CITY,
    "interview_date": "2025-03-10",
    "lang": "es",
    "speaker_role": "director",
    "consent_quote": "named",
    "q_essential": "Somos el gobierno al que la gente le toca la puerta.",
    "q_framework": "Los derechos dicen a quién servimos y a quién estamos dejando afuera.",
    "q_brings": BRINGS,
    "q_expects": "Esperamos aprender de quienes ya lo intentaron.",
    "n_policies": "3",
}
POLICIES = table("""
    | p_name                   | p_right   | p_newright         | p_measures | p_groups | p_territory    | p_text                                        | p_share |
    |--------------------------|-----------|--------------------|------------|----------|----------------|-----------------------------------------------|---------|
    | Quedarse a vivir         | c01 c10   |                    | 14         | all      | whole          | Catorce medidas para no perder a los vecinos. | yes     |
    | Sistema público de cuidado | c04 other | Derecho al cuidado |          | women    | whole          | Casas de cuidado abiertas todo el día.        | yes     |
    | Barrios primero          | c06       |                    |            | all      | priority_areas | Obras donde más faltan, con asamblea.         | no      |
""")  # noqa: E501
CODES = table("""
    | field    | policy | text                                        | coder | code          |
    |----------|--------|---------------------------------------------|-------|---------------|
    | q_brings |        | Cuidar es tarea de toda la ciudad.          | Ana   | care          |
    | q_brings |        | Cuidar es tarea de toda la ciudad.          | Beto  | care          |
    | p_text   | 1      | no perder a los vecinos                     | Ana   | right_to_city |
    | p_text   | 1      | no perder a los vecinos                     | Beto  | territory     |
    | p_text   | 2      | Casas de cuidado                            | Ana   | care          |
    | p_text   | 2      | Casas de cuidado                            | Beto  | care          |
""")


def marked(row: dict[str, str]) -> dict[str, str]:
    """A row of the coding repeat: where the passage stands in its text."""
    place = int(row["policy"] or 0)
    text = POLICIES[place - 1]["p_text"] if place else ANSWERS[row["field"]]
    start = text.index(row["text"])
    return {
        "code_field": row["field"],
        "code_policy": row["policy"],
        "code_start": str(start),
        "code_end": str(start + len(row["text"])),
        "code_value": row["code"],
        "coder": row["coder"],
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of two interviews: this one, and one whose export lost question labels."""
    root = tmp_path_factory.mktemp("interviews")
    shutil.copytree(PROJECT / "schemas/shared", root / "schemas/shared")
    folder, raw = root / FORM, root / RAW
    shutil.copytree(PROJECT / FORM, folder)
    raw.mkdir(parents=True)
    shutil.copy(PROJECT / RAW / "02_sin_etiquetas.csv", raw)
    talk = Interview(CITY, "es", ANSWERS, date(2025, 3, 10), POLICIES)
    talk.codes = [marked(row) for row in CODES]
    write_workbook_of(raw / "01_kobo.xlsx", PROJECT / FORM / "questionnaire.xlsx", [talk])
    header, *others = (PROJECT / FORM / "entities.csv").read_text(encoding="utf-8").splitlines()
    lost = [line for line in others if line.startswith("ES-")]
    city = ",".join(ENTITY[name] for name in header.split(","))
    (folder / "entities.csv").write_text("\n".join([header, *lost, city, ""]), encoding="utf-8")
    said = "Cuidar es tarea de toda la ciudad."
    start = BRINGS.index(said)
    line = {
        "submission_id": talk.event.submission_id, "question": "q_brings", "start": str(start),
        "end": str(start + len(said)), "sha256": sha256(said.encode()).hexdigest(), "codes": "",
        "who": "Ana", "date": "2025-04-01",
    }  # fmt: skip
    write_csv(folder / "released_texts.csv", [line])
    place = find(str(folder), raw, root / "out")
    build(place, Options(quiet=True), "estimate")
    work = place.shelf.root / "work"
    tally = report(read_survey(folder), work, jobs=2, languages=("es",))
    assert tally.failed == ()
    return work


def rows(run: Path, file: str, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(database_path(run, file), read_only=True) as con:
        return con.execute(sql).fetchall()


def text_of(run: Path, pattern: str) -> str:
    (path,) = run.glob(f"briefs/{pattern}")
    found = html.parse(path).getroot().xpath("//main//text()[not(ancestor::script)]")
    return " ".join(" ".join(found).split())


def test_answers_without_a_printed_question_are_kept_as_columns_csv_says(run: Path) -> None:
    kept = rows(run, "confidential", "SELECT q_brings, q_expects FROM edit.response "
                "WHERE unit_id LIKE 'ES-%'")  # fmt: skip
    assert kept[0][0].startswith("Nadie pierde un derecho")
    assert kept[0][1].startswith("Sin agua ni salud")
    unknown = rows(run, "members", "SELECT header FROM collect.header WHERE kind = 'unknown'")
    assert unknown == [("Respuesta 5",)]  # mapped nowhere: listed, its value stays in the file


def test_passages_are_kept_by_place_and_hash_and_coders_by_number(run: Path) -> None:
    found = rows(run, "members", "SELECT question, row_id, code, coder FROM estimate.passage "
                 "WHERE question = 'p_text' ORDER BY ALL")  # fmt: skip
    assert found == [
        ("p_text", "policy[1]", "right_to_city", 1),
        ("p_text", "policy[1]", "territory", 2),
        ("p_text", "policy[2]", "care", 1),
        ("p_text", "policy[2]", "care", 2),
    ]
    ((n, coders, alpha),) = rows(run, "survey", "SELECT n, count, round(estimate, 3) "
                                 "FROM estimate.result WHERE statistic = 'alpha'")  # fmt: skip
    # six values, four of them care: 1 - 5 * 2 / (36 - 18)
    assert (n, coders, alpha) == (3, 2, 0.444)


def test_themes_of_fewer_than_three_governments_stay_hidden(run: Path) -> None:
    shown = rows(run, "survey", "SELECT DISTINCT shown FROM estimate.result WHERE "
                 "subject = 'code_value' AND statistic = 'share_of_units'")  # fmt: skip
    assert shown == [("c",)]


def test_the_network_page_quotes_what_was_released_and_shows_what_is_shared(run: Path) -> None:
    text = text_of(run, "public/network-*.es.html")
    assert "Cuidar es tarea de toda la ciudad. Ciudad Jacaranda (México), Dirección de área" in text
    assert "Traemos un modo de trabajar" not in text  # nobody released the sentence before
    assert "Quedarse a vivir" in text
    assert "Derecho al cuidado" in text
    assert "Barrios primero" not in text  # no consent for this policy


def test_the_profile_shows_all_three_policies_and_what_the_hub_may_show(run: Path) -> None:
    text = text_of(run, "own/mx-x-*/government-*.es.html")
    assert "Ciudad Jacaranda: 3 políticas presentadas" in text
    assert "Barrios primero no Servicios públicos básicos de proximidad" in text
    assert "Derecho al cuidado Qué aporta y Descripción" in text
    assert "Ana" not in text.split()
