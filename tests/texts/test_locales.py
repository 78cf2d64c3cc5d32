"""Numbers and dates follow language and territory, as CLDR writes them."""

import datetime

from pipeline.texts import date, locale_for, number, percent
from tests.markdown import table

NO_BREAK, NARROW = "\u00a0", "\u202f"


def test_a_percentage_and_a_number_by_locale() -> None:
    expected = table("""
        | locale | 27 %  | 1234.5  | 12345  |
        |--------|-------|---------|--------|
        | es_ES  | 27_%  | 1234,5  | 12.345 |
        | es_AR  | 27%   | 1234,5  | 12.345 |
        | es_UY  | 27%   | 1234,5  | 12.345 |
        | es_MX  | 27%   | 1234.5  | 12,345 |
        | es_PE  | 27%   | 1234.5  | 12,345 |
        | pt_BR  | 27%   | 1234,5  | 12.345 |
        | en     | 27%   | 1234.5  | 12,345 |
        | fr_FR  | 27_%  | 1234,5  | 12~345 |
    """)
    for row in expected:
        locale = row["locale"]
        said = [percent(0.27, locale), number(1234.5, locale, 1), number(12345, locale)]
        plain = [text.replace(NO_BREAK, "_").replace(NARROW, "~") for text in said]
        assert plain == [row["27 %"], row["1234.5"], row["12345"]], locale


def test_halves_are_rounded_away_from_zero() -> None:
    assert [number(x, "en") for x in (0.5, 1.5, 2.5, -0.5)] == ["1", "2", "3", "-1"]
    assert percent(0.125, "en") == "13%"


def test_a_date_is_written_in_words() -> None:
    day = datetime.date(2026, 9, 30)
    assert date(day, "es_UY") == "30 de setiembre de 2026"
    assert date(day, "fr_FR") == "30 septembre 2026"


def test_a_government_takes_its_countrys_locale_and_an_unknown_pair_the_default() -> None:
    assert locale_for("es", "AR") == "es_AR"
    assert locale_for("en", "AR") == "en"
    assert locale_for("fr", "AR") == "fr_FR"
    assert locale_for("es", "", {"es": "es_419"}) == "es_419"
