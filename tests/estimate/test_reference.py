"""The kernel against 4.5 of R's package `survey`: numbers made by other people's code."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.estimate import Design, beta, mean_intervals

DESIGNS = ["srs_fpc", "srs_nofpc", "strat_fpc", "strat_nofpc"]
ESTIMATE, ERROR = 1e-12, 1e-11  # relative; README of the reference numbers


@pytest.fixture(scope="module")
def reference(shared: Path) -> Path:
    folder = shared / "reference"
    if not folder.is_dir():
        pytest.skip("the reference numbers are not there")
    return folder


def school_design(folder: Path, name: str) -> tuple[pd.DataFrame, Design]:
    kind, correction = name.split("_")
    data = pd.read_csv(folder / "data" / ("apisrs.csv" if kind == "srs" else "apistrat.csv"))
    strata = np.zeros(len(data), int) if kind == "srs" else pd.factorize(data["stype"])[0]
    sizes = data.groupby(strata)["fpc"].first().to_numpy(float)
    population = sizes if correction == "fpc" else np.full(len(sizes), np.inf)
    return data, Design(strata.astype(np.int64), population, data["pw"].to_numpy(float))


def numbers(folder: Path, file: str, design: str, keys: list[str]) -> dict[tuple, dict[str, float]]:
    """R's statistics by the key columns."""
    rows = pd.read_csv(folder / "ref" / f"{file}.csv", keep_default_na=False, na_values=["NA"])
    rows = rows[rows["design"] == design]
    return {
        key: dict(zip(part["stat"], part["value"].astype(float), strict=True))
        for key, part in rows.groupby(keys)
    }


def close(found: float, expected: float, relative: float, scale: float = 1.0) -> None:
    if abs(expected) <= 1e-9 * abs(scale):  # 0 in theory: a relative tolerance has no meaning
        assert abs(found) <= 1e-9 * max(1.0, abs(scale))
    else:
        assert found == pytest.approx(expected, rel=relative, abs=0)


@pytest.mark.parametrize("name", DESIGNS)
def test_means_and_totals_are_those_of_r(reference: Path, name: str) -> None:
    data, design = school_design(reference, name)
    compared = 0
    for file, estimate in (("svymean", design.mean), ("svytotal", design.total)):
        for (variable,), expected in numbers(reference, file, name, ["variable"]).items():
            column = variable.split("[")[0]
            if variable.endswith("[na.rm]") and file == "svytotal":
                continue
            y = data[column].to_numpy(float)
            found = estimate(y, ~np.isnan(y))
            close(found.value[0], expected["est"], ESTIMATE)
            close(found.se[0], expected["se"], ERROR, expected["est"])
            if "[" not in variable and file == "svymean":
                ((low, high, _),) = mean_intervals(found, 0.95)
                close(low, expected["lo95"], ERROR)
                close(high, expected["hi95"], ERROR)
                if expected["deff"] == expected["deff"] and expected["se"] > 1e-9:
                    close(found.deff[0], expected["deff"], ESTIMATE)
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("name", DESIGNS)
def test_shares_have_the_beta_interval_of_r(reference: Path, name: str) -> None:
    data, design = school_design(reference, name)
    keys = ["variable", "domain", "method", "conf"]
    compared = 0
    for (variable, domain, method, level), expected in numbers(
        reference, "svyciprop", name, keys
    ).items():
        if method != "beta" or variable in {"never", "always"}:
            continue
        y = data[variable].to_numpy(float)
        where = (data["stype"] == domain.removeprefix("stype=")) | (domain == "")
        found = design.mean(y, where.to_numpy())
        if np.isnan(y).any() or found.value[0] in {0.0, 1.0}:
            continue  # R says NA, or a float-noise interval
        low, high = beta(found, level)
        close(found.value[0], expected["est"], ESTIMATE)
        close(found.se[0], expected["se"], ERROR)
        close(low[0], expected["lo"], ERROR)
        close(high[0], expected["hi"], ERROR)
        compared += 1
    assert compared >= 8


@pytest.mark.parametrize("rule", ["remove", "certainty", "adjust", "average"])
@pytest.mark.parametrize("corrected", [True, False])
def test_a_lonely_stratum_adds_what_r_adds(reference: Path, rule: str, corrected: bool) -> None:
    data = pd.read_csv(reference / "data" / "lonely.csv")
    sizes = data.groupby("str")["N"].first().to_numpy(float)
    design = Design(
        (data["str"] - 1).to_numpy(np.int64),
        sizes if corrected else np.full(len(sizes), np.inf),
        data["w"].to_numpy(float),
        rule,
    )
    rows = pd.read_csv(reference / "ref" / "lonely.csv")
    chosen = (rows["lonely"] == rule) & ~rows["adjust_domain"] & (rows["fpc"] == corrected)
    expected = dict(
        zip(rows.loc[chosen, "stat"], rows.loc[chosen, "value"].astype(float), strict=True)
    )
    y = data["y"].to_numpy(float)
    everyone, domain = design.mean(y), design.mean(y, (data["d"] == 1).to_numpy())
    close(everyone.value[0], expected["mean"], ESTIMATE)
    close(everyone.se[0], expected["mean_se"], ERROR)
    close(design.total(y).se[0], expected["total_se"], ERROR)
    close(domain.se[0], expected["sub_se"], ERROR)
    assert everyone.df == expected["degf"]
    assert domain.df == expected["degf_sub"]


def test_a_census_stratum_adds_nothing(reference: Path) -> None:
    data = pd.read_csv(reference / "data" / "certainty.csv")
    codes = pd.factorize(data["h"])[0].astype(np.int64)
    design = Design.of(codes, data.groupby("h")["N"].first().to_numpy(float))
    ref = pd.read_csv(reference / "ref" / "sup_certainty.csv").set_index("stat")["value"]
    found = design.mean(data["y"].to_numpy(float))
    close(found.value[0], ref["mean"], ESTIMATE)
    close(found.se[0], ref["se"], ERROR)
    assert found.df == ref["degf"]
