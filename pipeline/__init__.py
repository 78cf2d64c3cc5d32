"""relevo: from a questionnaire and its exports to validated data, honest estimates and briefs.

Five rooms, in the order of the data: ask, collect, edit, estimate, report.
Beside them: store, texts, errors, and cli, which alone knows the order.
"""
