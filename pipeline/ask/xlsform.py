"""An XLSForm workbook, read leniently: real forms break the strict reader.

What is odd becomes a finding of the Questionnaire; only the same path twice and rules in a circle
refuse the form.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pipeline.ask.choices import Lists, read_lists
from pipeline.ask.headers import Columns, find_columns, language_code
from pipeline.ask.questionnaire import RESERVED, Group, Question, Questionnaire
from pipeline.ask.rules import find_circles
from pipeline.ask.types import RowType, read_type
from pipeline.ask.workbook import Row, Sheet, read_workbook
from pipeline.errors import Finding, Problem, RelevoError

REFUSES = frozenset({Problem.path_twice, Problem.circular_rules})
YES = frozenset({"yes", "y", "true", "true()", "t", "1"})
NO = frozenset({"", "no", "n", "false", "false()", "f", "0", "na", "nan", "none"})
PII = MappingProxyType({"": "", "direct": "direct", "indirect": "indirect", "no": "", "false": ""})
DISCLOSURE = MappingProxyType({word: word for word in ("", "public", "network", "confidential")})
OTHER = "Other"  # what form clients show for or_other, in every language
SPECIFY_OTHER = "Specify other."


@dataclass
class _Walk:
    """The state of reading the survey sheet from top to bottom."""

    file: str
    columns: Columns
    lists: Lists
    open: list[Group] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    paths: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, problem: Problem, row: int, question: str = "", **values: object) -> None:
        sheet = self.columns.sheet.name
        self.findings.append(Finding(problem, self.file, sheet, row, question, values))

    @property
    def is_refused(self) -> bool:
        return any(finding.problem in REFUSES for finding in self.findings)

    @property
    def group(self) -> str:
        return self.open[-1].path if self.open else ""

    @property
    def repeat(self) -> str:
        return next((group.name for group in reversed(self.open) if group.is_repeat), "")

    def path(self, name: str, row: int) -> str:
        path = f"{self.group}/{name}" if self.open else name
        if path in self.paths:
            first = self.paths[path]
            self.find(Problem.path_twice, row, name, found=path, first=first, second=row)
        self.paths.setdefault(path, row)
        return path


def read_questionnaire(path: Path) -> Questionnaire:
    """Read one version of the form.

    Raises:
        RelevoError: the workbook cannot be read, or refuses a form (exit 10): no survey sheet,
            the same path twice, rules that refer to each other in a circle.
    """
    questionnaire = parse_questionnaire(path)
    refused = [finding for finding in questionnaire.findings if finding.problem in REFUSES]
    if refused:
        raise RelevoError(refused)
    return questionnaire


def parse_questionnaire(path: Path) -> Questionnaire:
    """Read a form that may have to be refused: what is wrong with it stands in its findings."""
    sheets = read_workbook(path)
    if "survey" not in sheets:
        values: dict[str, object] = {"found": ", ".join(sheets) or "nothing"}
        raise RelevoError(Finding(Problem.no_survey_sheet, path.name, values=values))
    settings = _settings(sheets.get("settings"))
    default = language_code(settings.get("default_language", ""))
    survey = find_columns(sheets["survey"], default, path.name)
    lists = read_lists(sheets.get("choices", Sheet("choices")), default, path.name)
    walk = _Walk(path.name, survey, lists, findings=[*survey.findings, *lists.findings])
    _check_columns(walk)
    for row in survey.sheet.rows:
        _read_row(walk, row)
    for group in walk.open:
        walk.find(Problem.group_unbalanced, group.row, group.name, found="never ended")
    form = Questionnaire(
        file=path.name,
        title=settings.get("form_title", "") or path.stem,
        form_id=settings.get("form_id", ""),
        version=settings.get("version", ""),
        languages=_languages(walk, default),
        questions=_name_columns(walk),
        choices=lists.choices(),
        groups=tuple(walk.groups),
    )
    circles = () if walk.is_refused else find_circles(form)
    return replace(form, findings=(*walk.findings, *circles))


def _settings(sheet: Sheet | None) -> dict[str, str]:
    if sheet is None or not sheet.rows:
        return {}
    columns = find_columns(sheet, "", sheet.name)
    names = ("form_title", "form_id", "version", "default_language")
    return {name: columns.text(sheet.rows[0], name) for name in names}


def _check_columns(walk: _Walk) -> None:
    for name in ("type", "name"):
        if name not in walk.columns:
            walk.find(Problem.column_missing, 1, expected=name)


def _read_row(walk: _Walk, row: Row) -> None:
    written, name = walk.columns.text(row, "type"), walk.columns.text(row, "name")
    if not written and not name:
        return  # a heading or a remark between the questions
    kind = read_type(written, walk.columns.text(row, "parameters"))
    if kind.edge == "begin":
        _begin(walk, row, kind, name or f"group_{row.number}")
    elif kind.edge == "end":
        _end(walk, row, kind)
    elif name or kind.name == "note":
        _add_question(walk, row, kind, name or f"note_{row.number}")
    else:
        walk.find(Problem.name_missing, row.number, found=written)


def _begin(walk: _Walk, row: Row, kind: RowType, name: str) -> None:
    group = Group(
        name=name,
        path=walk.path(name, row.number),
        relevant=_expression(walk, row, "relevant"),
        labels=walk.columns.texts(row, "label"),
        is_repeat=kind.name == "repeat",
        repeat_count=_expression(walk, row, "repeat_count"),
        parent=walk.group,
        row=row.number,
    )
    if group.is_repeat and any(g.is_repeat and _same(g.name, name) for g in walk.groups):
        walk.find(Problem.repeat_name_twice, row.number, name, found=name)
    walk.groups.append(group)
    walk.open.append(group)


def _end(walk: _Walk, row: Row, kind: RowType) -> None:
    if not walk.open:
        walk.find(Problem.group_unbalanced, row.number, found="ended that never began")
        return
    group = walk.open.pop()  # the name on an end row carries no meaning
    if group.is_repeat != (kind.name == "repeat"):
        found = f"begun in row {group.row} and ended as the other kind"
        walk.find(Problem.group_unbalanced, row.number, group.name, found=found)


def _add_question(walk: _Walk, row: Row, kind: RowType, name: str) -> None:
    columns = walk.columns
    if not kind.is_known:
        found = columns.text(row, "type")
        walk.find(Problem.unknown_type, row.number, name, found=found)
    question = Question(
        name=name,
        path=walk.path(name, row.number),
        column=name,
        type=kind.name,
        list_name=walk.lists.find(kind.list_name, walk.findings, row.number, name),
        choices_file=kind.choices_file,
        labels=columns.texts(row, "label"),
        short=columns.texts(row, "short"),
        hints=columns.texts(row, "hint"),
        constraint_message=columns.texts(row, "constraint_message"),
        required=_required(walk, row, name),
        choice_filter=_expression(walk, row, "choice_filter"),
        group=walk.group,
        repeat=walk.repeat,
        raw_name=columns.exact(row, "name"),
        row=row.number,
    )
    walk.questions.append(_with_marks(walk, row, question))
    if kind.has_other:
        walk.lists.add_other(kind.list_name, OTHER, walk.columns.default_language)
        walk.questions.append(_other_text(walk, question))


def _with_marks(walk: _Walk, row: Row, question: Question) -> Question:
    """The rules, and the columns that are relevo's own."""
    text, name = walk.columns.text, question.name
    return replace(
        question,
        relevant=_expression(walk, row, "relevant"),
        constraint=_expression(walk, row, "constraint"),
        calculation=_expression(walk, row, "calculation"),
        section=text(row, "section"),
        domain=text(row, "domain"),
        score=text(row, "score"),
        weight=_weight(walk, row, name),
        skip_excludes=text(row, "skip_excludes"),
        pii=_mark(walk, row, name, "pii", {**PII, **dict.fromkeys(YES, "direct")}),
        disclosure=_mark(walk, row, name, "disclosure", dict(DISCLOSURE)),
        spo=text(row, "spo"),
        charter=text(row, "charter"),
        gcm=text(row, "gcm"),
        sdg=text(row, "sdg"),
        joins=text(row, "joins"),
        label_status=text(row, "label_status"),
    )


