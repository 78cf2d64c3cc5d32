"""What every brief has: its language and place, its labels, its head, method box and footer."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from pipeline import texts
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.report.counts import Count, Numbers
from pipeline.report.method import entries
from pipeline.report.page import Box, Cell, Footer, Front, Mark, Section, Sentences
from pipeline.report.release import NETWORK, Asked, Group, Release, Round, Unit

# Below this base a percentage would say more than the answers do.
PERCENT_FROM = 20
NAMED_ONLY = "[n]"
# Respondents never read these on paper: markup of the survey tool, references to other answers.
_MARKUP = re.compile(r"</?(?:b|i|u|em|strong|span|font|br|p|h[1-6])\b[^>]*>|\*\*|__", re.IGNORECASE)
_REFERENCE = re.compile(r"\$?\{[^}]*\}")


def sentence_case(text: str) -> str:
    """The first letter as at the beginning of a sentence, the others as they are."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Brief:
    """One brief in one language; subclasses add the sections of their kind."""

    kind: ClassVar[str] = ""
    release: Release
    wave: str
    language: str  # of the questionnaire's labels; '' for a form without languages
    group: Group = NETWORK
    unit_id: str = ""

    # --- words ------------------------------------------------------------------------------------
    @property
    def spoken(self) -> str:
        """The language of the page's own sentences."""
        return texts.spoken(self.language)

    @property
    def locale(self) -> str:
        """Language and territory: of the government or the country that the page is about."""
        territory = self.group[1] if self.group[0] == "country" else self.unit.country
        return texts.locale_for(self.spoken, territory, self.release.locales)

    @property
    def unit(self) -> Unit:
        """The government that the page is about; one without a name or country where it is not."""
        return self.release.unit(self.unit_id)

    @property
    def name(self) -> str:
        """The government's name in the brief's language."""
        return self.unit.name_in(self.spoken)

    def say(self, key: str, **values: object) -> str:
        """A standard sentence in the brief's language.

        Raises:
            RelevoError: text_missing.
        """
        try:
            return texts.say(self.locale, key, **values)
        except texts.TextMissingError as missing:
            found: dict[str, object] = {"found": missing.key, "language": missing.language}
            raise RelevoError(Finding(Problem.text_missing, values=found)) from missing

    def by_unit_kind(self, key: str, **values: object) -> str:
        """A sentence that speaks of governments or of persons, as the survey does."""
        return self.say(f"{key}.{self.unit_kind}", **values)

    def percent(self, share: float) -> str:
        """A share in percent, without decimals."""
        return texts.percent(share, self.locale)

    def date(self, day: datetime.date) -> str:
        """A date in words."""
        return texts.date(day, self.locale)

    def listed(self, names: Iterable[str]) -> str:
        """`a, b and c`."""
        *first, last = list(names) or [self.say("cell.none")]
        return self.say("cell.and", list=", ".join(first), last=last) if first else last

    def label(self, subject: str, *kinds: str) -> str:
        """A text of the questionnaire, the first of `kinds` that there is; else the bare code."""
        for kind in kinds:
            text = self.release.labels.get((self.wave, kind, subject, self.language), "")
            if text.strip():
                return self.plain(text)
        return subject.rsplit("/", 1)[-1]

    def plain(self, text: str) -> str:
        """A questionnaire's text as a page prints it: no markup, no references to answers."""
        bare = _REFERENCE.sub("…", _MARKUP.sub("", text))
        return texts.typeset(" ".join(bare.split()), self.spoken)

    def question(self, question: Asked) -> str:
        """The short title of a question, else its full wording."""
        return self.label(question.column, "short", "label")

    def choice(self, question: Asked, choice: str) -> str:
        """The label of one choice."""
        return self.label(f"{question.list_name}/{choice}", "choice")

    def reference(self, kind: str, code: str) -> str:
        """The name of an entry of a short list, such as a country or a section; else its code."""
        text = self.release.references.get((kind, code, self.spoken))
        return texts.typeset(text, self.spoken) if text else code

    def group_name(self, group: Group) -> str:
        """A group's name: from the short lists, or the choice of the question it is made by."""
        kind, code = group
        if (kind, code, self.spoken) in self.release.references:
            return self.reference(kind, code)
        by = next((q for q in self.questions if q.column == kind), None)
        if by is None and kind == "country":  # of an open frame, outside the list
            return texts.country_names(self.spoken).get(code, code)
        return self.choice(by, code) if by else code

    def group_kind(self, kind: str) -> str:
        """What the groups of a kind are called: country, size class, or the question's title."""
        if f"group.{kind}" in texts.keys("en"):
            return self.say(f"group.{kind}")
        return self.label(kind, "short", "label")

    def kind_name(self, kind: str) -> str:
        """What a kind of brief is called."""
        return (
            self.by_unit_kind("brief.network") if kind == "network" else self.say(f"brief.{kind}")
        )

    # --- facts ------------------------------------------------------------------------------------
    @property
    def unit_kind(self) -> str:
        """`institution` or `person`: who answers."""
        return self.release.fact("unit_kind", "person")

    @property
    def round(self) -> Round:
        """The wave's dates and counts."""
        return self.release.rounds.get(self.wave, Round(self.wave))

    @property
    def questions(self) -> tuple[Asked, ...]:
        """What was asked in this wave, in form order."""
        return self.release.questions.get(self.wave, ())

    @property
    def policies(self) -> tuple[Asked, ...]:
        """The questions that ask whether a policy is in force."""
        return tuple(question for question in self.questions if question.is_policy)

    def numbers(self, group: Group = NETWORK) -> Numbers:
        """The results of one group in this wave."""
        return Numbers(self.release, self.wave, group)

    @property
    def threshold(self) -> int:
        """The smallest count that may be shown."""
        return int(self.release.fact("threshold", "3"))

    @property
    def is_weighted(self) -> bool:
        """Whether the design allows an estimate for all members."""
        return self.release.fact("selection") in {"census_attempt", "probability"}

    @property
    def level(self) -> str:
        """The confidence level, as a percentage."""
        return self.percent(float(self.release.fact("level", "0.95")))

    # --- cells ------------------------------------------------------------------------------------
    def counted(self, count: Count) -> Cell:
        """`11 of 23` beside a bar; of persons the percentage, once the base carries one."""
        if not count.is_shown:
            return Cell(f"[{count.shown}]")
        mark = Mark("bar", count.share)
        if self.unit_kind == "person" and count.n >= PERCENT_FROM:
            return Cell(self.percent(count.share), mark)
        text = self.say("cell.of", count=count.count, total=count.n)
        return Cell(f"{text} {NAMED_ONLY}" if count.is_named else text, mark)

    def estimated(self, count: Count) -> Cell:
        """A weighted share of all members with its interval."""
        if not count.is_shown:
            return Cell(f"[{count.shown}]")
        text = self.percent(count.share)
        if count.low is None or count.high is None:
            return Cell(text, Mark("bar", count.share))
        limits = self.say("cell.range", low=self.percent(count.low), high=self.percent(count.high))
        return Cell(f"{text} ({limits})", Mark("bar", count.share, count.low, count.high))

    def state(self, level: str, text: str) -> Cell:
        """A word and its shape."""
        return Cell(text, Mark("state", level=level))

    def explained(self, cells: Iterable[Cell], threshold: int = 0) -> tuple[str, ...]:
        """What the signs in square brackets mean, as far as these cells hold any.

        `threshold`: of the survey that the numbers come from, where it is another one.
        """
        k = threshold or self.threshold
        shown = {cell.text[cell.text.rfind("[") :] for cell in cells if "[" in cell.text}
        legend: dict[str, Callable[[], str]] = {
            "[c]": lambda: f"{self.by_unit_kind('S-12', k=k)} · {self.say('S-02')}",
            "[x]": lambda: self.say("S-09"),
            "[z]": lambda: self.say("S-10"),
            NAMED_ONLY: lambda: self.say("S-22"),
        }
        return tuple(text() for sign, text in legend.items() if sign in shown)

    # --- parts every brief has --------------------------------------------------------------------
    def front_of(self, entity: str, title: str, lead: Iterable[str] = ()) -> Section:
        """Head of the page, then the sentences that sum it up."""
        kind = self.kind_name(self.kind)
        subject = f"{kind} {self.wave}" if self.is_dated else kind
        survey = self.survey_title()
        kicker = [survey, kind, self.say("title.round", wave=self.wave) if self.is_dated else ""]
        stamps = self.stamps()
        page_title = self.say("title.page", entity=entity, subject=subject)
        front = Front(
            self.spoken,
            " · ".join(part for part in kicker if part),
            title,
            " · ".join([page_title, *(stamp for stamp, _ in stamps)]),
            stamps,
            (self.say("S-20"),) if self.is_unreviewed else (),
        )
        texts_ = tuple(text for text in lead if text)
        return Section((front, Sentences(texts_, "lead")) if texts_ else (front,))

    @property
    def is_dated(self) -> bool:
        """Whether the survey names its waves; the least survey has one without a name."""
        return self.wave not in {"", "1"}

    @property
    def is_unreviewed(self) -> bool:
        """Whether any label of this language still waits for a speaker's review."""
        return (self.wave, self.language) in self.release.drafts

    def survey_title(self) -> str:
        """The survey's title in the brief's language."""
        title = self.release.fact("title", language=self.language) or self.release.fact("title")
        return texts.typeset(title or self.release.fact("name"), self.spoken)

    def stamps(self) -> tuple[tuple[str, str], ...]:
        """Demonstration and draft, with the sentence that explains each."""
        demonstration = self.release.fact("demonstration") in {"yes", "true"}
        stamps = []
        if demonstration or any("-x-" in unit for unit in self.release.units):
            stamps.append((self.say("stamp.demonstration"), self.say("stamp.demonstration_note")))
        if self.round.state in {"open", "draft"}:
            stamps.append((self.say("S-15"), self._unfinished()))
        return tuple(stamps)

    def _unfinished(self) -> str:
        """Why figures may change; while the wave is open, by when how many had answered."""
        round_ = self.round
        are_answers = self.release.fact("record") != "event"  # of members, and not events
        if round_.state == "open" and round_.as_of and round_.population and are_answers:
            answered, total = round_.responses, round_.population
            by = self.date(round_.as_of)
            return self.say("stamp.open_note", date=by, answered=answered, total=total)
        return self.say("stamp.draft_note")

    def method(self) -> Section:
        """The thirteen things a reader may ask about a survey, each answered or `not stated`."""
        return Section((Box(self.say("heading.method"), entries(self)),))

    def footer(self) -> Section:
        """Date of the data, wave and state, licence; the brief's key joins them on the page."""
        wave = (
            f"{self.wave} ({self.say('wave_state.' + self.round.state)})" if self.is_dated else ""
        )
        day = self.round.as_of
        said = {
            "footer.survey": self.survey_title(),
            "footer.data": self.date(day) if day else self.say("method.not_stated"),
            "footer.wave": wave,
            "footer.licence": self.release.fact("licence"),
        }
        contact = self.release.fact("contact")
        return Section(
            (
                Footer(
                    tuple((self.say(key), text) for key, text in said.items() if text),
                    self.say("footer.key"),
                    self.say("S-16-open", contact=contact) if contact else "",
                ),
            )
        )
