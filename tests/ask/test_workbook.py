"""Workbooks become sheets of text in a child process that may fail without harm."""

import datetime as dt
import struct
from io import BytesIO
from pathlib import Path

import pytest
import xlwt
from openpyxl import Workbook, load_workbook

from pipeline.ask import workbook_child
from pipeline.ask.workbook import Workbook as Book
from pipeline.ask.workbook import read_workbook
from pipeline.errors import RelevoError
from tests.workbooks import SHEET, changed, xls, xlsx, zipped

MAIN = "xl/workbook.xml"
DAY, MOMENT = dt.date(2025, 3, 1), dt.datetime(2025, 3, 1, 10, 30)  # noqa: DTZ001
SMALL = xlsx({"Survey": [["city", "year"], ["Lima", 2025]]})


@pytest.fixture
def read(tmp_path: Path):
    def run(content: bytes) -> Book:
        path = tmp_path / "a.xlsx"
        path.write_bytes(content)
        return read_workbook(path)

    return run


def cells(book: Book) -> list[tuple[str, ...]]:
    return [row.cells for row in book.sheets[0].rows]


def test_a_cell_is_the_text_a_person_sees(read) -> None:
    row = ["NA", 1.0, 0.1, 1234567890123456, DAY, MOMENT, dt.time(9, 5), True, False, " a\r\nb "]
    seen = ("NA", "1", "0.1", "1234567890123456", "2025-03-01", "2025-03-01T10:30:00")
    assert cells(read(xlsx({"A": [row]}))) == [(*seen, "09:05:00", "TRUE", "FALSE", " a\r\nb ")]


def test_formats_other_than_dates_change_nothing(read) -> None:
    book = Workbook()
    for column, (value, shown) in enumerate(
        [(0.25, "0%"), (1234.5, "#,##0.00 €"), (46054, "General"), (1.5, "[h]:mm")], 1
    ):
        book.active.cell(1, column, value).number_format = shown
    file = BytesIO()
    book.save(file)
    assert cells(read(file.getvalue())) == [("0.25", "1234.5", "46054", "36:00:00")]


def test_rows_keep_their_numbers_and_all_have_the_same_cells(read) -> None:
    book = read(xlsx({"A": [[None, None], [None, "x"], [], [None, "y", None, "z"]]}))
    assert [(row.number, row.cells) for row in book.sheets[0].rows] == [
        (2, ("", "x", "", "")),
        (4, ("", "y", "", "z")),
    ]


def test_an_xls_is_read_like_an_xlsx(read) -> None:
    rows = [["city", "day", "count"], ["Lima", DAY, 3.0], ["São Paulo", DAY, 0.5]]
    assert cells(read(xls({"A": rows}))) == cells(read(xlsx({"A": rows})))


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_both_ways_to_count_days_give_the_same_dates(read, kind: str) -> None:
    if kind == "xls":
        book = xls({"A": [[DAY, 44986.0]]}, is_1904=True)
    else:
        content = xlsx({"A": [[DAY, 44986]]})
        old = load_workbook(BytesIO(content))
        old.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001
        file = BytesIO()
        old.save(file)
        book = file.getvalue()
    found = read(book)
    assert (found.is_1904, cells(found)) == (True, [("2025-03-01", "44986")])
    assert not read(SMALL).is_1904


def test_a_bare_serial_stays_a_number(read) -> None:
    assert cells(read(xlsx({"A": [[46054, 46054.5]]}))) == [("46054", "46054.5")]


def test_hidden_sheets_are_read_and_marked(read) -> None:
    book = Workbook()
    book.active["A1"] = "a"
    for state in ("hidden", "veryHidden"):
        sheet = book.create_sheet(state)
        sheet["A1"], sheet.sheet_state = "x", state
    file = BytesIO()
    book.save(file)
    found = read(file.getvalue()).sheets
    assert [(sheet.name, sheet.is_hidden, len(sheet.rows)) for sheet in found] == [
        ("Sheet", False, 1),
        ("hidden", True, 1),
        ("veryHidden", True, 1),
    ]


