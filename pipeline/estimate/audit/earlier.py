"""What left the house before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.estimate.audit.hiding import SHOWN
from pipeline.store.published import Published

# Numbers made from these (changes, differences, totals, tests) tell nothing more.
READ = frozenset({"count", "share", "share_of_units", "mean", "median", "response_rate"})


@dataclass(frozen=True)
class Release:
    """The tables of an earlier publication, by wave."""

    rows: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
    responses: Mapping[str, Mapping[tuple[str, str], int]]
    named: pd.DataFrame

    @classmethod
    def read(cls, published: Published) -> Release:
        """Read the CSV files that were kept."""
        path = published.folder / "estimate_result.csv"
        result = pd.read_csv(path, dtype=str, keep_default_na=False)
        is_read = result["statistic"].isin(READ)
        result = result[result["shown"].isin(SHOWN) & is_read]
        rows: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        responses: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        for row in result.to_dict("records"):
            if row["subject_kind"] == "frame" and row["count"]:
                group = (row["group_kind"], row["group_code"])
                responses[row["wave"]][group] = int(float(row["count"]))
            elif row["subject_kind"] == "question":
                rows[row["wave"]][row["subject"]].append(_typed(row))
        path = published.folder / "estimate_named_answer.csv"
        named = pd.read_csv(path, dtype=str, keep_default_na=False)
        return cls(rows, responses, named)

    def has(self, wave: str) -> bool:
        """Whether it speaks of a wave."""
        return wave in self.rows


def _typed(row: Mapping[Any, str]) -> dict[str, Any]:
    numbers = {name: float(row[name]) if row[name] else None for name in ("count", "n", "estimate")}
    return {**row, **numbers, "is_weighted": row["is_weighted"].lower() == "true"}
