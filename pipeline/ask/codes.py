"""From what an export says to the form's codes: a code, a label in any language, a yes or no.

Texts are compared tidied. What has two readings has none: it stays as written and is flagged later.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from pipeline.ask.questionnaire import Choice

INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
MARKUP = re.compile(r"<[^<>]*>|\*\*|__")
WHOLE = re.compile(r"(-?[0-9]+)\.0+")
YES = frozenset({"yes", "y", "true", "t", "1", "sí", "si", "s", "sim", "oui", "o", "vrai"})
NO = frozenset({"no", "n", "false", "f", "0", "não", "nao", "non", "faux"})
BLANK = (" ",)


def tidy(text: str) -> str:
    """A text without regard to case, blanks, width and invisible characters."""
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    return " ".join(text.casefold().split())


def plain(label: str) -> str:
    """A label as a reader sees it: without HTML tags, entities and emphasis."""
    return html.unescape(MARKUP.sub(" ", label))


def cut(text: str, pieces: Iterable[str], separators: Sequence[str] = BLANK) -> list[list[str]]:
    """Every way to read a text as pieces with a separator between each two, at most two ways.

    Args:
        text: tidied.
        pieces: tidied; one may hold separators, or begin or end another.
        separators: `(" ",)` for KoboToolbox, `(", ",)` for Google Forms.
    """
    known: dict[str, list[str]] = {}  # by first character: most texts hold few of many pieces
    for piece in sorted(set(pieces) - {""}):
        known.setdefault(piece[0], []).append(piece)
    ways: dict[int, list[list[str]]] = {len(text): [[]]}
    for at in range(len(text) - 1, -1, -1):
        found: list[list[str]] = []
        for piece in known.get(text[at], ()):
            if text.startswith(piece, at):
                end = at + len(piece)
                for start in _starts(text, end, separators):
                    found += [[piece, *rest] for rest in ways.get(start, ())]
        ways[at] = found[:2]
    return ways[0]


def _starts(text: str, end: int, separators: Sequence[str]) -> set[int]:
    """Where the next piece may begin after one that ends here."""
    if end == len(text):
        return {end}
    return {
        end + len(mark)
        for mark in separators
        if text.startswith(mark, end) and end + len(mark) < len(text)
    }


@dataclass(frozen=True)
class Codes:
    """The codes of one list, found by what an export wrote."""

    choices: tuple[Choice, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The codes themselves."""
        return frozenset(choice.name for choice in self.choices)

    @cached_property
    def by_name(self) -> dict[str, str]:
        """Tidied code to code, where only one is so spelled."""
        return _unique((tidy(choice.name), choice.name) for choice in self.choices)

    @cached_property
    def by_label(self) -> dict[str, str]:
        """Tidied label, in any language, to code; a label that two codes share is left out."""
        return _unique(
            (tidy(spelling), choice.name)
            for choice in self.choices
            for label in choice.labels.values()
            for spelling in {label, plain(label)}
        )

    @cached_property
    def yes_and_no(self) -> Mapping[str, str]:
        """Spellings of yes and no to code, where the list has exactly one choice of each kind."""
        kinds = [
            [c.name for c in self.choices if tidy(c.name) in words and not c.missing_kind]
            for words in (YES, NO)
        ]
        if any(len(set(names)) != 1 for names in kinds):
            return MappingProxyType({})
        (yes, *_), (no, *_) = kinds
        return MappingProxyType(dict.fromkeys(YES, yes) | dict.fromkeys(NO, no))

    def one(self, text: str) -> str:
        """The code that a text means; '' where none, or more than one, fits.

        In this order: the code, the code in another spelling (`3.0`, other case), a label in any
        language, a spelling of yes or no.
        """
        if text in self.names:
            return text
        key = tidy(text)
        whole = WHOLE.fullmatch(key)
        names = (key, whole[1]) if whole else (key,)
        for known in (self.by_name, self.by_label, self.yes_and_no):
            if found := next((known[name] for name in names if name in known), ""):
                return found
        return ""

    def many(self, text: str, separators: Sequence[str] = BLANK) -> tuple[str, ...] | None:
        """The codes of a joined answer in the order written, each once; None where not certain.

        Codes and labels must cover the whole text in exactly one way: `()` for a blank one.
        """
        key = tidy(text)
        if not key:
            return ()
        marks = (*separators, *(mark.strip() for mark in separators if mark.strip()))
        for known in (self.by_name, self.by_label, self.by_name | self.by_label):
            ways = cut(key, known, marks)
            sets = {frozenset(known[piece] for piece in way) for way in ways}
            if len(sets) == 1:
                return tuple(dict.fromkeys(known[piece] for piece in ways[0]))
            if sets:
                return None
        return None


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose key has one meaning only."""
    found: dict[str, str | None] = {}
    for key, code in pairs:
        found[key] = code if found.get(key, code) == code else None
    return {key: code for key, code in found.items() if key and code is not None}
