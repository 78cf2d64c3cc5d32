"""The command `relevo`: parses arguments and calls the rooms in their order, nothing else."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline import ask, collect, edit, estimate, report, store, texts
from pipeline.errors import Effect, Exit, Finding, Problem, RelevoError

PROJECT = Path(__file__).parent.parent

app = typer.Typer(
    name="relevo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From a questionnaire and its exports to validated data, estimates and briefs.",
    epilog="Exit codes: "
    + " · ".join(f"{e.value} {e.name.lower().replace('_', ' ')}" for e in Exit),
)
console = Console(stderr=True, highlight=False, soft_wrap=True)

SurveyName = Annotated[
    str, typer.Argument(metavar="SURVEY", help="a name in schemas/, or a folder")
]
RawFolder = Annotated[
    Path | None, typer.Option("--raw", help="in place of data/raw/<survey>", metavar="DIR")
]
OutFolder = Annotated[
    Path | None, typer.Option("--out", help="in place of data/processed", metavar="DIR")
]
Tool = Annotated[str, typer.Option("--tool", help="read every export as this tool's")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]
Quiet = Annotated[bool, typer.Option("--quiet", help="say nothing unless something is wrong")]
Debug = Annotated[bool, typer.Option("--debug", help="show tracebacks")]
Jobs = Annotated[
    int, typer.Option("--jobs", min=0, help="briefs made at the same time; 0 = one per processor")
]
Wave = Annotated[
    str, typer.Option("--wave", metavar="WAVE", help="briefs of this wave; default: the newest")
]


def _shard(text: str) -> tuple[int, int]:
    """`2/8`: the second of eight."""
    first, slash, count = text.partition("/")
    if not (slash and first.isdecimal() and count.isdecimal() and 1 <= int(first) <= int(count)):
        raise typer.BadParameter("write k/n, such as 2/8, with k from 1 to n")
    return int(first), int(count)


Shard = Annotated[
    str,
    typer.Option(
        "--shard",
        metavar="K/N",
        help="every N-th brief from the K-th on; then run once without --shard",
    ),
]
AllowFewer = Annotated[
    bool, typer.Option("--allow-fewer", help="publish with far fewer responses than before")
]
Returned = Annotated[
    list[Path] | None,
    typer.Option(
        "--returned",
        help="a return sheet, filled in: its answers join the cleaning log; may be given again",
        metavar="FILE",
        exists=True,
        dir_okay=False,
    ),
]


@dataclass(frozen=True)
class Place:
    """Where one survey's declarations, raw files and releases lie."""

    name: str
    folder: Path
    raw: Path
    shelf: store.Shelf

    def inputs(self, survey: ask.Survey) -> dict[str, Path]:
        """All that a release is made from, by label."""
        code = {name: PROJECT / name for name in ("pipeline", "notebooks", "requirements.lock")}
        frame = (self.folder / survey.frame_files.file).resolve().parent
        shared = {"shared": frame} if survey.frame_files.file else {}
        return {"survey": self.folder, "raw": self.raw, **shared, **code}


@dataclass(frozen=True)
class Options:
    """What the command line says beside the survey."""

    tool: str = ""
    jobs: int = 0
    allow_fewer: bool = False
    quiet: bool = False
    returned: tuple[Path, ...] = ()
    wave: str = ""
    shard: tuple[int, int] = report.ALL


def find(survey: str, raw: Path | None, out: Path | None) -> Place:
    """The folders of a survey named on the command line.

    Raises:
        RelevoError: unknown_survey.
    """
    schemas = PROJECT / "schemas"
    folder = Path(survey) if "/" in survey or Path(survey).is_dir() else schemas / survey
    if not folder.is_dir():
        known = sorted({path.parent.name for path in schemas.glob("*/questionnaire.*")})
        values: dict[str, object] = {"found": survey, "expected": ", ".join(known)}
        raise RelevoError(Finding(Problem.unknown_survey, values=values))
    name = folder.resolve().name
    root = (out or PROJECT / "data/processed").resolve() / name
    return Place(name, folder, raw or PROJECT / "data/raw" / name, store.Shelf(root))


