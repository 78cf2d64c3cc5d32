"""texts: sentences in four languages; plurals, numbers and dates by locale."""

from pipeline.texts.locales import DEFAULTS as DEFAULT_LOCALES
from pipeline.texts.locales import country_names, date, language_name, locale_for, number, percent
from pipeline.texts.sentences import (
    LANGUAGES,
    TextMissingError,
    explained,
    keys,
    reason,
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
    "language_name",
    "locale_for",
    "number",
    "percent",
    "reason",
    "say",
    "sentence",
    "spoken",
    "typeset",
]
