"""released_texts.csv: what a person let go is read, what it names must be there."""

from pathlib import Path

import pytest

from pipeline.ask import read_survey
from pipeline.ask.released import Released
from pipeline.errors import Problem, RelevoError
from tests.forms import write_form

FORM = """
    | type         | name   | label    |
    |--------------|--------|----------|
    | text         | brings | Brings   |
    | begin_repeat | policy | Policy   |
    | text         | p_text | Text     |
    | end_repeat   | policy |          |
    """
HASH = "ab" * 32


def read(folder: Path, lines: str) -> tuple[Released, ...]:
    write_form(folder / "questionnaire.xlsx", FORM)
    (folder / "released_texts.csv").write_text(lines, encoding="utf-8")
    return read_survey(folder).released


def test_a_line_names_a_text_or_a_passage_of_it(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "submission_id,question,start,end,sha256,codes,who,date\n"
        f"u1,brings,0,12,{HASH.upper()},M1 care,Ana,2025-06-01\n"
        f"u1,policy[2]/p_text,,,{HASH},,Ana,2025-06-01\n",
    )
    assert found == (
        Released("u1", "brings", "", 0, 12, HASH, ("M1", "care"), 2),
        Released("u1", "p_text", "policy[2]", None, None, HASH, (), 3),
    )


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("submission_id,question\nu1,brings\n", Problem.column_missing),
        (f"submission_id,question,sha256\nu1,bring,{HASH}\n", Problem.unknown_question),
        (f"submission_id,question,start,sha256\nu1,brings,one,{HASH}\n", Problem.wrong_kind),
    ],
)
def test_what_a_line_names_must_be_there(tmp_path: Path, lines: str, problem: Problem) -> None:
    with pytest.raises(RelevoError) as told:
        read(tmp_path, lines)
    assert [finding.problem for finding in told.value.findings] == [problem]
