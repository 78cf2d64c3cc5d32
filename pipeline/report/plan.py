"""Which briefs a release has, in which languages, for whom: also who is asked to return a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.ask import Survey
from pipeline.report.reading import reading
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
    survey: Survey, release: Release, folder: Path, languages: Sequence[str] | None = None
) -> tuple[list[Job], list[Withheld]]:
    """Every brief of the newest wave, in a stable order, and those withheld.

    A group with fewer answers than the threshold gets no brief. Persons get none of their own.
    """
    wave = max(release.rounds, default=survey.waves[-1].id)
    jobs: list[Job] = []
    withheld: list[Withheld] = []
    for kind, audience, spoken in (
        ("network", "public", survey.briefs.network),
        ("quality", "desk", survey.briefs.quality),
    ):
        jobs += _jobs(survey.name, kind, audience, wave, _languages(spoken, release, languages))
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
        for unit in _answering(folder, wave):
            own = release.unit(unit).language
            chosen = _languages(survey.briefs.government, release, languages, own)
            jobs += _jobs(survey.name, "government", "own", wave, chosen, unit=unit)
        for unit in _asked(release, folder, wave):
            chosen = _languages((own_language(release, unit),), release, languages)
            jobs += _jobs(survey.name, "return", "own", wave, chosen, unit=unit)
    return jobs, withheld


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
            "SELECT DISTINCT unit_id FROM edit.open_matter WHERE wave = ? ORDER BY unit_id", [wave]
        ).fetchall()
    known = release.units or dict.fromkeys(_answering(folder, wave))
    return [unit for (unit,) in rows if unit in known]
