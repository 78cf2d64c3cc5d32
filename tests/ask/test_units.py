"""A typed name becomes the unit it means, or stays as received."""

from pathlib import Path
from types import MappingProxyType

import pytest

from pipeline.ask import Choice, Units, country_code, read_survey
from tests.forms import write_form
from tests.markdown import table

FRAME = """
    | unit_id   | name_official             | name_es   | name_pt  | iso2 | iso3 | subdivision |
    |-----------|---------------------------|-----------|----------|------|------|-------------|
    | AR-norte  | Municipalidad de Norte    | Norte     | Norte    | AR   | ARG  | Zona 1      |
    | AR-norte2 | Municipalidad de Norte    | Norte     | Norte    | AR   | ARG  | Zona 2      |
    | BR-sul    | Prefeitura de Sul         | Sul       | Sul      | BR   | BRA  | Zona 1      |
    | UY-sul    | Intendencia de Sul        | Sul       | Sul      | UY   | URY  | Zona 1      |
    | PY-nar    | Ñar'uvelé, Villa - Centro | Ñar'uvelé | Naruvelé | PY   | PRY  | Zona 4      |
    """
UNITS = Units(
    tuple(
        Choice(
            "",
            row["unit_id"],
            MappingProxyType({k: v for k, v in row.items() if k.startswith("name_")}),
            extra=MappingProxyType({k: row[k] for k in ("iso2", "iso3", "subdivision")}),
        )
        for row in table(FRAME)
    )
)


@pytest.mark.parametrize(
    ("text", "country", "unit"),
    [
        ("BR-sul", "", "BR-sul"),
        (" br-SUL ", "", "BR-sul"),
        ("Prefeitura de Sul", "", "BR-sul"),
        ("prefeitura  de\u00a0SUL", "UY", "BR-sul"),  # one fits: its country is judged later
        ("Sul", "", ""),
        ("Sul", "Uruguai", "UY-sul"),
        ("Sul", "brésil", "BR-sul"),
        ("Sul", "URY", "UY-sul"),
        ("Sul", "Chile", ""),
        ("Sul (UY)", "", "UY-sul"),
        ("Sul, Brasil", "", "BR-sul"),
        ("Sul - Brazil", "", "BR-sul"),
        ("Sul (Zona 1)", "", ""),
        ("Sul (Zona 1, Uruguay)", "", "UY-sul"),
        ("Sul (Zona 1)", "BR", "BR-sul"),
        ("Norte", "Argentina", ""),
        ("Norte, Zona 2 (AR)", "", "AR-norte2"),
        ("Municipalidad de Norte / Zona 1", "", "AR-norte"),
        ("Ñar'uvelé, Villa - Centro", "", "PY-nar"),
        ("Ñar'uvelé, Villa - Centro (Paraguay)", "", "PY-nar"),
        ("Nar'uvele", "", ""),
        ("Sul, Atlantis", "", ""),
        ("Este", "Uruguay", ""),
        ("", "Uruguay", ""),
        (", , (", "Uruguay", ""),
    ],
)
def test_a_name_means_one_unit_or_none(text: str, country: str, unit: str) -> None:
    assert UNITS.one(text, country) == unit


def test_countries_are_known_in_four_languages() -> None:
    said = ["Brasil", "Brazil", "Brésil", "Bolívia", "BOLIVIE", "Perú", "Pérou", "Narnia", "BR"]
    assert list(map(country_code, said)) == ["BR", "BR", "BR", "BO", "BO", "PE", "PE", "", ""]


def test_the_units_of_the_frame_stand_beside_the_form(tmp_path: Path) -> None:
    write_form(
        tmp_path / "questionnaire.xlsx",
        """
        | type | name    | label      |
        |------|---------|------------|
        | text | city_id | Government |
        """,
    )
    declared = '[key]\nunit = "city_id"\n[frame]\nfile = "frame.csv"\nscope = "closed"\n'
    (tmp_path / "survey.toml").write_text(declared, encoding="utf-8")
    frame = "unit_id,name_official,name_es,iso2\nAR-sur,Municipio de Sur,Sur,AR\nUY-sur,Sur,,UY\n"
    (tmp_path / "frame.csv").write_text(frame, encoding="utf-8")
    units = Units(read_survey(tmp_path).questionnaire.units)
    said = ["Municipio de Sur", "Sur", "Sur (UY)", "sur, argentina"]
    assert [units.one(text) for text in said] == ["AR-sur", "", "UY-sur", "AR-sur"]
