"""Which of several violations of a cell counts, and which rules a set-aside answer disables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from pipeline.ask import Rule, rules
from pipeline.ask.questionnaire import Questionnaire
from pipeline.edit.states import ERRORS
from pipeline.errors import Problem

Columns = Mapping[int, set[str]]  # columns by record_id

NOT_ASKED = Problem.answered_not_asked.name
CONSTRAINT = Problem.constraint_broken.name
IMPLAUSIBLE = Problem.implausible.name
NOT_OFFERED = Problem.choice_not_offered.name
NOT_JUDGED = Problem.not_judged.name
# What is said where such a condition cannot be judged; nobody is asked about a mere doubt.
UNKNOWN = {NOT_OFFERED: {NOT_JUDGED}, CONSTRAINT: {NOT_JUDGED}, IMPLAUSIBLE: set[str]()}
CONDITIONS = (NOT_ASKED, CONSTRAINT, IMPLAUSIBLE, NOT_OFFERED)
KEPT_BESIDE = {Problem.split_disagrees.name}  # still worth knowing of an answer that was not asked


def set_aside_columns(violations: pd.DataFrame) -> dict[int, set[str]]:
    """The columns set aside in each record."""
    columns = defaultdict(set)
    broken = violations[violations["code"].isin(ERRORS)]
    for record, column in zip(broken["index"], broken["column"], strict=True):
        columns[record].add(column)
    return dict(columns)


def resolve(form: Questionnaire, violations: pd.DataFrame, elsewhere: Columns) -> pd.DataFrame:
    """One error per cell, and `not_judged` in place of a rule that needs a set-aside answer.

    Conditions were evaluated on the values received, so a set-aside gate hides no question; where
    its value says that an answer was not to be given, that cannot be known: the answer stays.

    Args:
        form: the questionnaire of the wave.
        violations: columns index, column, code, of one section.
        elsewhere: by record, the columns set aside in the submission and row around a row of a
            repeat, and in the rows below.
    """
    records = violations["index"]
    waiting = records.isin(records[violations["code"].isin(CONDITIONS)])
    settled = _settled(form, violations[waiting], elsewhere)
    kept = pd.concat([violations[~waiting].drop_duplicates(), settled])
    return kept.sort_values(list(kept.columns), ignore_index=True)


def _settled(form: Questionnaire, violations: pd.DataFrame, elsewhere: Columns) -> pd.DataFrame:
    """The same of records in which a condition is broken; in others nothing waits for another."""
    needs = _Needs(form)
    codes: dict[tuple[int, str], set[str]] = defaultdict(set)
    for record, column, code in violations.itertuples(index=False):
        codes[record, column].add(code)
    by_value = violations[~violations["code"].isin([NOT_ASKED, CONSTRAINT, NOT_OFFERED])]
    own = set_aside_columns(by_value)
    gone = {r: own.get(r, set()) | elsewhere.get(r, set()) for r in {*own, *elsewhere}}
    place = {column: number for number, column in enumerate(form.by_column)}
    in_form_order = sorted(codes, key=lambda cell: (cell[0], place[cell[1]]))
    _settle_conditions(needs, codes, in_form_order, own, gone)
    for record, column in _cells(codes, in_form_order, NOT_ASKED):
        if needs.of_relevance(column) & gone.get(record, set()):
            codes[record, column] = codes[record, column] - {NOT_ASKED} | {NOT_JUDGED}
        else:
            codes[record, column] = {NOT_ASKED} | (codes[record, column] & KEPT_BESIDE)
    kept = [(*cell, code) for cell, all_codes in codes.items() for code in all_codes]
    found = pd.DataFrame(kept, columns=violations.columns)
    return found.astype(violations.dtypes.to_dict())


def _settle_conditions(
    needs: _Needs,
    codes: dict[tuple[int, str], set[str]],
    cells: list[tuple[int, str]],
    own: dict[int, set[str]],
    gone: dict[int, set[str]],
) -> None:
    """An answer that breaks a condition is gone for the conditions after it; a doubt is not."""
    kinds = (
        (NOT_OFFERED, needs.rules.filters),
        (CONSTRAINT, needs.rules.constraint),
        (IMPLAUSIBLE, needs.rules.warning),
    )
    for code, of in kinds:
        for record, column in _cells(codes, cells, code):
            if column in own.get(record, ()):
                codes[record, column].remove(code)
            elif needs.of_condition(of, column) & gone.get(record, set()):
                codes[record, column] = codes[record, column] - {code} | UNKNOWN[code]
            elif code in ERRORS:
                gone[record] = gone.get(record, set()) | {column}
                own[record] = own.get(record, set()) | {column}


def _cells(
    codes: Mapping[tuple[int, str], set[str]], cells: list[tuple[int, str]], code: str
) -> list[tuple[int, str]]:
    return [cell for cell in cells if code in codes[cell]]


class _Needs:
    """Which answers a rule needs, also through the relevance of what it names."""

    def __init__(self, form: Questionnaire) -> None:
        self.rules = rules(form)
        self.found: dict[str, frozenset[str]] = {"": frozenset()}

    def of_relevance(self, place: str) -> frozenset[str]:
        """The columns that decide whether a question, or a group of them, is asked."""
        if place not in self.found:
            around = self.of_relevance(self.rules.levels.around[place])
            self.found[place] = around | self._closure(self.rules.relevance.get(place))
        return self.found[place]

    def of_condition(self, of: Mapping[str, Rule], column: str) -> frozenset[str]:
        """The other columns that such a rule compares a question with."""
        return self._closure(of.get(column)) - {column}

    def _closure(self, rule: Rule | None) -> frozenset[str]:
        direct = rule.needs if rule else frozenset()
        return direct.union(*(self.of_relevance(place) for place in direct))
