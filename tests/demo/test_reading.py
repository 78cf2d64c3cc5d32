"""What collect and edit make of the demonstration's files is what the generator wrote into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipeline import ask, collect, edit, store
from tests.demo.__main__ import PROJECT, RAW, SURVEY, TRUTH
from tests.demo.exports import TAGGED, assign_files, in_file
from tests.demo.faults import Planted, plant
from tests.demo.form import FILES, Question, is_asked, read_form
from tests.demo.records import make_submissions
from tests.demo.respondents import make_population
from tests.demo.submissions import Submission
from tests.demo.test_demo import read_csv, state

WAVES = tuple(FILES)
Place = tuple[str, str, int]  # wave, file, record number


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("work")
    survey = ask.read_survey(PROJECT / SURVEY)
    with store.open_work(folder) as work:
        collect.collect(survey, PROJECT / RAW, work)
        edit.edit(survey, work)
    found = store.connect(store.database_path(folder, "confidential"), read_only=True)
    yield found
    found.close()


@pytest.fixture(scope="module")
def written() -> dict[Place, tuple[Submission, list[Planted]]]:
    """Every record of the files, with what is planted in it."""
    population = make_population()
    units = {unit.unit_id: unit for unit in population.units}
    placed = {}
    for wave in WAVES:
        made = make_submissions(population, wave)
        assign_files(made, wave)
        planted = plant(made, units) if wave == "2025" else []
        for name in {submission.file for submission in made}:
            for number, submission in enumerate(in_file(made, name), 1 + ((wave, name) == TAGGED)):
                of_record = [fault for fault in planted if fault.submission is submission]
                placed[wave, name, number] = submission, of_record
    return placed


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, object]]:
    found = con.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


PLACED = """
    SELECT r.record_id, r.wave, f.path, r.record_number FROM collect.record r
    JOIN collect.file f USING (file_id)"""


def place_of(row: Mapping[str, object]) -> Place:
    return str(row["wave"]), Path(str(row["path"])).name, int(str(row["record_number"]))


def test_every_tool_is_recognised(con: duckdb.DuckDBPyConnection) -> None:
    for path, tool in con.execute("SELECT path, tool FROM collect.file").fetchall():
        assert Path(path).stem.split("_")[1] == tool


def test_every_record_ends_as_the_plan_says(con: duckdb.DuckDBPyConnection) -> None:
    ledger = rows(con, f"SELECT * FROM edit.ledger JOIN ({PLACED}) USING (record_id)")
    ended = {place_of(row): (row["verdict"], row["reason"]) for row in ledger if not row["repeat"]}
    planned = {
        (row["wave"], row["file"], int(row["record_number"])): (row["verdict"], row["reason"])
        for row in read_csv(PROJECT / TRUTH / "records.csv")
    }
    assert ended == planned
    assert sum(bool(row["repeat"]) for row in ledger) == sum(
        int(row["policies"]) for row in read_csv(PROJECT / TRUTH / "records.csv")
    )


def test_every_answer_that_stands_is_the_one_written(
    con: duckdb.DuckDBPyConnection, written: dict[Place, tuple[Submission, list[Planted]]]
) -> None:
    responses = rows(con, f"SELECT * FROM edit.response JOIN ({PLACED}) USING (record_id)")
    states = {row["response_id"]: row for row in rows(con, "FROM edit.state WHERE row_id = ''")}
    wrong = []
    for row in responses:
        submission, planted = written[place_of(row)]
        said = (row["unit_id"], row["submitted_on"], row["is_named"])
        named = submission.answers["consent_publish"] == "named"
        assert said == (submission.unit_id, submission.started.date(), named)
        answers, faulty = settled(submission.answers, planted, "")
        questions = [q for q in read_form(submission.wave).main() if q.type != "calculate"]
        wrong += [
            (*place_of(row), question.name, *difference)
            for question in questions
            if question.name not in faulty
            for difference in differences(question, answers, row, states[row["response_id"]])
        ]
    assert not wrong
    assert len(responses) == 152


def test_every_policy_that_stands_is_the_one_written(
    con: duckdb.DuckDBPyConnection, written: dict[Place, tuple[Submission, list[Planted]]]
) -> None:
    parents = rows(
        con, f"SELECT response_id, p.* FROM edit.response JOIN ({PLACED}) p USING (record_id)"
    )
    of_response = {row["response_id"]: place_of(row) for row in parents}
    found = rows(con, "SELECT * REPLACE (row_id AS row_id) FROM edit.repeat_pol")
    states = {(row["response_id"], row["row_id"]): row for row in rows(con, "FROM edit.state")}
    assert len(found) == sum(
        len(submission.policies)
        for submission, _ in written.values()
        if submission.kind == "answer"
    )
    wrong = []
    for row in found:
        place, name = of_response[row["response_id"]], str(row["row_id"])
        submission, planted = written[place]
        policy = submission.policies[int(name.removeprefix("pol[").rstrip("]")) - 1]
        answers, faulty = settled({**submission.answers, **policy}, planted, name)
        wrong += [
            (*place, name, question.name, *difference)
            for question in read_form(submission.wave).policy()
            if question.name not in faulty
            for difference in differences(question, answers, row, states[row["response_id"], name])
        ]
    assert not wrong


def settled(
    answers: dict[str, str], planted: list[Planted], row_id: str
) -> tuple[dict[str, str], set[str]]:
    """The answers after the cleaning log and with the codes of labels, and the faulty questions."""
    read = {p.fault.question: p.log["new_value"] for p in planted if p.log}
    for p in planted:
        if p.fault.kind == "label_for_code":
            read[p.fault.question] = p.submission.intended[p.fault.question]
    return {**answers, **read}, {p.fault.question for p in planted if is_found(p, row_id)}


def is_found(planted: Planted, row_id: str) -> bool:
    """Whether a violation says so."""
    code = planted.fault.code
    return planted.row_id == row_id and bool(code)


def differences(
    question: Question,
    answers: dict[str, str],
    row: Mapping[str, object],
    states: Mapping[str, object],
) -> Iterator[tuple[object, ...]]:
    """Expected and found, where state or value of a cell differ."""
    text = answers.get(question.name, "")
    expected = "not_asked" if not (text or is_asked(question, answers)) else state(question, text)
    if states[question.name] != expected:
        yield text, expected, states[question.name]
    elif expected == "answered" and not is_same(question, text, row[question.name]):
        yield text, row[question.name]


def is_same(question: Question, text: str, found: object) -> bool:
    if question.is_multiple:
        return set(text.split()) == set(str(found).split())
    if question.type in {"integer", "decimal"}:
        return Decimal(text.replace(",", ".")) == Decimal(str(found))
    return text == str(found)


def test_all_violations_are_planted_or_blanks(
    con: duckdb.DuckDBPyConnection, written: dict[Place, tuple[Submission, list[Planted]]]
) -> None:
    """A blank cell of a required question is one; so is a decimal comma in the Brazilian sheet.

    What is unlike the last wave is not planted: governments drawn at random change at random.
    """
    found = rows(
        con,
        f"""
        SELECT v.row_id, v.question, v.code, p.wave, p.path, p.record_number
        FROM edit.violation v JOIN edit.response r ON v.submission_id = r.response_id
        JOIN ({PLACED}) p ON p.record_id = r.record_id
        WHERE code NOT IN ('required_unanswered', 'two_answers', 'unlike_last_wave')""",
    )
    said = {(place_of(row), row["row_id"], row["question"], row["code"]) for row in found}
    planted = {
        (place, fault.row_id, fault.fault.question, fault.fault.code)
        for place, (_, faults) in written.items()
        for fault in faults
        if is_found(fault, fault.row_id)
    }
    assert len(planted) > 20
    assert not {fault for fault in planted if fault[3] != "required_unanswered"} - said
    commas = {
        (place, "", question.name, "repaired_number")
        for place, (submission, _) in written.items()
        for question in read_form(place[0]).main()
        if question.type == "decimal" and "." in submission.answers.get(question.name, "")
        if submission.tool == "google"
    }
    assert not said - planted - commas
