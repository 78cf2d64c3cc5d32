"""Types of XLSForm rows in all their spellings, read into canonical ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.ask.workbook import tidy

SIMPLE = frozenset(
    {
        "acknowledge", "audio", "audit", "background-audio", "barcode", "calculate", "date",
        "datetime", "decimal", "deviceid", "email", "end", "file", "geopoint", "geoshape",
        "geotrace", "hidden", "image", "integer", "note", "phonenumber", "simserial", "start",
        "start-geopoint", "subscriberid", "text", "time", "today", "username", "video",
    }
)  # fmt: skip
OLD_SPELLINGS = MappingProxyType(
    {
        "add note prompt": "note", "date time": "datetime", "device id": "deviceid",
        "end time": "end", "endtime": "end", "get device id": "deviceid",
        "get end time": "end", "get phone number": "phonenumber", "get start time": "start",
        "get today": "today", "gps": "geopoint", "int": "integer", "location": "geopoint",
        "number": "integer", "numeric": "decimal", "phone number": "phonenumber",
        "photo": "image", "start time": "start", "starttime": "start", "str": "text",
        "string": "text", "trigger": "acknowledge",
    }
)  # fmt: skip
SELECT = re.compile(
    r"(?P<kind>select[ _]?one|select1|select[ _]multiple|select[ _]all[ _]that[ _]apply|rank)"
    r"(?P<file>[ _]from[ _]file)?(?P<external>[ _]external)?(?: from| using)?"
    r" (?P<list>\S.*?)(?P<other> or[ _]other| or specify other)?",
    re.IGNORECASE,
)
STRUCTURE = re.compile(r"(?P<edge>begin|end)[ _]?(?P<kind>group|repeat)", re.IGNORECASE)


@dataclass(frozen=True)
class RowType:
    """What a row of the survey sheet is; `edge` is begin or end for groups and repeats."""

    name: str
    list_name: str = ""
    choices_file: str = ""
    has_other: bool = False
    edge: str = ""
    is_known: bool = True


def read_type(written: str, parameters: str = "") -> RowType:
    """The canonical type of spellings such as `select one from X or_other` or `gps`.

    An unknown type is text with is_known False.
    """
    text = tidy(written)
    if structure := STRUCTURE.fullmatch(text):
        return RowType(structure["kind"].lower(), edge=structure["edge"].lower())
    if select := SELECT.fullmatch(text):
        return _select(select)
    plain = text.casefold().replace("_", " ")
    name = OLD_SPELLINGS.get(plain, plain.replace(" ", "-"))
    if name == "range":  # its numbers are whole unless a parameter is not
        return RowType("decimal" if "." in parameters else "integer")
    return RowType(name) if name in SIMPLE else RowType("text", is_known=False)


def _select(found: re.Match[str]) -> RowType:
    kind = found["kind"].casefold().replace("_", " ")
    if kind == "rank":
        name = "rank"
    else:
        name = "select_one" if kind in {"select one", "selectone", "select1"} else "select_multiple"
    in_file = found["list"] if found["file"] or found["external"] else ""
    list_name = "" if in_file else found["list"]
    return RowType(name, list_name, in_file, found["other"] is not None)
