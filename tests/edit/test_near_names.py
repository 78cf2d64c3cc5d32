"""An open frame: who stands outside the member list may enter; near names are listed."""

from pathlib import Path

import pytest

from pipeline.edit.near_names import plain_name
from pipeline.store import Work
from tests.edit.batch import edited, ledger

FORM = (
    """
    | type    | name   | label  |
    |---------|--------|--------|
    | text    | city   | City   |
    | integer | people | People |
    """,
)
FILES = {
    "survey.toml": """
unit_kind = "institution"
record = "event"
[key]
unit = "city"
[frame]
file = "frame.csv"
entities = "entities.csv"
membership = "membership.csv"
network = "net"
scope = "open"
""",
    "frame.csv": "unit_id,name_official,iso2\nAR-a,Municipalidad de Alto Verde,AR\n"
    "AR-b,Municipalidad de Belmira,AR\nUY-c,Intendencia de Alto Verde,UY\n",
    "entities.csv": "unit_id,name_official,iso2\nAR-z,Ciudad de Alto Vérde,AR\n"
    "FR-y,Commune de Montrosel,FR\nFR-x,Ville de Montrozel,FR\nKR-w,City of Haengdosan,KR\n",
    "membership.csv": "unit_id,network,valid_from,valid_to\nAR-a,net,2020-01-01,\n"
    "AR-b,net,2020-01-01,\nUY-c,net,2020-01-01,\n",
}
ANSWERS = """
    | submission_id | city     | people |
    |---------------|----------|--------|
    | 1             | AR-a     | 1      |
    | 2             | AR-z     | 2      |
    | 3             | FR-y     | 3      |
    | 4             | FR-x     | 4      |
    | 5             | KR-w     | 5      |
    | 6             | Belmirra | 6      |
    """


def test_units_outside_the_member_list_may_enter(tmp_path: Path, work: Work) -> None:
    edited(tmp_path, work, FORM, ANSWERS, FILES)
    assert {verdict for _, verdict, _ in ledger(work)} == {"loaded"}


def test_near_names_of_one_country_are_listed_once_and_never_merged(
    tmp_path: Path, work: Work
) -> None:
    edited(tmp_path, work, FORM, ANSWERS, FILES)
    found = work.members.execute(
        "SELECT unit_id, other_id, other_is_member, letters FROM edit.near_name ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("AR-z", "AR-a", True, 0),
        ("Belmirra", "AR-b", True, 1),
        ("FR-x", "FR-y", False, 1),
    ]
    units = work.confidential.execute("SELECT count(DISTINCT unit_id) FROM edit.response")
    assert units.fetchall() == [(6,)]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Prefeitura Municipal de São Lúcio", "sao lucio"),
        ("Gobierno Metropolitano de L'Arboç-del-Mar", "l arboc mar"),
        ("Ville de Paris", "paris"),
        ("La Ciudad", "la ciudad"),
    ],
)
def test_names_are_compared_without_accents_and_words_of_office(name: str, plain: str) -> None:
    assert plain_name(name) == plain
