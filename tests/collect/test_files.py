"""Which files are read, and that all are judged before one is refused."""

from pathlib import Path

import pytest

from pipeline.ask import Survey, Wave
from pipeline.collect import collect
from pipeline.errors import Exit, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows

EXPORT = "city,_uuid\nLima,a\n"


def test_files_are_read_by_name_and_others_are_left_alone(collected: Collect) -> None:
    names = ["b.csv", "a.csv", "sub/c.CSV", ".hidden.csv", "~$a.xlsx", "contacts.csv"]
    work = collected(
        dict.fromkeys([*names, "published/x.csv"], EXPORT) | {"erased.csv": "salt,sha256\n"}
    )
    assert rows(work, "SELECT file_id, path FROM collect.file") == [
        (1, "a.csv"),
        (2, "b.csv"),
        (3, "sub/c.CSV"),
    ]


def test_each_wave_has_its_folder(collected: Collect) -> None:
    waves = (Wave("1", raw="", state="final"), Wave("2", raw="second"))
    work = collected({"a.csv": EXPORT, "second/a.csv": EXPORT}, waves=waves)
    assert rows(work, "SELECT wave, path FROM collect.file") == [
        ("1", "a.csv"),
        ("2", "second/a.csv"),
    ]


def test_every_refused_file_is_told_at_once(collected: Collect) -> None:
    with pytest.raises(RelevoError) as error:
        collected({"a.csv": "", "b.csv": EXPORT, "c.pdf": "x", "d.csv": "x\ny\n"})
    found = [(finding.file, finding.problem.name) for finding in error.value.findings]
    assert found == [
        ("a.csv", "empty_file"),
        ("c.pdf", "file_kind"),
        ("d.csv", "no_question_in_header"),
    ]
    assert error.value.exit == Exit.FILE


def test_a_wave_without_files_is_refused_unless_it_is_still_open(collected: Collect) -> None:
    waves = (Wave("1", raw="first"), Wave("2", raw="second"), Wave("3", raw="new", state="open"))
    with pytest.raises(RelevoError) as error:
        collected({"first/a.csv": EXPORT}, waves=waves)
    assert [str(finding) for finding in error.value.findings] == [
        "second: no export was found for wave 2. Put the survey tool's export (.xlsx or .csv) "
        "there, or name another folder with --raw."
    ]


def test_a_raw_folder_that_is_not_there_has_no_files(tmp_path: Path, work: Work) -> None:
    waves = (Wave("1", state="open"),)
    survey = Survey("small", tmp_path, {}, waves=waves, questionnaires={"1": questionnaire()})
    with pytest.raises(RelevoError) as error:
        collect(survey, tmp_path / "raw", work)
    assert error.value.findings[0].problem.name == "no_raw_files"


def test_a_tool_that_is_not_known_is_named_with_those_that_are(tmp_path: Path, work: Work) -> None:
    survey = Survey("small", tmp_path, {}, questionnaires={"1": questionnaire()})
    with pytest.raises(RelevoError) as error:
        collect(survey, tmp_path, work, tool="excel")
    assert error.value.exit == Exit.USAGE
    assert "kobo" in str(error.value)
