"""What a researcher opens: the cleared tables of a release as data frames, and quick figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import Finding, Problem, RelevoError
from pipeline.report.figures import plain
from pipeline.report.reading import find_release, read_release, reading

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Explored:
    """One release, read-only: only what disclosure control let out."""

    folder: Path

    def sql(self, query: str) -> pd.DataFrame:
        """Rows of any query on survey.duckdb; the connection can neither write nor read files."""
        with reading(self.folder, "survey") as con:
            return con.execute(query).df()

    def waves(self) -> list[str]:
        """The waves, oldest first."""
        return sorted(read_release(self.folder).rounds)

    def questions(self, wave: str = "", language: str = "") -> pd.DataFrame:
        """What was asked: question, type, section, disclosure and its label in one language.

        Args:
            wave: a wave's id; '' is the newest.
            language: of the labels; '' is the survey's first.
        """
        release = read_release(self.folder)
        with reading(self.folder, "survey") as con:
            return con.execute(
                """SELECT q.question, q.type, q.list_name, q.section, q.disclosure, l.text AS label
                   FROM ask.question q LEFT JOIN ask.label l ON l.wave = q.wave
                   AND l.subject = q.question AND l.kind = 'label' AND l.language = $language
                   WHERE q.wave = $wave ORDER BY q.position""",
                {"wave": wave or self.waves()[-1], "language": language or release.languages[0]},
            ).df()

    def result(self, question: str, by: str = "network", wave: str = "") -> pd.DataFrame:
        """All numbers of one question, one row each, as in estimate.result.

        Args:
            question: its column.
            by: the kind of group: network, country, size_class ...
            wave: a wave's id; '' is the newest.

        Raises:
            RelevoError: unknown_parameter.
        """
        with reading(self.folder, "survey") as con:
            found = con.execute(
                """SELECT * FROM estimate.result WHERE subject = $question AND group_kind = $by
                   AND wave = $wave ORDER BY result_id""",
                {"question": question, "by": by, "wave": wave or self.waves()[-1]},
            ).df()
        if found.empty:
            kinds = self.sql("SELECT DISTINCT group_kind FROM estimate.result ORDER BY ALL")
            values: dict[str, object] = {
                "parameter": "question or group",
                "found": f"{question} by {by}",
                "expected": ", ".join(kinds["group_kind"]) or "-",
            }
            raise RelevoError(Finding(Problem.unknown_parameter, values=values))
        return found

    def figure(self, question: str, by: str = "network", wave: str = "") -> go.Figure:
        """The unweighted shares of a question's choices as bars, one colour a group."""
        import plotly.graph_objects as go  # noqa: PLC0415 - slow, and only needed here

        rows = self.result(question, by, wave)
        rows = rows[(rows["statistic"] == "share") & ~rows["is_weighted"].astype(bool)]
        shown = rows[rows["shown"] == "yes"]
        bars = [
            go.Bar(name=plain(str(group)), x=part["choice"].map(plain), y=part["estimate"])
            for group, part in shown.groupby("group_code", sort=True)
        ]
        return go.Figure(bars, {"title": {"text": plain(question)}, "yaxis": {"tickformat": ".0%"}})


def explore(survey: str, release: str = "current") -> Explored:
    """Open a release for research.

    Args:
        survey: the survey's name.
        release: a release id, or `current`.

    Raises:
        RelevoError: no_release.
    """
    return Explored(find_release(survey, release))
