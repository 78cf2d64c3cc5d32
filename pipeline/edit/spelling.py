"""The answers as the checks read them: what is surely spelled well stays, the rest is read here.

Of the odd spellings of a question only the distinct ones are looked at, by notation and grammar;
how each is read comes back as a small table that is laid over the answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import duckdb
import pandas as pd

from pipeline.ask.questionnaire import Question, Questionnaire
from pipeline.edit.grammar import NUMBERS, TRIM, WORDS_FOR_EMPTY, clean, is_repaired
from pipeline.edit.hands import Hand
from pipeline.edit.layers import Layers
from pipeline.edit.notation import Writing, depends_on_writing, read_notation
from pipeline.edit.pandera_duckdb import union
from pipeline.errors import Problem
from pipeline.store import literal, quote

TEXTS = frozenset({"text", "string"})
LONGEST_WORD = max(map(len, WORDS_FOR_EMPTY))
ANY = Writing(has_comma=False, days_from=0)  # for answers that every hand writes alike
HAND = quote("//hand")  # beside the answers; no question has such a name
READ = "question VARCHAR, hand INTEGER, received VARCHAR, cleaned VARCHAR, codes VARCHAR[]"


def lay_spelling(
    con: duckdb.DuckDBPyConnection,
    form: Questionnaire,
    sheet: Layers,
    hands: Sequence[Hand],
    unit: str,
) -> pd.DataFrame:
    """Lay over the answers of a sheet what is spelled otherwise.

    Returns: index, column, code of the cells that were repaired or read by their file's notation.
    """
    read = pd.DataFrame(_read(con, form, sheet, hands, unit), columns=["q", "h", "r", "c", "codes"])
    nothing = pd.DataFrame({"index": [], "column": [], "code": []})
    if read.empty:
        return nothing
    con.execute(f"CREATE OR REPLACE TEMP TABLE spelling ({READ})")
    con.register("incoming", read)
    con.execute("INSERT INTO spelling SELECT * FROM incoming")
    con.unregister("incoming")
    hand = _number_of(hands)
    told = [nothing]
    cells, joins = [], []
    for n, name in enumerate(dict.fromkeys(read["q"])):
        joins.append(
            f"LEFT JOIN (FROM spelling WHERE question = {literal(name)}) s{n} "
            f"ON s{n}.received = rows.{quote(name)} AND s{n}.hand = {hand}"
        )
        cells.append(f"coalesce(s{n}.cleaned, rows.{quote(name)}) AS {quote(name)}")
        if any(map(len, read.loc[read["q"] == name, "codes"])):
            sql = f"""SELECT record_id AS "index", {literal(name)} AS "column",
                      unnest(codes) AS code
                      FROM {sheet.name} AS rows
                      JOIN spelling s ON s.received = rows.{quote(name)}
                      AND s.question = {literal(name)} AND s.hand = {hand} ORDER BY ALL"""
            told.append(con.execute(sql).df())
    sheet.add(
        f"SELECT rows.record_id, {', '.join(cells)} FROM {sheet.name} AS rows {' '.join(joins)}"
    )
    return pd.concat(told, ignore_index=True)


def _number_of(hands: Sequence[Hand]) -> str:
    """The SQL that gives a record's hand."""
    return "CASE " + " ".join(f"WHEN {h.holds()} THEN {n}" for n, h in enumerate(hands)) + " END"


