"""Estimates of any grouping for an analyst with access: the same kernel, no disclosure control.

Reads confidential.duckdb, which only those open that may. What comes out is not cleared, and every
frame and figure says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from pipeline.ask import Survey, plain, read_survey, tables, translate
from pipeline.errors import Finding, Problem, RelevoError, one_of
from pipeline.estimate.answers import Group, WaveAnswers, read_wave
from pipeline.estimate.comparisons import differences, tests, with_holm
from pipeline.estimate.design import Mask
from pipeline.estimate.results import Item, Row, items, tabulate
from pipeline.store import TABLES, Work, connect, database_path, find_release
from pipeline.store.labelled import About, Labelled, labelled
from pipeline.texts import keys, locale_for, say, spoken

PROJECT = Path(__file__).parent.parent.parent
NETWORK = "network"
RESULT = tuple(column.split()[0] for column in TABLES["estimate.result"].split(","))


def open_confidential(
    survey: str, release: str = "current", language: str = "", schemas: Path | None = None
) -> Confidential:
    """Open the answers of a release, for whom may read them.

    Args:
        survey: the survey's name.
        release: a release id, or `current`.
        language: of labels and sentences; '' is the survey's first.
        schemas: the folder of survey folders, in place of the project's.

    Raises:
        RelevoError: no_release, file_not_permitted, unknown_parameter.
    """
    folder = find_release(survey, release)
    path = database_path(folder, "confidential")
    if not os.access(path, os.R_OK):
        raise RelevoError(Finding(Problem.file_not_permitted, path.name))
    declared = read_survey((schemas or PROJECT / "schemas") / survey)
    language = language or (declared.languages or ("",))[0]
    one_of("language", language, declared.languages or ("",))
    return Confidential(folder, declared, language)


@dataclass(frozen=True)
class Confidential:
    """The answers of one release. Nothing that comes out of here is cleared for publication."""

    folder: Path
    survey: Survey = field(repr=False)
    language: str = ""

    def proportion(  # noqa: PLR0913 - the parameters of a notebook
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        where: str = "",
        weighted: bool = False,
    ) -> Labelled:
        """The share of each choice, in groups by any question with one choice or frame column.

        Args:
            question: its column.
            by: a column of the frame or a question; `network` is all together.
            wave: a wave's id; '' is the newest.
            language: of labels and sentences.
            where: only some of the answers, as a condition of SQL on columns of the frame and on
                questions: `country = 'AR' AND population > 50000`. The others stay in the design.
            weighted: the estimate for all members in place of the count of those who answered.

        Raises:
            RelevoError: unknown_parameter, condition_unread; an estimate is impossible.
        """
        return self._numbers(question, ("share",), (by, where, weighted), wave, language)

    def mean(  # noqa: PLR0913 - the parameters of a notebook
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        where: str = "",
        weighted: bool = False,
    ) -> Labelled:
        """The mean of a number; otherwise as `proportion`."""
        return self._numbers(question, ("mean",), (by, where, weighted), wave, language)

    def median(  # noqa: PLR0913 - the parameters of a notebook
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        where: str = "",
        weighted: bool = False,
    ) -> Labelled:
        """The median of a number; otherwise as `proportion`."""
        return self._numbers(question, ("median",), (by, where, weighted), wave, language)

    def total(
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        where: str = "",
    ) -> Labelled:
        """The sum of a number over all members, estimated; otherwise as `proportion`."""
        return self._numbers(question, ("total",), (by, where, True), wave, language)

    def difference(  # noqa: PLR0913 - the parameters of a notebook
        self,
        question: str,
        by: str,
        versus: str = "",
        wave: str = "",
        language: str = "",
        *,
        where: str = "",
    ) -> Labelled:
        """Each group's share or mean less that of all members, or of the group `versus`.

        The error knows what the two share; where the interval holds 0 the data show no difference.

        Raises:
            RelevoError: unknown_parameter, condition_unread; an estimate is impossible.
        """
        item, words = self._item(question, (), (by, where), wave, language)
        groups = {group.code: group for group in item.wave.groups if group.kind == by}
        against = groups[one_of("versus", versus, list(groups))] if versus else None
        rows = differences(self.survey, item, against)
        return self._labelled(rows, words, item, by, where)

    def tests(self, by: str, wave: str = "", *, where: str = "") -> pd.DataFrame:
        """Which answers have to do with a grouping: question, choice, n, f, df, p, p_holm.

        One row for each table: of a question with one choice, of each choice of several. `p_holm`
        is adjusted for all of them. Nothing of it is cleared for publication.

        Raises:
            RelevoError: unknown_parameter, condition_unread; an estimate is impossible.
        """
        answers = self._answers(self._wave(wave), one_of("by", by, self.groups(wave)), where)
        asked = [item for item in items(self.survey, answers) if not item.is_number]
        rows = [row for item in asked for row in tests(item)]
        found = pd.DataFrame([*rows, *with_holm(rows)], columns=[*RESULT])
        keys = ["subject", "choice"]
        table = found.pivot_table(index=keys, columns="statistic", values="estimate")
        table = table.reindex(columns=["rao_scott_f", "p", "p_holm"])
        about = found.groupby(keys)[["n", "df"]].max()
        table = table.join(about).sort_values(["p_holm", "p"], kind="stable").reset_index()
        return table.rename(columns={"subject": "question", "rao_scott_f": "f"})

    def count(
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        where: str = "",
    ) -> Labelled:
        """How many answered a question, and what became of those who did not."""
        return self._numbers(question, ("count",), (by, where, False), wave, language)

    def waves(self) -> list[str]:
        """The waves, oldest first."""
        return [wave.id for wave in self.survey.waves]

    def groups(self, wave: str = "") -> list[str]:
        """What `by` may be: columns of the frame that units share, questions with one choice."""
        form = self.survey.questionnaires[self._wave(wave)]
        asked = [q.column for q in form.answers("") if q.type == "select_one" and not q.pii]
        units = pd.DataFrame() if self.survey.frame is None else self.survey.frame.units
        shared = [str(c) for c in units if units[c].nunique() < len(units) / 2]
        return list(dict.fromkeys([*shared, *asked]))

    def _numbers(
        self,
        question: str,
        statistics: Sequence[str],
        how: tuple[str, str, bool],
        wave: str,
        language: str,
    ) -> Labelled:
        by, where, weighted = how
        item, words = self._item(question, statistics, (by, where), wave, language)
        rows = (
            row
            for row in tabulate(self.survey, item.wave, [item])
            if (row["subject"], row["group_kind"]) == (question, by)
            and row["statistic"] in statistics
            and row["is_weighted"] == weighted
        )
        return self._labelled(rows, words, item, by, where)

    def _item(
        self,
        question: str,
        statistics: Sequence[str],
        how: tuple[str, str],
        wave: str,
        language: str,
    ) -> tuple[Item, _Words]:
        """A question that has such numbers, in the groups asked for."""
        by, where = how
        wave, language = self._wave(wave), language or self.language
        one_of("language", language, self.survey.languages or ("",))
        if by != NETWORK:
            one_of("by", by, self.groups(wave))
        answers = self._answers(wave, by, where)
        found = {item.question.column: item for item in items(self.survey, answers)}
        fitting = [name for name, item in found.items() if _has(item, statistics)]
        item = found[one_of("question", question, fitting)]
        return item, _Words(self.survey, wave, language)

    def _labelled(
        self, rows: Iterable[Row], words: _Words, item: Item, by: str, where: str
    ) -> Labelled:
        question = item.question.column
        return labelled(
            pd.DataFrame([{n: row.get(n) for n in RESULT} for row in rows], columns=list(RESULT)),
            self._about(words, item.wave, question, by, where),
            lambda choice: words.choice(question, choice),
            words.group,
        )

    def _answers(self, wave: str, by: str, where: str) -> WaveAnswers:
        """A wave's answers in the groups asked for; all count alike, named or not."""
        declared = next(one for one in self.survey.waves if one.id == wave)
        kinds = () if by == NETWORK else (by,)
        survey = replace(self.survey, groups=replace(self.survey.groups, by=kinds))
        with _reading(self.folder) as work:
            answers = read_wave(survey, work, declared)
        groups = answers.groups
        if where:
            inside = _chosen(answers, where)
            groups = tuple(Group(g.kind, g.code, g.inside & inside, None) for g in groups)
        known = np.ones(len(answers.known), bool)
        return replace(answers, groups=groups, known=known)

    def _about(
        self, words: _Words, answers: WaveAnswers, question: str, by: str, where: str
    ) -> About:
        title = words.survey_title
        return About(
            words.locale,
            title,
            words.wave,
            self.folder.name,
            self.survey.unit_kind,
            self.survey.disclosure.threshold,
            words.question(question),
            "" if by == NETWORK else words.kind(by),
            where,
            answers.as_of,
            say(words.locale, "frame.not_cleared"),
        )

    def _wave(self, wave: str) -> str:
        return one_of("wave", wave or self.survey.waves[-1].id, self.waves())

    def _repr_html_(self) -> str:
        stamp = say(spoken(self.language), "frame.not_cleared")
        return f"<p><strong>{stamp}</strong></p>"


