"""collect.published: what the releases that left the house had counted, for the next to compare."""

from __future__ import annotations

import pandas as pd

from pipeline.store import Work, write_table

COLUMNS = ["release", "position", "figure", "count"]


def write_published(work: Work) -> None:
    """Write the counts of each published release into members.duckdb, the newest first."""
    rows = [
        (one.release, position, figure, value)
        for position, one in enumerate(reversed(work.published), start=1)
        for figure, value in sorted(one.summary.items())
        if isinstance(value, int)
    ]
    write_table(work.members, "collect.published", pd.DataFrame(rows, columns=COLUMNS))
