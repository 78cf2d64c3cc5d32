"""How nearly the kernel gives R's numbers: `python -m tests.estimate.agreement` prints the table.

One function per family compares every number of its files that the kernel has; the tolerances are
those of the reference numbers' README.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from pipeline.estimate import (
    Design,
    Estimate,
    cells,
    independence,
    jackknife,
    linear,
    plain,
    quantile,
    share_intervals,
    weight_report,
)
from tests.estimate.reference import (
    DESIGNS,
    LEVELS,
    RAKED_BY_R,
    WIDE,
    Schools,
    numbers,
    schools,
    statistics,
)

ESTIMATE, ERROR, RAKED, P, SPREAD = 1e-12, 1e-11, 1e-9, 1e-9, 1e-10
ITERATED = 1e-7  # R's `logit` stops its regression there: its estimate is as far from the share
ZERO = 1e-9  # of the estimate: an SE this small is 0 in theory


@dataclass(frozen=True)
class Compared:
    """One number of ours beside R's; `scale` is what a number that is 0 in theory is held to."""

    what: str
    found: float
    expected: float
    tolerance: float
    scale: float = 1.0

    @property
    def is_zero(self) -> bool:
        """0 in theory: floating point noise on one side or both."""
        return abs(self.expected) <= ZERO * max(1.0, abs(self.scale))

    @property
    def difference(self) -> float:
        """Relative to R's number; of a number that is 0 in theory, to its scale."""
        if self.is_zero:
            return abs(self.found) / max(1.0, abs(self.scale))
        return abs(self.found / self.expected - 1)

    @property
    def agrees(self) -> bool:
        # what is not a number agrees with nothing
        return self.difference <= (ZERO if self.is_zero else self.tolerance)


Numbers = Iterator[Compared]
Family = Callable[[Path, Schools], Numbers]


def within(schools: Schools, tolerance: float) -> float:
    """R stops the variance projection of its raked designs early."""
    return max(tolerance, RAKED) if schools.name in RAKED_BY_R else tolerance


def compared(
    schools: Schools, what: str, found: Estimate, expected: dict[str, float], k: int = 0
) -> Numbers:
    """Estimate, error, interval with the design's df (R: a subset is a design), design effect."""
    scale = expected["est"]
    yield Compared(what, found.value[k], scale, within(schools, ESTIMATE))
    yield Compared(f"{what} se", found.se[k], expected["se"], within(schools, ERROR), scale)
    whole = replace(found, df=np.full(found.df.shape, schools.design.df))
    low, high = plain(found if "[subset]" in what else whole, 0.95)
    for stat, end in (("lo95", low[k]), ("hi95", high[k])):
        if stat in expected:
            yield Compared(f"{what} {stat}", end, expected[stat], within(schools, ERROR), scale)
    if "deff" in expected and abs(expected["se"]) > ZERO * abs(scale):
        deff, tolerance = expected["deff"], within(schools, ESTIMATE)
        yield Compared(f"{what} deff", found.deff[k], deff, tolerance)


def means(folder: Path, one: Schools, file: str = "svymean") -> Numbers:
    for (variable,), expected in statistics(folder, file, ["variable"], design=one.name):
        y = one.column(variable.split("[")[0])
        where = ~np.isnan(y)
        if np.isnan(expected["se"]) or not where.any():
            continue  # see R_failures
        found = one.design.mean(y, where) if file == "svymean" else one.design.total(y, where)
        if "deff" in expected and np.isnan(found.deff[0]):
            expected.pop("deff")
        yield from compared(one, f"{file} {variable}", found, expected)


def totals(folder: Path, one: Schools) -> Numbers:
    yield from means(folder, one, "svytotal")


def categories(folder: Path, one: Schools) -> Numbers:
    found = one.design.mean(one.code("stype")[:, None] == np.arange(len(LEVELS)))
    for (level,), expected in statistics(folder, "svymean_cat", ["level"], design=one.name):
        yield from compared(one, f"stype {level}", found, expected, LEVELS.index(level))


def ratios(folder: Path, one: Schools) -> Numbers:
    y, x = one.column("api.stu"), one.column("enroll")
    if np.isnan(y + x).any():
        return  # R was not told to leave missing values out
    found = one.design.estimate(linear.ratio(one.design.weight, y, x))
    for (variable,), expected in statistics(folder, "svyratio", ["variable"], design=one.name):
        yield from compared(one, variable, found, expected)


