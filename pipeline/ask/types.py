"""Types of XLSForm rows in all their spellings, read into canonical ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.ask.workbook import tidy

SIMPLE = frozenset(
    {
        "acknowledge", "audio", "audit", "background-audio", "background-geopoint", "barcode",
        "calculate", "csv-external", "date", "datetime", "decimal", "deviceid", "email", "end",
        "file", "geopoint", "geoshape", "geotrace", "hidden", "image", "integer", "note",
        "phonenumber", "simserial", "start", "start-geopoint", "subscriberid", "text", "time",
        "today", "username", "video", "xml-external",
    }
)  # fmt: skip
OLD_SPELLINGS = MappingProxyType(
    {
        "calculate here": "calculate", "calculation": "calculate", "date time": "datetime",
        "device id": "deviceid", "devicephonenum": "phonenumber", "end time": "end",
        "endtime": "end", "get device id": "deviceid", "get end time": "end",
        "get phone number": "phonenumber", "get sim id": "simserial",
        "get start time": "start", "get subscriber id": "subscriberid", "get today": "today",
        "gps": "geopoint", "imei": "deviceid", "int": "integer", "location": "geopoint",
        "number": "decimal", "numeric": "decimal", "percentage": "integer",
        "phone number": "text", "photo": "image", "picture": "image", "shape": "geoshape",
        "sim id": "simserial", "simid": "simserial", "start time": "start",
        "starttime": "start", "str": "text", "string": "text", "subscriber id": "subscriberid",
        "text audit": "audit", "trace": "geotrace", "trigger": "acknowledge",
    }
)  # fmt: skip
# `add date prompt`, `q date` and `uri:deviceid` are the plain type in old forms.
DRESSED = re.compile(r"add (?P<added>.+) prompt|q (?P<asked>.+)|uri:(?P<named>.+)")
SELECT = re.compile(
    r"(?:add )?"
    r"(?P<kind>select[ _]?one|select1|select[ _]multiple|select[ _]all[ _]that[ _]apply|rank)"
    r"(?P<file>[ _]from[ _]file)?(?:[ _]external)?(?: prompt)?(?: from| using)?"
    r" (?P<list>\S.*?)(?P<other> or[ _](?:specify[ _])?other)?",
    re.IGNORECASE,
)
EDGE = re.compile(
    r"(?P<edge>begin|end)[ _-]?(?P<kind>group|repeat|lgroup|looped group|kobomatrix|score|rank)",
    re.IGNORECASE,
)
PARAMETER = re.compile(r"(\w+)\s*=\s*([^\s,;]+)")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
REPEATS = frozenset({"repeat", "lgroup", "looped group"})
KOBO = frozenset({"kobomatrix", "score", "rank"})  # groups that KoboToolbox takes apart


@dataclass(frozen=True)
class RowType:
    """What a row of the survey sheet is; `edge` is begin or end for groups and repeats."""

    name: str
    list_name: str = ""
    choices_file: str = ""
    has_other: bool = False
    edge: str = ""
    is_known: bool = True
    constraint: str = ""  # what the type itself allows


def read_type(written: str, parameters: str = "") -> RowType:
    """The canonical type of spellings such as `select one from X or_other` or `gps`.

    An unknown type is text with is_known False.
    """
    text = tidy(written)
    if edge := EDGE.fullmatch(text):
        kind = edge["kind"].lower()
        name = "repeat" if kind in REPEATS else kind if kind in KOBO else "group"
        return RowType(name, edge=edge["edge"].lower())
    if select := SELECT.fullmatch(text):
        return _select(select)
    plain = text.casefold().replace("_", " ")
    if dressed := DRESSED.fullmatch(plain):
        plain = next(filter(None, dressed.groups()))
    name = OLD_SPELLINGS.get(plain, plain.replace(" ", "-"))
    if name == "range":
        return _range(dict(PARAMETER.findall(parameters.casefold())))
    return RowType(name) if name in SIMPLE else RowType("text", is_known=False)


def _select(found: re.Match[str]) -> RowType:
    kind = found["kind"].casefold().replace("_", " ")
    if kind == "rank":
        name = "rank"
    else:
        name = "select_one" if kind in {"select one", "selectone", "select1"} else "select_multiple"
    in_file = found["list"] if found["file"] else ""
    # `select_one ${name}`: the answers of a repeat are the choices, so there is no list
    is_listed = not in_file and not found["list"].startswith("${")
    list_name = found["list"] if is_listed else ""
    return RowType(name, list_name, in_file, found["other"] is not None)


def _range(parameters: Mapping[str, str]) -> RowType:
    """A number from `start` to `end`, whole unless one of the parameters is not."""
    is_whole = all("." not in number for number in parameters.values())
    ends = [parameters.get(name, standard) for name, standard in (("start", "1"), ("end", "10"))]
    constraint = ""
    if {"start", "end"} & set(parameters) and all(NUMBER.fullmatch(end) for end in ends):
        low, high = sorted(ends, key=float)
        constraint = f". >= {low} and . <= {high}"
    return RowType("integer" if is_whole else "decimal", constraint=constraint)
