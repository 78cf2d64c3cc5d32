"""In which order a sheet of responses writes day and month, and how it was found out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.ask import Questionnaire
from pipeline.collect.export import Sheet
from pipeline.collect.google_headers import Headers
from pipeline.collect.moments import MOMENTS, Order, iso_moment, order_of
from pipeline.errors import Problem

DAYS = frozenset({"date", "datetime"})


@dataclass(frozen=True)
class Dates:
    """The orders of a sheet; None where nothing decides.

    A date that was answered is read only by what the file shows. The moment of a response, which
    the tool writes, is also read as the owner's language usually writes it.
    """

    answered: Order | None
    written: Order | None
    is_assumed: bool = False

    @classmethod
    def of(cls, sheet: Sheet, headers: Headers, questionnaire: Questionnaire) -> Dates:
        """By the numbers over 12, else by the language of the header of the time."""
        columns = headers.columns
        moments = _cells(sheet, [columns.metadata[n] for n in MOMENTS if n in columns.metadata])
        asked = [
            position
            for column, positions in headers.sources.items()
            if questionnaire.by_column[column].type in DAYS
            for position in positions
        ]
        answered = order_of([*moments, *_cells(sheet, asked)])
        if found := order_of(moments) or answered:
            return cls(answered, found)
        usual = _usual(headers.language, moments)
        is_assumed = any(iso_moment(text, usual) and not iso_moment(text, None) for text in moments)
        return cls(answered, usual, is_assumed)

    def notes(self) -> Iterator[str]:
        """What was decided, as codes of problems."""
        if self.answered:
            yield f"{Problem.date_order_read.name} {self.answered.value}"
        if self.is_assumed and self.written:
            yield f"{Problem.date_order_assumed.name} {self.written.value}"


def _cells(sheet: Sheet, positions: Sequence[int]) -> list[str]:
    return [
        text for record in sheet.evidence for at in positions if (text := record.at(at).strip())
    ]


def _usual(language: str, moments: Iterable[str]) -> Order | None:
    """In English the month stands first only where numbers are not padded.

    The United States write 3/4/2021; Britain and India 03/04/2021, with the day first.
    """
    if language != "en":
        return Order.DAY if language else None
    is_padded = all(len(number) > 1 for text in moments for number in text.split(" ")[0].split("/"))
    return None if is_padded else Order.MONTH
