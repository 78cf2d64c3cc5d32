"""The documents cannot lie: locks, README and Makefile against what is there."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from pipeline.cli import app
from pipeline.errors import Effect, Exit, Finding, Problem

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def name_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_hashes_and_no_address(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|file:|--find-links|--index-url|--extra-index-url", text)
    pins = re.findall(r"^([a-z0-9.-]+)==", text, flags=re.MULTILINE)
    assert set(map(name_of, DECLARED["dependencies"])) <= set(pins)
    assert text.count("--hash=sha256:") >= len(pins)


def test_the_readme_says_why_each_dependency_was_chosen() -> None:
    every = DECLARED["dependencies"] + [
        name for names in DECLARED["optional-dependencies"].values() for name in names
    ]
    missing = [name for name in map(name_of, every) if f"| {name} |" not in README]
    assert not missing


def test_the_readme_names_every_command_and_make_target() -> None:
    commands = [command.name or command.callback.__name__ for command in app.registered_commands]
    targets = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.MULTILINE)
    for word in [*commands, *targets]:
        assert re.search(rf"\b{word}\b", README), word


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 170


def test_make_alone_prints_help() -> None:
    told = subprocess.run(["make"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert "make report" in told and "make test" in told


def test_every_problem_has_a_code_a_text_and_a_remedy() -> None:
    for problem in Problem:
        assert re.fullmatch(r"[a-z0-9_]+", problem.name)
        assert isinstance(problem.effect, Exit | Effect)
        assert problem.what and problem.remedy.endswith((".", "?"))


def test_every_problem_is_produced_by_some_test() -> None:
    tests = PROJECT / "tests"
    sources = "\n".join(path.read_text(encoding="utf-8") for path in tests.rglob("*.py"))
    assert not [p.name for p in Problem if not re.search(rf"\b{p.name}\b", sources)]


def test_a_finding_says_where_what_and_what_to_do_next() -> None:
    finding = Finding(Problem.another_run, file="lock", row=3, values={"process": 12})
    assert str(finding) == (
        "lock, row 3: another run is working in this folder (process 12). "
        "Wait for it to end, or stop it, then run again."
    )
