"""One command of relevo in a process of its own: how it ended, what it said, took and touched.

The processes are forked from one that has imported relevo and nothing else, so that a file costs a
second and its memory is its own.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

SECONDS, MEGABYTES = 10, 500  # what the worst file may take: of a processor, of memory
PATIENCE = 600  # seconds, until a command counts as hanging, on however busy a machine
NOTES = 9  # file descriptor: forked children write there too
CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# Events of Python that change the disk: which of their arguments are the places, and which the
# open folders (-1 is none) that these are relative to.
CHANGED = {
    **dict.fromkeys(("os.mkdir", "os.chmod"), ((0, 2),)),
    **dict.fromkeys(("os.remove", "os.rmdir"), ((0, 1),)),
    **dict.fromkeys(("os.rename", "os.link"), ((0, 2), (1, 3))),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
}
ROOM, OWN = "WATCHED_ROOM", "WATCHED_OWN"  # tell a new interpreter what it may write


@dataclass(frozen=True)
class Attempt:
    """How a command ended. `trespasses`: writes outside its folders, and calls to the network."""

    exit: int
    said: str
    summary: str
    seconds: float
    megabytes: float
    trespasses: tuple[str, ...]

    def complaints(self, seconds: float = SECONDS) -> list[str]:
        """What no file at all may cause."""
        found = [f"trespass: {one}" for one in self.trespasses]
        if self.seconds >= seconds:
            found.append(f"{self.seconds:.1f} s")
        if self.megabytes >= MEGABYTES:
            found.append(f"{self.megabytes:.0f} MB")
        if "Traceback" in self.said:
            found.append(self.said)
        return found


def attempt(room: Path, *arguments: str, out: str = "out") -> Attempt:
    """Run `relevo *arguments` with `room` as working directory and home.

    Args:
        room: the only folder the command may know; it may write in `room/out` and `room/tmp`.
        arguments: as on the command line.
        out: the folder for outputs, below `room`.
    """
    (room / "tmp").mkdir(exist_ok=True)
    (room / "tmp/trespasses").touch()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.cli"])
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, room, arguments, (out, "tmp")))
    process.start()
    theirs.close()
    try:
        ended = mine.recv() if mine.poll(PATIENCE) else None
    except EOFError:
        ended = None
    process.join(5)
    assert ended is not None, f"the command ended without a word: {process.exitcode}"
    names = ("stderr", "stdout", "trespasses")
    said, summary, notes = (
        (room / "tmp" / name).read_text(encoding="utf-8", errors="replace") for name in names
    )
    return Attempt(ended[0], said, summary, *ended[1:], tuple(notes.splitlines()))


def _run(parent: Connection, room: Path, arguments: Sequence[str], own: Sequence[str]) -> None:
    """In the child: the command, and then how it went."""
    os.environ |= {"HOME": str(room), "TMPDIR": str(room / "tmp")}
    os.chdir(room)
    for number, name in ((1, "tmp/stdout"), (2, "tmp/stderr")):
        with (room / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    # an interpreter that the command starts is watched as well
    (room / "tmp/sitecustomize.py").write_text("from tests.nasty import attempt\nattempt.watch()\n")
    root = str(Path(__file__).parents[2])
    os.environ |= {"PYTHONPATH": os.pathsep.join([str(room / "tmp"), root])}
    os.environ |= {ROOM: str(room), OWN: os.pathsep.join(own)}
    from pipeline import cli

    sys.argv = ["relevo", *arguments]
    watch()
    try:
        cli.main()
        code: object = 0
    except SystemExit as ended:
        code = ended.code or 0
    sys.stdout.flush()
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    megabytes = max(usage.ru_maxrss for usage in usages) / 1024
    parent.send((code, seconds, megabytes))


def watch() -> None:
    """Note from here on what this process and its children do outside the room."""
    room, own = Path(os.environ[ROOM]), os.environ[OWN].split(os.pathsep)
    notes = os.open(room / "tmp/trespasses", os.O_WRONLY | os.O_APPEND)
    os.dup2(notes, NOTES)
    os.close(notes)
    sys.addaudithook(_guard(room, own))


def _guard(room: Path, own: Sequence[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """A hook that hears of every file and address Python opens, in forked children too."""
    places = tuple(str(room / name) for name in own)

    def note(text: str) -> None:
        os.write(NOTES, f"{text}\n".encode())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not (isinstance(arguments[0], int) or arguments[2] & CHANGES == 0):
            paths = [os.fsdecode(arguments[0])]
        else:
            paths = [_place(arguments, *at) for at in CHANGED.get(event, ())]
        for path in paths:
            place = os.path.abspath(path)  # noqa: PTH100  as the event says it
            if not place.startswith(places) and place != os.devnull:
                note(f"write {place}")
        if event == "socket.connect" and arguments[0].family != socket.AF_UNIX:
            note(f"connect {arguments[1]}")
        if event == "socket.getaddrinfo":
            note(f"look up {arguments[0]}")

    return hook


def _place(arguments: tuple[Any, ...], at: int, within: int | None) -> str:
    """The place an event speaks of, which may be relative to an open folder."""
    folder = -1 if within is None else arguments[within]
    path = Path(os.fsdecode(arguments[at]))
    return str(Path(f"/proc/self/fd/{folder}").readlink() / path if folder >= 0 else path)
