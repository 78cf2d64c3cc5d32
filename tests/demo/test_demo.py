"""The demonstration survey: its files are what the generator makes, and it holds what it says."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.demo import campaign, roadmap
from tests.demo.__main__ import PROJECT, RAW, SURVEY, TRUTH, generate
from tests.demo.form import Form, Question, is_asked, read_form
from tests.demo.kobo_files import TAGS
from tests.demo.records import make_submissions
from tests.demo.respondents import Population, make_population
from tests.demo.submissions import Submission
from tests.demo.workbook import ADDED_IN_V2, read_workbook
from tests.markdown import table

FRAME = """
| country | N | s1 | s2 | s3 | s4 | n | n by class |
|---|---|---|---|---|---|---|---|
| AR | 120 | 52 | 42 | 21 | 5 | 27 | 7 9 7 4 |
| BR | 112 | 28 | 40 | 33 | 11 | 24 | 3 7 9 5 |
| CL | 28 | 8 | 13 | 7 | 0 | 7 | 1 3 3 0 |
| PE | 26 | 8 | 10 | 7 | 1 | 6 | 1 2 2 1 |
| PY | 24 | 14 | 8 | 2 | 0 | 6 | 2 3 1 0 |
| UY | 22 | 9 | 11 | 1 | 1 | 13 | 4 7 1 1 |
| BO | 16 | 7 | 4 | 3 | 2 | 3 | 1 0 1 1 |
| EC | 12 | 4 | 5 | 1 | 2 | 2 | 0 1 0 1 |
| CO | 11 | 2 | 4 | 3 | 2 | 2 | 0 1 1 0 |
| VE | 4 | 0 | 2 | 2 | 0 | 0 | 0 0 0 0 |
"""

RECORDS = """
| wave | loaded | superseded | duplicate | quarantined | not_a_submission | sum |
|---|---|---|---|---|---|---|
| 2023 | 63 | 2 | 2 | 3 | 1 | 71 |
| 2025 | 92 | 6 | 3 | 4 | 2 | 107 |
"""

FAULTS = """
| kind | amount |
|---|---|
| broken_off | 3 |
| constraint | 8 |
| count_differs | 2 |
| label_for_code | 2 |
| log_city_id | 2 |
| log_code | 3 |
| log_country | 3 |
| log_date | 2 |
| log_number | 4 |
| number_format | 5 |
| personal_data | 3 |
| skip_logic | 6 |
| soft | 7 |
| survey_campaign | 3 |
| text_hazard | 4 |
| unknown_code | 3 |
| unknown_gate | 2 |
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo")
    generate(root)
    return root


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population()


@pytest.fixture(scope="module")
def answers(population: Population) -> list[Submission]:
    return [s for s in make_submissions(population, "2025") if s.kind == "answer"]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_fresh_generation_equals_the_committed_files(fresh: Path) -> None:
    made = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    committed = {
        path.relative_to(PROJECT)
        for folder in (RAW, TRUTH, campaign.RAW.parent, roadmap.RAW.parent)
        for path in (PROJECT / folder).rglob("*.*")
        if path.name != "contacts.csv"
    }
    assert committed <= made
    for path in made:
        if path.suffix == ".xlsx":  # their bytes also depend on the machine's zlib
            assert cells(fresh / path) == cells(PROJECT / path), path
        else:
            assert (fresh / path).read_bytes() == (PROJECT / path).read_bytes(), path


def test_the_frame_has_the_declared_members_and_answers(population: Population) -> None:
    members = Counter((unit.country, unit.size_class) for unit in population.units)
    answered = Counter((r.unit.country, r.unit.size_class) for r in population.waves["2025"])
    classes = ("s1", "s2", "s3", "s4")
    for row in table(FRAME):
        country = row["country"]
        assert [members[country, size] for size in classes] == [int(row[s]) for s in classes]
        n = [answered[country, size] for size in classes]
        assert n == [int(count) for count in row["n by class"].split()]
        assert (sum(n), sum(members[country, s] for s in classes)) == (int(row["n"]), int(row["N"]))
    assert len(members) == 36
    assert sum(answered[cell] == 0 for cell in members) == 7
    assert sum(answered[cell] == members[cell] for cell in members) == 3
    assert sum(answered[cell] == 1 < members[cell] for cell in members) == 10


