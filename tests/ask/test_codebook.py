"""codebook.md and registry.csv, generated."""

from pathlib import Path

from pipeline.ask import codebook, read_survey, registry
from tests.ask.test_survey import DECLARED, FRAME, folder
from tests.forms import write_form

EXPECTED = r"""# Plans

Generated from `questionnaire.xlsx` by `relevo ask`; do not edit.
Form `plans`, version `v2`; 2 questions, 2 choices.

### `has`

- type: select_one `yn`
- required: `yes`
- score: map
- weight: 2

|  | es | en |
| --- | --- | --- |
| label | ¿Hay \*plan\*? | A plan? |
| short | Plan |  |

### Repeat `pol`

- relevant: `${has} = 'a|b'`

|  | es | en |
| --- | --- | --- |
| label |  | Policies |

### `reach`

- type: integer

|  | es | en |
| --- | --- | --- |
| asked | Se pregunta si «Plan» es «a\|b». | Asked if “Plan” is “a\|b”. |

## List `yn`

| code | es | en | score | missing_kind |
| --- | --- | --- | --- | --- |
| `yes` | Sí | Yes | 100 |  |
| `dk` | No sabe | Does not know |  | dont_know |
"""

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_the_codebook_shows_all_languages_side_by_side(tmp_path: Path) -> None:
    write_form(
        tmp_path / "questionnaire.xlsx",
        r"""
        | type | name | label::es | label::en | short::es | required | relevant | score | weight |
        |---|---|---|---|---|---|---|---|---|
        | select_one yn | has | ¿Hay *plan*? | A plan? | Plan | yes | | map | 2 |
        | begin repeat | pol | | Policies | | | ${has} = 'a\|b' | | |
        | integer | reach | | | | | | | |
        | end repeat | | | | | | | | |
        """,
        """
        | list_name | name | label::es | label::en     | score | missing_kind |
        |-----------|------|-----------|---------------|-------|--------------|
        | yn        | yes  | Sí        | Yes           | 100   |              |
        | yn        | dk   | No sabe   | Does not know |       | dont_know    |
        """,
        "| form_title | form_id | version |\n|---|---|---|\n| Plans | plans | v2 |",
    )
    assert codebook(read_survey(tmp_path)) == EXPECTED


def test_the_registry_names_every_unit_for_the_form_client(tmp_path: Path) -> None:
    frame = FRAME.replace("size_class,", "size_class,name_es,").replace(",s1,", ",s1,Angosta,")
    frame = frame.replace(",s2,", ",s2,,")
    assert registry(read_survey(folder(tmp_path, DECLARED, frame))) == (
        "name,label,label_es,label_en,country\n"
        "NA-a,Ängstadt (NA),Angosta (NA),Ängstadt (NA),NA\n"
        "NA-b,Beta (NA),Beta (NA),Beta (NA),NA\n"
    )


def test_the_shipped_codebook_and_registry_are_fresh() -> None:
    """Stale ones are made anew by `make ask`."""
    for survey in map(read_survey, sorted(path.parent for path in SCHEMAS.glob("*/survey.toml"))):
        made = {"codebook.md": codebook(survey), "registry.csv": registry(survey)}
        for name, text in made.items():
            assert (survey.folder / name).read_text(encoding="utf-8") == text, name
