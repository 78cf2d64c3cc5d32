"""The room's one verb: every export of every wave, read, judged and written to tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pipeline.ask import ColumnLine, Questionnaire, Rename, Survey, Wave
from pipeline.collect.erased import Erased, read_erased, withhold
from pipeline.collect.export import Export
from pipeline.collect.files import files_of, read_file
from pipeline.collect.generic import declared, is_generic, read_generic
from pipeline.collect.google import is_google, read_google
from pipeline.collect.kobo import is_kobo, known_questions, read_kobo
from pipeline.collect.limesurvey import is_limesurvey, limesurvey_questions, read_limesurvey
from pipeline.collect.odk import is_odk, odk_questions, read_odk
from pipeline.collect.published import write_published
from pipeline.collect.remarks import remark
from pipeline.collect.renames import rename
from pipeline.collect.spss import is_spss, read_spss
from pipeline.collect.submission import Collected
from pipeline.collect.tables import Tables
from pipeline.collect.versions import mark_absent, suggest_renames
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import Work


@dataclass(frozen=True)
class Tool:
    """A survey tool: whether an export is its own, and how it is read."""

    is_own: Callable[[Export], bool]
    read: Callable[[Export, Questionnaire, str], Collected]


# Asked in this order, the one that is most certain first.
TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        "odk": Tool(is_odk, read_odk),
        "limesurvey": Tool(is_limesurvey, read_limesurvey),
        "kobo": Tool(is_kobo, read_kobo),
        "google": Tool(is_google, read_google),
        "spss": Tool(is_spss, read_spss),
        "generic": Tool(is_generic, read_generic),
    }
)
TABLES = ("spss", "generic")  # of programs that are no survey tools
NAMED = (known_questions, odk_questions, limesurvey_questions)
NOBODY = Erased()
PLAIN = "kobo"  # reads a table without any tool's mark whose headers name questions


def collect(survey: Survey, raw: Path, work: Work, tool: str = "") -> None:
    """Read all exports and write collect.* (confidential) and collect.summary (members).

    All files are judged before anything is refused, so that one run tells everything.

    Args:
        survey: waves and questionnaires.
        raw: the survey's raw folder; a wave's files lie below raw / wave.raw.
        work: the open databases.
        tool: name of the reader, where the files must not decide.

    Raises:
        RelevoError: unknown_tool; else every file that is refused, or a wave without files.
    """
    if tool and tool not in TOOLS:
        values: dict[str, object] = {"found": tool, "expected": ", ".join(sorted(TOOLS))}
        raise RelevoError(Finding(Problem.unknown_tool, values=values))
    gather(survey, raw, work, tool, read_erased(raw))
    write_published(work)


def gather(survey: Survey, raw: Path, work: Work, tool: str = "", erased: Erased = NOBODY) -> None:
    """The tables collect.* as `collect` makes them, without those who are `erased`."""
    findings: list[Finding] = []
    tables = Tables(survey, work)
    found = 0
    for wave in survey.waves:
        paths = files_of(wave, survey, raw)
        if not paths and wave.state != "open":
            findings.append(_nothing(wave))
        for path in paths:
            found += 1
            try:
                tables.add(withhold(read_export(path, raw, wave, survey, tool), erased))
            except RelevoError as error:
                findings += error.findings
    if not findings and not found:
        findings = [_nothing(wave) for wave in survey.waves]
    if findings:
        raise RelevoError(findings)
    tables.finish()


def _nothing(wave: Wave) -> Finding:
    return Finding(Problem.no_raw_files, file=wave.raw, values={"wave": wave.id})


def read_export(path: str, raw: Path, wave: Wave, survey: Survey, tool: str) -> Iterator[Collected]:
    """The slices of a file; the first one tells which tool wrote it."""
    questionnaire = survey.questionnaires[wave.id]
    lines = [line for line in survey.columns if line.counts(wave.id, path)]
    renames = [one for one in survey.renames if one.is_of(wave.id)]

    def known(headers: Sequence[str]) -> int:
        """How many questions a header line names, in the words of the tool that names most."""
        named = max(count(headers, questionnaire) for count in NAMED)
        return named + declared(headers, lines)

    for received in read_file(path, raw, wave, known):
        export, applied = rename(received, renames, questionnaire)
        tool = tool or _recognise(export, lines)
        if tool == "generic":
            collected = read_generic(export, questionnaire, survey.key.unit, lines)
        else:
            collected = TOOLS[tool].read(export, questionnaire, survey.key.unit)
        yield _look_again(collected, questionnaire, survey, applied)


def _look_again(
    collected: Collected, questionnaire: Questionnaire, survey: Survey, applied: Iterable[Rename]
) -> Collected:
    """What no reader of a tool looks at: older versions of the form, cells under no header."""
    notes = [f"{Problem.renamed.name} {one.old} {one.new}" for one in applied]
    collected = replace(collected, notes=(*collected.notes, *notes))
    forms = tuple(survey.questionnaires.values())
    collected = mark_absent(collected, questionnaire, forms)
    if collected.tool not in TABLES:  # for a table columns are suggested, for columns.csv
        collected = suggest_renames(collected, questionnaire, forms)
    return remark(collected)


def _recognise(export: Export, lines: Sequence[ColumnLine]) -> str:
    """Name of the tool that wrote an export, by its bytes and headers.

    columns.csv makes a table generic; one that a survey tool wrote only if it names the file.
    """
    own = next((name for name, tool in TOOLS.items() if tool.is_own(export)), "")
    by_file = [line for line in lines if line.file]
    for sheet in export.sheets:
        if declared(sheet.headers, lines if own in {"", *TABLES} else by_file):
            return "generic"
    return own or PLAIN
