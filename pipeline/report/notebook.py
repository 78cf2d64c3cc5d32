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
from pipeline.report.page import MIME, TEMPLATES, Json, environment, page
from pipeline.report.plan import Job, file_language
from pipeline.report.reading import PROJECT
from pipeline.report.return_sheet import ReturnBrief
from pipeline.texts import LANGUAGES, say, spoken

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOKS = PROJECT / "notebooks"
ENGINE = "relevo"
KEY = "key of brief"  # stands for the twelve digits until they are known


@dataclass(frozen=True)
class Made:
    """What became of a brief: its key, and hash and size of its file; or the error's name."""

    key: str = ""
    sha256: str = ""
    bytes: int = 0
    error: str = ""


def make(job: Job, folder: Path, *, engine: str | None = ENGINE, keep: bool = True) -> Made:
    """Make one brief and put its file in place.

    Args:
        job: which brief.
        folder: the work folder; a notebook that failed is left in its `failed/`.
        engine: Papermill's engine; None is the stock kernel.
        keep: False to warm up: everything is done, no file is left.
    """
    try:
        key, html = _rendered(job, list(shown(run(job, engine))))
        beside = _workbook(job)
    except Exception as error:  # noqa: BLE001 - one brief that fails must not stop the others
        _keep_failed(job, folder, engine)
        return Made(error=_told(error))
    data = html.encode()
    if keep:
        path = folder / "briefs" / job.path
        if beside:
            _put(path.with_suffix(".xlsx"), beside)
        _put(path, data)
    return Made(key, hashlib.sha256(data).hexdigest(), len(data))


def _workbook(job: Job) -> bytes:
    """The file to be filled in beside the page of a return sheet; nothing for other briefs."""
    if job.kind != ReturnBrief.kind:
        return b""
    brief = open_brief(job.kind, survey=job.survey, **_about(job))
    assert isinstance(brief, ReturnBrief)
    return brief.workbook()


def _told(error: BaseException) -> str:
    """What went wrong, without any answer of anybody: a library's message may quote one."""
    name = str(getattr(error, "ename", "") or type(error).__name__)
    told = getattr(error, "evalue", str(error))
    return str(told) if name == RelevoError.__name__ else name


def run(job: Job, engine: str | None = ENGINE, output: Path | None = None) -> NotebookNode:
    """The notebook of a brief, run with its parameters.

    Args:
        job: which brief.
        engine: Papermill's engine; None is the stock kernel.
        output: where the notebook is written when it ends, also by an error; nowhere if None.
    """
    from papermill import execute_notebook  # noqa: PLC0415 - heavy, and only needed here
    from papermill.engines import papermill_engines  # noqa: PLC0415

    from pipeline.report.engine import Engine  # noqa: PLC0415

    papermill_engines.register(ENGINE, Engine)
    # papermill fills braces in a path with the parameters
    path = str(output).replace("{", "{{").replace("}", "}}") if output else None
    done: NotebookNode = execute_notebook(
        copy.deepcopy(_source(job.kind)),
        path,
        _parameters(job),
        engine_name=engine,
        kernel_name="python3",
        progress_bar=False,
        request_save_on_cell_execute=False,
    )
    return done


def _keep_failed(job: Job, folder: Path, engine: str | None) -> None:
    """Run a notebook that failed once more, to keep it with its error for who looks into it."""
    path = folder / "failed" / f"{Path(job.path).stem}.ipynb"
    path.parent.mkdir(exist_ok=True)
    with suppress(Exception):
        run(job, engine, path)


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


@cache
def _source(kind: str) -> NotebookNode:
    import nbformat  # noqa: PLC0415

    read: Any = nbformat.read  # untyped there
    source: NotebookNode = read(NOTEBOOKS / f"brief_{kind}.ipynb", as_version=4)
    return source


def shown(notebook: NotebookNode) -> Iterator[Json]:
    """The parts that a notebook's cells show, in order; other outputs are no part of a brief."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield from output.get("data", {}).get(MIME, ())


def _rendered(job: Job, parts: list[Json]) -> tuple[str, str]:
    """The brief's own key and its page, in whose footer the key stands."""
    assets = os.path.relpath("assets", Path(job.path).parent)
    names = _switch(job)
    head, _, tail = page(parts, languages=names, assets=assets, key=KEY).rpartition(KEY)
    made_from = hashlib.sha256(_code(job.kind, spoken(job.language)))
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


@cache
def _code(kind: str, language: str) -> bytes:
    """What a page is made with: notebook, templates, texts."""
    assert language in LANGUAGES
    environment()
    files = [
        NOTEBOOKS / f"brief_{kind}.ipynb",
        *sorted(TEMPLATES.iterdir()),
        TEMPLATES.parent.parent / "texts" / f"{language}.toml",
    ]
    return b"\0".join(path.read_bytes() for path in files)


def _put(path: Path, data: bytes) -> None:
    """Write beside, then rename: a file in place is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
