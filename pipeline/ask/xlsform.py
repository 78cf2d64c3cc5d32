"""An XLSForm, read leniently: real forms break the strict reader.

What is odd becomes a finding of the Questionnaire; only the same path twice and rules in a circle
refuse the form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pipeline.ask.choices import Lists
from pipeline.ask.form_file import read_form
from pipeline.ask.headers import SETTINGS, SURVEY, Columns, find_columns, language_code
from pipeline.ask.kobo_groups import Step, take_apart
from pipeline.ask.questionnaire import RESERVED, Group, Question, Questionnaire
from pipeline.ask.rules import find_circles
from pipeline.ask.survey_row import YES, SurveyRow
from pipeline.ask.types import read_type
from pipeline.ask.workbook import Sheet
from pipeline.errors import Finding, Problem, RelevoError

REFUSES = frozenset({Problem.path_twice, Problem.circular_rules})
OTHER = "Other"  # what form clients show for or_other, in every language
DEEPEST = 100  # groups inside each other
SPECIFY_OTHER = "Specify other."


@dataclass
class _Walk:
    """The state of reading the survey sheet from top to bottom."""

    folder: Path
    lists: Lists
    open: list[Group] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    paths: dict[str, int] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return self.open[-1].path if self.open else ""

    @property
    def repeat(self) -> str:
        return next((group.name for group in reversed(self.open) if group.is_repeat), "")

    def path(self, name: str, row: SurveyRow) -> str:
        """The path of a name in the groups that are open."""
        path, number = f"{self.group}/{name}" if self.open else name, row.row.number
        if path in self.paths:
            first = self.paths[path]
            row.find(Problem.path_twice, name, found=path, first=first, second=number)
        self.paths.setdefault(path, number)
        return path


def read_questionnaire(path: Path) -> Questionnaire:
    """Read one version of the form: .xlsx, .xls, Markdown tables (.md) or CSV.

    Raises:
        RelevoError: the file cannot be read, or refuses a form (exit 10): no survey sheet,
            the same path twice, rules that refer to each other in a circle.
    """
    questionnaire = parse_questionnaire(path)
    refused = [finding for finding in questionnaire.findings if finding.problem in REFUSES]
    if refused:
        raise RelevoError(refused)
    return questionnaire


def parse_questionnaire(path: Path) -> Questionnaire:
    """Read a form that may have to be refused: what is wrong with it stands in its findings."""
    sheets, findings = read_form(path)
    if "survey" not in sheets:
        values: dict[str, object] = {"found": ", ".join(sheets) or "nothing"}
        raise RelevoError(Finding(Problem.no_survey_sheet, path.name, values=values))
    settings = _settings(sheets.get("settings", Sheet("settings")))
    default = language_code(settings["default_language"])
    may_repeat = settings["allow_choice_duplicates"].casefold() in YES
    survey = find_columns(sheets["survey"], SURVEY, default, path.name)
    lists = Lists(path.name, default, may_repeat, findings=[*findings, *survey.findings])
    for name in ("choices", "external_choices"):
        lists.read_sheet(sheets.get(name, Sheet(name)))
    walk = _Walk(path.parent, lists)
    _read_survey(walk, survey)
    form = Questionnaire(
        file=path.name,
        title=settings["form_title"] or path.stem,
        form_id=settings["form_id"],
        version=settings["version"],
        languages=_languages(walk, survey),
        questions=_name_columns(walk, survey),
        choices=lists.choices(),
        groups=tuple(walk.groups),
    )
    is_refused = any(finding.problem in REFUSES for finding in lists.findings)
    circles = () if is_refused else find_circles(form)
    return replace(form, findings=(*lists.findings, *circles))


def _settings(sheet: Sheet) -> dict[str, str]:
    columns = find_columns(sheet, SETTINGS, "", sheet.name)
    first = sheet.rows[1:2]
    return {name: columns.text(first[0], name) if first else "" for name in SETTINGS.names}


def _read_survey(walk: _Walk, columns: Columns) -> None:
    findings, file, sheet = walk.lists.findings, walk.lists.file, columns.sheet
    for name in ("type", "name"):
        if name not in columns:
            values: dict[str, object] = {"expected": name}
            number = sheet.header.number
            findings.append(
                Finding(Problem.column_missing, file, sheet.name, number, values=values)
            )
    rows = (SurveyRow(columns, row, file, findings) for row in sheet.rows[1:])
    for step in take_apart(_steps(rows), walk.lists):
        if step.kind.edge == "begin":
            _begin(walk, step)
        elif step.kind.edge == "end":
            _end(walk, step)
        else:
            _add_question(walk, step)
    for group in walk.open:
        values = {"found": "never ended"}
        findings.append(
            Finding(Problem.group_unbalanced, file, sheet.name, group.row, group.name, values)
        )


def _steps(rows: Iterator[SurveyRow]) -> Iterator[Step]:
    """What each row says; without type and name it is a heading or a remark."""
    for row in rows:
        written, name = row.text("type"), row.columns.text(row.row, "name")
        kind = read_type(written, row.text("parameters"))
        if not written and not row.text("name"):
            continue
        if kind.edge or kind.name == "note":  # `#` stands in no name of a form
            name = row.text("name") or f"{kind.name}#{row.row.number}"
        if name:
            yield Step(row, kind, name)
        else:
            row.find(Problem.name_missing, found=written)


def _begin(walk: _Walk, step: Step) -> None:
    row, name, is_repeat = step.row, step.name, step.kind.name == "repeat"
    if len(walk.open) == DEEPEST:
        row.find(Problem.group_unbalanced, name, found=f"nested more than {DEEPEST} deep")
        raise RelevoError(walk.lists.findings[-1])
    group = step.change(row.group(name, is_repeat=is_repeat))
    group = replace(group, path=walk.path(name, row), parent=walk.group)
    names = {other.name.casefold() for other in walk.groups if other.is_repeat}
    if is_repeat and name.casefold() in names:
        row.find(Problem.repeat_name_twice, name, found=name)
    walk.groups.append(group)
    walk.open.append(group)


def _end(walk: _Walk, step: Step) -> None:
    if not walk.open:
        step.row.find(Problem.group_unbalanced, found="ended that never began")
        return
    group = walk.open.pop()  # the name on an end row carries no meaning
    if group.is_repeat != (step.kind.name == "repeat"):
        found = f"begun in row {group.row} and ended as the other kind"
        step.row.find(Problem.group_unbalanced, group.name, found=found)


def _add_question(walk: _Walk, step: Step) -> None:
    row, kind, name = step.row, step.kind, step.name
    if not kind.is_known:
        row.find(Problem.unknown_type, name, found=row.text("type"))
    question = row.question(kind, name, _list(walk, step))
    question = replace(
        step.change(question), path=walk.path(name, row), group=walk.group, repeat=walk.repeat
    )
    walk.questions.append(question)
    if kind.has_other:
        walk.lists.add_other(question.list_name, OTHER)
        walk.questions.append(_other_text(walk, row, question))


def _list(walk: _Walk, step: Step) -> str:
    """The list of a select: of the sheet, or of a file beside the form."""
    file = step.kind.choices_file
    if not file:
        return walk.lists.find(step.kind.list_name, step.row.row.number, step.name)
    is_csv = Path(file).name == file and file.lower().endswith(".csv")
    if is_csv and walk.lists.read_file(walk.folder / file, step.row.text("parameters")):
        return file
    step.row.find(Problem.choices_file_unread, step.name, found=file)
    return ""


def _other_text(walk: _Walk, row: SurveyRow, question: Question) -> Question:
    """The text that `or_other` adds after a select."""
    name = f"{question.name}_other"
    return Question(
        name=name,
        path=walk.path(name, row),
        column=name,
        type="text",
        labels=MappingProxyType({walk.lists.default_language: SPECIFY_OTHER}),
        relevant=f"selected(${{{question.name}}}, 'other')",
        group=question.group,
        repeat=question.repeat,
        raw_name=name,
    )


def _name_columns(walk: _Walk, columns: Columns) -> tuple[Question, ...]:
    """Give each question its column: the name where it is unique, else the path.

    DuckDB ignores case, and some names are the tables' own: a slash tells those apart.
    """
    rows: dict[str, list[Question]] = {}
    for question in walk.questions:
        rows.setdefault(question.name.casefold(), []).append(question)
    named = []
    taken = set(RESERVED)
    for question in walk.questions:
        equal = rows[question.name.casefold()]
        column = question.path if len(equal) > 1 else question.name
        while column.casefold() in taken:
            column = f"/{column}"
        taken.add(column.casefold())
        named.append(replace(question, column=column))
        if question is not equal[0]:
            values: dict[str, object] = {"found": question.name}
            place = (walk.lists.file, columns.sheet.name, question.row or None, column)
            walk.lists.findings.append(Finding(Problem.name_twice, *place, values=values))
    return tuple(named)


def _languages(walk: _Walk, survey: Columns) -> tuple[str, ...]:
    """Languages that hold a label, the default first, then in the order of their columns."""
    default = walk.lists.default_language
    found = dict.fromkeys(
        default if header.language is None else header.language
        for columns in (survey, *walk.lists.sheets)
        for header in columns.places
        if header.name == "label"
    )
    labels = [question.labels for question in walk.questions]
    labels += [group.labels for group in walk.groups]
    labels += [choice.labels for choices in walk.lists.choices().values() for choice in choices]
    used = [language for language in found if any(language in texts for texts in labels)]
    return tuple(sorted(used, key=lambda language: language != default)) or (default,)