def build(place: Place, options: Options, last: str) -> dict[str, Any]:
    """Run the rooms up to `last`; with `report` the result is published as the current release.

    The surveys that this one joins are brought up to date first. A run that was stopped after the
    tables were filled goes on with the briefs. A shard makes its briefs and leaves the release to
    a last run without a shard.

    Returns:
        The summary: the object of --json.
    """
    started = time.monotonic()
    survey = ask.read_survey(place.folder)
    joined = _build_joined(place, survey, options)
    is_shard = options.shard != report.ALL
    if is_shard:
        _wait_for_tables(place, options, survey, joined)
    with place.shelf.lock(shared=is_shard):
        release, _ = _release(place, options, survey, joined)
        before = place.shelf.manifest()
        if last == "report" and before and before["release"] == release:
            return _placed(before["summary"], place.shelf.current.resolve(), 0.0)
        folder = place.shelf.work
        counts = place.shelf.filled(release) if last == "report" else None
        with _why_held_back(survey, place, options):
            if counts is None:
                release, counts = _fill(place, options, survey, joined, last)
            summary: dict[str, Any] = {"release": release, **counts}
            if last != "report":
                return _placed(summary, folder, time.monotonic() - started)
            limit = survey.quality.stop_quarantined_share
            store.hold_back(summary, before, limit, allow_fewer=options.allow_fewer)
        summary |= _brief(survey, place, options)
        if is_shard:
            return _placed(summary, folder, time.monotonic() - started)
        store.write_results(folder, survey.languages, demonstration=survey.demonstration)
        facts = {"survey": survey.name, "summary": summary, "versions": store.versions()}
        target = place.shelf.publish(release, facts)
        return _placed(summary, target, time.monotonic() - started)


def _build_joined(place: Place, survey: ask.Survey, options: Options) -> dict[str, Path]:
    """Bring up to date the surveys that this one joins; the folders of their releases, by name.

    Their raw folders and releases lie beside those of this one.
    """
    ask.joined_first(place.folder)  # a circle would not end
    found: dict[str, Path] = {}
    whole = replace(options, tool="", returned=(), shard=report.ALL, wave="")
    for name in survey.joins:
        other = _beside(place, place.folder.resolve().parent / name)
        while name not in found:  # another shard may be at it
            with _unless_busy() if options.shard != report.ALL else nullcontext():
                found[name] = Path(build(other, whole, "report")["path"])
        if not options.quiet:
            console.print(f"{name}: release {found[name].name}", markup=False)
    return found


def _release(
    place: Place, options: Options, survey: ask.Survey, joined: Mapping[str, Path]
) -> tuple[str, tuple[store.Published, ...]]:
    """The release id of these inputs, and what has left the house before it."""
    inputs = place.inputs(survey)
    changing: dict[str, object] = {"tool": options.tool}
    changing |= {"wave": options.wave} if options.wave else {}
    changing |= {"joins": {name: path.name for name, path in joined.items()}} if joined else {}
    return store.before_this(
        store.published(place.raw), lambda left: store.release_id({**inputs, **left}, changing)
    )


def _fill(
    place: Place, options: Options, survey: ask.Survey, joined: Mapping[str, Path], last: str
) -> tuple[str, dict[str, Any]]:
    """Run the rooms that fill the databases, up to `last`.

    Returns:
        The release id; a returned sheet, which adds to the cleaning log, changes it. The counts.
    """
    release, left = _release(place, options, survey, joined)
    if not options.quiet:  # a rule that cannot be read is switched off, and that is said
        _tell(_errors(ask.check(place.folder)))
    with store.open_work(place.shelf.start(), left, joined) as work:
        for room in _rooms(place, options, last):
            room(survey, work)
        counts = store.count(work)
        if "files" in counts and not options.quiet:
            _tell_files(work)
            _tell(collect.notices(work))
    if options.returned:
        release, _ = _release(place, options, survey, joined)
    if last in {"estimate", "report"}:
        place.shelf.mark_filled(release, counts)
    return release, dict(counts)


def _wait_for_tables(
    place: Place, options: Options, survey: ask.Survey, joined: Mapping[str, Path]
) -> None:
    """For a shard: fill the tables, unless another one does; then wait until it has."""
    while True:
        release, _ = _release(place, options, survey, joined)
        current = place.shelf.manifest()
        if place.shelf.filled(release) or (current and current["release"] == release):
            return
        with _unless_busy(), place.shelf.lock():
            if not place.shelf.filled(release):
                _fill(place, options, survey, joined, "report")


@contextmanager
def _unless_busy() -> Iterator[None]:
    """Where another run is at it, a second later is soon enough."""
    try:
        yield
    except RelevoError as error:
        if error.findings[0].problem is not Problem.another_run:
            raise
        time.sleep(1)


