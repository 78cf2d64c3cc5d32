"""Files written again without some records: only these go, and all files change or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.store import replace_files, without_records, without_rows, without_units

TEXT = 'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n3,"""q"""'


def test_a_record_goes_with_all_its_lines_and_blank_lines_stay() -> None:
    assert without_records(TEXT, ",", {2}) == 'a,b\r\n\r\n2,z\r\n3,"""q"""'
    assert without_records(TEXT, ",", {5, 6}) == 'a,b\r\n1,"x\r\ny"\r\n\r\n'
    assert without_records(TEXT, ",", ()) == TEXT


def test_rows_go_by_what_their_cells_say_and_the_mark_of_the_encoding_stays() -> None:
    left, count = without_rows("\ufeff" + TEXT, ",", lambda row: row.get("b") in {"x\r\ny", "z"})
    assert (left, count) == ('\ufeffa,b\r\n\r\n3,"""q"""', 2)
    assert without_rows("", ",", lambda row: True) == ("", 0)


def test_all_files_change_or_none(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "missing/b.csv"
    first.write_text("old", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        replace_files({first: b"new", second: b"new"})
    assert first.read_text(encoding="utf-8") == "old"


def test_of_what_another_survey_published_only_rows_of_the_joined_one_go(tmp_path: Path) -> None:
    folder = tmp_path / "published/0001-abc"
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text("{}", encoding="utf-8")
    names = "survey,wave,unit_id,name\n"
    policies = ["main,2025,A,one\n", "talks,2025,A,two\n", "main,2025,B,three\n", "main,2025,,no\n"]
    path = folder / "estimate_policy.csv"
    path.write_text(names + "".join(policies), encoding="utf-8")
    (folder / "estimate_named_answer.csv").write_text("wave,unit_id\n2025,A\n", encoding="utf-8")
    files, rows = without_units(tmp_path, {("2025", "A"), ("2025", "")}, (), "main")
    assert files == {path: (names + "".join(policies[1:])).encode()}
    assert rows == {"published/0001-abc/estimate_policy.csv": 1}
