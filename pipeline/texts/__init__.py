"""texts: sentences in four languages; plurals, numbers and dates by locale."""

from pipeline.texts.locales import DEFAULTS as DEFAULT_LOCALES
from pipeline.texts.locales import date, locale_for, number, percent
from pipeline.texts.sentences import LANGUAGES, TextMissingError, keys, say, sentence, spoken
from pipeline.texts.typography import typeset

__all__ = [
    "DEFAULT_LOCALES",
    "LANGUAGES",
    "TextMissingError",
    "date",
    "keys",
    "locale_for",
    "number",
    "percent",
    "say",
    "sentence",
    "spoken",
    "typeset",
]
