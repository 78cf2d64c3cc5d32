"""What a researcher opens: the cleared tables of a release as labelled frames that draw themselves.

Every number is looked up in estimate.result, never worked out: only what disclosure control let
out is here. In a group about which nothing may be said of all, the numbers of those that agreed
to be named stand in its place, as in the briefs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.ask.choices import nearest
from pipeline.errors import Finding, Problem, RelevoError, one_of
from pipeline.report.reading import find_release, read_release, reading
from pipeline.report.release import Release
from pipeline.report.wording import Words, one_scope
from pipeline.store.labelled import NETWORK, Labelled, labelled

if TYPE_CHECKING:
    import plotly.graph_objects as go

RESPONSE = "response"  # subject of how many answered at all


@dataclass(frozen=True)
class Explored:
    """One release, read-only: only what disclosure control let out.

    `language` is that of labels and sentences; '' is the survey's first.
    """

    folder: Path
    language: str = ""

    def sql(self, query: str) -> pd.DataFrame:
        """Rows of any query on survey.duckdb; the connection can neither write nor read files."""
        with reading(self.folder, "survey") as con:
            return con.execute(query).df()

    def waves(self) -> list[str]:
        """The waves, oldest first."""
        return sorted(self._release.rounds)

    def groups(self) -> list[str]:
        """The declared groupings: what `by` may be."""
        return self._listed("group_kind", "NOT IN ('network', 'stratum')")

    def scores(self) -> list[str]:
        """The index and its domains, where the survey has them: for `mean` and `proportion`."""
        return self._listed("subject", "IS NOT NULL AND subject_kind IN ('domain', 'index')")

    def _listed(self, column: str, condition: str) -> list[str]:
        sql = f"SELECT DISTINCT {column} AS found FROM estimate.result WHERE {column} {condition}"
        return [str(found) for found in self.sql(f"{sql} ORDER BY ALL")["found"]]

    def questions(self, wave: str = "", language: str = "") -> pd.DataFrame:
        """What was asked: question, type, section, disclosure and its label in one language.

        Args:
            wave: a wave's id; '' is the newest.
            language: of the labels; '' is the one the release was opened in.
        """
        words = self._words(wave, language)
        with reading(self.folder, "survey") as con:
            return con.execute(
                """SELECT q.question, q.type, q.list_name, q.section, q.disclosure, l.text AS label
                   FROM ask.question q LEFT JOIN ask.label l ON l.wave = q.wave
                   AND l.subject = q.question AND l.kind = 'label' AND l.language = $language
                   WHERE q.wave = $wave ORDER BY q.position""",
                {"wave": words.wave, "language": words.language},
            ).df()

    # --- numbers ----------------------------------------------------------------------------------

    def proportion(
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        weighted: bool = False,
    ) -> Labelled:
        """The share of each choice: count of n, or the estimate for all members with its interval.

        Args:
            question: its column, or the index or a domain for the share of each class.
            by: a declared grouping such as country; `network` is all together.
            wave: a wave's id; '' is the newest.
            language: of labels and sentences.
            weighted: the estimate for all members in place of the count of those who answered.

        Raises:
            RelevoError: unknown_parameter, undeclared_grouping.
        """
        return self._numbers(question, ("share",), by, wave, language, weighted)

    def mean(
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        weighted: bool = False,
    ) -> Labelled:
        """The mean of a number, of the index or of a domain; otherwise as `proportion`."""
        return self._numbers(question, ("mean",), by, wave, language, weighted)

    def median(
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        weighted: bool = False,
    ) -> Labelled:
        """The median; otherwise as `mean`."""
        return self._numbers(question, ("median",), by, wave, language, weighted)

    def total(
        self, question: str, by: str = NETWORK, wave: str = "", language: str = ""
    ) -> Labelled:
        """The sum of a number over all members, estimated; otherwise as `mean`."""
        return self._numbers(question, ("total",), by, wave, language, weighted=True)

    def difference(self, question: str, by: str, wave: str = "", language: str = "") -> Labelled:
        """Each group's share or mean less that of all members, with the interval of that.

        Where it holds 0 the data do not show a difference.
        """
        return self._numbers(question, ("difference",), by, wave, language, weighted=True)

    def change(
        self,
        question: str,
        by: str = NETWORK,
        wave: str = "",
        language: str = "",
        *,
        weighted: bool = False,
    ) -> Labelled:
        """What changed since the wave before, for what both waves asked in the same way."""
        return self._numbers(question, ("change",), by, wave, language, weighted)

    def tests(self, by: str, wave: str = "") -> pd.DataFrame:
        """Which answers have to do with a grouping: one row for each table tested.

        Columns: question, choice (of several, each is a table), n, f, df, p, p_holm (adjusted for
        all the tests of this grouping that are shown), shown. A test is shown where every number
        of its table is.

        Raises:
            RelevoError: unknown_parameter, undeclared_grouping.
        """
        self._declared(by)
        with reading(self.folder, "survey") as con:
            return con.execute(
                """SELECT subject AS question, choice, max(n) AS n,
                       max(estimate) FILTER (statistic = 'rao_scott_f') AS f, max(df) AS df,
                       max(estimate) FILTER (statistic = 'p') AS p,
                       max(estimate) FILTER (statistic = 'p_holm') AS p_holm, max(shown) AS shown
                   FROM estimate.result WHERE wave = $wave AND group_kind = $by
                       AND versus_group = 'each' GROUP BY ALL ORDER BY p_holm, question, choice""",
                {"wave": self._words(wave, "").wave, "by": by},
            ).df()

    def count(
        self, question: str = RESPONSE, by: str = NETWORK, wave: str = "", language: str = ""
    ) -> Labelled:
        """How many answered a question, and what became of those who did not.

        Without a question: how many answered at all, of all members.
        """
        return self._numbers(question, ("count", "response_rate"), by, wave, language)

    def result(self, question: str, by: str = NETWORK, wave: str = "") -> pd.DataFrame:
        """All numbers of one question, one row each, as in estimate.result.

        Raises:
            RelevoError: unknown_parameter, undeclared_grouping.
        """
        return self._rows(question, by, self._words(wave, "").wave)

    def figure(self, question: str, by: str = NETWORK, wave: str = "") -> go.Figure:
        """`proportion` drawn."""
        return self.proportion(question, by, wave).figure()

    def _declared(self, by: str) -> None:
        groups = self.groups()
        if by not in (NETWORK, *groups):
            values: dict[str, object] = {"found": by, "expected": ", ".join(groups) or "-"}
            values["nearest"] = nearest(by, groups)
            raise RelevoError(Finding(Problem.undeclared_grouping, values=values))

    def _rows(self, question: str, by: str, wave: str, *statistics: str) -> pd.DataFrame:
        self._declared(by)
        with reading(self.folder, "survey") as con:
            rows = con.execute(
                """SELECT * FROM estimate.result WHERE wave = $wave
                   AND CASE WHEN len($statistics) > 0 THEN list_contains($statistics, statistic)
                   ELSE coalesce(versus_wave, '') = '' AND coalesce(versus_group, '') = '' END
                   ORDER BY result_id""",
                {"wave": wave, "statistics": list(statistics)},
            ).df()
        one_of("question", question, rows["subject"].unique())
        return rows[(rows["subject"] == question) & (rows["group_kind"] == by)]

    def _numbers(  # noqa: PLR0913, PLR0917 - the parameters of a notebook
        self,
        question: str,
        statistics: Sequence[str],
        by: str,
        wave: str,
        language: str,
        weighted: bool = False,
    ) -> Labelled:
        words = self._words(wave, language)
        rows = self._rows(question, by, words.wave, *statistics)
        rows = one_scope(rows[rows["is_weighted"].astype(bool) == weighted])
        labels = words.choices(question)
        places = {choice: place for place, choice in enumerate(labels)}
        rows = rows.assign(place=rows["choice"].fillna("").map(places).fillna(len(places)))
        rows = rows.sort_values(["group_code", "place"], kind="stable")
        return labelled(
            rows,
            words.about(question, "" if by == NETWORK else words.group_kind(by)),
            lambda choice: labels.get(choice, choice),
            lambda kind, code: words.group_name((kind, code)),
        )

    # --- words ------------------------------------------------------------------------------------

    @property
    def _release(self) -> Release:
        return read_release(self.folder)

    def _words(self, wave: str, language: str) -> Words:
        release, waves = self._release, self.waves()
        language = language or self.language
        return Words(
            release,
            one_of("wave", wave or max(waves, default=""), waves),
            one_of("language", language or release.languages[0], release.languages),
        )

    def _repr_html_(self) -> str:
        words = self._words("", "")
        said = {
            "count": len(words.questions),
            "groups": ", ".join(self.groups()) or "-",
            "waves": ", ".join(self.waves()),
        }
        lines = [words.survey_title(), words.say("frame.opened", **said)]
        if scores := self.scores():
            lines.append(words.say("frame.scores", names=", ".join(scores)))
        return "".join(f"<p>{escape(line)}</p>" for line in lines)


def explore(survey: str, release: str = "current", language: str = "") -> Explored:
    """Open a release for research.

    Args:
        survey: the survey's name.
        release: a release id, or `current`.
        language: of labels and sentences; '' is the survey's first.

    Raises:
        RelevoError: no_release, unknown_parameter.
    """
    opened = Explored(find_release(survey, release), language)
    if language:
        one_of("language", language, read_release(opened.folder).languages)
    return opened
