"""All hostile files, judged by their expected.json.

No silent loss, no silent change, no good row refused, no traceback; each within ten seconds and
500 MB, nothing written outside the output folder, nobody called.
"""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import html

from tests import browser
from tests.conftest import SHARED
from tests.nasty.attempt import Attempt, attempt
from tests.nasty.judge import Truth, complaints, see

FOLDER = SHARED / "nasty"
EXPECTED: list[dict[str, Any]] = (
    json.loads((FOLDER / "expected.json").read_text(encoding="utf-8")) if FOLDER.is_dir() else []
)
CASES = {case["file"]: case for case in EXPECTED}
DATA = [name for name, case in CASES.items() if not case["verdict"].startswith("form")]
GOVERNMENTS = """
languages = ["es"]
unit_kind = "institution"
[key]
unit = "city_name"
publish = { question = "consent_publish", named = ["yes"] }
[frame]
scope = "none"
"""
OF_GOVERNMENTS = ("43", "A3", "P0", "P3")  # files whose test speaks of governments
# What INDEX.md says in words: true values of repaired cells, and second right answers.
REPAIRED = {
    "50": {row: {"__version__": "v2025-10"} for row in range(8)},
    "62": {row: {"policy_areas": "housing health"} for row in (1, 2, 3, 7)},
}
MAY = {
    "60": {(4, "commitment"): "3", (5, "country"): "AR"},
    "62": {(4, "policy_areas"): "health"},
    "67": {(9, "survey_date"): "2026-02-03"},
}
ROW_MAY_GO = ("08", "43")
VERDICTS = {
    "42": {"verdicts": {"loaded": 20, "superseded": 1}},
    "45": {"verdicts": {"loaded": 20, "duplicate": 1}},
    "96": {"repeat_verdicts": {"loaded": 22, "quarantined": 2}},
}
REFUSED = ("85",)  # by INDEX.md as right as flagging its cells
BRIEFS = 60  # seconds of a processor that a file may take with all its pages
OWN_SCRIPT = re.compile(r"^(\.\./)*assets/[a-z.]+\.js$")
FORMULA = re.compile(r"^[=+@\t\r＝]|^-(?![0-9.]+$)")


def truth(name: str) -> Truth:
    """What should become of a file."""
    case, number = CASES[name], name[:2]
    rows = json.loads((FOLDER / "canonical.json").read_text(encoding="utf-8"))
    over = {int(row): cells for row, cells in case["over"].items()}
    return Truth(
        rows if case["rows_in"] else [],
        case["rows_in"],
        {int(row): columns for row, columns in case["flag"].items()},
        over | REPAIRED.get(number, {}),
        MAY.get(number, {}),
        is_soft=case.get("soft", False),
        row_may_go=number in ROW_MAY_GO,
        duplicates=case.get("dups", 0),
        footers=case.get("foot", 0),
        repeat_rows=case.get("children", 0),
    )


def relevo(  # noqa: PLR0917
    room: Path,
    command: str,
    name: str,
    form: str = "form.xlsx",
    declared: str = "",
    source: Path = FOLDER,
) -> Attempt:
    """`relevo COMMAND` on one file of `source`, with this questionnaire and survey.toml."""
    folder, raw = room / "cities", room / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    raw.mkdir()
    shutil.copyfile(FOLDER / form, folder / "questionnaire.xlsx")
    shutil.copyfile(source / name, raw / name)
    (folder / "survey.toml").write_text(declared, encoding="utf-8")
    options = ["--raw", "raw", "--out", "out", "--json", "--jobs", "1"]
    return attempt(room, command, "cities/", *options)


WAITING = ()  # for label mapping, renames and dates of workbooks


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.xfail(strict=True)] * name.startswith(WAITING))
        for name in DATA
    ],
)
def test_a_hostile_file_ends_as_it_must(shared: Path, tmp_path: Path, name: str) -> None:
    declared = GOVERNMENTS if name.startswith(OF_GOVERNMENTS) else ""
    ended = relevo(tmp_path, "edit", name, declared=declared)
    assert ended.complaints() == []
    if CASES[name]["verdict"] == "reject" or name.startswith(REFUSED):
        assert ended.exit == 11
        assert re.match(rf"\w+ {name}\b.*: .*\. ", ended.said), ended.said
        assert len(ended.said.splitlines()) == 1
        return
    assert ended.exit == 0, ended.said
    seen = see(tmp_path / "out" / "cities" / "work" / "confidential" / "confidential.duckdb")
    assert complaints(truth(name), seen) == []
    for kind, verdicts in VERDICTS.get(name[:2], {}).items():
        assert getattr(seen, kind) == verdicts
    if name.startswith("43"):  # said of both, and counted once at most
        assert sum("two_answers" in codes for codes in seen.warnings.values()) == 2
        assert [row["city_name"] for row in seen.answers.values()].count("Lima") <= 1


