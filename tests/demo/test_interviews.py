"""The demonstration interviews hold what they say: who, in which language, with which consent."""

from collections import Counter

import pytest

from pipeline.estimate import krippendorff
from tests.demo.entities import make_entities
from tests.demo.interviews import CODERS, Interview, make_interviews, released
from tests.demo.records import make_submissions
from tests.demo.respondents import make_population


@pytest.fixture(scope="module")
def talks() -> list[Interview]:
    population = make_population()
    answers = [s for s in make_submissions(population, "2025") if s.kind == "answer"]
    return make_interviews(population.units, make_entities(population.units), answers)


def test_who_was_interviewed_in_which_language_with_which_consent(talks: list[Interview]) -> None:
    members = {unit.unit_id for unit in make_population().units}
    assert sum(talk.unit_id in members for talk in talks) == 8
    assert len({talk.unit_id for talk in talks}) == 12
    assert Counter(talk.language for talk in talks) == {"es": 6, "pt": 3, "en": 2, "fr": 1}
    consents = Counter(talk.answers["consent_quote"] for talk in talks)
    assert consents == {"named": 7, "unnamed": 3, "no": 2}


def test_thirty_policies_four_of_them_in_the_survey_too(talks: list[Interview]) -> None:
    counts = sorted((len(talk.policies) for talk in talks), reverse=True)
    assert counts == [3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 0]
    names = [row["p_name"] for talk in talks for row in talk.policies]
    assert sum(name.startswith("«") for name in names) == 4
    rights = [row["p_newright"] for talk in talks for row in talk.policies if row["p_newright"]]
    assert len(rights) == 4


def test_two_coders_marked_the_same_passages_and_agree_as_planted(talks: list[Interview]) -> None:
    place = ("code_field", "code_policy", "code_start", "code_end")
    coded: dict[tuple[str, ...], dict[str, str]] = {}
    for talk in talks:
        for row in talk.codes:
            where = (talk.unit_id, *(row[name] for name in place))
            coded.setdefault(where, {})[row["coder"]] = row["code_value"]
            text = (
                talk.answers.get(row["code_field"])
                or talk.policies[int(row["code_policy"]) - 1]["p_text"]
            )
            assert int(row["code_end"]) <= len(text)
    assert len(coded) == 80
    pairs = [[codes[name] for name in CODERS] for codes in coded.values()]
    assert krippendorff(pairs) == pytest.approx(0.75, abs=0.02)


def test_one_released_passage_is_of_an_interview_that_must_not_be_quoted(
    talks: list[Interview],
) -> None:
    of = {talk.event.submission_id: talk.answers["consent_quote"] for talk in talks}
    assert Counter(of[line["submission_id"]] == "no" for line in released(talks)) == {
        False: 8, True: 1
    }  # fmt: skip