def variances(folder: Path, one: Schools) -> Numbers:
    found = one.design.estimate(linear.variance(one.design.weight, one.column("api00")))
    for _, expected in statistics(folder, "svyvar", ["variable"], design=one.name):
        yield Compared("api00", found.value[0], expected["est"], within(one, ESTIMATE))
        yield Compared("api00 se", found.se[0], expected["se"], within(one, SPREAD))


def domains(folder: Path, one: Schools) -> Numbers:
    keys = ["fn", "variable", "by", "domain"]
    for (fn, variable, by, domain), expected in statistics(folder, "svyby", keys, design=one.name):
        y = one.column(variable)
        where = one.domain(by, domain) & ~np.isnan(y)
        found = one.design.mean(y, where) if fn == "svymean" else one.design.total(y, where)
        yield from compared(one, f"{fn} {variable} in {domain}", found, expected)


def domain_rows(folder: Path, one: Schools) -> Numbers:
    keys = ["by", "variable", "domain"]
    for (by, variable, domain), expected in statistics(folder, "svyby_n", keys, design=one.name):
        found = one.design.mean(one.column(variable), one.domain(by, domain))
        yield Compared(f"n in {domain}", found.n[0], expected["n"], 0.0)


def shares(folder: Path, one: Schools) -> Numbers:
    """Rule: 0 and 100 %, and known shares, are ours to decide; R gives NaN or noise there."""
    keys = ["variable", "domain", "method", "conf"]
    methods = {m: m for m in ("beta", "wilson", "xlogit", "mean")} | {"logit": "xlogit"}
    for (variable, domain, method, level), expected in statistics(
        folder, "svyciprop", keys, design=one.name
    ):
        y = one.column(variable)
        where = one.domain(*domain.split("=")) if domain else np.ones(len(y), bool)
        if method not in methods or np.isnan(y[where]).any():
            continue
        found = one.design.mean(y, where)
        certain = found.value[0] * (1 - found.value[0]) < 1e-9 or found.is_known[0]
        if certain or (method == "beta" and domain and one.is_calibrated):
            continue  # R counts rows of weight 0 in n
        count = np.array([y[where].sum()])
        ends = share_intervals(found, count, float(level), None, methods[method])
        tolerance = within(one, ITERATED if method == "logit" else ERROR)
        about = f"{method} {variable} {domain}"
        yield Compared(about, found.value[0], expected["est"], max(tolerance, ESTIMATE))
        yield Compared(f"{about} lo", ends.low[0], expected["lo"], tolerance)
        yield Compared(f"{about} hi", ends.high[0], expected["hi"], tolerance)


def quantiles(folder: Path, one: Schools) -> Numbers:
    """Where n p is whole and weights are equal, R's own choice of neighbour is float noise."""
    keys = ["variable", "qrule", "interval", "p"]
    for (variable, rule, interval, p), expected in statistics(
        folder, "svyquantile", keys, design=one.name
    ):
        if rule not in {"hf7", "math", "school"}:
            continue
        y = one.column(variable)
        if np.isnan(y).any():
            continue  # R was not told to leave missing values out
        found = quantile(one.design, y, float(p), rule=rule, method=interval)
        about = f"{rule} {variable} p={p}"
        ours = {"est": found.value, "lo95": found.low, "hi95": found.high, "se": found.se}
        if rule != "hf7" and one.name.startswith("srs"):
            hangs_on_it = ["lo95", "hi95"] if found.value == expected["est"] else []
            ours = {s: _either(y, ours[s], expected[s]) for s in ["est", *hangs_on_it]}
        elif rule == "school" and found.low == y.min():
            del ours["lo95"], ours["se"]  # below the first share R averages the first two values
        for stat, value in ours.items():
            if not (np.isnan(expected[stat]) and np.isnan(value)):
                tolerance = within(one, ESTIMATE if stat == "est" else ERROR)
                yield Compared(f"{about} {stat}", value, expected[stat], tolerance)


def _either(y: np.ndarray, found: float, expected: float) -> float:
    """R's number where it is ours, a neighbour of ours among the values, or the middle."""
    values = np.unique(y)
    place = int(np.clip(np.searchsorted(values, found - 1e-9), 0, len(values) - 1))
    near = values[max(0, place - 1) : place + 2]
    middle = (near[1:] + near[:-1]) / 2
    return expected if np.isin(expected, [*near, *middle]) else found


