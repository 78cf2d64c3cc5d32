"""`relevo explain SURVEY RECORD`: the life of one record, and nobody's name in it."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from pipeline import ask
from pipeline.cli import app
from pipeline.store import TABLES, open_work, write_table
from tests.edit.batch import edited

FORM = (
    """
    | type          | name     | label    | pii    | required | relevant         | constraint  |
    |---------------|----------|----------|--------|----------|------------------|-------------|
    | text          | city     | City     |        |          |                  |             |
    | text          | person   | Person   | direct |          |                  |             |
    | integer       | phone    | Phone    | direct |          |                  | . < 10      |
    | select_one yn | plan     | A plan?  |        | yes      |                  |             |
    | integer       | money    | Money    |        |          | ${plan} = 'yes'  |             |
    | integer       | staff    | Staff    |        |          |                  | . < 100     |
    | text          | remarks  | Remarks  |        |          |                  | . != 'x'    |
    | begin_repeat  | pol      | Policy   |        |          |                  |             |
    | date          | pol_from | From     |        |          |                  |             |
    | end_repeat    |          |          |        |          |                  |             |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """,
)
FILES = {
    "survey.toml": """
unit_kind = "institution"
[key]
unit = "city"
one_per_unit = "newest_complete"
[frame]
file = "frame.csv"
scope = "open"
""",
    "frame.csv": "unit_id,iso2,name_official,language\nAR-a,AR,Alto Verde,es\nAR-b,AR,Belmira,es\n",
    "cleaning_log.csv": """submission_id,question,action,old_value,new_value,reason,who,date
s2,staff,change,500,50,one zero too many,analyst,2025-06-01
s2,person,blank,Ana Pérez,,asked by ana@x.example,analyst,2025-06-02
s2,pol[1]/pol_from,change,2020-13-01,2020-01-13,day and month,analyst,2025-06-03
s4,,remove,,,training entry,analyst,2025-06-04
""",
}
ANSWERS = """
    | submission_id | submitted_at | city     | person    | phone    | plan            | money | staff | remarks |
    |---------------|--------------|----------|-----------|----------|-----------------|-------|-------|---------|
    | s1            | 2025-05-01   | AR-a     | Ana Pérez | 1        | yes             | 10    | 5     |         |
    | s2            | 2025-05-02   | AR-a     | Ana Pérez | 09912345 | no              | 900   | 500   | x       |
    | s3            | 2025-05-02   | Ana's    | Eva Ruiz  | 2        | eva@x.example   |       | 123   |         |
    | s4            | 2025-05-02   | AR-b     | Eva Ruiz  | 2        |                 |       |       |         |
    """  # noqa: E501
POLICIES = {
    "pol": """
    | submission_id | row_id | pol_from   |
    |---------------|--------|------------|
    | s2            | pol[1] | 2020-13-01 |
    | s2            | pol[2] | Eva's day  |
    """
}
PAGES = [
    ("quality", "desk", "", "en", "desk/quality.en.html"),
    ("network", "public", "", "en", "public/network.en.html"),
    ("network", "public", "", "es", "public/network.es.html"),
    ("government", "own", "AR-a", "es", "own/a/government.es.html"),
    ("government", "own", "AR-b", "es", "own/b/government.es.html"),
]


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey folder; beside it `out` holds its current release."""
    folder = tmp_path_factory.mktemp("surveys") / "little"
    folder.mkdir()
    release = folder.parent / "out/little/current"
    release.mkdir(parents=True)
    with open_work(release) as work:
        found = edited(folder, work, FORM, ANSWERS, FILES, repeats=POLICIES)
        for name, rows in ask.tables(found).items():
            write_table(work.survey, name, rows)
        write_table(work.members, "report.brief", _briefs())
    (release / "manifest.json").write_text("{}", encoding="utf-8")
    return folder


def _briefs() -> pd.DataFrame:
    names = [column.split()[0] for column in TABLES["report.brief"].split(",")]
    told = pd.DataFrame(PAGES, columns=["kind", "audience", "unit_id", "language", "path"])
    return told.assign(wave="1").reindex(columns=names).astype(object)


def explain(survey: Path, record: str, language: str = "en") -> Result:
    """What the command prints."""
    out = str(survey.parent / "out")
    options = ["--out", out, "--language", language]
    return CliRunner().invoke(app, ["explain", str(survey), record, *options])


