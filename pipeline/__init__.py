"""relevo: from a questionnaire and its exports to validated data, honest estimates and briefs.

Five rooms, in the order of the data: ask, collect, edit, estimate, report.
Beside them: store, texts, errors, and cli, which alone knows the order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    from pipeline.estimate import Confidential
    from pipeline.report import Explored


@overload
def open(  # noqa: A001 - relevo.open(...)
    survey: str, release: str = ..., *, language: str = ..., confidential: Literal[False] = ...
) -> Explored: ...
@overload
def open(  # noqa: A001
    survey: str, release: str = ..., *, language: str = ..., confidential: Literal[True]
) -> Confidential: ...
def open(  # noqa: A001
    survey: str, release: str = "current", *, language: str = "", confidential: bool = False
) -> Explored | Confidential:
    """Open a release for research: `relevo.open("migration_policies").proportion("hr_framework")`.

    Args:
        survey: the survey's name.
        release: a release id, or `current`.
        language: of labels and sentences; '' is the survey's first.
        confidential: estimate anything from the answers themselves, for whom may read them; every
            frame and figure then says that it is not cleared for publication.
    """
    # This package imports without its rooms.
    if confidential:
        from pipeline.estimate import open_confidential  # noqa: PLC0415

        return open_confidential(survey, release, language)
    from pipeline.report import explore  # noqa: PLC0415

    return explore(survey, release, language)
