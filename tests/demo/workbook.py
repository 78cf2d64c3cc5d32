"""Workbooks whose bytes follow from their cells alone, and the questionnaire's older version."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font

Cells = Sequence[Sequence[object]]

BORN = (2025, 1, 1, 0, 0, 0)
STAMP = "2025-01-01T00:00:00Z"
ADDED_IN_V2 = ("firewall", "gender_lens", "city_coop")
REMOVED_IN_V2 = {  # a need that v1 offered; one answer of 2025 still carries its code
    "list_name": "need",
    "name": "staff",
    "label::Español (es)": "Personal",
    "label::Português (pt)": "Pessoal",
    "label::English (en)": "Staff",
    "label::Français (fr)": "Personnel",
    "label_status": "draft",
}


def write_workbook(
    path: Path, sheets: Mapping[str, Cells], widths: Mapping[str, int] | None = None
) -> None:
    """Write sheets of rows; text stays text (`=1+1` is no formula). `widths` makes it a form."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value not in ("", None):
                    _write_cell(sheet.cell(number, column), value, wrap=widths is not None)
        if widths is not None:
            _lay_out(sheet, rows[0], widths)
    plain = io.BytesIO()
    book.save(plain)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_without_clock(plain.getvalue()))


def _write_cell(cell: Cell, value: object, *, wrap: bool) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _lay_out(sheet, header, widths) -> None:
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        kind = str(header[cell.column - 1]).split("::")[0]
        sheet.column_dimensions[cell.column_letter].width = widths.get(kind, 12)


def _without_clock(content: bytes) -> bytes:
    """The same archive with fixed dates: openpyxl writes the hour into every member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "docProps/core.xml":
                member = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", STAMP.encode(), member)
            info = zipfile.ZipInfo(name, BORN)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            new.writestr(info, member)
    return out.getvalue()


def read_workbook(path: Path) -> dict[str, list[list[str]]]:
    """Every sheet as rows of text, blank cells as ''."""
    book = load_workbook(path, data_only=True)
    return {
        sheet.title: [["" if v is None else str(v) for v in row] for row in sheet.values]
        for sheet in book
    }


def derive_v1(sheets: Mapping[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    """The questionnaire of wave 2023: three questions and one choice fewer, one choice more."""
    survey, choices, settings = (list(sheets[name]) for name in ("survey", "choices", "settings"))
    name, relevant = survey[0].index("name"), survey[0].index("relevant")
    survey = [list(row) for row in survey if row[name] not in ADDED_IN_V2]
    for row in survey:
        row[relevant] = row[relevant].replace(" or ${budget}='mixed'", "")
    choices = [row for row in choices if row[:2] != ["budget", "mixed"]]
    last_need = max(number for number, row in enumerate(choices) if row[0] == "need")
    older = [REMOVED_IN_V2.get(column, "") for column in choices[0]]
    choices.insert(last_need - 1, older)  # before "other" and "none"
    version = settings[0].index("version")
    settings = [list(row) for row in settings]
    settings[1][version] = "v1"
    used = {row[survey[0].index("type")].split()[-1] for row in survey}
    choices = [row for row in choices if row[0] in used | {"list_name"}]
    return {"survey": survey, "choices": choices, "settings": settings}


FORM_WIDTHS = {
    "type": 26, "name": 20, "list_name": 14, "label": 46, "hint": 30, "relevant": 30,
    "constraint": 34, "constraint_message": 34, "warning": 34, "warning_message": 34, "short": 26,
    "form_title": 50,
}  # fmt: skip