def section(told: str, title: str) -> list[str]:
    """The lines below one heading."""
    _, _, rest = told.partition(f"\n{title}\n")
    return [line.strip() for line in rest.partition("\n\n")[0].splitlines()]


def test_a_record_tells_its_life_from_the_file_to_the_pages(survey: Path) -> None:
    told = explain(survey, "2").stdout
    assert section(told, "Where it came from") == [
        "a.csv (–)",
        "record number 2, line 3",
        "Read as: submission",
        "Submission s2",
    ]
    assert section(told, "Cleaning log") == [
        "Line 2: Staff: changes 500 to 50. Reason: one zero too many (2025-06-01)",
        "Line 3: Person: blank. Reason: (masked) (2025-06-02)",
        "Line 4: From: changes 2020-13-01 to 2020-01-13. Reason: day and month (2025-06-03)",
    ]
    assert section(told, "Other records of the same submission or government") == [
        "Record 1: superseded; the government answered again; the newer complete answer counts"
    ]
    assert section(told, "Verdict") == ["loaded: the submission stands (stands)"]
    assert section(told, "Rules") == [
        "City: the government answered more than once (two_answers; stands, to be confirmed)",
        "Received: (masked)",
        "Phone: Accepted if the answer is under 10. (constraint_broken; set aside)",
        "Received: (masked)",
        "Money: Asked if “A plan?” is “Yes”. (answered_not_asked; set aside)",
        "Received: 900",
        "Remarks: Accepted if the answer is not “x”. (constraint_broken; set aside)",
        "Received: (masked)",
    ]
    assert section(told, "Cells by state") == [
        "answered 3, answer set aside 2, no answer 1, not asked 1"
    ]
    assert section(told, "Rows of repeats") == [
        "Record 5 (pol[1]): loaded; the submission stands",
        "Record 6 (pol[2]): loaded; the submission stands",
    ]
    assert section(told, "Where it ended") == [
        "It is the response of AR-a in wave 1.",
        "It counts on these pages:",
        "briefs/desk/quality.en.html",
        "briefs/own/a/government.es.html",  # made in the government's own language only
        "briefs/public/network.en.html",
    ]


def test_a_row_of_a_repeat_has_a_life_of_its_own(survey: Path) -> None:
    told = explain(survey, "6").stdout
    assert "Row of the repeat “pol” of record 2" in told
    assert section(told, "Rules") == [
        "From: not a date (not_a_date; set aside)",
        "Received: (masked)",
    ]


def test_what_does_not_stand_says_why_and_feeds_the_quality_brief_only(survey: Path) -> None:
    told = explain(survey, "s4").stdout
    assert "quarantined: removed by the cleaning log (removed_by_log)" in told
    assert section(told, "Cleaning log") == [
        "Line 5: removes the submission. Reason: training entry (2025-06-04)"
    ]
    assert section(told, "Where it ended") == [
        "It is no response of wave 1.",
        "It counts on these pages:",
        "briefs/desk/quality.en.html",
    ]


@pytest.mark.parametrize("name", ["3", "s3", "uuid:S3", "a.csv:3"])
def test_a_record_has_several_names(survey: Path, name: str) -> None:
    assert explain(survey, name).stdout.startswith("Record 3\n")


@pytest.mark.parametrize("language", ["es", "pt", "en", "fr"])
def test_no_person_is_named_in_any_language(survey: Path, language: str) -> None:
    """Neither a marked question, nor free text, nor what was typed where a code belongs."""
    for record in range(1, 7):
        told = explain(survey, str(record), language)
        assert told.exit_code == 0
        assert not re.search(r"@|Ana|Eva|Pérez|Ruiz|09912345", told.stdout), told.stdout
        assert not re.search(r"\{|\}|None|nan", told.stdout)


def test_an_unknown_record_and_a_survey_without_release_are_told(survey: Path) -> None:
    told = explain(survey, "a.csv:99")
    assert told.exit_code == 2
    assert "unknown_record" in told.stderr
    assert "FILE:RECORD_NUMBER" in told.stderr
    empty = CliRunner().invoke(
        app, ["explain", str(survey), "1", "--out", str(survey.parent / "nowhere")]
    )
    assert empty.exit_code == 2
    assert "no_release" in empty.stderr
