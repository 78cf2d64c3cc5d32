"""All briefs of a release: each is one notebook run in a process forked from a warm parent.

A brief is made when its file stands in place and its record has arrived; a child's exit code alone
says nothing. One brief that fails leaves the others alone.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from pipeline.ask import Survey
from pipeline.report import index
from pipeline.report.notebook import Made, make
from pipeline.report.plan import Job, Withheld, plan
from pipeline.report.quarantine import write_list
from pipeline.report.reading import read_release
from pipeline.store import TABLES, connect, database_path, file_sha256, write_table

LIMIT = 120  # seconds; a brief takes a fraction of one
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Tally:
    """What became of the briefs; `failed` names path and reason of each that could not be made."""

    built: int
    withheld: int
    failed: tuple[tuple[Path, str], ...] = ()


def report(
    survey: Survey,
    folder: Path,
    *,
    jobs: int = 2,
    languages: Sequence[str] | None = None,
    on_progress: Progress | None = None,
) -> Tally:
    """Make every brief of a work folder, the index pages, and the table report.brief.

    Args:
        survey: the declarations; says which briefs are made, in which languages.
        folder: the work folder; its databases are closed.
        jobs: briefs made at the same time.
        languages: only these, where given.
        on_progress: told how many of how many briefs have ended.

    Returns:
        How many were built and withheld, and which failed.
    """
    os.environ["RELEVO_WORK"] = str(folder)
    try:
        planned, withheld = plan(survey, read_release(folder), folder, languages)
        index.write_assets(folder)
        for job in planned:
            if job.kind == "quality":
                write_list(survey, job, folder)
        made = dict(_printed(planned, folder, jobs, on_progress or (lambda _done, _all: None)))
    finally:
        del os.environ["RELEVO_WORK"]
    rows = [_row(job, made[job]) for job in planned] + [_withheld(row) for row in withheld]
    _write(folder, rows)
    index.write_index(survey, folder, rows, languages)
    failed = tuple((Path(job.path), made[job].error) for job in planned if made[job].error)
    return Tally(len(planned) - len(failed), len(withheld), failed)


def _printed(
    planned: Sequence[Job], folder: Path, jobs: int, told: Progress
) -> Iterator[tuple[Job, Made]]:
    """Every job with what became of it, in the order in which they end."""
    stock = not can_fork()
    if planned and not stock:
        for kind in dict.fromkeys(job.kind for job in planned):
            make(next(job for job in planned if job.kind == kind), folder, keep=False)
        gc.collect()
        gc.freeze()
    running: dict[int, tuple[Job, int]] = {}
    waiting = iter(planned)
    done = 0
    while done < len(planned):
        while len(running) < max(1, jobs) and (job := next(waiting, None)):
            if stock:
                yield job, make(job, folder, engine=None)
                done += 1
                told(done, len(planned))
            else:
                child, pipe = _fork(job, folder)
                running[child] = (job, pipe)
        if running:
            child, _status = os.wait()
            if child not in running:
                continue
            job, pipe = running.pop(child)
            yield job, _received(pipe, job, folder)
            done += 1
            told(done, len(planned))
    gc.unfreeze()


def can_fork() -> bool:
    """Whether a process may be copied: elsewhere libraries keep threads that do not survive it."""
    return sys.platform == "linux" and hasattr(os, "fork")


def _fork(job: Job, folder: Path) -> tuple[int, int]:
    """Start one brief; returns the child's process id and where its record can be read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    try:
        os.close(reading)
        signal.alarm(LIMIT)
        made = make(job, folder)
        os.write(writing, json.dumps(asdict(made)).encode())
        code = 0
    finally:
        os._exit(code)


def _received(pipe: int, job: Job, folder: Path) -> Made:
    """The child's record, believed only if the file is there as it says."""
    with os.fdopen(pipe, "rb") as reading:
        text = reading.read()
    if not text:
        return Made(error="process_ended")
    made = Made(**json.loads(text))
    path = folder / "briefs" / job.path
    if not made.error and not (path.is_file() and file_sha256(path) == made.sha256):
        return Made(error="file_not_in_place")
    return made


def _row(job: Job, made: Made) -> dict[str, object]:
    about = {name: value for name, value in asdict(job).items() if name != "siblings"}
    state = "failed" if made.error else "built"
    return {
        **about,
        "brief_id": job.brief_id,
        "key": made.key,
        "sha256": made.sha256,
        "bytes": made.bytes,
        "state": state,
        "reason": made.error,
    }


def _withheld(row: Withheld) -> dict[str, object]:
    empty = {"path": "", "key": "", "sha256": "", "bytes": 0, "unit_id": ""}
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
