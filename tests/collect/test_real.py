"""Real and hostile files: the facts are those of their INDEX.md, counted without our reader."""

import csv
import io
import json
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.ask import Questionnaire, read_questionnaire
from pipeline.collect.headers import resolve
from pipeline.errors import Exit, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, rows
from tests.collect.counter import count


def counted(work: Work) -> dict[str, int]:
    """Records of each sheet as collect has them."""
    return dict(rows(work, "SELECT sheet, count(*) FROM collect.record GROUP BY ALL"))


def add_up(work: Work) -> None:
    sql = """SELECT records = submissions + not_submissions + unreadable
               AND records = (SELECT count(*) FROM collect.record r
                              WHERE r.file_id = f.file_id AND repeat = '')
               AND repeat_rows = (SELECT count(*) FROM collect.record r
                                  WHERE r.file_id = f.file_id AND repeat <> '')
             FROM collect.file f"""
    assert set(rows(work, sql)) == {(True,)}


@pytest.fixture(scope="module")
def wash(shared: Path) -> Questionnaire:
    return read_questionnaire(shared / "real/reach_wash/questionnaire.xlsx")


@pytest.mark.parametrize("name", ["raw_export.xlsx", "raw_export.csv"])
def test_632_interviews(shared: Path, collected: Collect, wash: Questionnaire, name: str) -> None:
    path = shared / "real/reach_wash" / name
    work = collected({name: path.read_bytes()}, wash)
    assert list(counted(work).values()) == list(count(path).values()) == [632]
    add_up(work)
    assert rows(work, "SELECT submissions, unknown_headers, notes FROM collect.file") == [
        (632, [], [])
    ]
    assert rows(
        work,
        """SELECT count(DISTINCT submission_id), CAST(min(submitted_on) AS VARCHAR),
                  CAST(max(submitted_on) AS VARCHAR), sum(CAST(num_hh_member AS INTEGER)),
                  count(*) FILTER (gender_hoh = 'female'), count(*) FILTER (spend_piped = '')
           FROM collect.submission""",
    )[0][:5] == (632, "2021-07-04", "2021-07-15", 4684, 38)
    columns = [row[0] for row in rows(work, "DESCRIBE collect.submission")]
    assert sum("/" in column for column in columns) == 188


def test_both_files_of_one_export_have_the_same_answers(
    shared: Path, collected: Collect, wash: Questionnaire
) -> None:
    folder = shared / "real/reach_wash"
    names = ("raw_export.xlsx", "raw_export.csv")
    work = collected({name: (folder / name).read_bytes() for name in names}, wash)
    sql = """SELECT count(*), count(DISTINCT submission_id), count(DISTINCT content_sha256)
             FROM collect.submission"""
    assert rows(work, sql) == [(1264, 632, 632)]


@pytest.mark.parametrize(
    "separator", ["/", pytest.param(" - ", marks=pytest.mark.slow)], ids=["slash", "dash"]
)
def test_labels_in_place_of_all_names_and_codes_read_alike(
    shared: Path, collected: Collect, wash: Questionnaire, separator: str
) -> None:
    """30 questions of the form have one label, and 9 of them came."""
    path = shared / "real/reach_wash/raw_export.csv"
    expected = answers(collected({"a.csv": path.read_bytes()}, wash))
    work = collected({"a.csv": with_labels(path, wash, separator)}, wash)
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]
    assert answers(work) == expected


def answers(work: Work) -> list[tuple[Any, ...]]:
    """All of collect.submission."""
    return rows(work, "FROM collect.submission ORDER BY record_id")


def with_labels(path: Path, form: Questionnaire, separator: str) -> str:
    """An export of names and codes as the tool writes it with labels and groups."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file, delimiter=";")
    columns = resolve(header, form)
    heads, codes = [], []
    for position, text in enumerate(header):
        target = columns.targets[position]
        question = form.by_column.get(target.column)
        labels = {} if question is None else _labels(form.choices_of(question))
        around = [] if question is None else [*_labels(_around(form, question.group)).values()]
        parts = [*around, *_labels([question] if question else []).values()]
        heads.append(separator.join([*parts, *filter(None, [labels.get(target.choice)])]) or text)
        codes.append({} if target.choice else labels)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(heads)
    for record in records:
        writer.writerow(
            known.get(text) or " ".join(known.get(word, word) for word in text.split(" "))
            for known, text in zip(codes, record, strict=True)
        )
    return out.getvalue()


def _labels(items: Iterable[Any]) -> dict[str, str]:
    return {item.name: next(iter(item.labels.values()), item.name) for item in items}


def _around(form: Questionnaire, path: str) -> Iterator[Any]:
    ends = [path[: at.start()] for at in re.finditer("/", path)]
    return (group for end in [*ends, path] for group in form.groups if group.path == end)


def test_a_real_export_with_a_repeat(shared: Path, collected: Collect) -> None:
    folder = shared / "real/kobocruncher_sample"
    form = read_questionnaire(folder / "sample_xlsform.xlsx")
    work = collected({"data.xlsx": (folder / "data.xlsx").read_bytes()}, form)
    assert counted(work) == count(folder / "data.xlsx")
    add_up(work)
    assert rows(
        work,
        """SELECT s."HHSize", count(r.record_id) FROM collect.submission s
           LEFT JOIN collect.repeat_members r ON r.parent_record_id = s.record_id
           GROUP BY s.record_id, s."HHSize" ORDER BY s.record_id""",
    ) == [("1", 1), ("5", 5), ("3", 3), ("1", 1), ("2", 2)]
    assert rows(work, "SELECT unknown_headers, missing_questions FROM collect.file") == [
        ([], ["date"])
    ]
    assert rows(work, 'SELECT reason, "reason/no_answer" FROM collect.submission LIMIT 1') == [
        ("accomodation employment education community", "0")
    ]


def test_every_hostile_file_ends_in_rows_or_in_a_problem(shared: Path, collected: Collect,
                                                        tmp_path: Path) -> None:  # fmt: skip
    """Records add up to what expected.json and the independent counter say."""
    folder = shared / "nasty"
    form = read_questionnaire(folder / "form.xlsx")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    refused = {}
    for case in (case for case in expected if not case["verdict"].startswith("form")):
        name, began = case["file"], time.monotonic()
        for old in (tmp_path / "raw").glob("*"):
            old.unlink()
        try:
            work = collected({name: (folder / name).read_bytes()}, form)
        except RelevoError as error:
            refused[name] = (error.exit, error.findings[0].problem.name)
        else:
            add_up(work)
            assert counted(work) == {k: n for k, n in count(folder / name).items() if n}, name
            (facts,) = rows(work, "SELECT records, repeat_rows, not_submissions FROM collect.file")
            wanted = case["rows_in"], case.get("children", 0), case.get("foot", 0)
            assert facts == wanted, name
        assert time.monotonic() - began < 10
    assert refused == {
        "20_duplicate_headers.csv": (Exit.FILE, "column_twice"),
        "29_empty.csv": (Exit.FILE, "empty_file"),
        "85_formulas_no_cache.xlsx": (Exit.FILE, "formula_without_value"),
        "87_zip_bomb_256MB.xlsx": (Exit.FILE, "workbook_limits"),
    }