def tables(folder: Path, one: Schools) -> Numbers:
    shape = (len(WIDE), len(LEVELS))
    found = cells(one.design, one.code("sch.wide"), one.code("stype"), shape)
    size = one.design.weight.sum()
    for row in numbers(folder, "svytable", design=one.name).itertuples():
        k = ("No", "Yes").index(row.row) * shape[1] + LEVELS.index(row.col)
        yield Compared(f"{row.row} {row.col}", found.value[k] * size, row.value, ESTIMATE)


def tests(folder: Path, one: Schools) -> Numbers:
    for (formula,), expected in statistics(
        folder, "svychisq", ["formula"], design=one.name, statistic="F"
    ):
        row, column = (one.code(name) for name in formula.removeprefix("~").split("+"))
        found = independence(one.design, row, column, (row.max() + 1, column.max() + 1))
        exact = 1e-11 if one.name == "srs_rake" else ESTIMATE
        yield Compared(f"{formula} F", found.statistic, expected["statistic"], exact)
        yield Compared(f"{formula} ndf", found.ndf, expected["ndf"], exact)
        yield Compared(f"{formula} ddf", found.ddf, expected["ddf"], exact)
        yield Compared(f"{formula} p", found.p, expected["p_value"], P)


def weights(folder: Path, one: Schools) -> Numbers:
    """R's logit weights miss their own totals by 2e-13, ours by 2e-16."""
    expected = numbers(folder, "weights", design=one.name)["value"]
    tolerance = 2 * ESTIMATE if one.name == "clus1_callogit" else within(one, ESTIMATE)
    for found, value in zip(one.design.weight, expected, strict=True):
        yield Compared("weight", found, value, tolerance)
    about = numbers(folder, "degf", design=one.name).set_index("stat")["value"]
    yield Compared("degf", one.design.df, about["degf"], 0.0)
    yield Compared("rows", len(one.data), about["nrow"], 0.0)
    yield Compared("sum of weights", one.design.weight.sum(), about["sum_w"], ESTIMATE)
    n_eff = weight_report(one.design.weight).n_eff
    yield Compared("n_eff", n_eff, about["kish_neff"], ESTIMATE)


BY_DESIGN: dict[str, Family] = {
    "svymean": means,
    "svytotal": totals,
    "svymean_cat": categories,
    "svyratio": ratios,
    "svyvar": variances,
    "svyby": domains,
    "svyby_n": domain_rows,
    "svyciprop": shares,
    "svyquantile": quantiles,
    "svytable": tables,
    "svychisq": tests,
    "weights, degf": weights,
}


def unequal(folder: Path) -> Numbers:
    """Raked from unequal weights: R's `calibrate` has the right variance, its `rake` another."""
    for name, file, made in (
        ("strat_rake", "sup_est", "strat_rake"),
        ("strat_post", "sup_est", "strat_post"),
        ("strat_rake_cal", "sup_cal", "strat_rake"),
    ):
        one = schools(folder, made)
        for (variable,), expected in statistics(folder, file, ["variable"], design=name):
            mean, total = (f(one.column(variable)) for f in (one.design.mean, one.design.total))
            yield Compared(f"{name} {variable}", mean.value[0], expected["mean"], ESTIMATE)
            yield Compared(f"{name} total {variable}", total.value[0], expected["total"], ESTIMATE)
            if name != "strat_rake":
                error = f"{name} {variable} se"
                yield Compared(error, mean.se[0], expected["mean_se"], ERROR)
                yield Compared(error, total.se[0], expected["total_se"], ERROR)
                low, high = plain(mean, 0.95)
                yield Compared(f"{name} {variable} lo", low[0], expected["lo95"], ERROR)
                yield Compared(f"{name} {variable} hi", high[0], expected["hi95"], ERROR)
    for name in ("strat_rake", "strat_post"):
        expected = numbers(folder, "sup_weights", design=name)["value"]
        for found, value in zip(schools(folder, name).design.weight, expected, strict=True):
            yield Compared(f"{name} weight", found, value, ESTIMATE)


