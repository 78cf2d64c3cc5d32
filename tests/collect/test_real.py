"""Real and hostile files: the facts are those of their INDEX.md, counted without our reader."""

import json
import time
from pathlib import Path

import pytest

from pipeline.ask import Questionnaire, read_questionnaire
from pipeline.errors import Exit, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows
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


DIETARY = questionnaire(
    """
    | type                        | name                   | label |
    |-----------------------------|------------------------|-------|
    | text                        | restaurant_name        | Name  |
    | select_multiple restriction | dietary_accommodations | Diet  |
    """,
    """
    | list_name   | name         | label        |
    |-------------|--------------|--------------|
    | restriction | gluten_free  | Gluten-free  |
    | restriction | vegan        | Vegan        |
    | restriction | vegetarian   | Vegetarian   |
    | restriction | lactose_free | Lactose-free |
    """,
)
RESTAURANT = questionnaire(
    """
    | type                   | name            | label |
    |------------------------|-----------------|-------|
    | text                   | restaurant_name | Name  |
    | geopoint               | location        | Where |
    | select_multiple eatery | eatery_type     | Type  |
    """,
    """
    | list_name | name     | label     |
    |-----------|----------|-----------|
    | eatery    | sit_down | sit down  |
    | eatery    | takeaway | take-away |
    """,
)
HOUSEHOLD = questionnaire("""
    | type         | name                   | label     |
    |--------------|------------------------|-----------|
    | start        | start                  |           |
    | end          | end                    |           |
    | begin_group  | household_visit        | Household |
    | text         | household_location     | Where     |
    | begin_repeat | houshold_member_repeat | Members   |
    | text         | household_member_name  | Name      |
    | end_repeat   |                        |           |
    | end_group    |                        |           |
    """)
FORMATS = [
    *[("dietary_needs", DIETARY, f"xml-{kind}.csv", 3) for kind in ("both", "details", "summary")],
    ("dietary_needs", DIETARY, "xml-both.xlsx", 3),
    *[("restaurant_profile", RESTAURANT, f"xml-{kind}.csv", 8) for kind in ("both", "details")],
    ("restaurant_profile", RESTAURANT, "xml-both-hier.xlsx", 8),
    *[
        ("grouped_repeatable", HOUSEHOLD, f"xml-both{kind}", 6)
        for kind in (".csv", "-hier.csv", ".xlsx", "-hier.xlsx")
    ],
]


@pytest.mark.parametrize("case", FORMATS, ids=lambda case: f"{case[0]}/{case[2]}")
def test_every_layout_that_names_its_columns(
    shared: Path, collected: Collect, case: tuple[str, Questionnaire, str, int]
) -> None:
    folder, form, name, submissions = case
    path = shared / "real/kobo_formats" / folder / name
    work = collected({name: path.read_bytes()}, form)
    assert counted(work) == count(path)
    add_up(work)
    assert rows(work, "SELECT submissions, unknown_headers FROM collect.file") == [
        (submissions, [])
    ]
    if folder == "dietary_needs":
        chosen = rows(work, "SELECT dietary_accommodations FROM collect.submission")
        every = "gluten_free vegan vegetarian lactose_free"
        assert chosen == [("gluten_free",), ("vegan vegetarian",), (every,)]
    if path.suffix == ".xlsx" and folder == "grouped_repeatable":
        sql = "SELECT count(*) FROM collect.repeat_houshold_member_repeat GROUP BY parent_record_id"
        assert sorted(rows(work, sql)) == [(1,), (1,), (2,), (2,), (2,), (5,)]


def test_a_cell_that_leaks_beyond_the_header_is_never_an_answer(
    shared: Path, collected: Collect
) -> None:
    path = shared / "real/kobo_formats/restaurant_profile/xml-details.csv"
    work = collected({"a.csv": path.read_bytes()}, RESTAURANT)
    sql = 'SELECT eatery_type, "eatery_type/sit_down" FROM collect.submission ORDER BY record_id'
    blank = [("", "")] * 4
    assert rows(work, sql) == [*blank, ("sit_down takeaway", "1"), ("sit_down", "1"), ("", "0"),
                               ("", "")]  # fmt: skip
    assert rows(work, "SELECT notes FROM collect.file") == [
        (["extra_cell records 6 first_line 4"],)
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
