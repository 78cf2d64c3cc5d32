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
from tests.collect.conftest import Collect, questionnaire, rows, workbook
from tests.collect.counter import count

EXPORT = "city;has_plan;_uuid\r\nCórdoba;yes;a\r\nSão João;no;b\r\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("windows-1252", "windows-1252"),
        ("latin-1", "windows-1252"),
    ],
)
def test_an_encoding_is_found_and_told(collected: Collect, encoding: str, found: str) -> None:
    work = collected({"a.csv": EXPORT.encode(encoding)})
    assert rows(work, "SELECT encoding FROM collect.file") == [(found,)]
    assert rows(work, "SELECT city FROM collect.submission") == [("Córdoba",), ("São João",)]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("mac-roman", "Córdoba, Bogotá, Perú"),
        ("cp850", "Córdoba, Bogotá, Perú"),
        ("cp437", "Asunción, Mérida"),
        ("cp1251", "Одеса, Київ"),
        ("shift-jis", "横浜市"),
    ],
)
def test_an_encoding_is_never_guessed(collected: Collect, encoding: str, text: str) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.csv": EXPORT.replace("Córdoba", text).replace("ã", "a").encode(encoding)})
    assert [finding.problem.name for finding in error.value.findings] == ["file_encoding"]


def test_signs_of_windows_1252_stand_beside_its_letters(collected: Collect) -> None:
    cities = ["São João – «Baía»", "L’Haÿ", "N° 5 … 20 €", "¿Cómo?", "cœur à l'œuvre"]
    text = "city;_uuid\n" + "".join(f"{city};{n}\n" for n, city in enumerate(cities))
    work = collected({"a.csv": text.encode("windows-1252")})
    assert rows(work, "SELECT city FROM collect.submission") == [(city,) for city in cities]


def test_a_stray_byte_costs_its_record_and_no_other(collected: Collect) -> None:
    strays = b"Lim\xff;yes;c\r\n" + b"Li\0ma;yes;d\r\n"
    work = collected({"a.csv": EXPORT.encode() + strays})
    assert rows(work, "SELECT outcome, reason, count(*) FROM collect.record GROUP BY ALL") == [
        ("submission", "", 2),
        ("unreadable", "undecodable_byte", 2),
    ]


def test_text_that_was_damaged_before_is_told_and_left_as_it_is(collected: Collect) -> None:
    damaged = EXPORT.encode().decode("windows-1252")
    work = collected({"a.csv": EXPORT, "b.csv": damaged, "c.csv": "city,_uuid\nLim\ufffd,a\n"})
    assert rows(work, "SELECT notes FROM collect.file ORDER BY file_id") == [
        ([],),
        (["text_damaged lines 2 first_line 2"],),
        (["text_damaged lines 1 first_line 2"],),
    ]
    assert rows(work, "SELECT city FROM collect.submission")[2:] == [
        ("CÃ³rdoba",),
        ("SÃ£o JoÃ£o",),
        ("Lim\ufffd",),
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_the_one_that_names_most_questions(
    collected: Collect, delimiter: str
) -> None:
    text = "\n".join(["city;has_plan;_uuid", '"a,b;c\td|e";yes;u1']).replace(";", delimiter, 2)
    work = collected({"a.csv": text.replace(";yes;", delimiter + "yes" + delimiter)})
    assert rows(work, "SELECT city, has_plan FROM collect.submission") == [("a,b;c\td|e", "yes")]


def test_excels_first_line_says_the_delimiter_and_is_no_record(collected: Collect) -> None:
    work = collected({"a.csv": "sep=;\r\ncity;has_plan\r\na,b,c,d;yes\r\n"})
    assert rows(work, "SELECT dialect, records FROM collect.file") == [("semicolon", 1)]
    assert rows(work, "SELECT record_number, first_line FROM collect.record") == [(1, 3)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_three_ways(collected: Collect, end: str) -> None:
    text = end.join(["city,_uuid", '"Lima', ' and Callao",a', "", "Cusco,b", ""])
    work = collected({"a.csv": text})
    found = [(f"Lima{end} and Callao",), ("Cusco",)]
    assert rows(work, "SELECT city FROM collect.submission") == found
    assert rows(work, "SELECT first_line FROM collect.record") == [(2,), (5,)]


def test_titles_above_the_header_are_records_and_no_submissions(collected: Collect) -> None:
    title = "Encuesta 2025\n\n" + '"exported, by city",\n'
    work = collected({"a.csv": title + "city,has_plan,_uuid\nLima,yes,a\nCusco,no,b\n"})
    sql = "SELECT record_number, first_line, outcome, reason FROM collect.record"
    assert rows(work, sql) == [
        (1, 1, "not_a_submission", "preamble_line"),
        (2, 3, "not_a_submission", "preamble_line"),
        (3, 5, "submission", ""),
        (4, 6, "submission", ""),
    ]
    assert rows(work, "SELECT records, submissions, not_submissions FROM collect.file") == [
        (4, 2, 2)
    ]


def test_titles_above_the_header_of_a_workbook(collected: Collect) -> None:
    table = [["Encuesta 2025"], [None], ["city", "has_plan", "_uuid"], ["Lima", "yes", "a"]]
    work = collected({"a.xlsx": workbook({"Survey": table})})
    sql = "SELECT record_number, first_line, outcome, reason FROM collect.record"
    assert rows(work, sql) == [
        (1, 1, "not_a_submission", "preamble_line"),
        (2, 4, "submission", ""),
    ]


def test_the_mark_by_which_dos_ended_a_file_is_no_record(collected: Collect) -> None:
    work = collected({"a.csv": EXPORT + "\x1a", "b.csv": EXPORT.rstrip() + "\x1a\x1a"})
    assert rows(work, "SELECT records, submissions FROM collect.file") == [(2, 2), (2, 2)]
    assert rows(work, "SELECT DISTINCT submission_id FROM collect.record ORDER BY 1") == [
        ("a",),
        ("b",),
    ]


@pytest.mark.parametrize(
    "end",
    [
        "Lima;yes",  # unquoted, or between two cells
        '"Lima";"ye',  # inside a quoted cell
        '"Lima";"yes";"two ""words',
        '"Lima";"yes";"',
    ],
)
def test_a_file_that_is_cut_says_so_and_loses_its_last_record_only(
    collected: Collect, end: str
) -> None:
    work = collected({"a.csv": EXPORT.replace("_uuid", "needs_other;_uuid;_id") + end})
    assert rows(work, "SELECT reason FROM collect.record")[2:] == [("cut_record",)]


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
        (b" \n\n\xa0\n", "empty_file"),
        (" \n\n\xa0\n".encode(), "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"city,has_pl\0an\nLima,yes\n", "file_binary"),
        (b"city,has_plan\n" + bytes(20), "file_binary"),
        (b"\xff\xfec\0i\0t\0y", "file_encoding"),
        (b"city,has_plan\nLim\x81,yes\n", "file_encoding"),
        (b"c\xffity,has_plan,\xc3\xa1\xc3\xa1\nLima,yes\n", "file_encoding"),
        (b'city,has_plan\n"Lima"x,yes\n', "file_quotes"),
        (b'city,has_plan\nLima,"yes\n', "file_quotes"),
        (b"animal,legs\ncat,4\n", "no_question_in_header"),
        (b"<html>please log in</html>", "file_is_web_page"),
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
