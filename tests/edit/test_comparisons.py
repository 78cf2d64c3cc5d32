"""Comparisons between records: with the last wave, and of interviews with each other."""

from pathlib import Path

import numpy as np

from pipeline.edit.comparisons import outlying_ratios
from pipeline.store import Work
from tests.edit.batch import edited, rows

FORM = (
    """
    | type    | name  | label | pii    |
    |---------|-------|-------|--------|
    | text    | city  | City  |        |
    | integer | staff | Staff |        |
    | integer | phone | Phone | direct |
    """,
)
WAVES = """
unit_kind = "institution"
[key]
unit = "city"
[[wave]]
id = "2023"
raw = "2023"
[[wave]]
id = "2025"
raw = "2025"
"""
# Worked by hand where the edit is defined: all but the last change as the others do.
STAFF = [80, 90, 90, 100, 100, 100, 100, 110, 110, 400]


def answers(before: list[object], now: list[object]) -> str:
    """A table: in each wave the cities c0, c1 … with their staff."""
    lines = ["| submission_id | wave | city | staff | phone |", "|---|---|---|---|---|"]
    for wave, staff in (("2023", before), ("2025", now)):
        lines += [
            f"| {wave}-{n} | {wave} | c{n} | {s} | {1 if wave == '2023' else n}0{n} |"
            for n, s in enumerate(staff)
        ]
    return "\n".join(lines)


def warned(work: Work, code: str) -> list[tuple[object, ...]]:
    """Submission, question and severity of a warning."""
    sql = f"SELECT submission_id, question, severity FROM edit.violation WHERE code = '{code}'"
    return rows(work, f"{sql} ORDER BY ALL")


def test_a_number_that_changed_unlike_the_others(tmp_path: Path, work: Work) -> None:
    files = {"survey.toml": WAVES}
    edited(tmp_path, work, FORM, answers([100] * 10, STAFF), files)
    assert warned(work, "unlike_last_wave") == [("2025-9", "staff", "warning")]
    asked = work.members.execute("SELECT unit_id, code, received FROM edit.open_matter").fetchall()
    assert ("c9", "unlike_last_wave", "400") in asked


def test_nothing_is_said_of_nine_pairs(tmp_path: Path, work: Work) -> None:
    """One of the ten has no number that stands in the earlier wave."""
    files = {"survey.toml": WAVES}
    edited(tmp_path, work, FORM, answers(["many", *[100] * 9], STAFF), files)
    assert warned(work, "unlike_last_wave") == []


def test_what_answers_several_times_is_not_compared_with_an_earlier_wave(
    tmp_path: Path, work: Work
) -> None:
    files = {"survey.toml": WAVES.replace('unit = "city"', 'unit = "city"\none_per_unit = "none"')}
    edited(tmp_path, work, FORM, answers([100] * 10, STAFF), files)
    assert warned(work, "unlike_last_wave") == []


def unlike(now: list[float], before: list[float]) -> list[int]:
    return [int(n) for n in np.flatnonzero(outlying_ratios(np.array(now), np.array(before)))]


def test_the_ratio_edit() -> None:
    """Shrinking counts as growing does; the small may vary more; zeros and blanks are no pair.

    Without a floor the bound of 3.15 would tell 130, since 0.3 * sqrt(130) = 3.42.
    """
    same = [100.0] * 10
    usual = [80.0, 90, 90, 100, 100, 100, 100, 110, 110]
    assert unlike([*usual, 400], same) == [9]
    assert unlike([*usual, 25], same) == [9]
    assert unlike([*usual, 130], same) == []
    assert unlike([*usual, 4], [*same[1:], 2]) == []
    assert unlike([*usual, 4e6], [*same[1:], 2e6]) == [9]
    assert unlike([*usual, 110, 0, np.nan, 70], [*same, 50, 50, 0]) == []


def test_where_most_did_not_change_no_bound_is_drawn() -> None:
    assert unlike([100.0] * 9 + [150], [100.0] * 10) == []


