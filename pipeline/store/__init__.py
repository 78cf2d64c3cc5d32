"""store: the DuckDB files and their tables, the release and its pointer, safe writers."""

from pipeline.store.counts import VERDICTS, count, files, hold_back
from pipeline.store.database import (
    Work,
    append_rows,
    connect,
    connect_locked,
    create_table,
    literal,
    quote,
    write_table,
)
from pipeline.store.names import brief_name, hash8, slug
from pipeline.store.release import (
    Shelf,
    database_path,
    file_sha256,
    open_work,
    release_id,
    rows_sha256,
)
from pipeline.store.results import versions, write_results
from pipeline.store.tables import TABLES

__all__ = [
    "TABLES",
    "VERDICTS",
    "Shelf",
    "Work",
    "append_rows",
    "brief_name",
    "connect",
    "connect_locked",
    "count",
    "create_table",
    "database_path",
    "file_sha256",
    "files",
    "hash8",
    "hold_back",
    "literal",
    "open_work",
    "quote",
    "release_id",
    "rows_sha256",
    "slug",
    "versions",
    "write_results",
    "write_table",
]
