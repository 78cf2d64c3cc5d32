"""A slice of a long file is read by column where nothing about it is odd: with the same result."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.ask import Survey, Wave
from pipeline.collect import block, collect, delimited, files
from pipeline.errors import RelevoError
from pipeline.store import Work, connect
from tests.collect.conftest import questionnaire

TABLES = ("file", "record", "submission", "warning")
HEADER = "_uuid,_submission_time,city,has_plan,needs,needs/money,needs/other,start,meta/rootUuid"
WIDTH = HEADER.count(",") + 1
USUAL = ["u1,2025-03-01T10:00:00,Lima,yes,money,1,0,2025-03-01,"] * 3
CELLS = st.one_of(
    st.sampled_from(["", " ", "yes", "Yes", "Sí", "money other", "other money", "Money", "TRUE"]),
    st.sampled_from(["NA", "test", "Total", "#tag", "_uuid", "SÃO", "SÃ£o", "\ufeff", "\u2028"]),
    st.sampled_from(["2025-03-01", "1.0", "uuid:U1", 'a"b', '""', "a,b", "2\nlines", "\x0b"]),
    st.text('aé\x1c\u00a0\u3000 ,"\n', max_size=2),
)


def written(cell: str, is_quoted: bool) -> str:
    """A cell as a survey tool writes it."""
    return '"' + cell.replace('"', '""') + '"' if is_quoted or set(cell) & set(',"\r\n') else cell


ROWS = st.tuples(
    st.sampled_from(["u1", "u2", "u4", "u5", "uuid:U3", ""]),
    st.lists(CELLS, min_size=WIDTH - 1, max_size=WIDTH - 1),
    st.booleans(),
).map(lambda row: ",".join(written(cell, row[2]) for cell in (row[0], *row[1])))
ODD = st.one_of(
    st.sampled_from(["", " ", "Total,3", HEADER, "#a" + ",#b" * (WIDTH - 1), USUAL[0] + ",", "x"]),
    st.sampled_from([USUAL[0] + ",more", 'u9,"a"b' + "," * (WIDTH - 2), "u9" + "," * (WIDTH - 1)]),
)
PLAIN = st.lists(st.one_of(st.sampled_from(USUAL), ROWS), min_size=2, max_size=2)
LINES = st.tuples(
    st.lists(PLAIN, min_size=2, max_size=4), st.lists(ODD, max_size=1), st.lists(PLAIN, max_size=2)
).map(lambda parts: [*chain(*parts[0]), *parts[1], *chain(*parts[2])])


@pytest.fixture(scope="module")
def read() -> Iterator[Callable[[str], Any]]:
    """Collects a text: rows of the tables, or the refusal, and how many slices came by column."""
    opened = [connect(":memory:") for _ in range(3)]

    def run(text: str) -> Any:
        for con in opened:
            con.execute("DROP SCHEMA IF EXISTS collect CASCADE")
        with TemporaryDirectory() as folder:
            (Path(folder) / "a.csv").write_bytes(text.encode())
            work = Work(Path(folder), opened[0], opened[1], opened[2])
            survey = Survey("s", Path(folder), {}, questionnaires={Wave().id: questionnaire()})
            try:
                collect(survey, Path(folder), work)
            except RelevoError as error:
                return str(error)
        con = opened[0]
        return [con.execute(f"FROM collect.{name} ORDER BY ALL").fetchall() for name in TABLES]

    yield run
    for con in opened:
        con.close()


# full rows that are no submissions, wherever the slice begins
TEST = "u4,2025-03-01T10:00:00,test,,,,,2025-03-01,u4"


@settings(max_examples=25)
@example([USUAL[0], HEADER, *USUAL], "\n", True)
@example([HEADER, *USUAL], "\n", True)
@example([USUAL[0], TEST, *USUAL], "\n", True)
@example([TEST, *USUAL], "\n", True)
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_read_by_column_or_by_record_it_is_the_same(
    read: Callable[[str], Any], lines: list[str], end: str, has_end: bool
) -> None:
    text = end.join([HEADER, *USUAL[:2], *lines]) + (end if has_end else "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "SLICE", 2)
        by_column = read(text)
        patch.setattr(delimited, "are_whole", lambda *_: False)
        assert by_column == read(text)


def test_most_slices_are_read_by_column(
    read: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def records(self: block.Block) -> None:
        raise AssertionError("read record by record")

    of = block.Block.of

    def counted(*of_lines: Any) -> block.Block:
        made.append(of_lines)
        return of(*of_lines)

    monkeypatch.setattr(files, "SLICE", 3)
    monkeypatch.setattr(block.Block, "of", counted)
    monkeypatch.setattr(block.Block, "records", property(records))
    _, found, submissions, _ = read(
        "\n".join([HEADER, *USUAL * 4, '"u2",,"a ""b""",yes,,,0,,u1']) + "\n"
    )
    assert (len(found), len(submissions), len(made)) == (13, 13, 4)
