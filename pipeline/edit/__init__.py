"""edit: which answers stand. Correct by the log, check, or set aside with a reason."""

from pipeline.edit.life import life
from pipeline.edit.order import edit
from pipeline.edit.prepared import prepare
from pipeline.edit.schema import find_violations, schema

__all__ = ["edit", "find_violations", "life", "prepare", "schema"]
