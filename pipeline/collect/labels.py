"""Which headers are labels: of a question, with its groups before it or a choice behind it.

A label counts in any language and without regard to case, blanks, HTML and emphasis; where a
translation is missing, the tool wrote the name. Several questions may share a label: all of them
are returned, and the order of the columns decides (headers.py).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import product

from pipeline.ask import Choice, Group, Question, Questionnaire, plain, tidy
from pipeline.collect.spellings import (
    MULTIPLES,
    Multiple,
    Target,
    companions,
    path_separator,
    split_spellings,
    target_of,
)

TAG = re.compile(r"<[^<>]*>")
EMPHASIS = re.compile(r"(?<!\w)([*_`]{1,3})(\S(?:.*?\S)?)\1(?!\w)")
HEADING = re.compile(r"(?m)^#+\s")
REFERENCE = re.compile(r"\\\$\\\{[^}]*\\\}")  # in an escaped label
LONG_ENOUGH = 12  # letters around a reference that make a label recognisable
FROM_R = re.compile(r"[\w.]+")
REMEMBERED = 1 << 15  # the same labels are looked up for every line that may be the header
Meanings = Mapping[str, tuple[Target, ...]]


@lru_cache(REMEMBERED)
def label_key(text: str) -> str:
    """What makes two labels equal: their characters without blanks, in one case and width."""
    return "".join(tidy(text).split())


def by_label(
    headers: Sequence[str],
    names: AbstractSet[str],
    questions: Sequence[Question],
    questionnaire: Questionnaire,
) -> list[tuple[Target, ...]]:
    """For each header what it may mean as a label: nothing, one target, or several in form order.

    Args:
        headers: as written; those that are certainly something else may be ''.
        names: those of the headers that are a question's name: none is a label and a choice.
        questions: of the main form or of one repeat.
        questionnaire: with groups and choices.
    """
    found = _look_up(headers, names, questions, questionnaire, label_key)
    left = {header for header, one in zip(headers, found, strict=True) if not one} - names
    if "." in "".join(left) and all(FROM_R.fullmatch(header) for header in headers if header):
        again = _look_up(headers, names, questions, questionnaire, _key_from_r)
        found = [one or other for one, other in zip(found, again, strict=True)]
    return found


def _key_from_r(text: str) -> str:
    """A label as R makes a column name of it: every other character is a point."""
    return re.sub(r"\W", ".", tidy(text))


def _look_up(
    headers: Sequence[str],
    names: AbstractSet[str],
    questions: Sequence[Question],
    questionnaire: Questionnaire,
    key: Callable[[str], str],
) -> list[tuple[Target, ...]]:
    keys = [key(header) for header in headers]
    if not any(keys):
        return [()] * len(keys)
    free = frozenset(keys) - {""}
    meanings = _meanings(free, {key(name) for name in names}, questions, questionnaire, key)
    patterns = _patterns(questions, key)
    return [meanings.get(one) or _shown(one, patterns) if one else () for one in keys]


def _meanings(
    free: frozenset[str],
    names: AbstractSet[str],
    questions: Sequence[Question],
    questionnaire: Questionnaire,
    key: Callable[[str], str],
) -> Meanings:
    """Every label that may head a column, with what it means."""
    groups = {group.path: group for group in questionnaire.groups}
    paths = {q.column: _paths(q, groups, questionnaire.languages, key) for q in questions}
    separator = path_separator(free, (path for found in paths.values() for path in found))
    found: dict[str, dict[Target, None]] = {}
    multiples: list[Multiple] = []
    for question in questions:
        is_multiple = question.type in MULTIPLES
        choices = _choices(questionnaire.choices_of(question), key) if is_multiple else ()
        written = {separator.join(path) for path in paths[question.column]}
        written |= {path[-1] for path in paths[question.column]}
        for spelling in sorted(written - {""}):
            found.setdefault(spelling, {})[target_of(question)] = None
            for companion in companions(spelling, question, separator):
                found.setdefault(companion, {})[Target()] = None
            if is_multiple:
                multiples.append(Multiple(spelling, question.column, choices))
    for header, target in split_spellings(free - names - found.keys(), multiples, str):
        found.setdefault(header, {})[target] = None
    return {header: tuple(targets) for header, targets in found.items()}


def _paths(
    question: Question,
    groups: Mapping[str, Group],
    languages: Iterable[str],
    key: Callable[[str], str],
) -> set[tuple[str, ...]]:
    """Keys of the labels of a question and the groups around it, in each language."""
    around: list[Group] = []
    path = question.group
    while path in groups:
        around.insert(0, groups[path])
        path = groups[path].parent
    found: set[tuple[str, ...]] = set()
    for language in {*languages, *question.labels}:
        levels: tuple[Group | Question, ...] = (*around, question)
        parts = [_spelled(level, language, key) for level in levels]
        found |= set(product(*parts))
    return found


def _spelled(
    one: Question | Group | Choice, language: str, key: Callable[[str], str]
) -> tuple[str, ...]:
    """Keys of a label as written and as shown; the name where there is no label."""
    return _keys(one.labels.get(language) or one.name, key)


@lru_cache(REMEMBERED)
def _keys(label: str, key: Callable[[str], str]) -> tuple[str, ...]:
    text = HEADING.sub("", label)
    bare = html.unescape(EMPHASIS.sub(r"\2", TAG.sub("", text)))
    return tuple(dict.fromkeys(key(spelling.strip()) for spelling in (text, plain(text), bare)))


def _choices(choices: Iterable[Choice], key: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    """Every key of every choice, with its code."""
    pairs = (
        (spelling, choice.name)
        for choice in choices
        for language in choice.labels or ("",)
        for spelling in (*_spelled(choice, language, key), key(choice.name))
    )
    return tuple(dict.fromkeys(pairs))


def _patterns(
    questions: Iterable[Question], key: Callable[[str], str]
) -> list[tuple[re.Pattern[str], Target]]:
    """Labels with `${another answer}` in them: a tool may show anything in its place."""
    found = []
    for question in questions:
        for label in question.labels.values():
            literal, count = REFERENCE.subn(".{0,99}", re.escape(key(plain(label))))
            if count and len(re.sub(r"\W|\.\{0,99\}", "", literal)) >= LONG_ENOUGH:
                found.append((re.compile(literal), target_of(question)))
    return found


def _shown(header: str, patterns: Iterable[tuple[re.Pattern[str], Target]]) -> tuple[Target, ...]:
    return tuple(dict.fromkeys(target for pattern, target in patterns if pattern.fullmatch(header)))
