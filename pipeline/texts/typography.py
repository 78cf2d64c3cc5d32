"""Typesetting by language: labels and sentences are written plainly, the build sets them."""

from __future__ import annotations

import re
from functools import lru_cache

NO_BREAK = "\u00a0"
NARROW = "\u202f"

# A number and its percent sign stay on one line, in every language that parts them.
_PERCENT = re.compile(r"(?<=\d) (?=%)")
_FRENCH = (
    (re.compile(r" (?=[;!?])"), NARROW),
    (re.compile(r" (?=:)"), NO_BREAK),
    (re.compile(f"«[ {NO_BREAK}]?"), f"«{NO_BREAK}"),
    (re.compile(f"[ {NO_BREAK}]?»"), f"{NO_BREAK}»"),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), NO_BREAK),
    (re.compile(r"(?<=\w)'(?=[\w{])"), "’"),
)


@lru_cache(maxsize=16384)  # the same sentences stand on every page
def typeset(text: str, language: str) -> str:
    """Set a plainly written text as its language asks.

    French: U+202F before `; ! ?`, U+00A0 before `:` and inside guillemets and as digit grouping,
    ’ for '. Every language: U+00A0 between a number and its percent sign. Setting twice changes
    nothing.
    """
    text = _PERCENT.sub(NO_BREAK, text)
    if language == "fr":
        for pattern, replacement in _FRENCH:
            text = pattern.sub(replacement, text)
    return text
