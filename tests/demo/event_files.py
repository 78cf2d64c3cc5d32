"""Events as the secretariat keeps them in KoboToolbox, exported with question names as headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.demo.kobo_files import META
from tests.demo.streams import Stream, digest
from tests.demo.submissions import identifier
from tests.demo.workbook import read_workbook, write_workbook

METADATA = ("start", "end", "today")
REPEAT_ENDS = ("begin_repeat", "end_repeat")


@dataclass
class Event:
    """One record: when it was entered, and what it says; `root`: the record it edits."""

    key: str  # unique, for chance
    entered: date
    answers: dict[str, str]
    policies: list[dict[str, str]] = field(default_factory=list)
    root: str = ""

    @property
    def submission_id(self) -> str:
        return identifier("event", self.key)

    @property
    def started(self) -> datetime:
        minutes = Stream(self.key, "entered").whole(8 * 60, 17 * 60)
        midnight = datetime(self.entered.year, self.entered.month, self.entered.day, tzinfo=UTC)
        return midnight + timedelta(minutes=minutes)


def asked(form: Path) -> tuple[str, list[str], list[str]]:
    """Title, then the questions of the main form and of its repeat."""
    book = read_workbook(form)
    main: list[str] = []
    inside: list[str] = []
    into = main
    for row in book["survey"][1:]:
        kind, name = row[:2]
        if kind in REPEAT_ENDS:
            into = inside if kind == REPEAT_ENDS[0] else main
        elif kind != "note" and name not in METADATA:
            into.append(name)
    return book["settings"][1][0], main, inside


def write_events(path: Path, form: Path, events: Sequence[Event], first: int, repeat: str) -> None:
    """One workbook, in the order in which the events were entered.

    Args:
        path: of the workbook.
        form: the questionnaire.
        events: unordered.
        first: the tool's running number of the first record.
        repeat: name of the sheet of the repeat; '' = none.
    """
    title, names, inside = asked(form)
    ordered = sorted(events, key=lambda event: (event.started, event.key))
    main: list[list[object]] = [[*METADATA, *names, *META, "_index"]]
    rows: list[list[object]] = [
        [*inside, "_index", "_parent_table_name", "_parent_index", "_submission__uuid"]
    ]
    for index, event in enumerate(ordered, 1):
        started, ended = event.started, event.started + timedelta(minutes=9)
        moments = [t.isoformat(timespec="milliseconds") for t in (started, ended)]
        said = [event.answers.get(name, "") for name in names]
        meta = tool_columns(event, ended, first + 37 * index, form.parent.name)
        main.append([*moments, started.date().isoformat(), *said, *meta, index])
        for policy in event.policies:
            place = [len(rows), title, index, event.submission_id]
            rows.append([*(policy.get(name, "") for name in inside), *place])
    sheets = {title[:28] + "..." if len(title) > 31 else title: main}
    write_workbook(path, sheets | ({repeat: rows} if repeat else {}))


def tool_columns(event: Event, ended: datetime, number: int, form: str) -> list[str]:
    sent = (ended + timedelta(seconds=4)).replace(tzinfo=None, microsecond=0)
    version = f"v{digest('form version', form)[:21]}"
    root = identifier("event", event.root) if event.root else event.submission_id
    return [
        str(number), event.submission_id, sent.isoformat(), "", "", "submitted_via_web", "",
        version, "", f"uuid:{root}",
    ]  # fmt: skip
