"""Quantiles, rankings, batteries, tables and sums: small cases a reader can check by hand."""

from dataclasses import fields

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipeline.estimate import (
    Design,
    Domains,
    alpha,
    among_first,
    borda,
    independence,
    item_index,
    quantile,
    sums,
)

NAN = np.nan


def sample(n: int) -> Design:
    return Design.of(np.zeros(n, np.int64), np.array([10.0 * n]))


@pytest.mark.parametrize(("rule", "middle"), [("hf7", 2.5), ("math", 2.0), ("school", 2.5)])
def test_rules_of_the_median(rule: str, middle: float) -> None:
    assert quantile(sample(4), np.array([3.0, 1, 2, 10]), rule=rule).value == middle


def test_the_interval_of_a_quantile_ends_where_its_share_does() -> None:
    """Five answers say little: the share's interval leaves 0 to 1, and so there is no bound."""
    found = quantile(sample(5), np.array([1.0, 2, 3, 4, 5]))
    assert (found.value, found.n, found.df) == (3, 5, 4)
    assert np.isnan(found.low) and np.isnan(found.high)
    many = quantile(sample(101), np.arange(101.0))
    assert 35 < many.low < many.value == 50 < many.high < 65


def test_a_quantile_of_nobody_is_missing() -> None:
    assert np.isnan(quantile(sample(2), np.array([NAN, NAN])).value)


def test_unranked_is_missing_and_not_last() -> None:
    rank = np.array([[1, 2, 3], [2, 1, NAN], [NAN, NAN, NAN]])
    assert borda(rank)[0].tolist() == [2, 1, 0]
    assert np.isnan(borda(rank)[1, 2])
    assert among_first(rank)[:2].tolist() == [[1, 0, 0], [0, 1, 0]]
    assert among_first(rank, 2)[:2].tolist() == [[1, 1, 0], [1, 1, 0]]
    assert np.isnan(among_first(rank)[2]).all()


def test_a_battery_has_an_index_and_its_alpha() -> None:
    items = np.array([[1, 2, 1], [3, 3, 2], [5, 4, 5], [2, NAN, 2]])
    assert item_index(items)[:3] == pytest.approx([4 / 3, 8 / 3, 14 / 3])
    assert np.isnan(item_index(items)[3])
    assert item_index(items, least=2)[3] == 2
    whole = items[:3]
    by_hand = 3 / 2 * (1 - whole.var(axis=0).sum() / whole.sum(axis=1).var())
    assert alpha(items, np.ones(4)) == pytest.approx(by_hand)
    assert np.isnan(alpha(np.ones((3, 2)), np.ones(3)))
    assert np.isnan(alpha(items[:, :1], np.ones(4)))


def test_a_table_with_an_empty_margin_has_no_test() -> None:
    row, column = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 0])
    assert independence(sample(4), row, column, (2, 2)) is None
    found = independence(sample(8), np.tile(row, 2), np.tile([0, 1], 4), (2, 2))
    assert found is not None
    assert (found.statistic, found.p) == (pytest.approx(0), pytest.approx(1))


RULES = ["average", "adjust", "remove"]


def mixed(rule: str, *, unequal: bool) -> tuple[Design, np.ndarray, np.ndarray]:
    """Strata with one, some and all members; groups that overlap, one of them empty."""
    rng = np.random.default_rng(5)
    stratum = np.repeat([0, 1, 2, 3], [1, 7, 5, 8]).astype(np.int64)
    made = Design.of(stratum, np.array([4.0, 30, 5, 40]), lonely=rule)
    if unequal:
        made = Design(stratum, made.population, made.weight * rng.uniform(1, 2, 21), rule)
    inside = np.vstack([np.ones(21, bool), stratum < 2, np.arange(21) % 3 == 0, np.zeros(21, bool)])
    y = (rng.random((21, 6)) < 0.4).astype(float)
    y[rng.random(y.shape) < 0.2] = NAN
    y[:, 5] = 1
    return made, inside, y


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_all_groups_at_once_are_each_group_alone(rule: str, unequal: bool) -> None:
    design, inside, y = mixed(rule, unequal=unequal)
    found = Domains(design, inside).means(y)
    for g, where in enumerate(inside):
        for k, column in enumerate(y.T):
            alone = design.mean(column, where & ~np.isnan(column))
            for name in ("value", "n", "df", "n_kish", "fraction", "is_complete", "is_lonely"):
                left, right = getattr(found, name)[g, k], getattr(alone, name)[0]
                assert left == pytest.approx(right, rel=1e-12, nan_ok=True), name
            if alone.n[0]:
                assert found.variance[g, k] == pytest.approx(alone.variance[0], rel=1e-10)
                assert found.deff[g, k] == pytest.approx(alone.deff[0], rel=1e-10, nan_ok=True)


def test_the_database_adds_up_what_the_rows_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever side of the switch: the same sums."""
    rng = np.random.default_rng(6)
    rows = pd.DataFrame(
        {
            "stratum": rng.integers(0, 3, 200),
            "domain": rng.integers(0, 4, 200),
            "weight": rng.uniform(1, 9, 200),
            "Yes": pd.array(rng.integers(0, 2, 200), dtype="Int8"),
            "staff": rng.uniform(0, 50, 200),
        }
    )
    rows.loc[::7, "Yes"] = pd.NA
    con = duckdb.connect()
    con.register("answer", rows)
    few = sums.sums_of_table(con, "answer", ["Yes", "staff"])
    shares = sums.sums_of_table(con, "answer", ["Yes"], are_shares=True)
    monkeypatch.setattr(sums, "MANY_ROWS", 10)
    many = sums.sums_of_table(con, "answer", ["Yes", "staff"])
    many_shares = sums.sums_of_table(con, "answer", ["Yes"], are_shares=True)
    for left, right in ((few, many), (shares, many_shares)):
        assert left.domains == right.domains == 4
        for one in fields(sums.Sums)[1:]:
            found, expected = getattr(left, one.name), getattr(right, one.name)
            assert np.allclose(found, expected, rtol=1e-12, atol=0), one.name
