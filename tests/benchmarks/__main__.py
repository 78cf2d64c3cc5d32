"""`make bench`: what relevo takes beside what one would do instead, as ratios of one run.

`python -m tests.benchmarks estimates` runs the estimates alone.

CPU seconds of this process and its children; a figure is the smallest of three runs, of loading the
only one. Nothing here asserts anything: machines differ, ratios less so.
"""

import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
from rich.console import Console
from rich.table import Table

from pipeline import ask
from pipeline.report import notebook
from pipeline.report.plan import Job
from tests.benchmarks import briefs, estimates
from tests.benchmarks import validation as validated
from tests.benchmarks.end_to_end import end_to_end
from tests.benchmarks.loading import loading
from tests.forms import write_form
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


def large_form(folder: Path) -> tuple[str, float, str, float]:
    """A form of 500 questions in blocks that hang on their first: read, compiled, bound."""
    rows = ["| type | name | label | relevant | constraint |", "|---|---|---|---|---|"]
    for n in range(500):
        relevant = f"${{q{n - n % 10}}} > 0" if n % 10 else ""
        rows.append(f"| integer | q{n} | Question {n} | {relevant} | . < {n + 100} |")
    path = write_form(folder / "large.xlsx", "\n".join(rows))

    def compiled() -> object:
        read = ask.read_questionnaire(path)
        names = [question.column for question in read.questions]
        con = duckdb.connect()
        columns = ", ".join(f'"{name}" VARCHAR' for name in names)
        con.execute(f"CREATE TABLE answers (record_id INTEGER, submitted_on DATE, {columns})")
        return con.execute("EXPLAIN " + ask.rules_sql(read, {"": "answers"}, names)).fetchall()

    def cells() -> object:
        book = openpyxl.load_workbook(path)
        return [row for sheet in book for row in sheet.iter_rows(values_only=True)]

    return "a form of 500 questions, bound in DuckDB", cpu(compiled), "its cells alone", cpu(cells)


def validation(folder: Path) -> Iterator[tuple[str, float, str, float]]:
    """A million rows, 60 columns, 115 checks: SQL of our schema, plain Pandera, SQL by hand."""
    path = folder / "answers.parquet"
    validated.write(path, 1_000_000)
    spent, found = {}, {}
    for way in ("ours", "plain", "hand"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.validation", way, str(path)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found[way], seconds, memory = done.stdout.split()
        spent[way] = float(seconds), f"{way}, {memory} MB"
    assert len(set(found.values())) == 1, "the three ways find different violations"
    for way, name in (("plain", "plain Pandera on pandas"), ("hand", "SQL by hand")):
        memory = spent[way][1].partition(", ")[2]
        ours = f"validation of 10^6 rows ({spent['ours'][1].partition(', ')[2]})"
        yield ours, spent["ours"][0], f"{name} ({memory})", spent[way][0]


def ninety(folder: Path) -> tuple[str, float, str, float]:
    """The same checks on as many rows as a network has answers."""
    path = folder / "few.parquet"
    validated.write(path, 90)
    frame = pd.read_parquet(path).set_index("record_id")
    assert validated.few(path) == validated.plain(frame)
    return (
        "validation of 90 rows",
        cpu(lambda: validated.few(path)),
        "plain Pandera on pandas",
        cpu(lambda: validated.plain(frame)),
    )


def ten_million(folder: Path) -> tuple[str, float, str, float]:
    """Validation of ten million rows beside that of one: CPU grows alike, memory does not."""
    spent = []
    for rows in (10_000_000, 1_000_000):
        path = folder / "answers.parquet"
        validated.write(path, rows)
        command = [sys.executable, "-m", "tests.benchmarks.validation", "ours", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        _, seconds, memory = done.stdout.split()
        spent.append((f"validation of {rows} rows ({memory} MB)", float(seconds)))
    return *spent[0], *spent[1]


def main() -> None:
    """Print the table."""
    table = Table("relevo", "CPU s", "instead", "CPU s", "ratio")
    with tempfile.TemporaryDirectory() as folder:
        release.fill(Path(folder))
        place = Path(folder)
        compared: list[tuple[str, float, str, float]] = []
        if sys.argv[1:] != ["estimates"]:
            compared += [form(), large_form(place), brief(place), loading(place)]
            compared += [*validation(place), ninety(place), *end_to_end(place), ten_million(place)]
            fifty = place / "fifty"
            compared += [briefs.row(fifty, briefs.many(fifty, 50), os.cpu_count() or 1)]
        compared += [estimates.brief(), *estimates.large(place, cpu)]
        for ours, ours_cpu, other, other_cpu in compared:
            # not a number: the other is not on this machine
            ratio = f"{other_cpu / ours_cpu:.1f}" if math.isfinite(other_cpu) else "-"
            table.add_row(ours, f"{ours_cpu:.4f}", other, f"{other_cpu:.3f}", ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
