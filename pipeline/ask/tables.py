"""The tables ask.*: the questionnaire, its texts, the units and the short lists as rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from pipeline.ask.questionnaire import Labels, Questionnaire
from pipeline.ask.rules import rules
from pipeline.ask.survey import Survey
from pipeline.ask.words import in_words

Rows = Iterator[tuple[object, ...]]

COLUMNS = {
    "ask.question": (
        "wave", "question", "name", "path", "position", "type", "list_name", "section", "domain",
        "score", "weight", "skip_excludes", "pii", "disclosure", "repeat", "relevant",
        "constraint", "warning", "required", "charter", "gcm", "sdg", "spo", "joins",
    ),
    "ask.choice": ("wave", "list_name", "choice", "position", "score", "missing_kind"),
    "ask.label": ("wave", "kind", "subject", "language", "text", "is_fallback", "status"),
    "ask.unit": (
        "unit_id", "country", "name", "name_es", "name_pt", "name_en", "name_fr", "level",
        "size_class", "population", "population_year", "language",
    ),
    "ask.reference": ("kind", "code", "position", "language", "text", "status"),
    "ask.fact": ("kind", "code", "position", "field", "text"),
    "ask.survey": ("key", "wave", "language", "text"),
}  # fmt: skip
RULES = ("relevant", "required", "constraint", "warning")
LABEL = "label_"


def tables(survey: Survey) -> Mapping[str, pd.DataFrame]:
    """The tables of the schema `ask` by name, with the columns that store.tables lists.

    ask.label holds a row for every text in each language of the form and of the pages; where the
    form has no translation, the text is another language's and `is_fallback` says so.
    """
    rows = {
        "ask.question": _questions(survey),
        "ask.choice": _choices(survey),
        "ask.label": _labels(survey),
        "ask.unit": _units(survey),
        "ask.reference": _references(survey),
        "ask.fact": _facts(survey),
        "ask.survey": _declarations(survey),
    }
    return {
        name: pd.DataFrame(list(found), columns=list(COLUMNS[name])) for name, found in rows.items()
    }


def _questions(survey: Survey) -> Rows:
    names = COLUMNS["ask.question"][5:]
    for wave, form in survey.questionnaires.items():
        for position, question in enumerate(form.questions, start=1):
            marks = tuple(getattr(question, name) for name in names)
            yield wave, question.column, question.name, question.path, position, *marks


def _choices(survey: Survey) -> Rows:
    for wave, form in survey.questionnaires.items():
        for name, choices in form.choices.items():
            for position, choice in enumerate(choices, start=1):
                yield wave, name, choice.name, position, choice.score, choice.missing_kind


def _labels(survey: Survey) -> Rows:
    for wave, form in survey.questionnaires.items():
        languages = tuple(dict.fromkeys((*survey.languages, *filter(None, form.languages))))
        for kind, subject, labels, status, instead in _texts(form):
            for language in languages:
                text, is_fallback = translate(labels, language, form.languages)
                if text or instead:
                    yield wave, kind, subject, language, text or instead, is_fallback, status
        yield from ((wave, *row) for row in _rules(form, languages))
        for language in languages:
            title = survey.title.get(language, form.title)
            yield wave, "title", "", language, title, language not in survey.title, ""


def _rules(form: Questionnaire, languages: tuple[str, ...]) -> Rows:
    """The rules of every question in words, under the kind of the rule."""
    made = rules(form)
    for question in form.questions:
        for kind in RULES:
            for language in languages:
                if words := in_words(made, kind, question.column, language):
                    yield kind, question.column, language, words, False, ""


def _texts(form: Questionnaire) -> Iterator[tuple[str, str, Labels, str, str]]:
    """Kind, subject, labels, status, and what stands where no language has a text."""
    for q in form.questions:
        yield "label", q.column, q.labels, q.label_status, q.name
        yield "short", q.column, q.short, q.label_status, ""
        yield "hint", q.column, q.hints, q.label_status, ""
        yield "constraint_message", q.column, q.constraint_message, q.label_status, ""
        yield "warning_message", q.column, q.warning_message, q.label_status, ""
    for group in form.groups:
        yield "group", group.path, group.labels, "", group.name
    for name, choices in form.choices.items():
        for choice in choices:
            yield "choice", f"{name}/{choice.name}", choice.labels, choice.label_status, choice.name


def translate(labels: Labels, language: str, languages: tuple[str, ...]) -> tuple[str, bool]:
    """A text in a language, and whether it is another language's for want of its own.

    The order of `languages`, the form's default first, decides which one stands in. A form that
    names no language at all is taken to speak the one that is asked for.
    """
    if language in labels:
        return labels[language], False
    instead = next((labels[one] for one in (*languages, *labels) if one in labels), "")
    return instead, languages != ("",)


def _units(survey: Survey) -> Rows:
    if survey.frame is None or "unit_id" not in survey.frame.units:
        return
    units = survey.frame.units
    for unit in units.where(units.notna(), None).to_dict("records"):
        year = str(unit.get("population_year") or "")
        known = {**unit, "name": unit.get("name_official") or unit["unit_id"]}
        known["population_year"] = int(year) if year.isdecimal() else None
        yield tuple(known.get(column) for column in COLUMNS["ask.unit"])


def _references(survey: Survey) -> Rows:
    """Every short list beside the frame file: its first column is the code, label_<x> the texts."""
    if not survey.frame_files.file:
        return
    for path in sorted((survey.folder / survey.frame_files.file).parent.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = list(reader.fieldnames or ())
            labels = [name for name in header[1:] if name.startswith(LABEL)]
            texts = [name for name in labels if name != "label_status"]
            for position, row in enumerate(reader if texts else (), start=1):
                for name in texts:
                    language, status = name.removeprefix(LABEL), row.get("label_status", "")
                    yield _kind(path), row[header[0]], position, language, row[name], status


def _facts(survey: Survey) -> Rows:
    """Every cell of the short lists that is no label: codes, dates, sources, what is confirmed."""
    files = survey.frame_files
    if not files.file:
        return
    skipped = {Path(name).name for name in (files.file, files.entities, files.membership) if name}
    for path in sorted((survey.folder / files.file).parent.glob("*.csv")):
        if path.name in skipped:
            continue
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = [name for name in reader.fieldnames or () if not name.startswith(LABEL)]
            for position, row in enumerate(reader, start=1):
                for name in names:
                    yield _kind(path), row[names[0]], position, name, row[name]


def _kind(path: Path) -> str:
    """The list's name in the singular: countries is country, size_classes is size_class."""
    name = path.stem
    for plural, singular in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if name.endswith(plural):
            return name.removesuffix(plural) + singular
    return name