def test_ids_are_marked_as_invented_and_names_are_no_keys(population: Population) -> None:
    units = population.units
    assert len({unit.unit_id for unit in units}) == len(units) == 375
    assert all(unit.unit_id.startswith(f"{unit.country}-x-") for unit in units)
    assert Counter(unit.level for unit in units) == {
        "municipality": 330, "intermediate": 34, "metropolitan": 7, "association": 4
    }  # fmt: skip
    names = Counter(unit.name for unit in units)
    twice = [name for name, count in names.items() if count == 2]
    inside = [n for n in twice if len({u.country for u in units if u.name == n}) == 1]
    assert (len(twice), len(inside), max(names.values())) == (12, 4, 2)
    assert sum("'" in unit.name or "-" in unit.name for unit in units) == 10
    assert sum(len(unit.official) > 60 for unit in units) == 6
    assert 0.3 < sum(not unit.name.isascii() for unit in units) / len(units) < 0.37


def test_membership_is_counted_at_a_date() -> None:
    rows = read_csv(PROJECT / "schemas/shared/membership.csv")

    def members(day: str) -> int:
        return len({
            row["unit_id"]
            for row in rows
            if row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"])
        })  # fmt: skip

    assert [members(day) for day in ("2023-03-06", "2023-05-12")] == [350, 350]
    assert [members(day) for day in ("2025-03-03", "2025-05-09")] == [375, 375]
    assert (len(rows), sum(bool(row["valid_to"]) for row in rows)) == (381, 4)


def test_who_answers_in_which_language_and_may_be_named(population: Population) -> None:
    now = {r.unit.unit_id: r for r in population.waves["2025"]}
    before = {r.unit.unit_id for r in population.waves["2023"]}
    assert (len(now), len(before), len(now.keys() & before)) == (90, 62, 41)
    assert not before & population.joined
    languages = Counter(respondent.language for respondent in now.values())
    assert languages == {"es": 62, "pt": 22, "en": 4, "fr": 2}
    aggregate = Counter(r.unit.country for r in now.values() if r.publish == "aggregate")
    assert aggregate == {"AR": 9, "BR": 7, "CL": 2, "PE": 1, "PY": 2, "UY": 4, "CO": 2}
    assert aggregate.total() == 27


def test_every_record_has_its_expected_verdict() -> None:
    records = read_csv(PROJECT / TRUTH / "records.csv")
    for row in table(RECORDS):
        verdicts = Counter(r["verdict"] for r in records if r["wave"] == row["wave"])
        declared = {verdict: int(count) for verdict, count in row.items() if verdict in verdicts}
        assert (verdicts, verdicts.total()) == (declared, int(row["sum"]))


def rows_of(path: Path) -> list[list[str]]:
    """Header and records of submissions, as the tool's format has them."""
    if path.suffix == ".xlsx":
        return [list(map(str, row)) for row in next(iter(cells(path).values()))]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            text = archive.read("migration_policies.csv").decode()
    else:
        text = path.read_bytes().decode("utf-8-sig")
    delimiter = "," if path.stem in {"02_google", "04_odk"} else ";"
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [row for row in rows if row]


