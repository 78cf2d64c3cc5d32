"""Raw files without one submission, in each format; and an old export that brings nobody back."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from pipeline.ask import Survey, Wave
from pipeline.collect import Erasure, plan_erasure
from pipeline.errors import RelevoError
from pipeline.store import replace_files
from tests.collect.conftest import Collect, questionnaire, rows
from tests.workbooks import xls, xlsx, zipped

ANA = "aaaaaaaa-0000-4000-8000-000000000001"
EVA = "eeeeeeee-0000-4000-8000-000000000002"
OLD = "aaaaaaaa-0000-4000-8000-000000000000"  # the version that Ana's replaced
KOBO = f"""city,has_plan,_id,_uuid,_submission_time,meta/rootUuid,formhub/uuid
"Ana's city
by the river",yes,1,{ANA},2025-03-01T10:00:00,uuid:{OLD},f0f0f0f0-0000-4000-8000-000000000009

Eva's city,no,2,{EVA},2025-03-02T10:00:00,,f0f0f0f0-0000-4000-8000-000000000009
"""
ANAS = "Ana"

Plan = Callable[..., Erasure]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Plan the erasure of a submission of the exports in `raw`, and carry it out."""

    def run(submission: str, **more: object) -> Erasure:
        waves = more.pop("waves", (Wave(),))
        forms = {wave.id: questionnaire() for wave in waves}  # type: ignore[attr-defined]
        survey = Survey("small", tmp_path, {}, waves=waves, questionnaires=forms)  # type: ignore[arg-type]
        planned = plan_erasure(survey, tmp_path / "raw", submission, **more)  # type: ignore[arg-type]
        replace_files(planned.files)
        return planned

    return run


def ends(work: object) -> list[tuple[object, ...]]:
    """What became of each record in collect."""
    sql = "SELECT submission_id, repeat, outcome, reason FROM collect.record ORDER BY record_id"
    return rows(work, sql)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "windows-1252"])
def test_of_a_text_every_other_byte_stays(
    collected: Collect, plan: Plan, tmp_path: Path, encoding: str
) -> None:
    text = KOBO.replace("Eva's city", "Ciudad de Él").replace("\n", "\r\n")
    collected({"a.csv": text.encode(encoding)})
    assert plan(ANA).records == {"a.csv": 1}
    lines = text.splitlines(keepends=True)
    assert (tmp_path / "raw/a.csv").read_bytes() == "".join([lines[0], *lines[3:]]).encode(encoding)


def test_every_version_and_copy_goes_from_every_file(
    collected: Collect, plan: Plan, tmp_path: Path
) -> None:
    first = f"city,has_plan,_id,_uuid\nAna's town,no,7,{OLD}\nEva's city,no,2,{EVA}\n"
    collected({"a.csv": KOBO, "b/copy.csv": KOBO, "c.csv": first})
    planned = plan(f"uuid:{ANA}")
    assert planned.records == {"a.csv": 1, "b/copy.csv": 1, "c.csv": 1}
    assert planned.ids >= {ANA, OLD}
    left = b"".join(path.read_bytes() for path in (tmp_path / "raw").rglob("*.csv"))
    assert ANAS.encode() not in left
    assert left.count(EVA.encode()) == 3


def test_an_old_export_brings_nobody_back_in_any_layout(collected: Collect, plan: Plan) -> None:
    collected({"a.csv": KOBO})
    plan(ANA)
    layouts = {
        "a.csv": KOBO,
        "b.csv": f"has_plan,city,_uuid\nyes,Ana's city,uuid:{ANA.upper()}\n",
        "c.csv": "city,has_plan,_id,_submission_time\nAna's city,yes,1,2025-03-01T10:00:00\n",
        "d.csv": f"city,has_plan,_uuid\nAna's town,no,{OLD}\n",
    }
    work = collected(layouts)
    gone = ("", "", "unreadable", "erased")
    assert ends(work) == [gone, (EVA, "", "submission", ""), gone, gone, gone]
    kept = work.confidential.execute("SELECT count(DISTINCT sha256) FROM collect.record "
                                     "WHERE reason = 'erased'").fetchall()  # fmt: skip
    assert kept == [(1,)]
    assert rows(work, "SELECT submission_id, city FROM collect.submission") == [(EVA, "Eva's city")]


