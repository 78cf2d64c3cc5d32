"""Rules that can be applied and are probably not meant: told by `relevo check`, still applied."""

from pathlib import Path

import pytest

from pipeline.ask import check
from tests.forms import write_form

CHOICES = """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """


@pytest.mark.parametrize(
    ("relevant", "constraint", "codes"),
    [
        ("${plan} = 'yes'", "", []),
        ("${plan} = 'si'", "", ["unknown_code_in_rule", "never_asked"]),
        ("${day} > 5", "", ["kind_mismatch"]),
        ("selected(${count}, 'a')", "", ["kind_mismatch"]),
        ("", "regex(., '^[a-z]+$')", []),
        ("", "regex(., '[a-z]+')", ["loose_pattern"]),
    ],
)
def test_doubts(tmp_path: Path, relevant: str, constraint: str, codes: list[str]) -> None:
    write_form(
        tmp_path / "questionnaire.xlsx",
        f"""
        | type          | name  | label | relevant   | constraint   |
        |---------------|-------|-------|------------|--------------|
        | select_one yn | plan  | Plan  |            |              |
        | date          | day   | Day   |            |              |
        | integer       | count | Count |            |              |
        | text          | why   | Why   | {relevant} | {constraint} |
        """,
        CHOICES,
    )
    found = [one.problem.name for one in check(tmp_path) if one.question == "why"]
    assert found == codes
