"""What a person is told when the input cannot be used: one clear line, the right exit code, and
the last release untouched."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.report import Tally
from tests.forms import write_form

FORM = """
    | type          | name     | label   | required | relevant            |
    |---------------|----------|---------|----------|---------------------|
    | select_one yn | has_plan | A plan? | yes      |                     |
    | integer       | budget   | Money   |          | ${has_plan} = 'yes' |
    """
CHOICES = """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """
EXPORT = '"has_plan";"budget";"_id";"_uuid";"_submission_time"\r\n' + "".join(
    f'"yes";"{n}00";"{n}";"u-{n}";"2025-03-0{n}T10:00:00"\r\n' for n in range(1, 6)
)


class Place:
    """A small survey folder, its raw folder and its releases."""

    def __init__(self, root: Path) -> None:
        self.folder, self.raw, self.out = root / "small", root / "raw", root / "out"
        write_form(self.folder / "questionnaire.xlsx", FORM, CHOICES)
        self.raw.mkdir()
        (self.raw / "export.csv").write_text(EXPORT, encoding="utf-8")

    def run(self, *options: str) -> Result:
        places = ["--raw", str(self.raw), "--out", str(self.out)]
        return CliRunner().invoke(app, ["run", str(self.folder), *places, *options])

    @property
    def current(self) -> str:
        return str((self.out / "small/current").readlink())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey with one release, to be copied."""
    root = tmp_path_factory.mktemp("built")
    done = Place(root).run("--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["loaded"] == 5
    return root


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Place:
    """A survey with one release."""
    shutil.copytree(built / "out", tmp_path / "out", symlinks=True)
    return Place(tmp_path)


def refused(place: Place, code: str, exit_code: int, *options: str) -> None:
    """The run ends with this code, says so in lines without a traceback, and changes nothing."""
    before = place.current
    done = place.run(*options)
    assert done.exit_code == exit_code, done.output
    assert code in done.stderr
    assert "Traceback" not in done.output
    assert place.current == before


def test_an_empty_file(place: Place) -> None:
    (place.raw / "more.csv").write_bytes(b"")
    refused(place, "empty_file", 11)


def test_a_file_that_is_no_export_of_this_questionnaire(place: Place) -> None:
    (place.raw / "more.csv").write_text("animal,legs\ncat,4\n", encoding="utf-8")
    refused(place, "no_question_in_header", 11)


def test_a_raw_folder_with_nothing_in_it(place: Place) -> None:
    (place.raw / "export.csv").unlink()
    refused(place, "no_raw_files", 11)


def test_a_circle_of_relevances(place: Place) -> None:
    form = FORM.replace("| yes      |                     |", "| yes      | ${budget} > 1       |")
    write_form(place.folder / "questionnaire.xlsx", form, CHOICES)
    refused(place, "circular_rules", 10)


def test_a_question_that_does_not_exist(place: Place) -> None:
    """The rule is disabled and reported; check ends with 10 and names the nearest question."""
    write_form(
        place.folder / "questionnaire.xlsx", FORM.replace("${has_plan}", "${has_plam}"), CHOICES
    )
    checked = CliRunner().invoke(app, ["check", str(place.folder)])
    assert checked.exit_code == 10
    run = place.run()
    assert run.exit_code == 0
    for told in (checked.stderr, run.stderr):
        assert "row 3" in told
        assert "has_plam" in told
        assert "has_plan" in told


def test_an_unknown_key(place: Place) -> None:
    (place.folder / "survey.toml").write_text('unit_kid = "person"\n', encoding="utf-8")
    refused(place, "unknown_key", 10)
    assert "unit_kind" in place.run().stderr


def test_a_missing_frame_column(place: Place) -> None:
    (place.folder / "frame.csv").write_text("unit_id,name_official\nA,Alpha\n", encoding="utf-8")
    (place.folder / "survey.toml").write_text(
        '[frame]\nfile = "frame.csv"\nscope = "closed"\n', encoding="utf-8"
    )
    refused(place, "frame_column_missing", 10)


def test_a_survey_that_is_not_there(place: Place) -> None:
    done = CliRunner().invoke(app, ["run", "no_such_survey"])
    assert done.exit_code == 2
    assert "unknown_survey" in done.stderr
    assert "migration_policies" in done.stderr


def test_no_questionnaire(place: Place) -> None:
    (place.folder / "questionnaire.xlsx").unlink()
    refused(place, "questionnaire_missing", 10)


@pytest.mark.parametrize(
    ("closed", "code", "exit_code"),
    [
        ("raw/export.csv", "file_not_permitted", 11),
        ("raw", "file_not_permitted", 11),
        ("small/questionnaire.xlsx", "questionnaire_unreadable", 10),
        ("small/survey.toml", "unreadable_declaration", 10),
        ("small/frame.csv", "unreadable_declaration", 10),
    ],
)
def test_what_may_not_be_read(
    place: Place, monkeypatch: pytest.MonkeyPatch, closed: str, code: str, exit_code: int
) -> None:
    """No permission is told with the path; a test run by root would not be refused by itself."""
    (place.folder / "survey.toml").write_text('[frame]\nfile = "frame.csv"\n', encoding="utf-8")
    (place.folder / "frame.csv").write_text("unit_id,name_official,iso2\n", encoding="utf-8")
    path = place.raw.parent / closed

    def refusing(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(at: Any = ".", *rest: Any, **options: Any) -> Any:
            if str(at) == str(path):
                raise PermissionError(13, "Permission denied", str(at))
            return real(at, *rest, **options)

        return run

    monkeypatch.setattr("io.open", refusing(open))
    monkeypatch.setattr("os.listdir", refusing(os.listdir))
    refused(place, code, exit_code)
    assert path.name in " ".join(place.run().stderr.split())


def test_far_fewer_answers_are_held_back_unless_allowed(place: Place) -> None:
    lines = EXPORT.splitlines(keepends=True)
    (place.raw / "export.csv").write_text("".join(lines[:3]), encoding="utf-8")
    refused(place, "far_fewer_responses", 15)
    name = "briefs/desk/quality-*.html"
    (brief,) = (place.out / "small/work").glob(name)
    assert "Stop: do not publish." in brief.read_text(encoding="utf-8")
    assert place.run("--allow-fewer").exit_code == 0
    (brief,) = (place.out / "small/current").glob(name)
    assert "Stop: do not publish." not in brief.read_text(encoding="utf-8")


def test_a_header_without_records_is_an_answer_of_none(tmp_path: Path) -> None:
    """Alone and first it is published and says so."""
    place = Place(tmp_path)
    (place.raw / "export.csv").write_text(EXPORT.splitlines()[0], encoding="utf-8")
    done = place.run("--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["records"] == 0
    assert "no_records" in done.stderr
    page = next((place.out / "small/current/briefs/public").glob("network-*.html"))
    assert "No answers" in page.read_text(encoding="utf-8")


def test_after_answers_a_header_without_records_is_held_back(place: Place) -> None:
    (place.raw / "export.csv").write_text(EXPORT.splitlines()[0], encoding="utf-8")
    refused(place, "far_fewer_responses", 15)


def test_too_much_quarantine_is_held_back(place: Place) -> None:
    twice = EXPORT + "".join(
        f'"no";"";"{n}";"u-{n}";"2025-03-0{n}T10:00:00"\r\n' for n in range(1, 3)
    )
    more = "".join(f'"yes";"1";"{n}";"u-{n}";"2025-04-01T10:00:00"\r\n' for n in range(10, 15))
    (place.raw / "export.csv").write_text(twice + more, encoding="utf-8")
    refused(place, "too_much_quarantined", 15)
    (brief,) = (place.out / "small" / "work" / "briefs" / "desk").glob("quality-*.html")
    assert str(brief) in place.run().stderr.replace("\n", "")
    assert "Stop: do not publish." in brief.read_text(encoding="utf-8")


def test_the_same_question_twice_in_one_place(place: Place) -> None:
    form = FORM + "    | text | budget | Again | | |\n"
    write_form(place.folder / "questionnaire.xlsx", form, CHOICES)
    refused(place, "path_twice", 10)


def test_a_workbook_without_a_survey_sheet(place: Place) -> None:
    write_form(place.folder / "questionnaire.xlsx", "", CHOICES)
    refused(place, "no_survey_sheet", 10)


def test_a_tool_that_nobody_knows(place: Place) -> None:
    refused(place, "unknown_tool", 2, "--tool", "abacus")


def test_a_brief_that_fails(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally(1, 0, ((Path("public/network.en.html"), "ZeroDivisionError"),))
    monkeypatch.setattr("pipeline.cli.report.report", lambda *_args, **_options: tally)
    (place.raw / "export.csv").write_text(EXPORT.replace("100", "900"), encoding="utf-8")
    refused(place, "brief_failed", 14)


@pytest.mark.parametrize(
    ("error", "code"), [(OSError("disk full"), "no_room"), (KeyError("Ana"), "unexpected")]
)
def test_what_nobody_foresaw_is_one_line_without_a_value(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fail(*_args: object) -> None:
        raise error

    monkeypatch.setattr("pipeline.cli.estimate.estimate", fail)
    (place.raw / "export.csv").write_text(EXPORT.replace("100", "900"), encoding="utf-8")
    refused(place, code, 20)
    assert "Ana" not in place.run().output


def test_a_ledger_that_does_not_add_up_is_never_published(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.store.counts.VERDICTS", ("superseded", "quarantined"))
    (place.raw / "export.csv").write_text(EXPORT.replace("100", "900"), encoding="utf-8")
    refused(place, "ledger_does_not_add_up", 15)


def test_a_line_of_the_cleaning_log_that_matches_nothing(place: Place) -> None:
    (place.folder / "cleaning_log.csv").write_text(
        "submission_id,question,action,old_value,new_value,reason,who,date\n"
        "u-99,budget,change,1,2,typing,analyst,2025-05-01\n",
        encoding="utf-8",
    )
    refused(place, "log_matches_nothing", 12)


def test_a_new_survey_is_a_folder_and_never_overwrites_one(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pipeline.cli.PROJECT", tmp_path)
    source = write_form(tmp_path / "form.xlsx", FORM, CHOICES)
    first = CliRunner().invoke(app, ["new", "ours", "--from", str(source)])
    assert first.exit_code == 0, first.output
    assert (tmp_path / "schemas/ours/questionnaire.xlsx").read_bytes() == source.read_bytes()
    text = write_form(tmp_path / "form.md", FORM, CHOICES)
    CliRunner().invoke(app, ["new", "theirs", "--from", str(text)])
    assert (tmp_path / "schemas/theirs/questionnaire.md").read_bytes() == text.read_bytes()
    unknown = CliRunner().invoke(app, ["run", "nobodys"])
    assert "ours, theirs" in unknown.stderr
    again = CliRunner().invoke(app, ["new", "ours"])
    assert again.exit_code == 2
    assert "survey_exists" in again.stderr


def test_status_and_doctor_answer(place: Place) -> None:
    told = CliRunner().invoke(app, ["status", str(place.folder), "--out", str(place.out)])
    assert told.exit_code == 0
    assert "5 records" in told.stderr
    shutil.rmtree(place.out)
    told = CliRunner().invoke(app, ["status", str(place.folder), "--out", str(place.out)])
    assert "no release yet" in told.stderr
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0
