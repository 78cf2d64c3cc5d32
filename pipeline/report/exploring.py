"""The notebook `explore.ipynb` made ready for one survey: with a question that its release has."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.report.explore import Explored
from pipeline.report.notebook import NOTEBOOKS
from pipeline.store.labelled import NETWORK

NOTEBOOK = "explore.ipynb"
# What the cells ask for; the first that is shown, public questions before others.
SUBJECT = """SELECT r.subject FROM estimate.result r
             LEFT JOIN ask.question q ON q.question = r.subject AND q.wave = r.wave
             WHERE r.subject_kind IN ({kinds}) AND r.statistic = '{statistic}'
               AND r.shown = 'yes' AND r.group_kind = 'network'
             ORDER BY coalesce(q.disclosure, '') <> 'public', r.wave DESC, q.position, r.subject
             LIMIT 1"""


def prepare_notebook(survey: str, release: Path, folder: Path) -> Path:
    """A copy of the notebook with its parameters, where a person may go on with it.

    Args:
        survey: its name.
        release: the folder of its release.
        folder: where the copy lies; one that is there is kept as it is.
    """
    target = folder / NOTEBOOK
    if target.exists():
        return target
    from papermill.iorw import load_notebook_node  # noqa: PLC0415 - heavy, and only needed here
    from papermill.parameterize import parameterize_notebook  # noqa: PLC0415

    given = {"survey": survey, "language": "", **_parameters(Explored(release))}
    notebook = load_notebook_node(str(NOTEBOOKS / NOTEBOOK))
    notebook = parameterize_notebook(notebook, given)
    empty = [name for name, value in given.items() if not value and name in {"question", "number"}]
    notebook.cells = _without(notebook.cells, empty)
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def _parameters(data: Explored) -> dict[str, str]:
    """A question, a number and a grouping; '' where the release has no such question."""

    def first(kinds: str, statistic: str) -> str:
        found = data.sql(SUBJECT.format(kinds=kinds, statistic=statistic))["subject"]
        return str(found.iloc[0]) if len(found) else ""

    groups = data.groups()
    return {
        "question": first("'question'", "share"),
        "number": first("'question', 'index'", "mean"),
        "by": groups[0] if groups else NETWORK,
    }


def _without(cells: list[dict[str, object]], empty: list[str]) -> list[dict[str, object]]:
    """The cells that ask for something; a heading goes with the cell below it."""

    def asks(cell: dict[str, object]) -> bool:
        return any(f"({name}" in str(cell["source"]) for name in empty)

    gone = {at for at, cell in enumerate(cells) if cell["cell_type"] == "code" and asks(cell)}
    gone |= {at - 1 for at in gone if cells[at - 1]["cell_type"] == "markdown"}
    return [cell for at, cell in enumerate(cells) if at not in gone]