def _other_text(walk: _Walk, question: Question) -> Question:
    """The text that `or_other` adds after a select."""
    name = f"{question.name}_other"
    return Question(
        name=name,
        path=walk.path(name, question.row),
        column=name,
        type="text",
        labels=MappingProxyType({walk.columns.default_language: SPECIFY_OTHER}),
        relevant=f"selected(${{{question.name}}}, 'other')",
        group=question.group,
        repeat=question.repeat,
        raw_name=name,
        row=question.row,
    )


def _expression(walk: _Walk, row: Row, column: str) -> str:
    written = walk.columns.exact(row, column).strip()
    return "" if written.casefold() in {"na", "nan"} else written  # forms saved by R


def _required(walk: _Walk, row: Row, name: str) -> str:
    written = walk.columns.text(row, "required")
    if written.casefold() in YES:
        return "yes"
    if written.casefold() in NO:
        return ""
    if any(mark in written for mark in "$(=<>"):
        return written
    walk.find(Problem.unread_required, row.number, name, found=written)
    return ""


def _weight(walk: _Walk, row: Row, name: str) -> float:
    written = walk.columns.text(row, "weight")
    try:
        return float(written or 1)
    except ValueError:
        values = {"found": written, "column": "weight", "expected": "a number"}
        walk.find(Problem.unknown_mark, row.number, name, **values)
        return 1.0


def _mark(walk: _Walk, row: Row, name: str, column: str, words: dict[str, str]) -> str:
    written = walk.columns.text(row, column)
    if written.casefold() in words:
        return words[written.casefold()]
    expected = ", ".join(sorted({word for word in words.values() if word}))
    values = {"found": written, "column": column, "expected": expected}
    walk.find(Problem.unknown_mark, row.number, name, **values)
    return ""


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _name_columns(walk: _Walk) -> tuple[Question, ...]:
    """Give each question its column: the name where it is unique, else the path."""
    rows: dict[str, list[int]] = {}
    for question in walk.questions:
        rows.setdefault(question.name.casefold(), []).append(question.row)
    named = []
    for question in walk.questions:
        column = question.name
        if len(rows[column.casefold()]) > 1:
            column = question.path
            if question.row != rows[question.name.casefold()][0]:
                walk.find(Problem.name_twice, question.row, column, found=question.name)
        if column.casefold() in RESERVED:
            column = f"/{column}"
        named.append(replace(question, column=column))
    return tuple(named)


def _languages(walk: _Walk, default: str) -> tuple[str, ...]:
    """Languages that hold a label, the default first, then in the order of their columns."""
    found = dict.fromkeys(
        walk.columns.default_language if header.language is None else header.language
        for columns in (walk.columns, walk.lists.columns)
        for header in columns.places
        if header.name == "label"
    )
    labels = [question.labels for question in walk.questions]
    labels += [group.labels for group in walk.groups]
    labels += [choice.labels for choices in walk.lists.choices().values() for choice in choices]
    used = [language for language in found if any(language in texts for texts in labels)]
    return tuple(sorted(used, key=lambda language: language != default)) or (default,)
