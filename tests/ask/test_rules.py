"""The form's rules: what was asked, what was required, what holds; in SQL and in Python alike."""

import csv
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ask import Group, Question, Questionnaire, read_questionnaire, rules, rules_sql
from pipeline.errors import RelevoError
from tests.ask.judging import TODAY, Rows, form, received, shown, verdicts


def test_relevance_is_inherited_and_what_was_not_asked_is_blank(tmp_path: Path) -> None:
    questionnaire = form(
        tmp_path,
        """
        | type        | name    | relevant            |
        |-------------|---------|---------------------|
        | text        | has     |                     |
        | begin group | details | ${has} = 'yes'      |
        | integer     | staff   |                     |
        | text        | why     | ${staff} > 10       |
        | end group   |         |                     |
        | text        | end     | ${why} != 'because' |
        """,
    )
    answers = received(
        """
        | has | staff | why     |
        |-----|-------|---------|
        | yes | 20    | because |
        | yes | 5     | because |
        | no  | 20    | because |
        |     | 20    | because |
        | yes | ?     | because |
        | no  | ?     | ?       |
        """
    )
    found = verdicts(questionnaire, answers)
    assert shown(found, "asked:has", "asked:staff", "asked:why", "asked:end") == [
        "yes yes yes no",
        "yes yes no yes",
        "yes no no yes",
        "yes no no yes",
        "yes yes ? no",
        "yes no no yes",
    ]


def test_a_constraint_judges_what_was_answered_and_asked(tmp_path: Path) -> None:
    questionnaire = form(
        tmp_path,
        """
        | type    | name  | relevant       | required       | constraint               |
        |---------|-------|----------------|----------------|--------------------------|
        | text    | has   |                | yes            |                          |
        | integer | share | ${has} = 'yes' | yes            | . >= 0 and . <= 100      |
        | integer | part  |                | ${share} > 50  | . <= ${share}            |
        | date    | since |                |                | . <= today()             |
        """,
    )
    answers = received(
        """
        | has | share | part | since      |
        |-----|-------|------|------------|
        | yes | 60    | 50   | 2025-03-01 |
        | yes | 130   | 131  | 2025-03-02 |
        | yes |       | 3    | never      |
        | no  | 130   | 3    |            |
        | yes | ?     | 3    |            |
        """
    )
    found = verdicts(questionnaire, answers)
    columns = ("constraint:share", "constraint:part", "constraint:since", "constraint:has")
    assert shown(found, *columns) == [
        "yes yes yes yes",
        "no no no yes",
        "? no no yes",
        "? no ? yes",
        "? ? ? yes",
    ]
    assert shown(found, "required:has", "required:share", "required:part") == [
        "yes yes yes",
        "yes yes yes",
        "yes yes no",
        "yes no no",
        "yes yes ?",
    ]


def test_a_warning_is_judged_like_a_constraint(tmp_path: Path) -> None:
    questionnaire = form(
        tmp_path,
        """
        | type    | name   | relevant      | warning                       |
        |---------|--------|---------------|-------------------------------|
        | integer | people |               | . > 50                        |
        | integer | reach  | ${people} > 9 | ${people}='' or . < ${people} |
        | integer | staff  |               | . < ${stuff}                  |
        """,
    )
    answers = received(
        """
        | people | reach | staff |
        |--------|-------|-------|
        | 60     | 59    | 1     |
        | 20     | 20    | 1     |
        | 5      | 20    | 1     |
        |        | 20    | 1     |
        | ?      | 20    | 1     |
        """
    )
    found = verdicts(questionnaire, answers)
    assert shown(found, "warning:people", "warning:reach", "warning:staff") == [
        "yes yes ?",
        "no no ?",
        "no ? ?",
        "? ? ?",
        "? ? ?",
    ]
    told = [(one.problem.name, one.question) for one in rules(questionnaire).findings]
    assert told == [("unknown_reference", "staff")]


