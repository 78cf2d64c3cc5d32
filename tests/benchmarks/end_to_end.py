"""From a CSV of 60 columns to published tables: ours beside pandas, plain Pandera and DuckDB.

About 115 checks, all from the form, and 0.5 % bad cells, as in validation.py. Published are the
text received, the typed answers that stand, the violations, why each cell is empty, and counts per
question of answers and of these reasons; ours has ledger, 0/1 columns and summary besides. A third
way writes our three wide tables with SQL alone and judges nothing: what writing costs.
`python -m tests.benchmarks.end_to_end ours|plain|bare FILE` prints the number of cells with a
violation, CPU seconds of each part and the peak memory of the process in MB.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors

from pipeline.ask import Survey, read_survey
from pipeline.collect import collect
from pipeline.edit import edit
from pipeline.store import Work, connect
from tests.benchmarks.memory import peak
from tests.benchmarks.validation import (
    BETWEEN,
    CODES,
    GATE,
    KINDS,
    NAMES,
    NUMBERS,
    SKIPPED,
    plain_schema,
    write,
)
from tests.forms import write_form

RECORDS = 1_000_000
TYPES = {
    "one": "select_one codes",
    "many": "select_multiple codes",
    "whole": "integer",
    "part": "decimal",
    "day": "date",
    "word": "text",
}
SQL_TYPES = {"whole": "BIGINT", "part": "DECIMAL(24,9)", "day": "DATE"}


def form() -> Iterator[str]:
    """The questions: 20 required, 15 skipped by a gate, 17 ranges, 11 lengths, 4 pairs."""
    yield "| type | name | label | required | relevant | constraint |"
    yield "|---|---|---|---|---|---|"
    for name, kind in zip(NAMES, KINDS, strict=True):
        required = "yes" if name in NAMES[:20] else ""
        relevant = f"${{{GATE}}} != 'c00'" if name in SKIPPED else ""
        constraint = ". >= 0 and . <= 85" if name in NUMBERS else ""
        if name in dict(BETWEEN):
            constraint = f". != ${{{dict(BETWEEN)[name]}}}"
        if kind == "word":
            constraint = "string-length(.) <= 80"
        yield f"| {TYPES[kind]} | {name} | {name} | {required} | {relevant} | {constraint} |"


def choices() -> Iterator[str]:
    """The one list."""
    yield "| list_name | name | label |"
    yield "|---|---|---|"
    yield from (f"| codes | {code} | {code} |" for code in CODES)


def write_csv(path: Path, records: int) -> None:
    """The export: validation.py's answers, their id under the header of a survey tool."""
    with TemporaryDirectory(dir=path.parent) as folder:
        answers = Path(folder) / "answers.parquet"
        write(answers, records)
        named = f"SELECT id AS _uuid, {', '.join(NAMES)} FROM '{answers}'"
        duckdb.execute(f"COPY ({named}) TO '{path}' (FORMAT csv, HEADER)")


def survey(folder: Path) -> Survey:
    """A survey of persons with this form."""
    write_form(folder / "questionnaire.xlsx", "\n".join(form()), "\n".join(choices()))
    return read_survey(folder)


def ours(path: Path) -> tuple[int, dict[str, float]]:
    """The rooms collect and edit into the files of a release."""
    with TemporaryDirectory(dir=path.parent.parent) as folder:
        found = survey(Path(folder))
        names = ("confidential", "members", "survey")
        opened = [connect(Path(folder) / f"{name}.duckdb") for name in names]
        work = Work(Path(folder), *opened)
        marks = [_used()]
        collect(found, path.parent, work)
        marks.append(_used())
        edit(found, work)
        work.confidential.execute(f"CREATE TABLE edit.count AS {_counted()}")
        for con in opened:
            con.execute("CHECKPOINT")
        marks.append(_used())
        cells = "SELECT count(*) FROM (SELECT DISTINCT record_id, question FROM edit.violation)"
        (count,) = work.confidential.execute(cells).fetchall()[0]
        for con in opened:
            con.close()
    return count, _parts(["collect", "edit"], marks)


def _counted() -> str:
    """Question, answer and count of what stands; of states edit.summary tells."""
    parts = [
        f"SELECT '{name}' AS question, {name} AS answer, count({name}) AS count "
        f"FROM edit.response WHERE {name} IS NOT NULL GROUP BY ALL"
        for name in NAMES
        if name.startswith("one")
    ] + [
        f"""SELECT '{name}', '{code}', sum("{name}/{code}") FROM edit.response"""
        for name in NAMES
        if name.startswith("many")
        for code in CODES
    ]
    return " UNION ALL ".join(parts)


def plain(path: Path) -> tuple[int, dict[str, float]]:
    """What one writes without us: read_csv, validate, set bad cells aside, cast, CREATE TABLE."""
    with TemporaryDirectory(dir=path.parent.parent) as folder:
        marks = [_used()]
        answers = pd.read_csv(path, dtype=str, keep_default_na=False)
        marks.append(_used())
        bad = _validated(answers.rename(columns={"_uuid": "id"}))
        marks.append(_used())
        con = duckdb.connect(str(Path(folder) / "answers.duckdb"))
        con.register("received", answers)
        con.register("bad", bad)
        con.execute("CREATE TABLE submission AS SELECT * FROM received")
        con.execute("CREATE TABLE violation AS SELECT * FROM bad")
        standing = answers.copy()
        for name, rows in bad.groupby("column")["index"]:
            standing.loc[rows, name] = ""
        con.register("standing", standing)
        typed = (
            f"CAST(nullif({name}, '') AS {SQL_TYPES.get(kind, 'VARCHAR')}) AS {name}"
            for name, kind in zip(NAMES, KINDS, strict=True)
        )
        con.execute(f"CREATE TABLE response AS SELECT _uuid, {', '.join(typed)} FROM standing")
        states = _states(answers, standing)
        con.register("states", states)
        con.execute("CREATE TABLE state AS SELECT * FROM states")
        counts = _counts(standing, states)
        con.register("counts", counts)
        con.execute("CREATE TABLE count AS SELECT * FROM counts")
        con.close()
        marks.append(_used())
    return len(bad.drop_duplicates(["index", "column"])), _parts(["read", "check", "write"], marks)


