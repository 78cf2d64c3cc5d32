"""Every problem a person can be told, one Enum; and the exception that carries them.

A template names places, codes and counts, never a respondent's value: messages reach logs and CI.
The code of a problem is its member's name; it is never renamed, texts may improve.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, IntEnum, unique


class Exit(IntEnum):
    """What the exit code of the command means."""

    DONE = 0
    USAGE = 2
    QUESTIONNAIRE = 10
    FILE = 11
    CLEANING_LOG = 12
    ESTIMATE = 13
    BRIEF = 14
    HELD_BACK = 15
    ENVIRONMENT = 20


class Effect(Enum):
    """What a problem found inside the data does; problems with an Exit stop the run instead."""

    RECORD = "record"  # reason of a ledger line
    ERROR = "error"  # the cell is set aside
    WARNING = "warning"  # the answer stands and is shown
    RESULT = "result"  # reason of a result that is hidden, missing or qualified


@unique
class Problem(Enum):
    """Code; effect, what was found, what to do next (the last two are templates).

    An Exit stops the run; an Effect is for problems found inside the data.
    """

    def __init__(self, effect: Exit | Effect, what: str, remedy: str) -> None:
        self.effect = effect
        self.what = what
        self.remedy = remedy

    # --- cli and store: use and environment ------------------------------------------------------
    unknown_survey = (
        Exit.USAGE,
        "no survey is called '{found}'; schemas/ holds: {expected}",
        "Name one of these, or give the path of a folder with questionnaire.xlsx.",
    )
    another_run = (
        Exit.ENVIRONMENT,
        "another run is working in this folder (process {process})",
        "Wait for it to end, or stop it, then run again.",
    )

    # --- ask: questionnaire and declarations -----------------------------------------------------
    questionnaire_missing = (
        Exit.QUESTIONNAIRE,
        "there is no questionnaire",
        "Put the XLSForm workbook there as {expected}.",
    )

    # --- collect: files, and why a record is unreadable or no submission -------------------------
    no_raw_files = (
        Exit.FILE,
        "no export was found for wave {wave}",
        "Put the survey tool's export (.xlsx or .csv) there, or name another folder with --raw.",
    )

    # --- edit: the cleaning log, reasons of ledger lines, violations of cells --------------------
    stands = (Effect.RECORD, "the submission stands", "Nothing to do.")
    consent_refused = (
        Effect.RECORD,
        "consent was refused: government, wave and date are kept, nothing else",
        "Nothing to do.",
    )

    # --- estimate --------------------------------------------------------------------------------
    more_answers_than_members = (
        Exit.ESTIMATE,
        "more answers than members in: {strata}",
        "Check the membership at the wave's date and [key] one_per_unit.",
    )
    lonely_stratum = (
        Exit.ESTIMATE,
        "a single answer of several members says nothing about its stratum: {strata}",
        "Declare fewer [design] strata, or another rule in [design] lonely: average, adjust, remove.",
    )
    column_not_in_frame = (
        Exit.ESTIMATE,
        "'{column}' is neither a column of the frame nor a question; the frame has: {expected}",
        "Correct [design] strata or [groups] by in survey.toml, or add the column to the frame.",
    )
    stratum_not_in_frame = (
        Exit.ESTIMATE,
        "{answers} answers belong to no stratum of the frame",
        "Add the stratum to the frame with its N, or correct the answers in cleaning_log.csv.",
    )
    small_base = (
        Effect.RESULT,
        "fewer answers than the smallest number that may be shown",
        "Nothing to do; more answers make it visible.",
    )
    small_cell = (
        Effect.RESULT,
        "a count, or what is left of its base, is smaller than may be shown",
        "Nothing to do.",
    )
    would_be_subtracted = (
        Effect.RESULT,
        "hidden because a small count beside it could be found by subtraction",
        "Nothing to do.",
    )
    weights_would_tell = (
        Effect.RESULT,
        "hidden because the known weights would give away who answered what",
        "Nothing to do; the count beside it may be shown.",
    )
    no_answer = (
        Effect.RESULT,
        "nobody gave an answer, so there is no estimate",
        "Nothing to do.",
    )
    no_population = (
        Effect.RESULT,
        "the number of members is not known",
        "Declare [frame] in survey.toml to get response rates.",
    )
    self_selected = (
        Effect.RESULT,
        "whoever wanted to answer did: a count, without margin of error",
        "Nothing to do.",
    )
    population_not_covered = (
        Effect.RESULT,
        "part of the members has no answer near it and is left out of the population",
        "Read the population beside the estimate, not the number of all members.",
    )
    lonely_strata = (
        Effect.RESULT,
        "strata with a single answer were given the rule declared for them",
        "Nothing to do; the margin of error is approximate.",
    )

    # --- report ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One problem at one place. Row, record and line numbers start at 1."""

    problem: Problem
    file: str = ""
    sheet: str = ""
    row: int | None = None
    question: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Where: what. What to do next."""
        row = f"row {self.row}" if self.row is not None else ""
        where = ", ".join(part for part in (self.file, self.sheet, row, self.question) if part)
        what = self.problem.what.format(**self.values)
        remedy = self.problem.remedy.format(**self.values)
        return f"{where}: {what}. {remedy}" if where else f"{what}. {remedy}"


class RelevoError(Exception):
    """One or more findings that stop the run; `exit` is the command's exit code."""

    def __init__(self, findings: Finding | Iterable[Finding]) -> None:
        self.findings = (findings,) if isinstance(findings, Finding) else tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    @property
    def exit(self) -> Exit:
        """The exit code of the first finding; a room raises one family at a time."""
        effect = self.findings[0].problem.effect
        assert isinstance(effect, Exit)
        return effect
