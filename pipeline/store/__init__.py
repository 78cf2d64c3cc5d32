"""store: the DuckDB files and their tables, the release and its pointer, safe writers."""

from pipeline.store.counts import (
    VERDICTS,
    Grade,
    adds_up,
    count,
    files,
    grade,
    hold_back,
    marked_held_back,
    quarantined_share,
)
from pipeline.store.data_files import FORMATS, DataTable, write_data
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
from pipeline.store.published import Published, before_this, publish, published, without_units
from pipeline.store.release import (
    MAKING,
    MANIFEST,
    Shelf,
    database_path,
    file_sha256,
    find_release,
    open_work,
    release_id,
    rows_sha256,
)
from pipeline.store.results import versions, write_results
from pipeline.store.return_sheet import Entry, Matter, ReturnSheet, return_workbook
from pipeline.store.rewriting import Rewritten, replace_files, without_records, without_rows
from pipeline.store.tables import TABLES

__all__ = [
    "FORMATS",
    "MAKING",
    "MANIFEST",
    "TABLES",
    "VERDICTS",
    "DataTable",
    "Entry",
    "Grade",
    "Matter",
    "Published",
    "ReturnSheet",
    "Rewritten",
    "Shelf",
    "Work",
    "adds_up",
    "append_rows",
    "before_this",
    "brief_name",
    "connect",
    "connect_locked",
    "count",
    "create_table",
    "database_path",
    "file_sha256",
    "files",
    "find_release",
    "grade",
    "hash8",
    "hold_back",
    "literal",
    "marked_held_back",
    "open_work",
    "publish",
    "published",
    "quarantined_share",
    "quote",
    "release_id",
    "replace_files",
    "return_workbook",
    "rows_sha256",
    "slug",
    "versions",
    "without_records",
    "without_rows",
    "without_units",
    "write_data",
    "write_results",
    "write_table",
]
