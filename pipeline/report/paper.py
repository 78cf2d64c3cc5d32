"""PDF on demand, tagged for screen readers, by an optional extra: `pip install relevo[pdf]`.

No script runs, so the figures stay away and the tables say it all, as on paper. Equal pages make
equal files.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import Finding, Problem, RelevoError


def print_briefs(folder: Path, target: Path) -> Iterator[Path]:
    """Print every brief of a release as PDF/UA, in folders as in the release.

    Args:
        folder: of the release.
        target: where the files go; made where it is not there.

    Raises:
        RelevoError: no_pdf_extra.
    """
    if find_spec("weasyprint") is None:
        raise RelevoError(Finding(Problem.no_pdf_extra))
    from weasyprint import HTML  # noqa: PLC0415 - an optional extra

    briefs = folder / "briefs"
    for page in sorted(briefs.rglob("*.html")):
        if page.parent == briefs:  # the index is for the screen
            continue
        path = target / page.relative_to(briefs).with_suffix(".pdf")
        path.parent.mkdir(parents=True, exist_ok=True)
        HTML(filename=str(page)).write_pdf(str(path), pdf_variant="pdf/ua-1")
        yield path
