"""`relevo erase`: a submission leaves exports, declarations and releases, and stays away."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline import store
from pipeline.cli import app
from tests.forms import write_form
from tests.test_bad_input import Place

FORM = """
    | type           | name     | label    | pii    | disclosure |
    |----------------|----------|----------|--------|------------|
    | text           | city     | City     |        | public     |
    | select_one yn  | named    | Named?   |        |            |
    | text           | person   | Person   | direct |            |
    | select_one yn  | has_plan | A plan?  |        | public     |
    """
CHOICES = """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """
TOML = """
unit_kind = "institution"
languages = ["en"]
[key]
unit = "city"
publish = { question = "named", named = ["yes"] }
[frame]
file = "frame.csv"
scope = "open"
[briefs]
government = "none"
group = "none"
"""
WHO = "canary7person"
LOG = f"""submission_id,question,action,old_value,new_value,reason,who,date
u-1,person,change,Ana {WHO},Ana B {WHO},she asked,analyst,2025-06-01
u-2,has_plan,change,yes,no,by telephone,analyst,2025-06-02
"""
TEXTS = f"""submission_id,question,start,end,sha256
u-1,person,,,{sha256(f"Ana B {WHO}".encode()).hexdigest()}
u-2,person,,,{sha256(b"Eva").hexdigest()}
"""


def export(*numbers: int) -> str:
    head = "city,named,person,has_plan,_id,_uuid,_submission_time\n"
    names = {1: f"Ana {WHO}"}
    return head + "".join(
        f"AR-{n},yes,{names.get(n, 'Eva')},yes,{n},u-{n},2025-03-0{n}T10:00:00\n" for n in numbers
    )


class Erasable(Place):
    """A survey of six governments that agreed to be named, with all that may name a submission."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        write_form(self.folder / "questionnaire.xlsx", FORM, CHOICES)
        units = "".join(f"AR-{n},AR,City {n},es\n" for n in range(1, 7))
        for name, text in {
            "survey.toml": TOML,
            "frame.csv": "unit_id,iso2,name_official,language\n" + units,
            "cleaning_log.csv": LOG,
            "decisions.csv": "submission_id\nu-1\n",
            "released_texts.csv": TEXTS,
        }.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        (self.raw / "export.csv").write_text(export(*range(1, 7)), encoding="utf-8")

    def call(self, command: str, *words: str) -> Result:
        places = ["--raw", str(self.raw), "--out", str(self.out)]
        return CliRunner().invoke(app, [command, str(self.folder), *words, *places])

    def holds(self, text: str) -> list[str]:
        """The files of the survey that hold a text; tables of databases as text."""
        found = []
        for root in (self.folder, self.raw, self.out):
            files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".js")
            found += [path.name for path in files if text.encode() in path.read_bytes()]
        return found

    def ledger(self) -> dict[str, int]:
        con = store.connect(self.out / "small/current/confidential/confidential.duckdb",
                            read_only=True)  # fmt: skip
        sql = "SELECT verdict, count(*) FROM edit.ledger GROUP BY ALL ORDER BY ALL"
        rows = dict(con.execute(sql).fetchall())
        con.close()
        return rows


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> tuple[Erasable, Result]:
    """Two releases, the first one published; then a submission is erased."""
    place = Erasable(tmp_path_factory.mktemp("erase"))
    assert place.run().exit_code == 0
    assert place.call("publish").exit_code == 0
    old = place.raw / "copy.csv"
    old.write_text(export(1), encoding="utf-8")
    assert place.run().exit_code == 0
    assert len(list((place.out / "small/releases").iterdir())) == 2
    assert {"export.csv", "copy.csv", "cleaning_log.csv", "confidential.duckdb"} <= set(
        place.holds(WHO)
    )
    assert [path for path in published(place) if "AR-1" in path.read_text(encoding="utf-8")]
    return place, place.call("erase", "uuid:u-1")


def published(place: Erasable) -> list[Path]:
    return list((place.raw / "published").glob("*/estimate_named_*.csv"))


