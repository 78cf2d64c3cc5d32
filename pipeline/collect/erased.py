"""erased.csv: who was erased, as salted hashes, so that an old export brings nobody back.

The salt stands beside the hashes. A hash without the identity it was made from tells nothing, and
an identity is not kept anywhere.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.collect.export import Record
from pipeline.collect.identity import CONTENT_ID, normalise
from pipeline.collect.plain import Plain
from pipeline.collect.submission import UNREADABLE, Collected, RepeatRow, Submission
from pipeline.errors import Finding, Problem, RelevoError

FILE = "erased.csv"
COLUMNS = ("salt", "sha256")
IDS = ("_uuid", "meta/instanceID", "meta/rootUuid", "meta/deprecatedID")
NUMBER = "_id"
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class Erased:
    """The list. `salts` are one, or several where lists were joined."""

    salts: tuple[str, ...] = ()
    hashes: frozenset[str] = frozenset()

    def knows(self, identity: str) -> bool:
        """Whether what makes a record recognisable is on the list."""
        return any(_hash(salt, identity) in self.hashes for salt in self.salts)

    def and_also(self, identities: Iterable[str]) -> Erased:
        """The list with some more."""
        salts = self.salts or (secrets.token_hex(16),)
        more = {_hash(salts[0], identity) for identity in identities if not self.knows(identity)}
        return Erased(salts, self.hashes | more)

    def text(self, before: str = "") -> str:
        """The file: what it held, then what is new, in an order that tells nothing."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        if not before:
            writer.writerow(COLUMNS)
        held = {row["sha256"] for row in csv.DictReader(io.StringIO(before))}
        writer.writerows([self.salts[0], one] for one in sorted(self.hashes - held))
        joint = "" if not before or before.endswith("\n") else "\n"
        return before + joint + out.getvalue()


def read_erased(raw: Path) -> Erased:
    """The list of a raw folder; empty where nobody was erased.

    Raises:
        RelevoError: column_missing. A list that cannot be read must not erase nobody.
    """
    path = raw / FILE
    if not path.is_file():
        return Erased()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            values: dict[str, object] = {"expected": ", ".join(missing)}
            raise RelevoError(Finding(Problem.column_missing, FILE, row=1, values=values))
        rows = [((row["salt"] or "").strip(), (row["sha256"] or "").strip()) for row in reader]
    return Erased(tuple(dict.fromkeys(salt for salt, _ in rows)), frozenset(h for _, h in rows))


def identities(collected: Collected) -> list[list[str]]:
    """What makes each of the submissions recognisable in any export.

    The ids that the tool gave it, and those of the versions before it: a number is one only among
    those of its tool and wave. Where there is none, what the submission says, and the record as it
    stands in the file.
    """
    where, found = f"{collected.export.wave} {collected.tool}", collected.submissions
    if not isinstance(found, Plain):
        return [_identities(where, one.metadata, one.submission_id, one.record) for one in found]
    names = [name for name in (*IDS, NUMBER) if name in found.metadata]
    rows = zip(*(found.metadata[name].rows for name in names), strict=True)
    return [_ids(where, dict(zip(names, row, strict=True))) for row in rows]


def identities_of_id(submission_id: str, places: Iterable[str]) -> list[str]:
    """The same, where nothing but the id is known, and the waves and tools it may be of."""
    if submission_id.startswith("id:"):
        return [f"{where} {submission_id}" for where in places]
    return [submission_id]


def _identities(
    where: str, metadata: Mapping[str, str], submission_id: str, record: Record
) -> list[str]:
    said = [submission_id] if submission_id.startswith(CONTENT_ID) else []
    return _ids(where, metadata) or [*said, f"record {record.sha256}"]


def _ids(where: str, metadata: Mapping[str, str]) -> list[str]:
    named = [normalise(metadata.get(name, "")) for name in IDS]
    number = metadata.get(NUMBER, "").strip()
    return [*dict.fromkeys(filter(None, named)), *([f"{where} id:{number}"] if number else [])]


def mentions(record: Record) -> Iterator[str]:
    """The ids in a record that could not be read, or belongs to nobody: of ODK before the path."""
    for cell in record.cells:
        if UUID.fullmatch(found := normalise(cell).partition("/")[0]):
            yield found


def withhold(slices: Iterable[Collected], erased: Erased) -> Iterator[Collected]:
    """A file without what erased people said: their records keep their places and nothing else."""
    for collected in slices:
        yield _withhold(collected, erased) if erased.hashes else collected


def _withhold(collected: Collected, erased: Erased) -> Collected:
    known = [any(map(erased.knows, found)) for found in identities(collected)]
    is_read = isinstance(collected.submissions, Plain)
    for at, one in enumerate([] if is_read else collected.submissions):
        if not one.metadata:  # it could not be read
            known[at] = known[at] or any(map(erased.knows, mentions(one.record)))
    if any(known):
        pairs = zip(collected.submissions, known, strict=True)
        collected = collected.with_submissions(
            [_emptied(one) if is_known else one for one, is_known in pairs]
        )
    rows = tuple(_row(row, erased) for row in collected.repeat_rows)
    return replace(collected, repeat_rows=rows)


def _emptied(one: Submission) -> Submission:
    return Submission(one.sheet, _without_cells(one.record), UNREADABLE, Problem.erased.name)


def _row(row: RepeatRow, erased: Erased) -> RepeatRow:
    """A row of a repeat goes with its submission; without one, by the id that it names."""
    is_gone = (
        any(map(erased.knows, mentions(row.record)))
        if row.parent is None
        else row.parent.reason == Problem.erased.name
    )
    if not is_gone:
        return row
    empty = _without_cells(row.record)
    return RepeatRow(row.sheet, empty, UNREADABLE, Problem.erased.name, row.repeat)


def _without_cells(record: Record) -> Record:
    return record._replace(cells=(), received=None)


def _hash(salt: str, identity: str) -> str:
    return hashlib.sha256(f"{salt}\0{identity}".encode()).hexdigest()
