"""The campaign register: a hundred governments, their events, and what is planted among them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.demo.answers import texts
from tests.demo.event_files import Event
from tests.demo.frame import Unit
from tests.demo.streams import Stream, rank
from tests.demo.submissions import Submission

AS_OF = date(2025, 5, 9)
STATES = {"pledged": 28, "form": 20, "validated": 30, "published": 18, "withdrawn": 4}
STEPS = ("pledged", "form", "validated", "published")
MEMBERS = 60  # of the hundred
BURSTS = (  # when pledges come: three calls
    (date(2022, 10, 10), 70),
    (date(2023, 10, 17), 120),
    (date(2024, 10, 9), 110),
)
FIRST_CALLS = {"published": (0, 0, 1), "validated": (0, 1, 1), "withdrawn": (0, 1, 1),
               "form": (1, 2, 2), "pledged": (1, 2, 2, 2)}  # fmt: skip
DAYS = {"form": (12, 75), "validated": (25, 80), "published": (15, 60), "withdrawn": (30, 90)}
BEFORE, AFTER, WITHOUT_LINK = 5, 7, 6
UPDATED = 9  # entries brought up to date without a move
OUT_OF_TURN, ANTEDATED = 2, 2
DECISION = {"in_decision": 0.25, "consulted": 0.30, "informed": 0.20, "no": 0.20, "dk": 0.05}
PLEDGES = {"vote": 0.3, "decree": 0.2, "letter": 0.4, "statement": 0.1}
COMMITMENTS = {"local_action": 0.8, "connect": 0.6, "un_voice": 0.4, "framework": 0.55,
               "civil_society": 0.5, "peer_learning": 0.65}  # fmt: skip
NEW_RIGHT = 0.08  # name a right outside the list
CHAPTERS = {"c01": 0.5, "c02": 0.4, "c03": 0.3, "c04": 0.45, "c05": 0.2, "c06": 0.4, "c07": 0.1,
            "c08": 0.05, "c09": 0.2, "c10": 0.3, "c11": 0.1, "c12": 0.3}  # fmt: skip
DOMAINS = {"D1": 0.2, "D2": 0.1, "D4": 0.25, "D6": 0.2, "D7": 0.25}
SHARED_POLICIES = 5
DISAGREE = 3
PUBLISHED = 0.85


@dataclass(frozen=True)
class Entry:
    """A government in the register, as it was meant."""

    unit_id: str
    level: str
    state: str
    framework: str  # adopted: yes, draft, no, dk
    adopted: date | None
    has_link: bool
    dates: dict[str, date]  # by state, in order
    shared_policy: str = ""  # also described in the survey, under nearly this name


def contradicted(answers: list[Submission]) -> list[Submission]:
    """The answers of the survey that the campaign contradicts: the first three it can."""
    able = [
        s for s in sorted(answers, key=lambda s: s.unit_id)
        if not s.is_touched and s.answers.get("hr_framework") in ("yes", "no")
        and s.answers.get("campaign") in ("joined", "pledged")
    ]  # fmt: skip
    return able[:DISAGREE]


def make_entries(
    units: tuple[Unit, ...], entities: list[dict[str, str]], answers: list[Submission]
) -> list[Entry]:
    """The hundred: who said so in the survey, others of the frame, and all outside it."""
    said = {s.unit_id: s.answers.get("campaign", "") for s in answers}
    joined = sorted(unit for unit, campaign in said.items() if campaign == "joined")
    pledged = sorted(unit for unit, campaign in said.items() if campaign == "pledged")
    silent = rank([u.unit_id for u in units if u.unit_id not in said], "campaign")
    others = silent[: MEMBERS - len(joined) - len(pledged)]
    levels = {u.unit_id: u.level for u in units} | {e["unit_id"]: e["level"] for e in entities}
    states = dict.fromkeys(pledged, "pledged") | _states(
        joined, [*others, *(e["unit_id"] for e in entities)], len(pledged)
    )
    frameworks = _frameworks(states, answers)
    adopted = rank([u for u, text in frameworks.items() if text == "yes"], "adopted")
    bare = set(rank(adopted, "link")[:WITHOUT_LINK])
    shared = rank([s.unit_id for s in answers if s.policies and states.get(s.unit_id)
                   in ("form", "validated", "published")], "shared policy")  # fmt: skip
    names = {s.unit_id: s.policies[0].get("pol_name", "") for s in answers if s.policies}
    entries = []
    for unit_id, state in sorted(states.items()):
        dates = _dates(unit_id, state)
        when = adopted.index(unit_id) if unit_id in adopted else None
        entries.append(
            Entry(
                unit_id,
                levels[unit_id],
                state,
                frameworks[unit_id],
                None if when is None else _adoption(unit_id, dates, is_before=when < BEFORE),
                unit_id not in bare,
                dates,
                names[unit_id] if unit_id in shared[:SHARED_POLICIES] else "",
            )
        )
    return entries


def _states(joined: list[str], others: list[str], pledged: int) -> dict[str, str]:
    """Who joined has sent the form; the rest of each state goes to the others by chance."""
    left = STATES | {"pledged": STATES["pledged"] - pledged}
    sent = [state for state in ("form", "validated", "published") for _ in range(left[state])]
    found = dict(zip(joined, rank_list(sent, "joined"), strict=False))
    rest = Counter(left)
    rest.subtract(found.values())
    states = [state for state in STATES for _ in range(rest[state])]
    return found | dict(zip(rank(others, "state"), states, strict=True))


def rank_list(items: list[str], purpose: str) -> list[str]:
    """Equal items too, in an order of chance."""
    return [item for _, item in rank(enumerate(items), purpose)]


def _frameworks(states: dict[str, str], answers: list[Submission]) -> dict[str, str]:
    """As the survey says, but for three; of the others so many that twelve have one."""
    other = {"yes": "no", "no": "yes"}
    against = {s.unit_id for s in contradicted(answers)}
    found = {}
    for s in answers:
        said = s.answers.get("hr_framework", "")
        if s.unit_id in states and said in ("yes", "draft", "no"):
            found[s.unit_id] = other[said] if s.unit_id in against else said
    free = [unit for unit, state in states.items() if unit not in found and state != "withdrawn"]
    missing = BEFORE + AFTER - sum(text == "yes" for text in found.values())
    chosen = set(rank(free, "framework")[:missing])
    for unit in states:
        if unit not in found:
            drawn = Stream(unit, "framework").weighted({"draft": 0.4, "no": 0.55, "dk": 0.05})
            found[unit] = "yes" if unit in chosen else drawn
    return found


def _dates(unit_id: str, state: str) -> dict[str, date]:
    """The day of each state up to the present one, none after the last day."""
    stream = Stream(unit_id, "dates")
    begins, span = BURSTS[stream.pick(FIRST_CALLS[state])]
    day = begins + timedelta(days=stream.whole(0, span))
    passed = STEPS[: STEPS.index(state) + 1] if state in STEPS else _before_withdrawal(unit_id)
    dates = {"pledged": day}
    for step in passed[1:]:
        day += timedelta(days=stream.whole(*DAYS[step]))
        dates[step] = day
    late = (day - AS_OF).days
    return {step: at - timedelta(days=max(0, late + 30)) for step, at in dates.items()}


def _before_withdrawal(unit_id: str) -> tuple[str, ...]:
    is_short = Stream(unit_id, "withdrawn").happens(0.5)
    return ("pledged", "withdrawn") if is_short else ("pledged", "form", "withdrawn")


def _adoption(unit_id: str, dates: dict[str, date], *, is_before: bool) -> date:
    stream = Stream(unit_id, "adoption")
    pledge = dates["pledged"]
    if is_before:
        return pledge - timedelta(days=stream.whole(200, 3_000))
    return pledge + timedelta(days=stream.whole(1, (AS_OF - pledge).days - 20))


def make_events(entries: list[Entry]) -> list[Event]:
    """About 260 events: every move, updates, and four that must not count."""
    events = []
    for entry in entries:
        for state, day in entry.dates.items():
            events.append(_event(entry, state, day, min(AS_OF, day + timedelta(days=2))))
    standing = {e.unit_id: e for e in entries if e.state != "withdrawn"}
    late = [e for e in standing.values() if e.adopted and e.adopted > e.dates["pledged"]]
    others = [u for u in rank(standing, "update") if standing[u] not in late][:UPDATED]
    for place, entry in enumerate([*late, *(standing[u] for u in others)]):
        entered = AS_OF - timedelta(days=place)
        events.append(_event(entry, entry.state, entry.dates[entry.state], entered, "update"))
    return [*events, *_planted(standing, {e.unit_id for e in late} | set(others))]


def planted(entries: list[Entry]) -> dict[str, tuple[str, ...]]:
    """The governments with an event out of turn, and those with a form dated before the pledge."""
    standing = {e.unit_id: e for e in entries if e.state != "withdrawn"}
    late = {u for u, e in standing.items() if e.adopted and e.adopted > e.dates["pledged"]}
    others = [u for u in rank(standing, "update") if u not in late][:UPDATED]
    return _chosen(standing, late | set(others))


def _chosen(standing: dict[str, Entry], taken: set[str]) -> dict[str, tuple[str, ...]]:
    free = [u for u in rank(standing, "planted") if u not in taken]
    of = {s: [u for u in free if standing[u].state == s] for s in ("pledged", "form")}
    return {
        "move_not_allowed": (of["pledged"][0], of["form"][0]),
        "constraint_broken": tuple(of["pledged"][1:3]),
    }


def _planted(standing: dict[str, Entry], taken: set[str]) -> list[Event]:
    chosen = _chosen(standing, taken)
    found = []
    for unit, state in zip(chosen["move_not_allowed"], ("validated", "published"), strict=True):
        entry = standing[unit]
        day = min(AS_OF, entry.dates[entry.state] + timedelta(days=20))
        event = _event(entry, state, day, day, "out of turn")
        event.answers["form_date"] = event.answers["form_date"] or day.isoformat()
        found.append(event)
    for unit in chosen["constraint_broken"]:
        entry = standing[unit]
        day = entry.dates["pledged"] - timedelta(days=40)
        event = _event(entry, "form", day, min(AS_OF, day + timedelta(days=60)), "antedated")
        event.answers["form_date"] = day.isoformat()
        found.append(event)
    return found


def _event(entry: Entry, state: str, day: date, entered: date, take: str = "") -> Event:
    """The whole form as it stood when the event was entered."""
    unit = entry.unit_id
    stream = Stream(unit, "campaign form")
    is_adopted = entry.adopted is not None and entry.adopted <= entered
    status = entry.framework if entry.adopted is None or is_adopted else "draft"
    form_date = entry.dates.get("form")
    has_form = form_date is not None and form_date <= day
    number = f"{int(stream.share() * 1000):03d}"
    answers = {
        "entity_id": unit,
        "level": entry.level,
        "pledge_date": entry.dates["pledged"].isoformat(),
        "pledge_kind": stream.weighted(PLEDGES),
        "authority_name": "",
        "authority_role": stream.weighted({"mayor": 0.7, "deputy": 0.2, "councillor": 0.1}),
        "form_date": form_date.isoformat() if form_date is not None and has_form else "",
        "commitments": _several(unit, "commitments", COMMITMENTS, 6),
        "framework_status": status,
        "framework_title": _title(unit) if status in ("yes", "draft") else "",
        "framework_date": entry.adopted.isoformat() if entry.adopted and is_adopted else "",
        "framework_link": "",
        **_rights(unit),
        "civil_society": Stream(unit, "decision").weighted(DECISION),
        "publish_ok": "yes" if Stream(unit, "publish").happens(PUBLISHED) else "no",
        "focal_name": f"Demo {number}",
        "focal_email": f"demo{number}@example.org",
        "state": state,
        "state_date": day.isoformat(),
    }  # fmt: skip
    if status == "yes" and entry.has_link:
        answers["framework_link"] = f"https://example.org/demo/framework/{number}"
    policies = _policies(entry, entered, answers["publish_ok"]) if has_form else []
    answers["n_flagship"] = str(len(policies))
    return Event(f"{unit}/{state}/{day}/{take}", entered, answers, policies)


def _rights(unit: str) -> dict[str, str]:
    """Up to four chapters; of a few governments a right outside the list stands for the last."""
    listed = _several(unit, "rights", CHAPTERS, 4)
    if not Stream(unit, "new right").happens(NEW_RIGHT):
        return {"rights_focus": listed, "rights_focus_new": ""}
    named = Stream(unit, "which new right").pick(list(texts("newright")))[_language(unit)]
    return {"rights_focus": " ".join([*listed.split()[:3], "other"]), "rights_focus_new": named}


def _several(unit: str, purpose: str, weights: dict[str, float], most: int) -> str:
    stream = Stream(unit, purpose)
    drawn = stream.several(weights, stream.whole(1, most))
    return " ".join(code for code in weights if code in drawn)


def _language(unit: str) -> str:
    return {"BR": "pt", "PT": "pt", "MZ": "pt", "CV": "pt", "FR": "fr", "SN": "fr", "MA": "fr",
            "LB": "fr"}.get(unit[:2], "es" if unit[:2] in _SPANISH else "en")  # fmt: skip


_SPANISH = frozenset({"AR", "BO", "CL", "CO", "EC", "ES", "PE", "PY", "UY", "VE"})


def _title(unit: str) -> str:
    listed = [row for row in texts("pol_name") if row["domain"] == "D1"]
    return Stream(unit, "framework title").pick(listed)[_language(unit)]


def _policies(entry: Entry, entered: date, publish: str) -> list[dict[str, str]]:
    """Up to three flagship policies; the first may be one that the survey knows, named alike."""
    unit = entry.unit_id
    count = Stream(unit, "flagships").weighted({0: 0.3, 1: 0.4, 2: 0.2, 3: 0.1})
    if entry.shared_policy:
        count = max(1, count)
    found = []
    for place in range(count):
        stream = Stream(unit, "flagship", place)
        domain = stream.weighted(DOMAINS)
        listed = [row for row in texts("pol_name") if row["domain"] == domain]
        name = stream.pick(listed)[_language(unit)]
        status = stream.weighted({"running": 0.7, "design": 0.2, "ended": 0.1})
        is_begun = status != "design"
        found.append(
            {
                "pol_name": f"{entry.shared_policy} ({entered.year})"
                if place == 0 and entry.shared_policy
                else name,
                "pol_domain": domain,
                "pol_rights": _several(unit, f"rights {place}", CHAPTERS, 3),
                "pol_groups": "all" if stream.happens(0.3) else "migrants women",
                "pol_status": status,
                "pol_start": str(stream.whole(2012, 2022)) if is_begun else "",
                "pol_reach": str(stream.whole(50, 9_000)) if is_begun else "",
                "pol_eval": stream.pick(["external", "internal", "planned", "none"])
                if is_begun
                else "",
                "pol_summary": stream.pick(texts("pol_summary"))[_language(unit)],
                "pol_link": f"https://example.org/demo/{stream.whole(1000, 9999)}",
                "pol_share": ("yes" if stream.happens(0.75) else "no") if publish == "yes" else "",
            }
        )
    return found


def truth(entries: list[Entry]) -> list[dict[str, str]]:
    """What must come of each government."""
    out = planted(entries)
    codes = {unit: code for code, units in out.items() for unit in units}
    return [
        {
            "unit_id": e.unit_id,
            "state": e.state,
            "entered_on": e.dates["pledged"].isoformat(),
            "framework": e.framework,
            "adopted": ""
            if e.adopted is None
            else "before"
            if e.adopted < e.dates["pledged"]
            else "after",
            "has_link": "yes" if e.adopted and e.has_link else "",
            "planted": codes.get(e.unit_id, ""),
        }
        for e in entries
    ]


FORM = Path("schemas/human_rights_cities_2030")
RAW = Path("data/raw/human_rights_cities_2030/01_kobo.xlsx")
