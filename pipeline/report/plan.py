"""Which briefs a release has, in which languages, for whom: also who is asked to return a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.ask import Survey
from pipeline.errors import one_of
from pipeline.report.followup import read_lists
from pipeline.report.reading import matters, reading
from pipeline.report.release import Group, Release
from pipeline.store import brief_name, hash8, slug


@dataclass(frozen=True)
class Job:
    """One brief to be made; `path` starts below briefs/, `siblings` are all its languages."""

    survey: str
    kind: str
    audience: str
    wave: str
    language: str
    path: str
    unit_id: str = ""
    group_kind: str = ""
    group_code: str = ""
    siblings: tuple[str, ...] = ()
    layout: str = ""  # of its notebook, where it is not that of the kind

    @property
    def notebook(self) -> str:
        """What the notebook is called after."""
        return self.layout or self.kind

    @property
    def identifier(self) -> str:
        """What the file is named after: the government, the group, or the survey."""
        return self.unit_id or _named(self.group_kind, self.group_code) or self.survey

    @property
    def brief_id(self) -> str:
        """Unique in a release, for citing."""
        parts = (self.wave, self.kind, self.identifier, file_language(self.language))
        return ".".join(part for part in parts if part)


@dataclass(frozen=True)
class Withheld:
    """A brief that is not made, and why; `reason` is a key of the texts."""

    brief_id: str
    kind: str
    audience: str
    wave: str
    group_kind: str
    group_code: str
    language: str
    reason: str


def _named(group_kind: str, group_code: str) -> str:
    return f"{group_kind}-{group_code}" if group_code else ""


def file_language(language: str) -> str:
    """The language in a file's name; a form that names none is shown in English."""
    return language or "en"


def plan(
    survey: Survey,
    release: Release,
    folder: Path,
    languages: Sequence[str] | None = None,
    wave: str = "",
) -> tuple[list[Job], list[Withheld]]:
    """Every brief of a wave, or of the newest, in a stable order, and those withheld.

    A group with fewer answers than the threshold gets no brief. Persons get none of their own.

    Raises:
        RelevoError: unknown_parameter.
    """
    newest = max(release.rounds, default=survey.waves[-1].id)
    wave = one_of("wave", wave or newest, release.rounds or {newest: None})
    jobs = _of_all(survey, release, folder, languages, wave)
    withheld: list[Withheld] = []
    for group in _groups(survey, release, wave):
        chosen = _languages(survey.briefs.group, release, languages)
        answered, _ = release.response(wave, group)
        if answered >= survey.disclosure.threshold:
            jobs += _jobs(survey.name, "group", "public", wave, chosen, group=group)
        else:
            is_hidden = release.is_hidden(wave, group)
            reason = "hidden" if is_hidden else "few" if answered else "none"
            withheld += [_hold(wave, group, language, reason) for language in chosen]
    if survey.unit_kind == "institution":
        jobs += _of_units(survey, release, folder, languages, wave)
    return jobs, withheld


def _of_all(
    survey: Survey, release: Release, folder: Path, languages: Sequence[str] | None, wave: str
) -> list[Job]:
    """The briefs of which there is one in each language."""
    spoken = _languages(survey.briefs.network, release, languages)
    of_network = _jobs(survey.name, "network", "public", wave, spoken)
    jobs = [replace(job, layout=network_layout(release)) for job in of_network]
    spoken = _languages(survey.briefs.quality, release, languages)
    jobs += _jobs(survey.name, "quality", "desk", wave, spoken)
    if _is_invited(survey) and _is_open(release, wave):
        jobs += _jobs(survey.name, "interim", "desk", wave, spoken)
    if not read_lists(folder, wave).is_empty:
        jobs += _jobs(survey.name, "followup", "desk", wave, spoken)
    for kind, declared, audience in (
        ("hub", survey.briefs.hub, "public"),
        ("charter", survey.briefs.charter, "public"),
        ("advocacy", survey.briefs.advocacy, "public"),
        ("exchange", survey.briefs.exchange, "desk"),
    ):
        jobs += _jobs(survey.name, kind, audience, wave, _languages(declared, release, languages))
    return jobs


