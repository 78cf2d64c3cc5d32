"""What the coordination sends: a zip of pages per country, a table of mails. Nothing is sent here.

The table has no addresses; with contacts.csv beside the raw data, a copy with them lies under
confidential/. Equal pages make equal files: entries have a fixed order and no time of their own.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.plan import own_language
from pipeline.report.release import Release
from pipeline.store import file_sha256, slug

KINDS = ("government", "return")
COLUMNS = (
    "unit_id", "language", "subject", "body", "attachment", "bytes", "sha256", "state",
)  # fmt: skip
READY = frozenset({"built", "copied"})
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet program would run what begins so
Mail = dict[str, Any]


def write_mailing(
    folder: Path,
    release: Release,
    rows: Sequence[Mapping[str, Any]],
    contacts: Path | None = None,
) -> None:
    """Write mailing/<country>.zip and mailing/mailing.csv; with the contacts under confidential/.

    Args:
        folder: the work folder; its pages are in place.
        release: for names, countries and languages.
        rows: the rows of report.brief.
        contacts: `unit_id` and whatever else is known of a focal point; may not be there.
    """
    sent = list(_sent(release, rows))
    if not sent:
        return
    target = folder / "mailing"
    target.mkdir(exist_ok=True)
    by_country: dict[str, list[str]] = {}
    for row in sent:
        place = slug(release.unit(row["unit_id"]).country or "other")
        by_country.setdefault(place, []).append(row["path"])
    for place, paths in by_country.items():
        _pack(folder / "briefs", paths, target / f"{place}.zip")
    mails = [mail for row in sent for mail in _mails(folder, release, row)]
    _write(target / "mailing.csv", COLUMNS, mails)
    if contacts is not None and contacts.is_file():
        columns, known = _contacts(contacts)
        told = [{**known.get(mail["unit_id"], {}), **mail} for mail in mails]
        _write(folder / "confidential/mailing.csv", (*COLUMNS, *columns), told)


def _sent(release: Release, rows: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """A government's pages in the language in which it is written to, where there is one in it."""
    ready = [row for row in rows if row["kind"] in KINDS and row["state"] in READY]
    languages: dict[tuple[str, str], list[str]] = {}
    for row in ready:
        languages.setdefault((row["unit_id"], row["kind"]), []).append(row["language"])
    for row in sorted(ready, key=lambda row: (row["unit_id"], KINDS.index(row["kind"]))):
        own = own_language(release, row["unit_id"])
        made = languages[row["unit_id"], row["kind"]]
        if row["language"] == (own if own in made else made[0]):
            yield row


def _mails(folder: Path, release: Release, row: Mapping[str, Any]) -> Iterator[Mail]:
    """One line per attachment; lines with the same subject are one mail."""
    brief = Brief(release, row["wave"], row["language"], unit_id=row["unit_id"])
    unit = release.unit(row["unit_id"])
    said = {
        "name": unit.name_in(brief.spoken),
        "survey": brief.survey_title(),
        "contact": release.fact("contact") or "–",
    }
    about = {one: brief.say(f"mail.{one}.{row['kind']}", **said) for one in ("subject", "body")}
    about["subject"] = "".join(f"[{stamp}] " for stamp, _ in brief.stamps()) + about["subject"]
    for path in _files(folder / "briefs" / row["path"]):
        yield {
            "unit_id": row["unit_id"],
            "language": texts.spoken(row["language"]),
            **about,
            "attachment": path.name,
            "bytes": path.stat().st_size,
            "sha256": file_sha256(path),
            "state": row["state"],
        }


def _files(page: Path) -> list[Path]:
    """A page, and the spreadsheet that lies beside a return sheet."""
    return [path for path in (page, page.with_suffix(".xlsx")) if path.is_file()]


def _pack(briefs: Path, paths: Sequence[str], target: Path) -> None:
    files = [file for path in paths for file in _files(briefs / path)]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as pack:
        for file in sorted(files, key=lambda file: file.name):
            entry = zipfile.ZipInfo(file.name, EARLIEST)
            entry.external_attr = 0o644 << 16
            pack.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def _contacts(path: Path) -> tuple[list[str], dict[str, Mail]]:
    """The columns beside unit_id, and the contact of each government: the first line counts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = [name for name in reader.fieldnames or () if name not in COLUMNS]
        known: dict[str, Mail] = {}
        for line in reader:
            known.setdefault(line.get("unit_id") or "", {name: line[name] for name in columns})
    return columns, known


def _write(path: Path, columns: Sequence[str], mails: Sequence[Mail]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_inert(mail.get(column, "")) for column in columns] for mail in mails)
    # a spreadsheet program reads accents in a CSV only with this mark
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def _inert(value: object) -> object:
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value