def _read(
    con: duckdb.DuckDBPyConnection,
    form: Questionnaire,
    sheet: Layers,
    hands: Sequence[Hand],
    unit: str,
) -> Iterator[tuple[str, int, str, str, list[str]]]:
    """Question, hand, text, how it is read and the codes of what that is; only where it changes."""
    questions = [q for name in sheet.columns if (q := form.by_column.get(name)) and q.is_answer]
    if not questions or not hands:  # a file of no records has no hand
        return
    odd: dict[tuple[int, Writing], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, hand, text in con.execute(_odd(form, questions, sheet, hands, unit)).fetchall():
        is_by_hand = depends_on_writing(questions[place])
        odd[place, hands[hand].writing if is_by_hand else ANY][text].append(hand)
    for (place, writing), texts in odd.items():
        question, received = questions[place], pd.Series(list(texts), dtype="str")
        for before, after, codes in _changed(form, question, received, writing, unit):
            for hand in texts[before]:
                yield question.column, hand, before, after, codes


def _odd(
    form: Questionnaire,
    questions: Sequence[Question],
    sheet: Layers,
    hands: Sequence[Hand],
    unit: str,
) -> str:
    """The statement that gives the distinct odd texts: place of the question, hand, text.

    Each different text is looked at once. Two steps keep the database from looking at all rows.
    """
    commas = [str(n) for n, hand in enumerate(hands) if hand.writing.has_comma]
    # Where the comma is the decimal mark, a point stands between groups.
    has_point = f"{HAND} NOT IN ({', '.join(commas)})" if commas else "true"
    parts, odd = [], []
    for place, question in enumerate(questions):
        cell, name = quote(question.column), f"texts_{place}"
        if len(hands) > 1:
            texts = f"SELECT DISTINCT {_number_of(hands)} AS {HAND}, {cell} FROM {sheet.name}"
        else:
            texts = f"SELECT 0 AS {HAND}, * FROM (SELECT DISTINCT {cell} FROM {sheet.name})"
        parts.append(f"{name} AS MATERIALIZED ({texts})")
        is_plain = _is_plain(form, question, unit, has_point)
        odd.append(
            f"SELECT {place} AS place, {HAND} AS hand, {cell} AS text "
            f"FROM {name} WHERE NOT ({is_plain})"
        )
    return f"WITH {', '.join(parts)} {union(odd)} ORDER BY ALL"


def _changed(
    form: Questionnaire, question: Question, received: pd.Series, writing: Writing, unit: str
) -> Iterator[tuple[str, str, list[str]]]:
    written = read_notation(question, received, writing)
    cleaned = clean(form, question, written, unit)
    repaired = is_repaired(question, written, cleaned)
    note = Problem.decimal_comma if question.type in NUMBERS else Problem.serial_date
    for before, between, after, other in zip(received, written, cleaned, repaired, strict=True):
        codes = [Problem.repaired_number.name] if other else []
        if before != between:
            codes.append(note.name)
        if before != after or codes:
            yield before, after, codes


def _is_plain(form: Questionnaire, question: Question, unit: str, has_point: str) -> str:
    """The SQL that is true only for answers that stay as they are, and for most of these.

    `has_point`: the SQL that is true where the point is the decimal mark.
    """
    cell = quote(question.column)
    may_be_word = bool(question.required) and question.column != unit
    blank = f"{cell} = ''"
    if question.type in NUMBERS:
        digits = f"(ltrim({cell}, '0123456789') = '')"
        point = (
            f"ltrim({cell}, '0123456789.') = '' AND NOT ends_with({cell}, '.0') "
            f"AND length({cell}) - length(replace({cell}, '.', '')) = 1 AND length({cell}) > 1"
        )
        return f"({digits} OR ({has_point} AND {point}))"
    if question.type == "date":
        shape = f"length({cell}) = 10 AND substr({cell}, 5, 1) = '-' AND {_has_plain_ends(cell)}"
        return f"({blank} OR ({shape}))"
    codes = [c.name for c in form.choices_of(question) if c.name == c.name.strip(TRIM)]
    if question.type == "select_one" and codes:
        return f"{cell} IN ({', '.join(map(literal, ['', *codes]))})"
    long = f" AND length({cell}) > {LONGEST_WORD}" if may_be_word else ""
    if question.type in TEXTS and not may_be_word:
        # only a text of nothing but blanks changes
        return f"({blank} OR left({cell}, 1) BETWEEN '!' AND '~' OR trim({cell}, {_trim()}) <> '')"
    if question.type == "datetime":  # a bare number may be a day
        long += f" AND substr({cell}, 5, 1) = '-'"
    return f"({blank} OR ({_has_plain_ends(cell)}{long}))"


def _has_plain_ends(cell: str) -> str:
    """ASCII that is seen, at both ends."""
    return f"left({cell}, 1) BETWEEN '!' AND '~' AND right({cell}, 1) BETWEEN '!' AND '~'"


def _trim() -> str:
    return literal(TRIM)
