"""What every test may ask for: the shared test material, and an empty work folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store import Work, connect

PROJECT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("RELEVO_SHARED", PROJECT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real and hostile files beside the project; where absent the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared test material is not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the project."""
    return PROJECT


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """Three empty databases."""
    names = ("confidential", "members", "survey")
    opened = [connect(tmp_path / f"{name}.duckdb") for name in names]
    yield Work(tmp_path, *opened)
    for con in opened:
        con.close()
