"""What the columns of a statistics file, or of a table that no survey tool wrote, mean.

columns.csv speaks first. Then a header is a question's name or label; a variable's own label; or a
name that the program cut. Several columns that hold one multiple answer belong together where the
file says so, or where their names do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from pipeline.ask import Codes, ColumnLine, Question, Questionnaire, tidy
from pipeline.collect.export import ResponseSet, Sheet
from pipeline.collect.headers import MOMENTS, MULTIPLES, Ambiguity, Columns, Target, resolve
from pipeline.collect.labels import label_key

SHORTEST_CUT = 8  # characters that old programs left of a name
SIMILAR = 0.6


@dataclass(frozen=True)
class Tick:
    """A column that says whether one choice was chosen: by the value `counted`, or as 1 and 0."""

    position: int
    counted: str = ""


@dataclass(frozen=True)
class TableColumns:
    """Where the answers of a sheet stand (positions from 0)."""

    columns: Columns
    sources: Mapping[str, tuple[int, ...]]  # Question.column to columns with its whole answer
    ticks: Mapping[str, Mapping[str, Tick]]  # Question.column to choice to its column
    listed: Mapping[str, tuple[int, ...]]  # Question.column to columns with one choice each
    suggested: Mapping[str, str]  # unknown header to the most similar question

    @property
    def questions(self) -> frozenset[str]:
        """Question.column of all questions that have a column."""
        return frozenset({*self.sources, *self.ticks, *self.listed})


def table_columns(
    sheet: Sheet, questionnaire: Questionnaire, lines: Iterable[ColumnLine] = ()
) -> TableColumns:
    """Look up every header.

    Args:
        sheet: with the file's dictionary, if it has one.
        questionnaire: the version that was in the field.
        lines: of columns.csv, those that count for this file.
    """
    targets = _declared(sheet.headers, questionnaire, lines)
    sets = _sets(sheet, questionnaire)
    used = {*targets, *(tick.position for one in sets.ticks.values() for tick in one.values())}
    used |= {at for positions in sets.listed.values() for at in positions}
    ambiguous: tuple[Ambiguity, ...] = ()
    for read in (_headers, _labels, _names_before_the_cut):
        taken = {target.column for target in targets.values()} | sets.columns
        heads = ["" if at in used else head for at, head in enumerate(read(sheet, questionnaire))]
        found = resolve(heads, questionnaire, "", sheet.evidence)
        new = {at: one for at, one in found.targets.items() if one.column not in taken - {""}}
        targets |= new
        used |= {*new, *(at for one in found.ambiguous for at in one.positions)}
        ambiguous += found.ambiguous
    unknown = [head for at, head in enumerate(sheet.headers) if head.strip() and at not in used]
    sources: dict[str, tuple[int, ...]] = {}
    ticks = {column: dict(one) for column, one in sets.ticks.items()}
    for at, target in sorted(targets.items()):
        if target.choice:
            ticks.setdefault(target.column, {}).setdefault(target.choice, Tick(at))
        elif target.column:
            sources[target.column] = (*sources.get(target.column, ()), at)
    by_column = questionnaire.by_column
    listed = dict(sets.listed)  # several columns of one multiple hold an answer each
    for column in [c for c, at in sources.items() if len(at) > 1]:
        if by_column[column].type in MULTIPLES:
            listed[column] = sources.pop(column)
    columns = Columns(MappingProxyType(targets), tuple(unknown), (), (), ambiguous)
    free = [q for q in questionnaire.answers() if q.column not in {*sources, *ticks, *listed}]
    return TableColumns(columns, sources, ticks, listed, _similar(unknown, free))


def _declared(
    headers: Sequence[str], questionnaire: Questionnaire, lines: Iterable[ColumnLine]
) -> dict[int, Target]:
    """What columns.csv says, matched without regard to case, blanks and width."""
    meaning = {tidy(line.source): line.question for line in lines}
    return {
        at: _target(meaning[tidy(header)], questionnaire)
        for at, header in enumerate(headers)
        if tidy(header) in meaning
    }


def _target(name: str, questionnaire: Questionnaire) -> Target:
    if name in questionnaire.by_column:
        question = questionnaire.by_column[name]
        return Target(name, metadata=question.type if question.type in MOMENTS else "")
    column, _, choice = name.rpartition("/")
    if column in questionnaire.by_column:
        return Target(column, choice)
    return Target(metadata=name)


def _headers(sheet: Sheet, _: Questionnaire) -> Sequence[str]:
    return sheet.headers


def _labels(sheet: Sheet, _: Questionnaire) -> Sequence[str]:
    """The labels of the variables; SPSS may end them with a line break."""
    variables = sheet.dictionary.variables
    return [variables[head].label.strip() if head in variables else "" for head in sheet.headers]


def _names_before_the_cut(sheet: Sheet, questionnaire: Questionnaire) -> Sequence[str]:
    """The names that only one question's begins with, where programs cut long ones."""
    if not sheet.dictionary.variables:
        return [""] * len(sheet.headers)
    names = [question.name for question in questionnaire.answers()]
    found = []
    for head in sheet.headers:
        longer = [name for name in names if _spelled(name).startswith(_spelled(head))]
        is_cut = len(head) >= SHORTEST_CUT and len(longer) == 1
        found.append(longer[0] if is_cut else "")
    return found