def lonely(folder: Path) -> Numbers:
    data = pd.read_csv(folder / "data" / "lonely.csv")
    sizes = data.groupby("str")["N"].first().to_numpy(float)
    y, domain = data["y"].to_numpy(float), (data["d"] == 1).to_numpy()
    for (rule, fpc), expected in statistics(
        folder, "lonely", ["lonely", "fpc"], adjust_domain="FALSE"
    ):
        if rule == "fail":
            continue
        population = sizes if fpc == "TRUE" else np.full(len(sizes), np.inf)
        stratum, weight = (data["str"] - 1).to_numpy(np.int64), data["w"].to_numpy(float)
        design = Design(stratum, population, weight, rule)
        everyone, some = design.mean(y), design.mean(y, domain)
        yield Compared(f"{rule} mean", everyone.value[0], expected["mean"], ESTIMATE)
        yield Compared(f"{rule} se", everyone.se[0], expected["mean_se"], ERROR)
        yield Compared(f"{rule} total se", design.total(y).se[0], expected["total_se"], ERROR)
        yield Compared(f"{rule} domain", some.value[0], expected["sub_mean"], ESTIMATE)
        yield Compared(f"{rule} domain se", some.se[0], expected["sub_se"], ERROR)
        yield Compared(f"{rule} df", everyone.df[0], expected["degf"], 0.0)
        yield Compared(f"{rule} domain df", some.df[0], expected["degf_sub"], 0.0)


def certainty(folder: Path) -> Numbers:
    """4 of 12, a census of 1 and a census of 2: a census adds nothing, and one is not lonely."""
    data = pd.read_csv(folder / "data" / "certainty.csv")
    sizes = data.groupby("h")["N"].first().to_numpy(float)
    design = Design.of(pd.factorize(data["h"])[0].astype(np.int64), sizes, lonely="fail")
    expected = numbers(folder, "sup_certainty").set_index("stat")["value"]
    found = design.mean(data["y"].to_numpy(float))
    yield Compared("mean", found.value[0], expected["mean"], ESTIMATE)
    yield Compared("se", found.se[0], expected["se"], ERROR)
    yield Compared("df", found.df[0], expected["degf"], 0.0)


def replicates(folder: Path) -> Numbers:
    for name, made in (("jk1_clus1", "clus1_fpc"), ("jkn_strat", "strat_fpc")):
        one = schools(folder, made)
        for (variable,), expected in statistics(folder, "rep_est", ["variable"], design=name):
            y = one.column(variable)[:, None]
            for stat, statistic in (("mean", linear.mean), ("total", linear.total)):
                value, variance = jackknife(one.design, lambda w, s=statistic, y=y: s(w, y).value)
                about = f"{name} {variable} {stat}"
                yield Compared(about, value[0], expected[stat], ESTIMATE)
                error = np.sqrt(variance[0])
                yield Compared(f"{about} se", error, expected[f"{stat}_se"], ERROR)


ONCE: dict[str, Callable[[Path], Numbers]] = {
    "sup_est, sup_cal, sup_weights": unequal,
    "lonely": lonely,
    "sup_certainty": certainty,
    "rep_est": replicates,
}


def main() -> None:
    """The table of agreement: worst relative difference by family, raked designs of R apart."""
    folder = Path(os.environ.get("RELEVO_SHARED", "../shared")) / "reference"
    if not folder.is_dir():
        sys.exit(f"the reference numbers are not at {folder}")
    table = Table("family", "designs", "numbers", "outside", "worst", "in theory 0: worst")
    for family, compare in BY_DESIGN.items():
        plain_designs = [name for name in DESIGNS if name not in RAKED_BY_R]
        for label, names in (("plain", plain_designs), ("rake() of R", sorted(RAKED_BY_R))):
            found = [c for name in names for c in compare(folder, schools(folder, name))]
            table.add_row(family, label, *_summary(found))
    for family, once in ONCE.items():
        table.add_row(family, "", *_summary(list(once(folder))))
    Console(width=110).print(table)


def _summary(found: list[Compared]) -> tuple[str, ...]:
    worst = max((c.difference for c in found if not c.is_zero), default=0.0)
    zero = max((c.difference for c in found if c.is_zero), default=0.0)
    outside = [c for c in found if not c.agrees]
    return str(len(found)), str(len(outside)), f"{worst:.0e}", f"{zero:.0e}"


if __name__ == "__main__":
    main()
