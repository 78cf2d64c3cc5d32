"""The order in which surveys that join others are built: what a survey reads comes before it."""

from __future__ import annotations

from pathlib import Path

from pipeline.ask.choices import nearest
from pipeline.ask.declarations import FILE, read_declarations
from pipeline.ask.form_file import find_form
from pipeline.errors import Finding, Problem, RelevoError


def joined_first(folder: Path) -> tuple[Path, ...]:
    """The folders of all surveys that this one reads, directly or through others, in build order.

    A survey names others as they are called beside it.

    Raises:
        RelevoError: joined_survey_unknown, joins_in_a_circle (exit 10).
    """
    found: list[Path] = []
    _add(folder, (), found)
    return tuple(found[:-1])


def read_by(folder: Path) -> tuple[Path, ...]:
    """The folders beside this one whose surveys read it, directly or through others.

    One with declarations that cannot be read is left out: its own run tells.
    """
    this = folder.resolve()
    found = []
    for beside in sorted(this.parent.iterdir()):
        try:
            if beside != this and this in joined_first(beside):
                found.append(beside)
        except RelevoError:
            continue
    return tuple(found)


def _add(folder: Path, path: tuple[str, ...], found: list[Path]) -> None:
    """Put a survey behind those that it joins; `path` leads from the first one to it."""
    name = folder.resolve().name
    if name in path:
        values: dict[str, object] = {"found": " > ".join((*path[path.index(name) :], name))}
        raise RelevoError(Finding(Problem.joins_in_a_circle, FILE, values=values))
    if folder in found:
        return
    declared, _ = read_declarations(folder)
    for other in declared.get("joins", ()):
        beside = folder.resolve().parent / other
        if not find_form(beside).is_file():
            known = sorted(path.name for path in beside.parent.iterdir())
            values = {"found": other, "nearest": nearest(other, known)}
            raise RelevoError(Finding(Problem.joined_survey_unknown, FILE, values=values))
        _add(beside, (*path, name), found)
    found.append(folder)
