"""What each heading of a LimeSurvey export means: a question, a choice of one, a part of it.

LimeSurvey's codes hold no underscore and at most 20 characters, those of answers 5: the form's
names are shortened in the same way and compared where only one is so shortened. Where no code is
known the text decides. LimeSurvey has no repeats: `pol1title` is the question `title` in the first
row of the repeat `pol`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.ask import STRUCTURE, Choice, Question, Questionnaire
from pipeline.collect.headers import MULTIPLES
from pipeline.collect.limesurvey_headings import Heading, text_key

LONGEST, LONGEST_ANSWER = 20, 5  # characters of a question's code, of an answer's
OTHER = "other"
OTHER_TEXTS = ("other", "otro", "otra", "outro", "outra", "autre")


@dataclass(frozen=True)
class Place:
    """The whole answer to a question, or what `part` says: a choice, other, or a rank (`code`).

    `rows` are the numbers of the rows of the repeats around it, the outermost first.
    """

    column: str
    part: str = ""
    code: str = ""
    rows: tuple[int, ...] = ()


def squeeze(name: str) -> str:
    """A name without what LimeSurvey's codes do not hold."""
    return re.sub(r"[_\-\s]", "", name).casefold()


def shortened(names: Iterable[str], longest: int) -> dict[str, str]:
    """Every name under its squeezed form, whole and cut, where no other has the same."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        found[squeeze(name)].add(name)
        found[squeeze(name)[:longest]].add(name)
    return {short: next(iter(of)) for short, of in found.items() if len(of) == 1}


def other_choice(choices: Sequence[Choice]) -> str:
    """The code of the choice that LimeSurvey calls `-oth-`, or ''."""
    return next((c.name for c in choices if text_key(c.name) in OTHER_TEXTS), "")


def chain(questionnaire: Questionnaire, repeat: str) -> tuple[str, ...]:
    """Names of a repeat and of those around it, the outermost first."""
    groups = {group.path: group for group in questionnaire.groups}
    path = next(group.path for group in questionnaire.repeats if group.name == repeat)
    found = []
    while path:
        found += [groups[path].name] if groups[path].is_repeat else []
        path = groups[path].parent
    return tuple(reversed(found))


def _columns(questions: Iterable[Question]) -> dict[str, str]:
    """Code to column: every name as it is where LimeSurvey would change it, and as it would be."""
    found: dict[str, set[str]] = defaultdict(set)
    for question in questions:
        short = squeeze(question.name)
        for code in {short, short[:LONGEST], question.name}:
            found[code].add(question.column)
    return {code: next(iter(of)) for code, of in found.items() if len(of) == 1}


@dataclass(frozen=True)
class Places:
    """Finds the place of a heading in one questionnaire."""

    questionnaire: Questionnaire

    def find(self, heading: Heading) -> tuple[Place, ...]:
        """What a heading may mean: nothing, one place, or several in form order."""
        if place := self._by_code(heading.code, heading.subs) if heading.code else None:
            return (place,)
        if known := self._question(heading.code):
            place = self._part_by_text(*known, heading)
            return (place,) if place else ()
        return self._by_text(heading) if heading.text else ()

    def beside(self, question: Question) -> str:
        """Column of the form's own question for the text of `other`, or ''."""
        name = squeeze(f"{question.name}_{OTHER}")
        found = {
            q.column for q in self._asked if q.repeat == question.repeat and squeeze(q.name) == name
        }
        return found.pop() if len(found) == 1 else ""

    def _by_code(self, code: str, subs: tuple[str, ...]) -> Place | None:
        found = self._question(code)
        if found and not subs:
            return Place(found[0].column, rows=found[1])
        if found and len(subs) == 1 and (part := self._part(found[0], subs[0])):
            return Place(found[0].column, *part, rows=found[1])
        if not subs:
            return self._by_parts(code)
        # Q1[other] is Q1_other, pol[1_title] is pol_1_title; an array's rows may be questions
        whole = self._question("".join((code, *subs))) or (
            None if found else self._question("".join(subs))
        )
        if whole:
            return Place(whole[0].column, rows=whole[1])
        if len(subs) == 1 and subs[0].isdigit() and squeeze(code) in self._in_repeats:
            return Place(self._in_repeats[squeeze(code)], rows=(int(subs[0]),))
        return None

    def _by_parts(self, code: str) -> Place | None:
        """`Q1_SQ001`, as another option of the export writes `Q1[SQ001]`."""
        for mark in re.finditer("_", code):
            left, right = code[: mark.start()], code[mark.end() :]
            if left and right and (place := self._by_code(left, (right,))):
                return place
        return None

    def _question(self, code: str) -> tuple[Question, tuple[int, ...]] | None:
        """The question with this code, in the main form or in a numbered row of a repeat."""
        by_column, short = self.questionnaire.by_column, squeeze(code)
        if column := self._main.get(code) or self._main.get(short):
            return by_column[column], ()
        for pattern, columns in self._rows:
            found = pattern.fullmatch(short)
            if found and found["rest"] in columns:
                rows = tuple(map(int, found.groups()[:-1]))
                return by_column[columns[found["rest"]]], rows
        return None

    def _part(self, question: Question, sub: str) -> tuple[str, str] | None:
        """The part of a question that a code in brackets names, and the code of its choice."""
        if question.type == "rank" and sub.isdigit():
            return "rank", sub
        if question.type not in MULTIPLES:
            return None
        choices = self.questionnaire.choices_of(question)
        if sub == OTHER:
            return "other", other_choice(choices)
        codes = [choice.name for choice in choices]
        code = sub if sub in codes else shortened(codes, LONGEST_ANSWER).get(squeeze(sub), "")
        return ("choice", code) if code else None

    def _part_by_text(
        self, question: Question, rows: tuple[int, ...], heading: Heading
    ) -> Place | None:
        """The one part of a question whose text stands in brackets behind the question's."""
        for _, sub in heading.pieces[1:]:
            found = {place for key, place in self._parts(question) if key and sub.fits(key)}
            if len(found) == 1:
                return replace(found.pop(), rows=rows)
        return None

    def _by_text(self, heading: Heading) -> tuple[Place, ...]:
        """Exact texts first; of a cut one every text that begins so."""
        for text, sub in heading.pieces:
            if found := self._texts.get((text.key, sub.key)):
                return found
        for text, sub in heading.pieces:
            fitting = (
                place
                for (key, sub_key), places in self._texts.items()
                if (text.is_cut or sub.is_cut) and text.fits(key) and sub.fits(sub_key)
                for place in places
            )
            if found := tuple(dict.fromkeys(fitting)):
                return found
        return ()

    @cached_property
    def _asked(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questionnaire.questions if q.type not in STRUCTURE)

    @cached_property
    def _main(self) -> Mapping[str, str]:
        """Short code to column, for the questions of the main form."""
        return _columns(question for question in self._asked if not question.repeat)

    @cached_property
    def _rows(self) -> Sequence[tuple[re.Pattern[str], Mapping[str, str]]]:
        """For each repeat, how a code in one of its rows begins, and the columns of the rest."""
        found = []
        for group in self.questionnaire.repeats:
            around = chain(self.questionnaire, group.name)
            start = "".join(rf"{re.escape(squeeze(name))}(\d+)" for name in around)
            inside = _columns(q for q in self._asked if q.repeat == group.name)
            found.append((re.compile(rf"{start}(?P<rest>.+)"), inside))
        return found

    @cached_property
    def _in_repeats(self) -> Mapping[str, str]:
        """Code to column of the questions in repeats that are in no other repeat: `title[2]`."""
        outer = {
            group.name
            for group in self.questionnaire.repeats
            if len(chain(self.questionnaire, group.name)) == 1
        }
        return {
            code: column
            for repeat in outer
            for code, column in _columns(q for q in self._asked if q.repeat == repeat).items()
        }

    @cached_property
    def _texts(self) -> Mapping[tuple[str, str], tuple[Place, ...]]:
        """What the text of a question, and of a part of it, may mean: in any language."""
        found: dict[tuple[str, str], dict[Place, None]] = defaultdict(dict)
        for question in self._asked:
            for part, place in self._parts(question) if not question.repeat else ():
                for label in question.labels.values():
                    found[text_key(label), part][place] = None
        return {key: tuple(places) for key, places in found.items()}

    def _parts(self, question: Question) -> Iterator[tuple[str, Place]]:
        """The texts of a question's parts, '' for the whole of it."""
        yield "", Place(question.column)
        choices = self.questionnaire.choices_of(question)
        beside = self.beside(question)
        for text in OTHER_TEXTS:
            if question.type in MULTIPLES:
                yield text, Place(question.column, "other", other_choice(choices))
            elif beside:
                yield text, Place(beside)
        if question.type in MULTIPLES:
            for choice in choices:
                for label in choice.labels.values():
                    yield text_key(label), Place(question.column, "choice", choice.name)
