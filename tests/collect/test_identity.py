"""Which submission a record is, and when it came."""

from tests.collect.conftest import Collect, rows


def ids(collected: Collect, text: str, columns: str = "submission_id") -> list[tuple[str, ...]]:
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    work = collected({"a.csv": lines})
    return rows(work, f"SELECT {columns} FROM collect.submission ORDER BY record_id")


def test_an_id_is_one_however_it_is_written(collected: Collect) -> None:
    found = ids(
        collected,
        """city,_uuid,meta/instanceID,_id
        A,uuid:AB-1 ,x,1
        B,,uuid:CD-2,2
        C,,,3""",
    )
    assert found == [("ab-1",), ("cd-2",), ("id:3",)]


def test_without_an_id_the_content_names_the_submission(collected: Collect) -> None:
    """Two people may say the same; the same answers exported again keep their ids."""
    text = "city,has_plan,_index\nA,yes,1\nA,yes,2\nB,no,3\n"
    work = collected({"1.csv": text, "2.csv": text.replace("yes,2", "yes,9")})
    first, second = (
        rows(work, f"SELECT submission_id FROM collect.record WHERE file_id = {n}") for n in (1, 2)
    )
    assert first == second
    assert len(set(first)) == 3
    assert all(len(found[0]) == len("sha:") + 16 for found in first)


def test_a_chain_of_edits_goes_back_to_its_root(collected: Collect) -> None:
    found = ids(
        collected,
        """city,_uuid,meta/rootUuid,meta/deprecatedID
        A,v3,,uuid:v2
        A,v2,,v1
        B,w2,uuid:W1,w0
        C,w3,,w2
        D,x,,y
        D,y,,x
        E,z,,""",
        "submission_id, root_id, deprecated_id",
    )
    assert found == [
        ("v3", "v1", "v2"),
        ("v2", "v1", "v1"),
        ("w2", "w1", "w0"),
        ("w3", "w1", "w2"),
        ("x", "x", "y"),
        ("y", "x", "x"),
        ("z", "z", ""),
    ]


def test_equal_answers_have_equal_content_in_every_layout(collected: Collect) -> None:
    work = collected(
        {
            "1.csv": "city,needs,_uuid,_id\nLima,training money,a,1\nLima,money,b,2\n",
            "2.csv": "_uuid,needs/money,needs/training,place,city\nc,1,1,,Lima\n",
        }
    )
    sql = "SELECT content_sha256 FROM collect.submission ORDER BY record_id"
    first, other, again = rows(work, sql)
    assert first == again
    assert first != other


def test_the_day_is_the_respondents(collected: Collect) -> None:
    found = ids(
        collected,
        """start,end,city,today,_submission_time,__version__,_uuid
        2025-03-01T23:00:00-03:00,2025-03-02T00:10:00-03:00,A,2025-03-01,2025-03-02T03:10:00,v2,a
        2025-03-01T23:00:00-03:00,2025-03-02T00:10:00-03:00,B,soon,2025-03-02T03:10:00,v2,b
        ,,C,,2025-03-04T03:10:00,,c
        ,,D,,,,d""",
        "CAST(submitted_on AS VARCHAR), started_at, form_version",
    )
    assert found == [
        ("2025-03-01", "2025-03-01T23:00:00-03:00", "v2"),
        ("2025-03-02", "2025-03-01T23:00:00-03:00", "v2"),
        ("2025-03-04", "", ""),
        (None, "", ""),
    ]
