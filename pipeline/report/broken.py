"""The rules that answers break: by code with what to do next, and by question in words."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.report.brief import sentence_case
from pipeline.report.page import Cell, Row, Section, Sentences
from pipeline.report.tallies import NOTE, Tallied

if TYPE_CHECKING:
    from pipeline.report.quality import QualityBrief

# The rule of the questionnaire behind a code: its kind in ask.label.
KINDS = MappingProxyType(
    {
        "required_unanswered": "required",
        "answered_not_asked": "relevant",
        "constraint_broken": "constraint",
        "implausible": "warning",
    }
)
# Whether one can judge these is a matter of the whole submission, not of one cell.
WHOLE = frozenset(
    {"two_answers", "review_has_issues", "after_deadline", "interview_short", "straight_lining"}
)
SEVERITIES = ("error", "warning", NOTE)
FILLED = ("answered", "set_aside", "dont_know", "refused", "not_applicable")
# What to do next, by family of codes; a code in none of them has `confirm`.
NEXT = MappingProxyType(
    {
        "required_unanswered": "ask",
        **dict.fromkeys(("not_an_integer", "not_a_decimal", "not_a_date", "not_a_time"), "again"),
        **dict.fromkeys(("unknown_choice", "choice_not_offered", "split_disagrees"), "choice"),
        "constraint_broken": "correct",
        "answered_not_asked": "which",
        "not_judged": "other",
        **dict.fromkeys(("decimal_comma", "serial_date"), "nothing"),
        **dict.fromkeys(("two_answers", "review_has_issues"), "decide"),
        **dict.fromkeys(("extra_cell", "text_cut", "rename_suggested", "text_damaged"), "file"),
        **dict.fromkeys(("interview_short", "straight_lining", "after_deadline"), "look"),
    }
)


def by_code(brief: QualityBrief) -> Section:
    """One row per code: what it means, what it does, how often, what to do next."""
    cells: Counter[tuple[str, str]] = Counter()
    questions: Counter[tuple[str, str]] = Counter()
    for row in _rules(brief):
        cells[row.severity, row.code] += row.count
        questions[row.severity, row.code] += 1
    rows = [
        brief.row(
            brief.reason(code),
            code,
            brief.say(f"severity.{severity}"),
            brief.number(count),
            brief.number(questions[severity, code]),
            brief.say(f"next.{NEXT.get(code, 'confirm')}"),
        )
        for (severity, code), count in sorted(
            cells.items(), key=lambda found: (SEVERITIES.index(found[0][0]), -found[1], found[0])
        )
    ]
    columns = ("rule", "code", "severity", "cells", "questions", "next")
    kinds = ("text", "short", "short", "count", "count", "text")
    return brief.section("rules", columns, kinds, rows)


def by_question(brief: QualityBrief) -> Section:
    """The rules of each question in words, in the order of the form; the whole record last."""
    found: dict[str, list[Tallied]] = {}
    for row in _rules(brief):
        found.setdefault(row.question, []).append(row)
    titles = {q.column: brief.question(q) for q in brief.questions if q.column in found}
    rest = [column for column in found if column not in titles]
    titles |= {column: column or brief.say("quality.whole_record") for column in rest}
    rows = [
        Row(Cell(title), _cells(brief, row), span=0 if number else len(found[column]))
        for column, title in titles.items()
        for number, row in enumerate(found[column])
    ]
    columns = ("question", "rule", "code_effect", "of_base", "submissions", "first_records")
    kinds = ("text", "text", "short", "count", "count", "short")
    section = brief.section("broken", columns, kinds, rows)
    note = Sentences((brief.say("quality.base", survey=brief.release.fact("name")),), "note")
    return Section((*section.parts, note)) if rows else section


def _rules(brief: QualityBrief) -> list[Tallied]:
    broken = [row for row in brief.tallies.tallied if row.kind == "rule"]
    return sorted(broken, key=lambda row: (SEVERITIES.index(row.severity), -row.count, row.code))


def _cells(brief: QualityBrief, row: Tallied) -> tuple[Cell, ...]:
    return (
        Cell(sentence_case(_in_words(brief, row))),
        Cell(f"{row.code} ({brief.say(f'in_short.{row.severity}')})"),
        brief.of_base(row.count, _base(brief, row)),
        Cell(brief.number(row.submissions)),
        Cell(", ".join(str(record) for record in row.records) or "–"),
    )


def _in_words(brief: QualityBrief, row: Tallied) -> str:
    """The rule as the questionnaire's labels say it; else what the code means."""
    kind = KINDS.get(row.code, "")
    words = brief.release.labels.get((brief.wave, kind, row.question, brief.language))
    return words or brief.reason(row.code)


def _base(brief: QualityBrief, row: Tallied) -> int:
    """The cells that the rule speaks of: asked, not asked, or filled; else the submissions."""
    states = brief.cells.get(row.question)
    if states is None or row.code in WHOLE:
        return brief.submissions
    kind = KINDS.get(row.code)
    if kind in {"required", "relevant"}:
        return states["asked" if kind == "required" else "not_asked"]
    return sum(states[state] for state in FILLED)
