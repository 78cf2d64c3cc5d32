"""File names made from data: only [a-z0-9-], unique without regard to case."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_SLUG = 60


def slug(text: str) -> str:
    """`Córdoba (AR)` becomes `cordoba-ar`; a text without any letter or digit becomes `x`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-") or "x"


def hash8(identifier: str) -> str:
    """The first 8 hex digits of an opaque id's sha256: what makes two equal slugs two names."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:8]


def brief_name(kind: str, identifier: str, language: str, suffix: str = "html") -> str:
    """`<kind>-<slug>-<hash8>.<language>.html`, the one pattern of brief files."""
    return f"{kind}-{slug(identifier)}-{hash8(identifier)}.{language}.{suffix}"