GRID = (
    """
    | type             | name  | label |
    |------------------|-------|-------|
    | select_one level | alone | Alone |
    | begin_group      | block | Block |
    | select_one level | one   | One   |
    | select_one level | two   | Two   |
    | select_one level | three | Three |
    | select_one level | four  | Four  |
    | end_group        |       |       |
    | begin_group      | facts | Facts |
    | select_one yn    | a     | A     |
    | select_one yn    | b     | B     |
    | select_one yn    | c     | C     |
    | select_one yn    | d     | D     |
    | end_group        |       |       |
    """,
    """
    | list_name | name | label        | missing_kind |
    |-----------|------|--------------|--------------|
    | level     | low  | Low          |              |
    | level     | mid  | Middle       |              |
    | level     | high | High         |              |
    | level     | dk   | Do not know  | dont_know    |
    | yn        | yes  | Yes          |              |
    | yn        | no   | No           |              |
    | yn        | dk   | Do not know  | dont_know    |
    """,
)
PERSONS = """
    | submission_id | alone | one  | two  | three | four | a   | b   | c   | d   |
    |---------------|-------|------|------|-------|------|-----|-----|-----|-----|
    | one line      | low   | mid  | mid  | mid   | mid  | yes | yes | yes | yes |
    | thinks        | mid   | mid  | mid  | mid   | high | yes | yes | yes | no  |
    | knows nothing | dk    | dk   | dk   | dk    | dk   | dk  | dk  | dk  | dk  |
    | left one out  | mid   | mid  | mid  | mid   |      | yes | yes | yes | yes |
    """


def test_a_person_who_chose_the_same_all_along(tmp_path: Path, work: Work) -> None:
    """Four times yes can be meant; only blocks of three choices or more are looked at."""
    edited(tmp_path, work, GRID, PERSONS)
    assert warned(work, "straight_lining") == [("one line", "one", "warning")]


def test_of_governments_no_line_is_told(tmp_path: Path, work: Work) -> None:
    edited(tmp_path, work, GRID, PERSONS, {"survey.toml": 'unit_kind = "institution"\n'})
    assert warned(work, "straight_lining") == []


def interviews(minutes: list[int]) -> str:
    """A table: interviews that lasted so long, written in two time zones."""
    lines = ["| submission_id | started_at | ended_at | city |", "|---|---|---|---|"]
    for number, length in enumerate(minutes):
        ended = f"2025-05-01T{9 + length // 60:02}:{length % 60:02}:00+01:00"
        lines.append(f"| {number:02} | 2025-05-01T08:00:00Z | {ended} | A |")
    return "\n".join(lines)


def test_an_interview_far_shorter_than_the_others(tmp_path: Path, work: Work) -> None:
    """Half of them take 30 minutes or more; one that ended before it began says nothing."""
    survey = {"survey.toml": '[key]\nunit = "city"\none_per_unit = "none"\n'}
    edited(tmp_path, work, FORM, interviews([30] * 19 + [9, 10, -30]), survey)
    assert warned(work, "interview_short") == [("19", "city", "warning")]


def test_nothing_is_said_of_nineteen_interviews(tmp_path: Path, work: Work) -> None:
    edited(tmp_path, work, FORM, interviews([30] * 18 + [9]))
    assert warned(work, "interview_short") == []


def test_an_answer_after_the_wave_closed_counts_and_is_told_to_the_house(
    tmp_path: Path, work: Work
) -> None:
    closing = WAVES.replace('raw = "2023"', 'raw = "2023"\ncloses = 2023-05-09')
    edited(
        tmp_path,
        work,
        FORM,
        """
        | submission_id | wave | city | submitted_at         |
        |---------------|------|------|----------------------|
        | in time       | 2023 | A    | 2023-05-09T23:00:00Z |
        | late          | 2023 | B    | 2023-05-10T01:00:00Z |
        | no end        | 2025 | A    | 2025-12-31T01:00:00Z |
        """,
        {"survey.toml": closing},
    )
    assert warned(work, "after_deadline") == [("late", "city", "warning")]
    assert rows(work, "SELECT count(*) FROM edit.response") == [(3,)]
    assert work.members.execute("SELECT code FROM edit.open_matter").fetchall() == []


def test_without_a_key_a_warning_stands_at_the_submission(tmp_path: Path, work: Work) -> None:
    edited(tmp_path, work, FORM, interviews([30] * 19 + [9]))
    assert warned(work, "interview_short") == [("19", "", "warning")]
