"""The room's one verb: every export of every wave, read, judged and written to tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pipeline.ask import Questionnaire, Survey, Wave
from pipeline.collect.export import Export
from pipeline.collect.files import files_of, read_file
from pipeline.collect.kobo import known_questions, read_kobo
from pipeline.collect.submission import Collected
from pipeline.collect.tables import write
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import Work

Reader = Callable[[Export, Questionnaire, str], Collected]
READERS: Mapping[str, Reader] = MappingProxyType({"kobo": read_kobo})


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
    if tool and tool not in READERS:
        values: dict[str, object] = {"found": tool, "expected": ", ".join(sorted(READERS))}
        raise RelevoError(Finding(Problem.unknown_tool, values=values))
    findings: list[Finding] = []
    collected: list[Collected] = []
    for wave in survey.waves:
        paths = files_of(wave, survey, raw)
        if not paths and wave.state != "open":
            findings.append(_nothing(wave))
        for path in paths:
            try:
                collected.append(_read(path, raw, wave, survey, tool))
            except RelevoError as error:
                findings += error.findings
    if not findings and not collected:
        findings = [_nothing(wave) for wave in survey.waves]
    if findings:
        raise RelevoError(findings)
    write(survey, collected, work)


def _nothing(wave: Wave) -> Finding:
    return Finding(Problem.no_raw_files, file=wave.raw, values={"wave": wave.id})


def _read(path: str, raw: Path, wave: Wave, survey: Survey, tool: str) -> Collected:
    questionnaire = survey.questionnaires[wave.id]
    known = partial(known_questions, questionnaire=questionnaire)
    export = read_file(path, raw, wave, known)
    return READERS[tool or "kobo"](export, questionnaire, survey.key.unit)
