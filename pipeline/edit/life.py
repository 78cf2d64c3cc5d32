"""The life of one record: where it came from, what was done to it, which rules it broke, its end.

Answers are shown only where they cannot name anybody: codes of the question's own list, and numbers
and dates, of questions without a personal mark. Everything else is masked; free text always is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline import texts
from pipeline.edit.grammar import NUMBERS
from pipeline.edit.states import STATES
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.store import connect, database_path, quote

# The rule of the questionnaire behind a code: its kind in ask.label.
RULES = {
    Problem.required_unanswered.name: "required",
    Problem.answered_not_asked.name: "relevant",
    Problem.constraint_broken.name: "constraint",
    "implausible": "warning",
}
# Reasons and warnings that compare a submission with the others of its unit.
OF_UNIT = {
    problem.name
    for problem in (
        Problem.older_answer,
        Problem.later_answer,
        Problem.decided_by_hand,
        Problem.tie_of_answers,
        Problem.two_answers,
    )
}
MOMENTS = {"date", "time", "datetime"}
CHOICES = {"select_one", "select_multiple", "rank", "select_one_from_file"}
LISTED = 20  # other records named: enough to follow, whatever the survey's size
_NUMBER = re.compile(r"[+-]?[0-9][0-9\s.,]{0,20}%?")
_MOMENT = re.compile(r"[0-9][0-9\s.:/TZ+-]{0,30}")
_ROW = re.compile(r"(?:.+\[[0-9]+\]/)?(?P<question>[^\[\]]+)")
_TELLING = re.compile(r"@|[0-9][0-9 .-]{5,}[0-9]")  # an address or a telephone number in a remark


def life(folder: Path, survey: str, record: str, language: str = "") -> Iterator[str]:
    """The lines to print of every record that `record` names.

    Args:
        folder: a release.
        survey: its name, for the message where nothing is found.
        record: a record_id, a submission's id with or without uuid:, or FILE:RECORD_NUMBER.
        language: of the lines; '' is the survey's first.

    Raises:
        RelevoError: unknown_record.
    """
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context(connect(database_path(folder, name), read_only=True))
            for name in ("confidential", "members", "survey")
        }
        found = _find(opened["confidential"], record.strip())
        if not found:
            values: dict[str, object] = {"found": record, "survey": survey}
            raise RelevoError(Finding(Problem.unknown_record, values=values))
        asked = _Asked(opened["survey"], language)
        for number in found:
            yield from _Life(asked, opened["confidential"], opened["members"], number).lines()


def _find(con: duckdb.DuckDBPyConnection, record: str) -> list[int]:
    """The record ids that a word of the command line names, the most certain reading first."""
    file, _, number = record.rpartition(":")
    identifier = record.casefold().removeprefix("uuid:")
    ways: list[tuple[str, list[object]]] = []
    if record.isdecimal():
        ways.append(("record_id = ?", [int(record)]))
    ways.append(("repeat = '' AND lower(submission_id) = ?", [identifier]))
    if file and number.isdecimal():
        of_file = """file_id IN (SELECT file_id FROM collect.file
                                 WHERE path = ? OR ends_with(path, '/' || ?))
                     AND record_number = ?"""
        ways += [
            (f"{of_file} AND repeat {sign} ''", [file, file, int(number)]) for sign in ("=", "<>")
        ]
    for where, values in ways:
        sql = f"SELECT record_id FROM collect.record WHERE {where} ORDER BY record_id"
        if found := con.execute(sql, values).fetchall():
            return [number for (number,) in found]
    return []


class _Asked:
    """What the questionnaire says, in one language, and the sentences around it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, language: str) -> None:
        facts = con.execute("SELECT key, text FROM ask.survey WHERE key = 'languages'").fetchall()
        known = (facts[0][1] or "").split() if facts else []
        first = known[0] if known else ""
        self.language = language if language in known else first
        self.spoken = texts.spoken(language or first)
        rows = con.execute(
            "SELECT wave, kind, subject, text FROM ask.label WHERE language = ?", [self.language]
        )
        self.labels = {row[:3]: " ".join((row[3] or "").split()) for row in rows.fetchall()}
        rows = con.execute(
            """SELECT wave, question, type, coalesce(pii, ''), coalesce(list_name, '')
               FROM ask.question ORDER BY wave, position"""
        )
        self.questions = {row[:2]: row[2:] for row in rows.fetchall()}
        self.places = {key: place for place, key in enumerate(self.questions)}
        self.choices = set(con.execute("SELECT wave, list_name, choice FROM ask.choice").fetchall())
        described = con.execute("SELECT * FROM ask.unit")
        columns = [column for column, *_ in described.description or ()]
        self.units = {
            row[columns.index("unit_id")]: dict(zip(columns, row, strict=True))
            for row in described.fetchall()
        }

    def say(self, key: str, **values: object) -> str:
        return texts.say(self.spoken, key, **values)

    def reason(self, code: str) -> str:
        return texts.reason(self.spoken, code)

    def question(self, wave: str, column: str) -> str:
        """The short title of a question, else its wording, else its column."""
        for kind in ("short", "label"):
            if text := self.labels.get((wave, kind, column), ""):
                return text
        return column

    def rule(self, wave: str, column: str, code: str) -> str:
        """The rule in words, as the questionnaire says it; else what the code means."""
        return self.labels.get((wave, RULES.get(code, ""), column), "") or self.reason(code)

    def value(self, wave: str, column: str, text: str | None) -> str:
        """An answer that can name nobody, or a word that says it is masked."""
        if text is None or not text.strip():
            return self.say("life.blank")
        of_choice = column.partition("/")[0]
        if (wave, column) not in self.questions and (wave, of_choice) in self.questions:
            is_tick = text in {"0", "1"} and not self.questions[wave, of_choice][1]
            return text if is_tick else self.say("life.masked")
        kind, pii, codes = self.questions.get((wave, column), ("", "yes", ""))
        written = _NUMBER if kind in NUMBERS else _MOMENT if kind in MOMENTS else None
        is_plain = written is not None and written.fullmatch(text.strip())
        is_code = kind in CHOICES and all(
            (wave, codes, code) in self.choices for code in text.split()
        )
        shown = not pii and (is_plain or is_code)
        return text if shown else self.say("life.masked")


