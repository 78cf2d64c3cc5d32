"""One brief: its notebook is run through Papermill, what it shows becomes a page."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import RelevoError
from pipeline.report.opening import open_brief
from pipeline.report.origin import code_sha256
from pipeline.report.page import MIME, Json, page
from pipeline.report.plan import Job, file_language
from pipeline.report.reading import PROJECT
from pipeline.report.return_sheet import ReturnBrief
from pipeline.texts import say, spoken

if TYPE_CHECKING:
    from nbformat import NotebookNode

SECONDS = 120  # the longest a brief may take; it takes a fraction of one
NOTEBOOKS = PROJECT / "notebooks"
ENGINE = "relevo"
KERNEL = "python3"
KEY = "key of brief"  # stands for the twelve digits until they are known
SHEET = ".xlsx"  # of the workbook beside the page of a return sheet


class OutOfTimeError(BaseException):
    """The alarm of a brief; no `except Exception` of a cell stops it."""


@dataclass(frozen=True)
class Made:
    """What became of a brief: its key, hash and size of its page, hash of a workbook beside it.

    error: what went wrong, without any answer of anybody; '' for a brief that is there.
    """

    key: str = ""
    sha256: str = ""
    bytes: int = 0
    beside: str = ""
    error: str = ""


def make(  # noqa: PLR0913 - each by name
    job: Job,
    folder: Path,
    *,
    engine: str | None = ENGINE,
    notebooks: Path = NOTEBOOKS,
    seconds: int = SECONDS,
    keep: bool = True,
    watched: bool = False,
) -> Made:
    """Make one brief and put its files in place.

    Args:
        job: which brief.
        folder: the work folder; a notebook that failed is left in its `failed/`.
        engine: Papermill's engine; None is the stock kernel.
        notebooks: the folder of the notebooks.
        seconds: the longest a cell may take in the stock kernel.
        keep: False to warm up: everything is done, no file is left.
        watched: save the notebook after each cell, for a brief that ends its process.
    """
    failed = failed_path(job, folder)
    failed.parent.mkdir(exist_ok=True)
    done: NotebookNode | None = None
    try:
        done = run(job, engine, failed, notebooks, seconds=seconds, save=watched)
        key, html = rendered(job, list(shown(done)), notebooks)
        beside = _workbook(job)
    except (Exception, OutOfTimeError) as error:  # noqa: BLE001 - the others are made all the same
        if done is not None:
            _keep(done, failed)
        return Made(error=_told(error))
    data = html.encode()
    if keep:
        path = folder / "briefs" / job.path
        if beside:
            put(path.with_suffix(SHEET), beside)
        put(path, data)
    return Made(key, _sha256(data), len(data), _sha256(beside) if beside else "")


def failed_path(job: Job, folder: Path) -> Path:
    """Where the notebook of a brief that failed is kept."""
    return folder / "failed" / f"{Path(job.path).stem}.ipynb"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _workbook(job: Job) -> bytes:
    """The file to be filled in beside the page of a return sheet; nothing for other briefs."""
    if job.kind != ReturnBrief.kind:
        return b""
    brief = open_brief(job.kind, survey=job.survey, **_about(job))
    assert isinstance(brief, ReturnBrief)
    return brief.workbook()


TOLD = {"OutOfTimeError": "out_of_time", "MemoryError": "out_of_memory"}


def _told(error: BaseException) -> str:
    """What went wrong, without any answer of anybody: a library's message may quote one."""
    name = str(getattr(error, "ename", "") or type(error).__name__)
    told = getattr(error, "evalue", str(error))
    return str(told) if name == RelevoError.__name__ else TOLD.get(name, name)


def register() -> None:
    """Make Papermill know our engine, installed or not."""
    from papermill.engines import papermill_engines  # noqa: PLC0415 - heavy, and only needed here

    from pipeline.report.engine import Engine  # noqa: PLC0415

    papermill_engines.register(ENGINE, Engine)


