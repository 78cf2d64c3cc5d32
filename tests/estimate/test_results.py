"""What is counted, over which base, and what the weights make of it."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from pipeline.ask import Survey
from pipeline.ask.survey import Design, Groups, Key, Publish
from pipeline.errors import RelevoError
from pipeline.estimate import estimate
from pipeline.store import Work
from tests.estimate.inputs import DAY, questionnaire, survey, write_answers
from tests.markdown import table

FORM = questionnaire(
    """
    | name     | type                | disclosure | required |
    |----------|---------------------|------------|----------|
    | plan     | select_one plan     | public     | yes      |
    | services | select_multiple svc | public     |          |
    | staff    | decimal             | public     |          |
    | email    | text                | public     |          |
    """,
    """
    | list_name | name      | missing_kind   |
    |-----------|-----------|----------------|
    | plan      | yes       |                |
    | plan      | no        |                |
    | plan      | preparing |                |
    | plan      | dk        | dont_know      |
    | plan      | not_ours  | not_applicable |
    | svc       | health    |                |
    | svc       | housing   |                |
    | svc       | none      |                |
    """,
)
# Everyone agreed to be named, so nothing is hidden here.
ANSWERS = table(
    """
    | unit_id | named | plan     | services       | staff | email |
    |---------|-------|----------|----------------|-------|-------|
    | AR-1    | yes   | yes      | health housing | 2.5   | a@b.c |
    | AR-2    | yes   | no       | none           | -     |       |
    | AR-3    | yes   | dk       |                | 4     |       |
    | UY-1    | yes   | yes      | health         | 10    |       |
    | UY-2    | yes   | not_ours | -              | -     |       |
    | UY-3    | yes   | yes      | health         |       |       |
    """
)
FRAME = pd.DataFrame(
    [(f"{c}-{i}", c, "big" if i > 3 else "small") for c in ("AR", "UY") for i in range(1, 7)]
    + [("VE-1", "VE", "small")],
    columns=["unit_id", "country", "size"],
)
CENSUS = replace(
    survey(FORM, FRAME, groups=Groups(("country",))),
    design=Design("census_attempt", strata=("country",)),
)


def rows(work: Work, sql: str) -> list[tuple[Any, ...]]:
    return work.survey.execute(f"SELECT {sql}").fetchall()


def run(work: Work, declared: Survey, answers: list[dict[str, str]] = ANSWERS) -> None:
    write_answers(work, FORM, answers)
    estimate(declared, work)


def test_choices_come_from_the_questionnaire(work: Work) -> None:
    """Nobody is preparing a plan: a row with 0. Does not know and not ours are no choices."""
    run(work, CENSUS)
    assert rows(
        work,
        """choice, count, n, round(estimate, 2), base FROM estimate.result WHERE subject = 'plan'
        AND statistic = 'share' AND group_code = 'all' AND NOT is_weighted ORDER BY choice""",
    ) == [
        ("no", 1, 4, 0.25, "applicable"),
        ("preparing", 0, 4, 0.0, "applicable"),
        ("yes", 3, 4, 0.75, "applicable"),
    ]


def test_several_answers_are_counted_over_those_who_ticked_something_or_none(work: Work) -> None:
    run(work, CENSUS)
    assert rows(
        work,
        """choice, count, n FROM estimate.result WHERE subject = 'services'
        AND statistic = 'share' AND group_code = 'all' AND NOT is_weighted ORDER BY choice""",
    ) == [("health", 3, 4), ("housing", 1, 4), ("none", 1, 4)]


def test_what_was_not_asked_is_not_missing(work: Work) -> None:
    run(work, CENSUS)
    found = rows(
        work,
        """choice, count, n FROM estimate.result WHERE subject = 'staff' AND statistic = 'count'
        AND group_code = 'all' AND count > 0 ORDER BY base DESC, choice""",
    )
    assert found == [("answered", 3, 4), ("unanswered", 1, 4), ("not_asked", 2, 6)]


def test_numbers_have_a_mean_and_a_median(work: Work) -> None:
    run(work, CENSUS)
    assert rows(
        work,
        """statistic, n, estimate FROM estimate.result WHERE subject = 'staff'
        AND unit_of_measure = 'number' AND group_code = 'all' AND NOT is_weighted ORDER BY ALL""",
    ) == [("mean", 3, 5.5), ("median", 3, 4.0)]
    assert rows(
        work,
        """statistic, n, estimate, ci_method FROM estimate.result WHERE subject = 'staff'
        AND is_weighted AND group_code = 'all' ORDER BY ALL""",
    ) == [
        ("mean", 3, 5.5, "t"),
        ("median", 3, 4.0, "woodruff"),
        ("total", 3, 44.0, "t"),  # eight of the twelve are asked
    ]


def test_response_is_counted_for_network_groups_and_strata(work: Work) -> None:
    run(work, CENSUS)
    assert rows(
        work,
        """group_kind, group_code, count, population FROM estimate.result
        WHERE subject_kind = 'frame' ORDER BY ALL""",
    ) == [
        ("country", "AR", 3, 6),
        ("country", "UY", 3, 6),
        ("country", "VE", 0, 1),
        ("network", "all", 6, 13),
        ("stratum", "AR", 3, 6),
        ("stratum", "UY", 3, 6),
        ("stratum", "VE", 0, 1),
    ]
    assert rows(work, "as_of, population, covered, responses FROM estimate.wave") == [
        (DAY, 13, 12, 6)
    ]


def test_a_country_is_one_stratum_with_an_exact_interval(work: Work) -> None:
    """3 of 3 answers of 6 members say housing is not offered: at most 3 of the 6 may offer it."""
    run(work, CENSUS)
    assert rows(
        work,
        """count, n, population, ci_low, round(ci_high * 6), ci_method FROM estimate.result
        WHERE subject = 'services' AND choice = 'housing' AND group_code = 'UY' AND is_weighted
        AND statistic = 'share'""",
    ) == [(0, 2, 6, 0.0, 4, "beta")]
    everyone = [answer | {"services": "health"} for answer in ANSWERS]
    run(work, CENSUS, everyone)
    assert rows(
        work,
        """count, n, population, ci_low, round(ci_high * 6), ci_method FROM estimate.result
        WHERE subject = 'services' AND choice = 'housing' AND group_code = 'UY' AND is_weighted
        AND statistic = 'share'""",
    ) == [(0, 3, 6, 0.0, 3, "hypergeometric")]


def test_a_country_without_answers_is_not_covered(work: Work) -> None:
    run(work, CENSUS)
    assert rows(
        work,
        """population, reason FROM estimate.result WHERE subject = 'plan' AND choice = 'yes'
        AND group_code = 'all' AND is_weighted""",
    ) == [(12, "population_not_covered")]


def test_an_empty_stratum_is_joined_with_its_country(work: Work) -> None:
    """No big government answered in AR: its 6 members are one stratum, each answer weighs 2."""
    by_size = replace(CENSUS, design=Design("census_attempt", strata=("country", "size")))
    answers = [*ANSWERS, {"unit_id": "UY-4", "named": "yes", "plan": "no"}]
    run(work, by_size, answers)
    found = rows(
        work,
        """round(estimate, 6), population, reason FROM estimate.result WHERE subject = 'plan'
        AND choice = 'yes' AND group_code = 'all' AND is_weighted""",
    )
    # AR-1 2 of yes; UY-1 and UY-3 1 each; base 2 + 2 + 1 + 1 + 3
    assert found == [(round(4 / 9, 6), 12, "population_not_covered")]
    assert rows(
        work,
        """DISTINCT reason FROM estimate.result WHERE subject = 'plan' AND group_code = 'UY'
        AND is_weighted AND statistic = 'share'""",
    ) == [("lonely_strata",)]


def test_weights_move_a_share_towards_those_who_answered_less(work: Work) -> None:
    frame = pd.concat(
        [FRAME, pd.DataFrame({"unit_id": [f"AR-{i}" for i in range(7, 40)], "country": "AR"})]
    )
    run(work, replace(survey(FORM, frame), design=CENSUS.design))
    plain, weighted = rows(
        work,
        """estimate FROM estimate.result WHERE subject = 'plan' AND choice = 'yes'
        AND group_code = 'all' AND statistic = 'share' ORDER BY is_weighted""",
    )
    assert weighted < plain


def raked(work: Work, frame: pd.DataFrame, *columns: str) -> None:
    answers = [*ANSWERS, {"unit_id": "UY-4", "named": "yes", "plan": "no"}]
    design = Design("census_attempt", ("country",), rake=columns)
    run(work, replace(survey(FORM, frame), design=design, groups=Groups(("size",))), answers)


def test_raked_weights_agree_with_the_member_list(work: Work) -> None:
    """The one big government that answered stands for six, small ones for 8/7 (AR) or 6/7 (UY)."""
    frame = FRAME[FRAME["country"] != "VE"]
    raked(work, frame, "size")
    assert rows(
        work,
        """count, n, round(estimate, 4) FROM estimate.result WHERE subject = 'plan'
        AND choice = 'no' AND group_code = 'all' AND is_weighted""",
    ) == [(2, 5, round((6 + 8 / 7) / 10, 4))]


def test_what_the_member_list_knows_is_not_estimated(work: Work) -> None:
    """Six of the twelve members are big; the weights hold that, so the answers add nothing."""
    asked = questionnaire(
        """
        | name | type            | disclosure |
        |------|-----------------|------------|
        | kind | select_one kind | public     |
        """,
        """
        | list_name | name  |
        |-----------|-------|
        | kind      | small |
        | kind      | big   |
        """,
    )
    frame = FRAME[FRAME["country"] != "VE"]
    sizes = dict(zip(frame["unit_id"], frame["size"], strict=True))
    units = ["AR-1", "AR-2", "AR-5", "UY-1", "UY-2", "UY-3", "UY-4"]
    answers = [{"unit_id": unit, "named": "yes", "kind": sizes[unit]} for unit in units]
    write_answers(work, asked, answers)
    estimate(survey(asked, frame, design=Design("census_attempt", rake=("size",))), work)
    assert rows(
        work,
        """choice, count, round(estimate, 12), round(ci_low, 12), ci_method, reason
        FROM estimate.result WHERE subject = 'kind' AND is_weighted ORDER BY ALL""",
    ) == [
        ("big", 2, 0.5, 0.5, "known", "known_total"),
        ("small", 5, 0.5, 0.5, "known", "known_total"),
    ]


@pytest.mark.parametrize(
    ("column", "code"),
    [("size", "margin_without_answers"), ("continent", "column_not_in_frame")],
)
def test_weights_that_cannot_be_made_stop_the_estimate(work: Work, column: str, code: str) -> None:
    """The one metropolis did not answer."""
    sizes = FRAME["size"].where(FRAME["unit_id"] != "AR-4", "metropolis")
    with pytest.raises(RelevoError) as caught:
        raked(work, FRAME.assign(size=sizes), column)
    assert [finding.problem.name for finding in caught.value.findings] == [code]
    assert caught.value.exit == 13


def test_an_open_call_has_counts_and_no_margin_of_error(work: Work) -> None:
    run(work, survey(FORM))
    assert rows(
        work,
        """DISTINCT is_weighted, se, ci_low, ci_method, reason FROM estimate.result
        WHERE subject = 'plan' AND statistic = 'share'""",
    ) == [(False, None, None, "none", "self_selected")]
    assert rows(
        work, "population, shown, reason FROM estimate.result WHERE subject = 'response'"
    ) == [(None, "x", "no_population")]


def test_nobody_answered_is_not_zero(work: Work) -> None:
    run(work, CENSUS, [answer | {"plan": "dk"} for answer in ANSWERS])
    assert rows(
        work,
        """DISTINCT estimate, shown, reason FROM estimate.result WHERE subject = 'plan'
        AND choice = 'yes' AND group_code = 'all'""",
    ) == [(None, "x", "no_answer")]


def test_rows_of_a_repeat_are_counted_with_their_governments(work: Work) -> None:
    form = questionnaire(
        """
        | name   | type               | repeat | disclosure |
        |--------|--------------------|--------|------------|
        | n_pol  | integer            |        | public     |
        | status | select_one status  | pol    | public     |
        """,
        """
        | list_name | name    |
        |-----------|---------|
        | status    | running |
        | status    | ended   |
        """,
    )
    policies = table(
        """
        | unit_id | row_id | status  |
        |---------|--------|---------|
        | AR-1    | pol[1] | running |
        | AR-1    | pol[2] | running |
        | UY-1    | pol[1] | running |
        | UY-2    | pol[1] | ended   |
        """
    )
    write_answers(work, form, ANSWERS, repeats={"pol": policies})
    estimate(survey(form, FRAME), work)
    assert rows(
        work,
        """row_scope, choice, statistic, count, n FROM estimate.result WHERE subject = 'status'
        AND statistic <> 'count' ORDER BY choice DESC, statistic""",
    ) == [
        ("pol", "running", "share", 3, 4),
        ("pol", "running", "share_of_units", 2, 3),
        ("pol", "ended", "share", 1, 4),
        ("pol", "ended", "share_of_units", 1, 3),
    ]


def test_every_member_has_a_state(work: Work) -> None:
    ledger = table(
        """
        | unit_id | verdict     | reason          |
        |---------|-------------|-----------------|
        | AR-1    | loaded      | stands          |
        | AR-4    | loaded      | consent_refused |
        | AR-5    | quarantined | tie_of_answers  |
        """
    )
    answers = [*ANSWERS, {"unit_id": "AR-6"}]
    write_answers(work, FORM, answers, ledger=ledger)
    estimate(CENSUS, work)
    found = work.members.execute(
        "SELECT unit_id, state, is_named FROM estimate.unit WHERE unit_id LIKE 'AR%' ORDER BY 1"
    ).fetchall()
    assert found == [
        ("AR-1", "answered", True),
        ("AR-2", "answered", True),
        ("AR-3", "answered", True),
        ("AR-4", "refused", False),
        ("AR-5", "quarantined", False),
        ("AR-6", "partial", False),
    ]


def test_answers_beside_a_name_are_public_and_agreed_to(work: Work) -> None:
    form = replace(
        FORM,
        questions=tuple(
            replace(
                q,
                **{"staff": {"disclosure": "network"}, "email": {"pii": "direct"}}.get(q.name, {}),
            )
            for q in FORM.questions
        ),
    )
    answers = [
        answer | {"named": "no"} if answer["unit_id"] == "UY-1" else answer for answer in ANSWERS
    ]
    write_answers(work, form, answers)
    declared = replace(CENSUS, questionnaires={"2025": form}, key=Key(publish=Publish("publish")))
    estimate(declared, work)
    assert rows(
        work, "unit_id, question, choice, value FROM estimate.named_answer ORDER BY ALL"
    ) == [
        ("AR-1", "plan", "", "yes"),
        ("AR-1", "services", "health", "health"),
        ("AR-1", "services", "housing", "housing"),
        ("AR-2", "plan", "", "no"),
        ("AR-2", "services", "none", "none"),
        ("UY-3", "plan", "", "yes"),
        ("UY-3", "services", "health", "health"),
    ]
    own = work.members.execute(
        "SELECT question, choice, value, state FROM estimate.unit_answer WHERE unit_id = 'UY-2'"
    ).fetchall()
    assert own == [
        ("plan", "", None, "not_applicable"),
        ("services", "", None, "not_asked"),
        ("staff", "", None, "not_asked"),
    ]


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        (replace(CENSUS, groups=Groups(("continent",))), "column_not_in_frame"),
        (replace(CENSUS, design=Design("probability", ("plan",))), None),
    ],
)
def test_groups_and_strata_are_columns_or_questions(
    work: Work, declared: Survey, code: str | None
) -> None:
    write_answers(work, FORM, ANSWERS)
    if code is None:
        estimate(declared, work)
        return
    with pytest.raises(RelevoError) as caught:
        estimate(declared, work)
    assert [finding.problem.name for finding in caught.value.findings] == [code]


def test_an_answer_outside_every_stratum_stops_the_estimate(work: Work) -> None:
    strata = pd.DataFrame({"plan": ["yes", "no"], "N": pd.array([40, 60], dtype="Int64")})
    declared = survey(FORM, strata, design=Design("probability", ("plan",)))
    declared = replace(
        declared, unit_kind="person", frame_files=replace(declared.frame_files, scope="strata")
    )
    write_answers(work, FORM, ANSWERS)
    with pytest.raises(RelevoError) as caught:
        estimate(declared, work)
    assert caught.value.findings[0].problem.name == "stratum_not_in_frame"
    write_answers(work, FORM, [a for a in ANSWERS if a["plan"] in {"yes", "no"}])
    estimate(declared, work)
    assert rows(work, "population, responses FROM estimate.wave") == [(100, 4)]
