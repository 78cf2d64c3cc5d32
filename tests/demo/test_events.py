"""The campaign register and the roadmap's actions hold what the demonstration plan says."""

from collections import Counter

import pytest

from tests.demo import campaign, roadmap
from tests.demo.campaign import Entry
from tests.demo.entities import lookalikes, make_entities
from tests.demo.event_files import Event
from tests.demo.records import make_submissions
from tests.demo.respondents import Population, make_population
from tests.demo.submissions import Submission


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population()


@pytest.fixture(scope="module")
def answers(population: Population) -> list[Submission]:
    return [s for s in make_submissions(population, "2025") if s.kind == "answer"]


@pytest.fixture(scope="module")
def entries(population: Population, answers: list[Submission]) -> list[Entry]:
    return campaign.make_entries(population.units, make_entities(population.units), answers)


@pytest.fixture(scope="module")
def actions(population: Population) -> list[Event]:
    return roadmap.make_actions(population.units)


def test_a_hundred_governments_of_which_48_count(
    entries: list[Entry], population: Population
) -> None:
    states = Counter(entry.state for entry in entries)
    assert states == {"pledged": 28, "form": 20, "validated": 30, "published": 18, "withdrawn": 4}
    assert states["validated"] + states["published"] == 48
    listed = {unit.unit_id for unit in population.units}
    assert Counter(entry.unit_id in listed for entry in entries) == {True: 60, False: 40}
    assert 250 <= len(campaign.make_events(entries)) <= 270


def test_the_frameworks_are_five_before_seven_after_and_six_without_link(
    entries: list[Entry],
) -> None:
    adopted = [entry for entry in entries if entry.adopted]
    before = [entry for entry in adopted if entry.adopted < entry.dates["pledged"]]
    assert (len(before), len(adopted) - len(before)) == (5, 7)
    assert sum(not entry.has_link for entry in adopted) == 6


def test_four_events_must_not_count(entries: list[Entry]) -> None:
    planted = campaign.planted(entries)
    assert {code: len(units) for code, units in planted.items()} == {
        "move_not_allowed": 2,
        "constraint_broken": 2,
    }


def test_who_joined_by_the_survey_has_sent_the_form(
    entries: list[Entry], answers: list[Submission]
) -> None:
    states = {entry.unit_id: entry.state for entry in entries}
    for answer in answers:
        said = answer.answers.get("campaign")
        if said == "joined":
            assert states[answer.unit_id] in {"form", "validated", "published"}
        elif said == "pledged":
            assert states[answer.unit_id] == "pledged"
        else:
            assert answer.unit_id not in states


def test_three_frameworks_contradict_the_survey(
    entries: list[Entry], answers: list[Submission]
) -> None:
    said = {a.unit_id: a.intended.get("hr_framework") for a in answers if not a.is_touched}
    received = {a.unit_id: a.answers.get("hr_framework") for a in answers}
    against = {s.unit_id for s in campaign.contradicted(answers)}
    assert len(against) == 3
    for entry in entries:
        if received.get(entry.unit_id) in {"yes", "draft", "no"} and entry.unit_id in said:
            differs = entry.framework != received[entry.unit_id]
            assert differs == (entry.unit_id in against), entry


def test_four_governments_outside_the_list_have_near_names(population: Population) -> None:
    assert len(lookalikes(population.units)) == 2  # and two beside each other
    names = [entity["name_es"] for entity in make_entities(population.units)]
    assert sum(name.startswith("Saint-Orvelin") for name in names) == 2


def test_forty_actions_of_which_thirty_were_held(actions: list[Event]) -> None:
    stands = [a for a in actions if not a.key.endswith("/first")]
    early = [a for a in stands if a.answers["status"] == "held" and "attending" not in a.answers]
    assert Counter(a.answers["line"] for a in stands) == roadmap.LINES
    assert Counter(a.answers["place"] for a in stands) == roadmap.PLACES
    assert len(early) == 1 and len(actions) - len(stands) == 2
    held = [a for a in stands if "attending" in a.answers]
    assert len(held) == 30
    assert sum("output_link" not in a.answers for a in held) == 5
    sizes = [len(a.answers["attending"].split()) for a in held]
    assert (min(sizes), max(sizes)) == (3, 60)
    assert len({unit for a in held for unit in a.answers["attending"].split()}) == 375 - 140
