"""The attacker finds what is badly hidden, and nothing once disclosure control is through."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.ask import Questionnaire, Survey
from pipeline.ask.survey import Design, Groups
from pipeline.errors import Exit, Problem, RelevoError
from pipeline.estimate import estimate
from pipeline.estimate.answers import WaveAnswers, read_wave
from pipeline.estimate.attack import Attack, Bound
from pipeline.estimate.audit import Release, Scene, audit
from pipeline.estimate.disclosure import clear, hidden_row
from pipeline.estimate.results import Item, Row, items, tabulate
from pipeline.estimate.units import named_answers
from pipeline.store import Work, connect
from pipeline.store.published import Published
from tests.estimate import attack_report
from tests.estimate.inputs import questionnaire, survey, write_answers
from tests.estimate.test_disclosure import CHOICES, answers, form, members

SIZES = {"AR": 20, "BR": 20, "UY": 20, "PY": 20}
BY_COUNTRY = Groups(("country",))
GATED = """
    | name   | type             | disclosure | relevant                           |
    |--------|------------------|------------|------------------------------------|
    | q      | select_one level | network    |                                    |
    | detail | select_one level | network    | ${q} = 'yes' or ${q} = 'part'      |
    """


@dataclass(frozen=True)
class House:
    """A survey of one wave, all its numbers, and the answers beside a name."""

    survey: Survey
    wave: WaveAnswers
    items: list[Item]
    rows: list[Row]
    named: pd.DataFrame

    @property
    def cleared(self) -> list[Row]:
        """As they leave disclosure control."""
        return clear(self.survey, self.rows, self.items, [self.wave])

    def attacked(
        self, rows: Sequence[Row], earlier: Sequence[Published] = (), *, in_full: bool = False
    ) -> list[Bound]:
        """What the attacker proves of protected cells from these rows."""
        scene = Scene(self.survey, self.wave, tuple(self.items), self.named)
        shown = {
            item.question.column: [
                row
                for row in rows
                if row["subject"] == item.question.column and row["shown"] in {"yes", "x"}
            ]
            for item in self.items
        }
        before = [scene.earlier(Release.read(one)) for one in earlier]
        attack = Attack(scene.stage, scene.families, shown, scene.cells, before)
        return attack.bounds(in_full=in_full)

    def exact(self, rows: Sequence[Row], earlier: Sequence[Published] = ()) -> set[str]:
        """Protected cells of which he knows the value: `q AR no = 2`."""
        return {
            f"{bound.cell.question} {self.wave.groups[bound.cell.group].code} "
            f"{self.choice(bound)} = {round(bound.low)}"
            for bound in self.attacked(rows, earlier)
            if bound.is_determined and bound.is_exact
        }

    def choice(self, bound: Bound) -> str:
        """Of a bound's cell; else which statistic it is."""
        item = next(one for one in self.items if one.question.column == bound.cell.question)
        named = bound.cell.statistic in {"share", "came", "went"}
        return item.choices[bound.cell.choice] if named else bound.cell.statistic


def house(
    work: Work, asked: Questionnaire, found: Sequence[Mapping[str, str]], **parts: object
) -> House:
    write_answers(work, asked, found)
    declared = survey(asked, members(SIZES), **{"groups": BY_COUNTRY, **parts})
    wave = read_wave(declared, work, declared.waves[0])
    tabulated = list(items(declared, wave))
    named = named_answers(declared, wave)
    return House(declared, wave, tabulated, tabulate(declared, wave, tabulated), named)


def without(rows: Sequence[Row], *hidden: str, states: bool = False) -> list[Row]:
    """Rows with shares hidden by hand: `q AR no`; states throughout, or but for not_asked."""
    names = [tuple(name.split()) for name in hidden]
    return [
        hidden_row(row, "small_cell")
        if (row["subject"], row["group_code"], row["choice"]) in names
        or (row["statistic"] == "count" and not (states and row["choice"] != "not_asked"))
        else row
        for row in rows
    ]


def audited(one: House) -> list[Row]:
    return audit(one.survey, one.cleared, one.items, [one.wave], one.named).rows


# --- one publication -----------------------------------------------------------------------------

TWO_OF_TWELVE = {"AR": "yyyyyyppppnn", "BR": "yyyyyyppppnnnn", "UY": "yyyyppppnnnn"}


