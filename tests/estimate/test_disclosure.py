"""What leaves, and what an attacker can make of it: audited by a programme of its own."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pipeline.ask import Questionnaire
from pipeline.ask.survey import Design, Groups
from pipeline.estimate import estimate
from pipeline.store import Work
from tests.estimate.inputs import questionnaire, survey, write_answers

CHOICES = """
    | list_name | name |
    |-----------|------|
    | level     | yes  |
    | level     | part |
    | level     | no   |
    """


def form(disclosure: str, kind: str = "select_one level") -> Questionnaire:
    return questionnaire(
        f"""
        | name | type   | disclosure   |
        |------|--------|--------------|
        | q    | {kind} | {disclosure} |
        """,
        CHOICES,
    )


def members(sizes: Mapping[str, int]) -> pd.DataFrame:
    rows = [(f"{c}-{i}", c, f"s{i % 3}") for c, n in sizes.items() for i in range(n)]
    return pd.DataFrame(rows, columns=["unit_id", "country", "size"])


def answers(
    texts: Mapping[str, str], unnamed: frozenset[str] = frozenset()
) -> list[dict[str, str]]:
    """`{"AR": "yyn"}` is three answers from AR; `unnamed` lists units such as AR-0."""
    words = {"y": "yes", "p": "part", "n": "no", " ": ""}
    return [
        {
            "unit_id": f"{country}-{i}",
            "q": words.get(letter, letter),
            "named": "no" if f"{country}-{i}" in unnamed else "yes",
        }
        for country, text in texts.items()
        for i, letter in enumerate(text)
    ]


def cleared(
    work: Work, asked: Questionnaire, found: list[dict[str, str]], **parts: object
) -> pd.DataFrame:
    """The shares that leave, by group and choice; NaN is hidden."""
    parts = {"groups": Groups(("country",)), **parts}
    write_answers(work, asked, found)
    estimate(survey(asked, members({"AR": 20, "BR": 20, "UY": 20, "PY": 20}), **parts), work)
    return work.survey.execute(
        """SELECT group_code, choice, count::DOUBLE AS count, n::DOUBLE AS n, shown, reason,
        row_scope FROM estimate.result WHERE subject = 'q' AND statistic = 'share'
        AND NOT is_weighted ORDER BY ALL"""
    ).df()


def counts(found: pd.DataFrame, group: str, scope: str = "") -> dict[str, float | str]:
    """Counts by choice; a hidden one is its reason."""
    rows = found[(found["group_code"] == group) & (found["row_scope"] == scope)]
    return {
        choice: count if shown == "yes" else reason
        for choice, count, shown, reason in rows[["choice", "count", "shown", "reason"]].itertuples(
            index=False, name=None
        )
    }


def test_five_of_six_named_leave_no_one_exposed(work: Work) -> None:
    """The complement trap: PY has one government that did not agree to be named.

    Whoever subtracts the five known answers from a count of six has the sixth. So the six are not
    counted; the five are.
    """
    texts = {"AR": "yyyyyynnnnnnpppppp", "PY": "yyynnp"}
    found = cleared(work, form("public"), answers(texts, frozenset({"PY-5"})))
    assert set(counts(found, "PY").values()) == {"unnamed_left_out"}
    assert counts(found, "PY", "named") == {"yes": 3, "part": 0, "no": 2}
    assert counts(found, "AR") == {"yes": 6, "part": 6, "no": 6}
    network = counts(found, "all")  # 24 - AR - the named of PY would be PY-5
    assert network == {"yes": "small_cell", "part": "small_cell", "no": "small_cell"}


def test_many_unnamed_count_in_the_network(work: Work) -> None:
    texts = {"AR": "yyyyyynnnnnn", "BR": "yyyyyynnnnnn"}
    unnamed = frozenset(f"{c}-{i}" for c in texts for i in (3, 4, 5, 6, 7, 8))
    found = cleared(work, form("public"), answers(texts, unnamed))
    assert counts(found, "all") == {"yes": 12, "part": 0, "no": 12}
    assert counts(found, "AR", "named") == {"yes": 3, "part": 0, "no": 3}


def test_a_small_count_takes_another_with_it(work: Work) -> None:
    """2 of 12 say no: hidden, and so is another choice, else n would give it away."""
    found = cleared(
        work,
        form("network"),
        answers({"AR": "yyyyyyppppnn", "BR": "yyyyyyppppnnnn", "UY": "yyyyppppnnnn"}),
    )
    argentina = counts(found, "AR")
    assert argentina["no"] == "small_cell"
    assert "would_be_subtracted" in argentina.values()
    hidden = found[(found["choice"] == "no") & (found["shown"] == "c")]
    assert len(hidden) > 1  # nor do the other countries and the network


def test_all_or_none_is_small_where_it_is_confidential(work: Work) -> None:
    everyone = answers({"AR": "yyyyyyyyyyyy", "BR": "yyyyyynnnnnn"})
    found = cleared(work, form("network"), everyone)
    assert counts(found, "AR") == {"yes": 12, "part": 0, "no": 0}
    found = cleared(work, form("confidential"), everyone)
    assert set(counts(found, "AR").values()) == {"small_cell"}


def test_a_group_below_the_threshold_is_hidden_whole(work: Work) -> None:
    texts = {"AR": "yyyyyyyyyynnnnnnnnnn", "BR": "yyyyyyyyyynnnnnnnnnn", "UY": "yyynn", "PY": "yn"}
    found = cleared(work, form("public"), answers(texts))
    assert set(counts(found, "PY").values()) == {"small_base"}
    assert counts(found, "UY") == {"yes": 3, "part": 0, "no": 2}  # all named: known anyway
    found = cleared(work, form("confidential"), answers({**texts, "UY": "yynn"}))
    assert set(counts(found, "UY").values()) == {"small_base"}


def test_a_hidden_row_keeps_its_place_without_any_number(work: Work) -> None:
    asked = form("confidential")
    write_answers(work, asked, answers({"AR": "yyyn", "BR": "yyyyyyyynnnnnnnn"}))
    declared = survey(asked, members({"AR": 6, "BR": 20}), groups=Groups(("country",)))
    estimate(replace(declared, design=Design("census_attempt", ("country",))), work)
    hidden = work.survey.execute(
        """SELECT count(*), count(count), count(n), count(estimate), count(se), count(ci_low),
        count(ci_high), count(df), count(deff), count(n_eff) FROM estimate.result
        WHERE group_code = 'AR' AND shown = 'c'"""
    ).fetchone()
    assert hidden is not None
    assert hidden[0] > 0
    assert not any(hidden[1:])
    everything = work.confidential.execute("SELECT count(*) FROM estimate.result").fetchone()
    left = work.survey.execute("SELECT count(*) FROM estimate.result").fetchone()
    assert everything == left


def test_known_weights_do_not_tell_who_answered_what(work: Work) -> None:
    """With 4 and 7 answers that weigh 5 and 20/7, a weighted share of 11 is two counts at once."""
    asked = form("network")
    frame = members({"AR": 20, "BR": 20})
    write_answers(work, asked, answers({"AR": "yyyn", "BR": "yyyynnn"}))
    declared = survey(asked, frame, design=Design("census_attempt", ("country",)))
    estimate(declared, work)
    found = work.survey.execute(
        """SELECT is_weighted, shown, reason FROM estimate.result
        WHERE choice = 'yes' AND statistic = 'share' ORDER BY ALL"""
    ).fetchall()
    assert found == [(False, "yes", ""), (True, "c", "weights_would_tell")]


def test_a_mean_of_two_is_not_found_by_subtraction(work: Work) -> None:
    asked = form("network", "integer")
    texts = {"AR": ["4", "5", "6", "9"], "BR": ["1", "2", "3", "8"], "UY": ["7", "9", "", ""]}
    found = [
        {"unit_id": f"{country}-{i}", "q": value}
        for country, values in texts.items()
        for i, value in enumerate(values)
    ]
    write_answers(work, asked, found)
    sizes = {"AR": 4, "BR": 4, "UY": 4}
    estimate(survey(asked, members(sizes), groups=Groups(("country",))), work)
    shown = work.survey.execute(
        """SELECT group_code, shown, reason FROM estimate.result WHERE statistic = 'mean'
        ORDER BY 1"""
    ).fetchall()
    assert ("UY", "c", "small_base") in shown
    assert sum(row[1] == "c" for row in shown) > 1


def test_the_number_of_answers_is_one_where_skip_logic_asks(work: Work) -> None:
    """One of 12 was not asked: n alone would tell what it said before."""
    texts = {"AR": "yyyyyynnnnnn", "BR": "yyyyyynnnnn-"}
    found = cleared(work, form("network"), answers(texts))
    assert set(counts(found, "BR").values()) == {"would_be_subtracted"}
    assert set(counts(found, "all").values()) == {"would_be_subtracted"}
    assert counts(found, "AR") == {"yes": 6, "part": 0, "no": 6}


# --- an attacker of its own, who reads nothing but what was cleared ------------------------------


def attack(found: pd.DataFrame, truth: pd.DataFrame, choices: list[str]) -> list[tuple[str, str]]:
    """Hidden small counts that the shown ones determine: minimum and maximum are one.

    The attacker knows how many answered in each cell of country and size; unknowns are the counts
    by cell and choice.
    """
    cells = truth.groupby(["country", "size"]).size()
    unknowns = [(cell, choice) for cell in cells.index for choice in choices]
    place = {key: i for i, key in enumerate(unknowns)}

    def row(group: str, choice: str) -> np.ndarray:
        vector = np.zeros(len(unknowns))
        for (country, size), c in unknowns:
            if c == choice and group in {"all", country, size}:
                vector[place[(country, size), c]] = 1
        return vector

    shown = found[found["shown"] == "yes"]
    known = [row(g, c) for g, c in zip(shown["group_code"], shown["choice"], strict=True)]
    values = shown["count"].tolist()
    for cell, n in cells.items():
        known.append(np.array([float(key[0] == cell) for key in unknowns]))
        values.append(float(n))
    broken = []
    for group, choice in zip(found["group_code"], found["choice"], strict=True):
        inside = truth[(truth["country"] == group) | (truth["size"] == group) | (group == "all")]
        count, n = int((inside["q"] == choice).sum()), len(inside)
        if not (0 < count < 3 or 0 < n - count < 3):
            continue
        ends = [
            sign * linprog(sign * row(group, choice), A_eq=known, b_eq=values).fun
            for sign in (1, -1)
        ]
        if ends[1] - ends[0] < 1 - 1e-6:
            broken.append((group, choice))
    return broken


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.text("ypn", min_size=3, max_size=14), min_size=2, max_size=4))
def test_no_small_count_is_found_from_all_that_is_shown(work: Work, texts: list[str]) -> None:
    by_country = dict(zip(("AR", "BR", "UY", "PY"), texts, strict=False))
    given_answers = answers(by_country)
    by = Groups(("country", "size"))
    found = cleared(work, form("network"), given_answers, groups=by)
    frame = members({"AR": 20, "BR": 20, "UY": 20, "PY": 20})
    truth = pd.DataFrame(given_answers).merge(frame, on="unit_id")
    assert attack(found, truth, ["yes", "part", "no"]) == []


@pytest.mark.parametrize("hide", [[], [("AR", "no")]])
def test_the_attacker_finds_what_is_badly_hidden(work: Work, hide: list[tuple[str, str]]) -> None:
    """The audit can fail: with only the small count itself hidden, it is found."""
    given_answers = answers({"AR": "yyyyyyppppnn", "BR": "yyyyyyppppnnnn", "UY": "yyyyppppnnnn"})
    frame = members({"AR": 20, "BR": 20, "UY": 20})
    truth = pd.DataFrame(given_answers).merge(frame, on="unit_id")
    naive = pd.DataFrame(
        [
            {"group_code": g, "choice": c, "count": float(n), "shown": "yes"}
            for (g, c), n in truth.groupby(["country", truth["q"]]).size().items()
        ]
    )
    for group, choice in hide:
        naive.loc[(naive["group_code"] == group) & (naive["choice"] == choice), "shown"] = "c"
    assert attack(naive, truth, ["yes", "part", "no"]) == [("AR", "no")]


def test_nothing_a_person_said_is_public(work: Work) -> None:
    asked = form("public")
    found = answers({"AR": "yyyyyn"})
    write_answers(work, asked, found)
    estimate(replace(survey(asked), unit_kind="person"), work)
    hidden = work.survey.execute(
        "SELECT choice FROM estimate.result WHERE statistic = 'share' AND shown = 'c' ORDER BY 1"
    ).fetchall()
    assert {("no",), ("yes",)} <= set(hidden)
    assert work.survey.execute("SELECT count(*) FROM estimate.named_answer").fetchone() == (0,)
