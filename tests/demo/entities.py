"""The forty governments of the campaign outside the member list, invented; four have near names."""

from __future__ import annotations

import csv
from pathlib import Path

from pipeline.store import slug
from tests.demo.frame import BOUNDS, Unit
from tests.demo.streams import Stream, rank

NAMES = Path(__file__).parent / "names" / "entities.csv"
OFFICIAL = {
    "es": "Ayuntamiento de {}",
    "pt": "Câmara Municipal de {}",
    "fr": "Commune de {}",
    "en": "City of {}",
}
LOOKALIKE = "*"  # of a member of the same country, its name with one letter more


def make_entities(units: tuple[Unit, ...]) -> list[dict[str, str]]:
    """entities.csv: the columns of frame.csv."""
    with NAMES.open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    return [_entity(row, units) for row in listed]


def lookalikes(units: tuple[Unit, ...]) -> dict[str, str]:
    """unit_id of an entity -> the unit whose name it nearly has; the other two have each other."""
    listed = make_entities(units)
    with NAMES.open(encoding="utf-8", newline="") as file:
        starred = [row["name"] == LOOKALIKE for row in csv.DictReader(file)]
    return {
        row["unit_id"]: _member(row["iso2"], units).unit_id
        for row, is_starred in zip(listed, starred, strict=True)
        if is_starred
    }


def _member(country: str, units: tuple[Unit, ...]) -> Unit:
    """A member of a country with a name of one long word that no other has."""
    own = {u.unit_id: u for u in units if u.country == country and u.level == "municipality"}
    names = [unit.name for unit in own.values()]
    alone = [u.unit_id for u in own.values() if names.count(u.name) == 1]
    long = [i for i in alone if len(own[i].name) >= 9 and own[i].name.isalpha()]
    return own[rank(long, "lookalike")[0]]


def _entity(row: dict[str, str], units: tuple[Unit, ...]) -> dict[str, str]:
    name = row["name"]
    if name == LOOKALIKE:
        name = _member(row["iso2"], units).name
        name = name[:-1] + name[-1] * 2
    unit_id = f"{row['iso2']}-x-{slug(name)}"
    stream = Stream(unit_id, "frame")
    low, high = BOUNDS[row["size_class"]]
    shown = {f"name_{code}": name for code in ("es", "pt", "en", "fr")}
    return {
        "unit_id": unit_id,
        "name_official": OFFICIAL[row["language"]].format(name),
        **shown,
        "iso2": row["iso2"],
        "iso3": row["iso3"],
        "subdivision": "",
        "level": row["level"],
        "parent_id": "",
        "population": str(min(high, int(stream.loguniform(low, high + 1)))),
        "population_year": str(stream.pick([2020, 2021, 2022, 2023])),
        "population_source": "demonstration",
        "language": row["language"],
        "national_code": "",
        "size_class": row["size_class"],
        "region": row["region"],
    }
