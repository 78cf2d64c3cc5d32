"""Who answers in which wave, in which language, and how the answers may be published."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice, zip_longest

from tests.demo.frame import (
    CLASSES,
    JOINED_BETWEEN_WAVES,
    MEMBERS,
    Unit,
    home_language,
    make_units,
)
from tests.demo.streams import Stream, rank

ANSWERED = {  # n of wave 2025 by size class s1..s4
    "AR": (7, 9, 7, 4), "BR": (3, 7, 9, 5), "CL": (1, 3, 3, 0), "PE": (1, 2, 2, 1),
    "PY": (2, 3, 1, 0), "UY": (4, 7, 1, 1), "BO": (1, 0, 1, 1), "EC": (0, 1, 0, 1),
    "CO": (0, 1, 1, 0), "VE": (0, 0, 0, 0),
}  # fmt: skip
ANSWERED_2023, BOTH_WAVES = 62, 41
OTHER_LANGUAGES = {"BR": ("en", "en"), "AR": ("en", "fr"), "UY": ("fr",), "CL": ("en",)}
TOOLS = {  # of wave 2025, by language; all others answer in KoboToolbox
    "google": {"pt": 18, "es": 4},
    "limesurvey": {"fr": 2, "es": 11},
    "odk": {"en": 4, "pt": 4, "es": 6},
}
WITHOUT_REPEATS = ("google", "limesurvey")
AGGREGATE = {"AR": 9, "BR": 7, "CL": 2, "PE": 1, "PY": 2, "UY": 4, "CO": 2}  # PE: complement trap
POLICIES = {  # how many governments describe 0..5 policies; the rest broke off
    "2025": (13, 20, 22, 18, 9, 5),
    "2023": (10, 15, 15, 12, 6, 4),
}
LEVEL_SIZE = {"s1": -0.9, "s2": -0.4, "s3": 0.1, "s4": 0.7}
LEVEL_COUNTRY = {
    "AR": 0.1, "BR": 0.2, "CL": 0.2, "PE": -0.1, "PY": -0.5, "UY": 0.5, "BO": -0.4, "EC": 0.1,
    "CO": 0.2, "VE": -0.4,
}  # fmt: skip


@dataclass(frozen=True)
class Respondent:
    """A government in one wave: what is fixed before the first question."""

    wave: str
    unit: Unit
    language: str
    tool: str  # kobo, google, limesurvey, odk
    publish: str  # named, aggregate
    policies: int | None  # None: broke off before the question
    theta: float


@dataclass(frozen=True)
class Population:
    """Everybody: the frame, the respondents of both waves, and the members that did not answer."""

    units: tuple[Unit, ...]
    joined: frozenset[str]
    waves: dict[str, tuple[Respondent, ...]]
    silent: tuple[Unit, ...]  # in an order of chance; from cells where others are silent too


def make_population() -> Population:
    units = make_units()
    cells: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in units:
        cells[unit.country, unit.size_class].append(unit)
    now = [
        unit
        for country, counts in ANSWERED.items()
        for size, count in zip(CLASSES, counts, strict=True)
        for unit in _ranked(cells[country, size], "answers")[:count]
    ]
    answered = {unit.unit_id for unit in now}
    both = _ranked(now, "both waves")[:BOTH_WAVES]
    rest = _ranked([unit for unit in units if unit.unit_id not in answered], "silent")
    before = both + rest[: ANSWERED_2023 - BOTH_WAVES]
    known = {unit.unit_id for unit in before}
    joined = rank([u.unit_id for u in units if u.unit_id not in known], "joined")
    aggregate = _aggregate(now) | {
        unit.unit_id for unit in before if unit not in now and Stream(unit.unit_id).happens(0.3)
    }
    silent = [u for u in rest if u not in before and u.country in ("AR", "BR", "CL", "PE", "PY")]
    return Population(
        units,
        frozenset(joined[:JOINED_BETWEEN_WAVES]),
        {
            "2023": _respondents("2023", before, aggregate),
            "2025": _respondents("2025", now, aggregate),
        },
        tuple(unit for unit in silent if unit.unit_id not in joined[:JOINED_BETWEEN_WAVES]),
    )


def frame_rows(population: Population) -> list[dict[str, str]]:
    """frame.csv; `language` is the one in which the newest answer came, else the country's."""
    spoken = {answer.unit.unit_id: answer.language for answer in population.waves["2025"]}
    return [
        unit.row | {"language": spoken.get(unit.unit_id, unit.row["language"])}
        for unit in population.units
    ]


def _ranked(units: list[Unit], purpose: str) -> list[Unit]:
    by_id = {unit.unit_id: unit for unit in units}
    return [by_id[unit_id] for unit_id in rank(by_id, purpose)]


def _respondents(wave: str, units: list[Unit], aggregate: set[str]) -> tuple[Respondent, ...]:
    languages = _languages(units)
    tools = _tools(wave, languages)
    policies = _policies(wave, tools)
    return tuple(
        Respondent(
            wave,
            unit,
            languages[unit.unit_id],
            tools[unit.unit_id],
            "aggregate" if unit.unit_id in aggregate else "named",
            policies[unit.unit_id],
            latent_level(unit, wave),
        )
        for unit in sorted(units, key=lambda unit: unit.unit_id)
    )


def _tools(wave: str, languages: dict[str, str]) -> dict[str, str]:
    """Wave 2023 came in KoboToolbox alone."""
    tools = dict.fromkeys(languages, "kobo")
    for language in sorted(set(languages.values())) if wave == "2025" else ():
        ids = iter(rank([i for i, spoken in languages.items() if spoken == language], "tool"))
        for tool, counts in TOOLS.items():
            tools |= dict.fromkeys(islice(ids, counts.get(language, 0)), tool)
    return tools


def _policies(wave: str, tools: dict[str, str]) -> dict[str, int | None]:
    """Tools without repeats got the governments with none or one policy, and those broken off."""
    counts = [number for number, n in enumerate(POLICIES[wave]) for _ in range(n)]
    ids = sorted(rank(tools, wave, "policies"), key=lambda i: tools[i] not in WITHOUT_REPEATS)
    broken = [i for i in ids if tools[i] == "limesurvey"][: len(ids) - len(counts)]
    ids = [i for i in ids if i not in broken] + broken
    return dict(zip_longest(ids, counts))


def _languages(units: list[Unit]) -> dict[str, str]:
    languages = {}
    for country in MEMBERS:
        ids = rank([unit.unit_id for unit in units if unit.country == country], "language")
        other = OTHER_LANGUAGES.get(country, ()) if len(ids) > 3 else ()
        home = [home_language(country)] * (len(ids) - len(other))
        languages.update(zip(ids, [*other, *home], strict=True))
    return languages


def _aggregate(units: list[Unit]) -> set[str]:
    chosen: set[str] = set()
    for country, count in AGGREGATE.items():
        ids = [unit.unit_id for unit in units if unit.country == country]
        chosen.update(rank(ids, "publish")[:count])
    return chosen


def latent_level(unit: Unit, wave: str) -> float:
    """Theta; a wave earlier it was lower by a change of mean 0.15 and sd 0.35."""
    stream = Stream(unit.unit_id, "theta")
    level = LEVEL_SIZE[unit.size_class] + LEVEL_COUNTRY[unit.country] + stream.normal(0.7)
    return level if wave == "2025" else level - 0.15 - stream.normal(0.35)
