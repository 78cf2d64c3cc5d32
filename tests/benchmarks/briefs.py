"""Briefs: CPU of each beside a plain loop of `papermill` and `jupyter nbconvert`, and endurance.

python -m tests.benchmarks.briefs FOLDER: the governments of a release, in one language.
python -m tests.benchmarks.briefs --many N [SLOTS]: N governments in four languages, generated.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipeline.ask import Survey
from pipeline.ask.survey import Briefs
from pipeline.report import Told, report
from pipeline.report.keeping import Record, read_records
from pipeline.report.notebook import NOTEBOOKS
from pipeline.store import connect, database_path
from tests.report import release

LANGUAGES = ("es", "pt", "en", "fr")
PEERS = 2  # briefs of the plain loop; each takes seconds


def children() -> float:
    """CPU seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def many(folder: Path, count: int) -> Survey:
    """The small release with so many governments, each with the answers of one that is there."""
    release.fill(folder)
    for name, tables in (
        ("survey", ("ask.unit",)),
        ("members", ("estimate.unit", "estimate.unit_answer", "estimate.unit_score")),
    ):
        con = connect(database_path(folder, name))
        for table in tables:
            con.execute(f"""
                INSERT INTO {table}
                SELECT * EXCLUDE (n) REPLACE (unit_id || '-' || n AS unit_id)
                FROM {table}, range(1, {count}) AS more(n) WHERE unit_id = 'AR-x-belmira'
            """)
        con.execute("CHECKPOINT")
        con.close()
    everyone = Briefs(government="all", group=(), network=(), quality=())
    return release.survey(briefs=everyone)


def made(
    survey: Survey, folder: Path, slots: int, languages: tuple[str, ...] = LANGUAGES
) -> tuple[list[Record], float, float]:
    """Records of all briefs, CPU of everything (start and warm-up too), seconds."""
    before, start = children(), time.monotonic()
    tally = report(survey, folder, jobs=slots, told=Told(_progress), languages=languages)
    assert not tally.failed, tally.failed[:3]
    spent = children() - before, time.monotonic() - start
    return list(read_records(folder).values()), *spent


def _progress(done: int, total: int) -> None:
    if done == total or done % 500 == 0:
        sys.stderr.write(f"{done} of {total}\n")


def plain_loop(folder: Path, survey: str, unit: str, wave: str) -> float:
    """CPU seconds per brief of what one would write first, on the same notebook and data."""
    tools = Path(sys.executable).parent
    environment = {**os.environ, "RELEVO_WORK": str(folder), "PYTHONPATH": str(NOTEBOOKS.parent)}
    before = children()
    with tempfile.TemporaryDirectory() as place:
        book = Path(place) / "brief.ipynb"
        for language in LANGUAGES[:PEERS]:
            about = {"survey": survey, "wave": wave, "unit": unit, "language": language}
            parameters = [part for name, value in about.items() for part in ("-r", name, value)]
            source = str(NOTEBOOKS / "brief_government.ipynb")
            papermill = [str(tools / "papermill"), "--no-progress-bar", source, str(book)]
            nbconvert = [str(tools / "jupyter"), "nbconvert", "--to", "html", str(book)]
            for command in ([*papermill, *parameters], nbconvert):
                subprocess.run(command, env=environment, check=True, capture_output=True)
    return (children() - before) / PEERS


def row(
    folder: Path, survey: Survey, slots: int, languages: tuple[str, ...] = LANGUAGES
) -> tuple[str, float, str, float]:
    """A government's brief, everything counted, beside the plain loop."""
    records, cpu, seconds = made(survey, folder, slots, languages)
    sys.stderr.write(f"{cpu:.1f} CPU s in {seconds:.0f} s\n")
    con = connect(database_path(folder, "members"), read_only=True)
    wave, unit = con.execute(
        "SELECT wave, unit_id FROM report.brief WHERE kind = 'government' ORDER BY ALL LIMIT 1"
    ).fetchone() or ("", "")
    con.close()
    memory = max(one.memory for one in records)
    median = sorted(one.cpu for one in records)[len(records) // 2]
    ours = (
        f"a brief, of {len(records)} in {seconds:.0f} s with {slots} slots of at most {memory} MB;"
        f" half take less than {median:.3f}"
    )
    plain = plain_loop(folder, survey.name, unit, wave)
    return ours, cpu / len(records), "papermill and jupyter nbconvert, a process each", plain


def main() -> None:
    """One line: ours, CPU seconds, the plain loop's, the ratio."""
    languages = LANGUAGES
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "work"
        if sys.argv[1] == "--many":
            survey = many(folder, int(sys.argv[2]))
            slots = int(sys.argv[3]) if len(sys.argv) > 3 else os.cpu_count() or 1
        else:
            for name in ("survey", "members"):
                target = database_path(folder, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(database_path(Path(sys.argv[1]), name), target)
            con = connect(database_path(folder, "survey"), read_only=True)
            (name,) = con.execute("SELECT text FROM ask.survey WHERE key = 'name'").fetchone() or (
                "",
            )
            con.close()
            governments = Briefs(government="all", group=(), network=(), quality=())
            survey = release.survey(name=name, briefs=governments)
            slots, languages = os.cpu_count() or 1, LANGUAGES[:1]
        ours, cpu, other, other_cpu = row(folder, survey, slots, languages)
    sys.stdout.write(
        f"{ours}\n{cpu:.4f} CPU s; {other} {other_cpu:.3f}; ratio {other_cpu / cpu:.0f}\n"
    )


if __name__ == "__main__":
    main()
