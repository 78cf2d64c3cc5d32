"""The tables ask.*: what the other rooms and the researchers read of the questionnaire."""

from pathlib import Path

from pipeline import store
from pipeline.ask import read_survey, tables
from pipeline.store import Work
from tests.ask.test_survey import DECLARED, folder
from tests.forms import write_form


def test_the_tables_have_the_columns_of_the_contract(tmp_path: Path, work: Work) -> None:
    survey = read_survey(folder(tmp_path, DECLARED))
    for name, frame in tables(survey).items():
        store.write_table(work.survey, name, frame)

    def rows(sql: str) -> list[tuple[object, ...]]:
        return work.survey.execute(sql).fetchall()

    assert rows("SELECT wave, question, position, type FROM ask.question WHERE wave = '2023'") == [
        ("2023", "city_id", 1, "text"),
        ("2023", "consent", 2, "select_one"),
    ]
    assert rows("SELECT DISTINCT list_name, choice, score FROM ask.choice") == [("yn", "yes", None)]
    assert rows("SELECT unit_id, country, name, population FROM ask.unit") == [
        ("NA-a", "NA", "Ängstadt", 1200),
        ("NA-b", "NA", "Beta", None),
    ]
    assert rows("SELECT wave, text FROM ask.survey WHERE key = 'as_of'") == [
        ("2023", "2023-05-12"),
        ("2025", ""),
    ]


def test_a_text_says_whether_it_is_another_languages(tmp_path: Path) -> None:
    write_form(
        tmp_path / "questionnaire.xlsx",
        """
        | type          | name | label::es | label::en | short::es | hint::en  | label_status |
        |---------------|------|-----------|-----------|-----------|-----------|--------------|
        | select_one yn | has  | ¿Hay?     | Is there? | Hay       |           | draft        |
        | text          | why  |           | Why?      |           | At length |              |
        | note          | end  |           |           |           |           |              |
        """,
        """
        | list_name | name | label::es | label::en |
        |-----------|------|-----------|-----------|
        | yn        | yes  | Sí        |           |
        """,
    )
    labels = tables(read_survey(tmp_path))["ask.label"]
    rows = labels.drop(columns="wave")[labels["kind"] != "title"].itertuples(index=False, name=None)
    assert sorted(rows) == [
        ("choice", "yn/yes", "en", "Sí", True, ""),
        ("choice", "yn/yes", "es", "Sí", False, ""),
        ("hint", "why", "en", "At length", False, ""),
        ("hint", "why", "es", "At length", True, ""),
        ("label", "end", "en", "end", True, ""),
        ("label", "end", "es", "end", True, ""),
        ("label", "has", "en", "Is there?", False, "draft"),
        ("label", "has", "es", "¿Hay?", False, "draft"),
        ("label", "why", "en", "Why?", False, ""),
        ("label", "why", "es", "Why?", True, ""),
        ("short", "has", "en", "Hay", True, "draft"),
        ("short", "has", "es", "Hay", False, "draft"),
    ]


def test_short_lists_beside_the_frame_become_references(tmp_path: Path) -> None:
    path = folder(tmp_path, DECLARED)
    lists = path / "shared"
    lists.joinpath("countries.csv").write_text(
        "iso2,label_es,label_en,locale,label_status\nNA,Namibia,Namibia,en,cldr\n", "utf-8"
    )
    lists.joinpath("size_classes.csv").write_text("code,label_en\ns1,Small\ns2,Big\n", "utf-8")
    references = tables(read_survey(path))["ask.reference"]
    assert references.to_numpy().tolist() == [
        ["country", "NA", 1, "es", "Namibia", "cldr"],
        ["country", "NA", 1, "en", "Namibia", "cldr"],
        ["size_class", "s1", 1, "en", "Small", ""],
        ["size_class", "s2", 2, "en", "Big", ""],
    ]