def test_nothing_of_it_is_left_anywhere(erased: tuple[Erasable, Result]) -> None:
    place, done = erased
    assert done.exit_code == 0, done.output
    assert place.holds(WHO) == []
    assert place.holds("u-1") == []
    assert not [path for path in published(place) if "AR-1" in path.read_text(encoding="utf-8")]
    assert len(list((place.out / "small/releases").iterdir())) == 1
    assert place.ledger() == {"loaded": 5}


def test_what_others_said_stays(erased: tuple[Erasable, Result]) -> None:
    place, _ = erased
    assert (place.raw / "export.csv").read_text(encoding="utf-8") == export(*range(2, 7))
    log = (place.folder / "cleaning_log.csv").read_text(encoding="utf-8")
    assert log.splitlines() == [line for line in LOG.splitlines() if not line.startswith("u-1")]
    assert (place.folder / "decisions.csv").read_text(encoding="utf-8") == "submission_id\n"
    assert [path for path in published(place) if "AR-2" in path.read_text(encoding="utf-8")]


def test_what_was_done_is_told_without_anything_personal(erased: tuple[Erasable, Result]) -> None:
    _, done = erased
    files = ("export.csv", "copy.csv", "cleaning_log.csv", "released_texts.csv")
    for line in (*(f"{name}: 1 erased" for name in files), "2 older removed", "copies_elsewhere"):
        assert line in done.stderr, line
    assert WHO not in done.output
    assert "u-1" not in done.output


def test_a_second_time_is_told(erased: tuple[Erasable, Result]) -> None:
    place, _ = erased
    again = place.call("erase", "u-1")
    assert again.exit_code == 0
    assert "erased_before" in again.stderr


def test_an_unknown_one_is_told_and_none_is_guessed(erased: tuple[Erasable, Result]) -> None:
    place, _ = erased
    done = place.call("erase", "u-22")
    assert done.exit_code == 2
    assert "unknown_submission" in done.stderr
    assert "u-2" not in done.stderr


def test_an_old_export_is_counted_and_nothing_of_it_kept(
    erased: tuple[Erasable, Result], tmp_path: Path
) -> None:
    place, _ = erased
    (place.raw / "old.csv").write_text(export(1), encoding="utf-8")
    done = place.run("--json")
    told = json.loads(done.stdout)
    assert (told["records"], told["loaded"], told["erased"]) == (6, 5, 1)
    assert place.ledger() == {"erased": 1, "loaded": 5}
    assert place.holds(WHO) == ["old.csv"]

    life = CliRunner().invoke(
        app, ["explain", str(place.folder), "old.csv:1", "--out", str(place.out)]
    )
    assert life.exit_code == 0, life.output
    assert "erased at the person's request (erased)" in life.stdout
    assert "AR-1" not in life.stdout


@pytest.mark.slow
def test_a_release_that_cannot_be_made_says_that_it_still_holds_it(tmp_path: Path) -> None:
    place = Erasable(tmp_path)
    assert place.run().exit_code == 0
    log = place.folder / "cleaning_log.csv"
    log.write_text(LOG + "u-99,,remove,,,gone,analyst,2025-06-03\n", encoding="utf-8")
    done = place.call("erase", "u-1")
    assert done.exit_code == 12
    assert "erasure_unfinished" in done.stderr
    assert WHO not in done.output
    log.write_text(LOG.splitlines()[0] + "\n", encoding="utf-8")
    again = place.call("erase", "u-1")
    assert again.exit_code == 0, again.output
    assert place.holds(WHO) == []


@pytest.mark.slow
def test_one_that_only_the_release_holds_is_erased_from_it(tmp_path: Path) -> None:
    """As when a file that relevo cannot write was exported again without the submission."""
    place = Erasable(tmp_path)
    assert place.run().exit_code == 0
    (place.raw / "export.csv").write_text(export(*range(2, 7)), encoding="utf-8")
    assert place.call("erase", "u-1").exit_code == 0
    assert place.holds(WHO) == []
