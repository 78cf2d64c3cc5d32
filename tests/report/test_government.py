"""What a government reads beside its answers: whom to learn from, what changed, its links."""

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.report import open_brief
from pipeline.report.government import GovernmentBrief, own_answers
from pipeline.report.page import Figure, Heading, Quotes, Section, Sentences, Table
from pipeline.report.reading import read_release
from pipeline.report.scores import Score
from pipeline.store import connect
from tests.report import release
from tests.report.test_scores import rows


@pytest.fixture
def two_waves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    release.fill(tmp_path)
    release.wave_before(tmp_path)
    monkeypatch.setenv("RELEVO_WORK", str(tmp_path))
    return tmp_path


def brief_of(unit: str, language: str = "en") -> GovernmentBrief:
    found = open_brief("government", survey="little", unit=unit, language=language)
    assert isinstance(found, GovernmentBrief)
    return found


def words(section: Section) -> str:
    return " ".join(text for p in section.parts if isinstance(p, Sentences) for text in p.texts)


def test_at_most_three_sentences_open_the_page(opened: Path) -> None:
    for row in release.ANSWERS:
        front = brief_of(row["unit_id"]).front()
        leads = [p for p in front.parts if isinstance(p, Sentences) and p.style == "lead"]
        assert sum(len(part.texts) for part in leads) <= 3
    # shares 4/7, 4/6 and 3/7 of the three policies that concern it
    said = words(brief_of("AR-x-alto-verde").front())
    assert said == "The 8 governments that answered have 1.7 of them in force on average."


def test_who_has_what_is_missing_here_is_named_only_if_it_agreed(opened: Path) -> None:
    """Dorrego has no framework; of the four that have it two share its language."""
    (policy, names, count), *others = rows(brief_of("AR-x-dorrego").learn_from())
    assert (policy, count, others) == ("Human rights framework", "4 of 7", [])
    assert names in {
        f"{first} (Argentina) and {second} (Argentina)"
        for first, second in (("Alto Verde", "Belmira"), ("Belmira", "Alto Verde"))
    }


def test_a_government_never_learns_from_itself_nor_from_one_in_totals(opened: Path) -> None:
    hidden = [row["name"] for row in release.UNITS if row["named"] != "yes"]
    for row in release.UNITS:
        if row["unit_id"] == "CL-x-silencio":
            continue
        said = " ".join(
            " ".join(found[1:])
            for part in brief_of(row["unit_id"]).learn_from().parts
            if isinstance(part, Table)
            for block in part.blocks
            for found in [[c.text for c in line.cells] for line in block.rows]
        )
        assert not [name for name in (*hidden, row["name"]) if name in said]


def test_where_nobody_concerned_agreed_the_page_says_so(opened: Path) -> None:
    """The firewall question is confidential: nobody is named beside an answer to it."""
    brief = brief_of("AR-x-belmira")
    assert [p.column for p in brief.gaps] == ["housing", "firewall"]
    assert (
        rows(brief.learn_from())[1][1]
        == "None of the governments concerned has agreed to be named."
    )


def test_quotes_are_texts_that_were_released_each_in_its_language(opened: Path) -> None:
    brief = brief_of("AR-x-alto-verde")
    assert brief.quotes().parts == ()
    message = replace(brief.questions[0], column="message", type="text", list_name="", choices=())
    answers = {release.WAVE: {"BR-x-sao-lucio": {"message": ("Pedimos apoio.",)}}}
    questions = {release.WAVE: (*brief.questions, message)}
    told = replace(brief, release=replace(brief.release, answers=answers, questions=questions))
    heading, quotes = told.quotes().parts
    assert isinstance(heading, Heading) and isinstance(quotes, Quotes)
    assert quotes.entries == (("Pedimos apoio.", "São Lúcio (Brasil)", "pt"),)