def test_the_files_hold_the_records_of_the_truth() -> None:
    truth = read_csv(PROJECT / TRUTH / "records.csv")
    sizes = Counter((r["wave"], r["file"]) for r in truth)
    assert sizes == {
        ("2023", "01_kobo.xlsx"): 60, ("2023", "02_kobo.csv"): 11,
        ("2025", "01_kobo.xlsx"): 48, ("2025", "02_google.csv"): 27,
        ("2025", "03_limesurvey.csv"): 18, ("2025", "04_odk.zip"): 14,
    }  # fmt: skip
    for (wave, name), count in sizes.items():
        rows = rows_of(PROJECT / RAW / wave / name)
        assert len(rows) - 1 == count, name
        assert {len(row) for row in rows} == {len(rows[0])}
        said = [r for r in truth if (r["wave"], r["file"]) == (wave, name)]
        for row, record in zip(rows[1:], said, strict=True):
            assert record["submission_id"].removeprefix("id:") in "\n".join(row)
    by_file = Counter((r["file"], r["language"]) for r in truth if r["kind"] == "answer")
    assert {by_file["02_google.csv", "en"], by_file["03_limesurvey.csv", "pt"]} == {0}
    assert (by_file["03_limesurvey.csv", "fr"], by_file["04_odk.zip", "en"]) == (2, 4)


def test_each_file_has_the_traps_of_its_tool() -> None:
    folder = PROJECT / RAW / "2025"
    kobo, google = rows_of(folder / "01_kobo.xlsx"), rows_of(folder / "02_google.csv")
    assert {cell for cell in kobo[1] if cell} == set(TAGS.values())
    assert kobo[0][3] == "city_id"
    assert google[0][:3] == ["Carimbo de data/hora", "Governo local", "País"]
    assert sum(header.startswith("¿") for header in google[0]) == 2  # the others: Portuguese
    ids = [row[1] for row in google[1:] if "-x-" in row[1]]
    assert 0 < len(ids) < 10
    lime = (folder / "03_limesurvey.csv").read_bytes()
    assert lime.startswith(b'\xef\xbb\xbf"id. ')
    assert lime.endswith(b'"\r\n\r\n')
    broken = [row for row in rows_of(folder / "03_limesurvey.csv")[1:] if not row[1]]
    assert [row[-1] for row in broken] == ["N/A"] * 3
    odk = rows_of(folder / "04_odk.zip")
    joined, split = (
        odk[0].index(name) for name in ("C-hr_framework_kind", "C-hr_framework_kind/plan")
    )
    assert {row[split] for row in odk[1:] if not row[joined]} == {"0"}
    with zipfile.ZipFile(folder / "04_odk.zip") as archive:
        assert archive.namelist() == ["migration_policies.csv", "migration_policies-pol.csv"]


def test_every_kind_of_trouble_is_planted() -> None:
    planted = Counter(row["kind"] for row in read_csv(PROJECT / TRUTH / "faults.csv"))
    assert planted == {row["kind"]: int(row["amount"]) for row in table(FAULTS)}
    log = read_csv(PROJECT / SURVEY / "cleaning_log.csv")
    faults = {
        (row["submission_id"], row["question"]): row["received"]
        for row in read_csv(PROJECT / TRUTH / "faults.csv")
        if row["is_in_log"] == "1"
    }
    assert len(log) == 14
    assert {(line["submission_id"], line["question"]): line["old_value"] for line in log} == faults


def states(form: Form, made: list[Submission]) -> Counter[str]:
    asked = [
        (question, {**submission.answers, **row}.get(question.name, ""))
        for submission in made
        for row, questions in [
            ({}, form.main()),
            *[(r, form.policy()) for r in submission.policies],
        ]
        for question in questions
        if question.type != "calculate" and is_asked(question, {**submission.answers, **row})
    ]
    return Counter(state(question, value) for question, value in asked)


def state(question: Question, value: str) -> str:
    kinds = {c.name: c.missing_kind for c in question.choices if c.missing_kind}
    return kinds.get(value, "answered" if value else "unanswered")


def test_one_answer_in_twelve_is_missing(answers: list[Submission]) -> None:
    found = states(read_form("2025"), answers)
    asked = found.total() - found["not_applicable"]
    shares = {kind: round(100 * count / asked, 1) for kind, count in found.items()}
    assert shares["unanswered"] == pytest.approx(5.0, abs=0.3)
    assert shares["dont_know"] == pytest.approx(2.5, abs=0.3)
    assert shares["refused"] == pytest.approx(0.5, abs=0.2)


