"""Random expressions and answers, for the tests in which SQL and Python have to agree."""

from collections.abc import Sequence

from hypothesis import strategies as st

from pipeline.ask.functions import BRANCHING, FUNCTIONS

# Answers that are nearly something: numbers, dates, times, several codes, other alphabets, blanks.
ANSWERS = [
    "", " ", "a", "b", "ab", "a b", " b  a", "A", "yes", "no", "0", "1", "01", "-2", "+3", "2.50",
    "7e1", "5,5", ".5", "5.", "1000000", "123456789012345678901", "-0", "0.0000001", "1.5",
    "99999999999999999999999999999999", "2021-03-01", "2021-02-30", "1969-12-31T10:00:00Z",
    "2021-03-01T23:59:59.999+03:00", "2021-03-01 07:30", "2021-03-01T", "2024-02-29x", "1000-01-01",
    "2999-12-31", "08:30", "23:59:59.5", "24:00", "8:30", "true", "ñ'x", "'", '"', "%", "漢字",
    "🙂", "e\u0301", "\u00a0", "line\nbreak", "tab\there", "\u0661", "²", "-", "--1", "NaN", "inf",
]  # fmt: skip
LITERALS = [
    "", " ", "a", "b", "ab", "0", "1", "2.5", "2021-03-01", "2021-02-30", "08:30", "yes", "ñ", "n",
    "🙂", "x y",
]  # fmt: skip
NUMBERS_WRITTEN = ["0", "1", "2", "3", "2.5", "0.1", "100", "18000", "1000000000000"]
PATTERNS = [
    "[ab ]+", "^a.*", "[0-9]+", "(a|b) b?", r"\w+", "^[^@ ]+@[^@ ]+$", ".", "", r"[\p{L}]+",
    r"\d{4}-.*", "(?i)A", r"\bno\b",
]  # fmt: skip
FORMATS = ["%Y", "%Y-%m-%d", "%y%n%e", "%d/%m", "it is %H:%M", "%h %S.%3"]
OPERATORS = ["and", "or", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "div", "mod"]
FUNCTION_NAMES = sorted({*FUNCTIONS, *BRANCHING})


def quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


def leaves(names: Sequence[str]) -> st.SearchStrategy[str]:
    """References, literals, and what is always there."""
    return st.one_of(
        st.sampled_from([*names, *names, "true()", "today()", "now()"]),
        st.sampled_from(LITERALS).map(quoted),
        st.sampled_from(NUMBERS_WRITTEN),
    )


def calls(name: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A function or operator with arguments of its number."""
    if name in OPERATORS:
        return st.tuples(inner, inner).map(lambda parts: f"({f' {name} '.join(parts)})")
    if name == "regex":
        return st.tuples(inner, st.sampled_from(PATTERNS)).map(
            lambda parts: f"regex({parts[0]}, '{parts[1]}')"
        )
    if name.startswith("format-date"):
        return st.tuples(inner, st.sampled_from(FORMATS)).map(
            lambda parts: f"{name}({parts[0]}, '{parts[1]}')"
        )
    takes = [BRANCHING[name]] if name in BRANCHING else filter(FUNCTIONS[name].takes, range(4))
    return st.one_of(
        st.tuples(*[inner] * count).map(lambda parts: f"{name}({', '.join(parts)})")
        for count in takes
    )


def over_rows(name: str) -> st.SearchStrategy[str]:
    """What may be said of the answers of several rows."""
    several = ["sum", "min", "max", "count", "count-non-empty", "concat"]
    return st.sampled_from([*(f"{one}({name})" for one in several), f"join(', ', {name})"])


def expressions(names: Sequence[str], rows: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """Expressions over references as written, and over references to several rows."""
    ends = leaves(names)
    if rows:
        ends = st.one_of(ends, st.sampled_from(sorted(rows)).flatmap(over_rows))
    every = st.sampled_from([*FUNCTION_NAMES, *OPERATORS])
    return st.recursive(
        ends, lambda inner: every.flatmap(lambda name: calls(name, inner)), max_leaves=8
    )
