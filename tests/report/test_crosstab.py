"""The workbook for analysts: the cleared numbers, laid out for people, and nothing else."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.report.crosstab import percent_format, tables
from pipeline.store import connect, database_path
from tests.report import release

SECTIONS = ["B Perfil", "C Compromiso", "F Servicios", "E Evidencia"]
NAMES = ["About", "Contents", *SECTIONS, "Index and domains"]


def book(folder: Path, language: str = "en") -> Workbook:
    return load_workbook(BytesIO(tables(folder, language)[1]))


def block(sheet: Worksheet, code: str) -> dict[tuple[str, str], list[object]]:
    """Rows of one question: answer and measure to the cells of the banner."""
    found: dict[tuple[str, str], list[object]] = {}
    is_inside, answer = False, ""
    for label, measure, *cells in sheet.iter_rows(values_only=True):
        if measure == code:
            is_inside = True
        elif label is None and measure is None:
            is_inside = False
        elif is_inside:
            answer = str(label or answer)
            found[answer, str(measure or "")] = cells
    return found


def test_every_question_stands_on_the_sheet_of_its_section(filled: Path) -> None:
    made = book(filled)
    assert made.sheetnames == NAMES
    banner = [[cell.value for cell in row] for row in made["C Compromiso"]["A1:F2"]]
    assert banner == [
        [None, None, "2025", "Country", None, None],
        [None, None, "Total", "Argentina", "Brasil", "Chile"],
    ]
    links = {
        row[1].value: row[0].hyperlink.location for row in made["Contents"].iter_rows(min_row=3)
    }
    for code, place in links.items():
        name, _, cell = place.replace("'", "").rpartition("!")
        assert made[name][cell].offset(0, 1).value == code


def test_the_numbers_are_those_of_the_release(filled: Path) -> None:
    found = block(book(filled)["C Compromiso"], "hr_framework")
    hidden = ["[c]", "[c]"]
    assert found["Yes, in force", "Answers"] == [4, 2, *hidden]
    assert found["Yes, in force", "Share"] == pytest.approx([4 / 7, 0.5, *hidden], abs=1e-12)
    assert found["No", "Answers"] == [1, 1, *hidden]
    low = found["Yes, in force", "95% interval: from"]
    assert low[:2] == pytest.approx([4 / 7 - 0.2, 0.3])
    (base,) = [cells for (_, measure), cells in found.items() if measure.startswith("Base")]
    assert base == [7, 4, *hidden]


def test_what_is_hidden_is_nowhere_a_number(filled: Path) -> None:
    """The mean of one answer is in the fixture's row; the workbook does not take it from there."""
    made = book(filled)
    assert block(made["B Perfil"], "population")["Mean", ""][2:] == ["[c]", "[c]"]
    con = connect(database_path(filled, "survey"), read_only=True)
    rows = con.execute(
        """SELECT subject, group_code FROM estimate.result WHERE NOT is_weighted
           AND statistic IN ('share', 'mean') GROUP BY ALL HAVING bool_and(shown <> 'yes')"""
    ).fetchall()
    con.close()
    groups = ["all", "AR", "BR", "CL"]
    sheets = {code: sheet for sheet in made for code in codes(sheet)}
    assert rows
    for subject, group in rows:
        for cells in block(sheets[subject], subject).values():
            assert not isinstance(cells[groups.index(group)], int | float), (subject, group)


def codes(sheet: Worksheet) -> list[str]:
    return [str(row[1]) for row in sheet.iter_rows(min_row=3, values_only=True) if len(row) > 2]


def test_it_says_why_a_number_is_not_shown(filled: Path) -> None:
    texts = [row[0] for row in book(filled)["C Compromiso"].iter_rows(values_only=True)]
    assert "[c] too few answers here" in texts
    about = " ".join(str(cell) for row in book(filled)["About"].values for cell in row)
    for said in ("Encuesta (en)", "DEMONSTRATION DATA", "Draft", "May 9, 2025", "[x]", "8 of 12"):
        assert said in about


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    release.fill(tmp_path)
    con = connect(database_path(tmp_path, "survey"))
    con.execute("UPDATE ask.label SET text = '=1+1' WHERE subject IN ('housing', 'level3/full')")
    con.execute("UPDATE ask.label SET text = 'https://x.org' WHERE subject = 'level3/none'")
    con.close()
    found = [cell for row in book(tmp_path)["F Servicios"].iter_rows() for cell in row]
    formulas = [cell for cell in found if cell.value == "=1+1"]
    assert len(formulas) == 2
    assert {cell.data_type for cell in formulas} == {"s"}
    assert not [cell for cell in found if cell.hyperlink]


