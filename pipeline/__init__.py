"""relevo: from a questionnaire and its exports to validated data, honest estimates and briefs.

Five rooms, in the order of the data: ask, collect, edit, estimate, report.
Beside them: store, texts, errors, and cli, which alone knows the order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.report import Explored


def open(survey: str, release: str = "current") -> Explored:  # noqa: A001 - relevo.open(...)
    """Open a release for research: `relevo.open("migration_policies").questions()`."""
    from pipeline.report import explore  # noqa: PLC0415 - this package imports without its rooms

    return explore(survey, release)
