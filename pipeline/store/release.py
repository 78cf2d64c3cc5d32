"""A release appears whole or not at all: built in work/, moved, then one pointer is replaced.

Nothing reads the clock. What a release is follows from the bytes of its inputs, its id from their
hash; so unchanged inputs are no work, and a deleted release comes back equal.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store.database import FILES, Work, connect, quote
from pipeline.store.published import Published

PROJECT = Path(__file__).parent.parent.parent
KEPT = 3
MANIFEST = "manifest.json"
MAKING = "making"  # in the work folder: what a run that did not end leaves for the next one
FILLED = "filled.json"
# Made from the other inputs, or by the operating system: never inputs themselves.
NOT_INPUT = frozenset({"codebook.md", "registry.csv", "__pycache__", ".DS_Store", "published"})


def database_path(folder: Path, name: str) -> Path:
    """Where a release or work folder keeps `survey`, `members` or `confidential`."""
    return folder / f"{name}.duckdb" if name == "survey" else folder / f"confidential/{name}.duckdb"


def find_release(survey: str, release: str = "current", out: Path | None = None) -> Path:
    """The folder of a release, by the survey's name; a path is taken as it is.

    `RELEVO_WORK` names the folder being built, `RELEVO_OUT` stands in place of data/processed.

    Raises:
        RelevoError: no_release.
    """
    work = os.environ.get("RELEVO_WORK")
    if work and out is None:
        return Path(work)
    out = out or Path(os.environ.get("RELEVO_OUT") or PROJECT / "data/processed")
    folder = out / survey / ("current" if release == "current" else f"releases/{release}")
    if not database_path(folder, "survey").is_file():
        known = sorted(path.parent.name for path in out.glob("*/current"))
        values: dict[str, object] = {
            "survey": survey,
            "release": release,
            "expected": ", ".join(known) or "-",
        }
        raise RelevoError(Finding(Problem.no_release, values=values))
    return folder.resolve()


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def input_files(root: Path) -> Iterator[Path]:
    """The files below `root` (or the file itself) that count as input, in a fixed order."""
    if root.is_file():
        yield root
    elif root.is_dir() and root.name not in NOT_INPUT:
        for path in sorted(root.iterdir(), key=lambda path: path.name):
            if path.name not in NOT_INPUT and not path.name.startswith((".", "~$")):
                yield from input_files(path)


def release_id(roots: Mapping[str, Path], options: Mapping[str, object]) -> str:
    """12 hex digits of sha256 over labelled files and folders and the options that change content.

    Args:
        roots: label to file or folder; the label, not the place on disk, enters the hash.
        options: what the command line changes in the content.

    Raises:
        RelevoError: file_not_permitted (exit 11): a file or folder may not be read.
    """
    total = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    try:
        for label, root in sorted(roots.items()):
            for path in input_files(root):
                name = path.relative_to(root).as_posix() if path != root else ""
                total.update(f"{label}\0{name}\0{file_sha256(path)}\n".encode())
    except PermissionError as error:
        raise RelevoError(Finding(Problem.file_not_permitted, str(error.filename))) from None
    return total.hexdigest()[:12]


def rows_sha256(con: duckdb.DuckDBPyConnection) -> str:
    """Hash of what a database says, whatever its bytes: tables, columns and rows in stored order.

    The bytes of a DuckDB file differ between two builds of the same rows.
    """
    total = hashlib.sha256()
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
    ).fetchall()
    for schema, table in tables:
        relation = con.sql(f'SELECT * FROM "{schema}"."{table}"')
        row = ", ".join(map(quote, relation.columns))
        rows = f"string_agg(sha256(CAST(row({row}) AS VARCHAR)), '' ORDER BY rowid)"
        found = con.execute(f'SELECT sha256({rows}) FROM "{schema}"."{table}"').fetchall()
        total.update(f"{schema}.{table} {relation.columns} {relation.types} {found}\n".encode())
    return total.hexdigest()


@dataclass(frozen=True)
class Shelf:
    """The releases of one survey: `root` is data/processed/<survey>."""

    root: Path

    @property
    def work(self) -> Path:
        """Where the next release is built."""
        return self.root / "work"

    @property
    def current(self) -> Path:
        """The pointer to the newest whole release."""
        return self.root / "current"

    def manifest(self) -> dict[str, Any] | None:
        """The manifest of the current release, or None where there is no whole one."""
        path = self.current / MANIFEST
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    @contextmanager
    def lock(self, *, shared: bool = False) -> Iterator[None]:
        """Keep other runs of this survey out.

        Args:
            shared: let other shards in, and wait while a run that is no shard is in here.

        Raises:
            RelevoError: another_run, naming its process.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                values: dict[str, object] = {"process": file.read().strip() or "?"}
                raise RelevoError(Finding(Problem.another_run, values=values)) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def start(self) -> Path:
        """An empty work folder."""
        shutil.rmtree(self.work, ignore_errors=True)
        (self.work / "confidential").mkdir(parents=True, mode=0o700)
        return self.work

    def filled(self, release: str) -> dict[str, Any] | None:
        """The counts of the tables in the work folder if they are whole and of this release.

        Then only briefs are missing. Nothing is opened: several shards may ask at once.
        """
        path = self.work / MAKING / FILLED
        if not path.is_file():
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
        return dict(told["counts"]) if told["release"] == release else None

    def mark_filled(self, release: str, counts: Mapping[str, object]) -> None:
        """Note that the tables in the work folder are whole; a run that is stopped goes on here."""
        path = self.work / MAKING / FILLED
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps({"release": release, "counts": counts}), encoding="utf-8")
        _sync(beside)
        beside.replace(path)

    def publish(self, release: str, facts: Mapping[str, object]) -> Path:
        """Write the manifest, move work/ among the releases, then replace the pointer.

        Args:
            release: the release id.
            facts: what the manifest says beside its files: inputs, versions, counts.
        """
        shutil.rmtree(self.work / MAKING, ignore_errors=True)
        manifest = {"release": release, **facts, "files": _files(self.work)}
        text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
        (self.work / MANIFEST).write_text(text + "\n", encoding="utf-8")
        for path in sorted(self.work.rglob("*")):
            _sync(path)
        target = self.root / "releases" / release
        target.parent.mkdir(exist_ok=True)
        if target.exists():
            shutil.rmtree(target)
        self.work.rename(target)
        _sync(target.parent)
        pointer = self.root / "current.new"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(Path("releases") / release)
        pointer.replace(self.current)
        _sync(self.root)
        self._prune(target)
        return target

    def keep_current_only(self) -> int:
        """Remove every release but the current one, and what a run left; how many went."""
        shutil.rmtree(self.work, ignore_errors=True)
        others = [p for p in (self.root / "releases").iterdir() if p != self.current.resolve()]
        for old in others:
            shutil.rmtree(old)
        return len(others)

    def _prune(self, newest: Path) -> None:
        """Keep the newest releases only; which is newer, the moves into place tell."""
        others = [path for path in (self.root / "releases").iterdir() if path != newest]
        others.sort(key=lambda path: path.stat().st_ctime_ns, reverse=True)
        for old in others[KEPT - 1 :]:
            shutil.rmtree(old)


@contextmanager
def open_work(
    folder: Path,
    published: Sequence[Published] = (),
    joined: Mapping[str, Path] = MappingProxyType({}),
) -> Iterator[Work]:
    """The three databases of a work folder, checkpointed and closed at the end."""
    (folder / "confidential").mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = {name: connect(database_path(folder, name)) for name in FILES}
    try:
        yield Work(folder, **opened, published=tuple(published), joined=joined)
        for con in opened.values():
            con.execute("CHECKPOINT")  # a full disk must fail here, not silently at close
    finally:
        for con in opened.values():
            con.close()


def _files(folder: Path) -> dict[str, dict[str, object]]:
    """Hash and size of every file; of a database the hash of its rows (its bytes are no fact)."""
    listed: dict[str, dict[str, object]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".duckdb":
            con = connect(path, read_only=True)
            listed[name] = {"rows_sha256": rows_sha256(con)}
            con.close()
        elif path.is_file():
            listed[name] = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
    return listed


def _sync(path: Path) -> None:
    """Make sure that a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
