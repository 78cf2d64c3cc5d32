"""What a person is told of a file that was read."""

from pipeline.collect import notices
from pipeline.errors import Problem
from tests.collect.conftest import Collect


def test_unknown_headers_and_repairs_are_told_once_per_file(collected: Collect) -> None:
    header = " CITY ,_uuid,ip_address,notas,extra 1,extra 2,extra 3,extra 4"
    work = collected(
        {"a.csv": f"{header}\nLima,u1,192.0.2.1,x,,,,\n", "b.csv": "city,_uuid\nX,u2\n"}
    )
    told = [(found.problem, found.file, str(found)) for found in notices(work)]
    assert [row[:2] for row in told] == [
        (Problem.unknown_headers, "a.csv"),
        (Problem.header_repaired, "a.csv"),
    ]
    assert "6 columns" in told[0][2] and "ip_address, notas" in told[0][2] and "(+1)" in told[0][2]
    assert "CITY" in told[1][2]
    assert not any("192.0.2.1" in text for *_, text in told)


def test_a_header_without_records_is_told(collected: Collect) -> None:
    (told,) = notices(collected({"a.csv": "city,_uuid\n"}))
    assert (told.problem, told.file) == (Problem.no_records, "a.csv")