def test_without_a_date_of_submission_a_rule_on_today_is_not_judged(tmp_path: Path) -> None:
    questionnaire = form(
        tmp_path, "| type | name | constraint |\n|---|---|---|\n| date | day | . <= today() |"
    )
    found = verdicts(questionnaire, [{"record_id": 1, "submitted_on": None, "day": "2020-01-01"}])
    assert found[0]["constraint:day"] is None


REPEAT = """
    | type         | name   | relevant         | constraint    |
    |--------------|--------|------------------|---------------|
    | text         | publish|                  |               |
    | integer      | n      |                  |               |
    | begin repeat | pol    | ${n} > 0         |               |
    | integer      | reach  |                  | . < ${n}      |
    | text         | link   | ../reach > 1     |               |
    | text         | share  | ${publish} = 'y' |               |
    | end repeat   |        |                  |               |
    """


def test_a_row_of_a_repeat_sees_its_own_answers_and_its_parents(tmp_path: Path) -> None:
    questionnaire = form(tmp_path, REPEAT)
    parents = received("| publish | n |\n|---|---|\n| y | 5 |\n| n | 0 |\n| y | ? |")
    rows: Rows = [
        {"record_id": 11, "parent_record_id": 1, "reach": "2", "link": "", "share": ""},
        {"record_id": 12, "parent_record_id": 1, "reach": "9", "link": "", "share": ""},
        {"record_id": 13, "parent_record_id": 2, "reach": "1", "link": "", "share": ""},
        {"record_id": 14, "parent_record_id": 3, "reach": "1", "link": "", "share": ""},
        {"record_id": 15, "parent_record_id": 99, "reach": "1", "link": "", "share": ""},
    ]
    found = verdicts(questionnaire, {"": parents, "pol": rows}, "pol")
    columns = ("asked:reach", "asked:link", "asked:share", "constraint:reach")
    assert shown(found, *columns) == [
        "yes yes yes yes",
        "yes yes yes no",
        "no no no ?",
        "? no ? ?",
        "? no ? ?",
    ]
    assert shown(verdicts(questionnaire, parents), "asked:n") == ["yes"] * 3


def test_a_rule_may_ask_for_nothing_but_the_place_of_its_row(tmp_path: Path) -> None:
    questionnaire = form(
        tmp_path,
        """
        | type         | name | relevant         |
        |--------------|------|------------------|
        | text         | a    |                  |
        | begin repeat | r    |                  |
        | text         | b    | position(..) > 1 |
        | end repeat   |      |                  |
        """,
    )
    rows = received("| of | b |\n|---|---|\n| 1 | x |\n| 1 | y |\n| 2 | z |", first=11)
    sheets = {"": received("| a |\n|---|\n| x |\n| y |"), "r": rows}
    assert shown(verdicts(questionnaire, sheets, "r"), "asked:b") == ["no", "yes", "no"]


def test_a_repeat_in_a_repeat_sees_all_levels(tmp_path: Path) -> None:
    questionnaire = form(
        tmp_path,
        """
        | type         | name | relevant     |
        |--------------|------|--------------|
        | text         | a    |              |
        | begin repeat | r    |              |
        | text         | b    |              |
        | begin repeat | s    | ${b} = 'y'   |
        | text         | c    | ${a} = 'y'   |
        | end repeat   |      |              |
        | end repeat   |      |              |
        """,
    )
    main: Rows = [{"record_id": 1, "a": "y"}]
    outer: Rows = [{"record_id": 2, "parent_record_id": 1, "b": "y"}]
    inner: Rows = [{"record_id": 3, "parent_record_id": 2, "c": ""}]
    sheets = {"": main, "r": outer, "s": inner}
    assert verdicts(questionnaire, sheets, "s")[0]["asked:c"] is True
    del sheets[""]  # a is not given
    assert verdicts(questionnaire, sheets, "s")[0]["asked:c"] is None


