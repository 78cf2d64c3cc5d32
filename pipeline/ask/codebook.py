"""codebook.md and registry.csv: generated from the questionnaire and the frame."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from pipeline.ask.questionnaire import Choice, Group, Labels, Question, Questionnaire
from pipeline.ask.rules import Rules, rules
from pipeline.ask.survey import Survey
from pipeline.ask.words import in_words

TEXTS = (("label", "labels"), ("short", "short"), ("hint", "hints"),
         ("message", "constraint_message"), ("doubt", "warning_message"))  # fmt: skip
WORDS = {"relevant": "asked", "required": "required", "constraint": "accepted", "warning": "usual"}
RULES = ("required", "relevant", "constraint", "warning", "calculation", "choice_filter")
MARKS = ("pii", "disclosure", "domain", "score", "skip_excludes", "spo", "charter", "gcm", "sdg",
         "joins", "label_status")  # fmt: skip


def codebook(survey: Survey) -> str:
    """The newest questionnaire as Markdown: every question with its texts side by side.

    A workbook has no readable diff; this page has one.
    """
    form = survey.questionnaire
    lines = [
        f"# {_cell(form.title)}",
        "",
        f"Generated from `{form.file}` by `relevo ask`; do not edit.",
        f"Form `{form.form_id}`, version `{form.version}`; {len(form.questions)} questions, "
        f"{sum(map(len, form.choices.values()))} choices.",
    ]
    made = rules(form)
    groups = {group.path: group for group in form.groups}
    section = here = ""
    for question in form.questions:
        if question.section != section:
            section = question.section
            lines += ["", f"## {_cell(section)}"]
        if question.group != here:
            here = question.group
            lines += _group(groups[here], form) if here else ["", "*End of the group.*"]
        lines += _question(question, made)
    in_files = {question.choices_file for question in form.questions}
    for name, choices in form.choices.items():
        if name not in in_files:  # a file can be read as it is
            lines += ["", f"## List `{name}`", *_choices(choices, form)]
    return "\n".join(lines) + "\n"


def _group(group: Group, form: Questionnaire) -> list[str]:
    kind = "Repeat" if group.is_repeat else "Group"
    lines = ["", f"### {kind} `{group.path}`"]
    rules = {"relevant": group.relevant, "repeat_count": group.repeat_count}
    written = [f"- {name}: `{_code(text)}`" for name, text in rules.items() if text]
    return [*lines, *([""] if written else []), *written, *_texts({"label": group.labels}, form)]


def _question(question: Question, made: Rules) -> list[str]:
    form = made.questionnaire
    listed = question.choices_file or question.list_name
    kind = f"{question.type} `{listed}`" if listed else question.type
    lines = ["", f"### `{question.column}`", "", f"- type: {kind}"]
    rules = [(name, getattr(question, name)) for name in RULES]
    lines += [f"- {name}: `{_code(text)}`" for name, text in rules if text]
    marks = [(name, getattr(question, name)) for name in MARKS]
    marks.append(("weight", "" if question.weight == 1 else f"{question.weight:g}"))
    lines += [f"- {name}: {_cell(text)}" for name, text in marks if text]
    texts = {name: getattr(question, field) for name, field in TEXTS}
    words = {name: _words(made, kind, question.column) for kind, name in WORDS.items()}
    return lines + _texts(texts | words, form)


def _words(made: Rules, kind: str, column: str) -> dict[str, str]:
    """A rule as a sentence in each of the form's languages; {} where there is none."""
    said = {one: in_words(made, kind, column, one) for one in made.questionnaire.languages}
    return {language: text for language, text in said.items() if text}


def _texts(texts: dict[str, Labels], form: Questionnaire) -> list[str]:
    """A table with one column per language and one row per kind of text."""
    rows = [
        [name, *(_cell(labels.get(language, "")) for language in form.languages)]
        for name, labels in texts.items()
        if labels
    ]
    return _table(["", *(language or "text" for language in form.languages)], rows)


def _choices(choices: tuple[Choice, ...], form: Questionnaire) -> list[str]:
    is_marked = any(choice.missing_kind or choice.score is not None for choice in choices)
    marks = ["score", "missing_kind"] if is_marked else []
    rows = []
    for choice in choices:
        score = "" if choice.score is None else f"{choice.score:g}"
        texts = [_cell(choice.labels.get(language, "")) for language in form.languages]
        rows.append([f"`{choice.name}`", *texts, *([score, choice.missing_kind] if marks else [])])
    return _table(["code", *(language or "text" for language in form.languages), *marks], rows)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    lines = [head, ["---"] * len(head), *rows]
    return ["", *(f"| {' | '.join(cells)} |" for cells in lines)]


def _cell(text: str) -> str:
    """A text that stays in its cell and marks nothing up."""
    for sign in "\\`*_<>[]|#":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").split())


def registry(survey: Survey) -> str:
    """The units as the CSV that select_one_from_file reads.

    Columns: `name`, `label`, `label_es` … for each language of the survey, and `country`, which a
    form may pull into its data (`pulldata`). Form clients show `label`, the official name; they
    make XML elements of the headers, so that `label::Español (es)` stops
    ODK Collect from opening the form (getodk/collect#4266). A label holds the country too, since
    governments of different countries share names.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "label", *(f"label_{code}" for code in survey.languages), "country"])
    writer.writerows(_registered(survey))
    return out.getvalue()


def _registered(survey: Survey) -> Iterator[list[str]]:
    units = survey.frame.units if survey.frame is not None else None
    if units is None or "unit_id" not in units:
        return
    for unit in units.to_dict("records"):
        official = str(unit.get("name_official") or unit["unit_id"])
        labels = [str(unit.get(f"name_{code}") or official) for code in survey.languages]
        yield [
            str(unit["unit_id"]),
            *(f"{text} ({unit['country']})" for text in (official, *labels)),
            str(unit["country"]),
        ]