def _declarations(survey: Survey) -> Rows:
    for language, title in survey.title.items():
        yield "title", "", language, title
    for language, locale in survey.locales.items():
        yield "locale", "", language, locale
    single = {
        "name": survey.name,
        "unit_kind": survey.unit_kind,
        "selection": survey.design.selection,
        "level": survey.design.level,
        "scope": survey.frame_files.scope,
        "network": survey.frame_files.network,
        "threshold": survey.disclosure.threshold,
        "threshold_confidential": survey.disclosure.threshold_confidential,
        "warn_quarantined_share": survey.quality.warn_quarantined_share,
        "stop_quarantined_share": survey.quality.stop_quarantined_share,
        "contact": survey.contact,
        "licence": survey.licence,
        "sponsor": survey.sponsor,
        "languages": " ".join(survey.languages),
        "groups": " ".join(survey.groups.by),
        "strata": " ".join(survey.design.strata),
        "demonstration": "yes" if survey.demonstration else "no",
        "record": survey.record,
        **_of_events(survey),
    }
    for key, value in single.items():
        yield key, "", "", str(value)
    for wave in survey.waves:
        form = survey.questionnaires[wave.id]
        yield "state", wave.id, "", wave.state
        yield "opens", wave.id, "", wave.opens.isoformat() if wave.opens else ""
        yield "closes", wave.id, "", wave.closes.isoformat() if wave.closes else ""
        # the wave's end; without one the estimates fill in the newest submission
        yield "as_of", wave.id, "", wave.closes.isoformat() if wave.closes else ""
        yield "form_id", wave.id, "", form.form_id
        yield "form_version", wave.id, "", form.version


def _of_events(survey: Survey) -> Mapping[str, str]:
    """What is declared of a register, a log of actions or interviews; nothing for other surveys."""
    register, action = survey.register, survey.action
    found = {
        "register_state": register.state,
        "register_steps": " ".join(register.steps),
        "register_first": " ".join(register.first),
        "register_ends": " ".join(register.ends),
        "register_counted": " ".join(register.counted),
        "register_goals": " ".join(map(str, register.goals)),
        "register_until": register.until.isoformat() if register.until else "",
        "outcome_question": register.outcome.question,
        "outcome_reached": " ".join(register.outcome.reached) if register.outcome.question else "",
        **{f"action_{name}": getattr(action, name) for name in ("line", "status", "attending")},
        "coding_code": survey.coding.code,
        "coding_leading": " ".join(survey.coding.leading),
        "quote_question": survey.quote.question,
        "quote_office": survey.quote.office,
    }
    return {key: text for key, text in found.items() if text}
