"""Score, rank and matrix have in relevo the questions that KoboToolbox makes of them."""

from pathlib import Path

from pipeline.ask import Questionnaire, read_questionnaire
from tests.forms import write_form

CHOICES = """
    | list_name | name | label::en | label::es |
    |-----------|------|-----------|-----------|
    | items     | car  | Car       | Coche     |
    | items     | tv   | TV        |           |
    | yn        | yes  | Yes       | Sí        |
    | yn        | no   | No        | No        |
    """


def read(folder: Path, survey: str) -> Questionnaire:
    return read_questionnaire(write_form(folder / "form.md", survey, CHOICES))


def problems(form: Questionnaire) -> list[tuple[str, int | None]]:
    return [(finding.problem.name, finding.row) for finding in form.findings]


def test_a_score_is_a_select_for_each_row(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type        | name   | label::en | required | relevant   | kobo--score-choices |
        |-------------|--------|-----------|----------|------------|---------------------|
        | begin_score | rate   | Rate them | true     | ${a} = 'b' | yn                  |
        | score__row  | water  | Water     |          |            |                     |
        | score__row  | health | Health    |          |            |                     |
        | end_score   |        |           |          |            |                     |
        | text        | a      |           |          |            |                     |
        """,
    )
    assert [(q.path, q.type, q.list_name, q.required) for q in form.questions] == [
        ("rate/rate_header", "select_one", "yn", ""),
        ("rate/water", "select_one", "yn", "yes"),
        ("rate/health", "select_one", "yn", "yes"),
        ("a", "text", "", ""),
    ]
    assert [group.relevant for group in form.groups] == ["${a} = 'b'"]
    assert form.questions[0].relevant == ""
    assert problems(form) == [("kobo_group", 4)]


def test_a_rank_is_a_select_for_each_level_and_none_twice(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type        | name | label::en | kobo--rank-items | kobo--rank-constraint-message |
        |-------------|------|-----------|------------------|-------------------------------|
        | begin_rank  | top  | Top       | items            | No twice                      |
        | rank__level | n1   | First     |                  |                               |
        | rank__level | n2   | Second    |                  |                               |
        | rank__level | n3   | Third     |                  |                               |
        | end_rank    |      |           |                  |                               |
        """,
    )
    assert [(q.path, q.type, q.list_name, q.required, q.constraint) for q in form.questions] == [
        ("top/top_label", "note", "", "", ""),
        ("top/n1", "select_one", "items", "yes", ""),
        ("top/n2", "select_one", "items", "yes", "${n2} != ${n1}"),
        ("top/n3", "select_one", "items", "yes", "${n3} != ${n1} and ${n3} != ${n2}"),
    ]
    assert problems(form) == [("kobo_group", 4)]


def test_a_matrix_has_its_questions_for_each_item(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type             | name | label::en | label::es | required | relevant | kobo--matrix_list|
        | -                | -    | -         | -         | -        | -            | -     |
        | begin_kobomatrix | m    | Items     |           |          | ${a} = 1     | items |
        | select_one yn    | has  | Has one?  | ¿Tiene?   | true     |              |       |
        | integer          | many | How many? |           |          | ${has}='yes' |       |
        | end_kobomatrix   |      |           |           |          |              |       |
        | integer          | a    |           |           |          |              |       |
        """,
    )
    assert [(q.path, q.type, q.relevant) for q in form.questions] == [
        ("m_car/m_car_has", "select_one", ""),
        ("m_car/m_car_many", "integer", "${m_car_has}='yes'"),
        ("m_tv/m_tv_has", "select_one", ""),
        ("m_tv/m_tv_many", "integer", "${m_tv_has}='yes'"),
        ("a", "integer", ""),
    ]
    assert form.questions[0].labels == {"en": "car-Has one?", "es": "car-¿Tiene?"}
    assert [(g.path, g.labels, g.relevant) for g in form.groups] == [
        ("m_car", {"en": "Car", "es": "Coche"}, ""),
        ("m_tv", {"en": "TV"}, ""),
    ]
    assert problems(form) == [("kobo_group", 4)]


def test_what_is_wrong_in_such_a_group_is_told(tmp_path: Path) -> None:
    form = read(
        tmp_path,
        """
        | type             | name | kobo--matrix_list | kobo--score-choices |
        |------------------|------|-------------------|---------------------|
        | begin_kobomatrix | m    | thing             |                     |
        | text             | q    |                   |                     |
        | end_kobomatrix   |      |                   |                     |
        | begin_score      | s    |                   | yn                  |
        | score__row       |      |                   |                     |
        | text             | t    |                   |                     |
        """,
    )
    assert [q.path for q in form.questions] == ["s/s_header", "s/t"]
    assert problems(form) == [
        ("kobo_group", 4),
        ("unknown_list", 4),
        ("kobo_group", 7),
        ("name_missing", 8),
        ("group_unbalanced", 7),
    ]
