"""A release appears whole or not at all; unchanged inputs are no work."""

import multiprocessing
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from pipeline import store
from pipeline.errors import Problem, RelevoError


def build(shelf: store.Shelf, release: str, text: str = "a") -> Path:
    folder = shelf.start()
    with store.open_work(folder) as work:
        rows = pd.DataFrame({"kind": ["k"], "code": [text], "position": [1], "language": ["en"]})
        rows = rows.assign(text=text, status="")
        store.write_table(work.survey, "ask.reference", rows)
    (folder / "page.html").write_text(text, encoding="utf-8")
    return shelf.publish(release, {"summary": {"responses": 1}})


def test_current_points_to_the_newest_whole_release(tmp_path: Path) -> None:
    shelf = store.Shelf(tmp_path / "s")
    assert shelf.manifest() is None
    build(shelf, "one")
    build(shelf, "two")
    assert shelf.current.is_symlink()
    assert shelf.current.readlink() == Path("releases/two")
    manifest = shelf.manifest()
    assert manifest and manifest["release"] == "two"
    assert manifest["files"]["page.html"]["bytes"] == 1
    assert not shelf.work.exists()


def test_the_newest_three_releases_stay(tmp_path: Path) -> None:
    shelf = store.Shelf(tmp_path / "s")
    for name in ("a", "b", "c", "d"):
        build(shelf, name)
    assert {path.name for path in (tmp_path / "s/releases").iterdir()} == {"b", "c", "d"}


def test_the_same_rows_give_the_same_manifest(tmp_path: Path) -> None:
    texts = [
        (build(store.Shelf(tmp_path / name), "one") / "manifest.json").read_text("utf-8")
        for name in ("x", "y")
    ]
    assert texts[0] == texts[1]
    other = build(store.Shelf(tmp_path / "z"), "one", "b") / "manifest.json"
    assert other.read_text("utf-8") != texts[0]


def test_the_hash_of_a_database_sees_every_difference_of_its_rows(tmp_path: Path) -> None:
    versions = [
        "('a', 'b'), ('c', 'd')", "('c', 'd'), ('a', 'b')", "('a, b', ''), ('c', 'd')",
        "('a', NULL), ('c', 'd')", "('a', 'NULL'), ('c', 'd')", "('a', ''), ('c', 'd')",
        "('a', 'b')", "('''a''', 'b'), ('c', 'd')",
    ]  # fmt: skip
    found = set()
    for number, rows in enumerate([*versions, versions[0]]):
        with store.connect(tmp_path / f"{number}.duckdb") as con:
            con.execute("CREATE SCHEMA s")
            con.execute(f'CREATE TABLE s.t AS FROM (VALUES {rows}) AS t("a", "say ""b")')
            found.add(store.rows_sha256(con))
    assert len(found) == len(versions)


def test_a_build_that_breaks_leaves_the_current_release_alone(tmp_path: Path) -> None:
    shelf = store.Shelf(tmp_path / "s")
    build(shelf, "one")
    folder = shelf.start()
    (folder / "half.html").write_text("half", encoding="utf-8")
    assert (shelf.current / "page.html").read_text("utf-8") == "a"
    build(shelf, "two")
    assert not (shelf.current / "half.html").exists()


def test_confidential_files_are_closed_to_others(tmp_path: Path) -> None:
    release = build(store.Shelf(tmp_path / "s"), "one")
    assert (release / "confidential").stat().st_mode & 0o777 == 0o700


def test_the_release_id_follows_the_bytes_of_the_inputs(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep/a.csv").write_text("1", encoding="utf-8")
    one = store.release_id({"raw": tmp_path / "x"}, {})
    assert store.release_id({"raw": tmp_path / "y"}, {}) == one
    (tmp_path / "y/codebook.md").write_text("made from the others", encoding="utf-8")
    assert store.release_id({"raw": tmp_path / "y"}, {}) == one
    (tmp_path / "y/b.csv").write_text("", encoding="utf-8")
    assert store.release_id({"raw": tmp_path / "y"}, {}) != one
    assert store.release_id({"raw": tmp_path / "x"}, {"tool": "odk"}) != one


def hold(root: Path, ready: "multiprocessing.synchronize.Event", done: object) -> None:
    with store.Shelf(root).lock():
        ready.set()
        done.wait(10)  # type: ignore[attr-defined]


def test_a_second_run_is_refused_and_names_the_first(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "s", ready, done))
    other.start()
    assert ready.wait(30)
    with pytest.raises(RelevoError) as error, store.Shelf(tmp_path / "s").lock():
        pass
    done.set()
    other.join()
    assert error.value.findings[0].problem is Problem.another_run
    assert error.value.findings[0].values["process"] == str(other.pid)


def test_a_locked_database_reads_no_other_file(tmp_path: Path) -> None:
    release = build(store.Shelf(tmp_path / "s"), "one")
    con = store.connect_locked(store.database_path(release, "survey"))
    with pytest.raises(Exception, match="disabled"):
        con.execute("SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(Exception, match="locked"):
        con.execute("SET enable_external_access = true")
    con.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Córdoba (AR)", "cordoba-ar"),
        ("../../etc/passwd", "etc-passwd"),
        ("São João d'Água", "sao-joao-d-agua"),
        ("北京", "x"),
        ("a" * 300, "a" * 60),
    ],
)
def test_a_slug_is_safe_in_every_file_system(text: str, expected: str) -> None:
    assert store.slug(text) == expected


def test_two_units_of_one_slug_are_two_files() -> None:
    assert store.brief_name("government", "A B", "es") != store.brief_name(
        "government", "a-b", "es"
    )


def identify(roots: Mapping[str, Path]) -> str:
    return store.release_id(roots, {})


def test_what_left_the_house_is_an_input_of_the_next_release_but_not_of_itself(
    tmp_path: Path,
) -> None:
    shelf, raw = store.Shelf(tmp_path / "s"), tmp_path / "raw"
    first, before = store.before_this(store.published(raw), identify)
    assert before == ()
    build(shelf, first)
    kept = store.publish(shelf, raw)
    assert kept.summary == {"responses": 1}
    assert store.publish(shelf, raw) == kept
    left = store.published(raw)
    assert left == (kept,)
    assert store.before_this(left, identify) == (first, ())

    def changed(roots: Mapping[str, Path]) -> str:
        return store.release_id(roots, {"raw": "other bytes"})

    second, before = store.before_this(left, changed)
    assert before == left
    assert second not in {first, store.release_id({}, {"raw": "other bytes"})}


def test_nothing_can_leave_the_house_before_there_is_a_release(tmp_path: Path) -> None:
    with pytest.raises(RelevoError) as caught:
        store.publish(store.Shelf(tmp_path / "s"), tmp_path / "raw")
    assert [f.problem for f in caught.value.findings] == [Problem.no_release]