# --- the whole way: briefs and results -----------------------------------------------------------


def pages(release: Path) -> list[Path]:
    return sorted((release / "briefs").rglob("*.html"))


def text_of(page: Path) -> str:
    root = html.parse(page).getroot()
    return " ".join(root.text_content().split())


def run(
    room: Path, name: str, more: str = "", languages: str = '["es"]', source: Path = FOLDER
) -> Path:
    """A release of one file, made without a complaint."""
    declared = GOVERNMENTS.replace('["es"]', languages) + more
    ended = relevo(room, "run", name, declared=declared, source=source)
    assert ended.exit == 0, ended.said
    assert ended.complaints(seconds=BRIEFS) == []
    return room / "out/cities/current"


def live(page: Path) -> list[str]:
    """What in a page could act: scripts that are not ours, handlers, addresses that leave."""
    found = []
    for element in html.parse(page).getroot().iter():
        if not isinstance(element.tag, str):
            continue
        found += [f"{name}={value}" for name, value in element.items() if name.startswith("on")]
        if element.tag in {"iframe", "object", "embed", "base", "form", "link"}:
            found.append(element.tag)
        if element.tag == "script" and (
            element.text or not OWN_SCRIPT.search(element.get("src", ""))
        ):
            found.append(f"script {element.get('src')}")
        if element.tag == "meta" and element.get("http-equiv", "").lower() == "refresh":
            found.append("refresh")
        for name in ("href", "src", "action"):
            if re.match(r"\s*[a-z]+:", element.get(name, ""), re.IGNORECASE):
                found.append(element.get(name))
    return found


def broken(shown: list[Path]) -> list[tuple[str, list[str]]]:
    """Pages whose title changed, that called somebody, show nothing or break their frame."""
    found: list[tuple[str, list[str]]] = []
    with browser.chromium() as chromium:
        for path in shown:
            with browser.opened(chromium, path) as (page, wrong):
                page.wait_for_timeout(50)
                title = html.parse(path).findtext(".//title") or ""
                if page.title() != re.sub(r"[ \t\n\r\f]+", " ", title).strip():
                    wrong.append(page.title())
                if not page.locator("body").inner_text().strip():
                    wrong.append("hidden")
                wrong.extend(page.evaluate(browser.PROBE))
            found += [(path.name, wrong)] if wrong else []
    return found


def some(release: Path) -> list[Path]:
    """The index, the network's page, the desk's and two governments'."""
    found = pages(release)
    return [page for page in found if "own" not in page.parts] + [
        page for page in found if "own" in page.parts
    ][:2]


def payloads() -> list[str]:
    over = CASES["A1_xss_free_text.csv"]["over"]
    return [over[str(row)]["flagship"] for row in range(20)]


@pytest.mark.slow
def test_scripts_in_answers_do_not_run(shared: Path, tmp_path: Path) -> None:
    """The payloads of A1 stand in names too: those are printed on every page of a government."""
    (tmp_path / "made").mkdir()
    with (FOLDER / "A1_xss_free_text.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / "made/A1.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"city_name": row["flagship"]} for row in rows)
    release = run(tmp_path, "A1.csv", source=tmp_path / "made")
    assert [found for page in pages(release) if (found := live(page))] == []
    told = " ".join(text_of(page) for page in pages(release) if "own" in page.parts)
    assert not [one for one in payloads() if " ".join(one.split()) not in told]
    assert broken(some(release)) == []


@pytest.mark.slow
def test_every_page_in_every_language_is_inert(shared: Path, tmp_path: Path) -> None:
    release = run(tmp_path, "A1_xss_free_text.csv", languages='["es", "pt", "en", "fr"]')
    assert len(pages(release)) == 4 * (1 + 1 + 20 + 1)  # network, quality, governments, index
    assert [found for page in pages(release) if (found := live(page))] == []
    assert broken(pages(release)) == []


@pytest.mark.slow
def test_names_of_cities_are_no_paths(shared: Path, tmp_path: Path) -> None:
    release = run(tmp_path, "A3_city_path_names.csv")
    own = [page.relative_to(release / "briefs") for page in pages(release) if "own" in page.parts]
    assert len(own) == 20
    for path in own:
        assert re.fullmatch(r"government-[a-z0-9-]+-[0-9a-f]{8}\.es\.html", path.name)
        assert len(path.name.encode()) <= 120
    assert len({str(path).casefold() for path in own}) == 20
    assert [found for page in pages(release) if (found := live(page))] == []
    assert broken(some(release)) == []


