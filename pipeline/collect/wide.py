"""The question columns of the wide tables collect.submission and collect.repeat_<name>."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pipeline.ask import STRUCTURE, Questionnaire, Survey


@dataclass(frozen=True)
class Wide:
    """The question columns of a wide table: their names, and the one each answer goes to."""

    names: tuple[str, ...]
    column_of: Mapping[str, str]

    @property
    def types(self) -> dict[str, str]:
        """Name to SQL type."""
        return dict.fromkeys(self.names, "VARCHAR")


def wide(survey: Survey, repeat: str, split: AbstractSet[str]) -> Wide:
    """Columns of all waves' questions, and `question/choice` where some file split a multiple.

    In form order, the newest wave's first. DuckDB ignores case: names of two waves that differ only
    by it share a column; of two choices in one form the first has it, both stay in the joined text.
    """
    first: dict[str, str] = {}
    column_of: dict[str, str] = {}
    for wave in reversed(survey.waves):
        taken: set[str] = set()
        for name in _question_columns(survey.questionnaires[wave.id], repeat, split):
            column = first.setdefault(name.casefold(), name)
            if column not in taken:
                column_of[name] = column
                taken.add(column)
    return Wide(tuple(first.values()), column_of)


def _question_columns(
    questionnaire: Questionnaire, repeat: str, split: AbstractSet[str]
) -> Iterator[str]:
    """Every question of the main form or a repeat, each followed by the choices some file split."""
    for question in questionnaire.questions:
        if question.repeat == repeat and question.type not in STRUCTURE:
            yield question.column
            names = (f"{question.column}/{c.name}" for c in questionnaire.choices_of(question))
            yield from (name for name in names if name in split)


def repeats(survey: Survey) -> list[str]:
    """Names of the repeats of all waves."""
    names = (
        group.name
        for wave in reversed(survey.waves)
        for group in survey.questionnaires[wave.id].repeats
    )
    return list({name.casefold(): name for name in names}.values())
