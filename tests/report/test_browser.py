"""Pages in a browser: accessible, legible and whole in every colour scheme, width and language."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pipeline.report import notebook, page
from pipeline.report.plan import Job
from pipeline.texts import sentences
from tests import browser, npm
from tests.report import release

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe cannot decide for itself and why it is no fault here: text that the style adds before a
# cell's value has the colour of a note, whose contrast a test computes from the palette.
RUN = """async (rules) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: rules}});
  return found.violations.map(one => `${one.id}: ${one.nodes[0].target} (${one.nodes.length})`);
}"""
MODES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"dark": True},
    "forced colours": {"forced": True},
    "320 px": {"width": 320},
}
LATER = ("dark", "forced colours", "320 px")  # among the long sweeps
TALL = 5_000  # px: what lies within is looked at for cover as well
KINDS = (
    "own/ar-x-alto-verde-*/government*.fr.html",  # everything there is on one page
    "own/cl-x-villa-clara-*/government*.es.html",  # hardly anything
    "own/*/return*.es.html",
    "public/group-*-br-*.es.html",  # all suppressed
    "public/network*.fr.html",
    "desk/quality*.es.html",
    "desk/interim*.fr.html",
    "index.html",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def extreme(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One page of every kind, of an open wave; the largest and the smallest of a government."""
    folder = tmp_path_factory.mktemp("extreme")
    matter = dict.fromkeys(("row_id", "submission_id"), "") | {
        "unit_id": "AR-x-belmira",
        "question": "population",
        "severity": "error",
        "code": "constraint_broken",
        "received": "3",
    }
    release.fill(folder, [matter], state="open")
    release.wave_before(folder)
    from pipeline.report import report

    assert not report(release.survey(), folder, languages=("es", "fr")).failed
    return [next(folder.glob(f"briefs/{pattern}")) for pattern in KINDS]


def unfolded(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@pytest.mark.parametrize(
    "mode", [pytest.param(mode, marks=[pytest.mark.slow] * (mode in LATER)) for mode in MODES]
)
def test_axe_finds_nothing(extreme: list[Path], chromium: Browser, mode: str) -> None:
    axe = npm.fetched(npm.AXE).read_text(encoding="utf-8")
    found = {}
    for path in extreme:
        with browser.opened(chromium, path, **MODES[mode]) as (seen, _):
            unfolded(seen)
            seen.evaluate(axe)
            if told := seen.evaluate(RUN, RULES):
                found[path.name] = told
    assert not found


@pytest.mark.parametrize(
    ("width", "script"),
    [(1280, True), (320, True), pytest.param(320, False, marks=pytest.mark.slow)],
)
def test_no_text_is_cut_covered_or_tiny(
    extreme: list[Path], chromium: Browser, width: int, script: bool
) -> None:
    for path in extreme:
        size = {"width": width, "height": TALL}
        with browser.opened(chromium, path, script=script, **size) as (seen, wrong):
            if script:
                unfolded(seen)
            assert seen.evaluate(browser.PROBE) == [], path.name
            assert wrong == []


def test_on_paper_everything_is_there_and_legible(extreme: list[Path], chromium: Browser) -> None:
    for path in extreme:
        with browser.opened(chromium, path, width=720, height=TALL) as (seen, _):
            seen.emulate_media(media="print")
            assert seen.evaluate(browser.PROBE) == [], path.name
            shown = "one => one.checkVisibility({contentVisibilityAuto: true})"
            for rows in seen.query_selector_all("details:not(.screen) tbody"):
                assert rows.evaluate(shown), path.name
            for figure in seen.query_selector_all("figure, details.screen"):
                assert not figure.evaluate(shown), path.name


def test_a_government_brief_fits_two_sheets(extreme: list[Path], chromium: Browser) -> None:
    with browser.opened(chromium, extreme[0]) as (seen, _):
        pdf = seen.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 2


@pytest.mark.slow
def test_a_page_may_be_read_from_right_to_left(extreme: list[Path], chromium: Browser) -> None:
    for path in extreme:
        for width in (1280, 320):
            with browser.opened(chromium, path, width=width, height=TALL) as (seen, _):
                seen.evaluate("document.documentElement.dir = 'rtl'")
                assert seen.evaluate(browser.PROBE) == [], (path.name, width)


LONGER = str.maketrans("aeiouAEIOU", "áéîöûÁÉÎÖÛ")


def longer(text: str) -> str:
    """A pseudo-language: every sentence with accents and two fifths longer, in unbroken words."""
    accented = text if "{" in text else text.translate(LONGER)
    return f"{accented} {'ñ' * max(3, len(text) * 2 // 5 % 17)}"


def test_a_language_that_needs_more_room_breaks_nothing(
    opened: Path, chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = sentences.sentence
    monkeypatch.setattr(sentences, "sentence", lambda *about: longer(written(*about)))
    jobs = (
        Job("little", "government", "own", release.WAVE, "fr", "g.fr.html", "AR-x-alto-verde"),
        Job("little", "network", "public", release.WAVE, "fr", "n.fr.html"),
        Job("little", "quality", "desk", release.WAVE, "fr", "q.fr.html"),
        Job("little", "interim", "desk", release.WAVE, "fr", "i.fr.html"),
    )
    with ExitStack() as stack:
        stack.enter_context(monkeypatch.context())
        for job in jobs:
            parts = list(notebook.shown(notebook.run(job)))
            path = tmp_path / job.path
            path.write_text(page.page(parts, languages=[], assets="assets"), encoding="utf-8")
            for width in (1280, 320):
                with browser.opened(chromium, path, width=width, height=TALL) as (seen, _):
                    unfolded(seen)
                    assert seen.evaluate(browser.PROBE) == [], (job.kind, width)


def luminance(colour: str) -> float:
    """WCAG's relative luminance of a colour written #rrggbb or #rgb."""
    full = colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
    parts = [int(full[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_palette_has_the_contrast_that_text_and_marks_need() -> None:
    style = (page.TEMPLATES / "style.css").read_text(encoding="utf-8")
    rules = [rule.split("}")[0] for rule in style.split(":root{")[1:]]
    schemes = [
        dict(part.split(":", 1) for part in rule.split(";") if part.startswith("--"))
        for rule in rules
        if "--ink:#" in rule
    ]
    assert len(schemes) == 3  # light, dark, print
    for colours in schemes:
        for name, least in (("--ink", 7), ("--soft", 4.5), ("--own", 4.5), ("--stamp", 4.5)):
            for ground in ("--paper", "--tint"):
                light, dark = sorted((luminance(colours[name]), luminance(colours[ground])))[::-1]
                assert (light + 0.05) / (dark + 0.05) >= least, (name, ground)


@pytest.mark.slow
def test_the_nu_checker_finds_no_error(extreme: list[Path]) -> None:
    import json
    import shutil
    import subprocess

    java = shutil.which("java")
    if java is None:
        pytest.skip("java is not installed: the markup was not checked")
    jar = npm.fetched(npm.NU)
    done = subprocess.run(
        [java, "-jar", str(jar), "--format", "json", *map(str, extreme)],
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stderr)["messages"]
    assert [one["message"] for one in told if one["type"] == "error"] == []
