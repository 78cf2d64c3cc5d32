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
# Elements whose text is cut, covered, smaller than 10.5 px, or wider than the page allows.
PROBE = """() => {
  const found = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 1) found.push(`page ${wide} px too wide`);
  const words = (element) => element.textContent.trim().slice(0, 40);
  for (const element of document.querySelectorAll('body *')) {
    const texts = [...element.childNodes].filter(n => n.nodeType === 3 && n.textContent.trim());
    if (!texts.length || element.closest('figure, script, style, .away, option')) continue;
    if (!element.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})) continue;
    const style = getComputedStyle(element);
    if (parseFloat(style.fontSize) < 10.5) found.push(`tiny ${style.fontSize}: ${words(element)}`);
    const cut = element.scrollWidth - element.clientWidth > 1 && style.overflowX === 'hidden';
    if (element.clientWidth && cut) found.push(`cut: ${words(element)}`);
    if (getComputedStyle(element.closest('thead') ?? element).clipPath !== 'none') continue;
    for (const text of texts) {
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const box of range.getClientRects()) {
        if (box.width < 2) continue;
        if (box.left < -1 || box.right > innerWidth + 1) found.push(`outside: ${words(element)}`);
        const x = box.left + box.width / 2, y = box.top + box.height / 2;
        const over = y < 0 || y > innerHeight ? null : document.elementFromPoint(x, y);
        const related = !over || element.contains(over) || over.contains(element);
        if (!related) found.push(`covered: ${words(element)}`);
      }
    }
  }
  return [...new Set(found)];
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
    browser: Browser,
    path: Path,
    *,
    width: int = 1280,
    height: int = 900,
    script: bool = True,
    dark: bool = False,
    forced: bool = False,
) -> Iterator[tuple[Page, list[str]]]:
    """A page and the list of what went wrong on it: script errors, requests that leave the disk."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        forced_colors="active" if forced else "none",
        bypass_csp=True,  # for a checker brought in from outside; pages have no script of their own
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