def test_differences_changes_and_the_index_are_shown_where_the_release_has_them(
    tmp_path: Path,
) -> None:
    release.fill(tmp_path)
    con = connect(database_path(tmp_path, "survey"))
    con.execute(
        """INSERT INTO estimate.result BY NAME SELECT '2025' AS wave, subject, subject_kind, choice,
           statistic, group_kind, group_code, versus_group, versus_wave, true AS is_weighted,
           estimate, estimate - 0.1 AS ci_low, estimate + 0.1 AS ci_high, 0.9 AS ci_level, shown
           FROM (VALUES
           ('hr_framework', 'question', 'yes', 'difference', 'country', 'AR', 'BR', '', .25, 'yes'),
           ('hr_framework', 'question', 'yes', 'change', 'network', 'all', '', '2023', 0.5, 'yes'),
           ('hr_framework', 'question', 'yes', 'change', 'country', 'CL', '', '2023', NULL, 'c')
           ) AS made(subject, subject_kind, choice, statistic, group_kind, group_code,
                     versus_group, versus_wave, estimate, shown)"""
    )
    con.close()
    made = book(tmp_path)
    found = block(made["C Compromiso"], "hr_framework")
    assert found["Yes, in force", "Difference from Brasil"] == ["[x]", 0.25, "[x]", "[x]"]
    assert found["Yes, in force", "Change since 2023"] == [0.5, "[x]", "[x]", "[c]"]
    assert found["Yes, in force", "90% interval: to"] == [0.6, "[x]", "[x]", "[c]"]
    index = block(made["Index and domains"], "overall")
    assert index["Mean", "Mean, estimate for all members"][0] == 46


def test_the_same_release_makes_the_same_bytes(filled: Path) -> None:
    assert tables(filled, "fr") == tables(filled, "fr")


def test_it_is_made_for_paper_and_for_a_locale(filled: Path) -> None:
    name, _ = tables(filled, "fr")
    assert name == "little-tables.fr.xlsx"
    page = book(filled, "fr")["C Compromiso"]
    assert (page.freeze_panes, page.print_title_rows) == ("C3", "$1:$2")
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.orientation == "landscape"
    assert percent_format("fr_FR") == '0"\u00a0"%' or percent_format("fr_FR") == '0"\u202f"%'
    assert percent_format("en") == "0%"


def test_a_column_says_whether_groups_differ_at_all(tmp_path: Path) -> None:
    """One table of a question with one choice, one for each of several; untested is blank."""
    release.fill(tmp_path)
    con = connect(database_path(tmp_path, "survey"))
    con.execute(
        """INSERT INTO estimate.result BY NAME SELECT '2025' AS wave, subject, 'question' AS
           subject_kind, choice, 'p_holm' AS statistic, 'country' AS group_kind,
           'all' AS group_code, 'each' AS versus_group, true AS is_weighted, estimate, shown
           FROM (VALUES
           ('hr_framework', '', 0.04, 'yes'), ('barriers', 'cost', NULL, 'c')
           ) AS made(subject, choice, estimate, shown)"""
    )
    con.close()
    made = book(tmp_path)
    found = block(made["C Compromiso"], "hr_framework")
    assert next(cells[-1] for (_, name), cells in found.items() if name.startswith("Base")) == 0.04
    assert found["Yes, in force", "Share"][-1] is None
    assert block(made["F Servicios"], "barriers")["Cost", "Share"][-1] == "[c]"
    head = [cell.value for row in made["C Compromiso"].iter_rows(max_row=2) for cell in row]
    assert "p value" in head
