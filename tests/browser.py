"""Pages in chromium: what a reader sees at a desk, on a phone, on paper, without script."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Elements whose text is cut, smaller than 10.5 px, or wider than the page allows.
PROBE = """() => {
  const found = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 1) found.push(`page ${wide} px too wide`);
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest('figure, script, style, .away')) continue;
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.visibility === 'hidden') continue;
    const words = element.textContent.trim().slice(0, 40);
    if (parseFloat(style.fontSize) < 10.5) found.push(`tiny ${style.fontSize}: ${words}`);
    const cut = element.scrollWidth - element.clientWidth > 1 && style.overflowX === 'hidden';
    if (element.clientWidth && cut) found.push(`cut: ${words}`);
  }
  return found;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium, or a skipped test that says so."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: pages were not opened in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1280, script: bool = True, dark: bool = False
) -> Iterator[tuple[Page, list[str]]]:
    """A page and the list of what went wrong on it: script errors, requests that leave the disk."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on(
        "request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or wrong.append(r.url)
    )
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
    page.goto(path.as_uri())
    yield page, wrong
    context.close()