@dataclass(frozen=True)
class _Words:
    """Labels of one wave in one language."""

    survey: Survey
    wave: str
    language: str

    @property
    def locale(self) -> str:
        """Language and territory."""
        return locale_for(spoken(self.language), "", self.survey.locales)

    @property
    def survey_title(self) -> str:
        """The survey's title, and that its data are invented where they are."""
        titles = self.survey.title
        title = titles.get(self.language) or next(iter(titles.values()), self.survey.name)
        stamp = say(self.locale, "stamp.demonstration") if self.survey.demonstration else ""
        return " · ".join(part for part in (title, stamp) if part)

    def question(self, column: str) -> str:
        """The short title of a question, else its label; a column of the frame by its own name."""
        form = self.survey.questionnaires[self.wave]
        found = form.by_column.get(column)
        if found is None:
            return column
        label, _ = translate(found.short or found.labels, self.language, form.languages)
        return plain(label) or column

    def kind(self, column: str) -> str:
        """What groups by a column are called."""
        is_named = f"group.{column}" in keys("en")
        return say(self.locale, f"group.{column}") if is_named else self.question(column)

    def choice(self, column: str, choice: str) -> str:
        """The label of a choice, or of the state of a cell."""
        form = self.survey.questionnaires[self.wave]
        question = form.by_column.get(column)
        for one in form.choices_of(question) if question else ():
            if one.name == choice:
                label, _ = translate(one.labels, self.language, form.languages)
                return plain(label) or choice
        is_state = f"state.{choice}" in keys("en")
        return say(self.locale, f"state.{choice}") if is_state else choice

    @cached_property
    def _references(self) -> dict[tuple[str, str], str]:
        rows = tables(self.survey)["ask.reference"]
        rows = rows[rows["language"] == spoken(self.language)]
        return dict(zip(zip(rows["kind"], rows["code"], strict=True), rows["text"], strict=True))

    def group(self, kind: str, code: str) -> str:
        """A group's name: of the short lists, or the choice of the question that makes it."""
        return self._references.get((kind, code)) or self.choice(kind, code)


