"""What the survey folder says of one submission: lines that go when it is erased."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.ask.released import FILE as RELEASED
from pipeline.ask.survey import Survey
from pipeline.edit.cleaning_log import FILE, delimiter_of, headers
from pipeline.edit.identity import DECISIONS
from pipeline.store import Rewritten, connect, database_path, without_rows

KEY = "submission_id"


@dataclass(frozen=True)
class Unsaid:
    """The declarations without a submission.

    `files`: what each is to hold. `lines`: how many of its lines go. `texts`: fingerprints of the
    free texts that had been released.
    """

    files: Rewritten
    lines: dict[str, int]
    texts: frozenset[str]


def leave_out(survey: Survey, ids: Collection[str]) -> Unsaid:
    """Cleaning log, decisions and released texts without the lines that name a submission.

    Args:
        survey: its folder is read.
        ids: of the submission and its versions, as the ledger has them.
    """
    keys = {FILE: headers(survey)[KEY], DECISIONS: KEY, RELEASED: KEY}
    files: Rewritten = {}
    lines: dict[str, int] = {}
    texts: set[str] = set()
    for name, key in keys.items():
        path = survey.folder / name
        if not path.is_file():
            continue

        def is_gone(row: dict[str, str], key: str = key) -> bool:
            named = row.get(key, "").strip().casefold().removeprefix("uuid:") in ids
            if named and row.get("sha256"):
                texts.add(row["sha256"].strip().lower())
            return named

        content = path.read_bytes().decode("utf-8", "surrogateescape")
        left, count = without_rows(content, delimiter_of(content), is_gone)
        if count:
            files[path] = left.encode("utf-8", "surrogateescape")
            lines[name] = count
    return Unsaid(files, lines, frozenset(texts))


def units_of(folder: Path, ids: Collection[str]) -> frozenset[tuple[str, str]]:
    """Wave and unit of some submissions in a release; none where it does not know them.

    Args:
        folder: of the release; it need not be there.
        ids: as the ledger has them.
    """
    path = database_path(folder, "confidential")
    if not path.is_file():
        return frozenset()
    sql = """SELECT DISTINCT wave, unit_id FROM edit.ledger
             WHERE repeat = '' AND list_contains(?, submission_id)"""
    with connect(path, read_only=True) as con:
        return frozenset(con.execute(sql, [sorted(ids)]).fetchall())
