"""A Papermill engine that runs a notebook in this process: no kernel to start, no sockets.

Outputs equal those of the stock kernel. Not covered are widgets, input() and updates of a display:
a brief uses none, and the engine refuses what it cannot show.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from io import TextIOBase
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import v4
from papermill.engines import Engine as PapermillEngine
from papermill.engines import NotebookExecutionManager
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

NAME = "relevo"
Outputs = list[nbformat.NotebookNode]
new_output: Any = v4.new_output  # untyped there


class _Stream(TextIOBase):
    """stdout or stderr of a cell; neighbouring writes become one output."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name = name
        self.outputs = outputs

    def write(self, text: str) -> int:
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.output_type == "stream" and last.name == self.name:
            last.text += text
        elif text:
            self.outputs.append(new_output("stream", name=self.name, text=text))
        return len(text)


class _Publisher(DisplayPublisher):
    """display() of a cell."""

    outputs = AnyTrait()

    def publish(  # type: ignore[override]
        self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **more: Any
    ) -> None:
        if more.get("update"):
            raise NotImplementedError("a display that is updated later cannot be part of a brief")
        self.outputs.append(new_output("display_data", data=data, metadata=metadata or {}))

    def clear_output(self, wait: bool = False) -> None:  # noqa: ARG002 - IPython's
        self.outputs.clear()


class _Hook(DisplayHook):
    """The last expression of a cell."""

    outputs = AnyTrait()

    def __call__(self, result: Any = None) -> None:
        if result is None or self.quiet():  # type: ignore[no-untyped-call]
            return
        data, metadata = self.compute_format_data(result)  # type: ignore[no-untyped-call]
        self.update_user_ns(result)  # type: ignore[no-untyped-call]
        if data:
            count = self.prompt_count
            self.outputs.append(
                new_output("execute_result", data=data, metadata=metadata, execution_count=count)
            )


class _Shell(InteractiveShell):
    """An IPython shell whose results, displays and tracebacks are outputs."""

    outputs = AnyTrait()
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        """None: a run leaves nothing in anybody's home."""

    def init_profile_dir(self, profile_dir: object) -> None:
        """None: there is no profile, so that a page is the same for everybody."""

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.append(
            new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=stb)
        )


@contextmanager
def _shell() -> Iterator[_Shell]:
    """A fresh shell; what it replaces in this process is put back."""
    main, displayhook = sys.modules["__main__"], sys.displayhook
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    InteractiveShell.clear_instance()
    outputs: Outputs = []
    shell = _Shell.instance(config=config)
    places: list[Any] = [shell, shell.display_pub, shell.displayhook]
    for place in places:
        place.outputs = outputs
    try:
        yield shell
    finally:
        _Shell.clear_instance()
        sys.modules["__main__"], sys.displayhook = main, displayhook


class Engine(PapermillEngine):  # type: ignore[misc]
    """Papermill's engine `relevo`: every code cell in one IPython shell of this process."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,  # noqa: ARG003
        **kwargs: Any,  # noqa: ARG003
    ) -> None:
        """Run the cells in order; stop at the first error that its cell does not announce."""
        with _shell() as shell:
            for index, cell in enumerate(nb_man.nb.cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                nb_man.cell_start(cell, index)
                succeeded = _run(shell, cell)
                if not succeeded:
                    nb_man.cell_exception(cell, cell_index=index)
                nb_man.cell_complete(cell, index)
                if not succeeded and "raises-exception" not in cell.metadata.get("tags", []):
                    return


def _run(shell: _Shell, cell: nbformat.NotebookNode) -> bool:
    """Run one cell; its outputs and number are kept in the cell."""
    shell.outputs.clear()
    cell.execution_count = shell.execution_count
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(_Stream("stdout", shell.outputs)))
        stack.enter_context(redirect_stderr(_Stream("stderr", shell.outputs)))
        stack.enter_context(_no_input())
        result = shell.run_cell(cell.source, store_history=True)  # type: ignore[no-untyped-call]
    cell.outputs = list(shell.outputs)
    return bool(result.success)


@contextmanager
def _no_input() -> Iterator[None]:
    before = sys.stdin
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123
        sys.stdin = nothing
        try:
            yield
        finally:
            sys.stdin = before
