"""Which submission goes back to which: what can be said only when all files have been read.

In SQL over the tables written, and in maps of the submissions that name another one, which are few.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from pipeline.collect.identity import CONTENT_ID, DIGITS, root_ids
from pipeline.store import quote


def number_equal_contents(con: duckdb.DuckDBPyConnection, repeats: Sequence[str]) -> None:
    """Two records of one file with the same content and no id are two submissions.

    Two people may give the same answers. The first keeps the id that its content gives, the second
    has one made of it and its number; so the same file read twice gives the same ids.
    """
    con.execute(f"""
        CREATE TEMP TABLE again AS
        SELECT record_id, {CONTENT_ID!r} || left(sha256(submission_id || ' ' || number), {DIGITS})
            AS submission_id
        FROM (SELECT record_id, submission_id, row_number() OVER (
                  PARTITION BY file_id, submission_id ORDER BY record_id) AS number
              FROM collect.record
              WHERE repeat = '' AND starts_with(submission_id, {CONTENT_ID!r}))
        WHERE number > 1""")
    con.execute("""
        UPDATE collect.submission AS s SET submission_id = again.submission_id,
            root_id = if(s.root_id = s.submission_id, again.submission_id, s.root_id)
        FROM again WHERE s.record_id = again.record_id""")
    for table, key in [
        ("record", "record_id"),
        *((f"repeat_{r}", "parent_record_id") for r in repeats),
    ]:
        con.execute(f"""
            UPDATE collect.{quote(table)} AS t SET submission_id = again.submission_id
            FROM again WHERE t.{key} = again.record_id""")
    con.execute("DROP TABLE again")


def find_roots(con: duckdb.DuckDBPyConnection) -> None:
    """Set collect.submission.root_id of all that are edits, have edits, or are copies of either."""
    linked = con.execute("""
        SELECT submission_id, root_id, deprecated_id FROM collect.submission
        WHERE deprecated_id <> '' OR root_id <> submission_id""").fetchall()
    roots = root_ids(linked)
    found = pa.table(
        {
            "submission_id": pa.array(list(roots), pa.string()),
            "root_id": pa.array(list(roots.values()), pa.string()),
        }
    )
    con.register("found", found)
    con.execute("""
        UPDATE collect.submission AS s SET root_id = found.root_id FROM found
        WHERE s.submission_id = found.submission_id AND s.root_id <> found.root_id""")
    con.unregister("found")