def test_one_hidden_count_is_the_rest_of_its_table(work: Work) -> None:
    """12 answered, 6 say yes, 4 in part: 2 say no."""
    one = house(work, form("network"), answers(TWO_OF_TWELVE))
    hidden = ("q AR no", "q BR no", "q all no")
    assert one.exact(without(one.rows, *hidden)) == {"q AR no = 2"}
    assert one.exact(audited(one)) == set()


def test_a_total_less_the_other_groups_is_the_hidden_one(work: Work) -> None:
    """AR is hidden whole; the network less BR and UY is AR."""
    one = house(work, form("network"), answers(TWO_OF_TWELVE))
    hidden = ("q AR no", "q AR yes", "q AR part")
    assert one.exact(without(one.rows, *hidden)) == {"q AR no = 2"}


def test_the_base_of_a_question_counts_the_answers_to_its_gate(work: Work) -> None:
    """Whoever said yes or in part was asked for a detail: 8 of 10 were, so 2 said no."""
    asked = questionnaire(GATED, CHOICES)
    letters = "yyypppppnn"
    found = [
        {"unit_id": f"AR-{i}", "q": q, "detail": "-" if q == "no" else "yes"}
        for i, q in enumerate({"y": "yes", "p": "part", "n": "no"}[letter] for letter in letters)
    ]
    one = house(work, asked, found)
    hidden = [f"q {group} {choice}" for group in ("AR", "all") for choice in ("yes", "no")]
    gate_hidden = without(one.rows, *hidden, states=True)
    blind = [row for row in gate_hidden if row["subject"] == "q"]
    assert "q AR no = 2" not in one.exact(blind)
    assert "q AR no = 2" in one.exact(gate_hidden)
    assert one.exact(audited(one)) == set()


def test_where_every_round_leaves_another_proof_whole_tables_go(work: Work) -> None:
    """1 of 11 said in part. Six questions are asked of the 4 that said yes, six of those 5.

    So 36 pairs of bases tell it, one as good as the other.
    """
    follow_up = "| {} | select_one level | network | ${{q}} = 'yes'{} |"
    lines = [follow_up.format(f"yes_{i}", "") for i in range(6)]
    lines += [follow_up.format(f"some_{i}", " or ${q} = 'part'") for i in range(6)]
    asked = questionnaire("\n".join([*GATED.strip().splitlines()[:3], *lines]), CHOICES)
    found = [
        {"unit_id": f"{country}-{i}", "q": q}
        | {f"yes_{n}": "yes" if q == "yes" else "-" for n in range(6)}
        | {f"some_{n}": "-" if q == "no" else "yes" for n in range(6)}
        for country, texts in {"AR": "yyyypnnnnnn", "BR": "yyyyyypppppnnnnnn"}.items()
        for i, q in enumerate({"y": "yes", "p": "part", "n": "no"}[letter] for letter in texts)
    ]
    one = house(work, asked, found)
    assert "q AR part = 1" in one.exact(one.cleared)
    left = audited(one)
    assert not any(bound.is_determined for bound in one.attacked(left))
    shown = {
        (row["group_kind"], row["subject"])
        for row in left
        if row["shown"] == "yes" and row["statistic"] == "share"
    }
    assert {kind for kind, _ in shown} == {"network"}


def test_the_named_ones_give_the_other_away(work: Work) -> None:
    """3 of 6 said yes; two of the five that agreed to be named did: the sixth said yes."""
    texts = {"AR": "yyyyyynnnnnnpppppp", "PY": "yynnpy"}
    one = house(work, form("public"), answers(texts, frozenset({"PY-5"})))
    assert "q all yes = 1" in one.exact(without(one.rows))
    assert one.exact(audited(one)) == set()


def test_a_percentage_and_its_base_are_a_count(work: Work) -> None:
    one = house(work, form("network"), answers({"AR": "yyyyyyppppnn"}))
    percentages = [
        row | {"count": None, "estimate": round(row["estimate"], 3)}
        if row["statistic"] == "share" and row["shown"] == "yes"
        else row
        for row in without(one.rows, "q AR no", "q all no")
    ]
    assert "q AR no = 2" in one.exact(percentages)


