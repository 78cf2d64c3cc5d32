"""The questionnaire as the generator needs it: what is asked, of whom, with which choices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.demo.workbook import read_workbook

FOLDER = Path(__file__).parents[2] / "schemas" / "migration_policies"
FILES = {"2023": "questionnaire.2023.xlsx", "2025": "questionnaire.xlsx"}
METADATA = ("start", "end", "today")


@dataclass(frozen=True)
class Choice:
    name: str
    label: Mapping[str, str]
    score: float | None
    missing_kind: str


@dataclass(frozen=True)
class Question:
    name: str
    type: str
    path: str
    section: str
    domain: str
    score: str
    relevant: str
    is_policy: bool
    label: Mapping[str, str]
    choices: tuple[Choice, ...]

    def text(self, code: str, language: str) -> str:
        """The label of a choice; what is no code stays as it is."""
        return next((c.label[language] for c in self.choices if c.name == code), code)

    @property
    def is_multiple(self) -> bool:
        return self.type.startswith("select_multiple")

    def codes(self, kind: str = "") -> tuple[str, ...]:
        """Names of the choices with this missing kind; '' = choices that answer."""
        return tuple(choice.name for choice in self.choices if choice.missing_kind == kind)


@dataclass(frozen=True)
class Form:
    title: str
    version: str
    fields: tuple[str, ...]  # paths of all that a client sends, notes too
    questions: tuple[Question, ...]

    def main(self) -> list[Question]:
        return [question for question in self.questions if not question.is_policy]

    def policy(self) -> list[Question]:
        return [question for question in self.questions if question.is_policy]


@cache
def read_form(wave: str) -> Form:
    """Questions in form order, without notes and metadata; `country` is the one calculation."""
    book = read_workbook(FOLDER / FILES[wave])
    survey, choices = (
        [dict(zip(book[name][0], row, strict=True)) for row in book[name][1:]]
        for name in ("survey", "choices")
    )
    questions, fields, path = [], [], []
    for row in survey:
        kind, name = row["type"], row["name"]
        if kind.startswith("begin_"):
            path.append(name)
        elif kind.startswith("end_"):
            path.pop()
        else:
            fields.append("/".join([*path, name]))
            if kind != "note" and name not in METADATA:
                of_list = [c for c in choices if c["list_name"] == kind.split()[-1]]
                questions.append(_question(row, fields[-1], of_list))
    title, _, version, _ = book["settings"][1]
    return Form(title, version, tuple(fields), tuple(questions))


def _question(row: dict[str, str], path: str, choices: list[dict[str, str]]) -> Question:
    return Question(
        row["name"],
        row["type"],
        path,
        row["section"],
        row["domain"],
        row["score"],
        row["relevant"],
        "/pol/" in path,
        _labels(row),
        tuple(
            Choice(
                choice["name"],
                _labels(choice),
                float(choice["score"]) if choice["score"] else None,
                choice["missing_kind"],
            )
            for choice in choices
        ),
    )


def _labels(row: Mapping[str, str]) -> dict[str, str]:
    """By language code."""
    return {k.split("(")[1][:2]: v for k, v in row.items() if k.startswith("label::")}


def is_asked(question: Question, answers: Mapping[str, str]) -> bool:
    """Whether the form shows the question after these answers (a small reading of its rule)."""
    if not question.relevant:
        return True
    return bool(
        eval(  # the rule is the form's own, translated word by word
            _translated(question.relevant),
            {"__builtins__": {}},
            {
                "value": lambda name: answers.get(name, ""),
                "selected": lambda joined, code: code in joined.split(),
            },
        )
    )


@cache
def _translated(rule: str) -> str:
    python = re.sub(r"\$\{(\w+)\}", r"value('\1')", rule)
    return re.sub(r"(?<![!<>])=", "==", python)
