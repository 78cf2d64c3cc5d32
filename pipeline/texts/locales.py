"""Numbers and dates by locale, which is language and territory: es_MX and es_UY swap the point."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from types import MappingProxyType

from babel import Locale, localedata
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

# Pages that belong to no country, unless survey.toml says otherwise.
DEFAULTS = MappingProxyType({"es": "es_UY", "pt": "pt_BR", "en": "en", "fr": "fr_FR"})
# Below this no grouping is set: point and comma mean the opposite two countries further.
GROUPED_FROM = 10_000


@lru_cache(maxsize=256)
def _parse(locale: str) -> Locale:
    return Locale.parse(locale)


@lru_cache(maxsize=1024)
def _exists(locale: str) -> bool:
    return localedata.exists(locale)


def locale_for(language: str, territory: str = "", defaults: Mapping[str, str] = DEFAULTS) -> str:
    """`es` and `AR` give `es_AR`; a pair that CLDR does not know gives the language's default."""
    locale = f"{language}_{territory.upper()}"
    if territory and _exists(locale):
        return locale
    return defaults.get(language) or DEFAULTS.get(language, "en")


def _rounded(value: float, decimals: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def number(value: float, locale: str, decimals: int = 0) -> str:
    """A number as the locale writes it, halves rounded away from zero; grouped from 10,000 on."""
    return _number(value or 0, locale, decimals)  # minus nothing is nothing


@lru_cache(maxsize=8192)  # pages repeat small counts
def _number(value: float, locale: str, decimals: int) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    grouped = abs(value) >= GROUPED_FROM
    return str(
        format_decimal(
            _rounded(value, decimals), pattern, locale=_parse(locale), group_separator=grouped
        )
    )


def percent(share: float, locale: str) -> str:
    """A share between 0 and 1 without decimals, with the locale's own space before the sign."""
    return _percent(share or 0, locale)


@lru_cache(maxsize=8192)
def _percent(share: float, locale: str) -> str:
    return str(format_percent(_rounded(share, 2), locale=_parse(locale)))


@lru_cache(maxsize=1024)
def date(day: datetime.date, locale: str) -> str:
    """A day in words: `9 de mayo de 2025`."""
    return str(format_date(day, "long", locale=_parse(locale)))


def country_names(language: str) -> Mapping[str, str]:
    """ISO code (two letters) to the name of every country in a language."""
    territories = _parse(language).territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha()}


def language_name(code: str, language: str) -> str:
    """What a language is called in a language; a code that is none stays as it is."""
    return str(_parse(language).languages.get(code, code))
