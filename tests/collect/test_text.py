"""Text exports: encodings, delimiters, quotes, physical lines."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ask import Survey
from pipeline.collect import collect
from pipeline.errors import Exit, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows
from tests.collect.counter import count

EXPORT = "city;has_plan;_uuid\r\nCórdoba;yes;a\r\nSão João;no;b\r\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("windows-1252", "windows-1252"),
    ],
)
def test_an_encoding_is_found_and_told(collected: Collect, encoding: str, found: str) -> None:
    work = collected({"a.csv": EXPORT.encode(encoding)})
    assert rows(work, "SELECT encoding FROM collect.file") == [(found,)]
    assert rows(work, "SELECT city FROM collect.submission") == [("Córdoba",), ("São João",)]


def test_a_stray_byte_costs_its_record_and_no_other(collected: Collect) -> None:
    work = collected({"a.csv": EXPORT.encode() + b"Lim\xff;yes;c\r\n"})
    assert rows(work, "SELECT outcome, reason, count(*) FROM collect.record GROUP BY ALL") == [
        ("submission", "", 2),
        ("unreadable", "undecodable_byte", 1),
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_is_the_one_that_names_most_questions(
    collected: Collect, delimiter: str
) -> None:
    text = "\n".join(["city;has_plan;_uuid", '"a,b;c\td";yes;u1']).replace(";", delimiter, 2)
    work = collected({"a.csv": text.replace(";yes;", delimiter + "yes" + delimiter)})
    assert rows(work, "SELECT city, has_plan FROM collect.submission") == [("a,b;c\td", "yes")]


def test_a_record_is_not_a_line(collected: Collect) -> None:
    text = '\ncity,has_plan,_uuid\n\n"two\nlines",yes,a\n\nLima,no,b\n'
    work = collected({"a.csv": text})
    assert rows(work, "SELECT record_number, first_line FROM collect.record") == [(1, 4), (2, 7)]
    assert rows(work, "SELECT city FROM collect.submission") == [("two\nlines",), ("Lima",)]


def test_words_that_look_empty_stay_text(collected: Collect) -> None:
    work = collected({"a.csv": "city,has_plan,_uuid\nNA,007,a\nnull,,b\n"})
    assert rows(work, "SELECT city, has_plan, needs FROM collect.submission") == [
        ("NA", "007", None),
        ("null", "", None),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"city,has_plan\nLima,\0", "file_binary"),
        (b"city,has_plan\nLim\x81,yes\n", "file_encoding"),
        (b"c\xffity,has_plan,\xc3\xa1\xc3\xa1\nLima,yes\n", "file_encoding"),
        (b'city,has_plan\n"Lima"x,yes\n', "file_quotes"),
        (b'city,has_plan\nLima,"yes\n', "file_quotes"),
        (b"animal,legs\ncat,4\n", "no_question_in_header"),
        (b"<html>please log in</html>", "no_question_in_header"),
    ],
)
def test_what_is_no_export_is_refused(collected: Collect, content: bytes, code: str) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.csv": content})
    assert [finding.problem.name for finding in error.value.findings] == [code]
    assert error.value.exit == Exit.FILE
    assert str(error.value).startswith("a.csv")


def test_a_wrong_quote_is_told_with_its_line(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.csv": 'city,has_plan\n"two\nlines",yes\n\nLima,"no\n'})
    assert error.value.findings[0].row == 5


CELLS = st.text(st.sampled_from("aé ;,\"'\n\r\t#=1"), max_size=6)


@settings(max_examples=20, deadline=None)
@given(
    cells=st.lists(st.tuples(CELLS, CELLS), max_size=6),
    delimiter=st.sampled_from(";,\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_every_cell_comes_back_and_every_record_is_counted(
    work: Work, cells: list[tuple[str, str]], delimiter: str, encoding: str, quoting: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerow(["city", "needs_other", "_uuid"])
    writer.writerows([*pair, f"u{number}"] for number, pair in enumerate(cells))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        survey = Survey("small", Path(folder), {}, questionnaires={"1": questionnaire()})
        collect(survey, Path(folder), work)
        assert count(path) == {"": len(cells)}
    sql = "SELECT city, needs_other FROM collect.submission ORDER BY record_id"
    assert rows(work, sql) == cells
