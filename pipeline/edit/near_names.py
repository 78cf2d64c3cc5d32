"""Names in an open frame that are nearly alike: listed for review, never merged.

Compared are the units that are no members with all others of their country, without accents and
without the words for a local government. One letter in eight may differ.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import duckdb
import pandas as pd

from pipeline.ask import tidy
from pipeline.ask.survey import Survey

COLUMNS = ["unit_id", "name", "other_id", "other_name", "other_is_member", "letters"]
# What a government calls itself in front of its name, and the small words between.
_OFFICE = frozenset(
    {
        "alcaldia", "ayuntamiento", "cabildo", "camara", "cidade", "city", "ciudad", "commune",
        "comuna", "council", "de", "del", "departamento", "des", "district", "do", "da", "du", "el",
        "gobierno", "government", "governo", "gouvernement", "intendencia", "la", "le", "local",
        "mairie", "metropolitan", "metropolitana", "metropolitano", "municipal", "municipality",
        "municipalidad", "municipalidade", "municipio", "of", "prefecture", "prefeitura",
        "provincia", "province", "region", "regional", "the", "town", "ville",
    }
)  # fmt: skip
LETTERS = 8  # one of so many may differ


def near_names(con: duckdb.DuckDBPyConnection, survey: Survey) -> pd.DataFrame:
    """edit.near_name: pairs of units that may be one government.

    Args:
        con: with edit.response: the units that the answers name.
        survey: its frame is open, else nothing is compared.
    """
    frame = survey.frame
    if frame is None or survey.frame_files.scope != "open" or "unit_id" not in frame.units:
        return pd.DataFrame(columns=COLUMNS)
    named = con.execute(
        "SELECT DISTINCT unit_id FROM edit.response WHERE unit_id <> '' ORDER BY unit_id"
    ).df()["unit_id"]
    day = survey.waves[-1].closes or _newest_day(con)
    has_members = not frame.membership.empty and day is not None
    members = set(frame.members_at(day)["unit_id"]) if has_members and day else set()
    known = frame.units.assign(name=frame.units.get("name_official", frame.units["unit_id"]))
    strange = named[~named.isin(known["unit_id"])]
    typed = pd.DataFrame({"unit_id": strange, "name": strange, "country": ""})
    units = pd.concat([known[["unit_id", "name", "country"]], typed], ignore_index=True)
    units["plain"] = units["name"].map(plain_name)
    units["is_member"] = units["unit_id"].isin(members)
    units["is_named"] = units["unit_id"].isin(named)
    con.register("incoming", units)
    # a pair of two that are no members stands once
    sql = f"""SELECT own.unit_id, own.name, other.unit_id AS other_id, other.name AS other_name,
                  other.is_member AS other_is_member,
                  damerau_levenshtein(own.plain, other.plain) AS letters
              FROM incoming AS own JOIN incoming AS other
              ON own.unit_id <> other.unit_id AND length(own.plain) > 0
                  AND (own.country = other.country OR '' IN (own.country, other.country))
                  AND abs(length(own.plain) - length(other.plain)) <= length(own.plain) / {LETTERS}
                  AND (other.is_member OR NOT other.is_named OR own.unit_id < other.unit_id)
              WHERE own.is_named AND NOT own.is_member
                  AND letters <= greatest(length(own.plain), length(other.plain)) // {LETTERS}
              ORDER BY own.unit_id, letters, other.unit_id"""
    found = con.execute(sql).df()
    con.unregister("incoming")
    return found[COLUMNS]


def _newest_day(con: duckdb.DuckDBPyConnection) -> date | None:
    ((day,),) = con.execute("SELECT max(submitted_on) FROM edit.response").fetchall()
    newest: date | None = day
    return newest


def plain_name(name: str) -> str:
    """A name as it is compared: letters without accents, without words for the government."""
    bare = (c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", tidy("".join(bare)))
    return " ".join(word for word in words if word not in _OFFICE) or " ".join(words)
