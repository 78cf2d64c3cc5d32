"""Expressions: how they are written, what they mean, and that SQL and Python agree."""

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ask import ExpressionError, evaluate, parse, references, to_sql
from pipeline.ask.meaning import check_meaning
from pipeline.ask.tree import Call, Operation, Text
from tests.ask.expressions import ANSWERS, FUNCTION_NAMES, OPERATORS, calls, expressions, leaves
from tests.markdown import table

KINDS = {"n": "number", "m": "number", "d": "date", "w": "datetime", "h": "time"}
CLOCK = {"today": 18818.0, "now": 18818.5}  # 2021-07-10, at noon


def holds(con: duckdb.DuckDBPyConnection, text: str, answers: dict[str, str]) -> bool:
    """The expression's truth, the same by both evaluators."""
    node = parse(text)
    check_meaning(node)
    known = {name: answers.get(name, "") for name in [*references(node), "."]}
    columns = {name: "'" + value.replace("'", "''") + "'" for name, value in known.items()}
    sql = to_sql(node, KINDS, columns, {name: f"{day}::DOUBLE" for name, day in CLOCK.items()})
    row = con.execute(f"SELECT {sql}").fetchone()
    assert row is not None
    found = evaluate(node, KINDS, known, CLOCK)
    assert row[0] is found, sql
    return found


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize(
    "row",
    table(
        """
        | expression                                    | x     | n   | d          | holds |
        |-----------------------------------------------|-------|-----|------------|-------|
        | ${x} = 'a'                                    |       |     |            | no    |
        | ${x} > 5                                      |       |     |            | no    |
        | ${x} = 5                                      |       |     |            | no    |
        | ${x} <= 5                                     |       |     |            | no    |
        | ${n} <= 5                                     |       |     |            | no    |
        | ${x} != 'a'                                   |       |     |            | yes   |
        | ${x} != 5                                     |       |     |            | yes   |
        | ${n} != 5                                     |       |     |            | yes   |
        | not(${x} > 5)                                 |       |     |            | yes   |
        | ${x} + 1 > 0                                  |       |     |            | no    |
        | string-length(${x}) = 0                       |       |     |            | yes   |
        | ${x} = ''                                     |       |     |            | yes   |
        | ${n} = ''                                     |       |     |            | yes   |
        | ${d} = ''                                     |       |     |            | yes   |
        | ${x} != ''                                    |       |     |            | no    |
        | selected(${x}, 'a')                           |       |     |            | no    |
        | selected(${x}, '')                            |       |     |            | no    |
        | count-selected(${x}) = 0                      |       |     |            | yes   |
        | ${x}                                          |       |     |            | no    |
        | ${x}                                          | a     |     |            | yes   |
        | ${n}                                          |       | 0   |            | no    |
        | ${n} = '5'                                    |       | 5.0 |            | yes   |
        | ${x} = 5                                      | 5.0   |     |            | yes   |
        | ${x} = '5'                                    | 5.0   |     |            | no    |
        | ${n} > 4 and ${n} < 6                         |       | +5  |            | yes   |
        | ${n} > 4                                      |       | 1e3 |            | no    |
        | ${n} > 4                                      |       | 5,5 |            | no    |
        | selected(${x}, 'a')                           | ab c  |     |            | no    |
        | selected(${x}, 'c')                           | ab c  |     |            | yes   |
        | count-selected(${x}) = 2                      | ab c  |     |            | yes   |
        | ${d} >= date('2021-01-01')                    |       |     | 2021-03-01 | yes   |
        | ${d} >= '2021-01-01'                          |       |     | 2021-03-01 | yes   |
        | ${d} <= today() and ${d} >= today() - 730     |       |     | 2021-03-01 | yes   |
        | ${d} <= today()                               |       |     | 2021-02-30 | no    |
        | ${d} = today()                                |  | | 2021-07-10T23:59:00.000+03:00 | yes |
        | ${n} <= number(format-date(today(),'%Y'))     |       |2021 |            | yes   |
        | format-date(${d}, '%d') = '01'                |       |     | 2021-03-01 | yes   |
        | today() = '2021-07-10'                        |       |     |            | yes   |
        | regex(${x}, '[0-9]{3}')                       | 123   |     |            | yes   |
        | regex(${x}, '[0-9]{3}')                       | 1234  |     |            | no    |
        | regex(${x}, '^https?://.+')                   | http://a |  |            | yes   |
        | ${x} and not(selected(${x}, 'no')) or ${n}=1  | yes   |     |            | yes   |
        | ${x} = 'a' or ${x} = 'b' and ${n} = 1         | a     |     |            | yes   |
        | -${n} + 2 * 3 - 7 mod 4 = 1                   |       | 2   |            | yes   |
        | 1 div ${n} > 0                                |       | 0   |            | no    |
        | if(${n} > 1, 'many', 'one') = 'many'          |       | 2   |            | yes   |
        | coalesce(${x}, ${n}) = 2                      |       | 2   |            | yes   |
        | int(${n}) = 2 and round(${n}) = 3             |       | 2.5 |            | yes   |
        | concat(${x}, '-', 1 + 1) = 'a-2'              | a     |     |            | yes   |
        | contains(${x}, 'b') and starts-with(${x},'a') | ab    |     |            | yes   |
        | true() != false() and boolean('x')            |       |     |            | yes   |
        | ${x} < '9'                                    | 10    |     |            | no    |
        | string(${d}) = '2021-03-01'                   |       |     | 2021-03-01 | yes   |
        | decimal-date-time(${d}) = 0                   |       |     | 1970-01-01 | yes   |
        | date(now()) = today()                         |       |     |            | yes   |
        """
    ),
    ids=lambda row: f"{row['expression']} | {row['x']}{row['n']}{row['d']}",
)
def test_meaning(con: duckdb.DuckDBPyConnection, row: dict[str, str]) -> None:
    answers = {name: row[name] for name in ("x", "n", "d")}
    assert holds(con, row["expression"], answers) is (row["holds"] == "yes")


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("selected(., ‘a’)\u00a0and\n.<=120", "selected(.,'a') and . <= 120"),
        ("count-selected( ${ x } )>1 OR .!=2", "count-selected(${x}) > 1 or . != 2"),
        ("if (${a}==1, 2, 3)", "if(${a} = 1, 2, 3)"),
        ("${a}-1-1", "(${a} - 1) - 1"),
        ("1 + 2 * 3 = 7 and 1 or 0", "(((1 + (2 * 3)) = 7) and 1) or 0"),
        ("- 1 * 2", "(-1) * 2"),
    ],
)
def test_spellings(written: str, same_as: str) -> None:
    assert parse(written) == parse(same_as)