def _placed(summary: dict[str, Any], folder: Path, seconds: float) -> dict[str, Any]:
    """The summary with what differs between two builds, and so is in no manifest."""
    return {**summary, "path": str(folder), "seconds": round(seconds, 1)}


def _rooms(
    place: Place, options: Options, last: str
) -> Iterator[Callable[[ask.Survey, store.Work], None]]:
    """The rooms that fill the databases, in the order of the data, up to `last`."""
    rooms: dict[str, Callable[[ask.Survey, store.Work], None]] = {
        "ask": _write_asked,
        "collect": lambda survey, work: collect.collect(survey, place.raw, work, options.tool),
        "edit": lambda survey, work: _edit(survey, work, options),
        "estimate": estimate.estimate,
        "report": lambda _survey, _work: None,
    }
    for name, room in rooms.items():
        yield room
        if name == last:
            return


def _edit(survey: ask.Survey, work: store.Work, options: Options) -> None:
    """Edit; what return sheets add to the cleaning log is told."""
    added = edit.edit(survey, work, options.returned)
    if options.returned and not options.quiet:
        console.print(f"{added} new lines in cleaning_log.csv")


def _write_asked(survey: ask.Survey, work: store.Work) -> None:
    """The tables ask.*; this room does not know the store."""
    for name, frame in ask.tables(survey).items():
        store.write_table(work.survey, name, frame)


@contextmanager
def _why_held_back(survey: ask.Survey, place: Place, options: Options) -> Iterator[None]:
    """Where a release is held back, its quality brief is printed all the same, and named."""
    try:
        yield
    except RelevoError as error:
        if error.exit is Exit.HELD_BACK:
            work, jobs = place.shelf.work, options.jobs or os.cpu_count() or 1
            codes = [finding.problem.name for finding in error.findings]
            with store.marked_held_back(store.database_path(work, "members"), codes):
                report.report(survey, work, jobs=jobs, way=report.Way(kinds=("quality",)))
            for path in sorted((work / "briefs" / "desk").glob("quality-*.html")):
                console.print(str(path), markup=False, soft_wrap=True)
        raise


