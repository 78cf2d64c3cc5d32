"""store: the DuckDB files and their tables, the release and its pointer, safe writers."""

from pipeline.store.database import Work, connect, connect_locked, literal, quote, write_table
from pipeline.store.names import brief_name, hash8, slug
from pipeline.store.tables import TABLES

__all__ = [
    "TABLES",
    "Work",
    "brief_name",
    "connect",
    "connect_locked",
    "hash8",
    "literal",
    "quote",
    "slug",
    "write_table",
]
