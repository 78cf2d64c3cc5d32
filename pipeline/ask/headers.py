"""Which column of a form means what: aliases of headers, and the language a header names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.ask.workbook import Row, Sheet, tidy
from pipeline.errors import Finding, Problem

# Prefixes that pyxform and its forerunners allow before a column's own name.
PREFIXES = frozenset({"bind", "control", "body", "jr"})
ALIASES = MappingProxyType(
    {
        "calculate": "calculation",
        "caption": "label",
        "command": "type",
        "constraint message": "constraint_message",
        "constraintmsg": "constraint_message",
        "count": "repeat_count",
        "id string": "form_id",
        "jr constraintmsg": "constraint_message",
        "list": "list_name",
        "relevance": "relevant",
        "required message": "required_message",
        "requiredmsg": "required_message",
        "set form id": "form_id",
        "set form title": "form_title",
        "short label": "short",
        "tag": "name",
        "title": "form_title",
        "value": "name",
    }
)
TRANSLATED = frozenset({"label", "short", "hint", "constraint_message"})

LANGUAGES = MappingProxyType(
    {
        "arabic": "ar", "العربية": "ar", "castellano": "es", "espanol": "es", "español": "es",
        "spanish": "es", "english": "en", "ingles": "en", "inglés": "en", "anglais": "en",
        "português": "pt", "portugues": "pt", "portuguese": "pt", "portugués": "pt",
        "français": "fr", "francais": "fr", "french": "fr", "francés": "fr", "frances": "fr",
    }
)  # fmt: skip
CODE_IN_PARENTHESES = re.compile(r"\(\s*([^()]+?)\s*\)\s*$")


def language_code(written: str) -> str:
    """`Español (es)`, `español` and `es` are `es`; an unknown name stays, in lower case."""
    found = CODE_IN_PARENTHESES.search(written)
    code = tidy(found.group(1) if found else written).lower()
    return LANGUAGES.get(code, code)


@dataclass(frozen=True)
class Header:
    """What a column holds: a canonical name, and a language for texts (None: none was named)."""

    name: str
    language: str | None = None


def read_header(written: str) -> Header:
    """The canonical name of a header such as `bind:jr:constraintMsg::Français (fr)`."""
    parts = [tidy(part) for part in re.split("::?", tidy(written))]
    while len(parts) > 1 and parts[0].casefold() in PREFIXES:
        parts = parts[1:]
    plain = tidy(parts[0].replace("_", " ")).casefold()
    name = ALIASES.get(plain, plain.replace(" ", "_"))
    if len(parts) == 1:
        return Header(name)
    if name in TRANSLATED:
        return Header(name, language_code(":".join(parts[1:])))
    return Header(":".join([name, *parts[1:]]))  # media::image::… and the like: not ours


@dataclass(frozen=True)
class Columns:
    """The columns of one sheet, found by their headers."""

    sheet: Sheet
    places: Mapping[Header, int]
    default_language: str
    findings: tuple[Finding, ...] = ()

    def __contains__(self, name: str) -> bool:
        return Header(name) in self.places

    def exact(self, row: Row, name: str) -> str:
        """The cell as written; '' where the sheet has no such column."""
        place = self.places.get(Header(name))
        return row.cells[place] if place is not None else ""

    def text(self, row: Row, name: str) -> str:
        """The cell as a name or keyword: outer and double blanks are gone."""
        return tidy(self.exact(row, name))

    def texts(self, row: Row, name: str) -> Mapping[str, str]:
        """A text in each language that has one, exactly as written."""
        found: dict[str, str] = {}
        for header, place in self.places.items():
            if header.name == name and tidy(row.cells[place]):
                language = self.default_language if header.language is None else header.language
                found.setdefault(language, row.cells[place])
        return MappingProxyType(found)

    def others(self, row: Row, known: frozenset[str]) -> Mapping[str, str]:
        """The cells of columns that are not ours, by canonical name: notes and filter columns."""
        return MappingProxyType(
            {
                header.name: tidy(row.cells[place])
                for header, place in self.places.items()
                if header.name not in known
            }
        )


def find_columns(sheet: Sheet, default_language: str, file: str) -> Columns:
    """Match the headers of a sheet; the first of two equal ones counts, an empty one is skipped."""
    places: dict[Header, int] = {}
    findings: list[Finding] = []
    headers = [(read_header(written), place) for place, written in enumerate(sheet.header)]
    for header, place in sorted(headers, key=lambda pair: _is_alias(sheet, *pair)):
        if not header.name:
            continue
        written = tidy(sheet.header[place])
        if header not in places:
            places[header] = place
        elif written == tidy(sheet.header[places[header]]):
            values: dict[str, object] = {"found": written}
            findings.append(Finding(Problem.duplicate_header, file, sheet.name, 1, values=values))
    return Columns(sheet, MappingProxyType(places), default_language, tuple(findings))


def _is_alias(sheet: Sheet, header: Header, place: int) -> bool:
    # a column `value` is the name only where no column is called `name`
    return tidy(sheet.header[place]).casefold().replace(" ", "_") != header.name
