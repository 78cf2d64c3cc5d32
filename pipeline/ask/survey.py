"""survey.toml as frozen data. A field here is a key there: names, types and defaults stand once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pipeline.ask.columns import ColumnLine
from pipeline.ask.frame import Frame
from pipeline.ask.questionnaire import Questionnaire
from pipeline.ask.released import Released
from pipeline.ask.renames import Rename

Day = date  # a register has a key of that name
LOCALES = MappingProxyType({"es": "es_UY", "pt": "pt_BR", "en": "en", "fr": "fr_FR"})


@dataclass(frozen=True)
class Consent:
    """The question that asks for consent, and the codes that refuse it."""

    question: str = ""
    refused: tuple[str, ...] = ("no",)


@dataclass(frozen=True)
class Publish:
    """The question that asks how answers may be published, and the codes that allow the name."""

    question: str = ""
    named: tuple[str, ...] = ("named",)


@dataclass(frozen=True)
class Key:
    """Who answers, and which of two answers stands."""

    unit: str = ""
    one_per_unit: Literal["newest_complete", "first", "by_hand", "none"] = "newest_complete"
    consent: Consent = Consent()
    publish: Publish = Publish()


@dataclass(frozen=True)
class FrameFiles:
    """Where the population is listed; scope `none` where it is not.

    `entities`: with scope `open`, units beside the list, in the columns of the same frame.
    """

    file: str = ""
    entities: str = ""
    membership: str = ""
    network: str = ""
    scope: Literal["closed", "open", "strata", "none"] = "none"


@dataclass(frozen=True)
class Wave:
    """One round of the survey, with the version of the questionnaire that was in the field."""

    id: str = "1"
    raw: str = ""  # folder below the raw folder; '' = the raw folder itself
    opens: date | None = None
    closes: date | None = None
    state: Literal["open", "draft", "final"] = "final"
    questionnaire: str = ""  # file of the form; '' = the one called questionnaire


@dataclass(frozen=True)
class Design:
    """How answers were selected; what may be said follows from `selection`."""

    selection: Literal["census_attempt", "probability", "open_call"] = "open_call"
    strata: tuple[str, ...] = ()
    rake: tuple[str, ...] = ()
    lonely: Literal["average", "adjust", "remove", "certainty", "fail"] = "average"
    level: float = 0.95


@dataclass(frozen=True)
class Groups:
    """Columns by which every question is tabulated."""

    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disclosure:
    """Smallest counts that may be shown."""

    threshold: int = 3
    threshold_confidential: int = 5


@dataclass(frozen=True)
class Quality:
    """Shares of quarantined records that warn, or hold a release back."""

    warn_quarantined_share: float = 0.05
    stop_quarantined_share: float = 0.25


@dataclass(frozen=True)
class Briefs:
    """Languages of each kind of brief: 'all', 'own' or a list of codes; '' = not made.

    Group briefs are made for `group_kinds`; by default for all of [groups] by.
    """

    government: str | tuple[str, ...] = "all"
    group: str | tuple[str, ...] = "all"
    group_kinds: tuple[str, ...] = ()
    network: str | tuple[str, ...] = "all"
    quality: str | tuple[str, ...] = "all"
    hub: str | tuple[str, ...] = ""
    charter: str | tuple[str, ...] = ""
    advocacy: str | tuple[str, ...] = ""
    exchange: str | tuple[str, ...] = ""


@dataclass(frozen=True)
class Outcome:
    """What entering a register should bring about: the question, and the codes that say it is so.

    `date`: the question for the day; `evidence`: the one for a public link.
    """

    question: str = ""
    reached: tuple[str, ...] = ("yes",)
    date: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Register:
    """A log of events: the questions for state and day, and which state may follow which.

    A move is written `from>to`; `*` is any state, and a state entered from any ends the entry.
    A first event may only be in a state that no move leads to. `counted`: the states that count.
    """

    state: str = ""
    date: str = ""
    moves: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    goals: tuple[int, ...] = ()
    until: Day | None = None
    outcome: Outcome = Outcome()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The moves as pairs of states."""
        parts = (move.partition(">") for move in self.moves)
        return tuple((before.strip(), after.strip()) for before, _, after in parts)

    @property
    def steps(self) -> tuple[str, ...]:
        """The states on the way, in the order of the moves; ends are left out."""
        named = (state for pair in self.pairs if "*" not in pair for state in pair)
        return tuple(state for state in dict.fromkeys(named) if state not in self.ends)

    @property
    def ends(self) -> tuple[str, ...]:
        """The states that any other may move to."""
        return tuple(after for before, after in self.pairs if before == "*")

    @property
    def first(self) -> tuple[str, ...]:
        """The states in which an entry may begin."""
        reached = {after for _, after in self.pairs}
        return tuple(state for state in self.steps if state not in reached)

    def allows(self, before: str, after: str) -> bool:
        """Whether a move is declared; `before` is '' for a first event."""
        if not before:
            return after in self.first or not self.first
        return (before, after) in self.pairs or ("*", after) in self.pairs


