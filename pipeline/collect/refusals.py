"""Why the columns of a sheet cannot be read: two with one meaning, or one with two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pipeline.collect.export import Export, Sheet
from pipeline.collect.headers import Target
from pipeline.collect.submission import Part
from pipeline.errors import Finding, Problem

Read = Callable[[int, str], str]


def refusals(export: Export, part: Part) -> Iterator[Finding]:
    """label_shared and column_twice, naming file, sheet, columns and questions."""
    yield from _shared_labels(export, part)
    yield from _twins(export, part)


def contradictions(
    export: Export, sheet: Sheet, column: str, positions: Sequence[int], read: Read
) -> Iterator[Finding]:
    """column_twice where two columns of one question are both filled and say different things.

    Args:
        export: the file.
        sheet: of the file.
        column: Question.column.
        positions: of the question's columns, from 0.
        read: what a cell at a position means.
    """
    for record in sheet.records if len(positions) > 1 else ():
        filled = [at for at in positions if record.at(at).strip()]
        if len({read(at, record.at(at)).strip() for at in filled}) > 1:
            first, second = (at + 1 for at in filled[:2])
            values: dict[str, object] = {"first": first, "second": second, "line": record.line}
            yield Finding(Problem.column_twice, export.path, sheet.name, None, column, values)
            return


def _shared_labels(export: Export, part: Part) -> Iterator[Finding]:
    for ambiguity in part.columns.ambiguous:
        columns = ", ".join(str(position + 1) for position in ambiguity.positions)
        found = ", ".join(_name(target) for target in ambiguity.targets)
        values: dict[str, object] = {"columns": columns, "found": found}
        yield Finding(Problem.label_shared, export.path, part.sheet.name, values=values)


def _twins(export: Export, part: Part) -> Iterator[Finding]:
    """Two columns with one meaning are one where they agree in every record."""
    for first, second in part.columns.twins:
        for record in part.sheet.records:
            is_whole = len(record.cells) >= len(part.sheet.headers)
            if is_whole and record.at(first).strip() != record.at(second).strip():
                yield Finding(
                    Problem.column_twice,
                    export.path,
                    part.sheet.name,
                    question=_name(part.columns.targets[first]),
                    values={"first": first + 1, "second": second + 1, "line": record.line},
                )
                break


def _name(target: Target) -> str:
    return "/".join(filter(None, (target.column, target.choice))) or target.metadata
