"""Three real forms in every layout that KoboToolbox writes: each reproduces submissions.json."""

import json
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from openpyxl import Workbook

from pipeline.ask import Questionnaire, Wave, read_questionnaire
from tests.collect.conftest import Collect, rows
from tests.collect.counter import count
from tests.conftest import PROJECT

SHARED = Path(os.environ.get("RELEVO_SHARED", PROJECT.parent / "shared"))
FORMATS = SHARED / "real/kobo_formats"  # where it is absent there is no case
FILES = sorted(
    path.relative_to(FORMATS).as_posix()
    for end in ("csv", "xlsx")
    for path in FORMATS.glob(f"*/*.{end}")
)


@cache
def forms(name: str) -> tuple[Questionnaire, ...]:
    """The versions of a form, oldest first, each written as an XLSForm and read."""
    schemas = json.loads((FORMATS / name / "schemas.json").read_text(encoding="utf-8"))
    with TemporaryDirectory() as folder:
        return tuple(_form(schema, Path(folder) / "form.xlsx") for schema in schemas)


def _form(schema: dict[str, Any], path: Path) -> Questionnaire:
    book = Workbook()
    book.remove(book.active)
    settings = [{"version": schema["version"]}]
    for sheet, found in {**schema["content"], "settings": settings}.items():
        headers = list(dict.fromkeys(key for row in found for key in row))
        page = book.create_sheet(sheet)
        for row in (dict(zip(headers, headers, strict=True)), *found):
            page.append([row.get(header) for header in headers])
    book.save(path)
    return read_questionnaire(path)


def truth(name: str) -> list[dict[str, Any]]:
    """submissions.json."""
    found: list[dict[str, Any]] = json.loads(
        (FORMATS / name / "submissions.json").read_text(encoding="utf-8")
    )
    return found


def read(collected: Collect, file: str) -> Any:
    """The file as the newest version's, with the older versions beside it in the survey."""
    name = file.partition("/")[0]
    *older, newest = forms(name)
    waves = [Wave(form.version, form.version, state="open") for form in older]
    wave = Wave(newest.version, newest.version)
    return collected(
        {f"{wave.raw}/{Path(file).name}": (FORMATS / file).read_bytes()},
        waves=(*waves, wave),
        questionnaires={form.version: form for form in forms(name)},
    )


@pytest.mark.parametrize("file", FILES)
def test_every_layout_reproduces_the_submissions(collected: Collect, file: str) -> None:
    work = read(collected, file)
    name, layout = file.split("/")
    assert dict(rows(work, "SELECT sheet, count(*) FROM collect.record GROUP BY ALL")) == count(
        FORMATS / file
    )
    assert rows(work, "SELECT submissions, unknown_headers FROM collect.file") == [
        (len(truth(name)), [])
    ]
    {"dietary_needs": diets, "grouped_repeatable": households, "restaurant_profile": restaurants}[
        name
    ](work, layout)


def diets(work: Any, layout: str) -> None:
    """Joined labels are cut; the row of HXL tags is no submission."""
    found = rows(work, "SELECT restaurant_name, dietary_accommodations FROM collect.submission")
    assert found == [
        (one["restaurant_name"], one["dietary_accommodations"]) for one in truth("dietary_needs")
    ]
    columns = [row[0] for row in rows(work, "DESCRIBE collect.submission")]
    if "summary" not in layout:
        ticks = rows(work, """SELECT "dietary_accommodations/vegan",
            "dietary_accommodations/lactose_free" FROM collect.submission""")  # fmt: skip
        assert ticks == [("0", "0"), ("1", "0"), ("1", "1")]
    else:
        assert "dietary_accommodations/vegan" not in columns
    assert rows(work, "SELECT reason FROM collect.record WHERE outcome <> 'submission'") == [
        ("second_header_row",)
    ]


def households(work: Any, layout: str) -> None:
    """Rows of the repeat belong to the household that _parent_index names; a CSV has none."""
    repeat = "household_visit/houshold_member_repeat"
    members = [
        (parent, f"houshold_member_repeat[{n}]", one[f"{repeat}/household_member_name"])
        for parent, household in enumerate(truth("grouped_repeatable"), 1)
        for n, one in enumerate(household[repeat], 1)
    ]
    assert rows(
        work,
        "SELECT started_at, ended_at, household_location, form_version FROM collect.submission",
    ) == [
        (one["start"], one["end"], one["household_visit/household_location"], one["__version__"])
        for one in truth("grouped_repeatable")
    ]
    assert rows(
        work,
        """SELECT parent_record_id, row_id, household_member_name
           FROM collect.repeat_houshold_member_repeat ORDER BY record_id""",
    ) == (members if layout.endswith("xlsx") else [])


def restaurants(work: Any, layout: str) -> None:
    """What the file cannot say stays open: only row 1 names its version, and the first two rows
    are of versions without the question."""
    expected = truth("restaurant_profile")
    assert rows(
        work, "SELECT submission_id, restaurant_name, location FROM collect.submission"
    ) == [(one["_uuid"], one["restaurant_name"], one["location"]) for one in expected]
    found = [text for (text,) in rows(work, "SELECT eatery_type FROM collect.submission")]
    joined = [one.get("eatery_type", "") for one in expected]
    if "details" in layout:  # answers to the select_one stand under no header
        joined[2:5] = ["", "", "sit_down takeaway"]
    assert found == [None, *joined[1:]]
    if "summary" not in layout:
        split = rows(
            work, 'SELECT "eatery_type/sit_down", "eatery_type/takeaway" FROM collect.submission'
        )
        blank = ("", "")
        assert split == [(None, None), *[blank] * 3, ("1", "1"), ("1", "0"), ("0", "0"), blank]
    warned = rows(work, "SELECT record_id, question, code FROM collect.warning")
    leaks = range(3, 9) if "details" in layout else ()
    assert warned == [(number, "", "extra_cell") for number in leaks]


BY_VERSION = [file for file in FILES if file.startswith("restaurant") and file.endswith("both.csv")]


@pytest.mark.parametrize("file", BY_VERSION)
def test_each_version_in_its_own_wave_has_what_it_asked(collected: Collect, file: str) -> None:
    """The same records, delivered by version: absent in 1 and 2, one choice in 3, several in 4."""
    header, *lines = (FORMATS / file).read_text(encoding="utf-8").splitlines()
    versions = [form.version for form in forms("restaurant_profile")]
    parts = zip(versions, (lines[:1], lines[1:2], lines[2:4], lines[4:]), strict=True)
    work = collected(
        {f"{version}/a.csv": "\n".join([header, *part]) + "\n" for version, part in parts},
        waves=tuple(Wave(version, version) for version in versions),
        questionnaires={form.version: form for form in forms("restaurant_profile")},
    )
    expected = [one.get("eatery_type") for one in truth("restaurant_profile")]
    found = [text for (text,) in rows(work, "SELECT eatery_type FROM collect.submission")]
    assert found == [*expected[:-1], ""]
    assert rows(work, 'SELECT count("eatery_type/sit_down") FROM collect.submission') == [(4,)]
