"""texts: sentences in four languages; plurals, numbers and dates by locale."""

from pipeline.texts.locales import DEFAULTS as DEFAULT_LOCALES
from pipeline.texts.locales import country_names, date, locale_for, number, percent
from pipeline.texts.sentences import (
    LANGUAGES,
    TextMissingError,
    explained,
    keys,
    say,
    sentence,
    spoken,
)
from pipeline.texts.typography import typeset

__all__ = [
    "DEFAULT_LOCALES",
    "LANGUAGES",
    "TextMissingError",
    "country_names",
    "date",
    "explained",
    "keys",
    "locale_for",
    "number",
    "percent",
    "say",
    "sentence",
    "spoken",
    "typeset",
]
