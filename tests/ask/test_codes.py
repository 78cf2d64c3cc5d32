"""What an export says becomes the form's code, or nothing where two readings are possible."""

from types import MappingProxyType

import pytest

from pipeline.ask import Choice, Codes


def codes(table: dict[str, str | tuple[str, ...]]) -> Codes:
    """A list: code to its labels in es, en."""
    return Codes(
        tuple(
            Choice("list", name, MappingProxyType(dict(zip(("es", "en"), texts, strict=False))))
            for name, label in table.items()
            for texts in [(label,) if isinstance(label, str) else label]
        )
    )


DIET = codes(
    {
        "vegan": ("Vegana", "Vegan"),
        "gluten": ("Sin gluten", "Gluten-free"),
        "out": ("Para llevar", "Take away"),
        "late": ("Para llevar tarde", "Take away, late"),
    }
)
YES_NO = codes({"yes": "Sí, siempre", "no": "Nunca", "dk": "No sabe"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("vegan", "vegan"),
        (" VEGAN\u00a0", "vegan"),
        ("sin  Gluten", "gluten"),
        ("Take away", "out"),
        ("Take", ""),
        ("", ""),
    ],
)
def test_one_answer(text: str, code: str) -> None:
    assert DIET.one(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TRUE", "yes"),
        ("1", "yes"),
        ("Sim", "yes"),
        ("False", "no"),
        ("não", "no"),
        ("nunca", "no"),
    ],
)
def test_yes_and_no_in_every_spelling(text: str, code: str) -> None:
    assert YES_NO.one(text) == code


def test_a_number_as_a_spreadsheet_writes_it() -> None:
    numbers = codes({"1": "Uno", "2": "Dos", "3": "Tres"})
    assert numbers.one("3.0") == "3"
    assert numbers.one("3.5") == ""


def test_a_label_of_two_codes_means_none() -> None:
    assert codes({"a": "Otro", "b": "Otro"}).one("Otro") == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vegan out", ("vegan", "out")),
        ("Vegan Gluten-free Take away", ("vegan", "gluten", "out")),
        ("Para llevar tarde Para llevar", ("late", "out")),
        ("Sin gluten vegan", ("gluten", "vegan")),
        ("Vegan unknown", None),
        ("", ()),
    ],
)
def test_labels_joined_by_a_blank(text: str, found: tuple[str, ...] | None) -> None:
    assert DIET.many(text) == found


def test_labels_that_hold_the_separator() -> None:
    assert DIET.many("Vegan, Take away, late", (", ",)) == ("vegan", "late")


def test_what_can_be_cut_in_two_ways_is_not_cut() -> None:
    unclear = codes({"a": "red", "b": "wine", "c": "red wine"})
    assert unclear.many("red wine") is None
