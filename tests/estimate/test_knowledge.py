"""What governments give to others: coded passages, quotations, policies, experience."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.ask import Questionnaire, Survey
from pipeline.ask.released import Released
from pipeline.ask.survey import Coding, Peers, Publish, Quote
from pipeline.errors import Problem, RelevoError
from pipeline.estimate.answers import read_wave
from pipeline.estimate.coding import agreement, krippendorff, passages
from pipeline.estimate.joined import Joined
from pipeline.estimate.matches import matches
from pipeline.estimate.new_rights import new_rights
from pipeline.estimate.policies import all_policies, likeness, policies, policy_links
from pipeline.estimate.quotes import quotes
from pipeline.store import TABLES, Work, open_work, write_table
from tests.estimate.inputs import questionnaire, survey, write_answers
from tests.markdown import table

# --- coding ---------------------------------------------------------------------------------------
INTERVIEW = questionnaire(
    """
    | name    | type             | repeat | disclosure |
    |---------|------------------|--------|------------|
    | city    | text             |        | public     |
    | consent | select_one quote |        | public     |
    | office  | select_one job   |        | network    |
    | brings  | text             |        | network    |
    | p_text  | text             | policy | network    |
    | field   | text             | code   | network    |
    | place   | integer          | code   | network    |
    | first   | integer          | code   | network    |
    | last    | integer          | code   | network    |
    | theme   | select_one theme | code   | network    |
    | coder   | text             | code   | confidential |
    """,
    """
    | list_name | name    |
    |-----------|---------|
    | quote     | named   |
    | quote     | unnamed |
    | quote     | no      |
    | job       | mayor   |
    | theme     | care    |
    | theme     | peace   |
    | theme     | memory  |
    """,
)
CODING = Coding("field", "place", "first", "last", "theme", "coder")
SAID = "We care for each other. We keep the peace."
WRITTEN = table(f"""
    | unit_id | consent | office | brings |
    |---------|---------|--------|--------|
    | A       | named   | mayor  | {SAID} |
    | B       | unnamed | mayor  | {SAID} |
    | C       | no      | mayor  | {SAID} |
""")
POLICIES = table("""
    | unit_id | row_id    | p_text                |
    |---------|-----------|-----------------------|
    | A       | policy[1] | Streets for children. |
    | A       | policy[2] | A house of memory.    |
""")
CODED = table("""
    | unit_id | row_id   | field  | place | first | last | theme  | coder |
    |---------|----------|--------|-------|-------|------|--------|-------|
    | A       | code[1]  | brings | -     | 0     | 23   | care   | Ana   |
    | A       | code[2]  | brings | -     | 0     | 23   | care   | Beto  |
    | A       | code[3]  | p_text | 2     | 0     | 18   | memory | Ana   |
    | A       | code[4]  | p_text | 2     | 0     | 18   | peace  | Beto  |
    | A       | code[5]  | p_text | 1     | 0     | 99   | care   | Ana   |
    | B       | code[1]  | brings | -     | 24    | 42   | peace  | Ana   |
    | B       | code[2]  | brings | -     | 24    | 42   | peace  | Beto  |
