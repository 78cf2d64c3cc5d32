"""Files loaded in any order, split in any way, or twice, come to the same: collect and edit."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ask import Survey, read_survey
from pipeline.collect import collect
from pipeline.edit import edit
from pipeline.store import Work, connect
from tests.forms import write_form

FORM = """
    | type                  | name     | label | required | relevant            |
    |-----------------------|----------|-------|----------|---------------------|
    | text                  | city     | City  | yes      |                     |
    | select_one yn         | has_plan | Plan? | yes      |                     |
    | select_multiple needs | needs    | Needs |          | ${has_plan} = 'yes' |
    """
CHOICES = """
    | list_name | name     | label    |
    |-----------|----------|----------|
    | yn        | yes      | Yes      |
    | yn        | no       | No       |
    | needs     | money    | Money    |
    | needs     | training | Training |
    """
HEADER = "city,has_plan,needs,_uuid,_submission_time,meta/rootUuid,meta/deprecatedID,start"
STATES = "SELECT * FROM edit.state ORDER BY ALL"
RESPONSES = "SELECT * EXCLUDE (record_id) FROM edit.response ORDER BY ALL"
VERDICTS = """SELECT submission_id, verdict, reason, count(*) FROM edit.ledger
              WHERE verdict <> 'duplicate' GROUP BY ALL ORDER BY ALL"""

IDS = ["a", "b", "c", "d"]
RECORDS = st.tuples(
    st.sampled_from(["Lima", "Quito", "La Paz", ""]),
    st.sampled_from(["yes", "no", "", "maybe"]),
    st.sampled_from(["money", "training money", "", "money training", "rain"]),
    st.sampled_from(IDS),
    st.sampled_from(["2025-03-01T10:00:00", "2025-03-02T10:00:00", ""]),
    st.sampled_from(["", "", *IDS]),
    st.sampled_from(["", "", *IDS]),
    st.sampled_from(["", "2025-03-01T09:00:00-03:00"]),
).map(",".join)


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """One answer per city, the newest complete one."""
    folder = tmp_path_factory.mktemp("survey")
    write_form(folder / "questionnaire.xlsx", FORM, CHOICES)
    (folder / "survey.toml").write_text('unit_kind = "institution"\n[key]\nunit = "city"\n')
    return read_survey(folder)


def state(survey: Survey, files: Mapping[str, Sequence[str]]) -> list[Any]:
    """What stands after these files: answers, states, and the verdicts of all but copies."""
    opened = [connect(":memory:") for _ in range(3)]
    with TemporaryDirectory() as folder:
        for name, records in files.items():
            (Path(folder) / name).write_text("\n".join([HEADER, *records]) + "\n")
        work = Work(Path(folder), *opened)
        collect(survey, Path(folder), work)
        edit(survey, work)
        found = [work.confidential.execute(sql).fetchall() for sql in (RESPONSES, STATES, VERDICTS)]
    for con in opened:
        con.close()
    return found


@settings(max_examples=6, deadline=None)
@given(data=st.data(), records=st.lists(RECORDS, min_size=1, max_size=6))
def test_any_order_any_split_or_twice(
    survey: Survey, data: st.DataObject, records: list[str]
) -> None:
    whole = state(survey, {"all.csv": records})
    shuffled = data.draw(st.permutations(records))
    places = data.draw(
        st.lists(st.sampled_from("xyz"), min_size=len(records), max_size=len(records))
    )
    split: dict[str, list[str]] = {}
    for place, record in zip(places, shuffled, strict=True):
        split.setdefault(f"{place}.csv", []).append(record)
    again = data.draw(st.lists(st.sampled_from(shuffled), max_size=3))
    assert state(survey, split | {"0.csv": again}) == whole
