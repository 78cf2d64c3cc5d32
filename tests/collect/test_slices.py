"""A long file is read in slices: what comes out is the same, and what was counted must be there."""

from dataclasses import replace

import pytest

from pipeline.collect import collection, files
from pipeline.errors import Exit, RelevoError
from pipeline.store import Work
from tests.collect.conftest import Collect, rows

TABLES = ("file", "record", "submission", "repeat_pol", "repeat_act")
NAMED = "city;has_plan;needs/money;needs/other;_uuid;meta/rootUuid;meta/deprecatedID"
NAMELESS = "city;has_plan;needs;note"


def export(header: str) -> str:
    """Records of every kind: quoted line ends, equal and edited ones, ragged, blank, a footer."""
    lines = [header]
    for n in range(23):
        answers = (
            ['"two', f'lines";yes;1;0;u{n};;'] if n % 5 == 2 else [f"Lima;no;;;u{n};;u{n - 7}"]
        )
        lines += answers if header == NAMED else ["Lima;yes;money;Ã©", ""]
    lines += ["Lima;yes", "Lima;yes;;;;;;;1", "#adm;#plan", header, "Total;23;;"]
    return "\r\n".join(lines) + "\r\n"


def tables(work: Work) -> list[object]:
    return [rows(work, f"FROM collect.{name}") for name in TABLES]


@pytest.mark.parametrize("header", [NAMED, NAMELESS])
@pytest.mark.parametrize("size", [1, 4, 27, 28])
def test_a_file_is_the_same_in_slices(
    collected: Collect, monkeypatch: pytest.MonkeyPatch, header: str, size: int
) -> None:
    given = {"a.csv": export(header), "b.csv": export(NAMELESS), "c.csv": "city\n"}
    whole = tables(collected(given))
    kobo, slices = collection.TOOLS["kobo"], []

    def read(*args: object) -> object:
        slices.append(args)
        return kobo.read(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "SLICE", size)
    monkeypatch.setattr(collection, "TOOLS", {"kobo": replace(kobo, read=read)})
    assert tables(collected(given)) == whole
    assert len(slices) == 2 * -(-28 // size) + 1


def test_a_record_that_a_reader_loses_stops_the_run(
    collected: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    kobo = collection.TOOLS["kobo"]

    def forgetful(*args: object) -> object:
        read = kobo.read(*args)  # type: ignore[arg-type]
        return replace(read, submissions=read.submissions[1:])

    monkeypatch.setattr(collection, "TOOLS", {"kobo": replace(kobo, read=forgetful)})
    with pytest.raises(RelevoError) as error:
        collected({"a.csv": "city,_uuid\nLima,a\nCusco,b\n"})
    assert error.value.exit == Exit.FILE
    assert error.value.findings[0].problem.name == "records_lost"
    assert "2 records were counted in the file, 1 came out" in str(error.value)
