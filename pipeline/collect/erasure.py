"""Raw files without one submission: all its records and copies, its versions, rows of its repeats.

Nothing is written here. What each file is to hold is worked out and read again as any export is:
every other record must come out as before, else the erasure is refused and nothing has changed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import duckdb
import openpyxl

from pipeline.ask import Survey, Wave
from pipeline.ask.workbook import BOOKS
from pipeline.collect.archive import is_archive
from pipeline.collect.collection import TOOLS, gather, read_export
from pipeline.collect.dialect import DELIMITERS
from pipeline.collect.encoding import find_encoding
from pipeline.collect.erased import (
    FILE,
    UUID,
    identities,
    identities_of_id,
    mentions,
    read_erased,
)
from pipeline.collect.export import Record
from pipeline.collect.files import files_of
from pipeline.collect.identity import normalise
from pipeline.collect.submission import SUBMISSION, Collected
from pipeline.collect.typed import kind_of
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import Rewritten, Work, connect, quote, without_records

Place = tuple[str, int]  # sheet and number of a record
MARKS = {name: mark for mark, name in DELIMITERS.items()}


@dataclass(frozen=True)
class Erasure:
    """What erasing a submission does to the raw folder.

    `ids`: of the submission and its versions, by which other files name it. `units`: wave and unit
    as it names it. `records`: by raw file how many go. `files`: what each file is to hold, the list
    of those erased before all others. `findings`: what is to be told.
    """

    ids: frozenset[str]
    units: frozenset[tuple[str, str]]
    records: dict[str, int]
    files: Rewritten
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Exports:
    """The raw files of a survey, by path with the wave of each, and how they are read."""

    survey: Survey
    raw: Path
    tool: str
    waves: Mapping[str, Wave]

    def read(self, path: str) -> Iterator[Collected]:
        """One of them, in slices."""
        return read_export(path, self.raw, self.waves[path], self.survey, self.tool)


@dataclass
class _Found:
    """What belongs to the submission, by file; and what makes it recognisable."""

    ids: frozenset[str]
    places: dict[str, set[Place]]
    units: frozenset[tuple[str, str]] = frozenset()
    listed: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)  # identities of other records

    @property
    def uuids(self) -> set[str]:
        """The ids that mean this submission wherever they stand."""
        return {
            identifier for identifier in (*self.ids, *self.listed) if UUID.fullmatch(identifier)
        }


@dataclass
class _File:
    """One file as read: what goes, and what its other records say."""

    path: str
    dialect: str = ""
    gone: dict[Place, Record] = field(default_factory=dict)
    others: list[tuple[str, str]] = field(default_factory=list)  # sheet and sha256
    outcomes: list[tuple[str, str]] = field(default_factory=list)  # and submission_id


def plan_erasure(
    survey: Survey, raw: Path, submission: str, tool: str = "", *, is_known: bool = False
) -> Erasure:
    """What the raw folder must hold once a submission is erased.

    Args:
        survey: waves and questionnaires.
        raw: its raw folder.
        submission: id as the ledger has it, with or without `uuid:`; `WAVE/ID` in one wave only.
        tool: name of the reader, where the files must not decide.
        is_known: the current release has this submission, though no file may have it any more.

    Raises:
        RelevoError: unknown_submission, submission_in_several_waves, not_erasable; and what reading
            the exports raises: a file that cannot be read may hold the person.
    """
    wave, slash, rest = submission.partition("/")
    wanted = wave if slash and wave in {one.id for one in survey.waves} else ""
    identifier = normalise(rest if wanted else submission)
    waves = [wanted] if wanted else [one.id for one in survey.waves]
    erased = read_erased(raw)
    found = _find(survey, raw, identifier, wanted, tool)
    own = identities_of_id(identifier, (f"{one} {name}" for one in waves for name in TOOLS))
    if not found.places:
        is_listed = any(map(erased.knows, own))
        if not is_listed and not is_known:
            raise RelevoError(Finding(Problem.unknown_submission, values={"survey": survey.name}))
        if is_listed:
            again = Finding(Problem.erased_before, FILE)
            return Erasure(found.ids | {identifier}, found.units, {}, {}, (again,))
        found.listed |= set(own)
    paths = {path: one for one in survey.waves for path in files_of(one, survey, raw)}
    exports = _Exports(survey, raw, tool, paths)
    _look(found, exports)
    touched = [file for path in paths if (file := _read(found, exports, path)).gone]
    findings = [finding for file in touched if (finding := _refusal(raw, file))]
    if findings:
        raise RelevoError(findings)
    listed = found.listed - found.kept
    before = raw / FILE
    text = before.read_text(encoding="utf-8-sig") if before.is_file() else ""
    files = {before: erased.and_also(listed).text(text).encode()}
    for file in touched:
        files[raw / file.path] = _rewritten(raw / file.path, file)
        _check(found, file, exports, files[raw / file.path])
    told = () if listed else (Finding(Problem.not_recognisable, FILE),)
    records = {file.path: len(file.gone) for file in touched}
    return Erasure(found.ids | {identifier}, found.units, records, files, told)


def _find(survey: Survey, raw: Path, identifier: str, wave: str, tool: str) -> _Found:
    """The records that the ledger knows by this id, those of its other versions and their rows."""
    con = connect(":memory:")
    gather(survey, raw, Work(Path(), con, connect(":memory:"), connect(":memory:")), tool)
    con.execute("""CREATE TEMP TABLE known AS
        SELECT record_id, wave, submission_id, root_id, deprecated_id FROM collect.submission
        UNION ALL SELECT record_id, wave, submission_id, submission_id, '' FROM collect.record
        WHERE repeat = '' AND submission_id <> ''
          AND record_id NOT IN (SELECT record_id FROM collect.submission)""")
    sql = """SELECT DISTINCT wave, submission_id, root_id FROM known
             WHERE $id IN (submission_id, root_id, deprecated_id) AND $wave IN ('', wave)"""
    named = con.execute(sql, {"id": identifier, "wave": wave}).fetchall()
    waves = sorted({row[0] for row in named})
    if len(waves) > 1 and identifier.startswith("id:"):
        values: dict[str, object] = {"found": ", ".join(waves), "wave": waves[-1]}
        raise RelevoError(Finding(Problem.submission_in_several_waves, values=values))
    ids = sorted({text for _, *both in named for text in both})
    rows = con.execute(
        """WITH own AS (SELECT record_id, submission_id FROM known WHERE list_contains($waves, wave)
                        AND (list_contains($ids, submission_id) OR list_contains($ids, root_id)))
           SELECT f.path, r.sheet, r.record_number, own.submission_id, r.record_id
           FROM own JOIN collect.record r USING (record_id) JOIN collect.file f USING (file_id)""",
        {"ids": ids, "waves": waves},
    ).fetchall()
    units = _units(con, survey, [row[4] for row in rows])
    con.close()
    found = _Found(frozenset([*ids, *(row[3] for row in rows)]), {}, units)
    for path, sheet, number, *_ in rows:
        found.places.setdefault(path, set()).add((sheet, number))
    return found


def _units(
    con: duckdb.DuckDBPyConnection, survey: Survey, records: list[int]
) -> frozenset[tuple[str, str]]:
    """Wave and unit of some submissions, as they name it."""
    if not survey.key.unit:
        return frozenset()
    unit = f"coalesce({quote(survey.key.unit)}, '')"
    sql = f"SELECT wave, {unit} FROM collect.submission WHERE list_contains(?, record_id)"
    return frozenset(con.execute(sql, [records]).fetchall())


def _look(found: _Found, exports: _Exports) -> None:
    """What makes the submission recognisable, and no other one."""
    for path in exports.waves:
        places = found.places.get(path, set())
        for collected in exports.read(path):
            for one, keys in zip(collected.submissions, identities(collected), strict=True):
                is_own = (one.sheet, one.record.number) in places
                into = found.listed if is_own else found.kept
                into.update(keys if is_own else (key for key in keys if not UUID.fullmatch(key)))


def _read(found: _Found, exports: _Exports, path: str) -> _File:
    """A file: which of its records go with the submission, and what the others are."""
    file = _File(path)
    uuids, places = found.uuids, found.places.get(path, set())
    for collected in exports.read(path):
        file.dialect = collected.export.dialect
        owned = places | _own_rows(collected, places)
        belonging = _belonging(collected)
        for sheet in collected.export.sheets:
            for record in (*sheet.preamble, *sheet.records):
                place = sheet.name, record.number
                is_loose = place not in belonging and uuids
                if place in owned or (is_loose and uuids.intersection(mentions(record))):
                    file.gone[place] = record
                else:
                    file.others.append((sheet.name, record.sha256))
        file.outcomes += [
            (one.outcome, one.submission_id)
            for one in collected.submissions
            if (one.sheet, one.record.number) not in file.gone
        ]
    return file


def _own_rows(collected: Collected, places: set[Place]) -> set[Place]:
    """The rows of the submission's repeats."""
    rows = ((row, row.parent) for row in collected.repeat_rows)
    return {
        (row.sheet, row.record.number)
        for row, parent in rows
        if parent is not None and (parent.sheet, parent.record.number) in places
    }


