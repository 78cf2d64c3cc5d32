"""edit: which answers stand. Check, correct by the cleaning log, or set aside with a reason."""
