"""What `press`, which knows which briefs are to be made, and `slots`, which makes them, say."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.report.notebook import SECONDS, SHEET, Made
from pipeline.report.plan import Job
from pipeline.store import file_sha256

MEMORY = 1024  # MB a brief may take beside what it finds; a brief takes some twenty


@dataclass(frozen=True)
class Order:
    """What is to be made, where, with what."""

    folder: Path
    notebooks: Path
    jobs: tuple[Job, ...]
    slots: int = 2
    seconds: int = SECONDS
    memory: int = MEMORY

    def text(self) -> str:
        """As it goes through a pipe."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def read(cls, text: str) -> Order:
        """What `text` wrote."""
        told = json.loads(text)
        jobs = tuple(Job(**{**job, "siblings": tuple(job["siblings"])}) for job in told.pop("jobs"))
        return cls(Path(told.pop("folder")), Path(told.pop("notebooks")), jobs, **told)


@dataclass(frozen=True)
class Done:
    """One brief that has ended; `position` in the order, CPU seconds and the most memory (MB)."""

    position: int
    made: Made
    cpu: float = 0.0
    memory: int = 0

    def text(self) -> str:
        """As it goes through a pipe."""
        return json.dumps(asdict(self))


def read_done(told: dict[str, Any]) -> Done:
    """What `Done.text` wrote."""
    return Done(**{**told, "made": Made(**told["made"])})


def in_place(made: Made, job: Job, folder: Path) -> bool:
    """Whether the files of a brief lie below `folder` as its record says."""
    page = folder / "briefs" / job.path
    files = {page: made.sha256, page.with_suffix(SHEET): made.beside}
    return all(path.is_file() and file_sha256(path) == told for path, told in files.items() if told)