def _belonging(collected: Collected) -> set[Place]:
    """The records that are, or belong to, a submission: whose ids are their own."""
    read = {(o.sheet, o.record.number) for o in collected.submissions if o.outcome == SUBMISSION}
    rows = (row for row in collected.repeat_rows if row.parent is not None)
    return read | {(row.sheet, row.record.number) for row in rows}


def _refusal(raw: Path, file: _File) -> Finding | None:
    """Why a file cannot be written without some of its records."""
    path = raw / file.path
    with path.open("rb") as opened:
        start = opened.read(4)
    is_zip = start.startswith(BOOKS[0])
    found = ""
    if start.startswith(BOOKS[1]):
        found = ".xls"
    elif not is_zip:
        found = kind_of(path)
    elif is_archive(path):
        sheets = {sheet for sheet, _ in file.gone}
        with zipfile.ZipFile(path) as archive:
            names = [_stem(name) for name in archive.namelist() if name.casefold().endswith(".csv")]
        if file.dialect not in MARKS or any(names.count(sheet) > 1 for sheet in sheets):
            found = ".zip"
    return _not_erasable(file.path, found) if found else None


def _not_erasable(path: str, found: str) -> Finding:
    return Finding(Problem.not_erasable, path, values={"found": found})


def _rewritten(path: Path, file: _File) -> bytes:
    """The bytes of a file without the records that go."""
    with path.open("rb") as opened:
        is_zip = opened.read(4).startswith(BOOKS[0])
    if not is_zip:
        return _text(path.read_bytes(), MARKS[file.dialect], file, "")
    return _zip(path, file) if is_archive(path) else _workbook(path, file)


