"""edit: which answers stand. Correct by the log, check, or set aside with a reason."""

from pipeline.edit.erasure import leave_out, units_of
from pipeline.edit.life import life
from pipeline.edit.order import edit
from pipeline.edit.prepared import prepare
from pipeline.edit.schema import find_violations, schema

__all__ = ["edit", "find_violations", "leave_out", "life", "prepare", "schema", "units_of"]