@pytest.mark.parametrize(
    ("relevant", "told"),
    [
        ("${has", "unreadable_rule"),
        ("${hass} = 'yes'", "unknown_reference"),
        ("onze(1)", "unknown_function"),
        ("random() > 0", "not_evaluated"),
        ("${reach} > 1", "reference_into_repeat"),
        (". = 1", "unreadable_rule"),
        ("False", "unreadable_rule"),
    ],
)
def test_a_rule_that_cannot_be_applied_is_told_and_the_others_work(
    tmp_path: Path, relevant: str, told: str
) -> None:
    questionnaire = form(
        tmp_path,
        f"""
        | type         | name  | relevant       |
        |--------------|-------|----------------|
        | text         | has   |                |
        | integer      | q     | {relevant}     |
        | text         | other | ${{has}} = 'y' |
        | begin repeat | r     |                |
        | integer      | reach |                |
        | end repeat   |       |                |
        """,
    )
    (finding,) = rules(questionnaire).findings
    assert (finding.problem.name, finding.row, finding.question) == (told, 3, "q")
    found = verdicts(questionnaire, received("| has | q |\n|---|---|\n| y | 1 |"))
    assert shown(found, "asked:q", "asked:other") == ["? yes"]


@pytest.mark.parametrize(
    ("first", "second", "calculation", "circle"),
    [
        ("${b} > 0", "${a} > 0", "", "a needs b needs a"),
        ("${a} > 0", "", "", "a needs a"),
        ("${b} > 0", "", "${a} + 1", "a needs b needs a"),
    ],
)
def test_rules_in_a_circle_refuse_the_form(
    tmp_path: Path, first: str, second: str, calculation: str, circle: str
) -> None:
    with pytest.raises(RelevoError, match=circle) as refused:
        form(
            tmp_path,
            f"""
            | type    | name | relevant | calculation   |
            |---------|------|----------|---------------|
            | integer | a    | {first}  |               |
            | integer | b    | {second} | {calculation} |
            """,
        )
    assert refused.value.exit == 10


def test_a_group_must_not_wait_for_what_is_in_it(tmp_path: Path) -> None:
    survey = """
        | type        | name | relevant |
        |-------------|------|----------|
        | begin group | g    | ${a} = 1 |
        | integer     | a    |          |
        | end group   |      |          |
        """
    with pytest.raises(RelevoError, match=r"row [23], [ag]: the rules go in a circle"):
        form(tmp_path, survey)


def test_a_calculation_may_keep_its_own_value(tmp_path: Path) -> None:
    form(tmp_path, "| type | name | calculation |\n|---|---|---|\n| calculate | id | once(${id}) |")


def test_the_nearest_of_two_questions_of_one_name_is_meant(tmp_path: Path) -> None:
    questionnaire = form(
        tmp_path,
        """
        | type        | name | relevant     |
        |-------------|------|--------------|
        | begin group | g    |              |
        | text        | x    |              |
        | end group   |      |              |
        | begin group | h    |              |
        | text        | x    |              |
        | text        | y    | ${x} = 'yes' |
        | end group   |      |              |
        """,
    )
    answers = received("| g/x | h/x |\n|---|---|\n| no | yes |")
    assert shown(verdicts(questionnaire, answers), "asked:y") == ["yes"]


def test_the_circular_form_names_both_questions(shared: Path) -> None:
    with pytest.raises(RelevoError, match="budget_pct") as refused:
        read_questionnaire(shared / "nasty/form_bad_circular.xlsx")
    assert "migrant_pct" in str(refused.value)


def test_a_hostile_form_is_read_and_its_rule_switched_off(shared: Path) -> None:
    found = rules(read_questionnaire(shared / "nasty/form_evil.xlsx")).findings
    assert [(one.problem.name, one.question) for one in found] == [("unreadable_rule", "flagship")]


CONDITIONS = {
    "": ["", "today() = '2025-03-01'"],
    "a": ["${a} = 'x'", "selected(${a}, 'y')", "not(${a})"],
    "b": ["${b} > 1", "${b} <= today()", "not(${b} > 1) and ${a} != ''"],
    "c": ["${c} != ''", "${c} = ${a} or ${b} = 2", "${a} = 'x' and ${c} < 2"],
    "d": ["${d} = 1", "${d} != ${a}"],
}
TYPES = ["text", "integer", "date"]
ANSWERS = st.sampled_from([None, "", "x", "x y", "0", "1", "2.5", "2025-03-01"])


