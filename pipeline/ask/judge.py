"""The rules of one level judged in Python: the reference that rules_sql is tested against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from pipeline.ask.calls import text_as_days, text_as_moment
from pipeline.ask.evaluate import evaluate
from pipeline.ask.questionnaire import Choice, Question, Questionnaire
from pipeline.ask.rule_reader import RowsOf, Rule
from pipeline.ask.rules import Rules, rules

Row = Mapping[str, object]
Verdicts = dict[str, bool | None]
Text = str | None  # None where the export has no such answer
LAST_SECOND = 86399 / 86400  # of a day, where nobody knows the time


def judge(
    questionnaire: Questionnaire, sheets: Mapping[str, Sequence[Row]], repeat: str = ""
) -> list[Verdicts]:
    """What rules_sql gives, for rows as mappings: a missing key or None is absent, '' is blank.

    Args:
        questionnaire: the form.
        sheets: by level ('' for the main form, else the repeat's name) its rows in order, with
            `record_id`, and `submitted_on` (main form) or `parent_record_id` (repeat); answers of a
            level that is not given are absent.
        repeat: the level to judge.

    Returns:
        For each row `asked:q`, `required:q`, `constraint:q` of each question with an answer,
        `warning:q` where it has a warning, and `filter:q` where it has a choice_filter over a list
        of the form.
    """
    made = rules(questionnaire)
    rows: dict[str, list[_Row]] = {}
    for level, chain in made.levels.chains.items():  # outer levels first
        if level in sheets:
            outside = rows.get(chain[-2], []) if level else []
            above = {one.values.get("record_id"): one for one in outside}
            rows[level] = []
            numbers: Counter[object] = Counter()
            for row in sheets[level]:
                parent = row.get("parent_record_id")
                numbers[parent] += 1
                one = _Row(made, level, row, above.get(parent))
                one.number, one.given = numbers[parent], frozenset(sheets)
                rows[level].append(one)
    for level, places in made.order:
        for one in rows.get(level, ()):
            one.judged |= {place: one.condition(place) for place in places}
    return [one.verdicts() for one in rows[repeat]]


class _Row:
    """One row with all it sees: its own answers, the rows around it and those below."""

    def __init__(self, made: Rules, level: str, values: Row, above: _Row | None) -> None:
        self.rules = made
        self.level = level
        self.values = values
        self.above = above
        self.number = 1  # among the rows of its parent
        self.given: frozenset[str] = frozenset()  # the levels that came
        self.below: dict[str, list[_Row]] = {}
        self.judged: Verdicts = {}
        if above is not None:
            above.below.setdefault(level, []).append(self)

    def at(self, level: str) -> _Row | None:
        """This row or the one around it of a level."""
        row: _Row | None = self
        while row is not None and row.level != level:
            row = row.above
        return row

    def received(self, column: str) -> Text:
        row = self.at(self.rules.questionnaire.by_column[column].repeat)
        value = row.values.get(column) if row else None
        return value if isinstance(value, str) else None

    def answer(self, column: str) -> Text:
        """What rules see: an answer that was not asked is blank."""
        return "" if self.asked(column) is False else self.received(column)

    def asked(self, place: str) -> bool | None:
        if place not in self.rules.conditional:
            return True
        row = self.at(self.rules.levels.of[place])
        return row.judged.get(place) if row else None

    def condition(self, place: str) -> bool | None:
        around = self.asked(group) if (group := self.rules.levels.around[place]) else True
        own = self.rules.relevance.get(place)
        return _both(around, True if own is None else self.judge(own))

    # --- what a rule reads ------------------------------------------------------------------------
    def rows(self, rows: RowsOf) -> list[Text] | None:
        """The answers of the rows below the one where the rule stands; None where they are absent.

        Rows in which the question was not asked are left out. Absent for a row whose submission is
        not there: its file's other rows may not be either.
        """
        start, main = self.at(rows.within), self.at("")
        chain = self.rules.levels.chains[rows.repeat]
        if (
            start is None
            or main is None
            or not self.given.issuperset(chain[chain.index(rows.within) + 1 :])
        ):
            return None
        if main.values.get(f"came:{rows.repeat}", True) is not True:
            return None
        kept = [row for row in start.descend(rows.repeat) if row.asked(rows.place) is not False]
        return [row.received(rows.column) if rows.column else "" for row in kept]

    def descend(self, level: str) -> Iterator[_Row]:
        """The rows of an inner level below this one, in order."""
        chain = self.rules.levels.chains[level]
        inner = chain[chain.index(self.level) + 1]
        for row in self.below.get(inner, ()):
            yield from [row] if inner == level else row.descend(level)

    def position(self, repeat: str) -> Text:
        row = self.at(repeat)
        return str(row.number) if row else None

    def clock(self, name: str) -> float | None:
        row = self.at("")
        day = row.values.get("submitted_on") if row else None
        today = text_as_days(day.isoformat()) if isinstance(day, date) else None
        if name == "today" or row is None:
            return today
        end = text_as_moment(str(row.values.get("ended_at") or ""))
        return today + LAST_SECOND if end is None and today is not None else end

    def judge(self, rule: Rule, choice: Mapping[str, str] | None = None) -> bool | None:
        """The rule, or None where an answer it needs is absent."""
        answers = {name: self.answer(column) for name, column in rule.columns.items()}
        answers |= {name: self.position(repeat) for name, repeat in rule.positions.items()}
        lists = {name: self.rows(rows) for name, rows in rule.rows.items()}
        clock = {name: self.clock(name) for name in rule.clock}
        needed = [*answers.values(), *lists.values(), *clock.values()]
        if rule.node is None or any(one is None or _holds_none(one) for one in needed):
            return None
        known = {**answers, **lists, **(choice or {})}
        return evaluate(rule.node, rule.kinds, known, clock)  # type: ignore[arg-type]

    # --- what is said of every question -----------------------------------------------------------
    def verdicts(self) -> Verdicts:
        found: Verdicts = {}
        for question in self.rules.questionnaire.answers(self.level):
            found[f"asked:{question.column}"] = self.asked(question.column)
            found[f"required:{question.column}"] = self.required(question)
            found[f"constraint:{question.column}"] = True
            found |= self.conditions(question)
            if question.column in self.rules.filters:
                found[f"filter:{question.column}"] = self.filter(question)
        return found

    def required(self, question: Question) -> bool | None:
        own = self.rules.required.get(question.column)
        if own is not None:
            return _both(self.asked(question.column), self.judge(own))
        return self.asked(question.column) if question.required else False

    def conditions(self, question: Question) -> Verdicts:
        """What is said of the answer by those kinds of condition that the question has."""
        name = question.column
        is_known = bool(self.answer(name))
        return {
            f"{kind}:{name}": self.judge(of[name]) if is_known else None
            for kind, of in self.rules.of_answers.items()
            if name in of
        }

    def filter(self, question: Question) -> bool | None:
        """Whether every code of the list that was answered had been offered."""
        rule, answer = self.rules.filters[question.column], self.answer(question.column)
        choices = self.rules.questionnaire.choices_of(question)
        codes = [answer] if question.type == "select_one" else (answer or "").split(" ")
        if not answer or self.judge(rule, dict.fromkeys(rule.choices, "")) is None:
            return None
        offered = {
            choice.name
            for choice in choices
            if choice.name in codes
            and self.judge(rule, {key: _told(choice, c) for key, c in rule.choices.items()})
        }
        return {choice.name for choice in choices if choice.name in codes} <= offered


def _told(choice: Choice, column: str) -> str:
    return choice.name if column == "name" else choice.extra.get(column, "")


def _holds_none(found: object) -> bool:
    return isinstance(found, list) and None in found


def _both(one: bool | None, other: bool | None) -> bool | None:
    """False if either is false, unknown if either is unknown, else true."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