def test_the_list_tells_nothing_and_is_added_to(
    collected: Collect, plan: Plan, tmp_path: Path
) -> None:
    collected({"a.csv": KOBO})
    plan(ANA)
    first = (tmp_path / "raw/erased.csv").read_text(encoding="utf-8")
    plan(EVA)
    both = (tmp_path / "raw/erased.csv").read_text(encoding="utf-8")
    assert both.startswith(first)
    assert both.splitlines()[0] == "salt,sha256"
    assert len({line.split(",")[0] for line in both.splitlines()[1:]}) == 1
    assert not any(one in both for one in (ANA, EVA, OLD, ANAS))


def test_of_a_workbook_the_rows_of_repeats_go_and_other_sheets_stay(
    collected: Collect, plan: Plan, tmp_path: Path
) -> None:
    book = {
        "main": [
            ["city", "has_plan", "_id", "_uuid", "_index"],
            ["Ana's city", "yes", 1, ANA, 1],
            ["Eva's city", "no", 2, EVA, 2],
        ],
        "pol": [
            ["title", "_index", "_parent_table_name", "_parent_index", "_submission__uuid"],
            ["Ana's plan", 1, "main", 1, ANA],
            ["Eva's plan", 2, "main", 2, EVA],
            ["Ana's lost plan", 3, "main", 9, ANA],
        ],
        "act": [
            ["what", "_index", "_parent_table_name", "_parent_index", "_submission__uuid"],
            ["Ana's action", 1, "pol", 1, ANA],
        ],
        "notes": [["written by hand", "2025"], ["stays", None], ["of", ANA]],
    }
    collected({"a.xlsx": xlsx(book)})
    assert plan(ANA).records == {"a.xlsx": 5}
    path = tmp_path / "raw/a.xlsx"
    left = {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
        for sheet in openpyxl.load_workbook(path)
    }
    assert left == {
        "main": [book["main"][0], book["main"][2]],
        "pol": [book["pol"][0], book["pol"][2]],
        "act": [book["act"][0]],
        "notes": book["notes"][:2],
    }
    with zipfile.ZipFile(path) as archive:
        assert not any(ANAS.encode() in archive.read(name) for name in archive.namelist())
    work = collected({"a.xlsx": xlsx(book)})
    gone = [("", repeat, "unreadable", "erased") for repeat in ("", "pol", "pol", "act")]
    assert [end for end in ends(work) if end[3] == "erased"] == gone


def test_of_a_zip_the_tables_and_the_attachments_that_it_names(
    collected: Collect, plan: Plan, tmp_path: Path
) -> None:
    def of(city: str, key: str, photo: str) -> str:
        return f"2025-03-01T10:00:00.000Z,{city},yes,{photo},uuid:{key}\n"

    main = "SubmissionDate,city,work-has_plan,place,KEY\n"
    inner = "title,PARENT_KEY,KEY\n"
    members = {
        "form.csv": main + of("Ana's city", ANA, "ana.jpg") + of("Eva's city", EVA, "eva.jpg"),
        "form-pol.csv": inner
        + f"Ana's plan,uuid:{ANA},uuid:{ANA}/pol[1]\n"
        + f"Eva's plan,uuid:{EVA},uuid:{EVA}/pol[1]\n",
        "media/ana.jpg": "a face",
        "media/eva.jpg": "a face",
    }
    export = zipped({name: text.encode() for name, text in members.items()})
    collected({"a.zip": export})
    assert plan(ANA).records == {"a.zip": 2}
    with zipfile.ZipFile(BytesIO((tmp_path / "raw/a.zip").read_bytes())) as archive:
        left = {name: archive.read(name).decode() for name in archive.namelist()}
    assert left == {
        "form.csv": main + of("Eva's city", EVA, "eva.jpg"),
        "form-pol.csv": inner + f"Eva's plan,uuid:{EVA},uuid:{EVA}/pol[1]\n",
        "media/eva.jpg": "a face",
    }
    assert [end[3] for end in ends(collected({"a.zip": export}))] == ["erased", "", "erased", ""]


