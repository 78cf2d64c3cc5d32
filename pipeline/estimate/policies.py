"""The policy inventory: what governments describe of their policies, in any instrument.

A repeat whose questions say `policy.<column>` in the form's column `joins` describes policies; so
every instrument feeds the same table, and a survey that joins others holds theirs beside its own.
Policies of two instruments that may be one are listed for review, never merged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import combinations, groupby
from operator import itemgetter

import pandas as pd

from pipeline.ask import Question, Survey, tidy
from pipeline.estimate.answers import Rows, WaveAnswers
from pipeline.estimate.given import given, may_name_a_person
from pipeline.estimate.quotes import released_text

MARK = "policy."
SAID = (
    "name", "domain", "rights", "new_right", "groups", "status", "start_year", "reach",
    "evaluation", "summary", "link",
)  # fmt: skip
# stated_on: the day of the answer; is_shared: the policy itself may stand beside the name
POLICY = ["policy_id", "survey", "wave", "unit_id", "row_id", "unit_name", "country", "language",
          *SAID, "stated_on", "is_shared"]  # fmt: skip
LINK = ["unit_id", "policy_id", "name", "other_id", "other_name", "likeness"]
ALIKE = 0.75  # of 1: how like two names are that may be one policy
# Columns of a unit and where the frame has them.
UNIT = {"unit_name": "name_es", "country": "country", "language": "language"}
NUMBERS = ("start_year", "reach")
# Words that a name is no more like for.
SMALL = frozenset(
    (
        *("a", "al", "and", "da", "das", "de", "del", "des", "do", "dos", "du", "e", "el", "en"),
        *("et", "for", "in", "la", "las", "le", "les", "los", "o", "of", "the", "to", "y"),
    )
)


def policies(survey: Survey, wave: WaveAnswers) -> pd.DataFrame:
    """estimate.policy: one row per policy with a name, in the order of the governments.

    A free text that may hold personal data (`pii`), or seems to, stays out. Without a question for
    consent nothing is shared.
    """
    parts = [pd.DataFrame(columns=POLICY)]
    for rows in wave.repeats:
        asked = {
            q.joins.removeprefix(MARK): q
            for q in wave.questionnaire.answers(rows.repeat)
            if q.joins.startswith(MARK)
        }
        if "name" not in asked or not len(rows.cells):
            continue
        found = pd.DataFrame(
            {
                name: given(rows, question if question and not question.pii else None)
                for name, question in ((name, asked.get(name)) for name in SAID)
            }
        )
        for name in NUMBERS:
            found[name] = pd.to_numeric(found[name]).astype("Int64")
        for name in ("name", "new_right", "link"):
            found[name] = found[name].map(_harmless, na_action="ignore")
        found["summary"] = _summaries(survey, wave, rows, asked.get("summary"))
        found["is_shared"] = given(rows, asked.get("consent")) == "yes"
        found["row_id"] = rows.cells["row_id"]
        for name, column in (("unit_id", "unit_id"), ("stated_on", "submitted_on")):
            found[name] = wave.responses[column].to_numpy(object)[rows.response]
        parts.append(found[found["name"].notna()])
    table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    table = table.assign(survey=survey.name, wave=wave.wave.id)
    table["policy_id"] = [
        ".".join((survey.name, wave.wave.id, str(unit), str(row)))
        for unit, row in zip(table["unit_id"], table["row_id"], strict=True)
    ]
    table["stated_on"] = pd.to_datetime(table["stated_on"])
    return _with_units(survey, table).sort_values(["unit_id", "row_id"], ignore_index=True)[POLICY]


def _summaries(
    survey: Survey, wave: WaveAnswers, rows: Rows, question: Question | None
) -> list[str | None]:
    """The summary of each row where a person released it."""
    if question is None:
        return [None] * len(rows.cells)
    free = given(rows, None if question.pii else question)
    released = {
        (line.submission_id, line.row_id): released_text(wave, line)
        for line in survey.released
        if line.question == question.column
    }
    ids = wave.responses["response_id"].to_numpy(object)[rows.response]
    places = zip(ids, rows.cells["row_id"], strict=True)
    texts = (released.get(place) or text for place, text in zip(places, free, strict=True))
    return [None if text is None else _harmless(text) for text in texts]


def _harmless(text: object) -> str | None:
    plain = " ".join(str(text).split())
    return None if may_name_a_person(plain) else plain


def _with_units(survey: Survey, table: pd.DataFrame) -> pd.DataFrame:
    """Name, country and language of each government, as its own survey's frame has them."""
    units = survey.frame.units if survey.frame is not None else pd.DataFrame()
    known = units.set_index("unit_id") if "unit_id" in units else pd.DataFrame()
    for column, source in UNIT.items():
        table[column] = table["unit_id"].map(known.get(source, {}))
    table["unit_name"] = table["unit_name"].fillna(table["unit_id"])
    return table


def policy_links(table: pd.DataFrame) -> pd.DataFrame:
    """estimate.policy_link: pairs of policies of one government, in two instruments, named alike.

    Within one instrument a government that names two policies means two.
    """
    found = []
    rows = table[["unit_id", "survey", "policy_id", "name"]].sort_values("policy_id")
    listed = [tuple(map(str, row)) for row in rows.itertuples(index=False)]
    for unit, of_unit in groupby(sorted(listed), key=itemgetter(0)):
        for one, other in combinations(of_unit, 2):
            like = likeness(one[3], other[3]) if one[1] != other[1] else 0.0
            if like >= ALIKE:
                found.append((unit, *one[2:], *other[2:], round(like, 3)))
    links = pd.DataFrame(found, columns=LINK)
    return links.sort_values(
        ["likeness", *LINK[:4]], ascending=[False, *[True] * 4], ignore_index=True
    )


def likeness(one: str, other: str) -> float:
    """How like two names are, from 0 to 1: their words without accents, years and small words."""
    first, second = (" ".join(_words(name)) for name in (one, other))
    return float(SequenceMatcher(None, first, second, autojunk=False).ratio())


def _words(name: str) -> list[str]:
    bare = (c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    found = re.findall(r"[^\W\d_]+", tidy("".join(bare)))
    return [word for word in found if word not in SMALL] or found


def all_policies(own: pd.DataFrame, others: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The inventory of a survey and of those that it joins, as each of them holds it."""
    parts = [part for part in (own, *others) if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else own
    return table.sort_values(["unit_id", "survey", "row_id"], ignore_index=True)[POLICY]
