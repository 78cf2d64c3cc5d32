"""Briefs that need not be made again: those of a run that did not end, and of the release before.

While a release is being made, each run appends a line per brief to a file of its own in `making/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.report.notebook import SHEET, Made, put
from pipeline.report.order import Done, in_place
from pipeline.report.plan import Job
from pipeline.store import MAKING, MANIFEST, connect_locked, database_path


@dataclass(frozen=True)
class Record:
    """What became of a brief, and the hash of all that it can have been made from."""

    path: str
    made_from: str
    state: str
    made: Made
    cpu: float = 0.0
    memory: int = 0  # MB


def record(job: Job, made_from: str, done: Done, before: Made | None) -> Record:
    """The record of a brief just made; one that came out as before is a copy."""
    state = "failed" if done.made.error else "copied" if done.made == before else "built"
    return Record(job.path, made_from, state, done.made, done.cpu, done.memory)


def write_record(folder: Path, run: str, line: Record) -> None:
    """Append a record to the file of this run, such as `1-4` for its shard."""
    path = folder / MAKING / f"{run}.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(line)) + "\n")


def read_records(folder: Path) -> dict[str, Record]:
    """The newest record of each brief, whichever run made it."""
    found: dict[str, Record] = {}
    for line in _lines(folder):
        made = Made(**line.pop("made"))
        one = Record(**line, made=made)
        before = found.get(one.path)
        if before is None or before.made.error or not made.error:
            found[one.path] = one
    return found


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((folder / MAKING).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:  # the line of a run that was killed
                continue


@dataclass(frozen=True)
class Before:
    """The release before this one: where it lies, and its briefs by path."""

    folder: Path
    records: dict[str, Record]


def read_before(folder: Path | None) -> Before | None:
    """The briefs of a whole release, with the hashes of its manifest; None where there is none."""
    if folder is None or not (folder / MANIFEST).is_file():
        return None
    files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    con = connect_locked(database_path(folder, "members"))
    rows = con.execute("SELECT * FROM report.brief WHERE path <> '' AND key <> ''")
    names = [column[0] for column in rows.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    con.close()
    records = {}
    for row in found:
        sheet = files.get(f"briefs/{Path(row['path']).with_suffix(SHEET)}", {}).get("sha256", "")
        made = Made(row["key"], row["sha256"], row["bytes"], sheet)
        records[row["path"]] = Record(row["path"], row.get("made_from", ""), row["state"], made)
    return Before(folder, records)


def kept(job: Job, made_from: str, folder: Path, records: dict[str, Record]) -> Record | None:
    """The record of a brief that lies in the work folder, made from the same as now."""
    known = records.get(job.path)
    if known is None or known.made.error or known.made_from != made_from:
        return None
    return known if in_place(known.made, job, folder) else None


def copied(job: Job, made_from: str, folder: Path, before: Before | None) -> Record | None:
    """The record of a brief copied from the release before, if it was made from the same."""
    known = before.records.get(job.path) if before else None
    if before is None or known is None or known.made_from != made_from:
        return None
    if not in_place(known.made, job, before.folder):
        return None
    for path in _files(job, known.made):
        put(folder / "briefs" / path, (before.folder / "briefs" / path).read_bytes())
    return Record(job.path, made_from, "copied", known.made)


def _files(job: Job, made: Made) -> Sequence[Path]:
    page = Path(job.path)
    return (page.with_suffix(SHEET), page) if made.beside else (page,)