def test_a_merged_cell_belongs_to_its_first_column(read) -> None:
    book = Workbook()
    book.active.append(["name", None, "year"])
    book.active.append(["Lima", "Perú", 2025])
    book.active.merge_cells("A1:B1")
    book.active.merge_cells("C1:C2")
    file = BytesIO()
    book.save(file)
    found = read(file.getvalue())
    assert (cells(found)[0], found.sheets[0].merged) == (("name", "", "year"), {1})


def test_error_cells_keep_the_text_of_the_error(read) -> None:
    book = Workbook()
    for place, text in {"A1": "#REF!", "C2": "#DIV/0!", "B3": "#N/A"}.items():
        book.active[place] = text
        book.active[place].data_type = "e"
    file = BytesIO()
    book.save(file)
    found = read(file.getvalue())
    assert cells(found) == [("#REF!", "", ""), ("", "", "#DIV/0!"), ("", "#N/A", "")]
    assert found.sheets[0].errors == 3


def test_error_cells_of_an_xls_and_of_its_formulas(read) -> None:
    book = xlwt.Workbook()
    book.add_sheet("empty")
    sheet = book.add_sheet("A")
    sheet.write(0, 0, "x")
    sheet.row(1).set_cell_error(2, 0x2A)
    sheet.row(2).set_cell_error(0, 0x07)
    sheet.write(3, 1, xlwt.Formula("1/0"))
    file = BytesIO()
    book.save(file)
    no_value, error = struct.pack("<H6x", 3), struct.pack("<H", 2) + b"\x24\0\0\0"
    content = file.getvalue().replace(no_value[:6] + b"\xff\xff", error + b"\xff\xff")
    assert content != file.getvalue()
    found = read(content)
    assert [(row.number, row.cells) for row in found.sheets[1].rows] == [
        (1, ("x", "", "")),
        (2, ("", "", "#N/A")),
        (3, ("#DIV/0!", "", "")),
        (4, ("", "#NUM!", "")),
    ]


def test_formulas_without_a_value_are_counted(read) -> None:
    book = xlsx({"A": [["city", "=1+1"], ["Lima", "=B1"]], "B": [["=A1"]]})
    found = read(book)
    assert (found.formulas, found.formula) == (3, "B1")
    xml = b'<c r="A9" t="str"><f>B3</f><v></v></c><c r="B9"><f>1</f><v>1</v></c>'
    calculated = changed(SMALL, b"</sheetData>", b'<row r="9">' + xml + b"</row></sheetData>")
    assert (read(calculated).formulas, cells(read(calculated))[-1]) == (0, ("", "1"))


def test_a_prefix_of_the_namespace_hides_nothing(read) -> None:
    """Some programs write `<x:c>`: errors, formulas and far cells are found there too."""
    body = (
        b'<x:row r="1"><x:c r="A1" t="e"><x:v>#N/A</x:v></x:c>'
        b'<x:c r="B1"><x:f>1+1</x:f></x:c></x:row>'
    )
    book = xlsx({"A": [["x"]]})
    space = b'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    part = b"<x:worksheet %s><x:sheetData>%s</x:sheetData></x:worksheet>"
    members = {SHEET: part % (space, body)}
    found = read(_with(book, members))
    assert (cells(found), found.formulas) == ([("#N/A",)], 1)
    far = body + b'<x:row r="900000"><x:c r="ZZ900000"><x:v>1</x:v></x:c></x:row>'
    with pytest.raises(RelevoError, match="column ZZ, row 900000"):
        read(_with(book, {SHEET: part % (space, far)}))


def _with(book: bytes, parts: dict[str, bytes]) -> bytes:
    import zipfile

    with zipfile.ZipFile(BytesIO(book)) as archive:
        return zipped({n: archive.read(n) for n in archive.namelist()} | parts)


@pytest.mark.parametrize("dimension", [b"A1:A1", b"A1:XFD1048576", b"C7:D9"])
def test_what_the_sheet_says_of_its_size_is_not_believed(read, dimension: bytes) -> None:
    assert cells(read(changed(SMALL, b"A1:B2", dimension))) == cells(read(SMALL))


