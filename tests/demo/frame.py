"""The 375 invented governments and their membership: one table of counts, and names from a list."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pipeline.store import slug
from tests.demo.streams import Stream, rank

NETWORK = "Mercociudades (demonstration)"
NAMES = Path(__file__).parent / "names" / "governments.csv"
READ_ON = "2025-05-12"
CLASSES = ("s1", "s2", "s3", "s4")
BOUNDS = {  # inhabitants, both included
    "s1": (3_000, 49_999),
    "s2": (50_000, 249_999),
    "s3": (250_000, 999_999),
    "s4": (1_000_000, 9_000_000),
}
MEMBERS = {  # N by size class s1..s4
    "AR": (52, 42, 21, 5), "BR": (28, 40, 33, 11), "CL": (8, 13, 7, 0), "PE": (8, 10, 7, 1),
    "PY": (14, 8, 2, 0), "UY": (9, 11, 1, 1), "BO": (7, 4, 3, 2), "EC": (4, 5, 1, 2),
    "CO": (2, 4, 3, 2), "VE": (0, 2, 2, 0),
}  # fmt: skip
ISO3 = {
    "AR": "ARG", "BR": "BRA", "CL": "CHL", "PE": "PER", "PY": "PRY", "UY": "URY", "BO": "BOL",
    "EC": "ECU", "CO": "COL", "VE": "VEN",
}  # fmt: skip
LEVELS = {"intermediate": 34, "metropolitan": 7, "association": 4}  # the rest: municipality
LONG_NAMES = 6
JOINED_BETWEEN_WAVES = 25
LEFT_AND_CAME_BACK = 4
TWO_SOURCES = 2

_OFFICIAL = {
    ("es", "municipality"): "Municipalidad de {}",
    ("es", "intermediate"): "Gobierno Intermedio de {}",
    ("es", "metropolitan"): "Gobierno Metropolitano de {}",
    ("es", "association"): "Asociación de Gobiernos Locales de {}",
    ("pt", "municipality"): "Prefeitura Municipal de {}",
    ("pt", "intermediate"): "Governo Intermediário de {}",
    ("pt", "metropolitan"): "Governo Metropolitano de {}",
    ("pt", "association"): "Associação de Governos Locais de {}",
}
_LONG = {
    ("es", "metropolitan"): "Gobierno Metropolitano del Valle Alto y de la Ribera Baja de {}",
    ("es", "association"): "Asociación de Gobiernos Locales del Valle Alto y la Ribera Baja de {}",
    ("pt", "metropolitan"): "Governo Metropolitano do Vale Alto e da Ribeira Baixa de {}",
    ("pt", "association"): "Associação de Governos Locais do Vale Alto e da Ribeira Baixa de {}",
}


@dataclass(frozen=True)
class Unit:
    """One invented government, a row of frame.csv."""

    unit_id: str
    name: str
    country: str
    size_class: str
    level: str
    official: str
    shown: str
    population: int
    row: dict[str, str] = field(repr=False, hash=False, compare=False)


def home_language(country: str) -> str:
    return "pt" if country == "BR" else "es"


def make_units() -> tuple[Unit, ...]:
    """The frame, in the order of the countries and of their ids."""
    seats = [
        (unit_id, name, country, size)
        for country, counts in MEMBERS.items()
        for (unit_id, name), size in zip(
            _named(country),
            _shuffled([c for c, n in zip(CLASSES, counts, strict=True) for _ in range(n)], country),
            strict=True,
        )
    ]
    levels = _levels(seats)
    longest = [unit_id for unit_id in rank(levels, "long") if levels[unit_id] == "association"]
    longest += [unit_id for unit_id in rank(levels, "long") if levels[unit_id] == "metropolitan"]
    units = [_unit(seat, levels, seat[0] in longest[:LONG_NAMES]) for seat in seats]
    return tuple(sorted(units, key=lambda unit: (list(MEMBERS).index(unit.country), unit.unit_id)))


def _named(country: str) -> list[tuple[str, str]]:
    with NAMES.open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file) if row["iso2"] == country]
    seen: Counter[str] = Counter()
    named = []
    for name in names:
        seen[slug(name)] += 1
        again = f"-{seen[slug(name)]}" if seen[slug(name)] > 1 else ""
        named.append((f"{country}-x-{slug(name)}{again}", name))
    return named


def _shuffled(sizes: list[str], country: str) -> list[str]:
    return [size for _, size in rank(enumerate(sizes), "size", country)]


def _levels(seats: list[tuple[str, str, str, str]]) -> dict[str, str]:
    fixed = [seat[0] for seat in seats if seat[2] == "UY" and seat[3] in ("s3", "s4")]
    order = fixed + [i for i in rank([seat[0] for seat in seats], "level") if i not in fixed]
    kinds = [kind for kind, count in LEVELS.items() for _ in range(count)]
    return dict(zip(order, kinds + ["municipality"] * (len(order) - len(kinds)), strict=True))


def _unit(seat: tuple[str, str, str, str], levels: dict[str, str], is_long: bool) -> Unit:
    unit_id, name, country, size = seat
    language, level = home_language(country), levels[unit_id]
    official = (_LONG if is_long else _OFFICIAL)[language, level].format(name)
    shown = official if is_long else name
    stream = Stream(unit_id, "frame")
    low, high = BOUNDS[size]
    population = min(high, int(stream.loguniform(low, high + 1)))
    row = {
        "unit_id": unit_id,
        "name_official": official,
        **{f"name_{code}": shown for code in ("es", "pt", "en", "fr")},
        "iso2": country,
        "iso3": ISO3[country],
        "subdivision": f"Zona {stream.whole(1, 5)}",
        "level": level,
        "parent_id": "",
        "population": str(population),
        "population_year": str(stream.pick([2020, 2022, 2022, 2023])),
        "population_source": "demonstration",
        "language": language,
        "national_code": f"{stream.whole(1, 99_999):05d}",
        "size_class": size,
        "region": "latin_america",
    }
    return Unit(unit_id, name, country, size, level, official, shown, population, row)


def make_membership(units: tuple[Unit, ...], joined: set[str]) -> list[dict[str, str]]:
    """Dated, sourced membership: 375 governments, four with a gap, two with two sources."""
    older = rank([unit.unit_id for unit in units if unit.unit_id not in joined], "membership")
    gaps = dict(zip(older[:LEFT_AND_CAME_BACK], ("2012", "2016", "2023", "2024"), strict=True))
    twice = older[LEFT_AND_CAME_BACK : LEFT_AND_CAME_BACK + TWO_SOURCES]
    rows = []
    for unit in units:
        stream = Stream(unit.unit_id, "membership")
        if unit.unit_id in joined:
            since = date(2023, 6, 1) + timedelta(days=stream.whole(0, 540))
        else:
            since = date(1995, 11, 11) + timedelta(days=stream.whole(0, 5_400))
        source = "minutes of the assembly (invented)"
        if unit.unit_id in gaps:
            year = gaps[unit.unit_id]
            rows.append(_member(unit, since, f"{year}-06-30", source))
            back = date(int(year) + 1, 1, 15) if year != "2024" else date(2024, 11, 20)
            rows.append(_member(unit, back, "", source))
        else:
            rows.append(_member(unit, since, "", source))
        if unit.unit_id in twice:
            rows.append(_member(unit, since + timedelta(days=190), "", "website (invented)"))
    return rows


def _member(unit: Unit, since: date, until: str, source: str) -> dict[str, str]:
    return {
        "unit_id": unit.unit_id,
        "network": NETWORK,
        "valid_from": since.isoformat(),
        "valid_to": until,
        "source": source,
        "read_on": READ_ON,
    }


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """Rows with the keys of the first one as header; UTF-8, LF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
