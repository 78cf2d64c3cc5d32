"""The attacker's report on the demonstration survey, over two publications.

    python -m tests.estimate.attack_report

The first publication is the demonstration as it is; in the second one government that did not
agree to be named has withdrawn. Both are attacked as they lie in survey.duckdb: of the first both
ends of every range are looked for, the second with the first in hand as far as ranges prove wide.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from pipeline.ask import Survey, read_survey
from pipeline.estimate import estimate
from pipeline.estimate.answers import read_wave
from pipeline.estimate.attack import Attack, Bound
from pipeline.estimate.audit import READ, Release, Scene
from pipeline.estimate.results import items
from pipeline.store import Work, open_work
from pipeline.store.published import Published

PROJECT = Path(__file__).parent.parent.parent
NAME = "migration_policies"


@dataclass(frozen=True)
class Report:
    """What the attacker proves of protected cells, from one publication and those before it."""

    bounds: tuple[Bound, ...]
    shown: int
    hidden: int
    seconds: float

    @property
    def given_away(self) -> list[Bound]:
        """Protected cells bounded too closely by what is shown."""
        return [bound for bound in self.bounds if bound.is_determined and bound.proof]

    @property
    def known_otherwise(self) -> list[Bound]:
        """Those that answers beside a name, or an earlier publication, tell by themselves."""
        return [bound for bound in self.bounds if bound.is_determined and not bound.proof]

    @property
    def narrowest(self) -> float:
        """The narrowest range of a count that is left, in governments."""
        kept_wide = [b for b in self.bounds if not b.is_determined and not b.cell.among]
        counts = [b.width for b in kept_wide if b.cell.statistic != "sum"]
        return min(counts, default=float("nan"))


def build(out: Path) -> Path:
    """The work folder of the demonstration, up to its estimates."""
    command = [sys.executable, "-m", "pipeline.cli", "estimate", NAME, "--out", str(out), "--quiet"]
    subprocess.run(command, check=True, capture_output=True, cwd=PROJECT)
    return out / NAME / "work"


def publications(folder: Path, kept: Path) -> tuple[Report, Report]:
    """Attack the demonstration, and then the release after a withdrawal."""
    survey = read_survey(PROJECT / "schemas" / NAME)
    releases = folder.parent.parent
    joined = {name: (releases / name / "current").resolve() for name in survey.joins}
    with open_work(folder, joined=joined) as work:
        first = attacked(survey, work, ())
        before = keep(work, kept)
        work.confidential.execute(
            "DELETE FROM edit.response WHERE wave = '2025' AND unit_id = (SELECT max(unit_id) "
            "FROM edit.response WHERE wave = '2025' AND NOT is_named)"
        )
        later = replace(work, published=(before,))
        again(survey, later)
        second = attacked(survey, later, (before,))
    return first, second


def again(survey: Survey, work: Work) -> None:
    """Estimate anew."""
    for con in (work.members, work.survey):
        for (table,) in con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
            "WHERE schema_name = 'estimate'"
        ).fetchall():
            con.execute(f"DROP TABLE {table}")
    work.confidential.execute("DROP TABLE estimate.result")
    estimate(survey, work)


def keep(work: Work, folder: Path) -> Published:
    """The cleared tables as `relevo publish` keeps them."""
    for table in ("estimate.result", "estimate.named_answer"):
        path = folder / f"{table.replace('.', '_')}.csv"
        work.survey.execute(f"COPY {table} TO '{path}' (FORMAT csv, HEADER)")
    return Published("first", folder)


def attacked(survey: Survey, work: Work, before: Sequence[Published]) -> Report:
    """Attack what lies in survey.duckdb."""
    result = work.survey.execute("SELECT * FROM estimate.result").df()
    named = work.survey.execute("SELECT * FROM estimate.named_answer").df()
    rows = result.astype(object).where(result.notna(), None).to_dict("records")
    bounds: list[Bound] = []
    started = time.process_time()
    for declared in survey.waves:
        wave = read_wave(survey, work, declared)
        mine = tuple(items(survey, wave))
        scene = Scene(survey, wave, mine, named[named["wave"] == declared.id])
        shown: dict[str, list[dict[str, object]]] = {item.question.column: [] for item in mine}
        for row in rows:
            is_mine = row["wave"] == declared.id and row["shown"] in {"yes", "x"}
            if is_mine and row["subject"] in shown and row["statistic"] in READ:
                shown[row["subject"]].append(row)
        earlier = [scene.earlier(Release.read(one)) for one in before]
        attack = Attack(scene.stage, scene.families, shown, scene.cells, earlier)
        bounds += attack.bounds(in_full=not before)
    used = time.process_time() - started
    hidden = sum(row["shown"] == "c" for row in rows)
    return Report(tuple(bounds), len(rows) - hidden, hidden, used)


def main() -> None:
    """Print both reports as one table."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept"
        kept.mkdir()
        reports = publications(build(Path(folder)), kept)
    table = pd.DataFrame(
        {
            "rows shown": [r.shown for r in reports],
            "rows hidden": [r.hidden for r in reports],
            "protected cells": [len(r.bounds) for r in reports],
            "known otherwise": [len(r.known_otherwise) for r in reports],
            "narrowest range": [r.narrowest for r in reports],
            "determined": [len(r.given_away) for r in reports],
            "CPU seconds": [round(r.seconds, 1) for r in reports],
        },
        index=["first publication", "second, one withdrawn"],
    )
    print(table.T.to_string())  # noqa: T201 - a report is printed


if __name__ == "__main__":
    main()