def test_what_changed_is_told_of_questions_asked_in_the_same_words(two_waves: Path) -> None:
    """Alto Verde: the framework came into force; the firewall was asked in other words then."""
    changes = brief_of("AR-x-alto-verde").changes()
    assert rows(changes) == [
        ("Human rights framework", "In preparation", "Yes, in force", "4 of 7 → 4 of 7")
    ]
    assert "Of the 2 policies that were asked in the same way in 2023" in words(changes)
    (table,) = (part for part in changes.parts if isinstance(part, Table))
    assert table.notes[0].endswith("because the question changed: Data firewall.")


def test_without_a_wave_before_nothing_is_said_of_change(opened: Path) -> None:
    assert brief_of("AR-x-alto-verde").changes().parts == ()
    assert open_brief("network", survey="little").changes().parts == ()


def test_policies_are_linked_to_charter_and_goals_by_the_form(opened: Path) -> None:
    assert rows(brief_of("AR-x-dorrego").links()) == [
        ("Global Charter-Agenda for Human Rights in the City", "X", "I"),
        ("SDG indicator 10.7.2, by domain", "1", "–"),
        ("Global Compact for Migration, objectives", "15", "17"),
    ]


# --- the wrong government, whatever the order of the rows -----------------------------------------
UNITS = [row["unit_id"] for row in release.ANSWERS]
CHOICES = ("yes", "draft", "no")


@st.composite
def networks(draw: st.DrawFn) -> dict[str, tuple[str, int]]:
    """An answer and a score for each government, in any order."""
    order = draw(st.permutations(UNITS))
    return {u: (draw(st.sampled_from(CHOICES)), draw(st.integers(0, 100))) for u in order}


def shuffled(network: dict[str, tuple[str, int]], seed: int) -> Iterator[tuple[str, str]]:
    lines = [(unit, answer) for unit, (answer, _) in network.items()]
    Random(seed).shuffle(lines)
    return iter(lines)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(networks(), st.sampled_from(UNITS), st.integers(0, 99))
def test_the_government_marked_is_the_one_the_page_is_about(
    filled: Path, network: dict[str, tuple[str, int]], unit: str, seed: int
) -> None:
    said = [
        [release.WAVE, one, "", "hr_framework", "", answer, "answered"]
        for one, answer in shuffled(network, seed)
    ]
    con = connect(":memory:")
    con.execute(
        f"""CREATE SCHEMA estimate; CREATE TABLE estimate.unit_answer AS
            SELECT * FROM (VALUES {", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(said))})
            answer (wave, unit_id, row_id, question, choice, value, state)""",
        [value for row in said for value in row],
    )
    cleared = read_release(filled)
    answers = {one: {"hr_framework": (answer,)} for one, answer in shuffled(network, seed + 1)}
    scores = {release.WAVE: {"D1": tuple(sorted(float(s) for _, s in network.values()))}}
    answer, score = network[unit]
    brief = GovernmentBrief(
        replace(cleared, answers={release.WAVE: answers}, scores=scores),
        release.WAVE,
        "en",
        unit_id=unit,
        own=own_answers(con, release.WAVE, unit),
        scored=(Score("domain", "D1", score, None, None, "", None, None, None, ""),),
    )
    con.close()
    # the mark and the word of the policy table
    tables = [part for part in brief.policy_table().parts if isinstance(part, Table)]
    (line,) = tables[0].blocks[0].rows
    level = {"yes": "in_force", "draft": "in_preparation", "no": "no"}[answer]
    assert line.cells[0].mark is not None
    assert line.cells[0].mark.level == level
    # the dot of the profile, in the table and in the figure
    (found,) = (part for part in brief.scores().parts if isinstance(part, Table))
    mark = found.blocks[0].rows[0].cells[0].mark
    assert mark is not None
    assert mark.share == pytest.approx(score / 100)
    (figure,) = (part for part in brief.figure().parts if isinstance(part, Figure))
    own = figure.figure["data"][-1]
    assert (unescape(own["name"]), own["x"]) == (brief.name, [score])
    # and nobody is told to learn from itself, or from one that lacks the policy
    peers = " ".join(" ".join(row) for row in rows(brief.learn_from())) if brief.gaps else ""
    for one, (other, _) in network.items():
        if one == unit or other != "yes":
            assert cleared.unit(one).name not in peers
