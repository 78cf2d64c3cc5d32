"""Forty actions of the roadmap over five years, and the governments that took part in them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from tests.demo.event_files import Event
from tests.demo.frame import Unit
from tests.demo.streams import Stream, rank

AS_OF = date(2025, 5, 9)
LINES = {"R1": 9, "R2": 12, "R3": 5, "R4": 9, "R5": 5}
STATUS = {"held": 30, "planned": 6, "postponed": 2, "cancelled": 2}
PLACES = {"in_person": 16, "online": 15, "hybrid": 9}
WITHOUT_LINK, EDITED, NEVER = 5, 2, 140
LEAST, MOST = 3, 60
TITLES = {
    "R1": ("Diálogo de gobiernos locales con el Consejo de Derechos Humanos",
           "Local governments' statement on human rights",
           "Contribuição conjunta ao exame periódico"),
    "R2": ("Encuentro anual de la comisión", "World forum: session of the network",
           "Rencontre des villes et territoires"),
    "R3": ("Taller de renovación de la Carta-Agenda", "Reading group on the two charters",
           "Oficina sobre novos direitos"),
    "R4": ("Intercambio entre pares sobre acogida", "Peer learning on local complaint offices",
           "Échange entre pairs sur la participation"),
    "R5": ("Presentación del centro de conocimiento", "Webinar on the policy inventory",
           "Seminário sobre políticas documentadas"),
}  # fmt: skip
FORM = Path("schemas/roadmap_actions")
RAW = Path("data/raw/roadmap_actions/01_kobo.xlsx")


def make_actions(units: tuple[Unit, ...]) -> list[Event]:
    """The actions that stand, one marked as held before its day, and two first versions."""
    listed = [line for line, count in LINES.items() for _ in range(count)]
    lines = [line for _, line in rank(enumerate(listed), "lines")]
    statuses = [status for status, count in STATUS.items() for _ in range(count)]
    places = [place for place, count in PLACES.items() for _ in range(count)]
    places = [place for _, place in rank(enumerate(places), "places")]
    held = [number for number, status in enumerate(statuses) if status == "held"]
    bare = set(rank(held, "no link")[:WITHOUT_LINK])
    taking_part = attendance(units, len(held))
    made = []
    for number, status in enumerate(statuses):
        stream = Stream("action", number)
        line = lines[number]
        if status == "held":
            day = date(2021, 2, 1) + timedelta(days=stream.whole(0, 1_530))
        elif status == "planned":
            day = AS_OF + timedelta(days=stream.whole(10, 200))
        else:
            day = date(2022, 2, 1) + timedelta(days=stream.whole(0, 900))
        answers = {
            "line": line,
            "action_title": stream.pick(TITLES[line]),
            "action_date": day.isoformat(),
            "organiser": " ".join(stream.several({"secretariat": 0.5, "thematic_unit": 0.3,
                                                  "government": 0.3, "un": 0.1, "academia": 0.1},
                                                 stream.whole(1, 2))),
            "place": places[number],
            "languages": " ".join(stream.several({"es": 0.6, "en": 0.5, "fr": 0.3, "pt": 0.3}, 2)),
            "audience": " ".join(stream.several({"staff": 0.6, "authorities": 0.4,
                                                 "civil_society": 0.4, "un_states": 0.2}, 2)),
            "status": status,
        }  # fmt: skip
        if status == "held":
            answers["attending"] = " ".join(taking_part[held.index(number)])
            if number not in bare:
                answers["output_link"] = f"https://example.org/demo/action/{number + 1:02}"
        entered = min(AS_OF, day + timedelta(days=stream.whole(3, 20)))
        made.append(Event(f"action/{number}", entered, answers))
    too_early = made[statuses.index("planned")]  # marked as held before its day
    too_early.answers["status"] = "held"
    return [*made, *_first_versions(made, held)]


def attendance(units: tuple[Unit, ...], held: int) -> list[list[str]]:
    """By held action the units that took part: each of the 235 once at least, large ones more."""
    ids = rank([unit.unit_id for unit in units], "attending")
    # the larger a unit, the likelier it is among those that ever took part
    sizes = {unit.unit_id: int(unit.size_class[1]) for unit in units}
    ids.sort(key=lambda i: Stream(i, "attends").share() ** (1 / sizes[i]), reverse=True)
    ever = ids[: len(ids) - NEVER]
    seats = [LEAST + int((MOST - LEAST) * Stream("seats", n).share() ** 1.2) for n in range(held)]
    seats[0], seats[1] = LEAST, MOST
    found: list[set[str]] = [set() for _ in range(held)]
    order = [n for n in range(held) for _ in range(seats[n])]
    order = [n for _, n in rank(enumerate(order), "order of seats")]
    for unit, n in zip(ever, order, strict=False):
        found[n].add(unit)
    for n in range(held):
        weights = {i: float(sizes[i]) for i in ever if i not in found[n]}
        found[n] |= set(Stream("fill", n).several(weights, seats[n] - len(found[n])))
    return [sorted(units) for units in found]


def _first_versions(made: list[Event], held: list[int]) -> list[Event]:
    """Two actions were planned first; the record was edited when they had been held."""
    found = []
    for number in rank(held, "edited")[:EDITED]:
        edited = made[number]
        before = {k: v for k, v in edited.answers.items() if k not in ("attending", "output_link")}
        entered = date.fromisoformat(edited.answers["action_date"]) - timedelta(days=30)
        first = Event(f"{edited.key}/first", entered, before | {"status": "planned"})
        edited.root = first.key
        found.append(first)
    return found
