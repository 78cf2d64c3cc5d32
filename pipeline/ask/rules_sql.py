"""The rules of one level of the form as one SELECT: what was asked, required, and holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.rules import Rule, Rules, rules
from pipeline.ask.sql import quote, to_sql

UNKNOWN = "NULL::BOOLEAN"
ABSENT = "NULL::VARCHAR"
TODAY = '"submitted_on"'


def rules_sql(
    questionnaire: Questionnaire,
    table: str,
    present: Iterable[str],
    repeat: str = "",
    parent_table: str | Sequence[str] = (),
) -> str:
    """One SELECT that judges every question of one level, row by row.

    Args:
        questionnaire: the form.
        table: SQL name of the level's table: text columns named like Question.column, '' is blank,
            NULL is absent; with `record_id`, and `submitted_on` (DATE) in the main form's or
            `parent_record_id` in a repeat's.
        present: columns that the tables have.
        repeat: '' for the main form, else the repeat's name.
        parent_table: the tables around a repeat, the main form's first. Answers of a level whose
            table is not given are absent.

    Returns:
        SQL giving record_id and, for each question q with an answer: `asked:q` (NULL where a
        needed answer is absent from the export), `required:q` (asked and an answer must be given),
        `constraint:q` (TRUE also without a constraint; NULL for a blank or unasked answer and
        where a needed answer is absent or the rule cannot be read).
    """
    made = rules(questionnaire)
    parents = (parent_table,) if isinstance(parent_table, str) else tuple(parent_table)
    levels = made.levels(repeat)[-len(parents) - 1 :]
    writer = _Writer(made, frozenset(present), frozenset(levels))
    for level, source in zip(levels, (*parents, table), strict=True):
        writer.start_level(level, source)
        for batch in made.order.get(level, ()):
            writer.add_batch(batch)
    return writer.finish(repeat)


class _Writer:
    """One common table expression per batch of rules: no expression grows deep."""

    def __init__(self, made: Rules, present: frozenset[str], levels: frozenset[str]) -> None:
        self.rules = made
        self.questions = made.questionnaire.by_column
        self.columns = {
            name for name in present & set(self.questions) if self.questions[name].repeat in levels
        }
        self.judged: set[str] = set()  # places with a column `asked:`
        self.steps: list[str] = []

    def step(self, select: str) -> None:
        self.steps.append(f"step_{len(self.steps)} AS ({select})")

    @property
    def last(self) -> str:
        return f"step_{len(self.steps) - 1}"

    def start_level(self, level: str, table: str) -> None:
        names = [q.column for q in self.rules.questionnaire.questions if q.repeat == level]
        own = [f"rows.{quote(name)}" for name in names if name in self.columns]
        if not self.steps:
            self.step(f"SELECT {', '.join(['rows.record_id', TODAY, *own])} FROM {table} AS rows")
            return
        self.step(
            f"SELECT {', '.join(['rows.record_id', 'above.* EXCLUDE (record_id)', *own])} "
            f"FROM {table} AS rows LEFT JOIN {self.last} AS above "
            "ON rows.parent_record_id = above.record_id"
        )

    def add_batch(self, batch: tuple[str, ...]) -> None:
        asked = [f"{self.condition(place)} AS {quote('asked:' + place)}" for place in batch]
        self.step(f"SELECT *, {', '.join(asked)} FROM {self.last}")
        self.judged |= set(batch)

    def received(self, column: str) -> str:
        return quote(column) if column in self.columns else ABSENT

    def answer(self, column: str) -> str:
        """What other rules see: an answer that was not asked is blank."""
        if column not in self.judged:
            return self.received(column)
        return f"CASE WHEN NOT {self.asked(column)} THEN '' ELSE {self.received(column)} END"

    def asked(self, place: str) -> str:
        if place in self.judged:
            return quote(f"asked:{place}")
        return UNKNOWN if place in self.rules.conditional else "true"

    def condition(self, place: str) -> str:
        """Own condition and those around it; one that is false decides, whatever is unknown."""
        parts = []
        if (group := self.rules.around[place]) in self.rules.conditional:
            parts.append(self.asked(group))
        if place in self.rules.relevance:
            parts.append(self.judge(self.rules.relevance[place]))
        return " AND ".join(parts)

    def judge(self, rule: Rule) -> str:
        """The rule, or NULL where an answer it needs is absent."""
        if rule.node is None:
            return UNKNOWN
        answers = {name: self.answer(column) for name, column in rule.columns.items()}
        blank = {name: f"coalesce({answer}, '')" for name, answer in answers.items()}
        condition = to_sql(rule.node, rule.kinds, blank, TODAY)
        needed = [*answers.values(), *([TODAY] if rule.needs_today else [])]
        if not needed:
            return condition
        absent = " OR ".join(f"{one} IS NULL" for one in needed)
        return f"CASE WHEN {absent} THEN NULL ELSE {condition} END"

    def finish(self, repeat: str) -> str:
        columns = ["record_id"]
        for question in self.rules.questionnaire.answers(repeat):
            name = question.column
            columns.append(f"{self.asked(name)} AS {quote('asked:' + name)}")
            columns.append(f"{self.required(name)} AS {quote('required:' + name)}")
            columns.append(f"{self.constraint(name)} AS {quote('constraint:' + name)}")
        return f"WITH {', '.join(self.steps)} SELECT {', '.join(columns)} FROM {self.last}"

    def required(self, name: str) -> str:
        if name in self.rules.required:
            return f"({self.asked(name)} AND {self.judge(self.rules.required[name])})"
        return self.asked(name) if self.questions[name].required else "false"

    def constraint(self, name: str) -> str:
        if name not in self.rules.constraint:
            return "true"
        answer = self.answer(name)
        holds = self.judge(self.rules.constraint[name])
        return f"CASE WHEN {answer} <> '' THEN {holds} END"
