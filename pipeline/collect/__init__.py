"""collect: what came back. Every record of every export, as text, with its outcome."""

from pipeline.collect.collection import collect
from pipeline.collect.notices import notices

__all__ = ["collect", "notices"]
