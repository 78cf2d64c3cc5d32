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
TRANSLATED = frozenset({"label", "short", "hint", "constraint_message", "warning_message"})
SPACES = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class Vocabulary:
    """The columns of one sheet that have a meaning, and their other names.

    A `weak` name means something else as well: it counts only where no column has the right one.
    """

    names: frozenset[str]
    aliases: Mapping[str, str]
    weak: Mapping[str, str]


SURVEY = Vocabulary(
    TRANSLATED
    | {
        "calculation", "charter", "choice_filter", "constraint", "disclosure", "domain", "gcm",
        "joins", "kobo_matrix_list", "kobo_rank_items", "kobo_score_choices", "label_status",
        "name", "parameters", "pii", "relevant", "repeat_count", "required", "score", "sdg",
        "section", "skip_excludes", "spo", "type", "warning", "weight",
    },
    {
        "calculate": "calculation", "constraining_message": "constraint_message",
        "constraintmsg": "constraint_message", "relevance": "relevant", "short_label": "short",
    },
    {"caption": "label", "command": "type", "count": "repeat_count", "tag": "name",
     "value": "name"},
)  # fmt: skip
CHOICES = Vocabulary(
    frozenset(
        {"label", "label_status", "list_name", "missing_kind", "name", "score", "short", "hint"}
    ),
    {"short_label": "short"},
    {"caption": "label", "list": "list_name", "value": "name"},
)
SETTINGS = Vocabulary(
    frozenset({"allow_choice_duplicates", "default_language", "form_id", "form_title", "version"}),
    {"id_string": "form_id", "set_form_id": "form_id", "set_form_title": "form_title"},
    {"title": "form_title"},
)

LANGUAGES = MappingProxyType(
    {
        "ar": "ar", "arabic": "ar", "العربية": "ar", "árabe": "ar", "arabe": "ar",
        "es": "es", "castellano": "es", "español": "es", "espanol": "es", "spanish": "es",
        "espanhol": "es", "espagnol": "es",
        "en": "en", "english": "en", "inglés": "en", "ingles": "en", "inglês": "en",
        "anglais": "en",
        "pt": "pt", "português": "pt", "portugues": "pt", "portuguese": "pt", "portugués": "pt",
        "portugais": "pt",
        "fr": "fr", "français": "fr", "francais": "fr", "french": "fr", "francés": "fr",
        "frances": "fr", "francês": "fr",
    }
)  # fmt: skip
IN_PARENTHESES = re.compile(r"(?P<name>.*?)\s*\(\s*(?P<code>[^()]*?)\s*\)")
CODE = re.compile(r"(?P<base>[a-z]{2,3})(?:[-_][a-z0-9]{2,8})*")


def language_code(written: str) -> str:
    """`Español (es)`, `español` and `es-UY` are `es`; an unknown name stays, in lower case.

    pyxform calls a language `default` that the form does not name: it has no code.
    """
    name = tidy(written).casefold()
    if name == "default":
        return ""
    parts = IN_PARENTHESES.fullmatch(name)
    for part in (parts["code"], parts["name"]) if parts else (name,):
        code = CODE.fullmatch(part)
        if known := LANGUAGES.get(part) or LANGUAGES.get(code["base"] if code else ""):
            return known
    return parts["code"] if parts and CODE.fullmatch(parts["code"]) else name


@dataclass(frozen=True)
class Header:
    """What a column holds: a canonical name, and a language for texts (None: none was named)."""

    name: str
    language: str | None = None


def read_header(written: str, vocabulary: Vocabulary, *, weak: bool = False) -> Header | None:
    """The meaning of a header such as `bind:jr:constraintMsg::Français (fr)`; None for none."""
    parts = [tidy(part) for part in re.split("::?", tidy(written))]
    while len(parts) > 1 and parts[0].casefold() in PREFIXES:
        parts = parts[1:]
    plain = SPACES.sub("_", parts[0]).casefold()
    name = vocabulary.aliases.get(plain, vocabulary.weak.get(plain, plain) if weak else plain)
    if len(parts) == 1:
        return Header(name) if name in vocabulary.names else _with_language(plain, vocabulary)
    is_text = name in TRANSLATED & vocabulary.names
    return Header(name, language_code(":".join(parts[1:]))) if is_text else None


def _with_language(plain: str, vocabulary: Vocabulary) -> Header | None:
    """`label_es`, `label (Français)`: a language that is known, without the colons."""
    for name in TRANSLATED & vocabulary.names:
        rest = plain.removeprefix(name).strip("_")
        language = language_code(rest)
        if rest != plain and language in LANGUAGES.values():
            return Header(name, language)
    return None


@dataclass(frozen=True)
class Columns:
    """The columns of one sheet, found by their headers."""

    sheet: Sheet
    places: Mapping[Header, int]
    others: Mapping[str, int]  # headers without a meaning for us, as written
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

    def notes(self, row: Row) -> Mapping[str, str]:
        """The cells of the other columns: notes, and what a choice_filter may name."""
        return MappingProxyType(
            {header: tidy(row.cells[place]) for header, place in self.others.items()}
        )


def find_columns(sheet: Sheet, vocabulary: Vocabulary, default_language: str, file: str) -> Columns:
    """Match the headers of a sheet; of two with one meaning the first counts and both are told."""
    written = [tidy(header) for header in sheet.header.cells]
    found = [read_header(header, vocabulary) for header in written]
    names = {header.name for header in found if header}
    places: dict[Header, int] = {}
    others: dict[str, int] = {}
    findings: list[Finding] = []
    for place, text in enumerate(written):
        header = found[place] or read_header(text, vocabulary, weak=True)
        if not found[place] and header and header.name in names:
            header = None
        seen = places.setdefault(header, place) if header else others.setdefault(text, place)
        if seen != place and text and any(tidy(row.cells[place]) for row in sheet.rows[1:]):
            values: dict[str, object] = {"found": text, "first": written[seen]}
            row = sheet.header.number
            findings.append(Finding(Problem.duplicate_header, file, sheet.name, row, values=values))
    others.pop("", None)
    return Columns(
        sheet, MappingProxyType(places), MappingProxyType(others), default_language, tuple(findings)
    )
