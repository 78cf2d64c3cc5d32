"""Every problem a person can be told, one Enum; and the exception that carries them.

A template names places, codes and counts, never a respondent's value: messages reach logs and CI.
The code of a problem is its member's name; it is never renamed, texts may improve.
"""

from __future__ import annotations

import difflib
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
        "no message has the code '{found}'; near it: {expected}",
        "Copy the code from the start of a message; relevo explain alone lists them all.",
    )
    unknown_record = (
        Exit.USAGE,
        "the current release of '{survey}' has no record '{found}'",
        "Give a record_id of the ledger, a submission's identifier, or FILE:RECORD_NUMBER.",
    )
    unknown_submission = (
        Exit.USAGE,
        "no export of '{survey}' and no release of it has a submission with this identifier",
        "Take submission_id from ledger.csv; identifiers are personal, so none is guessed.",
    )
    submission_in_several_waves = (
        Exit.USAGE,
        "this number is that of submissions in several waves: {found}",
        "Write the wave before it, as in {wave}/id:5.",
    )
    not_erasable = (
        Exit.FILE,
        "this file holds the submission and cannot be written without it ({found}); nothing was "
        "changed",
        "Delete the submission in the survey tool, put a new export in the place of this file, "
        "and run relevo erase again.",
    )
    erased_before = (
        Effect.WARNING,
        "this submission was erased before, and no export holds it",
        "Nothing to do: the release is made anew where it was not yet, and older ones removed.",
    )
    not_recognisable = (
        Effect.WARNING,
        "another submission says exactly the same and neither has an identifier: an old export "
        "that holds both would bring it back",
        "Delete older exports of this file, wherever they are kept.",
    )
    erasure_unfinished = (
        Effect.WARNING,
        "the exports no longer hold the submission, but the releases still do",
        "Mend what is said above, then run relevo erase again with the same identifier.",
    )
    copies_elsewhere = (
        Effect.WARNING,
        "copies out of reach: the survey tool, backups, the history of version control, "
        "notebooks, and files that were exported, mailed or published",
        "Delete them there, and tell those who received copies.",
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
        "Put the XLSForm there as {expected}, or as .xls, .md or .csv.",
    )
    questionnaire_twice = (
        Exit.QUESTIONNAIRE,
        "there are several questionnaires: {found}",
        "Keep one, or name the right one in survey.toml under [[wave]] questionnaire.",
    )
    questionnaire_unreadable = (
        Exit.QUESTIONNAIRE,
        "the form cannot be read: {reason}",
        "Save it again as an .xlsx workbook without a password, or as Markdown or CSV in UTF-8.",
    )
    form_formula = (
        Exit.QUESTIONNAIRE,
        "{count} formulas were saved without their values, the first in cell {cell}; "
        "these cells are read as blank",
        "Open the form in a spreadsheet program, save it, and put the saved file here.",
    )
    form_row_too_long = (
        Effect.WARNING,
        "the row has more cells than the header; the last ones are not read",
        "Write a bar inside a cell as \\| and a text with commas in quotes, or add the header.",
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
        "the columns '{first}' and '{found}' mean the same; the first one is read",
        "Rename or remove one of them.",
    )
    unknown_type = (
        Effect.WARNING,
        "the type '{found}' is not known; the question is read as text",
        "Use a type of the XLSForm standard.",
    )
    kobo_group = (
        Effect.WARNING,
        "'{found}' exists only in KoboToolbox; it is read as the questions KoboToolbox makes of it",
        "Nothing to do; compare the names of the questions with those of an export.",
    )
    choices_file_unread = (
        Effect.WARNING,
        "the choices are in '{found}', which is no readable CSV file beside the form; answers are "
        "not held against its codes",
        "Put the file there, in UTF-8 with the columns name and label.",
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
        "in the list '{list}' {count} choices stand twice, first '{found}'",
        "Rename one, unless a choice_filter tells them apart.",
    )
    blank_in_choice = (
        Effect.WARNING,
        "in the list '{list}' {count} names of choices hold a blank, first '{found}'",
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
    unreadable_rule = (
        Exit.QUESTIONNAIRE,
        "the column '{column}' cannot be read: {reason}; this rule is not applied",
        "Correct the expression.",
    )
    unknown_reference = (
        Exit.QUESTIONNAIRE,
        "the column '{column}' names '{found}', which is no question{nearest}; "
        "this rule is not applied",
        "Correct the name, or add the question.",
    )
    unknown_function = (
        Exit.QUESTIONNAIRE,
        "the column '{column}' uses {found}, which no form client knows{nearest}; "
        "this rule is not applied",
        "Correct the name of the function.",
    )
    not_evaluated = (
        Effect.WARNING,
        "the column '{column}' uses {found}, which relevo does not evaluate; "
        "this rule is not applied",
        "Write the rule with another function, or accept that the answers are not held against it.",
    )
    reference_into_repeat = (
        Effect.WARNING,
        "the column '{column}' names '{found}', which is asked several times, in a repeat; "
        "this rule is not applied",
        "Refer to a question outside the repeat, or accept that this rule is not checked.",
    )
    circular_rules = (
        Exit.QUESTIONNAIRE,
        "the rules go in a circle: {found}",
        "Change the relevance or calculation of one of them: none could be asked first.",
    )
    unknown_code_in_rule = (
        Exit.QUESTIONNAIRE,
        "the column '{column}' compares '{question}' with '{found}', which is none of its "
        "choices{nearest}",
        "Correct the code, or add it to the list '{list}'.",
    )
    kind_mismatch = (
        Exit.QUESTIONNAIRE,
        "the column '{column}' {reason}",
        "Correct the expression: this part comes out the same whatever is answered.",
    )
    never_asked = (
        Exit.QUESTIONNAIRE,
        "its condition can never hold, so it is never asked",
        "Correct the condition; see what is said above of its codes and kinds.",
    )
    loose_pattern = (
        Effect.WARNING,
        "the column '{column}' has a pattern that is not tied to both ends of the answer; it is "
        "read as the whole answer, while some form clients look for it anywhere",
        "Write ^ before and $ after the pattern.",
    )
    translation_missing = (
        Effect.WARNING,
        "{what} without a text in '{language}' ({count}): {found}; instead stands {instead}",
        "Translate them.",
    )
    score_missing = (
        Exit.QUESTIONNAIRE,
        "the scored question has choices with neither score nor missing_kind: {found}",
        "Give each choice of the list '{list}' points, or say which kind of missing it is.",
    )
    score_unread = (
        Exit.QUESTIONNAIRE,
        "the column 'score' cannot be read: {found}; this question is not scored",
        "Write {expected}.",
    )
    declared_code_unknown = (
        Exit.QUESTIONNAIRE,
        "'{place}' names the code '{found}', which is no choice of '{question}'{nearest}",
        "Correct the code.",
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
    joined_survey_unknown = (
        Exit.QUESTIONNAIRE,
        "'joins' names '{found}', which is no survey beside this one{nearest}",
        "Correct the name: it is that of a folder in the same place.",
    )
    joins_in_a_circle = (
        Exit.QUESTIONNAIRE,
        "the surveys join each other in a circle: {found}",
        "Take one of them out of 'joins': neither could be built first.",
    )
    unknown_question = (
        Exit.QUESTIONNAIRE,
        "'{place}' names '{found}', which is no question of the form{nearest}",
        "Correct the name, or add the question to the form.",
    )
    column_mapped_twice = (
        Exit.QUESTIONNAIRE,
        "the column '{found}', or one of its values, is said to be '{first}' and '{second}'",
        "Keep one of the lines, or tell them apart by wave or file.",
    )
    wave_twice = (
        Exit.QUESTIONNAIRE,
        "two waves are called '{found}'",
        "Give each [[wave]] an id of its own.",
    )
    unknown_wave = (
        Exit.QUESTIONNAIRE,
        "'{found}' is no wave of survey.toml{nearest}",
        "Correct the id, or leave it empty: then the row counts in every wave.",
    )
    rename_twice = (
        Exit.QUESTIONNAIRE,
        "'{found}' is given two new names",
        "Keep one of the rows.",
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
    unknown_tool = (
        Exit.USAGE,
        "no reader is called '{found}'",
        "Use one of these, or leave --tool out: {expected}.",
    )
    archive_unreadable = (
        Exit.FILE,
        "the zip is damaged, protected by a password, or holds names of files outside it",
        "Export it again without a password.",
    )
    archive_limits = (
        Exit.FILE,
        "the zip exceeds what is read: {found}, at most {expected}",
        "Export it again; if it is that large, put its tables here as files.",
    )
    file_kind = (
        Exit.FILE,
        "files of the kind {found} are not readable yet",
        "Export it as .xlsx or .csv, or move it out of the raw folder.",
    )
    file_not_permitted = (
        Exit.FILE,
        "this may not be read: permission is missing",
        "Give yourself permission to read it, or move it out of the raw folder.",
    )
    file_is_web_page = (
        Exit.FILE,
        "the file is a web page or another text with tags, whatever its name says",
        "Export it again as .xlsx or .csv; or open it in a spreadsheet program and save it so.",
    )
    empty_file = (
        Exit.FILE,
        "the file is empty",
        "Export it again; the download was probably interrupted.",
    )
    file_binary = (
        Exit.FILE,
        "the file holds NUL bytes where text should be",
        "Export it again as .xlsx or .csv.",
    )
    file_encoding = (
        Exit.FILE,
        "the bytes are neither UTF-8 nor UTF-16, and as Windows-1252 they make no words",
        "Export it again as UTF-8.",
    )
    file_quotes = (
        Exit.FILE,
        "a quote is opened or closed wrongly in the record that begins in this line",
        "Export it again; a file edited by hand often loses quotes.",
    )
    records_lost = (
        Exit.FILE,
        "{expected} records were counted in the file, {found} came out of it",
        "This is a fault of relevo: nothing was published. Please report it.",
    )
    no_question_in_header = (
        Exit.FILE,
        "no header names a question of {questionnaire}: it is no export of this questionnaire",
        "Check the file, or export it again with names (XML values) as headers.",
    )
    column_twice = (
        Exit.FILE,
        "columns {first} and {second} both mean this question and differ, first in line {line}",
        "Delete or rename the column that is not meant, or export again.",
    )
    label_shared = (
        Exit.FILE,
        "columns {columns} have one label, which may mean each of: {found}",
        "Export it again with names (XML values) as headers; order and answers do not tell which.",
    )
    workbook_unreadable = (
        Exit.FILE,
        "the workbook is damaged, or is no workbook",
        "Open it in a spreadsheet program, save it as .xlsx, or export it again.",
    )
    workbook_protected = (
        Exit.FILE,
        "the workbook is protected by a password",
        "Save it without a password.",
    )
    workbook_limits = (
        Exit.FILE,
        "the workbook exceeds what is read: {found}, at most {expected}",
        "Export it again; a stray cell far from the data is a frequent cause.",
    )
    formula_without_value = (
        Exit.FILE,
        "{count} formulas were saved without their values, the first in cell {cell}",
        "Open it in a spreadsheet program, save it, and put the saved file here.",
    )
    data_file_unreadable = (
        Exit.FILE,
        "the SPSS, Stata or Parquet file is damaged, or of a version that is not read",
        "Open it in the program that wrote it and save it again, or export it as CSV.",
    )
    data_file_limits = (
        Exit.FILE,
        "the SPSS, Stata or Parquet file needs more memory or time than one file may",
        "Keep only the variables that are needed, or split it into several files.",
    )
    ragged_record = (
        Effect.RECORD,
        "the record has more or fewer cells than the header",
        "Export the file again, or mend the line in the survey tool.",
    )
    undecodable_byte = (
        Effect.RECORD,
        "the record holds a byte that is no text in the file's encoding",
        "Export the file again as UTF-8.",
    )
    cut_record = (
        Effect.RECORD,
        "the file ends inside this record",
        "Export the file again: what follows is missing.",
    )
    orphan_repeat_row = (
        Effect.RECORD,
        "the row of a repeat belongs to no submission of the file",
        "Export the file again with all its sheets.",
    )
    erased = (
        Effect.RECORD,
        "erased at the person's request",
        "Nothing to do; an old export holds the record, and nothing of it is kept.",
    )
    footer_line = (Effect.RECORD, "a footer or a line of separators", "Nothing to do.")
    preamble_line = (Effect.RECORD, "a title above the header", "Nothing to do.")
    second_header_row = (Effect.RECORD, "a second header row", "Nothing to do.")
    test_row = (Effect.RECORD, "a test entry", "Nothing to do; delete it in the survey tool.")
    no_records = (
        Effect.WARNING,
        "the file has a header and no records",
        "Export it again if answers were expected.",
    )
    unknown_headers = (
        Effect.WARNING,
        "{count} columns are no questions of the form: {found}",
        "Nothing to do; their values stay in the file and go nowhere else.",
    )
    header_repaired = (
        Effect.WARNING,
        "a header was matched without regard to case, blanks and width",
        "Nothing to do; the header is listed as it was written.",
    )
    extra_cell = (
        Effect.WARNING,
        "a cell stands under no header; it is not read, the rest of the record is",
        "Look into the survey tool: an answer to a removed choice is a frequent cause.",
    )
    hidden_sheet = (
        Effect.WARNING,
        "a hidden sheet was read like any other",
        "Look at the sheet: show it in the spreadsheet program.",
    )
    merged_header = (
        Effect.WARNING,
        "cells of the header are merged: the text heads the first column, the others have none",
        "Nothing to do if the other columns hold no answers.",
    )
    error_cell = (
        Effect.WARNING,
        "cells hold an error of the spreadsheet program, such as #N/A; it is read as that text",
        "Ask for the answers, or export again from the survey tool.",
    )
    cut_cell = (
        Effect.WARNING,
        "texts are as long as a cell of a workbook can be: their end may be missing",
        "Export as CSV to get the whole texts.",
    )
    days_from_1904 = (
        Effect.WARNING,
        "the workbook counts days from 1904, and its dates are read so",
        "Nothing to do; look at a few dates if they were typed as numbers.",
    )
    not_decrypted = (
        Effect.RECORD,
        "the server could not decrypt the submission: it holds no answers",
        "Export the file again with the passphrase of the form's key.",
    )
    value_mapped = (
        Effect.WARNING,
        "answers to selects were no codes of the form; labels and other spellings were mapped",
        "Nothing to do; the note counts them by question.",
    )
    other_text_moved = (
        Effect.WARNING,
        "answers that are no choice were read as the choice 'other', their text as its answer",
        "Look whether a choice of the form was renamed; the note counts them by question.",
    )
    date_order_read = (
        Effect.WARNING,
        "day and month were told apart by dates of the file with a number over 12",
        "Nothing to do; the note names the order.",
    )
    date_order_assumed = (
        Effect.WARNING,
        "no date of the file tells day from month: the order usual in its language was taken",
        "Look at the dates of the submissions; export as CSV from the form to be certain.",
    )
    moment_unread = (
        Effect.WARNING,
        "the moment of a submission could be two days, or is none: it has no date",
        "Export as CSV from the form, which writes the year first.",
    )
    other_text_not_kept = (
        Effect.WARNING,
        "texts beside the choice 'other' have no question in the form; they are not read",
        "Nothing to do; to keep them, give the form a text question of that name with _other.",
    )
    value_blanked = (
        Effect.WARNING,
        "a value that the file or columns.csv declares missing, and the form has no code for, is "
        "read as blank",
        "Nothing to do; the note names column, value and number of cells.",
    )
    unknown_header = (
        Effect.WARNING,
        "a column is no question of the form; its values are not read",
        "Add a line to columns.csv, with the question or with none if it is not needed.",
    )
    unknown_value = (
        Effect.WARNING,
        "a value is no choice of its question",
        "Add a line to columns.csv with source_value and code.",
    )
    column_suggested = (
        Effect.WARNING,
        "a column that is no question of the form looks like one; it is not read as it",
        "If it is meant, add a line to columns.csv: the column, then the question.",
    )
    attachments_not_read = (
        Effect.WARNING,
        "files in the zip are no tables (pictures, recordings); they are not read",
        "Nothing to do.",
    )
    text_cut = (
        Effect.WARNING,
        "the export cut the text: a cell of a workbook holds 32,767 characters",
        "Export the file as CSV, which holds the whole text.",
    )
    missing_word = (
        Effect.WARNING,
        "a word stands for empty cells in the whole file, and was read so",
        "Nothing to do; where it is a code of the question as well, the answer stays: look at it.",
    )
    renamed = (
        Effect.WARNING,
        "a column was read as the question that renames.csv names",
        "Nothing to do.",
    )
    rename_suggested = (
        Effect.WARNING,
        "a column that is no question may be the older form's name of one that has no answer here",
        "If it is, add a row to renames.csv: old, new; until then the question counts as absent.",
    )
    text_damaged = (
        Effect.WARNING,
        "accented letters were damaged before the file came here, like Ã© in place of é",
        "Look where the file was saved in a wrong encoding, and export it again as UTF-8.",
    )
    sheet_not_read = (
        Effect.WARNING,
        "a sheet holds neither submissions nor rows of a repeat",
        "Nothing to do if the sheet was added by hand.",
    )

    # --- edit: the cleaning log, reasons of ledger lines, violations of cells --------------------
    log_not_utf8 = (
        Exit.CLEANING_LOG,
        "the file is not UTF-8 text",
        "Save it as CSV UTF-8.",
    )
    log_column_missing = (
        Exit.CLEANING_LOG,
        "the log has no column {expected}",
        "Add it, or name your own header for it in survey.toml under [cleaning_log] columns.",
    )
    log_unknown_action = (
        Exit.CLEANING_LOG,
        "the action is none of {expected}",
        "Write one of these.",
    )
    log_unknown_question = (
        Exit.CLEANING_LOG,
        "no such question or column came with the answers",
        "Write the question's name; in a repeat pol[2]/pol_link; one choice as question/choice.",
    )
    log_matches_nothing = (
        Exit.CLEANING_LOG,
        "no record received has this submission_id, or no such row of the repeat",
        "Correct the line, or delete it.",
    )
    log_old_value_differs = (
        Exit.CLEANING_LOG,
        "the old value is not what was received",
        "Look the answer up: if it was corrected at the source, delete the line.",
    )
    log_lines_disagree = (
        Exit.CLEANING_LOG,
        "another line, row {other}, changes the same answer differently",
        "Keep one of the two lines.",
    )
    returned_not_ours = (
        Exit.CLEANING_LOG,
        "this is no return sheet, or the sheets that nobody sees were lost when it was saved",
        "Ask for the file itself, filled in; or write the answers into the cleaning log by hand.",
    )
    returned_other_survey = (
        Exit.CLEANING_LOG,
        "this is a return sheet of '{found}', expected one of '{expected}'",
        "Name the survey that the sheet belongs to.",
    )
    returned_unsigned = (
        Exit.CLEANING_LOG,
        "the sheet is not signed; missing: {expected}",
        "Ask who filled it in and when, and write it above the answers.",
    )
    returned_unknown_row = (
        Exit.CLEANING_LOG,
        "the row belongs to no answer that was received",
        "Look whether an export is missing; else ask for a newer sheet, or empty the cell.",
    )
    returned_wrong_answer = (
        Exit.CLEANING_LOG,
        "the answer cannot stand; expected: {expected}",
        "Ask the government again, or empty the cell to leave the answer as it is.",
    )
    decision_matches_nothing = (
        Exit.QUESTIONNAIRE,
        "no record received has this submission_id",
        "Correct the line, or delete it.",
    )
    decision_column_missing = (
        Exit.QUESTIONNAIRE,
        "the file has no column submission_id",
        "Add it: one line for each answer to keep.",
    )
    stands = (Effect.RECORD, "the submission stands", "Nothing to do.")
    consent_refused = (
        Effect.RECORD,
        "consent was refused: government, wave and date are kept, nothing else",
        "Nothing to do.",
    )
    removed_by_log = (
        Effect.RECORD,
        "the cleaning log removes the submission",
        "Nothing to do.",
    )
    review_rejected = (
        Effect.RECORD,
        "the network rejected the submission when it reviewed it in the survey tool",
        "Nothing to do; if it was rejected by mistake, change its review there and export again.",
    )
    equal_copy = (
        Effect.RECORD,
        "the record is an equal copy of another one",
        "Nothing to do.",
    )
    partial_copy = (
        Effect.RECORD,
        "the record is a copy of another one, from an export with fewer columns",
        "Nothing to do.",
    )
    same_id_other_content = (
        Effect.RECORD,
        "several records have one submission_id and different answers; none is marked as edited",
        "Find out which one is right and remove the others with the cleaning log.",
    )
    edited_resubmission = (
        Effect.RECORD,
        "a newer version of the submission was sent",
        "Nothing to do.",
    )
    older_answer = (
        Effect.RECORD,
        "another answer of the same government stands: the newest complete one",
        "Ask the government which one is right; name it in decisions.csv if it is this one.",
    )
    later_answer = (
        Effect.RECORD,
        "another answer of the same government stands: the first one",
        "Ask the government which one is right; name it in decisions.csv if it is this one.",
    )
    decided_by_hand = (
        Effect.RECORD,
        "decisions.csv names another answer of the same government",
        "Nothing to do.",
    )
    tie_of_answers = (
        Effect.RECORD,
        "the same government answered several times and no rule says which answer stands",
        "Ask the government and name the answer to keep in decisions.csv.",
    )
    unknown_unit = (
        Effect.RECORD,
        "the government is not in the frame",
        "Correct its code with the cleaning log, or add it to the frame.",
    )
    not_a_member = (
        Effect.RECORD,
        "the government was not a member at the date of the wave",
        "Correct its code with the cleaning log, or its membership in membership.csv.",
    )
    country_mismatch = (
        Effect.RECORD,
        "the country and the government do not fit",
        "Ask the focal point; correct the country or the government with the cleaning log.",
    )
    parent_not_loaded = (
        Effect.RECORD,
        "the submission that this row of a repeat belongs to does not stand",
        "See the submission's own line.",
    )
    not_an_integer = (
        Effect.ERROR,
        "the answer is not a whole number",
        "Ask for the number, written with digits only.",
    )
    not_a_decimal = (
        Effect.ERROR,
        "the answer is not a number",
        "Ask for the number, written with digits and one decimal point.",
    )
    not_a_date = (
        Effect.ERROR,
        "the answer is not a date between 1900 and 2099 written year-month-day",
        "Ask for the date.",
    )
    not_a_time = (
        Effect.ERROR,
        "the answer is not a time of day",
        "Ask for the time.",
    )
    unknown_choice = (
        Effect.ERROR,
        "the answer is no choice of the question's list",
        "Ask which choice is meant; correct it with the cleaning log.",
    )
    constraint_broken = (
        Effect.ERROR,
        "the answer breaks the questionnaire's own condition",
        "Ask for the right answer; correct it with the cleaning log.",
    )
    move_not_allowed = (
        Effect.ERROR,
        "no declared move leads from the state before to this one",
        "Ask when the entry passed from state to state; correct it with the cleaning log.",
    )
    facts_disagree = (
        Effect.WARNING,
        "another survey of the network has a different answer to the same question",
        "Ask which of the two is right; correct the other with its cleaning log.",
    )
    implausible = (
        Effect.WARNING,
        "the answer is unusual beside what the questionnaire expects",
        "Ask whether it is right; correct it with the cleaning log if it is not.",
    )
    choice_not_offered = (
        Effect.ERROR,
        "the answer is a choice that the form did not offer beside the other answers",
        "Ask which of the two answers is right: this one, or the one its choices depend on.",
    )
    answered_not_asked = (
        Effect.ERROR,
        "the question was not to be asked here, and has an answer",
        "Ask which of the two answers is right: this one, or the one that decides on it.",
    )
    required_unanswered = (
        Effect.WARNING,
        "an answer is required and missing",
        "Ask for the answer.",
    )
    not_judged = (
        Effect.WARNING,
        "a rule could not be checked: it needs an answer that was set aside or did not come",
        "Correct the other answer first.",
    )
    split_disagrees = (
        Effect.WARNING,
        "the joined answer and the columns of its choices differ; the joined answer counts",
        "Look at the form and correct one of the two with the cleaning log.",
    )
    repaired_number = (
        Effect.WARNING,
        "the number was written with separators and read without them",
        "Confirm the number.",
    )
    decimal_comma = (
        Effect.WARNING,
        "the file writes its fractions with a comma, and is read so",
        "Nothing to do.",
    )
    serial_date = (
        Effect.WARNING,
        "the workbook gives the bare number of a day, which is read as the date",
        "Nothing to do; format the column as a date before the next export.",
    )
    population_ratio = (
        Effect.WARNING,
        "the population is less than half or more than double that of the frame",
        "Confirm the population and its year.",
    )
    unlike_last_wave = (
        Effect.WARNING,
        "the number changed far more since the last wave than those of the others",
        "Ask whether it is right, and which of the two waves is.",
    )
    straight_lining = (
        Effect.WARNING,
        "every question of a block has the same choice",
        "Look at the interview as a whole, and at how the interviewer works.",
    )
    interview_short = (
        Effect.WARNING,
        "the interview took less than a third of the usual time",
        "Look at the interview as a whole, and at how the interviewer works.",
    )
    after_deadline = (
        Effect.WARNING,
        "the submission came after the day on which the wave closes",
        "Nothing to do; remove it with the cleaning log if late answers do not count.",
    )
    special_codes_suspected = (
        Effect.WARNING,
        "a number far from all others looks like a code for 'does not know' or 'no answer'",
        "Ask what it means; if it is no answer, blank it with columns.csv or the cleaning log.",
    )
    repeat_count_differs = (
        Effect.WARNING,
        "the number of rows differs from the number announced",
        "Ask whether rows are missing.",
    )
    review_has_issues = (
        Effect.WARNING,
        "the network noted in the survey tool that the submission has issues",
        "Settle them there, or correct the answers with the cleaning log.",
    )
    two_answers = (
        Effect.WARNING,
        "the same government answered more than once",
        "Ask which answer is the government's.",
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
        "Declare fewer [design] strata, or lonely = average, adjust or remove.",
    )
    margin_without_answers = (
        Exit.ESTIMATE,
        "no weights can reach a category where members and answers do not meet: {categories}",
        "Join it with another category in the frame, or leave the column out of [design] rake.",
    )
    margins_not_reached = (
        Exit.ESTIMATE,
        "no weights agree with all of these known totals: {margins}",
        "Check that they count the same members; then rake fewer columns, or widen the bounds.",
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
    small_group = (
        Effect.RESULT,
        "the group is made by an answer that few gave, or its size would tell of one that is",
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
    unnamed_left_out = (
        Effect.RESULT,
        "hidden because without the named governments those would be left that did not agree",
        "Read the row that counts the named governments alone (row_scope named).",
    )
    weights_would_tell = (
        Effect.RESULT,
        "hidden because the known weights would give away who answered what",
        "Nothing to do; the count beside it may be shown.",
    )
    published_before = (
        Effect.RESULT,
        "hidden because the difference from what was published earlier would tell of the few that "
        "changed",
        "Nothing to do; it can be shown once more answers have changed.",
    )
    disclosure_audit_failed = (
        Exit.HELD_BACK,
        "wave {wave}: what was published earlier gives away numbers that must stay hidden: {found}",
        "Withdraw that publication and remove its folder in published/, or lower the threshold in "
        "survey.toml; the current release has not moved.",
    )
    no_answer = (
        Effect.RESULT,
        "nobody gave an answer, so there is no estimate",
        "Nothing to do.",
    )
    score_not_covered = (
        Effect.RESULT,
        "too little of what counts in this score was answered",
        "Ask the government for the answers that are missing; the range says what is possible.",
    )
    score_not_applicable = (
        Effect.RESULT,
        "nothing that counts in this score is a matter of this government",
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
    few_in_both_waves = (
        Effect.RESULT,
        "too few answered in both waves to tell how their answers hang together",
        "Nothing to do; the margin of error of the change is rather too wide than too narrow.",
    )
    known_total = (
        Effect.RESULT,
        "known from the member list, which the weights were made to agree with",
        "Nothing to do; the answers did not estimate it.",
    )
    lonely_strata = (
        Effect.RESULT,
        "strata with a single answer were given the rule declared for them",
        "Nothing to do; the margin of error is approximate.",
    )

    # --- report ----------------------------------------------------------------------------------
    jupyterlab_missing = (
        Exit.ENVIRONMENT,
        "JupyterLab is not installed; the notebook lies in {path}",
        "Run 'pip install jupyterlab' beside relevo, or make explore, which sets it up.",
    )
    no_release = (
        Exit.USAGE,
        "survey '{survey}' has no release '{release}'; surveys with a release: {expected}",
        "Run 'relevo run {survey}' first, or name a release that is there.",
    )
    unknown_format = (
        Exit.USAGE,
        "'{found}' is no format that can be written; formats: {expected}",
        "Name one of these after --data.",
    )
    not_into_release = (
        Exit.USAGE,
        "files for others do not go into the folder of the releases",
        "Choose another folder with --to.",
    )
    no_pdf_extra = (
        Exit.ENVIRONMENT,
        "briefs cannot be printed as PDF: the extra 'pdf' is not installed",
        "Install it with pip install 'relevo[pdf]', or print the pages from a browser.",
    )
    undeclared_grouping = (
        Exit.USAGE,
        "there are no cleared numbers by '{found}'{nearest}; declared: {expected}",
        "Choose one of these, or declare it in survey.toml under [groups] by and run again.",
    )
    condition_unread = (
        Exit.USAGE,
        "the condition cannot be read; columns: {expected}",
        "Write it as in SQL: country = 'AR' AND population > 50000.",
    )
    unknown_parameter = (
        Exit.USAGE,
        "{parameter} '{found}' is not known; near it: {expected}",
        "Give the notebook a value that the release holds.",
    )
    released_text_changed = (
        Exit.QUESTIONNAIRE,
        "the text of '{found}' in submission '{submission}' is not the one that was released",
        "Read the text as it stands now; write its new sha256, or remove the line.",
    )
    text_missing = (
        Exit.BRIEF,
        "there is no text '{found}' in {language}",
        "Add it to pipeline/texts/{language}.toml, and to the files of the other languages.",
    )
    not_in_brief = (
        Exit.BRIEF,
        "a page cannot hold {found}",
        "Remove it from the notebook, or run the notebook with plain papermill.",
    )
    stock_kernel = (
        Effect.WARNING,
        "the briefs are made with the stock kernel, some twenty times slower ({reason})",
        "The pages are the same; where speed matters, run on Linux, without RELEVO_ENGINE.",
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


def one_of(name: str, value: str, known: Iterable[str]) -> str:
    """The value itself, if it is one of those known.

    Raises:
        RelevoError: unknown_parameter, naming the nearest ones.
    """
    listed = list(known)
    if value in listed:
        return value
    near = difflib.get_close_matches(value, listed, n=5, cutoff=0.5) or listed[:5]
    values: dict[str, object] = {
        "parameter": name,
        "found": value,
        "expected": ", ".join(near) or "-",
    }
    raise RelevoError(Finding(Problem.unknown_parameter, values=values))
