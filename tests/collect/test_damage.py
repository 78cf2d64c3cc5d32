"""What R, pandas, spreadsheets and old servers do to an export, read as if they had not."""

import pytest

from tests.collect.conftest import Collect, questionnaire, rows, workbook

FORM = questionnaire(
    """
    | type                  | name    | label    |
    |-----------------------|---------|----------|
    | text                  | city    | City     |
    | select_one iso        | country | Country  |
    | integer               | staff   | Staff    |
    | date                  | day     | Day      |
    | select_multiple needs | needs   | Needs    |
    | text                  | remark  | Remark   |
    """,
    """
    | list_name | name     | label    |
    |-----------|----------|----------|
    | iso       | NA       | Namibia  |
    | iso       | UY       | Uruguay  |
    | needs     | money    | Money    |
    | needs     | training | Training |
    """,
)
SQL = 'SELECT city, country, staff, day, needs, "needs/money", remark FROM collect.submission'


def lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"


def test_na_is_rs_word_for_missing_where_the_whole_file_shows_it(collected: Collect) -> None:
    """R keeps "" in columns of text; the code NA of Namibia stays an answer."""
    text = """"","X.U.FEFF.city","country","staff","day","needs","needs.money",\
"needs.training","remark","X_uuid","X_index"
        "1","Lima","UY",3,"","money",TRUE,FALSE,"","u1",1
        "2","Windhoek","NA",NA,"2025-03-01",NA,NA,NA,"NA","u2",2"""
    work = collected({"a.csv": lines(text)}, FORM)
    assert rows(work, SQL) == [
        ("Lima", "UY", "3", "", "money", "1", ""),
        ("Windhoek", "NA", "", "2025-03-01", "", "", ""),
    ]
    assert rows(work, "SELECT unknown_headers, notes[-1:] FROM collect.file") == [
        ([], ["missing_word NA"])
    ]
    assert rows(work, "FROM collect.warning") == []


@pytest.mark.parametrize(
    "text",
    [
        "city,staff,day,remark,_uuid\nNA,3,,n/a,u1\nNan,,2025-03-01,NA,u2\n",
        "city,staff,day,remark,_uuid\nNA,NA,,n/a,u1\nNan,4,2025-03-01,NA,u2\n",
        "city,staff,day,remark,_uuid\nNA,NA,,n/a,u1\nNan,,NA,NA,u2\n",
    ],
    ids=["only in text", "typed once", "blanks beside it"],
)
def test_anywhere_else_na_is_what_a_person_wrote(collected: Collect, text: str) -> None:
    work = collected({"a.csv": text}, FORM)
    assert rows(work, "SELECT city, remark FROM collect.submission") == [
        ("NA", "n/a"),
        ("Nan", "NA"),
    ]
    assert rows(work, "SELECT notes FROM collect.file") == [([],)]


def test_an_old_server_wrote_n_a(collected: Collect) -> None:
    text = """city,country,staff,day,needs/money,needs/training,remark,_uuid,_tags,_notes
        Lima,UY,3,n/a,n/a,n/a,n/a,u1,,
        Salto,n/a,n/a,2015-03-01,True,False,no,u2,,"""
    work = collected({"a.csv": lines(text)}, FORM)
    assert rows(work, SQL) == [
        ("Lima", "UY", "3", "", "", "", ""),
        ("Salto", "", "", "2015-03-01", "money", "1", "no"),
    ]


def test_numbers_of_rows_are_no_answers_and_nameless_columns_no_questions(
    collected: Collect,
) -> None:
    text = """Unnamed: 0,city,staff,_uuid,Unnamed: 5
        7,Lima,3,u1,
        8,Salto,4,u2,money"""
    work = collected({"a.csv": lines(text)}, FORM)
    assert rows(work, "SELECT unknown_headers, notes FROM collect.file") == [
        ([], ["extra_cell records 1 first_line 3"])
    ]
    assert rows(work, "FROM collect.warning") == [(2, "", "extra_cell")]


def test_sheets_of_repeats_with_cut_names_are_told_apart(collected: Collect) -> None:
    """A cut name may fit two repeats: their questions decide, then the number behind the name."""
    form = questionnaire("""
        | type         | name                                | label |
        |--------------|-------------------------------------|-------|
        | text         | city                                | City  |
        | begin_repeat | policies_of_the_municipality_new    | New   |
        | text         | title                               | Title |
        | end_repeat   |                                     |       |
        | begin_repeat | policies_of_the_municipality_old    | Old   |
        | text         | name                                | Name  |
        | end_repeat   |                                     |       |
        | begin_repeat | policies_of_the_municipality_other  | Other |
        | text         | note                                | Note  |
        | end_repeat   |                                     |       |
        """)
    links = ["_index", "_parent_table_name", "_parent_index"]
    book = workbook(
        {
            "Survey": [["city", "_uuid", "_index"], ["Lima", "u", "1"]],
            "policies_of_the_municipality...": [["title", *links], ["a", "1", "Survey", "1"]],
            "policies_of_the_municip... (1)": [["name", *links], ["b", "1", "Survey", "1"]],
            "policies_of_the_municip... (2)": [["note", *links], ["c", "1", "Survey", "1"]],
        }
    )
    work = collected({"a.xlsx": book}, form)
    for ending, column, text in (
        ("new", "title", "a"),
        ("old", "name", "b"),
        ("other", "note", "c"),
    ):
        table = f"collect.repeat_policies_of_the_municipality_{ending}"
        assert rows(work, f"SELECT row_id, {column} FROM {table}") == [
            (f"policies_of_the_municipality_{ending}[1]", text)
        ]


def test_rows_of_repeats_beside_the_submission_become_rows(collected: Collect) -> None:
    """An old server wrote `pol[1]/title`; a row without a title stands if an action is in it."""
    text = """city,pol[1]/title,pol[2]/title,pol[2]/act[1]/what,pol[1]/act[2]/what,pol[1]/x,_id
        Lima,One,Two,write,n/a,n/a,1
        Cusco,n/a,n/a,n/a,vote,n/a,2
        Quito,n/a,n/a,n/a,n/a,n/a,3""".replace("n/a", "")
    work = collected({"a.csv": lines(text)})
    sql = "SELECT submission_id, row_id, parent_row_id, title FROM collect.repeat_pol"
    assert rows(work, sql) == [
        ("id:1", "pol[1]", "", "One"),
        ("id:1", "pol[2]", "", "Two"),
        ("id:2", "pol[1]", "", ""),
    ]
    sql = "SELECT submission_id, row_id, parent_row_id, what FROM collect.repeat_act"
    assert rows(work, sql) == [
        ("id:1", "pol[2]/act[1]", "pol[2]", "write"),
        ("id:2", "pol[1]/act[1]", "pol[1]", "vote"),
    ]
    assert rows(work, "SELECT records, repeat_rows, unknown_headers FROM collect.file") == [
        (3, 5, ["pol[1]/x"])
    ]
