"""The sentences of four languages say the same things with the same facts."""

import re

import pytest

from pipeline.errors import Effect, Problem
from pipeline.texts import LANGUAGES, TextMissingError, keys, say, typeset
from tests.markdown import table

PLACEHOLDER = re.compile(r"\{(\w+)\}")
WITHOUT = {
    "es": r"\b(numero|publico|paises|informacion|version|mas de una|pregunta cambio|seleccion)\b",
    "pt": r"\b(nao|versao|situacao|numero|pais|sao|informacao|pesquisa nao|populacao)\b",
    "fr": r"\b(reponse|reseau|donnees|enquete|temoin|etat|deja|meme|ponderation)\b",
    "en": r"[áéíóúãõçêàèù¿]",
}


def forms(language: str) -> dict[str, list[str]]:
    """Every sentence by key, with all its plural forms."""
    return {
        key: [entry] if isinstance(entry, str) else list(entry.values())
        for key, entry in keys(language).items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    ours, english = (
        {
            key: {frozenset(PLACEHOLDER.findall(form)) for form in found}
            for key, found in forms(one).items()
            if not key.startswith("explain.")  # some are in two languages only
        }
        for one in (language, "en")
    )
    assert ours == english
    assert all(len(placeholders) == 1 for placeholders in ours.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_accents_are_there_and_no_language_slips_into_another(language: str) -> None:
    text = " ".join(form for found in forms(language).values() for form in found)
    assert not re.search(WITHOUT[language], text.lower())
    assert "  " not in text
    assert not re.search(r" ,|\.\.|\( | \)", text)


def test_the_plural_follows_the_language_and_not_one_rule_for_all() -> None:
    expected = table("""
        | locale | count | begins with                          |
        |--------|-------|--------------------------------------|
        | es     | 0     | Respondieron 0 gobiernos             |
        | es     | 1     | Respondió 1 gobierno                 |
        | pt     | 0     | Respondeu 0 governo                  |
        | pt     | 2     | Responderam 2 governos               |
        | en     | 1     | 1 government answered                |
        | fr     | 0     | 0 gouvernement a répondu             |
        | fr     | 12500 | 12\u202f500 gouvernements ont répondu |
        | es_MX  | 12500 | Respondieron 12,500 gobiernos        |
        | es_AR  | 12500 | Respondieron 12.500 gobiernos        |
    """)
    for row in expected:
        said = say(row["locale"], "method.size_text.institution", count=int(row["count"]))
        assert said == row["begins with"], row


def test_a_language_that_is_not_ours_is_spoken_to_in_english() -> None:
    assert say("ar", "S-15") == "Draft"


def test_a_missing_text_is_an_error_and_not_an_empty_line() -> None:
    with pytest.raises(TextMissingError) as caught:
        say("es", "no.such.key")
    assert (caught.value.language, caught.value.key) == ("es", "no.such.key")


def test_french_is_set_by_the_build_and_setting_twice_changes_nothing() -> None:
    expected = table("""
        | written              | set                                |
        |----------------------|------------------------------------|
        | L'état : bon ?       | L’état\u00a0: bon\u202f?            |
        | « vivre » ; 50 000   | «\u00a0vivre\u00a0»\u202f; 50\u00a0000 |
        | De 1 à 24 %          | De 1 à 24\u00a0%                   |
        | 12:30 et http://x    | 12:30 et http://x                  |
    """)
    for row in expected:
        assert typeset(row["written"], "fr") == row["set"]
        assert typeset(row["set"], "fr") == row["set"]
    assert typeset("L'état : 24 %", "es") == "L'état : 24\u00a0%"


def test_every_reason_of_a_record_or_of_a_set_aside_answer_has_its_words() -> None:
    told = {Effect.RECORD, Effect.ERROR}
    codes = {f"reason.{problem.name}" for problem in Problem if problem.effect in told}
    assert codes - set(keys("en")) == set()
