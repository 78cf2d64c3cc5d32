"""Rights that governments name in another survey and that no chapter of the charter has."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.ask import Survey
from pipeline.ask.choices import nearest
from pipeline.errors import Finding, Problem, RelevoError
from pipeline.estimate.given import may_name_a_person
from pipeline.estimate.joined import Joined

RIGHT = ["survey", "unit_id", "unit_name", "country", "language", "text"]


def new_rights(survey: Survey, others: Mapping[str, Joined]) -> pd.DataFrame:
    """estimate.new_right: what `new_rights` of survey.toml names, of governments that may be named.

    Raises:
        RelevoError: unknown_question: the other survey is not joined, or has no such question.
    """
    parts = [pd.DataFrame(columns=RIGHT)]
    for written in survey.new_rights:
        name, _, question = written.partition(".")
        known = others[name].questions() if name in others else frozenset()
        if question not in known:
            near = nearest(question, sorted(known)) if known else nearest(name, list(others))
            values: dict[str, object] = {"place": "new_rights", "found": written, "nearest": near}
            raise RelevoError(Finding(Problem.unknown_question, "survey.toml", values=values))
        found = others[name].beside_names(question)
        found = found[~found["text"].map(may_name_a_person).astype(bool)]
        parts.append(found.assign(survey=name)[RIGHT])
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