def test_answers_follow_the_form_before_anything_is_planted(answers: list[Submission]) -> None:
    form = read_form("2025")
    for submission in answers:
        rows = [(submission.answers, form.main())]
        rows += [({**submission.answers, **row}, form.policy()) for row in submission.policies]
        for row, questions in rows:
            filled = [q for q in questions if row.get(q.name)]
            assert all(is_asked(question, row) for question in filled)
            assert not [q.name for q in filled if q.choices and not codes_are_valid(q, row)]


def codes_are_valid(question: Question, row: dict[str, str]) -> bool:
    chosen = row[question.name].split()
    alone = {"none", "dk", "all", "official_only"} & set(chosen)
    listed = set(chosen) <= {choice.name for choice in question.choices}
    return listed and (not alone or len(chosen) == 1)


def test_policies_are_shared_out_as_declared(answers: list[Submission]) -> None:
    counts = Counter(int(s.answers["n_pol"]) for s in answers if "n_pol" in s.answers)
    assert [counts[number] for number in range(6)] == [13, 20, 22, 18, 9, 5]
    assert sum(number * count for number, count in counts.items()) == 179
    policies = [policy for submission in answers for policy in submission.policies]
    assert len(policies) == 160  # 19 governments with one policy wrote in a tool without repeats
    assert sum("other" in policy["pol_rights"].split() for policy in policies) == 6
    named = [s for s in answers if s.answers["consent_publish"] == "named"]
    assert sum("pol_share" in p for p in policies) == sum(len(s.policies) for s in named)


def test_larger_governments_answer_more_often_and_score_higher(population: Population) -> None:
    answered = population.waves["2025"]
    means = []
    for size in ("s1", "s2", "s3", "s4"):
        levels = [r.theta for r in answered if r.unit.size_class == size]
        means.append(sum(levels) / len(levels))
    assert means == sorted(means)


def test_the_older_questionnaire_lacks_three_questions_and_a_choice() -> None:
    old, new = read_form("2023"), read_form("2025")
    names = [{question.name for question in form.questions} for form in (old, new)]
    assert names[1] - names[0] == set(ADDED_IN_V2)
    assert not names[0] - names[1]
    budgets = [next(q for q in form.questions if q.name == "budget").codes() for form in (old, new)]
    assert set(budgets[1]) - set(budgets[0]) == {"mixed"}


@pytest.mark.parametrize(
    ("survey", "domain", "calculated"),
    [
        ("migration_policies", "survey", {"country"}),
        ("human_rights_cities_2030", "campaign", set()),
        ("roadmap_actions", "roadmap_actions", set()),
    ],
)
def test_the_questionnaire_says_what_the_domain_says(
    shared: Path, survey: str, domain: str, calculated: set[str]
) -> None:
    """Every text, rule and mark of the written domain stands in the workbook, word by word."""
    book = read_workbook(PROJECT / "schemas" / survey / "questionnaire.xlsx")
    asked, choices = (
        [dict(zip(book[name][0], row, strict=True)) for row in book[name][1:]]
        for name in ("survey", "choices")
    )
    by_name = {row["name"]: row for row in asked if not row["type"].startswith(("begin_g", "end_"))}
    written = read_csv(shared / f"domain/{domain}_questions.csv")
    for row in written:
        if not row["type"].startswith("end_"):
            assert_same(row, by_name[row["name"]])
    made = {"start", "end", "today"} | calculated
    assert set(by_name) - {row["name"] for row in written} == made
    listed = read_csv(shared / f"domain/{domain}_choices.csv")
    for row, choice in zip(listed, choices, strict=True):
        assert row["list"] == choice["list_name"]
        assert_same(row, choice)


def assert_same(written: dict[str, str], found: dict[str, str]) -> None:
    headers = {header.replace("::", "_").split(" ")[0]: header for header in found}
    languages = {"Español": "es", "Português": "pt", "English": "en", "Français": "fr"}
    for word, code in languages.items():
        headers = {name.replace(word, code): header for name, header in headers.items()}
    for column in written.keys() & headers.keys():
        assert written[column] == found[headers[column]], (written["name"], column)
