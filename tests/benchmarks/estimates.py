"""Estimates: a million answers beside R and a Python peer, and all numbers of one brief.

`python -m tests.benchmarks estimates` runs these alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from pipeline.estimate import (
    Design,
    Domains,
    finish,
    mean_intervals,
    share_intervals,
    sums_of_table,
)

ROWS, QUESTIONS, DOMAINS, STRATA = 1_000_000, 50, 20, 40
COLUMNS = [f"q{k}" for k in range(QUESTIONS)]
FRACTION = 0.25  # of each stratum that answered

R = """
suppressMessages(library(survey))
d <- read.csv("{path}", colClasses = "numeric")
s <- svydesign(id = ~1, strata = ~stratum, weights = ~weight, fpc = ~size, data = d)
f <- as.formula(paste("~", paste(paste0("q", 0:{last}), collapse = "+")))
t <- system.time(r <- svyby(f, ~domain, s, svymean))
cat(sum(t[c(1, 2)]), format(sum(coef(r)), digits = 15), format(sum(SE(r)), digits = 15),
    as.character(packageVersion("survey")))
"""


def write(path: Path, rows: int = ROWS) -> None:
    """Answers 0/1 with unequal weights, as Parquet and as CSV for R."""
    rng = np.random.default_rng(2025)
    table = pd.DataFrame({name: (rng.random(rows) < 0.4).astype("int8") for name in COLUMNS})
    table.insert(0, "stratum", rng.integers(0, STRATA, rows))
    table.insert(1, "domain", rng.integers(0, DOMAINS, rows))
    table.insert(2, "weight", rng.integers(200, 800, rows) / 100)
    answers = table["stratum"].map(table["stratum"].value_counts())
    table.insert(3, "size", (answers / FRACTION).round().astype(int))
    table.to_parquet(path)
    if shutil.which("Rscript"):
        duckdb.execute(f"COPY (FROM '{path}') TO '{path.with_suffix('.csv')}' (HEADER)")


def large(folder: Path, cpu: Callable[..., float]) -> Iterator[tuple[str, float, str, float]]:
    """50 questions by 20 domains of 10^6 answers in 40 strata, with standard errors."""
    path = folder / "estimates.parquet"
    write(path)
    con = duckdb.connect()
    con.execute(f"CREATE TABLE answer AS FROM '{path}'")
    sizes = con.execute("SELECT any_value(size) FROM answer GROUP BY stratum ORDER BY stratum")
    population = np.array([size for (size,) in sizes.fetchall()], float)
    answers = np.round(population * FRACTION)
    checked: list[float] = []

    def ours() -> None:
        sums = sums_of_table(con, "answer", COLUMNS, are_shares=True)
        found = finish(sums, answers, population)
        checked[:] = [found.value.sum(), found.se.sum()]

    name, spent = f"shares of {ROWS:,} answers, {QUESTIONS} x {DOMAINS}", cpu(ours)
    for run in (in_r, in_a_peer):
        label, seconds, value, error = run(path)
        if value and not np.allclose([value, error], checked, rtol=1e-9):
            label += f": other numbers, {value} {error} for {checked}"
        yield name, spent, label, seconds


def in_r(path: Path) -> tuple[str, float, float, float]:
    """R's `survey`, one call for all questions; creating the design is not counted."""
    if not shutil.which("Rscript"):
        return "R survey: skipped, no R on this machine", np.nan, 0, 0
    script = R.format(path=path.with_suffix(".csv"), last=QUESTIONS - 1)
    done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
    if done.returncode:
        return "R survey: skipped, the package is not there", np.nan, 0, 0
    seconds, value, error, version = done.stdout.split()
    return f"R survey {version}, one svyby", float(seconds), float(value), float(error)


def in_a_peer(path: Path) -> tuple[str, float, float, float]:
    """The package svy from PyPI, in a process of its own; RELEVO_PEER names its Python."""
    python = os.environ.get("RELEVO_PEER", sys.executable)
    command = [python, str(Path(__file__).with_name("estimates_peer.py")), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return "svy: skipped, the package is not there", np.nan, 0, 0
    seconds, value, error, version = done.stdout.split()
    return f"svy {version}, one call a question", float(seconds), float(value), float(error)


def brief() -> tuple[str, float, str, float]:
    """All numbers of one network brief: 93 answers, 17 groups, with intervals; at most 2 ms.

    70 shares, as choices of the questions, and 5 means.
    """
    rng = np.random.default_rng(93)
    country, size = rng.integers(0, 11, 93), rng.integers(0, 5, 93)
    stratum = np.unique(country * 5 + size, return_inverse=True)[1].astype(np.int64)
    answers = np.bincount(stratum)
    design = Design.of(stratum, np.round(answers * rng.uniform(1, 8, len(answers))))
    kinds = (np.zeros(93, int), country, size)
    inside = np.vstack([kind == code for kind in kinds for code in np.unique(kind)])
    y = (rng.random((93, 70)) < rng.uniform(0.1, 0.9, 70)).astype(float)
    y = np.hstack([y, rng.lognormal(size=(93, 5))])
    y[rng.random(y.shape) < 0.1] = np.nan
    shares, numbers = slice(70), slice(70, None)
    domains = Domains(design, inside)

    def at_once() -> None:
        found, counts = domains.means(y), inside @ np.nan_to_num(y[:, shares])
        share_intervals(found.at((slice(None), shares)), counts, 0.95)
        mean_intervals(found.at((slice(None), numbers)), 0.95)

    def one_by_one() -> None:
        for where in inside:
            for column in y[:, shares].T:
                base = where & ~np.isnan(column)
                share_intervals(design.mean(column, base), np.zeros(1), 0.95)
            for column in y[:, numbers].T:
                mean_intervals(design.mean(column, where & ~np.isnan(column)), 0.95)

    at_once()
    shape = f"a brief: {len(inside)} groups x 75 numbers of 93 answers, with intervals"
    return shape, many(at_once), "the same one by one", many(one_by_one, 1)


def many(work: Callable[[], object], runs: int = 50) -> float:
    """CPU seconds of what is too short to be timed once."""
    spent = []
    for _ in range(runs):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return min(spent)
