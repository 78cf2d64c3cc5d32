"""The index page, one per language: the coordinator's list of every brief, and why some are not."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline import texts
from pipeline.ask import Survey
from pipeline.report.brief import Brief
from pipeline.report.notebook import NATIVE
from pipeline.report.page import environment
from pipeline.report.plan import file_language, network_layout
from pipeline.report.reading import read_release, reading
from pipeline.report.release import NETWORK, Release
from pipeline.store import slug

ASSETS = Path(__file__).parent / "assets"
SHARED = ("hub", "charter", "advocacy", "exchange")
KINDS = (
    *("network", *SHARED, "quality", "interim", "followup"),
    *("group", "government", "return"),
)
FIRST = 8  # kinds that stand above the list


def write_assets(folder: Path) -> None:
    """The scripts that pages share: the installed Plotly bundle, its loader, the index's search."""
    target = folder / "briefs/assets"
    target.mkdir(parents=True, exist_ok=True)
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    bundle = Path(spec.origin).parent / "package_data/plotly.min.js"
    for source in (bundle, *sorted(ASSETS.glob("*.js"))):
        shutil.copyfile(source, target / source.name)


@dataclass(frozen=True)
class _Line:
    """A government or group in the list, with its briefs by language."""

    kind: str
    name: str
    country: str
    briefs: Sequence[dict[str, Any]]


def write_index(
    survey: Survey,
    folder: Path,
    rows: Sequence[dict[str, Any]],
    languages: Sequence[str] | None = None,
) -> None:
    """Write index.html in the first language and index.<language>.html in the others.

    Args:
        survey: the declarations.
        folder: the work folder.
        rows: the rows of report.brief.
        languages: only these, where given.
    """
    release = read_release(folder)
    spoken = [one for one in release.languages if languages is None or one in languages]
    wave = max(release.rounds, default=survey.waves[-1].id)
    listed, unlisted = _listed(folder, release, wave, rows)
    for position, language in enumerate(spoken):
        brief = Brief(release, wave, language)
        packs = sorted(path.stem for path in (folder / "mailing").glob("*.zip"))
        html = _page(brief, listed, spoken, survey.disclosure.threshold, unlisted, packs)
        name = f"index.{file_language(language)}.html" if position else "index.html"
        (folder / "briefs" / name).write_text(html, encoding="utf-8")


def _listed(
    folder: Path, release: Release, wave: str, rows: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], int]:
    """The rows whose name may stand here, and how many governments are left out.

    A frame lists all members, whoever answers. Without one the list itself would tell who answered:
    then it holds only governments that agreed to be named.
    """
    with reading(folder, "members") as con:
        named = con.execute(
            "SELECT unit_id FROM estimate.unit WHERE wave = ? AND is_named", [wave]
        ).fetchall()
    open_names = {"", *release.units, *(unit for (unit,) in named)}
    left_out = {row["unit_id"] for row in rows} - open_names
    return [row for row in rows if row["unit_id"] not in left_out], len(left_out)


def _page(  # noqa: PLR0913, PLR0917 - what the page shows
    brief: Brief,
    rows: Sequence[dict[str, Any]],
    languages: Sequence[str],
    threshold: int,
    unlisted: int,
    packs: Sequence[str] = (),
) -> str:
    answered, total = brief.release.response(brief.wave, NETWORK)
    day = brief.round.as_of
    title = brief.survey_title()
    heading = brief.say("index.heading", survey=title, date=brief.date(day)) if day else title
    layout = network_layout(brief.release)
    if layout:
        coverage, total = brief.say(f"{layout}.index", count=answered), None
    elif total:
        coverage = brief.by_unit_kind("index.answered", count=answered, total=total)
    else:
        coverage = brief.by_unit_kind("title.network_open", count=answered)
    lines = _lines(brief, rows)
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            say=brief.say,
            by_unit_kind=brief.by_unit_kind,
            has_governments=brief.unit_kind == "institution",
            language=brief.spoken,
            heading=heading,
            coverage=coverage,
            unlisted=brief.say("index.unlisted", count=unlisted) if unlisted else "",
            share=answered / total if total else None,
            packs=[(brief.group_name(("country", pack.upper())), pack) for pack in packs],
            stamps=brief.stamps(),
            note=brief.say("S-20") if brief.is_unreviewed else "",
            languages=[_switch(code, position) for position, code in enumerate(languages)],
            first=[_shown(brief, line, threshold) for line in lines if line.kind in KINDS[:FIRST]],
            rows=[
                _shown(brief, line, threshold) for line in lines if line.kind not in KINDS[:FIRST]
            ],
            counts=[texts.sentence(brief.spoken, "index.rows", n) for n in (1, 2)],
        )
    )


def _switch(code: str, position: int) -> dict[str, Any]:
    return {
        "code": file_language(code),
        "name": NATIVE.get(code, code),
        "href": f"index.{file_language(code)}.html" if position else "index.html",
    }


def _lines(brief: Brief, rows: Sequence[dict[str, Any]]) -> list[_Line]:
    """One line per government or group; groups first, then by country and name."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        place = (row["kind"], row["group_kind"], row["unit_id"] or row["group_code"])
        found.setdefault(place, []).append(row)
    lines = [_line(brief, *place, briefs) for place, briefs in found.items()]
    return sorted(
        lines, key=lambda line: (KINDS.index(line.kind), slug(line.country), slug(line.name))
    )


def _line(
    brief: Brief, kind: str, group_kind: str, code: str, briefs: Sequence[dict[str, Any]]
) -> _Line:
    if kind == "network":
        return _Line(kind, brief.by_unit_kind("index.network"), "", briefs)
    if kind in {"quality", "interim", "followup", *SHARED}:
        return _Line(kind, brief.say(f"index.{kind}"), "", briefs)
    if kind == "group":
        country = brief.group_name((group_kind, code)) if group_kind == "country" else ""
        return _Line(kind, brief.group_name((group_kind, code)), country, briefs)
    unit = brief.release.unit(code)
    name = unit.name_in(brief.spoken)
    return _Line(kind, name, brief.group_name(("country", unit.country)), briefs)


def _shown(brief: Brief, line: _Line, threshold: int) -> dict[str, Any]:
    state, reason = line.briefs[0]["state"], line.briefs[0]["reason"]
    if any(row["state"] == "failed" for row in line.briefs):
        state, said = "failed", brief.say("withheld.failed")
    elif state == "withheld":
        said = brief.say("S-21", reason=brief.by_unit_kind(f"withheld.{reason}", k=threshold))
    else:
        said = ""
    return {
        "kind": brief.say(f"index.{line.kind}") if line.kind in KINDS[FIRST:] else "",
        "name": line.name,
        "country": line.country,
        "state": brief.say(f"brief_state.{state}"),
        "reason": said,
        "links": [
            {"code": file_language(row["language"]), "href": row["path"]}
            for row in line.briefs
            if row["state"] in {"built", "copied"}
        ],
    }
