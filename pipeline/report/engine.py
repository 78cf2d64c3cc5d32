"""A Papermill engine that runs a notebook in this process: no kernel to start, no sockets.

It is ipykernel's own shell. What a kernel would send through a socket is kept as outputs of the
cell, in the way of nbclient, so that they equal those of the stock kernel: displays and their
updates, results, tracebacks, streams, what a subprocess prints, magics, top-level await.
Input is refused as the stock kernel refuses it under Papermill. Refused by name (not_in_brief) is
what would need a page that talks back: widgets and other comms, and leaving the kernel.
"""

from __future__ import annotations

import asyncio
import builtins
import getpass
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from io import TextIOBase, UnsupportedOperation
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import comm
from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.session import Session, json_packer, json_unpacker
from nbformat import NotebookNode
from papermill.engines import Engine as PapermillEngine
from papermill.engines import NotebookExecutionManager
from traitlets import Any as AnyTrait
from traitlets.config import Config

from pipeline.errors import Finding, Problem, RelevoError

# What the stock kernel's launcher says where nobody has said anything.
ENVIRONMENT = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
Message = dict[str, Any]


class Outputs:
    """The outputs of the running cell, made of a kernel's messages as nbclient makes them."""

    def __init__(self) -> None:
        self.cell: list[NotebookNode] = []
        self.shown: dict[str, list[NotebookNode]] = {}  # by display_id
        self.is_clearing = False

    def start(self) -> None:
        """A new cell begins."""
        self.cell, self.is_clearing = [], False

    def take(self, kind: str, content: Message) -> None:
        """One message of the kernel; kinds that are no output of a cell are left."""
        if kind == "clear_output":
            self.is_clearing = content["wait"]
            if not content["wait"]:
                self.cell.clear()
            return
        identifier = content.pop("transient", {}).get("display_id")
        for shown in self.shown.get(identifier, ()):
            _set(shown, data=content["data"], metadata=content["metadata"])
        if kind not in {"display_data", "execute_result", "stream", "error"}:
            return
        if self.is_clearing:
            self.cell.clear()
            self.is_clearing = False
        node: NotebookNode = NotebookNode()  # type: ignore[no-untyped-call]
        _set(node, output_type=kind, **content)
        self.cell.append(node)
        if identifier:
            self.shown.setdefault(identifier, []).append(node)


def _set(node: NotebookNode, **values: object) -> None:
    """Set plain values: NotebookNode would turn each dictionary inside into one of its kind."""
    dict.update(node, values)


class _Channel(Session):
    """Where ipykernel's shell sends its messages; what JSON cannot hold is turned as on the way."""

    outputs = AnyTrait()

    def msg(  # type: ignore[override]
        self, msg_type: str, content: Message | None = None, **_more: Any
    ) -> Message:
        return {"msg_type": msg_type, "content": content or {}}

    def send(  # type: ignore[override]
        self,
        _stream: object,
        kind: Any,
        content: Message | None = None,
        *_: Any,
        **__: Any,
    ) -> None:
        if isinstance(kind, dict):
            kind, content = kind["msg_type"], kind["content"]
        self.outputs.take(kind, json_unpacker(json_packer(content)))


class _Stream(TextIOBase):
    """stdout or stderr of a notebook, with what is written below Python to its file descriptor."""

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: Outputs, written: Callable[[], str]) -> None:
        self.name = name
        self.outputs = outputs
        self.written = written
        self.texts: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self.texts += [self.written(), text]
        return len(text)

    def flush(self) -> None:
        text = "".join([*self.texts, self.written()])
        self.texts.clear()
        if text:
            self.outputs.take("stream", {"name": self.name, "text": text})

    def fileno(self) -> int:
        raise UnsupportedOperation("fileno")


@contextmanager
def _descriptor(number: int) -> Iterator[Callable[[], str]]:
    """What is written to a file descriptor, by subprocesses too: a call gives what is new."""
    if not hasattr(os, "memfd_create"):
        yield lambda: ""
        return
    kept, caught = os.dup(number), os.memfd_create(f"relevo-{number}")
    os.dup2(caught, number)
    place = 0

    def written() -> str:
        nonlocal place
        found = os.pread(caught, 1 << 20, place)
        place += len(found)
        return found.decode(errors="replace")

    try:
        yield written
    finally:
        os.dup2(kept, number)
        os.close(kept)
        os.close(caught)


def _refuse(what: str) -> Callable[..., Any]:
    """A function that refuses by name what a page cannot show."""

    def refused(*_: Any, **__: Any) -> None:
        raise RelevoError(Finding(Problem.not_in_brief, values={"found": what}))

    return refused


class _Shell(ZMQInteractiveShell):
    """ipykernel's shell without a kernel, a profile or a history in anybody's home."""

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        """None: a run leaves nothing in anybody's home."""

    def init_profile_dir(self, profile_dir: object) -> None:
        """None: there is no profile, so that a page is the same for everybody."""

    def ask_exit(self) -> None:
        _refuse("exit()")()