""")


def interviewed(work: Work, *released: Released) -> tuple[Survey, Any]:
    """The three interviews, read."""
    write_answers(work, INTERVIEW, WRITTEN, repeats={"policy": POLICIES, "code": CODED})
    made = survey(
        INTERVIEW,
        coding=CODING,
        quote=Quote("consent", ("named",), ("unnamed",), "office"),
        released=released,
    )
    return made, read_wave(made, work, made.waves[-1])


def test_a_passage_names_field_policy_place_and_the_text_by_its_hash(work: Work) -> None:
    found = passages(*interviewed(work))
    of_policy = found[found["question"] == "p_text"]
    assert of_policy[["row_id", "first_character", "code", "coder"]].values.tolist() == [
        ["policy[1]", 0, "care", 1],
        ["policy[2]", 0, "memory", 1],
        ["policy[2]", 0, "peace", 2],
    ]
    frozen = sha256(b"A house of memory.").hexdigest()
    assert of_policy["text_sha256"].tolist() == ["", frozen, frozen]  # the first lies in no text
    assert not {"Ana", "Beto"} & set(found.astype(str).to_numpy().ravel())


def test_the_row_of_the_agreement_counts_coders_and_shared_passages(work: Work) -> None:
    made, wave = interviewed(work)
    (row,) = agreement(made, wave, passages(made, wave))
    assert (row["statistic"], row["count"], row["n"]) == ("alpha", 2, 3)
    one = passages(made, wave).query("coder == 1")
    assert agreement(made, wave, one) == []


@pytest.mark.parametrize(
    ("first", "second", "alpha"),
    [
        # the two worked examples of Krippendorff (2011), B: dichotomous, C: nominal
        ("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0", 0.095),
        ("a a b b d c c c e d d a", "b a b b b c c c e d d d", 0.692),
        ("a b c", "a b c", 1.0),
    ],
)
def test_alpha_is_that_of_the_published_examples(first: str, second: str, alpha: float) -> None:
    pairs = list(zip(first.split(), second.split(), strict=True))
    assert krippendorff(pairs) == pytest.approx(alpha, abs=5e-4)


def test_alpha_with_several_coders_and_gaps_is_that_of_the_published_example() -> None:
    # Krippendorff (2011), D: four observers, twelve units, some values missing
    observers = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    units = zip(*(line.split() for line in observers), strict=True)
    assert krippendorff([[v for v in unit if v != "."] for unit in units]) == pytest.approx(
        0.743, abs=5e-4
    )


def test_alpha_says_nothing_where_only_one_value_was_given() -> None:
    assert krippendorff([["a", "a"], ["a"]]) != krippendorff([["a", "a"], ["a"]])


# --- quotations -----------------------------------------------------------------------------------
def let_go(unit: str, text: str, start: int | None = 0, end: int | None = 23) -> Released:
    return Released(unit, "brings", "", start, end, sha256(text.encode()).hexdigest(), ("M2",), 2)


def test_a_sentence_needs_both_a_release_and_the_consent(work: Work) -> None:
    lines = [let_go(unit, "We care for each other.") for unit in "ABC"]
    made, wave = interviewed(work, *lines)
    found = quotes(made, [wave], passages(made, wave))
    said = sorted(found[["unit_id", "office", "text", "codes"]].values.tolist())
    assert said == [
        ["", "", "We care for each other.", "M2"],
        ["A", "mayor", "We care for each other.", "M2 care"],
    ]


def test_a_text_that_is_not_the_released_one_stops_the_run(work: Work) -> None:
    made, wave = interviewed(work, let_go("A", "We care."), let_go("Z", SAID))
    with pytest.raises(RelevoError) as told:
        quotes(made, [wave])
    assert [f.problem for f in told.value.findings] == [Problem.released_text_changed] * 2


def test_a_text_with_an_address_is_not_quoted_even_when_released(work: Work) -> None:
    text = "Write to me@example.org."
    rows = [{"unit_id": "A", "consent": "named", "office": "mayor", "brings": text}]
    write_answers(work, INTERVIEW, rows, repeats={"policy": POLICIES[:1], "code": CODED[:1]})
    made = survey(INTERVIEW, quote=Quote("consent"), released=(let_go("A", text, None, None),))
    assert quotes(made, [read_wave(made, work, made.waves[-1])]).empty


# --- the policy inventory -------------------------------------------------------------------------
def inventory_form() -> Questionnaire:
    """A form whose repeat says in the column `joins` what feeds the inventory."""
    form = questionnaire(
        """
        | name      | type                    | repeat | disclosure | pii      |
        |-----------|-------------------------|--------|------------|----------|
        | city      | text                    |        | public     |          |
        | pol_name  | text                    | pol    | public     |          |
        | rights    | select_multiple chapter | pol    | public     |          |
        | start     | integer                 | pol    | public     |          |
        | summary   | text                    | pol    | public     | indirect |
        | pol_share | select_one yesno        | pol    | public     |          |
        """,
        """
        | list_name | name |
        |-----------|------|
        | chapter   | c01  |
        | chapter   | c06  |
        | yesno     | yes  |
        | yesno     | no   |
        """,
    )
    marks = {"pol_name": "name", "rights": "rights", "start": "start_year", "summary": "summary",
             "pol_share": "consent"}  # fmt: skip
    asked = (
        replace(q, joins=f"policy.{marks[q.name]}" if q.name in marks else "")
        for q in form.questions
    )
    return replace(form, questions=tuple(asked))


LISTED = table("""
    | unit_id | row_id | pol_name                | rights  | start | summary | pol_share |
    |---------|--------|-------------------------|---------|-------|---------|-----------|
    | A       | pol[1] | Plan de acogida         | c01 c06 | 2019  | Ana     | yes       |
    | A       | pol[2] | Casa abierta            | c06     | !     | Ana     | no        |
    | B       | pol[1] | Call 598 2 900 1234 now | c06     | 2020  | Ana     | yes       |
    | B       | pol[2] |                         | c06     | 2020  | Ana     | yes       |