def _brief(survey: ask.Survey, place: Place, options: Options) -> dict[str, int]:
    """Make the briefs; those that fail are told, the others are made all the same.

    Raises:
        RelevoError: brief_failed, one finding each.
    """
    silent = options.quiet or not console.is_terminal
    columns = (TextColumn("briefs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=silent, transient=True) as progress:
        task = progress.add_task("briefs", total=None)
        tally = report.report(
            survey,
            place.shelf.work,
            jobs=options.jobs or os.cpu_count() or 1,
            way=report.Way(shard=options.shard),
            told=report.Told(
                lambda done, total: progress.update(task, completed=done, total=total),
                lambda finding: None if options.quiet else _tell([finding]),
            ),
            wave=options.wave,
            before=place.shelf.current.resolve() if place.shelf.manifest() else None,
            contacts=place.raw / "contacts.csv",
        )
    if tally.failed:
        raise RelevoError(
            Finding(Problem.brief_failed, file=str(path), values={"reason": reason})
            for path, reason in tally.failed
        )
    return {"briefs": tally.built, "failed": 0}


@contextmanager
def told(*, debug: bool) -> Iterator[None]:
    """Turn errors into lines on stderr and the exit code of the contract."""
    try:
        yield
    except RelevoError as error:
        if debug:
            raise
        _tell(error.findings)
        raise typer.Exit(error.exit) from None
    except typer.Exit:
        raise
    except Exception as error:  # a person gets one line: a library's text may quote answers
        if debug:
            raise
        problem = (
            Problem.no_room if isinstance(error, OSError | MemoryError) else Problem.unexpected
        )
        _tell([Finding(problem, values={"found": type(error).__name__})])
        raise typer.Exit(Exit.ENVIRONMENT) from None


def _tell(findings: Iterable[Finding]) -> None:
    for finding in findings:
        console.print(f"[bold]{finding.problem.name}[/bold] ", end="")
        console.print(str(finding), markup=False)


def _tell_files(work: store.Work) -> None:
    """What each raw file was read as."""
    for path, tool, records in store.files(work):
        console.print(f"{path}: {tool}, {records} records", markup=False)


def _errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.problem.effect is not Effect.WARNING]


def _summarise(summary: dict[str, Any], *, as_json: bool, quiet: bool) -> None:
    """The summary on stdout as JSON, or a few lines on stderr."""
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    elif not quiet:
        if "records" in summary:
            parts = [f"{summary[v]} {v.replace('_', ' ')}" for v in store.VERDICTS if v in summary]
            console.print(
                f"{summary['records']} records" + (" = " + " + ".join(parts)) * bool(parts)
            )
        if "briefs" in summary:
            console.print(f"{summary['briefs']} briefs, {summary['responses']} responses")
        console.print(f"{summary['path']}  ({summary['seconds']} s)")


def _command(last: str) -> Callable[..., None]:
    """The command that runs the rooms up to `last`."""

    def command(  # noqa: PLR0913, PLR0917 - one parameter is one option
        survey: SurveyName,
        raw: RawFolder = None,
        out: OutFolder = None,
        tool: Tool = "",
        jobs: Jobs = 0,
        allow_fewer: AllowFewer = False,
        as_json: AsJson = False,
        quiet: Quiet = False,
        debug: Debug = False,
    ) -> None:
        with told(debug=debug):
            options = Options(tool, jobs, allow_fewer, quiet)
            _go(find(survey, raw, out), options, last, as_json=as_json)

    return command


def make_briefs(  # noqa: PLR0913, PLR0917 - one parameter is one option
    survey: SurveyName,
    raw: RawFolder = None,
    out: OutFolder = None,
    tool: Tool = "",
    wave: Wave = "",
    jobs: Jobs = 0,
    shard: Shard = "1/1",
    allow_fewer: AllowFewer = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Everything: the rooms in their order, the briefs, the release."""
    options = Options(tool, jobs, allow_fewer, quiet, wave=wave, shard=_shard(shard))
    with told(debug=debug):
        _go(find(survey, raw, out), options, "report", as_json=as_json)


def _go(place: Place, options: Options, last: str, *, as_json: bool) -> None:
    """Run the rooms up to `last` and tell what came of it."""
    summary = build(place, options, last)
    if last == "ask":
        _write_generated(place)
    _summarise(summary, as_json=as_json, quiet=options.quiet)


def edit_answers(  # noqa: PLR0913, PLR0917 - one parameter is one option
    survey: SurveyName,
    returned: Returned = None,
    raw: RawFolder = None,
    out: OutFolder = None,
    tool: Tool = "",
    jobs: Jobs = 0,
    allow_fewer: AllowFewer = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Decide which answers stand, up to and including this room."""
    with told(debug=debug):
        options = Options(tool, jobs, allow_fewer, quiet, tuple(returned or ()))
        _go(find(survey, raw, out), options, "edit", as_json=as_json)


def _write_generated(place: Place) -> None:
    """codebook.md and registry.csv beside the questionnaire they are made from."""
    survey = ask.read_survey(place.folder)
    (place.folder / "codebook.md").write_text(ask.codebook(survey), encoding="utf-8")
    if survey.frame is not None:
        (place.folder / "registry.csv").write_text(ask.registry(survey), encoding="utf-8")


app.command("run", help="Everything: from raw exports to a published release.")(make_briefs)
app.command("ask", help="Read the questionnaire; write codebook.md and registry.csv.")(
    _command("ask")
)
app.command("collect", help="Read the exports, up to and including this room.")(_command("collect"))
app.command("edit", help="Decide which answers stand, up to and including this room.")(edit_answers)
app.command("estimate", help="Estimate, up to and including this room.")(_command("estimate"))
app.command("report", help="Make the briefs and publish: the same as run.")(make_briefs)


@app.command()
def check(survey: SurveyName, debug: Debug = False) -> None:
    """Tell everything that is wrong with questionnaire and declarations, before the field."""
    with told(debug=debug):
        findings = ask.check(find(survey, None, None).folder)
        _tell(findings)
        errors = _errors(findings)
        console.print(f"{len(errors)} errors, {len(findings) - len(errors)} warnings")
        if errors:
            raise typer.Exit(Exit.QUESTIONNAIRE)


@app.command()
def status(survey: SurveyName, out: OutFolder = None, debug: Debug = False) -> None:
    """Tell which release is current, and what it holds."""
    with told(debug=debug):
        place = find(survey, None, out)
        manifest = place.shelf.manifest()
        if manifest is None:
            console.print(f"{place.name}: no release yet. Next: relevo run {survey}")
            return
        summary = _placed(manifest["summary"], place.shelf.current.resolve(), 0.0)
        _summarise(summary, as_json=False, quiet=False)


@app.command()
def export(  # noqa: PLR0913, PLR0917 - one parameter is one option
    survey: SurveyName,
    tables: Annotated[
        bool, typer.Option("--tables", help="a workbook: every question by the declared groups")
    ] = False,
    data: Annotated[
        str, typer.Option("--data", metavar="FORMAT", help=", ".join(store.FORMATS))
    ] = "",
    pdf: Annotated[
        bool, typer.Option("--pdf", help="every brief as a tagged PDF (needs the extra pdf)")
    ] = False,
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="where the files go; default: here")
    ] = Path(),
    language: Annotated[str, typer.Option("--language", help="of the labels")] = "",
    out: OutFolder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write the cleared numbers of the current release for analysts, or its briefs for paper."""
    if not (tables or data or pdf):
        raise typer.BadParameter("say --tables, --data FORMAT, --pdf or several")
    with told(debug=debug):
        place = find(survey, None, out)
        folder = store.find_release(place.name, out=place.shelf.root.parent)
        files = report.export(folder, to, with_tables=tables, data=data, language=language)
        files += report.print_briefs(folder, to) if pdf else ()
        if as_json:
            typer.echo(json.dumps({"files": [str(path) for path in files]}, ensure_ascii=False))
        for path in files if not as_json else ():
            console.print(str(path), markup=False)


@app.command()
def publish(
    survey: SurveyName, raw: RawFolder = None, out: OutFolder = None, debug: Debug = False
) -> None:
    """Note that the current release has left the house; later ones are held against it."""
    with told(debug=debug):
        place = find(survey, raw, out)
        with place.shelf.lock():
            kept = store.publish(place.shelf, place.raw)
        console.print(f"{place.name}: release {kept.release} kept in {kept.folder}", markup=False)


@app.command()
def erase(  # noqa: PLR0913, PLR0917 - one parameter is one option
    survey: SurveyName,
    submission: Annotated[
        str, typer.Argument(metavar="SUBMISSION", help="its submission_id in ledger.csv")
    ],
    raw: RawFolder = None,
    out: OutFolder = None,
    tool: Tool = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Erase a submission: from the exports, the releases, and whatever names it, for good."""
    with told(debug=debug):
        place = find(survey, raw, out)
        declared = ask.read_survey(place.folder)
        readers = [_beside(place, folder) for folder in ask.read_by(place.folder)]
        readers = [reader for reader in readers if reader.shelf.manifest()]
        with place.shelf.lock():
            _erase(place, declared, readers, submission, tool)
        try:
            for one in (place, *readers):
                path = build(one, Options(tool * (one is place), 0, allow_fewer=True, quiet=quiet),
                             "report")["path"]  # fmt: skip
                with one.shelf.lock():
                    gone = one.shelf.keep_current_only()
                console.print(f"{path}: made anew, {gone} older removed", markup=False)
        except RelevoError as error:
            left = Finding(Problem.erasure_unfinished)
            raise RelevoError((*error.findings, left)) from None
        _tell([Finding(Problem.copies_elsewhere)])


def _beside(place: Place, folder: Path) -> Place:
    """Another survey: its raw folder and releases lie beside those of this one."""
    shelf = store.Shelf(place.shelf.root.parent / folder.name)
    return Place(folder.name, folder, place.raw.parent / folder.name, shelf)


def _erase(
    place: Place, survey: ask.Survey, readers: Iterable[Place], submission: str, tool: str
) -> None:
    """Write every file without the submission, all or none, and tell which."""
    named = submission.casefold().removeprefix("uuid:")
    is_known = bool(edit.units_of(place.shelf.current, [named]))
    plan = collect.plan_erasure(survey, place.raw, submission, tool, is_known=is_known)
    unsaid = edit.leave_out(survey, plan.ids)
    units = plan.units | edit.units_of(place.shelf.current, plan.ids)
    files, lines = plan.files | unsaid.files, plan.records | unsaid.lines
    for one in (place, *readers):
        joined = "" if one is place else place.name
        rewritten, rows = store.without_units(one.raw, units, unsaid.texts, joined)
        files, lines = files | rewritten, lines | {f"{one.name}/{p}": n for p, n in rows.items()}
    store.replace_files(files)
    for path, count in lines.items():
        console.print(f"{path}: {count} erased", markup=False)
    _tell(plan.findings)


@app.command()
def explore(
    survey: Annotated[
        str, typer.Argument(metavar="SURVEY", help="default: the notebook's own")
    ] = "",
    out: OutFolder = None,
    debug: Debug = False,
) -> None:
    """Open the notebook of a survey's current release in JupyterLab."""
    with told(debug=debug):
        path = PROJECT / "notebooks/explore.ipynb"
        if survey:
            place = find(survey, None, out)
            path = report.prepare_notebook(place.name, _current(place), place.shelf.root)
        jupyter = Path(sys.executable).with_name("jupyter-lab")
        if not jupyter.is_file():
            values: dict[str, object] = {"path": str(path)}
            raise RelevoError(Finding(Problem.jupyterlab_missing, values=values))
        outs = {"RELEVO_OUT": str(out.resolve())} if out else {}
        done = subprocess.run([jupyter, path], env={**os.environ, **outs}, check=False)  # noqa: S603
        raise typer.Exit(done.returncode)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(help="a code of a message or a reason; or a survey")] = "",
    record: Annotated[
        str, typer.Argument(help="record_id, submission id, or FILE:RECORD_NUMBER")
    ] = "",
    out: OutFolder = None,
    language: Annotated[str, typer.Option("--language", help="es, pt, en or fr")] = "",
    debug: Debug = False,
) -> None:
    """Explain a code: what it means, an example, what to do next. Without a code: list them all.

    With SURVEY RECORD: the life of one record of the current release, personal values masked.
    """
    with told(debug=debug):
        printed = Console(highlight=False)
        if not printed.is_terminal:
            printed = Console(highlight=False, soft_wrap=True)
        if record:
            place = find(code, None, out)
            for line in edit.life(_current(place), place.name, record, language):
                printed.print(line, markup=False)
            return
        if not code:
            for problem in Problem:
                printed.print(f"[bold]{problem.name}[/bold]  {_effect(problem, language or 'en')}")
            return
        problem = _problem(code)
        printed.print(f"[bold]{problem.name}[/bold]")
        texts_ = texts.explained(problem.name)
        for spoken in [language] if language in texts_ else texts_:
            printed.print(f"\n[dim]{spoken}[/dim]  [italic]{_effect(problem, spoken)}[/italic]")
            printed.print(texts_[spoken], markup=False)