@pytest.mark.parametrize("cell", [b"XFD1048576", b"ALL30000"])
def test_a_cell_far_away_is_refused_and_named(read, cell: bytes) -> None:
    column, row = cell.rstrip(b"0123456789"), cell.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    xml = b'<row r="%s"><c r="%s"><v>1</v></c></row></sheetData>' % (row, cell)
    with pytest.raises(RelevoError) as refused:
        read(changed(SMALL, b"</sheetData>", xml))
    assert f"as far away as column {column.decode()}, row {row.decode()}" in str(refused.value)


def test_a_format_far_away_is_no_cell(read) -> None:
    xml = b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
    assert cells(read(changed(SMALL, b"</sheetData>", xml))) == cells(read(SMALL))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (zipped({"word/document.xml": b"<a/>"}), "workbook_unreadable"),
        (zipped({MAIN: b"<a/>"}), "workbook_unreadable"),
        (zipped({"../xl/workbook.xml": b"<a/>"}), "workbook_unreadable"),
        (zipped({"xl\\..\\..\\x": b"<a/>"}), "workbook_unreadable"),
        (zipped({"/etc/x": b"<a/>"}), "workbook_unreadable"),
        (changed(SMALL, b"<workbook ", b"<!DOCTYPE x [<!ENTITY a 'b'>]><workbook ", MAIN),
         "workbook_unreadable"),
        (changed(SMALL, b"<worksheet ", "<!DocType x><worksheet ".encode("utf-16")),
         "workbook_unreadable"),
        (SMALL[:-40], "workbook_unreadable"),
        (b"PK\x03\x04 cut", "workbook_unreadable"),
        (b"\xd0\xcf\x11\xe0 cut", "workbook_unreadable"),
        (zipped({"a": bytes(3_000_000)}), "workbook_limits"),
        (zipped({str(number): b"" for number in range(201)}), "workbook_limits"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused(read, content: bytes, problem: str) -> None:
    with pytest.raises(RelevoError) as refused:
        read(content)
    assert [finding.problem.name for finding in refused.value.findings] == [problem]


def test_a_password_is_told(read) -> None:
    book = xls({"A": [["x"]]})
    old, new = ("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))
    entry = old.ljust(64, b"\0") + struct.pack("<H", len(old) + 2)
    assert entry in book
    package = book.replace(entry, new.ljust(64, b"\0") + struct.pack("<H", len(new) + 2))
    start = struct.pack("<HH", 0x42, 2)  # the record of the code page becomes one of a password
    for content in (package, book.replace(start, struct.pack("<HH", 0x2F, 2), 1)):
        assert content != book
        with pytest.raises(RelevoError) as refused:
            read(content)
        assert refused.value.findings[0].problem.name == "workbook_protected"


def test_an_abort_of_the_reader_is_a_refusal(read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the child kills itself while it writes; a cut line is no answer."""
    script = "import os, sys; sys.stdout.write('{\"is_1904\"'); sys.stdout.flush(); os.abort()"
    folder = Path(read.__closure__[0].cell_contents)
    (folder / "child.py").write_text(script)
    monkeypatch.setattr("pipeline.ask.workbook.CHILD", folder / "child.py")
    with pytest.raises(RelevoError, match="more memory or time, at most 1024 MB and 20 seconds"):
        read(SMALL)


@pytest.mark.slow
def test_memory_is_limited(read) -> None:
    """One long text in very many cells: small as a file, endless as rows."""
    row = b'<row r="%d">' + b'<c t="s"><v>0</v></c>' * 2000 + b"</row>"
    body = b"".join(row % number for number in range(3, 1500))
    book = xlsx({"A": [["x" * 32767]]})
    with pytest.raises(RelevoError) as refused:
        read(changed(book, b"</sheetData>", body + b"</sheetData>"))
    assert refused.value.findings[0].problem.name == "workbook_limits"
    assert workbook_child.MEMORY == 1 << 30
