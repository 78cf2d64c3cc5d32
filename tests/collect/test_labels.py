"""Headers that are labels: any language, groups before, choices behind, equal ones in order."""

import pytest

from pipeline.errors import RelevoError
from tests.collect.conftest import Collect, questionnaire, rows

FORM = questionnaire(
    """
    | type                  | name     | label::Español (es)     | label::English (en)          |
    |-----------------------|----------|-------------------------|------------------------------|
    | start                 | start    |                         |                              |
    | text                  | city     | Ciudad                  | <b>City</b> &amp; region     |
    | begin_group           | work     | El trabajo              | The work                     |
    | begin_group           | inner    |                         | Inner                        |
    | select_one yn         | has_plan | ¿Hay un plan?           | Is there a **plan**?         |
    | select_multiple needs | needs    | ¿Qué necesita ${city}?  | What does ${city} need most? |
    | end_group             |          |                         |                              |
    | end_group             |          |                         |                              |
    | text                  | remark   |                         | Remark                       |
    | geopoint              | place    | Lugar                   | Place                        |
    """,
    """
    | list_name | name     | label::Español (es) | label::English (en) |
    |-----------|----------|---------------------|---------------------|
    | yn        | yes      | Sí                  | Yes                 |
    | yn        | no       | No                  | No                  |
    | needs     | money    | Dinero              | Money               |
    | needs     | training | Formación / cursos  | Training, courses   |
    """,
)
ALL = 'SELECT city, has_plan, "needs/money", "needs/training", remark FROM collect.submission'
LINE = "Lima|yes|1|0|fine|u1"


@pytest.mark.parametrize(
    "header",
    [
        "city|has_plan|needs/money|needs/training|remark|_uuid",
        "Ciudad|¿Hay un plan?|¿Qué necesita ${city}?/Dinero|"
        "¿Qué necesita ${city}?/Formación / cursos|remark|_uuid",
        "City & region|Is there a plan?|What does ${city} need most?/Money|"
        "What does ${city} need most?/Training, courses|Remark|_uuid",
        "<b>City</b> &amp; region| is there a  **PLAN**?|What does ${ city } need most?/Money|"
        "What does ${ city } need most?/Training, courses|Remark|_uuid",
        "Ciudad|El trabajo/inner/¿Hay un plan?|El trabajo/inner/¿Qué necesita ${city}?/Dinero|"
        "El trabajo/inner/¿Qué necesita ${city}?/Formación / cursos|remark|_uuid",
        "City & region|The work - Inner - Is there a plan?|"
        "The work - Inner - What does ${city} need most? - Money|"
        "The work - Inner - What does ${city} need most? - Training, courses|Remark|_uuid",
        "Ciudad|has_plan|needs/money|needs/training|Remark|_uuid",
        "City...region|Is.there.a.plan.|What.does...city..need.most..Money|"
        "What.does...city..need.most..Training..courses|Remark|X_uuid",
    ],
    ids=["names", "es", "en", "written", "groups", "dashes", "mixed", "from R"],
)
def test_a_header_is_a_name_or_a_label_in_any_language(collected: Collect, header: str) -> None:
    work = collected({"a.csv": f"{header}\n{LINE}\n".replace("|", "\t")}, FORM)
    assert rows(work, ALL) == [("Lima", "yes", "1", "0", "fine")]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]


def test_a_tool_may_show_another_answer_inside_a_label(collected: Collect) -> None:
    work = collected(
        {"a.csv": "City & region,What does Lima need most?,_uuid\nLima,money,u\n"}, FORM
    )
    assert rows(work, "SELECT needs FROM collect.submission") == [("money",)]


def test_parts_of_a_point_are_headed_by_its_label(collected: Collect) -> None:
    header = "Ciudad,Lugar,_Lugar_latitude,_Lugar_longitude,_uuid"
    work = collected({"a.csv": f"{header}\nLima,-12 -77,-12,-77,u\n"}, FORM)
    assert rows(work, "SELECT place FROM collect.submission") == [("-12 -77",)]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [([],)]


SHARED = questionnaire(
    """
    | type          | name  | label   |
    |---------------|-------|---------|
    | text          | city  | City    |
    | select_one yn | plan  | A plan? |
    | text          | which | Which?  |
    | integer       | money | Which?  |
    | select_one yn | fund  | A plan? |
    | text          | name  | Town    |
    | text          | town  | Name    |
    """,
    """
    | list_name | name | label |
    |-----------|------|-------|
    | yn        | yes  | Yes   |
    | yn        | no   | No    |
    """,
)


