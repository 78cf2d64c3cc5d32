"""Any grouping, for an analyst with access; and the word that it is not cleared, everywhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import Problem, RelevoError
from pipeline.estimate import Confidential, estimate
from pipeline.store import open_work
from pipeline.store.labelled import Labelled
from tests.estimate.inputs import write_answers
from tests.estimate.test_results import ANSWERS, CENSUS, FORM

STAMP = {"en": "NOT CLEARED FOR PUBLICATION", "fr": "NON AUTORISÉ À LA PUBLICATION"}


@pytest.fixture
def data(tmp_path: Path) -> Confidential:
    """A release of six answers; `size` is a column of the frame that no table is declared by."""
    with open_work(tmp_path) as work:
        write_answers(work, FORM, ANSWERS)
        estimate(CENSUS, work)
    return Confidential(tmp_path, replace(CENSUS, languages=("en", "fr")), "en")


def numbers(rows: Labelled, *columns: str) -> list[tuple[object, ...]]:
    kept = rows[list(columns)].astype(object)
    return list(kept.where(kept.notna(), None).itertuples(index=False, name=None))


def test_a_question_groups_another(data: Confidential) -> None:
    found = data.proportion("services", by="plan")
    some = found[(found["group_code"] == "yes") & (found["choice"] == "health")]
    assert numbers(some, "count", "n") == [(3, 3)]


def test_a_condition_chooses_answers_and_leaves_the_design(data: Confidential) -> None:
    """Two of Uruguay's answers of six members each: weights stay those of the whole stratum."""
    found = data.proportion("plan", where="country = 'UY' AND size = 'small'")
    assert numbers(found[found["choice"] == "yes"], "count", "n") == [(2, 2)]
    weighted = data.proportion("plan", where="country = 'UY'", weighted=True)
    everyone = data.proportion("plan", by="country", weighted=True)
    of_country = everyone[everyone["group_code"] == "UY"]
    assert numbers(weighted, "estimate", "se") == numbers(of_country, "estimate", "se")


def test_what_is_not_answered_meets_no_condition(data: Confidential) -> None:
    assert numbers(data.mean("staff", where="plan <> 'yes'"), "n", "shown") == [(None, "x")]


def test_groups_are_compared_with_all_or_with_one(data: Confidential) -> None:
    """Of AR's two answers one has a plan, of UY's two both: half a share between them."""
    beside_all = data.difference("plan", by="country")
    yes = beside_all[beside_all["choice"] == "yes"]
    assert numbers(yes, "group_code", "versus_group", "estimate") == [
        ("AR", "all", -0.25),
        ("UY", "all", 0.25),
    ]
    beside_one = data.difference("plan", by="country", versus="UY")
    yes = beside_one[beside_one["choice"] == "yes"]
    assert numbers(yes, "group_code", "versus_group", "estimate") == [("AR", "UY", -0.5)]
    assert yes.attrs["measure"] == "difference"
    with pytest.raises(RelevoError, match="near it: UY"):
        data.difference("plan", by="country", versus="UYY")


def test_questions_are_tested_against_any_grouping(data: Confidential) -> None:
    found = data.tests("country")
    assert list(found.columns) == ["question", "choice", "f", "p", "p_holm", "n", "df"]
    assert (found["p"] <= found["p_holm"]).all()
    assert set(found["question"]) <= {"plan", "services"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_everything_says_that_it_is_not_cleared(data: Confidential, language: str) -> None:
    found = data.proportion("plan", by="size", language=language)
    stamp = STAMP[language]
    assert set(found["clearance"]) == {stamp}
    assert found[found["count"] > 0].attrs["clearance"] == stamp
    assert found.attrs["caption"].startswith(stamp)
    assert stamp in found._repr_html_()
    figure = found.figure()
    assert figure.layout.title.text.startswith(stamp)
    assert stamp in figure.layout.annotations[0].text
    assert figure.layout.meta.startswith(stamp)


def test_what_is_not_there_is_told(data: Confidential) -> None:
    assert {"country", "size", "plan"} <= set(data.groups())
    with pytest.raises(RelevoError, match="near it: plan"):
        data.proportion("plann")
    with pytest.raises(RelevoError, match="near it: size"):
        data.proportion("plan", by="sizes")
    with pytest.raises(RelevoError) as told:
        data.proportion("plan", where="country = AR")
    assert told.value.findings[0].problem is Problem.condition_unread
    assert "AR-1" not in str(told.value)
    with pytest.raises(RelevoError, match="the condition cannot be read"):
        data.proportion("plan", where="true) UNION (SELECT 1 FROM read_csv('/etc/hosts')")
