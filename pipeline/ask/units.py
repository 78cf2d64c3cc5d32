"""Which unit of the frame a typed name means: its name in any language, and where it lies.

Where several units share a name, the country or subdivision written with it, or the country
answered beside it, decides. What still has two readings has none: it stays as received.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType

from pipeline.ask.codes import tidy
from pipeline.ask.questionnaire import Choice
from pipeline.texts import LANGUAGES, country_names

DEEPEST = 3  # places written behind a name
SEPARATOR = re.compile(r"\s*(?:[,;/()–—]\s*)+|\s+-\s+")


@cache
def _countries() -> Mapping[str, str]:
    """Tidied names of countries in relevo's languages to their code, where one fits."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in country_names(language).items():
            found.setdefault(tidy(name), set()).add(code)
    return MappingProxyType({name: min(codes) for name, codes in found.items() if len(codes) == 1})


def country_code(text: str) -> str:
    """The ISO code (two letters) of a country's name in one of relevo's languages, or ''."""
    return _countries().get(tidy(text), "")


@dataclass(frozen=True)
class Units:
    """The units of a frame by what people call them: choices whose `extra` says where they lie."""

    choices: tuple[Choice, ...]

    @cached_property
    def by_name(self) -> Mapping[str, list[Choice]]:
        """Tidied unit_id or name, in any language, to the units so called."""
        found: dict[str, list[Choice]] = {}
        for unit in self.choices:
            for name in {tidy(text) for text in (unit.name, *unit.labels.values())} - {""}:
                found.setdefault(name, []).append(unit)
        return found

    def one(self, text: str, country: str = "") -> str:
        """The unit_id that a text means; '' where no unit, or more than one, fits.

        Args:
            text: a unit_id, a name, or a name followed by its country or subdivision.
            country: answered beside it; looked at only where several units fit.
        """
        for name, where in _readings(text):
            found = _within(self.by_name.get(name, []), where)
            if len(found) > 1 and country:
                found = _within(found, [country])
            if found:
                return found[0].name if len(found) == 1 else ""
        return ""


def _within(units: Sequence[Choice], where: Iterable[str]) -> list[Choice]:
    """The units that lie in all of these places."""
    wanted = [{tidy(place), country_code(place).casefold()} - {""} for place in where]
    return [unit for unit in units if all(_places(unit) & place for place in wanted)]


def _places(unit: Choice) -> set[str]:
    return {tidy(place) for place in unit.extra.values()}


def _readings(text: str) -> Iterator[tuple[str, list[str]]]:
    """A text as a name alone, then as a name and the places that are written behind it."""
    text = tidy(text)
    yield text, []
    text = text.rstrip(" )")
    for mark in reversed([*SEPARATOR.finditer(text)][-DEEPEST:]):
        yield text[: mark.start()], SEPARATOR.split(text[mark.end() :])