@contextmanager
def _shell() -> Iterator[Any]:
    """A fresh shell; what it replaces in this process is put back."""
    folder, before = Path.cwd(), dict(os.environ)
    main, displayhook = sys.modules["__main__"], sys.displayhook
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    InteractiveShell.clear_instance()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    shell: Any = _Shell.instance(config=config, compiler_class=XCachingCompiler)
    shell._db = {}
    channel = _Channel(outputs=Outputs(), config=Config())
    shell.display_pub.session = shell.displayhook.session = channel
    shell.displayhook.topic = b"execute_result"
    try:
        yield shell
    finally:
        _Shell.clear_instance()
        sys.modules["__main__"], sys.displayhook = main, displayhook
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
        os.chdir(folder)


_ready: list[tuple[ExitStack, Any]] = []


def prepare() -> None:
    """Make the next notebook's shell ahead, so that a process forked from this one finds it."""
    stack = ExitStack()
    _ready.append((stack, stack.enter_context(_shell())))


@contextmanager
def _next_shell() -> Iterator[Any]:
    with ExitStack() as stack:
        if _ready:
            prepared, shell = _ready.pop()
            stack.push(prepared)
        else:
            shell = stack.enter_context(_shell())
        yield shell


class Engine(PapermillEngine):  # type: ignore[misc]
    """Papermill's engine `relevo`: every code cell in one IPython shell of this process."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,  # noqa: ARG003
        **kwargs: Any,  # noqa: ARG003
    ) -> None:
        """Run the cells in order; stop at the first error that its cell does not announce.

        Raises:
            RelevoError: not_in_brief: the notebook is not in Python.
        """
        language = nb_man.nb.metadata.get("kernelspec", {}).get("language", "python")
        if language != "python":
            _refuse(f"a kernel for {language}")()
        _in_loop(_cells(nb_man))


def _in_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run in an event loop, as cells of a kernel do; beside the one that already runs here."""
    if not _is_in_loop():
        asyncio.run(work)
        return
    failed: list[BaseException] = []

    def beside() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            failed.append(error)

    thread = threading.Thread(target=beside)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _cells(nb_man: NotebookExecutionManager) -> None:
    with _next_shell() as shell, _streams(shell) as flush:
        outputs: Outputs = shell.displayhook.session.outputs
        for index, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, index)
            succeeded = True
            if _is_run(cell):
                outputs.start()
                cell.outputs, cell.execution_count = outputs.cell, shell.execution_count
                succeeded = await _succeeds(shell, cell.source)
                flush()
            if not succeeded and "raises-exception" not in cell.metadata.get("tags", []):
                nb_man.cell_exception(cell, cell_index=index)
                nb_man.cell_complete(cell, index)
                return
            nb_man.cell_complete(cell, index)


def _is_run(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    return cell.cell_type == "code" and bool(cell.source.strip()) and "skip-execution" not in tags


async def _succeeds(shell: Any, source: str) -> bool:
    """Run one cell as ipykernel does, with or without await; whether it ended well."""
    if "await" not in source and "async" not in source:
        result = shell.run_cell(source, store_history=True)
    else:
        result = await _result(shell, source)
    shell.payload_manager.clear_payload()
    return bool(result.success and not shell._last_traceback_during_displayhook)


async def _result(shell: Any, source: str) -> Any:
    failed = None
    try:
        transformed = shell.transform_cell(source)
    except Exception:  # noqa: BLE001 - the shell shows what is wrong with the cell
        transformed, failed = source, sys.exc_info()
    about = {"transformed_cell": transformed, "preprocessing_exc_tuple": failed}
    if not shell.should_run_async(source, **about):
        return shell.run_cell(source, store_history=True)
    coroutine = shell.run_cell_async(source, store_history=True, **about)
    try:
        result = await asyncio.ensure_future(coroutine)
    finally:
        shell.events.trigger("post_execute")
    shell.events.trigger("post_run_cell", result)
    return result


@contextmanager
def _streams(shell: Any) -> Iterator[Callable[[], None]]:
    """stdout, stderr, input and comms of a notebook; gives what flushes the streams."""
    outputs: Outputs = shell.displayhook.session.outputs
    no_input: Any = SimpleNamespace(_allow_stdin=False)
    with ExitStack() as stack:
        out = _Stream("stdout", outputs, stack.enter_context(_descriptor(1)))
        err = _Stream("stderr", outputs, stack.enter_context(_descriptor(2)))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        for place, name, ours in (
            (builtins, "input", partial(IPythonKernel.raw_input, no_input)),
            (getpass, "getpass", partial(IPythonKernel.getpass, no_input)),
            (comm, "create_comm", _refuse("a widget")),
        ):
            stack.callback(setattr, place, name, getattr(place, name))
            setattr(place, name, ours)

        def flush() -> None:
            out.flush()
            err.flush()

        yield flush
