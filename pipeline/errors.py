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
    no_room = (
        Exit.ENVIRONMENT,
        "this machine could not go on ({found})",
        "Look at disk, memory and permissions with relevo doctor, then run again.",
    )
    unexpected = (
        Exit.ENVIRONMENT,
        "something happened that relevo does not know ({found})",
        "Run again with --debug and send what it prints; the current release has not moved.",
    )
    unknown_code = (
        Exit.USAGE,
        "no message has the code '{found}'",
        "Copy the code from the start of a message, or from the reason column of a ledger.",
    )
    survey_exists = (
        Exit.USAGE,
        "a survey '{found}' is already there",
        "Choose another name, or work in its folder in schemas/.",
    )
    ledger_does_not_add_up = (
        Exit.HELD_BACK,
        "{expected} records were read, but {found} have a verdict",
        "This is a fault of relevo: nothing was published. Please report it.",
    )
    far_fewer_responses = (
        Exit.HELD_BACK,
        "only {found} responses stand, the current release has {expected}",
        "If that is right, run again with --allow-fewer; the current release has not moved.",
    )
    too_much_quarantined = (
        Exit.HELD_BACK,
        "{found} of the records are quarantined, more than {expected}",
        "Settle them in the cleaning log, or raise stop_quarantined_share in survey.toml.",
    )
    brief_failed = (
        Exit.BRIEF,
        "this brief could not be made ({reason})",
        "The others are made and the current release has not moved; mend the cause, run again.",
    )

    # --- ask: questionnaire and declarations -----------------------------------------------------
    questionnaire_missing = (
        Exit.QUESTIONNAIRE,
        "there is no questionnaire",
        "Put the XLSForm workbook there as {expected}.",
    )

    questionnaire_unreadable = (
        Exit.QUESTIONNAIRE,
        "the workbook cannot be opened",
        "Save it again as an .xlsx workbook without a password.",
    )
    no_survey_sheet = (
        Exit.QUESTIONNAIRE,
        "the workbook has no sheet 'survey'; it holds: {found}",
        "An XLSForm has the sheets survey, choices and settings.",
    )
    column_missing = (
        Exit.QUESTIONNAIRE,
        "the column '{expected}' is missing",
        "Add it, with this header in the first row.",
    )
    duplicate_header = (
        Effect.WARNING,
        "two columns are headed '{found}'; the first one is read",
        "Rename or remove one of them.",
    )
    unknown_type = (
        Effect.WARNING,
        "the type '{found}' is not known; the question is read as text",
        "Use a type of the XLSForm standard.",
    )
    name_missing = (
        Exit.QUESTIONNAIRE,
        "a question of type '{found}' has no name; it is left out",
        "Write a name in the column 'name'.",
    )
    path_twice = (
        Exit.QUESTIONNAIRE,
        "'{found}' stands twice, in rows {first} and {second}",
        "Rename one of the two: an export cannot tell them apart.",
    )
    name_twice = (
        Effect.WARNING,
        "the name '{found}' is used in several groups; its columns are called by their full path",
        "Give each question a name of its own.",
    )
    repeat_name_twice = (
        Exit.QUESTIONNAIRE,
        "two repeats are called '{found}'",
        "Rename one of the two: an export cannot tell them apart.",
    )
    group_unbalanced = (
        Exit.QUESTIONNAIRE,
        "a group or repeat is {found}",
        "Each begin needs its end, of the same kind.",
    )
    unknown_list = (
        Exit.QUESTIONNAIRE,
        "the list '{found}' is not in the sheet choices{nearest}",
        "Add the list, or correct the type of the question.",
    )
    duplicate_choice = (
        Effect.WARNING,
        "the choice '{found}' stands twice in the list '{list}'",
        "Rename one, unless a choice_filter tells them apart.",
    )
    blank_in_choice = (
        Effect.WARNING,
        "the choice name '{found}' holds a blank",
        "Use an underscore: answers to a select_multiple are joined by blanks.",
    )
    unknown_mark = (
        Exit.QUESTIONNAIRE,
        "'{found}' is not possible in the column '{column}'",
        "Write {expected}.",
    )
    unread_required = (
        Effect.WARNING,
        "'{found}' in the column 'required' is neither yes nor no; the question counts as optional",
        "Write yes, no, or an expression.",
    )
    unknown_key = (
        Exit.QUESTIONNAIRE,
        "the key '{found}' is not known{nearest}",
        "Correct or remove it; the README lists the keys.",
    )
    wrong_kind = (
        Exit.QUESTIONNAIRE,
        "'{found}' must be {expected}",
        "Correct the value.",
    )
    unreadable_declaration = (
        Exit.QUESTIONNAIRE,
        "the file cannot be read ({found})",
        "Correct it with a text editor and save it as UTF-8.",
    )
    not_available_yet = (
        Exit.QUESTIONNAIRE,
        "'{found}' is not available yet",
        "Remove it; a later version of relevo will read it.",
    )
    unknown_question = (
        Exit.QUESTIONNAIRE,
        "'{place}' names '{found}', which is no question of the form{nearest}",
        "Correct the name, or add the question to the form.",
    )
    wave_twice = (
        Exit.QUESTIONNAIRE,
        "two waves are called '{found}'",
        "Give each [[wave]] an id of its own.",
    )
    frame_file_missing = (
        Exit.QUESTIONNAIRE,
        "there is no such file, though [frame] names it",
        "Put it there, or correct the path (it starts at the survey folder).",
    )
    frame_column_missing = (
        Exit.QUESTIONNAIRE,
        "the column '{expected}' is missing{nearest}",
        "Add the column, or correct what survey.toml says of it.",
    )
    frame_value = (
        Exit.QUESTIONNAIRE,
        "the column '{column}' holds something else than {expected}",
        "Correct the cell.",
    )
    unit_twice = (
        Exit.QUESTIONNAIRE,
        "the unit '{found}' stands twice",
        "Keep one row per unit.",
    )
    member_not_in_frame = (
        Exit.QUESTIONNAIRE,
        "the unit '{found}' is not in the frame",
        "Add it to the frame, or remove the row.",
    )
    frame_mixed = (
        Exit.QUESTIONNAIRE,
        "the frame mixes invented units (-x-) with real ones ({invented} and {real})",
        "Keep demonstration units and real ones in different frames.",
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

    # --- report ----------------------------------------------------------------------------------
    no_release = (
        Exit.USAGE,
        "survey '{survey}' has no release '{release}'; surveys with a release: {expected}",
        "Run 'relevo run {survey}' first, or name a release that is there.",
    )
    unknown_parameter = (
        Exit.USAGE,
        "{parameter} '{found}' is not known; near it: {expected}",
        "Give the notebook a value that the release holds.",
    )
    text_missing = (
        Exit.BRIEF,
        "there is no text '{found}' in {language}",
        "Add it to pipeline/texts/{language}.toml, and to the files of the other languages.",
    )


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