def test_a_weighted_share_is_two_counts_at_once(work: Work) -> None:
    """Answers weigh 5 in AR and 20/7 in BR: 6 of 11 said yes, and the digits tell where."""
    asked = form("network")
    design = Design("census_attempt", ("country",))
    texts = {"AR": "yyyn", "BR": "yyyynnn"}
    one = house(work, asked, answers(texts), design=design, groups=Groups())
    by_stratum = replace(one.survey, groups=BY_COUNTRY)  # the cells that are at stake
    wave = read_wave(by_stratum, work, by_stratum.waves[0])
    tabulated = list(items(by_stratum, wave))
    two = replace(one, survey=by_stratum, wave=wave, items=tabulated)
    assert "q AR no = 1" in two.exact(without(one.rows))
    unweighted = [row for row in one.rows if not row["is_weighted"]]
    assert two.exact(without(unweighted)) == set()


def test_the_mean_of_two_is_found_by_subtraction(work: Work) -> None:
    asked = form("network", "integer")
    values = {"AR": "4569", "BR": "1238", "UY": "79"}
    found = [
        {"unit_id": f"{country}-{i}", "q": value}
        for country, texts in values.items()
        for i, value in enumerate(texts)
    ]
    one = house(work, asked, found)
    little = [
        hidden_row(row, "small_base") if row["group_code"] == "UY" else row for row in one.rows
    ]
    assert any(bound.is_determined for bound in one.attacked(little))
    assert not any(bound.is_determined for bound in one.attacked(audited(one)))


def test_a_median_leaves_the_sum_of_few_open(work: Work) -> None:
    """Every answer of 0 to 9 that BR and UY could have given beside all that is shown."""
    values = {"AR": "4569", "BR": "128", "UY": "79"}
    found = [
        {"unit_id": f"{country}-{i}", "q": value}
        for country, texts in values.items()
        for i, value in enumerate(texts)
    ]
    one = house(work, form("network", "integer"), found)
    shown = {
        (row["group_code"], row["statistic"]): row["estimate"]
        for row in audited(one)
        if row["statistic"] in {"mean", "median"} and row["shown"] == "yes"
    }
    assert ("all", "median") in shown
    assert {group for group, _ in shown} == {"all", "AR"}
    possible = np.array(list(product(range(10), repeat=5)))
    everyone = np.hstack([np.tile([4, 5, 6, 9], (len(possible), 1)), possible])
    agrees = np.isclose(everyone.mean(axis=1), shown["all", "mean"])
    agrees &= np.isclose(np.median(everyone, axis=1), shown["all", "median"])
    assert len(set(possible[agrees, 3:].sum(axis=1))) > 10  # of 19 sums of two answers


# --- what left the house before ------------------------------------------------------------------


@pytest.fixture
def works(tmp_path: Path) -> Iterator[list[Work]]:
    """Two releases of a survey, one after the other."""
    made = []
    for number in ("1", "2"):
        folder = tmp_path / number
        folder.mkdir()
        opened = (connect(folder / f"{n}.duckdb") for n in ("confidential", "members", "survey"))
        made.append(Work(folder, *opened))
    yield made
    for one in made:
        for con in (one.confidential, one.members, one.survey):
            con.close()


def released(work: Work, asked: Questionnaire, found: Sequence[Mapping[str, str]]) -> Published:
    """Estimate, and keep the results the way `relevo publish` does."""
    write_answers(work, asked, found)
    estimate(survey(asked, members(SIZES), groups=BY_COUNTRY), work)
    return kept(work.survey, work.folder)


def kept(con: duckdb.DuckDBPyConnection, folder: Path) -> Published:
    for table in ("estimate.result", "estimate.named_answer"):
        path = folder / f"{table.replace('.', '_')}.csv"
        con.execute(f"COPY {table} TO '{path}' (FORMAT csv, HEADER)")
    return Published("first", folder)


