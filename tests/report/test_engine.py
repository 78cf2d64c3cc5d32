"""Our engine shows what the stock kernel shows, whatever a notebook does."""

import contextlib
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat import v4

from pipeline.errors import Problem, RelevoError
from pipeline.report import notebook
from pipeline.report.plan import Job
from tests.report import release

code: Callable[..., Any] = v4.new_code_cell  # untyped there
text: Callable[..., Any] = v4.new_markdown_cell

CELLS = {
    "markdown": [text("# A *title*"), code("1 + 1"), text("$x$"), code("")],
    "results": [
        code("{'b': (1, 2), 'a': float('inf')}"),
        code("_"),
        code("Out[1]['b'], In[0]"),
        code("3;"),
        code("None"),
        code("import datetime\ndatetime.date(2025, 3, 3)"),
        code("__name__, __doc__"),
    ],
    "display": [
        code(
            "from IPython.display import HTML, JSON, Image, Latex, Markdown, SVG, clear_output\n"
            "display(HTML('<b>a</b>'), Markdown('*b*'), metadata={'x': (1,)})\n"
            "print('between')\n"
            "display({'text/plain': 'c', 'application/json': {'d': [1, None]}}, raw=True)\n"
            "Latex('$e$')"
        ),
        code("JSON({'a': [1]})"),
        code("Image(b'\\x89PNG\\r\\n\\x1a\\n', format='png')"),
        code("print('gone'); clear_output(); print('kept')"),
        code("print('gone'); clear_output(wait=True); display('kept')"),
        code("display(1); clear_output(wait=True)"),
        code("import pandas as pd\npd.DataFrame({'a': [1, None], 'b': ['<x>', 'é']})"),
        code("class Odd:\n    def _repr_html_(self):\n        raise ValueError('odd')\nOdd()"),
    ],
    "updates of a display": [
        code("shown = display('first', display_id='one')\ndisplay('other')"),
        code("shown.update('second')"),
        code("display('third', display_id='one')"),
    ],
    "streams": [
        code("import sys\nprint('a', end='')\nprint('b')\nprint('c', flush=True)\nprint('d')"),
        code("print('out'); print('err', file=sys.stderr); print('out again')"),
        code("sys.stdout.write('no newline')"),
        code("import warnings\nwarnings.warn('careful', stacklevel=1)"),
        code("sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable()"),
        code("print('\\r1%\\r2%')"),
    ],
    "below Python": [
        code("import os, subprocess\nos.write(1, b'written\\n');"),
        code("os.system('echo shell');"),
        code("subprocess.run(['echo', 'child']).returncode"),
    ],
    "a traceback": [
        code("def broken(n):\n    return 1 / n"),
        code("print('before')\nbroken(0)"),
        code("print('never')"),
    ],
    "a syntax error": [code("x = (1,\n", metadata={"tags": ["raises-exception"]}), code("if")],
    "an exception that was announced": [
        code("raise KeyError('é')", metadata={"tags": ["raises-exception"]}),
        code(
            "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('b') from error",
            metadata={"tags": ["raises-exception"]},
        ),
        code("'after'", metadata={"tags": ["skip-execution"]}),
        code("'at last'"),
    ],
    "leaving": [code("import sys\nsys.exit(3)"), code("'never'")],
    "magics": [
        code("%precision 2\n3.14159"),
        code("%%capture caught\nprint('hidden')"),
        code("caught.stdout"),
        code("!echo from the shell"),
        code("lines = !printf 'a\\nb\\n'\nlines"),
        code("%%bash\necho bash\necho error >&2"),
        code("%%writefile {str('/dev/null')}\nx"),
        code("x = 1\n%whos"),
        code("%env NOT_THERE", metadata={"tags": ["raises-exception"]}),
        code("%no_such_magic", metadata={"tags": ["raises-exception"]}),
        code("len?"),
        code("%%html\n<i>x</i>"),
        code("%xmode Plain\n1 / 0", metadata={"tags": ["raises-exception"]}),
        code("%cd -q /\n%pwd"),
    ],
    "await": [
        code("import asyncio\nasync def later(x):\n    await asyncio.sleep(0)\n    return x"),
        code("await later(1)"),
        code("task = asyncio.ensure_future(later(2))"),
        code("await task"),
        code("asyncio.get_running_loop().is_running()"),
        code("async for x in 3:\n    pass", metadata={"tags": ["raises-exception"]}),
        code("asyncio.run(3)", metadata={"tags": ["raises-exception"]}),
        code("[x async for x in (later(i) for i in [])]", metadata={"tags": ["raises-exception"]}),
        code("await later(4) / 0"),
    ],
    "input": [
        code("input('?')", metadata={"tags": ["raises-exception"]}),
        code("import getpass\ngetpass.getpass()"),
    ],
    "the environment": [
        code("import os\n[os.environ.get(name) for name in ('TERM', 'PAGER', 'MPLBACKEND')]"),
        code("get_ipython().colors, get_ipython().autoindent"),
    ],
}
# What two runs of the stock kernel do not share either: its process, and where things lie.
CHANGING = re.compile(r"ipykernel_\d+|0x[0-9a-f]{6,}")


