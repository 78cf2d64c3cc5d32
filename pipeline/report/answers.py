"""Tables that groups and the network share: policies, answer by answer, numbers, who answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline import texts
from pipeline.report.brief import NAMED_ONLY, PERCENT_FROM, Brief, sentence_case
from pipeline.report.counts import Count
from pipeline.report.figures import Dots, dot_chart
from pipeline.report.page import (
    Block,
    Cell,
    Figure,
    Heading,
    Mark,
    Part,
    Row,
    Section,
    Sentences,
    Table,
)
from pipeline.report.release import NETWORK, Asked, Group

# A list this long is a register of places or countries, not a set of answers to compare.
LONGEST_LIST = 40
# Percentage points, and answers, from which on two shares may be called different.
APART = 10
STATISTICS = ("mean", "median")
# Numbers of the tables that sentences point to; they stand on the page and do not change with it.
PREVALENCE, SCORES, REGIONS, OBSTACLES, NEEDS = (f"f-{number:02d}" for number in range(1, 6))


@dataclass(frozen=True)
class Tabulated(Brief):
    """A brief about many: a group, or the whole network."""

    def is_compared(self) -> bool:
        """Whether the network's column stands beside the group's."""
        return self.group != NETWORK

    @property
    def questions(self) -> tuple[Asked, ...]:
        """What was asked; nothing where nobody answered: tables of nothing say nothing."""
        return super().questions if self.release.response(self.wave, self.group)[0] else ()

    def front(self) -> Section:
        """Who answered first; a count in the title."""
        answered, total = self.release.response(self.wave, self.group)
        what = "network" if self.group == NETWORK else "group"
        name = self.survey_title() if self.group == NETWORK else self.group_name(self.group)
        key = f"title.{what}" if total else f"title.{what}_open"
        title = (
            self.by_unit_kind(key, name=name, count=answered, total=total or 0)
            if answered
            else self.say("title.no_answers")
        )
        covered = total is not None and total >= PERCENT_FROM
        lead = [self.say("lead.coverage", p=self.percent(answered / (total or 1)))] * covered
        if self.unit_kind == "institution":
            lead.append(self.say("lead.self_report"))
        return self.front_of(name, title, lead)

    # --- policies ---------------------------------------------------------------------------------
    def ordered_policies(self) -> list[tuple[Asked, Count]]:
        """Policies with this group's numbers: the most widespread first, hidden numbers last."""
        counted = [(policy, self.numbers(self.group).in_force(policy)) for policy in self.policies]
        return sorted(counted, key=lambda pair: (not pair[1].is_shown, -pair[1].share))

    def prevalence(self) -> Section:
        """Every policy, sorted by how many state that it is in force; the same rows as a figure."""
        rows = self.ordered_policies()
        if not rows:
            return Section()
        beside = self.is_weighted or self.is_compared()
        columns = [self.say("column.policy"), self._first_column()]
        if beside:
            columns.append(self._second_column())
        table_rows = [self._policy_row(policy, count, beside=beside) for policy, count in rows]
        table = Table(
            self.say("caption.policies"),
            tuple(columns),
            ("text", *("mark",) * (len(columns) - 1)),
            (Block("", tuple(table_rows)),),
            self.explained(cell for row in table_rows for cell in row.cells),
            anchor=PREVALENCE,
        )
        return Section((Heading(self.say("heading.policies_network")), table))

    def _first_column(self) -> str:
        if not self.is_compared():
            return self.say("column.in_force")
        return self.group_name(self.group)

    def _second_column(self) -> str:
        return self._network_column() if self.is_compared() else self.say("column.members")

    def _network_column(self) -> str:
        return self.by_unit_kind("column.network")

    def _policy_row(self, policy: Asked, count: Count, *, beside: bool) -> Row:
        cells = [self.counted(count)]
        if beside and self.is_compared():
            cells.append(self.counted(self.numbers().in_force(policy)))
        elif beside:
            cells.append(self.estimated(self.numbers().in_force(policy, weighted=True)))
        return Row(Cell(self.question(policy)), tuple(cells))

    def prevalence_figure(self) -> Section:
        """The policies drawn for pointing at; numbers that the table hides are not in it."""
        rows = self.ordered_policies()
        if not any(count.is_shown for _, count in rows):
            return Section()
        own = self._dots(self._first_column(), [count for _, count in rows])
        second = (
            [self.numbers().in_force(policy) for policy, _ in rows] if self.is_compared() else []
        )
        series = [own, self._dots(self._network_column(), second)] if second else [own]
        chart = dot_chart(
            [self.question(policy) for policy, _ in rows],
            series,
            self.say("figure.axis"),
            self.locale,
        )
        if self.is_compared():
            name = self.group_name(self.group)
            label, caption = (
                self.say(f"figure.group_{x}", name=name) for x in ("label", "caption")
            )
        else:
            label, caption = (
                self.say("figure.policies_label"),
                self.say("figure.policies_caption"),
            )
        return Section((Figure(label, caption, chart),))

    def _dots(self, name: str, counts: Sequence[Count]) -> Dots:
        return Dots(
            name,
            [round(count.share, 4) if count.is_shown else None for count in counts],
            [f"{name}: {self.counted(count).text}" for count in counts],
        )

    def shared_gaps(self, most: int = 5) -> Section:
        """The policies that fewest and most of a group have in force."""
        shown = [(policy, count) for policy, count in self.ordered_policies() if count.is_shown]
        if len(shown) < 2 * most:
            return Section()
        parts: list[Part] = []
        for key, rows in (("strengths", shown[:most]), ("gaps", shown[-most:][::-1])):
            items = (f"{self.question(q)} ({self.counted(c).text})" for q, c in rows)
            parts += [Heading(self.say(f"heading.{key}")), Sentences((f"{self.listed(items)}.",))]
        return Section(tuple(parts))

    def differences(self) -> Section:
        """Where a group is ten points from the network, both with ten answers; else similar."""
        apart: dict[str, list[str]] = {"more": [], "fewer": []}
        compared = 0
        for policy, own in self.ordered_policies():
            network = self.numbers().in_force(policy)
            if not (own.is_shown and network.is_shown) or own.is_named != network.is_named:
                continue  # of all here and of the named there: no like with like
            if min(own.n, network.n) < APART:
                continue
            compared += 1
            points = 100 * (own.share - network.share)
            if abs(points) >= APART:
                texts_ = f"{self.counted(own).text}; {self.counted(network).text}"
                apart["more" if points > 0 else "fewer"].append(
                    f"{self.question(policy)} ({texts_})"
                )
        said = [
            self.say(f"apart.{key}", name=self.group_name(self.group), list=self.listed(found))
            for key, found in apart.items()
            if found
        ]
        if not compared:
            return Section()
        heading = Heading(self.say("apart.heading"))
        return Section(
            (heading, Sentences(tuple(said) or (sentence_case(self.say("S-13")) + ".",)))
        )

    # --- answer by answer -------------------------------------------------------------------------
    def distributions(self) -> Section:
        """Every other question with choices: how many of those who answered chose each."""
        asked = [q for q in self.questions if q.is_select and not q.is_policy and not q.repeat]
        asked = [q for q in asked if len(q.choices) <= LONGEST_LIST and self._is_tabulated(q)]
        parts: list[Part] = []
        for section, questions in groupby(asked, key=lambda question: question.section):
            parts.append(self._distribution(section, list(questions)))
        heading = Heading(self.say("heading.distributions"), on_paper=False)
        note = Sentences((self.say("fold.on_screen"),), "paper")
        return Section((heading, note, *parts)) if parts else Section()

    def _is_tabulated(self, question: Asked) -> bool:
        return bool(self.release.of_group(self.wave, self.group, question.column))

    def _distribution(self, section: str, questions: Sequence[Asked]) -> Table:
        columns = [self.say("column.answer"), self._first_share_column()]
        if self.is_compared():
            columns.append(self._network_column())
        blocks = tuple(self._choices(question) for question in questions)
        several = any(question.type != "select_one" for question in questions)
        notes = [self.say("S-08", p100=self.percent(1))] if several else []
        cells = [cell for block in blocks for row in block.rows for cell in row.cells]
        return Table(
            self.say("caption.distribution"),
            tuple(columns),
            ("text", *("mark",) * (len(columns) - 1)),
            blocks,
            (*notes, *self.explained(cells)),
            fold=self.reference("section", section) or self.say("heading.distributions"),
            on_paper=False,
        )

    def _first_share_column(self) -> str:
        return self.group_name(self.group) if self.is_compared() else self.say("column.share")

    def _choices(self, question: Asked) -> Block:
        groups: list[Group] = [self.group, *([NETWORK] if self.is_compared() else [])]
        rows = tuple(
            Row(
                Cell(self.choice(question, choice.name)),
                tuple(
                    self.counted(self.numbers(group).share(question.column, choice.name))
                    for group in groups
                ),
            )
            for choice in question.choices
            if not choice.missing_kind
        )
        base = self.numbers(self.group).base(question)
        note = self.say("cell.base", count=base.n) if base.is_shown else ""
        return Block(self.question(question), rows, note)

    # --- numbers ----------------------------------------------------------------------------------
    def quantities(self) -> Section:
        """Questions answered with a number: mean and median, where they may be shown."""
        rows = [self._quantity(q) for q in self.questions if q.type in {"integer", "decimal"}]
        found = [row for row in rows if row]
        if not found:
            return Section()
        columns = (
            self.say("column.question"),
            self.say("column.base"),
            *(self.say(f"column.{name}") for name in STATISTICS),
        )
        table = Table(
            self.say("caption.numbers"),
            columns,
            ("text", *("number",) * 3),
            (Block("", tuple(found)),),
            self.explained(cell for row in found for cell in row.cells),
            fold=self.say("caption.numbers"),
            on_paper=False,
        )
        return Section((table,))

    def _quantity(self, question: Asked) -> Row | None:
        numbers = self.numbers(self.group)
        found = [numbers.statistic(question.column, name) for name in STATISTICS]
        results = [result for result in found if result]
        if not results or question.repeat:
            return None
        base = results[0].n
        text = texts.number(base, self.locale) if base is not None else f"[{results[0].shown}]"
        cells = [Cell(f"{text} {NAMED_ONLY}" if results[0].row_scope else text)]
        for result in found:
            if result is None:
                cells.append(Cell("[x]"))
            elif result.shown != "yes" or result.estimate is None:
                cells.append(Cell(f"[{result.shown if result.shown != 'yes' else 'x'}]"))
            else:
                cells.append(Cell(texts.number(result.estimate, self.locale, 1)))
        return Row(Cell(self.question(question)), tuple(cells))

    # --- who answered -----------------------------------------------------------------------------
    def responses(self, kinds: Iterable[str]) -> Section:
        """How many answered in each group of some kinds."""
        parts: list[Part] = []
        for kind in kinds:
            groups = self.release.groups(self.wave, kind)
            rows = [self._response_row(group) for group in groups]
            if not rows:
                continue
            columns = (sentence_case(self.group_kind(kind)), self.say("column.answered"))
            caption = sentence_case(self.group_kind(kind))
            if f"group.{kind}" in texts.keys("en"):
                caption = self.say("caption.by_group", group=self.group_kind(kind))
            notes = self.explained(cell for row in rows for cell in row.cells)
            table = Table(caption, columns, ("text", "mark"), (Block("", tuple(rows)),), notes)
            parts.append(table)
        heading = Heading(self.say("heading.who_answered"))
        return Section((heading, *parts)) if parts else Section()

    def _response_row(self, group: Group) -> Row:
        answered, total = self.release.response(self.wave, group)
        if self.release.is_hidden(self.wave, group):
            cell = Cell("[c]")
        elif total:
            cell = self.counted_of(answered, total)
        else:
            cell = Cell(texts.number(answered, self.locale))
        return Row(Cell(self.group_name(group)), (cell,))

    def counted_of(self, answered: int, total: int) -> Cell:
        """`7 of 28` with its bar, whoever answers."""
        return Cell(self.say("cell.of", count=answered, total=total), Mark("bar", answered / total))