def bare(path: Path) -> tuple[int, dict[str, float]]:
    """The texts received, typed answers with 0/1 columns, and states; no record, check or count."""
    with TemporaryDirectory(dir=path.parent.parent) as folder:
        marks = [_used()]
        con = connect(Path(folder) / "answers.duckdb")
        con.execute(f"CREATE TABLE submission AS FROM read_csv('{path}', all_varchar = true)")
        marks.append(_used())
        typed, states = ["_uuid"], ["_uuid"]
        for name, kind in zip(NAMES, KINDS, strict=True):
            typed.append(f"try_cast({name} AS {SQL_TYPES.get(kind, 'VARCHAR')}) AS {name}")
            for code in CODES if kind == "many" else ():
                ticked = f"contains(' ' || {name} || ' ', ' {code} ')"
                typed.append(f'CAST({ticked} AS TINYINT) AS "{name}/{code}"')
            empty = f"if({GATE} = 'c00', 'not_asked', 'unanswered')"
            empty = empty if name in SKIPPED else "'unanswered'"
            states.append(f"CAST(if({name} <> '', 'answered', {empty}) AS state) AS {name}")
        con.execute(f"CREATE TABLE response AS SELECT {', '.join(typed)} FROM submission")
        con.execute("CREATE TYPE state AS ENUM ('answered', 'unanswered', 'not_asked')")
        con.execute(f"CREATE TABLE cell AS SELECT {', '.join(states)} FROM submission")
        con.close()
        marks.append(_used())
    return 0, _parts(["read", "write"], marks)


def _states(answers: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """What each cell is, as categories: the cheapest way in pandas and in DuckDB."""
    kinds = ["answered", "set_aside", "unanswered", "not_asked"]
    is_asked = (answers[GATE] != "c00").to_numpy()
    found = {"_uuid": answers["_uuid"]}
    for name in NAMES:
        received, stands = answers[name].to_numpy() != "", standing[name].to_numpy() != ""
        empty = np.where(is_asked, 2, 3) if name in SKIPPED else 2
        codes = np.where(stands, 0, np.where(received, 1, empty)).astype("int8")
        found[name] = pd.Categorical.from_codes(codes, kinds)
    return pd.DataFrame(found)


def _counts(standing: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Question, answer or state, and count."""
    parts = []
    for name in NAMES:
        found = [states[name].value_counts()]
        if name.startswith(("one", "many")):
            filled = standing.loc[standing[name] != "", name].value_counts()
        if name.startswith("one"):
            found.append(filled)
        if name.startswith("many"):  # few combinations: counted first, then taken apart
            codes = filled.rename("count").rename_axis("answer").reset_index()
            codes["answer"] = codes["answer"].str.split(" ")
            found.append(codes.explode("answer").groupby("answer")["count"].sum())
        for part in found:
            said = {"question": name, "answer": part.index.astype(str), "count": part.to_numpy()}
            parts.append(pd.DataFrame(said))
    return pd.concat(parts)


def _validated(answers: pd.DataFrame) -> pd.DataFrame:
    """Index, column and check of what plain Pandera finds; frame-level failures counted once."""
    try:
        plain_schema().validate(answers, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases[["index", "column", "check"]]
        # "required one_01": of a frame-level check the column is told by its name only
        told = cases["check"].str.partition(" ")[2]
        return cases.assign(column=cases["column"].where(told == "", told)).drop_duplicates()
    return pd.DataFrame(columns=["index", "column", "check"])


def _used() -> float:
    mine, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def _parts(names: list[str], marks: list[float]) -> dict[str, float]:
    pairs = pairwise(marks)
    spent = (round(after - before, 2) for before, after in pairs)
    return dict(zip(names, spent, strict=True))


def end_to_end(folder: Path, records: int = RECORDS) -> Iterator[tuple[str, float, str, float]]:
    """All ways in one run, each in a process of its own."""
    raw = folder / "end_to_end"
    raw.mkdir(exist_ok=True)
    path = raw / "export.csv"
    write_csv(path, records)
    told = {}
    for way in ("ours", "plain", "bare"):
        command = [sys.executable, "-m", "tests.benchmarks.end_to_end", way, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        count, parts, memory = json.loads(done.stdout)
        told[way] = count, sum(parts.values()), f"{parts}, {memory} MB"
    path.unlink()
    assert told["ours"][0] == told["plain"][0], "the two ways set other cells aside"
    others = {"plain": "pandas, plain Pandera, DuckDB", "bare": "the wide tables in SQL, unjudged"}
    for way, name in others.items():
        yield (
            f"CSV of {records} records x 60 to tables: {told['ours'][2]}",
            told["ours"][1],
            f"{name}: {told[way][2]}",
            told[way][1],
        )


def main(way: str, path: Path) -> None:
    """Run one way once."""
    count, parts = {"ours": ours, "plain": plain, "bare": bare}[way](path)
    memory = peak()
    sys.stdout.write(json.dumps([count, parts, memory]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