@dataclass(frozen=True)
class Action:
    """The questions of a log of actions: each event that stands is one action.

    `held`: codes of `status` that say it took place; `attending`: who took part, units of the
    frame; `evidence`: the link to the result.
    """

    title: str = ""
    line: str = ""
    date: str = ""
    status: str = ""
    held: tuple[str, ...] = ()
    attending: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Coding:
    """The questions of a repeat whose rows mark passages of open answers: row, place, code, coder.

    `field` names the question that is coded, `row` the position in its repeat. `leading`: questions
    whose wording suggests the answer; their codes are themes, never opinions.
    """

    field: str = ""
    row: str = ""
    start: str = ""
    end: str = ""
    code: str = ""
    coder: str = ""
    leading: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quote:
    """The question that says how sentences may be quoted; `unnamed`: without name and office.

    `office` and `language`: the questions for the office of who speaks, and the language.
    """

    question: str = ""
    named: tuple[str, ...] = ("named",)
    unnamed: tuple[str, ...] = ()
    office: str = ""
    language: str = ""


@dataclass(frozen=True)
class Peers:
    """Who can teach whom: the questions for what is offered and what is sought, by domain.

    `alike`: questions whose shared answers bring two governments nearer. `most`: how often one
    government is named to others.
    """

    offer: str = ""
    learn: str = ""
    alike: tuple[str, ...] = ()
    most: int = 3


@dataclass(frozen=True)
class CleaningLog:
    """How a cleaning log is read whose headers or old values are not ours."""

    old_value: Literal["required", "optional"] = "required"
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Survey:
    """A survey folder, read: declarations, the questionnaire of each wave, the frame."""

    name: str
    folder: Path
    title: Mapping[str, str]
    unit_kind: Literal["person", "institution"] = "person"
    record: Literal["answer", "event"] = "answer"
    languages: tuple[str, ...] = ()  # of the pages: those of the form that relevo writes
    locales: Mapping[str, str] = field(default_factory=lambda: LOCALES)
    demonstration: bool = False
    contact: str = ""
    licence: str = "CC-BY-4.0"
    sponsor: str = ""
    joins: tuple[str, ...] = ()
    # a question here -> `survey.question` of a joined one that asks for the same fact
    same_fact: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    # `survey.question` of joined ones: free texts that name a right no chapter of the charter has
    new_rights: tuple[str, ...] = ()
    key: Key = Key()
    frame_files: FrameFiles = FrameFiles()  # [frame]
    waves: tuple[Wave, ...] = (Wave(),)  # [[wave]], oldest first
    design: Design = Design()
    groups: Groups = Groups()
    disclosure: Disclosure = Disclosure()
    quality: Quality = Quality()
    briefs: Briefs = Briefs()
    cleaning_log: CleaningLog = CleaningLog()
    register: Register = Register()
    action: Action = Action()
    coding: Coding = Coding()
    quote: Quote = Quote()
    peers: Peers = Peers()
    questionnaires: Mapping[str, Questionnaire] = field(default_factory=dict)  # by wave id
    frame: Frame | None = None
    columns: tuple[ColumnLine, ...] = ()  # columns.csv
    renames: tuple[Rename, ...] = ()  # renames.csv
    released: tuple[Released, ...] = ()  # released_texts.csv

    @property
    def is_register(self) -> bool:
        """Whether answers are events of units that pass through states."""
        return self.record == "event" and bool(self.register.state)

    @property
    def questionnaire(self) -> Questionnaire:
        """The newest wave's questionnaire."""
        return self.questionnaires[self.waves[-1].id]
