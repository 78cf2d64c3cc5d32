"""The import rule: a room imports ask, store, texts and errors, never another room."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline

PACKAGE = Path(pipeline.__file__).parent
ROOMS = {"ask", "collect", "edit", "estimate", "report"}
LEAVES = {"texts", "errors"}
ALLOWED = {
    "ask": LEAVES,
    "store": LEAVES,
    "texts": set[str](),
    "errors": set[str](),
    **{room: {"ask", "store"} | LEAVES for room in ROOMS - {"ask"}},
}
NOT_A_NAME = {"utils", "helpers", "common", "base", "manager"}


def imported(tree: ast.AST) -> Iterator[str]:
    """Full dotted names of all that a module imports anywhere; relative imports are banned."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_a_room_imports_no_other_room(part: str) -> None:
    for path in [*PACKAGE.glob(f"{part}.py"), *PACKAGE.glob(f"{part}/**/*.py")]:
        ours = {
            name.split(".")[1]
            for name in imported(ast.parse(path.read_text(encoding="utf-8")))
            if name.startswith("pipeline.")
        }
        assert ours <= ALLOWED[part] | {part}, path


def test_the_test_sees_every_way_of_importing() -> None:
    source = "import pipeline.report.charts\ndef f():\n    from pipeline import report\n"
    assert set(imported(ast.parse(source))) == {"pipeline.report.charts", "pipeline.report"}


def test_the_folder_listing_is_the_design() -> None:
    found = {part_of(path) for path in PACKAGE.rglob("*.py")}
    assert found == ROOMS | LEAVES | {"store", "cli", "__init__"}


def test_no_module_is_a_drawer() -> None:
    assert not {path.stem for path in PACKAGE.rglob("*.py")} & NOT_A_NAME


def test_the_top_level_is_fixed() -> None:
    allowed = {
        *("pyproject.toml", "pipeline", "notebooks", "data", "schemas", "tests", "Makefile"),
        *("README.md", "requirements.lock", "requirements-dev.lock", "LICENSE", "CHANGELOG.md"),
        *(".ci", ".gitignore"),
    }
    listed = subprocess.run(
        ["git", "ls-files"], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split("/")[0] for line in listed.splitlines()} == allowed
