"""The command `relevo`: parses arguments and calls the rooms in their order, nothing else."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

    Returns:
        The summary: the object of --json.
    """
    started = time.monotonic()
    survey = ask.read_survey(place.folder)
    with place.shelf.lock():
        inputs = place.inputs(survey)
        release, left = store.before_this(
            store.published(place.raw),
            lambda left: store.release_id({**inputs, **left}, {"tool": options.tool}),
        )
        before = place.shelf.manifest()
        if last == "report" and before and before["release"] == release:
            return _placed(before["summary"], place.shelf.current.resolve(), 0.0)
        if not options.quiet:  # a rule that cannot be read is switched off, and that is said
            _tell(_errors(ask.check(place.folder)))
        folder = place.shelf.start()
        with store.open_work(folder, left) as work:
            for room in _rooms(place, options, last):
                room(survey, work)
            if options.returned:  # the cleaning log, an input, may have new lines
                release = store.release_id(place.inputs(survey), {"tool": options.tool})
            counts = store.count(work)
            if "files" in counts and not options.quiet:
                _tell_files(work)
                _tell(collect.notices(work))
        summary: dict[str, Any] = {"release": release, **counts}
        if last != "report":
            return _placed(summary, folder, time.monotonic() - started)
        limit = survey.quality.stop_quarantined_share
        store.hold_back(summary, before, limit, allow_fewer=options.allow_fewer)
        summary |= _brief(survey, folder, options)
        store.write_results(folder, survey.languages, demonstration=survey.demonstration)
        facts = {"survey": survey.name, "summary": summary, "versions": store.versions()}
        target = place.shelf.publish(release, facts)
        return _placed(summary, target, time.monotonic() - started)


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


def _brief(survey: ask.Survey, folder: Path, options: Options) -> dict[str, int]:
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
            folder,
            jobs=options.jobs or os.cpu_count() or 1,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
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
            place = find(survey, raw, out)
            options = Options(tool, jobs, allow_fewer, quiet)
            _go(place, options, last, as_json=as_json)

    return command


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


app.command("run", help="Everything: from raw exports to a published release.")(_command("report"))
app.command("ask", help="Read the questionnaire; write codebook.md and registry.csv.")(
    _command("ask")
)
app.command("collect", help="Read the exports, up to and including this room.")(_command("collect"))
app.command("edit", help="Decide which answers stand, up to and including this room.")(edit_answers)
app.command("estimate", help="Estimate, up to and including this room.")(_command("estimate"))
app.command("report", help="Make the briefs and publish: the same as run.")(_command("report"))


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
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="where the files go; default: here")
    ] = Path(),
    language: Annotated[str, typer.Option("--language", help="of the labels")] = "",
    out: OutFolder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write the cleared numbers of the current release for analysts and their programs."""
    if not tables and not data:
        raise typer.BadParameter("say --tables, --data FORMAT or both")
    with told(debug=debug):
        place = find(survey, None, out)
        folder = store.find_release(place.name, out=place.shelf.root.parent)
        files = report.export(folder, to, with_tables=tables, data=data, language=language)
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
