"""The words beside numbers outside the briefs: subjects, choices and groups in one language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pipeline import texts
from pipeline.report.brief import Brief
from pipeline.report.release import Asked
from pipeline.store.labelled import NAMED, SHOWN, About

RESPONSE = "response"  # subject of how many answered at all
OVERALL = "overall"  # the index over all domains
SUBJECTS = (
    "domain",
    "index",
    "sdg1072_domain",
)  # short lists that name subjects other than questions


@dataclass(frozen=True)
class Words(Brief):
    """A brief without pages: labels of one wave in one language."""

    @cached_property
    def by_column(self) -> dict[str, Asked]:
        """What was asked, by column."""
        return {question.column: question for question in self.questions}

    def subject(self, code: str) -> str:
        """A question's short title; the name of a domain or of the index."""
        if code in self.by_column:
            return self.question(self.by_column[code])
        if code == RESPONSE:
            return self.say("column.answered")
        if code == OVERALL:
            return self.say("frame.overall")
        found = (*(self.reference(kind, code) for kind in SUBJECTS), self._domain(code))
        return next((name for name in found if name != code), code)

    def _domain(self, code: str) -> str:
        """A domain's name where a question of the form lists the domains as its choices."""
        return self.label(f"domain/{code}", "choice")

    def choices(self, code: str) -> dict[str, str]:
        """Label of each choice in the form's order; then the states of a cell, then the classes."""
        question = self.by_column.get(code)
        listed = question.choices if question else ()
        found = {c.name: self.choice(question, c.name) for c in listed if question}
        states = (key.partition(".")[2] for key in texts.keys("en") if key.startswith("state."))
        classes = sorted({c for kind, c, _ in self.release.references if kind == "score_class"})
        found = {state: self.say(f"state.{state}") for state in states} | found
        return {name: self.reference("score_class", name) for name in classes} | found

    def about(self, subject: str, by: str = "") -> About:
        """What is said of a frame of numbers on a subject."""
        return About(
            self.locale,
            " · ".join((self.survey_title(), *(stamp for stamp, _ in self.stamps()))),
            self.wave,
            self.release.folder.name,
            self.unit_kind,
            self.threshold,
            self.subject(subject),
            by,
            as_of=self.round.as_of,
        )


def one_scope(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows about all; where a statistic of a group is hidden whole, those about the named."""
    is_named = rows["row_scope"].fillna("") == NAMED
    is_shown = rows["shown"] == SHOWN
    names = ("wave", "group_kind", "group_code", "statistic", "is_weighted")
    group = [rows[name] for name in names]
    speaks = (is_shown & ~is_named).groupby(group).transform("any")
    stands_in = (is_shown & is_named).groupby(group).transform("any")
    wanted = is_named == (~speaks & stands_in)
    return rows[wanted.to_numpy(bool)]