def _has(item: Item, statistics: Sequence[str]) -> bool:
    """Whether a question has such numbers: shares of choices, means of numbers, counts all.

    Whatever can be compared has one or the other.
    """
    if "count" in statistics:
        return True
    if not statistics:
        return bool(item.choices) and not item.scope
    return bool(item.choices) and item.is_number != ("share" in statistics)


@contextmanager
def _reading(folder: Path) -> Iterator[Work]:
    """The databases of a release, read-only."""
    names = ("confidential", "members", "survey")
    opened = [connect(database_path(folder, name), read_only=True) for name in names]
    try:
        yield Work(folder, opened[0], opened[1], opened[2])
    finally:
        for con in opened:
            con.close()


def _chosen(answers: WaveAnswers, where: str) -> Mask:
    """The responses for which a condition holds; what is not answered is missing.

    Raises:
        RelevoError: condition_unread, naming the columns and nothing of what they hold.
    """
    asked = {
        question.column: answers.responses[question.column].where(
            pd.Series(answers.main.state(question) == "answered")
        )
        for question in answers.questionnaire.answers("")
        if question.column in answers.responses and not question.pii
    }
    columns = pd.DataFrame({"unit_id": answers.responses["unit_id"], **asked})
    members = answers.members
    if members is not None and "unit_id" in members:
        more = members[[name for name in members if name not in asked]]
        columns = columns.merge(more, on="unit_id", how="left")
    con = connect(":memory:")
    con.execute("SET enable_external_access = false")
    con.register("answers", columns.assign(relevo_row=range(len(columns))))
    try:
        found = con.execute(f"SELECT relevo_row FROM answers WHERE ({where})").fetchall()
    except duckdb.Error:
        values: dict[str, object] = {"expected": ", ".join(map(str, columns))}
        raise RelevoError(Finding(Problem.condition_unread, values=values)) from None
    finally:
        con.close()
    inside = np.zeros(len(columns), bool)
    inside[[row for (row,) in found]] = True
    return inside
