"""A rule in words: a plain sentence in four languages, or none."""

from pathlib import Path

import pytest

from pipeline.ask import in_words, read_questionnaire, rules
from pipeline.ask.rules import Rules
from tests.forms import write_form

CHOICES = """
    | list_name | name | label::en | label::es | label::pt | label::fr |
    |-----------|------|-----------|-----------|-----------|-----------|
    | yn        | yes  | Yes       | Sí        | Sim       | Oui       |
    | yn        | 2    | Two       | Dos       | Dois      | Deux      |
    """


def made(tmp_path: Path, *rows: str, rule: str = "constraint") -> Rules:
    """A form: a plan (select_one), needs (select_multiple), a budget; then the given rows."""
    head = "| type | name | label::en | label::es | label::pt | label::fr | relevant | {rule} |"
    form = [
        head.format(rule=rule),
        "|---|---|---|---|---|---|---|---|",
        "| select_one yn | plan | Plan | Plan | Plano | Plan | | |",
        "| select_multiple yn | needs | Needs | Necesidades | Necessidades | Besoins | | |",
        "| decimal | budget | **Budget** | Presupuesto | Orçamento | Budget | | |",
        *rows,
    ]
    return rules(read_questionnaire(write_form(tmp_path / "form.xlsx", "\n".join(form), CHOICES)))


SAID = [
    ("${plan} = 'yes'", "“Plan” is “Yes”"),
    ("'yes' != ${plan}", "“Plan” is not “Yes”"),
    ("not(${plan} = 'yes')", "“Plan” is not “Yes”"),
    ("selected(${needs}, 'yes')", "“Needs” includes “Yes”"),
    ("not(selected(${needs}, 'yes'))", "“Needs” does not include “Yes”"),
    ("${plan} = 2", "“Plan” is “Two”"),
    ("${budget} > 15000.5", "“Budget” is over 15,000.5"),
    ("10 >= ${budget}", "“Budget” is at most 10"),
    ("${budget} = ''", "“Budget” has no answer"),
    ("${budget} != ''", "“Budget” has an answer"),
    ("count-selected(${needs}) >= 2", "the number of choices in “Needs” is at least 2"),
    ("${budget} + 1 < 5", "“Budget” plus 1 is under 5"),
    ("string-length(${plan}) > 3", "the length of “Plan” is over 3"),
    ("regex(${plan}, '^y$')", "“Plan” has the pattern ^y$"),
    (
        "${plan} = 'yes' and (${budget} > 1 or ${budget} = '')",
        "“Plan” is “Yes” and (“Budget” is over 1 or “Budget” has no answer)",
    ),
    ("not(${budget} > 5)", "it is not true that “Budget” is over 5"),
]


@pytest.mark.parametrize(("expression", "words"), SAID)
def test_every_kind_of_condition(tmp_path: Path, expression: str, words: str) -> None:
    form = made(tmp_path, f"| text | why | Why | Por qué | Por quê | Pourquoi | {expression} | |")
    assert in_words(form, "relevant", "why", "en") == f"Asked if {words}."


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "Se pregunta si «Plan» es «Sí» y «Presupuesto» es mayor que 15.000,5."),
        ("pt", "Pergunta feita se “Plano” é “Sim” e “Orçamento” é maior que 15.000,5."),
        ("en", "Asked if “Plan” is “Yes” and “Budget” is over 15,000.5."),
        (
            "fr",
            "Question posée si la condition suivante est remplie\u00a0: «\u00a0Plan\u00a0» est "
            "«\u00a0Oui\u00a0» et «\u00a0Budget\u00a0» est supérieur à 15\u202f000,5.",
        ),
    ],
)
def test_four_languages(tmp_path: Path, language: str, words: str) -> None:
    rule = "${plan} = 'yes' and ${budget} > 15000.5"
    form = made(tmp_path, f"| text | why | Why | Por qué | Por quê | Pourquoi | {rule} | |")
    assert in_words(form, "relevant", "why", language) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "Se considera habitual si la respuesta es como máximo «Presupuesto»."),
        ("pt", "Considera-se usual se a resposta é no máximo “Orçamento”."),
        ("en", "Taken as usual if the answer is at most “Budget”."),
        (
            "fr",
            "Réponse jugée habituelle si la condition suivante est remplie\u00a0: la réponse est "
            "au plus «\u00a0Budget\u00a0».",
        ),
    ],
)
def test_what_is_usual_is_said_in_four_languages(tmp_path: Path, language: str, words: str) -> None:
    row = "| decimal | cost | Cost | Costo | Custo | Coût | | . <= ${budget} |"
    form = made(tmp_path, row, rule="warning")
    assert in_words(form, "warning", "cost", language) == words
    assert in_words(form, "constraint", "cost", language) == ""


def test_a_choice_that_another_answer_names(tmp_path: Path) -> None:
    row = "| text | why | Why | Por qué | Por quê | Pourquoi | | not(selected(${needs}, ${plan})) |"
    words = "Accepted if “Needs” does not include “Plan”."
    assert in_words(made(tmp_path, row), "constraint", "why", "en") == words


def test_conditions_of_groups_come_first(tmp_path: Path) -> None:
    form = made(
        tmp_path,
        "| begin_group | more | More | Más | Mais | Plus | ${plan} = 'yes' | |",
        "| text | why | Why | Por qué | Por quê | Pourquoi | ${budget} > 1 | . != 'x' |",
        "| end_group | | | | | | | |",
    )
    asked = in_words(form, "relevant", "why", "en")
    assert asked == "Asked if “Plan” is “Yes” and “Budget” is over 1."
    assert in_words(form, "constraint", "why", "en") == "Accepted if the answer is not “x”."
    assert in_words(form, "required", "why", "en") == ""


def test_what_has_no_plain_sentence_has_no_words(tmp_path: Path) -> None:
    rule = "if(${plan} = 'yes', ${budget}, 2) > 1"
    form = made(tmp_path, f"| text | why | Why | Por qué | Por quê | Pourquoi | {rule} | |")
    assert in_words(form, "relevant", "why", "en") == ""
