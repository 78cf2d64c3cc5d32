"""The question that alone decides whether another is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.ask import Question, Questionnaire, Rule, Rules, Survey, evaluate
from pipeline.estimate.attack import Gate


def gate_of(survey: Survey, form_rules: Rules, question: Question) -> Gate | None:
    """The question that alone decides whether another is asked, and the choices that let in.

    Each choice of it is tried in the conditions; whoever answers at all has consented.
    """
    found = list(_conditions(form_rules, question))
    consent = survey.key.consent
    needs = {place for rule in found for place in rule.needs} - {consent.question}
    form = form_rules.questionnaire
    above = form.by_column.get(min(needs)) if len(needs) == 1 else None
    if above is None or any(rule.node is None or rule.clock or rule.rows for rule in found):
        return None
    agreed = _agreed(form, consent.question, consent.refused)

    def lets_in(choice: str) -> bool:
        def holds(rule: Rule) -> bool:
            assert rule.node is not None
            answers = {
                name: choice if column == above.column else agreed
                for name, column in rule.columns.items()
            }
            return evaluate(rule.node, rule.kinds, answers, {})

        return all(holds(rule) for rule in found)

    after = tuple(choice.name for choice in form.choices_of(above) if lets_in(choice.name))
    return Gate(above.column, after, is_open=False)


def _conditions(form_rules: Rules, question: Question) -> Iterator[Rule]:
    """The conditions of a question and of the groups around it."""
    place = question.column
    while place:
        if place in form_rules.relevance:
            yield form_rules.relevance[place]
        place = form_rules.levels.around[place]


def _agreed(form: Questionnaire, question: str, refused: Sequence[str]) -> str:
    """An answer that consents."""
    asked = form.by_column.get(question)
    names = [choice.name for choice in form.choices_of(asked)] if asked else []
    return next((name for name in names if name not in refused), "yes")
