"""`make bench`: what relevo takes beside what one would do instead, as ratios of one run.

CPU seconds of this process and its children; a figure is the smallest of three runs. Nothing here
asserts anything: machines differ, ratios less so.
"""

import os
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
from rich.console import Console
from rich.table import Table

from pipeline import ask
from pipeline.report import notebook
from pipeline.report.plan import Job
from tests.report import release

RUNS = 3


def cpu(work: Callable[[], object]) -> float:
    """Smallest CPU seconds of a few runs, children included."""
    return min(_once(work) for _ in range(RUNS))


def _once(work: Callable[[], object]) -> float:
    before = _used()
    work()
    return _used() - before


def _used() -> float:
    mine, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def brief(folder: Path) -> tuple[str, float, str, float]:
    """One network brief: our engine in this process beside Papermill's stock kernel."""
    os.environ["RELEVO_WORK"] = str(folder)
    job = Job("little", "network", "public", release.WAVE, "es", "public/network.es.html")
    notebook.make(job, folder, keep=False)
    ours = cpu(lambda: notebook.make(job, folder, keep=False))
    stock = cpu(lambda: notebook.make(job, folder, engine=None, keep=False))
    return "a network brief, warm", ours, "Papermill with the stock kernel", stock


def form() -> tuple[str, float, str, float]:
    """Reading the shipped questionnaire beside reading its cells."""
    path = Path(__file__).parents[2] / "schemas/migration_policies/questionnaire.xlsx"

    def cells() -> list[object]:
        book = openpyxl.load_workbook(path)
        return [row for sheet in book for row in sheet.iter_rows(values_only=True)]

    def read() -> object:
        return ask.rules(ask.read_questionnaire(path))

    return (
        "a form of 73 questions, rules compiled",
        cpu(read),
        "openpyxl, its cells alone",
        cpu(cells),
    )


def main() -> None:
    """Print the table."""
    table = Table("relevo", "CPU s", "instead", "CPU s", "ratio")
    with tempfile.TemporaryDirectory() as folder:
        release.fill(Path(folder))
        for ours, ours_cpu, other, other_cpu in (form(), brief(Path(folder))):
            ratio = f"{other_cpu / ours_cpu:.1f}"
            table.add_row(ours, f"{ours_cpu:.3f}", other, f"{other_cpu:.3f}", ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
