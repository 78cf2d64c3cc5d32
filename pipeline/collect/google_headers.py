"""What the headers of Google Forms and Microsoft Forms mean.

They are question texts as typed, and a few of the tool's own in the language of the form's owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.ask import Questionnaire, plain, tidy
from pipeline.collect.export import Sheet
from pipeline.collect.headers import Ambiguity, Columns, Target, resolve
from pipeline.collect.recode import COUNTRY

# Headers of the moment a response was sent, with the owner's language.
TIMESTAMPS = MappingProxyType(
    {
        "timestamp": "en", "marca temporal": "es", "marca de tiempo": "es",
        "carimbo de data/hora": "pt", "horodateur": "fr",
    }
)  # fmt: skip
START = frozenset({"start time", "hora de inicio", "hora de início", "heure de début"})
END = frozenset(
    {
        "completion time", "hora de finalización", "hora de conclusão", "hora de conclusión",
        "heure de fin",
    }
)  # fmt: skip
# Known, but no answers: their values enter no table.
ASIDE = frozenset(
    {
        "username", "email", "email address", "e-mail", "name", "score", "total score", "language",
        "nombre de usuario", "dirección de correo electrónico", "correo electrónico", "nombre",
        "puntuación", "puntuación total", "idioma",
        "nome de usuário", "nome do usuário", "endereço de e-mail", "nome", "pontuação",
        "pontuação total",
        "nom d'utilisateur", "nom d’utilisateur", "adresse e-mail", "adresse de messagerie", "nom",
        "score total", "langue",
    }
)  # fmt: skip
COUNTRIES = frozenset({"country", "país", "pays"})
GRID = re.compile(r"(?P<question>.*\S)\s*\[(?P<row>.*)\]\s*", re.DOTALL)


@dataclass(frozen=True)
class Headers:
    """The columns of a sheet, and all positions (from 0) of each question.

    One question has several columns where a form asks it in a section per language, or where it
    was deleted and made again.
    """

    columns: Columns
    sources: Mapping[str, tuple[int, ...]]
    language: str  # of the owner, by the header of the time; '' where none says it


def is_form(headers: Sequence[str]) -> bool:
    """The first header is a time stamp; or two are the times that Microsoft Forms writes."""
    found = [tidy(header) for header in headers if header.strip()]
    return bool(found) and (
        found[0] in TIMESTAMPS or not (START.isdisjoint(found) or END.isdisjoint(found))
    )


def read_headers(sheet: Sheet, questionnaire: Questionnaire) -> Headers:
    """Look up every header: a question's text first, then a grid's row, then the tool's own."""
    columns = resolve(sheet.headers, questionnaire, "", sheet.evidence)
    tidied = [tidy(header) for header in sheet.headers]
    taken = {target.column for target in columns.targets.values()}
    grid = _Grid.of(questionnaire, taken)
    targets, ambiguous = dict(columns.targets), list(columns.ambiguous)
    unsettled = {position for one in ambiguous for position in one.positions}
    for position, header in enumerate(sheet.headers):
        if not header.strip() or position in unsettled:
            continue
        if targets.get(position, Target()).column:
            continue
        found = grid.find(header) or _own(tidied[position], tidied, questionnaire)
        if len(found) == 1:
            targets[position] = found[0]
        elif found:
            ambiguous.append(Ambiguity((position,), found))
    unknown = tuple(
        header
        for position, header in enumerate(sheet.headers)
        if header.strip() and position not in targets and position not in unsettled
    )
    sources: dict[str, list[int]] = {}
    for position, target in sorted(targets.items()):
        if target.column and not target.choice:
            sources.setdefault(target.column, []).append(position)
    return Headers(
        Columns(MappingProxyType(targets), unknown, columns.repaired, (), tuple(ambiguous)),
        {column: tuple(positions) for column, positions in sources.items()},
        next((TIMESTAMPS[header] for header in tidied if header in TIMESTAMPS), ""),
    )


def _own(header: str, headers: Sequence[str], questionnaire: Questionnaire) -> tuple[Target, ...]:
    """A column of the tool; or the country beside a typed name, which has no label in the form."""
    is_microsoft = not (START.isdisjoint(headers) or END.isdisjoint(headers))
    if header in TIMESTAMPS:
        return (Target(metadata="_submission_time"),)
    if is_microsoft and header in START:
        return (Target(metadata="start"),)
    if is_microsoft and header in END:
        return (Target(metadata="end"),)
    if is_microsoft and header == "id":
        return (Target(metadata="_id"),)
    if header in COUNTRIES:
        asked = questionnaire.by_column.get(COUNTRY)
        return (Target(COUNTRY) if asked and not asked.repeat else Target(metadata=COUNTRY),)
    return (Target(),) if header in ASIDE else ()


@dataclass(frozen=True)
class _Grid:
    """Questions by what heads their column in a grid: `Question [Row]`."""

    whole: Mapping[str, tuple[Target, ...]]  # group and row, or a label that says both
    rows: Mapping[str, tuple[Target, ...]]

    @classmethod
    def of(cls, questionnaire: Questionnaire, taken: Iterable[str]) -> _Grid:
        """All questions of the main form; a row alone names only those without a column."""
        groups = {group.path: group for group in questionnaire.groups}
        whole: dict[str, dict[Target, None]] = {}
        rows: dict[str, dict[Target, None]] = {}
        for question in questionnaire.answers():
            around = groups.get(question.group)
            for language, label in question.labels.items():
                above = around.labels.get(language, "") if around else ""
                whole.setdefault(_key(label), {})[Target(question.column)] = None
                whole.setdefault(_key(above + label), {})[Target(question.column)] = None
                if question.column not in taken:
                    rows.setdefault(_key(label), {})[Target(question.column)] = None
        return cls(
            {key: tuple(found) for key, found in whole.items()},
            {key: tuple(found) for key, found in rows.items()},
        )

    def find(self, header: str) -> tuple[Target, ...]:
        """What a header with a row in brackets may mean; () for any other header."""
        grid = GRID.fullmatch(header)
        if not grid:
            return ()
        return self.whole.get(_key(header)) or self.rows.get(_key(grid["row"])) or ()


def _key(text: str) -> str:
    """Letters and digits alone: brackets, colons and dashes join a row to its question."""
    return "".join(mark for mark in tidy(plain(text)) if mark.isalnum())