@pytest.mark.slow
def test_formulas_in_answers_stay_texts(shared: Path, tmp_path: Path) -> None:
    release = run(tmp_path, "A0_formula_injection.csv", "[briefs]\ngovernment = []\n")
    formulas = {}
    for path in release.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            formulas[path.name] = [c for row in csv.reader(file) for c in row if FORMULA.match(c)]
    assert formulas.pop("ledger.csv") == ["=1+1"]  # the machine's copy is exact
    assert set(map(tuple, formulas.values())) == {()}
    assert not list(release.rglob("*.xlsx"))
    for page in pages(release):
        assert "HYPERLINK" not in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_small_countries_are_in_no_page_and_no_result(shared: Path, tmp_path: Path) -> None:
    more = """
[groups]
by = ["country"]
[disclosure]
threshold = 5
threshold_confidential = 5
[briefs]
government = []
"""
    release = run(tmp_path, "P0_small_cells.csv", more)
    con = duckdb.connect(str(release / "survey.duckdb"), read_only=True)
    rows = con.execute("""
        SELECT group_code, count(count) + count(n) + count(estimate) FROM estimate.result
        WHERE group_kind = 'country' GROUP BY ALL""").fetchall()
    counted = con.execute("""
        SELECT choice, count FROM estimate.result WHERE subject = 'country'
        AND group_kind = 'network' AND statistic = 'share'""").fetchall()
    con.close()
    said = dict(rows)
    assert said["NO"] == said["NA"] == 0
    assert said["BR"] == 0  # 20 - 11 - 6 would be the two together
    known = {choice: count for choice, count in counted if count is not None}
    assert not {"NO", "NA"} & set(known)
    assert 20 - sum(known.values()) >= 5
    names = {
        page.name.rsplit("-", 1)[0] for page in pages(release) if page.name.startswith("group")
    }
    assert names <= {"group-country-ar"}


def test_who_did_not_agree_is_named_nowhere(shared: Path, tmp_path: Path) -> None:
    release = run(tmp_path, "P3_no_consent.csv")
    rows = json.loads((FOLDER / "canonical.json").read_text(encoding="utf-8"))
    hidden = [row["city_name"] for row in rows[:18]]
    people = [row[key] for row in rows for key in ("contact_name", "contact_email")]
    own = [page for page in pages(release) if "own" in page.parts]
    assert sum(name in text_of(page) for page in own for name in hidden) >= 18
    for path in release.rglob("*"):
        if path.is_file() and not {"own", "confidential", "mailing"} & set(path.parts):
            body = path.read_bytes()
            assert not [name for name in [*hidden, *people] if name.encode() in body], path
    for page in own:
        assert not [name for name in people if name in text_of(page)], page


@pytest.mark.slow
def test_a_header_alone_makes_pages_that_say_so(shared: Path, tmp_path: Path) -> None:
    ended = relevo(tmp_path, "run", "31_header_only.csv")
    assert ended.exit == 0 and ended.complaints(seconds=BRIEFS) == []
    assert "no_records 31_header_only.csv" in ended.said
    release = tmp_path / "out/cities/current"
    said = {page.name[-7:-5]: text_of(page) for page in pages(release) if "network" in page.name}
    for language, words in {
        "es": "No hay respuestas",
        "pt": "Não há respostas",
        "en": "No answers",
        "fr": "Aucune réponse",
    }.items():
        assert words in said[language]


# --- questionnaires ------------------------------------------------------------------------------


def test_a_circle_of_rules_is_refused_with_both_names(shared: Path, tmp_path: Path) -> None:
    ended = relevo(tmp_path, "edit", "00_control.csv", form="form_bad_circular.xlsx")
    assert (ended.exit, ended.complaints()) == (10, [])
    assert "circular_rules" in ended.said
    assert "budget_pct" in ended.said and "migrant_pct" in ended.said


@pytest.mark.slow
def test_an_evil_form_is_inert(shared: Path, tmp_path: Path) -> None:
    """Scripts in labels, a regex that never ends, a call of Python in a rule."""
    address = "a" * 60 + "!"
    ended = relevo(tmp_path, "run", "00_control.csv", form="form_evil.xlsx")
    assert (ended.exit, ended.complaints(seconds=BRIEFS)) == (0, []), ended.said
    assert "flagship" in ended.said
    assert "uid=" not in ended.said + ended.summary
    release = tmp_path / "out/cities/current"
    assert [found for page in pages(release) if (found := live(page))] == []
    quality = next(page for page in pages(release) if re.match(r"quality.*es\.html", page.name))
    assert "<script>alert(1)</script>Ciudad" in text_of(quality)
    assert broken(pages(release)) == []
    assert attempt(tmp_path, "check", "cities/").exit == 10
    text = (FOLDER / "00_control.csv").read_text(encoding="utf-8")
    (tmp_path / "raw/00_control.csv").write_text(
        text.replace("contact01@city01.example.org", address), encoding="utf-8"
    )
    again = attempt(tmp_path, "edit", "cities/", "--raw", "raw", "--out", "out", "--json")
    assert (again.exit, again.complaints(seconds=BRIEFS)) == (0, [])