def condition(data: st.DataObject, names: str) -> str:
    """A condition on some of these questions, or none."""
    choices = [text for name in ["", *names] for text in CONDITIONS[name]]
    return data.draw(st.sampled_from(choices))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_sql_and_python_agree_on_random_forms_and_answers(data: st.DataObject) -> None:
    questions = {
        name: Question(
            name=name,
            path=f"g/{name}" if name in "cd" else name,
            column=name,
            type=data.draw(st.sampled_from(TYPES)),
            group="g" if name in "cd" else "",
            relevant=condition(data, earlier),
            required=condition(data, "abcd"),
            constraint=condition(data, "abcd"),
            warning=condition(data, "abcd"),
        )
        for name, earlier in {"a": "", "b": "a", "c": "ab", "d": "abc"}.items()
    }
    # written in any order: a rule may name a question that stands further down
    order = data.draw(st.permutations("ab")) + data.draw(st.permutations("cd"))
    questionnaire = Questionnaire(
        *("form", "", "", "", ("",)),
        questions=tuple(questions[name] for name in order),
        choices={},
        groups=(Group("g", "g", relevant=condition(data, "ab")),),
    )
    columns = data.draw(st.lists(st.sampled_from("abcd"), unique=True, min_size=1))
    rows: Rows = [
        {"record_id": number, "submitted_on": data.draw(st.sampled_from([TODAY, None]))}
        | {one: data.draw(ANSWERS) for one in columns}
        for number in range(1, 4)
    ]
    verdicts(questionnaire, rows)


def test_a_real_survey_has_no_false_alarm(shared: Path) -> None:
    folder = shared / "real/reach_wash"
    questionnaire = read_questionnaire(folder / "questionnaire.xlsx")
    with (folder / "raw_export.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    asked = [q.column for q in questionnaire.answers() if q.column in rows[0]]
    answers = pd.DataFrame(rows, dtype="str")
    answers["record_id"] = range(len(rows))
    answers["submitted_on"] = [date.fromisoformat(row["date_assessment"]) for row in rows]
    with duckdb.connect() as con:
        con.register("answers", answers)
        sql = rules_sql(questionnaire, {"": "answers"}, answers.columns)
        judged = con.execute(f"SELECT * FROM ({sql}) ORDER BY record_id").df()
    facts = dict.fromkeys(["not asked", "unanswered", "not relevant", "broken"], 0)
    for name in asked:
        blank, relevant = answers[name] == "", judged[f"asked:{name}"].astype(bool)
        facts["not asked"] += int((blank & ~relevant).sum())
        facts["unanswered"] += int((blank & relevant).sum())
        facts["not relevant"] += int((~blank & ~relevant).sum())
        facts["broken"] += int((judged[f"constraint:{name}"] == False).sum())  # noqa: E712
    assert (len(rows), len(asked)) == (632, 149)
    assert facts == {"not asked": 41_785, "unanswered": 438, "not relevant": 0, "broken": 0}
    assert rules(questionnaire).findings == ()


def test_rows_of_a_repeat_that_was_not_asked_do_not_count(tmp_path: Path) -> None:
    """The repeat hangs on an answer beside it, and so does what counts its rows."""
    questionnaire = form(
        tmp_path,
        """
        | type         | name  | relevant         | constraint       |
        |--------------|-------|------------------|------------------|
        | text         | has   |                  |                  |
        | begin_repeat | pol   | ${has} = 'yes'   |                  |
        | text         | title |                  |                  |
        | end_repeat   |       |                  |                  |
        | integer      | n     |                  | . = count(${pol}) |
        | text         | why   | count(${pol}) > 0 |                  |
        """,
    )
    answers = received("| has | n | why |\n|---|---|---|\n| yes | 1 | x |\n| no | 1 | x |")
    rows = [{"record_id": 10 + n, "parent_record_id": n, "title": "t"} for n in (1, 2)]
    main = [{**row, "came:pol": True} for row in answers]
    found = verdicts(questionnaire, {"": main, "pol": rows})
    assert shown(found, "constraint:n", "asked:why") == ["yes yes", "no no"]
