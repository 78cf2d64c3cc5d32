"""survey.toml: read against the dataclasses of survey.py; a field there is a key here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pipeline.ask.choices import nearest
from pipeline.ask.survey import LOCALES, Register, Survey, Wave
from pipeline.errors import Finding, Problem

FILE = "survey.toml"
NOT_DECLARED = frozenset(
    {"name", "folder", "questionnaires", "frame", "columns", "renames", "released"}
)  # read from elsewhere
RENAMED = MappingProxyType({"frame_files": "frame", "waves": "wave"})
T = TypeVar("T")
MISSING: Any = object()


def read_declarations(folder: Path) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The values of survey.toml by the field names of Survey, and everything wrong with it.

    A missing file declares nothing. Keys that are wrong are left out of the values.
    """
    path = folder / FILE
    if not path.is_file():
        return {}, ()
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, PermissionError) as error:
        values: dict[str, object] = {"found": str(error)}
        return {}, (Finding(Problem.unreadable_declaration, FILE, values=values),)
    reader = _Reader()
    values = reader.values(Survey, table, "")
    reader.check(values)
    return values, tuple(reader.findings)


class _Reader:
    """Collects what is wrong while tables become dataclasses."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def find(self, problem: Problem, **values: object) -> None:
        self.findings.append(Finding(problem, FILE, values=values))

    def values(self, kind: type, table: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The keys of one table that are fields of `kind`, with values of the field's type."""
        hints = get_type_hints(kind)
        names = {RENAMED.get(one.name, one.name) if not where else one.name: one.name
                 for one in fields(kind) if where or one.name not in NOT_DECLARED}  # fmt: skip
        found: dict[str, Any] = {}
        for key, value in table.items():
            place = f"{where}.{key}" if where else key
            if key not in names:
                self.find(Problem.unknown_key, found=place, nearest=nearest(key, list(names)))
            else:
                read = self.value(hints[names[key]], value, place)
                if read is not MISSING:
                    found[names[key]] = read
        return found

    def value(self, hint: Any, value: object, place: str) -> Any:
        """`value` as the type `hint`, or MISSING after a finding."""
        if is_dataclass(hint):
            if isinstance(value, dict):
                return self.build(hint, value, place)
        elif hint == tuple[Wave, ...]:
            if isinstance(value, list) and all(isinstance(one, dict) for one in value):
                waves = [self.build(Wave, one, f"wave {n}") for n, one in enumerate(value, start=1)]
                return tuple(waves) or (Wave(),)
        else:
            read = _convert(hint, value)
            if read is not MISSING:
                return read
        self.find(Problem.wrong_kind, found=place, expected=_words(hint))
        return MISSING

    def build(self, kind: Any, table: Mapping[str, Any], place: str) -> Any:
        return kind(**self.values(kind, table, place))

    def check(self, values: Mapping[str, Any]) -> None:
        """What the types alone cannot say."""
        self.check_events(values)
        design = values.get("design")
        if design and design.rake and design.selection == "open_call":
            expected = "left out, or selection census_attempt or probability: nothing is weighted"
            self.find(Problem.wrong_kind, found="[design] rake", expected=expected)
        ids = [wave.id for wave in values.get("waves", ())]
        for one in sorted({one for one in ids if ids.count(one) > 1}):
            self.find(Problem.wave_twice, found=one)
        for language in values.get("languages", ()):
            if language not in LOCALES:
                expected = "a list of " + ", ".join(LOCALES)
                self.find(Problem.wrong_kind, found="languages", expected=expected)

    def check_events(self, values: Mapping[str, Any]) -> None:
        """[register] and [action] speak of events; a move names two states."""
        for place in ("register", "action"):
            if place in values and values.get("record") != "event":
                expected = 'left out, or the records events: record = "event"'
                self.find(Problem.wrong_kind, found=f"[{place}]", expected=expected)
        for move in values.get("register", Register()).moves:
            if not all(state.strip() for state in move.partition(">")):
                expected = 'a move written "from>to"'
                self.find(Problem.wrong_kind, found=f"register.moves {move}", expected=expected)


def _convert(hint: Any, value: object) -> Any:
    """A TOML value as a plain type, or MISSING."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value if value in arguments else MISSING
    if origin in {Union, UnionType}:
        converted = [_convert(one, value) for one in arguments if one is not type(None)]
        return next((one for one in converted if one is not MISSING), MISSING)
    if origin is tuple:
        kind = arguments[0]
        whole = isinstance(value, list) and all(type(one) is kind for one in value)
        return tuple(value) if isinstance(value, list) and whole else MISSING
    if origin is not None:  # Mapping[str, str]
        whole = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        return MappingProxyType(value) if isinstance(value, dict) and whole else MISSING
    return _convert_scalar(hint, value)


def _convert_scalar(hint: type, value: object) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is date and isinstance(value, datetime):
        return MISSING
    right = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    return value if right else MISSING


WORDS: Mapping[Any, str] = MappingProxyType(
    {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false",
     date: "a date such as 2025-03-03, without quotes"}
)  # fmt: skip


def _words(hint: Any) -> str:
    """A type in words for a message."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f'"{one}"' for one in arguments)
    if origin in {Union, UnionType}:
        return " or ".join(_words(one) for one in arguments if one is not type(None))
    if origin is tuple:
        lists = {Wave: "[[wave]] tables", int: "a list of whole numbers"}
        return lists.get(arguments[0], "a list of texts in quotes")
    if is_dataclass(hint) or origin is not None:
        return "a table of keys and values"
    return WORDS[hint]
