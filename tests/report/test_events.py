"""The pages of a register, of a log of actions, and the desk's list of whom to write to."""

from pathlib import Path

import pytest
from lxml import html

from pipeline.ask import tables
from pipeline.edit import edit
from pipeline.estimate import estimate
from pipeline.report import report
from pipeline.store import open_work, write_table
from tests.edit.batch import collected, survey
from tests.estimate import test_joined, test_register
from tests.report.test_pages import text_of

SURVEY = "a-survey"
FEW = "[briefs]\ngovernment = ''\ngroup = ''\n"


def printed(folder: Path, form: tuple[str, ...], answers: str, files: dict[str, str],
            joined: dict[str, Path] | None = None) -> dict[str, html.HtmlElement]:  # fmt: skip
    """Pages by kind, made from answers the whole way."""
    declared = files["survey.toml"] + FEW
    found = survey(folder / SURVEY, form, {**files, "survey.toml": declared})
    work_folder = folder / "made"
    with open_work(work_folder, joined=joined or {}) as work:
        for name, frame in tables(found).items():
            write_table(work.survey, name, frame)
        collected(found, work, answers)
        edit(found, work)
        estimate(found, work)
    tally = report(found, work_folder, jobs=1)
    # nothing was collected from files: there is no brief of their quality
    assert all(path.name.startswith("quality-") for path, _ in tally.failed)
    pages = {path.name.partition("-")[0]: html.parse(path).getroot()
             for path in sorted((work_folder / "briefs").rglob("*.html"))}  # fmt: skip
    return {**pages, "index": html.parse(work_folder / "briefs/index.html").getroot()}


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> dict[str, html.HtmlElement]:
    units = test_register.table(test_register.UNITS)
    frame = "\n".join(f"{u['unit']}x,Alto Verde {u['unit']},AR,{u['area']}," for u in units[:1])
    frame += "\n" + "\n".join(
        f"{u['unit']},Alto Verde {u['unit']},AR,{u['area']},{u['people']}" for u in units
    )
    files = {
        "survey.toml": test_register.DECLARED.replace("{threshold}", "1").replace(
            "[[wave]]\n", '[[wave]]\nstate = "open"\n'
        ),
        "frame.csv": f"unit_id,name_official,iso2,area,population\n{frame}\n",
    }
    folder = tmp_path_factory.mktemp("register")
    return printed(folder, test_register.FORM, test_register.events(units), files)


def rows(page: html.HtmlElement, caption: str) -> list[str]:
    """The rows of the table whose caption begins so, as text."""
    (found,) = [t for t in page.iter("table") if t.findtext("caption").startswith(caption)]
    lines = found.xpath(".//tbody/tr")
    cells = ([" ".join(cell.text_content().split()) for cell in line] for line in lines)
    return [" ".join(filter(None, texts)) for texts in cells]


def test_a_register_shows_goals_pace_steps_and_what_it_brought_about(
    register: dict[str, html.HtmlElement],
) -> None:
    page = register["network"]
    text = text_of(page)
    assert page.findtext(".//h1").endswith("3 governments counted")
    assert "Counted are the entries in these states: Validated and Published." in text
    assert "Entries that ended (Withdrawn): 1." in text
    assert "about 100,000" in text
    assert rows(page, "Entries counted, beside") == ["10 3 of 10", "100 3 of 100"]
    assert (
        rows(page, "The pace needed")[0] == "Needed each month to reach 100 by January 1, 2026 8.1"
    )
    assert rows(page, "Entries that have come to each step") == [
        "Pledged 5 of 5 –",
        "Form 4 of 5 25",
        "Validated 3 of 5 183",
        "Published 1 of 5 31",
    ]
    assert rows(page, "Plan?: in force before") == [
        "Before joining 1 of 5",
        "After joining 2 of 5",
        "Not in force 2 of 5",
    ]
    assert rows(page, "Plan?: entries") == [
        "With public evidence 2 of 3",
        "Without public evidence 1 of 3",
    ]


