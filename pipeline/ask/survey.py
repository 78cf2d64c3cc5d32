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
from pipeline.ask.renames import Rename

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
    """Where the population is listed; scope `none` where it is not."""

    file: str = ""
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
    key: Key = Key()
    frame_files: FrameFiles = FrameFiles()  # [frame]
    waves: tuple[Wave, ...] = (Wave(),)  # [[wave]], oldest first
    design: Design = Design()
    groups: Groups = Groups()
    disclosure: Disclosure = Disclosure()
    quality: Quality = Quality()
    briefs: Briefs = Briefs()
    cleaning_log: CleaningLog = CleaningLog()
    questionnaires: Mapping[str, Questionnaire] = field(default_factory=dict)  # by wave id
    frame: Frame | None = None
    columns: tuple[ColumnLine, ...] = ()  # columns.csv
    renames: tuple[Rename, ...] = ()  # renames.csv

    @property
    def questionnaire(self) -> Questionnaire:
        """The newest wave's questionnaire."""
        return self.questionnaires[self.waves[-1].id]
