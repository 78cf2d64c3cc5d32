"""Nothing is lost on the way from bytes to tables, and nothing is changed.

Records are counted by a program of its own (counter.py); cells are compared one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ask import Survey
from pipeline.collect import collect
from pipeline.store import Work
from tests.collect.conftest import questionnaire, rows
from tests.collect.counter import count

HEADER = ("city", "needs_other", "has_plan", "_uuid", "_id")
PIECES = ["né", "año", "€", " ", ";", ",", "|", '"', "'", "\n", "\r", "\t", "#", "=1.", "NA", "007"]
CELL = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)


@dataclass(frozen=True)
class Form:
    """How a table is written to bytes."""

    delimiter: str
    encoding: str
    end: str
    is_quoted: bool  # every cell
    is_said: bool  # sep= stands in the first line
    tail: str

    def line(self, cells: Sequence[str]) -> str:
        special = {self.delimiter, '"', "\n", "\r"}
        return self.delimiter.join(
            '"' + cell.replace('"', '""') + '"' if self.is_quoted or special & {*cell} else cell
            for cell in cells
        )

    def write(self, lines: Sequence[str]) -> bytes:
        said = [f"sep={self.delimiter}"] if self.is_said else []
        text = self.end.join([*said, *lines]) + self.tail
        return text.encode(self.encoding)


FORMS = st.builds(
    Form,
    st.sampled_from(";,\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "\n", "\r\n\r\n", "\n\x1a"]),
)
# What stands between the records and is none, or is no submission.
KINDS = st.sampled_from(["record"] * 6 + ["blank", "separators", "header", "short", "long"])


@settings(max_examples=40, deadline=None)
@given(
    form=FORMS,
    titles=st.integers(0, 2),
    table=st.lists(st.tuples(KINDS, CELL, CELL, CELL), max_size=6),
)
def test_every_cell_comes_back_and_every_record_is_counted(
    work: Work, form: Form, titles: int, table: list[tuple[str, str, str, str]]
) -> None:
    lines = ["Survey 2025"] * titles + [form.line(HEADER)]
    expected = []
    records = titles
    for number, (kind, *cells) in enumerate(table):
        full = (*cells, f"u{number}", str(number))
        written = {
            "record": full,
            "blank": (),
            "separators": ("",) * len(full),
            "header": HEADER,
            "short": full[:4],
            "long": (*full, "more"),
        }[kind]
        lines.append(form.line(written))
        records += kind != "blank"
        expected += [full] if kind == "record" else []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(form.write(lines))
        survey = Survey("small", Path(folder), {}, questionnaires={"1": questionnaire()})
        collect(survey, Path(folder), work)
        assert count(path, form.delimiter) == {"": records}
    assert rows(work, "SELECT count(*) FROM collect.record") == [(records,)]
    columns = "city, needs_other, has_plan, submission_id"
    sql = f"SELECT {columns} FROM collect.submission ORDER BY record_id"
    assert rows(work, sql) == [full[:4] for full in expected]
