"""632 real household interviews: what the form's rules find, and what its cleaning log leaves."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.ask import read_survey
from pipeline.collect import collect
from pipeline.edit import edit
from pipeline.store import Work, connect
from tests.edit.batch import rows

DECLARED = """
[[wave]]
id = "2021-07"
closes = 2021-07-15
"""
LOG = """
[cleaning_log]
old_value = "optional"
[cleaning_log.columns]
submission_id = "_uuid"
question = "questions"
action = "change_type"
date = "reported_date"
"""
# What the form says; interviews that are unlike the others are told beside it.
RULES = "WHERE code NOT IN ('straight_lining', 'interview_short')"
STATES = "SELECT * EXCLUDE (response_id, row_id, wave) FROM edit.state"


@pytest.fixture(scope="module")
def reach(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Work]:
    """The survey collected and edited, with or without its log."""
    done: dict[str, Work] = {}

    def run(log: str) -> Work:
        if log not in done:
            done[log] = _run(shared / "real/reach_wash", tmp_path_factory.mktemp("reach"), log)
        return done[log]

    return run


def _run(source: Path, root: Path, log: str) -> Work:
    folder, raw = root / "reach_wash", root / "raw"
    folder.mkdir()
    raw.mkdir()
    shutil.copyfile(source / "questionnaire.xlsx", folder / "questionnaire.xlsx")
    shutil.copyfile(source / "raw_export.xlsx", raw / "raw_export.xlsx")
    (folder / "survey.toml").write_text(DECLARED + log)
    if log:
        shutil.copyfile(source / "cleaning_log.csv", folder / "cleaning_log.csv")
    names = ("confidential", "members", "survey")
    work = Work(root, *[connect(root / f"{name}.duckdb") for name in names])
    found = read_survey(folder)
    collect(found, raw, work)
    edit(found, work)
    return work


def test_as_received_the_rules_find_blanks_and_codes_and_nothing_else(
    reach: Callable[[str], Work],
) -> None:
    work = reach("")
    verdicts = rows(work, "SELECT verdict, reason, count(*) FROM edit.ledger GROUP BY ALL")
    assert verdicts == [("loaded", "stands", 632)]
    found = rows(
        work, f"SELECT question, code, count(*) FROM edit.violation {RULES} GROUP BY ALL ORDER BY 1"
    )
    assert found == [
        ("neighbourhood", "unknown_choice", 632),
        ("pay_water_charges_when", "unknown_choice", 35),
        ("spend_piped", "required_unanswered", 437),
        ("water_source_cook", "required_unanswered", 1),
    ]
    states = Counter(work.confidential.execute(STATES).df().to_numpy().ravel().tolist())
    assert (states["not_asked"], states["unanswered"], states["set_aside"]) == (41_785, 438, 667)


def test_a_choice_of_a_newer_form_is_absent_where_its_column_is_blank(
    reach: Callable[[str], Work],
) -> None:
    found = rows(
        reach(""),
        "SELECT enumerator_num IN (6, 7), count(*) FROM edit.response "
        'WHERE "primary_livelihood/own_business" IS NULL AND primary_livelihood IS NOT NULL '
        "GROUP BY ALL ORDER BY ALL",
    )
    assert found == [(False, 28), (True, 71)]


def test_cleaning_leaves_what_the_raw_data_did_not_have(reach: Callable[[str], Work]) -> None:
    work = reach(LOG)
    verdicts = rows(
        work, "SELECT verdict, reason, count(*) FROM edit.ledger GROUP BY ALL ORDER BY ALL"
    )
    assert verdicts == [("loaded", "stands", 578), ("quarantined", "removed_by_log", 54)]
    found = rows(
        work,
        f"SELECT question, code, count(*) FROM edit.violation {RULES} GROUP BY ALL ORDER BY ALL",
    )
    assert [line for line in found if line[1] != "unknown_choice"] == [
        ("return_date", "required_unanswered", 3),
        ("spend_piped", "required_unanswered", 393),
        ("treat_drink_water_how", "answered_not_asked", 2),
        ("treat_drink_water_how", "split_disagrees", 2),
        ("water_sources", "split_disagrees", 2),
    ]
    states = Counter(work.confidential.execute(STATES).df().to_numpy().ravel().tolist())
    assert states["not_asked"] == 38_197 + 2
    actions = rows(work, "SELECT action, sum(records) FROM edit.correction GROUP BY ALL ORDER BY 1")
    assert actions == [("blank", 3), ("change", 46), ("remove", 54)]
