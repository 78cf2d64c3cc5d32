"""SPSS: numbers with labels, declared missing values, response sets, names in capitals."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from pipeline.ask import Choice, Questionnaire
from pipeline.ask.survey import Key
from pipeline.collect import typed, typed_child
from pipeline.collect.export import Export, Record
from pipeline.collect.special_codes import suspect_special_codes
from pipeline.collect.submission import Collected, Submission
from pipeline.errors import Problem, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, questionnaire, rows

FORM = """
    | type                  | name              | label::Español (es) | label::English (en) |
    |-----------------------|-------------------|---------------------|---------------------|
    | text                  | city              | Gobierno            | Government          |
    | select_one yn         | has_plan          | ¿Hay un plan?       | Is there a plan?    |
    | select_one grade      | grade             | Nota                | Grade               |
    | select_multiple needs | needs             | Necesidades         | Needs               |
    | select_multiple needs | offers            | Ofertas             | Offers              |
    | integer               | staff             | Personal            | Staff               |
    | decimal               | budget_of_the_year | Presupuesto        | Budget              |
    | date                  | since             | Desde               | Since               |
    | datetime              | seen              | Visto               | Seen                |
    | time                  | opens             | Abre                | Opens               |
    | text                  | remarks           | Observaciones       | Remarks             |
    """
CHOICES = """
    | list_name | name     | label::Español (es) | label::English (en) | missing_kind |
    |-----------|----------|---------------------|---------------------|--------------|
    | yn        | yes      | Sí                  | Yes                 |              |
    | yn        | no       | No                  | No                  |              |
    | yn        | dk       | No sabe             | Does not know       | dont_know    |
    | grade     | 1        | Baja                | Low                 |              |
    | grade     | 2        | Alta                | High                |              |
    | grade     | 99       | No sabe             | Does not know       | dont_know    |
    | needs     | money    | Dinero              | Money               |              |
    | needs     | training | Formación           | Training            |              |
    """


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    return questionnaire(FORM, CHOICES)


def sav(
    folder: Path,
    columns: Mapping[str, Sequence[Any]],
    sets: Sequence[str] = (),
    **settings: Any,
) -> bytes:
    """The bytes of a system file; `sets` are multiple-response sets as SPSS writes them."""
    path = folder / "written.sav"
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), **settings)
    content = path.read_bytes()
    text = "".join(f"{one}\n" for one in sets).encode()
    record = struct.pack("<iiii", 7, 7, 1, len(text)) + text if sets else b""
    end = content.index(struct.pack("<ii", 999, 0))  # of the dictionary
    return content[:end] + record + content[end:]


def stored(work: Work, columns: str) -> list[tuple[Any, ...]]:
    assert rows(work, "SELECT tool, dialect FROM collect.file") == [("spss", "spss")]
    return rows(work, f"SELECT {columns} FROM collect.submission ORDER BY record_id")


def notes(work: Work) -> list[str]:
    return list(rows(work, "SELECT notes FROM collect.file")[0][0])


def test_numbers_are_codes_or_labels_that_mean_codes(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(
        tmp_path,
        {"HAS_PLAN": [1.0, 2.0, None, 7.0], "GRADE": [1.0, 2.0, 99.0, 3.0], "CITY": list("abcd")},
        variable_value_labels={"HAS_PLAN": {1: "Sí", 2: "NO "}, "GRADE": {2: "Baja"}},
    )
    assert stored(collected({"a.sav": content}, form), "city, has_plan, grade") == [
        ("a", "yes", "1"),
        ("b", "no", "1"),  # the label says what the number means
        ("c", "", "99"),
        ("d", "7", "3"),  # without a label, and no code: as received
    ]


def test_declared_missing_values_are_the_forms_code_or_blank(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(
        tmp_path,
        {
            "has_plan": [1.0, 98.0, 97.0],
            "grade": [1.0, 99.0, 98.0],
            "staff": [3.0, -9.0, -1.0],
            "city": ["a", "zz", ""],
        },
        variable_value_labels={"has_plan": {1: "Yes", 97: "Refuses", 98: "Does not know"}},
        missing_ranges={
            "has_plan": [{"lo": 97, "hi": 99}],
            "grade": [98, 99],
            "staff": [{"lo": -99, "hi": -2}, -1],
            "city": ["zz"],
        },
    )
    work = collected({"a.sav": content}, form)
    assert stored(work, "city, has_plan, grade, staff") == [
        ("a", "yes", "1", "3"),
        ("", "dk", "99", ""),
        ("", "", "", ""),
    ]
    assert [note for note in notes(work) if "blanked" in note] == [
        f"{Problem.value_blanked.name} city zz 1",
        f"{Problem.value_blanked.name} grade 98 1",
        f"{Problem.value_blanked.name} has_plan 97 1",
        f"{Problem.value_blanked.name} staff -1 1",
        f"{Problem.value_blanked.name} staff -9 1",
    ]


def test_dates_and_times_count_seconds_and_become_iso(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(
        tmp_path,
        {
            "SINCE": [date(2025, 3, 4), date(1899, 12, 31), None],
            "SEEN": [datetime.fromisoformat("2025-03-04T17:12:33"), None, None],
            "OPENS": [time(7, 5), time(23, 59, 59), None],
            "BUDGET_O": [1234.5, 1e10, 0.1],
        },
    )
    assert stored(
        collected({"a.sav": content}, form), "since, seen, opens, budget_of_the_year"
    ) == [
        ("2025-03-04", "2025-03-04T17:12:33", "07:05:00", "1234.5"),
        ("1899-12-31", "", "23:59:59", "10000000000"),
        ("", "", "", "0.1"),
    ]


def test_variables_are_found_by_name_in_any_case_label_or_cut_name(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(
        tmp_path,
        {"V1": ["a"], "Grade": [1.0], "BUDGET_O": [5.0], "V2": ["free"], "REMARK": ["short"]},
        column_labels={"V1": "Gobierno\r\n", "V2": "Something else", "Grade": "Staff"},
    )
    work = collected({"a.sav": content}, form)
    assert stored(work, "city, grade, budget_of_the_year, staff, remarks") == [
        ("a", "1", "5", None, None)
    ]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(["V2", "REMARK"],)]
    assert f"{Problem.column_suggested.name} REMARK remarks" in notes(work)


def test_a_set_of_dichotomies_counts_its_value(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(
        tmp_path,
        {
            "CITY": list("abcd"),
            "Q5A": [1.0, 2.0, None, 9.0],
            "Q5B": [1.0, 1.0, None, 1.0],
            "OFFERS_MONEY": [1.0, 0.0, None, 0.0],
            "OFFERS_TRAINING": [0.0, 0.0, None, 1.0],
        },
        sets=["$needs=D1 1 11 Necesidades Q5A Q5B"],
        column_labels={"Q5A": "Dinero", "Q5B": "Necesidades: Formación"},
        missing_ranges={"Q5A": [9]},
    )
    work = collected({"a.sav": content}, form)
    columns = 'needs, "needs/money", "needs/training", offers, "offers/money", "offers/training"'
    assert stored(work, columns) == [
        ("money training", "1", "1", "money", "1", "0"),
        ("training", "0", "1", "", "0", "0"),
        ("", "", "", "", "", ""),
        ("training", "", "1", "training", "0", "1"),
    ]


def test_a_set_of_categories_lists_what_was_chosen(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(
        tmp_path,
        {
            "CITY": list("abc"),
            "N1": [2.0, 1.0, None],
            "N2": [1.0, None, None],
            "N3": [2.0, None, None],
        },
        sets=["$MINE=C 11 Necesidades N1 N2 N3"],
        variable_value_labels={name: {1: "Dinero", 2: "Formación"} for name in ("N1", "N2", "N3")},
    )
    found = stored(collected({"a.sav": content}, form), "needs")
    assert found == [("training money",), ("money",), ("",)]


def test_a_dichotomy_may_be_labelled_yes_and_no(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    labels = {1.0: "Sí", 2.0: "No"}
    content = sav(
        tmp_path,
        {"NEEDS_MONEY": [1.0, 2.0], "NEEDS_TRAINING": [2.0, 2.0]},
        variable_value_labels={"NEEDS_MONEY": labels, "NEEDS_TRAINING": labels},
    )
    found = stored(collected({"a.sav": content}, form), 'needs, "needs/money", "needs/training"')
    assert found == [("money", "1", "0"), ("", "0", "0")]


def test_text_in_the_old_encoding_is_read(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(tmp_path, {"CITY": ["Nandu"], "GRADE": [1.0]})
    old = content.replace(b"UTF-8", b"cp1252").replace(b"Nandu", "Ñandú".encode("cp1252"))
    size, start = struct.pack("<iiii", 7, 20, 1, 5), content.index(b"UTF-8") - 16
    assert content[start : start + 16] == size
    old = old[:start] + struct.pack("<iiii", 7, 20, 1, 6) + old[start + 16 :]
    code_page = struct.pack("<iiii", 7, 3, 4, 8)
    at = old.index(code_page) + len(code_page) + 28
    old = old[:at] + struct.pack("<i", 1252) + old[at + 4 :]
    work = collected({"a.sav": old}, form)
    assert stored(work, "city") == [("Ñandú",)]
    assert rows(work, "SELECT upper(encoding) FROM collect.file") == [("CP1252",)]


def test_a_typed_government_is_a_unit_here_too(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    units = (Choice("", "UY-sur", {"name_es": "Sur"}), Choice("", "AR-sur", {"name_es": "Norte"}))
    content = sav(tmp_path, {"CITY": ["SUR", "Este"]})
    work = collected({"a.sav": content}, replace(form, units=units), key=Key(unit="city"))
    assert stored(work, "city") == [("UY-sur",), ("Este",)]


def test_every_case_is_accounted_for(
    collected: Collect, form: Questionnaire, tmp_path: Path
) -> None:
    content = sav(tmp_path, {"CITY": ["a", "", "prueba"], "STAFF": [1.0, None, None]})
    work = collected({"a.sav": content}, form)
    assert rows(work, "SELECT record_number, outcome, reason FROM collect.record") == [
        (1, "submission", ""),
        (2, "not_a_submission", "footer_line"),
        (3, "not_a_submission", "test_row"),
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda content: content[:200], Problem.data_file_unreadable),
        (lambda content: content[:-30], Problem.data_file_unreadable),
        (lambda content: b"city,staff\n", Problem.data_file_unreadable),
        (lambda content: b"", Problem.empty_file),
    ],
)
def test_a_damaged_file_is_refused(
    collected: Collect, form: Questionnaire, tmp_path: Path, change: Any, problem: Problem
) -> None:
    content = sav(tmp_path, {"CITY": [f"government {n}" for n in range(9)], "STAFF": [1.0] * 9})
    with pytest.raises(RelevoError) as error:
        collected({"a.sav": change(content)}, form)
    assert [(one.file, one.problem) for one in error.value.findings] == [("a.sav", problem)]


def test_a_file_beyond_all_measure_is_refused(
    collected: Collect, form: Questionnaire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    source = Path(typed_child.__file__).read_text(encoding="utf-8")
    child.write_text(source.replace("CELLS = 20_000_000", "CELLS = 2"), encoding="utf-8")
    child.write_text(child.read_text().replace("SLICE = 1_000_000", "SLICE = 2"), encoding="utf-8")
    monkeypatch.setattr(typed, "CHILD", child)
    with pytest.raises(RelevoError) as error:
        collected({"a.sav": sav(tmp_path, {"CITY": ["a"] * 9, "STAFF": [1.0] * 9})}, form)
    assert error.value.findings[0].problem is Problem.data_file_limits


DANE = """
    | type    | name     | label                             |
    |---------|----------|-----------------------------------|
    | text    | P784S4A2 | Which one?                        |
    | integer | members  | ¿cuántos miembros del hogar recibieron el subsidio? |
    | integer | P784S4A4 | How much in the last 12 months?   |
    | decimal | fex_c    | Weight                            |
    """


def test_a_file_of_a_statistics_office(collected: Collect, shared: Path) -> None:
    content = (shared / "real/dane_programas/dane_ecv_programas.sav").read_bytes()
    work = collected({"a.sav": content}, questionnaire(DANE, ""))
    assert rows(work, "SELECT encoding, records, submissions FROM collect.file") == [
        ("WINDOWS-1252", 2458, 2458)
    ]
    facts = """
        SELECT count(DISTINCT P784S4A2), count(*) FILTER (P784S4A2 = 'DEVOLUCION DEL IVA'),
               count(*) FILTER (P784S4A2 = 'DEVOLUCION DE IVA'),
               round(sum(cast(fex_c AS DOUBLE)), 4),
               round(sum(cast(P784S4A4 AS DOUBLE) * cast(fex_c AS DOUBLE))
                   / sum(cast(fex_c AS DOUBLE)), 4),
               count(members)
        FROM collect.submission"""
    assert rows(work, facts) == [(640, 290, 64, 383227.6494, 509184.5493, 2458)]
    unknown = ["DIRECTORIO", "SECUENCIA_ENCUESTA", "SECUENCIA_P", "ORDEN"]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(unknown,)]
    key = "SELECT count(DISTINCT submission_id) FROM collect.submission"
    assert rows(work, key) == [(2458,)]
    assert f"{Problem.special_codes_suspected.name} P784S4A4 98 99" in notes(work)
    suspected = """
        SELECT P784S4A4, count(*) FROM collect.warning JOIN collect.submission USING (record_id)
        WHERE question = 'P784S4A4' AND code = 'special_codes_suspected' GROUP BY 1 ORDER BY 1"""
    assert rows(work, suspected) == [("98", 5), ("99", 27)]


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ([5000.0] * 10 + [98, 99, 99], "98 99"),
        ([12.0] * 10 + [99], "99"),
        ([3.0] * 10 + [-1, -99], "-99 -1"),
        ([40.0] * 10 + [99], ""),  # a number like others
        ([-5.0] * 10 + [-9, 0], ""),
        ([97.0] * 10 + [98, 99], ""),  # nothing else was answered
        ([5000.0] * 9 + [99], ""),  # too few to know what is usual
    ],
)
def test_codes_that_nobody_declared_are_suspected(answers: list[float], codes: str) -> None:
    form = questionnaire("| type | name | label |\n|---|---|---|\n| decimal | sum | Sum |", "")
    submissions = tuple(
        Submission("", Record(n, n, ()), "submission", "", answers={"sum": f"{number:g}"})
        for n, number in enumerate(answers, 1)
    )
    export = Export("1", "a.sav", "", 0, "", "spss", ())
    found = suspect_special_codes(Collected(export, "spss", submissions, (), (), (), ()), form)
    assert [note.partition(" sum ")[2] for note in found.notes] == ([codes] if codes else [])
    warned = [one.answers["sum"] for one in found.submissions if one.warnings]
    assert set(warned) == set(codes.split())