def _text(content: bytes, delimiter: str, file: _File, sheet: str) -> bytes:
    """A text in its own encoding; what is left keeps its bytes."""
    first = {record.line for place, record in file.gone.items() if place[0] == sheet}
    name = find_encoding(lambda: io.BytesIO(content)).name
    mark = b""
    if name == "utf-16":  # in which order of bytes, its mark tells
        mark, name = content[:2], "utf-16-be" if content[:2] == b"\xfe\xff" else "utf-16-le"
    text = content[len(mark) :].decode(name, "surrogateescape")
    left = mark + without_records(text, delimiter, first).encode(name, "surrogateescape")
    if mark + text.encode(name, "surrogateescape") != content:
        raise RelevoError(_not_erasable(file.path, name))
    return left


def _zip(path: Path, file: _File) -> bytes:
    """A zip of tables; attachments that the records name go with them."""
    sheets = {sheet for sheet, _ in file.gone}
    cells = {cell.strip() for record in file.gone.values() for cell in record.cells} - {""}
    out = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(out, "w") as target:
        for member in archive.infolist():
            content = archive.read(member)
            if member.filename.casefold().endswith(".csv") and _stem(member.filename) in sheets:
                stem = _stem(member.filename)
                content = _text(content, MARKS[file.dialect], file, stem)
            elif PurePosixPath(member.filename).name in cells:
                continue
            target.writestr(member, content)
    return out.getvalue()


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def _workbook(path: Path, file: _File) -> bytes:
    """A workbook as a new file: its shared texts hold nothing of the rows that go.

    Values stand in place of formulas, as they are read.
    """
    out = io.BytesIO()
    try:
        book = openpyxl.load_workbook(path, data_only=True)
        for sheet, record in sorted((s, record.line) for (s, _), record in file.gone.items())[::-1]:
            book[sheet].delete_rows(record)
        book.save(out)
    except Exception:  # noqa: BLE001  whatever a stranger's workbook makes it raise
        raise RelevoError(_not_erasable(file.path, path.suffix)) from None
    return out.getvalue()


def _check(found: _Found, file: _File, exports: _Exports, content: bytes) -> None:
    """Read what is left: every other record says what it said, and nobody else is in it.

    Raises:
        RelevoError: not_erasable.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / file.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
        nobody = _Found(found.ids, {}, listed=found.listed)
        left = _read(nobody, replace(exports, raw=Path(folder)), file.path)
    if left.gone or (left.others, left.outcomes) != (file.others, file.outcomes):
        raise RelevoError(_not_erasable(file.path, PurePosixPath(file.path).suffix))