def _run(cells: Sequence[Any], engine: str | None, folder: Path) -> list[Any]:
    """Number and outputs of each code cell, as plain data; a failed notebook is read as kept."""
    path = folder / f"{engine or 'stock'}.ipynb"
    book = v4.new_notebook(cells=list(cells))  # type: ignore[no-untyped-call]
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "P"}
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        if engine:  # as in a fresh process; pytest would keep warnings for itself
            warnings.resetwarnings()
            warnings.simplefilter("default")
            patch.setattr(warnings, "showwarning", _show)
        else:  # the kernel's own: sockets, event loops
            warnings.simplefilter("ignore")
        patch.delenv("PYTEST_CURRENT_TEST")  # where it is set, a kernel leaves descriptors alone
        with contextlib.suppress(papermill.PapermillExecutionError):
            papermill.execute_notebook(
                book, str(path), engine_name=engine, kernel_name="python3", progress_bar=False
            )
    return outputs(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]


def _show(message: Any, category: Any, file: str, line: int, *_: object) -> None:
    sys.stderr.write(warnings.formatwarning(message, category, file, line))


def outputs(book: nbformat.NotebookNode) -> list[Any]:
    """Number and outputs of each code cell, without what two runs never share."""
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    found = json.dumps([[cell.execution_count, joined(cell.outputs)] for cell in cells])
    return list(json.loads(CHANGING.sub("…", found)))


def joined(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Pieces of a stream as one: a kernel also cuts them by its clock, every fifth of a second."""
    whole: list[Mapping[str, Any]] = []
    for is_stream, run in groupby(found, lambda one: one["output_type"] == "stream"):
        texts: dict[str, str] = {}
        for one in run:
            if not is_stream:
                whole.append(one)
                continue
            texts[one["name"]] = texts.get(one["name"], "") + one["text"]
        whole += [{"output_type": "stream", "name": n, "text": t} for n, t in texts.items()]
    return whole


# The stock kernel starts for each; the other kinds of cell are among the long sweeps.
QUICK = ("results", "display", "streams", "a traceback", "magics", "await")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n not in QUICK)) for n in CELLS]
)
def test_outputs_equal_those_of_the_stock_kernel(name: str, tmp_path: Path) -> None:
    notebook.register()
    ours, stock = (_run(CELLS[name], engine, tmp_path) for engine in ("relevo", None))
    for position, (mine, theirs) in enumerate(zip(ours, stock, strict=True)):
        assert mine == theirs, CELLS[name][position]


def test_a_run_leaves_this_process_as_it_was(tmp_path: Path) -> None:
    notebook.register()
    before = dict(os.environ), input, Path.cwd()
    _run([*CELLS["magics"], *CELLS["input"]], "relevo", tmp_path)
    assert (dict(os.environ), input, Path.cwd()) == before


@pytest.mark.parametrize(
    ("source", "what"),
    [("import comm\ncomm.create_comm()", "a widget"), ("exit()", "exit()")],
)
def test_what_needs_a_running_kernel_is_refused_by_name(
    source: str, what: str, tmp_path: Path
) -> None:
    notebook.register()
    ((_, shown),) = _run([code(source)], "relevo", tmp_path)
    (error,) = (one for one in shown if one["output_type"] == "error")  # libraries may warn beside
    assert error["ename"] == "RelevoError"
    assert error["evalue"].startswith(f"a page cannot hold {what}")


def test_a_notebook_in_another_language_is_refused(tmp_path: Path) -> None:
    notebook.register()
    book = v4.new_notebook(cells=[code("1")])  # type: ignore[no-untyped-call]
    book.metadata["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    with pytest.raises(RelevoError) as refused:
        papermill.execute_notebook(book, None, engine_name="relevo", progress_bar=False)
    assert [found.problem for found in refused.value.findings] == [Problem.not_in_brief]


JOBS = [
    Job("little", "network", "public", release.WAVE, "es", "public/network.es.html"),
    Job("little", "quality", "desk", release.WAVE, "pt", "desk/quality.pt.html"),
    Job("little", "group", "public", release.WAVE, "en", "public/g.en.html", "", "country", "AR"),
    Job("little", "government", "own", release.WAVE, "fr", "own/x/g.fr.html", "AR-x-belmira"),
    Job("little", "return", "own", release.WAVE, "es", "own/x/r.es.html", "AR-x-belmira"),
]  # fmt: skip


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(job, id=job.kind, marks=[pytest.mark.slow] * (job.kind in {"group", "return"}))
        for job in JOBS
    ],
)
def test_every_brief_equals_that_of_the_stock_kernel(job: Job, opened: Path) -> None:
    ours = notebook.run(job)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock = notebook.run(job, None)
    assert outputs(ours) == outputs(stock)
    pages = [notebook.rendered(job, list(notebook.shown(book))) for book in (ours, stock)]
    assert pages[0] == pages[1]
    assert len(pages[0][1]) > 1000
