"""A stretch of nested SELECTs over the rows of one level, and the tables it reads answers from.

The innermost SELECT joins all that is read: the level's own answers, those of the rows around it,
what was judged before, the rows of repeats below. Every SELECT around it judges one batch of rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.ask.rule_reader import RowsOf, Rule
from pipeline.ask.rules import Rules
from pipeline.ask.sql import quote, to_sql
from pipeline.ask.sql_calls import EPOCH, text_as_moment

UNKNOWN = "NULL::BOOLEAN"
ABSENT = "NULL::VARCHAR"
ABSENT_ROWS = "NULL::VARCHAR[]"
LONGEST = 25  # batches; DuckDB's planning time grows with the cube of a stretch
LAST_SECOND = "(86399::DOUBLE / 86400)"  # of a day, where nobody knows the time


@dataclass
class Tables:
    """What can be read: the tables by level, their columns, and the expressions made so far."""

    names: Mapping[str, str]
    present: frozenset[str]
    parts: dict[str, str] = field(default_factory=dict)  # common table expressions, in order
    judged: dict[str, tuple[str, str]] = field(default_factory=dict)  # place -> part, its level
    lists: dict[RowsOf, str] = field(default_factory=dict)  # rows -> part

    def add(self, kind: str, select: str) -> str:
        """A new table expression; equal ones are written once."""
        same = next((name for name, part in self.parts.items() if part == select), "")
        name = same or f"{kind}_{len(self.parts)}"
        self.parts[name] = select
        return name


class Stretch:
    """Reads answers for rules of one level; whatever is read becomes a column of its SELECTs."""

    def __init__(self, made: Rules, tables: Tables, level: str) -> None:
        self.rules = made
        self.tables = tables
        self.level = level
        self.chain = made.levels.chains[level]
        self.inputs: dict[str, str] = {}  # name -> SQL over the joined tables
        self.joins: dict[str, str] = {}  # what is joined -> JOIN
        self.steps: list[str] = []
        self.judged: set[str] = set()
        self.same: dict[str, str] = {}  # place -> the first one with the same condition
        self.first: dict[str, str] = {}  # condition -> that place
        self.given = ""  # the question of which is known that it was asked and answered

    # --- the SELECTs ------------------------------------------------------------------------------
    @property
    def is_deep(self) -> bool:
        """Whether another stretch has to begin."""
        return len(self.steps) >= LONGEST

    def add(self, conditions: Mapping[str, str]) -> None:
        """Judge a batch of places, in a SELECT around those before; equal conditions once."""
        named = []
        for place, sql in conditions.items():
            if (same := self.first.setdefault(sql, place)) == place:
                named.append(f"{sql} AS {quote('asked:' + place)}")
                self.first[quote(f"asked:{place}")] = place
            self.same[place] = same
        if named:
            self.steps.append(", ".join(named))
        self.judged |= conditions.keys()

    def keep(self) -> None:
        """Make what was judged readable for later stretches."""
        places = sorted(self.judged)
        columns = [f"{self.asked(place)} AS {quote(f'asked:{place}')}" for place in places]
        part = self.tables.add("judged", self.select(["record_id", *columns]))
        self.tables.judged |= dict.fromkeys(self.judged, (part, self.level))

    def select(self, columns: Iterable[str]) -> str:
        """The SELECT of these columns over all that was read and judged."""
        own = self.alias(self.level)
        read = [f"{own}.record_id", *(f"{sql} AS {quote(n)}" for n, sql in self.inputs.items())]
        source = " ".join([f"{self.tables.names[self.level]} AS {own}", *self.joins.values()])
        sql = f"SELECT {', '.join(read)} FROM {source}"
        for step in self.steps:
            sql = f"SELECT *, {step} FROM ({sql})"
        return f"SELECT {', '.join(columns)} FROM ({sql})"

    def beside(self, read_by: Iterable[str]) -> str:
        """The SELECT of what expressions read besides the level's own columns; '' if nothing."""
        own = self.alias(self.level)
        names = [name for name, sql in self.inputs.items() if sql != f"{own}.{quote(name)}"]
        names += [f"asked:{place}" for place in dict.fromkeys(self.same.values())]
        texts = " ".join(read_by)
        columns = [cell for name in names if (cell := quote(name)) in texts]
        return self.select(["record_id", *columns]) if columns else ""

    # --- what is read -----------------------------------------------------------------------------
    def alias(self, level: str) -> str:
        """The name under which a level's table is joined."""
        return f"level_{self.chain.index(level)}"

    def reaches(self, level: str) -> bool:
        """Whether the row of an outer level can be found from here."""
        between = self.chain[self.chain.index(level) :] if level in self.chain else ("",)
        return level in self.chain and all(one in self.tables.names for one in between)

    def at(self, level: str) -> str:
        """The alias of an outer level's table, joined with all between."""
        place = self.chain.index(level)
        for outer in range(len(self.chain) - 2, place - 1, -1):
            table, one, other = (
                self.tables.names[self.chain[outer]], f"level_{outer + 1}", f"level_{outer}"
            )  # fmt: skip
            join = f"LEFT JOIN {table} AS {other} ON {one}.parent_record_id = {other}.record_id"
            self.joins.setdefault(other, join)
        return self.alias(level)

    def read(self, name: str, sql: str) -> str:
        """A column of the innermost SELECT."""
        self.inputs.setdefault(name, sql)
        return quote(name)

    def joined(self, part: str, level: str, column: str) -> str:
        """A column of a table expression that has a row for each row of a level, at most."""
        join = f"LEFT JOIN {part} ON {part}.record_id = {self.at(level)}.record_id"
        self.joins.setdefault(part, join)
        return self.read(f"{part}.{column}", f"{part}.{quote(column)}")

    def received(self, column: str) -> str:
        """The answer that came, or NULL where none could."""
        level = self.rules.questionnaire.by_column[column].repeat
        if column not in self.tables.present or not self.reaches(level):
            return ABSENT
        return self.read(column, f"{self.at(level)}.{quote(column)}")

    def answer(self, column: str) -> str:
        """What rules see: an answer that was not asked is blank."""
        asked = self.asked(column)
        if column == self.given or asked in {"true", UNKNOWN}:
            return self.received(column)
        return f"CASE WHEN NOT {asked} THEN '' ELSE {self.received(column)} END"

    def asked(self, place: str) -> str:
        """Whether a place was asked: NULL where that cannot be known."""
        if place not in self.rules.conditional:
            return "true"
        if place in self.judged:
            return quote(f"asked:{self.same[place]}")
        part, level = self.tables.judged.get(place, ("", ""))
        return (
            self.joined(part, level, f"asked:{place}") if self.reaches(level) and part else UNKNOWN
        )

    def position(self, repeat: str) -> str:
        """The number of the row around this one, as a text."""
        if not self.reaches(repeat):
            return ABSENT
        over = "PARTITION BY parent_record_id ORDER BY record_id"
        number = f"CAST(row_number() OVER ({over}) AS VARCHAR) AS position"
        table = self.tables.names[repeat]
        part = self.tables.add("numbered", f"SELECT record_id, {number} FROM {table}")
        return self.joined(part, repeat, "position")

    def clock(self, name: str) -> str:
        """The submission's day or last moment, as days since 1970-01-01."""
        if not self.reaches(""):
            return "NULL::DOUBLE"
        main = self.at("")
        today = f"date_diff('day', {EPOCH}, {main}.submitted_on)::DOUBLE"
        if name == "today":
            return self.read("clock:today", today)
        end = f"coalesce({main}.ended_at, '')" if "ended_at" in self.tables.present else "''"
        now = f"coalesce({text_as_moment(end)}, {today} + {LAST_SECOND})"
        return self.read("clock:now", now)

    def rows(self, rows: RowsOf) -> str:
        """The answers of the rows below the one where the rule stands, as a list.

        Absent for a row whose submission is not there: its file's other rows may not be either.
        """
        below = Stretch(self.rules, self.tables, rows.repeat)
        inside = below.chain[below.chain.index(rows.within) + 1]
        if not (self.reaches("") and below.reaches(inside)):
            return ABSENT_ROWS
        if rows not in self.tables.lists:
            if rows.place in self.judged:  # the repeat itself, judged here and just now
                self.keep()
            self.tables.lists[rows] = self.tables.add("rows", below.gathered(rows, inside))
        part = self.tables.lists[rows]
        self.joined(part, rows.within, "texts")
        found = f"CASE WHEN {part}.record_id IS NULL THEN []::VARCHAR[] ELSE {part}.texts END"
        came, main = f"came:{rows.repeat}", self.at("")
        is_there = quote(came) if came in self.tables.present else "record_id IS NOT NULL"
        return self.read(f"{part}.rows", f"CASE WHEN {main}.{is_there} THEN {found} END")

    def gathered(self, rows: RowsOf, inside: str) -> str:
        """One row for each row of the level outside `inside`, with the texts of those below it."""
        levels = self.chain[self.chain.index(inside) :]
        key = self.read("key", f"{self.at(inside)}.parent_record_id")
        order = ", ".join(
            self.read(f"order:{level}", f"{self.at(level)}.record_id") for level in levels
        )
        text = self.received(rows.column) if rows.column else "''"
        kept = f"{self.asked(rows.place)} IS NOT FALSE"
        texts = f"coalesce(list({text} ORDER BY {order}) FILTER ({kept}), []::VARCHAR[])"
        is_known = f"count(*) FILTER ({kept} AND {text} IS NULL) = 0"
        columns = [f"{key} AS record_id", f"CASE WHEN {is_known} THEN {texts} END AS texts"]
        return f"{self.select(columns)} GROUP BY {key}"

    # --- rules ------------------------------------------------------------------------------------
    def sources(self, rule: Rule) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        """SQL of the answers, the rows and the times that a rule needs; NULL where absent."""
        answers = {name: self.answer(column) for name, column in rule.columns.items()}
        answers |= {name: self.position(repeat) for name, repeat in rule.positions.items()}
        lists = {name: self.rows(rows) for name, rows in rule.rows.items()}
        return answers, lists, {name: self.clock(name) for name in rule.clock}

    def absent(self, rule: Rule) -> str:
        """Whether an answer that a rule needs is absent; '' where it needs none."""
        needed = dict.fromkeys(one for found in self.sources(rule) for one in found.values())
        return " OR ".join(f"{one} IS NULL" for one in needed)

    def holds(self, rule: Rule, choices: Mapping[str, str] = MappingProxyType({})) -> str:
        """Whether a rule that can be applied holds where nothing is absent."""
        assert rule.node is not None
        answers, lists, clock = self.sources(rule)
        # bare where it is known, so that a function is asked once for each different text
        columns = {
            name: answer
            if (name, self.given) in rule.columns.items()
            else f"coalesce({answer}, '')"
            for name, answer in answers.items()
        }
        return to_sql(rule.node, rule.kinds, {**columns, **lists, **choices}, clock)