def test_a_file_that_cannot_be_written_refuses_before_anything_changes(
    collected: Collect, plan: Plan, tmp_path: Path
) -> None:
    sheet = [["city", "has_plan", "_uuid"], ["Ana's city", "yes", ANA], ["Eva's", "no", EVA]]
    collected({"a.csv": KOBO, "b.xls": xls({"main": sheet})})
    with pytest.raises(RelevoError) as refused:
        plan(ANA)
    (finding,) = refused.value.findings
    assert (finding.problem.name, finding.file) == ("not_erasable", "b.xls")
    assert "export" in str(finding)
    assert ANA not in str(finding)
    assert (tmp_path / "raw/a.csv").read_text(encoding="utf-8") == KOBO
    assert not (tmp_path / "raw/erased.csv").exists()


def test_a_submission_without_an_id_is_known_by_what_it_says(
    collected: Collect, plan: Plan
) -> None:
    text = "city,has_plan\nAna's city,yes\nEva's city,no\nEva's city,no\n"
    ids = [end[0] for end in ends(collected({"a.csv": text}))]
    assert [finding.problem.name for finding in plan(str(ids[0])).findings] == []
    assert [end[3] for end in ends(collected({"a.csv": text}))] == ["erased", "", ""]


def test_of_two_that_say_the_same_one_goes_and_the_other_is_not_taken_for_it(
    collected: Collect, plan: Plan, tmp_path: Path
) -> None:
    text = "city,has_plan\nSame city,yes\nOther,no\nSame city,yes\n"
    ids = [end[0] for end in ends(collected({"a.csv": text}))]
    planned = plan(str(ids[2]))
    assert [finding.problem.name for finding in planned.findings] == ["not_recognisable"]
    path = tmp_path / "raw/a.csv"
    assert path.read_text(encoding="utf-8") == "city,has_plan\nSame city,yes\nOther,no\n"
    assert [end[3] for end in ends(collected({}))] == ["", ""]


def test_a_number_means_a_submission_of_one_wave(collected: Collect, plan: Plan) -> None:
    waves = (Wave(id="2023", raw="2023"), Wave(id="2025", raw="2025"))
    files = {f"{wave.id}/a.csv": f"city,has_plan,_id\nCity of {wave.id},yes,5\n" for wave in waves}
    collected(files, waves=waves)
    with pytest.raises(RelevoError) as refused:
        plan("id:5", waves=waves)
    assert refused.value.findings[0].problem.name == "submission_in_several_waves"
    assert "2025/id:5" in str(refused.value)
    assert plan("2025/id:5", waves=waves).records == {"2025/a.csv": 1}
    work = collected(files, waves=waves)
    assert [end[3] for end in ends(work)] == ["", "erased"]


def test_who_is_in_no_file_is_told(collected: Collect, plan: Plan) -> None:
    collected({"a.csv": KOBO})
    with pytest.raises(RelevoError) as refused:
        plan("someone")
    assert refused.value.findings[0].problem.name == "unknown_submission"
    assert "someone" not in str(refused.value)
    assert plan(ANA).findings == ()
    assert [finding.problem.name for finding in plan(ANA).findings] == ["erased_before"]
    collected({"old.csv": KOBO})
    assert plan(ANA).records == {"old.csv": 1}


def test_a_list_that_cannot_be_read_stops_the_run(collected: Collect) -> None:
    with pytest.raises(RelevoError) as refused:
        collected({"a.csv": KOBO, "erased.csv": "hash\nabc\n"})
    assert refused.value.findings[0].problem.name == "column_missing"


def test_the_long_way_and_the_way_by_columns_withhold_the_same(
    collected: Collect, plan: Plan
) -> None:
    head = "city,has_plan,needs,needs_other,_id,_uuid,_submission_time\n"
    said = "City {n},yes,money,none,{n},u-{n},2025-03-01T10:00:00\n"
    text = head + "".join(said.format(n=n) for n in range(1, 1501))
    collected({"a.csv": text})
    plan("u-1400")
    plan("u-3")
    work = collected({"a.csv": text})
    erased = rows(work, "SELECT record_number FROM collect.record WHERE reason = 'erased'")
    assert erased == [(3,), (1400,)]
    assert rows(work, "SELECT count(*) FROM collect.submission") == [(1498,)]


def test_one_that_only_a_release_holds_is_listed_too(collected: Collect, plan: Plan) -> None:
    collected({"a.csv": KOBO.replace(ANA, OLD)})
    assert plan(EVA.replace("2", "3"), is_known=True).records == {}
    work = collected({"a.csv": KOBO.replace(EVA, EVA.replace("2", "3"))})
    assert [end[3] for end in ends(work)] == ["", "erased"]
