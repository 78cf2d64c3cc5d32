"""The rules of one level judged in Python: the reference that rules_sql is tested against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pipeline.ask.evaluate import evaluate
from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.ask.rules import Rule, Rules, rules

Row = Mapping[str, object]
Verdicts = dict[str, bool | None]


def judge(
    questionnaire: Questionnaire,
    rows: Sequence[Row],
    repeat: str = "",
    parents: Sequence[Sequence[Row]] = (),
) -> list[Verdicts]:
    """What rules_sql gives, for rows as mappings: a missing key or None is absent, '' is blank.

    Args:
        questionnaire: the form.
        rows: rows of one level, with `submitted_on` (main form) or `parent_record_id` (repeat).
        repeat: '' for the main form, else the repeat's name.
        parents: the rows of the levels around a repeat, the main form's first, with `record_id`.

    Returns:
        For each row `asked:q`, `required:q`, `constraint:q` of each question with an answer.
    """
    made = rules(questionnaire)
    levels = made.levels(repeat)[-len(parents) - 1 :]
    above: dict[object, _Judge] = {}
    judges: list[_Judge] = []
    for level, level_rows in zip(levels, (*parents, rows), strict=True):
        judges = [
            _Judge(made, level, row, above.get(row.get("parent_record_id"))) for row in level_rows
        ]
        above = {row.get("record_id"): one for row, one in zip(level_rows, judges, strict=True)}
    return [one.verdicts(repeat) for one in judges]


class _Judge:
    """One row with all it sees: its own answers and those of the rows around it."""

    def __init__(self, made: Rules, level: str, row: Row, above: _Judge | None) -> None:
        self.rules = made
        self.row: dict[str, object] = {**(above.row if above else {}), **row}
        self.judged: Verdicts = dict(above.judged) if above else {}
        for batch in made.order.get(level, ()):
            self.judged |= {place: self.condition(place) for place in batch}

    def received(self, column: str) -> str | None:
        value = self.row.get(column)
        return value if isinstance(value, str) else None

    def answer(self, column: str) -> str | None:
        return "" if self.asked(column) is False else self.received(column)

    def asked(self, place: str) -> bool | None:
        return self.judged.get(place) if place in self.rules.conditional else True

    def condition(self, place: str) -> bool | None:
        around = self.asked(group) if (group := self.rules.around[place]) else True
        own = self.rules.relevance.get(place)
        return _both(around, True if own is None else self.judge(own))

    def judge(self, rule: Rule) -> bool | None:
        today = self.row.get("submitted_on")
        day = today if isinstance(today, date) else None
        answers = {name: self.answer(column) for name, column in rule.columns.items()}
        known = {name: answer for name, answer in answers.items() if answer is not None}
        if rule.node is None or len(known) < len(answers) or (rule.needs_today and day is None):
            return None
        return evaluate(rule.node, rule.kinds, known, day or date.min)

    def verdicts(self, repeat: str) -> Verdicts:
        found: Verdicts = {}
        for question in self.rules.questionnaire.answers(repeat):
            found[f"asked:{question.column}"] = self.asked(question.column)
            found[f"required:{question.column}"] = self.required(question)
            found[f"constraint:{question.column}"] = self.constraint(question)
        return found

    def required(self, question: Question) -> bool | None:
        own = self.rules.required.get(question.column)
        if own is not None:
            return _both(self.asked(question.column), self.judge(own))
        return self.asked(question.column) if question.required else False

    def constraint(self, question: Question) -> bool | None:
        own = self.rules.constraint.get(question.column)
        if own is None:
            return True
        return self.judge(own) if self.answer(question.column) else None


def _both(one: bool | None, other: bool | None) -> bool | None:
    """False if either is false, unknown if either is unknown, else true."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
