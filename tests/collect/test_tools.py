"""Which tool wrote a file is found out from its bytes and headers, said, and can be forced."""

import re
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from pipeline.ask import Choice
from pipeline.ask.survey import Key
from pipeline.errors import RelevoError
from tests.collect.conftest import Collect, questionnaire, rows

PLAIN = "city,has_plan\nLima,yes\n"


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A zip of these files."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_table_without_any_tools_mark_is_read_by_its_headers(collected: Collect) -> None:
    work = collected({"a.csv": PLAIN, "b.txt": PLAIN, "c.tsv": PLAIN.replace(",", "\t")})
    assert rows(work, "SELECT path, tool, dialect FROM collect.file") == [
        ("a.csv", "kobo", "comma"),
        ("b.txt", "kobo", "comma"),
        ("c.tsv", "kobo", "tab"),
    ]


@pytest.mark.parametrize(
    ("header", "tool"),
    [
        ("city,_uuid", "kobo"),
        ("city,_submission_time", "kobo"),
        ("SubmissionDate,city,KEY", "odk"),
        ("city,PARENT_KEY,KEY", "odk"),
        ("id,submitdate,city", "limesurvey"),
        ("id. Response ID,lastpage. Last page,city. City", "limesurvey"),
        ("ID de la réponse,Dernière page,City", "limesurvey"),
        ("id,city,token", "kobo"),
        ("KEY,city", "kobo"),
    ],
)
def test_the_header_tells_the_tool(collected: Collect, header: str, tool: str) -> None:
    if "PARENT_KEY" in header:
        files: dict[str, str | bytes] = {"a.zip": zipped({"a.csv": "city,KEY\n", "b.csv": header})}
    else:
        files = {"a.csv": f"{header}\n"}
    assert rows(collected(files), "SELECT tool FROM collect.file") == [(tool,)]


@pytest.mark.parametrize(
    "header",
    ["city,country,_uuid,today", "city,country,KEY,SubmissionDate", "city,country,submitdate,id",
     "city,country,Timestamp"],
)  # fmt: skip
def test_a_named_government_is_a_unit_in_the_file_of_any_tool(
    collected: Collect, header: str
) -> None:
    form = questionnaire(
        """
        | type      | name    | label      |
        |-----------|---------|------------|
        | text      | city    | Government |
        | calculate | country |            |
        """
    )
    units = [("UY-sur", "Sur", "UY"), ("AR-sur", "Sur", "AR"), ("BR-x", "Oeste", "BR")]
    names = [
        Choice("", unit, {"name_es": name}, extra={"iso2": iso2}) for unit, name, iso2 in units
    ]
    typed = "".join(f"{name},{country},1,2025\n" for name, country in [
        ("Oeste (BR)", "Brasil"), ("sur", "Uruguai"), ("Sur", ""), ("AR-sur", "AR"), ("Este", "x"),
    ])  # fmt: skip
    if "Timestamp" in header:
        header, typed = "Timestamp,city,country", re.sub("(.*),1,2025", r"2025/03/04,\1", typed)
    frame = replace(form, units=tuple(names))
    work = collected({"a.csv": f"{header}\n{typed}"}, frame, key=Key(unit="city"))
    found = rows(work, "SELECT city, country FROM collect.submission ORDER BY record_id")
    assert found == [
        ("BR-x", "BR"), ("UY-sur", "UY"), ("Sur", ""), ("AR-sur", "AR"), ("Este", "x"),
    ]  # fmt: skip


def test_a_tool_can_be_forced(collected: Collect) -> None:
    """LimeSurvey's codes without any column of its own: nothing else could tell."""
    content = {"a.csv": "hasplan,needs[money]\nSí,Y\n"}
    work = collected(content, tool="limesurvey")
    sql = 'SELECT tool, has_plan, "needs/money" FROM collect.file, collect.submission'
    assert rows(work, sql) == [("limesurvey", "yes", "1")]


def test_a_zip_of_tables_is_read_whatever_its_name(collected: Collect) -> None:
    work = collected({"a.csv": zipped({"x.csv": PLAIN, "media/p.jpg": b"\xff", "media/t.csv": ""})})
    sql = "SELECT path, encoding, dialect, records FROM collect.file"
    assert rows(work, sql) == [("a.csv", "utf-8", "comma", 1)]
    assert rows(work, "SELECT sheet, first_line FROM collect.record") == [("x", 2)]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"x.csv": b"a" * 3_000_000}, "archive_limits"),
        ({f"{n}.csv": PLAIN for n in range(201)}, "archive_limits"),
        ({"x.csv": PLAIN, "../y.jpg": ""}, "archive_unreadable"),
    ],
)
def test_a_zip_that_unpacks_too_far_is_not_unpacked(
    collected: Collect, members: dict[str, str | bytes], code: str
) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.zip": zipped(members)})
    assert error.value.findings[0].problem.name == code


def test_attachments_do_not_count(collected: Collect) -> None:
    many = {f"media/{n}.jpg": b"\0" * 20_000 for n in range(300)}
    work = collected({"a.zip": zipped({"x.csv": PLAIN} | many)})
    assert rows(work, "SELECT records FROM collect.file") == [(1,)]


def test_a_damaged_zip_is_refused(collected: Collect) -> None:
    whole = zipped({"x.csv": PLAIN * 50})
    middle = whole.index(b"x.csv") + 8
    with pytest.raises(RelevoError) as error:
        collected(
            {"a.zip": whole[:middle] + b"\0\0\0\0" + whole[middle + 4 :], "b.zip": whole[:80]}
        )
    assert [(f.file, f.problem.name) for f in error.value.findings] == [
        ("a.zip", "archive_unreadable"),
        ("b.zip", "workbook_unreadable"),
    ]


def test_what_is_wrong_with_a_file_in_a_zip_names_it(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.zip": zipped({"x.csv": PLAIN, "folder/y.csv": 'city\n"Lima\n'})})
    assert str(error.value).startswith("a.zip, y, row 2: a quote is opened")