def test_columns_with_one_label_are_told_apart_by_the_order_of_the_form(
    collected: Collect,
) -> None:
    text = "A plan?,Which?,A plan?,Which?,_uuid\nyes,a law,no,7,u\n"
    again = text.replace("A plan?,Which?,_uuid", "A plan?.1,Which?.1,_uuid")  # as pandas writes it
    work = collected({"1.csv": text, "2.csv": again}, SHARED)
    expected = [("yes", "a law", "no", "7")] * 2
    assert rows(work, "SELECT plan, which, fund, money FROM collect.submission") == expected


def test_values_tell_which_of_two_questions_a_single_column_is(collected: Collect) -> None:
    work = collected({"a.csv": "City,Which?,_uuid\nLima,a law,u\n"}, SHARED)
    assert rows(work, "SELECT which, money FROM collect.submission") == [("a law", None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("City,A plan?,_uuid\nLima,yes,u\n", "columns 2 have one label, .* of: plan, fund"),
        ("City,Which?,_uuid\nLima,7,u\n", "columns 2 have one label, .* of: which, money"),
        ("Which?,City,Which?,_uuid\n7,Lima,a law,u\n", "columns 1, 3 have one label"),
    ],
    ids=["no evidence", "fits both", "the order contradicts the values"],
)
def test_what_stays_open_is_refused_naming_both(collected: Collect, text: str, said: str) -> None:
    with pytest.raises(RelevoError, match=said):
        collected({"a.csv": text}, SHARED)


def test_a_name_that_is_another_questions_label_is_read_as_most_headers_are(
    collected: Collect,
) -> None:
    work = collected(
        {
            "1.csv": "City,Town,Name,_uuid\nLima,a,b,u\n",
            "2.csv": "city,town,name,plan,_uuid\nLima,b,a,yes,v\n",
        },
        SHARED,
    )
    assert rows(work, "SELECT name, town FROM collect.submission") == [("a", "b"), ("a", "b")]


def test_a_column_of_labels_beside_the_named_one_is_listed_and_not_read(
    collected: Collect,
) -> None:
    work = collected({"a.csv": "city,plan,fund,A plan?,_uuid\nLima,yes,no,Sure,u\n"}, SHARED)
    assert rows(work, "SELECT plan, fund FROM collect.submission") == [("yes", "no")]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(["A plan?"],)]


def test_a_number_behind_a_header_is_a_code_or_counts_equal_headers(collected: Collect) -> None:
    form = questionnaire(
        """
        | type              | name | label |
        |-------------------|------|-------|
        | select_multiple l | q    | Why?  |
        | text              | t    | Text  |
        | text              | t.2  | More  |
        """,
        """
        | list_name | name | label |
        |-----------|------|-------|
        | l         | 1    | One   |
        | l         | 2    | Two   |
        """,
    )
    work = collected({"a.csv": "q,q.1,q.2,q.7,t,t.1,t.2,X_uuid\n1,1,0,1,a,a,b,u\n"}, form)
    assert rows(work, 'SELECT q, "q/1", "q/2", t, "t.2" FROM collect.submission') == [
        ("1", "1", "0", "a", "b")
    ]
    assert rows(work, "SELECT unknown_headers FROM collect.file") == [(["q.7"],)]


def test_the_place_among_other_columns_tells_which_question_a_column_is(
    collected: Collect,
) -> None:
    """Of three questions `If other, which?` two came; what stands around them says which two."""
    form = questionnaire(
        """
        | type        | name | label          |
        |-------------|------|----------------|
        | text        | a    | A              |
        | text        | a_o  | If other which |
        | text        | b    | B              |
        | text        | b_o  | If other which |
        | text        | c    | C              |
        | text        | c_o  | If other which |
        """
    )
    text = "A,B,If other which,C,If other which,_uuid\n"
    work = collected({"a.csv": text + "1,2,two,3,three,u\n"}, form)
    assert rows(work, "SELECT a_o, b_o, c_o FROM collect.submission") == [(None, "two", "three")]
    shuffled = "A,C,If other which,B,If other which,_uuid\n1,3,x,2,y,u\n"
    with pytest.raises(RelevoError, match="columns 3, 5 ") as error:
        collected({"a.csv": shuffled}, form)
    assert [finding.problem.name for finding in error.value.findings] == ["label_shared"]
