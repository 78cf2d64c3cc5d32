"""A small form, and `collected`: exports in, the work databases out."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pipeline.ask import Questionnaire, Survey, Wave, read_questionnaire
from pipeline.collect import collect
from pipeline.store import Work, connect
from tests.forms import write_form
from tests.workbooks import xlsx as workbook

__all__ = ["Collect", "questionnaire", "rows", "workbook"]

FORM = """
    | type                  | name     | label     |
    |-----------------------|----------|-----------|
    | start                 | start    |           |
    | end                   | end      |           |
    | text                  | city     | City      |
    | begin_group           | work     | Work      |
    | select_one yn         | has_plan | A plan?   |
    | select_multiple needs | needs    | Needs     |
    | text                  | needs_other | Which? |
    | end_group             |          |           |
    | geopoint              | place    | Where?    |
    | begin_repeat          | pol      | Policies  |
    | text                  | title    | Title     |
    | begin_repeat          | act      | Actions   |
    | text                  | what     | What?     |
    | end_repeat            |          |           |
    | end_repeat            |          |           |
    """
CHOICES = """
    | list_name | name     | label    |
    |-----------|----------|----------|
    | yn        | yes      | Yes      |
    | yn        | no       | No       |
    | needs     | money    | Money    |
    | needs     | training | Training |
    | needs     | other    | Other    |
    """


@cache
def questionnaire(form: str = FORM, choices: str = CHOICES) -> Questionnaire:
    """A form written as Markdown tables."""
    with TemporaryDirectory() as folder:
        return read_questionnaire(write_form(Path(folder) / "form.md", form, choices))


@pytest.fixture(scope="session")
def work() -> Iterator[Work]:
    """Three databases in memory, opened once; `collected` empties them first."""
    opened = [connect(":memory:") for _ in range(3)]
    yield Work(Path(), *opened)
    for con in opened:
        con.close()


Collect = Callable[..., Work]


@pytest.fixture
def collected(tmp_path: Path, work: Work) -> Collect:
    """Write files (path below raw to text or bytes), collect them, hand back the databases."""

    def run(
        files: Mapping[str, str | bytes],
        form: Questionnaire | None = None,
        tool: str = "",
        **declared: Any,
    ) -> Work:
        raw = tmp_path / "raw"
        raw.mkdir(exist_ok=True)
        for path, content in files.items():
            (raw / path).parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else content.encode()
            (raw / path).write_bytes(data)
        waves = declared.get("waves", (Wave(),))
        forms = dict.fromkeys((wave.id for wave in waves), form or questionnaire())
        for con in (work.confidential, work.members):
            con.execute("DROP SCHEMA IF EXISTS collect CASCADE")
        survey = Survey("small", tmp_path, {}, **({"questionnaires": forms} | declared))
        collect(survey, raw, work, tool)
        return work

    return run


def rows(work: Work, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the confidential database."""
    return work.confidential.execute(sql).fetchall()
