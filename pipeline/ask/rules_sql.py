"""The rules of one level of the form as one SELECT: what was asked, required, offered, and holds.

Conditions wait for each other. They are written batch by batch, each a SELECT around the one
before, so that no expression grows deep; stretch.py writes such a stretch of SELECTs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.rule_reader import Rule
from pipeline.ask.rules import Rules, rules
from pipeline.ask.sql import quote
from pipeline.ask.sql_calls import literal
from pipeline.ask.stretch import UNKNOWN, Stretch, Tables


def rules_sql(
    questionnaire: Questionnaire,
    tables: Mapping[str, str],
    present: Iterable[str],
    repeat: str = "",
) -> str:
    """One SELECT that judges every question of one level, row by row.

    Args:
        questionnaire: the form.
        tables: by level ('' for the main form, else the repeat's name) the SQL name of its table:
            text columns named like Question.column, '' is blank, NULL is absent; with `record_id`,
            and `submitted_on` (DATE) in the main form's or `parent_record_id` in a repeat's.
            Answers of a level that is not given are absent. In the main form's table `ended_at`
            (text) and `came:<repeat>` (BOOLEAN, false where the file came without that repeat's
            rows) may stand besides.
        present: columns that the tables have.
        repeat: the level to judge.

    Returns:
        SQL giving record_id and, for each question q with an answer: `asked:q` (NULL where a
        needed answer is absent from the export), `required:q` (asked and an answer must be given),
        `constraint:q` (TRUE also without a constraint; NULL for a blank or unasked answer and
        where a needed answer is absent or the rule cannot be read); for each with a warning
        `warning:q` (as constraint); and for each with a choice_filter over a list of the form
        `filter:q` (TRUE where every choice answered was offered; NULL as before).
    """
    return _Writer(rules(questionnaire), Tables(dict(tables), frozenset(present))).write(repeat)


@dataclass(frozen=True)
class Beside:
    """The same in two steps: what has to be judged, and what follows from it row by row.

    `judged`: a SELECT giving record_id and what the level's own columns do not hold; '' where they
    are enough. `said`: the columns of `rules_sql`, each as SQL over the level's own columns and
    those of `judged`; whoever reads few of them computes few.
    """

    judged: str
    said: Mapping[str, str]


def rules_beside(
    questionnaire: Questionnaire,
    tables: Mapping[str, str],
    present: Iterable[str],
    repeat: str = "",
) -> Beside:
    """What `rules_sql` gives, of the same arguments, for rows that are read column by column."""
    writer = _Writer(rules(questionnaire), Tables(dict(tables), frozenset(present)))
    last, said = writer.judge_level(repeat)
    select = last.beside(said.values())
    return Beside(writer.with_parts(select) if select else "", said)


class _Writer:
    """Writes one common table expression per stretch of SELECTs, and the last SELECT over them."""

    def __init__(self, made: Rules, tables: Tables) -> None:
        self.rules = made
        self.questions = made.questionnaire.by_column
        self.tables = tables
        self.open: Stretch | None = None

    def write(self, repeat: str) -> str:
        last, said = self.judge_level(repeat)
        columns = (f"{sql} AS {quote(name)}" for name, sql in said.items())
        return self.with_parts(last.select(["record_id", *columns]))

    def judge_level(self, repeat: str) -> tuple[Stretch, dict[str, str]]:
        """The last stretch of a level, and over its columns what is said of each question."""
        wanted = self.wanted(repeat)
        for level, places in self.rules.order:
            batch = [place for place in places if place in wanted]
            if batch and level in self.tables.names:
                self.add(level, batch)
        filters = self.filters(repeat)
        last = self.stretch(repeat)
        said = {}
        for question in self.rules.questionnaire.answers(repeat):
            name = question.column
            said[f"asked:{name}"] = last.asked(name)
            said[f"required:{name}"] = self.required(last, name)
            said |= self.conditions(last, name)
            if name in self.rules.filters:
                said[f"filter:{name}"] = self.fits(last, name, filters.get(name, ""))
        return last, said

    def with_parts(self, select: str) -> str:
        """A SELECT with the table expressions that it reads."""
        parts = ", ".join(f"{name} AS ({part})" for name, part in self.tables.parts.items())
        return f"WITH {parts} {select}" if parts else select

    def wanted(self, repeat: str) -> frozenset[str]:
        """The places whose condition has to be judged for this level."""
        made = self.rules
        waiting = [question.column for question in made.questionnaire.answers(repeat)]
        for of in (made.required, *made.of_answers.values(), made.filters):
            waiting += [place for q in [*waiting] if q in of for place in of[q].needs]
        found: set[str] = set()
        while waiting:
            if (place := waiting.pop()) not in found:
                found.add(place)
                waiting += made.needs(place)
        return frozenset(found)

    def stretch(self, level: str) -> Stretch:
        """The open stretch over a level, or a new one after the other is closed."""
        if self.open is not None and (self.open.level != level or self.open.is_deep):
            self.close()
        if self.open is None:
            self.open = Stretch(self.rules, self.tables, level)
        return self.open

    def close(self) -> None:
        if self.open is not None and self.open.judged:
            self.open.keep()
        self.open = None

    def add(self, level: str, batch: list[str]) -> None:
        stretch = self.stretch(level)
        stretch.add({place: self.condition(stretch, place) for place in batch})

    def condition(self, stretch: Stretch, place: str) -> str:
        """Own condition and those around it; one that is false decides, whatever is unknown."""
        parts = []
        if (group := self.rules.levels.around[place]) in self.rules.conditional:
            parts.append(stretch.asked(group))
        if place in self.rules.relevance:
            parts.append(self.judge(stretch, self.rules.relevance[place]))
        return " AND ".join(parts)

    def judge(self, stretch: Stretch, rule: Rule) -> str:
        """The rule, or NULL where an answer it needs is absent."""
        if rule.node is None:
            return UNKNOWN
        absent = stretch.absent(rule)
        holds = stretch.holds(rule)
        return f"CASE WHEN {absent} THEN NULL ELSE {holds} END" if absent else holds

    def required(self, last: Stretch, name: str) -> str:
        if name in self.rules.required:
            return f"({last.asked(name)} AND {self.judge(last, self.rules.required[name])})"
        return last.asked(name) if self.questions[name].required else "false"

    def conditions(self, last: Stretch, name: str) -> Iterator[tuple[str, str]]:
        """What is said of an answer; few questions have a warning, each has its constraint."""
        for kind, of in self.rules.of_answers.items():
            if name in of:
                yield f"{kind}:{name}", self.of_answer(last, name, of[name])
            elif kind == "constraint":
                yield f"{kind}:{name}", "true"

    def of_answer(self, last: Stretch, name: str, rule: Rule) -> str:
        """A rule that is asked only of an answer that was given and may have been."""
        asked = last.asked(name)
        is_given = f"{last.received(name)} <> ''"
        if asked not in {"true", UNKNOWN}:
            is_given += f" AND {asked} IS NOT FALSE"
        last.given = name
        holds = self.judge(last, rule)
        last.given = ""
        return f"CASE WHEN {is_given} THEN {holds} END"

    # --- choices that were offered ----------------------------------------------------------------
    def filters(self, repeat: str) -> Mapping[str, str]:
        """By question, the table expression that says whether its choices were offered."""
        names = [q.column for q in self.rules.questionnaire.answers(repeat)]
        judged = [
            name
            for name in names
            if name in self.rules.filters and self.rules.filters[name].node is not None
        ]
        if judged:
            self.close()
        return {name: self.filter(name) for name in judged}

    def filter(self, name: str) -> str:
        """Every code of the list that the answer holds has a choice whose tests hold."""
        rule, question = self.rules.filters[name], self.questions[name]
        stretch = Stretch(self.rules, self.tables, question.repeat)
        offered = self.choices(name)
        columns = {key: f"offered.{quote(column)}" for key, column in rule.choices.items()}
        condition = stretch.holds(rule, columns)
        answer = stretch.answer(name)
        is_one = question.type == "select_one"
        codes = f"[{answer}]" if is_one else f"regexp_extract_all({answer}, '[^ ]+')"
        answered = stretch.select(["*", f"unnest({codes}) AS code"])
        by_code = (
            f"SELECT record_id, code, bool_or({condition}) AS fits FROM ({answered}) AS answered "
            f"JOIN {offered} AS offered ON offered.name = answered.code GROUP BY ALL"
        )
        part = f"SELECT record_id, bool_and(fits) AS fits FROM ({by_code}) GROUP BY record_id"
        return self.tables.add("filter", part)

    def choices(self, name: str) -> str:
        """The list of a question with the columns its filter tests."""
        rule, question = self.rules.filters[name], self.questions[name]
        columns = sorted({"name", *rule.choices.values()})
        rows = [
            ", ".join(literal(one.name if c == "name" else one.extra.get(c, "")) for c in columns)
            for one in self.rules.questionnaire.choices_of(question)
        ]
        values = ", ".join(f"({row})" for row in dict.fromkeys(rows))
        names = ", ".join(map(quote, columns))
        return self.tables.add("choices", f"SELECT * FROM (VALUES {values}) AS listed({names})")

    def fits(self, last: Stretch, name: str, part: str) -> str:
        if not part:
            return UNKNOWN
        is_known = f"{last.answer(name)} <> ''"
        if absent := last.absent(self.rules.filters[name]):
            is_known += f" AND NOT ({absent})"
        fits = last.joined(part, last.level, "fits")
        return f"CASE WHEN {is_known} THEN coalesce({fits}, true) END"