FIRST = {"AR": "yyyyyyyppppppnnnnn", "BR": "yyyyyypppppnnnnnn"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"AR": FIRST["AR"][:-1]}, "q AR no = 1"),  # the last one withdrew: it had said no
        ({"AR": FIRST["AR"] + "y"}, "q AR yes = 1"),  # one came late
        ({"AR": "p" + FIRST["AR"][1:]}, "q AR part = 1"),  # one corrected yes to part
    ],
)
def test_two_publications_tell_what_changed_between_them(
    works: list[Work], change: dict[str, str], told: str
) -> None:
    first, second = works
    asked = form("network")
    before = released(first, asked, answers(FIRST))
    one = house(second, asked, answers(FIRST | change))
    assert told in one.exact(one.cleared, [before])  # each is safe alone
    assert not any(bound.is_determined for bound in one.attacked(one.cleared))

    later = Work(second.folder, second.confidential, second.members, second.survey, (before,))
    estimate(one.survey, later)
    left = second.survey.execute("SELECT * FROM estimate.result").df()
    rows = left.astype(object).where(left.notna(), None).to_dict("records")
    assert one.exact(rows, [before]) == set()
    hidden = second.survey.execute(
        "SELECT DISTINCT group_code FROM estimate.result WHERE reason = 'published_before'"
    ).fetchall()
    assert ("BR",) not in hidden  # nothing changed there
    assert hidden


def test_the_same_answers_published_again_hide_nothing_more(works: list[Work]) -> None:
    first, second = works
    before = released(first, form("network"), answers(FIRST))
    later = replace(second, published=(before,))
    assert released(later, form("network"), answers(FIRST))
    texts = [
        one.joinpath("estimate_result.csv").read_bytes() for one in (first.folder, second.folder)
    ]
    assert texts[0] == texts[1]


def test_one_that_agreed_to_be_named_may_change(works: list[Work]) -> None:
    """What named governments answer to public questions is no secret."""
    first, second = works
    before = released(first, form("public"), answers(FIRST))
    later = replace(second, published=(before,))
    released(later, form("public"), answers(FIRST | {"AR": FIRST["AR"] + "y"}))
    hidden = second.survey.execute(
        "SELECT count(*) FROM estimate.result WHERE reason = 'published_before'"
    ).fetchone()
    assert hidden == (0,)


def test_a_mean_that_one_late_answer_moved_is_hidden(works: list[Work]) -> None:
    first, second = works
    asked = form("network", "integer")
    found = [{"unit_id": f"{c}-{i}", "q": str(i + 2)} for c in ("AR", "BR") for i in range(6)]
    before = released(first, asked, found)
    later = [*found, {"unit_id": "AR-9", "q": "40"}]
    released(replace(second, published=(before,)), asked, later)
    means = second.survey.execute(
        "SELECT group_code, reason FROM estimate.result WHERE statistic = 'mean' "
        "AND reason <> 'small_base' ORDER BY reason, 1"
    ).fetchall()
    assert means == [
        ("AR", "published_before"),
        ("all", "published_before"),
        ("BR", "self_selected"),
    ]


def test_what_was_given_away_before_holds_the_release_back(works: list[Work]) -> None:
    """Published without control, 2 of 12 stood there: no new release can hide it again."""
    first, second = works
    asked = form("network")
    write_answers(first, asked, answers(TWO_OF_TWELVE))
    estimate(survey(asked, members(SIZES), groups=BY_COUNTRY), first)
    first.confidential.execute("CREATE TABLE estimate.named_answer (wave VARCHAR, unit_id VARCHAR, "
                               "row_id VARCHAR, question VARCHAR, value VARCHAR)")  # fmt: skip
    before = kept(first.confidential, first.folder)
    with pytest.raises(RelevoError) as caught:
        released(replace(second, published=(before,)), asked, answers(TWO_OF_TWELVE))
    (finding,) = caught.value.findings
    assert finding.problem is Problem.disclosure_audit_failed
    assert caught.value.exit is Exit.HELD_BACK
    assert "q (country.AR)" in str(finding)
    assert "2" not in str(finding.values["found"])  # no value


def test_a_weighted_share_of_then_tells_of_answers_of_now(works: list[Work]) -> None:
    """One came since, so answers weigh otherwise: the weighted share of then is two counts."""
    first, second = works
    asked, design = form("network"), Design("census_attempt", ("country",))
    texts = {"AR": "yyyn", "BR": "yyyynnn"}
    before = house(first, asked, answers(texts), design=design, groups=Groups())
    first.confidential.execute("CREATE SCHEMA IF NOT EXISTS estimate")
    estimate(before.survey, first)
    first.confidential.execute("CREATE TABLE estimate.named_answer (wave VARCHAR, unit_id VARCHAR, "
                               "row_id VARCHAR, question VARCHAR, value VARCHAR)")  # fmt: skip
    everything = kept(first.confidential, first.folder)
    late = house(second, asked, answers(texts | {"BR": "yyyynnny"}), design=design)
    now = [row for row in late.rows if row["group_kind"] == "network" and not row["is_weighted"]]
    assert "q AR no = 1" in late.exact(without(now), [everything])
    first.confidential.execute("DELETE FROM estimate.result WHERE is_weighted")
    counts = kept(first.confidential, first.folder)
    assert not any("AR" in told for told in late.exact(without(now), [counts]))


