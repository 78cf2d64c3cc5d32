"""Nothing is lost: one line per record, rows of repeats included, whatever came."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ask import Survey
from pipeline.edit import edit
from pipeline.store import Work, connect
from tests.edit.batch import cells, collected, edited, rows, survey, verdicts
from tests.markdown import table

FORM = (
    """
    | type          | name    | label     | relevant           | repeat_count | required |
    |---------------|---------|-----------|--------------------|--------------|----------|
    | text          | city    | City      |                    |              |          |
    | select_one yn | consent | Consent   |                    |              |          |
    | integer       | n_pol   | How many  | ${consent} = 'yes' |              | yes      |
    | begin_repeat  | pol     | Policies  | ${n_pol} > 0       | ${n_pol}     |          |
    | text          | name    | Name      |                    |              | yes      |
    | integer       | year    | Year      | ${name} != ''      |              |          |
    | begin_repeat  | act     | Acts      |                    |              |          |
    | text          | what    | What      | ${year} > 2000     |              |          |
    | end_repeat    |         |           |                    |              |          |
    | end_repeat    |         |           |                    |              |          |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """,
)
DECLARED = {
    "survey.toml": """
unit_kind = "institution"
[key]
unit = "city"
consent = { question = "consent" }
"""
}


def test_rows_of_repeats_go_where_their_submission_goes(tmp_path: Path, work: Work) -> None:
    edited(
        tmp_path,
        work,
        FORM,
        """
        | submission_id | submitted_at | city | consent | n_pol |
        |---------------|--------------|------|---------|-------|
        | old           | 2025-03-01   | A    | yes     | 1     |
        | new           | 2025-03-02   | A    | yes     | 3     |
        | no            | 2025-03-02   | B    | no      |       |
        | none          | 2025-03-02   | C    | yes     | 0     |
        """,
        DECLARED,
        repeats={
            "pol": """
                | submission_id | row_id | name | year |
                |---------------|--------|------|------|
                | old           | pol[1] | x    | 2001 |
                | new           | pol[1] | y    | 1999 |
                | new           | pol[2] |      | 2002 |
                | no            | pol[1] | z    | 2002 |
                """,
            "act": """
                | submission_id | row_id        | what |
                |---------------|---------------|------|
                | new           | pol[1]/act[1] | a    |
                | new           | pol[2]/act[1] |      |
                """,
        },
        others=[("not_a_submission", "footer_line"), ("unreadable", "ragged_record")],
    )
    found = rows(
        work,
        "SELECT submission_id, repeat, verdict, reason FROM edit.ledger ORDER BY record_id",
    )
    assert found == verdicts(
        """
        | submission_id | repeat | verdict          | reason            |
        |---------------|--------|------------------|-------------------|
        | old           |        | superseded       | older_answer      |
        | new           |        | loaded           | stands            |
        | no            |        | loaded           | consent_refused   |
        | none          |        | loaded           | stands            |
        | old           | pol    | superseded       | parent_not_loaded |
        | new           | pol    | loaded           | stands            |
        | new           | pol    | loaded           | stands            |
        | no            | pol    | loaded           | consent_refused   |
        | new           | act    | loaded           | stands            |
        | new           | act    | loaded           | stands            |
        |               |        | not_a_submission | footer_line       |
        |               |        | quarantined      | ragged_record     |
        """
    )
    assert cells(work, "n_pol") == table(
        """
        | submission_id | n_pol                  |
        |---------------|------------------------|
        | new           | 3 repeat_count_differs |
        | none          | 0                      |
        """
    )
    assert cells(work, "name", repeat="pol") == table(
        """
        | submission_id | row_id | name                             |
        |---------------|--------|----------------------------------|
        | new           | pol[1] | y                                |
        | new           | pol[2] | *unanswered* required_unanswered |
        """
    )
    assert cells(work, "year", repeat="pol") == table(
        """
        | submission_id | row_id | year                           |
        |---------------|--------|--------------------------------|
        | new           | pol[1] | 1999                           |
        | new           | pol[2] | *not_asked* answered_not_asked |
        """
    )
    assert cells(work, "what", repeat="act") == table(
        """
        | submission_id | row_id        | what                           |
        |---------------|---------------|--------------------------------|
        | new           | pol[1]/act[1] | *not_asked* answered_not_asked |
        | new           | pol[2]/act[1] | *not_asked*                    |
        """
    )


PLAIN = (
    """
    | type          | name    | label    | relevant           | required |
    |---------------|---------|----------|--------------------|----------|
    | text          | city    | City     |                    |          |
    | select_one yn | consent | Consent  |                    |          |
    | integer       | n_pol   | How many | ${consent} = 'yes' | yes      |
    """,
    FORM[1],
)


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    return survey(tmp_path_factory.mktemp("survey"), PLAIN, DECLARED)


ASKED = ("city", "consent", "n_pol")
SUBMISSIONS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),  # submission_id
        st.sampled_from("abr"),  # root_id
        st.sampled_from(["", "a", "b"]),  # deprecated_id
        st.sampled_from(["", "2025-03-01", "2025-03-02"]),
        st.sampled_from(["", "A", "B"]),
        st.sampled_from(["yes", "no", ""]),
        st.sampled_from(["", "1", "x"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batch=SUBMISSIONS)
def test_whatever_came_every_record_has_one_verdict_and_a_unit_one_response(
    declared: Survey, tmp_path: Path, batch: list[tuple[str, ...]]
) -> None:
    names = ["submission_id", "root_id", "deprecated_id", "submitted_at", *ASKED]
    lines = [names, ["-"] * len(names), *batch]
    answers = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    work = Work(tmp_path, *[connect(":memory:") for _ in range(3)])
    collected(declared, work, answers)
    edit(declared, work)
    by_verdict = dict(
        rows(work, "SELECT verdict, count(*) FROM edit.ledger WHERE repeat = '' GROUP BY ALL")
    )
    assert sum(by_verdict.values()) == len(batch)
    standing = rows(
        work, "SELECT record_id FROM edit.ledger WHERE repeat = '' AND reason = 'stands'"
    )
    assert sorted(rows(work, "SELECT record_id FROM edit.response")) == sorted(standing)
    units = [u for (u,) in rows(work, "SELECT unit_id FROM edit.response WHERE unit_id <> ''")]
    ids = [i for (i,) in rows(work, "SELECT response_id FROM edit.response")]
    assert len(units) == len(set(units))
    assert len(ids) == len(set(ids))
    for con in (work.confidential, work.members, work.survey):
        con.close()
