"""Pandera on DuckDB relations. Stands alone: imports pandera, pandas and duckdb only."""

from pipeline.edit.pandera_duckdb.compile import union
from pipeline.edit.pandera_duckdb.schema import RelationSchema, scans, violations
from pipeline.edit.pandera_duckdb.templates import Cells, quote, sql_template, text

__all__ = [
    "Cells",
    "RelationSchema",
    "quote",
    "scans",
    "sql_template",
    "text",
    "union",
    "violations",
]
