"""One small release, filled once and never written to; and all its pages, made once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.report import Tally, report
from tests.report import release


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release folder whose databases are full and whose briefs are not made."""
    folder = tmp_path_factory.mktemp("filled")
    release.fill(folder)
    return folder


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tally]:
    """A release folder with its briefs, and what `report` said of them."""
    folder = tmp_path_factory.mktemp("printed")
    release.fill(folder)
    return folder, report(release.survey(), folder, jobs=2, languages=("es", "fr"))


@pytest.fixture
def opened(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`open_brief` finds the filled release."""
    monkeypatch.setenv("RELEVO_WORK", str(filled))
    yield filled
    assert os.environ["RELEVO_WORK"] == str(filled)
