"""The sentences: one TOML file per language, the same keys and placeholders in each.

A key names its table and entry (`method.sponsor`). An entry that depends on a number is a table of
CLDR plural categories; the number is the value called `count`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale

from pipeline.texts.locales import DEFAULTS, number
from pipeline.texts.typography import typeset

LANGUAGES = ("es", "pt", "en", "fr")
CATEGORIES = frozenset({"zero", "one", "two", "few", "many", "other"})
Entry = str | Mapping[str, str]


class TextMissingError(KeyError):
    """A sentence is asked for that the language's file does not hold."""

    def __init__(self, language: str, key: str) -> None:
        super().__init__(f"{language}: {key}")
        self.language = language
        self.key = key


def spoken(language: str) -> str:
    """The language relevo itself speaks on a page whose labels are in `language`."""
    code = language.replace("-", "_").split("_", 1)[0].lower()
    return code if code in LANGUAGES else "en"


def _entries(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        if isinstance(value, str) or (isinstance(value, dict) and value.keys() <= CATEGORIES):
            yield prefix + name, value
        else:
            assert isinstance(value, dict)
            yield from _entries(value, f"{prefix}{name}.")


@cache
def _sentences(language: str) -> Mapping[str, Entry]:
    path = Path(__file__).with_name(f"{language}.toml")
    return dict(_entries(tomllib.loads(path.read_text(encoding="utf-8"))))


def keys(language: str) -> Mapping[str, Entry]:
    """Every sentence of a language by its key, as written in its file."""
    return _sentences(language)


def explained(code: str) -> Mapping[str, str]:
    """What a problem's code means, by language, in as many languages as explain it."""
    key = f"explain.{code}"
    found = {language: _sentences(language).get(key, "") for language in LANGUAGES}
    return {
        language: typeset(text, language)
        for language, text in found.items()
        if isinstance(text, str) and text
    }


def reason(language: str, code: str) -> str:
    """What a code means, in a few words; else the first sentence that explains it."""
    speaks = spoken(language)
    if f"reason.{code}" in _sentences(speaks):
        return say(language, f"reason.{code}")
    told = explained(code)
    return told.get(speaks, told.get("en", code)).partition(". ")[0].rstrip(".")


def sentence(language: str, key: str, count: float | None = None) -> str:
    """The sentence as written, its placeholders unfilled, in the plural form `count` asks for.

    Raises:
        TextMissingError: no such key in that language.
    """
    entry = _sentences(language).get(key)
    if entry is None:
        raise TextMissingError(language, key)
    if isinstance(entry, str):
        return entry
    assert count is not None, f"{key} has plural forms and needs a count"
    return entry.get(_plural(language, count), entry["other"])


@lru_cache(maxsize=4096)
def _plural(language: str, count: float) -> str:
    return str(Locale.parse(DEFAULTS[language]).plural_form(count))


def say(language: str, key: str, **values: object) -> str:
    """One sentence, filled and typeset.

    Args:
        language: a language (`es`) or a locale (`es_AR`); whole numbers are written as it does.
        key: as in the TOML files.
        values: for the placeholders; `count` also chooses the plural form.

    Raises:
        TextMissingError: no such key in that language.
    """
    speaks = spoken(language)
    locale = language if "_" in language else DEFAULTS[speaks]
    count = values.get("count")
    template = typeset(
        sentence(speaks, key, count if isinstance(count, int | float) else None), speaks
    )
    shown = {
        name: number(value, locale) if isinstance(value, int) else value
        for name, value in values.items()
    }
    return template.format(**shown)