""")


def inventory(work: Work, *released: Released) -> pd.DataFrame:
    form = inventory_form()
    write_answers(work, form, [{"unit_id": "A"}, {"unit_id": "B"}], repeats={"pol": LISTED})
    units = pd.DataFrame(
        [("A", "Alto Verde", "AR", "es"), ("B", "Belmira", "BR", "pt")],
        columns=["unit_id", "name_es", "country", "language"],
    )
    made = survey(form, units, released=released)
    return policies(made, read_wave(made, work, made.waves[-1]))


def test_the_inventory_holds_named_policies_with_consent_source_and_date(work: Work) -> None:
    found = inventory(work)
    columns = ["policy_id", "unit_name", "country", "name", "rights", "start_year", "is_shared"]
    assert found[columns].astype(object).where(found[columns].notna(), None).values.tolist() == [
        ["test.2025.A.pol[1]", "Alto Verde", "AR", "Plan de acogida", "c01 c06", 2019, True],
        ["test.2025.A.pol[2]", "Alto Verde", "AR", "Casa abierta", "c06", None, False],
    ]
    assert found["summary"].isna().all()  # a free text waits until a person has released it
    assert set(found["stated_on"].dt.strftime("%Y-%m-%d")) == {"2025-05-09"}


def test_a_summary_stands_in_the_inventory_once_a_person_released_it(work: Work) -> None:
    line = Released("A", "summary", "pol[1]", None, None, sha256(b"Ana").hexdigest())
    found = inventory(work, line)
    assert found["summary"].dropna().tolist() == ["Ana"]
    assert found.loc[found["summary"].notna(), "row_id"].tolist() == ["pol[1]"]


def test_policies_of_two_instruments_that_may_be_one_are_listed_and_none_is_lost(
    work: Work,
) -> None:
    own = inventory(work)
    other = own.assign(
        survey="campaign", name=["Plan de Acogida (2024)", "Otra cosa"],
        policy_id=["campaign.1.A.pol[1]", "campaign.1.A.pol[2]"],
    )  # fmt: skip
    table_ = all_policies(own, [other])
    assert len(table_) == 4
    links = policy_links(table_)
    assert links[["policy_id", "other_id", "likeness"]].values.tolist() == [
        ["campaign.1.A.pol[1]", "test.2025.A.pol[1]", 1.0]
    ]
    assert policy_links(own.assign(name="Plan de acogida")).empty  # one instrument: two policies


def test_names_are_compared_without_accents_years_and_small_words() -> None:
    assert likeness("Plan de acogida", "PLAN ACOGIDA 2025") == 1
    assert likeness("Plan de acogida", "Presupuesto abierto") < 0.6


# --- peers ----------------------------------------------------------------------------------------
PEERS = questionnaire(
    """
    | name  | type                   | disclosure |
    |-------|------------------------|------------|
    | city  | text                   | public     |
    | offer | select_multiple domain | public     |
    | learn | select_multiple domain | public     |
    | role  | select_multiple role   | public     |
    """,
    """
    | list_name | name   |
    |-----------|--------|
    | domain    | D1     |
    | domain    | D2     |
    | domain    | D3     |
    | role      | border |
    | role      | origin |
    """,
)
FRAME = pd.DataFrame(
    [("A", "AR", "es", "s1"), ("B", "AR", "es", "s4"), ("C", "BR", "pt", "s1"),
     ("D", "AR", "es", "s1"), ("E", "UY", "es", "s1")],
    columns=["unit_id", "country", "language", "size_class"],
)  # fmt: skip
NO_SCORES = pd.DataFrame(columns=["wave", "unit_id", "subject", "score"])


def pairs(
    work: Work, text: str, most: int = 1, scores: pd.DataFrame = NO_SCORES
) -> Mapping[tuple[str, str], str]:
    """(government, domain) -> teacher, or the reason why there is none."""
    write_answers(work, PEERS, table(text))
    made = survey(PEERS, FRAME, peers=Peers("offer", "learn", ("role",), most))
    made = replace(made, key=replace(made.key, publish=Publish("role")))
    found = matches(made, read_wave(made, work, made.waves[-1]), scores)
    return {(r.unit_id, r.domain): r.teacher_id or r.reason for r in found.itertuples()}


def test_language_counts_more_than_size_and_nobody_teaches_itself(work: Work) -> None:
    found = pairs(
        work,
        """
        | unit_id | named | offer | learn | role   |
        |---------|-------|-------|-------|--------|
        | A       | yes   | D1    | D1    | border |
        | B       | yes   | D1    |       | origin |
        | C       | yes   | D1    |       | border |
        """,
    )
    assert found == {("A", "D1"): "B", ("B", ""): "no_wish", ("C", ""): "no_wish"}


def test_everyone_is_served_before_anyone_is_served_best_and_nobody_is_asked_too_often(
    work: Work,
) -> None:
    # B is the nearest to both, but C can only teach D1: so E, who asks for D2, gets B
    text = """
        | unit_id | named | offer | learn | role |
        |---------|-------|-------|-------|------|
        | A       | yes   |       | D1    |      |
        | B       | yes   | D1 D2 |       |      |
        | C       | yes   | D1    |       |      |
        | E       | yes   |       | D2    |      |
        """
    assert pairs(work, text) == {
        ("A", "D1"): "C", ("E", "D2"): "B", ("B", ""): "no_wish", ("C", ""): "no_wish"
    }  # fmt: skip
    assert pairs(work, text, most=2)["A", "D1"] == "B"


def test_who_is_left_over_is_told_why_and_only_the_named_teach(work: Work) -> None:
    found = pairs(
        work,
        """
        | unit_id | named | offer | learn | role |
        |---------|-------|-------|-------|------|
        | A       | yes   |       | D1 D3 |      |
        | B       | yes   | D1    |       |      |
        | C       |       | D3    | D2    |      |
        | D       | yes   |       | D1    |      |
        """,
    )
    assert found["A", "D3"] == found["C", "D2"] == "no_offer"
    assert sorted([found["A", "D1"], found["D", "D1"]]) == ["B", "taken"]


def test_a_higher_score_in_the_domain_decides_among_equals(work: Work) -> None:
    scores = pd.DataFrame(
        [("2025", "D", "D1", 90.0), ("2025", "E", "D1", 20.0)],
        columns=["wave", "unit_id", "subject", "score"],
    )
    text = """
        | unit_id | named | offer | learn | role |
        |---------|-------|-------|-------|------|
        | A       | yes   |       | D1    |      |
        | D       | yes   | D1    |       |      |
        | E       | yes   | D1    |       |      |
        """
    assert pairs(work, text, scores=scores)["A", "D1"] == "D"


# --- rights beside the charter --------------------------------------------------------------------
@pytest.fixture
def campaign(tmp_path: Path) -> Joined:
    """A joined release: A may be named, B keeps to totals, C leaves an address."""
    folder = tmp_path / "campaign"
    with open_work(folder) as work:
        units = [(unit, f"City {unit}", "AR", "es") for unit in "ABC"]
        columns = ["unit_id", "name", "country", "language"]
        _write(work.survey, "ask.unit", pd.DataFrame(units, columns=columns))
        _write(work.survey, "ask.question", pd.DataFrame({"question": ["focus_new"]}))
        _write(
            work.members,
            "estimate.unit",
            pd.DataFrame({"wave": "1", "unit_id": list("ABC"), "is_named": [True, False, True]}),
        )
        said = ["Derecho al cuidado", "Derecho digital", "me@example.org"]
        _write(
            work.members,
            "estimate.unit_answer",
            pd.DataFrame({"wave": "1", "unit_id": list("ABC"), "question": "focus_new",
                          "value": said, "state": "answered"}),
        )  # fmt: skip
    return Joined("campaign", folder)


def _write(con: Any, name: str, frame: pd.DataFrame) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE shape ({TABLES[name]})")
    columns = [row[0] for row in con.execute("DESCRIBE shape").fetchall()]
    write_table(con, name, frame.reindex(columns=columns).astype(object))


def test_a_right_stands_beside_the_name_of_who_agreed_to_be_named(campaign: Joined) -> None:
    made = survey(INTERVIEW, new_rights=("campaign.focus_new",))
    assert new_rights(made, {"campaign": campaign}).values.tolist() == [
        ["campaign", "A", "City A", "AR", "es", "Derecho al cuidado"]
    ]


@pytest.mark.parametrize("written", ["campaign.focus", "campain.focus_new"])
def test_a_question_that_the_other_survey_does_not_have_is_told(
    campaign: Joined, written: str
) -> None:
    with pytest.raises(RelevoError) as told:
        new_rights(survey(INTERVIEW, new_rights=(written,)), {"campaign": campaign})
    assert [finding.problem for finding in told.value.findings] == [Problem.unknown_question]
