"""Scores: points by the form's rules, what leaves the denominator, what widens the bounds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.ask import Questionnaire, Survey
from pipeline.ask.survey import Design, Groups
from pipeline.estimate import estimate
from pipeline.estimate.answers import read_wave
from pipeline.estimate.index import (
    DECLARED,
    NESTED_MEANS,
    SDG_1072,
    Items,
    RuleSet,
    domain_scores,
    overall_scores,
    ranks,
    score_items,
)
from pipeline.store import Work
from tests.estimate.inputs import questionnaire, survey, write_answers
from tests.markdown import table

CHOICES = """
    | list_name | name      | score | missing_kind   |
    |-----------|-----------|-------|----------------|
    | plan      | yes       | 100   |                |
    | plan      | draft     | 50    |                |
    | plan      | no        | 0     |                |
    | plan      | dk        |       | dont_know      |
    | plan      | na        |       | not_applicable |
    | lang      | spanish   | 1     |                |
    | lang      | english   | 1     |                |
    | lang      | sign      | 1     |                |
    | lang      | none      | 0     |                |
    | lang      | dk        |       | dont_know      |
    | svc       | health    | 1     |                |
    | svc       | housing   | 1     |                |
    | svc       | none      | 0     |                |
    | comp      | health    |       |                |
    | comp      | housing   |       |                |
    | comp      | police    |       |                |
    | comp      | none      |       |                |
    | comp      | dk        |       | dont_know      |
    | agree     | disagree  | 1     |                |
    | agree     | neither   | 3     |                |
    | agree     | agree     | 5     |                |
    """
FRAME = pd.DataFrame({"unit_id": [f"UY-{i}" for i in range(1, 31)], "country": "UY"})
COUNTRIES = "iso2,official_language_choice\nUY,spanish\n"
CLASSES = "code,from,to_below,label_en\nk1,0,20,A\nk2,20,40,B\nk3,40,60,C\nk4,60,80,D\nk5,80,,E\n"


def form(items: str) -> Questionnaire:
    return questionnaire(items, CHOICES)


def declared(asked: Questionnaire, folder: Path, **parts: object) -> Survey:
    (folder / "countries.csv").write_text(COUNTRIES, encoding="utf-8")
    (folder / "score_classes.csv").write_text(CLASSES, encoding="utf-8")
    return survey(asked, FRAME, folder=folder, **parts)


def unit_rows(work: Work, kind: str, columns: str, order: str = "unit_id, subject") -> list[Any]:
    return work.members.execute(
        f"SELECT {columns} FROM estimate.unit_score WHERE subject_kind = ? ORDER BY {order}",
        [kind],
    ).fetchall()


def item_scores(
    work: Work, items: str, answers: list[dict[str, str]]
) -> list[tuple[float | None, float | None, float | None]]:
    """Score, low and high of the item `q` of each government, in the order of the answers."""
    asked = form(items)
    write_answers(work, asked, answers)
    estimate(declared(asked, work.folder), work)
    rows = unit_rows(work, "item", "subject, round(score, 1), low, high")
    return [(score, low, high) for subject, score, low, high in rows if subject == "q"]


def answers(cells: str) -> list[dict[str, str]]:
    return [{"unit_id": f"UY-{i}", **row} for i, row in enumerate(table(cells), start=1)]


# --- points ---------------------------------------------------------------------------------------

OPEN = (None, 0.0, 100.0)
LEFT = (None, None, None)


def test_map_takes_the_points_of_the_choice_and_no_empty_cell_is_zero(work: Work) -> None:
    given_ = answers(
        """
        | q     |
        |-------|
        | draft |
        | no    |
        | dk    |
        |       |
        | !     |
        | na    |
        | -     |
        | ~     |
        """
    )
    found = item_scores(
        work,
        """
        | name | type            | domain | score |
        |------|-----------------|--------|-------|
        | q    | select_one plan | D1     | map   |
        """,
        given_,
    )
    closed = [(50.0, 50.0, 50.0), (0.0, 0.0, 0.0)]
    assert found == [*closed, OPEN, OPEN, OPEN, LEFT, LEFT, LEFT]


def test_count_has_a_cap_and_leaves_the_official_language_out(work: Work) -> None:
    given_ = answers(
        """
        | q                    |
        |----------------------|
        | spanish english sign |
        | english              |
        | spanish              |
        | none                 |
        | dk                   |
        """
    )
    items = """
        | name | type                 | domain | score       |
        |------|----------------------|--------|-------------|
        | q    | select_multiple lang | D1     | count cap=2 |
        """
    plain = item_scores(work, items, given_)
    assert [score for score, _, _ in plain] == [100, 50, 50, 0, None]
    without = items.replace("count cap=2 |", "count cap=2 except=official_language |")
    assert [score for score, _, _ in item_scores(work, without, given_)] == [100, 50, 0, 0, None]


def test_a_cap_is_no_more_than_an_older_form_offered(work: Work) -> None:
    """Without the column of sign language, English is the half of what could be chosen."""
    asked = form(
        """
        | name | type                 | domain | score       |
        |------|----------------------|--------|-------------|
        | q    | select_multiple lang | D1     | count cap=3 |
        """
    )
    write_answers(work, asked, answers("| q |\n|---|\n| english |"))
    work.confidential.execute('UPDATE edit.response SET "q/sign" = NULL')
    estimate(declared(asked, work.folder), work)
    assert unit_rows(work, "item", "score") == [(50.0,)]


def test_a_share_is_of_what_the_government_may_do(work: Work) -> None:
    """Housing without the competence counts neither for nor against; police is no service."""
    given_ = answers(
        """
        | held           | q              |
        |----------------|----------------|
        | health housing | health         |
        | health police  | health housing |
        | health housing | none           |
        | police         | none           |
        | none           |                |
        | dk             | health         |
        |                | health         |
        | health         |                |
        | ~              | health         |
        """
    )
    found = item_scores(
        work,
        """
        | name | type                 | domain | score         |
        |------|----------------------|--------|---------------|
        | held | select_multiple comp |        | context       |
        | q    | select_multiple svc  | D1     | share of=held |
        """,
        given_,
    )
    half, all_, none = (50.0, 50.0, 50.0), (100.0, 100.0, 100.0), (0.0, 0.0, 0.0)
    assert found == [half, all_, none, LEFT, LEFT, OPEN, OPEN, OPEN, LEFT]


def test_likert_runs_from_its_first_to_its_last_value(work: Work) -> None:
    items = """
        | name | type             | domain | score        |
        |------|------------------|--------|--------------|
        | q    | select_one agree | D1     | likert       |
        """
    given_ = answers("| q |\n|---|\n| disagree |\n| neither |\n| agree |")
    assert [score for score, _, _ in item_scores(work, items, given_)] == [0, 50, 100]
    numbers = items.replace("select_one agree", "decimal").replace("likert ", "likert max=7 ")
    given_ = [{"unit_id": f"UY-{i}", "q": text} for i, text in enumerate(("1", "4", "7", "9"), 1)]
    assert [score for score, _, _ in item_scores(work, numbers, given_)] == [0, 50, 100, None]


def test_a_skip_leaves_the_denominator_unless_its_gate_is_unknown(work: Work) -> None:
    given_ = answers(
        """
        | held    | q     |
        |---------|-------|
        | housing | yes   |
        | health  | -     |
        | dk      | -     |
        |         | -     |
        | !       | -     |
        | ~       | ~     |
        """
    )
    found = item_scores(
        work,
        """
        | name | type                 | domain | score   | skip_excludes |
        |------|----------------------|--------|---------|---------------|
        | held | select_multiple comp |        | context |               |
        | q    | select_one plan      | D1     | map     | held          |
        """,
        given_,
    )
    assert found == [(100.0, 100.0, 100.0), LEFT, OPEN, OPEN, OPEN, LEFT]


def test_a_question_without_domain_or_with_an_unread_rule_is_in_no_score(work: Work) -> None:
    asked = form(
        """
        | name | type            | domain | score |
        |------|-----------------|--------|-------|
        | a    | select_one plan |        | map   |
        | b    | select_one plan | D1     | maps  |
        """
    )
    write_answers(work, asked, answers("| a | b |\n|---|---|\n| yes | no |"))
    estimate(declared(asked, work.folder), work)
    assert work.members.execute("SELECT count(*) FROM estimate.unit_score").fetchone() == (0,)


# --- domains and the index ------------------------------------------------------------------------

THREE = """
    | name | type            | domain | score | weight | sdg | disclosure |
    |------|-----------------|--------|-------|--------|-----|------------|
    | a    | select_one plan | D1     | map   | 2      | 1   | public     |
    | b    | select_one plan | D1     | map   |        | 2   | public     |
    | c    | select_one plan | D1     | map   |        | 1   | network    |
    | d    | select_one plan | D2     | map   |        | 2   | public     |
    | e    | select_one plan | D3     | map   |        | 2   | public     |
    """


def run(work: Work, cells: str) -> None:
    asked = form(THREE)
    write_answers(work, asked, answers(cells))
    estimate(declared(asked, work.folder), work)


def test_a_domain_is_the_weighted_mean_of_what_was_answered_and_applies(work: Work) -> None:
    """Half of the weight is enough; b and c alone are half, c alone is not."""
    run(
        work,
        """
        | a   | b     | c     | d   | e   |
        |-----|-------|-------|-----|-----|
        | yes | no    | draft | yes | yes |
        | dk  | yes   | draft | yes | yes |
        | dk  | dk    | draft | yes | yes |
        | na  | yes   | draft | yes | yes |
        | na  | na    | -     | yes | yes |
        """,
    )
    columns = "score, low, high, round(coverage, 2), class, reason"
    found = [row[1:] for row in unit_rows(work, "domain", f"subject, {columns}") if row[0] == "D1"]
    assert found == [
        (62.5, 62.5, 62.5, 1.0, "k4", ""),
        (75.0, 37.5, 87.5, 0.5, "k4", ""),
        (None, 12.5, 87.5, 0.25, "", "score_not_covered"),
        (75.0, 75.0, 75.0, 1.0, "k4", ""),
        (None, None, None, None, "", "score_not_applicable"),
    ]


def test_the_index_is_the_mean_of_its_domains(work: Work) -> None:
    """All three of three are needed, as seven of nine are. One without a score may be anything."""
    run(
        work,
        """
        | a   | b     | c     | d     | e   |
        |-----|-------|-------|-------|-----|
        | yes | yes   | yes   | draft | no  |
        | yes | yes   | dk    | draft | no  |
        | yes | yes   | yes   | draft | dk  |
        """,
    )
    found = unit_rows(work, "index", "subject, score, low, high, round(coverage, 2), class")
    assert found == [
        ("overall", 50.0, 50.0, 50.0, 1.0, "k3"),
        ("overall", 50.0, pytest.approx(125 / 3), 50.0, 1.0, "k3"),
        ("overall", None, 50.0, pytest.approx(250 / 3), 0.67, ""),
    ]


@pytest.mark.parametrize(("missing", "is_given"), [(0, True), (2, True), (3, False)])
def test_seven_of_nine_domains_are_enough(missing: int, is_given: bool) -> None:
    points = np.full((1, 9), 60.0)
    points[0, :missing] = np.nan
    overall = overall_scores(domain_scores(Items.of(points, np.arange(9))))
    assert bool(overall.is_given[0, 0]) is is_given


def test_a_geometric_mean_lets_no_domain_make_up_for_another() -> None:
    """Below 1 a domain counts as 1: the score of a government with a 0 is low, not lost."""
    points = np.array([[100, 100, 100], [100, 100, 1], [100, 100, 0]], float)
    domains = domain_scores(Items.of(points, np.arange(3)))
    geometric = replace(DECLARED, is_geometric=True)
    assert overall_scores(domains, geometric).score[:, 0] == pytest.approx(
        [100, 21.544, 21.544], 1e-4
    )
    assert overall_scores(domains).score[:, 0] == pytest.approx([100, 67, 200 / 3])


def test_ranks_are_shared_by_equals_whatever_binary_fractions_say() -> None:
    scores = np.array([0.1 + 0.2, 0.3, 0.5, np.nan])
    assert ranks(scores).tolist()[:3] == [2, 2, 1]
    assert np.isnan(ranks(scores)[3])


def test_the_same_answers_read_by_the_six_domains_of_sdg_1072(work: Work) -> None:
    """Domain 1 is 100 x the mean of a and c, each 0 to 1; weights do not count."""
    run(work, "| a | b | c | d | e |\n|---|---|---|---|---|\n| yes | no | draft | yes | yes |")
    told = declared(form(THREE), work.folder)
    items = score_items(told, read_wave(told, work, told.waves[0]), SDG_1072)
    assert items.domains == ("1", "2")
    domains = domain_scores(items, SDG_1072)
    assert domains.score[0] == pytest.approx([75, 200 / 3])
    assert overall_scores(domains, SDG_1072).score[0, 0] == pytest.approx((75 + 200 / 3) / 2)


# --- properties -----------------------------------------------------------------------------------


@st.composite
def scored_answers(draw: st.DrawFn) -> tuple[Items, RuleSet]:
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    points = draw(arrays.arrays(float, (n, m), elements=st.sampled_from([0, 25, 33, 100, np.nan])))
    applies = draw(arrays.arrays(bool, (n, m)))
    domain = np.array(draw(st.lists(st.integers(0, 3), min_size=m, max_size=m)))
    weight = np.array(draw(st.lists(st.sampled_from([0.1, 0.3, 1, 2]), min_size=m, max_size=m)))
    items = Items.of(np.where(applies, points, np.nan), domain, weight=weight, applies=applies)
    return items, draw(st.sampled_from([DECLARED, NESTED_MEANS, RuleSet(is_geometric=True)]))


@given(scored_answers())
@settings(deadline=None)
def test_bounds_hold_the_score_and_meet_where_all_is_answered(drawn: tuple[Items, RuleSet]) -> None:
    items, rules = drawn
    domains = domain_scores(items, rules)
    complete = ~(items.applies & np.isnan(items.points)).any(axis=1)
    for scores in (domains, overall_scores(domains, rules)):
        given_ = scores.is_given
        assert (scores.low[given_] <= scores.score[given_]).all()
        assert (scores.score[given_] <= scores.high[given_]).all()
        assert (scores.low[scores.applies] >= 0).all() and (
            scores.high[scores.applies] <= 100
        ).all()
        sure = given_ & complete[:, None]
        assert scores.low[sure] == pytest.approx(scores.high[sure])


@given(scored_answers(), st.data())
@settings(deadline=None)
def test_one_more_answer_never_widens_the_bounds(
    drawn: tuple[Items, RuleSet], data: st.DataObject
) -> None:
    items, rules = drawn
    missing = np.argwhere(items.applies & np.isnan(items.points))
    if not len(missing):
        return
    points = items.points.copy()
    points[tuple(data.draw(st.sampled_from(missing.tolist())))] = data.draw(
        st.sampled_from([0, 100])
    )
    before, after = domain_scores(items, rules), domain_scores(replace(items, points=points), rules)
    for old, new in (
        (before, after),
        (overall_scores(before, rules), overall_scores(after, rules)),
    ):
        assert (new.low[old.applies] >= old.low[old.applies] - 1e-9).all()
        assert (new.high[old.applies] <= old.high[old.applies] + 1e-9).all()


# --- what leaves ----------------------------------------------------------------------------------


def cleared(work: Work, n: int, unnamed: int, **parts: object) -> Iterator[tuple[Any, ...]]:
    """Results of the scores of n governments, the first `unnamed` of which are not to be named."""
    asked = form(THREE)
    words = ("yes", "draft", "no")
    rows = [
        {
            "unit_id": f"UY-{i}",
            "named": "yes" if i > unnamed else "no",
            **{name: words[(i + k) % 3] for k, name in enumerate("abcde")},
        }
        for i in range(1, n + 1)
    ]
    write_answers(work, asked, rows)
    estimate(declared(asked, work.folder, groups=Groups(("country",)), **parts), work)
    yield from work.survey.execute(
        """SELECT subject, row_scope, statistic, choice, n, estimate, shown, reason
        FROM estimate.result WHERE subject_kind IN ('domain', 'index') AND group_code = 'all'
        AND NOT is_weighted"""
    ).fetchall()


def test_a_mean_score_leaves_in_whole_points(work: Work) -> None:
    """A question of network class makes D1 and the index so; 24 answers, each moves D1 by 50."""
    found = {row[:4]: row[4:] for row in cleared(work, 24, 12)}
    n, estimate_, shown, _ = found["D1", "", "mean", ""]
    assert (n, shown) == (24, "yes")
    assert estimate_ == 50 and estimate_ % 5 == 0
    exact = work.confidential.execute(
        """SELECT estimate, unit_of_measure FROM estimate.result WHERE subject = 'D2'
        AND statistic = 'mean' AND group_code = 'all' AND row_scope = '' AND NOT is_weighted"""
    ).fetchone()
    assert exact == (pytest.approx(50), "points")


def test_a_mean_that_two_answers_would_move_is_hidden(work: Work) -> None:
    found = {row[:4]: row[4:] for row in cleared(work, 6, 6)}
    assert found["D2", "", "mean", ""] == (None, None, "c", "small_base")
    assert found["overall", "", "mean", ""][2:] == ("c", "small_base")


def test_a_group_below_the_threshold_has_no_score(work: Work) -> None:
    assert {row[6] for row in cleared(work, 2, 2)} == {"c"}


def test_a_class_is_counted_like_a_choice(work: Work) -> None:
    found = {row[:4]: row[4:] for row in cleared(work, 24, 24)}
    counts = {key[3]: row[1] for key, row in found.items() if key[0] == "D2" and key[2] == "share"}
    assert counts == {
        "k1": pytest.approx(1 / 3),
        "k2": 0,
        "k3": pytest.approx(1 / 3),
        "k4": 0,
        "k5": pytest.approx(1 / 3),
    }


def test_a_score_stands_beside_a_name_only_where_all_its_questions_are_public(work: Work) -> None:
    """c is of network class: neither D1 nor the index. UY-1 did not agree."""
    list(cleared(work, 3, 1))
    found = work.survey.execute(
        "SELECT unit_id, subject, score FROM estimate.named_score ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("UY-2", "D2", 0.0),
        ("UY-2", "D3", 100.0),
        ("UY-3", "D2", 100.0),
        ("UY-3", "D3", 50.0),
    ]


def test_the_weighted_mean_has_a_design_error_and_an_interval_inside_the_scale(work: Work) -> None:
    list(cleared(work, 24, 12, design=Design("census_attempt")))
    (row,) = work.survey.execute(
        """SELECT estimate, se, ci_low, ci_high, ci_method, unit_of_measure, population
        FROM estimate.result WHERE subject = 'D1' AND statistic = 'mean' AND is_weighted
        AND group_code = 'all'"""
    ).fetchall()
    mean, se, low, high, *rest = row
    assert mean % 5 == 0 and 0 < se < 10
    assert 0 <= low < mean < high <= 100
    assert rest == ["t", "points", 30]
