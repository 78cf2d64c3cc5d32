"""What people write in the cleaning log instead of codes: labels, other spellings."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.ask import Codes, Question
from pipeline.ask.survey import Survey
from pipeline.edit.grammar import MULTIPLES


@dataclass(frozen=True)
class Answers:
    """Reads answers by the lists of all waves; where two waves differ a text has no reading."""

    survey: Survey
    _codes: dict[str, Codes] = field(default_factory=dict)

    def coded(self, column: str, text: str) -> str:
        """An answer as codes, or as it is where it is no select or has no certain reading."""
        question, codes = self._question(column), self._list(column)
        if question is None or not codes.choices:
            return text
        if question.type in MULTIPLES:
            return " ".join(codes.many(text) or ()) or text
        return codes.one(text) or text

    def are_same(self, column: str, received: str, written: str) -> bool:
        """Whether two texts are equal, or the same choices in any order."""
        received, written = received.strip(), written.strip()
        if received == written:
            return True
        one, other = self.coded(column, received), self.coded(column, written)
        return one == other or (
            bool(self._list(column).choices) and sorted(one.split()) == sorted(other.split())
        )

    def _question(self, column: str) -> Question | None:
        forms = reversed([*self.survey.questionnaires.values()])
        found = (form.by_column[column] for form in forms if column in form.by_column)
        return next(found, None)

    def _list(self, column: str) -> Codes:
        if column not in self._codes:
            self._codes[column] = Codes(
                tuple(
                    choice
                    for form in self.survey.questionnaires.values()
                    if column in form.by_column
                    for choice in form.choices_of(form.by_column[column])
                )
            )
        return self._codes[column]