def _current(place: Place) -> Path:
    """The folder of the current release.

    Raises:
        RelevoError: no_release.
    """
    if place.shelf.manifest() is None:
        values: dict[str, object] = {"survey": place.name, "release": "current", "expected": "-"}
        raise RelevoError(Finding(Problem.no_release, values=values))
    return place.shelf.current.resolve()


def _problem(code: str) -> Problem:
    """The problem with this code.

    Raises:
        RelevoError: unknown_code, naming the nearest ones.
    """
    if code not in Problem.__members__:
        close = difflib.get_close_matches(code, list(Problem.__members__), n=3, cutoff=0.4)
        values: dict[str, object] = {"found": code, "expected": ", ".join(close) or "-"}
        raise RelevoError(Finding(Problem.unknown_code, values=values))
    return Problem[code]


def _effect(problem: Problem, language: str) -> str:
    """What a problem does, in a sentence."""
    if isinstance(problem.effect, Exit):
        return texts.say(language, "effect.stop", exit=int(problem.effect))
    return texts.say(language, f"effect.{problem.effect.value}")


@app.command()
def new(
    name: str,
    form: Annotated[
        Path | None, typer.Option("--from", help="an XLSForm: .xlsx, .xls, .md or .csv")
    ] = None,
) -> None:
    """Start a survey: a folder in schemas/ and one in data/raw/."""
    with told(debug=False):
        folder = PROJECT / "schemas" / name
        if folder.exists():
            values: dict[str, object] = {"found": name}
            raise RelevoError(Finding(Problem.survey_exists, values=values))
        folder.mkdir(parents=True)
        (PROJECT / "data/raw" / name).mkdir(parents=True, exist_ok=True)
        file = f"questionnaire{form.suffix.lower() if form else '.xlsx'}"
        if form is not None:
            shutil.copyfile(form, folder / file)
        console.print(f"schemas/{name}/{file}: the XLSForm")
        console.print(
            f"data/raw/{name}/: the exports. Then: relevo check {name}, relevo run {name}"
        )


@app.command()
def doctor() -> None:
    """Is this machine ready? Versions, memory and disk."""
    for name, version in store.versions().items():
        console.print(f"{name} {version}")
    free = shutil.disk_usage(PROJECT).free // 2**30
    console.print(f"{os.cpu_count()} processors, {free} GiB of disk free")
    if free < 1:
        _tell([Finding(Problem.no_room, values={"found": "disk"})])
        raise typer.Exit(Exit.ENVIRONMENT)


def main() -> None:
    """Entry point of the command; usage errors end with 2 as Typer does."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    app()


if __name__ == "__main__":
    main()
