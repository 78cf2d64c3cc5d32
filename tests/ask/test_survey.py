"""survey.toml, frame and membership: everything that is declared, and everything that is wrong."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.ask import Survey, read_survey
from pipeline.errors import RelevoError
from tests.forms import write_form

FORM = """
    | type             | name      | label::Español (es) | label::English (en) |
    |------------------|-----------|---------------------|---------------------|
    | text             | city_id   | Gobierno            | Government          |
    | select_one yn    | consent   | ¿Acepta?            | Do you agree?       |
    """
CHOICES = """
    | list_name | name | label::Español (es) | label::English (en) |
    |-----------|------|---------------------|---------------------|
    | yn        | yes  | Sí                  | Yes                 |
    """
FRAME = """unit_id,name_official,iso2,size_class,population
NA-a,Ängstadt,NA,s1,1200
NA-b,Beta,NA,s2,
"""
MEMBERS = """unit_id,network,valid_from,valid_to
NA-a,mc,2019-01-01,2021-12-31
NA-a,mc,2024-01-01,
NA-b,mc,,
NA-b,other,2030-01-01,
"""
DECLARED = """
title = { es = "Encuesta", en = "Survey" }
unit_kind = "institution"
contact = "x@example.org"
[key]
unit = "city_id"
one_per_unit = "by_hand"
consent = { question = "consent", refused = ["no", "never"] }
[frame]
file = "shared/frame.csv"
membership = "shared/membership.csv"
network = "mc"
scope = "closed"
[[wave]]
id = "2023"
raw = "2023"
closes = 2023-05-12
[[wave]]
id = "2025"
state = "draft"
[design]
selection = "census_attempt"
strata = ["country", "size_class"]
level = 1
[groups]
by = ["country"]
"""


EVENTS = "record = 'event'\n[register]\n"


def folder(path: Path, declared: str, frame: str = FRAME, members: str = MEMBERS) -> Path:
    write_form(path / "questionnaire.xlsx", FORM, CHOICES)
    if declared:
        (path / "survey.toml").write_text(declared, encoding="utf-8")
    (path / "shared").mkdir(exist_ok=True)
    (path / "shared/frame.csv").write_text(frame, encoding="utf-8-sig")
    (path / "shared/membership.csv").write_text(members, encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(RelevoError) as error:
        read_survey(path)
    assert error.value.exit == 10
    return [f"{one.problem.name}: {one}" for one in error.value.findings]


def test_the_least_survey_is_a_questionnaire(tmp_path: Path) -> None:
    survey = read_survey(folder(tmp_path / "least", ""))
    assert survey.name == "least"
    assert survey.title == {"es": "questionnaire", "en": "questionnaire"}
    assert (survey.unit_kind, survey.languages) == ("person", ("es", "en"))
    assert [(wave.id, wave.raw, wave.state) for wave in survey.waves] == [("1", "", "final")]
    assert (survey.design.selection, survey.frame_files.scope) == ("open_call", "none")
    assert survey.frame is None
    assert not survey.demonstration


def test_every_key_is_a_field_of_the_dataclasses(tmp_path: Path) -> None:
    survey = read_survey(folder(tmp_path, DECLARED))
    assert survey.title == {"es": "Encuesta", "en": "Survey"}
    assert survey.key.consent.refused == ("no", "never")
    assert survey.key.one_per_unit == "by_hand"
    assert [wave.closes for wave in survey.waves] == [date(2023, 5, 12), None]
    assert survey.design.level == 1.0
    assert survey.briefs.group_kinds == ("country",)
    assert survey.questionnaire is survey.questionnaires["2025"]


def members(survey: Survey, year: int) -> list[str]:
    assert survey.frame is not None
    return survey.frame.members_at(date(year, 6, 1))["unit_id"].tolist()


def test_the_frame_is_text_and_n_is_counted_at_a_date(tmp_path: Path) -> None:
    survey = read_survey(folder(tmp_path, DECLARED))
    assert survey.frame is not None
    units = survey.frame.units
    assert units["country"].tolist() == ["NA", "NA"]  # Namibia is not missing
    assert units["population"].astype(object).tolist()[0] == 1200
    assert units["population"].isna().tolist() == [False, True]
    assert [members(survey, year) for year in (2018, 2021, 2023, 2025)] == [
        ["NA-b"],
        ["NA-a", "NA-b"],
        ["NA-b"],
        ["NA-a", "NA-b"],
    ]


def test_without_membership_every_unit_is_a_member(tmp_path: Path) -> None:
    declared = DECLARED.replace('membership = "shared/membership.csv"', "")
    assert members(read_survey(folder(tmp_path, declared)), 1990) == ["NA-a", "NA-b"]


def test_invented_units_force_the_demonstration_stamp(tmp_path: Path) -> None:
    invented = FRAME.replace("NA-", "NA-x-"), MEMBERS.replace("NA-", "NA-x-")
    declared = "demonstration = false\n" + DECLARED
    assert read_survey(folder(tmp_path, declared, *invented)).demonstration


def test_a_frame_of_persons_is_a_list_of_strata(tmp_path: Path) -> None:
    declared = """
        [frame]
        file = "shared/frame.csv"
        scope = "strata"
        [design]
        strata = ["area"]
        """
    survey = read_survey(folder(tmp_path, declared, "area,N\nnorth,120\nsouth,80\n"))
    assert survey.frame is not None
    assert survey.frame.units["N"].sum() == 200


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("titel = 1", "unknown_key: survey.toml: the key 'titel' is not known; the nearest is"),
        ("[key]\nunits = 'a'", "unknown_key: survey.toml: the key 'key.units' is not known; the"),
        ("contact = 1", "wrong_kind: survey.toml: 'contact' must be a text in quotes"),
        ("demonstration = 1", "wrong_kind: survey.toml: 'demonstration' must be true or false"),
        ("unit_kind = 'town'", "wrong_kind: survey.toml: 'unit_kind' must be \"person\" or"),
        ("languages = ['es', 'ar']", "wrong_kind: survey.toml: 'languages' must be a list of es,"),
        ("title = 'x'", "wrong_kind: survey.toml: 'title' must be a table of keys and values"),
        ("wave = 3", "wrong_kind: survey.toml: 'wave' must be [[wave]] tables"),
        ("[design]\nstrata = 'a'", "wrong_kind: survey.toml: 'design.strata' must be a list of"),
        ("[disclosure]\nthreshold = 1.5", "wrong_kind: survey.toml: 'disclosure.threshold' must"),
        ("[[wave]]\ncloses = '2025'", "wrong_kind: survey.toml: 'wave 1.closes' must be a date"),
        ("[design]\nrake = ['a']", "wrong_kind: survey.toml: '[design] rake' must be left out"),
        ("[register]", "wrong_kind: survey.toml: '[register]' must be left out, or the records"),
        (f"{EVENTS}state = 'a'", "unknown_question: survey.toml: 'register.state' names 'a'"),
        (f"{EVENTS}moves = ['a>']", "wrong_kind: survey.toml: 'register.moves a>' must be a move"),
        (
            f"{EVENTS}goals = ['9']",
            "wrong_kind: survey.toml: 'register.goals' must be a list of wh",
        ),
        ("[same_fact]\na = 'b.c'", "unknown_question: survey.toml: 'same_fact.a' names 'a'"),
        ("[key]\nunit = 'city'", "unknown_question: survey.toml: 'key.unit' names 'city'"),
        ("[groups]\nby = ['area']", "unknown_question: survey.toml: 'groups.by' names 'area'"),
        ("[[wave]]\n[[wave]]", "wave_twice: survey.toml: two waves are called '1'"),
        ("[[wave]]\nquestionnaire = 'old.xlsx'", "questionnaire_missing: "),
        ("= 3", "unreadable_declaration: survey.toml: the file cannot be read"),
        ("[frame]\nfile = 'f.csv'", "frame_file_missing: f.csv: there is no such file"),
    ],
)
def test_a_wrong_declaration_is_one_clear_message(tmp_path: Path, line: str, told: str) -> None:
    (message,) = refused(folder(tmp_path, line))
    assert message.startswith(told)


@pytest.mark.parametrize(
    ("frame", "members_file", "told"),
    [
        (FRAME.replace("size_class", "size"), MEMBERS, "frame_column_missing: shared/frame.csv, r"),
        (FRAME.replace("1200", "1,2"), MEMBERS, "frame_value: shared/frame.csv, row 2: the column"),
        (FRAME.replace("1200", "many"), MEMBERS, "frame_value: shared/frame.csv, row 2: the colum"),
        (FRAME + "NA-b,C,NA,s1,3\n", MEMBERS, "unit_twice: shared/frame.csv, row 4: the unit"),
        (FRAME + "NA-x-c,C,NA,s1,3\n", MEMBERS, "frame_mixed: shared/frame.csv: the frame mixes"),
        (FRAME, MEMBERS + "NA-z,mc,,\n", "member_not_in_frame: shared/membership.csv, row 6"),
        (FRAME, MEMBERS.replace("2019-01-01", "1/1/19"), "frame_value: shared/membership.csv, row"),
        (FRAME, "unit_id,network,valid_to\n", "frame_column_missing: shared/membership.csv, row"),
    ],
)
def test_a_wrong_frame_is_told_with_its_row(
    tmp_path: Path, frame: str, members_file: str, told: str
) -> None:
    assert refused(folder(tmp_path, DECLARED, frame, members_file))[0].startswith(told)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    declared = "colour = 1\ncontact = 2\n[frame]\nfile = 'no.csv'"
    assert len(refused(folder(tmp_path, declared))) == 3
