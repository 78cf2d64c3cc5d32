"""What another survey's current release says of single units: opened read-only, never written.

The one place where a joined release is read. Its results enter the tables of this survey only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.ask import Survey
from pipeline.store import Work, connect_locked, database_path, find_release

ANSWER = ["unit_id", "row_id", "question", "choice", "value", "state"]
LABEL = ["survey", "kind", "code", "language", "text"]
ENTRY = ["unit_id", "state", "state_date", "entered_on", "is_counted", "has_ended", "outcome"]
REGISTER = ["survey", "wave", "as_of", "goals", "states", "count", "n", "shown", "threshold"]


@dataclass(frozen=True)
class Joined:
    """The current release of another survey, by the folder it lies in."""

    name: str
    folder: Path

    @contextmanager
    def reading(self, file: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A locked, read-only connection to `survey` or `members`."""
        con = connect_locked(database_path(self.folder, file))
        try:
            yield con
        finally:
            con.close()

    def facts(self) -> dict[str, str]:
        """What its survey.toml says of the survey as a whole, as ask.survey keeps it."""
        with self.reading("survey") as con:
            rows = con.execute(
                "SELECT key, text FROM ask.survey WHERE coalesce(wave, '') = '' "
                "AND coalesce(language, '') = ''"
            ).fetchall()
        return dict(rows)

    def questions(self) -> frozenset[str]:
        """The columns of all its questions."""
        with self.reading("survey") as con:
            rows = con.execute("SELECT DISTINCT question FROM ask.question").fetchall()
        return frozenset(question for (question,) in rows)

    def answers(self, *questions: str) -> pd.DataFrame:
        """What each unit answered in the newest wave, without personal data: columns ANSWER."""
        with self.reading("members") as con:
            return con.execute(
                f"""SELECT {", ".join(ANSWER)} FROM estimate.unit_answer
                    WHERE list_contains(?, question)
                    AND wave = (SELECT max(wave) FROM estimate.unit)
                    ORDER BY ALL""",
                [list(questions)],
            ).df()

    def labels(self) -> pd.DataFrame:
        """Its title, and of a register the names of the states, in each language: columns LABEL."""
        column = self.facts().get("register_state", "")
        with self.reading("survey") as con:
            found = con.execute(
                """SELECT ? AS survey, 'title' AS kind, '' AS code, language, text
                   FROM ask.survey WHERE key = 'title'
                   UNION
                   SELECT ?, 'state', split_part(subject, '/', -1), language, text
                   FROM ask.label WHERE kind = 'choice' AND split_part(subject, '/', 1) IN
                       (SELECT list_name FROM ask.question WHERE question = ?)
                   ORDER BY ALL""",
                [self.name, self.name, column],
            )
            return found.df()

    def register(self) -> pd.DataFrame:
        """Of a register with goals, how many count in its newest wave, as cleared there.

        Columns REGISTER; no row for any other survey.
        """
        facts = self.facts()
        goals, states = (facts.get(f"register_{name}", "") for name in ("goals", "counted"))
        if not goals:
            return pd.DataFrame(columns=REGISTER)
        with self.reading("survey") as con:
            return con.execute(
                """SELECT ? AS survey, wave, as_of, ? AS goals, ? AS states, count, n, shown,
                       ?::BIGINT AS threshold
                   FROM estimate.result JOIN estimate.wave USING (wave)
                   WHERE subject_kind = 'register' AND subject = 'counted'
                       AND group_kind = 'network' AND wave = (SELECT max(wave) FROM estimate.wave)
                   ORDER BY ALL""",
                [self.name, goals, states, facts.get("threshold")],
            ).df()

    def beside_names(self, question: str) -> pd.DataFrame:
        """The answers to a question of units that agreed to be named, in the newest wave.

        Columns unit_id, unit_name, country, language and text.
        """
        with self.reading("members") as con:
            said = con.execute(
                """SELECT unit_id, value AS text FROM estimate.unit_answer
                   JOIN estimate.unit AS unit USING (wave, unit_id)
                   WHERE question = ? AND unit_answer.state = 'answered' AND unit.is_named
                       AND wave = (SELECT max(wave) FROM estimate.unit)
                   ORDER BY ALL""",
                [question],
            ).df()
        with self.reading("survey") as con:
            units = con.execute(
                """SELECT unit_id, coalesce(name_es, name, unit_id) AS unit_name,
                       coalesce(country, '') AS country, coalesce(language, '') AS language
                   FROM ask.unit"""
            ).df()
        return said.merge(units, on="unit_id", how="left")

    def policies(self) -> pd.DataFrame:
        """Its policy inventory, with what is not shared: columns of estimate.policy."""
        with self.reading("members") as con:
            return con.execute("FROM estimate.policy ORDER BY ALL").df()

    def entries(self) -> pd.DataFrame:
        """Of a register, the present state of each unit: columns ENTRY."""
        with self.reading("members") as con:
            sql = f"SELECT {', '.join(ENTRY)} FROM estimate.entry ORDER BY unit_id"
            return con.execute(sql).df()


def joined(survey: Survey, work: Work) -> dict[str, Joined]:
    """The releases of the surveys that this one joins, by name.

    Raises:
        RelevoError: no_release.
    """
    found = {}
    for name in survey.joins:
        folder = work.joined.get(name) or find_release(name)
        found[name] = Joined(name, folder)
    return found