def test_a_name_may_hold_a_dash_and_operators_are_names_elsewhere() -> None:
    assert references(parse("${a-b} - ${c} = ../d")) == ("a-b", "c", "../d")
    assert parse("div(1)") == Call("div", (parse("1"),))


def test_a_long_chain_of_or_is_flat() -> None:
    node = parse(" or ".join(f"${{x}} = '{number}'" for number in range(500)))
    assert isinstance(node, Operation)
    assert len(node.operands) == 500


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("(1", 3),
        ("1)", 2),
        ("'open", 1),
        ("${a} = ", 8),
        ("f(1,)", 5),
        ("${a} ? 1", 6),
        ("${a} / 2", 6),
        ("${rep}[1", 9),
        ("(" * 5000 + "1", 101),
        ("1" + " - 1" * 500, 1),
        ("9" * 40, 31),
        ("1" * 30_000, 1),
    ],
)
def test_what_cannot_be_read_says_where(text: str, position: int) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert error.value.position == position


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("True", "'True' is neither in quotes nor ${True}"),
        ("selected(.)", "selected() has 1 argument"),
        ("if(1, 2)", "if() has 2 arguments"),
        ("pulldata('a', 'b', 'c', 'd') = 1", "pulldata()"),
        ("regex(., '(?=a)')", "the pattern of regex() cannot be read"),
        ("regex(., ${x})", "regex() with a pattern that is no text in quotes"),
        ("format-date(., '%B')", "format-date() with the name of a month or day"),
    ],
)
def test_what_cannot_be_evaluated_says_why(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as error:
        check_meaning(parse(text))
    assert error.value.reason == reason


def test_a_pattern_that_hangs_other_engines_is_harmless(con: duckdb.DuckDBPyConnection) -> None:
    assert not holds(con, r"regex(${x}, '^([a-zA-Z0-9]+)+@x\.org$')", {"x": "a" * 5000 + "!"})


NAMES = ["${x}", "${y}", "${n}", "${m}", "${d}", "${w}", "${h}", "."]
RECEIVED = st.fixed_dictionaries(dict.fromkeys([*"xynmdwh", "."], st.sampled_from(ANSWERS)))


@pytest.mark.parametrize("name", [*FUNCTION_NAMES, *OPERATORS])
def test_sql_and_python_agree_on_every_function(con: duckdb.DuckDBPyConnection, name: str) -> None:
    sides = st.tuples(calls(name, leaves(NAMES)), leaves(NAMES))
    signs = st.sampled_from(["=", "!=", "<", ">="])

    @given(sides=sides, sign=signs, answers=RECEIVED)
    @settings(max_examples=6, deadline=None)
    def agree(sides: tuple[str, str], sign: str, answers: dict[str, str]) -> None:
        holds(con, f"{sides[0]} {sign} {sides[1]}", answers)
        holds(con, f"contains({sides[0]}, {sides[1]})", answers)

    agree()


@given(text=expressions(NAMES), answers=RECEIVED)
@settings(max_examples=100, deadline=None)
def test_sql_and_python_agree(
    con: duckdb.DuckDBPyConnection, text: str, answers: dict[str, str]
) -> None:
    holds(con, text, answers)


@pytest.mark.slow
@given(text=expressions(NAMES), answers=RECEIVED)
@settings(max_examples=10_000, deadline=None)
def test_sql_and_python_agree_long(
    con: duckdb.DuckDBPyConnection, text: str, answers: dict[str, str]
) -> None:
    holds(con, text, answers)


def test_a_quoted_text_is_kept_exactly() -> None:
    assert parse('"it\'s"') == Text("it's")
