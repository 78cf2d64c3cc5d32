"""Numbers in a notebook: looked up, labelled, hidden as they are; a figure of the same rows."""

from pathlib import Path

import pandas as pd
import pytest

import pipeline as relevo
from pipeline.errors import Problem, RelevoError
from pipeline.store import connect, database_path
from pipeline.texts import LANGUAGES
from tests.markdown import table
from tests.report import release


def opened_as(rows: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    kept = rows[list(columns)].astype(object)
    return list(kept.where(kept.notna(), None).itertuples(index=False, name=None))


def test_a_proportion_is_what_estimate_result_says(opened: Path) -> None:
    found = relevo.open("little", language="en").proportion("hr_framework", by="country")
    expected = table("""
        | group_label | choice_label   | count | n | shown |
        |-------------|----------------|-------|---|-------|
        | Argentina   | Yes, in force  | 2     | 4 | yes   |
        | Argentina   | In preparation | 1     | 4 | yes   |
        | Argentina   | No             | 1     | 4 | yes   |
        | Brasil      | Yes, in force  |       |   | c     |
        | Brasil      | In preparation |       |   | c     |
        | Brasil      | No             |       |   | c     |
        | Chile       | Yes, in force  |       |   | c     |
        | Chile       | In preparation |       |   | c     |
        | Chile       | No             |       |   | c     |
    """)
    names = ("group_label", "choice_label", "count", "n", "shown")
    seen = opened_as(found, *names)
    assert [[str(x if x is not None else "") for x in row] for row in seen] == [
        [row[name] for name in names] for row in expected
    ]
    con = connect(database_path(opened, "survey"), read_only=True)
    stored = con.execute(
        """SELECT count, n, estimate, shown FROM estimate.result WHERE subject = 'hr_framework'
           AND group_kind = 'country' AND NOT is_weighted ORDER BY group_code, result_id DESC"""
    ).fetchall()
    con.close()
    assert sorted(opened_as(found, "count", "n", "estimate", "shown"), key=str) == sorted(
        stored, key=str
    )


def test_a_hidden_number_is_missing_and_says_why(opened: Path) -> None:
    found = relevo.open("little", language="es").proportion("hr_framework", by="country")
    hidden = found[found["shown"] == "c"]
    assert hidden[["count", "n", "estimate", "ci_low"]].isna().all(axis=None)
    assert set(hidden["why"]) == {"demasiado pocas respuestas aquí"}
    # the mean of one answer stands in the table of the release; it is hidden all the same
    means = relevo.open("little").mean("population", by="country")
    assert means[means["shown"] == "c"]["estimate"].isna().all()


def test_an_estimate_for_all_members_has_its_interval(opened: Path) -> None:
    found = relevo.open("little", language="en").proportion("hr_framework", weighted=True)
    assert (found["ci_low"] < found["estimate"]).all()
    assert found.attrs["subtitle"] == "Estimate for all members"
    assert set(found["group_label"]) == {"Total"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figure_is_drawn_from_the_same_rows(opened: Path, language: str) -> None:
    found = relevo.open("little", language=language).proportion("hr_framework", by="country")
    figure = found.figure()
    drawn = sorted(value for trace in figure.data for value in trace.x)
    assert drawn == sorted(found["estimate"].dropna())
    label = next(row for row in release.LABELS if row["question"] == "hr_framework")[language]
    assert figure.layout.title.text.startswith(label)
    assert found.attrs["source"] in figure.layout.annotations[0].text.replace("&amp;", "&")
    assert label in figure.layout.meta
    assert [text.endswith(" [c]") for text in figure.layout.yaxis.ticktext] == [False, True, True]


def test_a_notebook_prints_a_small_table_with_its_caption(opened: Path) -> None:
    data = relevo.open("little", language="en")
    html = data.proportion("hr_framework", by="country")._repr_html_()
    assert "<caption>Human rights framework · by country" in html
    assert "[c]" in html
    assert "nan" not in html.lower()
    assert "country" in data._repr_html_()


def test_any_part_of_a_frame_keeps_what_is_said_of_it(opened: Path) -> None:
    found = relevo.open("little", language="en").proportion("hr_framework", by="country")
    part = found[found["group_code"] == "AR"]
    assert part.attrs["source"] == found.attrs["source"]
    assert len(part.figure().data) == 1


def test_what_is_not_there_is_an_error_that_lists_what_is(opened: Path) -> None:
    data = relevo.open("little")
    with pytest.raises(RelevoError, match="declared: country") as told:
        data.proportion("hr_framework", by="countri")
    (finding,) = told.value.findings
    assert finding.problem is Problem.undeclared_grouping
    assert "the nearest is 'country'" in str(told.value)
    with pytest.raises(RelevoError, match="near it: hr_framework"):
        data.proportion("hr_framewrk")
    with pytest.raises(RelevoError, match="near it: population"):
        data.mean("populatio")
    with pytest.raises(RelevoError, match="near it: es"):
        relevo.open("little", language="e")


def test_comparisons_are_looked_up_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release.fill(tmp_path)
    monkeypatch.setenv("RELEVO_WORK", str(tmp_path))
    con = connect(database_path(tmp_path, "survey"))
    con.execute(
        """INSERT INTO estimate.result BY NAME SELECT '2025' AS wave, 'hr_framework' AS subject,
           'question' AS subject_kind, *, true AS is_weighted, 'answered' AS base, 'yes' AS shown,
           'country' AS group_kind, concat_ws('.', statistic, choice, group_code) AS result_id
           FROM (VALUES
           ('yes', 'difference', 'AR', 'all', '', -0.25, 7, NULL),
           ('', 'rao_scott_f', 'all', 'each', '', 3.5, 7, 12.0),
           ('', 'p', 'all', 'each', '', 0.02, 7, NULL),
           ('', 'p_holm', 'all', 'each', '', 0.04, 7, NULL)
           ) AS made(choice, statistic, group_code, versus_group, versus_wave, estimate, n, df)"""
    )
    con.close()
    data = relevo.open("little", language="en")
    found = data.difference("hr_framework", by="country")
    assert opened_as(found, "group_label", "versus_group", "estimate") == [
        ("Argentina", "all", -0.25)
    ]
    assert found.written(-0.25) == "-25%"
    assert opened_as(data.tests("country"), "question", "f", "df", "p", "p_holm") == [
        ("hr_framework", 3.5, 12.0, 0.02, 0.04)
    ]
    with pytest.raises(RelevoError, match="nearest"):
        data.tests("countri")
