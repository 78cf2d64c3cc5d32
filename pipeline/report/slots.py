"""A warm process that forks one child per brief, a few at a time.

It is started by `press` and does nothing else: no rooms before it have left threads or memory. A
notebook is run here, to warm up, only after a child has lived through it. A child that crashes,
exits, hangs or takes too much memory fails its own brief and no other.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from duckdb import DuckDBPyConnection
from papermill import execute, parameterize  # noqa: F401 - so that children find them

from pipeline.report import engine
from pipeline.report.notebook import Made, OutOfTimeError, failed_path, make, register
from pipeline.report.opening import OWN, read_ahead
from pipeline.report.order import Done, Order, in_place
from pipeline.report.plan import Job

GRACE = 5  # seconds between the alarm, which leaves a notebook, and the end
THREADS = 2  # of a process that may be forked: its own, and the one of Arrow's allocator
AHEAD = 64  # governments whose rows are read at once
WORTH = 4  # briefs of a kind and language for which it pays to warm up


@dataclass(frozen=True)
class _Child:
    """A brief being made; a second try only saves the notebook of one whose process ended."""

    position: int
    pipe: int
    deadline: float
    first: Made | None = None


def main() -> None:
    """Read an order from stdin, write a line per brief to stdout; cells cannot write there."""
    order = Order.read(sys.stdin.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(text: str) -> None:
        print(text, file=out, flush=True)

    waiting = deque(enumerate(order.jobs))
    if not why_stock():
        for done in Slots(order, waiting).made():
            tell(done.text())
    if waiting:
        tell(json.dumps({"stock": why_stock()}))
        for done in _stock(order, waiting):
            tell(done.text())
    os._exit(0)  # libraries have nothing to say at the end of a process


def why_stock() -> str:
    """Why the stock kernel has to be used; '' where this process can be copied."""
    if os.environ.get("RELEVO_ENGINE") == "stock":
        return "RELEVO_ENGINE=stock"
    if sys.platform != "linux":  # elsewhere libraries keep threads that do not survive it
        return sys.platform
    found = len(list(Path("/proc/self/task").iterdir()))
    return f"{found} threads" if found > THREADS else ""


Waiting = deque[tuple[int, Job]]


def _stock(order: Order, waiting: Waiting) -> Iterator[Done]:
    """The same briefs with the stock kernel: a process each, that Papermill starts and stops."""

    def made(position: int, job: Job) -> Done:
        notebooks, seconds = order.notebooks, order.seconds
        return Done(
            position, make(job, order.folder, engine=None, notebooks=notebooks, seconds=seconds)
        )

    with ThreadPoolExecutor(order.slots) as pool:
        yield from (
            done.result() for done in as_completed(pool.submit(made, *one) for one in waiting)
        )


class Slots:
    """The children of this process, at most as many as there are slots.

    Args:
        order: what is to be made.
        waiting: positions and jobs; what is left there at the end could not be begun.
    """

    def __init__(self, order: Order, waiting: Waiting) -> None:
        self.order = order
        self.waiting = waiting
        self.running: dict[int, _Child] = {}
        self.to_come = Counter((job.kind, job.language) for _, job in waiting)
        self.ahead: frozenset[str] = frozenset()  # governments whose rows are here

    def made(self) -> Iterator[Done]:
        """Every brief with what became of it, in the order in which they end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        register()
        self._rest()
        try:
            while self.running or (self.waiting and not why_stock()):
                while self.waiting and len(self.running) < self.order.slots and not why_stock():
                    self._start(*self.waiting.popleft())
                yield from self._ended()
        finally:
            for child in self.running:
                _kill(child)

    def _start(self, position: int, job: Job) -> None:
        self.to_come[job.kind, job.language] -= 1
        failed_path(job, self.order.folder).unlink(missing_ok=True)  # of a run before
        if job.kind in OWN and job.unit_id not in self.ahead:
            units = [job.unit_id, *(one.unit_id for _, one in self.waiting if one.kind in OWN)]
            self.ahead = frozenset(list(dict.fromkeys(units))[:AHEAD])
            read_ahead(self.order.folder, job.wave, self.ahead)
        self._fork(position)

    def _fork(self, position: int, first: Made | None = None) -> None:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            self._be_child(position, writing, watched=first is not None)
        os.close(writing)
        deadline = time.monotonic() + self.order.seconds + GRACE
        self.running[child] = _Child(position, reading, deadline, first)

    def _be_child(self, position: int, pipe: int, *, watched: bool) -> NoReturn:
        """One brief; nothing of this process outlives it but its files and its record."""
        try:
            os.setpgid(0, 0)
            gc.disable()
            _limit(self.order)
            made = self._make(position, watched=watched)
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.write(pipe, json.dumps(asdict(made)).encode())
        finally:
            os._exit(0)

    def _make(self, position: int, *, keep: bool = True, watched: bool = False) -> Made:
        job, order = self.order.jobs[position], self.order
        return make(job, order.folder, notebooks=order.notebooks, keep=keep, watched=watched)

    def _ended(self) -> Iterator[Done]:
        """Wait until a child ends or is overdue; what became of those that ended."""
        nearest = min(child.deadline for child in self.running.values())
        signal.sigtimedwait({signal.SIGCHLD}, max(0.0, nearest - time.monotonic()))
        for number, child in list(self.running.items()):
            ended, status, usage = os.wait4(number, os.WNOHANG)
            if ended:
                del self.running[number]
                cpu = round(usage.ru_utime + usage.ru_stime, 4)
                yield from self._judged(child, status, cpu, usage.ru_maxrss // 1024)
            elif time.monotonic() > child.deadline:
                _kill(number)

    def _judged(self, child: _Child, status: int, cpu: float, memory: int) -> Iterator[Done]:
        """A child's record, believed only if the files are there as it says."""
        made = _received(child, status)
        job, folder = self.order.jobs[child.position], self.order.folder
        if child.first is not None:
            yield Done(child.position, child.first, cpu, memory)
        elif not made.error:
            yield Done(child.position, made if in_place(made, job, folder) else LOST, cpu, memory)
            self._warm(child.position)
        elif failed_path(job, folder).is_file():
            yield Done(child.position, made, cpu, memory)
        else:  # what is known of it stands in the notebook of a second try
            self._fork(child.position, first=made)

    def _warm(self, position: int) -> None:
        """Run a notebook that a child has lived through here too, if it pays."""
        job = self.order.jobs[position]
        if self.to_come[job.kind, job.language] < WORTH:
            return
        self.to_come[job.kind, job.language] = 0
        self._make(position, keep=False)
        self._rest()

    def _rest(self) -> None:
        """Leave nothing open, the next notebook's shell ready, and all memory as it will be."""
        for connection in (one for one in gc.get_objects() if isinstance(one, DuckDBPyConnection)):
            connection.close()
        engine.prepare()
        gc.collect()
        gc.freeze()
        gc.disable()


LOST = Made(error="file_not_in_place")


def _limit(order: Order) -> None:
    """An alarm that a cell sees as an exception, again if it goes on, and a limit to memory."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, order.seconds, GRACE / 2)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + order.memory * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _out_of_time(*_: object) -> None:
    raise OutOfTimeError


def _kill(child: int) -> None:
    """End a child and what it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def _received(child: _Child, status: int) -> Made:
    """The record of a child that has ended; without one, how it ended."""
    os.set_blocking(child.pipe, False)
    try:
        text = os.read(child.pipe, 1 << 16)
    except BlockingIOError:  # a process that it has started still holds the other end
        text = b""
    os.close(child.pipe)
    if text:
        return Made(**json.loads(text))
    if time.monotonic() > child.deadline:
        return Made(error="out_of_time")
    code = os.waitstatus_to_exitcode(status)
    how = f"signal {-code}" if code < 0 else f"exit {code}"
    return Made(error=f"process_ended, {how}")
