"""renames.csv: confirmed renames, and everything that may be wrong with them."""

from pathlib import Path

import pytest

from pipeline.ask import Rename, read_survey
from pipeline.errors import RelevoError
from tests.forms import write_form

FORM = """
    | type          | name       | label   |
    |---------------|------------|---------|
    | select_one yn | has_office | Office? |
    | integer       | staff      | Staff   |
    """
CHOICES = """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """
WAVES = '[[wave]]\nid = "2023"\nraw = "2023"\n[[wave]]\nid = "2025"\nraw = "2025"\n'


def read(folder: Path, renames: str) -> tuple[Rename, ...]:
    write_form(folder / "questionnaire.xlsx", FORM, CHOICES)
    (folder / "survey.toml").write_text(WAVES, encoding="utf-8")
    (folder / "renames.csv").write_text(renames, encoding="utf-8")
    return read_survey(folder).renames


def test_rows_of_one_rename_add_changed_codes(tmp_path: Path) -> None:
    renames = read(
        tmp_path,
        """wave,old,new,old_value,new_value
           2025,office,has_office,1,yes
           2025,office,has_office,0,no
           ,Personal,staff,,""".replace("  ", ""),
    )
    assert renames == (
        Rename("2025", "office", "has_office", {"1": "yes", "0": "no"}),
        Rename("", "Personal", "staff", {}),
    )
    assert [one.is_of("2023") for one in renames] == [False, True]


@pytest.mark.parametrize(
    ("renames", "code", "row"),
    [
        ("old,new\nx,has_ofice\n", "unknown_question", 2),
        ("wave,old,new\n2024,x,staff\n", "unknown_wave", 2),
        ("old,new,old_value,new_value\nx,has_office,1,yess\n", "declared_code_unknown", 2),
        ("old,new\nx,staff\nx,has_office\n", "rename_twice", 3),
        (
            "old,new,old_value,new_value\nx,has_office,1,yes\nx,has_office,1,no\n",
            "rename_twice",
            3,
        ),
        ("old,neu\nx,staff\n", "column_missing", 1),
    ],
)
def test_what_does_not_fit_refuses_the_survey(
    tmp_path: Path, renames: str, code: str, row: int
) -> None:
    with pytest.raises(RelevoError) as error:
        read(tmp_path, renames)
    (finding,) = error.value.findings
    assert (finding.problem.name, finding.file, finding.row) == (code, "renames.csv", row)
    assert error.value.exit == 10


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    read(tmp_path, "old,new\n")
    (tmp_path / "renames.csv").write_bytes(b"old,new\n\xff,staff\n")
    with pytest.raises(RelevoError, match="the file cannot be read"):
        read_survey(tmp_path)