def _spelled(name: str) -> str:
    """A name as a variable may be called: no hyphens, one case."""
    return re.sub(r"\W", "_", tidy(name))


@dataclass(frozen=True)
class _Sets:
    ticks: Mapping[str, Mapping[str, Tick]]
    listed: Mapping[str, tuple[int, ...]]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({*self.ticks, *self.listed})


def _sets(sheet: Sheet, questionnaire: Questionnaire) -> _Sets:
    """The multiple-response sets that the file declares for a question of the form."""
    ticks: dict[str, Mapping[str, Tick]] = {}
    listed: dict[str, tuple[int, ...]] = {}
    places = {tidy(head): at for at, head in enumerate(sheet.headers)}
    for one in sheet.dictionary.sets:
        question = _question_of(one, questionnaire)
        positions = [places[tidy(head)] for head in one.headers if tidy(head) in places]
        if question is None:
            continue
        if not one.counted:
            listed[question.column] = tuple(positions)
            continue
        codes = Codes(questionnaire.choices_of(question))
        chosen = {at: _choice_of(sheet, at, question, codes) for at in positions}
        ticks[question.column] = {
            choice: Tick(at, one.counted) for at, choice in chosen.items() if choice
        }
    return _Sets(ticks, listed)


def _question_of(one: ResponseSet, questionnaire: Questionnaire) -> Question | None:
    """The multiple with the set's name, else with its label."""
    multiples = [q for q in questionnaire.answers() if q.type in MULTIPLES]
    named = [q for q in multiples if _spelled(q.name) == _spelled(one.name.lstrip("$"))]
    labelled = [q for q in multiples if label_key(one.label) in map(label_key, q.labels.values())]
    return next((found[0] for found in (named, labelled) if len(found) == 1), None)


def _choice_of(sheet: Sheet, at: int, question: Question, codes: Codes) -> str:
    """The choice that a column of a set counts: by its label, else by the end of its name."""
    head = sheet.headers[at]
    label = sheet.dictionary.variables[head].label.strip()
    end = _spelled(head).removeprefix(_spelled(question.name)).lstrip("_")
    texts = (label, re.split(r":|\s-\s", label)[-1], _spelled(head), end)
    return next(filter(None, map(codes.one, texts)), "")


def _similar(unknown: Iterable[str], questions: Iterable[Question]) -> Mapping[str, str]:
    """Header to the question without a column whose name or label is most similar."""
    spellings = {
        tidy(text): question.column
        for question in questions
        for text in (question.name, *question.labels.values())
    }
    close = {head: get_close_matches(tidy(head), spellings, 1, SIMILAR) for head in unknown}
    return {head: spellings[found[0]] for head, found in close.items() if found}
