"""Many shares and means at once, from a few sums of each stratum and domain.

With v = 1 where a question was answered, and sums over the rows of stratum h in the domain:

    S1 = sum w v     A1 = sum w y     B1 = sum w y2    (B1 = A1 and B2 = A2 for 0/1)
    S2 = sum w2 v    A2 = sum w2 y    B2 = sum w2 y2
    W = sum_h S1   p = sum_h A1 / W
    Z1_h = (A1 - p S1) / W         Z2_h = (B2 - 2 p A2 + p^2 S2) / W^2
    V = sum_h (1 - n_h/N_h) n_h/(n_h - 1) (Z2_h - Z1_h^2 / n_h)

which is `Design.mean` of single responses, without ever having the rows: a database adds up, and a
brief has all its numbers in one go. Calibrated weights and clusters need the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import duckdb
import numpy as np
from scipy.sparse import csr_array

from pipeline.estimate.design import Design, Estimate
from pipeline.estimate.linear import Floats, Ints, Mask
from pipeline.store import quote

LOST = 1e-13  # what subtracting equal squares leaves, beside them
MANY_ROWS = 200_000  # above it the database adds up faster than its rows can be fetched


@dataclass(frozen=True)
class Sums:
    """Sums by pair of stratum and domain (P,) and column (P, K); pairs are sorted by domain."""

    domains: int  # how many there are, empty ones included
    stratum: Ints
    domain: Ints
    n: Floats  # rows with an answer
    s1: Floats
    s2: Floats
    a1: Floats
    a2: Floats
    b1: Floats
    b2: Floats


@dataclass(frozen=True)
class Domains:
    """Domains of the rows of a design; they may overlap. Made once, used for many columns."""

    design: Design
    inside: Mask  # (D, n)

    @cached_property
    def _pairs(self) -> tuple[Ints, Ints, csr_array]:
        """Stratum and domain of each pair, and the 0/1 matrix (P, n) that adds its rows up."""
        domain, row = np.nonzero(self.inside)
        strata = len(self.design.population)
        pairs, place = np.unique(domain * strata + self.design.stratum[row], return_inverse=True)
        shape = (len(pairs), len(self.design.stratum))
        return pairs % strata, pairs // strata, csr_array((np.ones(len(row)), (place, row)), shape)

    @cached_property
    def _even(self) -> Floats | None:
        """The weight of each pair where all rows of a stratum weigh alike: then counts suffice."""
        stratum, weight = self.design.stratum, self.design.weight
        each = np.zeros(len(self.design.population))
        each[stratum] = weight
        return each[self._pairs[0]][:, None] if (each[stratum] == weight).all() else None

    def sums(self, y: Floats) -> Sums:
        """Sums of the columns of `y` (n, K); a missing value is no answer."""
        stratum, domain, add = self._pairs
        is_given = ~np.isnan(y)
        given = is_given.astype(float)
        filled = np.where(is_given, y, 0.0)
        if self._even is not None:
            n, a, b = add @ given, add @ filled, add @ filled**2
            w, w2 = self._even, self._even**2
            return Sums(
                len(self.inside), stratum, domain, n, w * n, w2 * n, w * a, w2 * a, w * b, w2 * b
            )
        weight = self.design.weight[:, None]
        square = weight**2
        return Sums(
            len(self.inside),
            stratum,
            domain,
            add @ given,
            add @ (weight * given),
            add @ (square * given),
            add @ (weight * filled),
            add @ (square * filled),
            add @ (weight * filled**2),
            add @ (square * filled**2),
        )

    def means(self, y: Floats) -> Estimate:
        """Means (D, K) of all columns in all domains, shares where they are 0/1.

        What `Design.mean` gives one by one; without clusters and calibration in one go.
        """
        design = self.design
        if design.cluster is None and design.calibration is None:
            return finish(self.sums(y), design.answers, design.population, design.lonely)
        rows = [
            [design.mean(column, inside & ~np.isnan(column)) for column in y.T]
            for inside in self.inside
        ]
        return Estimate(
            *(
                np.array([[getattr(cell, one.name)[0] for cell in row] for row in rows])
                for one in fields(Estimate)
            )
        )


def finish(sums: Sums, answers: Floats, population: Floats, lonely: str = "average") -> Estimate:
    """From sums to estimates; `answers` n_h and `population` N_h by stratum."""
    domain = sums.domain
    ends = np.searchsorted(domain, np.arange(sums.domains + 1))
    shape = (sums.domains, len(domain))
    add = csr_array((np.ones(len(domain)), np.arange(len(domain)), ends), shape)

    def over_strata(*parts: Floats | Mask) -> list[Floats]:
        """Sums by domain; one product for all parts costs little more than for one."""
        added = add @ np.hstack(parts, dtype=float)
        return np.split(added, len(parts), axis=1)

    n_h, size = answers[sums.stratum][:, None], population[sums.stratum][:, None]
    present = sums.n > 0
    is_alone = (n_h == 1) & (size > 1)
    n, s1, s2, a1, b1, alone, strata, unknown, partial = over_strata(
        sums.n, sums.s1, sums.s2, sums.a1, sums.b1, present & is_alone, present,
        present & ~np.isfinite(size), present & (sums.n < size),
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        value = a1 / s1
        p, w = value[domain], s1[domain]
        first = (sums.a1 - p * sums.s1) / w
        second = (sums.b2 - 2 * p * sums.a2 + p**2 * sums.s2) / w**2
        factor = (1 - n_h / size) * n_h / np.maximum(n_h - 1, 1)
        spread = second - first**2 / n_h
        part = np.where(spread > LOST * second, factor * spread, 0.0)
        if lonely == "adjust":  # the mean of all z is 0
            part = np.where(is_alone, (1 - 1 / size) * first**2, part)
        (variance,) = over_strata(part)
        if lonely == "average":
            variance = variance * np.where(alone > 0, strata / (strata - alone), 1.0)
        simple = (b1 / s1 - value**2) * n / (n - 1) * (1 - n / s1) / n
        deff = np.where(simple > 1e-30, variance / simple, np.nan)
        kish = s1**2 / s2
        fraction = np.where(unknown > 0, 0.0, n / s1)
    return Estimate(
        value,
        variance,
        deff,
        n.astype(np.int64),
        np.maximum(1, n - strata).astype(np.int64),
        np.where(n > 0, kish, 0.0),
        np.where(n > 0, fraction, 0.0),
        (partial == 0) & (n > 0),
        strata == 1,
        alone > 0,
        np.zeros(value.shape, bool),
    )


def sums_of_table(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    keys: tuple[str, str, str] = ("stratum", "domain", "weight"),
    *,
    are_shares: bool = False,
) -> Sums:
    """Sums of a wide table whose stratum and domain are numbered from 0: the one switch.

    `keys` names the columns that hold stratum, domain and weight; `are_shares`: all answers are
    0 or 1, so that their squares need no sums.

    Few rows are fetched and added up here; many are added up by the database, on one thread,
    because sums of doubles depend on their order.
    """
    found = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    if found and found[0] > MANY_ROWS:
        return _summed_in_sql(con, table, columns, keys, are_shares=are_shares)
    names = ", ".join(quote(name) for name in (*keys, *columns))
    rows = con.execute(f"SELECT {names} FROM {table}").df()
    stratum, domain, weight = keys
    place = rows[stratum].to_numpy(np.int64)
    design = Design(place, np.full(place.max(initial=0) + 1, np.inf), rows[weight].to_numpy(float))
    code = rows[domain].to_numpy(np.int64)
    inside = code == np.arange(code.max(initial=0) + 1)[:, None]
    return Domains(design, inside).sums(rows[list(columns)].to_numpy(float, na_value=np.nan))


def _summed_in_sql(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    keys: tuple[str, str, str],
    *,
    are_shares: bool,
) -> Sums:
    stratum, domain, w = (quote(name) for name in keys)
    sums = [
        "count({y})",
        "sum({w} * {given})",
        "sum({w} * {w} * {given})",
        "sum({w} * {y})",
        "sum({w} * {w} * {y})",
    ]
    if not are_shares:
        sums += ["sum({w} * {y} * {y})", "sum({w} * {w} * {y} * {y})"]
    parts = [
        # FILTER would cost four times as much as 0 or 1
        one.format(w=w, y=quote(name), given=f"({quote(name)} IS NOT NULL)::TINYINT")
        for name in columns
        for one in sums
    ]
    threads = con.execute("SELECT current_setting('threads')").fetchone()
    con.execute("SET threads = 1")
    try:
        found = con.execute(
            f"SELECT {stratum}, {domain}, {', '.join(parts)} FROM {table} "
            f"GROUP BY {stratum}, {domain} ORDER BY {domain}, {stratum}"
        ).fetchnumpy()
    finally:
        con.execute(f"SET threads = {threads[0] if threads else 1}")
    arrays = [np.ma.filled(values, 0) for values in found.values()]
    stratum_code, domain_code = (values.astype(np.int64) for values in arrays[:2])
    added = np.stack([values.astype(float) for values in arrays[2:]])
    n, s1, s2, a1, a2, *squares = added.reshape(len(columns), len(sums), -1).transpose(1, 2, 0)
    b1, b2 = squares or (a1, a2)
    domains = int(domain_code.max(initial=-1)) + 1
    return Sums(domains, stratum_code, domain_code, n, s1, s2, a1, a2, b1, b2)
