"""The reference numbers of R's `survey` 4.5, and the designs they were made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.estimate import Design, Floats, Margin, Mask, calibrate, post_stratify, rake

DESIGNS = (
    "srs_fpc", "srs_nofpc", "strat_fpc", "strat_nofpc", "clus1_fpc", "clus1_nofpc", "clus2_fpc",
    "clus2_nofpc", "srs_post", "clus1_post", "srs_rake", "clus1_rake", "clus1_callin",
    "clus1_calrake", "strat_calrake", "clus1_callogit",
)  # fmt: skip
RAKED_BY_R = frozenset({"srs_rake", "clus1_rake"})
DISTRICTS, LEVELS, SCHOOLS, WIDE = 757, ("E", "H", "M"), (4421, 755, 1018), (1072, 5122)


@dataclass(frozen=True)
class Schools:
    """One sample of Californian schools with its design."""

    name: str
    data: pd.DataFrame
    design: Design

    @property
    def is_calibrated(self) -> bool:
        return self.design.calibration is not None

    def column(self, name: str) -> Floats:
        return self.data[name].to_numpy(float)

    def code(self, name: str) -> np.ndarray:
        """Codes of a text column in alphabetical order; -1 where it is missing."""
        return pd.Categorical(self.data[name]).codes.astype(np.int64)

    def domain(self, by: str, levels: str) -> Mask:
        """Rows of a domain such as stype|sch.wide, E|No."""
        pairs = zip(by.split("|"), levels.split("|"), strict=True)
        masks = [(self.data[name] == level).to_numpy(bool) for name, level in pairs]
        return np.logical_and.reduce(masks)


@lru_cache
def schools(folder: Path, name: str) -> Schools:
    kind, _, change = name.partition("_")
    data = pd.read_csv(folder / "data" / f"api{kind}.csv")
    base = _base(data, kind, with_fpc=change != "nofpc")
    made = Schools(name, data, base)
    if change in {"fpc", "nofpc"}:
        return made
    return replace(made, design=_calibrated(made, change))


def _base(data: pd.DataFrame, kind: str, *, with_fpc: bool) -> Design:
    strata = pd.factorize(data["stype"])[0] if kind == "strat" else np.zeros(len(data))
    stratum = strata.astype(np.int64)
    weight = data["pw"].to_numpy(float)
    cluster = within = None
    sizes = np.array([np.inf])
    if kind.startswith("clus"):
        cluster = pd.factorize(data["dnum"])[0].astype(np.int64)
        sizes = np.array([float(DISTRICTS)])
    else:
        sizes = data.groupby(stratum)["fpc"].first().to_numpy(float)
    if kind == "clus2" and with_fpc:
        within = data["fpc2"].to_numpy(float)
        weight = DISTRICTS / (cluster.max() + 1) * within / np.bincount(cluster)[cluster]
    population = sizes if with_fpc else np.full(len(sizes), np.inf)
    return Design(stratum, population, weight, cluster=cluster, within=within)


def _calibrated(schools: Schools, change: str) -> Design:
    design, stype = schools.design, schools.code("stype")
    types = Margin("stype", stype, np.array(SCHOOLS, float), LEVELS)
    wide = Margin("sch.wide", schools.code("sch.wide"), np.array(WIDE, float), ("No", "Yes"))
    if change == "post":
        # strat_post is on the target of all schools, the others on the kinds of school
        return post_stratify(design, wide if schools.name.startswith("strat") else types)
    if change.startswith("rake"):
        return rake(design, (types, wide))
    x = np.column_stack([np.ones(len(stype)), stype == 1, stype == 2, schools.column("api99")])
    totals = np.array([6194, 755, 1018, 3914069.0])
    methods = {"callin": "linear", "calrake": "raking", "callogit": "logit"}
    return calibrate(design, x, totals, method=methods[change], bounds=(0.6, 1.6))


def numbers(folder: Path, file: str, **chosen: str) -> pd.DataFrame:
    """Rows of one file of results, all text but `value`; NA and NaN are missing."""
    rows = pd.read_csv(folder / "ref" / f"{file}.csv", dtype=str, keep_default_na=False)
    for column, value in chosen.items():
        rows = rows[rows[column] == value]
    return rows.assign(value=pd.to_numeric(rows["value"], errors="coerce"))


def statistics(
    folder: Path, file: str, keys: list[str], **chosen: str
) -> Iterator[tuple[tuple[str, ...], dict[str, float]]]:
    """R's statistics by the key columns."""
    for key, part in numbers(folder, file, **chosen).groupby(keys, sort=False):
        yield key, dict(zip(part["stat"], part["value"], strict=True))
