"""SQL and Python give the same verdicts on random forms: groups, repeats in repeats, filters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ask import Choice, Group, Question, Questionnaire
from tests.ask.expressions import ANSWERS, expressions
from tests.ask.judging import TODAY, Rows, verdicts

#                    path       name, in form order; a slash at the end makes a repeat
LAYOUT = ["a", "b", "g", "g/c", "g/d", "r/", "r/e", "r/h", "r/h/f", "r/s/", "r/s/i", "r/s/k", "t/",
          "t/j", "z"]  # fmt: skip
GROUPS = {"g", "r/", "r/h", "r/s/", "t/"}
LEVELS = {"": "", "r/": "r", "r/s/": "s", "t/": "t"}
CHAINS = {"": [""], "r": ["", "r"], "s": ["", "r", "s"], "t": ["", "t"]}
TYPES = ["text", "integer", "decimal", "date", "datetime", "time", "select_one", "select_multiple",
         "calculate"]  # fmt: skip
LISTED = {"select_one", "select_multiple"}
CODES = ["a", "b", "ab", "1", "yes"]


def level_of(place: str) -> str:
    """The level on which a place stands: the innermost repeat before it."""
    around = [path for path in LEVELS if path != place and place.startswith(path)]
    return LEVELS[max(around, key=len)]


@dataclass(frozen=True)
class Drawn:
    """A random form in the making: a place may refer to those before it in `order`."""

    data: st.DataObject
    order: Sequence[str]

    def rule(self, place: str, known: Sequence[str], words: Sequence[str] = ()) -> str:
        if not self.data.draw(st.booleans()):
            return ""
        chain = CHAINS[level_of(place)]
        here = [one for one in known if level_of(one) in chain and one not in GROUPS]
        names = [f"${{{one.rpartition('/')[2]}}}" for one in here]
        siblings = [one for one in here if one.rpartition("/")[0] == place.rpartition("/")[0]]
        names += [f"../{one.rpartition('/')[2]}" for one in siblings]
        names += ["position(..)"] if place.rpartition("/")[0] + "/" in LEVELS else []
        inner = [one for one in known if level_of(one) not in chain and one not in GROUPS]
        repeats = [one for one in known if one in LEVELS]
        rows = [f"${{{one.strip('/').rpartition('/')[2]}}}" for one in [*inner, *repeats]]
        return self.data.draw(expressions([*names, *words] or ["1"], rows))

    def before(self, place: str) -> list[str]:
        return list(self.order[: self.order.index(place)])


def in_order(places: Sequence[str]) -> Iterator[str]:
    """A random order in which a group stands before what is in it."""
    done: set[str] = set()
    waiting = list(places)
    while waiting:
        place = next(
            one
            for one in waiting
            if all(g in done or g == one or not one.startswith(g.rstrip("/") + "/") for g in GROUPS)
        )
        waiting.remove(place)
        done.add(place)
        yield place


def questionnaire(data: st.DataObject) -> Questionnaire:
    drawn = Drawn(data, list(in_order(data.draw(st.permutations(LAYOUT)))))
    questions, groups = [], []
    for place in LAYOUT:
        path = place.rstrip("/")
        name, around = path.rpartition("/")[2], path.rpartition("/")[0]
        relevant = drawn.rule(place, drawn.before(place))
        if place in GROUPS:
            is_repeat = place in LEVELS
            groups.append(Group(name, path, relevant, is_repeat=is_repeat, parent=around))
            continue
        kind = data.draw(st.sampled_from(TYPES))
        others = [one for one in LAYOUT if one != place]
        has_list = kind in LISTED
        questions.append(
            Question(
                name=name,
                path=path,
                column=name,
                type=kind,
                list_name="list" if has_list else "",
                group=around,
                repeat=level_of(place),
                relevant=relevant,
                required=drawn.rule(place, others),
                constraint=drawn.rule(place, others),
                warning=drawn.rule(place, others),
                choice_filter=drawn.rule(place, others, ["name", "kind"]) if has_list else "",
            )
        )
    kinds = data.draw(st.lists(st.sampled_from(["", "x", "1"]), min_size=5, max_size=5))
    choices = [
        Choice("list", code, extra={"kind": k}) for code, k in zip(CODES, kinds, strict=True)
    ]
    again = Choice("list", "a", extra={"kind": "again"})
    return Questionnaire(
        *("form", "", "", "", ("",)),
        questions=tuple(questions),
        choices={"list": (*choices, again)},
        groups=tuple(groups),
    )


def sheets(data: st.DataObject, form: Questionnaire) -> dict[str, Rows]:
    answer = st.sampled_from([None, *ANSWERS, *CODES, "a b", "yes 1", "1 zz"])
    found: dict[str, Rows] = {}
    number = 0
    for level, chain in CHAINS.items():
        absent = data.draw(st.sets(st.sampled_from("abcdefijkz"), max_size=2))
        parents = [row["record_id"] for row in found[chain[-2]]] if level else []
        rows: Rows = []
        for _ in range(data.draw(st.integers(0 if level else 1, 3))):
            number += 1
            row: dict[str, object] = {"record_id": number}
            if level:
                row["parent_record_id"] = data.draw(st.sampled_from([*parents, *parents, 99]))
            else:
                row["submitted_on"] = data.draw(st.sampled_from([TODAY, TODAY, None]))
                row["ended_at"] = data.draw(st.sampled_from(["", "2025-03-01T12:00:00", None]))
                row |= {
                    f"came:{one}": data.draw(st.sampled_from([True, True, False])) for one in "rst"
                }
            asked = [q.column for q in form.questions if q.repeat == level]
            rows.append(row | {one: data.draw(answer) for one in asked if one not in absent})
        found[level] = rows
    for level in data.draw(st.sets(st.sampled_from(["", "r", "s", "t"]), max_size=1)):
        del found[level]
    return found


def agree(con: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    form = questionnaire(data)
    received = sheets(data, form)
    level = data.draw(st.sampled_from(sorted(received)))
    verdicts(form, received, level, con)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_sql_and_python_agree_on_random_forms(
    con: duckdb.DuckDBPyConnection, data: st.DataObject
) -> None:
    agree(con, data)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(data=st.data())
def test_sql_and_python_agree_on_ten_thousand_random_forms(
    con: duckdb.DuckDBPyConnection, data: st.DataObject
) -> None:
    agree(con, data)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened
