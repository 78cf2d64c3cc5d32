"""How LimeSurvey writes a heading: as a code, as code and text, or as text, whole or cut.

Which of these a file has is told by the columns that the tool adds to every export.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.ask import plain, tidy

# The tool's own columns by code, with their texts in English, Spanish, Portuguese and French.
OWN = {
    "id": ("Response ID", "ID de respuesta", "ID da resposta", "ID de la réponse"),
    "submitdate": ("Date submitted", "Fecha de envío", "Data de envio", "Date de soumission"),
    "lastpage": ("Last page", "Última página", "Dernière page"),
    "startlanguage": ("Start language", "Lenguaje inicial", "Idioma inicial", "Langue de départ"),
    "seed": ("Seed", "Semilla", "Semente", "Tête de série"),
    "startdate": ("Date started", "Fecha de inicio", "Data de início", "Date de lancement"),
    "datestamp": (
        "Date last action", "Fecha de la última acción", "Data da última ação",
        "Date de la dernière action",
    ),
    "token": ("Access code", "Token", "Código de acceso", "Código de acesso", "Code d'accès"),
    "ipaddr": ("IP address", "Dirección IP", "Endereço IP", "Adresse IP"),
    "refurl": ("Referrer URL", "URL de referencia", "URL de referência", "URL référente"),
    "interviewtime": ("Total time", "Tiempo total", "Tempo total", "Temps total"),
}  # fmt: skip
CERTAIN = frozenset({"submitdate", "lastpage", "startlanguage", "datestamp"})  # no form's questions
TIMING = re.compile(r"(?:group|question)Time\d+")
BRACKETS = re.compile(r"(?P<before>.*\S)\s*\[(?P<inside>[^\[\]]*)\]\s*", re.DOTALL)
CODE = re.compile(r"(?P<code>[^\[\]]+)(?P<subs>(?:\[[^\[\]]*\])*)")
CUT = re.compile(r"(?:\.\.|…)\s*$")


@dataclass(frozen=True)
class Piece:
    """A text made comparable: without case, blanks, HTML, and what stands for a blank."""

    key: str
    is_cut: bool = False

    @classmethod
    def of(cls, text: str) -> Piece:
        """A text that may end with the marks of a cut one."""
        whole = CUT.sub("", text)
        return cls(text_key(whole), whole != text)

    def fits(self, key: str) -> bool:
        """Whether the piece is this text, or its beginning."""
        return key.startswith(self.key) if self.is_cut and self.key else key == self.key


@lru_cache(1 << 15)
def text_key(text: str) -> str:
    """What makes two texts equal; an option of the export writes blanks as underscores."""
    return "".join(tidy(plain(text)).split()).replace("_", "")


@dataclass(frozen=True)
class Heading:
    """A heading taken apart: `code` of the question and `subs` in brackets, `text` and `sub`."""

    code: str = ""
    subs: tuple[str, ...] = ()
    text: str = ""

    @property
    def own(self) -> str:
        """The code of the tool's own column that this is, or ''."""
        if self.code:
            is_own = not self.subs and (self.code in OWN or TIMING.fullmatch(self.code))
            return self.code if is_own else ""
        return _own_by_text(self.text)

    @property
    def pieces(self) -> tuple[tuple[Piece, Piece], ...]:
        """The ways to read the text as that of a question and of a part of it, the latter last."""
        whole = (Piece.of(self.text), Piece(""))
        found = BRACKETS.fullmatch(self.text)
        return (
            (whole, (Piece.of(found["before"]), Piece.of(found["inside"]))) if found else (whole,)
        )


@lru_cache(1 << 15)  # the same headings are looked at for every tool and every delimiter
def _own_by_text(text: str) -> str:
    piece = Piece.of(text)
    texts = ((code, text) for code, texts in OWN.items() for text in texts)
    return next((code for code, text in texts if piece.fits(text_key(text))), "")


def headings_of(headers: Sequence[str]) -> tuple[Heading, ...]:
    """All headings of a file, read in the one style that its own columns show."""
    texts = tuple(Heading(text=header) for header in headers)
    if separator := _separator(headers):
        parts = (header.partition(separator) for header in headers)
        return tuple(
            _coded(code if mark else code.removesuffix(separator.rstrip()), text)
            for code, mark, text in parts
        )
    is_text = any(text.own in CERTAIN for text in texts) and not CERTAIN.intersection(headers)
    return texts if is_text else tuple(_coded(header) for header in headers)


def is_export(headers: Sequence[str]) -> bool:
    """Whether at least two of the headings are the tool's own, one of them unmistakable."""
    own = {heading.own for heading in headings_of(headers)} - {""}
    return len(own) > 1 and bool(own & CERTAIN)


def _separator(headers: Iterable[str]) -> str:
    """What stands between code and text: `submitdate. Date submitted`."""
    for header in headers:
        for code in CERTAIN:
            rest = header.removeprefix(code)
            if rest != header and (mark := re.match(r"[^\w]+", rest)):
                return mark[0]
    return ""


def _coded(code: str, text: str = "") -> Heading:
    found = CODE.fullmatch(code.strip())
    if not found:
        return Heading(code, (), text)
    subs = tuple(re.findall(r"\[([^\[\]]*)\]", found["subs"]))
    return Heading(found["code"], subs, text)
