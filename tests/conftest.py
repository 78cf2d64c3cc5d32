"""What every test may ask for: the shared test material, and an empty work folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from hypothesis import HealthCheck, settings

from pipeline.store import Work, connect

PROJECT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("RELEVO_SHARED", PROJECT.parent / "shared"))

# A change passes or fails the same way each time it is tried; the long sweeps look further. How
# fast a machine draws examples says nothing about the program.
settings.register_profile("free", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fixed", settings.get_profile("free"), derandomize=True)
settings.load_profile("fixed")


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


@pytest.fixture(scope="session")
def servers() -> Iterator[list[DuckDBPyConnection]]:
    """Three databases, started once: a start takes longer than most tests."""
    opened = [connect(":memory:") for _ in range(3)]
    yield opened
    for con in opened:
        con.close()


@pytest.fixture
def work(tmp_path: Path, servers: list[DuckDBPyConnection]) -> Iterator[Work]:
    """Three empty databases; in memory, for to open and close a file waits for the disk."""
    opened = [server.cursor() for server in servers]
    for con in opened:
        con.execute("ATTACH ':memory:' AS empty; USE empty")
    yield Work(tmp_path, *opened)
    for con, server in zip(opened, servers, strict=True):
        con.close()
        server.execute("DETACH empty")
