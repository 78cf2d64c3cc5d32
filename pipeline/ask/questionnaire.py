"""The questionnaire as frozen data: questions, choices, groups and repeats, as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from pipeline.errors import Finding

Labels = Mapping[str, str]  # language code -> text; a missing language has no key


def _nothing() -> Labels:
    return MappingProxyType({})


# Types that hold no answer of a respondent and never enter a table of answers.
STRUCTURE = frozenset({"note", "audit", "csv-external", "xml-external"})
# Metadata that the survey tool fills in by itself; never judged, never tabulated.
METADATA = frozenset(
    {
        "audit", "background-audio", "background-geopoint", "deviceid", "email", "end", "hidden",
        "phonenumber", "simserial", "start", "start-geopoint", "subscriberid", "today", "username",
    }
)  # fmt: skip
# Fixed columns of the tables that have one column per question: no question may be called so.
RESERVED = frozenset(
    {
        "content_sha256", "deprecated_id", "ended_at", "form_version", "is_named",
        "parent_record_id", "parent_row_id", "position", "record_id", "response_id",
        "review_state", "revision", "root_id", "row_id", "started_at", "submission_id",
        "submitted_at", "submitted_on", "unit_id", "wave",
    }
)  # fmt: skip
SELECTS = frozenset({"select_one", "select_multiple", "rank"})


@dataclass(frozen=True)
class Choice:
    """One choice of a list; `extra` holds the columns a choice_filter may name."""

    list_name: str
    name: str
    labels: Labels = field(default_factory=_nothing)
    score: float | None = None
    missing_kind: str = ""  # dont_know, refused, not_applicable
    extra: Labels = field(default_factory=_nothing)
    label_status: str = ""  # draft: nobody has reviewed the translation
    row: int = 0  # of the sheet, or line of a text; 0 for what or_other adds


@dataclass(frozen=True)
class Group:
    """A group or repeat: `path` names it uniquely, `relevant` is its own condition."""

    name: str
    path: str
    relevant: str = ""
    labels: Labels = field(default_factory=_nothing)
    is_repeat: bool = False
    repeat_count: str = ""
    parent: str = ""  # path of the enclosing group
    row: int = 0


@dataclass(frozen=True)
class Question:
    """One row of the survey sheet that a respondent or the tool fills in (or a note).

    `column` is its name in every table: the question's name, or its path where two names would be
    equal without regard to case; a question named like one of our own columns (RESERVED) starts
    with a slash. `repeat` is the name of the innermost repeat, or ''.
    """

    name: str
    path: str
    column: str
    type: str  # canonical: select_one, select_multiple, integer, decimal, text, date, note, ...
    list_name: str = ""
    choices_file: str = ""  # select_*_from_file; list_name is equal where the file was read
    labels: Labels = field(default_factory=_nothing)
    short: Labels = field(default_factory=_nothing)
    hints: Labels = field(default_factory=_nothing)
    relevant: str = ""
    constraint: str = ""
    constraint_message: Labels = field(default_factory=_nothing)
    warning: str = ""  # like a constraint; an answer that breaks it stands and is asked about
    warning_message: Labels = field(default_factory=_nothing)
    required: str = ""  # '', 'yes' or an expression
    calculation: str = ""
    choice_filter: str = ""
    group: str = ""  # path of the enclosing group or repeat
    repeat: str = ""
    section: str = ""
    domain: str = ""
    score: str = ""
    weight: float = 1.0
    skip_excludes: str = ""
    pii: str = ""  # direct, indirect
    disclosure: str = ""  # public, network, confidential; '' where the form says nothing
    spo: str = ""
    charter: str = ""
    gcm: str = ""
    sdg: str = ""
    joins: str = ""
    label_status: str = ""  # draft: nobody has reviewed the translation
    notes: Labels = field(default_factory=_nothing)  # the form's other columns, as headed there
    raw_name: str = ""  # the name as written, outer blanks kept: some exports repeat them
    row: int = 0

    @property
    def is_answer(self) -> bool:
        """Whether respondents give an answer here: neither a note nor the tool's own metadata."""
        return self.type not in STRUCTURE and self.type not in METADATA and self.type != "calculate"


@dataclass(frozen=True)
class Questionnaire:
    """One version of the form."""

    file: str
    title: str
    form_id: str
    version: str
    languages: tuple[str, ...]  # codes, default first; ('',) for a form without languages
    questions: tuple[Question, ...]
    choices: Mapping[str, tuple[Choice, ...]]
    groups: tuple[Group, ...] = ()
    findings: tuple[Finding, ...] = field(
        default=()
    )  # told by `relevo check`; none stops the reading
    # The units of the frame: what answers to the key question name. `extra` says where each lies.
    units: tuple[Choice, ...] = ()

    @cached_property
    def by_column(self) -> Mapping[str, Question]:
        """Questions by their column name."""
        return {question.column: question for question in self.questions}

    @cached_property
    def repeats(self) -> tuple[Group, ...]:
        """The repeats, in form order."""
        return tuple(group for group in self.groups if group.is_repeat)

    def answers(self, repeat: str = "") -> tuple[Question, ...]:
        """Questions with an answer, of the main form ('') or of one repeat, in form order."""
        return tuple(q for q in self.questions if q.is_answer and q.repeat == repeat)

    def choices_of(self, question: Question) -> tuple[Choice, ...]:
        """The choices of a question; empty where its list lies in a file that was not read."""
        return self.choices.get(question.list_name, ())
