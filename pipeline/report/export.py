"""Files for other programs, made from survey.duckdb alone: only what was cleared leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.errors import Finding, Problem, RelevoError, one_of
from pipeline.report.crosstab import tables
from pipeline.report.reading import read_release, reading
from pipeline.report.release import Asked, Release
from pipeline.report.wording import Words
from pipeline.store import FORMATS, DataTable, write_data

NUMBERS = frozenset({"integer", "decimal"})
KEYS = ("wave", "unit_id", "row_id")
PLACES = ("country", "size_class")
Key = tuple[str, str, str]
Rows = dict[Key, dict[str, list[str]]]  # the answers to each question, by row


def export(
    folder: Path,
    target: Path,
    *,
    with_tables: bool = False,
    data: str = "",
    language: str = "",
) -> list[Path]:
    """Write the crosstab workbook, the data in one format, or both.

    Args:
        folder: of the release.
        target: where the files go; made where it is not there.
        with_tables: the workbook for analysts.
        data: csv, parquet, json, stata, spss or xlsx.
        language: of labels and sentences; '' is the survey's first.

    Raises:
        RelevoError: unknown_format, unknown_parameter, not_into_release.
    """
    if data and data not in FORMATS:
        values: dict[str, object] = {"found": data, "expected": ", ".join(FORMATS)}
        raise RelevoError(Finding(Problem.unknown_format, values=values))
    if folder.parent.parent.resolve() in [*target.resolve().parents, target.resolve()]:
        raise RelevoError(Finding(Problem.not_into_release))
    release = read_release(folder)
    language = one_of("language", language or release.languages[0], release.languages)
    made: list[Path] = []
    if with_tables:
        name, content = tables(folder, language)
        target.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
        made.append(target / name)
    if data:
        target.mkdir(parents=True, exist_ok=True)
        stem = str(target / release.fact("name", "survey"))
        made += write_data(stem, language or "en", data, _Data(folder, release, language).tables())
    return made


@dataclass(frozen=True)
class _Data:
    """The cleared tables of a release as an analyst wants them."""

    folder: Path
    release: Release = field(repr=False)
    language: str = ""

    def tables(self) -> list[DataTable]:
        """Named answers one row per government and wave, rows of repeats, scores, results."""
        with reading(self.folder, "survey") as con:
            found = [*self._answers(con), *self._scores(con), self._results(con)]
        if self.release.fact("demonstration") not in {"yes", "true"}:
            return found
        return [_stamped(table) for table in found]

    def _words(self, wave: str = "") -> Words:
        return Words(self.release, wave or max(self.release.rounds, default=""), self.language)

    def _questions(self) -> dict[str, tuple[Asked, Words]]:
        """Every question of any wave, in the newest form's order; the newest wording stands."""
        found: dict[str, tuple[Asked, Words]] = {}
        for wave in sorted(self.release.questions, reverse=True):
            for question in self.release.questions[wave]:
                found.setdefault(question.column, (question, self._words(wave)))
        return found

    def _answers(self, con: duckdb.DuckDBPyConnection) -> Iterator[DataTable]:
        """One table for the form and one for each repeat: a row per government (row) and wave."""
        questions = self._questions()
        given: dict[str, Rows] = {}
        for wave, unit, row_id, column, choice, value in _named(con):
            if column in questions:
                repeat = questions[column][0].repeat
                row = given.setdefault(repeat, {}).setdefault((wave, unit, row_id or ""), {})
                row.setdefault(column, []).append(choice or value)
        for repeat, rows in sorted(given.items()):
            asked = {name: one for name, one in questions.items() if one[0].repeat == repeat}
            yield self._wide(repeat, dict(sorted(rows.items())), asked)

    def _wide(self, repeat: str, rows: Rows, asked: dict[str, tuple[Asked, Words]]) -> DataTable:
        """One column per question, 0/1 per choice where several may be ticked."""
        labels: dict[str, str] = {}
        values: dict[str, dict[str, str]] = {}
        columns: dict[str, list[object] | pd.Series] = {
            key: [place[number] for place in rows]
            for number, key in enumerate(KEYS)
            if key != "row_id" or repeat
        }
        columns |= self._places([unit for _, unit, _ in rows], labels, values)
        for name, (question, words) in asked.items():
            if not any(name in row for row in rows.values()):
                continue
            title = words.question(question)
            listed = {one.name: words.choice(question, one.name) for one in question.choices}
            if question.type == "select_multiple":
                for choice, label in listed.items():
                    ticked = [choice in row[name] if name in row else None for row in rows.values()]
                    columns[f"{name}/{choice}"] = pd.Series(ticked, dtype="boolean").astype("Int8")
                    labels[f"{name}/{choice}"] = f"{title}: {label}"
                continue
            cells = [row[name][0] if name in row else None for row in rows.values()]
            is_number = question.type in NUMBERS
            columns[name] = pd.Series(pd.to_numeric(pd.Series(cells)) if is_number else cells)
            labels[name] = title
            if listed and question.is_select:
                values[name] = listed
        name = f"answers-{repeat}" if repeat else "answers"
        return DataTable(name, pd.DataFrame(columns), labels, values)

    def _places(
        self, units: Sequence[str], labels: dict[str, str], values: dict[str, dict[str, str]]
    ) -> dict[str, list[object] | pd.Series]:
        """Name, country and size class of each government."""
        words = self._words()
        known = [self.release.unit(unit) for unit in units]
        labels["name"] = words.say("column.government")
        found: dict[str, list[object] | pd.Series] = {
            "name": [unit.name_in(words.spoken) for unit in known]
        }
        for place in PLACES:
            codes = [str(getattr(unit, place)) for unit in known]
            if any(codes):
                found[place] = pd.Series(codes, dtype=object)
                labels[place] = words.group_kind(place)
                values[place] = {c: words.group_name((place, c)) for c in sorted({*codes} - {""})}
        return found

    def _scores(self, con: duckdb.DuckDBPyConnection) -> Iterator[DataTable]:
        rows = _table(con, "estimate.named_score")
        if len(rows):
            words = self._words()
            subjects = {str(code): words.subject(str(code)) for code in rows["subject"].unique()}
            labels = {"subject": words.say("sheet.scores")}
            yield DataTable("scores", rows, labels, {"subject": subjects})

    def _results(self, con: duckdb.DuckDBPyConnection) -> DataTable:
        """estimate.result with the labels of subject, choice and group beside the codes."""
        rows = _table(con, "estimate.result")
        spoken = {wave: self._words(wave) for wave in self.release.rounds}
        choices: dict[tuple[str, str], dict[str, str]] = {}
        labels: dict[str, list[str]] = {"subject": [], "choice": [], "group": []}
        for wave, subject, choice, kind, code in zip(
            *(rows[c] for c in ("wave", "subject", "choice", "group_kind", "group_code")),
            strict=True,
        ):
            words = spoken.setdefault(wave, self._words(wave))
            if (wave, subject) not in choices:
                choices[wave, subject] = words.choices(subject)
            labels["subject"].append(words.subject(subject))
            labels["choice"].append(choices[wave, subject].get(choice, choice) or "")
            labels["group"].append(
                words.say("cell.total") if kind == "network" else words.group_name((kind, code))
            )
        more = {f"{name}_label": pd.Series(texts, dtype=object) for name, texts in labels.items()}
        return DataTable("results", rows.assign(**more))


def _named(con: duckdb.DuckDBPyConnection) -> list[tuple[str, ...]]:
    """Answers beside a name, in a fixed order."""
    columns = "wave, unit_id, row_id, question, choice, value"
    return con.execute(
        f"SELECT {columns} FROM estimate.named_answer WHERE state = 'answered' ORDER BY ALL"
    ).fetchall()


def _table(con: duckdb.DuckDBPyConnection, table: str) -> pd.DataFrame:
    """Rows of a cleared table in a fixed order; none where the release has no such table."""
    schema, name = table.split(".")
    found = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema, name]
    ).fetchall()
    if not found:
        return pd.DataFrame()
    return con.execute(f"SELECT * FROM {table} ORDER BY ALL").df()


def _stamped(table: DataTable) -> DataTable:
    """The same table, every row of which says that it is invented."""
    frame = table.frame.copy()
    frame.insert(0, "demonstration", True)
    return DataTable(table.name, frame, table.labels, table.values)
