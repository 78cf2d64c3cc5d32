"""All briefs of a release: planned, kept or made, listed.

Those to be made go to a process of their own (`slots`). A brief is made when its files stand in
place and its record has arrived. One brief that fails leaves the others alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from pipeline.ask import Survey
from pipeline.errors import Finding, Problem
from pipeline.report import index
from pipeline.report.keeping import (
    Record,
    copied,
    kept,
    read_before,
    read_records,
    record,
    write_record,
)
from pipeline.report.mailing import write_mailing
from pipeline.report.notebook import NOTEBOOKS, SECONDS, Made
from pipeline.report.order import MEMORY, Done, Order, read_done
from pipeline.report.origin import origins
from pipeline.report.plan import Job, Withheld, plan
from pipeline.report.quarantine import write_list
from pipeline.report.reading import PROJECT, read_release
from pipeline.store import TABLES, connect, database_path, write_table

ALL = (1, 1)
# One thread each: the slots are what runs at the same time.
QUIET = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PLOTLY_RENDERER": "plotly_mimetype",
}
# Where the package of that name lies about, jsonschema spends seconds on a grammar of addresses
# that no notebook has.
START = """
import sys
sys.modules["rfc3987_syntax"] = None
from pipeline.report.slots import main
main()
"""


@dataclass(frozen=True)
class Way:
    """How briefs are made, which changes nothing in them.

    seconds, memory (MB): the most that one may take.
    shard: (k, n): only every n-th brief from the k-th on; the list of all is left to a last run.
    kinds: only these, () is all; the list of all is left to a last run here too.
    notebooks: their folder.
    """

    seconds: int = SECONDS
    memory: int = MEMORY
    shard: tuple[int, int] = ALL
    kinds: tuple[str, ...] = ()
    notebooks: Path = NOTEBOOKS


@dataclass(frozen=True)
class Told:
    """Who is told what: how many of how many briefs have ended, and what a person should know."""

    progress: Callable[[int, int], None] = lambda _done, _all: None
    notice: Callable[[Finding], None] = lambda _finding: None


@dataclass(frozen=True)
class Tally:
    """What became of the briefs; `failed` names path and reason of each that could not be made."""

    built: int
    withheld: int
    failed: tuple[tuple[Path, str], ...] = ()
    copied: int = 0  # of those built


def report(  # noqa: PLR0913 - each by name
    survey: Survey,
    folder: Path,
    *,
    jobs: int = 2,
    way: Way = Way(),
    told: Told = Told(),
    languages: Sequence[str] | None = None,
    wave: str = "",
    before: Path | None = None,
    contacts: Path | None = None,
) -> Tally:
    """Make every brief of a work folder, the index pages, and the table report.brief.

    Args:
        survey: the declarations; says which briefs are made, in which languages.
        folder: the work folder; its databases are closed.
        jobs: briefs made at the same time.
        way: what else says how they are made.
        told: who is told of it.
        languages: only these, where given.
        wave: of the briefs; '' is the newest.
        before: the current release; what has not changed is copied from there.
        contacts: whom to mail, by unit_id; its addresses stay under confidential/.

    Returns:
        How many were built and withheld, and which failed.

    Raises:
        RelevoError: unknown_parameter: the survey has no such wave.
    """
    planned, withheld = plan(survey, read_release(folder), folder, languages, wave)
    index.write_assets(folder)
    for job in planned:
        if job.kind == "quality":
            write_list(survey, job, folder)
    first, step = way.shard
    mine = [job for job in planned[first - 1 :: step] if job.kind in (way.kinds or {job.kind})]
    made = _made(mine, folder, jobs, way, told, before)
    failed = tuple((Path(job.path), made[job].made.error) for job in mine if made[job].made.error)
    again = sum(made[job].state == "copied" for job in mine)
    tally = Tally(len(mine) - len(failed), len(withheld), failed, again)
    if way.shard != ALL or way.kinds:
        return tally
    rows = [_row(job, made[job]) for job in planned] + [_withheld(row) for row in withheld]
    _write(folder, rows)
    # what was copied is as ready as what was built: the page does not depend on what was before
    listed = [{**row, "state": "built"} if row["state"] == "copied" else row for row in rows]
    write_mailing(folder, read_release(folder), rows, contacts)
    index.write_index(survey, folder, listed, languages)
    if not failed:
        shutil.rmtree(folder / "failed", ignore_errors=True)
    return tally


def _made(  # noqa: PLR0913, PLR0917 - what `report` was told
    planned: Sequence[Job], folder: Path, jobs: int, way: Way, told: Told, before: Path | None
) -> dict[Job, Record]:
    """A record of each brief: kept from a run that did not end, copied, or made now."""
    run = "{}-{}".format(*way.shard)
    sources = origins(folder, way.notebooks, planned)
    release, records = read_before(before), read_records(folder)
    found: dict[Job, Record] = {}
    for job in planned:
        made_from = sources.of(job)
        known = kept(job, made_from, folder, records) or copied(job, made_from, folder, release)
        if known:
            found[job] = known
    missing = [job for job in planned if job not in found]
    told.progress(len(found), len(planned))
    for done in _printed(missing, folder, jobs, way, told):
        job = missing[done.position]
        old = release.records.get(job.path) if release else None
        found[job] = record(job, sources.of(job), done, old.made if old else None)
        write_record(folder, run, found[job])
        told.progress(len(found), len(planned))
    return found


def _printed(
    missing: Sequence[Job], folder: Path, jobs: int, way: Way, told: Told
) -> Iterator[Done]:
    """Every brief with what became of it, in the order in which they end.

    A fresh process makes them: the rooms before have left threads and memory in this one.
    """
    if not missing:
        return
    places = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        **QUIET,
        "RELEVO_WORK": str(folder),
        "PYTHONPATH": os.pathsep.join(filter(None, places)),
    }
    order = Order(folder, way.notebooks, tuple(missing), max(1, jobs), way.seconds, way.memory)
    command = [sys.executable, "-c", START]
    awaited = set(range(len(missing)))
    with subprocess.Popen(  # noqa: S603 - this program itself
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order.text())
        process.stdin.close()
        for line in process.stdout:
            said = json.loads(line)
            if "stock" in said:
                told.notice(Finding(Problem.stock_kernel, values={"reason": said["stock"]}))
                continue
            done = read_done(said)
            awaited.discard(done.position)
            yield done
    for position in sorted(awaited):
        yield Done(position, Made(error="process_ended"))


def _row(job: Job, known: Record) -> dict[str, object]:
    about = {name: value for name, value in asdict(job).items() if name != "siblings"}
    made = known.made
    return {
        **about,
        "brief_id": job.brief_id,
        "key": made.key,
        "sha256": made.sha256,
        "bytes": made.bytes,
        "made_from": known.made_from,
        "state": known.state,
        "reason": made.error,
    }


def _withheld(row: Withheld) -> dict[str, object]:
    empty = {"path": "", "key": "", "sha256": "", "bytes": 0, "unit_id": "", "made_from": ""}
    return {**empty, **asdict(row), "state": "withheld"}


def _write(folder: Path, rows: Sequence[dict[str, object]]) -> None:
    """report.brief: all rows into members, the public ones into survey."""
    ordered = sorted(rows, key=lambda row: str(row["brief_id"]))
    public = [row for row in ordered if row["audience"] == "public"]
    columns = [column.split()[0] for column in TABLES["report.brief"].split(",")]
    for name, those in (("members", ordered), ("survey", public)):
        con = connect(database_path(folder, name))
        write_table(con, "report.brief", pd.DataFrame(those, columns=columns))
        con.execute("CHECKPOINT")
        con.close()