def run(  # noqa: PLR0913 - each by name
    job: Job,
    engine: str | None = ENGINE,
    failed: Path | None = None,
    notebooks: Path = NOTEBOOKS,
    *,
    seconds: int = SECONDS,
    save: bool = False,
) -> NotebookNode:
    """The notebook of a brief, run with its parameters.

    These are the steps of papermill.execute_notebook without the writing of every notebook.

    Args:
        job: which brief.
        engine: Papermill's engine; None is the stock kernel.
        failed: where the notebook is written when a cell fails; nowhere if None.
        notebooks: the folder of the notebooks.
        seconds: the longest a cell may take in the stock kernel.
        save: write it there after each cell, whatever comes.

    Raises:
        PapermillExecutionError: of the first cell that failed.
    """
    from papermill.engines import papermill_engines  # noqa: PLC0415 - heavy, and only needed here
    from papermill.execute import raise_for_execution_errors  # noqa: PLC0415
    from papermill.parameterize import parameterize_notebook  # noqa: PLC0415

    register()
    path = str(failed) if failed else None
    book = parameterize_notebook(
        _source(notebooks, job.notebook), _parameters(job), kernel_name=KERNEL, engine_name=engine
    )
    done: NotebookNode = papermill_engines.execute_notebook_with_engine(
        engine,
        book,
        kernel_name=KERNEL,
        output_path=path if save else None,
        progress_bar=False,
        execution_timeout=seconds,
    )
    raise_for_execution_errors(done, path)
    return done


def _keep(book: NotebookNode, path: Path) -> None:
    """Keep a notebook whose page could not be made."""
    import nbformat  # noqa: PLC0415

    with suppress(Exception):
        path.write_text(nbformat.writes(book), encoding="utf-8")  # type: ignore[no-untyped-call]


def _parameters(job: Job) -> dict[str, str]:
    return {"survey": job.survey, "release": "current", **_about(job)}


def _about(job: Job) -> dict[str, str]:
    """What a brief is about, as the parameters of its notebook."""
    of_unit = {"unit": job.unit_id}
    about = {
        "government": of_unit,
        "return": of_unit,
        "group": {"group_kind": job.group_kind, "group": job.group_code},
    }.get(job.kind, {})
    return {"wave": job.wave, **about, "language": job.language}


def _source(notebooks: Path, kind: str) -> NotebookNode:
    """A notebook as it lies in the folder, to be filled."""
    return copy.deepcopy(_read(notebooks, kind))


@cache
def _read(notebooks: Path, kind: str) -> NotebookNode:
    from papermill.iorw import load_notebook_node  # noqa: PLC0415 - heavy, only needed here

    source: NotebookNode = load_notebook_node(str(notebooks / f"brief_{kind}.ipynb"))
    return source


def shown(notebook: NotebookNode) -> Iterator[Json]:
    """The parts that a notebook's cells show, in order; other outputs are no part of a brief."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield from output.get("data", {}).get(MIME, ())


def rendered(job: Job, parts: list[Json], notebooks: Path = NOTEBOOKS) -> tuple[str, str]:
    """The brief's own key and its page, in whose footer the key stands.

    The key is the hash of all that the page was made from: its rows and texts as they are printed,
    the notebook, templates and code.
    """
    assets = os.path.relpath("assets", Path(job.path).parent)
    names = _switch(job)
    head, _, tail = page(parts, languages=names, assets=assets, key=KEY).rpartition(KEY)
    code = code_sha256(notebooks, job.notebook, spoken(job.language))
    made_from = hashlib.sha256(code.encode())
    made_from.update(f"{head}{tail}".encode())
    key = made_from.hexdigest()[: len(KEY)]
    return key, f"{head}{key}{tail}"


NATIVE = {"es": "Español", "pt": "Português", "en": "English", "fr": "Français"}


def _switch(job: Job) -> list[dict[str, Any]]:
    """Links to the same brief in its other languages."""
    name = Path(job.path).name
    here = f".{file_language(job.language)}.html"
    label = say(spoken(job.language), "page.languages")
    return [
        {
            "code": file_language(code),
            "name": NATIVE.get(code, code),
            "href": name.removesuffix(here) + f".{file_language(code)}.html",
            "label": label,
        }
        for code in job.siblings
    ]


def put(path: Path, data: bytes) -> None:
    """Write beside, then rename: a file in place is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