def _of_units(
    survey: Survey, release: Release, folder: Path, languages: Sequence[str] | None, wave: str
) -> list[Job]:
    """The briefs and return sheets of single governments."""
    jobs: list[Job] = []
    for unit in _answering(folder, wave):
        own = release.unit(unit).language
        chosen = _languages(survey.briefs.government, release, languages, own)
        of_unit = _jobs(survey.name, "government", "own", wave, chosen, unit=unit)
        jobs += [replace(job, layout=own_layout(release)) for job in of_unit]
    for unit in _asked(release, folder, wave):
        chosen = _languages((own_language(release, unit),), release, languages)
        jobs += _jobs(survey.name, "return", "own", wave, chosen, unit=unit)
    return jobs


def _is_invited(survey: Survey) -> bool:
    """Whether known governments were asked, so that one can say which have not answered."""
    is_known = survey.unit_kind == "institution" and survey.frame_files.scope == "closed"
    return is_known and survey.record != "event"


def _is_open(release: Release, wave: str) -> bool:
    """Whether answers are still coming in."""
    return wave in release.rounds and release.rounds[wave].state == "open"


def network_layout(release: Release) -> str:
    """A register, a log of actions and interviews have a page of their own for the network."""
    if release.fact("coding_code"):
        return "interviews"
    if release.is_log:
        return "actions"
    return "register" if release.fact("register_state") else ""


def own_layout(release: Release) -> str:
    """A government's page shows its interview, where the survey is one."""
    return "profile" if release.fact("coding_code") else ""


def own_language(release: Release, unit: str) -> str:
    """The language in which a government is written to."""
    own = release.unit(unit).language
    return own if own in release.languages else release.languages[0]


def _languages(
    declared: str | tuple[str, ...], release: Release, only: Sequence[str] | None, own: str = ""
) -> list[str]:
    """'all', 'own' (of a government) or a list; never one that the release does not speak."""
    spoken = list(release.languages)
    if declared == "own":
        spoken = [own] if own in spoken else spoken[:1]
    elif declared != "all":
        spoken = [language for language in declared if language in spoken]
    return [language for language in spoken if only is None or language in only]


def _groups(survey: Survey, release: Release, wave: str) -> Iterator[Group]:
    for kind in survey.briefs.group_kinds or ():
        yield from release.groups(wave, kind)


def _jobs(  # noqa: PLR0913, PLR0917 - the columns of a job
    survey: str,
    kind: str,
    audience: str,
    wave: str,
    languages: Sequence[str],
    unit: str = "",
    group: Group = ("", ""),
) -> Iterator[Job]:
    identifier = unit or _named(*group) or survey
    place = f"own/{slug(unit)}-{hash8(unit)}" if unit else audience
    for language in languages:
        path = f"{place}/{brief_name(kind, identifier, file_language(language))}"
        yield Job(
            survey, kind, audience, wave, language, path, unit, *group, siblings=tuple(languages)
        )


def _hold(wave: str, group: Group, language: str, reason: str) -> Withheld:
    parts = (wave, "group", _named(*group), file_language(language))
    return Withheld(".".join(parts), "group", "public", wave, *group, language, reason)


def _answering(folder: Path, wave: str) -> list[str]:
    """Governments whose answer stands."""
    with reading(folder, "members") as con:
        rows = con.execute(
            """SELECT unit_id FROM estimate.unit
               WHERE wave = ? AND unit_id <> '' AND state IN ('answered', 'partial')
               ORDER BY unit_id""",
            [wave],
        ).fetchall()
    return [unit for (unit,) in rows]


def _asked(release: Release, folder: Path, wave: str) -> list[str]:
    """Governments with something to confirm, whether or not an answer of theirs stands.

    One that no frame lists cannot be written to, unless there is no frame at all.
    """
    with reading(folder, "members") as con:
        rows = con.execute(
            f"SELECT DISTINCT unit_id FROM ({matters(con)}) WHERE wave = ? ORDER BY unit_id", [wave]
        ).fetchall()
    known = release.units or dict.fromkeys(_answering(folder, wave))
    return [unit for (unit,) in rows if unit in known]
