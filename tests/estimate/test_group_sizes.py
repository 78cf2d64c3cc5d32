"""Groups made by an answer: how many gave it is itself an answer."""

import pytest

from pipeline.ask import Questionnaire
from pipeline.ask.survey import Design, Disclosure, Groups
from pipeline.errors import Problem
from pipeline.estimate import estimate
from pipeline.store import Work
from tests.estimate.inputs import questionnaire, survey, write_answers

CHOICES = """
    | list_name | name |
    |-----------|------|
    | country   | AR   |
    | country   | BR   |
    | country   | NO   |
    | country   | NA   |
    | level     | yes  |
    | level     | no   |
    """


def form(disclosure: str = "network") -> Questionnaire:
    return questionnaire(
        f"""
        | name    | type               | disclosure   |
        |---------|--------------------|--------------|
        | country | select_one country | {disclosure} |
        | q       | select_one level   | network      |
        """,
        CHOICES,
    )


def sizes(work: Work, asked: Questionnaire, answers: dict[str, int], **parts: object) -> dict:
    """How many answered, by group; None where it is not said. Nobody listed the members."""
    write_answers(
        work,
        asked,
        [
            {"unit_id": f"{country}-{i}", "country": country, "q": "yes", "named": "yes"}
            for country, n in answers.items()
            for i in range(n)
        ],
    )
    parts = {"groups": Groups(("country",)), "disclosure": Disclosure(5, 5), **parts}
    estimate(survey(asked, None, **parts), work)
    rows = work.survey.execute(
        """SELECT group_kind || '.' || group_code, count FROM estimate.result
        WHERE subject = 'response' AND group_kind <> 'network' ORDER BY ALL"""
    ).fetchall()
    return dict(rows)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"AR": 11, "BR": 6, "NO": 2, "NA": 1}, {"AR": 11, "BR": None, "NA": None, "NO": None}),
        ({"AR": 11, "BR": 6, "NO": 5}, {"AR": 11, "BR": 6, "NO": 5}),
        ({"AR": 11, "NO": 2}, {"AR": None, "NO": None}),  # all but two are from AR
    ],
)
def test_a_small_group_takes_another_with_it(
    work: Work, answers: dict[str, int], said: dict[str, int | None]
) -> None:
    found = sizes(work, form(), answers)
    assert found == {f"country.{code}": size for code, size in said.items()}


def test_of_a_hidden_group_no_number_at_all_leaves(work: Work) -> None:
    sizes(work, form(), {"AR": 11, "BR": 6, "NO": 2, "NA": 1})
    left = work.survey.execute(
        """SELECT reason, count(*) FILTER (count IS NOT NULL OR n IS NOT NULL) FROM estimate.result
        WHERE group_code IN ('BR', 'NA', 'NO') GROUP BY ALL"""
    ).fetchall()
    assert left == [(Problem.small_group.name, 0)]  # one reason: it tells no small one apart


def test_who_gave_a_public_answer_is_no_secret(work: Work) -> None:
    found = sizes(work, form("public"), {"AR": 11, "NO": 2})
    assert found == {"country.AR": 11, "country.NO": 2}


def test_strata_made_by_answers_are_counted_all_or_not_at_all(work: Work) -> None:
    by_answer = {"groups": Groups(), "design": Design(strata=("country",))}
    assert set(sizes(work, form(), {"AR": 11, "BR": 6, "NO": 2}, **by_answer).values()) == {None}
    assert sizes(work, form(), {"AR": 11, "BR": 6}, **by_answer) == {
        "stratum.AR": 11,
        "stratum.BR": 6,
    }
