"""The picture of the README: `python -m tests.report.picture` after `make report`."""

from pathlib import Path

from tests import browser

PROJECT = Path(__file__).parents[2]
BRIEFS = PROJECT / "data/processed/migration_policies/current/briefs/own"
UNIT = "uy-x-*"
LANGUAGE = "es"


def main() -> None:
    """The first screen of one government's brief, small enough for a README."""
    page_file = next(iter(sorted(BRIEFS.glob(f"{UNIT}/government-*.{LANGUAGE}.html"))))
    with browser.chromium() as chromium, browser.opened(chromium, page_file) as (page, _):
        page.set_viewport_size({"width": 1000, "height": 860})
        page.screenshot(path=str(PROJECT / "tests/report/brief.png"))


if __name__ == "__main__":
    main()