@dataclass(frozen=True)
class _Life:
    """One record, and where to look it up."""

    asked: _Asked
    con: duckdb.DuckDBPyConnection
    members: duckdb.DuckDBPyConnection
    number: int

    def lines(self) -> Iterator[str]:
        """The life, from the file to the pages."""
        record = self._one(
            """SELECT r.*, f.path, f.tool, l.verdict, l.reason AS ended, l.unit_id
               FROM collect.record r JOIN collect.file f USING (file_id)
               JOIN edit.ledger l USING (record_id) WHERE record_id = ?""",
            self.number,
        )
        yield self.asked.say("life.title", record=str(self.number))
        for name, found in (
            ("file", self._file(record)),
            ("log", self._log(record)),
            ("others", self._others(record)),
            ("verdict", self._verdict(record)),
            ("rules", self._rules(record)),
            ("cells", self._cells(record)),
            ("rows", self._rows(record)),
            ("end", self._end(record)),
        ):
            told = list(found)
            if told:
                yield ""
                yield self.asked.say(f"life.{name}")
                yield from (f"  {line}" for line in told)
        yield ""

    def _file(self, record: dict[str, Any]) -> Iterator[str]:
        say = self.asked.say
        yield f"{record['path']} ({record['tool'] or '–'})"
        sheet = [say("life.sheet", sheet=record["sheet"])] if record["sheet"] else []
        place = say("life.place", number=record["record_number"], line=record["first_line"])
        yield ", ".join([*sheet, place])
        reason = f": {self.asked.reason(record['reason'])}" if record["reason"] else ""
        yield say("life.read_as", outcome=say(f"outcome.{record['outcome']}")) + reason
        if record["submission_id"]:
            yield say("life.submission", submission=record["submission_id"])
        if record["repeat"]:
            yield say("life.row_of", repeat=record["repeat"], record=str(self._parent(record)))

    def _parent(self, record: dict[str, Any]) -> object:
        table = f"collect.{quote('repeat_' + record['repeat'])}"
        found = self._all(f"SELECT parent_record_id FROM {table} WHERE record_id = ?", self.number)
        return found[0]["parent_record_id"] if found else "–"

    def _log(self, record: dict[str, Any]) -> Iterator[str]:
        """The lines of the cleaning log that speak of this submission."""
        if not record["submission_id"]:
            return
        sql = "SELECT * FROM edit.correction WHERE submission_id = ? ORDER BY line"
        for line in self._all(sql, record["submission_id"]):
            named = _ROW.fullmatch(line["question"] or "")
            column = named["question"] if named else ""
            values = [
                self.asked.value(record["wave"], column, line[name])
                for name in ("old_value", "new_value")
            ]
            remark = line["reason"] or ""
            remark = self.asked.say("life.masked") if _TELLING.search(remark) else remark
            what = self.asked.say(f"life.{line['action']}", old=values[0], new=values[1])
            place = self.asked.question(record["wave"], column) if column else ""
            yield self.asked.say(
                "life.log_line",
                line=line["line"],
                what=": ".join(part for part in (place, what) if part),
                reason=remark or "–",
                date=line["date"] or "–",
            )

    def _others(self, record: dict[str, Any]) -> Iterator[str]:
        """Copies, other versions, and other answers of the same unit, each with its verdict."""
        found = self._all(
            """SELECT DISTINCT other.record_id
               FROM collect.submission own JOIN collect.submission other
                 ON other.wave = own.wave AND other.record_id <> own.record_id
                AND (other.submission_id = own.submission_id
                     OR other.root_id = own.root_id AND own.root_id <> ''
                     OR other.deprecated_id = own.submission_id
                     OR own.deprecated_id = other.submission_id
                     OR other.content_sha256 = own.content_sha256 AND ? = 'equal_copy')
               WHERE own.record_id = ?""",
            record["ended"],
            self.number,
        )
        related = {row["record_id"] for row in found}
        warned = {row["code"] for row in self._violations()}
        if record["unit_id"] and OF_UNIT & {record["ended"], *warned}:
            of_unit = self._all(
                """SELECT record_id FROM edit.ledger
                   WHERE wave = ? AND unit_id = ? AND repeat = '' AND record_id <> ?""",
                record["wave"],
                record["unit_id"],
                self.number,
            )
            related |= {row["record_id"] for row in of_unit}
        for number in sorted(related)[:LISTED]:
            yield self._ended(number)
        if len(related) > LISTED:
            yield self.asked.say("life.more", count=len(related) - LISTED)

    def _ended(self, number: int, row_id: str = "") -> str:
        """What became of another record."""
        told = self._one("SELECT verdict, reason FROM edit.ledger WHERE record_id = ?", number)
        place = f"{number} ({row_id})" if row_id else str(number)
        reason = self.asked.reason(told["reason"])
        verdict = self.asked.say(f"verdict.{told['verdict']}")
        return self.asked.say("life.other", record=place, verdict=verdict, reason=reason)

    def _verdict(self, record: dict[str, Any]) -> Iterator[str]:
        verdict = self.asked.say(f"verdict.{record['verdict']}")
        yield f"{verdict}: {self.asked.reason(record['ended'])} ({record['ended']})"

    def _violations(self) -> list[dict[str, Any]]:
        """In the order of the form; what concerns the whole record first."""
        sql = "SELECT * FROM edit.violation WHERE record_id = ? ORDER BY violation_id"
        return sorted(
            self._all(sql, self.number),
            key=lambda broken: self.asked.places.get((broken["wave"], broken["question"]), -1),
        )

    def _rules(self, record: dict[str, Any]) -> Iterator[str]:
        wave = record["wave"]
        received = self._received(record)
        for broken in self._violations():
            column, code = broken["question"], broken["code"]
            title = self.asked.question(wave, column) if column else ""
            rule = self.asked.rule(wave, column, code)
            effect = self.asked.say(f"severity.{broken['severity']}")
            yield f"{title + ': ' if title else ''}{rule} ({code}; {effect})"
            if text := received.get(column):
                value = self.asked.value(wave, column, text)
                yield "  " + self.asked.say("life.received", value=value)

    def _received(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record's text as collect read it."""
        name = f"repeat_{record['repeat']}" if record["repeat"] else "submission"
        sql = f"SELECT * FROM collect.{quote(name)} WHERE record_id = ?"
        found = self._all(sql, self.number)
        return found[0] if found else {}

    def _cells(self, record: dict[str, Any]) -> Iterator[str]:
        """How many cells have each state; none where the record does not stand."""
        if record["ended"] != Problem.stands.name:
            return
        row_id = self._received(record).get("row_id", "")
        sql = "SELECT * FROM edit.state WHERE response_id = ? AND row_id = ? AND wave = ?"
        states: dict[str, int] = {}
        for row in self._all(sql, record["submission_id"], row_id, record["wave"]):
            for column, state in row.items():
                if column not in {"response_id", "row_id", "wave"} and state:
                    states[state] = states.get(state, 0) + 1
        counted = [f"{self.asked.say(f'state.{s}')} {states[s]}" for s in STATES if s in states]
        if counted:
            yield ", ".join(counted)

    def _rows(self, record: dict[str, Any]) -> Iterator[str]:
        """The rows of the submission's repeats, each with its own verdict."""
        if record["repeat"]:
            return
        tables = self._all(
            """SELECT table_name FROM duckdb_tables() WHERE schema_name = 'collect'
               AND starts_with(table_name, 'repeat_') ORDER BY table_name"""
        )
        for table in tables:
            sql = f"""SELECT record_id, row_id FROM collect.{quote(table["table_name"])}
                      WHERE parent_record_id = ? ORDER BY record_id"""
            for row in self._all(sql, self.number):
                yield self._ended(row["record_id"], row["row_id"])

    def _end(self, record: dict[str, Any]) -> Iterator[str]:
        """The response it became, and the pages that it counts on."""
        stands = record["ended"] == Problem.stands.name
        unit = self.asked.units.get(record["unit_id"], {}) if stands else {}
        if unit:
            yield self.asked.say("life.response_of", unit=unit["unit_id"], wave=record["wave"])
        else:
            key = "life.response" if stands else "life.no_response"
            yield self.asked.say(key, wave=record["wave"])
        pages = self._pages(record["wave"], unit, stands=stands)
        yield self.asked.say("life.pages" if pages else "life.no_pages")
        yield from (f"briefs/{path}" for path in pages)

    def _pages(self, wave: str, unit: dict[str, Any], *, stands: bool) -> list[str]:
        """The pages fed, in the language of these lines where they are made in it."""
        fed: dict[tuple[str, ...], dict[str, list[str]]] = {}
        for page in self._all(
            """SELECT kind, coalesce(unit_id, '') AS unit_id, coalesce(group_kind, '') AS by,
                      coalesce(group_code, '') AS code, language, path
               FROM report.brief WHERE wave = ? AND path <> '' ORDER BY path""",
            wave,
            con=self.members,
        ):
            counts = {
                "quality": True,
                "network": stands,
                "group": stands and unit.get(page["by"]) == page["code"],
            }
            own = bool(page["unit_id"]) and page["unit_id"] == unit.get("unit_id")
            if counts.get(page["kind"], own):
                about = fed.setdefault((page["kind"], page["by"], page["code"]), {})
                about.setdefault(page["language"], []).append(page["path"])
        return sorted(
            path
            for pages in fed.values()
            for language, paths in pages.items()
            if language == self.asked.language or self.asked.language not in pages
            for path in paths
        )

    def _one(self, sql: str, *values: object) -> dict[str, Any]:
        return self._all(sql, *values)[0]

    def _all(
        self, sql: str, *values: object, con: duckdb.DuckDBPyConnection | None = None
    ) -> list[dict[str, Any]]:
        found = (con or self.con).execute(sql, list(values))
        names = [column for column, *_ in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