# --- against the plain enumeration of everything that could be -----------------------------------


def tables(one: House, rows: Sequence[Row]) -> Iterator[np.ndarray]:
    """Every table (atoms, choices) of whole numbers that agrees with the shown counts."""
    wave, (item,) = one.wave, one.items
    count = int(wave.atom.max()) + 1
    inside = np.zeros((len(wave.groups), count), bool)
    for g, group in enumerate(wave.groups):
        inside[g, wave.atom[group.inside]] = True
    codes = [(group.kind, group.code) for group in wave.groups]
    facts = [
        (inside[codes.index((row["group_kind"], row["group_code"]))], row)
        for row in rows
        if row["statistic"] == "share" and row["shown"] == "yes"
    ]
    sizes = np.bincount(wave.atom)
    choices = item.choices
    each = [
        [spread for spread in product(range(n + 1), repeat=3) if sum(spread) == n] for n in sizes
    ]
    for spreads in product(*each):
        found = np.array(spreads)
        if all(
            found[atoms, choices.index(row["choice"])].sum() == row["count"] for atoms, row in facts
        ):
            yield inside @ found


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.text("ypn", min_size=1, max_size=5), min_size=1, max_size=3),
    st.sampled_from(["network", "confidential"]),
)
def test_bounds_hold_and_nothing_protected_is_left(
    work: Work, texts: list[str], disclosure: str
) -> None:
    by_country = dict(zip(("AR", "BR", "UY"), texts, strict=False))
    one = house(work, form(disclosure), answers(by_country))
    rows = audited(one)
    possible = np.array(list(tables(one, rows)))
    assert len(possible)
    for bound in one.attacked(rows, in_full=True):
        if bound.cell.statistic == "share":
            found = possible[:, bound.cell.group, bound.cell.choice]
            assert bound.low - 1e-6 <= found.min() <= bound.cell.truth
            assert bound.cell.truth <= found.max() <= bound.high + 1e-6
            assert found.max() - found.min() >= bound.cell.need
        assert not bound.is_determined
    everything = without(one.rows)
    for bound in one.attacked(everything):
        if bound.cell.statistic == "share":  # nothing hidden: all is known
            assert bound.low == pytest.approx(bound.cell.truth)
            assert bound.high == pytest.approx(bound.cell.truth)


# --- every row says why --------------------------------------------------------------------------


def test_every_row_says_whether_and_why_it_is_hidden(work: Work) -> None:
    """`c` hides every number and has a reason; `x` has no answer to count; the others count."""
    texts = {"AR": "yyyyyynnnnnn", "BR": "yyyyyynnnnn-", "PY": "yn", "UY": "   "}
    design = Design("census_attempt", ("country",))
    one = house(work, form("network"), answers(texts), design=design)
    reasons = {problem.name for problem in Problem}
    assert {row["shown"] for row in audited(one)} == {"yes", "c", "x"}
    for row in audited(one):
        assert not row["reason"] or row["reason"] in reasons
        numbers = [row.get(name) for name in ("count", "n", "estimate", "se", "ci_low", "ci_high")]
        if row["shown"] == "c":
            assert row["reason"]
            assert numbers == [None] * 6
        elif row["shown"] == "x":
            assert row["reason"] in {"no_answer", "no_population"}
        else:
            assert row["n"] is not None
            assert row["estimate"] is not None


# --- the demonstration ---------------------------------------------------------------------------


@pytest.mark.slow
def test_the_demonstration_gives_nothing_away_in_two_publications(tmp_path: Path) -> None:
    """Every protected cell of both; a government that is not named withdrew in between."""
    kept_here = tmp_path / "kept"
    kept_here.mkdir()
    for report in attack_report.publications(attack_report.build(tmp_path), kept_here):
        assert len(report.bounds) > 500
        assert report.given_away == []
        assert report.narrowest >= 1