def test_the_index_of_a_register_counts_entries(register: dict[str, html.HtmlElement]) -> None:
    text = register["index"].text_content()
    assert "5 entries in the register" in text and "Follow-up list" in text


def test_near_names_are_for_the_desk_only(register: dict[str, html.HtmlElement]) -> None:
    listed = rows(register["followup"], "Entries of the register beside")
    assert any(line.startswith("Alto Verde A (A) Alto Verde A (Ax)") for line in listed)
    assert "Alto Verde A" not in text_of(register["network"])


def test_a_log_of_actions_shows_line_by_line_what_was_done(tmp_path: Path) -> None:
    answers = """
        | submission_id | title    | line | day        | status  | who | link      |
        |---------------|----------|------|------------|---------|-----|-----------|
        | 1             | Forum    | R1   | 2024-03-01 | held    | A B | https://x |
        | 2             | Seminar  | R1   | 2024-02-01 | held    | A   |           |
        | 3             | Workshop | R2   | 2025-09-01 | planned |     |           |
        """
    pages = printed(tmp_path, test_joined.ACTIONS, answers, test_joined.LOG)
    page = pages["network"]
    assert page.findtext(".//h1").endswith("2 actions held")
    assert "2 of 3 member governments took part in at least one action." in text_of(page)
    assert rows(page, "Actions by line") == ["Voice 2 2 0 1 of 2", "Meeting 1 0 1 –"]
    assert rows(page, "Actions, by line")[1:3] == [
        "Seminar February 1, 2024 Held 1 no link",
        "Forum March 1, 2024 Held 2 https://x",
    ]
    desk = pages["followup"]
    assert rows(desk, "Members that took part, the most") == ["A Argentina 2", "B Argentina 1"]
    assert rows(desk, "Members that took part in no action")[1:] == ["C"]
    assert "3 actions in the log" in pages["index"].text_content()
    method = text_of(page).partition("How to read this brief")[2].partition("Bases")[0]
    assert "3 actions recorded" in method
    assert "nobody was asked" in method
    assert "answered" not in method


def test_who_has_not_answered_is_told_only_where_known_governments_were_asked(
    register: dict[str, html.HtmlElement],
) -> None:
    """The register is open to all, and so is its wave: there is nobody to wait for."""
    assert "network" in register and "interim" not in register


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, html.HtmlElement]:
    """The pages of a survey that joins a register."""
    folder = tmp_path_factory.mktemp("beside")
    release = folder / "release"
    with open_work(release) as work:
        test_register.estimated(folder / "campaign", work)
        for name, frame in tables(survey(folder / "campaign", test_register.FORM)).items():
            write_table(work.survey, name, frame)
    files = {"survey.toml": test_joined.DECLARED}
    return printed(folder, test_joined.SURVEY, test_joined.ANSWERS, files, {"campaign": release})


def test_the_desk_sees_whom_to_invite_with_the_words_of_the_register(
    beside: dict[str, html.HtmlElement],
) -> None:
    desk = beside["followup"]
    assert rows(desk, "A plan?: in force by the answer") == [
        "E Pledged February 1, 2024",
        "G not in the register –",
    ]
    assert "1 more government fits and did not agree to be named." in text_of(desk)
    assert "Pledged" not in text_of(beside["network"])


def test_the_network_reads_how_far_the_register_has_come_and_no_more(
    beside: dict[str, html.HtmlElement],
) -> None:
    page = beside["network"]
    assert rows(page, "Entries counted, beside each goal") == ["10 3 of 10", "100 3 of 100"]
    assert "in these states: Validated and Published. Data as of January 1, 2025." in text_of(page)
    strip, *_ = page.xpath("//main/h2")
    assert strip.text_content() == "questionnaire"  # the title of its form
    assert "Entries that ended" not in text_of(page)


def test_what_two_surveys_say_differently_is_on_the_return_sheet(
    beside: dict[str, html.HtmlElement],
) -> None:
    assert "You answered otherwise in another survey of the network" in text_of(beside["return"])
